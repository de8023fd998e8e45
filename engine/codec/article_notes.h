// What articles.md of a procedure's folder says of each article: a table with one row for each, or
// for a few together ("Art 11, 12").
//
// Pure; safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_ARTICLE_NOTES_H_
#define CHANCERY_ENGINE_CODEC_ARTICLE_NOTES_H_

#include <string>
#include <string_view>
#include <vector>

namespace chancery::codec {

struct ArticleNote {
  std::vector<std::string> articles;  // "Art 11", "Art 12"
  std::string says;                   // in a few words
  std::string carried;                // by which rules, or why by none
  bool unverified = false;            // something in the row is marked so
  int line = 0;                       // of the file, counted from 1

  // What the row says, wherever it stands.
  friend bool operator==(const ArticleNote& one, const ArticleNote& other) {
    return one.articles == other.articles && one.says == other.says &&
           one.carried == other.carried && one.unverified == other.unverified;
  }
};

// The rows of every table with three columns, in their order; a heading and its line are none.
std::vector<ArticleNote> ReadArticleNotes(std::string_view markdown);
// The row of that article, or null.
const ArticleNote* FindNote(const std::vector<ArticleNote>& notes, std::string_view article);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ARTICLE_NOTES_H_
