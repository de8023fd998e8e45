// Where programs take the time from: the machine, or a scenario.
#ifndef CHANCERY_EDGE_CLOCK_H_
#define CHANCERY_EDGE_CLOCK_H_

#include <filesystem>
#include <memory>
#include <mutex>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"

namespace chancery::edge {

// The machine's clock.
class SystemClock final : public Clock {
 public:
  Instant Now() override;
};

// A scenario's clock: a file that holds milliseconds since 1970-01-01T00:00:00Z in decimal and a
// line feed, replaced as a whole by rename. It is read again at every Now(). A file that is missing
// or malformed leaves the time where it was, and the time never runs backwards.
class ScenarioClock final : public Clock {
 public:
  // FailedPrecondition unless the anchor is of a rehearsal: nobody can move the time of a live
  // exchange. InvalidArgument when the file does not hold a time.
  static absl::StatusOr<std::unique_ptr<ScenarioClock>> Open(std::filesystem::path file,
                                                             const ledger::Anchor& anchor);

  Instant Now() override;

 private:
  ScenarioClock(std::filesystem::path file, Instant first) : file_(std::move(file)), last_(first) {}

  const std::filesystem::path file_;
  std::mutex mutex_;
  Instant last_;
};

// The clock a program runs with: the scenario's when a file is named, else the machine's.
absl::StatusOr<std::unique_ptr<Clock>> OpenClock(const std::filesystem::path& scenario_file,
                                                 const ledger::Anchor& anchor);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_CLOCK_H_
