#include "engine/exchange/collect.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "engine/crypto/sha256.h"
#include "engine/exchange/backdated.h"
#include "engine/exchange/bundle_seal.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/forked.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"
#include "engine/exchange/rule_again.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {

namespace {

// Why a late entry that was noted is kept as evidence.
constexpr std::string_view kLate = "COLLECT_LATE";
// So many late entries are judged together at most: they wait in memory.
constexpr std::size_t kMostLate = 4096;

absl::Status Refused(std::string_view reason, std::string_view message) {
  return WithReason(PermissionDenied(message), reason);
}

std::string EntryName(const ProvenEntry& proven) {
  return "entry " + std::to_string(proven.number);
}

// Whether a party is among the readers a stream is named for. For an act the whole name is compared
// with its readers later.
bool StreamNames(std::string_view stream, PartyCode party) {
  if (stream == "all") return true;
  while (!stream.empty()) {
    const std::size_t end = std::min(stream.find('+'), stream.size());
    if (stream.substr(0, end) == party.view()) return true;
    stream.remove_prefix(std::min(end + 1, stream.size()));
  }
  return false;
}

bool IsFounded(const codec::Entry& entry) {
  return std::holds_alternative<codec::FoundedBody>(entry.body);
}

// Where collecting stands in a stream: "<next position> <leaf hash of the last entry in hex>".
store::PaperChange PaperOf(const std::string& stream, std::uint64_t version, std::uint64_t next,
                           const Digest& last_leaf) {
  return {std::string(kStreamPaper),
          stream,
          version,
          false,
          0,
          std::to_string(next) + " " + last_leaf.ToHexText()};
}

// An entry whose act stands at another of them; null when there is none.
const LateEntry* SecondOfOneAct(const LateEntries& late) {
  std::set<std::pair<PartyCode, StatementId>> acts;
  for (const auto& [number, entry] : late) {
    if (RulingIn(entry.proven.entry) == nullptr) continue;
    const procedure::Act& act = entry.verified->statement.act;
    if (!acts.emplace(act.author, act.id).second) return &entry;
  }
  return nullptr;
}

void NoteEquivocation(Events& events, const LateEntry& entry) {
  if (!std::holds_alternative<codec::EquivocationBody>(entry.proven.entry.body)) return;
  events.Note({"collect.equivocation", entry.verified->statement.act.author.view(),
               static_cast<std::int64_t>(entry.proven.number)});
}

}  // namespace

absl::Status Collector::CollectAll() {
  const std::lock_guard lock(collecting_);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<StreamFrom> from, Positions());
  turn_.clear();
  turn_positions_.clear();
  late_.clear();
  late_positions_.clear();
  CHANCERY_RETURN_IF_ERROR(
      parts_.transport.Collect(from, [this](const GivenBatch& batch) { return TakeBatch(batch); }));
  const absl::Status late = CommitLate();
  if (!late.ok()) parts_.events.Note({"collect.stopped", ReasonOf(late), 0});
  return late;
}

absl::StatusOr<std::uint64_t> Collector::NextNumber() const {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t next, parts_.keeper.store().ReadCursor(kNextCursor));
  return static_cast<std::uint64_t>(next);
}

absl::StatusOr<std::vector<StreamFrom>> Collector::Positions() const {
  std::vector<StreamFrom> from;
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<store::Paper> papers,
        parts_.keeper.store().ListPapers(kStreamPaper, std::nullopt, after, 256));
    if (papers.empty()) return from;
    for (const store::Paper& paper : papers) {
      CHANCERY_ASSIGN_OR_RETURN(const Position position, PositionOf(paper.id));
      from.push_back({paper.id, position.next});
      after = paper.id;
    }
  }
}

absl::StatusOr<Collector::Position> Collector::PositionOf(const std::string& stream) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            parts_.keeper.store().FindPaper(kStreamPaper, stream));
  Position position;
  if (!paper) return position;
  const char* const end = paper->bytes.data() + paper->bytes.size();
  const auto [after, error] = std::from_chars(paper->bytes.data(), end, position.next);
  const auto leaf = error == std::errc() && after != end && *after == ' '
                        ? Digest::FromHexText(std::string_view(
                              after + 1, static_cast<std::size_t>(end - after - 1)))
                        : std::nullopt;
  if (!leaf)
    return DataLoss("the position in stream " + stream +
                    " cannot be read: restore the store from a backup");
  position.last_leaf = *leaf;
  position.version = paper->version;
  return position;
}

