// Drafts acts as matters stand: what some rule admits now, the same damaged, or anything.
#ifndef CHANCERY_TESTS_SUPPORT_DRAFTER_H_
#define CHANCERY_TESTS_SUPPORT_DRAFTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/procedure/replay.h"
#include "tests/support/sequences.h"

namespace chancery::testing {

class Drafter {
 public:
  // `replayer` and `dice` must outlive the drafter.
  Drafter(const procedure::Replayer& replayer, Instant now, Dice& dice);

  // An act that a rule drawn among those for the matters as they stand would admit, as far as its
  // sentences tell: facts they compare are made to fit, lines that they refuse are left out. It is
  // recorded now, or on the day a flight leaves.
  procedure::RecordedAct Sensible();
  // Any kind, any parties, any facts.
  procedure::RecordedAct Anything();
  // Takes something away from an act or exchanges something in it.
  void Damage(procedure::RecordedAct& recorded);

 private:
  // An act in the making: sentences read it where a ruling would.
  struct Draft;

  procedure::RecordedAct Opening();
  procedure::RecordedAct OfTheCooperation();
  procedure::RecordedAct On(const procedure::Matter& found);
  procedure::RecordedAct By(const procedure::CheckedProcedure& rules, const procedure::Rule& rule,
                            const procedure::Matter* subject);

  const procedure::Rule* PickRule(const procedure::CheckedProcedure& rules,
                                  const procedure::Matter& subject);
  void PickParties(const procedure::Rule& rule, const procedure::Matter* subject,
                   procedure::Act& act);
  void FindMatters(Draft& draft);
  void FillLines(Draft& draft);
  void ListCases(Draft& draft);
  void Count(Draft& draft);
  void Seal(const procedure::Rule& rule, procedure::RecordedAct& recorded);
  // Makes a sentence true by what the act, or the line, says.
  void Satisfy(const procedure::Condition& condition, Draft& draft, procedure::Facts* line);
  void SatisfyGuards(const std::vector<procedure::Guard>& guards, Draft& draft,
                     procedure::Facts* line);
  bool Put(const procedure::Path& path, const procedure::Known& value, Draft& draft,
           procedure::Facts* line);

  procedure::Value Likely(procedure::Fact fact, const Draft& draft);
  procedure::Value Any(procedure::Fact fact);
  procedure::Facts AnyFacts(std::size_t most);
  MatterId KnownOrNew();

  const procedure::Replayer& replayer_;
  Instant now_;
  Dice& dice_;
  const procedure::Matter* cooperation_;
  std::vector<PartyCode> parties_;  // with an authority, without the Union
  std::vector<procedure::Appointment> appointments_;
  std::vector<Digest> versions_;  // those of the cooperation whose rules are known
};

}  // namespace chancery::testing

#endif  // CHANCERY_TESTS_SUPPORT_DRAFTER_H_
