// absl::Status in our spelling: messages from std strings, and the two macros that pass a failure
// on.
//
// A status says that the world failed (a file, a peer, a signature): what was tried, on what, and
// what happened. It never holds personal data. A business answer is a ruling, never a status.
#ifndef CHANCERY_ENGINE_BASE_STATUS_H_
#define CHANCERY_ENGINE_BASE_STATUS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace chancery {

// Debian's absl keeps its own string_view; this is the one place that converts.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

inline absl::Status InvalidArgument(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}
inline absl::Status NotFound(std::string_view message) {
  return absl::NotFoundError(ToAbsl(message));
}
inline absl::Status FailedPrecondition(std::string_view message) {
  return absl::FailedPreconditionError(ToAbsl(message));
}
inline absl::Status PermissionDenied(std::string_view message) {
  return absl::PermissionDeniedError(ToAbsl(message));
}
inline absl::Status Unavailable(std::string_view message) {
  return absl::UnavailableError(ToAbsl(message));
}
inline absl::Status DataLoss(std::string_view message) {
  return absl::DataLossError(ToAbsl(message));
}
inline absl::Status Internal(std::string_view message) {
  return absl::InternalError(ToAbsl(message));
}
inline absl::Status AlreadyExists(std::string_view message) {
  return absl::AlreadyExistsError(ToAbsl(message));
}

// A stable reason for machines, UPPER_SNAKE and at most 63 letters, beside the message for people.
// It travels in the status, and the edges hand it on as google.rpc.ErrorInfo.
absl::Status WithReason(absl::Status status, std::string_view reason);
// The reason, or an empty text.
std::string ReasonOf(const absl::Status& status);

// The same failure, its reason and whatever else it carries, with what was being done put in
// front: "open store: disk full".
absl::Status Annotate(const absl::Status& status, std::string_view doing);

}  // namespace chancery

#define CHANCERY_CONCAT_INNER(a, b) a##b
#define CHANCERY_CONCAT(a, b) CHANCERY_CONCAT_INNER(a, b)

#define CHANCERY_RETURN_IF_ERROR(expression)                                      \
  do {                                                                            \
    if (::absl::Status chancery_status_ = (expression); !chancery_status_.ok()) { \
      return chancery_status_;                                                    \
    }                                                                             \
  } while (false)

#define CHANCERY_ASSIGN_OR_RETURN(target, expression) \
  CHANCERY_ASSIGN_OR_RETURN_INNER(CHANCERY_CONCAT(chancery_or_, __LINE__), target, expression)
#define CHANCERY_ASSIGN_OR_RETURN_INNER(holder, target, expression) \
  auto holder = (expression);                                       \
  if (!holder.ok()) return holder.status();                         \
  target = *std::move(holder)

#endif  // CHANCERY_ENGINE_BASE_STATUS_H_
