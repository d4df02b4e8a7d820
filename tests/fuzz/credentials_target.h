#pragma once

#include <string>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/store/credentials/ini.h"
#include "ccog/store/credentials/json_credentials.h"
#include "ccog/store/credentials/shell_words.h"
#include "ccog/store/credentials/sts_answer.h"
#include "fuzzer.h"

namespace ccog::fuzz {

inline std::vector<Bytes> credentials_seeds() {
  return {
      bytes_of("[DEFAULT]\nregion = x\n[default]\r\n# c\naws_access_key_id = k-of-ours\n"
               "[profile 'a b']\ns3 =\n  addressing_style = path\ncredential_process: t \"a b\"\n"),
      bytes_of("{\"Version\": 1, \"AccessKeyId\": \"k-of-ours\", \"SecretAccessKey\": \"s\", "
               "\"Token\": null, \"SessionToken\": \"t\", \"Expiration\": "
               "\"2033-05-18T05:33:20+02:00\"}"),
      bytes_of("<R xmlns=\"urn:x\"><Credentials><AccessKeyId>k-of-ours</AccessKeyId>"
               "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
               "2033-05-18T03:33:20Z</Expiration></Credentials><Error><Code>C</Code></Error></R>"),
      bytes_of("tool --key 'k-of-ours' \"a \\\" b\" c\\ d"),
  };
}

/// Any bytes as a shared file, as what a process, an agent or STS answers, and as a command: taken
/// or refused with an error that holds nothing of them.
inline void credentials_target(ByteView bytes) {
  const std::string text(text_of(bytes));
  const auto read = [&](auto&& parse) {
    try {
      parse(text);
    } catch (const Error& error) {
      promise(std::string(error.what()).find("k-of-ours") == std::string::npos,
              "a secret never reaches a message");
    }
  };
  read([](const std::string& given) {
    for (const IniSection& section : parse_ini(given)) {
      for (const auto& [option, block] : section.nested) {
        promise(!section.has(option), "an option has one value");
      }
    }
  });
  const auto complete = [](const S3Credentials& credentials) {
    promise(!credentials.access_key.empty() && !credentials.secret_key.empty(),
            "what is taken has both keys");
  };
  read([&](const std::string& given) { complete(parse_json_credentials(given, "Token")); });
  read([&](const std::string& given) { complete(parse_process_credentials(given)); });
  read([&](const std::string& given) { complete(parse_sts_credentials(given)); });
  read(parse_sts_error_code);
  read(split_shell_words);
}

}  // namespace ccog::fuzz
