#include "ccog/pipeline/encode.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/codec/tile_encoder.h"
#include "ccog/parts/run.h"
#include "ccog/raster/reduce.h"
#include "ccog/raster/tile_cut.h"

namespace ccog {
namespace {

/// Tile bytes of one unit and level, in file order.
struct EncodedTiles {
  Rope bytes;
  std::vector<std::uint32_t> sizes;  ///< with leader and trailer where there are any
};

/// GDAL's leader: the tile's size as a little-endian LONG.
void append_leader(Bytes& out, std::uint32_t size_bytes) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::byte>(size_bytes >> shift & 0xFFU));
  }
}

/// GDAL's trailer: the last four bytes of the tile's data again.
void append_trailer(Bytes& out) {
  std::array<std::byte, 4> last{};
  std::memcpy(last.data(), out.data() + out.size() - last.size(), last.size());
  out.insert(out.end(), last.begin(), last.end());
}

EncodedTiles encode_tiles(const WritePlan& plan, const Mosaic& image, Size level_px, Rect owned,
                          TileEncoder& encoder) {
  EncodedTiles out;
  if (owned.empty()) return out;
  const std::int64_t tile_px = plan.spec().tile_px;
  Bytes raw(encoder.raw_bytes());
  Bytes encoded;
  encoded.reserve(encoder.bound_bytes());
  for (std::int64_t y = owned.y.begin; y < owned.y.end; y += tile_px) {
    for (std::int64_t x = owned.x.begin; x < owned.x.end; x += tile_px) {
      cut_tile(image, level_px, {{y, y + tile_px}, {x, x + tile_px}}, raw.data());
      encoded.clear();
      encoder.encode(raw, encoded);
      Bytes stored;
      stored.reserve(encoded.size() + 2 * plan.frame_bytes());
      if (plan.row_major()) append_leader(stored, static_cast<std::uint32_t>(encoded.size()));
      stored.insert(stored.end(), encoded.begin(), encoded.end());
      if (plan.row_major()) append_trailer(stored);
      out.sizes.push_back(static_cast<std::uint32_t>(stored.size()));
      out.bytes.append(Rope(std::move(stored)));
    }
  }
  return out;
}

/// The same error, saying where it happened.
[[noreturn]] void rethrow_with_place(const Error& error, std::int64_t row, std::int64_t column,
                                     int level) {
  throw Error(error.code(),
              fmt::format("chunk ({}, {}), level {}: {}", row, column, level, error.what()),
              error.retryable());
}

}  // namespace

EncodedUnit encode_unit(const WritePlan& plan, int stage_number, std::int64_t row,
                        std::int64_t column, const std::vector<PlacedView>& source,
                        const std::string& upload_id, std::vector<RunSet> below, PartSink& sink) {
  const Stage& stage = plan.stages().at(static_cast<std::size_t>(stage_number));
  const auto windows = unit_windows(stage, plan.levels(), row, column, plan.reach());
  std::vector<RunSet> runs = std::move(below);
  Image made;
  int level = stage.first_level;
  try {
    std::optional<Mosaic> image;
    if (!windows.front().computed.empty()) image.emplace(source);
    for (std::size_t i = 0; image && level <= stage.last_level; ++i, ++level) {
      const Size level_px = plan.levels()[static_cast<std::size_t>(level)];
      const TileInterval tiles = plan.order().tiles_of(stage_number, level, row, column);
      if (tiles.size() > 0) {
        TileEncoder encoder(plan.codec_of(level), plan.tile_shape());
        EncodedTiles encoded = encode_tiles(plan, *image, level_px, windows[i].owned, encoder);
        std::vector<Run> run;
        run.push_back(make_run(upload_id, tiles.begin, std::move(encoded.sizes),
                               std::move(encoded.bytes), plan.numbering(), plan.limits(), sink));
        runs.emplace_back(std::move(run));
      }
      if (i + 1 == windows.size()) break;
      const Rect above = windows[i + 1].computed;
      if (above.empty()) {
        image.reset();  // slivers at the edge have nothing on some level, nor on those above
        break;
      }
      const Size next_px = plan.levels()[static_cast<std::size_t>(level) + 1];
      if (stage.first_level == 0 && from_full_resolution(plan.levels(), level + 1)) {
        made = reduce(plan.spec().resampling, Mosaic(source), plan.levels().front(), next_px, above,
                      plan.spec().nodata);
      } else {
        made = reduce(plan.spec().resampling, *image, level_px, next_px, above, plan.spec().nodata);
      }
      image.emplace(std::vector<PlacedView>{{made.view(), above.y.begin, above.x.begin}});
    }
    if (!image) made = Image(plan.spec().dtype, plan.spec().bands, windows.back().owned.size());
    EncodedUnit out{merge(std::move(runs), plan.numbering(), plan.limits(), sink), std::nullopt};
    if (stage.hands_on) out.next = std::move(made);
    return out;
  } catch (const Error& error) {
    rethrow_with_place(error, row, column, std::min(level, stage.last_level));
  }
}

}  // namespace ccog
