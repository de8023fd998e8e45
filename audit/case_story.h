// One person's case explained: why each act was admitted or is inadmissible, what each limit that
// passed did, and what is due at a moment, by whom, until when, and what silence will then mean.
//
// Nothing here says who the person is: identifiers and digests are cut short, and the sender's
// handle of the person is left out.
#ifndef CHANCERY_AUDIT_CASE_STORY_H_
#define CHANCERY_AUDIT_CASE_STORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/book.h"
#include "engine/explain/due.h"
#include "engine/explain/why.h"

namespace chancery::audit {

// An act on the case or on a list it stands on, or a limit that passed with nobody acting.
struct StoryEvent {
  Instant at;
  std::optional<std::uint64_t> entry;  // none for a limit that passed
  std::string what;                    // "reply", "limit passed: silence"
  std::vector<std::string> offices;    // that sealed the act
  std::string says;                    // what the act says of this person
  std::string why;                     // in one sentence
  std::string moved;  // what it did to this case, when the act is about something else
  explain::Why told;  // the same as data; empty for a limit that passed
  std::vector<std::string> articles;
  // Of the act's seals those that do not count since before it, by what was known at the moment the
  // story is told for.
  std::vector<Suspect> suspects;
};

struct CaseStory {
  MatterId id;
  PartyCode requesting;
  PartyCode requested;
  Instant at;  // the moment it is told for
  std::vector<StoryEvent> events;
  explain::Outlook outlook;  // as it stands then
};

// The story until `at`, which may lie behind the last entry: then as if nothing else happened.
// NotFound when the book has no such case at that moment; DataLoss, naming the entry, when the
// ministry's book has a ruling that its own procedure does not give.
absl::StatusOr<CaseStory> StoryOf(const Book& book, const MatterId& id, Instant at);

std::string ToText(const CaseStory& story);
// `anchored`: whether the folder was verified with an anchor.
std::string ToJson(const CaseStory& story, bool anchored);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_CASE_STORY_H_
