// Tries every mutant of the core's conditions: plays all scenarios with one of them switched, then
// explores the worlds it was given. For tools/mutate; see docs/mutation.md.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

#include "engine/checker/worlds.h"
#include "play/core_player.h"
#include "tests/mutation/switch.h"
#include "tests/mutation/trial.h"

namespace {

using namespace chancery::mutation;  // NOLINT(google-build-using-namespace): a program of its own

// Which mutants' conditions are asked when procedures are read, by their numbers.
std::vector<bool> AskedInReading(std::vector<Story>& stories) {
  std::vector<bool> met(AllMutants().size() + 1);
  asked = &met;
  Agree(stories);
  asked = nullptr;
  return met;
}

// Which stories ask the conditions of each mutant, by its number.
std::vector<std::vector<const Story*>> StoriesOf(const std::vector<Story>& stories,
                                                 const std::vector<bool>& in_reading) {
  std::vector<std::vector<const Story*>> asking(AllMutants().size() + 1);
  for (const Story& story : stories) {
    std::vector<bool> met = in_reading;
    asked = &met;
    const auto played = chancery::play::PlayInCore(story.scenario, story.agreed, {});
    asked = nullptr;
    if (!played.ok() || !played->unmet.empty()) {
      std::cerr << "mutate-core: " << story.name << " does not play as it expects, and nothing is "
                << "switched: "
                << (played.ok() ? played->unmet.front() : played.status().ToString())
                << "\nRemedy: mend the scenario or the core first\n";
      std::exit(1);
    }
    for (std::size_t number = 1; number < met.size(); ++number) {
      if (met[number]) asking[number].push_back(&story);
    }
  }
  return asking;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Tries mutants of the core's conditions. Prints a line for each: survived, expectation, "
      "property, check or crash, by what, and its name.\n\nExit codes: 0 tried, 1 the unmutated "
      "core does "
      "not pass, 2 usage, 5 the machine failed.",
      "mutate-core");
  std::vector<std::string> files;
  std::size_t sample = 0;
  std::uint64_t seed = 1;
  std::uint64_t situations = 0;
  int jobs = 2;
  std::string only;
  app.add_option("SCENARIO", files, "the scenarios")->required();
  app.add_option("--sample", sample, "so many mutants, drawn from the seed (default: all)");
  app.add_option("--seed", seed, "what the sample is drawn from");
  app.add_option(
      "--situations", situations,
      "explore the worlds of the procedure of 2016 up to so many situations each, when no "
      "scenario tells");
  app.add_option("--jobs", jobs, "processes side by side")->check(CLI::Range(1, 64));
  app.add_option("--only", only, "mutants whose name has this text");
  CLI11_PARSE(app, argc, argv);

  std::vector<Story> stories = ReadStories(files);
  const std::vector<bool> in_reading = AskedInReading(stories);
  const std::vector<std::vector<const Story*>> asking = StoriesOf(stories, in_reading);
  std::vector<std::size_t> numbers;
  for (const std::size_t i : Sample(AllMutants().size(), sample, seed)) {
    if (AllMutants()[i].find(only) != std::string::npos) numbers.push_back(i + 1);
  }
  const auto of_2016 = std::find_if(stories.begin(), stories.end(), [](const Story& story) {
    return story.scenario.procedure == "2016";
  });
  ForEach(numbers.size(), jobs, [&](std::size_t i) {
    const std::size_t number = numbers[i];
    Trial trial;
    trial.stories = asking[number];
    if (situations > 0 && of_2016 != stories.end()) {
      trial.founding = of_2016->agreed.founding.rules;
      trial.procedure = of_2016->agreed.procedure.rules;
      trial.worlds = chancery::checker::AllBounds();
      trial.situations = situations;
    }
    Result result = Try(trial, [&stories, &in_reading, number] {
      switched_on = number;
      if (in_reading[number]) Agree(stories);  // in the process that tries alone
    });
    if (result.fate == Fate::kSurvived && trial.stories.empty()) result.by = "no scenario asks it";
    return LineOf(result, AllMutants()[number - 1]);
  });
  return 0;
}
