#include "engine/exchange/collect_received.h"

#include <charconv>
#include <string>
#include <utility>
#include <variant>

#include "engine/codec/act_json.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/outbox_record.h"
#include "engine/exchange/relied.h"

namespace chancery::exchange {

namespace {

absl::StatusOr<ReceivedEntry> ReadPaper(const store::Paper& paper) {
  const absl::Status damaged =
      DataLoss("received entry " + paper.id + " cannot be read: restore the store from a backup");
  ReceivedEntry read;
  const char* const id_end = paper.id.data() + paper.id.size();
  if (std::from_chars(paper.id.data(), id_end, read.number).ptr != id_end) return damaged;
  std::size_t size = 0;
  const char* const end = paper.bytes.data() + paper.bytes.size();
  const auto [after, error] = std::from_chars(paper.bytes.data(), end, size);
  if (error != std::errc() || after == end || *after != '\n' ||
      static_cast<std::size_t>(end - after - 1) < size) {
    return damaged;
  }
  read.entry.assign(after + 1, size);
  read.proof.assign(after + 1 + size, end);
  return read;
}

absl::Status MarkRecorded(store::Store& store, const procedure::Act& act, const ProvenEntry& proven,
                          store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(std::optional<SentPaper> sent, FindSent(store, act.id));
  // An own act that another office sealed and an officer brought in was never in this outbox.
  if (!sent) return absl::OkStatus();
  sent->act.state = SentState::kRecorded;
  sent->act.number = proven.number;
  const procedure::Ruling* ruling = RulingIn(proven.entry);
  sent->act.ruling = ruling == nullptr ? std::string() : codec::Summary(*ruling);
  rows.papers.push_back(ChangeOf(*sent));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> deliveries,
                            store.FindDeliveriesOf(act.id));
  for (const store::Delivery& delivery : deliveries) {
    if (delivery.state == store::DeliveryState::kAnswered) continue;
    rows.delivery_marks.push_back({delivery.sequence, store::DeliveryState::kAnswered,
                                   delivery.attempts + 1, delivery.what.next_attempt_at, Bytes()});
  }
  return absl::OkStatus();
}

absl::StatusOr<codec::ReceivedBody> ReceivedIn(ByteView entry_bytes, std::uint64_t number) {
  CHANCERY_ASSIGN_OR_RETURN(codec::Entry entry, codec::DecodeEntry(entry_bytes));
  auto* received = std::get_if<codec::ReceivedBody>(&entry.body);
  if (received == nullptr)
    return DataLoss("entry " + std::to_string(number) + " of the own ledger is not `received`");
  return std::move(*received);
}

absl::StatusOr<codec::ReceivedBody> ReadReceived(store::Store& store,
                                                 const store::StatementRow& row) {
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, store.ReadEntry(row.entry));
  return ReceivedIn(stored.bytes, row.entry);
}

// What was received under that key before: in the store, or in this group, since an act's receipt
// and the act itself as it is collected may come at the same time.
absl::StatusOr<std::optional<codec::ReceivedBody>> EarlierReceived(store::Store& store,
                                                                   const store::StatementKey& key,
                                                                   LedgerKeeper::Group& group) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> stored,
                            store.FindStatement(key));
  std::optional<codec::ReceivedBody> earlier;
  if (stored) {
    CHANCERY_ASSIGN_OR_RETURN(earlier, ReadReceived(store, *stored));
    return earlier;
  }
  const store::Commit& rows = group.rows();
  for (const store::StatementRow& row : rows.statements) {
    if (row.key != key) continue;
    const std::uint64_t first = group.next_number() - rows.entries.size();
    CHANCERY_ASSIGN_OR_RETURN(earlier,
                              ReceivedIn(rows.entries[row.entry - first].bytes, row.entry));
    return earlier;
  }
  return earlier;
}

// The received entry written before must be about the same leaf.
absl::Status CheckSameLeaf(const codec::ReceivedBody& received, const Digest& digest,
                           const ProvenEntry& proven) {
  if (received.number == proven.number && received.leaf_hash == proven.leaf_hash &&
      received.statement_digest == digest) {
    return absl::OkStatus();
  }
  return WithReason(
      PermissionDenied("the ministry's ledger shows an act at entry " +
                       std::to_string(proven.number) + " that it has receipted as entry " +
                       std::to_string(received.number)),
      kLedgerForked);
}

}  // namespace

