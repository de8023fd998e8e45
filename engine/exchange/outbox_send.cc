#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/offer.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/forked.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/offered.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 64;
// Of what goes in one message; a message is at most 256 KiB.
constexpr std::size_t kMostAtOnce = 64;
constexpr std::size_t kMostBytesAtOnce = 192 * 1024;

// The reasons that speak about the act's own bytes, or about the standing of who sealed it: the
// same bytes fare no better at any other time. Whatever is not listed may be a passing fault of the
// path, of the ministry or of what it knows so far.
constexpr std::string_view kFinalReasons[] = {
    "ENVELOPE_FIELD",
    "ENVELOPE_NOT_CANONICAL",
    "ENVELOPE_NOT_READABLE",
    "PARTICULARS_FIELD",
    "PARTICULARS_NOT_CANONICAL",
    "PARTICULARS_NOT_READABLE",
    "STATEMENT_FIELD",
    "STATEMENT_FORMAT",
    "STATEMENT_NOT_CANONICAL",
    "STATEMENT_NOT_READABLE",
    "STATEMENT_NO_ACT",
    "STATEMENT_TOO_LARGE",
    "STATEMENT_TOO_MANY_LINES",
    reason::kCertificateExpired,
    reason::kCertificateNotAppointed,
    reason::kCertificateOfOtherParty,
    reason::kCertificateRevoked,
    reason::kCertificateWrong,
    reason::kAppointmentDiffers,
    reason::kCommitmentDiffers,
    reason::kEnvelopeTooLarge,
    reason::kMatterTaken,
    reason::kOfferProofMalformed,
    reason::kOtherAgreement,
    reason::kOtherRealm,
    reason::kParticularsMissing,
    reason::kParticularsUnbound,
    reason::kSealInvalid,
    reason::kSealMissing,
    reason::kStatementIdReused,
};

bool IsFinal(std::string_view reason) {
  return std::find(std::begin(kFinalReasons), std::end(kFinalReasons), reason) !=
         std::end(kFinalReasons);
}

std::size_t SizeOf(const codec::Envelope& envelope) {
  std::size_t size =
      envelope.statement.size() + envelope.seal.size() + envelope.offer_proof.size() + 64;
  for (const Item& item : envelope.items)
    size += item.label.size() + item.value.Reveal().size() + Digest::kSize + 16;
  return size;
}

}  // namespace

// An act on its way.
struct Outbox::Leaving {
  store::Delivery delivery;
  procedure::Act act;
  codec::Envelope envelope;
  std::string subject;
};

// What goes together, and what became of what went before.
struct Outbox::Sending {
  std::vector<Leaving> batch;
  std::size_t bytes = 0;
  std::unique_ptr<SubmitChannel> channel = nullptr;
  std::set<MatterId> held = {};  // no act of these is tried any more
  absl::Status left = absl::OkStatus();
  CheckedNote checked = {};

  bool Has(const MatterId& matter) const {
    return std::any_of(batch.begin(), batch.end(),
                       [&](const Leaving& leaving) { return leaving.act.matter == matter; });
  }
  // OK when others may still be sent.
  absl::Status Hold(const MatterId& matter, const absl::Status& status) {
    if (IsAway(status) || ReasonOf(status) == kLedgerForked) return status;
    held.insert(matter);
    if (left.ok()) left = status;
    return absl::OkStatus();
  }
};

bool IsAway(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
      return true;
    default:
      return false;
  }
}

bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kOutOfRange:
      return IsFinal(ReasonOf(status));
    default:
      return false;
  }
}

// Submits each act by itself.
std::unique_ptr<SubmitChannel> Transport::OpenSubmitChannel() {
  class Single final : public SubmitChannel {
   public:
    explicit Single(Transport& transport) : transport_(transport) {}
    std::vector<absl::StatusOr<GivenReceipt>> Send(
        const std::vector<codec::Envelope>& envelopes) override {
      std::vector<absl::StatusOr<GivenReceipt>> answers;
      for (const codec::Envelope& envelope : envelopes) {
        answers.push_back(transport_.Submit(envelope));
        if (IsAway(answers.back().status())) break;
      }
      return answers;
    }

   private:
    Transport& transport_;
  };
  return std::make_unique<Single>(*this);
}

