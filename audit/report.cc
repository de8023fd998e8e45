#include "audit/report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "audit/words.h"
#include "engine/base/text.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::ordered_json;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::Matter;
using procedure::MatterKind;

// Whether a fact of a closed list is that word.
bool Is(const Facts& facts, Fact fact, std::string_view word) {
  const std::optional<std::int64_t> number = procedure::WordNumber(fact, word);
  return number && facts.NumberOr(fact, 0) == *number;
}

std::string WordOf(const Facts& facts, Fact fact) {
  return Spaced(procedure::WordName(fact, facts.NumberOr(fact, 0)));
}

bool IsYes(const Facts& facts, Fact fact) { return facts.NumberOr(fact, 0) == 1; }

HeadCounts BoardedCounts(const Facts& facts) {
  const auto count = [&facts](Fact fact) {
    return static_cast<std::uint64_t>(facts.NumberOr(fact, 0));
  };
  return {count(Fact::kBoardedReturnees), count(Fact::kBoardedEscorts),
          count(Fact::kBoardedMonitors), count(Fact::kBoardedMedics),
          count(Fact::kBoardedInterpreters)};
}

// What happened to one person, gathered from admitted acts.
struct Person {
  PartyCode state;
  std::map<std::string, Instant> first;  // the first time of each kind of step
  std::vector<std::tuple<Instant, std::string, PartyCode>> steps;  // in order, each kind once
  bool listed = false;
  bool cleared = false;
  bool taken_off = false;
  bool boarded = false;
  bool admitted = false;
  bool returned = false;

  void Step(Instant at, const std::string& what, PartyCode by) {
    if (first.emplace(what, at).second) steps.emplace_back(at, what, by);
  }
};

class Counter {
 public:
  explicit Counter(const Book& book) : book_(book) {}

  Report Run() {
    report_.origin = book_.checkpoint.origin;
    report_.realm = book_.realm;
    report_.entries = book_.checkpoint.tree.size;
    report_.at = book_.last_recorded_at;
    report_.acts = book_.acts.size();
    report_.shown = book_.shown;
    for (const BookAct& act : book_.acts) {
      if (act.ruling.admitted()) {
        Count(act);
      } else {
        AddInadmissible(act);
      }
    }
    standing_ = StandingOf(book_, report_.at);
    for (const procedure::Lapsed& lapse : standing_.lapses) lapsed_.emplace(lapse.matter, lapse.at);
    for (const Matter& matter : standing_.matters) final_.emplace(matter.id, &matter);
    for (const auto& [id, matter] : book_.replayer.matters().all()) {
      if (matter.kind == MatterKind::kCase) AddPerson(FinalOf(matter));
      if (matter.kind == MatterKind::kFlight) AddFlight(FinalOf(matter));
    }
    AddSuspects();
    AddSteps();
    std::sort(report_.persons.begin(), report_.persons.end(),
              [](const PersonLine& a, const PersonLine& b) {
                return std::tie(a.state, b.flown, a.outcome, a.id) <
                       std::tie(b.state, a.flown, b.outcome, b.id);
              });
    return std::move(report_);
  }

 private:
  const Matter& FinalOf(const Matter& matter) const {
    const auto found = final_.find(matter.id);
    return found == final_.end() ? matter : *found->second;
  }

  void Count(const BookAct& recorded) {
    for (const procedure::Lapsed& lapse : recorded.ruling.lapses)
      lapsed_.emplace(lapse.matter, lapse.at);
    const procedure::Act& act = recorded.act();
    const procedure::ActInfo* info = procedure::FindAct(act.kind);
    if (info == nullptr) return;
    const std::string name = Spaced(info->name);
    if (info->matter == MatterKind::kCase) {
      Person& person = persons_[act.matter];
      if (act.kind == ActKind::kApplication || act.kind == ActKind::kNotice)
        person.state = act.author;
      person.Step(recorded.recorded_at, name, act.author);
      return;
    }
    if (act.kind == ActKind::kDoorsClosed) doors_[act.matter] = BoardedCounts(act.facts);
    if (act.kind == ActKind::kFlightHandover) handovers_[act.matter] = BoardedCounts(act.facts);
    for (const Facts& line : act.lines) {
      const MatterId id = line.IdOr(Fact::kCase);
      if (id.IsZero()) continue;
      Person& person = persons_[id];
      if (act.kind == ActKind::kManifest) {
        person.listed = true;
        person.Step(recorded.recorded_at, "listed", act.author);
      } else if (act.kind == ActKind::kLinesCleared && IsYes(line, Fact::kCleared)) {
        person.cleared = true;
        person.Step(recorded.recorded_at, "cleared", act.author);
      } else if (act.kind == ActKind::kTakenOff) {
        person.taken_off = true;
        person.Step(recorded.recorded_at, "taken off", act.author);
      } else if (act.kind == ActKind::kBoardingRecorded && IsYes(line, Fact::kBoarded)) {
        person.boarded = true;
        person.Step(recorded.recorded_at, "boarded", act.author);
      } else if (act.kind == ActKind::kHandover) {
        person.admitted = person.admitted || Is(line, Fact::kOutcome, "admitted");
        person.returned = person.returned || Is(line, Fact::kOutcome, "returned");
        person.Step(recorded.recorded_at, "handed over", act.author);
      }
    }
  }

