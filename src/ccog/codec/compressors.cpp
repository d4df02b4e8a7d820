#include "ccog/codec/compressors.h"

#include <libdeflate.h>
#include <zstd.h>

#include <new>

namespace ccog {

void FreeDeflate::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

void FreeZstd::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

DeflateCompressor make_deflate_compressor(int level) {
  const int of_libdeflate = level >= 6 && level <= 9 ? level + 1 : level;
  DeflateCompressor out(libdeflate_alloc_compressor(of_libdeflate));
  if (!out) throw std::bad_alloc();
  return out;
}

ZstdContext make_zstd_context() {
  ZstdContext out(ZSTD_createCCtx());
  if (!out) throw std::bad_alloc();
  return out;
}

}  // namespace ccog
