#include "engine/exchange/check_book.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/codec/act_json.h"
#include "engine/codec/envelope.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/row_names.h"
#include "engine/exchange/witnessing.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/receipt.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;
constexpr std::string_view kHoldsElse = "it is not what the entry makes of it";

std::string KeyText(int use, PartyCode author, const StatementId& id) {
  return std::to_string(use) + " " + author.ToText() + " " + id.ToHexText();
}

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The store cannot be read at all, for a reason that says nothing about what is in it.
bool IsAway(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

}  // namespace

void CheckFindings::Tell(std::string_view table, std::string_view row, std::string_view what,
                         std::string_view remedy) {
  if (report_.finding_count++ >= CheckReport::kMaxNamed) return;
  report_.findings.push_back(
      {std::string(table), std::string(row), std::string(what), std::string(remedy)});
}

absl::StatusOr<ledger::TreeHead> CheckKeptNote(ByteView note, std::string_view origin,
                                               const std::vector<ledger::NoteKey>& keys) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  if (ledger::FormatNote(parsed) != note) return DataLoss("the note is not written as it is read");
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(parsed.text));
  if (checkpoint.origin != origin) return DataLoss("it is a checkpoint of " + checkpoint.origin);
  bool by_log = false;
  for (const ledger::NoteSignature& line : parsed.signatures) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::VerifiedSignature> verified,
                              ledger::VerifyNote({parsed.text, {line}}, keys));
    by_log = by_log || (verified.front().key.name() == origin &&
                        verified.front().key.algorithm() == ledger::NoteAlgorithm::kEd25519);
  }
  if (!by_log) return DataLoss("the log's own line is missing");
  return checkpoint.tree;
}

BookCheck::BookCheck(store::Store& store, const CheckParts& parts, const ledger::KeyBook& key_book,
                     CheckReport& report)
    : store_(store),
      parts_(parts),
      report_(report),
      findings_(report),
      seals_(parts.certificates.Lookup()),
      key_book_(key_book),
      replayer_(parts.procedures) {
  keys_ = key_book.AllLogs();
  for (const ledger::NoteKey& key : key_book.AllWitnesses()) keys_.push_back(key);
  keys_.push_back(parts.log_key);
}

absl::Status BookCheck::Run() {
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store_.ReadHead());
  for (std::uint64_t first = 0; first < head.tree.size; first += kPage) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              store_.ReadEntries(first, kPage));
    for (const store::StoredEntry& stored : page) {
      if (stored.number >= head.tree.size) break;
      ++report_.entries;
      CHANCERY_RETURN_IF_ERROR(CheckEntry(stored));
    }
  }
  if (head.recorded_at != last_recorded_)
    Tell("head", "", "it was recorded at another time than the last entry");
  CHANCERY_RETURN_IF_ERROR(CheckStreams());
  if (!IsKeeper()) CHANCERY_RETURN_IF_ERROR(ReplayReceived());
  for (const auto& [matter, row] : missing_) {
    if (erased_.contains(matter)) continue;
    findings_.Tell("particulars", row, "those an act commits to are missing",
                   "restore the store from a backup, or ask the act's author for them");
  }
  for (const auto& [matter, row] : kept_) {
    if (erased_.contains(matter)) Tell("particulars", row, "their erasure is in the ledger");
  }
  return CheckMatters();
}

