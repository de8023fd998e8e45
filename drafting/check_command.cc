#include "drafting/check_command.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "drafting/bundle_seal.h"
#include "drafting/exploration.h"
#include "drafting/story.h"
#include "engine/base/text.h"
#include "engine/checker/worlds.h"

namespace chancery::drafting {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using checker::Violation;

constexpr std::string_view kFormOnly =
    "The form only: nothing was looked at that can happen under these rules, and nothing is said "
    "about safety.";
constexpr std::string_view kCooperation =
    "It rules the cooperation: only its form is looked at. What can happen is explored of a "
    "procedure of cases.";

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void Print(const Json& json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

// The form, and why nothing else was looked at; the exploration is added where there is one.
Json FormToJson(const std::vector<std::string>& defects) {
  return {{"form", defects.empty() ? "whole" : "defective"}, {"defects", defects}};
}

void PrintForm(const Packed& packed) {
  std::cout << Legible(packed.procedure->terms().id) << ": no defect of form\ndigest "
            << packed.digest.ToHexText() << '\n';
}

// What does not go together, or names nothing.
std::string UsageProblem(const CheckOptions& options) {
  if (options.form && (!options.worlds.empty() || !options.verdict.empty() ||
                       !options.stories.empty() || !options.founding.empty())) {
    return "--form looks at the form only: take it away to explore";
  }
  if (!options.verdict.empty() && !options.worlds.empty())
    return "--world explores a part, and a verdict is on the whole: take one of them away";
  if (options.kept && options.verdict.empty())
    return "--kept asks for the verdict that --verdict FILE keeps: name the file";
  if (options.kept && !options.stories.empty())
    return "a kept verdict holds no stories: take --kept away";
  const std::vector<checker::Bounds> all = checker::AllBounds();
  for (const std::string& world : options.worlds) {
    if (std::none_of(all.begin(), all.end(),
                     [&](const checker::Bounds& bounds) { return bounds.name == world; })) {
      return "--world: there is no world \"" + world + "\"; docs/checker.md lists them";
    }
  }
  std::error_code ignored;
  if (!options.stories.empty() && fs::exists(options.stories, ignored) &&
      !(fs::is_directory(options.stories, ignored) && fs::is_empty(options.stories, ignored))) {
    return "--stories: " + options.stories + " is there already; name a folder that is not";
  }
  return {};
}

std::size_t ActsOf(const Violation& violation) {
  return static_cast<std::size_t>(
      std::count_if(violation.story.begin(), violation.story.end(),
                    [](const checker::Move& move) { return !move.waited; }));
}

// Of several ways to break a property the shortest that can be told; the first line of what is
// returned goes into the folder's README.
absl::StatusOr<std::string> TellOne(checker::Property property, const checker::Verdict& verdict,
                                    const play::Agreed& agreed, const StoryPlace& place,
                                    const fs::path& folder) {
  std::vector<const Violation*> ways;
  for (const Violation& violation : verdict.violations) {
    if (violation.breach.property == property) ways.push_back(&violation);
  }
  std::stable_sort(ways.begin(), ways.end(), [](const Violation* one, const Violation* other) {
    return ActsOf(*one) < ActsOf(*other);
  });
  const std::string name(NameOf(property));
  std::string row;
  for (const Violation* way : ways) {
    const absl::StatusOr<std::string> text = ToScenario(*way, agreed, place);
    if (text.ok()) {
      CHANCERY_RETURN_IF_ERROR(WriteFile(folder / (name + ".scenario"), *text));
      return row + "- " + name + ".scenario: " + way->breach.kind + "\n";
    }
    row += "- " + name + ", no scenario: " + way->breach.kind + " (" +
           std::string(ToStd(text.status().message())) + ")\n";
  }
  return row;
}

absl::Status WriteStories(const CheckOptions& options, const checker::Verdict& verdict,
                          const Packed& founding, const Packed& packed) {
  std::error_code error;
  const fs::path folder = options.stories;
  fs::create_directories(folder, error);
  const fs::path procedure = error ? fs::path() : fs::canonical(options.folder, error);
  if (error)
    return Unavailable("--stories: cannot make " + options.stories + ": " + error.message());
  const StoryPlace place{procedure.parent_path().filename().string(),
                         procedure.filename().string()};
  const play::Agreed agreed{{founding.procedure->terms().id, founding.bundle, founding.procedure},
                            {options.folder, packed.bundle, packed.procedure}};
  std::string readme = "# How " + packed.procedure->terms().id +
                       " breaks what it must keep\n\nOne story for each broken property, with "
                       "invented people. Each was played in the core before it was written;\n"
                       "`tools/play FILE --out DIR` plays it with the real programs.\n\n";
  for (const checker::Property property : checker::AllProperties()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::string row,
                              TellOne(property, verdict, agreed, place, folder));
    readme += row;
  }
  return WriteFile(folder / "README.md", readme);
}

ExitCode CodeOf(const std::vector<std::string>& broken, bool complete) {
  if (!broken.empty()) return kNo;
  return complete ? kYes : kPartly;
}

// What was kept is told in short.
ExitCode TellKept(const KeptVerdict& kept, const CheckOptions& options, const Packed& packed) {
  const std::vector<std::string>& breaks = packed.procedure->terms().breaks;
  if (options.json) {
    Json json = FormToJson({});
    json["id"] = packed.procedure->terms().id;
    json["digest"] = packed.digest.ToHexText();
    json["explored"] = {{"complete", kept.complete},
                        {"situations", kept.situations},
                        {"found_at", ToText(kept.made_at)},
                        {"broken", kept.broken},
                        {"unnamed", Unnamed(kept.broken, breaks)}};
    Print(json);
  } else {
    PrintForm(packed);
    std::cout << "found on " << ToText(kept.made_at) << " by this program, in " << kept.situations
              << " situations\n"
              << Conclusion(kept.broken, kept.complete, breaks);
  }
  return CodeOf(kept.broken, kept.complete);
}

ExitCode Explore(const CheckOptions& options, const Packed& packed) {
  const procedure::Procedure& terms = packed.procedure->terms();
  const absl::StatusOr<Packed> founding = PackFounding(options.founding, options.folder);
  if (!founding.ok()) return FailProcedure(founding.status());
  const absl::StatusOr<VerdictSubject> subject = SubjectOf(*founding, packed);
  if (!subject.ok()) return Fail(subject.status());
  if (options.kept) {
    const absl::StatusOr<KeptVerdict> kept = KeptOf(options.verdict, *subject);
    if (kept.ok()) return TellKept(*kept, options, packed);
  }
  checker::Limits limits;
  limits.most_situations = options.situations;
  limits.worlds.insert(options.worlds.begin(), options.worlds.end());
  const checker::Verdict verdict =
      checker::CheckProperties(*founding->procedure, *packed.procedure, limits);
  const bool complete = options.worlds.empty() && verdict.Complete();
  if (!options.verdict.empty()) {
    const absl::Status written = WriteVerdict(options.verdict, ToKeep(verdict, complete, *subject));
    if (!written.ok()) return Fail(written);
  }
  if (!options.stories.empty()) {
    const absl::Status written = WriteStories(options, verdict, *founding, packed);
    if (!written.ok()) return Fail(written);
  }
  if (options.json) {
    Json json = FormToJson({});
    json["id"] = terms.id;
    json["digest"] = packed.digest.ToHexText();
    json["explored"] = Json::parse(ToJson(verdict, complete, terms.breaks));
    Print(json);
  } else {
    PrintForm(packed);
    std::cout << LegibleLines(ToText(verdict, complete, terms.breaks));
  }
  return CodeOf(BrokenIn(verdict), complete);
}

}  // namespace

