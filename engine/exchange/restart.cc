#include "engine/exchange/restart.h"

#include <utility>

#include "engine/exchange/reasons.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

RestartRule::RestartRule(LedgerKeeper& keeper, std::vector<ledger::NoteKey> logs,
                         std::vector<ledger::NoteKey> own, const Anchor& anchor, Events& events)
    : keeper_(keeper),
      logs_(std::move(logs)),
      own_(std::move(own)),
      needed_(ledger::IntersectingAlwaysOn(anchor)),
      events_(events) {
  if (needed_ == 0) {
    confirmed_ = true;
    return;
  }
  keeper_.SetGate(WithReason(
      Unavailable("ledger: before it signs again it must hear from " + std::to_string(needed_) +
                  " always-on witnesses what they saw of it last; they are being asked, try again "
                  "later"),
      reason::kLedgerUnconfirmed));
}

absl::Status RestartRule::Heard(const ledger::NoteKey& witness, ByteView latest) {
  if (!latest.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint seen,
                              ledger::VerifyCheckpoint(latest, logs_, {}));
    const ledger::TreeHead& tree = seen.checkpoint.tree;
    const ledger::TreeHead head = keeper_.head().tree;
    if (tree.size > head.size) {
      return WentBack(witness.name() + " has cosigned " + std::to_string(tree.size) +
                      " entries of this ledger and the store holds " + std::to_string(head.size));
    }
    CHANCERY_ASSIGN_OR_RETURN(const ledger::CompactRange held,
                              ledger::ReadCompactRange(keeper_.store(), tree.size));
    if (held.Root() != tree.root) {
      return WentBack(witness.name() + " has cosigned another tree of " +
                      std::to_string(tree.size) + " entries than the store holds");
    }
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(latest));
    keeper_.NoteCosignatureTime(ledger::TimeTold(own_, note));
  }
  std::function<void()> then;
  {
    const std::lock_guard lock(mutex_);
    heard_.insert(witness.name());
    if (confirmed_ || went_back_ || heard_.size() < needed_) return absl::OkStatus();
    confirmed_ = true;
    keeper_.SetGate(absl::OkStatus());
    then = std::exchange(then_, nullptr);
  }
  events_.Note({"ledger.confirmed", keeper_.party().view(),
                static_cast<std::int64_t>(keeper_.head().tree.size)});
  keeper_.WakeAll();
  if (then) then();
  return absl::OkStatus();
}

absl::Status RestartRule::WentBack(const std::string& what) {
  absl::Status status = WithReason(
      FailedPrecondition(
          "ledger: it has gone back in time: " + what +
          "; it reads only from now on and signs nothing. To recover, stop the program and put the "
          "newest copy of the store in its place, or bring this one forward from the evidence that "
          "was exported since: recover --from FOLDER (docs/ledger.md)"),
      reason::kLedgerWentBack);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(went_back_, true);
    if (first) keeper_.SetGate(status);
  }
  if (first) {
    events_.Note({"ledger.went_back", keeper_.party().view(),
                  static_cast<std::int64_t>(keeper_.head().tree.size)});
  }
  return status;
}

void RestartRule::WhenConfirmed(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (!confirmed_ || went_back_) {
      then_ = std::move(then);
      return;
    }
  }
  then();
}

}  // namespace chancery::exchange
