#include "bench/load/programs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/load/measure.h"
#include "edge/anchor_file.h"
#include "edge/files.h"
#include "engine/base/time.h"
#include "nlohmann/json.hpp"

namespace chancery::bench {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kStates[kMostStates] = {"GRC", "AUT", "BGR", "ESP"};
constexpr std::chrono::seconds kFoundingTime{900};
constexpr std::chrono::seconds kStartTime{120};
constexpr std::chrono::seconds kStopTime{60};
constexpr std::chrono::milliseconds kPoll{5};
// A daemon never waits for whoever reads its events: this is more than it says in a second.
constexpr int kPipeBytes = 1 << 20;

// The lines of a configuration, each as `change` makes it; an empty answer drops the line.
absl::Status Rewrite(const fs::path& file,
                     const std::function<std::string(const std::string& line)>& change) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(file));
  std::istringstream lines(text);
  std::string changed;
  for (std::string line; std::getline(lines, line);) {
    const std::string now = line.empty() ? line : change(line);
    if (line.empty() || !now.empty()) changed += now + "\n";
  }
  return edge::ReplaceFile(file, changed, 0600);
}

// The same with other values, as `key = "value"`.
absl::Status SetValues(const fs::path& file, const std::map<std::string, std::string>& values) {
  return Rewrite(file, [&](const std::string& line) {
    const std::string key = line.substr(0, line.find(" = "));
    const auto value = values.find(key);
    return value == values.end() ? line : key + " = \"" + value->second + "\"";
  });
}

std::string Day(Instant at) { return ToText(at).substr(0, 10); }

}  // namespace

PartyCode Programs::ministry() const { return *PartyCode::FromText("PAK"); }

fs::path Programs::FolderOf(PartyCode party) const {
  return out_ / (party == ministry() ? "ministry" : party.ToText());
}

fs::path Programs::SocketOf(PartyCode state) const { return sockets_ / state.ToText(); }

absl::StatusOr<std::unique_ptr<Programs>> Programs::Make(const ProgramsPlan& plan) {
  if (plan.states < 1 || plan.states > kMostStates)
    return InvalidArgument("states: expected 1 to " + std::to_string(kMostStates));
  std::unique_ptr<Programs> programs(new Programs(plan));
  std::error_code error;
  programs->out_ = fs::absolute(plan.out, error).lexically_normal();
  for (std::size_t i = 0; i < plan.states; ++i)
    programs->states_.push_back(*PartyCode::FromText(kStates[i]));
  // A short path: a Unix socket's name has at most 107 bytes.
  std::string sockets = "/tmp/chancery-bench-XXXXXX";
  if (mkdtemp(sockets.data()) == nullptr)
    return FailedPrecondition("/tmp: no folder for sockets can be made");
  programs->sockets_ = sockets;
  CHANCERY_RETURN_IF_ERROR(programs->Found());
  CHANCERY_RETURN_IF_ERROR(programs->Configure());
  CHANCERY_ASSIGN_OR_RETURN(programs->anchor_, edge::ReadAnchorFile(programs->out_ / "anchor"));
  return programs;
}

Programs::~Programs() {
  daemons_.clear();
  ministry_.Kill();
  witnesses_.clear();
  for (const auto& [state, pipe] : pipes_) close(pipe);
  std::error_code ignored;
  fs::remove_all(sockets_, ignored);
}

