#include "ccog/store/s3_address.h"

#include <gtest/gtest.h>

#include <string>

#include "expect_error.h"

namespace ccog {
namespace {

/// Origin and path: where a bucket's requests go.
std::string where(const S3Options& options, const std::string& bucket = "bucket") {
  const S3Address address = s3_address(options, options.region, bucket);
  EXPECT_TRUE(address.origin.ends_with("://" + address.host)) << address.origin;
  return address.origin + address.path;
}

void refused(const S3Options& options, const std::string& word) {
  expect_error(
      ErrorCode::kInvalidArgument, [&] { where(options); }, word);
}

S3Options in_region(const std::string& region) {
  S3Options options;
  options.region = region;
  return options;
}

S3Options at(const std::string& endpoint_url) {
  S3Options options;
  options.endpoint_url = endpoint_url;
  return options;
}

TEST(S3Address, OfAws) {
  S3Options options = in_region("eu-central-1");
  EXPECT_EQ(where(options), "https://bucket.s3.eu-central-1.amazonaws.com");
  // No certificate covers these as part of the host.
  EXPECT_EQ(where(options, "a.b"), "https://s3.eu-central-1.amazonaws.com/a.b");
  EXPECT_EQ(where(options, "Old_Bucket"), "https://s3.eu-central-1.amazonaws.com/Old_Bucket");
  EXPECT_EQ(where(options, std::string(64, 'b')),
            "https://s3.eu-central-1.amazonaws.com/" + std::string(64, 'b'));
  options.addressing = S3Options::Addressing::kPath;
  EXPECT_EQ(where(options), "https://s3.eu-central-1.amazonaws.com/bucket");
  options.use_tls = false;
  EXPECT_EQ(where(options), "http://s3.eu-central-1.amazonaws.com/bucket");
}

TEST(S3Address, OfAcceleration) {
  S3Options options = in_region("eu-central-1");
  options.use_accelerate = true;
  EXPECT_EQ(where(options), "https://bucket.s3-accelerate.amazonaws.com");
  options.use_dualstack = true;
  EXPECT_EQ(where(options), "https://bucket.s3-accelerate.dualstack.amazonaws.com");
  expect_error(
      ErrorCode::kInvalidArgument, [&] { where(options, "a.b"); }, "part of the host");
  options.addressing = S3Options::Addressing::kPath;
  refused(options, "part of the host");
  options = in_region("cn-north-1");
  options.use_accelerate = true;
  refused(options, "none for region cn-north-1");
  options = in_region("eu-central-1");
  options.use_accelerate = options.use_fips = true;
  refused(options, "none with use_fips_endpoint");
  options = at("https://minio");
  options.use_accelerate = true;
  refused(options, "endpoint_url and use_accelerate_endpoint");
}

// As botocore's partitions.json has them.
TEST(S3Address, OfAwsInOtherPartitions) {
  for (const auto& [region, domain] :
       {std::pair{"us-gov-west-1", "amazonaws.com"}, std::pair{"cn-north-1", "amazonaws.com.cn"},
        std::pair{"eusc-de-east-1", "amazonaws.eu"}, std::pair{"us-iso-east-1", "c2s.ic.gov"},
        std::pair{"us-isob-east-1", "sc2s.sgov.gov"}, std::pair{"eu-isoe-west-1", "cloud.adc-e.uk"},
        std::pair{"us-isof-south-1", "csp.hci.ic.gov"}}) {
    EXPECT_EQ(where(in_region(region)), std::string("https://bucket.s3.") + region + '.' + domain);
  }
}

TEST(S3Address, DualstackAndFips) {
  S3Options options = in_region("us-west-2");
  options.use_dualstack = true;
  EXPECT_EQ(where(options), "https://bucket.s3.dualstack.us-west-2.amazonaws.com");
  options.use_fips = true;
  EXPECT_EQ(where(options), "https://bucket.s3-fips.dualstack.us-west-2.amazonaws.com");
  options.use_dualstack = false;
  EXPECT_EQ(where(options), "https://bucket.s3-fips.us-west-2.amazonaws.com");
  options.region = "cn-north-1";
  refused(options, "use_fips_endpoint");
  options = at("https://store.example");
  options.use_fips = true;
  refused(options, "use_fips_endpoint contradict");
  options.use_fips = false;
  options.use_dualstack = true;
  refused(options, "use_dualstack_endpoint contradict");
}

TEST(S3Address, OfAnEndpoint) {
  EXPECT_EQ(where(at("http://store.example:9000")), "http://store.example:9000/bucket");
  EXPECT_EQ(where(at("https://Store.Example:443/gate+way/")),
            "https://store.example/gate%2Bway/bucket");
  EXPECT_EQ(where(at("http://store.example:443")), "http://store.example:443/bucket");
  EXPECT_EQ(where(at("store.example")), "https://store.example/bucket");
  S3Options options = at("localhost:9000");
  options.use_tls = false;
  EXPECT_EQ(where(options), "http://localhost:9000/bucket");
  options.addressing = S3Options::Addressing::kVirtual;
  EXPECT_EQ(where(options), "http://bucket.localhost:9000");
}

TEST(S3Address, OfAwsNamedAsAnEndpoint) {
  EXPECT_EQ(where(at("https://s3.eu-west-1.amazonaws.com")),
            "https://bucket.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(where(at("https://amazonaws.com.evil.example")),
            "https://amazonaws.com.evil.example/bucket");
  EXPECT_EQ(where(at("https://evilamazonaws.com")), "https://evilamazonaws.com/bucket");
}

TEST(S3Address, OfAnAddressLiteral) {
  // A name cannot stand in front of these.
  for (const auto addressing : {S3Options::Addressing::kAuto, S3Options::Addressing::kVirtual}) {
    for (const std::string& origin :
         {std::string("http://[::1]:9000"), std::string("http://[2001:db8::443]"),
          std::string("http://127.0.0.1:9000"), std::string("http://10.0.0.7")}) {
      S3Options options = at(origin);
      options.addressing = addressing;
      EXPECT_EQ(where(options), origin + "/bucket");
    }
  }
  EXPECT_EQ(where(at("https://[::1]:443/")), "https://[::1]/bucket");
}

TEST(S3Address, WhatIsNone) {
  for (const char* bad : {"HTTP://x", "ftp://x", "http://", "http:///path", "http://:9000",
                          "http://x:", "http://x:y", "http://[::1", "http://[::1]9",
                          "http://::1:9000", "http://x y", "http://x?a=b", "http://x#a"}) {
    refused(at(bad), bad);
  }
  refused(at("http://user:pw@store.example"), "password");
  const auto error = error_of([] { where(at("http://user:pw@store.example")); });
  EXPECT_EQ(std::string(error->what()).find("pw"), std::string::npos);
  for (const char* bad : {"", "evil.example/", "a b", "x#", "x?", "x@y", "x:1"}) {
    EXPECT_FALSE(is_region(bad)) << bad;
    refused(in_region(bad), "region");
  }
}

}  // namespace
}  // namespace ccog
