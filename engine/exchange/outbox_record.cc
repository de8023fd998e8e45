#include "engine/exchange/outbox_record.h"

#include <charconv>
#include <map>
#include <utility>

#include "engine/base/check.h"

namespace chancery::exchange {

namespace {

// One "name value" line each; a value never holds a line feed.
void PutLine(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(" ");
  for (const char letter : value) out.push_back(letter == '\n' || letter == '\r' ? ' ' : letter);
  out.push_back('\n');
}

absl::Status Damaged(const store::Paper& paper) {
  return DataLoss("the record of sent act " + paper.id +
                  " cannot be read: restore the store from a backup");
}

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view NameOf(SentState state) {
  switch (state) {
    case SentState::kWaiting:
      return "waiting";
    case SentState::kOffered:
      return "offered";
    case SentState::kRecorded:
      return "recorded";
    case SentState::kTurnedAway:
      return "turned_away";
  }
  CHANCERY_CHECK(false);
}

store::PaperChange ChangeOf(const SentPaper& paper) {
  const SentAct& act = paper.act;
  store::PaperChange change;
  change.kind = kSentPaper;
  change.id = act.id.ToHexText();
  change.expected_version = paper.version;
  change.state = static_cast<int>(act.state);
  PutLine(change.bytes, "digest", act.digest.ToHexText());
  PutLine(change.bytes, "matter", act.matter.ToHexText());
  PutLine(change.bytes, "procedure", act.procedure.ToHexText());
  PutLine(change.bytes, "act", act.act);
  PutLine(change.bytes, "opens", act.opens ? "1" : "0");
  PutLine(change.bytes, "own_number", std::to_string(act.own_number));
  PutLine(change.bytes, "number", std::to_string(act.number));
  PutLine(change.bytes, "ruling", act.ruling);
  PutLine(change.bytes, "reason", act.reason);
  PutLine(change.bytes, "error", act.error);
  return change;
}

absl::StatusOr<SentPaper> ReadSentPaper(const store::Paper& paper) {
  std::map<std::string_view, std::string_view> lines;
  std::string_view rest = paper.bytes;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Damaged(paper);
    const std::string_view line = rest.substr(0, end);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return Damaged(paper);
    lines.emplace(line.substr(0, space), line.substr(space + 1));
    rest.remove_prefix(end + 1);
  }
  const auto id = StatementId::FromHexText(paper.id);
  const auto digest = Digest::FromHexText(lines["digest"]);
  const auto matter = MatterId::FromHexText(lines["matter"]);
  const auto procedure = Digest::FromHexText(lines["procedure"]);
  const auto own_number = Number(lines["own_number"]);
  const auto number = Number(lines["number"]);
  if (!id || !digest || !matter || !procedure || !own_number || !number || paper.state < 1 ||
      paper.state > 4) {
    return Damaged(paper);
  }
  SentPaper read;
  read.version = paper.version;
  read.act = SentAct{*id,
                     *digest,
                     *matter,
                     *procedure,
                     std::string(lines["act"]),
                     lines["opens"] == "1",
                     static_cast<SentState>(paper.state),
                     *own_number,
                     *number,
                     std::string(lines["ruling"]),
                     std::string(lines["reason"]),
                     std::string(lines["error"])};
  return read;
}

absl::StatusOr<std::optional<SentPaper>> FindSent(store::Store& store, const StatementId& id) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kSentPaper, id.ToHexText()));
  if (!paper) return std::optional<SentPaper>();
  CHANCERY_ASSIGN_OR_RETURN(SentPaper read, ReadSentPaper(*paper));
  return std::optional<SentPaper>(std::move(read));
}

}  // namespace chancery::exchange
