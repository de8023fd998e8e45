#include "engine/exchange/witnessing.h"

#include <algorithm>
#include <utility>

#include "engine/codec/entry.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/offered.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/cosignature.h"

namespace chancery::exchange {

namespace {

absl::Status BadCosignature(std::string_view message) {
  return WithReason(PermissionDenied("cosignature: " + std::string(message)),
                    reason::kCosignatureInvalid);
}

// When this witness cosigned a head it holds, with whichever key it had then.
std::int64_t TimeOfNote(const store::WitnessedHead& head, std::span<const ledger::NoteKey> own) {
  const auto note = ledger::ParseNote(head.note);
  return note.ok() ? ledger::TimeTold(own, *note) : 0;
}

// Whose authority a row of the cooperation appoints, if it appoints one.
std::optional<PartyCode> AuthorityOf(const procedure::Facts& row) {
  if (row.NumberOr(procedure::Fact::kRegister, 0) !=
      procedure::WordNumber(procedure::Fact::kRegister, "authority").value_or(-1))
    return std::nullopt;
  return procedure::UnpackParty(row.NumberOr(procedure::Fact::kParty, 0));
}

absl::StatusOr<AuthorityKeys> KeysOfRow(const Anchor& anchor, const procedure::Facts& row,
                                        PartyCode party) {
  const std::string realm = anchor.realm();
  const auto key_of = [&row](procedure::Fact fact) {
    return *crypto::Ed25519PublicKey::FromBytes(row.DigestOr(fact).View());
  };
  CHANCERY_ASSIGN_OR_RETURN(
      ledger::NoteKey log,
      ledger::NoteKey::Make(ledger::OriginOf(anchor.agreement, realm, party),
                            ledger::NoteAlgorithm::kEd25519, key_of(procedure::Fact::kLogKey)));
  CHANCERY_ASSIGN_OR_RETURN(
      ledger::NoteKey witness,
      ledger::NoteKey::Make(ledger::WitnessNameOf(anchor.agreement, realm, party),
                            ledger::NoteAlgorithm::kCosignatureV1,
                            key_of(procedure::Fact::kWitnessKey)));
  return AuthorityKeys{std::move(log), std::move(witness)};
}

}  // namespace

absl::StatusOr<AuthorityKeys> KeysOfAuthority(const Anchor& anchor,
                                              const procedure::Matter& cooperation, PartyCode party,
                                              Instant at) {
  for (const procedure::Facts& row : cooperation.lines) {
    if (AuthorityOf(row) != party) continue;
    if (row.NumberOr(procedure::Fact::kFrom, at.ms + 1) > at.ms) continue;
    return KeysOfRow(anchor, row, party);
  }
  return WithReason(
      NotFound("witness: no authority of " + party.ToText() + " is appointed at this time"),
      reason::kWitnessNotAppointed);
}

std::vector<ledger::NoteKey> AppointedKeys(const Anchor& anchor,
                                           const procedure::Matter& cooperation) {
  std::vector<ledger::NoteKey> found;
  for (const procedure::Facts& row : cooperation.lines) {
    const std::optional<PartyCode> party = AuthorityOf(row);
    if (!party) continue;
    absl::StatusOr<AuthorityKeys> keys = KeysOfRow(anchor, row, *party);
    if (!keys.ok()) continue;
    found.push_back(std::move(keys->log));
    found.push_back(std::move(keys->witness));
  }
  return found;
}

absl::Status Witnessing::AddCosignature(PartyCode party, std::uint64_t size,
                                        std::string_view line) {
  CHANCERY_ASSIGN_OR_RETURN(const PartyKeys keys, KeysOf(party, clock_.Now()));
  return Take(keys.witnesses, CosignedByCursor(party), party.view(), size, line, false);
}

absl::StatusOr<Witnessing::PartyKeys> Witnessing::KeysOf(PartyCode party, Instant now) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(keeper_.store()));
  if (!cooperation) {
    return WithReason(FailedPrecondition("witness: the ledger is not founded yet"),
                      reason::kNotFounded);
  }
  CHANCERY_ASSIGN_OR_RETURN(
      const AuthorityKeys appointed,
      KeysOfAuthority(anchor_, *cooperation, party, std::max(now, keeper_.head().recorded_at)));
  // Keys that were announced count once they were handed over, and those before until their end.
  PartyKeys keys{keys_->LogsAt(party, now), keys_->WitnessesAt(party, now)};
  if (keys.logs.empty()) keys.logs.push_back(appointed.log);
  if (keys.witnesses.empty()) keys.witnesses.push_back(appointed.witness);
  return keys;
}