absl::Status Outbox::SendWaiting() {
  const std::lock_guard lock(sending_);
  // A receipt that came now could not be kept.
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.gate());
  CHANCERY_RETURN_IF_ERROR(attachments_.Sweep().status());
  CHANCERY_RETURN_IF_ERROR(CheckNotForked(parts_.keeper.store()));
  const absl::Status sent = SendAll();
  away_ = IsAway(sent);
  return sent;
}

absl::Status Outbox::SendAll() {
  store::Store& store = parts_.keeper.store();
  Sending sending;
  std::uint64_t after = 0;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> page,
                              store.ListOpenDeliveries(parts_.party.keeper, after, kPage));
    for (const store::Delivery& delivery : page) {
      after = delivery.sequence;
      CHANCERY_ASSIGN_OR_RETURN(const std::optional<SentPaper> sent,
                                FindSent(store, delivery.what.statement_id));
      if (!sent)
        return DataLoss("an act in the outbox has no record: restore the store from a backup");
      // Whether the ministry is back is tried with one act.
      const std::size_t most = away_ ? 1 : kMostAtOnce;
      // An act is sent when the one before in its matter was answered, and none overtakes another.
      if (sending.batch.size() >= most || sending.Has(sent->act.matter))
        CHANCERY_RETURN_IF_ERROR(SendBatch(sending));
      if (!sending.held.contains(sent->act.matter))
        CHANCERY_RETURN_IF_ERROR(Take(delivery, sent->act.matter, sending));
    }
    if (page.empty()) {
      CHANCERY_RETURN_IF_ERROR(SendBatch(sending));
      return sending.left;
    }
  }
}

// An act with all that goes beside it; nothing when it was turned away here.
absl::StatusOr<std::optional<Outbox::Leaving>> Outbox::MakeReady(const store::Delivery& delivery) {
  Leaving leaving;
  leaving.delivery = delivery;
  leaving.subject = delivery.what.statement_id.ToHexText();
  CHANCERY_ASSIGN_OR_RETURN(leaving.envelope, codec::DecodeEnvelope(delivery.what.bytes));
  CHANCERY_ASSIGN_OR_RETURN(codec::Statement statement,
                            codec::DecodeStatement(leaving.envelope.statement));
  leaving.act = std::move(statement.act);
  if (leaving.act.commitment) {
    CHANCERY_ASSIGN_OR_RETURN(
        leaving.envelope.items,
        parts_.vault.Decrypt(leaving.act, delivery.what.statement_digest, parts_.party.self));
    if (leaving.envelope.items.empty()) {
      CHANCERY_RETURN_IF_ERROR(TurnAway(
          delivery,
          WithReason(FailedPrecondition("the particulars were erased before they were sent"),
                     reason::kParticularsErased)));
      return std::nullopt;
    }
  }
  // An act that was offered before and had no receipt goes with the proof of how long it stood
  // here.
  if (delivery.state != store::DeliveryState::kWaiting) {
    CHANCERY_ASSIGN_OR_RETURN(leaving.envelope.offer_proof, OfferProof(delivery));
  }
  return std::optional<Leaving>(std::move(leaving));
}

// Puts an act behind the others that leave. OK when others may still be sent.
absl::Status Outbox::Take(const store::Delivery& delivery, const MatterId& matter,
                          Sending& sending) {
  absl::StatusOr<std::optional<Leaving>> ready = MakeReady(delivery);
  if (!ready.ok()) return sending.Hold(matter, ready.status());
  if (!ready->has_value()) return absl::OkStatus();
  Leaving& leaving = **ready;
  const std::size_t size = SizeOf(leaving.envelope);
  const bool attached = !AttachmentsOf(leaving.act).empty();
  if (attached || sending.bytes + size > kMostBytesAtOnce)
    CHANCERY_RETURN_IF_ERROR(SendBatch(sending));
  if (const absl::Status ahead = SendAttachments(leaving.act); !ahead.ok()) {
    const absl::Status noted = NoteOffered(delivery);
    return sending.Hold(matter, noted.ok() ? ahead : noted);
  }
  sending.bytes += size;
  sending.batch.push_back(std::move(leaving));
  return absl::OkStatus();
}

