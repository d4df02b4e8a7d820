#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "ccog/store/credentials/container_provider.h"
#include "ccog/store/credentials/instance_provider.h"
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

constexpr const char* kJson =
    "{\"AccessKeyId\": \"mk\", \"SecretAccessKey\": \"ms\", \"Token\": \"mt\", \"Expiration\": "
    "\"2033-05-18T03:33:20Z\"}";

TEST(ContainerCredentials, OfAFullUri) {
  ScriptedHttpServer agent([](const Request&) { return Response{200, kJson, {}, false}; });
  Machine machine;
  machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url() + "/a?b=c");
  const S3Credentials credentials = CredentialChain(machine.environment()).resolve();
  EXPECT_EQ(keys_of(credentials), "mk ms mt");
  EXPECT_EQ(credentials.expires_at_unix_s, 2'000'000'000);
  machine.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "from variable");
  keys_of(machine);
  machine.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", machine.write("token", "from file"));
  CredentialChain chain(machine.environment());
  chain.resolve();
  machine.write("token", "from file, later");
  chain.resolve();
  EXPECT_EQ(chain.answered_by(), "container");
  const auto requests = agent.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[0].target, "/a?b=c");
  EXPECT_EQ(requests[0].headers.count("authorization"), 0U);
  EXPECT_EQ(requests[0].headers.at("accept"), "application/json");
  EXPECT_EQ(requests[1].headers.at("authorization"), "from variable");
  EXPECT_EQ(requests[2].headers.at("authorization"), "from file");
  EXPECT_EQ(requests[3].headers.at("authorization"), "from file, later");
}

TEST(ContainerCredentials, OfARelativeUri) {
  ScriptedHttpServer agent([](const Request&) { return Response{200, kJson, {}, false}; });
  Machine machine;
  machine.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/id")
      .set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/");
  ProviderList providers;
  providers.push_back(std::make_unique<ContainerProvider>(agent.url()));
  CredentialChain chain(machine.environment(), {}, std::move(providers));
  EXPECT_EQ(keys_of(chain.resolve()), "mk ms mt");
  EXPECT_EQ(agent.requests()[0].target, "/v2/id");
  machine.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@example.com/");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "slash");
}

TEST(ContainerCredentials, TheTokenGoesToNobodyElse) {
  Machine machine;
  machine.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-token");
  for (const char* url :
       {"http://example.com/", "http://169.254.169.254/", "http://127.0.0.1.example.com/",
        "http://10.0.0.1/", "http://[fd00:ec2::24]/", "http://localhost.evil/", "ftp://127.0.0.1/",
        "127.0.0.1", "http://", "http://user@127.0.0.1/", "http://127.0.0.1@example.com/",
        "http://0.0.0.0/"}) {
    machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine); },
        "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  }
}

TEST(ContainerCredentials, TokensThatAreNone) {
  Machine machine;
  machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
  machine.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nX-Other: b");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  machine.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", machine.file("lost"));
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, machine.file("lost"));
}

TEST(ContainerCredentials, FailuresAreSaid) {
  std::atomic<int> calls = 0;
  std::atomic<bool> answers = false;
  ScriptedHttpServer agent([&](const Request&) -> Response {
    ++calls;
    if (answers) return {200, "{\"AccessKeyId\": \"mk\"}", {}, false};
    return {500, "words", {}, false};
  });
  Machine machine;
  machine.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url() + "/");
  const auto error = error_of([&] { keys_of(machine); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kStore);
  EXPECT_TRUE(error->retryable());
  EXPECT_EQ(calls, 3);
  answers = true;
  expect_error(
      ErrorCode::kStore, [&] { keys_of(machine); }, "SecretAccessKey");
}

