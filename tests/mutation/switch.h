// The switch of the mutation run: which condition of the core's instrumented copy is decided
// otherwise.
//
// Only the copy that schemata.py writes into the build's folder includes this; no source of the
// engine does. docs/mutation.md says what the mutants are.
//
// Not for several threads: the switch is set before anything is played, and read from then on.
#ifndef CHANCERY_TESTS_MUTATION_SWITCH_H_
#define CHANCERY_TESTS_MUTATION_SWITCH_H_

#include <cstddef>
#include <string>
#include <vector>

namespace chancery::mutation {

// The mutant that is on; 0: none, everything is decided as the sources say.
inline std::size_t switched_on = 0;
// Where it is noted which mutants' conditions were asked, by their numbers; null: nowhere.
inline std::vector<bool>* asked = nullptr;

inline bool On(std::size_t number) {
  if (asked != nullptr) (*asked)[number] = true;
  return switched_on == number;
}

// The names of all mutants; number 1 is the first. Written by schemata.py.
const std::vector<std::string>& AllMutants();

}  // namespace chancery::mutation

#endif  // CHANCERY_TESTS_MUTATION_SWITCH_H_
