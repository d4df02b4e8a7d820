#include "plan.h"

#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <map>

#include "buffers.h"
#include "ccog/base/error.h"
#include "ccog/pipeline/cluster_bounds.h"
#include "ccog/pipeline/write_plan.h"
#include "modules.h"
#include "store_values.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

using PySize = std::pair<std::int64_t, std::int64_t>;
using PyCodec = std::tuple<std::string, int, int, int, bool, double>;

template <typename T>
T one_of(const std::map<std::string, T>& values, const std::string& value, const char* what) {
  const auto found = values.find(value);
  if (found != values.end()) return found->second;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}={} is not known", what, value));
}

CodecOptions codec_of(const PyCodec& codec) {
  const auto& [compression, level, predictor, quality, lossless, max_z_error] = codec;
  return {compression_from_name(compression),
          level,
          static_cast<Predictor>(predictor),
          quality,
          lossless,
          max_z_error};
}

std::optional<Nodata> nodata_of(nb::handle value, DType dtype) {
  if (value.is_none()) return std::nullopt;
  if (dtype == DType::kInt64) return Nodata{nb::cast<std::int64_t>(value)};
  if (dtype == DType::kUInt64) return Nodata{nb::cast<std::uint64_t>(value)};
  return Nodata{nb::cast<double>(value)};
}

/// `value`: four bytes a colour: red, green, blue and 0 where it is transparent.
std::optional<Palette> palette_of(nb::handle value) {
  if (value.is_none()) return std::nullopt;
  const auto bytes = nb::cast<nb::bytes>(value);
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.c_str());
  Palette palette;
  for (std::size_t i = 0; i + 3 < bytes.size(); i += 4) {
    palette.colors.push_back({at[i], at[i + 1], at[i + 2], at[i + 3] != 0});
  }
  return palette;
}

WriteSpec spec_of(const nb::dict& a) {
  WriteSpec spec;
  const auto size = [&](const char* key) {
    const auto [height, width] = nb::cast<PySize>(a[key]);
    return Size{height, width};
  };
  spec.image_px = size("image_px");
  spec.bands = nb::cast<int>(a["bands"]);
  spec.dtype = dtype_from_name(nb::cast<std::string>(a["dtype"]));
  spec.mask = nb::cast<bool>(a["mask"]);
  spec.alpha_band = nb::cast<std::optional<int>>(a["alpha_band"]);
  spec.sparse = nb::cast<bool>(a["sparse"]);
  spec.interleave = one_of<Interleave>(
      {{"PIXEL", Interleave::kPixel}, {"TILE", Interleave::kTile}, {"BAND", Interleave::kBand}},
      nb::cast<std::string>(a["interleave"]), "INTERLEAVE");
  spec.source_chunk_px = size("source_chunk_px");
  spec.tiles = gdal_tiles(nb::cast<std::int64_t>(a["tile_px"]));
  spec.overview_count = nb::cast<std::optional<int>>(a["overview_count"]);
  spec.round_up = nb::cast<bool>(a["round_up"]);
  spec.image_codec = codec_of(nb::cast<PyCodec>(a["image_codec"]));
  spec.overview_codec = codec_of(nb::cast<PyCodec>(a["overview_codec"]));
  spec.bits = nb::cast<int>(a["nbits"]);
  spec.resampling = resampling_from_name(nb::cast<std::string>(a["resampling"]));
  spec.nodata = nodata_of(a["nodata"], spec.dtype);
  spec.palette = palette_of(a["palette"]);
  spec.big_tiff = one_of<BigTiff>({{"YES", BigTiff::kYes},
                                   {"NO", BigTiff::kNo},
                                   {"IF_NEEDED", BigTiff::kIfNeeded},
                                   {"IF_SAFER", BigTiff::kIfSafer}},
                                  nb::cast<std::string>(a["big_tiff"]), "BIGTIFF");
  const auto file = nb::cast<nb::bytes>(a["template_file"]);
  spec.metadata = nb::cast<std::optional<std::string>>(a["metadata"]);
  spec.statistics = nb::cast<bool>(a["statistics"]);
  spec.template_file.resize(file.size());
  std::memcpy(spec.template_file.data(), file.c_str(), file.size());
  spec.limits = limits_of(a["limits"], "limits is");
  spec.part_rule = part_rule_of(nb::cast<std::string>(a["parts"]), "parts is");
  spec.max_waiting_bytes = nb::cast<std::uint64_t>(a["max_waiting_bytes"]);
  spec.max_task_bytes = nb::cast<std::optional<std::uint64_t>>(a["max_task_bytes"]);
  spec.assume_ratio = nb::cast<std::optional<double>>(a["assume_ratio"]);
  if (a.contains("unit_offsets")) {
    spec.unit_offsets = nb::cast<std::vector<std::uint64_t>>(a["unit_offsets"]);
  }
  spec.in_place = nb::cast<bool>(a["in_place"]);
  spec.gather = nb::cast<bool>(a["gather"]);
  spec.row_major = nb::cast<bool>(a["row_major"]);
  spec.strip_bytes = nb::cast<std::optional<std::uint64_t>>(a["strip_bytes"]);
  return spec;
}

