// Hosts and names: a ruling depends on what a party is in a matter and on what the procedure says
// of it, never on which program it runs, whose ledger it stands in, or how it is called (design
// section 7).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/core_world.h"
#include "tests/support/sequences.h"

namespace chancery::testing {
namespace {

using procedure::Admitted;
using procedure::CheckedProcedure;
using procedure::Condition;
using procedure::Effect;
using procedure::Guard;
using procedure::Inadmissible;
using procedure::Matter;
using procedure::MatterKind;
using procedure::MatterTable;
using procedure::Operand;
using procedure::Procedure;
using procedure::ProcedureSet;
using procedure::Readers;
using procedure::Rule;

// Two parties that take each other's place.
class Exchange {
 public:
  Exchange(std::string_view one, std::string_view other) : one_(Party(one)), other_(Party(other)) {}

  PartyCode operator()(PartyCode party) const {
    return party == one_ ? other_ : party == other_ ? one_ : party;
  }
  Facts operator()(Facts facts) const {
    const Facts before = facts;
    for (const auto& [fact, value] : before) {
      if (procedure::InfoOf(fact).type != procedure::FactType::kParty) continue;
      if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr) {
        const PartyCode party = procedure::UnpackParty(*number);
        if (!party.IsNone()) facts.Set(fact, procedure::PackParty((*this)(party)));
      }
    }
    return facts;
  }
  std::vector<Facts> operator()(std::vector<Facts> lines) const {
    for (Facts& line : lines) line = (*this)(std::move(line));
    return lines;
  }
  Matter operator()(Matter matter) const {
    matter.requesting = (*this)(matter.requesting);
    matter.requested = (*this)(matter.requested);
    matter.facts = (*this)(std::move(matter.facts));
    matter.lines = (*this)(std::move(matter.lines));
    return matter;
  }
  std::vector<Matter> operator()(std::vector<Matter> matters) const {
    for (Matter& matter : matters) matter = (*this)(std::move(matter));
    return matters;
  }
  Readers operator()(Readers readers) const {
    for (PartyCode& party : readers.parties) party = (*this)(party);
    std::sort(readers.parties.begin(), readers.parties.end());
    return readers;
  }
  RecordedAct operator()(RecordedAct recorded) const {
    Act& act = recorded.act;
    act.author = (*this)(act.author);
    act.addressee = (*this)(act.addressee);
    act.facts = (*this)(std::move(act.facts));
    act.lines = (*this)(std::move(act.lines));
    return recorded;
  }
  // A sentence that names one of them names the other.
  std::string operator()(const std::string& sentence) const {
    const std::regex one("\\b" + one_.ToText() + "\\b");
    const std::regex other("\\b" + other_.ToText() + "\\b");
    std::string text = std::regex_replace(sentence, one, "###");
    text = std::regex_replace(text, other, one_.ToText());
    return std::regex_replace(text, std::regex("###"), other_.ToText());
  }

 private:
  PartyCode one_;
  PartyCode other_;
};

void RenameZones(const Exchange& exchange, Procedure& terms) {
  for (procedure::ZoneOffset& zone : terms.zones) zone.party = exchange(zone.party);
}

// The terms with the parties' places exchanged wherever they stand, read anew from its sentences.
class Renaming {
 public:
  Renaming(const Exchange& exchange, Procedure& terms) : exchange_(exchange) {
    RenameZones(exchange, terms);
    for (procedure::PartyTerm& term : terms.parties) term.party = exchange(term.party);
    for (Rule& rule : terms.rules) {
      for (PartyCode& party : rule.parties) party = exchange(party);
      Rename(rule.when);
      Rename(rule.guards);
      Rename(rule.line_guards);
      Rename(rule.effects);
      Rename(rule.line_effects);
    }
    for (procedure::Lapse& lapse : terms.lapses) Rename(lapse.effects);
  }

 private:
  void Rename(Condition& condition) const {
    auto read = procedure::ParseCondition(exchange_(condition.text));
    condition = std::get<Condition>(std::move(read));
  }
  void Rename(std::vector<Condition>& conditions) const {
    for (Condition& condition : conditions) Rename(condition);
  }
  void Rename(std::vector<Guard>& guards) const {
    for (Guard& guard : guards) {
      Rename(guard.when);
      Rename(guard.require);
    }
  }
  void Rename(std::vector<Effect>& effects) const {
    for (Effect& effect : effects) {
      std::vector<Condition> when = std::move(effect.when);
      Rename(when);
      effect = std::get<Effect>(procedure::ParseEffect(exchange_(effect.text)));
      effect.when = std::move(when);
    }
  }

