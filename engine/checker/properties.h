// The twelve properties of an agreed procedure (design section 9), judged on what the acts said.
//
// The checker keeps its own books of every person, list and flight from the admitted acts alone;
// it does not ask the procedure whether somebody is confirmed, held or cleared. A procedure that
// forgets a guard or a consequence is therefore found out.
#ifndef CHANCERY_ENGINE_CHECKER_PROPERTIES_H_
#define CHANCERY_ENGINE_CHECKER_PROPERTIES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/checker/world.h"

namespace chancery::checker {

enum class Property : std::uint8_t {
  kP1 = 1,
  kP2,
  kP3,
  kP4,
  kP5,
  kP6,
  kP7,
  kP8,
  kP9,
  kP10,
  kP11,
  kP12,
};
std::vector<Property> AllProperties();
// "P1".
std::string_view NameOf(Property property);
// "nobody boards without the requested state's own signed confirmation ...".
std::string_view SentenceOf(Property property);

struct Breach {
  Property property = Property::kP1;
  // What happened, in words: the same words for the same kind of breach.
  std::string kind;

  friend auto operator<=>(const Breach&, const Breach&) = default;
};

// Writes an admitted act into the books of `after` and says which properties it broke. `after`
// holds the matters as the act left them and still the books of `before`.
std::vector<Breach> Judge(const procedure::CheckedProcedure& procedure, const World& before,
                          const procedure::RecordedAct& act, World& after);

// Writes into the books what the silence that a wait applied has said of a claim.
void NoteLapses(const std::vector<procedure::Lapsed>& lapses, World& after);

// What can be read off the rules without playing them: who acts for whom with how many eyes (P8),
// that a claim stays a claim and its receipt has a limit (P3), that an error can be contested (P9).
std::vector<Breach> JudgeRules(const procedure::Procedure& procedure);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_PROPERTIES_H_