  void AddInadmissible(const BookAct& recorded) {
    const auto& inadmissible = std::get<procedure::Inadmissible>(recorded.ruling.outcome);
    const procedure::ActInfo* info = procedure::FindAct(recorded.act().kind);
    report_.inadmissible.push_back({recorded.number, recorded.recorded_at, recorded.act().author,
                                    info != nullptr ? std::string(info->name) : std::string(),
                                    recorded.act().matter,
                                    std::string(procedure::NameOf(inadmissible.ground)),
                                    inadmissible.article, Sentence(recorded.ruling)});
  }

  // Every sum counts them as recorded.
  void AddSuspects() {
    std::map<std::uint64_t, const BookAct*> acts;
    for (const BookAct& act : book_.acts) acts.emplace(act.number, &act);
    std::map<MatterId, std::set<std::uint64_t>> of_case;
    for (const Suspect& suspect : book_.suspects) {
      const procedure::Act& act = acts.at(suspect.entry)->act();
      const procedure::ActInfo* info = procedure::FindAct(act.kind);
      report_.suspects.push_back({suspect, act.author,
                                  info != nullptr ? std::string(info->name) : std::string(),
                                  act.matter});
      of_case[act.matter].insert(suspect.entry);
      for (const Facts& line : act.lines) of_case[line.IdOr(Fact::kCase)].insert(suspect.entry);
    }
    for (PersonLine& person : report_.persons) {
      const auto found = of_case.find(person.id);
      if (found != of_case.end())
        person.suspects.assign(found->second.begin(), found->second.end());
    }
  }

  void AddPerson(const Matter& matter) {
    const Person& person = persons_[matter.id];
    const bool withdrawn = matter.stage == "withdrawn";
    const auto add = [&](Sums& sums) {
      ++sums.applied;
      if (Is(matter.facts, Fact::kAnswer, "confirmed")) ++sums.confirmed;
      if (Is(matter.facts, Fact::kAnswer, "refused")) ++sums.refused;
      if (Is(matter.facts, Fact::kAnswer, "other_nationality")) ++sums.other_nationality;
      if (matter.stage == "deemed_agreed") ++sums.deemed_agreed;
      if (matter.stage == "open") ++sums.open;
      if (withdrawn) ++sums.withdrawn;
      if (person.first.contains("document issued")) ++sums.documents_issued;
      if (person.listed) ++sums.listed;
      if (person.cleared) ++sums.cleared;
      if (person.taken_off) ++sums.taken_off;
      if (person.boarded) ++sums.boarded;
      if (person.admitted) ++sums.admitted;
      if (person.returned) ++sums.returned;
      if (!person.boarded) ++sums.not_flown;
    };
    add(report_.sums);
    add(report_.by_state[matter.requesting.ToText()]);

    PersonLine line;
    line.id = matter.id;
    line.state = matter.requesting;
    line.category = WordOf(matter.facts, Fact::kCategory);
    line.verification_class = WordOf(matter.facts, Fact::kClass);
    line.stage = matter.stage;
    line.flown = person.boarded;
    if (person.boarded) {
      line.outcome = person.admitted   ? "flown, admitted"
                     : person.returned ? "flown, returned"
                                       : "flown";
    } else {
      line.outcome = "stays";
      line.reason = ReasonToStay(matter, person);
    }
    report_.persons.push_back(std::move(line));
  }

