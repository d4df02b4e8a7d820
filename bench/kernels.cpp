// The bandwidth of each kernel, beside that of memcpy on as many bytes in the same level of cache.
// `./dev bench --table kernels` runs it and makes a table of what it prints as JSON.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ccog/codec/predictor.h"

namespace {

/// A kernel with its data, which `run` goes over once.
struct Work {
  std::function<void()> run;
  std::size_t traffic_bytes;  ///< read and written by one call
  double flops = 0;           ///< of one call, where arithmetic is what bounds it
};

/// Makes a kernel's work on about `size_bytes`, reading and writing together.
using Prepare = std::function<Work(std::size_t size_bytes)>;

/// All that a tile's kernel touches is in a second level cache, a chunk's in the third at best.
struct WorkingSet {
  const char* name;
  std::size_t size_bytes;
};
constexpr WorkingSet kWorkingSets[] = {{"tile", 512 << 10}, {"chunk", 16 << 20}};

/// Calls of one and then of the other, so that what else the machine does falls on both.
constexpr int kTurn = 8;

void time_turn(const std::function<void()>& run, std::vector<double>& seconds) {
  run();  // brings the data into the cache
  for (int i = 0; i < kTurn; ++i) {
    const auto began = std::chrono::steady_clock::now();
    run();
    benchmark::ClobberMemory();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void measure(benchmark::State& state, const Work& work) {
  const std::vector<std::byte> from(work.traffic_bytes / 2, std::byte{1});
  std::vector<std::byte> to(from.size());
  const auto copy = [&] { std::memcpy(to.data(), from.data(), from.size()); };
  std::vector<double> kernel_seconds;
  std::vector<double> copy_seconds;
  for (auto _ : state) {
    const std::size_t before = kernel_seconds.size();
    time_turn(work.run, kernel_seconds);
    time_turn(copy, copy_seconds);
    double turn_seconds = 0;
    for (std::size_t i = before; i < kernel_seconds.size(); ++i) turn_seconds += kernel_seconds[i];
    state.SetIterationTime(turn_seconds);
  }
  const double kernel = median(kernel_seconds);
  const double bandwidth = static_cast<double>(work.traffic_bytes) * 1e-9;
  state.counters["GB/s"] = bandwidth / kernel;
  state.counters["memcpy GB/s"] = bandwidth / median(copy_seconds);
  state.counters["% of memcpy"] = 100 * median(copy_seconds) / kernel;
  if (work.flops > 0) state.counters["GFLOP/s"] = work.flops * 1e-9 / kernel;
}

void add(const std::string& kernel, const std::string& dtype, const Prepare& prepare) {
  for (const WorkingSet& set : kWorkingSets) {
    benchmark::RegisterBenchmark(
        fmt::format("{}/{}/{}", kernel, dtype, set.name).c_str(),
        [=](benchmark::State& state) { measure(state, prepare(set.size_bytes)); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

/// Bytes without a pattern; equal in every run.
std::shared_ptr<std::vector<std::byte>> noise(std::size_t size_bytes) {
  auto bytes = std::make_shared<std::vector<std::byte>>(size_bytes);
  std::uint32_t state = 1;
  for (std::byte& value : *bytes) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

// ---------------------------------------------------------------- predictors

constexpr std::int64_t kTile_px = 512;

Prepare predict(ccog::Predictor predictor, int samples_per_pixel, std::size_t sample_bytes) {
  return [=](std::size_t size_bytes) {
    const ccog::RowShape row{kTile_px, samples_per_pixel, sample_bytes};
    const std::size_t rows_bytes = size_bytes / 2 / row.size_bytes() * row.size_bytes();
    const auto rows = noise(rows_bytes);
    const auto scratch = std::make_shared<std::vector<std::byte>>(row.size_bytes());
    return Work{[=] { ccog::apply_predictor(predictor, row, *rows, *scratch); }, 2 * rows_bytes};
  };
}

void add_predictors() {
  using enum ccog::Predictor;
  for (const std::size_t bits : {8, 16, 32, 64}) {
    for (const int bands : {1, 3, 4}) {
      add(fmt::format("predictor 2, {} bands", bands), fmt::format("uint{}", bits),
          predict(kHorizontal, bands, bits / 8));
    }
  }
  for (const std::size_t bits : {16, 32, 64}) {
    for (const int bands : {1, 3}) {
      add(fmt::format("predictor 3, {} bands", bands), fmt::format("float{}", bits),
          predict(kFloatingPoint, bands, bits / 8));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  add_predictors();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
