#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include "ccog/base/error.h"
#include "ccog/base/rope.h"
#include "ccog/store/s3_client.h"
#include "ccog/store/s3_store.h"
#include "expect_error.h"

namespace ccog::test {

/// Bytes that differ between seeds and do not repeat.
inline Bytes noise(std::uint64_t size_bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size_bytes);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t value = random();
    for (std::size_t k = 0; k < 8 && i + k < bytes.size(); ++k) {
      bytes[i + k] = static_cast<std::byte>(value >> (8 * k));
    }
  }
  return bytes;
}

/// The same bytes in pieces of uneven sizes.
inline Rope in_pieces(const Bytes& bytes, std::size_t piece_bytes) {
  Rope rope;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.size(), begin + piece_bytes);
    using Difference = Bytes::difference_type;
    rope.append(Rope(Bytes(bytes.begin() + static_cast<Difference>(begin),
                           bytes.begin() + static_cast<Difference>(end))));
    begin = end;
    piece_bytes += 7;
  }
  return rope;
}

/// A directory that goes with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ccog-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// All names in it, hidden ones too.
  std::size_t count() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      count += entry.path().empty() ? 0 : 1;
    }
    return count;
  }

 private:
  std::filesystem::path path_;
};

constexpr const char* kSecretKey = "testing-secret";

inline S3Options s3_options(const std::string& endpoint) {
  S3Options options;
  options.endpoint_url = endpoint;
  options.credentials = fixed_credentials({"testing", kSecretKey, "", std::nullopt});
  options.backoff_s = 0.01;
  return options;
}

}  // namespace ccog::test
