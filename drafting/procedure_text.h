// An agreed procedure as text that a lawyer can read from the first line to the last, and cite.
//
// Whoever wrote the procedure neither steers the reader's terminal nor begins a line: every text
// that comes from it is shown as Legible (engine/base/text.h).
#ifndef CHANCERY_DRAFTING_PROCEDURE_TEXT_H_
#define CHANCERY_DRAFTING_PROCEDURE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/codec/article_notes.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

// Parties, what the parties know the rules break, limits, articles, then for each kind of matter
// its stages (whose turn it is, what silence means, who may do what), what silence does, and every
// rule: who, with whose seals, when, on which conditions in words with ground and article, and what
// follows. A line that begins with
// "#" names a place (drafting/places.h); a sentence in braces stands so in what is signed.
// `notes` are those of articles.md; without them articles are named only.
std::string ToText(const procedure::Procedure& terms, const Digest& digest,
                   const std::vector<codec::ArticleNote>& notes = {});
// Only what carries one article: its note, limits, lapses, rules, and the conditions in other rules
// that cite it.
std::string ArticleToText(const procedure::Procedure& terms, std::string_view article,
                          const std::vector<codec::ArticleNote>& notes);
// Whether the procedure or its notes know that article.
bool KnowsArticle(const procedure::Procedure& terms, std::string_view article,
                  const std::vector<codec::ArticleNote>& notes);

// The same as data, in JSON: what people read, with the places, and what is signed beside it.
std::string ToJson(const procedure::Procedure& terms, const Digest& digest,
                   const std::vector<codec::ArticleNote>& notes = {});
std::string ArticleToJson(const procedure::Procedure& terms, std::string_view article,
                          const std::vector<codec::ArticleNote>& notes);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_PROCEDURE_TEXT_H_
