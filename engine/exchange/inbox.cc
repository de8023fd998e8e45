#include "engine/exchange/inbox.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/entry.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/seen.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kMaxOfferProof = 8 * 1024;
constexpr std::size_t kMaxParticulars = 64 * 1024;

absl::Status TooLarge(std::string_view what, std::size_t limit) {
  return WithReason(
      InvalidArgument(std::string(what) + ": more than " + std::to_string(limit) + " bytes"),
      reason::kEnvelopeTooLarge);
}

absl::Status CheckSizes(const codec::Envelope& envelope) {
  if (envelope.statement.size() > codec::kMaxStatementBytes)
    return TooLarge("statement", codec::kMaxStatementBytes);
  if (envelope.seal.size() > crypto::kMaxSealSize) return TooLarge("seal", crypto::kMaxSealSize);
  if (envelope.offer_proof.size() > kMaxOfferProof) return TooLarge("offer proof", kMaxOfferProof);
  std::size_t particulars = 0;
  for (const Item& item : envelope.items)
    particulars += item.label.size() + item.value.Reveal().size() + Salt::kSize;
  if (particulars > kMaxParticulars || envelope.items.size() > codec::kMaxItems) {
    return TooLarge("particulars", kMaxParticulars);
  }
  return absl::OkStatus();
}

// The act under one statement id in this group or in the store.
absl::StatusOr<std::optional<store::StatementRow>> FindStatement(store::Store& store,
                                                                 const store::Commit& group,
                                                                 const store::StatementKey& key) {
  const auto found = std::find_if(group.statements.rbegin(), group.statements.rend(),
                                  [&](const store::StatementRow& row) { return row.key == key; });
  if (found != group.statements.rend()) return std::optional<store::StatementRow>(*found);
  return store.FindStatement(key);
}

// A version that nobody here can read is neither accepted nor put in force: acts under it would be
// ruled one way here and another way by whoever holds its bundle.
absl::Status CheckHeld(const procedure::Act& act, const procedure::ProcedureSet& procedures) {
  if (act.kind != procedure::ActKind::kProcedureAccepted &&
      act.kind != procedure::ActKind::kProcedureInForce)
    return absl::OkStatus();
  const Digest version = act.facts.DigestOr(procedure::Fact::kProcedure);
  if (version.IsZero() || procedures.Find(version) != nullptr) return absl::OkStatus();
  return WithReason(
      FailedPrecondition("procedure: the bundle with the digest " + version.ToHexText() +
                         " is not held here; add it with both sides' signatures: "
                         "chancery-ministry procedure add BUNDLE SEAL, and start the server again"),
      reason::kProcedureUnknown);
}

// The door's answer in the words of reasons.h. The core says who may not come in; which certificate
// it is, and why, is looked up here so that the author knows what to do.
absl::Status TurnedAwayStatus(const procedure::TurnedAway& away,
                              const procedure::RecordedAct& recorded,
                              const procedure::Matter* cooperation) {
  switch (away.ground) {
    case procedure::DoorGround::kNotFounded:
      return WithReason(FailedPrecondition(away.message), reason::kNotFounded);
    case procedure::DoorGround::kAuthorNotAppointed:
      return WithReason(PermissionDenied(away.message), reason::kAuthorNotAppointed);
    case procedure::DoorGround::kMatterTaken:
      return WithReason(FailedPrecondition(away.message), reason::kMatterTaken);
    case procedure::DoorGround::kSealMissing:
      return WithReason(PermissionDenied(away.message), reason::kSealMissing);
    case procedure::DoorGround::kSignerNotAppointed:
      break;
  }
  std::string_view why = reason::kCertificateNotAppointed;
  if (cooperation != nullptr) {
    for (const procedure::Appointment& appointment : procedure::AppointmentsOf(*cooperation)) {
      if (std::find(recorded.signers.begin(), recorded.signers.end(), appointment.certificate) ==
          recorded.signers.end()) {
        continue;
      }
      if (appointment.party != recorded.act.author) {
        why = reason::kCertificateOfOtherParty;
      } else if (appointment.until && *appointment.until <= recorded.recorded_at) {
        why = reason::kCertificateRevoked;
      }
    }
  }
  return WithReason(PermissionDenied(away.message), why);
}

}  // namespace

// An envelope that passed everything that can be checked without the ledger.
struct Inbox::Verified {
  codec::Envelope envelope;
  codec::Statement statement;
  Digest digest;
  std::vector<Digest> signers;
  PartyCode bearer;
  std::optional<Instant> offered_since;  // by its offer proof
};

// What became of one run of a job. A refusal that must leave something in the ledger is not the
// job's failure.
struct Inbox::Outcome {
  Recorded recorded;
  absl::Status refused;
};

