#include "audit/watch/heads.h"

#include <optional>
#include <utility>
#include <vector>

#include "engine/ledger/checkpoint.h"

namespace chancery::watch {

namespace {

constexpr std::string_view kTitle = "chancery-watch v1";

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

absl::Status Damaged(std::size_t line) {
  return DataLoss("the heads of this witness, line " + std::to_string(line) +
                  ": not what a witness writes; restore the file, and never make a new one in its "
                  "place: a witness that forgets can be shown the past");
}

// The head of one line, under its origin.
std::optional<std::pair<std::string, WatchedHead>> ReadHead(
    const std::vector<std::string_view>& words) {
  if (words.size() != 6 || words[0] != "head" || words[1].empty()) return std::nullopt;
  const std::optional<std::uint64_t> size = ledger::ParseSize(words[2]);
  const std::optional<Bytes> root = FromBase64(words[3]);
  const std::optional<Digest> digest = root ? Digest::FromBytes(*root) : std::nullopt;
  const std::optional<std::uint64_t> at = ledger::ParseSize(words[4]);
  const std::optional<Bytes> note = words[5] == "-" ? Bytes() : FromBase64(words[5]);
  if (!size || !digest || !at || !note) return std::nullopt;
  return std::pair(std::string(words[1]),
                   WatchedHead{{{*size, *digest}, static_cast<std::int64_t>(*at)}, *note});
}

}  // namespace

absl::StatusOr<Heads> ParseHeads(std::string_view text) {
  Heads heads;
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Damaged(number);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const std::vector<std::string_view> words = Words(line);
    if (number == 1) {
      if (line != kTitle) return Damaged(number);
    } else if (number == 2) {
      const std::optional<std::uint64_t> told =
          words.size() == 2 && words[0] == "told" ? ledger::ParseSize(words[1]) : std::nullopt;
      if (!told) return Damaged(number);
      heads.told = static_cast<std::int64_t>(*told);
    } else {
      auto head = ReadHead(words);
      if (!head || !heads.by_origin.insert(*std::move(head)).second) return Damaged(number);
    }
  }
  if (FormatHeads(heads) != text) return Damaged(1);
  return heads;
}

std::string FormatHeads(const Heads& heads) {
  std::string text(kTitle);
  text += "\ntold " + std::to_string(heads.told) + "\n";
  for (const auto& [origin, head] : heads.by_origin) {
    text += "head " + origin + " " + std::to_string(head.state.tree.size) + " " +
            ToBase64(head.state.tree.root.View()) + " " + std::to_string(head.state.cosigned_at) +
            " " + (head.note.empty() ? "-" : ToBase64(head.note)) + "\n";
  }
  return text;
}

}  // namespace chancery::watch
