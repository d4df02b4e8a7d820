#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ccog/base/error.h"

namespace ccog {

/// Sample types; the names are NumPy's.
enum class DType : std::uint8_t {
  kUInt8,
  kInt8,
  kUInt16,
  kInt16,
  kUInt32,
  kInt32,
  kUInt64,
  kInt64,
  kFloat32,
  kFloat64,
};

/// Calls `f(T{})` with the C++ type of `dtype`; every kernel dispatches through here.
template <typename F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kUInt8:
      return f(std::uint8_t{});
    case DType::kInt8:
      return f(std::int8_t{});
    case DType::kUInt16:
      return f(std::uint16_t{});
    case DType::kInt16:
      return f(std::int16_t{});
    case DType::kUInt32:
      return f(std::uint32_t{});
    case DType::kInt32:
      return f(std::int32_t{});
    case DType::kUInt64:
      return f(std::uint64_t{});
    case DType::kInt64:
      return f(std::int64_t{});
    case DType::kFloat32:
      return f(float{});
    case DType::kFloat64:
      return f(double{});
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown sample type");
}

inline std::size_t size_bytes(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return sizeof(zero); });
}

inline bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64;
}

inline bool is_signed_integer(DType dtype) {
  return dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32 ||
         dtype == DType::kInt64;
}

/// NumPy's name, such as "uint8".
std::string_view name(DType dtype);
/// The inverse of `name`; throws `kInvalidArgument` naming the type and those that are taken.
DType dtype_from_name(std::string_view name);

}  // namespace ccog
