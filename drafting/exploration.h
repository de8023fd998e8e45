// What exploring a procedure found, in words and as data.
#ifndef CHANCERY_DRAFTING_EXPLORATION_H_
#define CHANCERY_DRAFTING_EXPLORATION_H_

#include <string>

#include "engine/checker/explore.h"

namespace chancery::drafting {

// The worlds with their situations, then each property with the shortest story that breaks it.
std::string ToText(const checker::Verdict& verdict);
// The same as one JSON document.
std::string ToJson(const checker::Verdict& verdict);

// One move as a dated line: "2016-09-01T07:00:00Z GRC application: category own_national".
std::string ToLine(const checker::Move& move);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_EXPLORATION_H_
