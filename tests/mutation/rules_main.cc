// Tries every mutant of the rules of 2016: plays all scenarios under the changed procedure, then
// explores the worlds that can see the rule. For tools/mutate; see docs/mutation.md.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "CLI/CLI.hpp"

#include "engine/base/check.h"
#include "engine/checker/properties.h"
#include "engine/checker/worlds.h"
#include "engine/procedure/check.h"
#include "engine/procedure/replay.h"
#include "engine/procedure/step.h"
#include "play/core_player.h"
#include "tests/mutation/rules.h"
#include "tests/mutation/trial.h"

namespace {

using namespace chancery::mutation;  // NOLINT(google-build-using-namespace): a program of its own
using chancery::checker::Bounds;
using chancery::procedure::CheckedProcedure;
using chancery::procedure::MatterKind;
using chancery::procedure::Matters;
using chancery::procedure::Procedure;
using chancery::procedure::ProcedureSet;
using chancery::procedure::Stepped;

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

// An act of a story as the core was given it, and what it made of it.
struct Ruled {
  chancery::procedure::RecordedAct act;
  Matters touched;
  Stepped stepped;
};
// A story as it goes when nothing is changed.
struct Told {
  std::vector<Ruled> acts;
  std::set<std::string> turned_away;  // the acts, by name, of which one was not recorded
  Matters matters;                    // as the last act left them
  chancery::Instant end;
  chancery::procedure::Standing standing;  // at the end
};

Told TellOf(const Story& story) {
  Told told;
  const auto played = chancery::play::PlayInCore(story.scenario, story.agreed, {});
  CHANCERY_CHECK(played.ok());  // it was played before
  for (const chancery::play::PlayedAct& act : played->record) {
    if (act.verdict.outcome == chancery::play::ExpectedRuling::Outcome::kTurnedAway)
      told.turned_away.insert(act.what.substr(0, act.what.find(' ')));
  }
  chancery::procedure::Replayer replayer(story.agreed.All());
  for (const auto& recorded : played->recorded) {
    Matters touched = chancery::procedure::Gather(recorded.act, replayer.matters());
    Stepped stepped = replayer.Add(recorded);
    told.acts.push_back({recorded, std::move(touched), std::move(stepped)});
  }
  for (const auto& [id, matter] : replayer.matters().all()) told.matters.Add(matter);
  told.end = story.scenario.steps.back().at;
  told.standing = StandingAt(story.agreed.All(), told.matters, told.end);
  return told;
}

bool LacksSeal(const Stepped& stepped) {
  const auto* refused = std::get_if<chancery::procedure::Inadmissible>(&stepped.ruling.outcome);
  return refused != nullptr && refused->ground == chancery::procedure::Ground::kMissingSeal;
}

// Whether each act that the mutant can change is ruled as it was, and the end is as it was.
bool RuledAlike(const ProcedureSet& procedures, const RuleMutant& mutant, const Told& told) {
  const bool acts = std::all_of(told.acts.begin(), told.acts.end(), [&](const Ruled& ruled) {
    if (mutant.act && ruled.act.act.kind != *mutant.act) return true;
    const Stepped now = chancery::procedure::Step(procedures, ruled.touched, ruled.act);
    return now.ruling == ruled.stepped.ruling && now.changed == ruled.stepped.changed &&
           now.readers == ruled.stepped.readers;
  });
  return acts && StandingAt(procedures, told.matters, told.end).matters == told.standing.matters;
}

// Whether rulings say all there is to say of a mutant in a story. They do not where a party's own
// program asks what was changed; of an act that was turned away and so never ruled; nor of one that
// lacked a seal, which with others would have been asked more.
bool RulingsSayAll(const RuleMutant& mutant, const Told& told) {
  if (mutant.at_the_desk) return false;
  if (mutant.act
          ? told.turned_away.contains(std::string(chancery::procedure::FindAct(*mutant.act)->name))
          : !told.turned_away.empty())
    return false;
  return std::none_of(told.acts.begin(), told.acts.end(), [&](const Ruled& ruled) {
    return (!mutant.act || ruled.act.act.kind == *mutant.act) && LacksSeal(ruled.stepped);
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Tries mutants of the rules of 2016. Prints a line for each: survived, expectation, "
      "property, "
      "check, crash or form, by what, and its name.\n\nExit codes: 0 tried, 1 the procedure itself "
      "does "
      "not "
      "pass, 2 usage, 5 the machine failed.",
      "mutate-rules");
  std::vector<std::string> files;
  std::size_t sample = 0;
  std::uint64_t seed = 1;
  std::uint64_t situations = 0;
  int jobs = 2;
  std::string only;
  bool whole_stories = false;
  app.add_option("SCENARIO", files, "the scenarios; those of 2016 are played")->required();
  app.add_option("--sample", sample, "so many mutants, drawn from the seed (default: all)");
  app.add_option("--seed", seed, "what the sample is drawn from");
  app.add_option("--situations", situations,
                 "explore the worlds that can see the rule up to so many situations each, when no "
                 "scenario tells");
  app.add_option("--jobs", jobs, "processes side by side")->check(CLI::Range(1, 64));
  app.add_option("--only", only, "mutants whose name has this text");
  app.add_flag("--whole", whole_stories,
               "play stories in which nothing is ruled otherwise too; it comes to the same");
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

  std::vector<Told> told;
  for (const Story& story : stories) told.push_back(TellOf(story));

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
    std::string otherwise;  // the first story in which something is ruled otherwise
    for (std::size_t at = 0; at < stories.size(); ++at) {
      // Where nobody does the act, its rule is not asked.
      if (mutant.act && !stories[at].acts.contains(*mutant.act)) continue;
      ProcedureSet procedures = stories[at].agreed.All();
      procedures.Add(*whole);
      const bool alike = RuledAlike(procedures, mutant, told[at]);
      if (!alike && otherwise.empty()) otherwise = stories[at].name;
      // Then the story goes on as it did, act by act.
      if (alike && !whole_stories && RulingsSayAll(mutant, told[at])) continue;
      trial.stories.push_back(&stories[at]);
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
    if (result.fate == Fate::kSurvived && !otherwise.empty())
      result.by = "ruled otherwise in " + otherwise + ", where nobody expects anything of it";
    return LineOf(result, mutant.name);
  });
  return 0;
}
