#include "ccog/store/s3_provider.h"

#include <gtest/gtest.h>

#include "expect_error.h"

namespace ccog {
namespace {

constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;

TEST(S3Provider, IsKnownByItsHost) {
  const auto name = [](const std::string& url) { return s3_provider(url, "bucket").name; };
  EXPECT_EQ(name(""), "AWS S3");
  EXPECT_EQ(name("https://s3.eu-central-1.amazonaws.com"), "AWS S3");
  EXPECT_EQ(name("https://s3.cn-north-1.amazonaws.com.cn"), "AWS S3");
  EXPECT_EQ(name("https://0a1b.r2.cloudflarestorage.com"), "Cloudflare R2");
  EXPECT_EQ(name("https://0a1b.eu.R2.CloudflareStorage.com:443/"), "Cloudflare R2");
  EXPECT_EQ(name("storage.googleapis.com"), "Google Cloud Storage");
  EXPECT_EQ(name("https://s3.us-west-004.backblazeb2.com"), "Backblaze B2");
  EXPECT_EQ(name("http://127.0.0.1:5000"), "an S3 server");
  EXPECT_EQ(name("https://notbackblazeb2.com"), "an S3 server");
  EXPECT_EQ(name("https://backblazeb2.com.example.org"), "an S3 server");
}

TEST(S3Provider, HasItsOwnLimits) {
  const auto limits = [](const std::string& url) { return s3_provider(url, "bucket").limits; };
  EXPECT_EQ(limits("").max_object_bytes, PartLimits{}.max_object_bytes);
  EXPECT_EQ(limits("http://127.0.0.1:5000").max_object_bytes, PartLimits{}.max_object_bytes);
  const PartLimits r2 = limits("https://a.r2.cloudflarestorage.com");
  EXPECT_LT(r2.max_object_bytes, 5 * kTiB);
  EXPECT_EQ(static_cast<int>(r2.rule), static_cast<int>(PartRule::kEqual));
  EXPECT_EQ(r2.whose, "Cloudflare R2");
  EXPECT_EQ(limits("https://s3.fr-par.scw.cloud").max_parts, 1000);
  EXPECT_EQ(static_cast<int>(limits("https://s3.us-west-004.backblazeb2.com").rule),
            static_cast<int>(PartRule::kDense));
  EXPECT_EQ(limits("https://storage.googleapis.com").max_object_bytes, 5 * kTiB);
}

TEST(S3Provider, DirectoryBucketsAreRefused) {
  const std::string bucket = "maps--usw2-az1--x-s3";
  for (const std::string url : {"", "https://s3.us-west-2.amazonaws.com"}) {
    expect_error(
        ErrorCode::kNotImplemented, [&] { s3_provider(url, bucket); }, bucket,
        "general purpose bucket");
  }
  EXPECT_EQ(s3_provider("http://127.0.0.1:5000", bucket).name, "an S3 server");
}

}  // namespace
}  // namespace ccog
