#include "engine/base/time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace chancery {
namespace {

std::int64_t Ms(const char* text) {
  const std::optional<Instant> instant = ParseInstant(text);
  EXPECT_TRUE(instant.has_value()) << text;
  return instant ? instant->ms : 0;
}

// A calendar computed the slow way, day by day from a known one: the twin the arithmetic is
// compared with.
bool IsLeapYear(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

// engine/base/time.h: days since 1970-01-01 of the proleptic Gregorian calendar, and back.
TEST(CivilDate, CountsEveryDayOfFourCenturiesLikeACalendarOnPaper) {
  std::int64_t days = -25'567;  // 1900-01-01
  for (int year = 1900; year < 2300; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= DaysInMonth(year, month); ++day, ++days) {
        const CivilDate date{year, month, day};
        ASSERT_EQ(DaysFromCivil(date), days) << ToText(date);
        ASSERT_EQ(CivilFromDays(days), date) << ToText(date);
      }
      ASSERT_FALSE(IsRealDate({year, month, DaysInMonth(year, month) + 1})) << year << '-' << month;
    }
  }
  EXPECT_EQ(DaysFromCivil({1970, 1, 1}), 0);
}

// engine/base/time.h: a day of the calendar, so 29 February only in a leap year.
TEST(CivilDate, KnowsLeapDays) {
  EXPECT_TRUE(IsRealDate({2016, 2, 29}));
  EXPECT_TRUE(IsRealDate({2000, 2, 29}));
  EXPECT_FALSE(IsRealDate({2015, 2, 29}));
  EXPECT_FALSE(IsRealDate({1900, 2, 29}));
  EXPECT_FALSE(IsRealDate({2100, 2, 29}));
}

// engine/base/time.h: no date from fields out of range, not even one that would wrap to a real one.
TEST(CivilDate, RefusesFieldsOutOfRange) {
  for (const CivilDate& date :
       {CivilDate{2015, 0, 1}, CivilDate{2015, 13, 1}, CivilDate{2015, 1, 0},
        CivilDate{2015, 1, 32}, CivilDate{2015, 4, 31}, CivilDate{2015, -1, 1},
        CivilDate{2015, 1, 257}, CivilDate{2015, 257, 1}, CivilDate{2015, 1, -255}}) {
    EXPECT_FALSE(IsRealDate(date)) << date.month << ' ' << date.day;
  }
}

// Design section 13: an impossible date is refused at the desk, in the one spelling that is
// written.
TEST(CivilDate, ReadsExactlyWhatItWrites) {
  EXPECT_EQ(ParseCivilDate("2015-12-03"), (CivilDate{2015, 12, 3}));
  EXPECT_EQ(ToText(CivilDate{2015, 12, 3}), "2015-12-03");
  EXPECT_EQ(ToText(CivilDate{989, 1, 9}), "0989-01-09");
  EXPECT_EQ(ParseCivilDate("0989-01-09"), (CivilDate{989, 1, 9}));
  for (const char* text :
       {"", "2015-12-3", "2015-1-03", "15-12-03", "2015/12/03", "2015-12-03 ", " 2015-12-03",
        "2015-02-29", "2015-13-01", "2015-00-01", "2015-01-00", "2015-04-31", "20151203",
        "2015-12-0x", "-015-12-03", "+015-12-03", "2015-+1-03"}) {
    EXPECT_FALSE(ParseCivilDate(text).has_value()) << text;
  }
}

