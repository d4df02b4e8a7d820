#pragma once

#include <cstdint>
#include <type_traits>

// What kernels are called with as constants, so that gcc unrolls their loops.
namespace ccog::kernels {

/// Calls `f` with the number of taps as a constant where it is one of ratio 2 or a little more,
/// otherwise with 0.
template <typename F>
void with_taps(std::int64_t taps, F&& f) {
  switch (taps) {
    case 4:
      return f(std::integral_constant<int, 4>{});
    case 5:
      return f(std::integral_constant<int, 5>{});
    case 8:
      return f(std::integral_constant<int, 8>{});
    case 9:
      return f(std::integral_constant<int, 9>{});
    case 12:
      return f(std::integral_constant<int, 12>{});
    case 13:
      return f(std::integral_constant<int, 13>{});
    default:
      return f(std::integral_constant<int, 0>{});
  }
}

/// Calls `f` with the flag as a constant.
template <typename F>
void with_flag(bool flag, F&& f) {
  if (flag) {
    f(std::true_type{});
  } else {
    f(std::false_type{});
  }
}

}  // namespace ccog::kernels
