#include "engine/exchange/collect.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <variant>

#include "engine/crypto/sha256.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/relied.h"
#include "engine/procedure/replay.h"
#include "engine/procedure/step.h"

namespace chancery::exchange {

namespace {

constexpr std::string_view kStreamPaper = "stream";
constexpr std::string_view kNextCursor = "collect/next";
constexpr std::string_view kTimeCursor = "collect/recorded_at";

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

bool IsAct(const codec::Entry& entry) { return std::holds_alternative<codec::ActBody>(entry.body); }
bool IsFounded(const codec::Entry& entry) {
  return std::holds_alternative<codec::FoundedBody>(entry.body);
}

}  // namespace

absl::Status Collector::CollectAll() {
  const std::lock_guard lock(collecting_);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<StreamFrom> from, Positions());
  return parts_.transport.Collect(from,
                                  [this](const GivenBatch& batch) { return TakeBatch(batch); });
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
  // "<next position> <leaf hash of the last entry in hex>"
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

absl::Status Collector::TakeBatch(const GivenBatch& batch) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint checkpoint,
                            CheckCheckpoint(batch.checkpoint, parts_.party.keeper_log));
  if (batch.entries.empty()) return absl::OkStatus();
  for (const GivenEntry& given : batch.entries) {
    const absl::Status taken = TakeEntry(given, batch.checkpoint, checkpoint);
    if (taken.ok()) continue;
    if (!IsAway(taken)) {
      parts_.events.Note(
          {"collect.stopped", ReasonOf(taken), static_cast<std::int64_t>(given.number)});
    }
    return taken;
  }
  return absl::OkStatus();
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
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t next, NextNumber());
  if (proven.number < next) {
    return Refused("COLLECT_ORDER",
                   EntryName(proven) + " came behind entry " + std::to_string(next - 1));
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t last_ms,
                            parts_.keeper.store().ReadCursor(kTimeCursor));
  if (proven.entry.recorded_at.ms < last_ms) {
    return Refused("COLLECT_ORDER",
                   EntryName(proven) + " was recorded before the entry collected before it");
  }
  if (proven.entry.recorded_at.ms > parts_.clock.Now().ms + kClockSkewMs) {
    return Refused("RECORDED_AT_IMPOSSIBLE", EntryName(proven) + " is recorded in the future");
  }
  return absl::OkStatus();
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
      VerifyStatement(sealed, recorded_at, parts_.trust, parts_.certificates);
  if (verified.ok() || ReasonOf(verified.status()) != "SEAL_INVALID" || !parts_.refresh_trust)
    return verified;
  CHANCERY_RETURN_IF_ERROR(parts_.refresh_trust());
  return VerifyStatement(sealed, recorded_at, parts_.trust, parts_.certificates);
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

absl::Status Collector::RuleAgain(const ProvenEntry& proven, const VerifiedStatement& verified,
                                  store::Commit& rows, Bytes* own_ruling) {
  procedure::RecordedAct recorded;
  recorded.entry = proven.number;
  recorded.recorded_at = proven.entry.recorded_at;
  recorded.digest = verified.digest;
  recorded.signers = verified.signers;
  recorded.act = verified.statement.act;
  if (proven.entry.core_revision != procedure::kCoreRevision) {
    return Refused("RULING_DIFFERS", EntryName(proven) + " was ruled by core revision " +
                                         std::to_string(proven.entry.core_revision) +
                                         ", this program has " +
                                         std::to_string(procedure::kCoreRevision) +
                                         ": install the release both sides agreed");
  }
  const std::shared_ptr<const procedure::ProcedureSet> procedures = parts_.procedures.Set();
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters touched, parts_.matters.Touched(recorded.act));
  if (const auto away = procedure::AtTheDoor(*procedures, touched, recorded)) {
    return Refused("DOOR_DIFFERS",
                   EntryName(proven) + " should have been turned away: " + away->message);
  }
  const procedure::Stepped stepped = procedure::Step(*procedures, touched, recorded);
  CHANCERY_ASSIGN_OR_RETURN(*own_ruling, codec::EncodeRuling(stepped.ruling));
  if (stepped.ruling != *RulingIn(proven.entry)) {
    return Refused("RULING_DIFFERS", EntryName(proven) + ": the ministry recorded \"" +
                                         codec::Summary(*RulingIn(proven.entry)) +
                                         "\", this party's core says \"" +
                                         codec::Summary(stepped.ruling) + "\"");
  }
  const std::string stream = procedure::StreamOf(stepped.readers, parts_.party.keeper);
  if (stream != proven.entry.stream) {
    return Refused("RULING_DIFFERS", EntryName(proven) + " stands in stream " +
                                         proven.entry.stream + ", its readers make it " + stream);
  }
  return parts_.matters.Put(*procedures, stepped.changed, rows);
}

