// The pure core: facts in, ruling out.
//
// Ministry, states and auditors run these same functions over the same recorded acts and must come
// to equal answers. They are total and deterministic: no clock, no I/O, no randomness, no locale,
// no floating point, no threads. Time is a value that the ledger recorded.
#ifndef CHANCERY_ENGINE_PROCEDURE_STEP_H_
#define CHANCERY_ENGINE_PROCEDURE_STEP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/procedure/evaluate.h"
#include "engine/procedure/procedure.h"
#include "engine/procedure/ruling.h"
#include "engine/procedure/seals.h"

namespace chancery::procedure {

// Why an act is turned away before anything is recorded (design section 4).
enum class DoorGround : std::uint8_t {
  kNotFounded = 1,          // the ledger has no founding act yet, or has one already
  kAuthorNotAppointed = 2,  // the author has no appointed authority at that time
  kSignerNotAppointed = 3,  // a seal is not of an office appointed for the author at that time
  kMatterTaken =
      5,  // the act would open a matter under an identifier that another party's matter has
  kSealMissing = 4,  // the seals the act needs are not all there
};
struct TurnedAway {
  DoorGround ground;
  std::string message;  // names the field, the rule and the remedy
};
// Whether the act may come in: who signed is judged by the appointments in force at `recorded_at`.
std::optional<TurnedAway> AtTheDoor(const ProcedureSet& procedures, const Matters& touched,
                                    const RecordedAct& recorded);

// A ruling with the matters as they are after it (only those that changed).
struct Stepped {
  Ruling ruling;
  std::vector<Matter> changed;  // in byte order of their ids
  Readers readers;
};

// Sees by what an act is judged while it is judged, for whoever explains the ruling. It changes
// nothing, and what it is shown lives no longer than the call.
class Onlooker {
 public:
  virtual ~Onlooker() = default;
  // The matters as the act finds them: limits that have passed are applied.
  virtual void Found(const Scene& scene) = 0;
  // A guard that speaks of the act, or of that line of it, and whether what it requires holds.
  virtual void Asked(const Guard& guard, bool holds, const Scene& scene,
                     std::optional<std::uint32_t> line) = 0;
};

// Judges one act. Limits of the touched matters that passed before `recorded_at` are applied first,
// in the order in which they passed; they stand even when the act itself is inadmissible.
Stepped Step(const ProcedureSet& procedures, const Matters& touched, const RecordedAct& recorded,
             Onlooker* onlooker = nullptr);

// What the sentences of a rule can see of an act on an open matter before the act changes anything:
// whether a guard that reads nothing but the situation would refuse can be told without Step. Other
// cases of the person and the lines of the act are not in it. Points into `matters` and `recorded`.
Scene SceneBefore(const ProcedureSet& procedures, const Matters& matters,
                  const RecordedAct& recorded);

// What is waited for in a matter: its stage, and each limit that is one party's whatever the stage.
struct Due {
  MatterId matter;
  MatterKind kind = MatterKind::kCase;
  std::string stage;
  PartyCode by;       // whose turn it is
  std::string limit;  // empty when no limit runs
  Instant since;
  Instant until;                  // the first moment too late
  std::string silence;            // the lapse that will be applied, empty when none
  std::vector<std::string> acts;  // what the party may do
};
struct Standing {
  std::vector<Matter> matters;  // with the limits that have passed applied
  std::vector<Lapsed> lapses;   // those that were applied for this answer
  std::vector<Due> due;
};
// How matters stand at a moment, without recording anything.
// Only what silence has done by `at`: the matters that changed, and by which lapses.
struct Elapsed {
  std::vector<Matter> changed;  // in byte order of their ids
  std::vector<Lapsed> lapses;   // in the order in which their limits passed
};
Elapsed ElapsedBy(const ProcedureSet& procedures, const Matters& matters, Instant at);
Standing StandingAt(const ProcedureSet& procedures, const Matters& matters, Instant at);
// When to look again: the next moment at which some limit passes.
std::optional<Instant> NextTimeLimit(const ProcedureSet& procedures, const Matters& matters);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_STEP_H_
