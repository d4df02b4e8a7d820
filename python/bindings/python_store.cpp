#include "python_store.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <exception>
#include <utility>

#include "buffers.h"
#include "errors.h"
#include "store_values.h"

namespace ccog::python {
namespace {

/// By how much the service's clock may be behind the client's, and stamps be cut to whole seconds.
constexpr std::int64_t kStampToleranceS = 2;

}  // namespace

PythonStore::PythonStore(nb::object store)
    : store_(std::move(store)),
      class_name_(class_name_of(store_)),
      url_(nb::cast<std::string>(store_.attr("url"))),
      limits_(limits_of(store_.attr("limits"), class_name_ + ".limits is")) {}

PythonStore::~PythonStore() = default;

template <typename... Arguments>
nb::object PythonStore::call(const char* method, Arguments&&... arguments) {
  try {
    return store_.attr(method)(std::forward<Arguments>(arguments)...);
  } catch (const nb::python_error& raised) {
    // What is no `Exception`, such as an interrupt, is nobody's to interpret.
    if (!raised.matches(PyExc_Exception)) throw;
    std::throw_with_nested(error_of(raised, fmt::format("{}.{} of {}", class_name_, method, url_)));
  }
}

std::string PythonStore::returned_by(const char* method) const {
  return fmt::format("{}.{} returned", class_name_, method);
}

void PythonStore::refuse(const WriteCondition& condition) const {
  if (!condition.any()) return;
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("{} has no way to keep what is at {}: write with overwrite=True and "
                          "without if_match",
                          class_name_, url_));
}

std::string PythonStore::begin(const BeginRequest& request) {
  check_run_id(request.run_id);
  refuse(request.condition);
  if (const auto adopted = find_upload(request)) return *adopted;
  if (written_by(request.run_id)) throw already_written(url_, request.run_id);
  const nb::gil_scoped_acquire gil;
  const nb::object upload_id = call("begin", request.run_id, request.planned_at_unix_s);
  std::string id;
  if (!nb::try_cast(upload_id, id) || id.empty()) {
    throw_wrong_type(returned_by("begin"), upload_id, "a str, the id of the upload");
  }
  return id;
}

std::optional<std::string> PythonStore::find_upload(const BeginRequest& request) {
  return upload_to_adopt(url_, list_uploads(), request.planned_at_unix_s - kStampToleranceS);
}

Part PythonStore::put_part(const std::string& upload_id, int number,
                           std::optional<std::uint64_t> /*offset_bytes*/, const Rope& bytes) {
  check_part(url_, limits_, number, bytes.size_bytes());
  const nb::gil_scoped_acquire gil;
  Part part =
      part_of(call("put_part", upload_id, number, bytes_of(bytes)), returned_by("put_part"));
  if (part.number != number || part.size_bytes != bytes.size_bytes()) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{} part {} of {} bytes for part {} of {} bytes",
                                                 returned_by("put_part"), part.number,
                                                 part.size_bytes, number, bytes.size_bytes()));
  }
  return part;
}

ObjectInfo PythonStore::complete(const std::string& upload_id, const std::string& run_id,
                                 const std::vector<Part>& parts, const WriteCondition& condition) {
  check_run_id(run_id);
  refuse(condition);
  check_parts(url_, limits_, parts);
  // First, because services differ in what they say of an upload that is complete.
  if (auto object = written_by(run_id)) return *object;
  const std::vector<Part> listed = list_parts(upload_id);
  const std::uint64_t size_bytes = check_parts(url_, limits_, parts, listed);
  try {
    const nb::gil_scoped_acquire gil;
    ObjectInfo info = object_info_of(call("complete", upload_id, run_id, to_python(listed)),
                                     returned_by("complete"));
    if (info.size_bytes != size_bytes || info.run_id != run_id) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("{} {} bytes of run \"{}\" instead of {} bytes of run \"{}\"",
                      returned_by("complete"), info.size_bytes, info.run_id, size_bytes, run_id));
    }
    return info;
  } catch (const Error& error) {
    // The same task elsewhere may have been faster.
    if (error.code() != ErrorCode::kNoSuchUpload) throw;
    if (auto object = written_by(run_id)) return *object;
    throw;
  }
}

void PythonStore::abort(const std::string& upload_id) {
  const nb::gil_scoped_acquire gil;
  call("abort", upload_id);
}

std::vector<UploadInfo> PythonStore::list_uploads() {
  const nb::gil_scoped_acquire gil;
  return uploads_of(call("list_uploads"), returned_by("list_uploads"));
}

std::vector<Part> PythonStore::list_parts(const std::string& upload_id) {
  const nb::gil_scoped_acquire gil;
  return parts_of(call("list_parts", upload_id), returned_by("list_parts"));
}

ObjectInfo PythonStore::put_object(const std::string& run_id, const Rope& bytes,
                                   const WriteCondition& condition) {
  check_run_id(run_id);
  refuse(condition);
  const nb::gil_scoped_acquire gil;
  return object_info_of(call("put_object", run_id, bytes_of(bytes)), returned_by("put_object"));
}

std::optional<ObjectInfo> PythonStore::head() {
  const nb::gil_scoped_acquire gil;
  const nb::object info = call("head");
  if (info.is_none()) return std::nullopt;
  return object_info_of(info, returned_by("head"));
}

std::optional<ObjectInfo> PythonStore::written_by(const std::string& run_id) {
  auto object = head();
  return object && object->run_id == run_id ? object : std::nullopt;
}

Bytes PythonStore::get(std::uint64_t begin, std::uint64_t end) {
  const auto object = head();
  if (!object) throw Error(ErrorCode::kNotFound, fmt::format("{} does not exist", url_));
  check_range(url_, begin, end, object->size_bytes);
  if (begin == end) return {};
  const nb::gil_scoped_acquire gil;
  const nb::object got = call("get", begin, end);
  if (PyObject_CheckBuffer(got.ptr()) == 0) throw_wrong_type(returned_by("get"), got, "bytes");
  const Rope bytes = rope_of(got);
  if (bytes.size_bytes() != end - begin) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{} {} bytes for the range [{}, {})", returned_by("get"),
                            bytes.size_bytes(), begin, end));
  }
  return bytes.flatten();
}

}  // namespace ccog::python
