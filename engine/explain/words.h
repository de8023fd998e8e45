// The words in which rulings, rules and limits are explained to lawyers.
//
// Names that stand in a procedure were chosen by whoever wrote it: everything here shows them as
// Legible (engine/base/text.h), so that an explanation neither steers a terminal nor begins a line
// of its own. Nothing here says who a person is: a person's handle is never shown, identifiers and
// digests are cut to their first eight digits.
//
// Pure functions of their arguments, safe on every thread.
#ifndef CHANCERY_ENGINE_EXPLAIN_WORDS_H_
#define CHANCERY_ENGINE_EXPLAIN_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/procedure/procedure.h"

namespace chancery::explain {

// "document_issued" as "document issued".
std::string Spaced(std::string_view name);
// "a, b and c"; the last two joined by `last`.
std::string Listed(const std::vector<std::string>& items, std::string_view last = "and");
// "Art 4(1), SOP class A"; empty for none.
std::string Cited(const std::vector<std::string>& articles);

// What a ground means, as the end of a sentence: "the nationality was not verified".
std::string_view Meaning(procedure::Ground ground);
// What would make an act admissible that has this ground, for whoever does not know more of it.
std::string_view RemedyFor(procedure::Ground ground);

// What a fact is called: "date of entry", "verification class".
std::string NounOf(procedure::Fact fact);
// What a flag says when it is yes or no, as a clause: "the person is a minor". Empty for what is no
// flag or has no clause of its own.
std::string_view ClauseOf(procedure::Fact fact, bool yes);
// What an act has to say to say that fact: "date of entry", "whether the person is a minor".
std::string SaidOf(procedure::Fact fact);
// A number as that fact says it: "own national", "2016-09-01", "PIA".
std::string NumberInWords(procedure::Fact fact, std::int64_t number);

// "2016-09-01 07:30:00 UTC".
std::string Moment(Instant at);
// "UTC+05:00" for 300 minutes.
std::string Offset(int minutes);
std::string Day(std::int64_t days_since_1970);
// "30 days", "1 day".
std::string Days(int days);

// "the registry (2 officers) and the ministry (1 seal)".
std::string SealsInWords(const std::vector<procedure::SealNeeded>& seals);
// "the requested party"; for a role of named parties their codes.
std::string RoleInWords(procedure::Role role, const std::vector<PartyCode>& parties = {});
// "PAK, the requested party" in that matter; both parties for procedure::Role::kEither.
std::string PartyInWords(procedure::Role role, const procedure::Matter& matter);

// An article that begins with "Ours:" is a choice of the procedure, not of a source.
bool IsOurs(std::string_view article);

}  // namespace chancery::explain

#endif  // CHANCERY_ENGINE_EXPLAIN_WORDS_H_
