// The sentences of a scenario: one line of words becomes one step (docs/scenarios.md lists every
// form).
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_SENTENCE_H_
#define CHANCERY_PLAY_SENTENCE_H_

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "play/scenario.h"

namespace chancery::play {

struct SentenceProblem {
  std::string message;
  std::string remedy;
};

// Reads one sentence. Persons must be among those of `scenario`, flights among those proposed so
// far.
std::variant<Step, SentenceProblem> ReadSentenceText(std::string_view text,
                                                     const Scenario& scenario);

// Reads "FACT VALUE, FACT VALUE". Values of words, flags, counts, dates, moments, codes and parties
// are checked here; identifiers and digests are looked up when the act is drafted.
std::variant<std::vector<GivenFact>, SentenceProblem> ReadGivenFacts(std::string_view text,
                                                                     const Scenario& scenario);

// The number a fact's text stands for; nothing for identifiers, digests and texts that are not of
// its type.
std::optional<std::int64_t> NumberOf(procedure::Fact fact, std::string_view text);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_SENTENCE_H_