absl::StatusOr<Collector::Position> Collector::PositionWithWaiting(
    const std::string& stream) const {
  for (const auto* waiting : {&turn_positions_, &late_positions_}) {
    const auto found = waiting->find(stream);
    if (found != waiting->end()) return found->second;
  }
  return PositionOf(stream);
}

absl::Status Collector::TakeBatch(const GivenBatch& batch) {
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::VerifiedCheckpoint checkpoint,
      CheckCheckpoint(batch.checkpoint, parts_.party.KeeperLogs(parts_.clock.Now())));
  if (batch.entries.empty()) return absl::OkStatus();
  for (const GivenEntry& given : batch.entries) {
    const absl::Status taken = TakeEntry(given, batch.checkpoint, checkpoint);
    if (taken.ok()) continue;
    CHANCERY_RETURN_IF_ERROR(CommitTurn());
    if (!IsAway(taken)) {
      parts_.events.Note(
          {"collect.stopped", ReasonOf(taken), static_cast<std::int64_t>(given.number)});
    }
    return taken;
  }
  const absl::Status committed = CommitTurn();
  if (!committed.ok() && !IsAway(committed))
    parts_.events.Note({"collect.stopped", ReasonOf(committed), 0});
  return committed;
}

absl::Status Collector::CheckPlace(const ProvenEntry& proven, const Position& position) const {
  if (!StreamNames(proven.entry.stream, parts_.party.self)) {
    return Refused("STREAM_FOREIGN",
                   EntryName(proven) + ": its stream is not for " + parts_.party.self.ToText());
  }
  if (proven.entry.position != position.next) {
    return Refused("STREAM_GAP", EntryName(proven) + ": position " +
                                     std::to_string(proven.entry.position) + " of stream " +
                                     proven.entry.stream + " came where " +
                                     std::to_string(position.next) + " was due");
  }
  if (proven.entry.recorded_at.ms > parts_.clock.Now().ms + kClockSkewMs) {
    return Refused("RECORDED_AT_IMPOSSIBLE", EntryName(proven) + " is recorded in the future");
  }
  return absl::OkStatus();
}

// Along the numbers time never runs back.
absl::Status Collector::CheckTime(const ProvenEntry& proven, std::uint64_t next) const {
  std::int64_t last_ms = 0;
  if (turn_.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(last_ms, parts_.keeper.store().ReadCursor(kCollectedTimeCursor));
  } else {
    last_ms = turn_.back().proven.entry.recorded_at.ms;
  }
  const std::int64_t recorded_ms = proven.entry.recorded_at.ms;
  if (proven.number < next ? recorded_ms <= last_ms : recorded_ms >= last_ms)
    return absl::OkStatus();
  return Refused("COLLECT_ORDER",
                 EntryName(proven) + " was recorded at " + ToText(proven.entry.recorded_at) +
                     ", an entry collected before it, number " + std::to_string(next - 1) +
                     " at most, at " + ToText(Instant{last_ms}));
}

absl::Status Collector::CheckStreamHead(const ProvenEntry& proven, const Position& position) {
  const auto& head = std::get<codec::StreamHeadBody>(proven.entry.body);
  const bool first = position.next == 0;
  const bool fits = head.first == first && head.leaf_hash == position.last_leaf &&
                    head.position == (first ? 0 : position.next - 1) &&
                    head.day == CivilDayOf(proven.entry.recorded_at, 0);
  if (fits) return absl::OkStatus();
  return Refused(
      "STREAM_HEAD_WRONG",
      EntryName(proven) + ": the stream's head names another entry before it or another day");
}

absl::StatusOr<VerifiedStatement> Collector::Verify(const SealedStatement& sealed,
                                                    Instant recorded_at) const {
  absl::StatusOr<VerifiedStatement> verified =
      VerifyStatement(sealed, recorded_at, parts_.trust, parts_.certificates, parts_.seals_made);
  if (verified.ok() || ReasonOf(verified.status()) != "SEAL_INVALID" || !parts_.refresh_trust)
    return verified;
  CHANCERY_RETURN_IF_ERROR(parts_.refresh_trust());
  return VerifyStatement(sealed, recorded_at, parts_.trust, parts_.certificates, parts_.seals_made);
}

