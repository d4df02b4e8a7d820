#include "ccog/parts/run.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>
#include <utility>

#include "ccog/base/error.h"
#include "ccog/parts/cut.h"
#include "ccog/parts/put.h"

namespace ccog {
namespace {

void check_neighbours(const Run& a, const Run& b, const Numbering& numbering) {
  const bool both = !a.empty() && !b.empty();
  if (a.upload_id != b.upload_id && (both || (!a.upload_id.empty() && !b.upload_id.empty()))) {
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("runs of two uploads, \"{}\" and \"{}\", cannot be joined; the write was "
                    "begun twice: end one of the uploads and write again",
                    a.upload_id, b.upload_id));
  }
  if (both && (a.tile_end() != b.tile_begin || b.tile_end() > numbering.tile_count())) {
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("runs of tiles [{}, {}) and [{}, {}) are not neighbours among the file's "
                    "{} tiles",
                    a.tile_begin, a.tile_end(), b.tile_begin, b.tile_end(),
                    numbering.tile_count()));
  }
}

/// A run in the making.
struct Maker {
  const Numbering& numbering;
  const PartLimits& limits;
  PartSink& sink;

  /// Puts `bytes` as the part before `run.parts[index]`.
  void put(Run& run, std::size_t index, int number, Place place, const Rope& bytes) const {
    if ((index > 0 && run.parts[index - 1].number >= number) ||
        (index < run.parts.size() && run.parts[index].number <= number)) {
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("part {} is out of order; the runs are of different plans", number));
    }
    run.parts.insert(run.parts.begin() + static_cast<std::ptrdiff_t>(index),
                     put_part(sink, limits, number, place, bytes));
    run.bytes_put += bytes.size_bytes();
  }

  void put_of_left(Run& run, Residue residue, const Grant& grant) const {
    const auto cut = cut_residue(residue, run.left.size_bytes(), run, grant, numbering, limits);
    if (!cut) return;
    put(run, 0, cut->number, place_after(run, run.tile_begin, cut->begin),
        run.left.slice(cut->begin, cut->end));
    // Before a part there is none of the rest after the cut: `kHead` is cut to its end.
    if (residue == Residue::kAll) run.right = run.left.slice(cut->end, run.left.size_bytes());
    run.left = run.left.slice(0, cut->begin);
  }

  /// `tail_bytes` of the right residue lie before `seam`.
  void put_of_right(Run& run, std::uint64_t seam, std::uint64_t tail_bytes,
                    const Grant& grant) const {
    const std::uint64_t bytes = run.right.size_bytes();
    const auto cut = cut_residue(Residue::kTail, bytes, run, grant, numbering, limits);
    if (!cut) return;
    put(run, run.parts.size(), cut->number, place_before(run, seam, tail_bytes),
        run.right.slice(0, cut->end));
    run.right = run.right.slice(cut->end, bytes);
  }

  /// Puts all of a's right and b's left before b's first part; `run` has the tiles of both.
  void put_middle(Run& run, const Run& b, const std::optional<Grant>& grant) const {
    const std::uint64_t tail_bytes = run.right.size_bytes();
    Rope middle = run.right;
    middle.append(b.left);
    if (middle.empty()) return;
    const std::uint64_t min_bytes = smallest_part(limits);
    if (!grant || (numbering.numbers_per_group() == 2 && middle.size_bytes() < min_bytes)) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("{} bytes before tile {} are caught between two parts without a number "
                      "for them; the runs are of different plans",
                      middle.size_bytes(), b.tile_begin));
    }
    if (middle.size_bytes() < min_bytes) {
      const Place after = place_after(b, b.tile_begin, b.left.size_bytes());
      run.pads.push_back({after.tile, min_bytes - middle.size_bytes()});
      middle.append(zeros(min_bytes - middle.size_bytes()));
    }
    put(run, run.parts.size(), middle_number(*grant, tail_bytes, numbering),
        place_before(run, b.tile_begin, tail_bytes), middle);
  }
};

/// Adds b's parts and pads after those of `run`, which then ends as b does.
void append_parts(Run& run, const Run& b) {
  run.parts.insert(run.parts.end(), b.parts.begin(), b.parts.end());
  run.pads.insert(run.pads.end(), b.pads.begin(), b.pads.end());
  run.bytes_put += b.bytes_put;
  run.right = b.right;
}

}  // namespace

Run make_run(std::string upload_id, std::uint64_t tile_begin, std::vector<std::uint32_t> tile_sizes,
             Rope bytes, const Numbering& numbering, const PartLimits& limits, PartSink& sink) {
  Run run;
  run.upload_id = std::move(upload_id);
  run.tile_begin = tile_begin;
  run.tile_sizes = std::move(tile_sizes);
  run.left = std::move(bytes);
  const std::uint64_t sum =
      std::accumulate(run.tile_sizes.begin(), run.tile_sizes.end(), std::uint64_t{0});
  if (sum != run.left.size_bytes()) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("the tiles from {} have {} bytes, their sizes say {}", tile_begin,
                            run.left.size_bytes(), sum));
  }
  if (run.empty()) return run;
  if (const auto grant = grant_leaf(run.tile_begin, run.tile_end(), numbering)) {
    Maker{numbering, limits, sink}.put_of_left(run, Residue::kAll, *grant);
  }
  return run;
}

Run join(Run a, const Run& b, const Numbering& numbering, const PartLimits& limits,
         PartSink& sink) {
  check_neighbours(a, b, numbering);
  if (a.empty() && (!b.empty() || a.upload_id.empty())) return b;
  if (b.empty()) return a;

  const Maker maker{numbering, limits, sink};
  const std::uint64_t seam = b.tile_begin;
  const auto grant = grant_join(a.tile_begin, seam, b.tile_end(), numbering);
  Run run = std::move(a);
  run.tile_sizes.insert(run.tile_sizes.end(), b.tile_sizes.begin(), b.tile_sizes.end());

  if (!run.parts.empty() && !b.parts.empty()) {
    maker.put_middle(run, b, grant);
    append_parts(run, b);
  } else if (!run.parts.empty()) {
    const std::uint64_t tail_bytes = run.right.size_bytes();
    run.right.append(b.left);
    if (grant) maker.put_of_right(run, seam, tail_bytes, *grant);
  } else {
    run.left.append(b.left);
    const Residue residue = b.parts.empty() ? Residue::kAll : Residue::kHead;
    append_parts(run, b);
    if (grant) maker.put_of_left(run, residue, *grant);
  }
  return run;
}

}  // namespace ccog
