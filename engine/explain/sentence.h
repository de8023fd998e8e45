// The closed language of conditions and consequences (docs/procedure-language.md), said in the
// words of lawyers; and what a situation has to say to a condition.
//
// Pure functions of their arguments, safe on every thread.
#ifndef CHANCERY_ENGINE_EXPLAIN_SENTENCE_H_
#define CHANCERY_ENGINE_EXPLAIN_SENTENCE_H_

#include <string>
#include <vector>

#include "engine/procedure/evaluate.h"
#include "engine/procedure/procedure.h"

namespace chancery::explain {

// "the case's verification is national". `terms` says how long the limits are that a sentence
// names.
std::string InWords(const procedure::Condition& condition, const procedure::Procedure& terms);
// All of them, joined by "and"; empty for none.
std::string InWords(const std::vector<procedure::Condition>& conditions,
                    const procedure::Procedure& terms);
// "the limit transfer (90 days) begins", without the conditions under which it follows.
std::string InWords(const procedure::Effect& effect, const procedure::Procedure& terms);

// "limit reply (30 days)"; a limit that the procedure does not define is named alone.
std::string LimitInWords(const std::string& name, const procedure::Procedure& terms);
// "confirmed (the end)" for a terminal stage.
std::string StageInWords(procedure::MatterKind matter, const std::string& stage,
                         const procedure::Procedure& terms);

// What the situation has to say to the condition: each fact it reads with its value, "the case's
// verification is not known". Empty for a condition that reads no single fact.
std::string SituationInWords(const procedure::Condition& condition, const procedure::Scene& scene);

}  // namespace chancery::explain

#endif  // CHANCERY_ENGINE_EXPLAIN_SENTENCE_H_
