// chancery-play: plays a scenario (docs/scenarios.md) in the core alone or with the real programs.
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "CLI/CLI.hpp"
#include "nlohmann/json.hpp"

#include "play/agreed.h"
#include "play/core_player.h"
#include "play/outcome.h"
#include "play/program_player.h"
#include "play/scenario.h"

namespace {

using chancery::play::Played;

constexpr int kMet = 0;
constexpr int kUnmet = 1;
constexpr int kUsage = 2;
constexpr int kFailed = 5;

using Json = nlohmann::ordered_json;

// What --json prints: the rulings act by act, the persons' outcomes, the sums and what was not met.
Json ToJson(const chancery::play::Scenario& scenario, const Played& played) {
  const auto outcomes = chancery::play::OutcomesOf(scenario, played.ending);
  Json persons = Json::array();
  for (const auto& outcome : outcomes) {
    persons.push_back({{"person", outcome.person},
                       {"state", outcome.state.IsNone() ? "" : outcome.state.ToText()},
                       {"outcome", outcome.outcome},
                       {"confirmed", outcome.confirmed},
                       {"flown", outcome.flown},
                       {"detail", outcome.detail}});
  }
  Json acts = Json::array();
  for (const auto& act : played.record) {
    acts.push_back({{"line", act.line},
                    {"by", act.author.ToText()},
                    {"act", act.what},
                    {"ruling", chancery::play::InShort(act.verdict)}});
  }
  return {{"scenario", scenario.title},
          {"acts", std::move(acts)},
          {"persons", std::move(persons)},
          {"sums", chancery::play::SumsOf(outcomes, played.ending)},
          {"unmet", played.unmet}};
}

void Print(const Json& document) {
  std::cout << document.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

// Prints every person's line and the sums.
void PrintLines(const chancery::play::Scenario& scenario, const Played& played) {
  const auto outcomes = chancery::play::OutcomesOf(scenario, played.ending);
  for (const auto& outcome : outcomes) std::cout << chancery::play::ToLine(outcome) << "\n";
  std::cout << "\n"
            << chancery::play::ToLine(chancery::play::SumsOf(outcomes, played.ending)) << "\n";
}

// Tells what was not met.
int CodeOf(const Played& played) {
  for (const std::string& line : played.unmet) std::cerr << line << "\n";
  if (!played.unmet.empty()) {
    std::cerr << played.unmet.size() << " expectation(s) not met\n";
    return kUnmet;
  }
  return kMet;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Plays a scenario (docs/scenarios.md) and compares its ending with what the scenario "
      "expects: with the real programs\n"
      "over mTLS, or in the core alone. Prints a line for each person and the sums.\n\n"
      "Exit codes: 0 all as expected, 1 not as expected, 2 usage or a mistake in the scenario, 5 a "
      "program failed.",
      "chancery-play");
  app.footer(
      "Examples:\n  chancery-play --core "
      "agreements/eu-pakistan/2016/scenarios/flight-2015-12-03.scenario\n"
      "  chancery-play story.scenario --out /tmp/story --kill-seed 7 --kills 10");
  app.set_version_flag("--version", "chancery-play 0.1.0");
  std::string file;
  std::string agreements;
  bool core = false;
  bool quiet = false;
  bool json = false;
  chancery::play::ProgramOptions options;
  std::string out;
  std::string programs;
  std::string pki;
  std::string verdicts;
  app.add_option("FILE", file, "the scenario")->required();
  auto* core_flag = app.add_flag("--core", core, "play in the core alone, without programs");
  app.add_option("--out", out, "folder to make: anchor and every party's evidence")
      ->excludes(core_flag);
  app.add_option("--bin", programs, "folder of the programs (default: that of this program)");
  app.add_option("--agreements", agreements,
                 "folder of agreed procedures (default: found above FILE)");
  app.add_option("--pki", pki,
                 "folder made by certs/make-rehearsal-pki, to copy (default: new keys are made)")
      ->excludes(core_flag)
      ->check(CLI::ExistingDirectory);
  app.add_option("--verdicts", verdicts,
                 "folder that keeps what was found of procedures before they were signed, so that "
                 "they are explored once (default: verdicts in OUT)")
      ->excludes(core_flag);
  app.add_option("--kill-seed", options.kill_seed, "what kills are drawn from")
      ->excludes(core_flag);
  app.add_option("--kills", options.kills, "how many programs are killed on the way")
      ->check(CLI::Range(0, 1000))
      ->excludes(core_flag);
  app.add_option("--log-level", options.log_level, "of the programs: quiet, info or debug");
  app.add_flag("--quiet", quiet, "no progress on stderr");
  app.add_flag("--json", json, "print the outcomes and sums as one JSON document");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kMet : kUsage;
  }
  if (!core && out.empty()) {
    std::cerr << "chancery-play: give --out a folder that is not there yet, or --core\n";
    return kUsage;
  }

  auto read = chancery::play::ReadScenarioFile(file);
  if (const auto* errors = std::get_if<std::vector<chancery::play::ScenarioError>>(&read)) {
    for (const auto& error : *errors) std::cerr << ToText(error) << "\n";
    return kUsage;
  }
  const auto& scenario = std::get<chancery::play::Scenario>(read);
  const auto agreed = chancery::play::LoadAgreed(scenario, agreements);
  if (!agreed.ok()) {
    std::cerr << "chancery-play: " << agreed.status().message() << "\n";
    return kUsage;
  }
  chancery::play::Progress progress;
  if (!quiet) progress = [](const std::string& line) { std::cerr << line << "\n"; };
  if (core) {
    const auto played = chancery::play::PlayInCore(scenario, *agreed, progress);
    if (!played.ok()) {
      std::cerr << "chancery-play: " << played.status().message() << "\n";
      return absl::IsFailedPrecondition(played.status()) ? kUsage : kFailed;
    }
    if (json) {
      Print(ToJson(scenario, *played));
    } else {
      PrintLines(scenario, *played);
    }
    return CodeOf(*played);
  }

  std::error_code error;
  options.out = out;
  options.pki = pki;
  options.verdicts = verdicts;
  options.programs = programs.empty()
                         ? std::filesystem::read_symlink("/proc/self/exe", error).parent_path()
                         : std::filesystem::path(programs);
  const auto played = chancery::play::PlayWithPrograms(scenario, *agreed, options, progress);
  if (!played.ok()) {
    std::cerr << "chancery-play: " << played.status().message() << "\n";
    return absl::IsAlreadyExists(played.status()) || absl::IsFailedPrecondition(played.status())
               ? kUsage
               : kFailed;
  }
  if (json) {
    Json document = ToJson(scenario, *played);
    document["audited"] = played->audited;
    document["kills"] = played->kills;
    document["evidence"] = out;
    Print(document);
    return CodeOf(*played);
  }
  PrintLines(scenario, *played);
  const int code = CodeOf(*played);
  for (const std::string& line : played->audited) std::cout << line << "\n";
  if (played->kills > 0) std::cout << played->kills << " kills survived\n";
  std::cout << "evidence in " << out << "\n";
  return code;
}
