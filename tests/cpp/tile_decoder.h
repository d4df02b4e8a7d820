#pragma once

#include <libdeflate.h>
#include <zstd.h>

#include <bit>
#include <cstring>
#include <stdexcept>

#include "ccog/codec/libtiff_encoder.h"
#include "ccog/codec/sample_bits.h"
#include "ccog/codec/tile_encoder.h"
#include "libtiff_file.h"

/// The way back from encoded tiles, written from the specifications and apart from the encoder, for
/// tests. The library itself never decodes.
namespace ccog::testing {

template <typename Word>
void undo_horizontal_row(std::byte* row, std::size_t samples, std::size_t stride) {
  for (std::size_t i = stride; i < samples; ++i) {
    Word sample;
    Word left;
    std::memcpy(&sample, row + i * sizeof(Word), sizeof(Word));
    std::memcpy(&left, row + (i - stride) * sizeof(Word), sizeof(Word));
    sample = static_cast<Word>(sample + left);
    std::memcpy(row + i * sizeof(Word), &sample, sizeof(Word));
  }
}

inline void undo_floating_point_row(std::byte* row, std::size_t samples, std::size_t stride,
                                    std::size_t sample_bytes) {
  undo_horizontal_row<std::uint8_t>(row, samples * sample_bytes, stride);
  const Bytes planes(row, row + samples * sample_bytes);
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t k = 0; k < sample_bytes; ++k) {
      const bool little = std::endian::native == std::endian::little;
      row[i * sample_bytes + (little ? sample_bytes - 1 - k : k)] = planes[k * samples + i];
    }
  }
}

inline void undo_predictor(Predictor predictor, const RowShape& row, std::span<std::byte> rows) {
  const auto stride = static_cast<std::size_t>(row.samples_per_pixel);
  const auto samples = static_cast<std::size_t>(row.samples());
  for (std::size_t begin = 0; begin < rows.size(); begin += row.size_bytes()) {
    std::byte* at = rows.data() + begin;
    if (predictor == Predictor::kFloatingPoint) {
      undo_floating_point_row(at, samples, stride, row.sample_bytes);
    } else if (predictor == Predictor::kHorizontal) {
      switch (row.sample_bytes) {
        case 1:
          undo_horizontal_row<std::uint8_t>(at, samples, stride);
          break;
        case 2:
          undo_horizontal_row<std::uint16_t>(at, samples, stride);
          break;
        case 4:
          undo_horizontal_row<std::uint32_t>(at, samples, stride);
          break;
        case 8:
          undo_horizontal_row<std::uint64_t>(at, samples, stride);
          break;
        default:
          throw std::invalid_argument("no such sample width");
      }
    }
  }
}

