// What an amendment changes, in lawyers' words: one line for each thing that is new, gone or
// another.
#ifndef CHANCERY_DRAFTING_DIFFERENCE_H_
#define CHANCERY_DRAFTING_DIFFERENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/codec/article_notes.h"
#include "engine/codec/bundle.h"
#include "engine/procedure/procedure.h"

namespace chancery::drafting {

enum class ChangeKind : std::uint8_t { kAdded = 1, kRemoved = 2, kChanged = 3 };

struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  std::string place;  // "#rule.extension" (drafting/places.h), or "articles.md", "scenarios"
  std::string what;   // in a sentence
  std::vector<std::string> articles;  // that it touches, when it touches any

  friend bool operator==(const Change&, const Change&) = default;
};

// One version of a procedure with what its folder says beside the rules.
struct Version {
  const procedure::Procedure& terms;
  const std::vector<codec::ArticleNote>& notes;
  const codec::Bundle& bundle;
};

// In the order of the text: parties, civil time, limits, stages, lapses, rules, articles, and
// what stands beside them. Empty exactly when the two bundles hold the same files: what differs
// in no rule (a comment, an order) is named as such.
std::vector<Change> Difference(const Version& before, const Version& after);

std::string ToText(const std::vector<Change>& changes);
std::string ToJson(const std::vector<Change>& changes);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_DIFFERENCE_H_
