// Running programs: a command that ends, and one that stays.
//
// Every child dies with the player. What commands print may hold particulars, so it is handed over
// and never logged.
#ifndef CHANCERY_PLAY_PROCESS_H_
#define CHANCERY_PLAY_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace chancery::play {

struct CommandResult {
  int exit_code = 0;  // 128 and more when a signal ended it
  std::string out;
  std::string err;
};
// Runs `arguments` (the first is the program's path) to its end. DeadlineExceeded, and the program
// killed, when it takes longer; NotFound when it cannot be started. Safe on every thread.
absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments,
                                         std::chrono::seconds timeout);

// A program that stays. Its stderr goes to a file, appended over restarts.
class Process {
 public:
  Process() = default;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills what still runs

  absl::Status Start(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  bool Running();
  // Of the program as it was started last; 0 when it has been seen to end, or was never started.
  pid_t pid() const { return pid_; }
  // SIGKILL, then waits. Nothing happens when it does not run.
  void Kill();
  // SIGTERM, then waits; SIGKILL after `timeout`. The exit code, or nothing when it had to be
  // killed or did not run.
  std::optional<int> Stop(std::chrono::seconds timeout);

 private:
  std::optional<int> Reap(bool wait);

  pid_t pid_ = 0;
};

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_PROCESS_H_
