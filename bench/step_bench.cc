// What a ruling costs: Step alone, in CPU time on one core.
//
// The acts are those of every scenario of the 2016 procedure, each with the matters it touched as
// they stood then, recorded once by playing the scenarios in the core and stepped again and again.
// Manifests are measured by the number of their lines. docs/performance.md says how to read it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/procedure/replay.h"
#include "play/agreed.h"
#include "play/core_player.h"
#include "play/scenario.h"

namespace {

using chancery::Digest;
using chancery::MatterId;
using chancery::PartyCode;
using chancery::procedure::Act;
using chancery::procedure::ActKind;
using chancery::procedure::Fact;
using chancery::procedure::Facts;
using chancery::procedure::Matter;
using chancery::procedure::MatterKind;
using chancery::procedure::Matters;
using chancery::procedure::ProcedureSet;
using chancery::procedure::RecordedAct;
using chancery::procedure::Replayer;
using chancery::procedure::Step;
using chancery::procedure::Stepped;
namespace play = chancery::play;

// An act that can be stepped again: with what it was judged by.
struct Sample {
  std::shared_ptr<const ProcedureSet> procedures;
  Matters touched;
  RecordedAct recorded;
  bool of_the_story = false;  // not one that sets the scene
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "error: %s\n", what.c_str());
  std::exit(1);
}

const std::string kAgreements = std::string(CHANCERY_SOURCE_DIR) + "/agreements";

std::vector<std::string> ScenarioFiles() {
  std::vector<std::string> files;
  for (const auto& file :
       std::filesystem::directory_iterator(kAgreements + "/eu-pakistan/2016/scenarios")) {
    files.push_back(file.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void AddScenario(const std::string& file, std::vector<Sample>& samples) {
  const play::ReadResult read = play::ReadScenarioFile(file);
  const auto* scenario = std::get_if<play::Scenario>(&read);
  if (scenario == nullptr) Fail(file + " cannot be read");
  // All scenarios are of one procedure, which is read once.
  static const auto agreed = play::LoadAgreed(*scenario, kAgreements);
  if (!agreed.ok()) Fail(agreed.status().ToString());
  static const auto procedures = std::make_shared<const ProcedureSet>(agreed->All());
  const auto played = play::PlayInCore(*scenario, *agreed, {});
  if (!played.ok()) Fail(played.status().ToString());
  Replayer replayer(*procedures);
  // One copy of a matter for all acts that find it so, as in a ministry's memory.
  std::map<MatterId, std::shared_ptr<const Matter>> shared;
  for (std::size_t i = 0; i < played->recorded.size(); ++i) {
    const RecordedAct& recorded = played->recorded[i];
    Matters touched;
    for (const MatterId& id : Touched(recorded.act, replayer.matters())) touched.Add(shared.at(id));
    samples.push_back({procedures, std::move(touched), recorded, i >= played->scene_acts});
    for (const Matter& changed : replayer.Add(recorded).changed)
      shared.insert_or_assign(changed.id, std::make_shared<const Matter>(changed));
  }
}

const std::vector<Sample>& Samples() {
  static const std::vector<Sample> samples = [] {
    std::vector<Sample> all;
    for (const std::string& file : ScenarioFiles()) AddScenario(file, all);
    return all;
  }();
  return samples;
}

std::vector<Sample> SamplesWhere(bool (*wanted)(const Sample&)) {
  std::vector<Sample> chosen;
  std::copy_if(Samples().begin(), Samples().end(), std::back_inserter(chosen), wanted);
  return chosen;
}

// One iteration is one pass over the samples; items are acts, so that time per item is time per
// Step.
void StepEach(benchmark::State& state, const std::vector<Sample>& samples) {
  for (auto _ : state) {
    for (const Sample& sample : samples) {
      benchmark::DoNotOptimize(Step(*sample.procedures, sample.touched, sample.recorded));
    }
  }
  const auto acts = static_cast<std::int64_t>(samples.size());
  state.SetItemsProcessed(state.iterations() * acts);
  state.counters["acts"] = static_cast<double>(acts);
  state.counters["us_per_act"] =
      benchmark::Counter(static_cast<double>(state.iterations() * acts) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void ActsOfTheScenarios(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) { return sample.of_the_story; }));
}
BENCHMARK(ActsOfTheScenarios)->Name("acts_of_the_scenarios")->Unit(benchmark::kMicrosecond);

void ActsThatSetTheScene(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) { return !sample.of_the_story; }));
}
BENCHMARK(ActsThatSetTheScene)->Name("acts_that_set_the_scene")->Unit(benchmark::kMicrosecond);

