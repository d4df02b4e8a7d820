#pragma once

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "store_testing.h"

namespace ccog::test {

/// An S3 server to test against; it takes the keys of `s3_options`.
struct S3Server {
  std::string name;  ///< letters and digits
  std::string url;   ///< "" if it is not running

  bool is(const std::string& other) const { return name == other; }
};

// What ctest names a test by.
inline std::ostream& operator<<(std::ostream& out, const S3Server& server) {
  return out << server.name;
}

constexpr const char* kNotRunning =
    "not running; ./dev test starts it, or CCOG_TEST_S3=name=url,... says where it is";

/// Those that `./dev test` starts, running or not, so that every machine has the same tests (some
/// skipped, perhaps), and what else CCOG_TEST_S3 names: "name=url,name=url".
inline std::vector<S3Server> s3_servers() {
  std::vector<S3Server> servers{{"moto", ""}, {"versitygw", ""}, {"minio", ""}};
  const char* given = std::getenv("CCOG_TEST_S3");
  std::istringstream items(given == nullptr ? "" : given);
  for (std::string item; std::getline(items, item, ',');) {
    const std::size_t equals = item.find('=');
    if (equals == item.npos) throw std::runtime_error("CCOG_TEST_S3: expected name=url,name=url");
    const S3Server server{item.substr(0, equals), item.substr(equals + 1)};
    const auto known = std::find_if(servers.begin(), servers.end(),
                                    [&](const S3Server& one) { return one.is(server.name); });
    if (known == servers.end()) {
      servers.push_back(server);
    } else {
      *known = server;
    }
  }
  return servers;
}

inline void make_bucket(const S3Server& server, const std::string& bucket) {
  S3Client client(s3_options(server.url), {bucket, "unused"});
  S3Request request;
  request.method = "PUT";
  request.on_bucket = true;
  request.body = Rope();
  request.accept = {409};  // is there already
  client.send(request);
}

/// A name that nothing had before: servers may live longer than the tests.
inline std::string fresh_name() {
  std::random_device device;
  return std::to_string(device()) + std::to_string(device());
}

}  // namespace ccog::test
