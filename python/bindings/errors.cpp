#include <nanobind/nanobind.h>

#include <iterator>
#include <string_view>

#include "ccog/base/error.h"
#include "modules.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;

const char* code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotImplemented:
      return "not_implemented";
    case ErrorCode::kLimit:
      return "limit";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kStore:
      return "store";
    case ErrorCode::kNoSuchUpload:
      return "no_such_upload";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kCorrupt:
      return "corrupt";
  }
  return "corrupt";
}

}  // namespace

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
              .attr("from_core")(code_name(error.code()), message, error.retryable());
      PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
    }
  });
}

}  // namespace ccog::python
