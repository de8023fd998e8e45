#include "engine/codec/article_notes.h"

#include <algorithm>

namespace chancery::codec {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The cells of a line "| a | b |"; nothing for any other line.
std::vector<std::string> CellsOf(std::string_view line) {
  line = Trimmed(line);
  if (line.size() < 2 || line.front() != '|' || line.back() != '|') return {};
  line = line.substr(1, line.size() - 2);
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t bar = line.find('|');
    cells.emplace_back(Trimmed(line.substr(0, bar)));
    if (bar == std::string_view::npos) return cells;
    line.remove_prefix(bar + 1);
  }
}

// "Art 11, 12" names Art 11 and Art 12.
std::vector<std::string> ArticlesOf(std::string_view cell) {
  std::vector<std::string> articles;
  std::string kind;
  for (;;) {
    const std::size_t comma = cell.find(", ");
    std::string name(cell.substr(0, comma));
    if (!name.empty() && name.front() >= '0' && name.front() <= '9') {
      name = kind + name;
    } else {
      kind = name.substr(0, name.find(' ') + 1);
    }
    articles.push_back(std::move(name));
    if (comma == std::string_view::npos) return articles;
    cell.remove_prefix(comma + 2);
  }
}

}  // namespace

std::vector<ArticleNote> ReadArticleNotes(std::string_view markdown) {
  std::vector<ArticleNote> notes;
  std::vector<std::string> before;  // a row is a heading when a line of dashes follows it
  int line = 0;
  const auto keep = [&] {
    if (before.size() != 3) return;
    notes.push_back({ArticlesOf(before[0]), before[1], before[2],
                     (before[1] + before[2]).find("nverified") != std::string::npos, line});
  };
  while (!markdown.empty()) {
    const std::size_t end = markdown.find('\n');
    const std::vector<std::string> cells = CellsOf(markdown.substr(0, end));
    markdown.remove_prefix(end == std::string_view::npos ? markdown.size() : end + 1);
    const bool dashes =
        !cells.empty() && std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
          return cell.find_first_not_of("-:") == std::string::npos && cell.size() >= 3;
        });
    if (!dashes) keep();
    before = dashes ? std::vector<std::string>() : cells;
    ++line;
  }
  keep();
  return notes;
}

const ArticleNote* FindNote(const std::vector<ArticleNote>& notes, std::string_view article) {
  for (const ArticleNote& note : notes) {
    if (std::find(note.articles.begin(), note.articles.end(), article) != note.articles.end())
      return &note;
  }
  return nullptr;
}

}  // namespace chancery::codec
