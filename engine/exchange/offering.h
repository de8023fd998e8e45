// The one checkpoint of the own ledger that is offered to witnesses, and how it reaches the
// always-on ones.
//
// Witnesses sign exactly the offered checkpoint, so that their cosignatures meet on one tree. It is
// replaced by the newest head when it is final for everybody, or after a second; no act waits for
// it. Where no policy says what is final it is always the head.
//
// For each always-on witness one thread offers it what it has not cosigned yet, and every minute
// again when nothing happens, so that a silent ledger is still seen. A witness that is away is
// asked again, more slowly; nothing else waits for it. What a witness says about this ledger is
// told to a RestartRule first (restart.h): before enough of them were heard nothing is offered and
// nothing is signed here, and one that has seen more of this ledger than its store holds shuts it.
//
// Time that is waited is the machine's steady clock, as everywhere.
//
// Threads: every method on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_OFFERING_H_
#define CHANCERY_ENGINE_EXCHANGE_OFFERING_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/restart.h"
#include "engine/exchange/witnessing.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

class Offering {
 public:
  struct Offered {
    ledger::TreeHead tree;
    Bytes checkpoint;  // the note, signed by the log alone
    Instant at;        // when it was the largest tree, or had been until a second before
  };

  Offering(LedgerKeeper& keeper, const Witnessing& witnessing)
      : keeper_(keeper), witnessing_(witnessing) {}

  // What is offered now.
  absl::StatusOr<Offered> Now();

 private:
  LedgerKeeper& keeper_;
  const Witnessing& witnessing_;
  std::mutex mutex_;
  std::optional<ledger::TreeHead> offered_;
  Bytes note_;          // of that tree
  Instant largest_at_;  // the last time that was known of it
  std::chrono::steady_clock::time_point since_;
};

class OfferingLoop {
 public:
  struct Pace {
    std::chrono::milliseconds first_retry{100};  // doubled with every further failure
    std::chrono::milliseconds last_retry{5000};
    std::chrono::milliseconds look{50};  // whether what is offered was replaced
    std::chrono::milliseconds heartbeat{60'000};
  };
  struct Parts {
    LedgerKeeper& keeper;
    Offering& offering;
    Witnessing& witnessing;
    RestartRule& restart;
    Events& events;
    std::vector<ledger::CalledWitness*> witnesses;
    Pace pace = {};
  };

  // Starts a thread for each witness. The parts must outlive it.
  explicit OfferingLoop(const Parts& parts);
  ~OfferingLoop();
  OfferingLoop(const OfferingLoop&) = delete;
  OfferingLoop& operator=(const OfferingLoop&) = delete;

  // Why a witness does not cosign, in words for an operator; empty while all do.
  std::string Trouble() const;

  // Ends the threads; a call that is under way is waited for.
  void Stop();

 private:
  void Run(ledger::CalledWitness& witness);
  absl::Status Hear(ledger::CalledWitness& witness);
  absl::Status Offer(ledger::CalledWitness& witness, const Offering::Offered& offered);
  // False when the loop ends.
  bool Wait(std::chrono::milliseconds time);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, absl::Status> last_;  // by the witness's name
  std::vector<std::thread> threads_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OFFERING_H_
