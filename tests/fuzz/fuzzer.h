#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ccog/base/rope.h"

/// What the fuzz targets share. A target is a header with two functions in `ccog::fuzz`:
/// `x_target(bytes)`, which takes any bytes and throws `std::logic_error` where a promise of the
/// code under test is broken, and `x_seeds()`, sound inputs to start from. Each is run by libFuzzer
/// (x_fuzz.cpp) and, on any platform, with damaged seeds by tests/cpp/hostile_input_test.cpp.
namespace ccog::fuzz {

inline void promise(bool kept, std::string_view what) {
  if (!kept) throw std::logic_error("broken promise: " + std::string(what));
}

inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes bytes_of(std::string_view text) {
  const ByteView view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

/// Cuts an input into the arguments of what it is for. Past the end there are zeros.
class Input {
 public:
  explicit Input(ByteView rest) : rest_(rest) {}

  std::size_t below(std::size_t n) {
    if (rest_.empty()) return 0;
    const auto value = std::to_integer<std::size_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value % n;
  }
  /// Up to the next zero byte, or all.
  std::string_view text() {
    const std::string_view all = text_of(rest_);
    const std::size_t length = all.find('\0');
    rest_ = rest_.subspan(length == all.npos ? all.size() : length + 1);
    return all.substr(0, length);
  }
  ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

/// Writes the seeds to the directory that the variable names, which is the corpus to begin with.
inline void write_seeds(const std::vector<Bytes>& seeds) {
  const char* directory = std::getenv("CCOG_FUZZ_SEEDS");
  if (directory == nullptr) return;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(std::string(directory) + "/seed-" + std::to_string(i), std::ios::binary);
    const std::string_view text = text_of(seeds[i]);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file) {
      std::fprintf(stderr, "cannot write to %s\n", directory);
      std::exit(1);
    }
  }
}

}  // namespace ccog::fuzz

/// The two functions that libFuzzer calls (https://llvm.org/docs/LibFuzzer.html).
// NOLINTBEGIN(bugprone-macro-parentheses): a name cannot stand in parentheses.
#define CCOG_FUZZER(name)                                                             \
  extern "C" int LLVMFuzzerInitialize(int*, char***) {                                \
    ccog::fuzz::write_seeds(ccog::fuzz::name##_seeds());                              \
    return 0;                                                                         \
  }                                                                                   \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    ccog::fuzz::name##_target({reinterpret_cast<const std::byte*>(data), size});      \
    return 0;                                                                         \
  }                                                                                   \
  static_assert(true, "takes the semicolon")
// NOLINTEND(bugprone-macro-parentheses)
