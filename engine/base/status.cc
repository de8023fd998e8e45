#include "engine/base/status.h"

#include "absl/strings/cord.h"

namespace chancery {

namespace {

constexpr std::string_view kReasonUrl = "chancery/reason";

}  // namespace

absl::Status WithReason(absl::Status status, std::string_view reason) {
  status.SetPayload(ToAbsl(kReasonUrl), absl::Cord(ToAbsl(reason)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(ToAbsl(kReasonUrl));
  return payload ? std::string(*payload) : std::string();
}

absl::Status Annotate(const absl::Status& status, std::string_view doing) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(),
                         ToAbsl(std::string(doing) + ": " + std::string(ToStd(status.message()))));
  const std::string reason = ReasonOf(status);
  return reason.empty() ? annotated : WithReason(std::move(annotated), reason);
}

}  // namespace chancery
