#pragma once

#include <memory>

struct libdeflate_compressor;
struct ZSTD_CCtx_s;

namespace ccog {

/// Keeps a few for whoever asks for one next.
struct FreeDeflate {
  int level_of_libdeflate = 0;
  void operator()(libdeflate_compressor* compressor) const;
};
struct FreeZstd {
  void operator()(ZSTD_CCtx_s* context) const;
};

using DeflateCompressor = std::unique_ptr<libdeflate_compressor, FreeDeflate>;
using ZstdContext = std::unique_ptr<ZSTD_CCtx_s, FreeZstd>;

/// For `LEVEL=level`. What libtiff asks libdeflate for where GDAL asks it for a level of zlib: one
/// more from 6 to 9, "to get results as good". Throws std::bad_alloc.
DeflateCompressor make_deflate_compressor(int level);

/// Its level is given with each use. Throws std::bad_alloc.
ZstdContext make_zstd_context();

}  // namespace ccog
