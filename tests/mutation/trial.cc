#include "tests/mutation/trial.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <utility>
#include <variant>

#include "engine/checker/explore.h"
#include "play/core_player.h"

namespace chancery::mutation {

namespace {

constexpr rlim_t kMostMemory = 3'000'000'000;

// What a process that tries tells the one that waits for it.
struct Told {
  std::size_t at = 0;  // the story or world it is at
  Fate fate = Fate::kSurvived;
  std::array<char, 400> by{};
};

// Memory that a process and its children share.
template <class T>
T* Shared() {
  void* at = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    std::cerr << "mutation: no memory to share. Remedy: free some\n";
    std::exit(5);
  }
  return new (at) T();
}

void Tell(Told& told, Fate fate, const std::string& by) {
  std::string line = by;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  line.resize(std::min(line.size(), told.by.size() - 1));
  std::memcpy(told.by.data(), line.data(), line.size());
  told.by[line.size()] = '\0';
  told.fate = fate;
}

void SetLimits(int seconds) {
  const rlimit memory{kMostMemory, kMostMemory};
  setrlimit(RLIMIT_AS, &memory);
  const rlimit core{0, 0};
  setrlimit(RLIMIT_CORE, &core);
  const auto most = static_cast<rlim_t>(seconds);
  const rlimit time{most, most + 1};
  setrlimit(RLIMIT_CPU, &time);
}

// What a process that tries says of its own end, in memory.
class LastWords {
 public:
  LastWords() : file_(memfd_create("last words", MFD_CLOEXEC)) {
    if (file_ >= 0) return;
    std::cerr << "mutation: no memory for what a process says. Remedy: free some\n";
    std::exit(5);
  }
  ~LastWords() { close(file_); }
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  void BeStderr() const { dup2(file_, STDERR_FILENO); }
  // The condition of the check of ours that failed; nothing when none did.
  std::optional<std::string> FailedCheck() const {
    std::array<char, 1024> said{};
    const ssize_t size = pread(file_, said.data(), said.size(), 0);
    const std::string_view text(said.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    constexpr std::string_view kBegins = "chancery: check failed at ";  // engine/base/check.cc
    const std::size_t at = text.find(kBegins);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(at + kBegins.size());
    const std::size_t condition = line.find(": ");
    return std::string(line.substr(condition + 2, line.find('\n') - condition - 2));
  }

 private:
  int file_;
};

// Whether a story that was played ends as it expects.
void Compare(const Story& story, const absl::StatusOr<play::Played>& played, Told& told) {
  if (!played.ok()) {
    // Something that had to be admitted was not: what builds on it cannot be written.
    Tell(told, Fate::kExpectation, story.name + ": " + std::string(played.status().message()));
  } else if (!played->unmet.empty()) {
    Tell(told, Fate::kExpectation, std::filesystem::path(played->unmet.front()).filename());
  }
}

void Play(const Story& story, const Agreeing& agreeing, Told& told) {
  const play::Agreed agreed = agreeing ? agreeing(story) : story.agreed;
  Compare(story, play::PlayInCore(story.scenario, agreed, {}), told);
  // And as whoever acts by what was agreed would find it, under rules that were changed.
  if (agreeing && told.fate == Fate::kSurvived)
    Compare(story, play::PlayInCore(story.scenario, story.agreed, agreed.All(), {}), told);
}

void Explore(const Trial& trial, const checker::Bounds& world, Told& told) {
  checker::Limits limits;
  limits.most_situations = trial.situations;
  limits.threads = 1;
  limits.longest_waits = false;
  const checker::Explored explored =
      checker::Explore(*trial.founding, *trial.procedure, world, limits);
  if (explored.violations.empty()) return;
  const checker::Breach& breach = explored.violations.front().breach;
  Tell(
      told, Fate::kProperty,
      std::string(checker::NameOf(breach.property)) + ": " + breach.kind + " (" + world.name + ")");
}

std::string EndOf(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return signal == SIGXCPU || signal == SIGKILL ? "time limit" : strsignal(signal);
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::string_view NameOf(Fate fate) {
  switch (fate) {
    case Fate::kSurvived:
      return "survived";
    case Fate::kExpectation:
      return "expectation";
    case Fate::kProperty:
      return "property";
    case Fate::kCheck:
      return "check";
    case Fate::kCrash:
      return "crash";
    case Fate::kForm:
      return "form";
  }
  return {};
}

std::vector<Story> ReadStories(const std::vector<std::string>& files) {
  std::vector<Story> stories;
  for (const std::string& file : files) {
    auto read = play::ReadScenarioFile(file);
    if (const auto* errors = std::get_if<std::vector<play::ScenarioError>>(&read)) {
      std::cerr << ToText(errors->front()) << "\n";
      std::exit(2);
    }
    Story story{
        std::filesystem::path(file).stem(), std::get<play::Scenario>(std::move(read)), {}, {}};
    for (const play::Step& step : story.scenario.steps) {
      if (const auto* sentence = std::get_if<play::ActSentence>(&step.what))
        story.acts.insert(sentence->kind);
    }
    stories.push_back(std::move(story));
  }
  Agree(stories);
  return stories;
}

void Agree(std::vector<Story>& stories) {
  std::map<std::string, play::Agreed> agreed;
  for (Story& story : stories) {
    const std::string versions =
        story.scenario.agreement + "/" + story.scenario.procedure + "/" + story.scenario.second;
    auto found = agreed.find(versions);
    if (found == agreed.end()) {
      const auto loaded = play::LoadAgreed(story.scenario, {});
      if (!loaded.ok()) {
        std::cerr << "mutation: " << loaded.status().message() << "\n";
        std::exit(2);
      }
      found = agreed.emplace(versions, *loaded).first;
    }
    story.agreed = found->second;
  }
}

Result Try(const Trial& trial, const std::function<void()>& switch_on) {
  // Of this process and its children alone: whoever tried before a process was split off must not
  // share it with the others.
  static Told* told = nullptr;
  static pid_t whose = 0;
  if (whose != getpid()) {
    told = Shared<Told>();
    whose = getpid();
  }
  Result crash;
  const std::size_t ends = trial.stories.size() + trial.worlds.size();
  for (std::size_t from = 0; from < ends; from = told->at + 1) {
    // The worlds are for mutants that play.
    if (from >= trial.stories.size() && crash.fate != Fate::kSurvived) break;
    *told = Told{};
    told->at = from;
    const LastWords last_words;
    const pid_t child = fork();
    if (child < 0) {
      std::cerr << "mutation: no further process can be started. Remedy: end others\n";
      std::exit(5);
    }
    if (child == 0) {
      SetLimits(trial.seconds);
      last_words.BeStderr();
      switch_on();
      // Each world has a process and a time limit of its own.
      for (; told->at < trial.stories.size() && told->fate == Fate::kSurvived; ++told->at)
        Play(*trial.stories[told->at], trial.agreed, *told);
      if (told->fate == Fate::kSurvived && from >= trial.stories.size())
        Explore(trial, trial.worlds[told->at - trial.stories.size()], *told);
      else if (told->fate == Fate::kSurvived)
        --told->at;
      _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (told->fate != Fate::kSurvived) return {told->fate, told->by.data()};
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    if (crash.fate == Fate::kSurvived) {
      const std::string where = told->at < trial.stories.size()
                                    ? trial.stories[told->at]->name
                                    : trial.worlds[told->at - trial.stories.size()].name;
      const auto check = last_words.FailedCheck();
      crash = check ? Result{Fate::kCheck, *check + " in " + where}
                    : Result{Fate::kCrash, EndOf(status) + " in " + where};
    }
    // What hangs once hangs again.
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) break;
  }
  return crash;
}

void ForEach(std::size_t count, int jobs, const std::function<std::string(std::size_t)>& one) {
  auto* next = Shared<std::atomic<std::size_t>>();
  std::array<int, 2> lines{};
  if (pipe(lines.data()) != 0) std::exit(5);
  std::vector<pid_t> children;
  for (int job = 0; job < jobs; ++job) {
    const pid_t child = fork();
    if (child < 0) std::exit(5);
    if (child == 0) {
      close(lines[0]);
      for (std::size_t i = (*next)++; i < count; i = (*next)++) {
        std::string line = std::to_string(i) + "\t" + one(i) + "\n";
        // A line this short is written at once or not at all.
        if (write(lines[1], line.data(), line.size()) < 0) _exit(5);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  close(lines[1]);
  std::string text;
  std::array<char, 65536> buffer{};
  std::size_t printed = 0;
  std::map<std::size_t, std::string> waiting;
  for (;;) {
    const ssize_t got = read(lines[0], buffer.data(), buffer.size());
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      const std::size_t tab = text.find('\t');
      waiting[std::stoul(text.substr(0, tab))] = text.substr(tab + 1, end - tab - 1);
      text.erase(0, end + 1);
    }
    for (auto at = waiting.find(printed); at != waiting.end(); at = waiting.find(printed)) {
      std::cout << at->second << std::endl;
      waiting.erase(at);
      ++printed;
    }
  }
  int code = 0;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) code = 5;
  }
  if (code != 0 || printed != count) {
    std::cerr << "mutation: a process that tries mutants ended early. Remedy: look for memory\n";
    std::exit(5);
  }
}

std::string LineOf(const Result& result, const std::string& name) {
  return std::string(NameOf(result.fate)) + "\t" + result.by + "\t" + name;
}

std::vector<std::size_t> Sample(std::size_t count, std::size_t size, std::uint64_t seed) {
  std::vector<std::size_t> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = i;
  if (size == 0 || size >= count) return numbers;
  // Not std::sample: which numbers it draws depends on the library.
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < size; ++i) std::swap(numbers[i], numbers[i + random() % (count - i)]);
  numbers.resize(size);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace chancery::mutation
