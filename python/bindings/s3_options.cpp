#include "s3_options.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <utility>

#include "ccog/store/s3_credentials.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;

/// A callable that returns a `ccog.credentials.Credentials`. What it raises comes out as it is.
class PythonCredentials final : public S3CredentialSource {
 public:
  explicit PythonCredentials(nb::object resolve) : resolve_(std::move(resolve)) {}
  PythonCredentials(const PythonCredentials&) = delete;
  PythonCredentials& operator=(const PythonCredentials&) = delete;
  ~PythonCredentials() override {
    const nb::gil_scoped_acquire gil;
    resolve_.reset();
  }

  S3Credentials resolve() override {
    const nb::gil_scoped_acquire gil;
    return credentials_of(resolve_());
  }

  static S3Credentials credentials_of(const nb::object& given) {
    return {nb::cast<std::string>(given.attr("key")), nb::cast<std::string>(given.attr("secret")),
            nb::cast<std::string>(given.attr("token")),
            nb::cast<std::optional<std::int64_t>>(given.attr("expires_at_unix_s"))};
  }

 private:
  nb::object resolve_;
};

std::shared_ptr<S3CredentialSource> credentials_from(const nb::object& given) {
  if (given.is_none()) return nullptr;
  if (nb::isinstance<nb::callable>(given)) return std::make_shared<PythonCredentials>(given);
  return fixed_credentials(PythonCredentials::credentials_of(given));
}

}  // namespace

S3Options s3_options_of(const nb::dict& given, const nb::object& credentials) {
  S3Options options;
  options.credentials = credentials_from(credentials);
  const auto take = [&](const char* key, auto& into) {
    if (given.contains(key)) into = nb::cast<std::decay_t<decltype(into)>>(given[key]);
  };
  take("endpoint_url", options.endpoint_url);
  take("use_tls", options.use_tls);
  take("use_dualstack", options.use_dualstack);
  take("use_accelerate", options.use_accelerate);
  take("use_fips", options.use_fips);
  take("region", options.region);
  take("anon", options.anon);
  take("verify_tls", options.verify_tls);
  take("ca_bundle", options.ca_bundle);
  take("headers", options.headers);
  take("metadata", options.metadata);
  std::string checksum = "none";
  take("checksum", checksum);
  options.checksum = checksum_from_name(checksum);
  take("connect_timeout_s", options.connect_timeout_s);
  take("stall_timeout_s", options.stall_timeout_s);
  take("sign_payloads", options.sign_payloads);
  take("max_attempts", options.max_attempts);
  std::string addressing = "auto";
  take("addressing", addressing);
  if (addressing == "path") options.addressing = S3Options::Addressing::kPath;
  if (addressing == "virtual") options.addressing = S3Options::Addressing::kVirtual;
  return options;
}

}  // namespace ccog::python
