// Drawing through Graphviz: the program dot, handed the source as a file and read through another.
// It is optional: nothing else here needs it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "drafting/diagram.h"

extern char** environ;

namespace chancery::drafting {
namespace {

struct Closed {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closed>;

absl::Status NoScratch() {
  return Unavailable("cannot make a temporary file: " + std::string(std::strerror(errno)));
}

absl::StatusOr<std::string> ReadFromStart(std::FILE* file) {
  std::rewind(file);
  std::string text;
  char block[1 << 16];
  std::size_t got = 0;
  while ((got = std::fread(block, 1, sizeof block, file)) > 0) text.append(block, got);
  if (std::ferror(file) != 0) return Unavailable("cannot read what dot wrote");
  return text;
}

}  // namespace

absl::StatusOr<std::string> Draw(const std::string& dot) {
  const File source(std::tmpfile());
  const File drawn(std::tmpfile());
  const File said(std::tmpfile());
  if (!source || !drawn || !said) return NoScratch();
  if (std::fwrite(dot.data(), 1, dot.size(), source.get()) != dot.size() ||
      std::fflush(source.get()) != 0) {
    return NoScratch();
  }
  std::rewind(source.get());

  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return NoScratch();
  posix_spawn_file_actions_adddup2(&actions, ::fileno(source.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(drawn.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(said.get()), STDERR_FILENO);
  char program[] = "dot";
  char format[] = "-Tsvg";
  char* const arguments[] = {program, format, nullptr};
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == ENOENT) {
    return Unavailable(
        "the program dot is missing: apt-get install graphviz; or take the source with --dot and "
        "draw it elsewhere");
  }
  if (failure != 0)
    return Unavailable("cannot run the program dot: " + std::string(std::strerror(failure)));
  int ended = 0;
  while (::waitpid(child, &ended, 0) < 0) {
    if (errno != EINTR)
      return Unavailable("cannot wait for the program dot: " + std::string(std::strerror(errno)));
  }
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0) {
    const absl::StatusOr<std::string> message = ReadFromStart(said.get());
    return DataLoss("the program dot did not draw it: " +
                    (message.ok() ? *message : std::string("no message")));
  }
  return ReadFromStart(drawn.get());
}

}  // namespace chancery::drafting
