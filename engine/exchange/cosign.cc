#include "engine/exchange/cosign.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/backdated.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/forked.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

// A witness that does not answer makes no more than one round in this time slow.
constexpr std::chrono::seconds kAskAwayAgain{5};

std::vector<Bytes> OwnHandovers(const StateParty& party) {
  std::vector<Bytes> own;
  for (const Bytes& note : party.keys->Notes()) {
    const absl::StatusOr<ledger::Handover> handover = ledger::ReadHandover(note);
    if (handover.ok() && handover->origin == party.origin()) own.push_back(note);
  }
  return own;
}

}  // namespace

absl::Status Cosigner::Round() {
  const std::lock_guard lock(round_);
  // What would be received and cosigned now could not be kept.
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.gate());
  // Before anything is cosigned with a key that the ministry does not know yet. What fails here is
  // said, or made good, by the steps below.
  if (OwnHandovers(parts_.party).size() != handed_over_) (void)OfferOwnHead(true).ok();
  absl::Status ministry = CollectAndCosign();
  const absl::Status own = OfferOwnHead(false);
  return ministry.ok() ? own : ministry;
}

absl::StatusOr<std::uint64_t> Cosigner::MinistryCosigned() const {
  return parts_.witnessing.CosignedOf(parts_.party.keeper);
}

absl::StatusOr<std::uint64_t> Cosigner::OwnCosigned() const {
  return parts_.witnessing.CosignedBy(parts_.party.keeper);
}

absl::Status Cosigner::CollectAndCosign() {
  CHANCERY_RETURN_IF_ERROR(AskAlwaysOn());
  // What is relied on before the head is asked for lies in it, or the ledger has gone back.
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReliedHead> before,
                            ListRelied(parts_.keeper.store()));
  CHANCERY_ASSIGN_OR_RETURN(GivenHeads given, parts_.transport.GetCheckpoint());
  CHANCERY_RETURN_IF_ERROR(TakeHandovers(parts_.keeper, *parts_.party.keys, given.handovers));
  // A ministry that offers nothing else has its head cosigned.
  if (given.offered.empty()) given.offered = given.head;
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::VerifiedCheckpoint checkpoint,
      CheckCheckpoint(given.head, parts_.party.KeeperLogs(parts_.clock.Now())));
  const ledger::TreeHead& head = checkpoint.checkpoint.tree;
  if (head.size > ministry_size_.load()) ministry_size_.store(head.size);
  CHANCERY_RETURN_IF_ERROR(CheckRelied(before, head, given.head));
  if (head.size == 0) return absl::OkStatus();
  if (head != collected_) {
    CHANCERY_RETURN_IF_ERROR(parts_.collector.CollectAll());
    collected_ = head;
  }
  CHANCERY_RETURN_IF_ERROR(CheckHandovers(parts_.keeper.store(), *parts_.party.keys));
  CHANCERY_RETURN_IF_ERROR(CosignOffered(given, head, before));
  return KeepFinal(given.final_note);
}

