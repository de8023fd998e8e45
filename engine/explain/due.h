// What is due in a matter at a moment: by whom, since when, until when, under which limit and
// article, and what silence will then mean; and the same read off the rules alone, for any matter.
//
// Pure functions of their arguments, safe on every thread.
#ifndef CHANCERY_ENGINE_EXPLAIN_DUE_H_
#define CHANCERY_ENGINE_EXPLAIN_DUE_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::explain {

// Something that may be done at a stage, with the rules that allow it: rules for the same act by
// the same role under the same seals are one.
struct MayDo {
  std::string act;  // "reply"
  procedure::Role role = procedure::Role::kRequesting;
  std::vector<PartyCode> parties;  // for procedure::Role::kParty
  std::string seals;               // in words
  std::vector<std::string> rules;  // their names
};
// "reply, sealed by the registry (2 officers) and the ministry (1 seal)".
std::string InWords(const MayDo& may);
// What a role may do at a stage; every role for nothing, in the order of the rules. Acts that open
// a matter belong to no stage.
std::vector<MayDo> ActsAt(const procedure::Procedure& terms, procedure::MatterKind matter,
                          const std::string& stage, std::optional<procedure::Role> role = {});
// Those that end a limit at that stage: after them it no longer runs, or nothing follows from it.
// For a case also those acts on a list that do so for the cases in its lines.
std::vector<MayDo> ActsEnding(const procedure::Procedure& terms, procedure::MatterKind matter,
                              const std::string& stage, const std::string& limit,
                              procedure::Role role);

// The stages from which an effect on the lines of a transfer moves a line's case: what its own
// conditions say, or a condition of the line that speaks whenever the effect does. Empty when
// nothing says so.
std::vector<std::string> StagesBefore(const procedure::Rule& rule, const procedure::Effect& effect);

// Whose turn the limit of a lapse is at a stage.
procedure::Role DueUnder(const procedure::Lapse& lapse, const std::string& stage,
                         const procedure::Procedure& terms);
// What the passing of its limit means: "the case is then deemed agreed, and the limit referral (30
// days) begins".
std::string MeaningOf(const procedure::Lapse& lapse, const procedure::Procedure& terms);
// What follows when the limit passes at that stage; null when nothing does by itself.
const procedure::Lapse* LapseAt(const procedure::Procedure& terms, procedure::MatterKind matter,
                                const std::string& stage, const std::string& limit);

// The last civil day inside a limit that is too late from `until` on, where the requested party
// is; and how that party's days lie there.
struct LastDay {
  std::string day;
  std::string zone;  // "PAK, UTC+05:00"
};
LastDay LastDayOf(const procedure::CheckedProcedure& procedure, PartyCode requested, Instant until);

// One limit that runs.
struct Waiting {
  procedure::Role role = procedure::Role::kRequested;
  std::string by;  // "PAK, the requested party"
  std::string limit;
  int days = 0;
  bool unverified = false;
  std::vector<std::string> limit_articles;
  Instant since;
  Instant until;          // the first moment too late
  std::string since_day;  // in the requested party's civil days
  LastDay last;
  std::vector<MayDo> acts;  // that end it
  std::string silence;      // the lapse; empty when nothing follows by itself
  std::string meaning;      // of the silence, in words
  std::vector<std::string> silence_articles;
  std::string sentence;  // all of this
};

struct Outlook {
  std::string stage;
  bool ended = false;
  std::string reason;            // why nothing needs to be done, when the stage has no limit
  std::vector<Waiting> waiting;  // the limit that passes first comes first
  std::string sentence;          // "The case is open." and the like
};
// `matter` stands as it is at the moment asked for: limits that have passed are applied
// (procedure::StandingAt).
Outlook OutlookOf(const procedure::CheckedProcedure& procedure, const procedure::Matter& matter);

}  // namespace chancery::explain

#endif  // CHANCERY_ENGINE_EXPLAIN_DUE_H_
