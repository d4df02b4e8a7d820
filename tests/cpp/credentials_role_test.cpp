#include <gtest/gtest.h>

#include "ccog/store/sigv4.h"
#include "credentials_testing.h"
#include "expect_error.h"
#include "scripted_http_server.h"

namespace ccog {
namespace {

using test::keys_of;
using test::Machine;
using test::ScriptedHttpServer;
using Request = ScriptedHttpServer::Request;
using Response = ScriptedHttpServer::Response;

Response sts_answer(const std::string& name) {
  return {
      200,
      "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
      "<Credentials><AccessKeyId>" +
          name + "k</AccessKeyId><SecretAccessKey>" + name + "s</SecretAccessKey><SessionToken>" +
          name +
          "t</SessionToken><Expiration>2033-05-18T03:33:20Z</Expiration></Credentials>"
          "</AssumeRoleResult></AssumeRoleResponse>",
      {},
      false};
}

Response sts_error(int status, const std::string& code) {
  return {status,
          "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Code>" +
              code + "</Code><Message>words</Message></Error></ErrorResponse>",
          {},
          false};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// Who signed it: the access key, once the signature was made again with the secret key.
std::string signer(const Request& request, const std::string& secret_key,
                   const std::string& region) {
  const std::string& authorization = request.headers.at("authorization");
  const std::size_t begin = authorization.find("Credential=") + 11;
  const std::string key = authorization.substr(begin, authorization.find('/', begin) - begin);
  sigv4::Request signed_request{request.method, "/", {}, {}, sigv4::sha256_hex(request.body)};
  for (const char* name :
       {"content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}) {
    const auto it = request.headers.find(name);
    if (it != request.headers.end()) signed_request.headers.emplace_back(name, it->second);
  }
  std::tm utc{};
  ::strptime(request.headers.at("x-amz-date").c_str(), "%Y%m%dT%H%M%SZ", &utc);
  const std::string signature =
      sigv4::signature(signed_request, {::timegm(&utc), region, "sts"}, secret_key);
  EXPECT_TRUE(authorization.ends_with("Signature=" + signature)) << authorization;
  return key;
}

TEST(Roles, WebIdentityOfTheEnvironment) {
  ScriptedHttpServer sts([](const Request&) { return sts_answer("w"); });
  Machine machine;
  machine.set("AWS_ENDPOINT_URL_STS", sts.url())
      .set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")
      .set("AWS_ROLE_SESSION_NAME", "me")
      .set("AWS_WEB_IDENTITY_TOKEN_FILE", machine.write("token", "a.b-c_d\n"));
  CredentialChain chain(machine.environment());
  const S3Credentials credentials = chain.resolve();
  EXPECT_EQ(keys_of(credentials), "wk ws wt");
  EXPECT_EQ(credentials.expires_at_unix_s, 2'000'000'000);
  machine.write("token", "second");  // read anew
  chain.resolve();
  const auto requests = sts.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].method + requests[0].target, "POST/");
  EXPECT_EQ(requests[0].body,
            "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
            "RoleSessionName=me&Version=2011-06-15&WebIdentityToken=a.b-c_d");
  EXPECT_EQ(requests[0].headers.count("authorization"), 0U);
  EXPECT_TRUE(holds(requests[0].headers.at("content-type"), "x-www-form-urlencoded"));
  EXPECT_TRUE(holds(requests[1].body, "WebIdentityToken=second"));
}

TEST(Roles, WebIdentityOfTheProfile) {
  ScriptedHttpServer sts([](const Request&) { return sts_answer("w"); });
  Machine machine;
  machine.config("[profile p]\nrole_arn = role-p\nweb_identity_token_file = " +
                 machine.write("token", "tok") + "\nendpoint_url = " + sts.url() + "\n");
  EXPECT_EQ(keys_of(machine, "p"), "wk ws wt");
  EXPECT_TRUE(holds(sts.requests()[0].body, "RoleArn=role-p&RoleSessionName=ccog-"));
  // The environment's do not count where the caller names the profile.
  machine.set("AWS_ROLE_ARN", "role-e");
  keys_of(machine, "p");
  EXPECT_TRUE(holds(sts.requests()[1].body, "RoleArn=role-p"));
  machine.set("AWS_PROFILE", "p");
  keys_of(machine);
  EXPECT_TRUE(holds(sts.requests()[2].body, "RoleArn=role-e"));
}

TEST(Roles, WebIdentityThatIsIncomplete) {
  Machine machine;
  machine.set("AWS_WEB_IDENTITY_TOKEN_FILE", machine.file("lost"));
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_ROLE_ARN");
  machine.set("AWS_ROLE_ARN", "r");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, machine.file("lost"), "not there");
  machine.write("lost", "\n");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "empty");
}

TEST(Roles, OfASourceProfile) {
  ScriptedHttpServer sts(
      [](const Request& request) { return sts_answer(holds(request.body, "inner") ? "i" : "o"); });
  Machine machine;
  machine.set("AWS_ENDPOINT_URL_STS", sts.url());
  machine.config(
      "[profile outer]\nrole_arn = outer\nsource_profile = inner\nregion = eu-north-1\n"
      "external_id = x y\nduration_seconds = 900\nrole_session_name = me\n"
      "[profile inner]\nrole_arn = inner\nsource_profile = keys\nregion = us-west-2\n"
      "duration_seconds = long\n");
  machine.credentials("[keys]\naws_access_key_id = k\naws_secret_access_key = s\n");
  EXPECT_EQ(keys_of(machine, "outer"), "ok os ot");
  const auto requests = sts.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(signer(requests[0], "s", "eu-north-1"), "k");
  EXPECT_EQ(signer(requests[1], "is", "eu-north-1"), "ik");
  EXPECT_EQ(requests[1].headers.at("x-amz-security-token"), "it");
  EXPECT_FALSE(holds(requests[0].body, "Duration"));
  EXPECT_EQ(requests[1].body,
            "Action=AssumeRole&DurationSeconds=900&ExternalId=x%20y&RoleArn=outer&"
            "RoleSessionName=me&Version=2011-06-15");
}

TEST(Roles, OfItsOwnKeysAndOfTheEnvironment) {
  ScriptedHttpServer sts([](const Request&) { return sts_answer("r"); });
  Machine machine;
  machine.set("AWS_ENDPOINT_URL_STS", sts.url());
  machine.config(
      "[profile self]\nrole_arn = r\nsource_profile = self\naws_access_key_id = k\n"
      "aws_secret_access_key = s\n"
      "[profile env]\nrole_arn = r\ncredential_source = Environment\n");
  EXPECT_EQ(keys_of(machine, "self"), "rk rs rt");
  EXPECT_EQ(signer(sts.requests()[0], "s", "us-east-1"), "k");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine, "env"); }, "\"env\"",
      "AWS_ACCESS_KEY_ID");
  machine.set("AWS_ACCESS_KEY_ID", "ek").set("AWS_SECRET_ACCESS_KEY", "es");
  machine.set("AWS_SESSION_TOKEN", "et");
  EXPECT_EQ(keys_of(machine, "env"), "rk rs rt");
  EXPECT_EQ(signer(sts.requests()[1], "es", "us-east-1"), "ek");
}