// Sends what is ready and keeps every answer. OK when others may still be sent.
absl::Status Outbox::SendBatch(Sending& sending) {
  if (sending.batch.empty()) return absl::OkStatus();
  const std::vector<Leaving> batch = std::exchange(sending.batch, {});
  sending.bytes = 0;
  std::vector<codec::Envelope> envelopes;
  for (const Leaving& leaving : batch) {
    parts_.events.Note(
        {"send.before", leaving.subject, static_cast<std::int64_t>(leaving.delivery.sequence)});
    envelopes.push_back(leaving.envelope);
  }
  std::vector<absl::StatusOr<GivenReceipt>> answers;
  if (batch.size() == 1) {
    answers.push_back(parts_.transport.Submit(envelopes.front()));
  } else {
    if (sending.channel == nullptr) sending.channel = parts_.transport.OpenSubmitChannel();
    answers = sending.channel->Send(envelopes);
    CHANCERY_CHECK(!answers.empty() && answers.size() <= batch.size());
  }

  if (!IsAway(answers.front().status())) away_ = false;
  std::vector<Kept> kept;
  absl::Status ended = absl::OkStatus();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    absl::StatusOr<std::optional<ProvenEntry>> proven =
        Prove(batch[i], std::move(answers[i]), sending.checked);
    if (!proven.ok()) {
      const absl::Status held = sending.Hold(batch[i].act.matter, proven.status());
      if (ended.ok()) ended = held;
    } else if (proven->has_value()) {
      kept.push_back({&batch[i], **std::move(proven)});
    }
  }
  const std::vector<absl::Status> statuses = Keep(kept);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (statuses[i].ok()) continue;
    const absl::Status held = sending.Hold(kept[i].leaving->act.matter, statuses[i]);
    if (ended.ok()) ended = held;
  }
  return ended;
}

// The recorded entry; nothing when the act was turned away for good.
absl::StatusOr<std::optional<ProvenEntry>> Outbox::Prove(const Leaving& leaving,
                                                         absl::StatusOr<GivenReceipt> given,
                                                         CheckedNote& checked) {
  // Gone from there since they were sent.
  if (ReasonOf(given.status()) == reason::kAttachmentsMissing) {
    if (const absl::Status ahead = SendAttachments(leaving.act); ahead.ok()) {
      given = parts_.transport.Submit(leaving.envelope);
    } else {
      given = ahead;
    }
  }
  const store::Delivery& delivery = leaving.delivery;
  if (!given.ok()) {
    if (IsRefusal(given.status())) {
      CHANCERY_RETURN_IF_ERROR(TurnAway(delivery, given.status()));
      return std::nullopt;
    }
    CHANCERY_RETURN_IF_ERROR(NoteOffered(delivery));
    return given.status();
  }
  const Instant now = parts_.clock.Now();
  absl::StatusOr<ProvenEntry> proven =
      CheckReceipt(*given, leaving.envelope.statement, parts_.party.KeeperLogs(now),
                   leaving.act.made_at, now, &checked);
  if (proven.ok()) return std::optional<ProvenEntry>(*std::move(proven));
  parts_.events.Note(
      {"receipt.wrong", ReasonOf(proven.status()), static_cast<std::int64_t>(given->number)});
  CHANCERY_RETURN_IF_ERROR(KeepEvidence(delivery, "receipt", delivery.what.bytes, *given));
  CHANCERY_RETURN_IF_ERROR(NoteOffered(delivery));
  return Annotate(proven.status(), "receipt of act " + leaving.subject);
}

// In one commit of this ledger, where nothing speaks against it. A status for each.
std::vector<absl::Status> Outbox::Keep(const std::vector<Kept>& kept) {
  store::Store& store = parts_.keeper.store();
  std::vector<LedgerKeeper::Job> jobs;
  for (const Kept& one : kept) {
    jobs.push_back([this, &store, &one](LedgerKeeper::Group& group) -> absl::Status {
      const ProvenEntry& proven = one.proven;
      CHANCERY_RETURN_IF_ERROR(
          KeepRelied(store, {proven.tree, proven.checkpoint, 0}, group.rows()));
      return KeepReceived(store, parts_.party, one.leaving->act,
                          one.leaving->delivery.what.statement_digest, proven, group);
    });
  }
  std::vector<absl::Status> statuses = parts_.keeper.RunAll(std::move(jobs));
  for (std::size_t i = 0; i < kept.size(); ++i) statuses[i] = AfterKeeping(kept[i], statuses[i]);
  return statuses;
}

