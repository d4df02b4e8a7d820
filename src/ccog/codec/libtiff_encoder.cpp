#include "ccog/codec/libtiff_encoder.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/codec/sample_bits.h"

namespace ccog {
namespace {

/// What libtiff takes for a file: what is written while `out` is set goes there, the rest (the TIFF
/// header, the directory) nowhere.
struct Sink {
  Bytes* out = nullptr;
  std::string message;
  std::uint64_t end_bytes = 0;
  std::uint64_t at_bytes = 0;
};

Sink& sink_of(thandle_t handle) { return *static_cast<Sink*>(handle); }

tmsize_t read_nothing(thandle_t /*handle*/, void* /*to*/, tmsize_t /*size*/) { return 0; }

tmsize_t write_sink(thandle_t handle, void* from, tmsize_t size) {
  Sink& sink = sink_of(handle);
  try {
    if (sink.out != nullptr) {
      const auto* bytes = static_cast<const std::byte*>(from);
      sink.out->insert(sink.out->end(), bytes, bytes + size);
    }
  } catch (const std::bad_alloc&) {  // must not pass through C
    sink.message = "out of memory";
    return -1;
  }
  sink.at_bytes += static_cast<std::uint64_t>(size);
  sink.end_bytes = std::max(sink.end_bytes, sink.at_bytes);
  return size;
}

toff_t seek_sink(thandle_t handle, toff_t offset, int whence) {
  Sink& sink = sink_of(handle);
  const std::uint64_t from_bytes = whence == SEEK_SET   ? 0
                                   : whence == SEEK_CUR ? sink.at_bytes
                                                        : sink.end_bytes;
  sink.at_bytes = from_bytes + offset;
  return sink.at_bytes;
}

int close_nothing(thandle_t /*handle*/) { return 0; }

toff_t size_of_sink(thandle_t handle) { return sink_of(handle).end_bytes; }

/// Keeps the first message; the return value tells libtiff to print nothing.
int keep_message(TIFF* /*tiff*/, void* user_data, const char* /*module*/, const char* format,
                 va_list arguments) {
  auto& message = static_cast<Sink*>(user_data)->message;
  std::array<char, 400> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  try {
    if (message.empty()) message = text.data();
  } catch (const std::bad_alloc&) {  // must not pass through C
  }
  return 1;
}

int ignore_message(TIFF* /*tiff*/, void* /*user_data*/, const char* /*module*/,
                   const char* /*format*/, va_list /*arguments*/) {
  return 1;
}

struct FreeTiff {
  // Unlike TIFFClose it writes no directory unless data is pending.
  void operator()(TIFF* tiff) const { TIFFCleanup(tiff); }
};
using TiffPointer = std::unique_ptr<TIFF, FreeTiff>;

[[noreturn]] void fail(const Sink& sink, const char* what) {
  throw Error(ErrorCode::kCorrupt,
              fmt::format("libtiff failed to {}: {}", what,
                          sink.message.empty() ? "it does not say why" : sink.message));
}

TiffPointer open_in_memory(Sink& sink) {
  struct FreeOptions {
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
  };
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_message, &sink);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), ignore_message, &sink);
  TiffPointer tiff(TIFFClientOpenExt("tile", "w8", &sink, read_nothing, write_sink, seek_sink,
                                     close_nothing, size_of_sink, nullptr, nullptr, options.get()));
  if (!tiff) fail(sink, "open a TIFF in memory");
  return tiff;
}

template <typename... Values>
void set(const Sink& sink, TIFF* tiff, std::uint32_t tag, Values... values) {
  if (TIFFSetField(tiff, tag, values...) != 1) fail(sink, "set up its codec");
}

