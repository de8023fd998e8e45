// What became of every person, and the sums: the end of a story in words that can be expected and
// compared.
//
// Read from matters alone, so that the core, the programs and an export give the same answer. No
// line holds a person's particulars: persons go by their id in the scenario.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_OUTCOME_H_
#define CHANCERY_PLAY_OUTCOME_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/party.h"
#include "engine/procedure/matter.h"
#include "play/scenario.h"

namespace chancery::play {

// How matters stand at the end, by what they are called in the scenario.
struct Ending {
  std::map<std::string, procedure::Matter> cases;    // by person
  std::set<std::string> in_transit;                  // persons whose case is a transit
  std::map<std::string, procedure::Matter> flights;  // by flight
  std::map<std::pair<std::string, PartyCode>, procedure::Matter> transfers;  // by flight and state
};

struct PersonOutcome {
  std::string person;
  PartyCode state;
  std::string outcome;  // one of OutcomeNames()
  bool confirmed = false;
  bool flown = false;
  std::string detail;  // the recorded reason in words: "refusal_ground false_document"
};

bool IsOutcome(std::string_view word);
std::string OutcomeNames();
bool IsSum(std::string_view word);
std::string SumNames();

// One for each person of the scenario, in its order.
std::vector<PersonOutcome> OutcomesOf(const Scenario& scenario, const Ending& ending);
// Every sum by its name.
std::map<std::string, std::int64_t> SumsOf(const std::vector<PersonOutcome>& outcomes,
                                           const Ending& ending);

// "P07  GRC  admitted            flown and admitted"
std::string ToLine(const PersonOutcome& outcome);
// The six sums of the story as one line.
std::string ToLine(const std::map<std::string, std::int64_t>& sums);

// Expectations of the scenario that the ending does not meet, each as "file:line: expected ...,
// found ...".
std::vector<std::string> Unmet(const Scenario& scenario, const Ending& ending);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_OUTCOME_H_
