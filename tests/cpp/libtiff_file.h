#pragma once

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "ccog/base/rope.h"

/// A TIFF in memory that libtiff writes or reads, for tests.
namespace ccog::testing {

class LibtiffFile {
 public:
  LibtiffFile(Bytes& bytes, const char* mode) : bytes_(bytes) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, fail_silently, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options, fail_silently, this);
    tiff_ = TIFFClientOpenExt("test", mode, this, read, write, seek, close, size, nullptr, nullptr,
                              options);
    TIFFOpenOptionsFree(options);
    if (tiff_ == nullptr) throw std::runtime_error("libtiff does not open it");
  }
  ~LibtiffFile() { TIFFClose(tiff_); }
  LibtiffFile(const LibtiffFile&) = delete;
  LibtiffFile& operator=(const LibtiffFile&) = delete;

  TIFF* get() const { return tiff_; }

  template <typename... Values>
  void set(std::uint32_t tag, Values... values) {
    if (TIFFSetField(tiff_, tag, values...) != 1) throw std::runtime_error("field is not taken");
  }

 private:
  static LibtiffFile& self(thandle_t handle) { return *static_cast<LibtiffFile*>(handle); }
  static int fail_silently(TIFF* /*tiff*/, void* /*self*/, const char* /*module*/,
                           const char* /*format*/, va_list /*arguments*/) {
    return 1;
  }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t wanted_bytes) {
    LibtiffFile& file = self(handle);
    const std::size_t left = file.bytes_.size() - std::min(file.at_, file.bytes_.size());
    const std::size_t count = std::min(left, static_cast<std::size_t>(wanted_bytes));
    if (count > 0) std::memcpy(to, file.bytes_.data() + file.at_, count);
    file.at_ += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t write(thandle_t handle, void* from, tmsize_t size_bytes) {
    LibtiffFile& file = self(handle);
    const std::size_t end = file.at_ + static_cast<std::size_t>(size_bytes);
    if (end > file.bytes_.size()) file.bytes_.resize(end);
    std::memcpy(file.bytes_.data() + file.at_, from, static_cast<std::size_t>(size_bytes));
    file.at_ = end;
    return size_bytes;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    LibtiffFile& file = self(handle);
    file.at_ = static_cast<std::size_t>(offset) + (whence == SEEK_SET   ? 0
                                                   : whence == SEEK_CUR ? file.at_
                                                                        : file.bytes_.size());
    return file.at_;
  }
  static int close(thandle_t /*handle*/) { return 0; }
  static toff_t size(thandle_t handle) { return self(handle).bytes_.size(); }

  Bytes& bytes_;
  std::size_t at_ = 0;
  TIFF* tiff_ = nullptr;
};

}  // namespace ccog::testing
