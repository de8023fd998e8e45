// The real programs of a rehearsal, run for load: the ministry's server, a daemon for each state
// and the Union's always-on witnesses.
//
// chancery-play founds the cooperation and leaves every party's keys, configuration and store. From
// then on the programs run by the machine's clock, with the configurations the play wrote: what is
// measured is what is installed.
//
// Errors: FailedPrecondition when something is missing, Unavailable when a program does not start
// or end well, with the place of its log.
//
// Threads: one at a time, but for the pipes of the logs.
#ifndef CHANCERY_BENCH_LOAD_PROGRAMS_H_
#define CHANCERY_BENCH_LOAD_PROGRAMS_H_

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "play/process.h"

namespace chancery::bench {

struct ProgramsPlan {
  std::filesystem::path out;         // must not exist
  std::filesystem::path binaries;    // folder of the programs
  std::filesystem::path agreements;  // folder of agreed procedures
  std::filesystem::path verdicts;    // where what was found of procedures is kept
  std::size_t states = 1;
};

inline constexpr std::size_t kMostStates = 4;

class Programs {
 public:
  // Founds the cooperation and starts nothing.
  static absl::StatusOr<std::unique_ptr<Programs>> Make(const ProgramsPlan& plan);
  ~Programs();

  absl::Status Start();
  // An orderly end of all of them.
  absl::Status Stop();

  PartyCode ministry() const;
  const std::vector<PartyCode>& states() const { return states_; }
  const ledger::Anchor& anchor() const { return anchor_; }
  std::filesystem::path pki() const { return out_ / "pki"; }
  std::filesystem::path StoreOf(PartyCode party) const { return FolderOf(party) / "store.db"; }
  std::filesystem::path SocketOf(PartyCode state) const;

  // What a daemon says, a line an event: a pipe's end, open for reading as long as this value
  // lives. Nothing blocks a daemon as long as it is read.
  int EventsOf(PartyCode state) const { return pipes_.at(state); }

  // Processor time so far, and the most memory so far.
  struct Taken {
    double ministry = 0;
    double daemons = 0;    // together
    double witnesses = 0;  // together
  };
  absl::StatusOr<Taken> CpuSeconds() const;
  struct Memory {
    double ministry = 0;        // MiB
    double largest_daemon = 0;  // MiB
  };
  absl::StatusOr<Memory> PeakMemory() const;

 private:
  explicit Programs(const ProgramsPlan& plan) : plan_(plan) {}

  std::filesystem::path FolderOf(PartyCode party) const;
  std::string Binary(const std::string& name) const { return (plan_.binaries / name).string(); }
  absl::Status Found();
  absl::Status Configure();
  absl::StatusOr<std::string> StartOne(play::Process& process, std::vector<std::string> arguments,
                                       const std::string& name, const std::filesystem::path& log);
  absl::Status StartWitnesses();

  const ProgramsPlan plan_;
  std::filesystem::path out_;
  std::filesystem::path sockets_;
  std::vector<PartyCode> states_;
  ledger::Anchor anchor_;
  std::map<PartyCode, int> pipes_;
  play::Process ministry_;
  std::map<PartyCode, play::Process> daemons_;
  std::map<std::string, play::Process> witnesses_;
};

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_PROGRAMS_H_
