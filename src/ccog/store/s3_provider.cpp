#include "ccog/store/s3_provider.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"

namespace ccog {

namespace {

constexpr std::uint64_t kMB = 1'000'000;
constexpr std::uint64_t kGB = 1000 * kMB;
constexpr std::uint64_t kTB = 1000 * kGB;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;

struct Entry {
  std::string_view host;  ///< it, or hosts below it
  std::string_view name;
  std::uint64_t min_part_bytes;
  std::uint64_t max_part_bytes;
  int max_parts;
  std::uint64_t max_object_bytes;
  PartRule rule;
  bool keeps_conditions;
  bool takes_checksums;
};

// Where a page counts in MB or TB, the smaller reading of a maximum and the larger of a minimum.
constexpr std::array kEntries{
    // https://developers.cloudflare.com/r2/platform/limits/, .../r2/objects/upload-objects/ and
    // .../r2/api/s3/conditional-operations/
    Entry{"r2.cloudflarestorage.com", "Cloudflare R2", 5 * kMiB, 5 * kGiB - 5 * kMiB, 10000,
          5 * kTiB - 5 * kGiB, PartRule::kEqual, true, true},
    // https://cloud.google.com/storage/docs/multipart-uploads: "preconditions are not supported"
    Entry{"storage.googleapis.com", "Google Cloud Storage", 5 * kMiB, 5 * kGiB, 10000, 5 * kTiB,
          PartRule::kGaps, false, false},
    // https://www.backblaze.com/docs/cloud-storage-large-files; b2_upload_part: "contiguous
    // numbers"
    Entry{"backblazeb2.com", "Backblaze B2", 5 * kMiB, 5 * kGB, 10000, 10 * kTB, PartRule::kDense,
          true, true},
    // https://docs.wasabi.com: objects up to 5 TB
    Entry{"wasabisys.com", "Wasabi", 5 * kMiB, 5 * kGB, 10000, 5 * kTB, PartRule::kGaps, true,
          true},
    // https://docs.digitalocean.com/products/spaces/details/limits/
    Entry{"digitaloceanspaces.com", "DigitalOcean Spaces", 5 * kMiB, 5 * kGB, 10000, 5 * kTB,
          PartRule::kGaps, true, true},
    // https://www.scaleway.com/en/docs/storage/object/api-cli/multipart-uploads/: 1000 parts
    Entry{"scw.cloud", "Scaleway", 5 * kMiB, 5 * kGB, 1000, 5 * kTB, PartRule::kGaps, true, true},
    // https://community.exoscale.com/product/storage/object-storage/service-boundaries/
    Entry{"exo.io", "Exoscale", 5 * kMiB, 5 * kGiB, 10000, 4 * kTiB, PartRule::kGaps, true, true},
};

/// In lower case, without scheme, port and path.
std::string host_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  return ascii::lower(std::string(url.substr(0, url.find_first_of(":/"))));
}

bool is_at(std::string_view host, std::string_view of) {
  return host == of || (host.ends_with(of) && host[host.size() - of.size() - 1] == '.');
}

}  // namespace

S3Provider s3_provider(const std::string& endpoint_url, const std::string& bucket) {
  const std::string host = host_of(endpoint_url);
  const bool aws = host.empty() || is_at(host, "amazonaws.com") || is_at(host, "amazonaws.com.cn");
  if (aws && bucket.ends_with("--x-s3")) {
    throw Error(ErrorCode::kNotImplemented,
                fmt::format("{} is a directory bucket (S3 Express One Zone), which wants sessions "
                            "that ccog does not open; write to a general purpose bucket",
                            bucket));
  }
  for (const Entry& one : kEntries) {
    if (!is_at(host, one.host)) continue;
    S3Provider provider{std::string(one.name), {}, one.keeps_conditions, one.takes_checksums};
    provider.limits = {one.min_part_bytes,   one.max_part_bytes, one.max_parts,
                       one.max_object_bytes, one.rule,           provider.name};
    return provider;
  }
  return {aws ? "AWS S3" : "an S3 server", {}};
}

}  // namespace ccog
