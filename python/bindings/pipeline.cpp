#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <numeric>
#include <optional>

#include "buffers.h"
#include "ccog/base/crew.h"
#include "ccog/base/error.h"
#include "ccog/parts/part_sender.h"
#include "ccog/parts/put.h"
#include "ccog/parts/run_maker.h"
#include "ccog/parts/run_set.h"
#include "ccog/pipeline/encode.h"
#include "ccog/pipeline/finish.h"
#include "ccog/pipeline/lay_out.h"
#include "ccog/pipeline/record.h"
#include "ccog/raster/statistics_message.h"
#include "ccog/store/store.h"
#include "modules.h"
#include "plan.h"
#include "request_counts.h"

namespace ccog::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

std::vector<RunSet> sets_of(const std::vector<const RunSet*>& runs) {
  std::vector<RunSet> out;
  out.reserve(runs.size());
  for (const RunSet* set : runs) out.push_back(*set);  // residues are shared, not copied
  return out;
}

Statistics statistics_of(nb::handle message) {
  if (message.is_none()) return {};
  const auto bytes = nb::cast<nb::bytes>(message);
  return statistics_from({reinterpret_cast<const std::byte*>(bytes.c_str()), bytes.size()});
}

/// Calls `work(sink)` without the GIL; plans that gather have no store.
template <typename F>
auto with_sink(const PyPlan& plan, Store* store, const std::string& upload_id, F&& work) {
  nb::gil_scoped_release release;
  if (store == nullptr) {
    NoSink sink;
    return work(static_cast<PartSink&>(sink));
  }
  StoreSink sink(plan.plan, *store, upload_id);
  return work(static_cast<PartSink&>(sink));
}

/// At work within a `with`: what a traceback keeps of a task that failed is none.
struct PyCrew {
  explicit PyCrew(int most) : most_threads(most) {}
  int most_threads;
  std::optional<Crew> crew;
};

nb::tuple encode(const PyPlan& plan, Store* store, const std::string& upload_id, int stage,
                 std::int64_t row, std::int64_t column, const nb::list& sources,
                 const std::vector<const RunSet*>& runs, const PyCrew* crew) {
  if (crew != nullptr && !crew->crew) {
    throw Error(ErrorCode::kInvalidArgument,
                "a crew must be entered, with `with`, before it works");
  }
  std::vector<BufferOwner> owners;
  std::vector<PlacedView> views;
  for (const nb::handle source : sources) {
    const auto placed = nb::cast<nb::tuple>(source);
    BufferOwner owner = export_buffer(placed[0]);
    const ImageView view = view_of(*owner, plan.plan.spec().dtype);
    if (view.size.height == 0 || view.size.width == 0) continue;
    views.push_back({view, nb::cast<std::int64_t>(placed[1]), nb::cast<std::int64_t>(placed[2])});
    owners.push_back(std::move(owner));
  }
  std::vector<RunSet> below = sets_of(runs);
  std::optional<Crew> alone;
  EncodedUnit unit = with_sink(plan, store, upload_id, [&](PartSink& sink) {
    return encode_unit(plan.plan, stage, row, column, views, upload_id, std::move(below), sink,
                       crew == nullptr ? alone.emplace() : *crew->crew);
  });
  nb::object next = nb::none();
  if (unit.next) {
    const Size size = unit.next_px;
    const auto bands = unit.next->bands();
    const bool is_one_pixel = unit.next->size() != size;
    next = array_of(std::move(*unit.next));
    if (is_one_pixel) {
      next = nb::module_::import_("numpy").attr("broadcast_to")(
          next, nb::make_tuple(bands, size.height, size.width));
    }
  }
  nb::object statistics = nb::none();
  if (!unit.statistics.empty()) statistics = bytes_of(Rope(message_of(unit.statistics)));
  return nb::make_tuple(std::move(unit.runs), next, statistics);
}

