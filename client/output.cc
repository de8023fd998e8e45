#include "client/output.h"

#include <iostream>

namespace chancery::client {

namespace {

constexpr auto kReplace = Json::error_handler_t::replace;

}  // namespace

int ExitCodeOf(const absl::Status& status, Whose whose) {
  if (status.ok()) return kExitYes;
  const absl::StatusCode code = status.code();
  if (whose == Whose::kRemote) {
    const bool away =
        code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded ||
        code == absl::StatusCode::kResourceExhausted || code == absl::StatusCode::kCancelled;
    return away ? kExitUnavailable : kExitRefused;
  }
  if (code == absl::StatusCode::kDataLoss) return kExitFalse;
  return code == absl::StatusCode::kInvalidArgument ? kExitUsage : kExitLocal;
}

void Output::Data(const Json& document, std::string_view text) const {
  if (json_) {
    std::cout << document.dump(2, ' ', false, kReplace) << '\n';
  } else {
    std::cout << text;
    if (!text.empty() && text.back() != '\n') std::cout << '\n';
  }
  std::cout.flush();
}

void Output::Line(const Json& document, std::string_view text) const {
  if (json_) {
    std::cout << document.dump(-1, ' ', false, kReplace) << '\n';
  } else {
    std::cout << text << '\n';
  }
  std::cout.flush();
}

int Output::Failure(const absl::Status& status, Whose whose) const {
  const std::string message(ToStd(status.message()));
  const std::string reason = ReasonOf(status);
  if (json_) {
    Json error = {{"code", absl::StatusCodeToString(status.code())}, {"message", message}};
    if (!reason.empty()) error["reason"] = reason;
    std::cerr << Json{{"error", error}}.dump(2, ' ', false, kReplace) << '\n';
  } else {
    std::cerr << "chancery-state: " << message;
    if (!reason.empty()) std::cerr << " (" << reason << ")";
    std::cerr << '\n';
  }
  return ExitCodeOf(status, whose);
}

void Output::Note(std::string_view text) const { std::cerr << text << '\n'; }

}  // namespace chancery::client