  static std::string DayOf(Instant at) { return ToText(at).substr(0, 10); }
  static std::string When(const Person& person, const std::string& step) {
    const auto found = person.first.find(step);
    return found == person.first.end() ? "" : " on " + DayOf(found->second);
  }

  std::string ReasonToStay(const Matter& matter, const Person& person) const {
    const std::string state = matter.requesting.ToText();
    const std::string other = matter.requested.ToText();
    const std::string claim = ClaimOf(matter, person);
    if (matter.stage == "withdrawn") {
      return "withdrawn by " + state + When(person, "withdrawal") +
             (person.cleared ? ", after clearance" : "") +
             (person.taken_off ? ", taken off the list" : "");
    }
    if (matter.stage == "refused") {
      return "refused by " + other + When(person, "reply") + ": " +
             WordOf(matter.facts, Fact::kRefusalGround);
    }
    if (matter.stage == "other_nationality") {
      return "of another nationality, says " + other + When(person, "reply");
    }
    if (!claim.empty()) return claim;
    if (matter.stage == "deemed_agreed") {
      const auto lapsed = lapsed_.find(matter.id);
      return "no reply inside the limit" +
             (lapsed == lapsed_.end() ? "" : ", which passed on " + DayOf(lapsed->second)) +
             ": deemed agreed, which lets nobody board";
    }
    if (matter.facts.Has(Fact::kHeld))
      return "held by " + other + ": " + WordOf(matter.facts, Fact::kHoldGround);
    if (matter.stage == "open") {
      std::string text = "no reply yet";
      for (const procedure::RunningLimit& limit : matter.limits) {
        text += ", due from " + other + " before " + DayOf(limit.until);
      }
      return text;
    }
    if (person.taken_off)
      return Spaced(matter.stage) + ", taken off the list" + When(person, "taken off");
    if (person.listed && !person.cleared) return Spaced(matter.stage) + ", listed and not cleared";
    if (person.cleared) return Spaced(matter.stage) + ", cleared and did not board";
    return Spaced(matter.stage) + ", on no list";
  }

  // A claim that stood in the way: one that was made and never acknowledged.
  static std::string ClaimOf(const Matter& matter, const Person& person) {
    if (!matter.facts.Has(Fact::kClaim) || Is(matter.facts, Fact::kClaim, "acknowledged"))
      return {};
    std::string text =
        "a security claim of " + matter.requesting.ToText() + When(person, "claim made");
    if (person.first.contains("claim contested")) {
      text += ", contested by " + matter.requested.ToText() + When(person, "claim contested");
    }
    if (person.first.contains("claim dropped"))
      text += ", dropped" + When(person, "claim dropped") + ", too late to be listed";
    return text + " (" + Spaced(matter.stage) + ")";
  }

  void AddFlight(const Matter& matter) {
    FlightReport flight;
    flight.id = matter.id;
    flight.organiser = matter.requesting;
    if (matter.facts.Has(Fact::kCarrier)) {
      flight.carrier = procedure::UnpackCode(matter.facts.NumberOr(Fact::kCarrier, 0)) + " " +
                       procedure::UnpackCode(matter.facts.NumberOr(Fact::kFlightNumber, 0));
    }
    flight.stage = matter.stage;
    if (const auto found = doors_.find(matter.id); found != doors_.end())
      flight.doors_closed = found->second;
    if (const auto found = handovers_.find(matter.id); found != handovers_.end())
      flight.handover = found->second;
    report_.flights.push_back(std::move(flight));
  }

  void AddSteps() {
    std::map<std::tuple<std::string, std::string, PartyCode>, std::vector<double>> days;
    for (const auto& [id, person] : persons_) {
      for (std::size_t i = 1; i < person.steps.size(); ++i) {
        const auto& [from_at, from, from_by] = person.steps[i - 1];
        const auto& [to_at, to, to_by] = person.steps[i];
        days[{from, to, to_by}].push_back(static_cast<double>(to_at.ms - from_at.ms) /
                                          static_cast<double>(kMsPerDay));
      }
    }
    for (auto& [step, durations] : days) {
      std::sort(durations.begin(), durations.end());
      const std::size_t half = durations.size() / 2;
      const double median =
          durations.size() % 2 == 1 ? durations[half] : (durations[half - 1] + durations[half]) / 2;
      report_.steps.push_back({std::get<0>(step), std::get<1>(step), std::get<2>(step),
                               durations.size(), median, durations.back()});
    }
    std::stable_sort(report_.steps.begin(), report_.steps.end(),
                     [](const Step& a, const Step& b) { return a.count > b.count; });
  }

