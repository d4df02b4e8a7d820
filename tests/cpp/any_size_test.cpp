// Plans of any size, up to the largest object that S3 takes, driven with hostile tile sizes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ccog/base/error.h"
#include "ccog/parts/limits.h"
#include "ccog/pipeline/cluster_bounds.h"
#include "ccog/pipeline/write_plan.h"
#include "hostile_sizes.h"
#include "imagined_file.h"
#include "imagined_store.h"
#include "planned_write.h"
#include "random_plan.h"
#include "tiff_reader.h"

namespace ccog {
namespace {

using testing::HostileSizes;
using testing::ImaginedFile;
using testing::ImaginedObject;
using testing::ImaginedStore;
using testing::PlannedWrite;
using testing::RandomDraws;
using testing::RandomPlan;
using testing::TiffFile;
using testing::TiffReader;

/// All draws of one in so many are in one test, so that tests run side by side.
constexpr std::uint64_t kShards = 4;

/// By default a few hundred; `CCOG_TEST_PLANS=10000` asks for so many, 17-17 for one alone.
std::pair<std::uint64_t, std::uint64_t> seeds() {
  const char* given = std::getenv("CCOG_TEST_PLANS");
  const std::string text = given != nullptr ? given : "300";
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return {0, std::stoull(text)};
  return {std::stoull(text.substr(0, dash)), std::stoull(text.substr(dash + 1)) + 1};
}

/// The plan of a draw, and how many others were refused before it.
class PlanDraw {
 public:
  explicit PlanDraw(RandomDraws& draws) {
    while (!plan_) {
      const WriteSpec spec = RandomPlan(draws).draw();
      SCOPED_TRACE(testing::describe(spec));
      try {
        plan_.emplace(spec);
        const bool small = plan_->order().tile_count() < 100'000;
        if (small && plan_->numbers_per_group() == 2 && !spec.in_place && draws.once_in(3)) {
          plan_.emplace(testing::with_one_number(spec));
        }
      } catch (const Error& error) {
        ++refusals_[reason_of(error)];
        check_refusal(spec, error);
      }
    }
  }

  const WritePlan& plan() const { return *plan_; }
  const std::map<std::string, int>& refusals() const { return refusals_; }

 private:
  static std::string reason_of(const Error& error) {
    for (const char* reason :
         {"the object may have", "the header may have", "a work unit can yield",
          "the worst case needs", "leaves no room for residues", "takes 2 GiB or more",
          "may pass 4 GiB", "and the store takes"}) {
      if (std::string_view(error.what()).find(reason) != std::string_view::npos) return reason;
    }
    return error.what();
  }

  /// Nothing is refused that is far from all limits.
  static void check_refusal(const WriteSpec& spec, const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
    const auto product = [](Size size) {
      return static_cast<double>(size.height) * static_cast<double>(size.width);
    };
    const double pixel_bytes = (spec.bands + 1) * static_cast<double>(size_bytes(spec.dtype));
    const std::int64_t tile_px = std::max(spec.tiles.image_px, spec.tiles.overview_px);
    const Size image{std::max(spec.image_px.height, tile_px),
                     std::max(spec.image_px.width, tile_px)};
    // Codecs may add half; overviews are a third, whole tiles at the edges and on later stages
    // more.
    const double object_bytes = 8 * product(image) * pixel_bytes + 1e6;
    const Size chunk{std::min(spec.source_chunk_px.height + tile_px, image.height),
                     std::min(spec.source_chunk_px.width + tile_px, image.width)};
    // Where tiles of overviews are others, units of later stages are up to 16 x 16 chunks.
    const double chunks = spec.tiles.image_px == spec.tiles.overview_px ? 8 : 8 * 256;
    const double unit_bytes =
        std::max(chunks * std::max(product(chunk) * pixel_bytes, 16.0 * (1 << 20)),
                 8 * static_cast<double>(spec.strip_bytes.value_or(0)));
    const double tiles = product(tile_grid(image, tile_px)) * (spec.bands + 1);
    const double part_bytes = static_cast<double>(spec.limits.max_part_bytes);
    // No group has tiles of two bands that are apart, nor of two levels.
    const double parts = spec.limits.max_parts - 2.0 * 31 * (spec.bands + 1);
    EXPECT_FALSE(object_bytes < static_cast<double>(spec.limits.max_object_bytes) &&
                 unit_bytes + 4 * static_cast<double>(spec.limits.min_part_bytes) < part_bytes &&
                 100 * tiles + 1e6 < part_bytes && parts > 200 &&
                 4 * object_bytes < part_bytes * parts)
        << error.what();
  }