// A metadata service in version 2; `missing` is what it does not have.
Response metadata(const Request& request, const std::string& missing = "none") {
  if (request.target.find(missing) != std::string::npos) return {404, "", {}, false};
  if (request.target == "/latest/api/token") {
    const auto ttl = request.headers.find("x-aws-ec2-metadata-token-ttl-seconds");
    if (request.method != "PUT" || ttl == request.headers.end()) return {400, "", {}, false};
    return {200, "session-1==", {}, false};
  }
  const auto token = request.headers.find("x-aws-ec2-metadata-token");
  if (token == request.headers.end() || token->second != "session-1==") return {401, "", {}, false};
  const std::string roles = "/latest/meta-data/iam/security-credentials/";
  if (request.target == roles) return {200, "role-7", {}, false};
  if (request.target == roles + "role-7") return {200, kJson, {}, false};
  return {404, "", {}, false};
}

TEST(InstanceCredentials, OfTheRole) {
  ScriptedHttpServer service([](const Request& request) { return metadata(request); });
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED")
      .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url());
  CredentialChain chain(machine.environment());
  const S3Credentials credentials = chain.resolve();
  EXPECT_EQ(keys_of(credentials), "mk ms mt");
  EXPECT_EQ(credentials.expires_at_unix_s, 2'000'000'000);
  EXPECT_EQ(chain.answered_by(), "instance metadata");
  EXPECT_EQ(service.requests().size(), 3U);
  // A role can begin there, and the profile can name the service.
  machine.unset("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  machine.config("[default]\nec2_metadata_service_endpoint = " + service.url() + "/\n");
  EXPECT_EQ(keys_of(machine), "mk ms mt");
  machine.set("AWS_EC2_METADATA_DISABLED", "True");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, "AWS_EC2_METADATA_DISABLED");
}

TEST(InstanceCredentials, WhatIsMissingIsSaid) {
  std::atomic<const char*> missing = "none";
  ScriptedHttpServer service(
      [&](const Request& request) { return metadata(request, missing.load()); });
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED")
      .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url());
  for (const auto& [path, words] : std::vector<std::pair<const char*, std::string>>{
           {"token", "no token (HTTP 404)"},
           {"security-credentials/", "no role (HTTP 404"},
           {"role-7", "role-7 has no credentials (HTTP 404)"}}) {
    missing = path;
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, words, "no AWS credentials found");
  }
}

TEST(InstanceCredentials, ARenewalThatFailsMayPass) {
  std::atomic<bool> busy = false;
  ScriptedHttpServer service([&](const Request& request) {
    return busy ? Response{503, "", {}, false} : metadata(request);
  });
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED")
      .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url());
  CredentialChain chain(machine.environment());
  chain.resolve();
  busy = true;
  const auto error = error_of([&] { chain.resolve(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::kStore);
  EXPECT_TRUE(error->retryable());
}

TEST(InstanceCredentials, AMachineWithoutTheServiceIsQuick) {
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED");
  // Nobody answers there; and one that takes a connection but never answers.
  ScriptedHttpServer silent([](const Request&) -> Response {
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return {};
  });
  for (const std::string& url : {std::string("http://192.0.2.1"), silent.url()}) {
    machine.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    const auto start = std::chrono::steady_clock::now();
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(machine); }, url);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(3500)) << url;
  }
}

TEST(InstanceCredentials, NotThroughAProxy) {
  ScriptedHttpServer proxy([](const Request& request) { return metadata(request); });
  ScriptedHttpServer service([](const Request& request) { return metadata(request); });
  ::setenv("http_proxy", proxy.url().c_str(), 1);
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED")
      .set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url());
  EXPECT_EQ(keys_of(machine), "mk ms mt");
  ::unsetenv("http_proxy");
  EXPECT_TRUE(proxy.requests().empty());
  EXPECT_EQ(service.requests().size(), 3U);
}

TEST(InstanceCredentials, SettingsThatAreNone) {
  Machine machine;
  machine.unset("AWS_EC2_METADATA_DISABLED");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"},
           {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://u:p@169.254.169.254"},
           {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5"},
           {"AWS_METADATA_SERVICE_TIMEOUT", "0"},
           {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "x"}}) {
    Machine one;
    one.unset("AWS_EC2_METADATA_DISABLED").set(name, value);
    expect_error(
        ErrorCode::kInvalidArgument, [&] { keys_of(one); }, name);
  }
}

}  // namespace
}  // namespace ccog
