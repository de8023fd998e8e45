// Every way to spoil a rule of a procedure that the mutation run knows (docs/mutation.md).
//
// Pure. A mutant's name says rule, place and change in the words of the file, so that it stays the
// same while other rules change.
#ifndef CHANCERY_TESTS_MUTATION_RULES_H_
#define CHANCERY_TESTS_MUTATION_RULES_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::mutation {

struct RuleMutant {
  std::string name;                       // "hold | guard dropped | unknown case.held | 1"
  std::optional<procedure::ActKind> act;  // of its rule; none of a limit or a lapse
  // Whether a party's own program asks what was changed before it hands an act in.
  bool at_the_desk = false;
  std::function<void(procedure::Procedure&)> change;
};

// In the order of the procedure.
std::vector<RuleMutant> MutantsOf(const procedure::Procedure& procedure);

}  // namespace chancery::mutation

#endif  // CHANCERY_TESTS_MUTATION_RULES_H_
