#include "errors.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "modules.h"
#include "store_values.h"

namespace ccog::python {
namespace {

constexpr std::array<std::pair<ErrorCode, const char*>, 10> kNames = {{
    {ErrorCode::kInvalidArgument, "invalid_argument"},
    {ErrorCode::kNotImplemented, "not_implemented"},
    {ErrorCode::kLimit, "limit"},
    {ErrorCode::kIo, "io"},
    {ErrorCode::kStore, "store"},
    {ErrorCode::kNoSuchUpload, "no_such_upload"},
    {ErrorCode::kExists, "exists"},
    {ErrorCode::kPrecondition, "precondition"},
    {ErrorCode::kNotFound, "not_found"},
    {ErrorCode::kCorrupt, "corrupt"},
}};

const char* name_of(ErrorCode code) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                   [code](const auto& entry) { return entry.first == code; });
  return found == kNames.end() ? "corrupt" : found->second;
}

ErrorCode code_of(std::string_view name) {
  const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                   [name](const auto& entry) { return entry.second == name; });
  return found == kNames.end() ? ErrorCode::kStore : found->first;
}

/// The exception of a user's code that an error is of, if any.
std::optional<nb::python_error> cause_of(const std::exception& error) {
  try {
    std::rethrow_if_nested(error);
  } catch (const nb::python_error& raised) {
    return raised;
  } catch (const std::exception& inner) {
    return cause_of(inner);
  }
  return std::nullopt;
}

}  // namespace

Error error_of(const nb::python_error& raised, const std::string& where) {
  const nb::handle exception = raised.value();
  const std::string words = nb::str(exception).c_str();
  if (nb::isinstance(exception, nb::module_::import_("ccog.errors").attr("CcogError"))) {
    return {code_of(nb::cast<std::string>(exception.attr("code"))), words,
            nb::cast<bool>(exception.attr("retryable"))};
  }
  // Nobody knows whether the service has done it all the same, or would the next time.
  return {ErrorCode::kStore,
          fmt::format("{} failed: {}: {}", where, class_name_of(exception), words), true};
}

void bind_errors(nb::module_& module) {
  (void)module;
  // Python's classes are in ccog.errors, picklable, so that an error on a worker arrives whole.
  nb::register_exception_translator([](const std::exception_ptr& pending, void*) {
    try {
      std::rethrow_exception(pending);
    } catch (const Error& error) {
      // A server's words and a file's name are bytes, which need not be UTF-8.
      const nb::object message = nb::steal(PyUnicode_DecodeUTF8(
          error.what(), std::ssize(std::string_view(error.what())), "replace"));
      const nb::object made =
          nb::module_::import_("ccog.errors")
              .attr("from_core")(name_of(error.code()), message, error.retryable());
      if (const auto cause = cause_of(error)) {
        PyException_SetCause(made.ptr(), cause->value().inc_ref().ptr());
      }
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
    }
  });
}

}  // namespace ccog::python
