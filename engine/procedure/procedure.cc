#include "engine/procedure/procedure.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/procedure/check.h"

namespace chancery::procedure {

CheckedProcedure::CheckedProcedure(Procedure terms, const Digest& digest)
    : terms_(std::move(terms)), digest_(digest), zones_(terms_.zones) {
  for (const Rule& rule : terms_.rules) by_act_[rule.act].push_back(&rule);
  std::sort(zones_.begin(), zones_.end(), [](const ZoneOffset& one, const ZoneOffset& other) {
    return std::tie(one.party, one.from) < std::tie(other.party, other.from);
  });
}

std::variant<std::shared_ptr<const CheckedProcedure>, std::vector<Defect>> Admit(
    Procedure procedure, Digest digest) {
  std::vector<Defect> defects = Check(procedure);
  std::erase_if(defects, [](const Defect& defect) { return !defect.stops; });
  if (!defects.empty()) return defects;
  return std::shared_ptr<const CheckedProcedure>(
      new CheckedProcedure(std::move(procedure), digest));
}

const std::vector<const Rule*>& CheckedProcedure::RulesOf(ActKind act) const {
  const auto at = by_act_.find(act);
  return at != by_act_.end() ? at->second : no_rules_;
}

const LimitRule* CheckedProcedure::FindLimit(std::string_view name) const {
  for (const LimitRule& limit : terms_.limits) {
    if (limit.name == name) return &limit;
  }
  return nullptr;
}

const StageRule* CheckedProcedure::FindStage(MatterKind matter, std::string_view name) const {
  for (const StageRule& stage : terms_.stages) {
    if (stage.matter == matter && stage.name == name) return &stage;
  }
  return nullptr;
}

bool CheckedProcedure::IsTerminal(MatterKind matter, std::string_view stage) const {
  return std::any_of(terms_.stages.begin(), terms_.stages.end(), [&](const StageRule& rule) {
    return rule.matter == matter && rule.name == stage && rule.terminal;
  });
}

int CheckedProcedure::OffsetOf(PartyCode party, Instant at) const {
  const auto later = std::upper_bound(zones_.begin(), zones_.end(), std::tie(party, at),
                                      [](const auto& wanted, const ZoneOffset& zone) {
                                        return wanted < std::tie(zone.party, zone.from);
                                      });
  if (later == zones_.begin()) return 0;
  const ZoneOffset& last = *std::prev(later);
  return last.party == party ? last.minutes : 0;
}

bool CheckedProcedure::MayTakePart(PartyCode party, Instant at) const {
  return std::any_of(terms_.parties.begin(), terms_.parties.end(), [&](const PartyTerm& term) {
    return term.party == party && term.from <= at && (!term.until || at < *term.until);
  });
}

Instant CheckedProcedure::FirstTooLate(const LimitRule& limit, Instant since,
                                       PartyCode party) const {
  const int offset = OffsetOf(party, since);
  const std::int64_t day = CivilDayOf(since, offset);
  const std::int64_t first_too_late = limit.before ? day - limit.days + 1 : day + limit.days + 1;
  // The offset that holds on the last day itself: a change of clocks on the way moves the end with
  // it.
  const Instant estimate = StartOfCivilDay(first_too_late, offset);
  return StartOfCivilDay(first_too_late, OffsetOf(party, estimate));
}

std::vector<std::string_view> PropertyNames() {
  return {"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12"};
}

void ProcedureSet::Add(std::shared_ptr<const CheckedProcedure> procedure) {
  const Digest digest = procedure->digest();
  by_digest_.insert_or_assign(digest, std::move(procedure));
}

const CheckedProcedure* ProcedureSet::Founding() const {
  const CheckedProcedure* const found = Find(founding_);
  return found != nullptr && found->terms().founding ? found : nullptr;
}

const CheckedProcedure* ProcedureSet::Find(const Digest& digest) const {
  const auto at = by_digest_.find(digest);
  return at != by_digest_.end() ? at->second.get() : nullptr;
}

}  // namespace chancery::procedure
