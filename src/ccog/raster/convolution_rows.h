#pragma once

#include <cstdint>
#include <span>

#include "ccog/base/geometry.h"

// The convolutions' inner loops over rows that are filtered already, written as those of
// convolution_columns.h are.
namespace ccog::kernels {

/// The weighted sums of rows, in one sum or in two.
void sum_rows(std::span<const double* const> rows, std::span<const double> weights, bool two_sums,
              Range columns, double* out);

/// One sum, divided.
void average_rows(std::span<const double* const> rows, std::span<const double> weights,
                  double weight_sum, std::int64_t count, double* out);

/// Rows of which only what is `valid` counts.
void average_masked_rows(std::span<const double* const> rows, std::span<const double* const> valid,
                         std::span<const double> weights, bool stretch, std::int64_t count,
                         double* out, double* out_valid);

}  // namespace ccog::kernels
