// A broken property's story as a scenario (docs/scenarios.md), for lawyers to read, change and
// play.
//
// The persons are invented here. Every act stands in the general form with the facts the checker
// gave it, on its day. What is returned has been read again and played in the core: every act was
// admitted by the same rule as in the checker's story, and everybody ended as the file expects.
//
// Safe on every thread.
#ifndef CHANCERY_DRAFTING_STORY_H_
#define CHANCERY_DRAFTING_STORY_H_

#include <string>

#include "engine/base/status.h"
#include "engine/checker/explore.h"
#include "play/agreed.h"

namespace chancery::drafting {

// Where the scenario finds its procedure: agreements/<agreement>/<version>.
struct StoryPlace {
  std::string agreement;
  std::string version;
};

// The text of a .scenario file. FailedPrecondition says why the story cannot be told: it is read
// off the rules and has none, no days were found for it, or the language has no words for an act.
absl::StatusOr<std::string> ToScenario(const checker::Violation& violation,
                                       const play::Agreed& agreed, const StoryPlace& place);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_STORY_H_