// A story in which nobody does anything: the cooperation is founded, every office appointed, and
// the procedure in force since a month ago.
absl::Status Programs::Found() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto before = [&](int days) {
    return Day({std::chrono::duration_cast<std::chrono::milliseconds>(
                    now - std::chrono::hours(std::int64_t{24} * days))
                    .count()});
  };
  std::string states;
  for (const PartyCode state : states_) states += " " + state.ToText();
  const fs::path scenario = sockets_ / "founding.scenario";
  CHANCERY_RETURN_IF_ERROR(
      edge::ReplaceFile(scenario,
                        "scenario: Before the load\nrealm: rehearsal\nagreement: eu-pakistan\n"
                        "procedure: 2016\nministry: PAK\nstates:" +
                            states + "\nagreed: " + before(30) + "T00:00:00Z\n\nat " + before(1) +
                            "T00:00:00Z\nexpect sums applied 0\n"));
  CHANCERY_ASSIGN_OR_RETURN(
      const play::CommandResult played,
      play::RunCommand(
          {Binary("chancery-play"), scenario.string(), "--agreements", plan_.agreements.string(),
           "--out", out_.string(), "--verdicts", plan_.verdicts.string(), "--quiet"},
          kFoundingTime));
  if (played.exit_code == 0) return absl::OkStatus();
  return FailedPrecondition("chancery-play ended with " + std::to_string(played.exit_code) + ": " +
                            played.err);
}

