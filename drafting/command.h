// What the commands of chancery-procedure share: exit codes, and what is said on standard error.
#ifndef CHANCERY_DRAFTING_COMMAND_H_
#define CHANCERY_DRAFTING_COMMAND_H_

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/time.h"

namespace chancery::drafting {

enum ExitCode : int { kYes = 0, kNo = 1, kUsage = 2, kLocal = 3, kUnavailable = 5, kPartly = 6 };

// A line on standard error. Procedures, seals and certificates come from others: it is shown as
// LegibleLines.
void Say(std::string_view message);

// Says what went wrong with a file or key: 3.
ExitCode Fail(const absl::Status& status);
// Says what went wrong with a procedure. Its defects are an answer (1); that it cannot be read is
// not (3).
ExitCode FailProcedure(const absl::Status& status);

// The moment that --at names; now when it names none.
absl::StatusOr<Instant> MomentOf(const std::string& text);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_COMMAND_H_
