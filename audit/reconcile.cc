#include "audit/reconcile.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <variant>

#include "audit/book.h"
#include "audit/words.h"
#include "engine/base/text.h"
#include "engine/codec/statement.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/slice.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::ordered_json;

// Clocks of two parties may differ by so much (docs/protocol.md, "Time").
constexpr std::int64_t kClockSkewMs = 5 * kMsPerMinute;

// What reconciling needs of one entry that stands in a party's own ledger.
struct Kept {
  std::string kind;
  Instant recorded_at;
  Digest leaf_hash;
  std::string stream;
  Digest statement;          // zero when the entry holds none
  PartyCode author;          // of the statement
  MatterId matter;           // that the statement is about
  bool of_the_author{true};  // false when an officer brought it in for the author
  bool is_ruled = false;     // an act, with a ruling
  bool is_shown = true;      // false: a slice has the hash of it alone
};

struct Received {
  std::uint64_t number = 0;  // of the entry that says so
  Instant recorded_at;
  codec::ReceivedBody body;
};

// One party's own ledger.
struct Ledger {
  PartyCode party;
  std::string origin;
  ledger::OriginParts parts;
  ledger::TreeHead tree;
  Shown shown;
  Instant end;                // when the last entry shown was recorded
  std::vector<Kept> entries;  // by number
  std::map<Digest, std::uint64_t> sealed;
  std::map<Digest, std::uint64_t> offered;  // the first time
  std::map<Digest, std::uint64_t> ruled;    // acts, and what was kept of an equivocation
  std::vector<Received> received;

  bool orders_acts() const { return !entries.empty() && entries.front().kind == "founded"; }
  Grounds At(std::uint64_t number) const {
    const Kept& kept = entries[static_cast<std::size_t>(number)];
    return {party, number, kept.kind,
            kept.is_shown ? std::optional(kept.recorded_at) : std::nullopt};
  }
};

absl::Status ReadStatementOf(ByteView bytes, Kept& kept) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement, codec::DecodeStatement(bytes));
  kept.statement = crypto::Sha256(bytes);
  kept.author = statement.act.author;
  kept.matter = statement.act.matter;
  return absl::OkStatus();
}

absl::Status Add(const FoundEntry& found, Ledger& into) {
  const codec::Entry& entry = found.entry;
  Kept kept{std::string(codec::NameOf(entry.kind)),
            entry.recorded_at,
            found.leaf_hash,
            entry.stream,
            {},
            {},
            {},
            true,
            false,
            true};
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body)) {
    CHANCERY_RETURN_IF_ERROR(ReadStatementOf(act->statement, kept));
    kept.of_the_author = act->bearer.IsNone();
    kept.is_ruled = true;
    into.ruled.emplace(kept.statement, found.number);
  } else if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
    CHANCERY_RETURN_IF_ERROR(ReadStatementOf(founded->statement, kept));
    kept.is_ruled = true;
    into.ruled.emplace(kept.statement, found.number);
  } else if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body)) {
    CHANCERY_RETURN_IF_ERROR(ReadStatementOf(second->statement, kept));
    into.ruled.emplace(kept.statement, found.number);
  } else if (const auto* sealed = std::get_if<codec::SealedBody>(&entry.body)) {
    CHANCERY_RETURN_IF_ERROR(ReadStatementOf(sealed->statement, kept));
    into.sealed.emplace(kept.statement, found.number);
  } else if (const auto* offered = std::get_if<codec::OfferedBody>(&entry.body)) {
    into.offered.emplace(offered->statement_digest, found.number);
  } else if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
    into.received.push_back({found.number, entry.recorded_at, *received});
  }
  into.end = entry.recorded_at;
  into.entries.push_back(std::move(kept));
  return absl::OkStatus();
}

// One that a slice does not show.
absl::Status AddHidden(const Digest& leaf_hash, Ledger& into) {
  Kept kept;
  kept.kind = "not shown";
  kept.leaf_hash = leaf_hash;
  kept.is_shown = false;
  into.entries.push_back(std::move(kept));
  return absl::OkStatus();
}