/// By libtiff, as the only tile of a TIFF; the predictor is left to be undone.
inline void decode_with_libtiff(ByteView encoded, const CodecOptions& options,
                                const TileShape& shape, Bytes& raw) {
  Bytes file;
  const auto width_px = static_cast<std::uint32_t>(shape.width_px);
  const auto height_px = static_cast<std::uint32_t>(shape.height_px);
  {
    LibtiffFile tiff(file, "w8");
    tiff.set(TIFFTAG_IMAGEWIDTH, width_px);
    tiff.set(TIFFTAG_IMAGELENGTH, height_px);
    tiff.set(TIFFTAG_TILEWIDTH, width_px);
    tiff.set(TIFFTAG_TILELENGTH, height_px);
    tiff.set(TIFFTAG_SAMPLESPERPIXEL, shape.samples_per_pixel);
    tiff.set(TIFFTAG_BITSPERSAMPLE, shape.bits_per_sample());
    tiff.set(TIFFTAG_SAMPLEFORMAT, is_floating(shape.dtype)         ? SAMPLEFORMAT_IEEEFP
                                   : is_signed_integer(shape.dtype) ? SAMPLEFORMAT_INT
                                                                    : SAMPLEFORMAT_UINT);
    tiff.set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    tiff.set(TIFFTAG_PHOTOMETRIC, static_cast<int>(shape.photometric));
    if (shape.unassociated_alpha) {
      const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
      tiff.set(TIFFTAG_EXTRASAMPLES, 1, &alpha);
    }
    tiff.set(TIFFTAG_COMPRESSION, static_cast<int>(compression_tag(options.compression)));
    if (options.compression == Compression::kJpeg) {
      const Bytes tables = jpeg_tables(options, shape);
      tiff.set(TIFFTAG_JPEGTABLES, static_cast<std::uint32_t>(tables.size()), tables.data());
    } else if (is_lerc(options.compression)) {
      const int added = options.compression == Compression::kLercDeflate
                            ? LERC_ADD_COMPRESSION_DEFLATE
                        : options.compression == Compression::kLercZstd ? LERC_ADD_COMPRESSION_ZSTD
                                                                        : LERC_ADD_COMPRESSION_NONE;
      const std::uint32_t parameters[] = {LERC_VERSION_2_4, static_cast<std::uint32_t>(added)};
      tiff.set(TIFFTAG_LERC_PARAMETERS, 2, parameters);
    }
    Bytes copy(encoded.begin(), encoded.end());
    if (TIFFWriteRawTile(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size())) < 0) {
      throw std::runtime_error("libtiff does not store the tile");
    }
  }
  LibtiffFile tiff(file, "r");
  if (shape.photometric == Photometric::kYCbCr) {
    tiff.set(TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  if (TIFFReadEncodedTile(tiff.get(), 0, raw.data(), static_cast<tmsize_t>(raw.size())) !=
      static_cast<tmsize_t>(raw.size())) {
    throw std::runtime_error("libtiff does not decode the tile");
  }
}

/// The raw tile, in the bits that are stored; throws `std::runtime_error` for bytes that are not
/// exactly one encoded tile.
inline Bytes decode_tile(ByteView encoded, const CodecOptions& options, const TileShape& shape) {
  const int bits = shape.bits_per_sample();
  const RowShape row{shape.width_px, shape.samples_per_pixel,
                     bits % 8 == 0 ? static_cast<std::size_t>(bits) / 8 : 1};
  Bytes raw(packed_bytes(static_cast<std::uint64_t>(shape.height_px),
                         static_cast<std::uint64_t>(shape.width_px * shape.samples_per_pixel),
                         bits));
  switch (options.compression) {
    case Compression::kNone:
      if (encoded.size() != raw.size()) throw std::runtime_error("not one raw tile");
      std::memcpy(raw.data(), encoded.data(), raw.size());
      break;
    case Compression::kDeflate: {
      libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
      std::size_t read_bytes = 0;
      std::size_t written_bytes = 0;
      const libdeflate_result result =
          libdeflate_zlib_decompress_ex(decompressor, encoded.data(), encoded.size(), raw.data(),
                                        raw.size(), &read_bytes, &written_bytes);
      libdeflate_free_decompressor(decompressor);
      if (result != LIBDEFLATE_SUCCESS || read_bytes != encoded.size() ||
          written_bytes != raw.size()) {
        throw std::runtime_error("not one zlib stream of one tile");
      }
      break;
    }
    case Compression::kZstd: {
      const std::size_t frame_bytes = ZSTD_findFrameCompressedSize(encoded.data(), encoded.size());
      const std::size_t written_bytes =
          ZSTD_decompress(raw.data(), raw.size(), encoded.data(), encoded.size());
      if (frame_bytes != encoded.size() || written_bytes != raw.size()) {
        throw std::runtime_error("not one Zstandard frame of one tile");
      }
      break;
    }
    default:
      decode_with_libtiff(encoded, options, shape, raw);
      break;
  }
  if (effective_predictor(options) == Predictor::kNone) return raw;
  undo_predictor(effective_predictor(options), row, raw);
  return raw;
}

}  // namespace ccog::testing
