#include "ccog/store/folder.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "buffers.h"
#include "ccog/store/file_folder.h"
#include "ccog/store/s3_folder.h"
#include "modules.h"
#include "s3_options.h"

namespace ccog::python {

namespace nb = nanobind;
using namespace nb::literals;

void bind_folder(nb::module_& module) {
  const auto no_gil = nb::call_guard<nb::gil_scoped_release>();
  nb::class_<Folder>(module, "Folder", "Small objects below one prefix; see store/folder.h.")
      .def_prop_ro("url", &Folder::url)
      .def(
          "put_new",
          [](Folder& folder, const std::string& name_, nb::handle data) {
            const Rope bytes = rope_of(data);
            const nb::gil_scoped_release release;
            return folder.put_new(name_, bytes);
          },
          "name"_a, "data"_a)
      .def(
          "put",
          [](Folder& folder, const std::string& name_, nb::handle data) {
            const Rope bytes = rope_of(data);
            const nb::gil_scoped_release release;
            folder.put(name_, bytes);
          },
          "name"_a, "data"_a)
      .def(
          "get",
          [](Folder& folder, const std::string& name_) -> nb::object {
            std::optional<Bytes> bytes;
            {
              const nb::gil_scoped_release release;
              bytes = folder.get(name_);
            }
            return bytes ? nb::object(bytes_of(*bytes)) : nb::none();
          },
          "name"_a)
      .def("has", &Folder::has, "name"_a, no_gil)
      .def("list", &Folder::list, no_gil)
      .def("remove", &Folder::remove, "name"_a, no_gil)
      .def("remove_empty", &Folder::remove_empty, no_gil);

  module.def(
      "open_file_folder",
      [](const std::string& path) -> std::unique_ptr<Folder> {
        return std::make_unique<FileFolder>(path);
      },
      "path"_a);
  module.def(
      "open_s3_folder",
      [](const std::string& url, const nb::dict& given,
         const nb::object& credentials) -> std::unique_ptr<Folder> {
        return std::make_unique<S3Folder>(url, s3_options_of(given, credentials));
      },
      "url"_a, "options"_a, "credentials"_a.none());
}

}  // namespace ccog::python
