// Replaying a ledger: the recorded acts, one after another, through the same Step that ruled them.
//
// Whoever holds the acts of a matter in their recorded order comes to the ruling that was recorded,
// or has found a difference that can be shown to anybody. Nothing here reads a clock, a file or
// another act than those it was given.
#ifndef CHANCERY_ENGINE_PROCEDURE_REPLAY_H_
#define CHANCERY_ENGINE_PROCEDURE_REPLAY_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "engine/procedure/step.h"

namespace chancery::procedure {

// Matters in memory, found as Lookup promises. A value: one row a matter, however many acts moved
// it.
class MatterTable final : public Lookup {
 public:
  // A new matter, or the next state of a known one. A case is found by its sender and handle from
  // then on; of several cases for one person the one put first last counts as the newest.
  void Put(Matter matter);

  const Matter* Find(const MatterId& id) const override;
  MatterId CaseOf(PartyCode party, const MatterId& handle) const override;
  MatterId Cooperation() const override { return cooperation_; }

  const std::map<MatterId, Matter>& all() const { return by_id_; }

 private:
  std::map<MatterId, Matter> by_id_;
  std::map<std::pair<PartyCode, MatterId>, MatterId> newest_case_;
  MatterId cooperation_;
};

// The matters Touched names for an act, as they stand in `lookup`.
Matters Gather(const Act& act, const Lookup& lookup);

// The stream an entry with these readers belongs to in the ledger of `keeper`: "all", or the codes
// of the readers other than the keeper in their order, joined by "+". An entry that only its keeper
// reads is in the stream of its own code. Bytes are forever: the name stands in every entry.
std::string StreamOf(const Readers& readers, PartyCode keeper);

// The procedures an act speaks of: the one it is done under and the one it proposes, accepts or
// puts in or out of force.
std::set<Digest> ProceduresNamed(const Act& act);

// Steps acts in the order of their entries and keeps what they make of the matters: memory grows
// with the matters, not with the acts.
class Replayer {
 public:
  explicit Replayer(ProcedureSet procedures) : procedures_(std::move(procedures)) {}

  // Why this act should have been turned away at the door instead of being recorded now; nothing
  // when it was right to let it in.
  std::optional<TurnedAway> AtTheDoor(const RecordedAct& recorded) const;

  // The ruling on the next act, with who may read it. The matters are then as the ruling left them.
  Stepped Add(const RecordedAct& recorded);

  const MatterTable& matters() const { return matters_; }
  const ProcedureSet& procedures() const { return procedures_; }

 private:
  ProcedureSet procedures_;
  MatterTable matters_;
};

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_REPLAY_H_