MatterKind KindOf(const Sample& sample) {
  return chancery::procedure::FindAct(sample.recorded.act.kind)->matter;
}
void ActsOnCases(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) {
             return sample.of_the_story && KindOf(sample) == MatterKind::kCase;
           }));
}
BENCHMARK(ActsOnCases)->Name("acts_on_cases")->Unit(benchmark::kMicrosecond);
void ActsOnFlights(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) {
             return sample.of_the_story && KindOf(sample) == MatterKind::kFlight;
           }));
}
BENCHMARK(ActsOnFlights)->Name("acts_on_flights")->Unit(benchmark::kMicrosecond);
void ActsOnTransfers(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) {
             return sample.of_the_story && KindOf(sample) == MatterKind::kTransfer;
           }));
}
BENCHMARK(ActsOnTransfers)->Name("acts_on_transfers")->Unit(benchmark::kMicrosecond);

void ActsOfTheCooperation(benchmark::State& state) {
  StepEach(state, SamplesWhere([](const Sample& sample) {
             return sample.of_the_story && KindOf(sample) == MatterKind::kCooperation;
           }));
}
BENCHMARK(ActsOfTheCooperation)->Name("acts_of_the_cooperation")->Unit(benchmark::kMicrosecond);

// A number as the bytes of an identifier or digest.
template <class Fixed>
Fixed Numbered(std::uint8_t kind, std::int64_t number) {
  Fixed value;
  value.raw()[0] = kind;
  for (std::size_t i = 0; i < 4; ++i)
    value.raw()[1 + i] = static_cast<std::uint8_t>(number >> (8 * i));
  return value;
}

// The first manifest of the great scenario that is admitted, with as many returnees as wanted:
// copies of its first returnee, each with a case of its own.
Sample ManifestOf(std::int64_t lines) {
  const auto found = std::find_if(Samples().begin(), Samples().end(), [](const Sample& sample) {
    const Act& act = sample.recorded.act;
    return act.kind == ActKind::kManifest && act.lines.front().Has(Fact::kCase) &&
           sample.touched.Find(act.matter) == nullptr &&
           Step(*sample.procedures, sample.touched, sample.recorded).ruling.admitted();
  });
  if (found == Samples().end()) Fail("no scenario has a manifest that is admitted");
  Sample sample = *found;
  const Facts line = sample.recorded.act.lines.front();
  const Matter one_case = *sample.touched.Find(line.IdOr(Fact::kCase));
  sample.recorded.act.lines.clear();
  for (std::int64_t i = 0; i < lines; ++i) {
    Matter copied = one_case;
    copied.id = Numbered<MatterId>(0xca, i);
    copied.facts.Set(Fact::kHandle, Numbered<MatterId>(0x4a, i));
    Facts own = line;
    own.Set(Fact::kCase, copied.id);
    sample.recorded.act.lines.push_back(std::move(own));
    sample.touched.Add(std::move(copied));
  }
  if (!Step(*sample.procedures, sample.touched, sample.recorded).ruling.admitted())
    Fail("a manifest of " + std::to_string(lines) + " lines is not admitted");
  return sample;
}

void Manifest(benchmark::State& state) {
  const Sample sample = ManifestOf(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(Step(*sample.procedures, sample.touched, sample.recorded));
  }
  state.counters["us_per_line"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(Manifest)
    ->Name("manifest")
    ->Arg(1)
    ->Arg(10)
    ->Arg(50)
    ->Arg(100)
    ->Arg(200)
    ->Unit(benchmark::kMicrosecond);

// To compare with: what any core must do at least, which is to hand on the matters the act changed.
void CopyOfWhatChanged(benchmark::State& state) {
  std::vector<std::vector<Matter>> changed;
  for (const Sample& sample : SamplesWhere([](const Sample& one) { return one.of_the_story; }))
    changed.push_back(Step(*sample.procedures, sample.touched, sample.recorded).changed);
  for (auto _ : state) {
    for (const std::vector<Matter>& one : changed) {
      std::vector<Matter> copied = one;
      benchmark::DoNotOptimize(copied.data());
    }
  }
  state.counters["us_per_act"] = benchmark::Counter(
      static_cast<double>(state.iterations() * static_cast<std::int64_t>(changed.size())) / 1e6,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(CopyOfWhatChanged)->Name("copy_of_what_changed")->Unit(benchmark::kMicrosecond);

// And the digest of a statement of usual size, which every act costs anyway.
void DigestOfAStatement(benchmark::State& state) {
  const std::string statement(600, 's');
  for (auto _ : state) benchmark::DoNotOptimize(chancery::crypto::Sha256(statement));
}
BENCHMARK(DigestOfAStatement)->Name("digest_of_a_statement")->Unit(benchmark::kMicrosecond);

}  // namespace