absl::Status Outbox::AfterKeeping(const Kept& one, const absl::Status& status) {
  const Leaving& leaving = *one.leaving;
  const auto number = static_cast<std::int64_t>(one.proven.number);
  if (ReasonOf(status) == kLedgerForked) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes held,
                              HeldAgainst(parts_.keeper.store(), leaving.act, one.proven));
    parts_.events.Note({"receipt.contradiction", kLedgerForked, number});
    CHANCERY_RETURN_IF_ERROR(
        KeepEvidence(leaving.delivery, kLedgerForked, held,
                     {one.proven.number, one.proven.bytes, one.proven.receipt}));
    CHANCERY_RETURN_IF_ERROR(KeepProof(parts_.keeper, one.proven));
  }
  if (!status.ok()) return status;
  CHANCERY_RETURN_IF_ERROR(KeepSilence(leaving.envelope, one.proven));
  parts_.events.Note({"act.recorded", leaving.subject, number});
  return absl::OkStatus();
}

absl::StatusOr<Bytes> Outbox::OfferProof(const store::Delivery& delivery) const {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(
      const std::optional<store::StatementRow> sealed,
      store.FindStatement({kUseSealed, parts_.party.self, delivery.what.statement_id}));
  if (!sealed) return Bytes();
  return OfferProofOf(store, sealed->entry);
}

// That an act was recorded long after a witness saw it here is kept as the text that shows it.
absl::Status Outbox::KeepSilence(const codec::Envelope& envelope, const ProvenEntry& proven) {
  if (envelope.offer_proof.empty()) return absl::OkStatus();
  const absl::StatusOr<Instant> since =
      OfferedSince(envelope.offer_proof, parts_.party.self, envelope.statement, envelope.seal,
                   *parts_.party.keys);
  if (!since.ok() || proven.entry.recorded_at.ms <= since->ms + ledger::kLeftLyingMs)
    return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const codec::Offer offer, codec::ParseOffer(envelope.offer_proof));
  CHANCERY_ASSIGN_OR_RETURN(Bytes sealed, codec::SealedEntryOf(offer, parts_.party.self,
                                                               envelope.statement, envelope.seal));
  store::Commit rows;
  CHANCERY_RETURN_IF_ERROR(KeepConviction(parts_.keeper.store(),
                                          {ledger::ConvictionKind::kSilence,
                                           offer.proof,
                                           proven.receipt,
                                           {},
                                           std::move(sealed),
                                           proven.bytes},
                                          rows));
  return rows.papers.empty() ? absl::OkStatus() : parts_.keeper.Apply(rows);
}

// Before the act that names them: what the ministry does not hold yet, from where it stopped.
absl::Status Outbox::SendAttachments(const procedure::Act& act) {
  for (const Digest& digest : AttachmentsOf(act)) {
    const AttachmentName name{act.matter, digest};
    CHANCERY_ASSIGN_OR_RETURN(Transport::AttachmentHeld held,
                              parts_.transport.FindAttachment(name.matter, name.digest));
    while (!held.whole) {
      const std::uint64_t offset = held.held;
      const absl::StatusOr<AttachmentPiece> piece =
          attachments_.Read(name, parts_.party.self, offset);
      // Erased here meanwhile: the ministry, which erased it first, asks for none.
      if (ReasonOf(piece.status()) == reason::kAttachmentUnknown) break;
      if (!piece.ok()) return piece.status();
      const absl::StatusOr<Transport::AttachmentHeld> put = parts_.transport.PutAttachment(
          name.matter, name.digest, piece->size, offset, piece->chunk.Reveal());
      // Neither will the act be asked for it: its matter is erased there, or not this party's.
      const std::string refused = ReasonOf(put.status());
      if (refused == reason::kParticularsErased || refused == reason::kAttachmentUnknown) break;
      // The acts of other matters are not held up by it.
      if (refused == reason::kAttachmentQuota)
        return WithReason(FailedPrecondition(ToStd(put.status().message())), refused);
      if (!put.ok()) return put.status();
      if (!put->whole && put->held <= offset)
        return Internal("the ministry took a chunk of an attachment and holds no more than before");
      held = *put;
      const std::string subject = act.matter.ToHexText();
      parts_.events.Note({"attachment.sent", subject, static_cast<std::int64_t>(held.held)});
    }
  }
  return absl::OkStatus();
}