// Domain section 2: the flight of 3 December 2015, checked with `date -u -d 2015-12-03T07:30:00Z
// +%s`.
TEST(Instant, ReadsUtc) {
  EXPECT_EQ(Ms("2015-12-03T07:30:00Z"), 1'449'127'800'000);
  EXPECT_EQ(Ms("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Ms("1969-12-31T23:59:59.999Z"), -1);
  EXPECT_EQ(Ms("2016-02-29T23:59:59.250Z"), 1'456'790'399'250);
}

// engine/base/time.h: an offset in place of "Z" names the same moment as its UTC spelling.
TEST(Instant, ReadsOffsetsEastAndWest) {
  EXPECT_EQ(Ms("2015-12-03T12:30:00+05:00"), Ms("2015-12-03T07:30:00Z"));
  EXPECT_EQ(Ms("2015-12-03T00:30:00+05:00"), Ms("2015-12-02T19:30:00Z"));
  EXPECT_EQ(Ms("2016-02-28T23:30:00-01:00"), Ms("2016-02-29T00:30:00Z"));
  EXPECT_EQ(Ms("2015-12-03T12:15:00.500+05:45"), Ms("2015-12-03T06:30:00.500Z"));
}

// engine/base/time.h: milliseconds are written only when they are not zero.
TEST(Instant, WritesTheShortestSpellingAndReadsItBack) {
  const std::pair<std::int64_t, const char*> spellings[] = {
      {1'449'127'800'000, "2015-12-03T07:30:00Z"},
      {1'449'127'800'250, "2015-12-03T07:30:00.250Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00Z"}};
  for (const auto& [ms, text] : spellings) {
    EXPECT_EQ(ToText(Instant{ms}), text);
    EXPECT_EQ(ParseInstant(text), Instant{ms});
  }
}

// engine/base/time.h: reads exactly what it writes, and an offset.
TEST(Instant, RefusesEveryOtherSpelling) {
  for (const char* text : {"",
                           "2015-12-03",
                           "2015-12-03T07:30:00",
                           "2015-12-03 07:30:00Z",
                           "2015-12-03T07:30Z",
                           "2015-12-03T7:30:00Z",
                           "2015-12-03T24:00:00Z",
                           "2015-12-03T23:60:00Z",
                           "2015-12-03T23:59:60Z",
                           "2015-12-03T07:30:00z",
                           "2015-12-03T07:30:00.000Z",
                           "2015-12-03T07:30:00.25Z",
                           "2015-12-03T07:30:00.2500Z",
                           "2015-12-03T07:30:00.Z",
                           "2015-12-03T07:30:00+0500",
                           "2015-12-03T07:30:00+05",
                           "2015-12-03T07:30:00+15:00",
                           "2015-12-03T07:30:00+05:60",
                           "2015-12-03T07:30:00Z ",
                           "2015-02-29T07:30:00Z",
                           "2015-12-03T-1:30:00Z",
                           "2015-12-03T07:30:00.-01Z",
                           "2015-12-03T07:30:00+5:000"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

// Design section 11: a limit ends with the civil day of the requested state, whose offset comes
// with the procedure.
TEST(CivilDay, BeginsAtLocalMidnight) {
  constexpr int kIslamabad = 5 * 60;
  const std::int64_t day = DaysFromCivil({2015, 12, 3});
  EXPECT_EQ(StartOfCivilDay(day, kIslamabad).ms, Ms("2015-12-02T19:00:00Z"));
  EXPECT_EQ(CivilDayOf({Ms("2015-12-02T19:00:00Z")}, kIslamabad), day);
  EXPECT_EQ(CivilDayOf({Ms("2015-12-02T18:59:59.999Z")}, kIslamabad), day - 1);
  EXPECT_EQ(CivilDayOf({Ms("2015-12-02T19:00:00Z")}, -60), day - 1);
}

// Design section 11: before 1970 as after it; division rounds down, not towards zero.
TEST(CivilDay, RoundsDownBeforeTheEpoch) {
  EXPECT_EQ(CivilDayOf({-1}, 0), -1);
  EXPECT_EQ(CivilDayOf({-kMsPerDay}, 0), -1);
  EXPECT_EQ(CivilDayOf({-kMsPerDay - 1}, 0), -2);
  EXPECT_EQ(CivilDayOf({0}, -1), -1);
}

}  // namespace
}  // namespace chancery
