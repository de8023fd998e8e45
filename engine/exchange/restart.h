// After any start, and before its first signature, a ledger asks the always-on witnesses what they
// saw of it last (design section 6): a store that was put back from an old copy would sign a second
// history under sizes it has signed before.
//
//   UNAVAILABLE          LEDGER_UNCONFIRMED  too few witnesses were heard to share one with every
//                        quorum: nothing is recorded or signed, acts wait sealed in the outbox, and
//                        the witnesses are asked again
//   FAILED_PRECONDITION  LEDGER_WENT_BACK    one of them has seen more of this ledger than its
//   store
//                        holds, or another tree of that size: it reads only, and the message says
//                        how to recover. The same is heard later, when a witness refuses a head.
//
// What counts is this ledger's own signature on the note that a witness shows; a witness can make a
// ledger wait, and can make it stop only with what the ledger itself has signed. When the ledger
// told the witness what time it was over that note, nothing is recorded before that time: a clock
// that was set back meanwhile would have an honest ledger contradict itself.
//
// Threads: every method on any thread. The keeper must outlive it.
#ifndef CHANCERY_ENGINE_EXCHANGE_RESTART_H_
#define CHANCERY_ENGINE_EXCHANGE_RESTART_H_

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/keeper.h"
#include "engine/ledger/note.h"

namespace chancery::exchange {

class RestartRule {
 public:
  // Shuts the keeper's gate unless the anchor names no always-on witness. `logs` and `own`: every
  // key that this ledger and this party's witness had; what a witness saw last may be signed by an
  // earlier one.
  RestartRule(LedgerKeeper& keeper, std::vector<ledger::NoteKey> logs,
              std::vector<ledger::NoteKey> own, const Anchor& anchor, Events& events);

  // What a witness saw last: its note, or nothing. OK when the store holds it; FailedPrecondition
  // with LEDGER_WENT_BACK, and the gate is shut for good, when not; PermissionDenied when it is no
  // checkpoint of this ledger. Opens the gate when enough witnesses were heard.
  absl::Status Heard(const ledger::NoteKey& witness, ByteView latest);

  // Shuts the gate for good: something this ledger has signed is not in its store.
  absl::Status WentBack(const std::string& what);

  // Calls `then` once the gate is open, at once when it is; on the thread that opens it.
  void WhenConfirmed(std::function<void()> then);

 private:
  LedgerKeeper& keeper_;
  const std::vector<ledger::NoteKey> logs_;
  const std::vector<ledger::NoteKey> own_;
  const std::size_t needed_;
  Events& events_;
  std::mutex mutex_;
  std::set<std::string> heard_;
  bool confirmed_ = false;
  bool went_back_ = false;
  std::function<void()> then_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_RESTART_H_
