// Many acts on their way at once: what goes together, in which order, and what a broken answer
// costs.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/outbox.h"
#include "engine/exchange/reasons.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using codec::EntryKind;
using support::ExchangeWorld;
using support::Must;
using support::StateWorld;
using testing::ElementsAre;

class OutboxSend : public ::testing::Test {
 protected:
  OutboxSend() {
    ministry_.Begin();
    state_ = std::make_unique<StateWorld>(ministry_);
    const absl::Status collected = state_->collector->CollectAll();
    EXPECT_TRUE(collected.ok()) << collected;
  }
  HandedIn Apply(const std::string& name) {
    return state_->MustHandIn(StateWorld::ApplicationJson("Invented " + name));
  }
  HandedIn Withdraw(const HandedIn& application) {
    return state_->MustHandIn(
        R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "matter": ")" +
        application.matter.ToHexText() + "\"}");
  }
  std::uint64_t NumberOf(const HandedIn& handed) { return state_->SentOf(handed.id).number; }
  SentState StateOf(const HandedIn& handed) { return state_->SentOf(handed.id).state; }

  ExchangeWorld ministry_;
  std::unique_ptr<StateWorld> state_;
};

// Issue 5 item 3: a stream message carries many envelopes; their receipts are kept in one commit.
TEST_F(OutboxSend, WhatWaitsGoesTogetherAndIsKeptTogether) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  const HandedIn c = Apply("C");
  const int commits = state_->events.Count("commit.after");
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_THAT(state_->transport.sent_together, ElementsAre(3));
  EXPECT_EQ(state_->events.Count("commit.after"), commits + 1);
  EXPECT_LT(NumberOf(a), NumberOf(b));
  EXPECT_LT(NumberOf(b), NumberOf(c));
  EXPECT_EQ(state_->Entries(EntryKind::kOffered), 0);
  EXPECT_EQ(Must(state_->outbox->Waiting()), 0U);
}

// outbox.h: an act is sent when the one before in its matter was answered, and none overtakes
// another, because a list of a flight may rest on a case.
TEST_F(OutboxSend, ASecondActOfAMatterWaitsForTheFirstAndNothingOvertakes) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  const HandedIn withdrawn = Withdraw(a);
  const HandedIn c = Apply("C");
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_THAT(state_->transport.sent_together, ElementsAre(2, 2));
  EXPECT_LT(NumberOf(a), NumberOf(b));
  EXPECT_LT(NumberOf(b), NumberOf(withdrawn));
  EXPECT_LT(NumberOf(withdrawn), NumberOf(c));
}

// outbox.h: each act stands or falls alone; one that was not taken holds up its matter only.
TEST_F(OutboxSend, OneActsTroubleIsNotTheOthers) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  const HandedIn c = Apply("C");
  const HandedIn withdrawn = Withdraw(b);
  int at = 0;
  state_->transport.before_submit = [&]() -> absl::Status {
    return ++at == 2 ? Internal("one act's own trouble") : absl::OkStatus();
  };
  EXPECT_EQ(state_->outbox->SendWaiting().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(StateOf(a), SentState::kRecorded);
  EXPECT_EQ(StateOf(b), SentState::kOffered);
  EXPECT_EQ(StateOf(c), SentState::kRecorded);
  EXPECT_EQ(StateOf(withdrawn), SentState::kWaiting);
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_LT(NumberOf(b), NumberOf(withdrawn));
}

// The same where the door turns one away for good.
TEST_F(OutboxSend, OneThatIsTurnedAwayIsKeptWithItsReasonAndTheOthersAreRecorded) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  int at = 0;
  state_->transport.before_submit = [&]() -> absl::Status {
    return ++at == 1 ? WithReason(PermissionDenied("the seal is broken"), reason::kSealInvalid)
                     : absl::OkStatus();
  };
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(StateOf(a), SentState::kTurnedAway);
  EXPECT_EQ(state_->SentOf(a.id).reason, reason::kSealInvalid);
  EXPECT_EQ(StateOf(b), SentState::kRecorded);
}

// Issue 2: no act lost, none twice, when the answer to all of them is lost.
TEST_F(OutboxSend, WhenTheAnswerIsLostEachIsAskedForAgainAndStandsOnce) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  const HandedIn c = Apply("C");
  bool lost = false;
  state_->transport.after_sending = [&](std::vector<absl::StatusOr<GivenReceipt>>& answers) {
    if (std::exchange(lost, true)) return;
    for (auto& answer : answers) answer = absl::DeadlineExceededError("no answer");
  };
  EXPECT_EQ(state_->outbox->SendWaiting().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(state_->Entries(EntryKind::kOffered), 3) << "all were offered";
  const std::uint64_t size = ministry_.keeper->head().tree.size;
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(ministry_.keeper->head().tree.size, size);
  EXPECT_EQ(NumberOf(a), size - 3);
  EXPECT_EQ(NumberOf(b), size - 2);
  EXPECT_EQ(NumberOf(c), size - 1);
  EXPECT_THAT(state_->transport.sent_together, ElementsAre(3, 2))
      << "whether it is back is tried with one act, and then the others go together";
}

// Security: a receipt among others is believed for what it proves, whatever the ones beside it.
TEST_F(OutboxSend, AWrongReceiptAmongOthersIsFoundAlthoughTheirCheckpointIsTheSame) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  state_->transport.after_sending = [&](std::vector<absl::StatusOr<GivenReceipt>>& answers) {
    ASSERT_EQ(answers.size(), 2U);
    std::swap(answers[0], answers[1]);
  };
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(StateOf(a), SentState::kOffered);
  EXPECT_EQ(StateOf(b), SentState::kOffered);
  EXPECT_EQ(state_->events.Count("receipt.wrong"), 2);
}

// The same of a checkpoint that nobody signed, behind one that is good.
TEST_F(OutboxSend, AForgedCheckpointAmongOthersIsFound) {
  const HandedIn a = Apply("A");
  const HandedIn b = Apply("B");
  state_->transport.after_sending = [&](std::vector<absl::StatusOr<GivenReceipt>>& answers) {
    ASSERT_EQ(answers.size(), 2U);
    Bytes& proof = answers[1]->proof;
    char& of_signature = proof[proof.size() - 20];
    of_signature = of_signature == 'A' ? 'B' : 'A';
  };
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(StateOf(a), SentState::kRecorded);
  EXPECT_EQ(StateOf(b), SentState::kOffered);
}

}  // namespace
}  // namespace chancery::exchange