absl::Status Witnessing::TakeHandovers(PartyCode party, const std::vector<Bytes>& notes) {
  for (const Bytes& note : notes)
    CHANCERY_RETURN_IF_ERROR(TakeHandover(keeper_, *keys_, party, note));
  return absl::OkStatus();
}

absl::Status Witnessing::AddAlwaysOn(const ledger::NoteKey& witness, std::uint64_t size,
                                     std::string_view line) {
  if (std::find(anchor_.always_on.begin(), anchor_.always_on.end(), witness) ==
      anchor_.always_on.end()) {
    return WithReason(
        PermissionDenied("cosignature: the anchor names no always-on witness " + witness.name()),
        reason::kWitnessNotAppointed);
  }
  return Take({&witness, 1}, CosignedByCursor(witness), "always_on", size, line, true);
}

absl::Status Witnessing::Take(std::span<const ledger::NoteKey> witness, const std::string& cursor,
                              std::string_view subject, std::uint64_t size, std::string_view line,
                              bool always_on) {
  // Times are measured by the clock alone: the ledger's own time may already run ahead with an
  // earlier cosignature's skew, and skew upon skew would drag it on without end.
  const Instant now = clock_.Now();
  const auto signature = ledger::ParseSignatureLine(line);
  if (!signature.ok()) return BadCosignature(ToStd(signature.status().message()));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes checkpoint, keeper_.CheckpointOf(size));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(checkpoint));
  const std::string& name = witness.front().name();
  if (std::none_of(witness.begin(), witness.end(), [&](const ledger::NoteKey& key) {
        return ledger::VerifyCosignature(key, *signature, note.text);
      })) {
    return BadCosignature("it is not " + name + "'s over the checkpoint of size " +
                          std::to_string(size));
  }
  const std::int64_t cosigned_at = ledger::CosignatureTime(*signature).value_or(0);
  // A witness whose clock runs ahead would drag this ledger's time with it.
  constexpr std::int64_t kAllowedSkewMs = 2 * kMsPerSecond;
  if (cosigned_at * kMsPerSecond > now.ms + kAllowedSkewMs) {
    return BadCosignature(
        "its time lies more than 2 seconds ahead of this ledger's clock; set the witness's clock");
  }
  if (always_on)
    CHANCERY_RETURN_IF_ERROR(CheckStillLargest(size, Instant{cosigned_at * kMsPerSecond}));
  store::Commit commit;
  commit.cosignatures.push_back({size, name, Bytes(line), cosigned_at});
  const std::lock_guard lock(mutex_);
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t newest,
                            keeper_.store().ReadCursor(kCosignatureTimeCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t largest, keeper_.store().ReadCursor(cursor));
  commit.cursors.push_back({std::string(kCosignatureTimeCursor), std::max(newest, cosigned_at)});
  commit.cursors.push_back({cursor, std::max(largest, static_cast<std::int64_t>(size))});
  CHANCERY_RETURN_IF_ERROR(AddFinals(checkpoint, commit.cosignatures.front(), now, commit));
  if (always_on) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes seen,
                              ledger::AddSignatureLines(checkpoint, {Bytes(line)}));
    CHANCERY_RETURN_IF_ERROR(KeepSeen(keeper_.store(), size, seen, commit));
  }
  CHANCERY_RETURN_IF_ERROR(KeepCosigned(keeper_.store(), size, line, anchor_.always_on, commit));
  CHANCERY_RETURN_IF_ERROR(keeper_.Apply(commit));
  keeper_.NoteCosignatureTime(cosigned_at);
  events_.Note({"ledger.cosigned", subject, static_cast<std::int64_t>(size)});
  if (!commit.finals.empty())
    events_.Note({"ledger.final", subject, static_cast<std::int64_t>(size)});
  return absl::OkStatus();
}

absl::Status Witnessing::CheckStillLargest(std::uint64_t size, Instant cosigned_at) const {
  // Whatever is committed from here on is recorded later.
  if (keeper_.HeadAt(cosigned_at).tree.size == size) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, keeper_.store().ReadEntry(size));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry next, codec::DecodeEntry(stored.bytes));
  if (next.recorded_at.ms + ledger::kBackdatingToleranceMs >= cosigned_at.ms)
    return absl::OkStatus();
  return Unavailable("cosignature: its time is " + ToText(cosigned_at) + ", over " +
                     std::to_string(size) + " entries, and the next was recorded at " +
                     ToText(next.recorded_at) +
                     ": a call took too long, or a clock leapt; the witness is asked again");
}

