// How auditors' texts speak of acts, rulings and moments: short sentences for people who are not
// programmers.
#ifndef CHANCERY_AUDIT_WORDS_H_
#define CHANCERY_AUDIT_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/explain/words.h"
#include "engine/procedure/act.h"
#include "engine/procedure/ruling.h"

namespace chancery::audit {

// One word of a shell's command line that stands for exactly these bytes (bash, for what is not
// printable ASCII).
std::string ShellWord(std::string_view text);
// "document_issued" as "document issued".
std::string Spaced(std::string_view name);
// The first eight digits: how a case is named in tables.
std::string Short(const MatterId& id);
// "Art 4(1), SOP 3"; empty for none.
std::string Joined(const std::vector<std::string>& articles);
// What a ground means, as the end of a sentence: "the nationality was not verified".
using explain::Meaning;
// "admitted under rule reply_confirmed (Art 4(1))" or "inadmissible: …, Art 4(3), rule … (lines 0,
// 3)".
std::string Sentence(const procedure::Ruling& ruling);
// What an act says in its facts: "answer confirmed, confirmation_id 0f3a…"; empty when it says
// nothing more than its kind.
std::string FactsOf(const procedure::Act& act);
// "2015-12-03 07:30" in UTC.
std::string Minute(Instant at);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_WORDS_H_
