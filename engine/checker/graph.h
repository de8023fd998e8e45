// The situations an exploration met and the ways between them, as a graph: what can be said of
// endless waiting is read off it.
#ifndef CHANCERY_ENGINE_CHECKER_GRAPH_H_
#define CHANCERY_ENGINE_CHECKER_GRAPH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::checker {

// The longest a person of a class can wait for an outcome, and whose days they are.
struct LongestWait {
  std::string person_class;
  std::string outcome;
  std::int64_t days = 0;
  std::int64_t days_of_requesting = 0;
  std::int64_t days_of_requested = 0;

  friend bool operator==(const LongestWait&, const LongestWait&) = default;
};

// What the graph must know of a situation.
struct Place {
  bool open = false;       // some case has not ended
  std::string open_stage;  // of the first case that has not
  // Of the first case, for the account of waiting.
  bool applied = false;
  bool terminal = false;
  std::string stage;
  std::string person_class;
  procedure::Role due = procedure::Role::kEither;
  // With a loose clock: which limits run whose passing changes something, one bit each.
  std::uint64_t running = 0;
};

struct Way {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t waited = 0;    // milliseconds; 0 for an act
  std::uint64_t renewed = 0;  // limits that passed or were started anew on the way
};

// A situation in which somebody can be made to wait for ever.
struct Endless {
  std::uint32_t place = 0;
  bool circle = false;  // acts lead back to it; otherwise nothing ends the waiting
};

// Built once, not changed afterwards. Situation 0 is the beginning; `parents` says from which each
// was first reached.
class Graph {
 public:
  Graph(std::vector<Place> places, std::vector<Way> ways, std::vector<std::uint32_t> parents);

  // With limits counted: an open case and no move that lets time pass, or a circle in which it
  // does.
  std::vector<Endless> EndlessWhenCounted() const;
  // With a loose clock: a circle (or a single situation) with an open case in which no limit runs
  // throughout that is never started anew: only such a limit forces the circle to be left.
  std::vector<Endless> EndlessWhenLoose() const;
  // Meaningful only where nothing is endless and every situation was explored.
  std::vector<LongestWait> LongestWaits() const;

  const Place& At(std::uint32_t place) const { return places_[place]; }

 private:
  void FindComponents();

  std::vector<Place> places_;
  std::vector<Way> ways_;  // by where they begin
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> first_way_;
  // Strongly connected components, numbered so that every way leads to the same or a smaller one.
  std::vector<std::uint32_t> component_;
  std::uint32_t components_ = 0;
};

}  // namespace chancery::checker

#endif  // CHANCERY_ENGINE_CHECKER_GRAPH_H_
