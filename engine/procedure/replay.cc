#include "engine/procedure/replay.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace chancery::procedure {

void MatterTable::Put(Matter matter) {
  const MatterId id = matter.id;
  if (!by_id_.contains(id)) {
    if (matter.kind == MatterKind::kCooperation) cooperation_ = id;
    const MatterId handle = matter.facts.IdOr(Fact::kHandle);
    if (matter.kind == MatterKind::kCase && !handle.IsZero())
      newest_case_[{matter.requesting, handle}] = id;
  }
  by_id_.insert_or_assign(id, std::move(matter));
}

const Matter* MatterTable::Find(const MatterId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

MatterId MatterTable::CaseOf(PartyCode party, const MatterId& handle) const {
  const auto found = newest_case_.find({party, handle});
  return found == newest_case_.end() ? MatterId{} : found->second;
}

Matters Gather(const Act& act, const Lookup& lookup) {
  Matters gathered;
  for (const MatterId& id : Touched(act, lookup)) {
    if (const Matter* matter = lookup.Find(id)) gathered.Add(*matter);
  }
  return gathered;
}

std::string StreamOf(const Readers& readers, PartyCode keeper) {
  if (readers.everyone) return "all";
  std::vector<PartyCode> parties = readers.parties;
  std::erase(parties, keeper);
  std::sort(parties.begin(), parties.end());
  parties.erase(std::unique(parties.begin(), parties.end()), parties.end());
  if (parties.empty()) return keeper.ToText();
  std::string name;
  for (const PartyCode party : parties) {
    if (!name.empty()) name += '+';
    name += party.view();
  }
  return name;
}

std::set<Digest> ProceduresNamed(const Act& act) {
  std::set<Digest> named{act.procedure};
  if (act.facts.Has(Fact::kProcedure)) named.insert(act.facts.DigestOr(Fact::kProcedure));
  return named;
}

namespace {

// As Gather, without copies: what is gathered lives in the table and is gone when the table
// changes. The cooperation's register alone is hundreds of rows, and every act is judged with it.
Matters Borrow(const Act& act, const MatterTable& table) {
  Matters gathered;
  for (const MatterId& id : Touched(act, table)) {
    // The aliasing pointer owns nothing.
    if (const Matter* matter = table.Find(id))
      gathered.Add(std::shared_ptr<const Matter>(std::shared_ptr<const Matter>(), matter));
  }
  return gathered;
}

}  // namespace

std::optional<TurnedAway> Replayer::AtTheDoor(const RecordedAct& recorded) const {
  return procedure::AtTheDoor(procedures_, Borrow(recorded.act, matters_), recorded);
}

Stepped Replayer::Add(const RecordedAct& recorded) {
  Stepped stepped = Step(procedures_, Borrow(recorded.act, matters_), recorded);
  for (const Matter& matter : stepped.changed) matters_.Put(matter);
  return stepped;
}

}  // namespace chancery::procedure
