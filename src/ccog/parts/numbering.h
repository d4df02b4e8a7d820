#pragma once

#include <cstdint>
#include <vector>

#include "ccog/parts/limits.h"

namespace ccog {

struct Run;

/// Which bytes of a run are still open: all of one without parts, those before its first part,
/// those after its last, or those between the parts of two runs that are joined.
enum class Residue { kAll, kHead, kTail, kMiddle };

/// Bytes of a run that may be put now: where it was made, at its first tile, or where the last of
/// two neighbours was joined to the other.
struct OpenBytes {
  Residue residue;
  std::uint64_t bytes;
  const Run& run;      ///< of which only the tiles are looked at
  std::uint64_t seam;  ///< first tile of the right neighbour; the run's first if there is none
  std::uint64_t tail_bytes;  ///< of `bytes`, those before the seam
};

/// What is put of open bytes: [begin, end) of them and so many zeros after them.
struct Cut {
  std::uint64_t begin;
  std::uint64_t end;
  int number;
  std::uint64_t pad_bytes = 0;
};

/// The rule by which runs are cut into numbered parts. Whatever the tree of joins, each number is
/// used once, and numbers grow with the position in the file. Immutable, and the same on all
/// workers, so that a task that runs again puts the same bytes under the same numbers.
class Numbering {
 public:
  Numbering() = default;
  virtual ~Numbering() = default;

  virtual std::uint64_t tile_count() const noexcept = 0;
  /// The parts to put, next to each other and in file order. Between two parts they are all of the
  /// open bytes, after a part they begin with these, before a part they end with them. `kCorrupt`
  /// for a run that is not of this file, or bytes between two parts that must be put and cannot.
  virtual std::vector<Cut> cuts(const OpenBytes& open, const PartLimits& limits) const = 0;
  /// Of a run that is made tile after tile, where the tiles from `tile` on are enough for a part by
  /// this rule, if they are large enough: the first tile after them. `kCorrupt` for one that is not
  /// of this file.
  virtual std::uint64_t next_seam(std::uint64_t tile) const = 0;
  /// The parts that the finish makes of the header and what stands between it and the first part,
  /// all of `bytes`.
  virtual std::vector<Cut> front_cuts(std::uint64_t bytes) const = 0;
  /// For the bytes after the last part; above all numbers that are used elsewhere.
  virtual int last_number() const noexcept = 0;
  /// Whether a part that is too small is filled up with zeros.
  virtual bool pads() const noexcept { return false; }

 protected:
  Numbering(const Numbering&) = default;
  Numbering& operator=(const Numbering&) = default;
};

/// Puts nothing before the finish: for objects put in one request, and for runs that wait until all
/// sizes are known.
class NoNumbering final : public Numbering {
 public:
  explicit NoNumbering(std::uint64_t tile_count) : tile_count_(tile_count) {}

  std::uint64_t tile_count() const noexcept override { return tile_count_; }
  std::vector<Cut> cuts(const OpenBytes&, const PartLimits&) const override { return {}; }
  std::uint64_t next_seam(std::uint64_t) const override { return tile_count_; }
  std::vector<Cut> front_cuts(std::uint64_t bytes) const override { return {{0, bytes, 1}}; }
  int last_number() const noexcept override { return 1; }

 private:
  std::uint64_t tile_count_;
};

}  // namespace ccog
