#include "ccog/tiff/statistics_items.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "ccog/base/error.h"

namespace ccog {
namespace {

BandStatistics band_of(std::uint64_t count, double mean, double m2) {
  BandStatistics band;
  band.count = count;
  band.minimum = -1;
  band.maximum = 2;
  band.mean = mean;
  band.m2 = m2;
  return band;
}

TEST(StatisticsItems, AreWrittenAsGdalWritesThem) {
  const auto items = statistics_items(band_of(100, 0.5, 400), DType::kFloat64, 100, std::nullopt);
  EXPECT_EQ(items, (StatisticsItems{true, "-1", "2", "0.5", "2", "100"}));
  const auto few = statistics_items(band_of(99999, 1.0 / 3, 1), DType::kFloat32, 100'000, -9.0);
  EXPECT_EQ(few.valid_percent, "99.999") << "100 is for all of them";
  EXPECT_EQ(few.mean, "0.33333333333333");
}

TEST(StatisticsItems, ShareGdalsOddities) {
  // Without nodata all pixels are taken for valid, at the end.
  const auto holes = statistics_items(band_of(25, 0.5, 25), DType::kFloat64, 100, std::nullopt);
  EXPECT_EQ(holes, (StatisticsItems{true, "-1", "2", "0.5", "0.5", "100"}));
  // One of three is 33.33 percent, and that of three no pixel.
  const auto one = statistics_items(band_of(1, 0.5, 0), DType::kFloat64, 3, 0.0);
  EXPECT_FALSE(one.known);
  EXPECT_EQ(one.valid_percent, "0");
  // Nodata of 64 bits is a value like others.
  const auto wide = statistics_items(band_of(50, 1, 0), DType::kInt64, 100, std::int64_t{5});
  EXPECT_EQ(wide, (StatisticsItems{true, "-1", "5", "3", "2", "100"}));
}

constexpr const char* kPlaces =
    "<GDALMetadata>\n"
    "  <Item name=\"STATISTICS_MAXIMUM\" sample=\"0\">000000</Item>\n"
    "  <Item name=\"STATISTICS_MEAN\" sample=\"0\">000000</Item>\n"
    "  <Item name=\"STATISTICS_MINIMUM\" sample=\"0\">000000</Item>\n"
    "  <Item name=\"STATISTICS_STDDEV\" sample=\"0\">000000</Item>\n"
    "  <Item name=\"STATISTICS_VALID_PERCENT\" sample=\"0\">000000</Item>\n"
    "  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">2</Item>\n"
    "</GDALMetadata>\n";

std::string text_of(const Tag& tag) {
  return {reinterpret_cast<const char*>(tag.value.data()), tag.value.size() - 1};
}

TEST(StatisticsItems, TakeThePlaceOfThoseInTheTemplate) {
  std::vector<Tag> tags{short_tag(tiff_tag::kPhotometric, 1),
                        ascii_tag(tiff_tag::kGdalMetadata, kPlaces)};
  set_statistics(tags, std::vector<StatisticsItems>{{true, "-1", "2", "0.5", "1", "100"}});
  EXPECT_EQ(text_of(tags[1]),
            "<GDALMetadata>\n"
            "  <Item name=\"STATISTICS_MAXIMUM\" sample=\"0\">2</Item>\n"
            "  <Item name=\"STATISTICS_MEAN\" sample=\"0\">0.5</Item>\n"
            "  <Item name=\"STATISTICS_MINIMUM\" sample=\"0\">-1</Item>\n"
            "  <Item name=\"STATISTICS_STDDEV\" sample=\"0\">1</Item>\n"
            "  <Item name=\"STATISTICS_VALID_PERCENT\" sample=\"0\">100</Item>\n"
            "  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">2</Item>\n"
            "</GDALMetadata>\n");
  EXPECT_EQ(tags[1].count, tags[1].value.size());

  tags[1] = ascii_tag(tiff_tag::kGdalMetadata, kPlaces);
  set_statistics(tags, std::vector<StatisticsItems>{{false, "", "", "", "", "0"}});
  EXPECT_EQ(text_of(tags[1]),
            "<GDALMetadata>\n"
            "  <Item name=\"STATISTICS_VALID_PERCENT\" sample=\"0\">0</Item>\n"
            "  <Item name=\"SCALE\" sample=\"0\" role=\"scale\">2</Item>\n"
            "</GDALMetadata>\n");
}

TEST(StatisticsItems, NeedATemplateThatHasPlacesForThem) {
  const std::vector<StatisticsItems> two(2, {true, "-1", "2", "0.5", "1", "100"});
  std::vector<Tag> none;
  EXPECT_THROW(set_statistics(none, two), Error);
  std::vector<Tag> one{ascii_tag(tiff_tag::kGdalMetadata, kPlaces)};
  EXPECT_THROW(set_statistics(one, two), Error);
}

}  // namespace
}  // namespace ccog