absl::Status BookCheck::CheckEntry(const store::StoredEntry& stored) {
  const std::string row = EntryRow(stored.number);
  const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(stored.bytes);
  if (!entry.ok()) {
    Tell("entry", row, Message(entry.status()));
    return absl::OkStatus();
  }
  if (entry->stream != stored.stream || entry->position != stored.position)
    Tell("entry", row, "its stream or position is not the stored one");
  if (entry->recorded_at < last_recorded_)
    Tell("entry", row, "recorded before the entry before it");
  last_recorded_ = entry->recorded_at;
  if (const auto* head = std::get_if<codec::StreamHeadBody>(&entry->body)) {
    CHANCERY_RETURN_IF_ERROR(CheckStreamHead(stored, *head));
  } else if (const auto* sealed = std::get_if<codec::SealedBody>(&entry->body);
             sealed != nullptr && !IsKeeper()) {
    const std::optional<VerifiedStatement> verified =
        Read(stored.number, sealed->statement, sealed->seal);
    if (verified) {
      CHANCERY_RETURN_IF_ERROR(CheckOutbox(stored, *entry, *sealed, *verified));
      NoteNamed(verified->statement.act, entry->recorded_at);
    }
  } else if (const auto* offered = std::get_if<codec::OfferedBody>(&entry->body);
             offered != nullptr && !IsKeeper()) {
    CHANCERY_RETURN_IF_ERROR(CheckStatementRow(kUseOffered, store_.identity().party,
                                               offered->statement_id, offered->statement_digest,
                                               stored.number));
  } else if (const auto* received = std::get_if<codec::ReceivedBody>(&entry->body);
             received != nullptr && !IsKeeper()) {
    CHANCERY_RETURN_IF_ERROR(CheckReceived(stored, *received));
  } else if (const std::optional<SealedStatement> act = StatementOf(*entry); act && IsKeeper()) {
    const std::optional<VerifiedStatement> verified =
        Read(stored.number, act->statement, act->seal);
    if (verified) {
      const procedure::Ruling* ruling = RulingIn(*entry);
      CHANCERY_RETURN_IF_ERROR(CheckStatementRow(
          ruling == nullptr ? kUseEquivocation : kUseAct, verified->statement.act.author,
          verified->statement.act.id, verified->digest, stored.number));
      if (ruling != nullptr) {
        Rule("entry", stored.number, *entry, *verified, *ruling);
        CHANCERY_RETURN_IF_ERROR(CheckParticulars(*verified, ruling->admitted(), false));
        if (ruling->admitted()) NoteNamed(verified->statement.act, entry->recorded_at);
      }
    }
  } else {
    Tell("entry", row, "it is of a kind that only another party's ledger holds");
  }
  Stream& stream = streams_[stored.stream];
  stream.position = stored.position;
  stream.leaf = stored.leaf_hash;
  return absl::OkStatus();
}

absl::Status BookCheck::CheckStreamHead(const store::StoredEntry& stored,
                                        const codec::StreamHeadBody& head) {
  Stream& stream = streams_[stored.stream];
  const bool follows = stored.position == 0 ? head.first
                                            : !head.first && head.position == stream.position &&
                                                  head.leaf_hash == stream.leaf;
  if (!follows || (stream.day && *stream.day >= head.day))
    Tell("entry", EntryRow(stored.number), "it does not open the next day of its stream");
  stream.day = head.day;
  return absl::OkStatus();
}

absl::Status BookCheck::CheckStreams() {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StreamState> states, store_.ListStreams());
  for (const store::StreamState& state : states) {
    const auto found = streams_.find(state.stream);
    if (found == streams_.end() || found->second.day != state.head_day ||
        found->second.position + 1 != state.next_position)
      Tell("stream", state.stream, "it is not what the entries make of it");
  }
  if (states.size() != streams_.size()) Tell("stream", "", "not the streams of the entries");
  return absl::OkStatus();
}

absl::Status BookCheck::CheckStatementRow(int use, PartyCode author, const StatementId& id,
                                          const Digest& digest, std::uint64_t number) {
  ++expected_.statements;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> row,
                            store_.FindStatement({use, author, id}));
  if (!row) {
    Tell("statement", KeyText(use, author, id),
         "entry " + EntryRow(number) + " has it, and here it is missing");
  } else if (row->digest != digest || row->entry != number) {
    Tell("statement", KeyText(use, author, id), kHoldsElse);
  }
  return absl::OkStatus();
}

std::optional<VerifiedStatement> BookCheck::Read(std::uint64_t number, ByteView statement,
                                                 ByteView seal) {
  const auto signers = seals_.Verify(statement, seal);
  if (!signers.ok()) {
    Tell("entry", EntryRow(number), Message(signers.status()));
    return std::nullopt;
  }
  absl::StatusOr<codec::Statement> read = codec::DecodeStatement(statement);
  if (!read.ok()) {
    Tell("entry", EntryRow(number), Message(read.status()));
    return std::nullopt;
  }
  VerifiedStatement verified{*std::move(read), crypto::Sha256(statement), {}};
  for (const crypto::VerifiedSigner& signer : *signers)
    verified.signers.push_back(signer.certificate);
  std::sort(verified.signers.begin(), verified.signers.end());
  return verified;
}

void BookCheck::Rule(std::string_view table, std::uint64_t number, const codec::Entry& entry,
                     const VerifiedStatement& verified, const procedure::Ruling& ruling) {
  ++report_.acts;
  const absl::StatusOr<procedure::RecordedAct> recorded =
      RecordedActOf(number, entry, verified, key_book_);
  if (!recorded.ok()) {
    Tell(table, EntryRow(number), Message(recorded.status()));
    return;
  }
  const procedure::Stepped stepped = replayer_.Add(*recorded);
  if (stepped.ruling != ruling)
    Tell(table, EntryRow(number), "the ruling is not the one the core comes to");
  if (procedure::StreamOf(stepped.readers, parts_.keeper) != entry.stream)
    Tell(table, EntryRow(number), "it stands in another stream than its readers'");
  if (Erases(verified.statement.act, ruling)) erased_.insert(verified.statement.act.matter);
}

