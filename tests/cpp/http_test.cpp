#include "ccog/store/http.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "environment.h"
#include "loopback_server.h"
#include "scripted_http_server.h"
#include "store_testing.h"

namespace ccog {
namespace {

using namespace test;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongest{10};  // a second, and the five over which speed is measured

HttpRequest request_to(const std::string& url, std::optional<Rope> body = std::nullopt) {
  HttpRequest request;
  request.method = body ? "PUT" : "GET";
  request.url = url;
  request.body = std::move(body);
  request.connect_timeout_s = 1;
  request.stall_timeout_s = 1;
  return request;
}

/// A head of a request has come when this returns; its body may be under way.
void receive_head(int connection) {
  std::string input;
  char buffer[1024];
  while (input.find("\r\n\r\n") == input.npos) {
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    input.append(buffer, static_cast<std::size_t>(got));
  }
}

void say(int connection, const std::string& text) {
  ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
}

/// Waits until the client has gone.
void do_nothing(int connection) {
  char buffer[1];
  while (::recv(connection, buffer, sizeof buffer, MSG_PEEK) > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

HttpResponse of_a_server_that(const LoopbackServer::Serve& serve,
                              std::optional<Rope> body = std::nullopt) {
  LoopbackServer server(serve);
  HttpPool pool;
  const auto begin = Clock::now();
  HttpResponse response = pool.perform(request_to(server.url(), std::move(body)));
  EXPECT_LT(Clock::now() - begin, kLongest);
  return response;
}

void expect_passing(const HttpResponse& response) {
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.failure.empty());
  EXPECT_TRUE(response.failure_is_transient) << response.failure;
}

TEST(Http, LeavesAServerThatNeverAnswers) {
  expect_passing(of_a_server_that([](int connection) {
    receive_head(connection);
    do_nothing(connection);
  }));
}

TEST(Http, LeavesAServerThatStallsInItsAnswer) {
  for (const char* beginning : {"HTTP/1.1 200 OK\r\nContent-Le",
                                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning"}) {
    expect_passing(of_a_server_that([&](int connection) {
      receive_head(connection);
      say(connection, beginning);
      do_nothing(connection);
    }));
  }
}

TEST(Http, LeavesAServerThatStopsReading) {
  // More than the buffers of both ends hold.
  const Rope body(Bytes(std::size_t{64} << 20));
  expect_passing(of_a_server_that(
      [](int connection) {
        receive_head(connection);
        std::this_thread::sleep_for(std::chrono::milliseconds(2500));
      },
      body));
}

TEST(Http, SeesThatAnAnswerIsCut) {
  expect_passing(of_a_server_that([](int connection) {
    receive_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning");
    ::shutdown(connection, SHUT_RDWR);
  }));
}

TEST(Http, AConnectionThatWasClosedWhileIdleIsNoFailure) {
  LoopbackServer server([](int connection) {
    receive_head(connection);
    say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    ::shutdown(connection, SHUT_RDWR);
  });
  HttpPool pool;
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = pool.perform(request_to(server.url()));
    EXPECT_EQ(response.text(), "ok") << response.failure;
  }
  EXPECT_EQ(server.connections(), 3u);
}

TEST(Http, ConnectionsAreKept) {
  ScriptedHttpServer server([](const auto&) { return ScriptedHttpServer::Response(); });
  HttpPool pool;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(pool.perform(request_to(server.url(), Rope(noise(10, 1)))).ok());
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Http, SpeaksToIpv6Addresses) {
  std::optional<ScriptedHttpServer> server;
  try {
    server.emplace([](const auto&) { return ScriptedHttpServer::Response(); },
                   LoopbackServer::Address::kIpv6);
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "this machine has no ::1";
  }
  S3Store store("s3://bucket/k", s3_options(server->url()));
  EXPECT_TRUE(store.head());
  EXPECT_EQ(server->requests().at(0).target, "/bucket/k");
  EXPECT_EQ(server->requests().at(0).headers.at("host"), server->url().substr(7));
}

TEST(Http, ProxiesComeFromTheEnvironment) {
  ScriptedHttpServer proxy([](const auto&) { return ScriptedHttpServer::Response(); });
  ScriptedHttpServer server([](const auto&) { return ScriptedHttpServer::Response(); });
  HttpPool pool;
  const EnvironmentVariable through("http_proxy", proxy.url());
  {
    const EnvironmentVariable none("no_proxy", "");
    EXPECT_TRUE(pool.perform(request_to(server.url() + "/a")).ok());
  }
  ASSERT_EQ(proxy.requests().size(), 1u);
  EXPECT_EQ(proxy.requests()[0].target, server.url() + "/a");
  EXPECT_TRUE(server.requests().empty());
  {
    const EnvironmentVariable none("no_proxy", "store.example,127.0.0.1");
    EXPECT_TRUE(pool.perform(request_to(server.url() + "/b")).ok());
  }
  EXPECT_EQ(proxy.requests().size(), 1u);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].target, "/b");
}

TEST(Http, AProxyThatIsAwayIsTriedAgain) {
  std::string gone;
  {
    const LoopbackServer server([](int) {});
    gone = server.url();
  }
  const EnvironmentVariable through("http_proxy", gone);
  HttpPool pool;
  const HttpResponse response = pool.perform(request_to("http://store.example/"));
  expect_passing(response);
  EXPECT_NE(response.failure.find("proxy variables"), std::string::npos) << response.failure;
}

}  // namespace
}  // namespace ccog
