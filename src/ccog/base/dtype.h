#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

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
  kComplex64,
  kComplex128,
};

/// Calls `f(T{})` with the C++ type of `dtype`, which must be real: for kernels that are not
/// compiled for complex samples, since the plan refuses those.
template <typename F>
decltype(auto) visit_real_dtype(DType dtype, F&& f) {
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
    case DType::kComplex64:
    case DType::kComplex128:
      throw Error(ErrorCode::kInvalidArgument, "complex samples where only real ones are taken");
  }
  throw Error(ErrorCode::kInvalidArgument, "unknown sample type");
}

/// The same for all types; every kernel dispatches through one of the two.
template <typename F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kComplex64:
      return f(std::complex<float>{});
    case DType::kComplex128:
      return f(std::complex<double>{});
    default:
      return visit_real_dtype(dtype, std::forward<F>(f));
  }
}

/// Calls `f(Word{})` with the unsigned integer of 1, 2, 4 or 8 bytes: for what only moves samples,
/// or subtracts them as TIFF's predictors do.
template <typename F>
decltype(auto) visit_word(std::size_t word_bytes, F&& f) {
  switch (word_bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

inline std::size_t size_bytes(DType dtype) {
  return visit_dtype(dtype, [](auto zero) { return sizeof(zero); });
}

inline bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64;
}

inline bool is_complex(DType dtype) {
  return dtype == DType::kComplex64 || dtype == DType::kComplex128;
}

/// The type of a sample's real part: of a complex type that of its parts, else the type itself.
inline DType real_dtype(DType dtype) {
  if (!is_complex(dtype)) return dtype;
  return dtype == DType::kComplex64 ? DType::kFloat32 : DType::kFloat64;
}

template <typename T>
inline constexpr bool kIsComplex = false;
template <typename Part>
inline constexpr bool kIsComplex<std::complex<Part>> = true;

/// The sample, or its real part, which is what GDAL compares with nodata and measures.
template <typename T>
constexpr auto real_part(T sample) noexcept {
  if constexpr (kIsComplex<T>) {
    return sample.real();
  } else {
    return sample;
  }
}

inline bool is_signed_integer(DType dtype) {
  return dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32 ||
         dtype == DType::kInt64;
}

/// The value of TIFF's SampleFormat (TIFF 6.0 section 19; complex numbers are libtiff's).
std::uint16_t sample_format(DType dtype);

/// NumPy's name, such as "uint8".
std::string_view name(DType dtype);
/// The inverse of `name`; throws `kInvalidArgument` naming the type and those that are taken.
DType dtype_from_name(std::string_view name);

}  // namespace ccog
