#include "ccog/store/s3_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ccog/base/ascii.h"
#include "ccog/base/error.h"
#include "ccog/store/sigv4.h"

namespace ccog {

namespace {

[[noreturn]] void bad(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

struct Partition {
  std::string_view region_begins;
  std::string_view domain;
};

// AWS's partitions; all other regions are in the first one, GovCloud's too.
constexpr std::string_view kDomain = "amazonaws.com";
constexpr std::string_view kChineseDomain = "amazonaws.com.cn";
constexpr std::array<Partition, 6> kOtherPartitions{{{"cn-", kChineseDomain},
                                                     {"eusc-", "amazonaws.eu"},
                                                     {"us-iso-", "c2s.ic.gov"},
                                                     {"us-isob-", "sc2s.sgov.gov"},
                                                     {"eu-isoe-", "cloud.adc-e.uk"},
                                                     {"us-isof-", "csp.hci.ic.gov"}}};

std::string aws_host(const S3Options& options, const std::string& region) {
  if (!is_region(region)) bad(fmt::format("region \"{}\": expected such as eu-central-1", region));
  const std::string_view domain = aws_domain(region);
  const std::string_view dualstack = options.use_dualstack ? ".dualstack" : "";
  if (options.use_accelerate) {
    if (options.use_fips || domain != kDomain) {
      bad(fmt::format("use_accelerate_endpoint: there is none {}; leave it out",
                      options.use_fips ? "with use_fips_endpoint" : "for region " + region));
    }
    return fmt::format("s3-accelerate{}.{}", dualstack, domain);
  }
  if (options.use_fips && domain == kChineseDomain) {
    bad(fmt::format("use_fips_endpoint: region {} has no such endpoint; leave it out", region));
  }
  return fmt::format("s3{}{}.{}.{}", options.use_fips ? "-fips" : "", dualstack, region, domain);
}

/// Of endpoint_url, checked; the host in lower case.
struct Endpoint {
  bool tls = true;
  std::string host;  ///< with its port
  std::string path;
};

Endpoint parse_endpoint(const S3Options& options) {
  const std::string& given = options.endpoint_url;
  // Not printed before it is known to hold no password.
  if (given.find('@') != given.npos) {
    bad("endpoint_url holds a user name or password; give them as credentials");
  }
  for (const auto& [is_on, name] : {std::pair{options.use_fips, "use_fips_endpoint"},
                                    std::pair{options.use_dualstack, "use_dualstack_endpoint"},
                                    std::pair{options.use_accelerate, "use_accelerate_endpoint"}}) {
    if (is_on) {
      bad(fmt::format("endpoint_url and {} contradict each other: leave one of them out", name));
    }
  }
  const std::size_t scheme_end = given.find("://");
  const std::string scheme = scheme_end == given.npos ? "" : given.substr(0, scheme_end);
  if (scheme_end != given.npos && scheme != "http" && scheme != "https") {
    bad(fmt::format("endpoint_url \"{}\" does not begin with http:// or https://", given));
  }
  const std::string rest = scheme_end == given.npos ? given : given.substr(scheme_end + 3);
  const std::size_t slash = rest.find('/');
  Endpoint endpoint{scheme.empty() ? options.use_tls : scheme == "https", rest.substr(0, slash),
                    slash == rest.npos ? "" : rest.substr(slash)};
  while (!endpoint.path.empty() && endpoint.path.back() == '/') endpoint.path.pop_back();
  endpoint.host = ascii::lower(std::move(endpoint.host));
  // A literal IPv6 address stands in brackets, so that its colons are not taken for a port's.
  const bool bracketed = endpoint.host.starts_with('[');
  const std::size_t name_end = bracketed ? endpoint.host.find(']') : endpoint.host.find(':');
  const std::string port =
      name_end == endpoint.host.npos ? "" : endpoint.host.substr(name_end + (bracketed ? 1 : 0));
  const bool port_is_good = port.empty() || (port.size() > 1 && port.front() == ':' &&
                                             port.find_first_not_of("0123456789", 1) == port.npos);
  if (endpoint.host.empty() || name_end == 0 || (bracketed && name_end == endpoint.host.npos) ||
      !port_is_good || given.find_first_of(" \t\r\n?#") != given.npos) {
    bad(fmt::format("endpoint_url \"{}\" is not scheme://host:port; an IPv6 address stands in []",
                    given));
  }
  if (port == (endpoint.tls ? ":443" : ":80")) {
    endpoint.host.resize(endpoint.host.size() - port.size());
  }
  return endpoint;
}

bool is_address_literal(std::string_view host) {
  if (host.starts_with('[')) return true;
  return host.substr(0, host.find(':')).find_first_not_of("0123456789.") == host.npos;
}

bool is_aws_host(std::string_view host) {
  return std::any_of(kOtherPartitions.begin(), kOtherPartitions.end(),
                     [&](const Partition& partition) {
                       return host.ends_with(fmt::format(".{}", partition.domain));
                     }) ||
         host.ends_with(fmt::format(".{}", kDomain));
}

// One label of a name, so that a certificate for *.host covers it.
bool can_be_label(const std::string& bucket) {
  return bucket.size() <= 63 && bucket.front() != '-' && bucket.back() != '-' &&
         bucket.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == bucket.npos;
}

}  // namespace

std::string_view aws_domain(const std::string& region) {
  std::string_view domain = kDomain;
  for (const Partition& partition : kOtherPartitions) {
    if (region.starts_with(partition.region_begins)) domain = partition.domain;
  }
  return domain;
}

bool is_region(const std::string& text) {
  constexpr std::string_view kTaken =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !text.empty() && text.size() <= 63 && text.find_first_not_of(kTaken) == text.npos;
}

S3Address s3_address(const S3Options& options, const std::string& region,
                     const std::string& bucket) {
  Endpoint endpoint = options.endpoint_url.empty()
                          ? Endpoint{options.use_tls, aws_host(options, region), ""}
                          : parse_endpoint(options);
  using Addressing = S3Options::Addressing;
  const bool path_style = options.addressing == Addressing::kPath ||
                          is_address_literal(endpoint.host) ||
                          (options.addressing == Addressing::kAuto &&
                           (!is_aws_host(endpoint.host) || !can_be_label(bucket)));
  if (options.use_accelerate && path_style) {
    bad(fmt::format(
        "use_accelerate_endpoint: \"{}\" would have to be part of the host, so it takes "
        "small letters, digits and '-', and no addressing_style 'path'",
        bucket));
  }
  std::string path = sigv4::uri_encode(endpoint.path, true);
  if (path_style) {
    path += '/' + bucket;
  } else {
    endpoint.host = fmt::format("{}.{}", bucket, endpoint.host);
  }
  return {(endpoint.tls ? "https://" : "http://") + endpoint.host, endpoint.host, path};
}

}  // namespace ccog
