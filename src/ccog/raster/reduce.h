#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"
#include "ccog/layout/stage.h"
#include "ccog/raster/image.h"
#include "ccog/raster/palette.h"
#include "ccog/raster/resampling.h"

namespace ccog {

/// The value that marks missing samples: the exact integer for int64 and uint64, a double for all
/// other sample types (float32 compares with the nearest float; NaN is allowed for floats).
using Nodata = std::variant<double, std::int64_t, std::uint64_t>;

/// What tells valid samples from missing ones, as GDAL's mask flags do. Where there are several, a
/// mask hides nodata, and nodata hides alpha. GDAL takes an alpha band for a mask only where it is
/// the last of 2 or of 4 bands of uint8 or uint16; elsewhere it is data. Where bands have any mask
/// or nodata, an alpha band has itself as its mask, so that transparent pixels do not fade it.
///
/// GDAL makes the overviews of a mask first, by the same method and from the mask alone, and
/// masks level n of the image by level n of the mask; as `reduce` does with the mask as one more
/// band. A pixel of the mask is valid where any that the method reads is, but under NEAREST (that
/// of the pixel copied) and MODE (that of most pixels; of halves that which was complete first).
struct Validity {
  std::optional<Nodata> nodata;  ///< a band's own missing samples
  /// 0-based; where it is 0, the other bands are missing. Where it is the mask band, the mask was
  /// an alpha band of bytes (GDAL makes it one for JPEG): it weighs and is reduced as alpha is,
  /// without nodata.
  std::optional<int> alpha_band;
  /// The last band of the image is no data but a mask of all others: 0 is missing, anything else
  /// valid, and comes out as 0 or 1 unless it is the alpha band. It has no nodata.
  bool mask_band = false;

