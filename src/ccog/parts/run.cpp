#include "ccog/parts/run.h"

#include <fmt/format.h>

#include <numeric>
#include <tuple>
#include <utility>

#include "ccog/base/error.h"
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

/// Puts what `numbering` cuts of `open`, the bytes of `run` around `seam`, `tail_bytes` of which
/// lie before it, as the parts after the first `index` ones. What is left before and after the cuts
/// is returned; all of it is before where there are none. `kCorrupt` for bytes next to a part of
/// the run that would be left without it.
std::pair<Rope, Rope> put_open(Run& run, std::size_t index, const Rope& open, OpenBytes known,
                               const Numbering& numbering, const PartLimits& limits,
                               PartSink& sink) {
  const std::vector<Cut> cuts = numbering.cuts(known, limits);
  const bool after_part = known.residue == Residue::kTail || known.residue == Residue::kMiddle;
  const bool before_part = known.residue == Residue::kHead || known.residue == Residue::kMiddle;
  const bool apart = cuts.empty() ? known.residue == Residue::kMiddle && !open.empty()
                                  : (after_part && cuts.front().begin > 0) ||
                                        (before_part && cuts.back().end < open.size_bytes());
  if (apart) {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("bytes before tile {} would be lost between two parts; the runs are of "
                            "different plans",
                            known.seam));
  }
  if (cuts.empty()) return {open, Rope()};
  const Place begin = place_before(run, known.seam, known.tail_bytes);
  for (const Cut& cut : cuts) {
    if ((index > 0 && run.parts[index - 1].number >= cut.number) ||
        (index < run.parts.size() && run.parts[index].number <= cut.number)) {
      throw Error(
          ErrorCode::kCorrupt,
          fmt::format("part {} is out of order; the runs are of different plans", cut.number));
    }
    Rope bytes = open.slice(cut.begin, cut.end);
    if (cut.pad_bytes > 0) {
      const Place end = place_after(run, begin.tile, begin.skip_bytes + cut.end);
      run.pads.push_back({end.tile, cut.pad_bytes});
      bytes.append(zeros(cut.pad_bytes));
    }
    const Place place = place_after(run, begin.tile, begin.skip_bytes + cut.begin);
    run.parts.insert(run.parts.begin() + static_cast<std::ptrdiff_t>(index),
                     put_part(sink, limits, cut.number, place, bytes));
    run.bytes_put += bytes.size_bytes();
    ++index;
  }
  return {open.slice(0, cuts.front().begin), open.slice(cuts.back().end, open.size_bytes())};
}

}  // namespace

Run put_leaf(Run leaf, const Numbering& numbering, const PartLimits& limits, PartSink& sink) {
  if (leaf.empty()) return leaf;
  const Rope bytes = std::move(leaf.left);
  const OpenBytes open{Residue::kAll, bytes.size_bytes(), leaf, leaf.tile_begin, 0};
  std::tie(leaf.left, leaf.right) = put_open(leaf, 0, bytes, open, numbering, limits, sink);
  return leaf;
}

Run join(Run a, const Run& b, const Numbering& numbering, const PartLimits& limits,
         PartSink& sink) {
  check_neighbours(a, b, numbering);
  if (a.empty() && (!b.empty() || a.upload_id.empty())) return b;
  if (b.empty()) return a;

  Run run = std::move(a);
  run.tile_sizes.insert(run.tile_sizes.end(), b.tile_sizes.begin(), b.tile_sizes.end());
  const std::size_t parts_before = run.parts.size();
  Rope bytes = parts_before > 0 ? run.right : run.left;
  const Residue residue = parts_before > 0 ? (b.parts.empty() ? Residue::kTail : Residue::kMiddle)
                                           : (b.parts.empty() ? Residue::kAll : Residue::kHead);
  const std::uint64_t tail_bytes = bytes.size_bytes();
  bytes.append(b.left);
  run.parts.insert(run.parts.end(), b.parts.begin(), b.parts.end());
  run.bytes_put += b.bytes_put;
  run.bytes_elsewhere += b.bytes_elsewhere;
  const OpenBytes open{residue, bytes.size_bytes(), run, b.tile_begin, tail_bytes};
  auto [before, after] = put_open(run, parts_before, bytes, open, numbering, limits, sink);
  run.pads.insert(run.pads.end(), b.pads.begin(), b.pads.end());
  switch (residue) {
    case Residue::kAll:
      run.left = std::move(before);
      run.right = std::move(after);
      break;
    case Residue::kHead:
      run.left = std::move(before);
      run.right = b.right;
      break;
    case Residue::kTail:
      // Without a cut all of them stay after the last part; a cut begins with them.
      run.right = run.parts.size() == parts_before ? std::move(before) : std::move(after);
      break;
    case Residue::kMiddle:
      run.right = b.right;
      break;
  }
  return run;
}

Run without_bytes(const Run& run) {
  Run out;
  out.upload_id = run.upload_id;
  out.tile_begin = run.tile_begin;
  out.tile_sizes = run.tile_sizes;
  out.bytes_elsewhere =
      std::accumulate(run.tile_sizes.begin(), run.tile_sizes.end(), std::uint64_t{0});
  return out;
}

}  // namespace ccog
