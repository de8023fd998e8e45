// The words of one sentence of a scenario, taken one after another.
//
// Not safe on several threads at once.
#ifndef CHANCERY_PLAY_WORDS_H_
#define CHANCERY_PLAY_WORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "play/scenario.h"
#include "play/sentence.h"

namespace chancery::play {

// A text at its spaces, and words with one space between them.
std::vector<std::string> WordsOf(std::string_view text);
std::string Join(const std::vector<std::string>& words);
// A number that is not negative, when the text is one.
std::optional<std::int64_t> WholeNumber(std::string_view text);
// The words of a fact's list, for errors.
std::string Choices(procedure::Fact fact);

// Walks over the words of one sentence. The first thing that is wrong is kept; after it nothing
// more is taken.
class Words {
 public:
  Words(std::vector<std::string> words, const Scenario& scenario)
      : words_(std::move(words)), scenario_(scenario) {}

  const std::optional<SentenceProblem>& problem() const { return problem_; }
  bool AtEnd() const { return problem_ || at_ >= words_.size(); }
  const std::string& Peek(std::size_t ahead = 0) const;
  const Scenario& scenario() const { return scenario_; }

  void Fail(std::string message, std::string remedy);

  std::string Next(const char* what);

  // Takes the words when they come next.
  bool Take(std::string_view text);
  void Expect(std::string_view text);
  void ExpectEnd();

  std::int64_t Word(procedure::Fact fact, const char* what);
  std::int64_t Value(procedure::Fact fact, const char* what);
  std::int64_t Count();

  // A number of people, each of whom becomes a line of a list.
  std::int64_t People();

  bool IsParty(std::string_view word) const;
  PartyCode Party();
  // "GRC's"
  bool AtPossessive() const;
  PartyCode Possessive();

  // One or more of P01, P02..P05.
  std::vector<std::string> Persons();

  std::string Flight(bool opens = false);

  std::string Rest();

 private:
  void AddPersons(const std::string& word, std::vector<std::string>& persons);
  void AddPerson(const std::string& id, std::vector<std::string>& persons);

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  const Scenario& scenario_;
  std::optional<SentenceProblem> problem_;
};

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_WORDS_H_
