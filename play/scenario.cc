#include "play/scenario.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <sstream>

#include "engine/base/attachment.h"
#include "engine/codec/act_json.h"
#include "engine/codec/identity_formats.h"
#include "play/sentence.h"

namespace chancery::play {

namespace {

using procedure::Fact;

// The states that a rehearsal can play, and others that the core plays without keys.
constexpr std::string_view kStates[] = {"AUT", "BGR", "ESP", "GRC"};
constexpr std::string_view kStatesOfTheCore[] = {"FRA", "GBR", "PRT"};

bool IsOneOf(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view Trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  const std::size_t to = text.find_last_not_of(" \t");
  return text.substr(from, to - from + 1);
}

// The first word of a line and what follows it.
std::pair<std::string_view, std::string_view> SplitWord(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t");
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), Trim(text.substr(end))};
}

bool IsPersonId(std::string_view id) {
  return id.size() >= 2 && id.size() <= 8 && id[0] == 'P' &&
         std::all_of(id.begin() + 1, id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Reads one file line by line and keeps what is wrong.
class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : text_(text) {
    scenario_.file = std::string(file);
  }

  ReadResult Read() {
    std::size_t at = 0;
    while (at < text_.size()) {
      std::size_t end = text_.find('\n', at);
      if (end == std::string_view::npos) end = text_.size();
      ++line_;
      ReadLine(text_.substr(at, end - at));
      at = end + 1;
    }
    FinishPerson();
    Finish();
    std::stable_sort(errors_.begin(), errors_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    if (!errors_.empty()) return std::move(errors_);
    return std::move(scenario_);
  }

 private:
  void Fail(int line, std::string message, std::string remedy) {
    errors_.push_back({scenario_.file, line, std::move(message), std::move(remedy)});
  }

  void ReadLine(std::string_view raw) {
    if (!raw.empty() && raw.back() == '\r') {
      Fail(line_, "the line ends with a carriage return", "save the file with line feeds only");
      return;
    }
    const bool indented = !raw.empty() && (raw.front() == ' ' || raw.front() == '\t');
    const std::string_view line = Trim(raw);
    if (line.empty() || line.front() == '#') return;
    if (indented && person_) {
      ReadParticular(line);
    } else if (indented && general_) {
      ReadGivenLine(line);
    } else if (indented) {
      Fail(line_, "an indented line that belongs to nothing",
           "indent only lines below 'person ...' and 'line ...' below a sentence of the general "
           "form");
    } else {
      FinishPerson();
      general_ = false;
      ReadOutermost(line);
    }
  }

  void ReadOutermost(std::string_view line) {
    const auto [word, rest] = SplitWord(line);
    if (!word.empty() && word.back() == ':') {
      ReadHeader(word.substr(0, word.size() - 1), rest);
    } else if (word == "person") {
      BeginPerson(rest);
    } else if (word == "at") {
      ReadMoment(rest);
    } else {
      ReadSentence(line);
    }
  }

  void ReadHeader(std::string_view key, std::string_view value) {
    if (!scenario_.steps.empty() || now_) {
      Fail(line_, "a header line after the story began", "put headers before the first 'at'");
      return;
    }
    if (!headers_.insert(std::string(key)).second) {
      Fail(line_, "the header '" + std::string(key) + "' stands twice", "keep one of them");
      return;
    }
    if (key == "scenario") {
      scenario_.title = std::string(value);
    } else if (key == "realm") {
      if (value != "rehearsal") {
        Fail(line_, "the realm of a scenario is not rehearsal", "write 'realm: rehearsal'");
      }
    } else if (key == "agreement") {
      scenario_.agreement = std::string(value);
    } else if (key == "procedure") {
      scenario_.procedure = std::string(value);
    } else if (key == "second") {
      scenario_.second = std::string(value);
    } else if (key == "founded") {
      if (value != "yes" && value != "no")
        Fail(line_, "the ledger is founded before the story or is not", "write yes or no");
      scenario_.founded = value != "no";
    } else if (key == "agreed") {
      const std::optional<Instant> at = ParseInstant(value);
      if (at) {
        scenario_.agreed = *at;
      } else {
        Fail(line_, "not a moment", "write it as 2016-02-01T08:00:00Z");
      }
    } else if (key == "ministry" || key == "states") {
      ReadParties(key, value);
    } else {
      Fail(
          line_, "unknown header '" + std::string(key) + "'",
          "use scenario, realm, agreement, procedure, second, founded, ministry, states or agreed");
    }
  }

  void ReadParties(std::string_view key, std::string_view value) {
    std::vector<PartyCode> parties;
    for (std::string_view rest = value; !rest.empty();) {
      const auto [word, more] = SplitWord(rest);
      rest = more;
      const std::optional<PartyCode> party = PartyCode::FromText(word);
      if (!party || *party == scenario_.ministry ||
          std::find(parties.begin(), parties.end(), *party) != parties.end()) {
        Fail(line_, "'" + std::string(word) + "' is no party code, or stands twice",
             "write each party once, as three capital letters such as GRC");
        return;
      }
      if (key == "states" && !IsOneOf(word, kStates) && !IsOneOf(word, kStatesOfTheCore)) {
        Fail(line_, "'" + std::string(word) + "' is no state that takes part in a rehearsal",
             "write one or more of AUT, BGR, ESP, GRC; for the core alone also FRA, GBR, PRT");
      }
      parties.push_back(*party);
    }
    if (parties.empty() || (key == "ministry" && parties.size() != 1)) {
      Fail(line_, "'" + std::string(key) + "' names no party, or too many",
           "name one party after 'ministry:' and at least one after 'states:'");
    } else if (key == "ministry") {
      scenario_.ministry = parties.front();
      if (std::find(scenario_.states.begin(), scenario_.states.end(), parties.front()) !=
          scenario_.states.end()) {
        Fail(line_, "the ministry is also a state", "name each party once");
      }
    } else {
      scenario_.states = std::move(parties);
    }
  }

  void BeginPerson(std::string_view rest) {
    const auto [id, mark] = SplitWord(rest);
    person_.emplace();
    entered_is_wrong_ = false;
    person_->id = std::string(id);
    person_->line = line_;
    if (!IsPersonId(id)) {
      Fail(line_, "'" + std::string(id) + "' is no person's id", "write P and digits, such as P07");
    }
    if (mark != "invented") {
      Fail(line_, "the person is not marked as invented",
           "write 'person " + std::string(id) + " invented': a scenario never holds a real person");
    }
    if (scenario_.FindPerson(id) != nullptr) {
      Fail(line_, "the person " + std::string(id) + " stands twice",
           "give each person an id of their own");
    }
    if (now_) {
      Fail(line_, "a person after the story began", "put all persons before the first 'at'");
    }
  }

  void ReadParticular(std::string_view line) {
    const auto [label, value] = SplitWord(line);
    if (value.empty()) {
      Fail(line_, "'" + std::string(label) + "' says nothing",
           "write a value after the label or leave the line out");
      return;
    }
    Person& person = *person_;
    if (label == "cnic") {
      ReadCnicLine(value);
    } else if (label == "entered") {
      if (const auto date = ParseCivilDate(value)) {
        person.entered = DaysFromCivil(*date);
      } else {
        entered_is_wrong_ = true;
        Fail(line_, "not a date", "write it as 2014-06-11");
      }
    } else if (label == "minor") {
      person.minor = value == "yes";
      if (value != "yes" && value != "no")
        Fail(line_, "neither yes nor no", "write 'minor yes' or 'minor no'");
    } else if (label == "scan") {
      ReadScan(value);
    } else if (label == "family") {
      person.family = std::string(value);
    } else if (label == "registry") {
      const auto finding = procedure::WordNumber(Fact::kVerification, value);
      if (finding && *finding <= procedure::WordNumber(Fact::kVerification, "not_found")) {
        person.on_file.finding = *finding;
      } else {
        Fail(line_, "the registry cannot find '" + std::string(value) + "'",
             "write national, not_national, other_nationality or not_found");
      }
    } else if (label == "registry_name") {
      person.on_file.name = Personal<std::string>(std::string(value));
    } else if (label == "registry_cnic") {
      person.on_file.cnic = ReadCnicValue(value);
    } else {
      ReadSent(label, value);
    }
  }

  // "passport 300000"
  void ReadScan(std::string_view value) {
    const auto [word, number] = SplitWord(value);
    const auto evidence = procedure::WordNumber(Fact::kEvidence, word);
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), size);
    if (!evidence || error != std::errc() || end != number.data() + number.size() || size == 0 ||
        size > kMaxAttachmentBytes) {
      Fail(line_, "this is no scan",
           "write a kind of evidence and a number of bytes up to " +
               std::to_string(kMaxAttachmentBytes) + ", such as 'scan passport 300000'");
      return;
    }
    for (const Scan& known : person_->scans) {
      if (known.evidence != *evidence) continue;
      Fail(line_, "the scan of this evidence stands twice", "keep one of them");
      return;
    }
    person_->scans.push_back({*evidence, size});
  }

  void ReadCnicLine(std::string_view value) {
    if (value == "unknown to sender") return;
    person_->cnic_known = true;
    Personal<std::string> cnic = ReadCnicValue(value);
    if (!cnic.empty()) person_->particulars.push_back({"cnic", std::move(cnic)});
  }

  Personal<std::string> ReadCnicValue(std::string_view value) {
    auto read = codec::ReadCnic(value);
    if (auto* problem = std::get_if<codec::FormatProblem>(&read)) {
      Fail(line_, "the CNIC is malformed", problem->message);
      return {};
    }
    return std::get<Personal<std::string>>(std::move(read));
  }

  void ReadSent(std::string_view label, std::string_view value) {
    const auto labels = codec::ParticularsLabels();
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
      std::string known;
      for (const std::string_view one : labels) known.append(known.empty() ? "" : ", ").append(one);
      Fail(line_, "a person has no '" + std::string(label) + "'",
           "write entered, minor, family, scan, registry, registry_name, registry_cnic or one of " +
               known);
      return;
    }
    CheckDate(label, value);
    for (Particular& known : person_->particulars) {
      if (known.label != label) continue;
      if (label == "passport_mrz") {
        known.value = Personal<std::string>(known.value.Reveal() + "\n" + std::string(value));
      } else {
        Fail(line_, "'" + std::string(label) + "' stands twice", "keep one of them");
      }
      return;
    }
    person_->particulars.push_back({std::string(label), Personal<std::string>(std::string(value))});
  }

  // The dates that a state sends are real ones: an application with another would never be sent.
  void CheckDate(std::string_view label, std::string_view value) {
    std::string problem;
    if (label == "birth_date") {
      const auto read = codec::ReadPartialDate(value);
      const auto* date = std::get_if<codec::PartialDate>(&read);
      if (date == nullptr) {
        problem = std::get<codec::FormatProblem>(read).message;
      } else {
        person_->born = DaysFromCivil({date->year, date->month.value_or(1), date->day.value_or(1)});
      }
    } else if (label == "passport_expiry") {
      const auto read = codec::ReadDate(value);
      if (const auto* wrong = std::get_if<codec::FormatProblem>(&read)) problem = wrong->message;
    }
    if (!problem.empty()) Fail(line_, "the " + std::string(label) + " is no real date", problem);
  }

  static const Particular* FindParticular(const Person& person, std::string_view label) {
    for (const Particular& particular : person.particulars) {
      if (particular.label == label) return &particular;
    }
    return nullptr;
  }

  void FinishPerson() {
    if (!person_) return;
    Person person = std::move(*person_);
    person_.reset();
    if (person.particulars.empty() || FindParticular(person, "name") == nullptr) {
      Fail(person.line, person.id + " has no name",
           "write an indented line 'name ...' below the person");
    }
    if (person.on_file.finding == 0) {
      Fail(person.line, "nothing says what the registry knows about " + person.id,
           "write an indented line 'registry national', 'registry not_found' or another finding");
    }
    const bool national =
        person.on_file.finding == procedure::WordNumber(Fact::kVerification, "national");
    if (national != !person.on_file.name.empty() || national != !person.on_file.cnic.empty()) {
      Fail(person.line, "what the registry knows about " + person.id + " is not whole",
           "write registry_name and registry_cnic for a national, and for nobody else");
    }
    if (!person.entered && !entered_is_wrong_) {
      Fail(person.line, "nothing says when " + person.id + " entered",
           "write an indented line 'entered 2014-06-11': every application states it");
    }
    if (person.entered && person.born && *person.born > *person.entered) {
      Fail(person.line, person.id + " entered before being born", "correct birth_date or entered");
    }
    CheckZone(person);
    scenario_.persons.push_back(std::move(person));
  }

  // The machine readable zone, the passport's number, the birth and the sex tell the same story.
  void CheckZone(const Person& person) {
    const Particular* zone = FindParticular(person, "passport_mrz");
    if (zone == nullptr) return;
    const auto read = codec::ReadMrz(zone->value.Reveal());
    if (const auto* problem = std::get_if<codec::FormatProblem>(&read)) {
      Fail(person.line, "the machine readable zone of " + person.id + " is wrong",
           problem->message);
      return;
    }
    const auto& mrz = std::get<codec::Mrz>(read);
    const Particular* number = FindParticular(person, "passport_number");
    if (number != nullptr && !(mrz.number == number->value)) {
      Fail(person.line, "zone and passport_number of " + person.id + " differ",
           "write the same number in both");
    }
    const Particular* birth = FindParticular(person, "birth_date");
    if (birth == nullptr) return;
    const auto date = codec::ReadPartialDate(birth->value.Reveal());
    if (!std::holds_alternative<codec::PartialDate>(date) ||
        !codec::SameDate(std::get<codec::PartialDate>(date), mrz.birth.Reveal())) {
      Fail(person.line, "zone and birth_date of " + person.id + " differ",
           "write the same date in both");
    }
  }

  void ReadMoment(std::string_view rest) {
    const std::optional<Instant> at = ParseInstant(rest);
    if (!at) {
      Fail(line_, "'at' needs a moment", "write it as 'at 2016-09-05T08:00:00Z'");
    } else if (at->ms <= (now_ ? now_->ms : scenario_.agreed.ms)) {
      Fail(line_, "time runs back or stands still",
           "let each 'at' be later than the one before it and than 'agreed'");
    } else {
      now_ = at;
    }
  }

  void ReadSentence(std::string_view line) {
    if (!now_) {
      Fail(line_, "a sentence before the first 'at'", "write 'at 2016-09-05T08:00:00Z' above it");
      return;
    }
    auto read = ReadSentenceText(line, scenario_);
    if (auto* problem = std::get_if<SentenceProblem>(&read)) {
      Fail(line_, std::move(problem->message), std::move(problem->remedy));
      return;
    }
    Step step = std::get<Step>(std::move(read));
    step.line = line_;
    step.at = *now_;
    CheckPresence(step);
    if (const auto* act = std::get_if<ActSentence>(&step.what)) {
      general_ = act->general;
      if (act->kind == procedure::ActKind::kFlightProposed)
        scenario_.flights.push_back(act->flight);
    }
    scenario_.steps.push_back(std::move(step));
  }

  // A program that is away does no act, and comes back before the end.
  void CheckPresence(const Step& step) {
    if (const auto* act = std::get_if<ActSentence>(&step.what)) {
      if (away_.contains(act->author)) {
        Fail(line_, "an act of " + NameOf(act->author) + ", which is away",
             "write '" + NameOf(act->author) + " back' above it");
      }
      return;
    }
    const auto* disturbance = std::get_if<Disturbance>(&step.what);
    if (disturbance == nullptr) return;
    const std::string name = NameOf(disturbance->program);
    const bool is_away = away_.contains(disturbance->program);
    if (disturbance->kind == Disturbance::Kind::kBack) {
      if (!is_away) Fail(line_, name + " is not away", "write '" + name + " away' above it");
      away_.erase(disturbance->program);
    } else if (is_away) {
      Fail(line_, name + " is away already", "write '" + name + " back' above it");
    } else if (disturbance->kind == Disturbance::Kind::kAway) {
      away_.emplace(disturbance->program, line_);
    }
  }
  std::string NameOf(PartyCode program) const {
    return program == scenario_.ministry ? "ministry" : program.ToText();
  }

  void ReadGivenLine(std::string_view line) {
    const auto [word, rest] = SplitWord(line);
    auto read = rest == "nothing" ? std::vector<GivenFact>() : ReadGivenFacts(rest, scenario_);
    if (word != "line") {
      Fail(line_, "'" + std::string(word) + "' below a sentence of the general form",
           "write 'line FACT VALUE, FACT VALUE' or 'line nothing'");
    } else if (auto* problem = std::get_if<SentenceProblem>(&read)) {
      Fail(line_, std::move(problem->message), std::move(problem->remedy));
    } else {
      std::get<ActSentence>(scenario_.steps.back().what)
          .given_lines.push_back(std::get<std::vector<GivenFact>>(std::move(read)));
    }
  }

  void Finish() {
    for (const char* key :
         {"scenario", "realm", "agreement", "procedure", "ministry", "states", "agreed"}) {
      if (headers_.contains(key)) continue;
      Fail(0, "the header '" + std::string(key) + "' is missing",
           "write '" + std::string(key) + ": ...' at the top");
    }
    for (const auto& [program, line] : away_) {
      Fail(line, NameOf(program) + " never comes back",
           "write '" + NameOf(program) + " back' below it");
    }
    if (scenario_.steps.empty()) {
      Fail(0, "the story has no step", "write 'at ...' and sentences below the persons");
    }
  }

  std::string_view text_;
  int line_ = 0;
  Scenario scenario_;
  std::vector<ScenarioError> errors_;
  std::set<std::string> headers_;
  std::optional<Person> person_;
  std::map<PartyCode, int> away_;  // programs, and the line that sent them away
  bool entered_is_wrong_ = false;  // it was told already
  std::optional<Instant> now_;
  bool general_ = false;
};

}  // namespace

