// The worlds a whole check explores.
#ifndef CHANCERY_ENGINE_CHECKER_WORLDS_H_
#define CHANCERY_ENGINE_CHECKER_WORLDS_H_

#include <vector>

#include "engine/checker/world.h"

namespace chancery::checker {

// In the order in which they are explored. docs/checker.md says what is in each, and why what is
// left out of one changes no verdict.
std::vector<Bounds> AllBounds();

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_WORLDS_H_
