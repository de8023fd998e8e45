// The two threads of a state's daemon: one sends what waits, one goes the rounds with the ministry
// (collect, cosign, offer the own head). A daemon whose ministry is away keeps both going, more
// slowly, until it is back.
//
// Waiting is measured with the machine's steady clock: a scenario's clock that stands still does
// not make a daemon stand still.
//
// Threads: every method may be called on any thread. The parts must outlive the loop.
#ifndef CHANCERY_ENGINE_EXCHANGE_OUTBOX_LOOP_H_
#define CHANCERY_ENGINE_EXCHANGE_OUTBOX_LOOP_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/exchange/cosign.h"
#include "engine/exchange/outbox.h"

namespace chancery::exchange {

class StateLoop {
 public:
  struct Pace {
    std::chrono::milliseconds first_retry{
        100};  // after the first failure; doubled with every further one
    std::chrono::milliseconds last_retry{5000};  // and never longer than this
    std::chrono::milliseconds idle_round{200};   // between two rounds when nothing happens
  };

  StateLoop(Outbox& outbox, Cosigner& cosigner, Entropy& entropy, Events& events, Pace pace);
  StateLoop(Outbox& outbox, Cosigner& cosigner, Entropy& entropy, Events& events)
      : StateLoop(outbox, cosigner, entropy, events, Pace()) {}
  ~StateLoop();

  StateLoop(const StateLoop&) = delete;
  StateLoop& operator=(const StateLoop&) = delete;

  // An act was handed in: send it now.
  void Poke();
  // Sends and goes one whole round that begins after this call, and answers what became of it;
  // DeadlineExceeded when it takes longer.
  absl::Status Refresh(std::chrono::milliseconds patience);
  // Why sending or collecting stands still, in words for an operator; empty while nothing does.
  std::string Trouble() const;

  // Ends both threads; a call that is under way is waited for.
  void Stop();

 private:
  void RunSender();
  void RunRounds();
  // How long to wait after so many failures in a row: exponential, with up to half of it taken off
  // at random.
  std::chrono::milliseconds RetryAfter(int failures);

  Outbox& outbox_;
  Cosigner& cosigner_;
  Entropy& entropy_;
  Events& events_;
  const Pace pace_;

  mutable std::mutex mutex_;
  std::condition_variable wake_sender_;
  std::condition_variable wake_rounds_;
  std::condition_variable done_;
  bool stopping_ = false;
  bool poked_ = true;
  bool round_poked_ = false;
  std::uint64_t rounds_wanted_ = 0;
  std::uint64_t rounds_done_ = 0;
  absl::Status last_send_;
  absl::Status last_round_;
  std::thread sender_;
  std::thread rounds_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OUTBOX_LOOP_H_