absl::Status Collector::CheckExchange(const ProvenEntry& proven,
                                      const VerifiedStatement& verified) const {
  const codec::Statement& statement = verified.statement;
  if (statement.realm != parts_.party.realm || statement.agreement != parts_.party.agreement) {
    return Refused("OTHER_EXCHANGE",
                   EntryName(proven) + ": the statement is of another realm or agreement");
  }
  if (!IsFounded(proven.entry)) return absl::OkStatus();
  if (proven.number != 0 || statement.act.kind != procedure::ActKind::kFounded ||
      statement.act.procedure != parts_.party.founding) {
    return Refused("OTHER_EXCHANGE",
                   EntryName(proven) + ": not founded under the procedure the anchor names");
  }
  return absl::OkStatus();
}

// An act may name procedures that are not on the shelf yet. Their digest is signed, so it does not
// matter who hands them over.
absl::Status Collector::FetchProcedures(const procedure::Act& act) {
  for (const Digest& digest : procedure::ProceduresNamed(act)) {
    if (parts_.procedures.Set()->Find(digest) != nullptr) continue;
    const absl::StatusOr<Transport::GivenProcedure> given = parts_.transport.GetProcedure(digest);
    if (!given.ok()) {
      if (IsAway(given.status())) return given.status();
      // The ministry does not know it either: then no ruling can stand on it.
      continue;
    }
    if (crypto::Sha256(given->bundle) != digest) {
      return Refused("PROCEDURE_DIFFERS",
                     "the ministry handed over another bundle than procedure " +
                         digest.ToHexText().substr(0, 8));
    }
    CHANCERY_RETURN_IF_ERROR(
        CheckSignedByBoth(given->bundle, given->seal, parts_.certificates, parts_.trust));
    CHANCERY_RETURN_IF_ERROR(
        parts_.procedures.Add(parts_.keeper.store(), given->bundle, given->seal).status());
    const std::string subject = digest.ToHexText();
    parts_.events.Note({"procedure.fetched", subject, 0});
  }
  return absl::OkStatus();
}

absl::Status Collector::CheckItems(const procedure::Act& act,
                                   const std::vector<Item>& items) const {
  if (!items.empty()) return CheckCommitment(act, items);
  if (act.commitment && act.addressee == parts_.party.self) {
    // They were erased at the ministry, or it holds them back; the act stands all the same.
    const std::string subject = act.matter.ToHexText();
    parts_.events.Note({"collect.particulars_missing", subject, 0});
  }
  return absl::OkStatus();
}

absl::Status Collector::KeepEvidence(std::uint64_t number, std::string_view what, ByteView held,
                                     ByteView offered) {
  store::Commit commit;
  if (what == kLedgerForked)
    CHANCERY_RETURN_IF_ERROR(MarkFork(parts_.keeper.store(), Fork::kProven, commit));
  if (evidence_kept_for_ != number + 1) {
    commit.conflicts.push_back({parts_.party.keeper_origin(), std::string(what), parts_.clock.Now(),
                                Bytes(held), Bytes(offered)});
  } else if (commit.cursors.empty()) {
    return absl::OkStatus();
  }
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
  evidence_kept_for_ = number + 1;
  return absl::OkStatus();
}

// Keeps evidence when the failure means that what was shown contradicts what this party holds or
// rules; the failure is the answer.
absl::Status Collector::Contradicted(const LateEntry& entry, const absl::Status& status,
                                     ByteView own_ruling) {
  const ProvenEntry& proven = entry.proven;
  const std::string reason = ReasonOf(status);
  store::Store& store = parts_.keeper.store();
  Bytes held(own_ruling);
  if (reason == kLedgerForked) {
    const procedure::Act none;
    CHANCERY_ASSIGN_OR_RETURN(
        held, HeldAgainst(store, entry.verified ? entry.verified->statement.act : none, proven));
    CHANCERY_RETURN_IF_ERROR(KeepProof(parts_.keeper, proven));
  } else if (reason == "COLLECT_ORDER") {
    CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t next, NextNumber());
    CHANCERY_ASSIGN_OR_RETURN(held, FindShown(store, next - 1));
  } else if (reason != "RULING_DIFFERS" && reason != "DOOR_DIFFERS" && reason != kBackdated &&
             reason != reason::kAppointmentDiffers) {
    return status;
  }
  parts_.events.Note({"collect.contradiction", reason, static_cast<std::int64_t>(proven.number)});
  CHANCERY_RETURN_IF_ERROR(KeepEvidence(proven.number, reason, held, ShownAs(proven)));
  return status;
}

