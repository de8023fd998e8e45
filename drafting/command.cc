#include "drafting/command.h"

#include <chrono>
#include <iostream>
#include <optional>

#include "engine/base/text.h"

namespace chancery::drafting {

void Say(std::string_view message) {
  std::cerr << "chancery-procedure: " << LegibleLines(message) << '\n';
}

ExitCode Fail(const absl::Status& status) {
  Say(ToStd(status.message()));
  return kLocal;
}

ExitCode FailProcedure(const absl::Status& status) {
  const ExitCode code = Fail(status);
  return absl::IsInvalidArgument(status) ? kNo : code;
}

absl::StatusOr<Instant> MomentOf(const std::string& text) {
  if (text.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return Instant{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
  }
  const std::optional<Instant> at = ParseInstant(text);
  if (!at) return InvalidArgument("--at: expected a moment such as 2016-09-01T06:00:00Z");
  return *at;
}

}  // namespace chancery::drafting
