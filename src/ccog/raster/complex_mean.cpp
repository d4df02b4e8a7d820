#include "ccog/raster/complex_mean.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <type_traits>
#include <utility>
#include <vector>

#include "ccog/raster/coverage.h"

namespace ccog {
namespace {

/// Rows of one band as GDAL reads them, in float32.
template <typename Part>
class FloatRows {
 public:
  using Sample = std::complex<Part>;

  FloatRows(const ReduceJob& job, std::int64_t band)
      : job_(job), band_(band), scratch_(static_cast<std::size_t>(job.src_x.size())) {}

  /// The samples `job.src_x` of global row `y`. Valid until the next call.
  const std::complex<float>* row(std::int64_t y) {
    const Sample* line = job_.source.row(band_, y, job_.src_x, scratch_.data());
    if constexpr (std::is_same_v<Part, float>) {
      return line;
    } else {
      narrow_.assign(line, line + scratch_.size());
      return narrow_.data();
    }
  }

 private:
  const ReduceJob& job_;
  std::int64_t band_;
  std::vector<Sample> scratch_;
  std::vector<std::complex<float>> narrow_;
};

/// Adds the samples under each result, or the squares of their parts, one after the other.
template <bool kSquares>
void add_line(const std::complex<float>* line, const std::vector<Range>& columns,
              std::complex<double>* sum) {
  for (const Range& column : columns) {
    double real = sum->real();
    double imaginary = sum->imag();
    for (std::int64_t u = column.begin; u < column.end; ++u) {
      const double x = line[u].real();
      const double y = line[u].imag();
      real += kSquares ? x * x : x;
      imaginary += kSquares ? y * y : y;
    }
    *sum++ = {real, imaginary};
  }
}

template <bool kSquares, typename Part>
void reduce_typed(const ReduceJob& job, std::int64_t band) {
  const std::vector<Range> columns = job.columns(
      [&](std::int64_t x) { return whole_coverage(x, job.dst_level.width, job.src_level.width); });
  FloatRows<Part> samples(job, band);
  std::vector<std::complex<double>> sum(columns.size());
  // Not straight to the result: GCC 12 drops the rounding where it turns a pair of doubles into
  // floats and back in one go.
  std::vector<std::complex<float>> means(columns.size());
  for (std::int64_t y = job.dst.y.begin; y < job.dst.y.end; ++y) {
    const Range rows = whole_coverage(y, job.dst_level.height, job.src_level.height);
    std::fill(sum.begin(), sum.end(), std::complex<double>{});
    for (std::int64_t v = rows.begin; v < rows.end; ++v) {
      add_line<kSquares>(samples.row(v), columns, sum.data());
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto count = static_cast<double>(columns[i].size() * rows.size());
      const auto mean = [&](double total) {
        return static_cast<float>(kSquares ? std::sqrt(total / count) : total / count);
      };
      means[i] = {mean(sum[i].real()), mean(sum[i].imag())};
    }
    std::copy(means.begin(), means.end(),
              job.out.row<std::complex<Part>>(band, y - job.dst.y.begin));
  }
}

/// One band's real parts, or its imaginary ones, as an image of their own.
Mosaic parts_of(const Mosaic& source, std::int64_t band, std::size_t part) {
  std::vector<PlacedView> pieces(source.pieces().begin(), source.pieces().end());
  for (PlacedView& piece : pieces) {
    piece.image.dtype = real_dtype(source.dtype());
    piece.image.data += band * piece.image.band_stride_bytes +
                        static_cast<std::int64_t>(part * size_bytes(piece.image.dtype));
    piece.image.bands = 1;
  }
  return Mosaic(std::move(pieces));
}

template <typename Part>
void reduce_sum(const ReduceJob& job, std::int64_t band) {
  for (std::size_t part = 0; part < 2; ++part) {
    Image sums = reduce(Resampling::kSum, parts_of(job.source, band, part), job.src_level,
                        job.dst_level, job.dst, {});
    for (std::int64_t y = 0; y < job.dst.y.size(); ++y) {
      const Part* from = sums.row<Part>(0, y);
      Part* out = reinterpret_cast<Part*>(job.out.row<std::complex<Part>>(band, y)) + part;
      for (std::int64_t i = 0; i < job.dst.x.size(); ++i) out[2 * i] = from[i];
    }
  }
}

}  // namespace

void reduce_complex_mean(Resampling method, const ReduceJob& job, std::int64_t band) {
  const auto reduce_as = [&](auto part) {
    using Part = decltype(part);
    switch (method) {
      case Resampling::kSum:
        return reduce_sum<Part>(job, band);
      case Resampling::kRms:
        return reduce_typed<true, Part>(job, band);
      default:
        return reduce_typed<false, Part>(job, band);
    }
  };
  if (job.source.dtype() == DType::kComplex64) return reduce_as(float{});
  return reduce_as(double{});
}

}  // namespace ccog
