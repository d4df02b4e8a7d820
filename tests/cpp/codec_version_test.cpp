#include "ccog/codec/codec_version.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "ccog/codec/libtiff_encoder.h"

namespace ccog {
namespace {

constexpr Compression kAll[] = {
    Compression::kNone,        Compression::kLzw,     Compression::kDeflate, Compression::kZstd,
    Compression::kLzma,        Compression::kJpeg,    Compression::kWebp,    Compression::kLerc,
    Compression::kLercDeflate, Compression::kLercZstd};

TEST(CodecVersion, NamesCodecAndLibraryButThatOfNone) {
  for (const Compression compression : kAll) {
    if (uses_libtiff(compression) && !libtiff_has(compression)) continue;
    const std::string version = codec_version({compression, default_level(compression)});
    if (compression == Compression::kNone) {
      EXPECT_EQ(version, "");
      continue;
    }
    EXPECT_TRUE(version.starts_with(std::string(name(compression)) + " by lib")) << version;
  }
  EXPECT_NE(codec_version({Compression::kLzw}).find(libtiff_version()), std::string::npos);
}

// Another release may differ at some levels only, so each is probed by itself.
TEST(CodecVersion, DiffersWithWhateverMakesOtherBytes) {
  EXPECT_NE(codec_version({Compression::kDeflate, 6}), codec_version({Compression::kDeflate, 9}));
  CodecOptions jpeg{Compression::kJpeg};
  const std::string at_75 = codec_version(jpeg);
  jpeg.quality = 40;
  EXPECT_NE(codec_version(jpeg), at_75);
}

TEST(CodecVersion, IsTheSameForAllThreads) {
  constexpr int kThreads = 4;
  std::vector<std::string> versions(kThreads);
  std::vector<std::thread> threads;
  for (std::string& version : versions) {
    threads.emplace_back([&version] { version = codec_version({Compression::kLzma, 1}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& version : versions) EXPECT_EQ(version, versions.front());
}

}  // namespace
}  // namespace ccog