absl::Status Collector::TakeEntry(const GivenEntry& given, ByteView note,
                                  const ledger::VerifiedCheckpoint& checkpoint) {
  LateEntry entry;
  CHANCERY_ASSIGN_OR_RETURN(entry.proven, ProveEntry(given, note, checkpoint));
  const ProvenEntry& proven = entry.proven;
  std::uint64_t next = 0;
  if (turn_.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(next, NextNumber());
  } else {
    next = turn_.back().proven.number + 1;
  }
  const bool late = proven.number < next;
  // What comes late is judged against what was committed.
  if (late) CHANCERY_RETURN_IF_ERROR(CommitTurn());
  // Whatever comes in its turn is ruled by the matters with all that came late before it.
  if (!late || late_.size() >= kMostLate) CHANCERY_RETURN_IF_ERROR(CommitLate());
  CHANCERY_ASSIGN_OR_RETURN(Position position, PositionWithWaiting(proven.entry.stream));
  CHANCERY_RETURN_IF_ERROR(CheckPlace(proven, position));
  absl::Status contradicts = CheckTime(proven, next);
  if (contradicts.ok()) contradicts = CheckCorroborated(parts_.keeper, proven);
  if (!contradicts.ok()) {
    // What it contradicts may be what is still to be committed.
    CHANCERY_RETURN_IF_ERROR(CommitTurn());
    return Contradicted(entry, contradicts, {});
  }

  if (const std::optional<SealedStatement> sealed = StatementOf(proven.entry)) {
    CHANCERY_ASSIGN_OR_RETURN(entry.verified, Verify(*sealed, proven.entry.recorded_at));
    const procedure::Act& act = entry.verified->statement.act;
    CHANCERY_RETURN_IF_ERROR(CheckExchange(proven, *entry.verified));
    CHANCERY_RETURN_IF_ERROR(FetchProcedures(act));
    CHANCERY_RETURN_IF_ERROR(CheckItems(act, given.items));
    // What this party sent is in its store already.
    if (act.author != parts_.party.self) entry.items = given.items;
  } else if (std::holds_alternative<codec::StreamHeadBody>(proven.entry.body)) {
    CHANCERY_RETURN_IF_ERROR(CheckStreamHead(proven, position));
  } else {
    return WithReason(
        InvalidArgument(EntryName(proven) + " is of a kind that only a state's own ledger holds"),
        "ENTRY_INVALID");
  }
  parts_.events.Note({"collect.received", codec::NameOf(proven.entry.kind),
                      static_cast<std::int64_t>(proven.number)});
  if (late) CHANCERY_RETURN_IF_ERROR(NoteLate(proven));

  const bool behind_waiting = late_positions_.contains(proven.entry.stream);
  if (late && RulingIn(proven.entry) == nullptr && !behind_waiting)
    return CommitEntry(entry, position);
  // Destroying reads what is stored: it stands alone.
  const procedure::Ruling* ruling = RulingIn(proven.entry);
  if (!late && ruling != nullptr && Erases(entry.verified->statement.act, *ruling)) {
    CHANCERY_RETURN_IF_ERROR(CommitTurn());
    CHANCERY_ASSIGN_OR_RETURN(position, PositionOf(proven.entry.stream));
    return CommitEntry(entry, position);
  }
  position.next = proven.entry.position + 1;
  position.last_leaf = proven.leaf_hash;
  if (!late) {
    turn_positions_[proven.entry.stream] = position;
    turn_.push_back(std::move(entry));
    return absl::OkStatus();
  }
  late_positions_[proven.entry.stream] = position;
  late_.insert_or_assign(proven.number, std::move(entry));
  return absl::OkStatus();
}

