#pragma once

#include <cstddef>
#include <span>

namespace ccog {

/// IEEE 754 binary32 samples become binary16 ones as GDAL makes them: bits that do not fit are
/// dropped, what is too large becomes infinite. In place; the halves are at the start.
void make_halves(std::span<std::byte> floats);

}  // namespace ccog