absl::Status Cosigner::CosignOffered(const GivenHeads& given, const ledger::TreeHead& head,
                                     const std::vector<ReliedHead>& before) {
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::VerifiedCheckpoint verified,
      CheckCheckpoint(given.offered, parts_.party.KeeperLogs(parts_.clock.Now())));
  const ledger::TreeHead& offered = verified.checkpoint.tree;
  if (offered.size > head.size) {
    return WithReason(InvalidArgument("the ministry offers a larger checkpoint than its head"),
                      "CHECKPOINT_INVALID");
  }
  CHANCERY_ASSIGN_OR_RETURN(std::vector<ReliedHead> relied, ListRelied(parts_.keeper.store()));
  // Those collected while the ledger grew are for the next round's head.
  std::erase_if(relied, [&](const ReliedHead& one) { return one.tree.size > head.size; });
  std::vector<ReliedHead> since = relied;
  std::erase_if(since, [&](const ReliedHead& one) {
    return std::any_of(before.begin(), before.end(),
                       [&](const ReliedHead& known) { return known.tree == one.tree; });
  });
  CHANCERY_RETURN_IF_ERROR(CheckRelied(since, head, given.head));
  // What is larger than the offered checkpoint is for a later one.
  if (offered != head) {
    std::erase_if(relied, [&](const ReliedHead& one) { return one.tree.size > offered.size; });
    CHANCERY_RETURN_IF_ERROR(CheckRelied(relied, offered, given.offered));
  }
  CHANCERY_ASSIGN_OR_RETURN(const Fork fork, ForkSeen(parts_.keeper.store()));
  if (fork == Fork::kProven) return CheckNotForked(parts_.keeper.store());
  if (offered.size == 0) return absl::OkStatus();
  if (offered != taken_) CHANCERY_RETURN_IF_ERROR(Cosign(offered, given.offered));
  // The cosigned head stands for what was relied on from now on, and goes on with it.
  store::Commit commit;
  ForgetRelied(relied, commit);
  if (fork != Fork::kNone) ReleaseFork(commit);
  if (commit.papers.empty() && commit.cursors.empty()) return absl::OkStatus();
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
  if (fork != Fork::kNone) {
    contradiction_.reset();
    parts_.events.Note(
        {"fork.released", parts_.party.keeper.view(), static_cast<std::int64_t>(offered.size)});
  }
  return absl::OkStatus();
}

// A witness that is away says nothing; the ministry's own word is judged all the same.
absl::Status Cosigner::AskAlwaysOn() {
  for (ledger::CalledWitness* witness : parts_.always_on) {
    const auto now = std::chrono::steady_clock::now();
    if (const auto away = away_until_.find(witness->key().name());
        away != away_until_.end() && now < away->second)
      continue;
    const absl::StatusOr<Bytes> latest = witness->Latest(parts_.party.keeper_origin());
    if (!latest.ok()) {
      away_until_.insert_or_assign(witness->key().name(), now + kAskAwayAgain);
    } else if (!latest->empty()) {
      CHANCERY_RETURN_IF_ERROR(RelyOnSeen(*witness, *latest));
    }
  }
  return absl::OkStatus();
}

absl::Status Cosigner::RelyOnSeen(const ledger::CalledWitness& witness, const Bytes& note) {
  // What a witness saw last may be old, and signed by a key of its time.
  const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
      CheckCheckpoint(note, parts_.party.keys->Logs(parts_.party.keeper));
  if (!verified.ok()) {
    parts_.events.Note({"always_on.wrong", ReasonOf(verified.status()), 0});
    return absl::OkStatus();
  }
  const ledger::TreeHead& tree = verified->checkpoint.tree;
  const auto known = seen_.find(witness.key().name());
  if (known != seen_.end() && known->second == tree) return absl::OkStatus();
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::WitnessedHead> cosigned,
                            store.FindWitnessed(parts_.party.keeper_origin()));
  if (cosigned && cosigned->tree == tree) {
    seen_.insert_or_assign(witness.key().name(), tree);
    return absl::OkStatus();
  }
  if (cosigned && cosigned->tree.size == tree.size)
    return Contradiction({cosigned->tree, cosigned->note, 0}, tree, note, {});
  store::Commit rows;
  CHANCERY_RETURN_IF_ERROR(
      KeepCorroborated(store, parts_.party.keys->Witnesses(parts_.party.keeper), note, rows));
  if (const absl::Status kept = KeepRelied(store, {tree, note, 0}, rows); !kept.ok()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReliedHead> held, FindRelied(store, tree.size));
    if (!held) return kept;
    return Contradiction(*held, tree, note, {});
  }
  if (!rows.papers.empty()) CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(rows));
  seen_.insert_or_assign(witness.key().name(), tree);
  return absl::OkStatus();
}