std::string NumberedPaperId(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(20 - digits.size(), '0') + digits;
}

Bytes ShownAs(ByteView entry, ByteView proof) {
  return std::to_string(entry.size()) + "\n" + Bytes(entry) + Bytes(proof);
}

Bytes ShownAs(const ProvenEntry& proven) { return ShownAs(proven.bytes, proven.receipt); }

absl::Status KeepReceived(store::Store& store, const StateParty& party, const procedure::Act& act,
                          const Digest& digest, const ProvenEntry& proven,
                          LedgerKeeper::Group& group) {
  const store::StatementKey key{kUseReceived, act.author, act.id};
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<codec::ReceivedBody> earlier,
                            EarlierReceived(store, key, group));
  if (earlier) return CheckSameLeaf(*earlier, digest, proven);

  codec::ReceivedBody body;
  body.origin = party.keeper_origin();
  body.number = proven.number;
  body.leaf_hash = proven.leaf_hash;
  body.statement_digest = digest;
  body.size = proven.tree.size;
  body.root = proven.tree.root;
  CHANCERY_ASSIGN_OR_RETURN(const AppendedEntry appended,
                            group.Append(party.self.ToText(), std::move(body)));
  store::Commit& rows = group.rows();
  rows.statements.push_back({key, digest, appended.number});
  rows.papers.push_back(
      {std::string(kReceivedPaper), NumberedPaperId(proven.number), 0, false, 0, ShownAs(proven)});
  if (act.author == party.self) return MarkRecorded(store, act, proven, rows);
  return absl::OkStatus();
}

absl::StatusOr<Bytes> HeldAgainst(store::Store& store, const procedure::Act& act,
                                  const ProvenEntry& proven) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReliedHead> head,
                            FindRelied(store, proven.tree.size));
  if (head && head->tree != proven.tree) return head->note;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> earlier,
                            store.FindStatement({kUseReceived, act.author, act.id}));
  if (!earlier) return Bytes();
  CHANCERY_ASSIGN_OR_RETURN(const codec::ReceivedBody received, ReadReceived(store, *earlier));
  return FindShown(store, received.number);
}

absl::Status KeepProof(LedgerKeeper& keeper, const ProvenEntry& proven) {
  store::Store& store = keeper.store();
  store::Commit rows;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReliedHead> head,
                            FindRelied(store, proven.tree.size));
  if (const auto heads =
          head ? ledger::ConvictionOfHeads(head->note, proven.checkpoint, {}) : std::nullopt) {
    CHANCERY_RETURN_IF_ERROR(KeepConviction(store, *heads, rows));
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kReceivedPaper, NumberedPaperId(proven.number)));
  if (paper) {
    CHANCERY_ASSIGN_OR_RETURN(const ReceivedEntry held, ReadPaper(*paper));
    if (held.entry != proven.bytes) {
      CHANCERY_RETURN_IF_ERROR(KeepConviction(store,
                                              {ledger::ConvictionKind::kLeaves,
                                               held.proof,
                                               proven.receipt,
                                               {},
                                               held.entry,
                                               proven.bytes},
                                              rows));
    }
  }
  return rows.papers.empty() ? absl::OkStatus() : keeper.Apply(rows);
}

absl::StatusOr<Bytes> FindShown(store::Store& store, std::uint64_t number) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kReceivedPaper, NumberedPaperId(number)));
  return paper ? paper->bytes : Bytes();
}

absl::StatusOr<std::vector<ReceivedEntry>> ListReceived(store::Store& store,
                                                        std::optional<std::uint64_t> after,
                                                        std::size_t limit) {
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<store::Paper> papers,
      store.ListPapers(kReceivedPaper, std::nullopt,
                       after ? NumberedPaperId(*after) : std::string(), limit));
  std::vector<ReceivedEntry> read;
  for (const store::Paper& paper : papers) {
    CHANCERY_ASSIGN_OR_RETURN(ReceivedEntry entry, ReadPaper(paper));
    read.push_back(std::move(entry));
  }
  return read;
}

}  // namespace chancery::exchange