std::string ToText(const ScenarioError& error) {
  return error.file + ":" + std::to_string(error.line) + ": " + error.message +
         ". Remedy: " + error.remedy;
}

const Person* Scenario::FindPerson(std::string_view id) const {
  const auto at =
      std::find_if(persons.begin(), persons.end(), [id](const Person& p) { return p.id == id; });
  return at != persons.end() ? &*at : nullptr;
}

const std::vector<std::string_view>& RulingDetails() {
  static const std::vector<std::string_view> names = {"rule", "lines", "changes", "silence",
                                                      "read by"};
  return names;
}

bool Scenario::InCoreAlone() const {
  return !founded || std::any_of(states.begin(), states.end(), [](PartyCode state) {
    return IsOneOf(state.view(), kStatesOfTheCore);
  });
}

bool ActSentence::InCoreAlone() const {
  const auto of_the_core = [](const GivenFact& fact) {
    return fact.text == "second" || fact.text == "unknown" ||
           fact.text.starts_with("certificate of ");
  };
  return on_nothing || on_same || on_lowest || on_matter || past_the_door || bare || astray ||
         one_seal || offered || version || sealed || !expected.details.empty() ||
         std::any_of(given.begin(), given.end(), of_the_core);
}

ReadResult ReadScenario(std::string_view text, std::string_view file) {
  return Reader(text, file).Read();
}

ReadResult ReadScenarioFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream || text.str().empty()) {
    return std::vector<ScenarioError>{
        {path, 0, "the file cannot be read or is empty", "give the path of a scenario"}};
  }
  return ReadScenario(text.str(), path);
}

}  // namespace chancery::play
