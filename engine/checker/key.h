// How two situations are told apart.
#ifndef CHANCERY_ENGINE_CHECKER_KEY_H_
#define CHANCERY_ENGINE_CHECKER_KEY_H_

#include <string>

#include "engine/checker/live.h"
#include "engine/checker/world.h"

namespace chancery::checker {

// Two situations with equal keys allow the same acts with the same consequences, for ever: times
// are told relative to now, identifiers and digests only by which are equal, and what nothing can
// read any more not at all. With a loose clock of a limit only whether it runs.
std::string KeyOf(const World& world, const Live& live, const Bounds& bounds,
                  const procedure::CheckedProcedure& procedure);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_KEY_H_
