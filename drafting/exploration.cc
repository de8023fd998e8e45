#include "drafting/exploration.h"

#include <nlohmann/json.hpp>

namespace chancery::drafting {

namespace {

using Json = nlohmann::ordered_json;

std::string Facts(const procedure::Facts& facts) {
  std::string text;
  for (const auto& [fact, value] : facts) {
    if (!text.empty()) text += ", ";
    text += Describe(fact, value);
  }
  return text;
}

}  // namespace

std::string ToLine(const checker::Move& move) {
  std::string line = ToText(move.at);
  if (move.waited) {
    line += "  time passes";
    for (const procedure::Lapsed& lapsed : move.lapses)
      line += "; the limit passes: " + lapsed.lapse + ", now " + lapsed.stage;
    return line;
  }
  const procedure::ActInfo* act = procedure::FindAct(move.act.act.kind);
  line += "  " + move.act.act.author.ToText() + " " + std::string(act->name);
  if (!move.act.act.facts.empty()) line += ": " + Facts(move.act.act.facts);
  for (const procedure::Facts& one : move.act.act.lines) line += "; line " + Facts(one);
  return line;
}

std::string ToText(const checker::Verdict& verdict) {
  std::string text;
  for (const checker::Explored& world : verdict.worlds) {
    text += world.bounds.name + ": " + std::to_string(world.situations) + " situations, " +
            std::to_string(world.tried) + " acts tried, " + std::to_string(world.admitted) +
            " admitted" + (world.complete ? "" : "; NOT COMPLETE, the bound was reached") + "\n";
    for (const checker::LongestWait& wait : world.waits_by_class) {
      text += "  class " + (wait.person_class.empty() ? "-" : wait.person_class) + " waits " +
              std::to_string(wait.days) + " days at most for " + wait.outcome + ": " +
              std::to_string(wait.days_of_requesting) + " the requesting state's, " +
              std::to_string(wait.days_of_requested) + " the requested state's\n";
    }
  }
  for (const checker::Property property : checker::AllProperties()) {
    const std::string name(NameOf(property));
    if (verdict.Holds(property)) {
      text += name + (verdict.Complete() ? " holds: " : " not broken so far: ") +
              std::string(SentenceOf(property)) + "\n";
    }
    for (const checker::Violation& violation : verdict.violations) {
      if (violation.breach.property != property) continue;
      text += name + (violation.dated ? " IS BROKEN: " : " IS NOT EXCLUDED: ") +
              violation.breach.kind + "\n";
      if (!violation.dated) {
        text +=
            "    found with limits that pass at any moment; no days were found on which it "
            "happens:\n";
      }
      for (const checker::Move& move : violation.story) text += "    " + ToLine(move) + "\n";
    }
  }
  return text;
}

std::string ToJson(const checker::Verdict& verdict) {
  Json worlds = Json::array();
  for (const checker::Explored& world : verdict.worlds) {
    Json waits = Json::array();
    for (const checker::LongestWait& wait : world.waits_by_class) {
      waits.push_back({{"class", wait.person_class},
                       {"outcome", wait.outcome},
                       {"days", wait.days},
                       {"days_of_requesting", wait.days_of_requesting},
                       {"days_of_requested", wait.days_of_requested}});
    }
    worlds.push_back({{"name", world.bounds.name},
                      {"situations", world.situations},
                      {"tried", world.tried},
                      {"admitted", world.admitted},
                      {"complete", world.complete},
                      {"longest_waits", waits}});
  }
  Json violations = Json::array();
  for (const checker::Violation& violation : verdict.violations) {
    Json story = Json::array();
    for (const checker::Move& move : violation.story) story.push_back(ToLine(move));
    violations.push_back({{"property", NameOf(violation.breach.property)},
                          {"kind", violation.breach.kind},
                          {"world", violation.world},
                          {"dated", violation.dated},
                          {"story", story}});
  }
  return Json{{"complete", verdict.Complete()}, {"worlds", worlds}, {"violations", violations}}
             .dump(2) +
         "\n";
}

}  // namespace chancery::drafting
