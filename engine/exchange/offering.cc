#include "engine/exchange/offering.h"

#include <algorithm>
#include <utility>

#include "engine/exchange/reasons.h"

namespace chancery::exchange {

namespace {

constexpr std::chrono::seconds kReplacedAfter{1};

}  // namespace

absl::StatusOr<Offering::Offered> Offering::Now() {
  const std::lock_guard lock(mutex_);
  const LedgerKeeper::HeadInTime newest = keeper_.HeadNow();
  const ledger::TreeHead& head = newest.head.tree;
  const auto now = std::chrono::steady_clock::now();
  if (offered_ != head) {
    CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t final_size, witnessing_.FinalSize());
    const bool done = offered_ && (!witnessing_.JudgesFinality() || final_size >= offered_->size);
    // A clock may leap: then what is offered was not the largest for longer than that.
    const bool late = now - since_ >= kReplacedAfter ||
                      std::chrono::milliseconds(newest.at.ms - largest_at_.ms) >= kReplacedAfter;
    if (!offered_ || done || late) {
      offered_ = head;
      note_ = newest.head.checkpoint;
      since_ = now;
      // The cosignatures of what was offered before lead nowhere any more, unless it became final.
      store::Commit commit;
      commit.drop_cosignatures_below = head.size;
      CHANCERY_RETURN_IF_ERROR(keeper_.Apply(commit));
    }
  }
  if (offered_ == head) largest_at_ = newest.at;
  return Offered{*offered_, note_, newest.at};
}

OfferingLoop::OfferingLoop(const Parts& parts) : parts_(parts) {
  for (ledger::CalledWitness* witness : parts_.witnesses)
    threads_.emplace_back([this, witness] { Run(*witness); });
}

OfferingLoop::~OfferingLoop() { Stop(); }

void OfferingLoop::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::string OfferingLoop::Trouble() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [name, status] : last_) {
    if (status.ok()) continue;
    if (!text.empty()) text += "; ";
    text += name + ": " + std::string(ToStd(status.message()));
  }
  return text;
}

bool OfferingLoop::Wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void OfferingLoop::Run(ledger::CalledWitness& witness) {
  const std::string name = witness.key().name();
  bool heard = false;
  std::optional<ledger::TreeHead> cosigned;
  std::chrono::steady_clock::time_point cosigned_at;
  auto retry = parts_.pace.first_retry;
  while (Wait(std::chrono::milliseconds(0))) {
    absl::Status status;
    if (!heard) {
      status = Hear(witness);
      heard = status.ok();
    } else if (status = parts_.keeper.gate(); status.ok()) {
      const absl::StatusOr<Offering::Offered> offered = parts_.offering.Now();
      const auto now = std::chrono::steady_clock::now();
      status = offered.status();
      if (offered.ok() && offered->tree.size != 0 &&
          (offered->tree != cosigned || now - cosigned_at >= parts_.pace.heartbeat)) {
        status = Offer(witness, *offered);
        if (status.ok()) {
          cosigned = offered->tree;
          cosigned_at = now;
        }
      }
    }
    {
      const std::lock_guard lock(mutex_);
      absl::Status& last = last_[name];
      if (last.ok() != status.ok()) {
        const std::string reason = ReasonOf(status);
        parts_.events.Note({"always_on",
                            status.ok()      ? "resumed"
                            : reason.empty() ? "away"
                                             : std::string_view(reason),
                            0});
      }
      last = status;
    }
    if (!status.ok()) {
      if (!Wait(retry)) return;
      retry = std::min(retry * 2, parts_.pace.last_retry);
      continue;
    }
    retry = parts_.pace.first_retry;
    parts_.keeper.WaitForMoreThan(parts_.keeper.head().tree.size, parts_.pace.look.count());
  }
}

absl::Status OfferingLoop::Hear(ledger::CalledWitness& witness) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes latest, witness.Latest(parts_.keeper.origin()));
  return parts_.restart.Heard(witness.key(), latest);
}

absl::Status OfferingLoop::Offer(ledger::CalledWitness& witness, const Offering::Offered& offered) {
  CHANCERY_ASSIGN_OR_RETURN(std::uint64_t known, parts_.witnessing.CosignedBy(witness.key()));
  known = std::min(known, offered.tree.size);
  // The witness may know another size than this store says: one more try with its answer.
  for (int attempt = 0; attempt < 2; ++attempt) {
    ledger::CosignOffer offer;
    offer.old_size = known;
    CHANCERY_ASSIGN_OR_RETURN(offer.checkpoint,
                              parts_.witnessing.TellTime(offered.checkpoint, offered.at));
    CHANCERY_ASSIGN_OR_RETURN(
        offer.consistency_proof,
        ledger::BuildConsistencyProof(parts_.keeper.store(), known, offered.tree.size));
    const absl::StatusOr<ledger::CosignAnswer> answer = witness.AddCheckpoint(offer);
    if (!answer.ok()) {
      if (ReasonOf(answer.status()) != ledger::kCheckpointRefused) return answer.status();
      // What it holds against this head is asked for: its word alone stops nothing.
      CHANCERY_RETURN_IF_ERROR(Hear(witness));
      return answer.status();
    }
    if (!answer->line.empty())
      return parts_.witnessing.AddAlwaysOn(witness.key(), offered.tree.size, answer->line);
    if (answer->known_size > parts_.keeper.head().tree.size)
      CHANCERY_RETURN_IF_ERROR(Hear(witness));
    if (answer->known_size > offered.tree.size)
      return Unavailable("the witness says it has cosigned more than is offered");
    known = answer->known_size;
  }
  return Unavailable(
      "the witness cosigned neither from the size known here nor from the one it named");
}

}  // namespace chancery::exchange