absl::StatusOr<Ledger> ReadLedger(const std::filesystem::path& folder) {
  Ledger read;
  CHANCERY_ASSIGN_OR_RETURN(
      const FoundLedger found,
      VisitEntries(
          folder, [&](const FoundEntry& entry) { return Add(entry, read); },
          [&](std::uint64_t, const Digest& leaf_hash) { return AddHidden(leaf_hash, read); }));
  const ledger::Checkpoint& checkpoint = found.checkpoint;
  read.shown = found.shown;
  const std::optional<ledger::OriginParts> parts = ledger::ParseOrigin(checkpoint.origin);
  if (!parts)
    return FailedPrecondition(folder.string() + ": its ledger is none of an agreement's parties");
  read.origin = checkpoint.origin;
  read.parts = *parts;
  read.party = parts->party;
  read.tree = checkpoint.tree;
  return read;
}

// "act by GRC", "act": whose statement an entry holds.
std::string Named(const Kept& kept) {
  return kept.author.IsNone() ? kept.kind : kept.kind + " by " + kept.author.ToText();
}

// The book that orders the acts and the book of one state.
class KeeperAndState {
 public:
  KeeperAndState(const Ledger& keeper, const Ledger& state, Reconciliation& into)
      : keeper_(keeper), state_(state), into_(into) {}

  void Run() {
    CompareReceived();
    CompareSealed();
    CompareRecorded();
    CompareReadable();
  }

  // Silence that the keeper's book counts against the state, while the state had sealed something
  // in the matter.
  void CompareSilence(const Book& book) {
    if (!keeper_.shown.ShowsAllFor(state_.party)) return;
    std::set<std::pair<std::uint64_t, Instant>> told;
    for (const BookAct& act : book.acts) {
      for (const procedure::Lapsed& lapsed : act.ruling.lapses) {
        const procedure::Matter* matter = book.replayer.matters().Find(lapsed.matter);
        if (matter == nullptr || DueIn(book, *matter, lapsed) != state_.party) continue;
        for (const auto& [digest, number] : state_.sealed) {
          const Kept& sealed = state_.entries[number];
          if (sealed.matter != lapsed.matter || sealed.recorded_at >= lapsed.at) continue;
          const auto recorded = keeper_.ruled.find(digest);
          const bool in_time = recorded != keeper_.ruled.end() &&
                               keeper_.entries[recorded->second].recorded_at < lapsed.at;
          if (in_time || !told.emplace(number, lapsed.at).second) continue;
          const auto offered = state_.offered.find(digest);
          const bool was_offered = offered != state_.offered.end() &&
                                   state_.entries[offered->second].recorded_at < lapsed.at;
          std::vector<Grounds> grounds = {state_.At(number)};
          if (was_offered) grounds.push_back(state_.At(offered->second));
          if (recorded != keeper_.ruled.end()) grounds.push_back(keeper_.At(recorded->second));
          grounds.push_back(keeper_.At(act.number));
          Tell("silence_was_none", Weight::kQuestion, was_offered ? keeper_.party : state_.party,
               "the limit behind " + lapsed.lapse + " counts as passed in silence at " +
                   Minute(lapsed.at) + " UTC, and " + state_.party.ToText() +
                   " had sealed an act in that matter before" +
                   (was_offered ? " and offered it" : " and had not offered it"),
               std::move(grounds));
        }
      }
    }
  }

 private:
  void Tell(std::string kind, Weight weight, PartyCode against, std::string what,
            std::vector<Grounds> grounds) {
    into_.differences.push_back(
        {std::move(kind), weight, against, std::move(what), std::move(grounds)});
  }

  static PartyCode DueIn(const Book& book, const procedure::Matter& matter,
                         const procedure::Lapsed& lapsed) {
    const auto* rules = book.replayer.procedures().Find(matter.procedure);
    if (rules == nullptr) return {};
    for (const procedure::Lapse& lapse : rules->terms().lapses) {
      if (lapse.name != lapsed.lapse) continue;
      std::optional<procedure::Role> due = lapse.due;
      if (!due && !lapse.from.empty()) {
        const procedure::StageRule* stage = rules->FindStage(lapse.matter, lapse.from.front());
        if (stage != nullptr) due = stage->due;
      }
      if (due == procedure::Role::kRequesting) return matter.requesting;
      if (due == procedure::Role::kRequested) return matter.requested;
    }
    return {};
  }

