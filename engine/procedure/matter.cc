#include "engine/procedure/matter.h"

#include <algorithm>
#include <set>

namespace chancery::procedure {

namespace {

Readers Between(std::vector<PartyCode> parties) {
  std::sort(parties.begin(), parties.end());
  parties.erase(std::unique(parties.begin(), parties.end()), parties.end());
  return {.everyone = false, .parties = std::move(parties)};
}

// The states named in the lines of a flight, with the requesting and the requested party.
std::vector<PartyCode> PartiesOfFlight(const std::vector<Facts>& lines, PartyCode one,
                                       PartyCode other) {
  std::vector<PartyCode> parties = {one, other};
  for (const Facts& line : lines) parties.push_back(UnpackParty(line.NumberOr(Fact::kParty, 0)));
  return parties;
}

bool IsBefore(const std::shared_ptr<const Matter>& one, const MatterId& id) { return one->id < id; }

}  // namespace

const RunningLimit* Matter::FindLimit(std::string_view name) const {
  for (const RunningLimit& limit : limits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

void Matters::Add(std::shared_ptr<const Matter> matter) {
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), matter->id, IsBefore);
  if (at != by_id_.end() && (*at)->id == matter->id) {
    *at = std::move(matter);
  } else {
    by_id_.insert(at, std::move(matter));
  }
}

const Matter* Matters::Find(const MatterId& id) const {
  const auto at = std::lower_bound(by_id_.begin(), by_id_.end(), id, IsBefore);
  return at != by_id_.end() && (*at)->id == id ? at->get() : nullptr;
}

const Matter* Matters::Cooperation() const {
  for (const std::shared_ptr<const Matter>& matter : by_id_) {
    if (matter->kind == MatterKind::kCooperation) return matter.get();
  }
  return nullptr;
}

const std::vector<Facts>& Matters::Register() const {
  static const std::vector<Facts> kNoRows;
  for (const std::shared_ptr<const Matter>& matter : by_id_) {
    if (matter->kind == MatterKind::kCooperation) return matter->lines;
  }
  return kNoRows;
}

std::vector<MatterId> Touched(const Act& act, const Lookup& lookup) {
  std::set<MatterId> ids;
  const auto add = [&](const MatterId& id) {
    if (!id.IsZero() && lookup.Find(id) != nullptr) ids.insert(id);
  };
  add(lookup.Cooperation());
  add(act.matter);
  const ActInfo* info = FindAct(act.kind);
  if (info == nullptr) return {ids.begin(), ids.end()};
  if (info->matter == MatterKind::kCase) {
    const MatterId handle = act.facts.IdOr(Fact::kHandle);
    if (!handle.IsZero()) add(lookup.CaseOf(act.author, handle));
  }
  if (info->matter == MatterKind::kTransfer) {
    add(act.facts.IdOr(Fact::kFlight));
    if (const Matter* transfer = lookup.Find(act.matter); transfer != nullptr) {
      add(transfer->facts.IdOr(Fact::kFlight));
      // A later revision may leave a person out, and then that person's case is set free.
      for (const Facts& line : transfer->lines) add(line.IdOr(Fact::kCase));
    }
    for (const Facts& line : act.lines) add(line.IdOr(Fact::kCase));
  }
  return {ids.begin(), ids.end()};
}

Readers ReadersOf(const Matter& matter) {
  switch (matter.kind) {
    case MatterKind::kCooperation:
      return {.everyone = true, .parties = {}};
    case MatterKind::kFlight:
      return Between(PartiesOfFlight(matter.lines, matter.requesting, matter.requested));
    case MatterKind::kCase:
    case MatterKind::kTransfer:
      break;
  }
  return Between({matter.requesting, matter.requested});
}

bool MayRead(const Readers& readers, PartyCode party) {
  return readers.everyone ||
         std::find(readers.parties.begin(), readers.parties.end(), party) != readers.parties.end();
}

bool MayRead(const Matter& matter, PartyCode party) {
  if (matter.kind == MatterKind::kCooperation || party == matter.requesting ||
      party == matter.requested) {
    return true;
  }
  return matter.kind == MatterKind::kFlight &&
         std::any_of(matter.lines.begin(), matter.lines.end(), [&](const Facts& row) {
           return UnpackParty(row.NumberOr(Fact::kParty, 0)) == party;
         });
}

Readers ReadersOf(const Act& act, const Matters& matters) {
  const ActInfo* info = FindAct(act.kind);
  if (info != nullptr && info->matter == MatterKind::kCooperation)
    return {.everyone = true, .parties = {}};
  const Matter* matter = matters.Find(act.matter);
  if (matter != nullptr) {
    if (MayRead(*matter, act.author)) return ReadersOf(*matter);
  } else if (act.kind == ActKind::kFlightProposed) {
    return Between(PartiesOfFlight(act.lines, act.author, act.addressee));
  }
  return Between({act.author, act.addressee});
}

bool GovernsNewMatters(const Facts& row, Instant at) {
  if (row.NumberOr(Fact::kRegister, 0) != static_cast<std::int64_t>(Register::kProcedure))
    return false;
  if (!row.Has(Fact::kFrom) || row.NumberOr(Fact::kFrom, 0) > at.ms) return false;
  const std::int64_t standing = row.NumberOr(Fact::kProcedureStanding, 0);
  if (standing == static_cast<std::int64_t>(ProcedureStanding::kInForce)) return true;
  return standing == static_cast<std::int64_t>(ProcedureStanding::kOutOfForce) &&
         at.ms < row.NumberOr(Fact::kUntil, 0);
}

}  // namespace chancery::procedure
