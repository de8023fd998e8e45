// bench_load: what the parts of an act cost, the limits made of them, and how near the real
// programs come to them. tools/bench builds and runs it; docs/performance.md says how to read it.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"

#include "bench/load/driver.h"
#include "bench/load/measure.h"
#include "bench/load/parts.h"
#include "bench/load/programs.h"
#include "bench/load/report.h"
#include "edge/prepare_grpc.h"
#include "play/process.h"

namespace {

using namespace chancery;
using namespace chancery::bench;
using Seconds = Driver::Seconds;

constexpr int kUsage = 2;
constexpr int kFailed = 5;
constexpr double kShares[] = {0.1, 0.5, 0.9};
constexpr double kFewestActs = 10;  // of which a latency is told

struct Options {
  ProgramsPlan programs;
  std::size_t runs = 3;
  double seconds = 10;  // of a window
  std::size_t under_way = 64;
  bool quick = false;
  bool json = false;
};

void Say(const std::string& line) { std::cerr << line << "\n"; }

// Verifies a second on all processors: the last number that openssl prints.
absl::StatusOr<double> EcdsaVerifies(unsigned processors, int seconds) {
  CHANCERY_ASSIGN_OR_RETURN(
      const play::CommandResult result,
      play::RunCommand({"/usr/bin/env", "openssl", "speed", "-multi", std::to_string(processors),
                        "-seconds", std::to_string(seconds), "ecdsap256"},
                       std::chrono::seconds(60)));
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("ecdsa (nistp256)") == std::string::npos) continue;
    std::istringstream fields(line.substr(line.rfind(' ')));
    double verifies = 0;
    if (fields >> verifies && verifies > 0) return verifies;
  }
  return Unavailable("openssl speed: no figure for ecdsap256");
}

absl::StatusOr<Run> Measure(const Options& options) {
  Run run;
  run.machine = ProcessorModel();
  run.processors = Processors();
  run.under_way = options.under_way;
  Say("openssl speed");
  CHANCERY_ASSIGN_OR_RETURN(run.ecdsa_verifies,
                            EcdsaVerifies(run.processors, options.quick ? 1 : 3));
  Say("Founding the cooperation and starting the programs");
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Programs> programs,
                            Programs::Make(options.programs));
  run.states = programs->states().size();
  const PartyCode ministry = programs->ministry();
  const PartyCode state = programs->states().front();
  const std::uint64_t ministry_before = BytesOfStore(programs->StoreOf(ministry));
  const std::uint64_t state_before = BytesOfStore(programs->StoreOf(state));
  CHANCERY_RETURN_IF_ERROR(programs->Start());
  std::uint64_t handed_in = 0;
  {
    Driver driver(*programs);
    const Seconds warm_up(options.quick ? 0.3 : 3);
    const Seconds measured(options.seconds);
    for (std::size_t i = 0; i < options.runs; ++i) {
      Say("As fast as it goes, " + std::to_string(i + 1) + " of " + std::to_string(options.runs));
      CHANCERY_ASSIGN_OR_RETURN(Window window,
                                driver.Saturate(options.under_way, warm_up, measured));
      run.saturated.push_back(std::move(window));
    }
    std::vector<double> rates;
    for (const Window& window : run.saturated) rates.push_back(window.PerSecond());
    for (const double share : kShares) {
      Say("At " + std::to_string(static_cast<int>(share * 100)) + " % of it");
      const double rate = share * MedianOf(rates);
      CHANCERY_ASSIGN_OR_RETURN(
          Window window,
          driver.AtRate(rate, warm_up, std::max(measured, Seconds(kFewestActs / rate))));
      run.paced.push_back({share, std::move(window)});
    }
    Say("Asking the desks what became of every act");
    CHANCERY_RETURN_IF_ERROR(driver.CheckAllAdmitted());
    handed_in = driver.handed_in();
  }
  CHANCERY_ASSIGN_OR_RETURN(run.memory, programs->PeakMemory());
  CHANCERY_RETURN_IF_ERROR(programs->Stop());
  const auto per_act = [&](std::uint64_t before, PartyCode party, double acts) {
    return static_cast<double>(BytesOfStore(programs->StoreOf(party)) - before) / acts;
  };
  const auto acts = static_cast<double>(handed_in);
  run.ministry_bytes = per_act(ministry_before, ministry, acts);
  run.state_bytes = per_act(state_before, state, acts / static_cast<double>(run.states));

  Say("Each part alone");
  const Window& last = run.saturated.back();
  CHANCERY_ASSIGN_OR_RETURN(
      run.ministry_group,
      GroupOf(programs->StoreOf(ministry), programs->anchor(), ministry, last.from, last.until));
  CHANCERY_ASSIGN_OR_RETURN(run.state_group, GroupOf(programs->StoreOf(state), programs->anchor(),
                                                     state, last.from, last.until));
  PartsPlan plan{programs->pki(),
                 programs->anchor(),
                 ministry,
                 state,
                 programs->StoreOf(ministry),
                 programs->StoreOf(state),
                 options.programs.out / "rows"};
  if (options.quick) {
    plan.samples = 64;
    plan.seconds = 0.02;
  }
  CHANCERY_ASSIGN_OR_RETURN(run.parts, MeasureParts(plan));
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures each part of an act alone, makes limits of them, and drives the real programs: "
      "applications handed\n"
      "in at the states' desks until they are receipted. Prints a table.\n\n"
      "Exit codes: 0 measured, 2 usage, 5 a program failed.",
      "bench_load");
  app.footer(
      "Example: bench_load --bin build/release/bin --agreements agreements --verdicts "
      "build/release/verdicts --out /tmp/bench");
  Options options;
  options.programs.states = kMostStates;
  app.add_option("--bin", options.programs.binaries, "folder of the programs")->required();
  app.add_option("--agreements", options.programs.agreements, "folder of agreed procedures")
      ->required();
  app.add_option("--verdicts", options.programs.verdicts,
                 "folder that keeps what was found of procedures before they were signed")
      ->required();
  app.add_option("--out", options.programs.out, "folder to make; it must not be there")->required();
  auto* states = app.add_option("--states", options.programs.states, "how many states take part")
                     ->check(CLI::Range(std::size_t{1}, kMostStates));
  auto* runs =
      app.add_option("--runs", options.runs, "saturated windows, of which the median counts")
          ->check(CLI::Range(1, 100));
  auto* seconds = app.add_option("--seconds", options.seconds, "of each window")
                      ->check(CLI::Range(0.1, 3600.0));
  app.add_option("--under-way", options.under_way, "acts of each state under way at saturation")
      ->check(CLI::Range(1, 4096));
  app.add_flag("--quick", options.quick, "seconds in place of minutes, to see that it works");
  app.add_flag("--json", options.json, "print one JSON document");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (options.quick) {
    if (states->count() == 0) options.programs.states = 2;
    if (runs->count() == 0) options.runs = 1;
    if (seconds->count() == 0) options.seconds = 0.5;
  }
  absl::Status ready = edge::PrepareGrpc();
  const absl::StatusOr<Run> run = ready.ok() ? Measure(options) : absl::StatusOr<Run>(ready);
  if (!run.ok()) {
    Say("bench_load: " + std::string(ToStd(run.status().message())));
    return absl::IsInvalidArgument(run.status()) ? kUsage : kFailed;
  }
  if (options.json) {
    std::cout << JsonOf(*run).dump(2) << "\n";
  } else {
    std::cout << TableOf(*run);
  }
  return 0;
}
