// The chain beside botocore, on random machines: the same files and variables, the same keys,
// token, region and endpoint, or both refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "ccog/store/credentials/process.h"
#include "credentials_testing.h"

namespace ccog {
namespace {

namespace fs = std::filesystem;

class RandomMachine {
 public:
  explicit RandomMachine(std::uint64_t seed) : random_(seed) {}

  /// Fills the directory and returns the variables. NAMED_PROFILE is the one that the caller names.
  std::map<std::string, std::string> make(const fs::path& directory) {
    std::map<std::string, std::string> values{
        {"HOME", directory.string()},
        {"PATH", "/usr/bin:/bin"},
        {"AWS_EC2_METADATA_DISABLED", "true"},
        {"AWS_CONFIG_FILE", one_of({"~/config", "$HOME/config", "${HOME}/config"})},
        {"AWS_SHARED_CREDENTIALS_FILE", (directory / "credentials").string()}};
    const auto maybe = [&](const char* name, const std::string& value, int percent) {
      if (chance(percent)) values[name] = value;
    };
    maybe("AWS_ACCESS_KEY_ID", "ek", 20);
    maybe("AWS_SECRET_ACCESS_KEY", "es", values.count("AWS_ACCESS_KEY_ID") != 0 ? 90 : 5);
    maybe("AWS_SESSION_TOKEN", "et", 30);
    maybe("AWS_SECURITY_TOKEN", "older", 10);
    maybe("AWS_DEFAULT_REGION", "eu-west-1", 20);
    maybe("AWS_PROFILE", one_of({"a", "b", "default"}), 30);
    maybe("AWS_DEFAULT_PROFILE", one_of({"a", "two words"}), 10);
    maybe("NAMED_PROFILE", one_of({"a", "b", "two words", "default", "lost"}), 30);
    maybe("AWS_ENDPOINT_URL", "http://localhost:1", 10);
    maybe("AWS_ENDPOINT_URL_S3", "http://localhost:2", 10);
    maybe("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", one_of({"true", "TRUE", "no"}), 10);
    write(directory / "config", file(true));
    if (chance(70)) write(directory / "credentials", file(false));
    return values;
  }

 private:
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  std::string one_of(std::vector<std::string> texts) { return texts[random_() % texts.size()]; }
  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  std::string file(bool is_config) {
    std::string text;
    std::vector<std::string> names{"a", "b", "two words", "default"};
    std::shuffle(names.begin(), names.end(), random_);
    for (const std::string& name : names) {
      if (chance(25)) continue;
      const std::string quote = one_of({"'", "\""});
      std::string header = name;
      if (is_config && (name != "default" || chance(20))) {
        header = one_of({"profile ", "profile  "}) +
                 (name == "two words" || chance(20) ? quote + name + quote : name);
      }
      text += one_of({"", "\n", "# a comment\n", "; [no]\n"}) + '[' + header + ']' +
              one_of({"", " ", " # x"}) + eol();
      for (const std::string& line : options(is_config, name)) text += line;
    }
    if (is_config)
      text += "[services local]" + eol() + "s3 =\n  endpoint_url = http://localhost:3\n";
    return text;
  }