absl::Status Collector::KeepEntry(const LateEntry& entry, const procedure::Lookup& matters,
                                  LedgerKeeper::Group& group) {
  const ProvenEntry& proven = entry.proven;
  store::Store& store = parts_.keeper.store();
  if (RulingIn(proven.entry) != nullptr) {
    const VerifiedStatement& verified = *entry.verified;
    const procedure::Act& act = verified.statement.act;
    CHANCERY_RETURN_IF_ERROR(
        KeepReceived(store, parts_.party, act, verified.digest, proven, group));
    // An act that comes to an erased case is recorded like any other; what this party had kept for
    // sending it goes with its ruling.
    if (Erases(act, *RulingIn(proven.entry)) || IsErased(matters.Find(act.matter))) {
      CHANCERY_RETURN_IF_ERROR(CarryOutErasure(store, parts_.vault, act.matter, group.rows()));
    } else if (!entry.items.empty()) {
      CHANCERY_RETURN_IF_ERROR(
          parts_.vault.Encrypt(act, verified.digest, entry.items, group.rows()));
    } else if (act.commitment && act.addressee == parts_.party.self) {
      // Noted, so that a row that is lost later is not taken for one that never came.
      group.rows().papers.push_back(
          {std::string(kWithheldPaper), verified.digest.ToHexText(), 0, false, 0, {}});
    }
  }
  return KeepRelied(store, {proven.tree, proven.checkpoint, 0}, group.rows());
}

absl::Status Collector::CommitTurn() {
  if (turn_.empty()) return absl::OkStatus();
  const std::vector<LateEntry> turn = std::exchange(turn_, {});
  const std::map<std::string, Position> positions = std::exchange(turn_positions_, {});
  if (turn.size() > 1) {
    Bytes own_ruling;
    const absl::Status committed = CommitInOrder(turn, positions, own_ruling);
    if (committed.ok() || IsAway(committed)) return committed;
  }
  // One of them is not as it should be: those before it stand, and it is told from them.
  for (const LateEntry& entry : turn) {
    CHANCERY_ASSIGN_OR_RETURN(const Position position, PositionOf(entry.proven.entry.stream));
    CHANCERY_RETURN_IF_ERROR(CommitEntry(entry, position));
  }
  return absl::OkStatus();
}

absl::Status Collector::CommitEntry(const LateEntry& entry, Position position) {
  const codec::Entry& proven = entry.proven.entry;
  position.next = proven.position + 1;
  position.last_leaf = entry.proven.leaf_hash;
  Bytes own_ruling;
  const absl::Status committed =
      CommitInOrder({&entry, 1}, {{proven.stream, position}}, own_ruling);
  return committed.ok() ? committed : Contradicted(entry, committed, own_ruling);
}

absl::Status Collector::CommitInOrder(std::span<const LateEntry> entries,
                                      const std::map<std::string, Position>& positions,
                                      Bytes& own_ruling) {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t next, store.ReadCursor(kNextCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t last_ms, store.ReadCursor(kCollectedTimeCursor));
  const std::shared_ptr<const procedure::ProcedureSet> procedures = parts_.procedures.Set();
  const ProvenEntry& last = entries.back().proven;
  const absl::Status committed =
      parts_.keeper
          .Run([&](LedgerKeeper::Group& group) -> absl::Status {
            store::Commit& rows = group.rows();
            for (const LateEntry& entry : entries) {
              const ProvenEntry& proven = entry.proven;
              if (RulingIn(proven.entry) != nullptr)
                CHANCERY_RETURN_IF_ERROR(
                    RuleAgain({*procedures, parts_.certificates, *parts_.party.keys,
                               parts_.party.keeper, parts_.matters},
                              proven.number, proven.entry, *entry.verified, rows, &own_ruling));
              CHANCERY_RETURN_IF_ERROR(KeepEntry(entry, parts_.matters, group));
            }
            for (const auto& [stream, position] : positions)
              rows.papers.push_back(
                  PaperOf(stream, position.version, position.next, position.last_leaf));
            rows.cursors.push_back({std::string(kNextCursor),
                                    std::max(next, static_cast<std::int64_t>(last.number + 1))});
            rows.cursors.push_back(
                {std::string(kCollectedTimeCursor), std::max(last_ms, last.entry.recorded_at.ms)});
            return absl::OkStatus();
          })
          .status();
  if (!committed.ok()) return committed;
  for (const LateEntry& entry : entries) NoteEquivocation(parts_.events, entry);
  return absl::OkStatus();
}

