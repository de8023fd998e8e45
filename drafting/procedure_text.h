// An agreed procedure as text that a lawyer can read from the first line to the last.
#ifndef CHANCERY_DRAFTING_PROCEDURE_TEXT_H_
#define CHANCERY_DRAFTING_PROCEDURE_TEXT_H_

#include <string>

#include "engine/base/bytes.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

// Parties, limits, then for each kind of matter its stages, what silence does, and every rule: who,
// with whose seals, when, on which conditions with ground and article, and what follows.
std::string ToText(const procedure::Procedure& procedure, const Digest& digest);
// The same as data, in JSON.
std::string ToJson(const procedure::Procedure& procedure, const Digest& digest);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_PROCEDURE_TEXT_H_
