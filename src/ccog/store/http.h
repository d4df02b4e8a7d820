#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog {

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Streamed from its pieces; absent for requests without a body.
  std::optional<Rope> body;
  /// A longer answer fails the request instead of filling the memory.
  std::uint64_t max_response_bytes = std::uint64_t{64} << 20;
  bool verify_tls = true;
  std::string ca_bundle;  ///< path; "" for libcurl's own
  bool proxied = true;    ///< through the proxy of the environment, if there is one
  double connect_timeout_s = 10;
  /// Without a byte in either direction; libcurl measures speed over 5 s, which come on top.
  double stall_timeout_s = 60;
  /// Over a connection of its own: where a kept one ends, libcurl sends the request again by
  /// itself.
  bool only_once = false;
};

struct HttpResponse {
  long status = 0;  ///< 0: there was no answer, see `failure`
  std::string failure;
  bool failure_is_transient = false;
  std::map<std::string, std::string> headers;  ///< names in lower case
  Bytes body;

  bool ok() const { return status >= 200 && status < 300; }
  std::string_view text() const;
  /// "" without such a header.
  std::string header(const std::string& name) const;
};

/// libcurl handles that keep their connections, one a request in flight. Redirects are not
/// followed. Proxies come from the usual environment variables. Safe to use from several threads.
class HttpPool {
 public:
  HttpPool();
  ~HttpPool();
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;

  /// One attempt. Never throws for what the network does.
  HttpResponse perform(const HttpRequest& request);

 private:
  std::mutex mutex_;
  std::vector<void*> idle_;  // CURL handles; the type stays out of this header
};

/// Seconds since 1970 of a Date header; nothing if it is not a date.
std::optional<std::int64_t> parse_http_date(const std::string& text);

}  // namespace ccog