TEST(Roles, ThatCannotWork) {
  Machine machine;
  machine.config(
      "[profile none]\nrole_arn = r\n"
      "[profile two]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n"
      "[profile lost]\nrole_arn = r\nsource_profile = nowhere\n"
      "[profile a]\nrole_arn = r\nsource_profile = b\n"
      "[profile b]\nrole_arn = r\nsource_profile = a\n"
      "[profile self]\nrole_arn = r\nsource_profile = self\n"
      "[profile mfa]\nrole_arn = r\nsource_profile = a\nmfa_serial = arn\n"
      "[profile named]\nrole_arn = r\ncredential_source = Moon\n"
      "[profile plain]\nregion = x\n"
      "[profile bare]\nrole_arn = r\nsource_profile = plain\n");
  for (const auto& [name, words] : std::vector<std::pair<std::string, std::string>>{
           {"none", "none of source_profile"},
           {"two", "both of source_profile"},
           {"lost", "\"nowhere\""},
           {"a", "leads back"},
           {"self", "leads back"},
           {"mfa", "export-credentials --profile mfa"},
           {"named", "\"Moon\" is none of Environment"},
           {"bare", "\"plain\" of profile \"bare\" has no credentials"}}) {
    const std::string profile = name;
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine, profile); }, words,
        '"' + profile + '"');
  }
}

TEST(Roles, WhatStsRefuses) {
  Machine machine;
  machine.config("[default]\nrole_arn = the-role\nsource_profile = keys\n");
  machine.credentials("[keys]\naws_access_key_id = k\naws_secret_access_key = s\n");
  std::size_t calls = 0;
  const auto error_for = [&](const Response& response) {
    ScriptedHttpServer sts([&](const Request&) { return response; });
    machine.set("AWS_ENDPOINT_URL_STS", sts.url() + "/");
    const auto error = error_of([&] { keys_of(machine); });
    calls = sts.requests().size();
    return error.value_or(Error(ErrorCode::kCorrupt, "no error"));
  };
  const Error denied = error_for(sts_error(403, "AccessDenied"));
  EXPECT_EQ(denied.code(), ErrorCode::kStore);
  EXPECT_FALSE(denied.retryable());
  EXPECT_EQ(calls, 1U);
  for (const char* words :
       {"STS at 127.0.0.1", "the-role", "HTTP 403 AccessDenied", "trust policy"}) {
    EXPECT_TRUE(holds(denied.what(), words)) << denied.what();
  }
  // What a server makes up is not repeated.
  const Error unknown = error_for(sts_error(400, "SomeSecret"));
  EXPECT_TRUE(holds(unknown.what(), "HTTP 400")) << unknown.what();
  EXPECT_FALSE(holds(unknown.what(), "SomeSecret") || holds(unknown.what(), "words"));
  EXPECT_TRUE(error_for(sts_error(400, "Throttling")).retryable());
  EXPECT_EQ(calls, 4U);
  EXPECT_TRUE(holds(error_for({200, "<html>", {}, false}).what(), "no XML"));
  Response partial = sts_answer("x");
  for (std::size_t at = 0; (at = partial.body.find("SessionToken", at)) != std::string::npos;) {
    partial.body.replace(at, 12, "Other");
  }
  EXPECT_TRUE(holds(error_for(partial).what(), "without a SessionToken"));
}

TEST(Roles, RegionsAndEndpointsThatAreNone) {
  Machine machine;
  machine.config("[default]\nrole_arn = r\nsource_profile = keys\n");
  machine.credentials("[keys]\naws_access_key_id = k\naws_secret_access_key = s\n");
  machine.set("AWS_REGION", "evil.example/");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "region");
  for (const char* url : {"sts.example", "http://u:p@host", "http://", "http://host/path"}) {
    machine.set("AWS_ENDPOINT_URL", url);
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_ENDPOINT_URL_STS");
  }
}

}  // namespace
}  // namespace ccog
