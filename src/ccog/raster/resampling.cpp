#include "ccog/raster/resampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ccog/base/error.h"

namespace ccog {
namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "NEAREST", "AVERAGE", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "MODE",
    "RMS",     "GAUSS",   "MIN",      "MAX",   "MEDIAN",      "SUM"};
constexpr std::array kOfComplex = {Resampling::kNearest, Resampling::kAverage, Resampling::kRms,
                                   Resampling::kMode, Resampling::kSum};

}  // namespace

std::string_view name(Resampling resampling) {
  return kNames.at(static_cast<std::size_t>(resampling));
}

Resampling resampling_from_name(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("OVERVIEW_RESAMPLING={} is not known: use one of {}", name,
                            fmt::join(kNames, ", ")));
  }
  return static_cast<Resampling>(found - kNames.begin());
}

void check_resampling(Resampling resampling, DType dtype) {
  if (!is_complex(dtype) ||
      std::find(kOfComplex.begin(), kOfComplex.end(), resampling) != kOfComplex.end()) {
    return;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("OVERVIEW_RESAMPLING={} is not for {}: use NEAREST, AVERAGE, RMS, MODE "
                          "or SUM, or OVERVIEWS=NONE",
                          name(resampling), name(dtype)));
}

}  // namespace ccog
