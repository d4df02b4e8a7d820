#include "ccog/store/s3_url.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "store_testing.h"

namespace ccog {
namespace {

TEST(S3Url, IsParsed) {
  const S3Location location = parse_s3_url("s3://my.bucket-1/a b/c%20+\xC3\xA9.tif");
  EXPECT_EQ(location.bucket, "my.bucket-1");
  EXPECT_EQ(location.key, "a b/c%20+\xC3\xA9.tif");
  for (const auto& [url, word] : std::vector<std::pair<std::string, std::string>>{
           {"", "s3://"},
           {"https://b/k", "s3://"},
           {"s3:///k", "no bucket"},
           {"s3://bucket", "no object"},
           {"s3://bucket/", "no object"},
           {"s3://bucket/dir/", "slash"},
           {"s3://b?x/k", "b?x"},
           {"s3://bucket/" + std::string(1025, 'k'), "1024"}}) {
    expect_error(
        ErrorCode::kInvalidArgument, [&, u = url] { parse_s3_url(u); }, word);
  }
}

TEST(S3Url, APrefixMayEndAnywhere) {
  for (const auto& [url, key] :
       std::vector<std::pair<std::string, std::string>>{{"s3://bucket", ""},
                                                        {"s3://bucket/", ""},
                                                        {"s3://bucket/dir/", "dir/"},
                                                        {"s3://bucket/k", "k"}}) {
    EXPECT_EQ(parse_s3_prefix(url).bucket, "bucket") << url;
    EXPECT_EQ(parse_s3_prefix(url).key, key) << url;
  }
  expect_error(
      ErrorCode::kInvalidArgument, [] { parse_s3_prefix("s3:///k"); }, "no bucket");
}

}  // namespace
}  // namespace ccog