absl::Status BookCheck::CheckOutbox(const store::StoredEntry& stored, const codec::Entry& entry,
                                    const codec::SealedBody& sealed,
                                    const VerifiedStatement& verified) {
  const procedure::Act& act = verified.statement.act;
  const PartyCode self = store_.identity().party;
  const std::string name = act.id.ToHexText();
  if (act.author != self)
    Tell("entry", EntryRow(stored.number), "it seals an act of another party");
  CHANCERY_RETURN_IF_ERROR(
      CheckStatementRow(kUseSealed, act.author, act.id, verified.digest, stored.number));

  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> offered,
                            store_.FindStatement({kUseOffered, self, act.id}));
  if (offered && offered->digest != verified.digest)
    Tell("statement", KeyText(kUseOffered, self, act.id), "another statement was sealed");
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> received,
                            store_.FindStatement({kUseReceived, self, act.id}));

  // The record of the act.
  ++expected_.papers[std::string(kSentPaper)];
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store_.FindPaper(kSentPaper, name));
  if (!paper) {
    Tell("paper", "sent " + name, "the record of a sealed act is missing");
    return absl::OkStatus();
  }
  const absl::StatusOr<SentPaper> sent = ReadSentPaper(*paper);
  if (!sent.ok()) {
    Tell("paper", "sent " + name, Message(sent.status()));
    return absl::OkStatus();
  }
  SentPaper expected = *sent;  // what another side said, and whether it opened, stay as they are
  expected.act.digest = verified.digest;
  expected.act.matter = act.matter;
  expected.act.procedure = act.procedure;
  expected.act.act = procedure::FindAct(act.kind)->name;
  expected.act.own_number = stored.number;
  expected.act.number = 0;
  expected.act.ruling.clear();
  if (received) {
    expected.act.state = SentState::kRecorded;
    const absl::StatusOr<store::StoredEntry> own = store_.ReadEntry(received->entry);
    const absl::StatusOr<codec::Entry> own_entry =
        own.ok() ? codec::DecodeEntry(own->bytes) : absl::StatusOr<codec::Entry>(own.status());
    const auto* body =
        own_entry.ok() ? std::get_if<codec::ReceivedBody>(&own_entry->body) : nullptr;
    if (body != nullptr) {
      expected.act.number = body->number;
      CHANCERY_ASSIGN_OR_RETURN(
          const std::vector<ReceivedEntry> shown,
          ListReceived(store_, body->number == 0 ? std::nullopt : std::optional(body->number - 1),
                       1));
      const auto given = shown.empty() ? absl::StatusOr<codec::Entry>(DataLoss("missing"))
                                       : codec::DecodeEntry(shown[0].entry);
      const procedure::Ruling* ruling = given.ok() ? RulingIn(*given) : nullptr;
      if (ruling != nullptr) expected.act.ruling = codec::Summary(*ruling);
    }
  } else if (expected.act.state != SentState::kTurnedAway) {
    expected.act.state = offered ? SentState::kOffered : SentState::kWaiting;
  }
  const bool turned_away = !expected.act.reason.empty() || !expected.act.error.empty();
  if (!received && turned_away != (expected.act.state == SentState::kTurnedAway))
    Tell("paper", "sent " + name, "it says why an act was turned away that was not, or not why");
  const store::PaperChange change = ChangeOf(expected);
  if (change.bytes != paper->bytes || change.state != paper->state)
    Tell("paper", "sent " + name, kHoldsElse);
  if (sent->act.opens) expected_.opened[act.matter.ToHexText()] = act.procedure;

  // Its way out.
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> deliveries,
                            store_.FindDeliveriesOf(act.id));
  if (deliveries.size() != 1) {
    Tell("delivery", "of act " + name, "an act is delivered once");
    return absl::OkStatus();
  }
  ++expected_.deliveries;
  const store::Delivery& delivery = deliveries[0];
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> envelope,
                            codec::EncodeEnvelope({sealed.statement, sealed.seal, Bytes(), {}}));
  const bool answered =
      expected.act.state == SentState::kRecorded || expected.act.state == SentState::kTurnedAway;
  if (!answered && !expected_.first_waiting) expected_.first_waiting = stored.number;
  CHANCERY_RETURN_IF_ERROR(CheckParticulars(verified, true, !answered));
  const store::DeliveryState state = answered  ? store::DeliveryState::kAnswered
                                     : offered ? store::DeliveryState::kSent
                                               : store::DeliveryState::kWaiting;
  // A mark says that an attempt was made; it never moves the time.
  const int attempts = (answered ? 1 : 0) + (offered ? 1 : 0);
  const store::Delivery made{
      delivery.sequence,
      {parts_.keeper, kDeliverAct, envelope.Reveal(), act.id, verified.digest, entry.recorded_at},
      state,
      attempts,
      {}};
  const bool grows = delivery.sequence > last_sequence_ &&
                     delivery.sequence <= std::numeric_limits<std::int64_t>::max();
  if (made != delivery || !grows) Tell("delivery", std::to_string(delivery.sequence), kHoldsElse);
  last_sequence_ = delivery.sequence;
  return absl::OkStatus();
}

