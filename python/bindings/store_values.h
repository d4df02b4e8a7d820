#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <string>
#include <vector>

#include "ccog/store/store.h"

namespace ccog::python {

namespace nb = nanobind;

// Between the values of store/store.h and those of ccog/store.py.

nb::object to_python(const PartLimits& limits);
nb::object to_python(const Part& part);
nb::object to_python(const ObjectInfo& info);
nb::object to_python(const UploadInfo& info);

template <typename T>
nb::list to_python(const std::vector<T>& values) {
  nb::list out;
  for (const T& value : values) out.append(to_python(value));
  return out;
}

template <typename T>
nb::object to_python(const std::optional<T>& value) {
  return value ? to_python(*value) : nb::none();
}

// The other way. For anything else `kInvalidArgument` is thrown, with `whence` as the beginning of
// its sentence: "AzureStore.put_part returned".

/// Of "gaps", "dense" or "equal", as the option `parts` has it.
PartRule part_rule_of(const std::string& name, const std::string& whence);
PartLimits limits_of(nb::handle value, const std::string& whence);
ObjectInfo object_info_of(nb::handle value, const std::string& whence);
Part part_of(nb::handle value, const std::string& whence);
std::vector<Part> parts_of(nb::handle values, const std::string& whence);
std::vector<UploadInfo> uploads_of(nb::handle values, const std::string& whence);

/// The name of an object's type.
std::string class_name_of(nb::handle object);

/// "`whence` a value of type dict instead of a ccog.store.Part".
[[noreturn]] void throw_wrong_type(const std::string& whence, nb::handle value,
                                   const std::string& wanted);

}  // namespace ccog::python