// Everything this party asks for has signed it, its own witness among them: so it belongs to the
// history that was cosigned here.
absl::Status Cosigner::KeepFinal(const Bytes& note) {
  if (note.empty() || parts_.keeper_policy == nullptr) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy policy,
                            parts_.party.keys->BringForward(*parts_.keeper_policy));
  const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
      ledger::VerifyFinalCheckpoint(note, policy);
  if (!verified.ok()) return WithReason(verified.status(), "CHECKPOINT_INVALID");
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t largest, MinistryFinal());
  const std::uint64_t size = verified->checkpoint.tree.size;
  if (size <= largest) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kKeeperFinalPaper, kLatest));
  store::Commit rows;
  rows.papers.push_back({std::string(kKeeperFinalPaper), std::string(kLatest),
                         paper ? paper->version : 0, false, 0, note});
  rows.cursors.push_back({std::string(kKeeperFinalCursor), static_cast<std::int64_t>(size)});
  CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(rows));
  parts_.events.Note(
      {"receipts.final", parts_.party.keeper.view(), static_cast<std::int64_t>(size)});
  return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> Cosigner::MinistryFinal() const {
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t size,
                            parts_.keeper.store().ReadCursor(kKeeperFinalCursor));
  return static_cast<std::uint64_t>(size);
}

// A head that does not extend what was relied on belongs to another history.
absl::Status Cosigner::CheckRelied(const std::vector<ReliedHead>& relied,
                                   const ledger::TreeHead& head, ByteView note) {
  for (const ReliedHead& one : relied) {
    bool extends = one.tree == head;
    ledger::ProofHashes hashes;
    if (one.tree.size < head.size) {
      CHANCERY_ASSIGN_OR_RETURN(hashes, Consistency(one.tree.size, head.size));
      extends =
          ledger::VerifyConsistency(one.tree.size, head.size, one.tree.root, head.root, hashes);
    }
    if (!extends) return Contradiction(one, head, note, hashes);
  }
  return absl::OkStatus();
}

absl::Status Cosigner::Contradiction(const ReliedHead& held, const ledger::TreeHead& head,
                                     ByteView note, const ledger::ProofHashes& proof) {
  if (contradiction_ != head) {
    store::Commit commit;
    commit.conflicts.push_back({parts_.party.keeper_origin(), std::string(kLedgerForked),
                                parts_.clock.Now(), held.note, Bytes(note)});
    // With what both notes and the proof between them show by themselves a third party convicts.
    const auto conviction = ledger::ConvictionOfHeads(held.note, note, proof);
    if (conviction)
      CHANCERY_RETURN_IF_ERROR(KeepConviction(parts_.keeper.store(), *conviction, commit));
    const Fork seen = held.tree.size == head.size ? Fork::kProven : Fork::kShown;
    CHANCERY_RETURN_IF_ERROR(MarkFork(parts_.keeper.store(), seen, commit));
    CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
    contradiction_ = head;
    parts_.events.Note(
        {"ledger.forked", parts_.party.keeper.view(), static_cast<std::int64_t>(head.size)});
  }
  return WithReason(
      PermissionDenied("the ministry's head of size " + std::to_string(head.size) +
                       " does not extend the one of size " + std::to_string(held.tree.size) +
                       " under which entries or receipts were taken"),
      kLedgerForked);
}

absl::Status Cosigner::Cosign(const ledger::TreeHead& head, const Bytes& note) {
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t held, MinistryCosigned());
  ledger::CosignOffer offer;
  // A head smaller than the one cosigned last is for the witness to judge, as all others.
  offer.old_size = std::min(held, head.size);
  offer.checkpoint = note;
  if (held != 0 && held < head.size) {
    CHANCERY_ASSIGN_OR_RETURN(offer.consistency_proof, Consistency(held, head.size));
  }
  const absl::StatusOr<CosignAnswer> answer = AskWitness(offer);
  if (!answer.ok()) {
    const std::string reason = ReasonOf(answer.status());
    parts_.events.Note({"ledger.head_refused", reason, static_cast<std::int64_t>(head.size)});
    if (reason == reason::kCheckpointRefused) {
      store::Commit commit;
      CHANCERY_RETURN_IF_ERROR(MarkFork(parts_.keeper.store(),
                                        held == head.size ? Fork::kProven : Fork::kShown, commit));
      CHANCERY_RETURN_IF_ERROR(parts_.keeper.Apply(commit));
    }
    return answer.status();
  }
  if (answer->line.empty()) {
    return Internal("the head cosigned last changed while the next one was judged");
  }
  CHANCERY_RETURN_IF_ERROR(parts_.transport.AddCosignature(head.size, answer->line));
  taken_ = head;
  parts_.events.Note(
      {"ledger.cosigned", parts_.party.keeper.view(), static_cast<std::int64_t>(head.size)});
  return absl::OkStatus();
}

