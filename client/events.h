// Where the engine's events go: one JSON object a line on stderr, names, identifiers and numbers
// only; and, in rehearsals, the fault that ends the process at a chosen event.
#ifndef CHANCERY_CLIENT_EVENTS_H_
#define CHANCERY_CLIENT_EVENTS_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/parts.h"
#include "engine/base/status.h"

namespace spdlog {
class logger;
}

namespace chancery::client {

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

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_EVENTS_H_
