#include "edge/output.h"

#include <iostream>

#include "edge/rpc_status.h"
#include "engine/base/text.h"

namespace chancery::edge {

namespace {

std::string Dump(const Json& document, int indent) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitYes;
  const absl::StatusCode code = status.code();
  if (IsAnswered(status)) {
    const bool away =
        code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded ||
        code == absl::StatusCode::kResourceExhausted || code == absl::StatusCode::kCancelled;
    return away ? kExitUnavailable : kExitRefused;
  }
  if (code == absl::StatusCode::kDataLoss) return kExitFalse;
  return code == absl::StatusCode::kInvalidArgument ? kExitUsage : kExitLocal;
}

ExitCode Output::Print(const absl::StatusOr<Shown>& shown) const {
  if (!shown.ok()) return Failure(shown.status());
  if (json_) {
    if (!shown->document.is_null()) std::cout << Dump(shown->document, 2) << '\n';
  } else {
    std::cout << LegibleLines(shown->text);
    if (!shown->text.empty() && shown->text.back() != '\n') std::cout << '\n';
  }
  std::cout.flush();
  if (!std::cout) return Failure(Unavailable("standard output cannot be written"));
  return shown->code;
}

void Output::Line(const Json& document, std::string_view text) const {
  std::cout << (json_ ? Dump(document, -1) : LegibleLines(text)) << '\n';
  std::cout.flush();
}

ExitCode Output::Failure(const absl::Status& status) const {
  const std::string message(ToStd(status.message()));
  const std::string reason = ReasonOf(status);
  if (json_) {
    Json error = {{"code", absl::StatusCodeToString(status.code())}, {"message", message}};
    if (!reason.empty()) error["reason"] = reason;
    std::cerr << Dump(Json{{"error", error}}, 2) << '\n';
  } else {
    std::cerr << program_ << ": " << LegibleLines(message);
    if (!reason.empty()) std::cerr << " (" << Legible(reason) << ")";
    std::cerr << '\n';
  }
  return ExitCodeOf(status);
}

void Output::Note(std::string_view text) const { std::cerr << LegibleLines(text) << '\n'; }

}  // namespace chancery::edge
