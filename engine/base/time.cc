#include "engine/base/time.h"

#include <algorithm>
#include <chrono>

namespace chancery {

namespace {

// Exactly `width` decimal digits at `at`, or -1.
int Digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

void AppendDigits(std::string& text, int value, int width) {
  std::string digits = std::to_string(value);
  text.append(static_cast<std::size_t>(width) > digits.size()
                  ? static_cast<std::size_t>(width) - digits.size()
                  : 0,
              '0');
  text += digits;
}

std::int64_t FloorDiv(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return quotient - ((value % by != 0 && value < 0) ? 1 : 0);
}

}  // namespace

std::int64_t DaysFromCivil(const CivilDate& date) {
  const std::chrono::year_month_day ymd{std::chrono::year{date.year},
                                        std::chrono::month{static_cast<unsigned>(date.month)},
                                        std::chrono::day{static_cast<unsigned>(date.day)}};
  return std::chrono::sys_days{ymd}.time_since_epoch().count();
}

CivilDate CivilFromDays(std::int64_t days) {
  const std::chrono::year_month_day ymd{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
  return {static_cast<int>(ymd.year()), static_cast<int>(static_cast<unsigned>(ymd.month())),
          static_cast<int>(static_cast<unsigned>(ymd.day()))};
}

bool IsRealDate(const CivilDate& date) {
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return false;
  return std::chrono::year_month_day{std::chrono::year{date.year},
                                     std::chrono::month{static_cast<unsigned>(date.month)},
                                     std::chrono::day{static_cast<unsigned>(date.day)}}
      .ok();
}

std::int64_t CivilDayOf(Instant instant, int offset_minutes) {
  // The day first and then the rest of it, so that no moment is too far away to be counted.
  return instant.ms / kMsPerDay +
         FloorDiv(instant.ms % kMsPerDay + offset_minutes * kMsPerMinute, kMsPerDay);
}

Instant StartOfCivilDay(std::int64_t days, int offset_minutes) {
  // Days that no number of milliseconds could say end at the last one that it can.
  constexpr std::int64_t kFarthest = 100'000'000'000;
  return {std::clamp(days, -kFarthest, kFarthest) * kMsPerDay - offset_minutes * kMsPerMinute};
}

std::string ToText(const CivilDate& date) {
  std::string text;
  AppendDigits(text, date.year, 4);
  text += '-';
  AppendDigits(text, date.month, 2);
  text += '-';
  AppendDigits(text, date.day, 2);
  return text;
}

std::string ToText(Instant instant) {
  const std::int64_t days = FloorDiv(instant.ms, kMsPerDay);
  const auto in_day = static_cast<int>(instant.ms - days * kMsPerDay);
  std::string text = ToText(CivilFromDays(days));
  text += 'T';
  AppendDigits(text, in_day / 3'600'000, 2);
  text += ':';
  AppendDigits(text, in_day / 60'000 % 60, 2);
  text += ':';
  AppendDigits(text, in_day / 1000 % 60, 2);
  if (in_day % 1000 != 0) {
    text += '.';
    AppendDigits(text, in_day % 1000, 3);
  }
  text += 'Z';
  return text;
}

std::optional<CivilDate> ParseCivilDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const CivilDate date{Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2)};
  if (date.year < 0 || !IsRealDate(date)) return std::nullopt;
  return date;
}

std::optional<Instant> ParseInstant(std::string_view text) {
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const std::optional<CivilDate> date = ParseCivilDate(text.substr(0, 10));
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  if (!date || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  std::int64_t ms = DaysFromCivil(*date) * kMsPerDay + hour * std::int64_t{3'600'000} +
                    minute * kMsPerMinute + second * kMsPerSecond;
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    const int fraction = Digits(rest, 1, 3);
    if (fraction <= 0) return std::nullopt;
    ms += fraction;
    rest.remove_prefix(4);
  }
  if (rest == "Z") return Instant{ms};
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const int offset_hours = Digits(rest, 1, 2);
  const int offset_minutes = Digits(rest, 4, 2);
  if (offset_hours < 0 || offset_hours > 14 || offset_minutes < 0 || offset_minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = (offset_hours * 60 + offset_minutes) * kMsPerMinute;
  return Instant{rest[0] == '+' ? ms - offset : ms + offset};
}

}  // namespace chancery
