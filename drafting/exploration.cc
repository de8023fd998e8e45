#include "drafting/exploration.h"

#include <algorithm>
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

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is said of a property for which no breach was found.
std::string Unbroken(std::string_view name, bool complete, bool named) {
  std::string text(name);
  text += complete ? " holds: " : " not broken so far: ";
  text += SentenceOf(name) + "\n";
  if (named && complete)
    text += "    It is named as known to be broken, and is not: take " + std::string(name) +
            " out of breaks\n";
  return text;
}

}  // namespace

std::vector<std::string> BrokenIn(const checker::Verdict& verdict) {
  std::vector<std::string> broken;
  for (const checker::Property property : checker::AllProperties()) {
    if (!verdict.Holds(property)) broken.emplace_back(NameOf(property));
  }
  return broken;
}

std::string SentenceOf(std::string_view property) {
  for (const checker::Property known : checker::AllProperties()) {
    if (NameOf(known) == property) return std::string(checker::SentenceOf(known));
  }
  return {};
}

std::vector<std::string> Unnamed(const std::vector<std::string>& broken,
                                 const std::vector<std::string>& breaks) {
  std::vector<std::string> unnamed;
  for (const std::string& name : broken) {
    if (!Has(breaks, name)) unnamed.push_back(name);
  }
  return unnamed;
}

std::string Listing(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string Conclusion(const std::vector<std::string>& broken, bool complete,
                       const std::vector<std::string>& breaks) {
  const std::vector<std::string> unnamed = Unnamed(broken, breaks);
  if (!unnamed.empty())
    return "BROKEN: " + Listing(unnamed) + ", not named in what is signed; sign refuses\n";
  if (!complete) return "NOT PROVEN: not every situation of every world was explored\n";
  if (!broken.empty()) return "BROKEN AS NAMED: " + Listing(broken) + "; nothing else is\n";
  return "PROVEN: all properties hold in every situation of every world\n";
}

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

std::string ToText(const checker::Verdict& verdict, bool complete,
                   const std::vector<std::string>& breaks) {
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
  for (const std::string& rule : verdict.unplayed)
    text += "nothing happened by the rule " + rule + " in any of these worlds\n";
  for (const checker::Property property : checker::AllProperties()) {
    const std::string name(NameOf(property));
    const bool named = Has(breaks, name);
    if (verdict.Holds(property)) text += Unbroken(name, complete, named);
    for (const checker::Violation& violation : verdict.violations) {
      if (violation.breach.property != property) continue;
      text += name + (violation.dated ? " IS BROKEN" : " IS NOT EXCLUDED") +
              (named ? " (named in what is signed): " : ": ") + violation.breach.kind + "\n";
      if (!violation.dated) {
        text +=
            "    found with limits that pass at any moment; no days were found on which it "
            "happens:\n";
      }
      for (const checker::Move& move : violation.story) text += "    " + ToLine(move) + "\n";
    }
  }
  return text + Conclusion(BrokenIn(verdict), complete, breaks);
}

std::string ToJson(const checker::Verdict& verdict, bool complete,
                   const std::vector<std::string>& breaks) {
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
  Json properties = Json::array();
  for (const checker::Property property : checker::AllProperties()) {
    const std::string name(NameOf(property));
    const bool holds = verdict.Holds(property);
    properties.push_back({{"property", name},
                          {"says", checker::SentenceOf(property)},
                          {"result", !holds     ? "broken"
                                     : complete ? "holds"
                                                : "not_broken_so_far"},
                          {"named", Has(breaks, name)}});
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
  const Json json = {{"complete", complete},
                     {"worlds", worlds},
                     {"unplayed", verdict.unplayed},
                     {"properties", properties},
                     {"unnamed", Unnamed(BrokenIn(verdict), breaks)},
                     {"violations", violations}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::drafting
