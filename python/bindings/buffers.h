#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <memory>

#include "ccog/base/dtype.h"
#include "ccog/base/rope.h"
#include "ccog/raster/image.h"

namespace ccog::python {

namespace nb = nanobind;

/// Keeps a Python buffer exported; may be destroyed without the GIL, and after the interpreter.
using BufferOwner = std::shared_ptr<Py_buffer>;

/// Exports the buffer of `object` with its strides, without a copy. Needs the GIL.
BufferOwner export_buffer(nb::handle object);

/// The (band, y, x) samples of a NumPy array of `dtype`, borrowed from `buffer`.
/// Throws `kInvalidArgument` for another number of axes or another sample size.
ImageView view_of(const Py_buffer& buffer, DType dtype);

/// A rope over the memory of a contiguous Python buffer, which stays alive as long as the rope.
Rope rope_of(nb::handle object);

/// One contiguous copy of the rope as a NumPy array of uint8.
nb::object array_of(const Rope& rope);
/// The image as a NumPy array (band, y, x) that owns it; no copy.
nb::object array_of(Image image);

nb::bytes bytes_of(const Rope& rope);
nb::bytes bytes_of(const Bytes& bytes);

}  // namespace ccog::python
