// Applications handed in at the daemons' desks, and what became of each: how many were receipted a
// second, and how long each took.
//
// An act counts when its daemon says that it is recorded: its seal was verified, it was stepped, it
// is on the disk at the ministry, its receipt was verified, and that is on the disk of the state.
// The daemon says so in its log, which is read from a pipe as it is written: nobody asks and no
// timer is in the way.
//
// Threads: one caller at a time; the driver has a thread of its own for the pipes.
#ifndef CHANCERY_BENCH_LOAD_DRIVER_H_
#define CHANCERY_BENCH_LOAD_DRIVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/programs.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

namespace chancery::bench {

// The application that is handed in again and again; the person does not exist. Every one opens a
// case of its own.
std::string ApplicationJson();

struct Window {
  double seconds = 0;
  Instant from;  // by the machine's clock, as the ledgers have it
  Instant until;
  std::uint64_t acts = 0;       // receipted within the window
  std::vector<double> latency;  // of those begun within it, in milliseconds, rising
  Programs::Taken cpu;          // seconds of processor time
  double driver_cpu = 0;

  double PerSecond() const { return static_cast<double>(acts) / seconds; }
};

class Driver {
 public:
  explicit Driver(const Programs& programs);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  using Seconds = std::chrono::duration<double>;

  // As fast as it goes: so many acts of each state are always on their way. Counting begins after
  // `warm_up`. The failure of a desk, or Unavailable when receipts stop coming.
  absl::StatusOr<Window> Saturate(std::size_t under_way, Seconds warm_up, Seconds measured);
  // So many a second in all, at even distances, whatever becomes of them. An act's latency counts
  // from the moment it was due: one that was handed in late has waited.
  absl::StatusOr<Window> AtRate(double per_second, Seconds warm_up, Seconds measured);

  // Acts handed in since the beginning.
  std::uint64_t handed_in() const;
  // What every desk says of every act handed in: FailedPrecondition unless all are recorded and
  // admitted.
  absl::Status CheckAllAdmitted();

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_DRIVER_H_