  std::vector<std::string> options(bool is_config, const std::string& name) {
    const std::string mark = (is_config ? "c" : "f") + std::string(1, name[0]);
    std::vector<std::string> lines;
    const auto option = [&](const std::string& option_name, const std::string& value, int percent) {
      if (!chance(percent)) return;
      std::string written = option_name;
      if (chance(10)) written[0] = static_cast<char>(std::toupper(written[0]));
      lines.push_back(written + one_of({"=", " = ", ": ", "\t=  "}) + value +
                      one_of({"", "  ", "\t"}) + eol());
    };
    const int keys = one_of({"", "k"}).empty() ? 0 : 95;
    option("aws_access_key_id", mark + "k", keys);
    option("aws_secret_access_key", mark + one_of({"s", "s/+=x", "s#x", "s;x"}), keys);
    option("aws_session_token", mark + std::string(300, 't'), 40);
    option("region", one_of({"eu-north-1", "us-west-2"}), 40);
    option("endpoint_url", "http://localhost:4", is_config ? 10 : 0);
    option("services", one_of({"local", "lost"}), is_config ? 10 : 0);
    option("ignore_configured_endpoint_urls", one_of({"true", "false"}), is_config ? 5 : 0);
    option("s3", "\n  addressing_style = path\n\n  # within\n  max_queue_size = 3", 20);
    const std::string quoted = R"(printf '%s' '{"Version": 1, "AccessKeyId": "pk", )"
                               R"("SecretAccessKey": "ps", "SessionToken": "pt"}')";
    const std::string escaped = R"(printf %s {\"Version\":1,\"AccessKeyId\":\"pk\",)"
                                R"(\"SecretAccessKey\":\"p\/s\"})";
    option("credential_process",
           one_of({quoted, escaped, "false", "/no/such/tool", "printf '{\"Version\": 2}'"}),
           is_config ? 30 : 5);
    std::shuffle(lines.begin(), lines.end(), random_);
    if (chance(5)) lines.push_back(one_of({"nonsense\n", "= x\n", "  indented\n", "region = x\n"}));
    return lines;
  }

  std::string eol() { return one_of({"\n", "\n", "\r\n"}); }

  std::mt19937_64 random_;
};

std::string found_on(std::map<std::string, std::string> values) {
  std::optional<std::string> profile;
  if (const auto named = values.find("NAMED_PROFILE"); named != values.end()) {
    profile = named->second;
    values.erase(named);
  }
  const Environment environment(std::move(values));
  try {
    const S3Credentials keys = CredentialChain(environment, profile).resolve();
    const AwsSettings settings = AwsSettings::read(environment, profile);
    return keys.access_key + '\t' + keys.secret_key + '\t' + keys.session_token + '\t' +
           settings.region() + '\t' + settings.endpoint_url("s3");
  } catch (const Error& error) {
    const std::string_view words = error.what();
    return words.starts_with("no AWS credentials found") ? "none" : "error";
  }
}

TEST(CredentialsLikeBotocore, OnRandomMachines) {
  const char* python = std::getenv("CCOG_TEST_PYTHON");
  if (python == nullptr) GTEST_SKIP() << "set CCOG_TEST_PYTHON to a Python that has botocore";
  const test::TemporaryDirectory directory;
  constexpr int kMachines = 300;
  std::vector<std::string> ours;
  std::vector<std::string> shown;
  std::ofstream list(directory.file("list"));
  for (int i = 0; i < kMachines; ++i) {
    const fs::path path = directory.file(std::to_string(i));
    fs::create_directory(path);
    const auto values = RandomMachine(static_cast<std::uint64_t>(i)).make(path);
    std::ofstream environment(path / "environment");
    for (const auto& [name, value] : values) environment << name << '=' << value << '\n';
    list << path.string() << '\n';
    ours.push_back(found_on(values));
  }
  list.close();
  const fs::path script =
      fs::path(__FILE__).parent_path().parent_path() / "python" / "botocore_credentials.py";
  const std::string answers = run_process(
      {"sh", "-c", "exec \"$0\" \"$1\" <\"$2\"", python, script.string(), directory.file("list")},
      Environment::of_process(), {120, 1 << 20});
  std::istringstream lines(answers);
  int successes = 0;
  for (int i = 0; i < kMachines; ++i) {
    std::string theirs;
    ASSERT_TRUE(std::getline(lines, theirs));
    EXPECT_EQ(ours[static_cast<std::size_t>(i)], theirs) << "machine " << i;
    successes += theirs.find('\t') != theirs.npos ? 1 : 0;
  }
  EXPECT_GT(successes, kMachines / 4);  // else it compares errors only
}

}  // namespace
}  // namespace ccog
