// Puts parts from several threads, and says what that took of time and of this process's CPU. The
// bytes lie in pieces of the size of tiles, as in a write.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "ccog/base/rope.h"
#include "ccog/store/s3_store.h"
#include "ccog/store/sigv4.h"

namespace {

constexpr std::size_t kTileBytes = 512 << 10;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

ccog::Rope noise(std::size_t size_bytes) {
  std::mt19937_64 random(7);
  ccog::Rope rope;
  for (std::size_t done = 0; done < size_bytes; done += kTileBytes) {
    ccog::Bytes tile(std::min(kTileBytes, size_bytes - done));
    for (std::byte& byte : tile) byte = static_cast<std::byte>(random());
    rope.append(ccog::Rope(std::move(tile)));
  }
  return rope;
}

template <typename Put>
void from_threads(int threads, int parts, const Put& put) {
  std::vector<std::thread> pool;
  std::atomic<int> next = 1;
  std::atomic<bool> failed = false;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&] {
      try {
        for (int number; (number = next++) <= parts;) put(number);
      } catch (const std::exception& error) {
        fmt::print(stderr, "upload_loop: {}\n", error.what());
        failed = true;
      }
    });
  }
  for (std::thread& thread : pool) thread.join();
  if (failed) throw std::runtime_error("a part was not put");
}

void run(const std::vector<std::string>& arguments) {
  const int threads = std::stoi(arguments[2]);
  const int parts = std::stoi(arguments[3]);
  const ccog::Rope part = noise(std::stoull(arguments[4]));
  ccog::S3Options options;
  options.endpoint_url = arguments[1];
  if (arguments.size() > 5) options.ca_bundle = arguments[5];
  options.sign_payloads = arguments[0] != "put-unsigned";
  options.credentials = ccog::fixed_credentials({"testing", "testing-secret", "", std::nullopt});
  ccog::S3Store store("s3://bucket/a.tif", options);
  const bool only_hashes = arguments[0] == "hash";
  const auto put = [&](int number) {
    if (only_hashes) {
      ccog::sigv4::sha256_hex(part);
    } else {
      store.put_part("upload", number, std::nullopt, part);
    }
  };
  from_threads(threads, threads, put);  // opens the connections

  const auto began = std::chrono::steady_clock::now();
  const double cpu_began = cpu_seconds();
  from_threads(threads, parts, put);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  fmt::print("{{\"wall_s\": {:.4f}, \"cpu_s\": {:.4f}}}\n", wall.count(),
             cpu_seconds() - cpu_began);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 5) {
    fmt::print(
        stderr,
        "usage: upload_loop put|put-unsigned|hash URL THREADS PARTS PART_BYTES [CA_BUNDLE]\n");
    return 2;
  }
  try {
    run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "upload_loop: {}\n", error.what());
    return 1;
  }
  return 0;
}
