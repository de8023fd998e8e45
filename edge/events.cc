#include "edge/events.h"

#include <charconv>
#include <csignal>
#include <utility>

#include "edge/anchor_file.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace chancery::edge {

namespace {

// Events carry only words of ours; anything else in one would be a mistake, and must not forge a
// line.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/' ||
                         c == '+' || c == ':';
    plain.push_back(allowed ? c : '?');
  }
  return plain;
}

}  // namespace

absl::Status CheckLogLevel(std::string_view level) {
  if (level == "quiet" || level == "info" || level == "debug") return absl::OkStatus();
  return InvalidArgument("log-level: expected quiet, info or debug");
}

LogEvents::LogEvents(std::string_view level)
    : logger_(std::make_shared<spdlog::logger>("events",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_pattern("%v");
  logger_->set_level(level == "quiet"   ? spdlog::level::off
                     : level == "debug" ? spdlog::level::debug
                                        : spdlog::level::info);
}

LogEvents::~LogEvents() = default;

void LogEvents::Note(const Event& event) {
  const bool fine = event.name.starts_with("commit.") || event.name.starts_with("send.") ||
                    event.name.starts_with("answer.");
  const auto level = fine ? spdlog::level::debug : spdlog::level::info;
  if (!logger_->should_log(level)) return;
  std::string line = "{\"event\":\"" + Plain(event.name) + "\"";
  if (!event.subject.empty()) line += ",\"subject\":\"" + Plain(event.subject) + "\"";
  line += ",\"number\":" + std::to_string(event.number) + "}";
  logger_->log(level, "{}", line);
}

absl::StatusOr<DieAt> ParseDieAt(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  DieAt at;
  at.event = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), at.count);
    if (error != std::errc() || end != digits.data() + digits.size() || at.count < 1)
      at.event.clear();
  }
  if (at.event.empty() || colon == std::string_view::npos) {
    return InvalidArgument("die-at: expected EVENT:N, for example commit.after:7");
  }
  return at;
}

void DyingEvents::Note(const Event& event) {
  if (event.name == at_.event && seen_.fetch_add(1) + 1 == at_.count) std::raise(SIGKILL);
  next_.Note(event);
}

absl::StatusOr<std::unique_ptr<ProgramEvents>> ProgramEvents::Open(
    std::string_view level, std::string_view die_at, const std::filesystem::path& anchor) {
  std::unique_ptr<ProgramEvents> events(new ProgramEvents(level));
  if (die_at.empty()) return events;
  CHANCERY_ASSIGN_OR_RETURN(DieAt at, ParseDieAt(die_at));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Anchor read, ReadAnchorFile(anchor));
  if (!read.rehearsal) {
    return FailedPrecondition(
        "die-at: only a program under a rehearsal's anchor may be told to die");
  }
  events->dying_ = std::make_unique<DyingEvents>(events->log_, std::move(at));
  return events;
}

Events& ProgramEvents::get() {
  if (dying_ != nullptr) return *dying_;
  return log_;
}

}  // namespace chancery::edge