absl::Status BookCheck::CheckReceived(const store::StoredEntry& stored,
                                      const codec::ReceivedBody& received) {
  const std::string row = EntryRow(stored.number);
  const std::string number = std::to_string(received.number);
  ++expected_.papers[std::string(kReceivedPaper)];
  expected_.proven_under.emplace(received.size, received.root);
  CHANCERY_ASSIGN_OR_RETURN(const Bytes shown, FindShown(store_, received.number));
  if (shown.empty()) {
    Tell("paper", "received " + number, "an entry that was received is missing");
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<ReceivedEntry>> read = ListReceived(
      store_, received.number == 0 ? std::nullopt : std::optional(received.number - 1), 1);
  if (!read.ok() && IsAway(read.status())) return read.status();
  if (!read.ok() || read->empty() || ShownAs(read->front().entry, read->front().proof) != shown) {
    Tell("paper", "received " + number, "it cannot be read");
    return absl::OkStatus();
  }
  const ReceivedEntry& kept = read->front();
  if (ledger::LeafHash(kept.entry) != received.leaf_hash) {
    Tell("paper", "received " + number, "it is another entry than the own ledger says");
    return absl::OkStatus();
  }
  const auto origin = parts_.anchor.logs.find(parts_.keeper);
  const absl::StatusOr<ledger::Receipt> receipt = ledger::ParseReceipt(kept.proof);
  const absl::StatusOr<ledger::TreeHead> tree =
      !receipt.ok() ? absl::StatusOr<ledger::TreeHead>(receipt.status())
      : origin == parts_.anchor.logs.end()
          ? absl::StatusOr<ledger::TreeHead>(DataLoss("the anchor names no such log"))
          : CheckKeptNote(receipt->checkpoint, origin->second.name(), keys_);
  if (!tree.ok() || ledger::FormatReceipt(*receipt) != kept.proof ||
      receipt->entry != received.number ||
      *tree != ledger::TreeHead{received.size, received.root} ||
      !ledger::VerifyInclusion(received.number, received.size, received.leaf_hash,
                               receipt->inclusion_proof, received.root)) {
    Tell("paper", "received " + number, "its receipt does not prove it");
  }
  const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(kept.entry);
  const std::optional<SealedStatement> sealed =
      entry.ok() ? StatementOf(*entry) : std::optional<SealedStatement>();
  const absl::StatusOr<codec::Statement> statement =
      sealed ? codec::DecodeStatement(sealed->statement)
             : absl::StatusOr<codec::Statement>(DataLoss("no statement"));
  if (!statement.ok() || crypto::Sha256(sealed->statement) != received.statement_digest) {
    Tell("entry", row, "what was received is not the act it says");
    return absl::OkStatus();
  }
  return CheckStatementRow(kUseReceived, statement->act.author, statement->act.id,
                           received.statement_digest, stored.number);
}

void BookCheck::NoteNamed(const procedure::Act& act, Instant recorded_at) {
  for (const Digest& digest : AttachmentsOf(act))
    expected_.named[{act.matter, digest}] = recorded_at;
}

absl::Status BookCheck::CheckParticulars(const VerifiedStatement& verified, bool must_be_there,
                                         bool on_its_way) {
  const procedure::Act& act = verified.statement.act;
  const std::string row = verified.digest.ToHexText() + " " + act.addressee.ToText();
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                            store_.FindParticulars(verified.digest));
  if (!act.commitment) return absl::OkStatus();  // what is there nevertheless is counted
  if (rows.empty()) {
    // Whether they were erased is known at the end.
    if (must_be_there) missing_.emplace_back(act.matter, row);
    return absl::OkStatus();
  }
  expected_.particulars += 1;
  // What comes with an act in an erased case is kept until it is answered.
  if (!on_its_way) kept_.emplace_back(act.matter, row);
  if (rows.size() != 1 || rows[0].reader != act.addressee.view() || rows[0].matter != act.matter) {
    Tell("particulars", row, "they are kept under another reader or matter than their act's");
    return absl::OkStatus();
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<Bytes> key, store_.FindWrappedKey(act.matter));
  if (!key) {
    Tell("wrapped_key", act.matter.ToHexText(), "the key of particulars that are kept is missing");
    return absl::OkStatus();
  }
  if (parts_.vault == nullptr) return absl::OkStatus();
  const absl::StatusOr<std::vector<Item>> items =
      parts_.vault->DecryptRow(rows[0], act.author, act.addressee);
  if (!items.ok()) {
    if (IsAway(items.status())) return items.status();
    Tell("particulars", row, "they cannot be opened with this node's key");
  } else if (!CheckCommitment(act, *items).ok()) {
    Tell("particulars", row, "they are not those the act commits to");
  } else {
    ++report_.particulars_opened;
  }
  return absl::OkStatus();
}

