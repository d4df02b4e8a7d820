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
#include "ccog/store/counting_store.h"
#include "ccog/store/file_store.h"
#include "ccog/store/find_uploads.h"
#include "ccog/store/memory_store.h"
#include "ccog/store/s3_provider.h"
#include "ccog/store/s3_store.h"
#include "modules.h"
#include "python_store.h"
#include "request_counts.h"
#include "s3_options.h"
#include "store_values.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

/// Of Python's `ccog._condition.WriteCondition`.
using PyCondition = std::pair<bool, std::string>;

BeginRequest request_of(const std::string& run_id, std::int64_t planned_at_unix_s,
                        std::optional<std::uint64_t> object_bytes, const PyCondition& condition) {
  return {run_id, planned_at_unix_s, object_bytes, {condition.first, condition.second}};
}

// [(url, upload id, when it began)] and the store's time, all in Unix seconds by its clock.
nb::tuple tuple_of(const FoundUploads& found) {
  nb::list uploads;
  for (const FoundUpload& upload : found.uploads) {
    uploads.append(nb::make_tuple(upload.url, upload.upload_id, upload.initiated_unix_s));
  }
  return nb::make_tuple(uploads, found.now_unix_s);
}

/// `work()`'s result, which is made without the GIL, for Python.
template <typename F>
auto answer(F&& work) {
  auto result = [&] {
    const nb::gil_scoped_release release;
    return work();
  }();
  return to_python(result);
}

}  // namespace

void bind_store(nb::module_& module) {
  const auto no_gil = nb::call_guard<nb::gil_scoped_release>();
  nb::class_<Store>(module, "Store", "One target object of a store; see store/store.h.")
      .def_prop_ro("url", &Store::url)
      .def_prop_ro("limits", [](const Store& store) { return to_python(store.limits()); })
      .def_prop_ro("took", [](const Store& store) { return tuple_of(store.took()); })
      .def(
          "begin",
          [](Store& store, const std::string& run_id, std::int64_t planned_at_unix_s,
             std::optional<std::uint64_t> object_bytes, const PyCondition& condition) {
            return store.begin(request_of(run_id, planned_at_unix_s, object_bytes, condition));
          },
          "run_id"_a, "planned_at_unix_s"_a, "object_bytes"_a.none() = nb::none(),
          "condition"_a = PyCondition(), no_gil)
      .def(
          "find_upload",
          [](Store& store, const std::string& run_id, std::int64_t planned_at_unix_s,
             const PyCondition& condition) {
            return store.find_upload(
                request_of(run_id, planned_at_unix_s, std::nullopt, condition));
          },
          "run_id"_a, "planned_at_unix_s"_a, "condition"_a = PyCondition(), no_gil)
      .def(
          "check_writable",
          [](Store& store, const std::string& run_id, std::int64_t planned_at_unix_s,
             const PyCondition& condition) {
            store.check_writable(request_of(run_id, planned_at_unix_s, std::nullopt, condition));
          },
          "run_id"_a, "planned_at_unix_s"_a, "condition"_a = PyCondition(), no_gil)
      .def(
          "put_part",
          [](Store& store, const std::string& upload_id, int number, nb::handle data,
             std::optional<std::uint64_t> offset_bytes) {
            const Rope bytes = rope_of(data);
            return answer([&] { return store.put_part(upload_id, number, offset_bytes, bytes); });
          },
          "upload_id"_a, "number"_a, "data"_a, "offset_bytes"_a.none() = nb::none())
      .def(
          "complete",
          [](Store& store, const std::string& upload_id, const std::string& run_id,
             nb::handle given) {
            const std::vector<Part> parts = parts_of(given, "parts has");
            return answer([&] { return store.complete(upload_id, run_id, parts); });
          },
          "upload_id"_a, "run_id"_a, "parts"_a)
      .def("abort", &Store::abort, "upload_id"_a, no_gil)
      .def("list_uploads",
           [](Store& store) { return answer([&] { return store.list_uploads(); }); })
      .def(
          "list_parts",
          [](Store& store, const std::string& upload_id) {
            return answer([&] { return store.list_parts(upload_id); });
          },
          "upload_id"_a)
      .def(
          "put_object",
          [](Store& store, const std::string& run_id, nb::handle data) {
            const Rope bytes = rope_of(data);
            return answer([&] { return store.put_object(run_id, bytes); });
          },
          "run_id"_a, "data"_a)
      .def("head", [](Store& store) { return answer([&] { return store.head(); }); })
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
      [](const std::string& name_, nb::handle limits) -> std::unique_ptr<Store> {
        return std::make_unique<MemoryStore>(name_, limits_of(limits, "limits is"));
      },
      "name"_a, "limits"_a, "An object in this process's memory, with limits of one's choice.");
  module.def(
      "open_counting",
      [](nb::handle limits) -> std::unique_ptr<Store> {
        return std::make_unique<CountingStore>(limits_of(limits, "limits is"));
      },
      "limits"_a, "A store that keeps the numbers and sizes of parts, and no bytes.");
  module.def(
      "open_python",
      [](const nb::object& store) -> std::unique_ptr<Store> {
        return std::make_unique<PythonStore>(store);
      },
      "store"_a, "The store that a `ccog.Store` is.");
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
  nb::class_<S3Provider>(module, "S3Provider", "See store/s3_provider.h.")
      .def_ro("name", &S3Provider::name)
      .def_prop_ro("limits", [](const S3Provider& provider) { return to_python(provider.limits); })
      .def_ro("keeps_conditions", &S3Provider::keeps_conditions)
      .def_ro("takes_checksums", &S3Provider::takes_checksums);
  module.def("s3_provider", &s3_provider, "endpoint_url"_a, "bucket"_a);
  module.def("file_limits", [] { return to_python(FileStore::default_limits()); });
}

}  // namespace ccog::python