absl::StatusOr<procedure::Ruling> RulingOf(ByteView entry) {
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry decoded, codec::DecodeEntry(entry));
  if (const auto* act = std::get_if<codec::ActBody>(&decoded.body)) return act->ruling;
  if (const auto* founded = std::get_if<codec::FoundedBody>(&decoded.body)) return founded->ruling;
  return NotFound("entry: it carries no ruling");
}

Inbox::Inbox(const Parts& parts)
    : parts_(parts),
      keys_(parts.keys ? parts.keys : std::make_shared<const ledger::KeyBook>(parts.anchor)),
      attachments_(parts.keeper, parts.vault, parts.clock),
      matters_(parts.keeper.store()) {
  parts_.keeper.SetOverlay(&matters_);
}

Inbox::~Inbox() {
  parts_.keeper.Close();
  parts_.keeper.SetOverlay(nullptr);
}

absl::StatusOr<std::vector<Digest>> Inbox::VerifySigners(ByteView statement, ByteView seal,
                                                         Instant at) const {
  bool unknown = false;
  const crypto::SealVerifier verifier([&](const Digest& digest) {
    std::optional<crypto::Certificate> found = parts_.certificates.Find(digest);
    unknown = unknown || !found;
    return found;
  });
  const auto signers = verifier.Verify(statement, seal);
  if (!signers.ok()) {
    return WithReason(PermissionDenied(ToStd(signers.status().message())),
                      unknown ? reason::kCertificateUnknown : reason::kSealInvalid);
  }
  const std::vector<crypto::Certificate> authorities = parts_.certificates.Authorities();
  std::vector<Digest> digests;
  for (const crypto::VerifiedSigner& signer : *signers) {
    const std::optional<crypto::Certificate> certificate =
        parts_.certificates.Find(signer.certificate);
    CHANCERY_CHECK(certificate.has_value());
    if (!certificate->IsValidAt(at)) {
      return WithReason(
          PermissionDenied("seal: the certificate of " + certificate->uri() + " is not valid at " +
                           ToText(at) + "; seal with a valid one"),
          reason::kCertificateExpired);
    }
    const auto party =
        parts_.trust.VerifyChain(*certificate, authorities, at, crypto::CertificatePurpose::kSeal);
    if (!party.ok()) {
      return WithReason(PermissionDenied(ToStd(party.status().message())),
                        reason::kCertificateWrong);
    }
    digests.push_back(signer.certificate);
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

absl::StatusOr<std::vector<Digest>> Inbox::VerifySeal(ByteView statement, ByteView seal,
                                                      Instant at) const {
  return VerifySigners(statement, seal, at);
}

absl::StatusOr<Inbox::Verified> Inbox::Verify(codec::Envelope envelope, const Peer& peer) const {
  CHANCERY_RETURN_IF_ERROR(CheckSizes(envelope));
  Verified verified;
  const Instant at = std::max(parts_.clock.Now(), parts_.keeper.head().recorded_at);
  CHANCERY_ASSIGN_OR_RETURN(verified.signers, VerifySigners(envelope.statement, envelope.seal, at));
  CHANCERY_ASSIGN_OR_RETURN(verified.statement, codec::DecodeStatement(envelope.statement));
  const procedure::Act& act = verified.statement.act;
  if (verified.statement.realm != RealmOfStatements(parts_.anchor)) {
    return WithReason(PermissionDenied("statement: it is of the realm " +
                                       std::string(NameOf(verified.statement.realm)) +
                                       ", this exchange is " + parts_.anchor.realm()),
                      reason::kOtherRealm);
  }
  if (verified.statement.agreement != parts_.anchor.agreement) {
    return WithReason(PermissionDenied("statement: it is made under another agreement than " +
                                       parts_.anchor.agreement),
                      reason::kOtherAgreement);
  }
  if (!peer.bearer && peer.party != act.author) {
    return WithReason(PermissionDenied("statement: its author is " + act.author.ToText() +
                                       " and the caller is of " + peer.party.ToText() +
                                       "; each party hands in its own acts"),
                      reason::kPeerNotAuthor);
  }
  CHANCERY_RETURN_IF_ERROR(CheckCommitment(act, envelope.items));
  if (!envelope.offer_proof.empty()) {
    absl::StatusOr<Instant> since =
        OfferedSince(envelope.offer_proof, act.author, envelope.statement, envelope.seal, *keys_);
    if (!since.ok()) return WithReason(since.status(), reason::kOfferProofMalformed);
    verified.offered_since = *since;
  }
  verified.digest = crypto::Sha256(envelope.statement);
  if (peer.bearer) verified.bearer = peer.party;
  verified.envelope = std::move(envelope);
  return verified;
}

absl::Status Inbox::RecordEquivocation(const Verified& verified, const store::StatementRow& earlier,
                                       LedgerKeeper::Group& group) const {
  const procedure::Act& act = verified.statement.act;
  const store::StatementKey key{kUseEquivocation, act.author, act.id};
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> kept,
                            FindStatement(parts_.keeper.store(), group.rows(), key));
  if (kept) return absl::OkStatus();
  codec::EquivocationBody body{verified.envelope.statement, verified.envelope.seal, earlier.digest,
                               earlier.entry};
  CHANCERY_ASSIGN_OR_RETURN(
      const AppendedEntry appended,
      group.Append(
          procedure::StreamOf({.everyone = false, .parties = {act.author}}, parts_.keeper.party()),
          std::move(body)));
  group.rows().statements.push_back({key, verified.digest, appended.number});
  parts_.events.Note(
      {"act.equivocation", act.author.view(), static_cast<std::int64_t>(appended.number)});
  return absl::OkStatus();
}

absl::Status Inbox::Record(const Verified& verified, LedgerKeeper::Group& group, Outcome& outcome) {
  const procedure::Act& act = verified.statement.act;
  outcome = {};
  const store::StatementKey key{kUseAct, act.author, act.id};
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> earlier,
                            FindStatement(parts_.keeper.store(), group.rows(), key));
  if (earlier && earlier->digest == verified.digest) {
    outcome.recorded = {earlier->entry, true};
    // Sent ahead once more for an act that was not admitted.
    return attachments_.Release(act, group.rows());
  }

  procedure::RecordedAct recorded;
  recorded.recorded_at = group.recorded_at();
  recorded.digest = verified.digest;
  recorded.signers = verified.signers;
  recorded.act = act;
  recorded.offered_since = verified.offered_since;
  const std::shared_ptr<const procedure::ProcedureSet> procedures = parts_.procedures.Set();
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters touched, matters_.Touched(act));
  if (earlier) {
    // Evidence only when it truly is that author's: its seals are of the author's appointed
    // offices. The founding act's own second version is judged by the appointments it made.
    const procedure::Matter* cooperation = touched.Cooperation();
    const std::vector<procedure::Appointment> appointments =
        cooperation != nullptr ? procedure::AppointmentsOf(*cooperation)
                               : std::vector<procedure::Appointment>{};
    const bool by_author =
        std::all_of(recorded.signers.begin(), recorded.signers.end(), [&](const Digest& signer) {
          return std::any_of(appointments.begin(), appointments.end(),
                             [&](const procedure::Appointment& appointment) {
                               return appointment.certificate == signer &&
                                      appointment.party == act.author;
                             });
        });
    if (!by_author) {
      return WithReason(
          PermissionDenied("seal: not every certificate is appointed for an office of the author"),
          reason::kCertificateNotAppointed);
    }
    CHANCERY_RETURN_IF_ERROR(RecordEquivocation(verified, *earlier, group));
    outcome.refused = WithReason(
        AlreadyExists(
            "statement: its id was used already, for another statement of this author (entry " +
            std::to_string(earlier->entry) +
            "); this one was kept as evidence. Use a new id for each statement"),
        reason::kStatementIdReused);
    return absl::OkStatus();
  }
  // The chains were judged a moment ago; the recorded time is what counts.
  for (const Digest& signer : verified.signers) {
    const std::optional<crypto::Certificate> certificate = parts_.certificates.Find(signer);
    if (!certificate || !certificate->IsValidAt(recorded.recorded_at)) {
      return WithReason(
          PermissionDenied("seal: a certificate is not valid at " + ToText(recorded.recorded_at)),
          reason::kCertificateExpired);
    }
  }
  if (const auto away = procedure::AtTheDoor(*procedures, touched, recorded)) {
    return TurnedAwayStatus(*away, recorded, touched.Cooperation());
  }
  CHANCERY_RETURN_IF_ERROR(CheckAppointing(recorded, touched.Cooperation(), parts_.certificates));
  CHANCERY_RETURN_IF_ERROR(CheckHeld(act, *procedures));
  // Nothing is kept for an erased matter, nor for an author who may not read it.
  const procedure::Matter* const matter = touched.Find(act.matter);
  if (matter == nullptr || (!IsErased(matter) && procedure::MayRead(*matter, act.author)))
    CHANCERY_RETURN_IF_ERROR(attachments_.Require(act));

  // The number stands in no ruling and in no rule; it is here for those who explain one.
  recorded.entry = group.next_number();
  const procedure::Stepped stepped = procedure::Step(*procedures, touched, recorded);
  const std::string stream = procedure::StreamOf(stepped.readers, parts_.keeper.party());
  codec::EntryBody body;
  if (act.kind == procedure::ActKind::kFounded) {
    // A founding act that its own procedure does not admit founds nothing.
    if (!stepped.ruling.admitted()) {
      return WithReason(
          FailedPrecondition("act: the founding procedure does not admit this founding act"),
          reason::kNotFounded);
    }
    body = codec::FoundedBody{verified.envelope.statement, verified.envelope.seal, stepped.ruling};
  } else {
    body = codec::ActBody{verified.envelope.statement, verified.envelope.seal,
                          verified.envelope.offer_proof, stepped.ruling, verified.bearer};
  }
  CHANCERY_ASSIGN_OR_RETURN(const AppendedEntry appended,
                            group.Append(stream, std::move(body), procedure::kCoreRevision));
  store::Commit& rows = group.rows();
  rows.statements.push_back({key, verified.digest, appended.number});
  CHANCERY_RETURN_IF_ERROR(matters_.Put(*procedures, stepped.changed, rows));
  if (Erases(act, stepped.ruling)) {
    CHANCERY_RETURN_IF_ERROR(
        CarryOutErasure(parts_.keeper.store(), parts_.vault, act.matter, rows));
  } else if (stepped.ruling.admitted() && !IsErased(matters_.Find(act.matter))) {
    // What was not admitted moves no matter, and nobody needs a person's particulars for it.
    CHANCERY_RETURN_IF_ERROR(
        parts_.vault.Encrypt(act, verified.digest, verified.envelope.items, rows));
    CHANCERY_RETURN_IF_ERROR(attachments_.Bind(act, rows));
  } else {
    CHANCERY_RETURN_IF_ERROR(attachments_.Release(act, rows));
  }
  outcome.recorded = {appended.number, false};
  return absl::OkStatus();
}