  const Book& book_;
  Report report_;
  procedure::Standing standing_;
  std::map<MatterId, const Matter*> final_;
  std::map<MatterId, Person> persons_;
  std::map<MatterId, Instant> lapsed_;
  std::map<MatterId, HeadCounts> doors_;
  std::map<MatterId, HeadCounts> handovers_;
};

std::string OneDecimal(double value) {
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%.1f", value);
  return std::string(text, static_cast<std::size_t>(std::max(length, 0)));
}

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// The names under which sums are shown and given as data.
std::vector<std::pair<std::string, std::uint64_t>> Named(const Sums& sums) {
  return {{"applied", sums.applied},
          {"confirmed", sums.confirmed},
          {"refused", sums.refused},
          {"other_nationality", sums.other_nationality},
          {"deemed_agreed", sums.deemed_agreed},
          {"open", sums.open},
          {"withdrawn", sums.withdrawn},
          {"documents_issued", sums.documents_issued},
          {"listed", sums.listed},
          {"cleared", sums.cleared},
          {"taken_off", sums.taken_off},
          {"boarded", sums.boarded},
          {"admitted", sums.admitted},
          {"returned_on_arrival", sums.returned},
          {"not_flown", sums.not_flown}};
}

std::vector<std::pair<std::string, std::uint64_t>> Named(const HeadCounts& counts) {
  return {{"returnees", counts.returnees},
          {"escorts", counts.escorts},
          {"monitors", counts.monitors},
          {"medics", counts.medics},
          {"interpreters", counts.interpreters}};
}

std::string CountsToText(const std::optional<HeadCounts>& counts) {
  if (!counts) return "not on record";
  std::string text;
  for (const auto& [name, count] : Named(*counts)) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
  }
  return text;
}

template <class Sums>
Json NamedToJson(const Sums& sums) {
  Json json = Json::object();
  for (const auto& [name, count] : Named(sums)) json[name] = count;
  return json;
}

}  // namespace

Report ReportOn(const Book& book) { return Counter(book).Run(); }

std::string ToText(const Report& report) {
  std::string text = "Report on " + Printable(report.origin) +
                     (report.realm == "rehearsal" ? "   REHEARSAL, invented persons\n" : "\n");
  text += std::to_string(report.entries) + " entries, " + std::to_string(report.acts) +
          " acts, as of " + Minute(report.at) + " UTC\n";
  if (!report.shown.whole()) {
    text += "ONLY WHAT " + report.shown.slice_for.ToText() + " MAY READ: this is " +
            ToText(report.shown) + ". Nobody else's persons, flights and acts are counted.\n";
  }
  text += "\nPersons\n";
  std::vector<std::string> states;
  text += "  " + Padded("", 22) + Padded("all", 7);
  for (const auto& [state, sums] : report.by_state) {
    states.push_back(state);
    text += Padded(state, 7);
  }
  text += "\n";
  const auto all = Named(report.sums);
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += "  " + Padded(Spaced(all[i].first), 22) + Padded(std::to_string(all[i].second), 7);
    for (const std::string& state : states) {
      text += Padded(std::to_string(Named(report.by_state.at(state))[i].second), 7);
    }
    text += "\n";
  }
  text += "\nFlights\n";
  for (const FlightReport& flight : report.flights) {
    text += "  " + Short(flight.id) + "  " + Printable(flight.carrier) + ", organised by " +
            flight.organiser.ToText() + ": " + Printable(Spaced(flight.stage)) +
            "\n    doors closed: " + CountsToText(flight.doors_closed) +
            "\n    handover:     " + CountsToText(flight.handover) +
            (flight.doors_closed && flight.handover
                 ? (flight.counts_agree() ? "  (agree)" : "  (DIFFER)")
                 : "") +
            "\n";
  }
  text += "\nInadmissible acts: " + std::to_string(report.inadmissible.size()) + "\n";
  for (const InadmissibleAct& act : report.inadmissible) {
    text += "  " + Minute(act.at) + "  entry " + std::to_string(act.entry) + "  " +
            Printable(Spaced(act.act)) + " by " + act.author.ToText() + " in " + Short(act.matter) +
            "\n    " + Printable(act.sentence) + "\n";
  }
  if (!report.suspects.empty()) {
    text += "\nSuspect acts, counted as recorded: " + std::to_string(report.suspects.size()) + "\n";
    for (const SuspectAct& act : report.suspects) {
      text += "  " + Minute(act.suspect.recorded_at) + "  entry " +
              std::to_string(act.suspect.entry) + "  " + Printable(Spaced(act.act)) + " by " +
              act.author.ToText() + " in " + Short(act.matter) + "\n    " +
              Printable(WhySuspect(act.suspect)) + "\n";
    }
  }
  text += "\nDays from step to step, and whose they were\n  " + Padded("from", 18) +
          Padded("to", 18) + Padded("whose", 7) + Padded("times", 7) + Padded("median", 8) +
          "longest\n";
  for (const Step& step : report.steps) {
    text += "  " + Padded(Printable(step.from), 18) + Padded(Printable(step.to), 18) +
            Padded(step.days_of.ToText(), 7) + Padded(std::to_string(step.count), 7) +
            Padded(OneDecimal(step.median_days), 8) + OneDecimal(step.longest_days) + "\n";
  }
  text += "\nEvery person, by the beginning of the case's id\n";
  for (const PersonLine& line : report.persons) {
    text += "  " + Short(line.id) + "  " + line.state.ToText() + "  class " +
            (line.verification_class.empty() ? "-" : line.verification_class) + "  " +
            Printable(line.outcome + (line.reason.empty() ? "" : ": " + line.reason));
    for (std::size_t i = 0; i < line.suspects.size(); ++i)
      text += (i == 0 ? "  SUSPECT: entry " : ", ") + std::to_string(line.suspects[i]);
    text += "\n";
  }
  return text;
}

