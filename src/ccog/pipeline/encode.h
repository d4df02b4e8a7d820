#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ccog/base/crew.h"
#include "ccog/parts/run_set.h"
#include "ccog/parts/sink.h"
#include "ccog/pipeline/write_plan.h"
#include "ccog/raster/image.h"
#include "ccog/raster/statistics.h"

namespace ccog {

/// What the unit of a stage yields.
struct EncodedUnit {
  RunSet runs;  ///< one a level, joined with those of `below`; where the stage has strips, one for
                ///< each of its tile rows and strips
  /// Its piece of the level that the next stage cuts, if there is one, of `next_px` pixels; a
  /// single pixel where all of them are like that one.
  std::optional<Image> next;
  Size next_px;
  Statistics
      statistics;  ///< of full resolution, from units of the first stage where the plan says so
};

/// Does everything for one unit: cuts its tiles on every level of the stage, encodes and puts them,
/// reduces for the level above. `source` covers what `unit_windows` says the unit reads of the
/// stage's first level; `below` are the runs of the units that this one was made from.
/// Where the plan leaves out tiles without data, and the unit has none at all, that is found out by
/// one look at it, and nothing is reduced.
/// Errors say which chunk and level they befell. Pure but for what goes to `sink`, which gets the
/// same bytes under the same numbers each time, whatever the crew; only this thread calls it.
EncodedUnit encode_unit(const WritePlan& plan, int stage, std::int64_t row, std::int64_t column,
                        const std::vector<PlacedView>& source, const std::string& upload_id,
                        std::vector<RunSet> below, PartSink& sink, const Crew& crew = Crew());

/// Those of a unit's runs that belong to a strip of its stage and unit row.
RunSet pick_strip(const WritePlan& plan, const RunSet& runs, int stage, std::int64_t row,
                  std::int64_t strip);

}  // namespace ccog
