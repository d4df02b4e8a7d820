#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "loopback_server.h"

namespace ccog::test {

/// An HTTP server on a free local port that answers as a function says: for what no real store
/// does on request, such as failing once.
class ScriptedHttpServer {
 public:
  struct Request {
    std::string method;
    std::string target;  ///< path and query, as sent
    std::map<std::string, std::string> headers;
    std::string body;
  };
  struct Response {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool hang_up = false;  ///< close the connection instead of answering
  };
  using Handler = std::function<Response(const Request&)>;

  explicit ScriptedHttpServer(Handler handler,
                              LoopbackServer::Address address = LoopbackServer::Address::kIpv4)
      : handler_(std::move(handler)),
        server_([this](int connection) { serve(connection); }, address) {}

  std::string url() const { return server_.url(); }
  std::size_t connections() const { return server_.connections(); }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve(int connection) {
    std::string input;
    Request request;
    while (read_request(connection, input, request)) {
      Response response;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        response = handler_(request);
      }
      if (response.hang_up) break;
      std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Scripted\r\n";
      for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
      text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
      if (request.method != "HEAD") text += response.body;
      for (std::size_t done = 0; done < text.size();) {
        const ssize_t sent =
            ::send(connection, text.data() + done, text.size() - done, MSG_NOSIGNAL);
        if (sent <= 0) return;
        done += static_cast<std::size_t>(sent);
      }
    }
    ::shutdown(connection, SHUT_RDWR);
  }

  static bool read_request(int connection, std::string& input, Request& request) {
    std::size_t end_of_head = 0;
    while ((end_of_head = input.find("\r\n\r\n")) == input.npos) {
      if (!read_some(connection, input)) return false;
    }
    request = {};
    std::size_t line_begin = 0;
    while (line_begin < end_of_head) {
      const std::size_t line_end = input.find("\r\n", line_begin);
      const std::string line = input.substr(line_begin, line_end - line_begin);
      if (line_begin == 0) {
        const std::size_t space = line.find(' ');
        request.method = line.substr(0, space);
        request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
      } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
        std::string name = line.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        const std::size_t value = line.find_first_not_of(' ', colon + 1);
        request.headers[name] = value == line.npos ? "" : line.substr(value);
      }
      line_begin = line_end + 2;
    }
    const std::size_t body_bytes = static_cast<std::size_t>(
        std::strtoull(request.headers["content-length"].c_str(), nullptr, 10));
    while (input.size() < end_of_head + 4 + body_bytes) {
      if (!read_some(connection, input)) return false;
    }
    request.body = input.substr(end_of_head + 4, body_bytes);
    input.erase(0, end_of_head + 4 + body_bytes);
    return true;
  }

  static bool read_some(int connection, std::string& input) {
    char buffer[65536];
    const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    input.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  Handler handler_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  LoopbackServer server_;  // the last one, so that its threads end before what they use
};

}  // namespace ccog::test