absl::Status Witnessing::AddFinals(ByteView checkpoint, const store::CosignatureRow& newest,
                                   Instant now, store::Commit& rows) const {
  if (!policies_.all && policies_.readers.empty()) return absl::OkStatus();
  store::Store& store = keeper_.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::CosignatureRow> known,
                            store.ListCosignatures(newest.size));
  std::vector<Bytes> lines = {newest.line};
  for (const store::CosignatureRow& row : known) {
    if (row.witness != newest.witness) lines.push_back(row.line);
  }
  CHANCERY_ASSIGN_OR_RETURN(const Bytes note, ledger::AddSignatureLines(checkpoint, lines));
  if (policies_.all) {
    CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t largest, FinalSize());
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy all, keys_->BringForward(*policies_.all));
    const auto verified = ledger::VerifyFinalCheckpoint(note, all);
    if (verified.ok() && newest.size >= largest) {
      rows.finals.push_back({verified->checkpoint.tree, now, note});
      rows.cursors.push_back({std::string(kFinalCursor), static_cast<std::int64_t>(newest.size)});
    }
  }
  for (const auto& [reader, founding] : policies_.readers) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy policy, keys_->BringForward(founding));
    if (!ledger::VerifyFinalCheckpoint(note, policy).ok()) continue;
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                              store.FindPaper(kFinalPaper, reader.ToText()));
    if (paper) {
      CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint largest,
                                ledger::CheckpointIn(paper->bytes));
      if (largest.tree.size >= newest.size) continue;
    }
    rows.papers.push_back(
        {std::string(kFinalPaper), reader.ToText(), paper ? paper->version : 0, false, 0, note});
    rows.cursors.push_back({FinalCursor(reader), static_cast<std::int64_t>(newest.size)});
  }
  return absl::OkStatus();
}

absl::StatusOr<Bytes> Witnessing::FinalFor(PartyCode reader) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            keeper_.store().FindPaper(kFinalPaper, reader.ToText()));
  return paper ? paper->bytes : Bytes();
}

absl::StatusOr<std::uint64_t> Witnessing::FinalSize() const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::FinalCheckpoint> final_checkpoint,
                            keeper_.store().LatestFinal());
  return final_checkpoint ? final_checkpoint->tree.size : 0;
}

// The newest time another party stands for, against which the own clock is held.
absl::Status Witnessing::CheckLead(PartyCode party, std::span<const ledger::NoteKey> caller,
                                   ByteView offered, Instant now) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t cosigned_at,
                            keeper_.store().ReadCursor(kCosignatureTimeCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t collected_at,
                            keeper_.store().ReadCursor(kCollectedTimeCursor));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(offered));
  const std::int64_t told = ledger::TimeTold(caller, note);
  const Instant newest{std::max({cosigned_at * kMsPerSecond, collected_at, told * kMsPerSecond})};
  if (newest.ms == 0 || now.ms <= newest.ms + ledger::kMostLeadSeconds * kMsPerSecond)
    return absl::OkStatus();
  events_.Note({"witness.clock_ahead", party.view(), newest.ms / kMsPerSecond});
  return WithReason(
      Unavailable("checkpoint: not cosigned: this witness's clock says " + ToText(now) +
                  ", more than a day after the newest time another party stands for, " +
                  ToText(newest) +
                  "; set the clock if it is wrong, or wait until another party has cosigned"),
      reason::kWitnessClockAhead);
}

