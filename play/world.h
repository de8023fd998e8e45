// The real programs of a rehearsal on this machine: keys, anchor, configurations, and the processes
// themselves.
//
// A folder is built like this (docs/scenarios.md says what stays when the play is over):
//   anchor                     what every party and auditor was given out of band
//   witness1/ witness2/        the Union's always-on witnesses: configuration, heads, log
//   ministry/ GRC/ AUT/ ...    a party's configuration, store, policy and log; later its evidence
//   pki/ procedures/ clock     the rehearsal's keys, the signed procedures, the scenario's clock
//   verdicts/                  what was found of them before they were signed, unless kept
//   elsewhere
//
// Commands may run on several threads at once; programs are started and ended on one thread only,
// because they end with it.
#ifndef CHANCERY_PLAY_WORLD_H_
#define CHANCERY_PLAY_WORLD_H_

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "nlohmann/json.hpp"
#include "play/agreed.h"
#include "play/process.h"
#include "play/scenario.h"
#include "play/script.h"

namespace chancery::play {

using Json = nlohmann::ordered_json;

struct WorldOptions {
  std::filesystem::path out;       // must not exist
  std::filesystem::path programs;  // folder of the programs
  std::string log_level = "info";
  // Where verdicts on procedures are kept (chancery-procedure sign --verdict); empty: in `out`.
  std::filesystem::path verdicts;
  std::filesystem::path pki;  // what make-rehearsal-pki made, to copy; empty: it is made anew
};

// A command's answer: its exit code and, with 0 and 4, its data.
struct Answer {
  int exit_code = 0;
  Json data;
  std::string error;  // what it said on stderr
  bool unavailable() const { return exit_code == 5 || exit_code >= 128; }
};

class World {
 public:
  // Makes everything but starts nothing. AlreadyExists when `out` is there; FailedPrecondition when
  // a program is missing.
  static absl::StatusOr<std::unique_ptr<World>> Make(const Scenario& scenario, const Agreed& agreed,
                                                     const WorldOptions& options);
  ~World();

  const std::vector<OfficeKey>& offices() const { return offices_; }
  const std::vector<AuthorityKeys>& authorities() const { return authorities_; }
  const std::filesystem::path& out() const { return options_.out; }
  std::filesystem::path FolderOf(PartyCode party) const;

  absl::Status SetClock(Instant at);

  // The ministry with its registry, or a state's daemon. With `die_at` (EVENT:N) it ends itself
  // there.
  absl::Status Start(PartyCode party, const std::string& die_at = {});
  // The Union's always-on witnesses: before the parties' programs, which are told where they stand.
  absl::Status StartWitnesses();
  // Starts again those that have ended.
  absl::Status ReviveWitnesses();
  // An orderly end of all of them.
  absl::Status StopWitnesses();
  // One of them, counted from 0; it comes back with ReviveWitnesses.
  void KillWitness(std::size_t which);
  std::size_t witnesses() const { return witnesses_.size(); }
  // Starts it again, without waiting for it to be ready, when it has ended. Whether it had.
  absl::StatusOr<bool> Revive(PartyCode party);
  void Kill(PartyCode party);
  // An orderly end; an error when it did not come or the exit code was not 0. Different programs
  // may be stopped on several threads at once.
  absl::Status Stop(PartyCode party);

  // An officer's command: `arguments` after the noun and verb, with that officer's keys.
  absl::StatusOr<Answer> Officer(std::int64_t office, int officer,
                                 std::vector<std::string> arguments, bool seals) const;
  // A command to a state's daemon.
  absl::StatusOr<Answer> State(PartyCode party, std::vector<std::string> arguments) const;
  // A command on the ministry's store while its server is stopped.
  absl::StatusOr<Answer> Ministry(std::vector<std::string> arguments) const;
  // chancery-audit verify on a party's evidence.
  absl::StatusOr<Answer> Audit(PartyCode party, const std::string& folder) const;

  // The Union has no program here: its signatory seals with the key of the rehearsal, and an
  // officer brings the envelope in. The founding act is also sealed by the ministry.
  absl::StatusOr<Bytes> SealForUnion(const procedure::Act& act, Instant at) const;

  // A state's act sealed with the key of any office, which that state's program would not do: the
  // envelope with its particulars.
  absl::StatusOr<Bytes> SealByHand(procedure::Act act, std::vector<Item> items, std::int64_t office,
                                   Instant at, Entropy& entropy) const;

  // Writes an input of a command, readable by this user alone. Inputs hold particulars and go with
  // DropInputs.
  std::string InputPath(const std::string& name) const;
  absl::StatusOr<std::string> WriteInput(const std::string& name, const std::string& text) const;
  void DropInputs() const;

 private:
  World(const Scenario& scenario, const Agreed& agreed, WorldOptions options)
      : scenario_(scenario), agreed_(agreed), options_(std::move(options)) {}

  struct Program {
    Process process;
    std::filesystem::path ready;
    std::vector<std::string> arguments;
  };

  struct WitnessProgram {
    std::string folder;  // "witness1"
    std::string name;    // as the anchor names it
    Program program;
    std::string address = "127.0.0.1:0";
  };

  absl::Status WriteWitness(const WitnessProgram& witness);
  absl::Status StartWitness(WitnessProgram& witness);
  std::string AlwaysOnTables() const;
  absl::Status CopyKeys();
  absl::Status MakeKeys();
  absl::Status MakeAnchor();
  absl::Status SignProcedures();
  absl::Status SignProcedure(const AgreedProcedure& procedure);
  absl::Status WriteMinistry();
  absl::Status WriteState(PartyCode state);
  absl::Status WriteRegistry();
  absl::Status StartRegistry();
  absl::Status AwaitReady(Program& program, const std::string& name);
  std::string Name(PartyCode party) const;
  std::string ProgramPath(const std::string& program) const;
  std::filesystem::path Pki(PartyCode party) const { return options_.out / "pki" / party.ToText(); }
  std::string SealPath(PartyCode party, std::int64_t office, int officer, const char* ending) const;
  absl::StatusOr<Answer> Ask(const std::vector<std::string>& arguments) const;

  const Scenario& scenario_;
  const Agreed& agreed_;
  WorldOptions options_;
  std::filesystem::path sockets_;  // a short path: a Unix socket's name has at most 107 bytes
  ledger::Anchor anchor_;
  std::vector<OfficeKey> offices_;
  std::vector<AuthorityKeys> authorities_;
  std::map<PartyCode, Program> programs_;
  std::vector<WitnessProgram> witnesses_;
  Process registry_;
  std::string exchange_address_ = "127.0.0.1:0";
  std::string casework_address_ = "127.0.0.1:0";
};

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_WORLD_H_
