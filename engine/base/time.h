// Moments and civil dates as plain values.
//
// Time is a value everywhere inside the engine: only the edges ask a Clock. Civil days are counted
// with the zone offsets that come with the agreed procedure, never with the machine's tables.
#ifndef CHANCERY_ENGINE_BASE_TIME_H_
#define CHANCERY_ENGINE_BASE_TIME_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chancery {

// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
struct Instant {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
};

constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::int64_t kMsPerMinute = 60 * kMsPerSecond;
constexpr std::int64_t kMsPerDay = 24 * (60 * kMsPerMinute);

// A day of the proleptic Gregorian calendar.
struct CivilDate {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31

  friend constexpr auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

// Days since 1970-01-01 and back.
std::int64_t DaysFromCivil(const CivilDate& date);
CivilDate CivilFromDays(std::int64_t days);
bool IsRealDate(const CivilDate& date);

// The civil day that contains `instant` in a zone `offset_minutes` east of UTC, as days since
// 1970-01-01.
std::int64_t CivilDayOf(Instant instant, int offset_minutes);
// The first moment of that civil day.
Instant StartOfCivilDay(std::int64_t days, int offset_minutes);

// "2015-12-03T07:30:00Z"; milliseconds are written only when they are not zero
// ("2015-12-03T07:30:00.250Z").
std::string ToText(Instant instant);
// "2015-12-03".
std::string ToText(const CivilDate& date);
// Reads exactly what ToText writes, and an offset "+05:00" in place of "Z".
std::optional<Instant> ParseInstant(std::string_view text);
std::optional<CivilDate> ParseCivilDate(std::string_view text);

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_TIME_H_
