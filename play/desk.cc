#include "play/desk.h"

#include <algorithm>
#include <variant>

#include "engine/codec/act_json.h"
#include "play/scans.h"

namespace chancery::play {

namespace {

using procedure::Fact;
using procedure::Role;
using procedure::Rule;
using Json = nlohmann::ordered_json;

bool RoleFits(const Rule& rule, PartyCode self, const procedure::Matter* matter) {
  switch (rule.role) {
    case Role::kRequesting:
      return matter == nullptr || matter->requesting == self;
    case Role::kRequested:
      return matter != nullptr && matter->requested == self;
    case Role::kEither:
    case Role::kParticipant:
      return true;
    case Role::kParty:
      return std::find(rule.parties.begin(), rule.parties.end(), self) != rule.parties.end();
  }
  return false;
}

bool HasFacts(const Rule& rule, const Planned& planned) {
  const procedure::Act& act = planned.act;
  const auto in = [](const procedure::Facts& facts) {
    return [&facts](Fact fact) { return facts.Has(fact); };
  };
  return std::all_of(rule.required.begin(), rule.required.end(), in(act.facts)) &&
         (!rule.particulars_required || CarriesParticulars(planned)) &&
         std::all_of(act.lines.begin(), act.lines.end(), [&](const procedure::Facts& line) {
           return std::all_of(rule.line_required.begin(), rule.line_required.end(), in(line));
         });
}

std::vector<SealingOffice> SealsOf(const Rule& rule) {
  std::vector<SealingOffice> seals;
  for (const procedure::SealNeeded& needed : rule.seals)
    seals.push_back({needed.office, needed.count});
  return seals;
}

bool HoldsAll(const Scenario& scenario, PartyCode party, const Rule& rule) {
  return std::all_of(rule.seals.begin(), rule.seals.end(), [&](const procedure::SealNeeded& one) {
    return Holds(scenario, party, one.office);
  });
}

AtTheDesk Refused(std::string_view ground) { return {std::string(ground), {}}; }

std::string RuleOf(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome))
    return admitted->because.rule;
  return std::get<procedure::Inadmissible>(ruling.outcome).rule;
}

}  // namespace

Json RegisteredOf(const Person& person) {
  if (person.on_file.cnic.empty()) return Json::object();
  return {{"name", person.on_file.name.Reveal()}, {"cnic", person.on_file.cnic.Reveal()}};
}

std::string InputOf(const Scenario& scenario, const Planned& planned, const Json& registered) {
  Json act = Json::parse(codec::ActToJson(planned.act), nullptr, false);
  if (const Person* person = scenario.FindPerson(planned.person)) {
    for (std::size_t i = 0; i < planned.act.lines.size(); ++i) {
      const Scan* scan = ScanNamedBy(*person, planned.act.lines[i]);
      if (scan == nullptr) continue;
      act["lines"][i].erase("attachment");
      act["lines"][i]["attachment_file"] = NameOf(*person, *scan);
    }
  }
  for (const char* field : {"author", "statement_id", "made_at", "procedure", "commitment"})
    act.erase(field);
  if (!CarriesParticulars(planned)) return act.dump();
  Json& particulars = act["particulars"] = Json::object();
  // Everything but the confirmation says what the sender knows of the person.
  const bool applies = planned.act.kind != procedure::ActKind::kReply;
  if (!applies && !registered.empty()) {
    particulars = registered;
    return act.dump();
  }
  for (const Particular& particular : scenario.FindPerson(planned.person)->particulars) {
    if (applies || particular.label == "name")
      particulars[particular.label] = particular.value.Reveal();
  }
  return act.dump();
}

bool IsInForce(const procedure::Matter& cooperation, const Digest& procedure, Instant at) {
  return std::any_of(
      cooperation.lines.begin(), cooperation.lines.end(), [&](const procedure::Facts& row) {
        return row.DigestOr(Fact::kProcedure) == procedure && procedure::GovernsNewMatters(row, at);
      });
}

AtTheDesk DeskOfState(const Scenario& scenario, const procedure::CheckedProcedure& rules,
                      const Planned& planned, const procedure::Matter* known, bool in_force) {
  const procedure::Act& act = planned.act;
  if (act.addressee != scenario.ministry) return Refused(kAddresseeWrong);
  if (known == nullptr && !in_force) return Refused(kNoProcedure);
  std::vector<const Rule*> candidates;
  std::vector<const Rule*> of_role;
  for (const Rule* rule : rules.RulesOf(act.kind)) {
    if (!RoleFits(*rule, act.author, known)) continue;
    of_role.push_back(rule);
    const bool fits = known == nullptr ? rule->opens : !rule->opens || !rule->from.empty();
    if (fits) candidates.push_back(rule);
  }
  if (candidates.empty()) candidates = of_role;
  if (candidates.empty()) return Refused(kNoRule);
  bool complete = false;
  for (const Rule* rule : candidates) {
    if (!HasFacts(*rule, planned)) continue;
    complete = true;
    if (HoldsAll(scenario, act.author, *rule)) return {{}, SealsOf(*rule)};
  }
  return Refused(complete ? kNoSealingKey : kMissingFact);
}

AtTheDesk DeskOfMinistry(const Scenario& scenario, const procedure::CheckedProcedure& rules,
                         const procedure::Act& act, const procedure::Ruling& ruling,
                         std::int64_t office) {
  std::vector<const Rule*> own;
  for (const Rule* rule : rules.RulesOf(act.kind)) {
    if (HoldsAll(scenario, act.author, *rule)) own.push_back(rule);
  }
  const auto named = std::find_if(own.begin(), own.end(),
                                  [&](const Rule* rule) { return rule->name == RuleOf(ruling); });
  const Rule* rule = named != own.end() ? *named : own.empty() ? nullptr : own.front();
  if (rule == nullptr) return Refused(kSealMissing);
  const auto asks = [office](const Rule* one) {
    return std::any_of(one->seals.begin(), one->seals.end(),
                       [&](const procedure::SealNeeded& seal) { return seal.office == office; });
  };
  if (office != 0 && !asks(rule)) {
    // An act that no rule admits may be sealed as any rule of its kind asks.
    const auto other = std::find_if(own.begin(), own.end(), asks);
    if (ruling.admitted() || other == own.end()) return Refused(kSealMissing);
    rule = *other;
  }
  return {{}, SealsOf(*rule)};
}

}  // namespace chancery::play
