// Where the engine's events go: one JSON object a line on stderr, names, identifiers and numbers
// only; and, in rehearsals, the fault that ends the process at a chosen event.
#ifndef CHANCERY_EDGE_EVENTS_H_
#define CHANCERY_EDGE_EVENTS_H_

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/parts.h"
#include "engine/base/status.h"

namespace spdlog {
class logger;
}

namespace chancery::edge {

// InvalidArgument for anything but "quiet", "info" and "debug".
absl::Status CheckLogLevel(std::string_view level);

// Levels: "quiet" (nothing), "info", "debug". Safe on every thread.
class LogEvents final : public Events {
 public:
  explicit LogEvents(std::string_view level);
  ~LogEvents() override;
  void Note(const Event& event) override;

 private:
  std::shared_ptr<spdlog::logger> logger_;  // shared: spdlog's sinks ask for it
};

// "commit.after:7": the seventh event of that name raises SIGKILL before anybody else hears of it.
struct DieAt {
  std::string event;
  int count = 1;
};
absl::StatusOr<DieAt> ParseDieAt(std::string_view text);

// A decorator; only rehearsals may use it.
class DyingEvents final : public Events {
 public:
  DyingEvents(Events& next, DieAt at) : next_(next), at_(std::move(at)) {}
  void Note(const Event& event) override;

 private:
  Events& next_;
  const DieAt at_;
  std::atomic<int> seen_{0};
};

// A program's events, and the fault it was told to have.
class ProgramEvents {
 public:
  // `die_at` is EVENT:N or empty. FailedPrecondition when it is given under an anchor that is not
  // a rehearsal's.
  static absl::StatusOr<std::unique_ptr<ProgramEvents>> Open(std::string_view level,
                                                             std::string_view die_at,
                                                             const std::filesystem::path& anchor);
  Events& get();

 private:
  explicit ProgramEvents(std::string_view level) : log_(level) {}

  LogEvents log_;
  std::unique_ptr<DyingEvents> dying_;
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_EVENTS_H_