// Once for each entry, also after a restart. What the ministry had shown before it is the other
// half of the evidence: an entry with a larger number.
absl::Status Collector::NoteLate(const ProvenEntry& proven) {
  store::Store& store = parts_.keeper.store();
  const std::string id = NumberedPaperId(proven.number);
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> noted,
                            store.FindPaper(kLatePaper, id));
  if (noted) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReceivedEntry> shown_before,
                            ListReceived(store, proven.number, 1));
  store::Commit commit;
  commit.papers.push_back({std::string(kLatePaper), id, 0, false, 0, proven.leaf_hash.ToHexText()});
  commit.conflicts.push_back({parts_.party.keeper_origin(), std::string(kLate), parts_.clock.Now(),
                              shown_before.empty()
                                  ? Bytes()
                                  : ShownAs(shown_before.front().entry, shown_before.front().proof),
                              ShownAs(proven)});
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
  parts_.events.Note(
      {"collect.late", codec::NameOf(proven.entry.kind), static_cast<std::int64_t>(proven.number)});
  return absl::OkStatus();
}

absl::Status Collector::CommitLate() {
  if (late_.empty()) return absl::OkStatus();
  const LateEntries late = std::exchange(late_, {});
  late_positions_.clear();
  if (const LateEntry* again = SecondOfOneAct(late)) {
    return Contradicted(*again,
                        Refused(kLedgerForked, EntryName(again->proven) +
                                                   " holds an act that stands at another entry"),
                        {});
  }
  Bytes names;
  for (const auto& [number, entry] : late) names += Bytes(entry.proven.leaf_hash.View());
  const Digest these = crypto::Sha256(names);
  const std::shared_ptr<const procedure::ProcedureSet> procedures = parts_.procedures.Set();
  if (these == refused_late_ && procedures == refused_under_) return refused_because_;

  const auto collected = [this](const codec::Entry& entry) -> absl::StatusOr<bool> {
    CHANCERY_ASSIGN_OR_RETURN(const Position position, PositionOf(entry.stream));
    return entry.position < position.next;
  };
  CHANCERY_ASSIGN_OR_RETURN(const LateJudgement judgement,
                            JudgeLate(parts_.keeper.store(), parts_.party, *procedures,
                                      parts_.certificates, late, collected));
  if (judgement.status.ok()) return CommitJudged(late, judgement.matters);
  const std::string reason = ReasonOf(judgement.status);
  parts_.events.Note(
      {"collect.contradiction", reason, static_cast<std::int64_t>(judgement.number)});
  CHANCERY_RETURN_IF_ERROR(
      KeepEvidence(judgement.number, reason, judgement.own_ruling, judgement.shown));
  refused_late_ = these;
  refused_under_ = procedures;
  refused_because_ = judgement.status;
  return judgement.status;
}

absl::Status Collector::CommitJudged(const LateEntries& late,
                                     const procedure::MatterTable& matters) {
  const std::shared_ptr<const procedure::ProcedureSet> procedures = parts_.procedures.Set();
  std::map<std::string, store::PaperChange> positions;
  for (const auto& [number, entry] : late) {
    const std::string& stream = entry.proven.entry.stream;
    CHANCERY_ASSIGN_OR_RETURN(const Position position, PositionOf(stream));
    positions[stream] =
        PaperOf(stream, position.version, entry.proven.entry.position + 1, entry.proven.leaf_hash);
  }
  const LateEntry* last = nullptr;
  const absl::Status committed =
      parts_.keeper
          .Run([&](LedgerKeeper::Group& group) -> absl::Status {
            for (const auto& [number, entry] : late) {
              last = &entry;
              CHANCERY_RETURN_IF_ERROR(KeepEntry(entry, matters, group));
            }
            for (const auto& [stream, paper] : positions) group.rows().papers.push_back(paper);
            return parts_.matters.Follow(*procedures, matters, group.rows());
          })
          .status();
  if (!committed.ok()) return Contradicted(*last, committed, {});
  for (const auto& [number, entry] : late) NoteEquivocation(parts_.events, entry);
  return absl::OkStatus();
}

}  // namespace chancery::exchange
