#include "play/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace chancery::play {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{2};
constexpr int kCannotStart = 127;

std::vector<char*> Pointers(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the child: nothing but calls that are safe after fork.
[[noreturn]] void Become(char* const* arguments, int out, int err, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotStart);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(arguments[0], arguments);
  _exit(kCannotStart);
}

int ExitCodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Reads both pipes until they end or the time is over; false when it is over.
bool ReadBoth(int out, int err, CommandResult& result, steady_clock::time_point until) {
  std::array<pollfd, 2> fds = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::array<std::string*, 2> texts = {&result.out, &result.err};
  std::array<char, 16384> buffer{};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
    if (left <= 0) return false;
    if (poll(fds.data(), fds.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t count = read(fds[i].fd, buffer.data(), buffer.size());
      if (count > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      } else if (count == 0 || errno != EINTR) {
        fds[i].fd = -1;
      }
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<CommandResult> RunCommand(const std::vector<std::string>& arguments,
                                         std::chrono::seconds timeout) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0) return Internal("pipe: no file descriptors are left");
  if (pipe2(err.data(), O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    return Internal("pipe: no file descriptors are left");
  }
  const std::vector<char*> pointers = Pointers(arguments);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) Become(pointers.data(), out[1], err[1], parent);
  close(out[1]);
  close(err[1]);
  CommandResult result;
  bool in_time = false;
  if (child > 0) in_time = ReadBoth(out[0], err[0], result, steady_clock::now() + timeout);
  close(out[0]);
  close(err[0]);
  if (child < 0) return Internal("fork: " + std::generic_category().message(errno));
  if (!in_time) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) {
    return absl::DeadlineExceededError(
        ToAbsl(arguments.front() + ": did not end in time and was stopped"));
  }
  result.exit_code = ExitCodeOf(status);
  if (result.exit_code == kCannotStart) return NotFound(arguments.front() + ": cannot be started");
  return result;
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, 0);
  }
  return *this;
}

Process::~Process() { Kill(); }

absl::Status Process::Start(const std::vector<std::string>& arguments,
                            const std::filesystem::path& log) {
  Kill();
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return Internal(log.string() + ": cannot be written");
  const std::vector<char*> pointers = Pointers(arguments);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) Become(pointers.data(), file, file, parent);
  close(file);
  if (child < 0) return Internal("fork: " + std::generic_category().message(errno));
  pid_ = child;
  return absl::OkStatus();
}

std::optional<int> Process::Reap(bool wait) {
  if (pid_ == 0) return std::nullopt;
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(pid_, &status, wait ? 0 : WNOHANG);
  } while (ended < 0 && errno == EINTR);
  if (ended == 0) return std::nullopt;
  pid_ = 0;
  return ended > 0 ? std::optional<int>(ExitCodeOf(status)) : std::nullopt;
}

bool Process::Running() {
  Reap(false);
  return pid_ != 0;
}

void Process::Kill() {
  if (!Running()) return;
  kill(pid_, SIGKILL);
  Reap(true);
}

std::optional<int> Process::Stop(std::chrono::seconds timeout) {
  if (!Running()) return std::nullopt;
  kill(pid_, SIGTERM);
  const auto until = steady_clock::now() + timeout;
  while (steady_clock::now() < until) {
    if (const std::optional<int> code = Reap(false)) return code;
    std::this_thread::sleep_for(kPoll);
  }
  Kill();
  return std::nullopt;
}

}  // namespace chancery::play
