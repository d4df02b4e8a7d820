#include <gtest/gtest.h>

#include "ccog/store/credentials/s3_environment.h"
#include "credentials_testing.h"
#include "expect_error.h"

namespace ccog {
namespace {

using test::keys_of;
using test::Machine;

TEST(CredentialSettings, PathsAreExpandedAsPythonDoes) {
  const Environment environment({{"HOME", "/home/me/"}, {"A", "x"}, {"A_B", "y"}});
  EXPECT_EQ(environment.expand("~/.aws/config"), "/home/me/.aws/config");
  EXPECT_EQ(environment.expand("~"), "/home/me");
  EXPECT_EQ(environment.expand("/a/~/$A/${A}b/$A_B/$none/${none}/$/${A"),
            "/a/~/x/xb/y/$none/${none}/$/${A");
  EXPECT_EQ(environment.expand("~other/x"), "~other/x");
}

TEST(CredentialSettings, TheProfileInUse) {
  Machine machine;
  machine.config(
      "[default]\nregion = a\n[profile dev]\nregion = b\n[profile 'two words']\n"
      "region = c\n[profile too many words]\nregion = d\n[other]\nregion = e\n");
  machine.credentials("[keys]\nregion = f\n[dev]\naws_access_key_id = k\nregion = g\n");
  EXPECT_EQ(machine.settings().region(), "a");
  EXPECT_EQ(machine.settings("dev").region(), "g");  // the credentials file wins
  EXPECT_EQ(machine.settings("two words").region(), "c");
  EXPECT_EQ(machine.settings("keys").region(), "f");
  for (const char* name : {"other", "too", "too many words", "none"}) {
    expect_error(
        ErrorCode::kInvalidArgument, [&] { machine.settings(name); }, name, machine.file("config"),
        machine.file("credentials"));
  }
  machine.set("AWS_PROFILE", "two words");
  EXPECT_EQ(machine.settings().region(), "c");
  EXPECT_EQ(machine.settings("dev").region(), "g");
  machine.set("AWS_DEFAULT_PROFILE", "dev");  // botocore's order
  EXPECT_EQ(machine.settings().region(), "g");
  EXPECT_FALSE(machine.settings().profile_is_explicit());
  machine.set("AWS_DEFAULT_PROFILE", "lost");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { machine.settings(); }, "AWS_DEFAULT_PROFILE", "lost");
}

TEST(CredentialSettings, FilesThatAreNotThereAreEmpty) {
  Machine machine;
  EXPECT_EQ(machine.settings().profile_name(), "default");
  EXPECT_EQ(machine.settings().region(), "");
  machine.config("nonsense");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { machine.settings(); }, machine.file("config"), "line 1");
}

TEST(CredentialSettings, RegionAndEndpointInTheirOrder) {
  Machine machine;
  machine.config(
      "[default]\nregion = r1\nendpoint_url = http://profile\nservices = local\n"
      "[services local]\ns3 =\n  endpoint_url = http://s3-of-profile\nsts =\n  region = x\n");
  EXPECT_EQ(machine.settings().endpoint_url("s3"), "http://s3-of-profile");
  EXPECT_EQ(machine.settings().endpoint_url("sts"), "http://profile");
  machine.set("AWS_DEFAULT_REGION", "r2").set("AWS_ENDPOINT_URL", "http://all");
  EXPECT_EQ(machine.settings().region(), "r2");
  EXPECT_EQ(machine.settings().endpoint_url("s3"), "http://all");
  machine.set("AWS_REGION", "r3").set("AWS_ENDPOINT_URL_S3", "http://s3");
  EXPECT_EQ(machine.settings().region(), "r3");
  EXPECT_EQ(machine.settings().endpoint_url("s3"), "http://s3");
  EXPECT_EQ(machine.settings().endpoint_url("sts"), "http://all");
  machine.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
  EXPECT_EQ(machine.settings().endpoint_url("s3"), "");
}

TEST(CredentialSettings, ServicesThatAreNotThere) {
  Machine machine;
  machine.config("[default]\nservices = lost\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { machine.settings().endpoint_url("s3"); },
      "[services lost]", "\"default\"");
}

TEST(CredentialSettings, OptionsOfTheEnvironment) {
  Machine machine;
  S3Options options = s3_options_from_environment({}, machine.environment());
  EXPECT_EQ(options.region, "us-east-1");
  EXPECT_EQ(options.endpoint_url, "");
  EXPECT_EQ(options.max_attempts, S3Options().max_attempts);
  EXPECT_EQ(options.addressing, S3Options::Addressing::kAuto);
  machine.config(
      "[profile p]\nregion = eu-west-3\nendpoint_url = http://127.0.0.1:1\n"
      "max_attempts = 3\nca_bundle = ~/ca.pem\ns3 =\n  addressing_style = virtual\n"
      "aws_access_key_id = k\naws_secret_access_key = s\n");
  options = s3_options_from_environment("p", machine.environment());
  EXPECT_EQ(options.region, "eu-west-3");
  EXPECT_EQ(options.endpoint_url, "http://127.0.0.1:1");
  EXPECT_EQ(options.max_attempts, 3);
  EXPECT_EQ(options.ca_bundle, machine.file("home") + "/ca.pem");
  EXPECT_EQ(options.addressing, S3Options::Addressing::kVirtual);
  EXPECT_FALSE(options.anon || options.use_fips || options.use_dualstack);
  EXPECT_EQ(keys_of(options.credentials->resolve()), "k s ");
  machine.set("AWS_USE_FIPS_ENDPOINT", "True").set("AWS_USE_DUALSTACK_ENDPOINT", "true");
  options = s3_options_from_environment({}, machine.environment());
  EXPECT_TRUE(options.use_fips && options.use_dualstack);
  for (const char* bad : {"0", "many", "3x", "-1"}) {
    machine.set("AWS_MAX_ATTEMPTS", bad);
    expect_error(
        ErrorCode::kInvalidArgument,
        [&] { s3_options_from_environment({}, machine.environment()); }, "AWS_MAX_ATTEMPTS", bad);
  }
}

TEST(CredentialSettings, OfTheProcess) {
  ::setenv("CCOG_TEST_VARIABLE", "a=b", 1);
  const Environment environment = Environment::of_process();
  EXPECT_EQ(environment.get("CCOG_TEST_VARIABLE"), "a=b");
  ::unsetenv("CCOG_TEST_VARIABLE");
  EXPECT_TRUE(environment.has("CCOG_TEST_VARIABLE"));  // by value
  EXPECT_FALSE(Environment::of_process().has("CCOG_TEST_VARIABLE"));
}

}  // namespace
}  // namespace ccog
