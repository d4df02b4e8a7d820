#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ccog/base/dtype.h"
#include "ccog/base/geometry.h"

namespace ccog {

/// Samples (band, y, x) that somebody else owns, in any memory order: one byte stride an axis,
/// which may be negative or zero and need not be a multiple of the sample size.
/// Valid while the owner lives. Cheap to copy.
struct ImageView {
  const std::byte* data = nullptr;  ///< band 0, row 0, column 0
  DType dtype = DType::kUInt8;
  std::int64_t bands = 0;
  Size size;
  std::int64_t band_stride_bytes = 0;
  std::int64_t row_stride_bytes = 0;
  std::int64_t column_stride_bytes = 0;

  /// The address of one sample; no bounds check.
  const std::byte* sample(std::int64_t band, std::int64_t y, std::int64_t x) const noexcept {
    return data + band * band_stride_bytes + y * row_stride_bytes + x * column_stride_bytes;
  }
  /// The part `rect` (in pixels of this view) of every band; throws `kCorrupt` if it is not inside.
  ImageView crop(const Rect& rect) const;
};

/// Samples (band, y, x) that this object owns: planar, contiguous, native byte order, 64-byte
/// aligned at band 0. The memory is uninitialised. Movable, not copyable.
class Image {
 public:
  Image() = default;
  Image(Image&&) noexcept = default;
  Image& operator=(Image&&) noexcept = default;
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() = default;
  /// Throws `kInvalidArgument` for a negative extent, `kLimit` if the bytes overflow 63 bits and
  /// `std::bad_alloc` if there is no memory.
  Image(DType dtype, std::int64_t bands, Size size);

  DType dtype() const noexcept { return dtype_; }
  std::int64_t bands() const noexcept { return bands_; }
  Size size() const noexcept { return size_; }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  std::byte* data() noexcept { return memory_.get(); }
  const std::byte* data() const noexcept { return memory_.get(); }
  ImageView view() const noexcept;

  /// A row of one band. `T` must be the type of `dtype()`; no bounds check.
  template <typename T>
  T* row(std::int64_t band, std::int64_t y) noexcept {
    return reinterpret_cast<T*>(memory_.get()) + (band * size_.height + y) * size_.width;
  }

 private:
  std::shared_ptr<std::byte> memory_;
  DType dtype_ = DType::kUInt8;
  std::int64_t bands_ = 0;
  Size size_;
  std::uint64_t size_bytes_ = 0;
};

/// A view and where its first pixel lies in the global pixel coordinates of its level.
struct PlacedView {
  ImageView image;
  std::int64_t y0_px = 0;
  std::int64_t x0_px = 0;

  Rect rect() const noexcept {
    return {{y0_px, y0_px + image.size.height}, {x0_px, x0_px + image.size.width}};
  }
};

/// A chunk and the halo strips beside it, read as if they were one image. The pieces share dtype
/// and bands and do not overlap; whether they cover a request is found out when it is made.
/// Borrowed like its views; reading it from several threads is safe.
class Mosaic {
 public:
  /// Throws `kCorrupt` if there is no piece, if pieces differ in dtype or bands or if they overlap.
  explicit Mosaic(std::vector<PlacedView> pieces);
  /// One image whose first pixel is the level's.
  explicit Mosaic(const ImageView& image) : Mosaic(std::vector<PlacedView>{{image, 0, 0}}) {}

  DType dtype() const noexcept { return pieces_.front().image.dtype; }
  std::int64_t bands() const noexcept { return pieces_.front().image.bands; }
  std::span<const PlacedView> pieces() const noexcept { return pieces_; }

  /// The same pieces with these bands only; throws `kCorrupt` if they are not there.
  Mosaic select(Range bands) const;

  /// The samples `x` of global row `y` of one band, contiguous and aligned for their type: a
  /// pointer into the piece where they lie there in that way, otherwise into `scratch`, which must
  /// hold `x.size()` samples. Throws `kCorrupt` if a sample is not covered.
  const std::byte* row(std::int64_t band, std::int64_t y, Range x, std::byte* scratch) const;

  /// The same, typed. `T` must be the type of `dtype()`.
  template <typename T>
  const T* row(std::int64_t band, std::int64_t y, Range x, T* scratch) const {
    return reinterpret_cast<const T*>(row(band, y, x, reinterpret_cast<std::byte*>(scratch)));
  }

 private:
  std::vector<PlacedView> pieces_;
};

}  // namespace ccog
