// What articles.md of a procedure's folder says of each article: a table with one row for each, or
// for a few together ("Art 11, 12").
#ifndef CHANCERY_DRAFTING_ARTICLE_NOTES_H_
#define CHANCERY_DRAFTING_ARTICLE_NOTES_H_

#include <string>
#include <string_view>
#include <vector>

namespace chancery::drafting {

struct ArticleNote {
  std::vector<std::string> articles;  // "Art 11", "Art 12"
  std::string says;                   // in a few words
  std::string carried;                // by which rules, or why by none
  bool unverified = false;            // something in the row is marked so

  friend bool operator==(const ArticleNote&, const ArticleNote&) = default;
};

// The rows of every table with three columns, in their order; a heading and its line are none.
std::vector<ArticleNote> ReadArticleNotes(std::string_view markdown);
// The row of that article, or null.
const ArticleNote* FindNote(const std::vector<ArticleNote>& notes, std::string_view article);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_ARTICLE_NOTES_H_
