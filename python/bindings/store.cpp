#include "ccog/store/store.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <utility>

#include "buffers.h"
#include "ccog/store/file_store.h"
#include "ccog/store/find_uploads.h"
#include "ccog/store/memory_store.h"
#include "ccog/store/s3_store.h"
#include "modules.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

nb::tuple tuple_of(const PartLimits& limits) {
  return nb::make_tuple(limits.min_part_bytes, limits.max_part_bytes, limits.max_parts,
                        limits.max_object_bytes);
}

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

S3Options s3_options_of(const nb::dict& given, const nb::object& credentials) {
  S3Options options;
  options.credentials = credentials_from(credentials);
  const auto take = [&](const char* key, auto& into) {
    if (given.contains(key)) into = nb::cast<std::decay_t<decltype(into)>>(given[key]);
  };
  take("endpoint_url", options.endpoint_url);
  take("use_tls", options.use_tls);
  take("use_dualstack", options.use_dualstack);
  take("use_fips", options.use_fips);
  take("region", options.region);
  take("anon", options.anon);
  take("verify_tls", options.verify_tls);
  take("ca_bundle", options.ca_bundle);
  take("headers", options.headers);
  take("metadata", options.metadata);
  take("connect_timeout_s", options.connect_timeout_s);
  take("stall_timeout_s", options.stall_timeout_s);
  take("max_attempts", options.max_attempts);
  std::string addressing = "auto";
  take("addressing", addressing);
  if (addressing == "path") options.addressing = S3Options::Addressing::kPath;
  if (addressing == "virtual") options.addressing = S3Options::Addressing::kVirtual;
  return options;
}

// [(url, upload id, when it began)] and the store's time, all in Unix seconds by its clock.
nb::tuple tuple_of(const FoundUploads& found) {
  nb::list uploads;
  for (const FoundUpload& upload : found.uploads) {
    uploads.append(nb::make_tuple(upload.url, upload.upload_id, upload.initiated_unix_s));
  }
  return nb::make_tuple(uploads, found.now_unix_s);
}

}  // namespace

void bind_store(nb::module_& module) {
  nb::class_<ObjectInfo>(module, "ObjectInfo")
      .def_ro("size_bytes", &ObjectInfo::size_bytes)
      .def_ro("etag", &ObjectInfo::etag)
      .def_ro("run_id", &ObjectInfo::run_id);

  const auto no_gil = nb::call_guard<nb::gil_scoped_release>();
  nb::class_<Store>(module, "Store", "One target object of a store; see store/store.h.")
      .def_prop_ro("url", &Store::url)
      .def_prop_ro("limits", [](const Store& store) { return tuple_of(store.limits()); })
      .def_prop_ro("stats",
                   [](const Store& store) {
                     const StoreStats stats = store.stats();
                     return nb::make_tuple(stats.requests, stats.retries, stats.bytes_sent);
                   })
      .def(
          "begin",
          [](Store& store, const std::string& run_id, std::int64_t planned_at_unix_s,
             std::optional<std::uint64_t> object_bytes) {
            return store.begin({run_id, planned_at_unix_s, object_bytes});
          },
          "run_id"_a, "planned_at_unix_s"_a, "object_bytes"_a.none() = nb::none(), no_gil)
      .def("head", &Store::head, no_gil)
      .def("abort", &Store::abort, "upload_id"_a, no_gil)
      .def(
          "list_uploads",
          [](Store& store) {
            std::vector<std::pair<std::string, std::int64_t>> out;
            for (const UploadInfo& upload : store.list_uploads()) {
              out.emplace_back(upload.upload_id, upload.initiated_unix_s);
            }
            return out;
          },
          no_gil, "[(upload id, when it began in Unix seconds by the store's clock)]")
      .def(
          "list_parts",
          [](Store& store, const std::string& upload_id) {
            std::vector<std::pair<int, std::uint64_t>> out;
            for (const Part& part : store.list_parts(upload_id)) {
              out.emplace_back(part.number, part.size_bytes);
            }
            return out;
          },
          "upload_id"_a, no_gil, "[(number, size in bytes)]")
      .def(
          "get",
          [](Store& store, std::uint64_t begin, std::uint64_t end) {
            Bytes bytes;
            {
              nb::gil_scoped_release release;
              bytes = store.get(begin, end);
            }
            return bytes_of(bytes);
          },
          "begin"_a, "end"_a);

  module.def(
      "open_file",
      [](const std::string& path) -> std::unique_ptr<Store> {
        return std::make_unique<FileStore>(path);
      },
      "path"_a);
  module.def(
      "open_memory",
      [](const std::string& name_, std::uint64_t min_part_bytes, std::uint64_t max_part_bytes,
         int max_parts) -> std::unique_ptr<Store> {
        PartLimits limits;
        limits.min_part_bytes = min_part_bytes;
        limits.max_part_bytes = max_part_bytes;
        limits.max_parts = max_parts;
        limits.max_object_bytes = static_cast<std::uint64_t>(max_parts) * max_part_bytes;
        return std::make_unique<MemoryStore>(name_, limits);
      },
      "name"_a, "min_part_bytes"_a, "max_part_bytes"_a, "max_parts"_a,
      "An object in this process's memory, with limits of one's choice.");
  module.def(
      "open_s3",
      [](const std::string& url, const nb::dict& given,
         const nb::object& credentials) -> std::unique_ptr<Store> {
        return std::make_unique<S3Store>(url, s3_options_of(given, credentials));
      },
      "url"_a, "options"_a, "credentials"_a.none(),
      "Credentials are a ccog.credentials.Credentials, a callable that returns one each time "
      "it is asked, or None where requests are not signed.");
  module.def(
      "find_s3_uploads",
      [](const std::string& url, const nb::dict& given, const nb::object& credentials) {
        S3Options options = s3_options_of(given, credentials);
        FoundUploads found;
        {
          const nb::gil_scoped_release release;
          found = find_s3_uploads(url, std::move(options));
        }
        return tuple_of(found);
      },
      "url"_a, "options"_a, "credentials"_a.none(),
      "([(url, upload id, when it began)], now) of all keys that begin with this URL's, in Unix "
      "seconds by the store's clock.");
  module.def(
      "find_file_uploads",
      [](const std::string& path) {
        FoundUploads found;
        {
          const nb::gil_scoped_release release;
          found = find_file_uploads(path);
        }
        return tuple_of(found);
      },
      "path"_a, "The same of a file, or of a folder and all below it.");
  module.def("s3_limits", [] { return tuple_of(PartLimits{}); });
  module.def("file_limits", [] { return tuple_of(FileStore::default_limits()); });
}

}  // namespace ccog::python