  void CompareReceived() {
    for (const Received& received : state_.received) {
      if (received.body.origin != keeper_.origin) continue;
      const Grounds receipt = state_.At(received.number);
      if (received.body.size > keeper_.tree.size || received.body.number >= keeper_.tree.size) {
        Tell("older_head", Weight::kQuestion, keeper_.party,
             "the folder ends at entry " + std::to_string(keeper_.tree.size) +
                 ", and its keeper had signed a head of " + std::to_string(received.body.size) +
                 " entries before it was made: ask for the newest",
             {receipt});
        continue;
      }
      const Kept& kept = keeper_.entries[received.body.number];
      if (kept.leaf_hash != received.body.leaf_hash) {
        Tell("receipt_contradicted", Weight::kProof, keeper_.party,
             "the keeper gave a receipt for another entry " + std::to_string(received.body.number) +
                 " than stands in its book",
             {receipt, keeper_.At(received.body.number)});
        continue;
      }
      ++into_.receipts_matched;
      if (kept.is_shown && received.recorded_at.ms + kClockSkewMs < kept.recorded_at.ms) {
        Tell("clocks_disagree", Weight::kQuestion, keeper_.party,
             "an entry was received more than five minutes before the moment at which it says it "
             "was recorded",
             {receipt, keeper_.At(received.body.number)});
      }
    }
  }

  void CompareSealed() {
    for (const auto& [digest, number] : state_.sealed) {
      const Kept& sealed = state_.entries[number];
      const auto recorded = keeper_.ruled.find(digest);
      if (recorded != keeper_.ruled.end()) {
        ++into_.acts_in_both;
        if (keeper_.entries[recorded->second].recorded_at.ms + kClockSkewMs <
            sealed.recorded_at.ms) {
          Tell("clocks_disagree", Weight::kQuestion, keeper_.party,
               "an act was recorded more than five minutes before the moment at which its author's "
               "book says it was sealed",
               {state_.At(number), keeper_.At(recorded->second)});
        }
        continue;
      }
      // What was sealed after the keeper's folder ends says nothing, nor does a slice of others,
      // which need not show it.
      if (sealed.recorded_at > keeper_.end || !keeper_.shown.ShowsAllFor(state_.party)) continue;
      const auto offered = state_.offered.find(digest);
      std::vector<Grounds> grounds = {state_.At(number)};
      if (offered != state_.offered.end()) grounds.push_back(state_.At(offered->second));
      Tell("sealed_not_recorded", Weight::kQuestion,
           offered != state_.offered.end() ? keeper_.party : state_.party,
           offered != state_.offered.end()
               ? "an act was sealed and offered and never recorded: it was turned away at the "
                 "door, did not arrive, or was withheld"
               : "an act was sealed and neither offered nor recorded: it still waits, or was never "
                 "sent",
           std::move(grounds));
    }
  }

  void CompareRecorded() {
    for (std::uint64_t number = 0; number < keeper_.entries.size(); ++number) {
      const Kept& kept = keeper_.entries[number];
      if (!kept.is_ruled || kept.author != state_.party || state_.sealed.contains(kept.statement))
        continue;
      const bool covered = kept.recorded_at <= state_.end;
      Tell("recorded_not_sealed",
           covered && kept.of_the_author ? Weight::kProof : Weight::kQuestion, state_.party,
           covered ? "an act stands recorded under the author's seal, and the author's own book "
                     "does not hold that it was sealed"
                   : "an act stands recorded after the author's folder ends: ask for the newest",
           {keeper_.At(number)});
    }
  }