void Inbox::SubmitAsync(codec::Envelope envelope, const Peer& peer, Answer answer) {
  absl::StatusOr<Verified> checked = Verify(std::move(envelope), peer);
  if (!checked.ok()) {
    parts_.events.Note({"act.turned_away", peer.party.view(), 0});
    answer(checked.status());
    return;
  }
  // Shared by the job and its answer, which run one after the other on the sequencer's thread.
  struct Shared {
    Verified verified;
    Outcome outcome;
    Answer answer;
  };
  auto shared = std::make_shared<Shared>(Shared{*std::move(checked), {}, std::move(answer)});
  parts_.keeper.Submit(
      [this, shared](LedgerKeeper::Group& group) {
        return Record(shared->verified, group, shared->outcome);
      },
      [this, shared](const absl::Status& status, const Committed*) {
        const Outcome& outcome = shared->outcome;
        const PartyCode author = shared->verified.statement.act.author;
        if (!status.ok() || !outcome.refused.ok()) {
          parts_.events.Note({"act.turned_away", author.view(), 0});
          shared->answer(status.ok() ? outcome.refused : status);
          return;
        }
        parts_.events.Note({outcome.recorded.again ? "act.again" : "act.recorded", author.view(),
                            static_cast<std::int64_t>(outcome.recorded.number)});
        shared->answer(outcome.recorded);
      });
}

