#include "engine/codec/bundle_papers.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/base/text.h"
#include "engine/codec/article_notes.h"
#include "engine/procedure/act.h"
#include "engine/procedure/facts.h"
#include "engine/procedure/ruling.h"

namespace chancery::codec {

namespace {

constexpr std::string_view kScenarioFolder = "scenarios/";
constexpr std::string_view kScenarioEnding = ".scenario";
constexpr std::string_view kNotExecutable = "not executable";

std::string At(std::string_view file, int line) {
  return std::string(file).append(":").append(std::to_string(line)).append(": ");
}

// Calls visit(line number, line) for each line.
template <class Visit>
void ForEachLine(std::string_view content, const Visit& visit) {
  for (int line = 1; !content.empty(); ++line) {
    const std::size_t end = content.find('\n');
    visit(line, content.substr(0, end), end != std::string_view::npos);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
  }
}

// What is wrong with a line's letters, or nothing.
std::optional<std::string> WrongLetter(std::string_view line) {
  std::optional<char32_t> before;
  while (!line.empty()) {
    const std::optional<char32_t> letter = TakeCharacter(line);
    if (!letter) return "holds bytes that are no UTF-8; save the file as UTF-8";
    if (IsControl(*letter) && *letter != U'\t')
      return "holds a control character; take it out, and end lines with line feeds only";
    if (IsHidden(*letter)) {
      std::string_view rest = line;
      const std::optional<char32_t> after = TakeCharacter(rest);
      const bool joins =
          IsJoiner(*letter) && before && IsArabicLetter(*before) && after && IsArabicLetter(*after);
      if (!joins) {
        return "holds a character that nobody sees, so that what is signed is not what is read; "
               "take it out";
      }
    }
    before = letter;
  }
  return std::nullopt;
}

// What a row of articles.md may name in backticks.
std::set<std::string, std::less<>> NamesIn(const procedure::Procedure& terms) {
  std::set<std::string, std::less<>> names;
  for (const procedure::Rule& rule : terms.rules) names.insert(rule.name);
  for (const procedure::Lapse& lapse : terms.lapses) names.insert(lapse.name);
  for (const procedure::LimitRule& limit : terms.limits) names.insert(limit.name);
  for (const procedure::StageRule& stage : terms.stages) names.insert(stage.name);
  for (const procedure::ActInfo& act : procedure::AllActs()) names.emplace(act.name);
  for (const procedure::Ground ground : procedure::AllGrounds())
    names.emplace(procedure::NameOf(ground));
  for (int i = 0; i < static_cast<int>(procedure::Fact::kCount_); ++i) {
    const procedure::FactInfo& info = procedure::InfoOf(static_cast<procedure::Fact>(i));
    names.emplace(info.name);
    for (const procedure::Word& word : info.words) names.emplace(word.name);
  }
  for (const char* word :
       {"suspended", "may_take_part", "carrier_accepted", "appointed", "families_together"})
    names.emplace(word);
  return names;
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
  });
}

// The names a text gives in `backticks`; what is not a name alone is passed over.
std::vector<std::string_view> NamedIn(std::string_view text) {
  std::vector<std::string_view> names;
  for (;;) {
    const std::size_t begin = text.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return names;
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    if (IsName(name)) names.push_back(name);
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool IsScenarioPath(std::string_view path) {
  if (!path.starts_with(kScenarioFolder) || !path.ends_with(kScenarioEnding)) return false;
  path.remove_prefix(kScenarioFolder.size());
  if (path.size() <= kScenarioEnding.size()) return false;
  path.remove_suffix(kScenarioEnding.size());
  return std::all_of(path.begin(), path.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
           letter == '-';
  });
}

void CheckLetters(std::string_view file, ByteView content, std::vector<std::string>& errors) {
  ForEachLine(content, [&](int number, std::string_view line, bool) {
    if (const std::optional<std::string> wrong = WrongLetter(line))
      errors.push_back(At(file, number) + "the line " + *wrong);
  });
}

void CheckArticles(std::string_view file, std::string_view markdown, const ProcedureText& text,
                   std::vector<std::string>& errors) {
  const procedure::Procedure& terms = text.procedure();
  const std::vector<ArticleNote> notes = ReadArticleNotes(markdown);
  const auto listed = [&](const std::string& article) {
    return std::find(terms.articles.begin(), terms.articles.end(), article) != terms.articles.end();
  };
  for (std::size_t i = 0; i < terms.articles.size(); ++i) {
    const std::string& article = terms.articles[i];
    if (FindNote(notes, article) != nullptr) continue;
    errors.push_back(text.PlaceOf({{"article", static_cast<int>(i)}}) + ": article " + article +
                     ": " + std::string(file) + " does not explain it; add a row | " + article +
                     " | what it says | by which rules it is carried |");
  }
  const std::set<std::string, std::less<>> names = NamesIn(terms);
  std::map<std::string, int> rows;
  for (const ArticleNote& note : notes) {
    for (const std::string& article : note.articles) {
      const auto [row, is_new] = rows.emplace(article, note.line);
      if (!is_new) {
        errors.push_back(At(file, note.line) + "article " + article + ": line " +
                         std::to_string(row->second) + " explains it already; keep one row");
      }
      if (!listed(article) && note.carried.find(kNotExecutable) == std::string::npos) {
        errors.push_back(At(file, note.line) + "article " + article +
                         ": nothing in procedure.textproto carries it; cite it in a rule and list "
                         "it there, or write \"not executable: \" and why");
      }
    }
    for (const std::string_view name : NamedIn(note.carried)) {
      if (names.contains(name)) continue;
      errors.push_back(At(file, note.line) + "article " + note.articles.front() + ": it names \"" +
                       std::string(name) +
                       "\", which is no rule, limit, lapse, stage, ground or fact of this "
                       "procedure; correct the name");
    }
  }
}

std::vector<ScenarioDigest> ReadScenarioDigests(std::string_view file, std::string_view content,
                                                std::vector<std::string>& errors) {
  constexpr std::size_t kDigits = 2 * Digest::kSize;
  constexpr std::string_view kGap = "  ";
  std::vector<ScenarioDigest> digests;
  ForEachLine(content, [&](int number, std::string_view line, bool ended) {
    const std::optional<Digest> digest = Digest::FromHexText(line.substr(0, kDigits));
    const bool gap = line.size() > kDigits && line.substr(kDigits).starts_with(kGap);
    const std::string_view path = gap ? line.substr(kDigits + kGap.size()) : std::string_view();
    if (!digest || !IsScenarioPath(path) || !ended) {
      errors.push_back(At(file, number) +
                       "is not a line of SHA-256, two spaces and scenarios/NAME.scenario (a-z, "
                       "0-9, _ and -); write the file with: sha256sum scenarios/*.scenario");
      return;
    }
    if (!digests.empty() && digests.back().path >= path) {
      errors.push_back(At(file, number) + std::string(path) +
                       ": stands twice or out of order; write each path once, in byte order");
      return;
    }
    digests.push_back({number, *digest, std::string(path)});
  });
  return digests;
}

}  // namespace chancery::codec
