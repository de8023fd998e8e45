// Everything either side may try in a situation, and waiting.
#ifndef CHANCERY_ENGINE_CHECKER_MOVES_H_
#define CHANCERY_ENGINE_CHECKER_MOVES_H_

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "engine/checker/world.h"

namespace chancery::checker {

// The acts a procedure allows, as templates that a situation fills in. Both sides are taken at
// their worst: every act in the vocabulary with every combination of facts that any sentence, or
// any property, can tell apart. An act that no rule could admit whatever the situation is left out.
class Moves {
 public:
  Moves(const procedure::CheckedProcedure& founding, const procedure::CheckedProcedure& procedure,
        const Reading& reading, Bounds bounds);

  // Calls `visit` with each act, in an order that depends on the situation alone.
  void ForEachAct(const World& world,
                  const std::function<void(const procedure::RecordedAct&)>& visit) const;
  // The next moment at which anything can change by itself, if there is one.
  std::optional<Instant> NextMoment(const World& world) const;

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
  };

  void AddTemplate(const procedure::Rule& rule, const procedure::CheckedProcedure& procedure);
  void Try(const World& world, const Template& one, procedure::RecordedAct act,
           const procedure::Matter* subject,
           const std::function<void(const procedure::RecordedAct&)>& visit) const;
  Domain DomainOf(const World& world, const Template& one, procedure::Fact fact, bool required,
                  bool of_line) const;
  std::vector<procedure::Value> ValuesOf(const World& world, const procedure::Operand& operand,
                                         procedure::Fact as) const;
  std::vector<std::vector<procedure::Facts>> LinesOf(const World& world, const Template& one,
                                                     const procedure::RecordedAct& act,
                                                     const procedure::Matter* subject) const;
  std::vector<procedure::Facts> LineChoices(const World& world, const Template& one,
                                            const procedure::RecordedAct& act,
                                            const procedure::Facts& key) const;
  bool MayPass(const Template& one, procedure::Fact fact, const procedure::Value& value,
               const procedure::RecordedAct& act) const;

  const procedure::CheckedProcedure& procedure_;
  const Reading& reading_;
  Bounds bounds_;
  std::vector<Template> templates_;
  std::int64_t far_days_ = 0;  // longer than any limit
};

// A digest that occurs nowhere in the situation.
Digest FreshDigest(const World& world, int ordinal);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_MOVES_H_
