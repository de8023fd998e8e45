// Places in the text of a procedure, for other documents to cite: "#rule.reply_confirmed". A place
// is named after what stands there, never by a running number of the text, so it stays when the
// text grows around it.
#ifndef CHANCERY_DRAFTING_PLACES_H_
#define CHANCERY_DRAFTING_PLACES_H_

#include <string>
#include <string_view>

#include "engine/procedure/procedure.h"

namespace chancery::drafting {

std::string PlaceOf(const procedure::LimitRule& limit);  // "#limit.reply"
std::string PlaceOf(const procedure::StageRule& stage);  // "#stage.case.open"
std::string PlaceOf(const procedure::Lapse& lapse);      // "#lapse.silence"
std::string PlaceOf(const procedure::Rule& rule);        // "#rule.reply_confirmed"
// "#rule.reply_confirmed.not_verified.verification": a condition by its ground and by what it reads
// first; only of several that have both in common the second is "….2". `in_lines`: of the
// conditions of every line, "#rule.manifest.line.held.held".
std::string PlaceOfGuard(const procedure::Rule& rule, std::size_t index, bool in_lines);
std::string PlaceOfStage(procedure::MatterKind matter, std::string_view stage);
std::string PlaceOfLimit(std::string_view limit);
std::string PlaceOfArticle(std::string_view article);  // "#article.Art-4(1)"
std::string PlaceOfMatter(procedure::MatterKind matter);
std::string PlaceOfParty(PartyCode party);
std::string PlaceOfBroken(std::string_view property);  // "#breaks.P1"

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_PLACES_H_