  // Everything the state may read, from the first to the newest it has received.
  void CompareReadable() {
    std::set<std::uint64_t> received;
    for (const Received& one : state_.received) {
      if (one.body.origin == keeper_.origin) received.insert(one.body.number);
    }
    if (received.empty()) return;
    for (std::uint64_t number = *received.begin(); number < *received.rbegin(); ++number) {
      if (number >= keeper_.entries.size()) return;
      const Kept& kept = keeper_.entries[number];
      if (!kept.is_ruled || !ledger::IsReadBy(kept.stream, state_.party) ||
          received.contains(number))
        continue;
      Tell("not_received", Weight::kQuestion, keeper_.party,
           Named(kept) + " was for " + state_.party.ToText() +
               " to read, and its book holds later entries and not this one: it was withheld, or "
               "not collected",
           {keeper_.At(number)});
    }
  }

  const Ledger& keeper_;
  const Ledger& state_;
  Reconciliation& into_;
};

// What one keeper showed two states.
void CompareShown(const Ledger& one, const Ledger& other, Reconciliation& into) {
  std::map<std::pair<std::string, std::uint64_t>, const Received*> by_entry;
  std::map<std::pair<std::string, std::uint64_t>, const Received*> by_head;
  for (const Received& received : one.received) {
    by_entry.emplace(std::pair(received.body.origin, received.body.number), &received);
    by_head.emplace(std::pair(received.body.origin, received.body.size), &received);
  }
  const auto against = [](const std::string& origin) {
    const auto parts = ledger::ParseOrigin(origin);
    return parts ? parts->party : PartyCode{};
  };
  std::set<std::pair<std::string, std::uint64_t>> told;
  for (const Received& received : other.received) {
    const auto entry = by_entry.find({received.body.origin, received.body.number});
    if (entry != by_entry.end()) {
      if (entry->second->body.leaf_hash == received.body.leaf_hash) {
        ++into.receipts_matched;
      } else {
        into.differences.push_back({"shown_differently",
                                    Weight::kProof,
                                    against(received.body.origin),
                                    "the keeper gave the two states different entries " +
                                        std::to_string(received.body.number),
                                    {one.At(entry->second->number), other.At(received.number)}});
      }
    }
    const auto head = by_head.find({received.body.origin, received.body.size});
    if (head != by_head.end() && head->second->body.root != received.body.root &&
        told.emplace(received.body.origin, received.body.size).second) {
      into.differences.push_back({"shown_differently",
                                  Weight::kProof,
                                  against(received.body.origin),
                                  "the keeper signed two heads of " +
                                      std::to_string(received.body.size) +
                                      " entries, one for each of the two states",
                                  {one.At(head->second->number), other.At(received.number)}});
    }
  }
}

// The heads under which the state checked its receipts are heads of the keeper's tree.
void CompareHeads(const Ledger& keeper, const Ledger& state, Reconciliation& into) {
  std::map<std::uint64_t, std::vector<const Received*>> by_size;
  for (const Received& received : state.received) {
    if (received.body.origin == keeper.origin && received.body.size <= keeper.tree.size)
      by_size[received.body.size].push_back(&received);
  }
  ledger::CompactRange range;
  for (std::uint64_t size = 1; size <= keeper.entries.size(); ++size) {
    range.Append(keeper.entries[size - 1].leaf_hash);
    const auto at = by_size.find(size);
    if (at == by_size.end()) continue;
    const Digest root = range.Root();
    for (const Received* received : at->second) {
      if (received->body.root == root) continue;
      into.differences.push_back({"head_contradicted",
                                  Weight::kProof,
                                  keeper.party,
                                  "the keeper signed a head of " + std::to_string(size) +
                                      " entries that is not the head of its book",
                                  {state.At(received->number), keeper.At(size - 1)}});
      break;
    }
  }
}

}  // namespace

std::string_view NameOf(Weight weight) {
  switch (weight) {
    case Weight::kProof:
      return "proof";
    case Weight::kQuestion:
      return "question";
  }
  return {};
}

