// A program under test, ended with the test.
#ifndef CHANCERY_TESTS_SUPPORT_PROGRAM_H_
#define CHANCERY_TESTS_SUPPORT_PROGRAM_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace chancery::support {

class Program {
 public:
  Program() = default;
  explicit Program(std::vector<std::string> arguments) { Begin(std::move(arguments)); }
  ~Program() { End(SIGKILL); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void Begin(std::vector<std::string> arguments) {
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
  }
  // Begins, and waits until it has written that file.
  void Start(std::vector<std::string> arguments, const std::filesystem::path& ready) {
    std::filesystem::remove(ready);
    arguments.insert(arguments.end(), {"--ready-file", ready.string()});
    Begin(arguments);
    for (int i = 0; i < 1200 && !std::filesystem::exists(ready); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ASSERT_EQ(waitpid(pid_, nullptr, WNOHANG), 0) << arguments[0] << " ended";
    }
    ASSERT_TRUE(std::filesystem::exists(ready)) << arguments[0] << " did not start";
  }
  int End(int signal) {
    if (pid_ <= 0) return 0;
    kill(pid_, signal);
    return Wait();
  }
  // Until it ends by itself: the exit code, or minus the signal that ended it.
  int Wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_PROGRAM_H_