  std::optional<WritePlan> plan_;
  std::map<std::string, int> refusals_;
};

/// The finished object against the plan and the tiles.
class ObjectCheck {
 public:
  ObjectCheck(const WritePlan& plan, const ImaginedFile& file, const ImaginedObject& object,
              const FinishedObject& finished)
      : plan_(plan), file_(file), object_(object), finished_(finished) {}

  void run() {
    ASSERT_EQ(object_.tile_bytes, file_.size_bytes());
    ASSERT_GE(object_.front.size(), finished_.header_bytes);
    ASSERT_LE(finished_.header_bytes, plan_.worst_header_bytes());
    ASSERT_LE(finished_.size_bytes, plan_.worst_object_bytes());
    std::uint64_t padding = object_.front.size() - finished_.header_bytes;
    for (const ImaginedObject::Padding& pad : object_.paddings) padding += pad.size_bytes;
    ASSERT_EQ(padding, finished_.padding_bytes);
    if (plan_.numbers_per_group() != 1) ASSERT_EQ(padding, 0U);
    ASSERT_EQ(object_.front.size() + object_.tile_bytes + padding -
                  (object_.front.size() - finished_.header_bytes),
              finished_.size_bytes);
    ASSERT_LE(finished_.parts, plan_.part_numbers());
    check_parts();
    check_header();
  }

 private:
  void check_parts() const {
    ASSERT_EQ(static_cast<std::size_t>(finished_.parts), object_.ends.size());
    if (!plan_.waits() || plan_.spec().part_rule != PartRule::kEqual) return;
    for (std::size_t i = 0; i + 1 < object_.ends.size(); ++i) {
      ASSERT_EQ(object_.ends[i], (i + 1) * plan_.least_part_bytes());
    }
  }

  /// Where in the object each stored tile begins.
  std::vector<std::uint64_t> offsets() const {
    std::vector<std::uint64_t> out;
    out.reserve(file_.tile_sizes().size());
    std::uint64_t before = object_.front.size();
    auto pad = object_.paddings.begin();
    for (std::uint64_t tile = 0; tile < file_.tile_sizes().size(); ++tile) {
      for (; pad != object_.paddings.end() && pad->tile_byte <= file_.start(tile); ++pad) {
        EXPECT_EQ(pad->tile_byte, file_.start(tile)) << "zeros inside of a tile";
        before += pad->size_bytes;
      }
      out.push_back(before + file_.start(tile));
    }
    return out;
  }

  void check_header() const {
    const TiffFile tiff = TiffReader(ByteView(object_.front).first(finished_.header_bytes)).read();
    const auto level_count = static_cast<int>(plan_.levels().size());
    const bool mask = plan_.spec().mask;
    ASSERT_EQ(tiff.images.size(), static_cast<std::size_t>(level_count) * (mask ? 2 : 1));
    const std::vector<std::uint64_t> begins = offsets();
    std::uint64_t tiles = 0;
    for (int level = 0; level < level_count; ++level) {
      for (int plane = 0; plane < plan_.planes(); ++plane) {
        // The image's directory, its mask's, those of overviews, those of their masks.
        const int masks_before = mask && (plan_.is_mask(plane) || level > 0) ? 1 : 0;
        const int directory =
            level + masks_before + (plan_.is_mask(plane) && level > 0 ? level_count - 1 : 0);
        check_plane(tiff.images[static_cast<std::size_t>(directory)], level, plane, begins);
        if (::testing::Test::HasFatalFailure()) return;
        tiles += plan_.order().tiff_to_file(level, plane).size();
      }
    }
    ASSERT_EQ(tiles, file_.tile_sizes().size());
  }

  void check_plane(const testing::TiffImage& image, int level, int plane,
                   const std::vector<std::uint64_t>& begins) const {
    const std::vector<std::uint64_t> order = plan_.order().tiff_to_file(level, plane);
    const std::size_t first =
        plan_.is_mask(plane) ? 0 : static_cast<std::size_t>(plane) * order.size();
    ASSERT_GE(image.tile_offsets.size(), first + order.size());
    ASSERT_EQ(image.tile_offsets.size(), image.tile_sizes_bytes.size());
    const std::uint64_t frame = plan_.frame_bytes();
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::uint64_t stored = file_.tile_sizes()[order[i]];
      const bool empty = stored == 0;
      ASSERT_EQ(image.tile_sizes_bytes[first + i], empty ? 0 : stored - 2 * frame);
      ASSERT_EQ(image.tile_offsets[first + i], empty ? 0 : begins[order[i]] + frame);
    }
  }