/// A copy, for the plan must not change with what its reader does to it.
nb::dict arguments_of(const PyPlan& plan) {
  nb::dict copy;
  copy.update(plan.arguments);
  return copy;
}

nb::tuple tuple_of(Size size) { return nb::make_tuple(size.height, size.width); }

nb::list list_of(const std::vector<Size>& sizes) {
  nb::list out;
  for (const Size& size : sizes) out.append(tuple_of(size));
  return out;
}

}  // namespace

void bind_plan(nb::module_& module) {
  module.def(
      "check_codec",
      [](const PyCodec& codec, std::int64_t tile_px, int bands, const std::string& dtype,
         int nbits) {
        validate(codec_of(codec), {tile_px, tile_px, bands, dtype_from_name(dtype), nbits});
      },
      "codec"_a, "tile_px"_a, "bands"_a, "dtype"_a, "nbits"_a,
      "Raise where the codec does not hold such samples; see codec/codec_options.h.");
  module.def(
      "template_metadata",
      [](const nb::bytes& file) {
        const auto* begin = reinterpret_cast<const std::byte*>(file.c_str());
        return metadata_text(parse_template(ByteView(begin, file.size())).image_tags);
      },
      "file"_a, "The text of GDAL_METADATA of a template's first directory.");

  nb::class_<Stage>(module, "Stage", "One pass of the pipeline's step; sizes are (height, width).")
      .def_ro("first_level", &Stage::first_level)
      .def_ro("last_level", &Stage::last_level)
      .def_ro("hands_on", &Stage::hands_on)
      .def_prop_ro("unit_px", [](const Stage& s) { return tuple_of(s.unit_px); })
      .def_prop_ro("grid", [](const Stage& s) { return tuple_of(s.grid); })
      .def_prop_ro("halo_px", [](const Stage& s) { return tuple_of(s.halo_px); })
      .def_prop_ro("halo_before_px", [](const Stage& s) { return tuple_of(s.halo_before_px); })
      .def_prop_ro("group", [](const Stage& s) { return tuple_of(s.group); })
      .def_prop_ro("merge_shapes", [](const Stage& s) { return list_of(s.merge_shapes); });

  nb::class_<ClusterBounds>(module, "ClusterBounds",
                            "What tasks need and hand on; see pipeline/cluster_bounds.h.")
      .def("__init__",
           [](ClusterBounds* self, const PyPlan& plan) { new (self) ClusterBounds(plan.plan); })
      .def_prop_ro("peak_encode_bytes", &ClusterBounds::peak_encode_bytes)
      .def_prop_ro("peak_merge_bytes", &ClusterBounds::peak_merge_bytes)
      .def_prop_ro("peak_finish_bytes", &ClusterBounds::peak_finish_bytes)
      .def_prop_ro("peak_task_bytes", &ClusterBounds::peak_task_bytes)
      .def_prop_ro("largest_result_bytes", &ClusterBounds::largest_result_bytes)
      .def_prop_ro("moved_bytes", &ClusterBounds::moved_bytes)
      .def("frontier_bytes", &ClusterBounds::frontier_bytes, "threads"_a,
           "Memory that is in use at once in a cluster of so many threads.");

  nb::class_<PyPlan>(module, "WritePlan", "What a write will do; see pipeline/write_plan.h.")
      .def("__init__",
           [](PyPlan* self, const nb::kwargs& arguments) {
             new (self) PyPlan{WritePlan(spec_of(arguments)), arguments};
           })
      .def("__getstate__", &arguments_of)
      .def("__setstate__",
           [](PyPlan& self, const nb::dict& arguments) {
             new (&self) PyPlan{WritePlan(spec_of(arguments)), arguments};
           })
      .def_prop_ro("arguments", &arguments_of)
      .def_prop_ro("bands", [](const PyPlan& p) { return p.plan.spec().bands; })
      .def(
          "source_bands", [](const PyPlan& p, int stage) { return p.plan.source_bands(stage); },
          "stage"_a, "Bands of what the units of the stage read.")
      .def_prop_ro("dtype", [](const PyPlan& p) { return std::string(name(p.plan.spec().dtype)); })
      .def_prop_ro("tile_px", [](const PyPlan& p) { return p.plan.spec().tiles.image_px; })
      .def_prop_ro("levels", [](const PyPlan& p) { return list_of(p.plan.levels()); })
      .def_prop_ro("stages", [](const PyPlan& p) { return p.plan.stages(); })
      .def_prop_ro("tile_count", [](const PyPlan& p) { return p.plan.order().tile_count(); })
      .def_prop_ro(
          "codec_versions", [](const PyPlan& p) { return p.plan.codec_versions(); },
          nb::for_getter(nb::call_guard<nb::gil_scoped_release>()))
      .def_prop_ro("row_major", [](const PyPlan& p) { return p.plan.row_major(); })
      .def_prop_ro("single_object", [](const PyPlan& p) { return p.plan.single_object(); })
      .def_prop_ro("object_bytes", [](const PyPlan& p) { return p.plan.object_bytes(); })
      .def_prop_ro("worst_object_bytes",
                   [](const PyPlan& p) { return p.plan.worst_object_bytes(); })
      .def_prop_ro("planned_object_bytes",
                   [](const PyPlan& p) { return p.plan.planned_object_bytes(); })
      .def_prop_ro("raw_tiles_bytes", [](const PyPlan& p) { return p.plan.raw_tiles_bytes(); })
      .def_prop_ro("relies_on_ratio", [](const PyPlan& p) { return p.plan.relies_on_ratio(); })
      .def_prop_ro("worst_header_bytes",
                   [](const PyPlan& p) { return p.plan.worst_header_bytes(); })
      .def_prop_ro("peak_strip_bytes", [](const PyPlan& p) { return p.plan.peak_strip_bytes(); })
      .def(
          "strips", [](const PyPlan& p, int stage) { return p.plan.order().strips(stage); },
          "stage"_a, "Strips of each unit row of the stage; see layout/strips.h.")
      .def(
          "strip_columns",
          [](const PyPlan& p, int stage, std::int64_t row, std::int64_t strip) {
            return p.plan.order().strip_columns(stage, row, strip);
          },
          "stage"_a, "row"_a, "strip"_a, "Columns of the units that have tiles in the strip.")
      .def_prop_ro("waits", [](const PyPlan& p) { return p.plan.waits(); })
      .def_prop_ro("worst_waiting_bytes",
                   [](const PyPlan& p) { return p.plan.worst_waiting_bytes(); })
      .def_prop_ro("least_part_bytes", [](const PyPlan& p) { return p.plan.least_part_bytes(); })
      .def_prop_ro("part_numbers", [](const PyPlan& p) { return p.plan.part_numbers(); })
      .def_prop_ro("numbers_per_group", [](const PyPlan& p) { return p.plan.numbers_per_group(); })
      .def(
          "unit_owned",
          [](const PyPlan& p, int stage, std::int64_t row, std::int64_t column) {
            const Rect owned = unit_windows(p.plan.stages().at(static_cast<std::size_t>(stage)),
                                            p.plan.levels(), row, column, p.plan.reach())
                                   .front()
                                   .owned;
            return nb::make_tuple(owned.y.begin, owned.x.begin, owned.y.size(), owned.x.size());
          },
          "stage"_a, "row"_a, "column"_a,
          "(y, x, height, width) in pixels of the stage's first level that the unit owns.")
      .def(
          "unit_tiles",
          [](const PyPlan& p, int stage_number, std::int64_t row, std::int64_t column) {
            const Stage& stage = p.plan.stages().at(static_cast<std::size_t>(stage_number));
            std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
            for (int level = stage.first_level; level <= stage.last_level; ++level) {
              for (const TileInterval& tiles :
                   p.plan.order().tiles_of(stage_number, level, row, column)) {
                out.emplace_back(tiles.begin, tiles.end);
              }
            }
            return out;
          },
          "stage"_a, "row"_a, "column"_a,
          "The unit's intervals of stored tiles in file order, level after level.");
}

}  // namespace ccog::python