absl::Status Collector::KeepEvidence(const ProvenEntry& proven, std::string_view what,
                                     ByteView held) {
  if (evidence_kept_for_ == proven.number + 1) return absl::OkStatus();
  store::Commit commit;
  commit.conflicts.push_back(
      {parts_.party.keeper_origin(), std::string(what), parts_.clock.Now(), Bytes(held),
       std::to_string(proven.bytes.size()) + "\n" + proven.bytes + proven.receipt});
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
  evidence_kept_for_ = proven.number + 1;
  return absl::OkStatus();
}

absl::Status Collector::TakeEntry(const GivenEntry& given, ByteView note,
                                  const ledger::VerifiedCheckpoint& checkpoint) {
  CHANCERY_ASSIGN_OR_RETURN(const ProvenEntry proven, ProveEntry(given, note, checkpoint));
  CHANCERY_ASSIGN_OR_RETURN(const Position position, PositionOf(proven.entry.stream));
  CHANCERY_RETURN_IF_ERROR(CheckPlace(proven, position));

  std::optional<VerifiedStatement> verified;
  if (const std::optional<SealedStatement> sealed = StatementOf(proven.entry)) {
    CHANCERY_ASSIGN_OR_RETURN(verified, Verify(*sealed, proven.entry.recorded_at));
    CHANCERY_RETURN_IF_ERROR(CheckExchange(proven, *verified));
    CHANCERY_RETURN_IF_ERROR(FetchProcedures(verified->statement.act));
    CHANCERY_RETURN_IF_ERROR(CheckItems(verified->statement.act, given.items));
  } else if (std::holds_alternative<codec::StreamHeadBody>(proven.entry.body)) {
    CHANCERY_RETURN_IF_ERROR(CheckStreamHead(proven, position));
  } else {
    return WithReason(
        InvalidArgument(EntryName(proven) + " is of a kind that only a state's own ledger holds"),
        "ENTRY_INVALID");
  }
  parts_.events.Note({"collect.received", codec::NameOf(proven.entry.kind),
                      static_cast<std::int64_t>(proven.number)});

  Bytes own_ruling;
  const bool ruled = IsAct(proven.entry) || IsFounded(proven.entry);
  const absl::Status committed =
      parts_.keeper
          .Run([&](LedgerKeeper::Group& group) -> absl::Status {
            store::Commit& rows = group.rows();
            if (ruled) {
              const procedure::Act& act = verified->statement.act;
              CHANCERY_RETURN_IF_ERROR(RuleAgain(proven, *verified, rows, &own_ruling));
              CHANCERY_RETURN_IF_ERROR(KeepReceived(parts_.keeper.store(), parts_.party, act,
                                                    verified->digest, proven, group));
              // What this party sent is in its store already.
              if (!given.items.empty() && act.author != parts_.party.self) {
                CHANCERY_RETURN_IF_ERROR(
                    parts_.vault.Encrypt(act, verified->digest, given.items, rows));
              }
            }
            rows.papers.push_back(
                {std::string(kStreamPaper), proven.entry.stream, position.version, false, 0,
                 std::to_string(proven.entry.position + 1) + " " + proven.leaf_hash.ToHexText()});
            rows.cursors.push_back(
                {std::string(kNextCursor), static_cast<std::int64_t>(proven.number + 1)});
            rows.cursors.push_back({std::string(kTimeCursor), proven.entry.recorded_at.ms});
            return KeepRelied(parts_.keeper.store(), {proven.tree, proven.checkpoint, 0}, rows);
          })
          .status();
  if (committed.ok()) {
    if (std::holds_alternative<codec::EquivocationBody>(proven.entry.body)) {
      parts_.events.Note({"collect.equivocation", verified->statement.act.author.view(),
                          static_cast<std::int64_t>(proven.number)});
    }
    return absl::OkStatus();
  }
  const std::string reason = ReasonOf(committed);
  if (reason == "RULING_DIFFERS" || reason == "DOOR_DIFFERS" || reason == kLedgerForked) {
    parts_.events.Note({"collect.contradiction", reason, static_cast<std::int64_t>(proven.number)});
    Bytes held = own_ruling;
    if (reason == kLedgerForked) {
      const procedure::Act none;
      CHANCERY_ASSIGN_OR_RETURN(
          held,
          HeldAgainst(parts_.keeper.store(), verified ? verified->statement.act : none, proven));
    }
    CHANCERY_RETURN_IF_ERROR(KeepEvidence(proven, reason, held));
  }
  return committed;
}

}  // namespace chancery::exchange