  const WritePlan& plan_;
  const ImaginedFile& file_;
  const ImaginedObject& object_;
  const FinishedObject& finished_;
};

/// What was met on the way, so that a test knows that it has tested something.
struct Tally {
  std::uint64_t plans = 0, one_number = 0, waiting = 0, strips = 0, single = 0, padded = 0;
  std::uint64_t most_object_bytes = 0, most_parts = 0, most_tiles = 0, most_padding_bytes = 0;
  std::map<std::string, int> refusals;

  void add(const WritePlan& plan, const FinishedObject& object) {
    ++plans;
    one_number += plan.numbers_per_group() == 1 ? 1 : 0;
    waiting += plan.waits() ? 1 : 0;
    strips += plan.peak_strip_bytes() > 0 ? 1 : 0;
    single += plan.single_object() ? 1 : 0;
    padded += object.padding_bytes > 0 ? 1 : 0;
    most_object_bytes = std::max(most_object_bytes, object.size_bytes);
    most_parts = std::max<std::uint64_t>(most_parts, static_cast<std::uint64_t>(object.parts));
    most_tiles = std::max(most_tiles, plan.order().tile_count());
    most_padding_bytes = std::max(most_padding_bytes, object.padding_bytes);
  }

  void print() const {
    fmt::print(
        "{} plans: {} with one number a group ({} objects padded, by {} bytes at most), {} that "
        "wait, {} in strips, {} in one put; at most {} bytes, {} parts, {} tiles\n",
        plans, one_number, padded, most_padding_bytes, waiting, strips, single, most_object_bytes,
        most_parts, most_tiles);
    for (const auto& [reason, count] : refusals) fmt::print("  refused {}: {}\n", count, reason);
  }
};

void drive(std::uint64_t seed, Tally& tally) {
  RandomDraws draws(seed);
  const PlanDraw drawn(draws);
  for (const auto& [reason, count] : drawn.refusals()) tally.refusals[reason] += count;
  const WritePlan& plan = drawn.plan();
  SCOPED_TRACE(testing::describe(plan.spec()));
  ASSERT_LE(plan.worst_object_bytes(), plan.limits().max_object_bytes);
  ASSERT_LE(plan.part_numbers(), plan.limits().max_parts);
  const ImaginedFile file(HostileSizes(plan, draws).draw());
  ImaginedStore store(plan.limits());
  PlannedWrite write(plan, file, store, seed);
  try {
    const FinishedObject object = write.run();
    if (::testing::Test::HasFatalFailure()) return;
    ObjectCheck(plan, file, store.object(), object).run();
    const ClusterBounds bounds(plan);
    ASSERT_LE(write.most_unit_bytes(), bounds.peak_encode_bytes());
    ASSERT_LE(write.most_given_bytes(), bounds.peak_task_bytes());
    ASSERT_LE(write.most_result_bytes(), bounds.largest_result_bytes());
    tally.add(plan, object);
  } catch (const std::exception& error) {
    FAIL() << error.what();
  }
}

class AnySize : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(AnySize, PlansHoldTheirBoundsWithHostileTiles) {
  const auto [first, end] = seeds();
  Tally tally;
  for (std::uint64_t seed = first; seed < end && !HasFailure(); ++seed) {
    if (seed % kShards != GetParam()) continue;
    SCOPED_TRACE(fmt::format("CCOG_TEST_PLANS={}-{}", seed, seed));
    drive(seed, tally);
  }
  tally.print();
  if (tally.plans < 50) return;
  EXPECT_GT(tally.one_number, 0U);
  EXPECT_GT(tally.waiting, 0U);
  EXPECT_GT(tally.strips, 0U);
  EXPECT_GT(tally.most_object_bytes, std::uint64_t{1} << 40);
}

INSTANTIATE_TEST_SUITE_P(Shards, AnySize, ::testing::Range<std::uint64_t>(0, kShards));

}  // namespace
}  // namespace ccog