ExitCode RunCheck(const CheckOptions& options) {
  const std::string problem = UsageProblem(options);
  if (!problem.empty()) {
    Say(problem);
    return kUsage;
  }
  const absl::StatusOr<Packed> packed = Pack(options.folder);
  if (!packed.ok()) {
    if (!absl::IsInvalidArgument(packed.status())) return Fail(packed.status());
    const std::vector<std::string> defects = LinesOf(ToStd(packed.status().message()));
    if (options.json) {
      Print(FormToJson(defects));
    } else {
      for (const std::string& defect : defects) std::cout << Legible(defect) << '\n';
    }
    return kNo;
  }
  const bool of_cooperation = packed->procedure->terms().founding;
  if (of_cooperation && (!options.verdict.empty() || !options.stories.empty() ||
                         !options.worlds.empty() || !options.founding.empty())) {
    Say(options.folder + ": " + std::string(kCooperation));
    return kUsage;
  }
  if (!options.form && !of_cooperation) return Explore(options, *packed);
  const std::string_view why = of_cooperation ? kCooperation : kFormOnly;
  if (options.json) {
    Json json = FormToJson({});
    json["id"] = packed->procedure->terms().id;
    json["digest"] = packed->digest.ToHexText();
    json["explored"] = nullptr;
    json["not_explored"] = why;
    Print(json);
  } else {
    PrintForm(*packed);
    std::cout << why << '\n';
  }
  return kYes;
}

}  // namespace chancery::drafting
