#include "ccog/base/dtype.h"

#include <fmt/format.h>

#include <array>

namespace ccog {
namespace {
constexpr std::array<std::string_view, 12> kNames = {
    "uint8",  "int8",  "uint16",  "int16",   "uint32",    "int32",
    "uint64", "int64", "float32", "float64", "complex64", "complex128"};
}  // namespace

std::uint16_t sample_format(DType dtype) {
  if (is_complex(dtype)) return 6;
  if (is_floating(dtype)) return 3;
  return is_signed_integer(dtype) ? 2 : 1;
}

std::string_view name(DType dtype) { return kNames.at(static_cast<std::size_t>(dtype)); }

DType dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<DType>(i);
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("dtype {} cannot be written; cast to one of {}", name, fmt::join(kNames, ", ")));
}

}  // namespace ccog
