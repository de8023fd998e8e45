// Reading conditions against the facts at hand, and carrying out effects.
//
// step.h is what others call; whoever explains a ruling reads conditions in the scene that an
// Onlooker is shown.
#ifndef CHANCERY_ENGINE_PROCEDURE_EVALUATE_H_
#define CHANCERY_ENGINE_PROCEDURE_EVALUATE_H_

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::procedure {

// The matters of one step, copied only when they change.
class Working {
 public:
  explicit Working(const Matters& before);

  // The matter as it is now, or null.
  const Matter* Read(const MatterId& id) const;
  // The matter to change; it must exist.
  Matter& Change(const MatterId& id);
  void Open(Matter matter);
  // The matters that changed so far, and back to them: every change since is forgotten.
  std::vector<Matter> Save() const;
  void Restore(std::vector<Matter> saved);

  // Those that are not as they were, in byte order of their ids.
  std::vector<Matter> TakeChanged();
  const Matters& before() const { return before_; }

 private:
  struct Place {
    MatterId id;
    const Matter* before = nullptr;  // null when it was opened here
    std::unique_ptr<Matter> now;     // null as long as it is as it was
  };
  // Where that id is, or would be.
  std::vector<Place>::const_iterator Find(const MatterId& id) const;

  const Matters& before_;
  std::vector<Place> places_;  // in byte order of the ids
};

// What the sentences of a rule can see at one moment. Pointers may be null: then nothing is known
// there. Only sentences that name no act may be asked while `recorded` is null: no lapse has others
// (check.h).
struct Scene {
  const CheckedProcedure* procedure = nullptr;
  const Matter* cooperation = nullptr;
  const RecordedAct* recorded = nullptr;  // null while a lapse is applied
  Instant now;                            // recorded_at, or the moment of the lapse
  const Matter* subject = nullptr;        // the act's own matter
  const Matter* one_case = nullptr;
  const Matter* transfer = nullptr;
  const Matter* flight = nullptr;
  const Matter* earlier = nullptr;
  const Facts* line = nullptr;
  const Facts* listed = nullptr;
  const Facts* lodged = nullptr;
  const Facts* entry = nullptr;
  const Working* working = nullptr;  // where the cases of lines are found
};

// What a fact, path or operand is worth; nothing when it is not known.
using Known = std::variant<std::monostate, std::int64_t, MatterId, Digest, std::string_view>;
Known ValueOf(const Facts& facts, Fact fact);
Known ValueOf(const Path& path, const Scene& scene);
Known ValueOf(const Operand& operand, const Scene& scene);

// Whether a case may stand on a list: the same two parties, and both go by one procedure.
bool GoesWith(const Matter& one_case, const Matter& list);
// The case that a line names when it goes with the transfer in view; null when it does not, or when
// the scene has no matters to find it among: a list of one version moves nobody whose case keeps
// another.
const Matter* CaseOfLine(const Facts& line, const Scene& scene);

bool Holds(const Condition& condition, const Scene& scene);
bool AllHold(const std::vector<Condition>& conditions, const Scene& scene);

// When the addressee had the act: when it was recorded, or earlier when an offer proof shows that
// the keeper was silent for longer than the procedure's limit "receipt" allows.
Instant ReceivedAt(const CheckedProcedure& procedure, const RecordedAct& recorded);

// The party in whose civil days a matter's limits are counted.
PartyCode ZoneOf(const Matter& matter);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_EVALUATE_H_
