// Plays a scenario with the real programs over mTLS: every act through the command line that an
// official would use.
//
// The scenario's clock moves only when everything is settled: nothing waits in an outbox, every
// reader has cosigned the ministry's head and the ministry every reader's. Programs may be killed
// on the way; each is started again and the story goes on, and must end as it would have without.
#ifndef CHANCERY_PLAY_PROGRAM_PLAYER_H_
#define CHANCERY_PLAY_PROGRAM_PLAYER_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "play/agreed.h"
#include "play/core_player.h"
#include "play/scenario.h"

namespace chancery::play {

struct ProgramOptions {
  std::filesystem::path out;       // must not exist; keeps anchor and every party's evidence
  std::filesystem::path programs;  // folder of the programs
  std::string log_level = "info";
  std::filesystem::path pki;       // a rehearsal's keys to copy; empty: new ones are made
  std::filesystem::path verdicts;  // where verdicts on procedures are kept; empty: in `out`
  std::uint64_t kill_seed = 0;
  int kills = 0;  // how many programs are killed, at moments drawn from the seed
};

struct PlayedWithPrograms : Played {
  int kills = 0;                     // programs that were killed and started again
  std::vector<std::string> audited;  // "ministry: VERIFIED ..." for each party
};

// Errors are those of the world: a program that is missing, does not start or does not end. What is
// not as expected, by the scenario, by an audit or by the core's own ending, is in `unmet`.
absl::StatusOr<PlayedWithPrograms> PlayWithPrograms(const Scenario& scenario, const Agreed& agreed,
                                                    const ProgramOptions& options,
                                                    const Progress& progress);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_PROGRAM_PLAYER_H_