// By the machine's clock, with sockets that are there.
absl::Status Programs::Configure() {
  std::error_code ignored;
  const auto by_machine_clock = [](const std::string& line) {
    return line.starts_with("clock_file = ") ? std::string() : line;
  };
  CHANCERY_RETURN_IF_ERROR(Rewrite(FolderOf(ministry()) / "ministry.toml", by_machine_clock));
  for (const char* witness : {"witness1", "witness2"})
    CHANCERY_RETURN_IF_ERROR(Rewrite(out_ / witness / "witness.toml", by_machine_clock));
  for (const PartyCode state : states_) {
    CHANCERY_RETURN_IF_ERROR(
        SetValues(FolderOf(state) / "state.toml", {{"socket", SocketOf(state).string()}}));
    const fs::path pipe = sockets_ / (state.ToText() + ".events");
    if (mkfifo(pipe.c_str(), 0600) != 0)
      return FailedPrecondition(pipe.string() + ": no pipe can be made");
    // Open for both, so that it never ends while a daemon is started again.
    const int end = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (end < 0) return FailedPrecondition(pipe.string() + ": the pipe cannot be read");
    pipes_[state] = end;
    if (fcntl(end, F_SETPIPE_SZ, kPipeBytes) < 0)
      return FailedPrecondition(pipe.string() + ": the pipe cannot be made large enough");
  }
  std::vector<PartyCode> parties = states_;
  parties.push_back(ministry());
  for (const PartyCode party : parties) {
    for (const char* folder : {"evidence", "slice"})
      fs::remove_all(FolderOf(party) / folder, ignored);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Programs::StartOne(play::Process& process,
                                               std::vector<std::string> arguments,
                                               const std::string& name, const fs::path& log) {
  const fs::path ready = sockets_ / (name + ".ready");
  std::error_code error;
  fs::remove(ready, error);
  arguments.insert(arguments.end(), {"--ready-file", ready.string()});
  CHANCERY_RETURN_IF_ERROR(process.Start(arguments, log));
  const auto until = std::chrono::steady_clock::now() + kStartTime;
  while (!fs::exists(ready, error)) {
    if (!process.Running() || std::chrono::steady_clock::now() > until)
      return Unavailable(name + " did not start: see " + log.string());
    std::this_thread::sleep_for(kPoll);
  }
  return edge::ReadWholeFile(ready);
}

absl::Status Programs::StartWitnesses() {
  std::vector<fs::path> called_by = {FolderOf(ministry()) / "ministry.toml"};
  for (const PartyCode state : states_) called_by.push_back(FolderOf(state) / "state.toml");
  for (const std::string witness : {"witness1", "witness2"}) {
    const fs::path config = out_ / witness / "witness.toml";
    CHANCERY_RETURN_IF_ERROR(SetValues(config, {{"listen", "127.0.0.1:0"}}));
    CHANCERY_ASSIGN_OR_RETURN(
        const std::string ready,
        StartOne(witnesses_[witness],
                 {Binary("chancery-audit"), "watch", "serve", "--config", config.string()}, witness,
                 out_ / witness / "log"));
    const Json addresses = Json::parse(ready, nullptr, false);
    if (!addresses.is_object()) return Unavailable(witness + ": its ready file holds no address");
    const std::string address = addresses.value("grpc", std::string());
    for (const fs::path& file : called_by) {
      bool this_one = false;
      CHANCERY_RETURN_IF_ERROR(Rewrite(file, [&](const std::string& line) {
        if (line.starts_with("name = ")) this_one = line.ends_with("/" + witness + "\"");
        if (!this_one || !line.starts_with("address = ")) return line;
        this_one = false;
        return "address = \"" + address + "\"";
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status Programs::Start() {
  CHANCERY_RETURN_IF_ERROR(StartWitnesses());
  const fs::path config = FolderOf(ministry()) / "ministry.toml";
  CHANCERY_RETURN_IF_ERROR(SetValues(config, {{"listen", "127.0.0.1:0"}}));
  CHANCERY_ASSIGN_OR_RETURN(
      const std::string ready,
      StartOne(ministry_, {Binary("chancery-ministry"), "serve", "--config", config.string()},
               "ministry", FolderOf(ministry()) / "log"));
  const Json addresses = Json::parse(ready, nullptr, false);
  if (!addresses.is_object()) return Unavailable("ministry: its ready file holds no address");
  const std::string address = addresses.value("exchange", std::string());
  for (const PartyCode state : states_) {
    const fs::path file = FolderOf(state) / "state.toml";
    // The first address is the ministry's; those of witnesses stand in tables behind it.
    bool set = false;
    CHANCERY_RETURN_IF_ERROR(Rewrite(file, [&](const std::string& line) {
      if (set || !line.starts_with("address = ")) return line;
      set = true;
      return "address = \"" + address + "\"";
    }));
    CHANCERY_RETURN_IF_ERROR(
        StartOne(daemons_[state], {Binary("chancery-state"), "serve", "--config", file.string()},
                 state.ToText(), sockets_ / (state.ToText() + ".events"))
            .status());
  }
  // Nobody signs before the witnesses were heard, and the first acts would be refused.
  for (const PartyCode state : states_) {
    CHANCERY_ASSIGN_OR_RETURN(
        const play::CommandResult settled,
        play::RunCommand(
            {Binary("chancery-state"), "--config", (FolderOf(state) / "state.toml").string(),
             "wait", "--settled", "--timeout", std::to_string(kStartTime.count())},
            2 * kStartTime));
    if (settled.exit_code != 0)
      return Unavailable(state.ToText() + " does not settle: " + settled.err);
  }
  return absl::OkStatus();
}

absl::Status Programs::Stop() {
  absl::Status ended;
  const auto stop = [&](play::Process& process, const std::string& name) {
    if (!process.Running() || process.Stop(kStopTime).value_or(1) != 0)
      ended.Update(Unavailable(name + " did not end well: see the logs in " + out_.string()));
  };
  for (auto& [state, process] : daemons_) stop(process, state.ToText());
  stop(ministry_, "ministry");
  for (auto& [name, process] : witnesses_) stop(process, name);
  return ended;
}

absl::StatusOr<Programs::Taken> Programs::CpuSeconds() const {
  Taken taken;
  CHANCERY_ASSIGN_OR_RETURN(taken.ministry, CpuSecondsOf(ministry_.pid()));
  for (const auto& [state, process] : daemons_) {
    CHANCERY_ASSIGN_OR_RETURN(const double one, CpuSecondsOf(process.pid()));
    taken.daemons += one;
  }
  for (const auto& [name, process] : witnesses_) {
    CHANCERY_ASSIGN_OR_RETURN(const double one, CpuSecondsOf(process.pid()));
    taken.witnesses += one;
  }
  return taken;
}

absl::StatusOr<Programs::Memory> Programs::PeakMemory() const {
  Memory memory;
  CHANCERY_ASSIGN_OR_RETURN(memory.ministry, PeakMebibytesOf(ministry_.pid()));
  for (const auto& [state, process] : daemons_) {
    CHANCERY_ASSIGN_OR_RETURN(const double one, PeakMebibytesOf(process.pid()));
    memory.largest_daemon = std::max(memory.largest_daemon, one);
  }
  return memory;
}

}  // namespace chancery::bench
