#include "ccog/raster/convolution_taps.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ccog {
namespace {

/// The centre and half width of the taps of one index, and the kernel's step from tap to tap.
struct Window {
  double centre;
  double radius;
  double step;
};

Window window_of(Resampling resampling, std::int64_t i, std::int64_t dst_size_px,
                 std::int64_t src_size_px) {
  const double ratio = static_cast<double>(src_size_px) / static_cast<double>(dst_size_px);
  const double step = std::min(1.0 / ratio, 1.0);
  return {(static_cast<double>(i) + 0.5) * ratio, kernel_radius(resampling) / step, step};
}

double bilinear(double x) {
  const double distance = std::abs(x);
  return distance <= 1.0 ? 1 - distance : 0.0;
}

/// Keys' cubic with a = -0.5.
double cubic(double x) {
  const double distance = std::abs(x);
  if (distance <= 1.0) return x * x * (1.5 * distance - 2.5) + 1.0;
  if (distance <= 2.0) return x * x * (-0.5 * distance + 2.5) - 4.0 * distance + 2.0;
  return 0.0;
}

/// Six times the cubic B-spline, from left to right as truncated powers.
double cubic_spline(double x) {
  const double left = x + 2.0;
  const double right = x - 1.0;
  const double middle = x + 1.0;
  if (!(left > 0.0)) return 0.0;
  double tail = 0.0;
  if (middle > 0.0) {
    double end = 0.0;
    if (x > 0.0) end = (right > 0.0 ? -4.0 * right * right * right : 0.0) + 6.0 * x * x * x;
    tail = end + -4.0 * middle * middle * middle;
  }
  return tail + left * left * left;
}

/// sinc(x) sinc(x / 3), with sin(3 a) = 3 sin(a) - 4 sin^3(a) as GDAL takes it. It is not cut off
/// at 3, where it is nearly 0.
double lanczos(double x) {
  if (x == 0.0) return 1.0;
  const double angle = std::numbers::pi * x;
  const double third = angle / 3;
  const double product = angle * third;
  const double sine = std::sin(third);
  const double square = sine * sine;
  return (3 - 4 * square) * square / product;
}

double kernel(Resampling resampling, double x) {
  switch (resampling) {
    case Resampling::kBilinear:
      return bilinear(x);
    case Resampling::kCubic:
      return cubic(x);
    case Resampling::kCubicSpline:
      return cubic_spline(x);
    default:
      return lanczos(x);
  }
}

}  // namespace

bool is_convolution(Resampling resampling) {
  return resampling == Resampling::kBilinear || resampling == Resampling::kCubic ||
         resampling == Resampling::kCubicSpline || resampling == Resampling::kLanczos;
}

int kernel_radius(Resampling resampling) {
  if (resampling == Resampling::kBilinear) return 1;
  return resampling == Resampling::kLanczos ? 3 : 2;
}

bool has_negative_weights(Resampling resampling) {
  return resampling == Resampling::kCubic || resampling == Resampling::kLanczos;
}

void Taps::normalise() {
  if (sum == 0) return;
  const double factor = 1.0 / sum;
  for (double& weight : weights) weight *= factor;
}

Range tap_range(Resampling resampling, std::int64_t i, std::int64_t dst_size_px,
                std::int64_t src_size_px) {
  const Window at = window_of(resampling, i, dst_size_px, src_size_px);
  const auto begin = static_cast<std::int64_t>(std::floor(at.centre - at.radius + 0.5));
  const auto end = static_cast<std::int64_t>(at.centre + at.radius + 0.5);
  return {std::max<std::int64_t>(begin, 0), std::min(end, src_size_px)};
}

Taps taps_of(Resampling resampling, Axis axis, std::int64_t i, std::int64_t dst_size_px,
             std::int64_t src_size_px) {
  const Window at = window_of(resampling, i, dst_size_px, src_size_px);
  Taps out;
  out.source = tap_range(resampling, i, dst_size_px, src_size_px);
  const std::int64_t count = out.source.size();
  out.weights.resize(static_cast<std::size_t>(count));
  double* weight = out.weights.data();
  double x = at.step * (static_cast<double>(out.source.begin) - at.centre + 0.5);
  std::int64_t k = 0;
  for (; k + 3 < count; k += 4) {
    for (int n = 0; n < 4; ++n) {
      if (axis == Axis::kColumns) {
        weight[k + n] = kernel(resampling, x);
        x += at.step;
      } else {
        weight[k + n] = kernel(resampling, x + n * at.step);
      }
    }
    if (axis == Axis::kRows) x += 4 * at.step;
    out.sum += weight[k] + weight[k + 1] + weight[k + 2] + weight[k + 3];
  }
  for (; k < count; ++k, x += at.step) {
    weight[k] = kernel(resampling, x);
    out.sum += weight[k];
  }
  return out;
}

std::size_t lane_group(Resampling resampling, std::int64_t dst_size_px, std::int64_t src_size_px,
                       std::int64_t taps) {
  return taps == 4 || window_of(resampling, 0, dst_size_px, src_size_px).radius < 4 ? 4 : 8;
}

}  // namespace ccog
