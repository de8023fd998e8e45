// Plays a scenario in the pure core alone: no programs, no keys, no clock. Digests of statements
// and certificates are stand-ins that only differ from each other.
//
// What is played here and what the programs play are the same acts by the same script; an ending
// that differs between the two is a fault.
//
// Deterministic: the same scenario and procedures give the same ending. Safe on every thread.
#ifndef CHANCERY_PLAY_CORE_PLAYER_H_
#define CHANCERY_PLAY_CORE_PLAYER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/procedure/act.h"
#include "engine/procedure/procedure.h"
#include "play/agreed.h"
#include "play/outcome.h"
#include "play/scenario.h"
#include "play/verdict.h"

namespace chancery::play {

// An act of the story and what became of it.
struct PlayedAct {
  int line = 0;  // of its sentence
  PartyCode author;
  std::string what;  // "application P07"
  Verdict verdict;
};

struct Played {
  Ending ending;
  std::vector<PlayedAct> record;   // every act of the story, in its order
  std::vector<std::string> unmet;  // expectations not met, each with file and line
  std::int64_t acts = 0;           // of the story, without those that set the scene
  // Everything that was recorded, in the ledger's order, and how many of them set the scene.
  std::vector<procedure::RecordedAct> recorded;
  std::size_t scene_acts = 0;
};

// Told of every act: "2016-09-05T08:00:00Z GRC application P01: admitted application_own_national".
using Progress = std::function<void(const std::string& line)>;

// FailedPrecondition names the line of a sentence that cannot be played, or the act that sets the
// scene and was not admitted. Rulings that differ from what their sentence expects are no failure:
// they are in `unmet`.
absl::StatusOr<Played> PlayInCore(const Scenario& scenario, const Agreed& agreed,
                                  const Progress& progress);
// The same acts with the same seals, ruled by other rules than those that people act by: to see
// whether a story tells the two apart. The digests must be those of `agreed`.
absl::StatusOr<Played> PlayInCore(const Scenario& scenario, const Agreed& agreed,
                                  procedure::ProcedureSet ruled_by, const Progress& progress);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_CORE_PLAYER_H_