// A state's matters follow what it collected, in the ministry's order.
absl::Status BookCheck::ReplayReceived() {
  std::map<std::string, std::uint64_t> next_in;
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> positions,
                            store_.ListPapers(kStreamPaper, std::nullopt, "", 100'000));
  for (const store::Paper& paper : positions) {
    std::uint64_t next = 0;
    std::from_chars(paper.bytes.data(), paper.bytes.data() + paper.bytes.size(), next);
    next_in[paper.id] = next;
  }
  std::optional<std::uint64_t> after;
  for (;;) {
    const absl::StatusOr<std::vector<ReceivedEntry>> page = ListReceived(store_, after, kPage);
    if (!page.ok()) {
      if (IsAway(page.status())) return page.status();
      Tell("paper", "received", Message(page.status()));
      return absl::OkStatus();
    }
    if (page->empty()) return absl::OkStatus();
    after = page->back().number;
    for (const ReceivedEntry& received : *page) {
      const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(received.entry);
      if (!entry.ok() || entry->position >= next_in[entry->stream]) continue;
      const std::optional<SealedStatement> sealed = StatementOf(*entry);
      const procedure::Ruling* ruling = RulingIn(*entry);
      if (!sealed || ruling == nullptr) continue;
      const std::optional<VerifiedStatement> verified =
          Read(received.number, sealed->statement, sealed->seal);
      if (!verified) continue;
      Rule("paper", received.number, *entry, *verified, *ruling);
      Expected::Stream& stream = expected_.collected[entry->stream];
      stream = {entry->position, ledger::LeafHash(received.entry)};
      expected_.collected_next = received.number + 1;
      expected_.collected_at = entry->recorded_at;
      const procedure::Act& act = verified->statement.act;
      // What this party sent was looked at with its sealed entry.
      if (act.author == store_.identity().party) continue;
      const bool for_self = act.addressee == store_.identity().party;
      const std::string name = verified->digest.ToHexText();
      CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> withheld,
                                store_.FindPaper(kWithheldPaper, name));
      if (for_self && act.commitment) expected_.withheld.insert(name);
      CHANCERY_RETURN_IF_ERROR(
          CheckParticulars(*verified, for_self && ruling->admitted() && !withheld, false));
    }
  }
}

absl::Status BookCheck::CheckMatters() {
  const procedure::MatterTable& table = replayer_.matters();
  if (const procedure::Matter* cooperation = table.Find(table.Cooperation())) {
    for (const ledger::NoteKey& key : AppointedKeys(parts_.anchor, *cooperation))
      keys_.push_back(key);
  }
  std::uint64_t found = 0;
  std::optional<MatterId> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::MatterRow> page,
                              store_.ListMatters(std::nullopt, after, kPage));
    if (page.empty()) break;
    for (const store::MatterRow& row : page) {
      ++report_.matters;
      const procedure::Matter* made = table.Find(row.id);
      if (made == nullptr) {
        Tell("matter", row.id.ToHexText(), "it is not what the ledger's acts make of it");
        continue;
      }
      ++found;
      const MatterId handle = made->facts.IdOr(procedure::Fact::kHandle);
      const bool newest = made->kind == procedure::MatterKind::kCase && !handle.IsZero() &&
                          table.CaseOf(made->requesting, handle) == row.id;
      if (RowOf(parts_.procedures, *made, newest) != row)
        Tell("matter", row.id.ToHexText(), "it is not what the ledger's acts make of it");
    }
    after = page.back().id;
  }
  if (found != table.all().size())
    Tell("matter", "", "a matter that the ledger's acts make is missing");
  return absl::OkStatus();
}

}  // namespace chancery::exchange
