// What the sentences of a procedure read: which facts they compare, and with what.
//
// The checker must try every value of a fact that could make a difference and need not try the
// rest. Which those are is read off the procedure itself: the guard language is closed, so a value
// matters only through a comparison that some sentence makes.
#ifndef CHANCERY_ENGINE_CHECKER_READING_H_
#define CHANCERY_ENGINE_CHECKER_READING_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::checker {

// What a fact is compared with: `other` is worth a boundary of the fact once `shift` is added.
struct Partner {
  const procedure::Operand* other = nullptr;
  std::int64_t shift = 0;
  bool ordered = false;  // compared by size: the values beside the boundary matter as well
};

// Who holds a fact, as far as reading goes: the lines of a list, of a flight and of a register are
// rows, however a sentence comes to them.
enum class Keeper : std::uint8_t { kAct, kLine, kCase, kTransfer, kFlight, kRow };
Keeper KeeperOf(procedure::Holder holder);

// Everything below speaks of the procedures given, which must outlive it. Immutable.
class Reading {
 public:
  explicit Reading(const std::vector<const procedure::Procedure*>& procedures);

  // Whether the truth of any sentence depends on that fact of a matter or of one of its rows.
  bool Reads(Keeper keeper, procedure::Fact fact) const { return read_.contains({keeper, fact}); }
  // Whether a sentence of that rule reads that fact of the act (or of its lines), or any sentence
  // reads what the rule makes of it.
  bool Matters(const procedure::Rule& rule, bool of_line, procedure::Fact fact) const;
  const std::vector<Partner>& PartnersOf(procedure::Fact fact) const;
  // Differences in civil days at which a sentence about now and that moment can change its truth.
  const std::set<std::int64_t>& DaysFromNow(procedure::Fact instant) const;
  // Days after that moment on which the truth of a sentence about now and it changes.
  const std::set<std::int64_t>& ChangesAfter(procedure::Fact instant) const;
  // The words, by number, that each sentence puts together when it reads that fact: two words that
  // stand in the same of these sets are alike to every sentence.
  const std::vector<std::set<std::int64_t>>& WordSetsOf(procedure::Fact fact) const;
  // The same of one rule's own sentences about its act or the act's lines.
  static std::vector<std::set<std::int64_t>> WordSetsOf(const procedure::Rule& rule, bool of_line,
                                                        procedure::Fact fact);
  // Limits that sentences count from that moment, by name.
  const std::set<std::string>& LimitsFrom(procedure::Fact instant) const;

  // The facts an act's own sentences speak of: its own and those of its lines.
  struct Spoken {
    std::set<procedure::Fact> act;
    std::set<procedure::Fact> line;
    bool answers = false;
    bool commitment = false;
  };
  static Spoken SpokenOf(const procedure::Rule& rule);

 private:
  void AddCondition(const procedure::Condition& condition);
  void AddOperand(const procedure::Operand& operand);
  void AddEffects(const std::vector<procedure::Effect>& effects);
  void Compared(const procedure::Operand& one, const procedure::Operand& other, bool ordered);
  void ComparedWithNow(const procedure::Condition& condition);

  std::set<std::pair<Keeper, procedure::Fact>> read_;
  std::map<procedure::Fact, std::vector<Partner>> partners_;
  std::map<procedure::Fact, std::set<std::int64_t>> days_from_now_;
  std::map<procedure::Fact, std::vector<std::set<std::int64_t>>> word_sets_;
  std::map<procedure::Fact, std::set<std::int64_t>> changes_after_;
  std::map<procedure::Fact, std::set<std::string>> limits_from_;
  std::multimap<std::pair<Keeper, procedure::Fact>, std::pair<Keeper, procedure::Fact>>
      copied_into_;
};

// What of an act a condition asks, besides the situation the act meets.
struct Asked {
  std::set<procedure::Fact> facts;  // of the act
  bool answers = false;
  bool line = false;
  bool earlier = false;  // another case of the person the act names
  // Something only Step can tell: a row that the act itself changes, several lines together.
  bool whole = false;

  bool OfSituation() const { return facts.empty() && !answers && !line && !earlier && !whole; }
  bool OfEarlier() const { return facts.empty() && !answers && !line && earlier && !whole; }
};
Asked AskedBy(const procedure::Guard& guard);
Asked AskedBy(const procedure::Condition& condition);

// Everything a rule asks: what tells it apart, its guards, and what its consequences depend on.
std::vector<const procedure::Condition*> ConditionsOf(const procedure::Rule& rule);
// Its consequences, those of its lines last.
std::vector<const procedure::Effect*> EffectsOf(const procedure::Rule& rule);
// Every path that a rule's conditions and the operands of its consequences read.
std::vector<procedure::Path> PathsOf(const procedure::Rule& rule);

// Every path a condition reads, its inner conditions and the lines it counts included.
std::vector<procedure::Path> PathsOf(const procedure::Condition& condition);
std::vector<procedure::Path> PathsOf(const procedure::Operand& operand);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_READING_H_
