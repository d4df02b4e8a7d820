#include <gtest/gtest.h>

#include "credentials_testing.h"
#include "expect_error.h"

namespace ccog {
namespace {

using test::keys_of;
using test::Machine;

std::string json(const std::string& extra = "") {
  return "{\"Version\": 1, \"AccessKeyId\": \"pk\", \"SecretAccessKey\": \"ps\"" + extra + "}";
}

// A machine whose default profile has this credential_process, which prints `output`.
Machine& process_prints(Machine& machine, const std::string& output) {
  const std::string path = machine.write("output of it", output);
  return machine.config("[default]\ncredential_process = cat '" + path + "'\n");
}

TEST(Credentials, OfTheEnvironment) {
  Machine machine;
  machine.credentials("[default]\naws_access_key_id = fk\naws_secret_access_key = fs\n");
  machine.set("AWS_ACCESS_KEY_ID", "k").set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(keys_of(machine), "k s ");
  machine.set("AWS_SESSION_TOKEN", "t").set("AWS_CREDENTIAL_EXPIRATION", "2033-05-18T03:33:20Z");
  CredentialChain chain(machine.environment());
  const S3Credentials credentials = chain.resolve();
  EXPECT_EQ(keys_of(credentials), "k s t");
  EXPECT_EQ(credentials.expires_at_unix_s, 2'000'000'000);
  EXPECT_EQ(chain.answered_by(), "environment");
  machine.set("AWS_SECURITY_TOKEN", "older");
  EXPECT_EQ(keys_of(machine), "k s older");
  // A profile that is named wins, one of the environment does not.
  EXPECT_EQ(keys_of(machine, "default"), "fk fs ");
  machine.set("AWS_PROFILE", "default");
  EXPECT_EQ(keys_of(machine), "k s older");
}

TEST(Credentials, HalfOfTheEnvironment) {
  Machine machine;
  machine.credentials("[default]\naws_access_key_id = fk\naws_secret_access_key = fs\n");
  machine.set("AWS_ACCESS_KEY_ID", "half");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_SECRET_ACCESS_KEY");
  machine.set("AWS_SECRET_ACCESS_KEY", "s").set("AWS_CREDENTIAL_EXPIRATION", "soon");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_CREDENTIAL_EXPIRATION");
  machine.unset("AWS_CREDENTIAL_EXPIRATION").set("AWS_SECRET_ACCESS_KEY", "a secret\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "environment", "line break");
}

TEST(Credentials, OfTheFiles) {
  Machine machine;
  machine.config(
      "[default]\naws_access_key_id = ck\naws_secret_access_key = cs\n"
      "[profile both]\naws_access_key_id = ck\naws_secret_access_key = cs\n");
  machine.credentials(
      "[both]\naws_access_key_id = k\naws_secret_access_key = s\naws_session_token = t\n");
  EXPECT_EQ(keys_of(machine), "ck cs ");
  EXPECT_EQ(keys_of(machine, "both"), "k s t");
  CredentialChain chain(machine.environment(), "both");
  chain.resolve();
  EXPECT_EQ(chain.answered_by(), "shared credentials file");
  // Another tool may renew them there.
  machine.credentials("[both]\naws_access_key_id = k2\naws_secret_access_key = s2\n");
  EXPECT_EQ(keys_of(chain.resolve()), "k2 s2 ");
  // Whoever answered once is asked alone: nobody else takes over.
  machine.credentials("[both]\n");
  expect_error(
      ErrorCode::kStore, [&] { chain.resolve(); }, "shared credentials file", "none now");
}

TEST(Credentials, HalfOfAProfile) {
  Machine machine;
  machine.credentials("[default]\naws_access_key_id = k\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "\"default\"",
      "aws_secret_access_key", machine.file("credentials"));
}

TEST(Credentials, OfAProcess) {
  Machine machine;
  process_prints(machine, json());
  EXPECT_EQ(keys_of(machine), "pk ps ");
  process_prints(machine,
                 json(", \"SessionToken\": \"pt\", \"Expiration\": \"2033-05-18T05:33:20+02:00\""));
  const S3Credentials credentials = CredentialChain(machine.environment()).resolve();
  EXPECT_EQ(keys_of(credentials), "pk ps pt");
  EXPECT_EQ(credentials.expires_at_unix_s, 2'000'000'000);
  process_prints(machine, json(", \"SessionToken\": null, \"Expiration\": null"));
  EXPECT_EQ(keys_of(machine), "pk ps ");
}

TEST(Credentials, AProcessThatFails) {
  Machine machine;
  for (const auto& [output, words] : std::vector<std::pair<std::string, std::string>>{
           {"", "no JSON"},
           {"[]", "no JSON"},
           {json().substr(0, 30), "no JSON"},
           {"{\"AccessKeyId\": \"pk\", \"SecretAccessKey\": \"ps\"}", "Version 1"},
           {"{\"Version\": 2}", "Version 1"},
           {"{\"Version\": 1, \"AccessKeyId\": \"pk\"}", "SecretAccessKey"},
           {"{\"Version\": 1, \"AccessKeyId\": 7}", "AccessKeyId"},
           {json(", \"Expiration\": \"soon\""), "Expiration"}}) {
    process_prints(machine, output);
    expect_error(
        ErrorCode::kStore, [&] { keys_of(machine); }, "credential_process of profile \"default\"",
        words);
  }
  machine.config("[default]\ncredential_process = 'open\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "credential_process", "quote");
  machine.config("[default]\ncredential_process = /no/such/tool --password pw\n");
  expect_error(
      ErrorCode::kStore, [&] { keys_of(machine); }, "cannot be started");
}

TEST(Credentials, OfABrowserAreRefused) {
  Machine machine;
  machine.config(
      "[profile sso]\nsso_account_id = 1\nsso_session = s\n[profile in]\nlogin_session = arn\n");
  for (const char* name : {"sso", "in"}) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine, name); },
        std::string("aws configure export-credentials --profile ") + name);
  }
  // Keys of the credentials file go before a login, but not before SSO, as in botocore.
  machine.credentials(
      "[sso]\naws_access_key_id = k\naws_secret_access_key = s\n"
      "[in]\naws_access_key_id = k\naws_secret_access_key = s\n");
  EXPECT_EQ(keys_of(machine, "in"), "k s ");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine, "sso"); }, "single sign-on");
}

TEST(Credentials, NoneAnywhere) {
  Machine machine;
  machine.config("[default]\nregion = x\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "environment", "assumed role",
      "web identity", "single sign-on", "shared credentials file", "aws login",
      "credential_process", "config file", "container", "instance metadata", "anon");
}

}  // namespace
}  // namespace ccog
