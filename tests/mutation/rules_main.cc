// Tries every mutant of the rules of 2016: plays all scenarios under the changed procedure, then
// explores the worlds that can see the rule. For tools/mutate; see docs/mutation.md.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "CLI/CLI.hpp"

#include "engine/base/check.h"
#include "engine/checker/properties.h"
#include "engine/checker/worlds.h"
#include "engine/procedure/check.h"
#include "tests/mutation/rules.h"
#include "tests/mutation/trial.h"

namespace {

using namespace chancery::mutation;  // NOLINT(google-build-using-namespace): a program of its own
using chancery::checker::Bounds;
using chancery::procedure::CheckedProcedure;
using chancery::procedure::MatterKind;
using chancery::procedure::Procedure;

// The worlds in which somebody may do the act; all of them for what every act can reach.
std::vector<Bounds> WorldsFor(const std::optional<chancery::procedure::ActKind>& act) {
  std::vector<Bounds> worlds;
  for (Bounds& world : chancery::checker::AllBounds()) {
    if (act) {
      const MatterKind matter = chancery::procedure::FindAct(*act)->matter;
      if (world.without.contains(*act) || (matter == MatterKind::kFlight && world.flights == 0) ||
          (matter == MatterKind::kTransfer && world.transfers == 0))
        continue;
    }
    worlds.push_back(std::move(world));
  }
  return worlds;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Tries mutants of the rules of 2016. Prints a line for each: survived, expectation, "
      "property, "
      "crash or form, by what, and its name.\n\nExit codes: 0 tried, 1 the procedure itself does "
      "not "
      "pass, 2 usage, 5 the machine failed.",
      "mutate-rules");
  std::vector<std::string> files;
  std::size_t sample = 0;
  std::uint64_t seed = 1;
  std::uint64_t situations = 0;
  int jobs = 2;
  std::string only;
  app.add_option("SCENARIO", files, "the scenarios; those of 2016 are played")->required();
  app.add_option("--sample", sample, "so many mutants, drawn from the seed (default: all)");
  app.add_option("--seed", seed, "what the sample is drawn from");
  app.add_option("--situations", situations,
                 "explore the worlds that can see the rule up to so many situations each, when no "
                 "scenario tells");
  app.add_option("--jobs", jobs, "processes side by side")->check(CLI::Range(1, 64));
  app.add_option("--only", only, "mutants whose name has this text");
  CLI11_PARSE(app, argc, argv);

  std::vector<Story> stories = ReadStories(files);
  std::erase_if(stories, [](const Story& story) { return story.scenario.procedure != "2016"; });
  if (stories.empty()) {
    std::cerr << "mutate-rules: no scenario of the procedure of 2016 is named\n";
    return 2;
  }
  const std::shared_ptr<const CheckedProcedure> founding = stories.front().agreed.founding.rules;
  const std::shared_ptr<const CheckedProcedure> agreed = stories.front().agreed.procedure.rules;
  Trial unmutated;
  for (const Story& story : stories) unmutated.stories.push_back(&story);
  unmutated.founding = founding;
  unmutated.procedure = agreed;
  if (situations > 0) {
    unmutated.worlds = chancery::checker::AllBounds();
    unmutated.situations = situations;
  }
  if (const Result result = Try(unmutated, [] {}); result.fate != Fate::kSurvived) {
    std::cerr << "mutate-rules: nothing is changed, and yet: " << result.by
              << "\nRemedy: mend the scenario, the procedure or the core first\n";
    return 1;
  }

  const std::vector<RuleMutant> mutants = MutantsOf(agreed->terms());
  std::vector<std::size_t> numbers;
  for (const std::size_t i : Sample(mutants.size(), sample, seed)) {
    if (mutants[i].name.find(only) != std::string::npos) numbers.push_back(i);
  }
  ForEach(numbers.size(), jobs, [&](std::size_t i) {
    const RuleMutant& mutant = mutants[numbers[i]];
    Procedure terms = agreed->terms();
    mutant.change(terms);
    if (const auto defects = chancery::procedure::Check(terms); !defects.empty()) {
      return LineOf({Fate::kForm, defects.front().where + ": " + defects.front().message},
                    mutant.name);
    }
    auto admitted = chancery::procedure::Admit(std::move(terms), agreed->digest());
    const auto* whole = std::get_if<std::shared_ptr<const CheckedProcedure>>(&admitted);
    CHANCERY_CHECK(whole != nullptr);  // it has no defect
    Trial trial;
    // Where nobody does the act, its rule is not asked.
    for (const Story& story : stories) {
      if (!mutant.act || story.acts.contains(*mutant.act)) trial.stories.push_back(&story);
    }
    trial.agreed = [whole](const Story& story) {
      chancery::play::Agreed changed = story.agreed;
      changed.procedure.rules = *whole;
      return changed;
    };
    // What can be read off the rules needs no worlds.
    const auto breaches = chancery::checker::JudgeRules((*whole)->terms());
    if (situations > 0 && breaches.empty()) {
      trial.founding = founding;
      trial.procedure = *whole;
      trial.worlds = WorldsFor(mutant.act);
      trial.situations = situations;
    }
    Result result = Try(trial, [] {});
    if (result.fate == Fate::kSurvived && !breaches.empty()) {
      result = {Fate::kProperty, std::string(chancery::checker::NameOf(breaches.front().property)) +
                                     ": " + breaches.front().kind + " (the rules)"};
    }
    return LineOf(result, mutant.name);
  });
  return 0;
}
