// Trials of mutants: each is played in a process of its own, first through the scenarios in the
// core, then through the checker's worlds, until something says that it is wrong.
//
// A mutant may crash, hang or eat memory; the process that tries it does not, and goes on with what
// is left. Linux only. Not for several threads.
#ifndef CHANCERY_TESTS_MUTATION_TRIAL_H_
#define CHANCERY_TESTS_MUTATION_TRIAL_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/checker/world.h"
#include "play/agreed.h"
#include "play/scenario.h"

namespace chancery::mutation {

// A scenario with the procedures it is played under.
struct Story {
  std::string name;  // the file's, without folder and ending
  play::Scenario scenario;
  play::Agreed agreed;
  std::set<procedure::ActKind> acts;  // the kinds it speaks of
};
// Every scenario of `files`. An error ends the program: a mistake in a scenario is found elsewhere.
std::vector<Story> ReadStories(const std::vector<std::string>& files);
// Loads the versions that each story is played under, each once.
void Agree(std::vector<Story>& stories);

enum class Fate : std::uint8_t {
  kSurvived,
  kExpectation,  // a scenario's expectation was not met
  kProperty,     // one of the twelve properties was broken
  kCheck,        // a check of ours (CHANCERY_CHECK) ended the program, and nothing else told
  kCrash,        // so did a signal, memory, or the time limit
  kForm,         // refused before anybody could sign it
};
std::string_view NameOf(Fate fate);

struct Result {
  Fate fate = Fate::kSurvived;
  std::string by;  // which expectation or property; what crashed
};

// What a mutant does to a story before it is played: gives the procedures to play it under.
using Agreeing = std::function<play::Agreed(const Story&)>;

struct Trial {
  std::vector<const Story*> stories;
  Agreeing agreed;  // none: those of the story
  // Explored when no scenario told: under `procedure`, each world up to `situations`.
  std::shared_ptr<const procedure::CheckedProcedure> founding;
  std::shared_ptr<const procedure::CheckedProcedure> procedure;
  std::vector<checker::Bounds> worlds;
  std::uint64_t situations = 0;
  int seconds = 20;  // of processor time, for all stories, and again for each world
};

// `switch_on` runs in the process that tries, before anything else.
Result Try(const Trial& trial, const std::function<void()>& switch_on);

// Runs `one(i)` for every i below `count` in `jobs` processes, and prints a line for each:
// fate, by whom, name, separated by tabs. The order of the lines is that of the numbers.
void ForEach(std::size_t count, int jobs, const std::function<std::string(std::size_t)>& one);

// "fate<tab>by<tab>name"
std::string LineOf(const Result& result, const std::string& name);

// `size` of the numbers 0 .. count - 1, drawn from the seed, in order; all of them when size is 0.
std::vector<std::size_t> Sample(std::size_t count, std::size_t size, std::uint64_t seed);

}  // namespace chancery::mutation

#endif  // CHANCERY_TESTS_MUTATION_TRIAL_H_
