// No message of the chain holds a secret, however a source fails after it has read some.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ccog/store/s3_store.h"
#include "credentials_testing.h"
#include "expect_error.h"
#include "scripted_http_server.h"

namespace ccog {
namespace {

using test::Machine;
using test::ScriptedHttpServer;
using Request = ScriptedHttpServer::Request;
using Response = ScriptedHttpServer::Response;

constexpr const char* kSecret = "wJalrXUtnFEMISECRET";
const std::string kKeys =
    "aws_access_key_id = AKIDwJalrXUtnFEMISECRET\naws_secret_access_key = wJalrXUtnFEMISECRET\n"
    "aws_session_token = wJalrXUtnFEMISECRET\n";
const std::string kJson =
    "{\"Version\": 1, \"AccessKeyId\": \"wJalrXUtnFEMISECRET\", \"SecretAccessKey\": "
    "\"wJalrXUtnFEMISECRET\", \"SessionToken\": \"wJalrXUtnFEMISECRET\", \"Token\": "
    "\"wJalrXUtnFEMISECRET\"";

/// Servers that give away what they were sent, and what they keep.
Response echo(const Request& request, int status) {
  std::string body = "<Error><Code>wJalrXUtnFEMISECRET</Code><Message>" + request.body;
  for (const auto& [name, value] : request.headers) body += value;
  return {status,
          body + kJson + "wJalrXUtnFEMISECRET</Message></Error>",
          {{"x-amz-error", kSecret}},
          false};
}

void expect_silence(const std::string& what, const Machine& machine,
                    std::optional<std::string> profile = std::nullopt) {
  const auto error =
      error_of([&] { CredentialChain(machine.environment(), std::move(profile)).resolve(); });
  ASSERT_TRUE(error) << what << " did not fail";
  const std::string message = error->what();
  EXPECT_EQ(message.find(kSecret), message.npos) << what << ": " << message;
  EXPECT_LT(message.size(), 2000U) << what;
}

TEST(CredentialSecrets, OfTheEnvironment) {
  for (const char* bad : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID",
                          "AWS_CREDENTIAL_EXPIRATION"}) {
    Machine machine;
    for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"}) {
      machine.set(name, kSecret);
    }
    expect_silence(bad, machine.set(bad, std::string(kSecret) + " \n"));
  }
}

TEST(CredentialSecrets, OfFilesThatAreBroken) {
  const std::string keys = "[default]\n" + kKeys;
  const std::vector<std::string> texts{
      kKeys,
      keys + kSecret,
      keys + "= " + kSecret + "\n",
      keys + kKeys,
      keys + keys,
      keys + "s3 =\n  " + kSecret + "\n",
      std::string("[default]\naws_access_key_id = ") + kSecret + "\n",
      keys + " more of it\n",
      std::string("[default]\naws_session_token = ") + kSecret + "\n"};
  for (const std::string& text : texts) {
    Machine machine;
    expect_silence(text, machine.credentials(text));
    Machine other;
    expect_silence(text, other.config(text));
  }
}

TEST(CredentialSecrets, OfAProcess) {
  const std::vector<std::string> commands{
      "/no/such/tool wJalrXUtnFEMISECRET",
      "false wJalrXUtnFEMISECRET",
      "'wJalrXUtnFEMISECRET",
      "printf '%s' 'wJalrXUtnFEMISECRET'",
      "sh -c 'echo wJalrXUtnFEMISECRET >&2; exit 1'",
      "printf '%s' '" + kJson + "'",
      "printf '%s' '" + kJson + ", \"Expiration\": \"wJalrXUtnFEMISECRET\"}'",
      "printf '%s' '" + kJson + ", \"Expiration\": [\"wJalrXUtnFEMISECRET\"]}'",
      "printf '%s' '{\"Version\": \"wJalrXUtnFEMISECRET\"}'"};
  for (const std::string& command : commands) {
    Machine machine;
    expect_silence(command, machine.config("[default]\ncredential_process = " + command + "\n"));
  }
}

TEST(CredentialSecrets, OfServersThatGiveThemAway) {
  for (const int status : {200, 400, 500}) {
    ScriptedHttpServer server([&](const Request& request) { return echo(request, status); });
    const std::string what = "HTTP " + std::to_string(status);
    Machine web;
    web.set("AWS_ROLE_ARN", "r")
        .set("AWS_ENDPOINT_URL", server.url())
        .set("AWS_WEB_IDENTITY_TOKEN_FILE", web.write("token", kSecret));
    expect_silence(what + " web identity", web);

    Machine role;
    role.config("[default]\nrole_arn = r\nsource_profile = keys\nexternal_id = " +
                std::string(kSecret) + "\n");
    role.set("AWS_ENDPOINT_URL_STS", server.url()).credentials("[keys]\n" + kKeys);
    expect_silence(what + " role", role);

    Machine container;
    container.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url() + "/?" + kSecret)
        .set("AWS_CONTAINER_AUTHORIZATION_TOKEN", kSecret);
    expect_silence(what + " container", container);

    Machine instance;
    instance.unset("AWS_EC2_METADATA_DISABLED")
        .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url());
    expect_silence(what + " instance", instance);
  }
}

TEST(CredentialSecrets, OfAddresses) {
  const std::string url = "http://user:wJalrXUtnFEMISECRET@127.0.0.1/";
  for (const char* name : {"AWS_CONTAINER_CREDENTIALS_FULL_URI",
                           "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ENDPOINT_URL_STS"}) {
    Machine machine;
    machine.config("[default]\nrole_arn = r\nsource_profile = k\n").credentials("[k]\n" + kKeys);
    if (std::string(name) != "AWS_ENDPOINT_URL_STS") machine.config("");
    machine.unset("AWS_EC2_METADATA_DISABLED").set(name, url);
    expect_silence(name, machine);
  }
}

TEST(CredentialSecrets, OfTheStoreThatUsesThem) {
  ScriptedHttpServer server([](const Request& request) { return echo(request, 403); });
  Machine machine;
  machine.credentials("[default]\n" + kKeys);
  S3Options options;
  options.endpoint_url = server.url();
  options.max_attempts = 2;
  options.backoff_s = 0.001;
  options.credentials = std::make_shared<CredentialChain>(machine.environment());
  S3Store store("s3://bucket/k", options);
  const auto error = error_of([&] { store.list_uploads(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(std::string(error->what()).find(kSecret), std::string::npos) << error->what();
}

}  // namespace
}  // namespace ccog