absl::StatusOr<Reconciliation> Reconcile(const std::filesystem::path& one_folder,
                                         const std::filesystem::path& other_folder) {
  CHANCERY_ASSIGN_OR_RETURN(const Ledger one, ReadLedger(one_folder));
  CHANCERY_ASSIGN_OR_RETURN(const Ledger other, ReadLedger(other_folder));
  if (one.parts.agreement != other.parts.agreement || one.parts.realm != other.parts.realm) {
    return FailedPrecondition(
        "the two books are of different agreements or realms: there is nothing to compare");
  }
  if (one.party == other.party) {
    return FailedPrecondition(
        "both books are those of " + one.party.ToText() +
        ": give the books of two parties. A head of one is held against the other with contradict");
  }
  Reconciliation into;
  into.one = one.party;
  into.other = other.party;
  if (one.orders_acts() == other.orders_acts()) {
    CompareShown(one, other, into);
    return into;
  }
  const bool first = one.orders_acts();
  const Ledger& keeper = first ? one : other;
  const Ledger& state = first ? other : one;
  into.shown = keeper.shown;
  CompareHeads(keeper, state, into);
  KeeperAndState pair(keeper, state, into);
  pair.Run();
  CHANCERY_ASSIGN_OR_RETURN(const Book book, ReadBook(first ? one_folder : other_folder));
  pair.CompareSilence(book);
  std::stable_sort(into.differences.begin(), into.differences.end(),
                   [](const Difference& a, const Difference& b) { return a.weight < b.weight; });
  return into;
}

std::string ToText(const Difference& difference) {
  std::string text = difference.weight == Weight::kProof ? "PROOF against " : "QUESTION to ";
  text += difference.against.ToText() + ": " + difference.what + "  (";
  for (std::size_t i = 0; i < difference.grounds.size(); ++i) {
    const Grounds& grounds = difference.grounds[i];
    text += (i == 0 ? "" : "; ") + grounds.book.ToText() + " entry " +
            std::to_string(grounds.number) + ", " + grounds.kind;
    if (grounds.recorded_at) text += ", " + Minute(*grounds.recorded_at);
  }
  return text + ")";
}

std::string ToText(const Reconciliation& reconciliation) {
  std::string text;
  for (const Difference& difference : reconciliation.differences) text += ToText(difference) + "\n";
  text += reconciliation.one.ToText() + " and " + reconciliation.other.ToText() + ": " +
          std::to_string(reconciliation.acts_in_both) + " acts in both books, " +
          std::to_string(reconciliation.receipts_matched) + " receipts match, " +
          std::to_string(reconciliation.differences.size()) + " differences\n";
  if (!reconciliation.shown.whole()) {
    text += "NOT SAID: anything of what is not shown: one of the books is " +
            ToText(reconciliation.shown) + "; " +
            (reconciliation.shown.ShowsAllFor(reconciliation.one) ||
                     reconciliation.shown.ShowsAllFor(reconciliation.other)
                 ? "their hashes were compared with the receipts.\n"
                 : "their hashes were compared with the receipts, and whether the other party's "
                   "acts were recorded is not told from another's slice.\n");
  }
  return text;
}

std::string ToJson(const Reconciliation& reconciliation) {
  Json differences = Json::array();
  for (const Difference& difference : reconciliation.differences) {
    Json grounds = Json::array();
    for (const Grounds& one : difference.grounds) {
      grounds.push_back({{"book", one.book.ToText()}, {"entry", one.number}, {"kind", one.kind}});
      if (one.recorded_at) grounds.back()["recorded_at"] = ToText(*one.recorded_at);
    }
    differences.push_back({{"kind", difference.kind},
                           {"weight", NameOf(difference.weight)},
                           {"against", difference.against.ToText()},
                           {"what", difference.what},
                           {"entries", grounds}});
  }
  Json json = {{"one", reconciliation.one.ToText()},
               {"other", reconciliation.other.ToText()},
               {"acts_in_both", reconciliation.acts_in_both},
               {"receipts_matched", reconciliation.receipts_matched},
               {"differences", differences}};
  AddTo(json, reconciliation.shown);
  return json.dump(2) + "\n";
}

}  // namespace chancery::audit