// The own witness's answer; when its clock leads, the ministry is asked for the time first.
absl::StatusOr<CosignAnswer> Cosigner::AskWitness(const ledger::CosignOffer& offer) {
  absl::StatusOr<CosignAnswer> answer = parts_.witnessing.Cosign(parts_.party.keeper, offer);
  if (ReasonOf(answer.status()) != reason::kWitnessClockAhead) return answer;
  CHANCERY_RETURN_IF_ERROR(OfferOwnHead(true));
  return parts_.witnessing.Cosign(parts_.party.keeper, offer);
}

// `again`: also when the ministry has cosigned it before.
absl::Status Cosigner::OfferOwnHead(bool again) {
  CHANCERY_ASSIGN_OR_RETURN(const Offering::Offered head, parts_.offering.Now());
  CHANCERY_ASSIGN_OR_RETURN(std::uint64_t known, OwnCosigned());
  if (head.tree.size == 0 || (head.tree.size == known && !again)) return absl::OkStatus();
  const std::vector<Bytes> handovers = OwnHandovers(parts_.party);
  // The ministry may know another size than this party's store says: one more try with its answer.
  for (int attempt = 0; attempt < 2; ++attempt) {
    ledger::CosignOffer offer;
    offer.old_size = known;
    CHANCERY_ASSIGN_OR_RETURN(offer.checkpoint,
                              parts_.witnessing.TellTime(head.checkpoint, head.at));
    CHANCERY_ASSIGN_OR_RETURN(
        offer.consistency_proof,
        ledger::BuildConsistencyProof(parts_.keeper.store(), known, head.tree.size));
    const absl::StatusOr<GivenCosignature> answer =
        parts_.transport.AddCheckpoint(offer, handovers);
    if (!answer.ok()) {
      if (ReasonOf(answer.status()) != reason::kCheckpointRefused) return answer.status();
      return Behind(head.tree.size);
    }
    handed_over_ = handovers.size();
    const GivenCosignature& given = *answer;
    if (!given.line.empty()) {
      CHANCERY_RETURN_IF_ERROR(
          parts_.witnessing.AddCosignature(parts_.party.keeper, head.tree.size, given.line));
      parts_.events.Note({"ledger.own_cosigned", parts_.party.keeper.view(),
                          static_cast<std::int64_t>(head.tree.size)});
      return absl::OkStatus();
    }
    if (given.known_size > head.tree.size) return Behind(head.tree.size);
    known = given.known_size;
  }
  return Unavailable(
      "the ministry cosigned neither from the size known here nor from the one it named");
}

// The ministry has cosigned more of this ledger than the store holds, or something else under the
// same sizes.
absl::Status Cosigner::Behind(std::uint64_t size) {
  parts_.events.Note(
      {"ledger.own_refused", parts_.party.self.view(), static_cast<std::int64_t>(size)});
  return WithReason(
      FailedPrecondition(
          "the head of size " + std::to_string(size) +
          " does not extend what the ministry cosigned of this ledger: an old copy of the store "
          "was put back; restore the newest one"),
      "OWN_HEAD_REFUSED");
}

absl::StatusOr<ledger::ProofHashes> Cosigner::Consistency(std::uint64_t old_size,
                                                          std::uint64_t new_size) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> given,
                            parts_.transport.GetConsistency(old_size, new_size));
  std::optional<ledger::ProofHashes> hashes = ledger::ProofHashesFrom(given);
  if (!hashes)
    return WithReason(InvalidArgument("a consistency proof with malformed hashes"),
                      "CHECKPOINT_INVALID");
  return *std::move(hashes);
}

}  // namespace chancery::exchange
