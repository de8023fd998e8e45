#include "edge/clock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace chancery::edge {

namespace {

std::optional<Instant> ReadTime(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.size() < 2 || text.back() != '\n') return std::nullopt;
  std::int64_t ms = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [at, error] = std::from_chars(text.data(), end, ms);
  if (error != std::errc() || at != end || ms < 0) return std::nullopt;
  return Instant{ms};
}

}  // namespace

Instant SystemClock::Now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

absl::StatusOr<std::unique_ptr<ScenarioClock>> ScenarioClock::Open(std::filesystem::path file,
                                                                   const ledger::Anchor& anchor) {
  if (!anchor.rehearsal) {
    return FailedPrecondition(
        "clock file: only under an anchor whose realm is rehearsal; a live exchange runs on the "
        "machine's clock");
  }
  const std::optional<Instant> first = ReadTime(file);
  if (!first) {
    return InvalidArgument(
        "clock file: " + file.string() +
        " must hold milliseconds since 1970-01-01T00:00:00Z in decimal and a line feed");
  }
  return std::unique_ptr<ScenarioClock>(new ScenarioClock(std::move(file), *first));
}

Instant ScenarioClock::Now() {
  const std::optional<Instant> read = ReadTime(file_);
  const std::lock_guard lock(mutex_);
  if (read) last_ = std::max(last_, *read);
  return last_;
}

absl::StatusOr<std::unique_ptr<Clock>> OpenClock(const std::filesystem::path& scenario_file,
                                                 const ledger::Anchor& anchor) {
  if (scenario_file.empty()) return std::make_unique<SystemClock>();
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<ScenarioClock> clock,
                            ScenarioClock::Open(scenario_file, anchor));
  return std::unique_ptr<Clock>(std::move(clock));
}

}  // namespace chancery::edge
