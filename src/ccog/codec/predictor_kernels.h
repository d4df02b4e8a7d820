#pragma once

#include <cstddef>
#include <span>

#include "ccog/codec/predictor.h"

namespace ccog::kernels {

/// Horizontal differences in rows that `apply_predictor` has checked.
void predict_integers(const RowShape& shape, std::span<std::byte> rows);

/// The floating point predictor of rows that `apply_predictor` has checked; `scratch` is one row.
void predict_floats(const RowShape& shape, std::span<std::byte> rows, std::byte* scratch);

}  // namespace ccog::kernels
