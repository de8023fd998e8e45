#include "audit/words.h"

#include <algorithm>
#include <variant>

#include "engine/base/text.h"

namespace chancery::audit {

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
  if (!text.empty() && text.front() != '-' &&
      text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string escaped;
  for (const char c : text) {
    if (c == '\'' || c == '\\') escaped += '\\';
    escaped += c;
  }
  const std::string shown = Printable(escaped);
  // Quotes and backslashes need the longer form too: plain quotes cannot hold both.
  if (shown == text) return "'" + shown + "'";
  return "$'" + shown + "'";
}

std::string Spaced(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c == '_') c = ' ';
  }
  return text;
}

std::string Short(const MatterId& id) { return id.ToHexText().substr(0, 8); }

std::string Joined(const std::vector<std::string>& articles) {
  std::string text;
  for (const std::string& article : articles) text += (text.empty() ? "" : ", ") + article;
  return text;
}

std::string Sentence(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    const std::string articles = Joined(admitted->because.articles);
    return "admitted under rule " + admitted->because.rule +
           (articles.empty() ? "" : " (" + articles + ")");
  }
  const auto& inadmissible = std::get<procedure::Inadmissible>(ruling.outcome);
  std::string text = "inadmissible: " + std::string(Meaning(inadmissible.ground));
  if (!inadmissible.article.empty()) text += ", " + inadmissible.article;
  if (!inadmissible.rule.empty()) text += ", rule " + inadmissible.rule;
  if (!inadmissible.lines.empty()) {
    text += inadmissible.lines.size() == 1 ? " (line " : " (lines ";
    for (std::size_t i = 0; i < inadmissible.lines.size(); ++i) {
      text += (i == 0 ? "" : ", ") + std::to_string(inadmissible.lines[i]);
    }
    text += ")";
  }
  return text;
}

std::string FactsOf(const procedure::Act& act) {
  std::string text;
  for (const auto& [fact, value] : act.facts) {
    text += (text.empty() ? "" : ", ") + Spaced(procedure::Describe(fact, value));
  }
  if (!act.lines.empty()) {
    text += (text.empty() ? "" : ", ") + std::to_string(act.lines.size()) +
            (act.lines.size() == 1 ? " line" : " lines");
  }
  return text;
}

std::string Minute(Instant at) {
  std::string text = ToText(Instant{at.ms - at.ms % kMsPerMinute});
  text = text.substr(0, 16);
  text[10] = ' ';
  return text;
}

}  // namespace chancery::audit
