#include "buffers.h"

#include <fmt/format.h>
#include <nanobind/ndarray.h>

#include <cstring>
#include <utility>

#include "ccog/base/error.h"

namespace ccog::python {
namespace {

void release(Py_buffer* buffer) {
  // After the interpreter there is nobody left to give the buffer back to.
  if (Py_IsInitialized() != 0) {
    const PyGILState_STATE state = PyGILState_Ensure();
    PyBuffer_Release(buffer);
    PyGILState_Release(state);
  }
  delete buffer;
}

BufferOwner export_with(nb::handle object, int flags) {
  auto buffer = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(object.ptr(), buffer.get(), flags) != 0) throw nb::python_error();
  return {buffer.release(), release};
}

template <typename T>
nb::object numpy_of(Image image) {
  auto owner = std::make_unique<Image>(std::move(image));
  const std::size_t shape[3] = {static_cast<std::size_t>(owner->bands()),
                                static_cast<std::size_t>(owner->size().height),
                                static_cast<std::size_t>(owner->size().width)};
  void* data = owner->data();
  nb::capsule capsule(owner.release(),
                      [](void* image_) noexcept { delete static_cast<Image*>(image_); });
  return nb::cast(nb::ndarray<nb::numpy, T, nb::ndim<3>>(data, 3, shape, capsule));
}

}  // namespace

BufferOwner export_buffer(nb::handle object) { return export_with(object, PyBUF_STRIDES); }

ImageView view_of(const Py_buffer& buffer, DType dtype) {
  if (buffer.ndim != 3 || static_cast<std::size_t>(buffer.itemsize) != size_bytes(dtype)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a chunk has {} axes of {}-byte samples instead of (band, y, x) {}",
                            buffer.ndim, buffer.itemsize, name(dtype)));
  }
  ImageView view;
  view.data = static_cast<const std::byte*>(buffer.buf);
  view.dtype = dtype;
  view.bands = buffer.shape[0];
  view.size = {buffer.shape[1], buffer.shape[2]};
  view.band_stride_bytes = buffer.strides[0];
  view.row_stride_bytes = buffer.strides[1];
  view.column_stride_bytes = buffer.strides[2];
  return view;
}

Rope rope_of(nb::handle object) {
  BufferOwner owner = export_with(object, PyBUF_SIMPLE);
  const ByteView view(static_cast<const std::byte*>(owner->buf),
                      static_cast<std::size_t>(owner->len));
  return {std::move(owner), view};
}

nb::object array_of(const Rope& rope) {
  auto owner = std::make_unique<Bytes>(rope.flatten());
  const std::size_t shape[1] = {owner->size()};
  void* data = owner->data();
  nb::capsule capsule(owner.release(),
                      [](void* bytes) noexcept { delete static_cast<Bytes*>(bytes); });
  return nb::cast(nb::ndarray<nb::numpy, std::uint8_t, nb::ndim<1>>(data, 1, shape, capsule));
}

nb::object array_of(Image image) {
  const DType dtype = image.dtype();
  return visit_dtype(dtype, [&](auto zero) { return numpy_of<decltype(zero)>(std::move(image)); });
}

nb::bytes bytes_of(const Rope& rope) {
  nb::object out =
      nb::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(rope.size_bytes())));
  if (!out.is_valid()) throw nb::python_error();
  char* to = PyBytes_AsString(out.ptr());
  for (const ByteView& view : rope.views()) {
    std::memcpy(to, view.data(), view.size());
    to += view.size();
  }
  return nb::borrow<nb::bytes>(out);
}

nb::bytes bytes_of(const Bytes& bytes) { return nb::bytes(bytes.data(), bytes.size()); }

}  // namespace ccog::python