  friend bool operator==(const Validity&, const Validity&) = default;
};

/// How far the method reaches at GDAL's ratios, for `unit_windows`.
Reach reach_of(Resampling resampling);

/// Throws `kInvalidArgument` if `nodata` is not a value of `dtype`, such as -9999 for uint8.
void check_nodata(const Nodata& nodata, DType dtype);

/// The source indexes that the destination indexes `dst` of one axis read, with ratio = src / dst.
/// Requires dst within [0, dst_size_px) and 1 <= dst_size_px <= src_size_px, otherwise throws
/// `kCorrupt`. An empty `dst` reads nothing.
Range source_range(Resampling resampling, Range dst, std::int64_t dst_size_px,
                   std::int64_t src_size_px);

/// Computes the rectangle `dst_rect` of a level of size `dst_level` from `source`, which must cover
/// `source_range` of both axes of the finer level of size `src_level`. Bands other than alpha and
/// mask do not matter to each other.
///
/// A result pixel is a function of global coordinates only: neither `dst_rect` nor the pieces and
/// strides of `source` change it. It is the pixel that GDAL 3.10's COG driver computes from the
/// same finer level (GDALRegenerateOverviewsMultiBand, x86-64):
/// - NEAREST copies; nodata plays no role.
/// - AVERAGE weighs by coverage and leaves out samples that equal nodata; where all do, the result
///   is nodata; an average that by chance equals nodata becomes the next value. Integers round half
///   away from zero. uint8 and uint16 are averaged as such, int8, int16 and float32 in float (the
///   weighted sums in double), the others in double, so 64-bit integers lose digits above 2^53.
/// - Without nodata a NaN makes every average that touches it NaN.
/// - float32 with both ratios exactly 2 and no nodata is ((p + r) + (q + t)) x 0.25 in groups of
///   four columns and ((p + q) + r + t) x 0.25 in the last width % 4 (p q above r t).
/// - RMS is the root of the AVERAGE of squares, with the same types, rules and weights; uint8 and
///   uint16 become the integer whose square is nearest. With both ratios exactly 2 and no mask, the
///   other types averaged in float scale by the largest sample but the fourth in groups of four
///   columns, which makes 0 of three zeros and anything; the last width % 4 are summed in double.
/// - MODE is the value that reaches the highest count first, reading what AVERAGE covers row by
///   row, each sample counting once; NaN equals NaN, -0 equals 0. Under uint8 nodata alone hides
///   samples, no alpha and no mask. GDAL counts int16, int32 and int64 as unsigned: where all
///   samples are missing, a negative nodata becomes 0, here too.
/// - BILINEAR, CUBIC, CUBICSPLINE and LANCZOS are told of in convolution.h.
/// - GAUSS weighs 3 x 3 (binomial; 5 x 5 from a vertical ratio of 2.5 on, 7 x 7 from 4.5) source
///   samples in double; those beyond the edge and missing ones do not count. A result that equals
///   nodata stays.
///
/// Of complex samples, as GDALRegenerateOverviewsEx makes them (see `check_resampling`):
/// - AVERAGE and RMS take real and imaginary parts apart, as float32, all samples of
///   `whole_coverage` alike; neither nodata nor masks play a role. SUM does as with two real bands
///   that have neither.
/// - MODE leaves out samples whose real part is nodata; where all are missing it is NaN + NaN i,
///   whatever nodata is. Two samples with NaN in one part only are never the same.
///
/// - What masks leave nothing of is nodata, or 0 where there is none. NEAREST copies all the same.
///
/// Where band 0 has a `palette`, AVERAGE, RMS and GAUSS of it are means of colours, in integers,
/// and the result is the value whose colour is nearest by the sum of squares, of several the first:
/// - Under AVERAGE and RMS every sample that is covered counts in full, however little of it is.
/// - No mask plays a role. Left out are nodata and values whose colour is transparent or missing;
///   where nothing is left the result is nodata, or without it the first transparent value, or 0.
///   No result is moved off nodata, and none is nodata or transparent by chance.
/// - The other methods of GDAL treat values as quantities all the same.
///
/// GDAL has no overviews by the other methods; they take the valid samples that AVERAGE covers:
/// - MIN, MAX and MEDIAN take each covered sample once, however little of it is covered; the
///   median of an even count is the middle of two, integers half away from zero. NaN wins.
/// - SUM weighs by coverage, so that the total is kept (but for rounding, where integers of an odd
///   size are shared), and stops at the limits of an integer type. An alpha band is averaged.
/// - Results that by chance equal nodata become the next value, as under AVERAGE.
///
/// Where GDAL's files differ from a plain cascade of this function:
/// - A level whose finer neighbour is already 1 wide is made from level 0, not from that neighbour
///   (pass level 0 as `source` to get it).
/// - Beside a palette GDAL cascades where a level is 1 wide too; where there is also a mask or an
///   alpha band that hides samples, it makes every level of the data bands from level 0, by all
///   methods but NEAREST.
/// - Beside a palette GDAL reads the rows of a level in blocks of 5 to 10 MiB; at odd heights the
///   two rows of pixels where blocks meet lack what lies in the other block.
/// - GDAL up to 3.10 makes every level from level 0 where one block of source samples exceeds
///   10 MiB: 40 bands of float32 from an untiled source, 3 bands from one in tiles of 512.
/// - 64-bit nodata goes through a double in GDAL. Where that changes it (beyond 2^53, the largest
///   uint64 among them) GDAL's overviews hold a value that is not nodata; here they hold nodata.
/// - uint64 results of exactly 2^64, which GDAL turns into 0 by an undefined cast, are the largest
///   uint64 here: averages of the largest values, and whatever a convolution with nodata cuts off.
/// - The payload of a NaN that two different NaNs make is GDAL's own affair.
///
/// Throws `kCorrupt` if sizes and rectangle do not fit or `source` does not cover what is read, and
/// `kInvalidArgument` like `check_nodata` and `check_resampling`.
Image reduce(Resampling resampling, const Mosaic& source, Size src_level, Size dst_level,
             Rect dst_rect, const Validity& validity, const Palette* palette = nullptr);

}  // namespace ccog
