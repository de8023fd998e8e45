#include "play/words.h"

#include <algorithm>
#include <charconv>

namespace chancery::play {

namespace {

using procedure::Fact;

// How many escorts, monitors, medics or interpreters a list can name: one line is made for each.
constexpr std::int64_t kMaxPeople = 200;

}  // namespace

std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    at = text.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) break;
    std::size_t end = text.find_first_of(" \t", at);
    if (end == std::string_view::npos) end = text.size();
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::optional<std::int64_t> WholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::string Choices(Fact fact) {
  std::string text;
  for (const procedure::Word& word : procedure::InfoOf(fact).words) {
    if (!text.empty()) text += ", ";
    text += word.name;
  }
  return text;
}

const std::string& Words::Peek(std::size_t ahead) const {
  static const std::string none;
  return at_ + ahead < words_.size() ? words_[at_ + ahead] : none;
}

void Words::Fail(std::string message, std::string remedy) {
  if (!problem_) problem_ = SentenceProblem{std::move(message), std::move(remedy)};
}

std::string Words::Next(const char* what) {
  if (AtEnd()) {
    Fail(std::string("the sentence ends where ") + what + " is expected",
         std::string("add ") + what);
    return {};
  }
  return words_[at_++];
}

bool Words::Take(std::string_view text) {
  const std::vector<std::string> wanted = WordsOf(text);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (Peek(i) != wanted[i]) return false;
  }
  at_ += wanted.size();
  return true;
}

void Words::Expect(std::string_view text) {
  if (problem_ || Take(text)) return;
  Fail("'" + std::string(text) + "' is expected" +
           (AtEnd() ? " at the end" : " before '" + Peek() + "'"),
       "see the sentences in docs/scenarios.md");
}

void Words::ExpectEnd() {
  if (!AtEnd())
    Fail("'" + Peek() + "' stands after the end of the sentence",
         "leave it out or write a sentence of its own");
}

std::int64_t Words::Word(Fact fact, const char* what) {
  const std::string word = Next(what);
  if (problem_) return 0;
  const auto number = procedure::WordNumber(fact, word);
  if (!number) Fail("'" + word + "' is not " + what, "write one of " + Choices(fact));
  return number.value_or(0);
}

std::int64_t Words::Value(Fact fact, const char* what) {
  const std::string word = Next(what);
  if (problem_) return 0;
  const auto number = NumberOf(fact, word);
  if (!number) Fail("'" + word + "' is not " + what, std::string("write ") + what);
  return number.value_or(0);
}

std::int64_t Words::Count() {
  const std::string word = Next("a number");
  const auto number = WholeNumber(word);
  if (!problem_ && !number)
    Fail("'" + word + "' is not a number", "write a whole number such as 3");
  return number.value_or(0);
}

std::int64_t Words::People() {
  const std::int64_t number = Count();
  if (!problem_ && number > kMaxPeople) {
    Fail("more than " + std::to_string(kMaxPeople) + " people of one kind",
         "write a number from 0 to " + std::to_string(kMaxPeople));
    return 0;
  }
  return number;
}

bool Words::IsParty(std::string_view word) const {
  const auto party = PartyCode::FromText(word);
  return party && (*party == scenario_.ministry ||
                   std::find(scenario_.states.begin(), scenario_.states.end(), *party) !=
                       scenario_.states.end());
}

PartyCode Words::Party() {
  const std::string word = Next("a party");
  if (!problem_ && !IsParty(word)) {
    Fail("'" + word + "' is not a party of this scenario",
         "name it in 'ministry:' or 'states:', or write one of those");
  }
  return PartyCode::FromText(word).value_or(PartyCode{});
}

bool Words::AtPossessive() const {
  return Peek().size() == 5 && Peek().substr(3) == "'s" &&
         IsParty(std::string_view(Peek()).substr(0, 3));
}

PartyCode Words::Possessive() {
  const std::string word = Next("a state's list");
  if (!problem_ && (word.size() != 5 || word.substr(3) != "'s" ||
                    !IsParty(std::string_view(word).substr(0, 3)))) {
    Fail("'" + word + "' does not say whose list", "write it as GRC's");
  }
  return PartyCode::FromText(
             std::string_view(word).substr(0, std::min<std::size_t>(3, word.size())))
      .value_or(PartyCode{});
}

std::vector<std::string> Words::Persons() {
  std::vector<std::string> persons;
  while (!AtEnd() && Peek().size() > 1 && Peek()[0] == 'P' && Peek()[1] >= '0' &&
         Peek()[1] <= '9') {
    AddPersons(Next("a person"), persons);
  }
  if (persons.empty()) Fail("no person is named", "name persons as P01 or P01..P05");
  return persons;
}

std::string Words::Flight(bool opens) {
  const std::string word = Next("a flight");
  if (problem_) return {};
  const bool shaped =
      word.size() >= 2 && word[0] == 'F' && WholeNumber(std::string_view(word).substr(1));
  const auto& flights = scenario_.flights;
  const bool known = std::find(flights.begin(), flights.end(), word) != flights.end();
  if (!shaped) {
    Fail("'" + word + "' is no flight's id", "write F and a number, such as F1");
  } else if (opens && known) {
    Fail("the flight " + word + " is proposed twice",
         "give each flight an id of its own, or amend this one");
  } else if (!opens && !known) {
    Fail("the flight " + word + " is not proposed yet",
         "write 'GRC proposes flight " + word + " ...' above");
  }
  return word;
}

std::string Words::Rest() {
  const std::vector<std::string> rest(
      words_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, words_.size())), words_.end());
  at_ = words_.size();
  return Join(rest);
}

void Words::AddPersons(const std::string& word, std::vector<std::string>& persons) {
  const std::size_t dots = word.find("..");
  if (dots == std::string::npos) {
    AddPerson(word, persons);
    return;
  }
  const std::string first = word.substr(0, dots);
  const std::string last = word.substr(dots + 2);
  const auto from = WholeNumber(std::string_view(first).substr(1));
  const auto to = last.size() > 1 ? WholeNumber(std::string_view(last).substr(1)) : std::nullopt;
  if (!from || !to || last.size() != first.size() || last[0] != 'P' || *to < *from) {
    Fail("'" + word + "' is no range of persons", "write it as P01..P05");
    return;
  }
  for (std::int64_t number = *from; number <= *to && !problem_; ++number) {
    std::string digits = std::to_string(number);
    if (digits.size() < first.size() - 1) digits.insert(0, first.size() - 1 - digits.size(), '0');
    AddPerson("P" + digits, persons);
  }
}

void Words::AddPerson(const std::string& id, std::vector<std::string>& persons) {
  if (scenario_.FindPerson(id) == nullptr) {
    Fail("unknown person " + id, "add a block 'person " + id + " invented' above the story");
  } else if (std::find(persons.begin(), persons.end(), id) != persons.end()) {
    Fail(id + " stands twice in one sentence", "name each person once");
  } else {
    persons.push_back(id);
  }
}

}  // namespace chancery::play
