// What exploring a procedure found, in words and as data, beside what the procedure itself names as
// known to be broken.
#ifndef CHANCERY_DRAFTING_EXPLORATION_H_
#define CHANCERY_DRAFTING_EXPLORATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/checker/explore.h"

namespace chancery::drafting {

// The worlds with their situations, then each property with the shortest story that breaks it.
// `complete`: every situation of every world was looked at; `breaks` are the properties that the
// procedure names.
std::string ToText(const checker::Verdict& verdict, bool complete,
                   const std::vector<std::string>& breaks);
// The same as a JSON document.
std::string ToJson(const checker::Verdict& verdict, bool complete,
                   const std::vector<std::string>& breaks);

// The properties that can be broken: "P1".
std::vector<std::string> BrokenIn(const checker::Verdict& verdict);
// What a property says, by its name.
std::string SentenceOf(std::string_view property);
// Those of `broken` that the procedure does not name.
std::vector<std::string> Unnamed(const std::vector<std::string>& broken,
                                 const std::vector<std::string>& breaks);
// "P1, P9".
std::string Listing(const std::vector<std::string>& names);
// The last line for people: what all of it comes to.
std::string Conclusion(const std::vector<std::string>& broken, bool complete,
                       const std::vector<std::string>& breaks);

// One move as a dated line: "2016-09-01T07:00:00Z GRC application: category own_national".
std::string ToLine(const checker::Move& move);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_EXPLORATION_H_
