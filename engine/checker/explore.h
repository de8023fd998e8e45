// Exploring every situation that a procedure allows, and finding those it must not.
#ifndef CHANCERY_ENGINE_CHECKER_EXPLORE_H_
#define CHANCERY_ENGINE_CHECKER_EXPLORE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/checker/graph.h"
#include "engine/checker/properties.h"

namespace chancery::checker {

// One move of a story: somebody acts, or time passes and limits with it.
struct Move {
  bool waited = false;
  Instant at;                             // of the act, or until when was waited
  procedure::RecordedAct act;             // when nobody waited
  procedure::Ruling ruling;               // on the act
  std::vector<procedure::Lapsed> lapses;  // while waiting
};

// How a property can be broken: the shortest story that leads there.
struct Violation {
  Breach breach;
  std::string world;        // the name of the bounds it was found under; empty for the rules alone
  std::vector<Move> story;  // empty for what is read off the rules
  // Whether the story can happen on the days it names. Where limits passed at any moment, no days
  // may have been found that fit: then the breach is not excluded, and nobody has seen it either.
  bool dated = true;
};

struct Explored {
  Bounds bounds;
  std::uint64_t situations = 0;
  std::uint64_t tried = 0;     // acts
  std::uint64_t admitted = 0;  // of them
  std::uint64_t waits = 0;
  bool complete = true;               // false when `most_situations` was reached
  std::vector<Violation> violations;  // one of each kind, in the order of properties
  std::vector<LongestWait> waits_by_class;
  std::set<std::string> played;  // the rules and lapses something happened by
};

struct Limits {
  std::uint64_t most_situations = 20'000'000;
  int threads = 2;
  bool longest_waits = true;
  std::set<std::string> worlds;  // by name; empty: all of them
  // Go no farther once this is broken; what was explored is then not complete.
  std::optional<Property> until_broken;
};

// Explores every situation within the bounds. Deterministic: the number of threads changes nothing
// but the time it takes.
Explored Explore(const procedure::CheckedProcedure& founding,
                 const procedure::CheckedProcedure& procedure, const Bounds& bounds,
                 const Limits& limits);

struct Verdict {
  std::vector<Explored> worlds;
  std::vector<Violation> violations;  // of the rules alone and of every world, one of each kind
  // The rules, then the lapses, of the procedure by which nothing happened in any world: what holds
  // holds without them.
  std::vector<std::string> unplayed;
  bool Holds(Property property) const;
  // Whether every world was explored to its end: otherwise nothing is proven.
  bool Complete() const;
};
Verdict CheckProperties(const procedure::CheckedProcedure& founding,
                        const procedure::CheckedProcedure& procedure, const Limits& limits);

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_EXPLORE_H_
