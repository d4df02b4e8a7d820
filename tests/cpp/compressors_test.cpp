#include "ccog/codec/compressors.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zstd.h>

#include <cstddef>
#include <map>
#include <thread>
#include <vector>

#include "ccog/base/rope.h"

namespace ccog {
namespace {

Bytes some_bytes() {
  Bytes bytes(20000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i / 77 % 50);
  return bytes;
}

Bytes deflated(const Bytes& bytes, int level) {
  const DeflateCompressor compressor = make_deflate_compressor(level);
  Bytes out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

Bytes with_zstd(const Bytes& bytes, int level) {
  const ZstdContext context = make_zstd_context();
  Bytes out(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compressCCtx(context.get(), out.data(), out.size(), bytes.data(), bytes.size(), level);
  out.resize(ZSTD_isError(size) == 0 ? size : 0);
  return out;
}

TEST(Compressors, LatestServesWhoeverAsksNextForThatLevel) {
  const libdeflate_compressor* before = make_deflate_compressor(3).get();
  std::thread([&] { EXPECT_EQ(make_deflate_compressor(3).get(), before); }).join();
  EXPECT_NE(make_deflate_compressor(4).get(), before);
  const ZSTD_CCtx_s* context = make_zstd_context().get();
  std::thread([&] { EXPECT_EQ(make_zstd_context().get(), context); }).join();
}

TEST(Compressors, AreOfOneThreadAtATimeAndKeepNothing) {
  const Bytes bytes = some_bytes();
  std::map<int, Bytes> deflate, zstd;
  for (const int level : {1, 6, 9}) {
    deflate[level] = deflated(bytes, level);
    zstd[level] = with_zstd(bytes, level);
    EXPECT_FALSE(deflate[level].empty());
    EXPECT_FALSE(zstd[level].empty());
  }
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int again = 0; again < 20; ++again) {
        for (const auto& [level, expected] : deflate) EXPECT_EQ(deflated(bytes, level), expected);
        for (const auto& [level, expected] : zstd) EXPECT_EQ(with_zstd(bytes, level), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace ccog
