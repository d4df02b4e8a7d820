#include "ccog/codec/compressors.h"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <new>
#include <optional>
#include <thread>
#include <vector>

namespace ccog {
namespace {

/// A context of libzstd takes 18 MB at LEVEL=9, 55 MB at 12 and 815 MB at 22. From 10 on
/// compressing takes so long that a new one does not matter.
constexpr std::size_t kKeepTo_bytes = std::size_t{32} << 20;

/// Compressors that nobody uses. To make one means megabytes of fresh memory, and each level of
/// each task wants one.
template <typename T>
class Spares {
 public:
  std::optional<T> take(int kind) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(spares_.rbegin(), spares_.rend(),
                                    [kind](const Spare& one) { return one.kind == kind; });
    if (found == spares_.rend()) return std::nullopt;
    const T out = found->compressor;
    spares_.erase(std::prev(found.base()));
    return out;
  }

  /// What is there no room for any more.
  std::optional<T> give(int kind, T compressor) {
    const std::lock_guard lock(mutex_);
    spares_.push_back({kind, compressor});
    // Bands that are stored apart have one each at the same time: those go.
    if (spares_.size() <= std::thread::hardware_concurrency()) return std::nullopt;
    const T oldest = spares_.front().compressor;
    spares_.erase(spares_.begin());
    return oldest;
  }

 private:
  struct Spare {
    int kind;
    T compressor;
  };
  std::mutex mutex_;
  std::vector<Spare> spares_;  ///< in the order in which they were let go
};

/// Never destroyed, for threads may outlive static objects.
template <typename T>
Spares<T>& spares() {
  static auto& all = *new Spares<T>;
  return all;
}

}  // namespace

void FreeDeflate::operator()(libdeflate_compressor* compressor) const {
  const auto gone = spares<libdeflate_compressor*>().give(level_of_libdeflate, compressor);
  if (gone) libdeflate_free_compressor(*gone);
}

void FreeZstd::operator()(ZSTD_CCtx_s* context) const {
  if (ZSTD_sizeof_CCtx(context) > kKeepTo_bytes) {
    ZSTD_freeCCtx(context);
    return;
  }
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  if (const auto gone = spares<ZSTD_CCtx_s*>().give(0, context)) ZSTD_freeCCtx(*gone);
}

DeflateCompressor make_deflate_compressor(int level) {
  const int of_libdeflate = level >= 6 && level <= 9 ? level + 1 : level;
  const auto spare = spares<libdeflate_compressor*>().take(of_libdeflate);
  DeflateCompressor out(spare ? *spare : libdeflate_alloc_compressor(of_libdeflate),
                        FreeDeflate{of_libdeflate});
  if (!out) throw std::bad_alloc();
  return out;
}

ZstdContext make_zstd_context() {
  const auto spare = spares<ZSTD_CCtx_s*>().take(0);
  ZstdContext out(spare ? *spare : ZSTD_createCCtx());
  if (!out) throw std::bad_alloc();
  return out;
}

}  // namespace ccog