std::string ToJson(const Report& report) {
  Json json = {
      {"origin", report.origin},    {"realm", report.realm},    {"entries", report.entries},
      {"acts", report.acts},        {"at", ToText(report.at)},  {"sums", NamedToJson(report.sums)},
      {"by_state", Json::object()}, {"flights", Json::array()}, {"inadmissible", Json::array()},
      {"suspects", Json::array()},  {"steps", Json::array()},   {"persons", Json::array()}};
  AddTo(json, report.shown);
  for (const auto& [state, sums] : report.by_state) json["by_state"][state] = NamedToJson(sums);
  for (const FlightReport& flight : report.flights) {
    Json row = {{"flight", flight.id.ToHexText()},
                {"organiser", flight.organiser.ToText()},
                {"carrier", flight.carrier},
                {"stage", flight.stage}};
    if (flight.doors_closed) row["doors_closed"] = NamedToJson(*flight.doors_closed);
    if (flight.handover) row["handover"] = NamedToJson(*flight.handover);
    row["counts_agree"] = flight.counts_agree();
    json["flights"].push_back(std::move(row));
  }
  for (const InadmissibleAct& act : report.inadmissible) {
    json["inadmissible"].push_back({{"entry", act.entry},
                                    {"at", ToText(act.at)},
                                    {"author", act.author.ToText()},
                                    {"act", act.act},
                                    {"matter", act.matter.ToHexText()},
                                    {"ground", act.ground},
                                    {"article", act.article},
                                    {"sentence", act.sentence}});
  }
  for (const SuspectAct& act : report.suspects) {
    Json row = JsonOf<Json>(act.suspect);
    row["author"] = act.author.ToText();
    row["act"] = act.act;
    row["matter"] = act.matter.ToHexText();
    json["suspects"].push_back(std::move(row));
  }
  for (const Step& step : report.steps) {
    json["steps"].push_back({{"from", step.from},
                             {"to", step.to},
                             {"days_of", step.days_of.ToText()},
                             {"count", step.count},
                             {"median_days", step.median_days},
                             {"longest_days", step.longest_days}});
  }
  for (const PersonLine& line : report.persons) {
    json["persons"].push_back({{"case", line.id.ToHexText()},
                               {"state", line.state.ToText()},
                               {"category", line.category},
                               {"class", line.verification_class},
                               {"stage", line.stage},
                               {"flown", line.flown},
                               {"outcome", line.outcome},
                               {"reason", line.reason},
                               {"suspects", line.suspects}});
  }
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::audit