  const Exchange& exchange_;
};

template <class Changing>
ProcedureSet WithTerms(const ProcedureSet& procedures, const Changing& change) {
  ProcedureSet changed(procedures.Founding()->digest());
  for (const auto& [digest, checked] : procedures.all()) {
    Procedure terms = checked->terms();
    change(terms);
    auto admitted = procedure::Admit(std::move(terms), digest);
    const auto* whole = std::get_if<std::shared_ptr<const CheckedProcedure>>(&admitted);
    if (whole != nullptr) {
      changed.Add(*whole);
      continue;
    }
    for (const procedure::Defect& defect : std::get<std::vector<procedure::Defect>>(admitted))
      ADD_FAILURE() << defect.where << ": " << defect.message;
  }
  return changed;
}

// A ledger's matters and procedures, to which acts are put one after another.
class World {
 public:
  World(ProcedureSet procedures, const Beginning& beginning, const Exchange* exchange)
      : procedures_(std::move(procedures)) {
    for (const auto& [id, matter] : beginning.replayer.matters().all())
      matters_.Put(exchange != nullptr ? (*exchange)(matter) : matter);
  }

  Stepped Do(const RecordedAct& recorded) {
    Stepped stepped = Step(procedures_, Gather(recorded.act, matters_), recorded);
    for (const Matter& changed : stepped.changed) matters_.Put(changed);
    return stepped;
  }
  const MatterTable& matters() const { return matters_; }

 private:
  ProcedureSet procedures_;
  MatterTable matters_;
};

// What was tried, so that equal refusals alone prove nothing.
struct Tally {
  int acts = 0;
  int admitted = 0;
  std::set<ActKind> kinds;

  void Add(const RecordedAct& recorded, const Stepped& stepped) {
    ++acts;
    if (!stepped.ruling.admitted()) return;
    ++admitted;
    kinds.insert(recorded.act.kind);
  }
  void Expect(std::size_t kinds_at_least) const {
    std::printf("%d acts, %d admitted, of %zu kinds\n", acts, admitted, kinds.size());
    if (acts < 1000) return;  // somebody asked for fewer
    EXPECT_GT(10 * admitted, 4 * acts);
    EXPECT_GE(kinds.size(), kinds_at_least);
  }
};

TEST(Hosts, APartyIsNothingToTheCoreButWhatTheProcedureSaysOfIt) {
  // Design section 7: two parties exchanged in the procedures, the matters and the acts, the one
  // whose ministry keeps the ledger too, give the rulings exchanged. The Union alone has no other's
  // place: its signatory is an office of its own.
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"PAK", "GRC"}, {"GRC", "AUT"}, {"PAK", "AUT"}};
  // Read anew for each pair, once.
  std::map<std::pair<std::size_t, const CheckedProcedure*>, std::unique_ptr<ProcedureSet>> renamed;
  Tally tally;
  Try(1500, [&] {
    const Numbers numbers = *AnyNumbers();
    const std::size_t pair = *rc::gen::inRange<std::size_t>(0, pairs.size());
    const Exchange exchange(pairs[pair].first, pairs[pair].second);
    const Beginning& beginning = Beginnings()[numbers.beginning];
    const ProcedureSet& procedures = beginning.replayer.procedures();
    auto& set = renamed[{pair, procedures.all().rbegin()->second.get()}];
    if (set == nullptr) {
      set = std::make_unique<ProcedureSet>(
          WithTerms(procedures, [&](Procedure& terms) { Renaming(exchange, terms); }));
    }
    Sequence sequence(beginning);
    World here(procedures, beginning, nullptr);
    World there(*set, beginning, &exchange);
    for (const std::uint64_t number : numbers.acts) {
      const RecordedAct recorded = sequence.Next(number);
      sequence.Do(recorded);
      const Stepped one = here.Do(recorded);
      const Stepped other = there.Do(exchange(recorded));
      RC_ASSERT(one.ruling == other.ruling);
      RC_ASSERT(exchange(one.changed) == other.changed);
      RC_ASSERT(exchange(one.readers) == other.readers);
      tally.Add(recorded, one);
    }
  });
  tally.Expect(45);
}

TEST(Hosts, TwoStatesAreAlikeUnderTheFileAsItIs) {
  // Art 1(a): what binds one state binds another. Greece and Austria exchanged under the very file
  // give the rulings exchanged: with their civil days, and with nothing exchanged but the names
  // where limits run in Pakistan's days alone.
  const Exchange exchange("GRC", "AUT");
  Tally tally;
  for (const bool with_zones : {true, false}) {
    Try(500, [&] {
      Numbers numbers = *AnyNumbers();
      const bool old = *rc::gen::inRange(0, 4) == 0;
      const Beginning& beginning = Beginnings()[old ? 1 : 0];
      const ProcedureSet& procedures = beginning.replayer.procedures();
      const ProcedureSet exchanged = WithTerms(procedures, [&](Procedure& terms) {
        if (with_zones) RenameZones(exchange, terms);
      });
      Sequence sequence(beginning);
      World here(procedures, beginning, nullptr);
      World there(exchanged, beginning, &exchange);
      for (const std::uint64_t number : numbers.acts) {
        const RecordedAct recorded = sequence.Next(number);
        if (!with_zones && recorded.act.addressee != Party("PAK") &&
            sequence.replayer().matters().Find(recorded.act.matter) == nullptr)
          continue;
        sequence.Do(recorded);
        const Stepped one = here.Do(recorded);
        const Stepped other = there.Do(exchange(recorded));
        RC_ASSERT(one.ruling == other.ruling);
        RC_ASSERT(exchange(one.changed) == other.changed);
        RC_ASSERT(exchange(one.readers) == other.readers);
        tally.Add(recorded, one);
      }
    });
  }
  tally.Expect(40);
}

