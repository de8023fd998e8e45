#include "play/outcome.h"

#include <algorithm>
#include <array>
#include <optional>

#include "play/sentence.h"

namespace chancery::play {

namespace {

using procedure::Fact;
using procedure::Facts;
using procedure::Matter;

struct OutcomeName {
  std::string_view word;
  std::string_view text;
};
constexpr std::array kOutcomes = {
    OutcomeName{"admitted", "flown and admitted"},
    OutcomeName{"returned", "flown, refused on arrival and returned"},
    OutcomeName{"held_over", "flown, refused on arrival and held over"},
    OutcomeName{"flown", "flown, not handed over yet"},
    OutcomeName{"withdrawn", "stays: withdrawn by the requesting state"},
    OutcomeName{"claim_contested",
                "stays: a security claim was contested and not cleared up in time"},
    OutcomeName{"refused", "stays: refused with a reason"},
    OutcomeName{"other_nationality", "stays: of another nationality"},
    OutcomeName{"held", "stays: held by the requested state"},
    OutcomeName{"deemed_agreed", "stays: deemed agreed by silence, which lets nobody board"},
    OutcomeName{"confirmed_not_flown", "stays: confirmed, on no flight"},
    OutcomeName{"open", "stays: still open inside the limit"},
    OutcomeName{"closed", "stays: closed without confirmation"},
    OutcomeName{"transit_asked", "transit asked for, not answered yet"},
    OutcomeName{"transit_permitted", "may pass in transit"},
    OutcomeName{"transit_refused", "may not pass in transit"},
    OutcomeName{"transit_unanswered", "may not pass in transit: nobody answered"},
    OutcomeName{"transit_withdrawn", "transit withdrawn by the requesting state"},
    OutcomeName{"not_applied", "nobody applied"},
};
constexpr std::array<std::string_view, 7> kSums = {
    "applied", "confirmed", "flown", "admitted", "stayed", "refused_on_arrival", "class_d"};

bool Says(const Facts& facts, Fact fact, std::string_view word) {
  const auto number = procedure::WordNumber(fact, word);
  return number && facts.NumberOr(fact, -1) == *number;
}

// The person's line on the newest list that has one, with the flight's name.
struct OnList {
  std::string flight;
  const Facts* line = nullptr;
  bool departed = false;  // the doors were closed
};
OnList FindLine(const Ending& ending, const MatterId& id) {
  OnList found;
  for (const auto& [key, transfer] : ending.transfers) {
    for (const Facts& line : transfer.lines) {
      if (!line.Has(Fact::kCase) || line.IdOr(Fact::kCase) != id) continue;
      const auto flight = ending.flights.find(key.first);
      // The counts of who is aboard are signed when the doors close.
      found = {key.first, &line,
               flight != ending.flights.end() && flight->second.facts.Has(Fact::kBoardedReturnees)};
    }
  }
  return found;
}

std::string DetailOf(const Matter& matter, const OnList& on) {
  std::string text;
  const auto add = [&](Fact fact, const Facts& facts) {
    const procedure::Value* value = facts.Find(fact);
    if (value == nullptr) return;
    if (!text.empty()) text += ", ";
    text += Describe(fact, *value);
  };
  for (const Fact fact : {Fact::kClass, Fact::kRefusalGround, Fact::kHoldGround, Fact::kClaim})
    add(fact, matter.facts);
  if (on.line != nullptr) {
    if (!text.empty()) text += ", ";
    text += "on " + on.flight;
    add(Fact::kLineStage, *on.line);
  }
  return text;
}

// A transit ends, or waits, in a stage that is an outcome by the same name.
bool IsTransit(std::string_view stage) { return stage.starts_with("transit_"); }

std::string OutcomeOf(const Matter& matter, const OnList& on) {
  if (IsTransit(matter.stage)) return matter.stage;
  if (on.line != nullptr) {
    // What became of a hold-over stands in the case.
    if (Says(*on.line, Fact::kOutcome, "held_over")) {
      if (matter.stage == "admitted") return "admitted";
      return matter.stage == "taken_back" ? "returned" : "held_over";
    }
    if (Says(*on.line, Fact::kOutcome, "admitted")) return "admitted";
    if (Says(*on.line, Fact::kOutcome, "returned")) return "returned";
    if (Says(*on.line, Fact::kLineStage, "boarded") && on.departed) return "flown";
  }
  if (matter.stage == "withdrawn") return "withdrawn";
  if (matter.facts.Has(Fact::kClaim)) return "claim_contested";
  if (Says(matter.facts, Fact::kAnswer, "refused")) return "refused";
  if (Says(matter.facts, Fact::kAnswer, "other_nationality")) return "other_nationality";
  if (Says(matter.facts, Fact::kHeld, "yes")) return "held";
  if (matter.stage == "deemed_agreed") return "deemed_agreed";
  if (Says(matter.facts, Fact::kAnswer, "confirmed")) return "confirmed_not_flown";
  if (matter.stage.starts_with("closed") || matter.stage == "transfer_lapsed") return "closed";
  return "open";
}

// The names of the limits that run, in order of the alphabet.
std::string LimitsOf(const Matter& matter) {
  std::vector<std::string> names;
  for (const procedure::RunningLimit& limit : matter.limits) names.push_back(limit.name);
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

// Where an expectation looks: at a matter, or at one line of it.
struct Place {
  const Matter* matter = nullptr;
  const Facts* facts = nullptr;  // null: nothing is there
};

const Matter* In(const std::map<std::string, Matter>& matters, const std::string& name) {
  const auto at = matters.find(name);
  return at == matters.end() ? nullptr : &at->second;
}

Place PlaceOf(const MatterExpectation& expected, const Ending& ending) {
  Place place;
  const auto find = [&place](const Matter* matter, const auto& is_it) {
    if (matter == nullptr) return;
    const auto at = std::find_if(matter->lines.begin(), matter->lines.end(), is_it);
    if (at != matter->lines.end()) place = {matter, &*at};
  };
  const Matter* one_case = In(ending.cases, expected.subject);
  if (!expected.line_on.empty()) {
    for (const auto& [key, list] : ending.transfers) {
      if (key.first != expected.line_on || one_case == nullptr) continue;
      find(&list, [&](const Facts& line) { return line.IdOr(Fact::kCase) == one_case->id; });
    }
    return place;
  }
  if (!expected.row_of.IsNone()) {
    find(In(ending.flights, expected.subject), [&](const Facts& row) {
      return procedure::UnpackParty(row.NumberOr(Fact::kParty, 0)) == expected.row_of;
    });
    return place;
  }
  if (!expected.list_of.IsNone()) {
    const auto at = ending.transfers.find({expected.subject, expected.list_of});
    if (at != ending.transfers.end()) place.matter = &at->second;
  } else {
    place.matter = expected.subject[0] == 'F' ? In(ending.flights, expected.subject) : one_case;
  }
  if (place.matter != nullptr) place.facts = &place.matter->facts;
  return place;
}

std::string NameOf(const MatterExpectation& expected) {
  if (!expected.list_of.IsNone())
    return expected.list_of.ToText() + "'s list on " + expected.subject;
  if (!expected.row_of.IsNone()) return expected.row_of.ToText() + "'s row on " + expected.subject;
  return expected.line_on.empty() ? expected.subject : expected.subject + " on " + expected.line_on;
}

// What is expected there, and what is found instead; nothing when it is as expected.
struct Difference {
  std::string expected;
  std::string found;
};
std::optional<Difference> DifferenceAt(const Place& place, const MatterExpectation& expected) {
  using Kind = MatterExpectation::Kind;
  const Matter& matter = *place.matter;
  const auto fact = procedure::FactNamed(expected.what);
  const procedure::Value* value = fact ? place.facts->Find(*fact) : nullptr;
  const auto said = [&] {
    return value == nullptr ? std::string("nothing")
                            : Describe(*fact, *value).substr(expected.what.size() + 1);
  };
  switch (expected.kind) {
    case Kind::kOutcome:  // of a person: told from more than the case
      return std::nullopt;
    case Kind::kStage:
      if (matter.stage == expected.value) return std::nullopt;
      return Difference{"stage " + expected.value, matter.stage};
    case Kind::kFact: {
      const auto number = NumberOf(*fact, expected.value);
      if (number && value != nullptr && *value == procedure::Value(*number)) return std::nullopt;
      return Difference{expected.what + " " + expected.value, said()};
    }
    case Kind::kWith:
      if (value != nullptr) return std::nullopt;
      return Difference{"with " + expected.what, "nothing"};
    case Kind::kWithout:
      if (value == nullptr) return std::nullopt;
      return Difference{"without " + expected.what, said()};
    case Kind::kLimits: {
      const std::string running = LimitsOf(matter);
      if (running == expected.value) return std::nullopt;
      return Difference{"limits " + (expected.value.empty() ? "none" : expected.value),
                        running.empty() ? "none" : running};
    }
    case Kind::kLimit: {
      const procedure::RunningLimit* limit = matter.FindLimit(expected.what);
      if (limit != nullptr && limit->until == ParseInstant(expected.value)) return std::nullopt;
      return Difference{"limit " + expected.what + " until " + expected.value,
                        limit == nullptr ? "that it does not run" : ToText(limit->until)};
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsOutcome(std::string_view word) {
  return std::any_of(kOutcomes.begin(), kOutcomes.end(),
                     [word](const OutcomeName& o) { return o.word == word; });
}

std::string OutcomeNames() {
  std::string text;
  for (const OutcomeName& outcome : kOutcomes) {
    if (!text.empty()) text += ", ";
    text += outcome.word;
  }
  return text;
}

bool IsSum(std::string_view word) {
  return IsOutcome(word) || std::find(kSums.begin(), kSums.end(), word) != kSums.end();
}

std::string SumNames() {
  std::string text;
  for (const std::string_view sum : kSums) text += std::string(sum) + ", ";
  return text + OutcomeNames();
}

std::vector<PersonOutcome> OutcomesOf(const Scenario& scenario, const Ending& ending) {
  std::vector<PersonOutcome> outcomes;
  for (const Person& person : scenario.persons) {
    PersonOutcome outcome;
    outcome.person = person.id;
    const auto at = ending.cases.find(person.id);
    if (at == ending.cases.end()) {
      outcome.outcome = "not_applied";
      outcomes.push_back(std::move(outcome));
      continue;
    }
    const Matter& matter = at->second;
    const OnList on = FindLine(ending, matter.id);
    outcome.state = matter.requesting;
    outcome.outcome = OutcomeOf(matter, on);
    if (outcome.outcome == "withdrawn" && ending.in_transit.contains(person.id))
      outcome.outcome = "transit_withdrawn";
    outcome.confirmed = Says(matter.facts, Fact::kAnswer, "confirmed");
    outcome.flown = outcome.outcome == "admitted" || outcome.outcome == "returned" ||
                    outcome.outcome == "held_over" || outcome.outcome == "flown";
    outcome.detail = DetailOf(matter, on);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::map<std::string, std::int64_t> SumsOf(const std::vector<PersonOutcome>& outcomes,
                                           const Ending& ending) {
  std::map<std::string, std::int64_t> sums;
  for (const std::string_view sum : kSums) sums[std::string(sum)] = 0;
  for (const OutcomeName& outcome : kOutcomes) sums[std::string(outcome.word)] = 0;
  for (const PersonOutcome& outcome : outcomes) {
    if (outcome.outcome == "not_applied" || IsTransit(outcome.outcome)) {
      ++sums[outcome.outcome];
      continue;
    }
    ++sums["applied"];
    if (outcome.confirmed) ++sums["confirmed"];
    ++sums[outcome.flown ? "flown" : "stayed"];
    if (outcome.outcome != "flown") ++sums[outcome.outcome];
    if (outcome.outcome == "returned" || outcome.outcome == "held_over")
      ++sums["refused_on_arrival"];
    if (Says(ending.cases.at(outcome.person).facts, Fact::kClass, "d")) ++sums["class_d"];
  }
  return sums;
}

std::string ToLine(const PersonOutcome& outcome) {
  std::string line = outcome.person;
  line.resize(std::max<std::size_t>(line.size(), 5), ' ');
  line += outcome.state.IsNone() ? "   " : outcome.state.ToText();
  line += "  ";
  for (const OutcomeName& name : kOutcomes) {
    if (name.word == outcome.outcome) line += name.text;
  }
  if (!outcome.detail.empty()) line += " (" + outcome.detail + ")";
  return line;
}

std::string ToLine(const std::map<std::string, std::int64_t>& sums) {
  std::string line;
  for (const std::string_view name :
       {"applied", "confirmed", "flown", "admitted", "stayed", "refused_on_arrival"}) {
    if (!line.empty()) line += ", ";
    std::string words(name);
    std::replace(words.begin(), words.end(), '_', ' ');
    line += std::to_string(sums.at(std::string(name))) + " " + words;
  }
  return line;
}

std::vector<std::string> Unmet(const Scenario& scenario, const Ending& ending) {
  const std::vector<PersonOutcome> outcomes = OutcomesOf(scenario, ending);
  const std::map<std::string, std::int64_t> sums = SumsOf(outcomes, ending);
  std::vector<std::string> unmet;
  for (const Step& step : scenario.steps) {
    const auto differs = [&](const std::string& what, const std::string& expected,
                             const std::string& found) {
      unmet.push_back(scenario.file + ":" + std::to_string(step.line) + ": expected " + what + " " +
                      expected + ", found " + found);
    };
    if (const auto* wanted = std::get_if<SumsExpectation>(&step.what)) {
      for (const auto& [name, number] : wanted->sums) {
        if (sums.at(name) != number)
          differs(name, std::to_string(number), std::to_string(sums.at(name)));
      }
    } else if (const auto* expected = std::get_if<MatterExpectation>(&step.what)) {
      if (expected->kind == MatterExpectation::Kind::kOutcome) {
        const auto at = std::find_if(outcomes.begin(), outcomes.end(), [&](const PersonOutcome& o) {
          return o.person == expected->subject;
        });
        if (at == outcomes.end() || at->outcome != expected->value) {
          differs(expected->subject + " outcome", expected->value,
                  at == outcomes.end() ? "nothing" : at->outcome);
        }
        continue;
      }
      const Place place = PlaceOf(*expected, ending);
      if (place.facts == nullptr) {
        differs(NameOf(*expected), expected->what + " " + expected->value, "nothing there");
      } else if (const auto difference = DifferenceAt(place, *expected)) {
        differs(NameOf(*expected), difference->expected, difference->found);
      }
    }
  }
  return unmet;
}

}  // namespace chancery::play
