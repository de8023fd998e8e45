// What the outbox does when the same act comes by another way while it is being sent.
#include <gtest/gtest.h>

#include "engine/exchange/outbox.h"
#include "engine/exchange/reasons.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

// outbox.h: an act whose entry was collected while its answer was lost, or turned into a refusal on
// the way, is recorded: neither `offered` nor `turned_away` comes over it.
TEST(Outbox, WhatWasCollectedMeanwhileStaysRecorded) {
  const absl::Status answers[] = {
      Unavailable("lost"),
      WithReason(PermissionDenied("no seal of yours"), reason::kSealInvalid),
  };
  for (const absl::Status& answer : answers) {
    SCOPED_TRACE(answer);
    ExchangeWorld ministry;
    ministry.Begin();
    StateWorld state(ministry);
    ASSERT_TRUE(state.collector->CollectAll().ok());
    const HandedIn handed = state.MustHandIn();
    state.transport.after_submit = [&](GivenReceipt&) -> absl::Status {
      EXPECT_TRUE(state.collector->CollectAll().ok());
      return answer;
    };
    const absl::Status sent = state.outbox->SendWaiting();
    EXPECT_EQ(sent.ok(), IsRefusal(answer)) << sent;
    EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
    EXPECT_EQ(state.Entries(codec::EntryKind::kOffered), 0);
    EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
  }
}

// outbox.h: an act whose particulars were erased before it was sent is turned away here, with its
// reason; nothing goes out that the statement does not commit to.
TEST(Outbox, AnActWhoseParticularsWereErasedIsNotSent) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const HandedIn handed = state.MustHandIn();
  store::Commit erased;
  erased.erasures.push_back(handed.matter);
  ASSERT_TRUE(state.store->Apply(erased).ok());
  const absl::Status sent = state.outbox->SendWaiting();
  EXPECT_TRUE(sent.ok()) << sent;
  EXPECT_TRUE(state.transport.Submitted().empty());
  const SentAct act = state.SentOf(handed.id);
  EXPECT_EQ(act.state, SentState::kTurnedAway);
  EXPECT_EQ(act.reason, "PARTICULARS_ERASED");
}

}  // namespace
}  // namespace chancery::exchange
