// One person's case from its first act to its present standing, as a timeline that can be read
// aloud.
#ifndef CHANCERY_AUDIT_CASE_HISTORY_H_
#define CHANCERY_AUDIT_CASE_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/book.h"

namespace chancery::audit {

// Something that happened: an act, or a limit that passed with nobody acting.
struct CaseEvent {
  Instant at;
  std::optional<std::uint64_t> entry;  // none for a limit that passed
  std::string what;                    // "reply", "limit passed: silence"
  PartyCode by;
  std::vector<std::string> offices;
  std::string facts;   // what the act says
  std::string ruling;  // in a sentence
  bool admitted = true;
  std::string stage;  // of the case after it; empty when it did not change
  std::vector<procedure::RunningLimit> started;  // limits that began to run
  std::vector<Suspect> suspects;  // of the act's seals those that do not count since before it
};

struct CaseHistory {
  MatterId id;
  PartyCode requesting;
  PartyCode requested;
  std::string stage;  // at the end
  std::vector<procedure::RunningLimit> running;
  std::vector<procedure::Due> due;
  Instant until;  // the last recorded moment of the book
  std::vector<CaseEvent> events;
  Shown shown;  // of the ledger: both parties to a case may read every act on it
};

// The acts on the case and on every list it stands on. NotFound when the book has no such case.
absl::StatusOr<CaseHistory> HistoryOf(const Book& book, const MatterId& id);

std::string ToText(const CaseHistory& history);
std::string ToJson(const CaseHistory& history);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_CASE_HISTORY_H_
