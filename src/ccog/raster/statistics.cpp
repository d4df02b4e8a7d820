#include "ccog/raster/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ccog/base/error.h"

namespace ccog {
namespace {

bool has_exact_sums(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return kHasExactSums<decltype(zero)>; });
}

}  // namespace

void merge(BandStatistics& into, const BandStatistics& more, DType dtype) {
  if (more.count == 0) return;
  into.minimum = std::min(into.minimum, more.minimum);
  into.maximum = std::max(into.maximum, more.maximum);
  if (has_exact_sums(dtype)) {
    into.sum += more.sum;
    into.squares += more.squares;
    into.count += more.count;
    return;
  }
  if (into.count == 0) {
    into.mean = more.mean;
    into.m2 = more.m2;
    into.count = more.count;
    into.last = more.last;
    return;
  }
  // Chan, Golub and LeVeque, 1979.
  const double a = static_cast<double>(into.count), b = static_cast<double>(more.count);
  const double share = b / (a + b);
  const double delta = more.mean - into.mean;
  if (std::isfinite(delta)) {
    into.mean += delta * share;
  } else if (std::isfinite(into.mean) && std::isfinite(more.mean)) {
    into.mean = into.mean * (1 - share) + more.mean * share;
  } else {
    const BandStatistics& early = into.last < more.last ? into : more;
    const BandStatistics& late = into.last < more.last ? more : into;
    into.mean = std::isfinite(early.mean) ? late.mean : std::numeric_limits<double>::quiet_NaN();
  }
  into.m2 += more.m2 + delta * delta * a * share;
  into.count += more.count;
  into.last = std::max(into.last, more.last);
}

void merge(Statistics& into, const Statistics& more, DType dtype) {
  if (more.empty()) return;
  if (into.empty()) {
    into = more;
    return;
  }
  if (into.size() != more.size()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("statistics of {} and of {} bands are no whole",
                                                 into.size(), more.size()));
  }
  for (std::size_t band = 0; band < into.size(); ++band) {
    merge(into[band], more[band], dtype);
  }
}

double mean_of(const BandStatistics& band, DType dtype) {
  if (band.count == 0 || !has_exact_sums(dtype)) return band.mean;
  return static_cast<double>(band.sum) / static_cast<double>(band.count);
}

double deviation_of(const BandStatistics& band, DType dtype) {
  if (band.count == 0) return 0;
  const double n = static_cast<double>(band.count);
  if (!has_exact_sums(dtype)) return std::sqrt(band.m2 / n);
  // The squared distances to the whole number below the mean, then those to the mean itself, times
  // the count: integers to the end, for differences of large sums in double would be noise.
  const Int128 count = static_cast<Int128>(band.count);
  const Int128 whole = band.sum / count, rest = band.sum % count;
  const UInt128 squares =
      static_cast<UInt128>(static_cast<Int128>(band.squares) - whole * (band.sum + rest));
  if (squares <= ~UInt128{0} / band.count) {
    return std::sqrt(static_cast<double>(squares * band.count -
                                         static_cast<UInt128>(rest) * static_cast<UInt128>(rest))) /
           n;
  }
  const double share = static_cast<double>(rest) / n;
  return std::sqrt(static_cast<double>(squares) / n - share * share);
}

}  // namespace ccog