absl::StatusOr<ActReceipt> Inbox::Submit(codec::Envelope envelope, const Peer& peer) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<absl::StatusOr<Recorded>> answer;
  SubmitAsync(std::move(envelope), peer, [&](absl::StatusOr<Recorded> recorded) {
    const std::lock_guard lock(mutex);
    answer = std::move(recorded);
    // Notified under the lock: the waiting function owns both and ends as soon as it can take the
    // lock.
    answered.notify_one();
  });
  {
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return answer.has_value(); });
  }
  if (!answer->ok()) return answer->status();
  return ReceiptOf(**answer);
}

absl::StatusOr<ActReceipt> Inbox::ReceiptOf(const Recorded& recorded) const {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<ActReceipt> receipts, ReceiptsOf({recorded}));
  return std::move(receipts.front());
}

absl::StatusOr<std::vector<ActReceipt>> Inbox::ReceiptsOf(
    const std::vector<Recorded>& recorded) const {
  std::vector<std::uint64_t> numbers;
  for (const Recorded& one : recorded) numbers.push_back(one.number);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::Receipt> proofs,
                            parts_.keeper.ReceiptsOf(numbers));
  std::vector<ActReceipt> receipts;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    CHANCERY_ASSIGN_OR_RETURN(store::StoredEntry entry,
                              parts_.keeper.store().ReadEntry(recorded[i].number));
    receipts.push_back({recorded[i].number, std::move(entry.bytes),
                        ledger::FormatReceipt(proofs[i]), recorded[i].again});
  }
  return receipts;
}

}  // namespace chancery::exchange
