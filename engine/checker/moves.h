// Everything either side may try in a situation, and waiting.
#ifndef CHANCERY_ENGINE_CHECKER_MOVES_H_
#define CHANCERY_ENGINE_CHECKER_MOVES_H_

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/checker/live.h"
#include "engine/checker/world.h"

namespace chancery::checker {

// The acts a procedure allows, as templates that a situation fills in. Both sides are taken at
// their worst: every act in the vocabulary with every combination of facts that any sentence, or
// any property, can tell apart. An act that no rule could admit whatever the situation is left out.
class Moves {
 public:
  Moves(const procedure::ProcedureSet& procedures, const procedure::CheckedProcedure& founding,
        const procedure::CheckedProcedure& procedure, const Reading& reading, const Live& live,
        Bounds bounds);

  // Calls `visit` with each act, in an order that depends on the situation alone; `matters` are
  // those of the world.
  void ForEachAct(const World& world, const procedure::Matters& matters,
                  const std::function<void(const procedure::RecordedAct&)>& visit) const;
  // The next moment at which anything can change by itself, if there is one; with a loose clock
  // that is never the passing of a limit.
  std::optional<Instant> NextMoment(const World& world) const;
  // Makes an act that was meant for another moment one of the world's: days it names move along,
  // but for those that a sentence fixes.
  void MoveDates(procedure::RecordedAct& act, const World& world, Instant from) const;

 private:
  using Domain = std::vector<std::optional<procedure::Value>>;
  struct Template {
    const procedure::Rule* rule;
    const procedure::CheckedProcedure* procedure;
    procedure::MatterKind matter;
    std::vector<std::pair<procedure::Fact, bool>> facts;       // and whether required
    std::vector<std::pair<procedure::Fact, bool>> line_facts;  // without the key
    bool answers = false;
    bool commitment = false;
    // The rule's guards, and what tells it from its sisters, by what they ask of an act on an open
    // matter: an act that one of them refuses need not be put together.
    std::vector<procedure::Guard> of_situation;
    std::vector<procedure::Guard> of_earlier;  // and of the act no more than whose case it is
    std::vector<procedure::Guard> of_answer;
    struct Partial {
      procedure::Fact fact;  // of the act, for those that ask one
      procedure::Guard guard;
      // Whether it can be told of an act that is still to open its matter.
      bool of_opening = false;
    };
    std::vector<Partial> of_fact;
    std::vector<Partial> of_line;
  };

  void AddTemplate(const procedure::Rule& rule, const procedure::CheckedProcedure& procedure);
  // Digests that occur nowhere in a situation.
  using Fresh = std::array<Digest, 4>;
  void Try(const World& world, const Fresh& fresh, const Template& one, procedure::RecordedAct act,
           const procedure::Matter* subject, const procedure::Matters& matters,
           const std::function<void(const procedure::RecordedAct&)>& visit) const;
  std::vector<std::int64_t> WordsToldApart(const Template& one, procedure::Fact fact,
                                           bool of_line) const;
  Domain DomainOf(const World& world, const Fresh& fresh, const Template& one, procedure::Fact fact,
                  bool required, bool of_line, const procedure::Scene* scene) const;
  std::vector<procedure::Value> ValuesOf(const World& world, const procedure::Operand& operand,
                                         procedure::Fact as) const;
  std::vector<std::vector<procedure::Facts>> LinesOf(const World& world, const Fresh& fresh,
                                                     const Template& one,
                                                     const procedure::RecordedAct& act,
                                                     const procedure::Matter* subject,
                                                     const procedure::Scene* scene) const;
  std::vector<procedure::Facts> LineChoices(const World& world, const Fresh& fresh,
                                            const Template& one, const procedure::RecordedAct& act,
                                            const procedure::Facts& key,
                                            const procedure::Matter* subject,
                                            const procedure::Scene* scene) const;
  bool MayPass(const Template& one, procedure::Fact fact, const procedure::Value& value,
               const procedure::Scene* scene) const;

  static Fresh FreshIn(const World& world);
  void MoveDates(procedure::Facts& facts, PartyCode requested, Instant from, Instant to) const;

  const procedure::ProcedureSet& procedures_;
  const procedure::CheckedProcedure& procedure_;
  const Reading& reading_;
  const Live& live_;
  const Bounds bounds_;
  std::vector<Template> templates_;
  std::int64_t far_days_ = 0;  // longer than any limit
};

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_MOVES_H_
