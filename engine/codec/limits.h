// The moments and dates that bytes may carry: those of four-digit years, so that every one can be
// written as text.
#ifndef CHANCERY_ENGINE_CODEC_LIMITS_H_
#define CHANCERY_ENGINE_CODEC_LIMITS_H_

#include <cstdint>

#include "engine/base/time.h"

namespace chancery::codec {

constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31
constexpr std::int64_t kEndOfTimeMs = (kLastDay + 1) * kMsPerDay;

constexpr bool IsRecordableMs(std::int64_t ms) { return ms >= 0 && ms < kEndOfTimeMs; }
constexpr bool IsRecordableDay(std::int64_t day) { return day >= kFirstDay && day <= kLastDay; }

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_LIMITS_H_