void set_codec(const Sink& sink, TIFF* tiff, const CodecOptions& options, const TileShape& shape) {
  switch (options.compression) {
    case Compression::kLzma:
      set(sink, tiff, TIFFTAG_LZMAPRESET, options.level);
      break;
    case Compression::kJpeg:
      set(sink, tiff, TIFFTAG_JPEGQUALITY, options.quality);
      set(sink, tiff, TIFFTAG_JPEGTABLESMODE, JPEGTABLESMODE_QUANT);
      if (shape.photometric == Photometric::kYCbCr) {
        set(sink, tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
      }
      break;
    case Compression::kWebp:
      set(sink, tiff, TIFFTAG_WEBP_LEVEL, options.quality);
      if (options.lossless) set(sink, tiff, TIFFTAG_WEBP_LOSSLESS, 1);
      break;
    default:
      break;
  }
}

/// A TIFF of one tile, with the fields that GDAL sets. A predictor is not among them: the tile has
/// been through it.
TiffPointer open_for(Sink& sink, const CodecOptions& options, const TileShape& shape) {
  TiffPointer owner = open_in_memory(sink);
  TIFF* tiff = owner.get();
  const auto width_px = static_cast<std::uint32_t>(shape.width_px);
  const auto height_px = static_cast<std::uint32_t>(shape.height_px);
  set(sink, tiff, TIFFTAG_IMAGEWIDTH, width_px);
  set(sink, tiff, TIFFTAG_IMAGELENGTH, height_px);
  set(sink, tiff, TIFFTAG_TILEWIDTH, width_px);
  set(sink, tiff, TIFFTAG_TILELENGTH, height_px);
  set(sink, tiff, TIFFTAG_SAMPLESPERPIXEL, shape.samples_per_pixel);
  set(sink, tiff, TIFFTAG_BITSPERSAMPLE, shape.bits_per_sample());
  set(sink, tiff, TIFFTAG_SAMPLEFORMAT, static_cast<int>(sample_format(shape.dtype)));
  set(sink, tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  // libtiff takes YCbCr for subsampled, and the tile for shorter, unless it is JPEG's.
  const bool ycbcr = shape.photometric == Photometric::kYCbCr;
  const bool jpeg = options.compression == Compression::kJpeg;
  set(sink, tiff, TIFFTAG_PHOTOMETRIC,
      ycbcr && !jpeg ? PHOTOMETRIC_RGB : static_cast<int>(shape.photometric));
  if (ycbcr && jpeg) set(sink, tiff, TIFFTAG_YCBCRSUBSAMPLING, 2, 2);
  set(sink, tiff, TIFFTAG_COMPRESSION, static_cast<int>(compression_tag(options.compression)));
  set_codec(sink, tiff, options, shape);
  return owner;
}

void write_tile(const Sink& sink, TIFF* tiff, std::span<const std::byte> raw) {
  // libtiff takes void* for codecs that change the tile, which none of those here does.
  auto* data = const_cast<std::byte*>(raw.data());  // NOLINT(*-const-cast)
  const auto size = static_cast<tmsize_t>(raw.size());
  if (TIFFWriteEncodedTile(tiff, 0, data, size) != size) {
    fail(sink, "encode a tile");
  }
}

}  // namespace

bool uses_libtiff(Compression compression) {
  return compression != Compression::kNone && compression != Compression::kDeflate &&
         compression != Compression::kZstd && !is_lerc(compression);
}

bool libtiff_has(Compression compression) {
  return TIFFIsCODECConfigured(compression_tag(compression)) == 1;
}

Bytes jpeg_tables(const CodecOptions& options, const TileShape& shape) {
  Sink sink;
  TileShape smallest = shape;
  smallest.height_px = smallest.width_px = 16;
  const TiffPointer tiff = open_for(sink, options, smallest);
  write_tile(sink, tiff.get(), Bytes(sample_bytes(smallest)));
  std::uint32_t size = 0;
  void* tables = nullptr;
  if (TIFFGetField(tiff.get(), TIFFTAG_JPEGTABLES, &size, &tables) != 1) {
    fail(sink, "make JPEG tables");
  }
  const auto* bytes = static_cast<const std::byte*>(tables);
  return {bytes, bytes + size};
}

std::uint64_t libtiff_bound_bytes(Compression compression, std::uint64_t raw_bytes) {
  switch (compression) {
    case Compression::kLzw:
      // A code of at most 12 bits a byte. The table is cleared by one more code, which happens
      // after 3836 codes or after 10,000 bytes at the earliest.
      return raw_bytes + raw_bytes / 2 + raw_bytes / 1024 + 64;
    case Compression::kLzma:
      // What does not shrink is stored in chunks with a few bytes of header each.
      return raw_bytes + raw_bytes / 1024 + 4096;
    case Compression::kJpeg:
      // Coefficients have a root mean square of at most 128, thus 8 bits on the average, and codes
      // made for the tile have 9; every byte may have to be escaped by another one.
      return raw_bytes * 9 / 2 + 4096;
    default:  // WEBP
      return raw_bytes * 2 + (std::uint64_t{64} << 10);
  }
}

std::string libtiff_version() {
  const std::string text = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright ..."
  const std::string line = text.substr(0, text.find('\n'));
  return "libtiff " + line.substr(line.rfind(' ') + 1);
}

struct LibtiffEncoder::File {
  Sink sink;
  TiffPointer tiff;
};

LibtiffEncoder::LibtiffEncoder(const CodecOptions& options, const TileShape& shape)
    : options_(options), shape_(shape) {
  const std::uint64_t raw_bytes =
      packed_bytes(static_cast<std::uint64_t>(shape.height_px),
                   static_cast<std::uint64_t>(shape.width_px * shape.samples_per_pixel),
                   shape.bits_per_sample());
  // What is larger than this is handed on in several pieces.
  buffer_bytes_ = static_cast<std::size_t>(
      std::max<std::uint64_t>(raw_bytes + raw_bytes / 10, std::uint64_t{8} << 10));
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): a vector or array would be zeroed first.
  buffer_ = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes_);
}

LibtiffEncoder::~LibtiffEncoder() = default;

void LibtiffEncoder::encode(std::span<const std::byte> raw, Bytes& out) {
  const std::size_t size_before = out.size();
  try {
    std::unique_ptr<File> file = kept_ ? std::move(kept_) : open();
    file->sink.out = &out;
    write_tile(file->sink, file->tiff.get(), raw);
    file->sink.out = nullptr;
    if (options_.compression == Compression::kLzma) kept_ = std::move(file);
  } catch (...) {
    out.resize(size_before);
    throw;
  }
}

std::unique_ptr<LibtiffEncoder::File> LibtiffEncoder::open() {
  auto file = std::make_unique<File>();
  file->tiff = open_for(file->sink, options_, shape_);
  if (TIFFWriteBufferSetup(file->tiff.get(), buffer_.get(), static_cast<tmsize_t>(buffer_bytes_)) !=
      1) {
    fail(file->sink, "take its buffer");
  }
  return file;
}

}  // namespace ccog
