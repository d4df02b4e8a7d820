#include "ccog/store/iso_time.h"

#include <gtest/gtest.h>

namespace ccog {
namespace {

TEST(IsoTime, ReadsTimes) {
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:00Z"), 1369353600);
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:00.999999Z"), 1369353600);
  EXPECT_EQ(parse_iso_time("2013-05-24T00:00:01+00:00"), 1369353601);
  EXPECT_EQ(parse_iso_time("2013-05-24T02:30:00+02:30"), 1369353600);
  EXPECT_EQ(parse_iso_time("2013-05-23T16:00:00-0800"), 1369353600);
  for (const char* bad :
       {"", "2013-05-24", "2013-05-24T00:00:00", "2013-05-24T00:00:00.", "2013-13-24T00:00:00Z",
        "2013-05-24T00:00:00+", "2013-05-24T00:00:00+2:00 ", "2013-05-24T00:00:00+02:75",
        "2013-05-24T00:00:00 02:00", "2013-05-24T00:00:00ZZ", "yesterday"}) {
    EXPECT_FALSE(parse_iso_time(bad)) << bad;
  }
}

}  // namespace
}  // namespace ccog