absl::Status Outbox::NoteOffered(const store::Delivery& delivery) {
  // Once per act: the entry says that it was offered and no receipt came, not how often.
  if (delivery.state != store::DeliveryState::kWaiting) return absl::OkStatus();
  return parts_.keeper
      .Run([&](LedgerKeeper::Group& group) -> absl::Status {
        store::Store& store = parts_.keeper.store();
        const StatementId& id = delivery.what.statement_id;
        CHANCERY_ASSIGN_OR_RETURN(std::optional<SentPaper> sent, FindSent(store, id));
        // Collecting may have brought the act in the meantime.
        if (!sent || sent->act.state != SentState::kWaiting) return absl::OkStatus();
        CHANCERY_ASSIGN_OR_RETURN(
            const AppendedEntry offered,
            group.Append(parts_.party.self.ToText(),
                         codec::OfferedBody{delivery.what.statement_digest, id}));
        sent->act.state = SentState::kOffered;
        store::Commit& rows = group.rows();
        rows.statements.push_back(
            {{kUseOffered, parts_.party.self, id}, delivery.what.statement_digest, offered.number});
        rows.papers.push_back(ChangeOf(*sent));
        rows.delivery_marks.push_back({delivery.sequence, store::DeliveryState::kSent,
                                       delivery.attempts + 1, delivery.what.next_attempt_at,
                                       Bytes()});
        return absl::OkStatus();
      })
      .status();
}

absl::Status Outbox::TurnAway(const store::Delivery& delivery, const absl::Status& refusal) {
  const std::string subject = delivery.what.statement_id.ToHexText();
  const absl::Status kept =
      parts_.keeper
          .Run([&](LedgerKeeper::Group& group) -> absl::Status {
            CHANCERY_ASSIGN_OR_RETURN(std::optional<SentPaper> sent,
                                      FindSent(parts_.keeper.store(), delivery.what.statement_id));
            if (!sent || !IsOpen(sent->act.state)) return absl::OkStatus();
            sent->act.state = SentState::kTurnedAway;
            sent->act.reason = ReasonOf(refusal);
            sent->act.error = std::string(ToStd(refusal.message())).substr(0, 1000);
            // What came with an act in an erased case is kept until it was answered, no longer.
            CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> matter,
                                      ReadMatter(parts_.keeper.store(), sent->act.matter));
            if (matter && IsErased(&*matter)) {
              group.rows().erasures.push_back(matter->id);
              CHANCERY_RETURN_IF_ERROR(
                  ForgetAttachments(parts_.keeper.store(), matter->id, group.rows()));
            }
            group.rows().papers.push_back(ChangeOf(*sent));
            group.rows().delivery_marks.push_back(
                {delivery.sequence, store::DeliveryState::kAnswered, delivery.attempts + 1,
                 delivery.what.next_attempt_at, Bytes()});
            return absl::OkStatus();
          })
          .status();
  if (!kept.ok()) return kept;
  parts_.events.Note({"act.turned_away", subject, static_cast<std::int64_t>(delivery.sequence)});
  return absl::OkStatus();
}

absl::Status Outbox::KeepEvidence(const store::Delivery& delivery, std::string_view what,
                                  ByteView held, const GivenReceipt& given) {
  const std::pair key(delivery.what.statement_id, std::string(what));
  if (evidence_kept_.contains(key)) return absl::OkStatus();
  store::Commit commit;
  if (what == kLedgerForked)
    CHANCERY_RETURN_IF_ERROR(MarkFork(parts_.keeper.store(), Fork::kProven, commit));
  commit.conflicts.push_back(
      {parts_.party.keeper_origin(), std::string(what), parts_.clock.Now(), Bytes(held),
       std::to_string(given.entry.size()) + "\n" + given.entry + given.proof});
  // Only what is on disk is kept: a full disk must not lose the evidence for this run.
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
  evidence_kept_.insert(key);
  return absl::OkStatus();
}

}  // namespace chancery::exchange