// The receipt of an act that asks for something, by the party that is asked.
RecordedAct ReceiptOf(const RecordedAct& asking, const Matter& one_case,
                      const Matter& cooperation) {
  RecordedAct receipt;
  receipt.recorded_at = asking.recorded_at;
  receipt.act.kind = ActKind::kAcknowledged;
  receipt.act.author = one_case.requested;
  receipt.act.addressee = one_case.requesting;
  receipt.act.matter = one_case.id;
  receipt.act.procedure = one_case.procedure;
  receipt.act.answers = one_case.facts.DigestOr(Fact::kOpenedBy);
  receipt.digest = asking.digest;
  receipt.digest.raw()[31] ^= 0xff;
  for (const procedure::Appointment& appointment : procedure::AppointmentsOf(cooperation)) {
    if (appointment.party == receipt.act.author &&
        appointment.office == W(Fact::kOffice, "ministry"))
      receipt.signers.push_back(appointment.certificate);
  }
  return receipt;
}

bool Asks(ActKind kind) {
  return kind == ActKind::kApplication || kind == ActKind::kNotice ||
         kind == ActKind::kReexaminationAsked || kind == ActKind::kTransitAsked;
}

// Equal but for what a receipt is called and which act of the two it was that started the clock.
void ExpectAlike(const Stepped& one, const Stepped& other, const Exchange& exchange, bool asks) {
  const auto* refused = std::get_if<Inadmissible>(&one.ruling.outcome);
  const auto* admitted = std::get_if<Admitted>(&one.ruling.outcome);
  RC_ASSERT(one.ruling.lapses == other.ruling.lapses);
  RC_ASSERT(one.ruling.admitted() == other.ruling.admitted());
  if (refused != nullptr) {
    RC_ASSERT(one.ruling.outcome == other.ruling.outcome);
  } else {
    const Admitted& there = std::get<Admitted>(other.ruling.outcome);
    RC_ASSERT(admitted->because == there.because);
    RC_ASSERT(admitted->changed == there.changed);
  }
  if (!asks) RC_ASSERT(exchange(one.changed) == other.changed);
  RC_ASSERT(exchange(one.readers) == other.readers);
}

TEST(Hosts, ExchangingWhoHostsWhileRolesStayGivesEqualRulingsUnderTheFileAsItIs) {
  // Art 2 and 3 to 5 bind both sides alike: Pakistan, whose ministry keeps the ledger, and Greece
  // take each other's place in every matter, under the 2016 file as it is but for civil days. A
  // state's limits run from its receipt and Pakistan's from its record, so that what is asked is
  // acknowledged at once on both sides; nothing else may tell who hosts.
  const Exchange exchange("PAK", "GRC");
  const Beginning& beginning = FreshlyAgreed();
  const ProcedureSet& procedures = beginning.replayer.procedures();
  const ProcedureSet exchanged =
      WithTerms(procedures, [&](Procedure& terms) { RenameZones(exchange, terms); });
  Tally tally;
  Try(1000, [&] {
    const Numbers numbers = *AnyNumbers();
    Sequence sequence(beginning);
    World here(procedures, beginning, nullptr);
    World there(exchanged, beginning, &exchange);
    for (const std::uint64_t number : numbers.acts) {
      RecordedAct recorded = sequence.Next(number);
      const auto* info = procedure::FindAct(recorded.act.kind);
      // What the parties agree with each other names them; and receipts come at once.
      if (info->matter == MatterKind::kCooperation || recorded.act.kind == ActKind::kAcknowledged)
        continue;
      recorded.offered_since.reset();
      sequence.Do(recorded);
      const Stepped one = here.Do(recorded);
      const Stepped other = there.Do(exchange(recorded));
      ExpectAlike(one, other, exchange, Asks(recorded.act.kind));
      tally.Add(recorded, one);
      if (!Asks(recorded.act.kind) || !one.ruling.admitted()) continue;
      const Matter& asked = *here.matters().Find(recorded.act.matter);
      const RecordedAct receipt = ReceiptOf(
          recorded, asked, *here.matters().Find(beginning.replayer.matters().Cooperation()));
      sequence.Do(receipt);
      RC_ASSERT(here.Do(receipt).ruling.admitted());
      const Stepped received = there.Do(exchange(receipt));
      const bool to_a_state = exchange(asked.requested) != Party("PAK");
      RC_ASSERT(!to_a_state || received.ruling.admitted());
      RC_ASSERT(exchange(*here.matters().Find(asked.id)) == *there.matters().Find(asked.id));
    }
  });
  tally.Expect(30);
}

}  // namespace
}  // namespace chancery::testing