absl::StatusOr<CosignAnswer> Witnessing::Cosign(PartyCode party, const ledger::CosignOffer& offer) {
  // Whoever may have gone back in time may also have forgotten what it cosigned.
  CHANCERY_RETURN_IF_ERROR(keeper_.gate());
  // Times are measured by the clock alone: the ledger's own time may already run ahead with an
  // earlier cosignature's skew, and skew upon skew would drag it on without end.
  const Instant now = clock_.Now();
  CHANCERY_ASSIGN_OR_RETURN(const PartyKeys keys, KeysOf(party, now));
  const std::string origin = keys.logs.front().name();

  const std::lock_guard lock(mutex_);
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::WitnessedHead> held,
                            keeper_.store().FindWitnessed(origin));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t cosigned_of,
                            keeper_.store().ReadCursor(CosignedOfCursor(party)));
  if (cosigned_of > static_cast<std::int64_t>(held ? held->tree.size : 0)) {
    return DataLoss("witness: the head of " + origin + " that was cosigned here last, of size " +
                    std::to_string(cosigned_of) +
                    ", is missing: nothing is cosigned for it; restore the store from a backup");
  }
  ledger::WitnessState state;
  std::vector<ledger::NoteKey> own = keys_->Witnesses(keeper_.party());
  own.push_back(witness_key_.key());
  if (held) state = {held->tree, TimeOfNote(*held, own)};
  const ledger::CosignRuling ruling =
      ledger::JudgeOffer(origin, keys.logs, state, offer, now.ms / kMsPerSecond);
  if (ruling.keep_as_evidence) {
    store::Commit evidence;
    evidence.conflicts.push_back({origin, std::string(ledger::ToText(ruling.refusal)), now,
                                  held ? held->note : Bytes{}, ledger::FormatCosignOffer(offer)});
    if (const auto conviction =
            held ? ledger::ConvictionOfHeads(held->note, offer.checkpoint, offer.consistency_proof)
                 : std::nullopt) {
      CHANCERY_RETURN_IF_ERROR(KeepConviction(keeper_.store(), *conviction, evidence));
    }
    CHANCERY_RETURN_IF_ERROR(keeper_.Apply(evidence));
    events_.Note(
        {"witness.contradiction", party.view(), static_cast<std::int64_t>(state.tree.size)});
  }
  if (ruling.refusal == ledger::CosignRefusal::kStale) return CosignAnswer{{}, state.tree.size};
  if (ruling.refusal == ledger::CosignRefusal::kClockWentBack) {
    events_.Note({"witness.clock_behind", party.view(), state.cosigned_at});
    return WithReason(Unavailable("checkpoint: not cosigned: this witness's clock says " +
                                  ToText(now) + " and it has cosigned this ledger at " +
                                  ToText(Instant{state.cosigned_at * kMsPerSecond}) +
                                  " by a clock that was ahead; it signs again from then on"),
                      reason::kWitnessClockBehind);
  }
  if (ruling.refusal != ledger::CosignRefusal::kNone) {
    return WithReason(PermissionDenied("checkpoint: not cosigned: " +
                                       std::string(ledger::ToText(ruling.refusal))),
                      reason::kCheckpointRefused);
  }
  CHANCERY_RETURN_IF_ERROR(CheckLead(party, keys.witnesses, offer.checkpoint, now));
  // Stored before it is shown. The cosignature is in the stored note, so it is made first and
  // handed out last.
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::NoteSignature cosignature,
      ledger::Cosign(witness_key_, ruling.checkpoint_text, ruling.next.cosigned_at));
  const std::string line = ledger::FormatSignatureLine(cosignature);
  CHANCERY_ASSIGN_OR_RETURN(Bytes note, ledger::AddSignatureLines(offer.checkpoint, {line}));
  store::Commit commit;
  store::WitnessedChange change;
  if (held) change.expected = held->tree;
  change.next = {origin, ruling.next.tree, std::move(note)};
  commit.witnessed.push_back(std::move(change));
  commit.cursors.push_back(
      {CosignedOfCursor(party), static_cast<std::int64_t>(ruling.next.tree.size)});
  CHANCERY_RETURN_IF_ERROR(keeper_.Apply(commit));
  events_.Note(
      {"witness.cosigned", party.view(), static_cast<std::int64_t>(ruling.next.tree.size)});
  return CosignAnswer{line, ruling.next.tree.size};
}

absl::StatusOr<Bytes> Witnessing::TellTime(ByteView note, Instant at) const {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note parsed, ledger::ParseNote(note));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(parsed.text));
  CHANCERY_RETURN_IF_ERROR(CheckStillLargest(checkpoint.tree.size, at));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::NoteSignature cosignature,
                            ledger::Cosign(witness_key_, parsed.text, at.ms / kMsPerSecond));
  return ledger::AddSignatureLines(note, {ledger::FormatSignatureLine(cosignature)});
}

absl::StatusOr<std::uint64_t> Witnessing::CosignedBy(PartyCode party) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t size,
                            keeper_.store().ReadCursor(CosignedByCursor(party)));
  return static_cast<std::uint64_t>(size);
}

absl::StatusOr<std::uint64_t> Witnessing::CosignedBy(const ledger::NoteKey& always_on) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t size,
                            keeper_.store().ReadCursor(CosignedByCursor(always_on)));
  return static_cast<std::uint64_t>(size);
}

absl::StatusOr<std::uint64_t> Witnessing::CosignedOf(PartyCode party) const {
  CHANCERY_ASSIGN_OR_RETURN(
      const std::optional<store::WitnessedHead> held,
      keeper_.store().FindWitnessed(ledger::OriginOf(anchor_.agreement, anchor_.realm(), party)));
  return held ? held->tree.size : 0;
}

}  // namespace chancery::exchange
