#include "engine/exchange/outbox_loop.h"

#include <algorithm>

namespace chancery::exchange {

namespace {

// A state of affairs is told once, not at every try.
void NoteChange(Events& events, std::string_view name, const absl::Status& before,
                const absl::Status& now) {
  if (before.ok() == now.ok()) return;
  if (now.ok()) {
    events.Note({name, "resumed", 0});
  } else {
    const std::string reason = ReasonOf(now);
    events.Note({name, reason.empty() ? std::string_view("away") : std::string_view(reason), 0});
  }
}

}  // namespace

StateLoop::StateLoop(Outbox& outbox, Cosigner& cosigner, Entropy& entropy, Events& events,
                     Pace pace)
    : outbox_(outbox), cosigner_(cosigner), entropy_(entropy), events_(events), pace_(pace) {
  sender_ = std::thread([this] { RunSender(); });
  rounds_ = std::thread([this] { RunRounds(); });
}

StateLoop::~StateLoop() { Stop(); }

void StateLoop::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_sender_.notify_all();
  wake_rounds_.notify_all();
  done_.notify_all();
  if (sender_.joinable()) sender_.join();
  if (rounds_.joinable()) rounds_.join();
}

void StateLoop::Poke() {
  {
    const std::lock_guard lock(mutex_);
    poked_ = true;
  }
  wake_sender_.notify_all();
}

absl::Status StateLoop::Refresh(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  // The round under way, if any, began before this call.
  const std::uint64_t wanted = ++rounds_wanted_;
  poked_ = true;
  wake_sender_.notify_all();
  wake_rounds_.notify_all();
  const bool answered =
      done_.wait_for(lock, patience, [&] { return stopping_ || rounds_done_ >= wanted; });
  if (stopping_) return Unavailable("the daemon is ending");
  if (!answered) return absl::DeadlineExceededError("the round with the ministry took too long");
  return last_round_;
}

std::string StateLoop::Trouble() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [what, status] :
       {std::pair("sending", &last_send_), std::pair("collecting", &last_round_)}) {
    if (status->ok()) continue;
    if (!text.empty()) text += "; ";
    text += std::string(what) + ": " + std::string(ToStd(status->message()));
  }
  return text;
}

std::chrono::milliseconds StateLoop::RetryAfter(int failures) {
  auto wait = pace_.first_retry;
  for (int i = 1; i < failures && wait < pace_.last_retry; ++i) wait *= 2;
  wait = std::min(wait, pace_.last_retry);
  std::uint32_t random = 0;
  entropy_.Fill(reinterpret_cast<std::uint8_t*>(&random), sizeof random);
  return wait - wait * static_cast<std::int64_t>(random % 512) / 1024;
}

void StateLoop::RunSender() {
  int failures = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poked_ = false;
    lock.unlock();
    const absl::Status sent = outbox_.SendWaiting();
    lock.lock();
    NoteChange(events_, "sending", last_send_, sent);
    last_send_ = sent;
    if (sent.ok()) {
      // What was sent is to be collected and cosigned.
      failures = 0;
      round_poked_ = true;
      wake_rounds_.notify_all();
      wake_sender_.wait(lock, [this] { return stopping_ || poked_; });
      continue;
    }
    ++failures;
    const auto wait = RetryAfter(failures);
    wake_sender_.wait_for(lock, wait, [this] { return stopping_; });
  }
}

void StateLoop::RunRounds() {
  int failures = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const std::uint64_t wanted = rounds_wanted_;
    round_poked_ = false;
    lock.unlock();
    const absl::Status round = cosigner_.Round();
    lock.lock();
    NoteChange(events_, "collecting", last_round_, round);
    last_round_ = round;
    rounds_done_ = std::max(rounds_done_, wanted);
    done_.notify_all();
    failures = round.ok() ? 0 : failures + 1;
    const auto wait = round.ok() ? pace_.idle_round : RetryAfter(failures);
    wake_rounds_.wait_for(
        lock, wait, [&] { return stopping_ || round_poked_ || rounds_wanted_ != rounds_done_; });
  }
}

}  // namespace chancery::exchange