RunSet zero_runs(const PyPlan& plan, Store* store, const std::string& upload_id,
                 const std::vector<std::pair<std::uint64_t, nb::object>>& tiles) {
  std::vector<std::pair<std::uint64_t, std::vector<std::uint32_t>>> intervals;
  for (const auto& [begin, array] : tiles) {
    const Bytes bytes = rope_of(array).flatten();
    std::vector<std::uint32_t> sizes(bytes.size() / sizeof(std::uint32_t));
    std::memcpy(sizes.data(), bytes.data(), sizes.size() * sizeof(std::uint32_t));
    intervals.emplace_back(begin, std::move(sizes));
  }
  return with_sink(plan, store, upload_id, [&](PartSink& sink) {
    std::vector<Run> runs;
    for (const auto& [begin, sizes] : intervals) {
      const Rope bytes = zeros(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}));
      runs.push_back(make_run(upload_id, begin, sizes, bytes, plan.plan.numbering(),
                              plan.plan.limits(), sink));
    }
    return RunSet(std::move(runs));
  });
}

}  // namespace

void bind_pipeline(nb::module_& module) {
  nb::class_<RunSet>(module, "RunSet",
                     "Runs of tile bytes: residues, parts put, tile sizes; see parts/run_set.h.")
      .def(nb::init<>())
      .def_prop_ro("resident_bytes", &RunSet::resident_bytes)
      .def_prop_ro("intervals",
                   [](const RunSet& set) {
                     std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
                     for (const Run& run : set.runs()) {
                       out.emplace_back(run.tile_begin, run.tile_end());
                     }
                     return out;
                   })
      .def(
          "without_bytes", [](const RunSet& set) { return without_bytes(set); },
          "The same tiles and sizes, the bytes left where they are.")
      .def("metadata", [](const RunSet& set) { return bytes_of(metadata(set)); })
      .def("buffers",
           [](const RunSet& set) {
             nb::list out;
             for (const Rope& rope : buffers(set)) out.append(array_of(rope));
             return out;
           })
      .def_static(
          "from_parts",
          [](const nb::bytes& metadata_, const nb::list& buffers_) {
            std::vector<Rope> ropes;
            for (const nb::handle buffer : buffers_) ropes.push_back(rope_of(buffer));
            return from_parts(
                {reinterpret_cast<const std::byte*>(metadata_.c_str()), metadata_.size()}, ropes);
          },
          "metadata"_a, "buffers"_a);

  module.def(
      "record_bytes",
      [](const std::string& of, const RunSet& runs, const std::string& note,
         const nb::list& others) {
        Record record{of, runs, note, {}};
        for (const nb::handle buffer : others) record.others.push_back(rope_of(buffer));
        Rope bytes;
        {
          const nb::gil_scoped_release release;
          bytes = record_bytes(record);
        }
        return array_of(bytes);
      },
      "of"_a, "runs"_a, "note"_a, "others"_a);
  module.def(
      "read_record",
      [](nb::handle data, const std::string& of) {
        const Rope bytes = rope_of(data);
        Record record;
        {
          const nb::gil_scoped_release release;
          record = read_record(bytes, of);
        }
        nb::list others;
        for (const Rope& rope : record.others) others.append(array_of(rope));
        return nb::make_tuple(std::move(record.runs), record.note, others);
      },
      "data"_a, "of"_a, "(runs, note, others); see pipeline/record.h.");

  nb::class_<PyCrew>(module, "Crew",
                     "A task at work, and the idle threads that may help it; see base/crew.h.")
      .def(nb::init<int>(), "most_threads"_a)
      .def(
          "__enter__",
          [](PyCrew& self) -> PyCrew& {
            self.crew.emplace(self.most_threads);
            return self;
          },
          nb::rv_policy::reference)
      .def(
          "__exit__", [](PyCrew& self, nb::handle, nb::handle, nb::handle) { self.crew.reset(); },
          nb::arg().none(), nb::arg().none(), nb::arg().none());
  module.def(
      "encode_unit", &encode, "plan"_a, "store"_a.none(), "upload_id"_a, "stage"_a, "row"_a,
      "column"_a, "sources"_a, "runs"_a, "crew"_a = nb::none(),
      "Encode a unit of `sources` [(array (band, y, x), y, x)]; returns its runs, joined with "
      "`runs`, the array handed on or None, and the statistics as bytes or None.");
  module.def(
      "zero_runs", &zero_runs, "plan"_a, "store"_a.none(), "upload_id"_a, "tiles"_a,
      "What `encode_unit` makes of tiles [(first tile, sizes as uint32)], here of zeros that take "
      "no memory: for simulations.");
  module.def(
      "pick_strip",
      [](const PyPlan& plan, const RunSet& runs, int stage, std::int64_t row, std::int64_t strip) {
        return pick_strip(plan.plan, runs, stage, row, strip);
      },
      "plan"_a, "runs"_a, "stage"_a, "row"_a, "strip"_a,
      "Those of a unit's runs that belong to a strip of its stage and unit row.");
  module.def(
      "merge_runs",
      [](const PyPlan& plan, Store* store, const std::string& upload_id,
         const std::vector<const RunSet*>& runs) {
        std::vector<RunSet> sets = sets_of(runs);
        return with_sink(plan, store, upload_id, [&](PartSink& sink) {
          return send_while(sink, [&](PartSink& sender) {
            return merge(std::move(sets), plan.plan.numbering(), plan.plan.limits(), sender);
          });
        });
      },
      "plan"_a, "store"_a.none(), "upload_id"_a, "runs"_a);

  module.def(
      "lay_out",
      [](const PyPlan& plan, const std::vector<const RunSet*>& runs, const nb::object& message) {
        std::vector<RunSet> sets = sets_of(runs);
        const Statistics statistics = statistics_of(message);
        nb::gil_scoped_release release;
        return lay_out(plan.plan, std::move(sets), statistics);
      },
      "plan"_a, "runs"_a, "statistics"_a.none(),
      "The plan's unit_offsets, from the sizes of all tiles; see pipeline/lay_out.h.");
  module.def(
      "put_inside",
      [](const PyPlan& plan, Store* store, const std::string& upload_id, const RunSet& runs) {
        return with_sink(plan, store, upload_id, [&](PartSink& sink) {
          return send_while(sink, [&](PartSink& sender) {
            return put_inside(runs, plan.plan.numbering(), plan.plan.limits(), sender);
          });
        });
      },
      "plan"_a, "store"_a.none(), "upload_id"_a, "runs"_a,
      "Runs of runs that have waited, the parts inside of them put; see parts/run_set.h.");

  nb::class_<FinishedObject>(module, "FinishedObject")
      .def_ro("size_bytes", &FinishedObject::size_bytes)
      .def_ro("etag", &FinishedObject::etag)
      .def_ro("header_bytes", &FinishedObject::header_bytes)
      .def_ro("padding_bytes", &FinishedObject::padding_bytes)
      .def_ro("parts", &FinishedObject::parts)
      .def_prop_ro("took", [](const FinishedObject& object) { return tuple_of(object.took); });
  module.def(
      "finish",
      [](const PyPlan& plan, Store& store, const std::string& upload_id, const std::string& run_id,
         const std::vector<const RunSet*>& runs, const nb::object& message,
         const std::pair<bool, std::string>& condition) {
        std::vector<RunSet> sets = sets_of(runs);
        const Statistics statistics = statistics_of(message);
        nb::gil_scoped_release release;
        return finish_object(plan.plan, std::move(sets), store, upload_id, run_id, statistics,
                             {condition.first, condition.second});
      },
      "plan"_a, "store"_a, "upload_id"_a, "run_id"_a, "runs"_a, "statistics"_a.none(),
      "condition"_a);
  module.def(
      "finish_bytes",
      [](const PyPlan& plan, const std::vector<const RunSet*>& runs, const nb::object& message) {
        std::vector<RunSet> sets = sets_of(runs);
        const Statistics statistics = statistics_of(message);
        Rope file;
        {
          nb::gil_scoped_release release;
          file = finish_bytes(plan.plan, std::move(sets), statistics);
        }
        return bytes_of(file);
      },
      "plan"_a, "runs"_a, "statistics"_a.none());

  module.def(
      "merge_statistics",
      [](const PyPlan& plan, const nb::list& messages) {
        Statistics all;
        for (const nb::handle message : messages) {
          merge(all, statistics_of(message), plan.plan.spec().dtype);
        }
        return bytes_of(Rope(message_of(all)));
      },
      "plan"_a, "messages"_a, "Those of several units, in this order.");
  module.def(
      "read_statistics",
      [](const PyPlan& plan, const nb::object& message) {
        const DType dtype = plan.plan.spec().dtype;
        nb::list out;
        for (const BandStatistics& band : statistics_of(message)) {
          out.append(nb::make_tuple(band.count, band.minimum, band.maximum, mean_of(band, dtype),
                                    deviation_of(band, dtype)));
        }
        return out;
      },
      "plan"_a, "message"_a, "A band: (valid pixels, minimum, maximum, mean, deviation).");
}

}  // namespace ccog::python
