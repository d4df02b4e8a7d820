#pragma once

#include <cstdint>

#include "ccog/tiff/header.h"

namespace ccog {

/// The creation option BIGTIFF.
enum class BigTiff { kIfNeeded, kIfSafer, kYes, kNo };

/// GDAL's rule (COG driver, GTiff CreateCopy), which looks at sizes before compression:
///   IF_NEEDED (the default): Big when nothing compresses and the image passes 4,200,000,000 bytes;
///   IF_SAFER: Big when the image passes 2,000,000,000 bytes, compressed or not;
///   YES and NO: as told, but NO is an error where IF_NEEDED would have said Big.
/// The image is all bytes of the whole tiles of full resolution plus the bytes of the pixels, not
/// of the tiles, of all overviews; masks and NBITS do not count. Ignores `spec.big_tiff`. Throws
/// `kLimit` for that error.
bool wants_big_tiff(BigTiff option, const HeaderSpec& spec);

/// Whether the file stays within the 4 GiB of a classic TIFF when `data_bytes` (all tiles with
/// leaders, trailers and padding) follow its header. Where GDAL's rule says classic and this says
/// no, GDAL would fail in mid-write and a header written last can be Big instead.
bool fits_classic_tiff(const HeaderSpec& spec, std::uint64_t data_bytes);

}  // namespace ccog
