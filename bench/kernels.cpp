// The bandwidth of each kernel, beside that of memcpy on as many bytes in the same level of cache.
// `./dev bench --rows kernels` runs it and makes a table of what it prints as JSON.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/vector_targets.h"
#include "ccog/codec/predictor.h"
#include "ccog/codec/sample_bits.h"
#include "ccog/raster/halving_kernels.h"
#include "ccog/raster/image.h"
#include "ccog/raster/mask_cut.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/repeats_kernels.h"
#include "ccog/raster/statistics_kernels.h"
#include "ccog/raster/tile_cut.h"

namespace {

/// A kernel with its data, which `run` goes over once.
struct Work {
  std::function<void()> run;
  std::size_t traffic_bytes;  ///< read and written by one call
  std::string bound;          ///< what keeps it from being as fast as memcpy
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

double cpu_seconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The CPU time of one call.
double time_turn(const std::function<void()>& run) {
  run();  // brings the data into the cache
  const double began = cpu_seconds();
  for (int i = 0; i < kTurn; ++i) {
    run();
    benchmark::ClobberMemory();
  }
  return (cpu_seconds() - began) / kTurn;
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
    kernel_seconds.push_back(time_turn(work.run));
    copy_seconds.push_back(time_turn(copy));
    state.SetIterationTime(kTurn * kernel_seconds.back());
  }
  state.SetLabel(work.bound);
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
constexpr std::int64_t kChunk_px = 2048;

Prepare predict(ccog::Predictor predictor, int samples_per_pixel, std::size_t sample_bytes) {
  return [=](std::size_t size_bytes) {
    const ccog::RowShape row{kTile_px, samples_per_pixel, sample_bytes};
    const std::size_t rows_bytes = size_bytes / 2 / row.size_bytes() * row.size_bytes();
    const auto rows = noise(rows_bytes);
    const auto scratch = std::make_shared<std::vector<std::byte>>(row.size_bytes());
    const char* bound = predictor == ccog::Predictor::kHorizontal
                            ? "two loads a store, one across lines of the cache"
                            : "a copy of each row in the first level cache, shuffles: 7 a vector";
    return Work{[=] { ccog::apply_predictor(predictor, row, *rows, *scratch); }, 2 * rows_bytes,
                bound};
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

void add_sample_bits() {
  const auto pack = [](ccog::DType dtype, int bits) {
    return [=](std::size_t size_bytes) {
      const auto all_bits = 8 * ccog::size_bytes(dtype);
      const std::size_t samples =
          size_bytes * 8 / (all_bits + static_cast<std::size_t>(bits)) / kTile_px * kTile_px;
      const auto rows = noise(samples * all_bits / 8);
      return Work{[=] { ccog::pack_samples(*rows, dtype, bits, kTile_px); },
                  samples * (all_bits + static_cast<std::size_t>(bits)) / 8,
                  dtype == ccog::DType::kFloat32 ? "arithmetic: 25 integer operations a sample"
                  : bits == 1                    ? "an eighth as many bytes written as read"
                                                 : "shifts, sample by sample"};
    };
  };
  add("NBITS=1", "uint8", pack(ccog::DType::kUInt8, 1));
  add("NBITS=4", "uint8", pack(ccog::DType::kUInt8, 4));
  add("NBITS=12", "uint16", pack(ccog::DType::kUInt16, 12));
  add("NBITS=16", "float32", pack(ccog::DType::kFloat32, 16));
}

// ---------------------------------------------------------------- cuts

constexpr ccog::DType kUnsigned[] = {ccog::DType::kUInt8, ccog::DType::kUInt16,
                                     ccog::DType::kUInt32, ccog::DType::kUInt64};

/// An image of that many bytes, as wide as a tile or a chunk; in memory as NumPy has (band, y, x)
/// or, if `interleaved`, (y, x, band).
struct Source {
  std::shared_ptr<std::vector<std::byte>> bytes;
  ccog::ImageView view;

  Source(ccog::DType dtype, std::int64_t bands, bool interleaved, std::size_t size_bytes,
         std::int64_t width_px = kTile_px) {
    const auto sample = static_cast<std::int64_t>(ccog::size_bytes(dtype));
    const std::int64_t row = sample * bands * width_px;
    const ccog::Size size{static_cast<std::int64_t>(size_bytes) / row / 2 * 2, width_px};
    bytes = noise(static_cast<std::size_t>(size.height * row));
    view = interleaved
               ? ccog::ImageView{bytes->data(), dtype, bands, size, sample, row, sample * bands}
               : ccog::ImageView{bytes->data(), dtype, bands, size, row / bands * size.height,
                                 row / bands,   sample};
  }
  ccog::Rect rect() const { return {{0, view.size.height}, {0, view.size.width}}; }
};

void add_cuts() {
  const auto cut = [](ccog::DType dtype, std::int64_t bands) {
    return [=](std::size_t size_bytes) {
      const Source source(dtype, bands, false, size_bytes / 2);
      const auto tile = noise(source.bytes->size());
      return Work{[=, level = ccog::Mosaic(source.view)] {
                    ccog::cut_tile(level, source.view.size, source.rect(), tile->data());
                  },
                  2 * tile->size(),
                  bands <= 4 ? "a call for each row of a band" : "stores of up to 4 samples"};
    };
  };
  for (const ccog::DType dtype : kUnsigned) {
    for (const int bands : {1, 2, 3, 4, 7}) {
      add(fmt::format("cut, {} bands", bands), std::string(ccog::name(dtype)), cut(dtype, bands));
    }
  }
  // One band out of pixels, as a plane of its own.
  const auto part = [](ccog::DType dtype, std::int64_t bands) {
    return [=](std::size_t size_bytes) {
      const auto parts = static_cast<std::size_t>(bands);
      const Source source(dtype, bands, true, size_bytes * parts / (parts + 1));
      const auto tile = noise(source.bytes->size() / parts);
      return Work{[=, level = ccog::Mosaic(source.view).select({0, 1})] {
                    ccog::cut_tile(level, source.view.size, source.rect(), tile->data());
                  },
                  tile->size() + source.bytes->size(),
                  bands <= 4 ? "shuffles; a row goes through a buffer" : "loads of one sample"};
    };
  };
  for (const ccog::DType dtype : kUnsigned) {
    for (const int bands : {2, 3, 4, 7}) {
      add(fmt::format("cut 1 of {} bands", bands), std::string(ccog::name(dtype)),
          part(dtype, bands));
    }
  }
  const auto mask = [](ccog::DType dtype) {
    return [=](std::size_t size_bytes) {
      const Source source(dtype, 1, false, size_bytes);
      const auto tile = noise(source.bytes->size() / 8);
      return Work{[=, level = ccog::Mosaic(source.view)] {
                    ccog::cut_mask_tile(level, source.view.size, source.rect(), tile->data());
                  },
                  source.bytes->size() + tile->size(),
                  "a call for each row; samples become bytes, bytes bits"};
    };
  };
  add("cut a mask", "uint8", mask(ccog::DType::kUInt8));
  add("cut a mask", "uint16", mask(ccog::DType::kUInt16));
  add("cut a mask", "float32", mask(ccog::DType::kFloat32));
}

// ---------------------------------------------------------------- convolutions

/// Halves an image. `taps` of both axes; a pixel of the result takes those of two source rows and
/// of one column. Weights, counts and divisions of masked samples are not in the figure.
Prepare convolve(ccog::Resampling resampling, ccog::DType dtype, int taps, bool nodata) {
  return [=](std::size_t size_bytes) {
    const Source source(dtype, 1, false, size_bytes * 4 / 5, kChunk_px);
    const ccog::Size half{source.view.size.height / 2, source.view.size.width / 2};
    ccog::Validity validity;
    if (nodata) validity.nodata = 7.0;
    return Work{[=, level = ccog::Mosaic(source.view)] {
                  ccog::reduce(resampling, level, source.view.size, half,
                               {{0, half.height}, {0, half.width}}, validity);
                },
                source.bytes->size() * 5 / 4,
                fmt::format("arithmetic in double, {} multiply-adds a pixel of the result{}",
                            3 * taps, nodata ? ", as many of weights, and divisions" : ""),
                static_cast<double>(half.height * half.width) * 3 * 2 * taps};
  };
}

void add_convolutions() {
  struct Method {
    const char* name;
    ccog::Resampling resampling;
    int taps;
  };
  constexpr Method kMethods[] = {{"BILINEAR", ccog::Resampling::kBilinear, 4},
                                 {"CUBIC", ccog::Resampling::kCubic, 8},
                                 {"CUBICSPLINE", ccog::Resampling::kCubicSpline, 8},
                                 {"LANCZOS", ccog::Resampling::kLanczos, 12},
                                 {"GAUSS", ccog::Resampling::kGauss, 3}};
  for (const Method& method : kMethods) {
    for (const ccog::DType dtype : {ccog::DType::kUInt8, ccog::DType::kUInt16,
                                    ccog::DType::kFloat32, ccog::DType::kFloat64}) {
      for (const bool nodata : {false, true}) {
        add(fmt::format("{}{}", method.name, nodata ? ", nodata" : ""),
            std::string(ccog::name(dtype)),
            convolve(method.resampling, dtype, method.taps, nodata));
      }
    }
  }
}

// ---------------------------------------------------------------- halving, statistics, emptiness

constexpr std::int64_t kRow_px = 2048;

/// Rows of one band in which a sample of sixteen is nodata, 7, which is in the middle.
std::shared_ptr<ccog::Image> rows_of(ccog::DType dtype, std::size_t size_bytes, bool nodata) {
  const auto height = 2 * static_cast<std::int64_t>(size_bytes / ccog::size_bytes(dtype) /
                                                    static_cast<std::size_t>(2 * kRow_px));
  auto image = std::make_shared<ccog::Image>(dtype, 1, ccog::Size{height, kRow_px});
  const auto bytes = noise(static_cast<std::size_t>(height * kRow_px));
  ccog::visit_real_dtype(dtype, [&]<typename T>(T) {
    T* sample = image->row<T>(0, 0);
    for (const std::byte value : *bytes) {
      const auto number = std::to_integer<unsigned>(value);
      *sample++ = static_cast<T>(number % 16 == 0 && nodata ? 7U : 8U + number % 100);
    }
  });
  return image;
}

ccog::Validity seven(ccog::DType dtype) {
  ccog::Validity out;
  out.nodata = 7.0;
  if (dtype == ccog::DType::kInt64) out.nodata = std::int64_t{7};
  if (dtype == ccog::DType::kUInt64) out.nodata = std::uint64_t{7};
  return out;
}

Prepare halve(ccog::Resampling method, ccog::DType dtype, bool nodata) {
  return [=](std::size_t size_bytes) {
    const auto from = rows_of(dtype, size_bytes * 4 / 5, nodata);
    const ccog::Size level{from->size().height / 2, kRow_px / 2};
    const auto to = std::make_shared<ccog::Image>(dtype, 1, level);
    const ccog::Validity validity = nodata ? seven(dtype) : ccog::Validity{};
    return Work{[=] {
                  const ccog::Mosaic source(from->view());
                  ccog::kernels::halve(method,
                                       {source,
                                        from->size(),
                                        level,
                                        {{0, level.height}, {0, level.width}},
                                        {0, kRow_px},
                                        *to,
                                        validity,
                                        nullptr,
                                        ccog::band_roles(validity, dtype, 1)},
                                       0);
                },
                from->size_bytes() + to->size_bytes(),
                method == ccog::Resampling::kRms ? "roots and divisions"
                : nodata                         ? "divisions by the samples that count"
                                                 : "sums in wider lanes, and packing"};
  };
}

Prepare measure_statistics(ccog::DType dtype, bool nodata) {
  return [=](std::size_t size_bytes) {
    const auto from = rows_of(dtype, size_bytes, nodata);
    return Work{[=] {
                  const ccog::Mosaic source(from->view());
                  benchmark::DoNotOptimize(
                      ccog::kernels::measure_rows({source,
                                                   0,
                                                   std::nullopt,
                                                   {{0, from->size().height}, {0, kRow_px}},
                                                   nodata ? seven(dtype).nodata : std::nullopt}));
                },
                from->size_bytes(),
                is_floating(dtype) || ccog::size_bytes(dtype) == 8
                    ? "eight lanes of sums, the same on every processor"
                    : "exact sums of squares"};
  };
}

Prepare look_for_data(std::size_t sample_bytes) {
  return [=](std::size_t size_bytes) {
    const auto zeros = std::make_shared<std::vector<std::byte>>(size_bytes);
    return Work{[=] {
                  const std::uint64_t zero = 0;
                  benchmark::DoNotOptimize(ccog::kernels::repeats(
                      zeros->data(), zeros->size() / sample_bytes,
                      reinterpret_cast<const std::byte*>(&zero), sample_bytes));
                },
                size_bytes, "loads"};
  };
}

void add_pixel_passes() {
  using enum ccog::DType;
  const auto types = {kUInt8, kInt8,   kUInt16, kInt16,   kUInt32,
                      kInt32, kUInt64, kInt64,  kFloat32, kFloat64};
  for (const ccog::DType dtype : types) {
    const std::string type(name(dtype));
    add("AVERAGE", type, halve(ccog::Resampling::kAverage, dtype, false));
    add("AVERAGE, nodata", type, halve(ccog::Resampling::kAverage, dtype, true));
    add("RMS", type, halve(ccog::Resampling::kRms, dtype, false));
    add("statistics", type, measure_statistics(dtype, false));
    add("statistics, nodata", type, measure_statistics(dtype, true));
  }
  add("emptiness", "uint8", look_for_data(1));
}

}  // namespace

int main(int argc, char** argv) {
  // Not Google Benchmark's: another target than the processor's best, such as --target=AVX2.
  constexpr std::string_view kTarget = "--target=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(kTarget)) {
    const auto supported = hwy::SupportedAndGeneratedTargets();
    const auto chosen = std::ranges::find_if(supported, [&](std::int64_t target) {
      return hwy::TargetName(target) == std::string_view(argv[1]).substr(kTarget.size());
    });
    if (chosen == supported.end()) {
      fmt::print(stderr, "kernels: this processor has no {}\n", argv[1] + kTarget.size());
      return 2;
    }
    hwy::SetSupportedTargetsForTest(*chosen);
    argv[1] = argv[0];
    --argc;
    ++argv;
  }
  add_predictors();
  add_sample_bits();
  add_cuts();
  add_convolutions();
  add_pixel_passes();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
