#include "store_values.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace ccog::python {
namespace {

using namespace nb::literals;

/// By `PartRule`.
constexpr std::array<std::string_view, 3> kPartRules{"gaps", "dense", "equal"};

nb::object class_of(const char* name) { return nb::module_::import_("ccog.store").attr(name); }

/// A dataclass of ccog/store.py, whose fields are read one by one.
class Fields {
 public:
  Fields(nb::handle value, const char* class_name, const std::string& whence)
      : value_(value), class_name_(class_name), whence_(whence) {
    if (!nb::isinstance(value, class_of(class_name))) {
      throw_wrong_type(whence, value, fmt::format("a ccog.store.{}", class_name));
    }
  }

  template <typename T>
  void read(const char* name, T& into) const {
    const nb::object field = value_.attr(name);
    if (!nb::try_cast<T>(field, into)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{} a ccog.store.{} whose {} is {}", whence_, class_name_, name,
                              nb::repr(field).c_str()));
    }
  }

 private:
  nb::handle value_;
  const char* class_name_;
  const std::string& whence_;
};

template <typename T, typename Read>
std::vector<T> all_of(nb::handle values, const std::string& whence, const char* class_name,
                      Read&& read) {
  if (!nb::isinstance<nb::sequence>(values) || nb::isinstance<nb::str>(values)) {
    throw_wrong_type(whence, values, fmt::format("a sequence of ccog.store.{}", class_name));
  }
  std::vector<T> out;
  for (const nb::handle value : values) out.push_back(read(value, whence));
  return out;
}

UploadInfo upload_of(nb::handle value, const std::string& whence) {
  const Fields fields(value, "UploadInfo", whence);
  UploadInfo info;
  fields.read("upload_id", info.upload_id);
  fields.read("initiated_unix_s", info.initiated_unix_s);
  return info;
}

}  // namespace

nb::object to_python(const PartLimits& limits) {
  return class_of("Limits")(
      "min_part_bytes"_a = limits.min_part_bytes, "max_part_bytes"_a = limits.max_part_bytes,
      "max_parts"_a = limits.max_parts, "max_object_bytes"_a = limits.max_object_bytes,
      "parts"_a = std::string(kPartRules.at(static_cast<std::size_t>(limits.rule))),
      "whose"_a = limits.whose);
}

PartRule part_rule_of(const std::string& name, const std::string& whence) {
  const auto* found = std::find(kPartRules.begin(), kPartRules.end(), name);
  if (found == kPartRules.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{} \"{}\" instead of \"gaps\", \"dense\" or \"equal\"", whence, name));
  }
  return static_cast<PartRule>(found - kPartRules.begin());
}

nb::object to_python(const Part& part) {
  return class_of("Part")("number"_a = part.number, "size_bytes"_a = part.size_bytes,
                          "etag"_a = part.etag);
}

nb::object to_python(const ObjectInfo& info) {
  return class_of("ObjectInfo")("size_bytes"_a = info.size_bytes, "etag"_a = info.etag,
                                "run_id"_a = info.run_id);
}

nb::object to_python(const UploadInfo& info) {
  return class_of("UploadInfo")("upload_id"_a = info.upload_id,
                                "initiated_unix_s"_a = info.initiated_unix_s);
}

PartLimits limits_of(nb::handle value, const std::string& whence) {
  const Fields fields(value, "Limits", whence);
  PartLimits limits;
  fields.read("min_part_bytes", limits.min_part_bytes);
  fields.read("max_part_bytes", limits.max_part_bytes);
  fields.read("max_parts", limits.max_parts);
  fields.read("max_object_bytes", limits.max_object_bytes);
  std::string parts;
  fields.read("parts", parts);
  limits.rule = part_rule_of(parts, whence + " a ccog.store.Limits whose parts is");
  fields.read("whose", limits.whose);
  return limits;
}

ObjectInfo object_info_of(nb::handle value, const std::string& whence) {
  const Fields fields(value, "ObjectInfo", whence);
  ObjectInfo info;
  fields.read("size_bytes", info.size_bytes);
  fields.read("etag", info.etag);
  fields.read("run_id", info.run_id);
  return info;
}

Part part_of(nb::handle value, const std::string& whence) {
  const Fields fields(value, "Part", whence);
  Part part;
  fields.read("number", part.number);
  fields.read("size_bytes", part.size_bytes);
  fields.read("etag", part.etag);
  return part;
}

std::vector<Part> parts_of(nb::handle values, const std::string& whence) {
  return all_of<Part>(values, whence, "Part", part_of);
}

std::vector<UploadInfo> uploads_of(nb::handle values, const std::string& whence) {
  return all_of<UploadInfo>(values, whence, "UploadInfo", upload_of);
}

std::string class_name_of(nb::handle object) {
  return nb::cast<std::string>(object.type().attr("__name__"));
}

void throw_wrong_type(const std::string& whence, nb::handle value, const std::string& wanted) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} a value of type {} instead of {}",
                                                       whence, class_name_of(value), wanted));
}

}  // namespace ccog::python
