#include "engine/exchange/offered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/codec/offer.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/seen.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

// An always-on witness that shows what it is told to.
class ShownWitness final : public ledger::CalledWitness {
 public:
  explicit ShownWitness(ledger::NoteKey key) : key_(std::move(key)) {}
  const ledger::NoteKey& key() const override { return key_; }
  absl::StatusOr<ledger::CosignAnswer> AddCheckpoint(const ledger::CosignOffer&) override {
    return Unavailable("it is not asked to cosign here");
  }
  absl::StatusOr<Bytes> Latest(std::string_view) override { return latest; }
  Bytes latest;

 private:
  const ledger::NoteKey key_;
};

// A ministry, a state, and an always-on witness of both.
class OfferedTest : public ::testing::Test {
 protected:
  OfferedTest() {
    witness_ = Must(ledger::MakeNoteSigner("eu-pakistan.chancery.example/rehearsal/EUE/witness1",
                                           ledger::NoteAlgorithm::kCosignatureV1,
                                           Must(crypto::Ed25519Key::FromSeed(Bytes(32, '1')))));
    ministry_.anchor.always_on.push_back(witness_->key());
    // The keys that count are read at the start.
    ministry_.Stop();
    ministry_.Start();
    ministry_.Begin();
    state_ = std::make_unique<StateWorld>(ministry_);
    EXPECT_TRUE(state_->collector->CollectAll().ok());
  }

  // The witness sees the state's ledger as it stands.
  void SeeOwnLedger() {
    const store::Head head = state_->keeper->head();
    const ledger::Note note = Must(ledger::ParseNote(head.checkpoint));
    ASSERT_TRUE(state_->witnessing
                    ->AddAlwaysOn(witness_->key(), head.tree.size,
                                  ledger::FormatSignatureLine(
                                      Must(ledger::Cosign(*witness_, note.text, Seconds()))))
                    .ok());
  }
  std::int64_t Seconds() { return ministry_.clock.Now().ms / kMsPerSecond; }
  Instant LimitOf(const HandedIn& handed) {
    return Must(ministry_.store->FindMatter(handed.matter))->next_limit.value();
  }
  void Later(int days) { ministry_.clock.Set({ministry_.clock.Now().ms + days * kMsPerDay}); }

  ExchangeWorld ministry_;
  std::unique_ptr<ledger::NoteSigner> witness_;
  std::unique_ptr<StateWorld> state_;
};

// Design section 6: the limit of an act that was offered and not received counts from two days
// after an always-on witness saw it in its author's ledger; a silent keeper gains nothing, and the
// state rules the same when it collects.
TEST_F(OfferedTest, ASilentKeeperGainsNothing) {
  state_->transport.away = true;
  const HandedIn waited = state_->MustHandIn();
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  SeeOwnLedger();
  const Instant seen{Seconds() * kMsPerSecond};
  Later(9);
  state_->transport.away = false;
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  ASSERT_FALSE(state_->transport.Submitted().back().offer_proof.empty());
  const HandedIn at_once = state_->MustHandIn(StateWorld::ApplicationJson("Another Specimen"));
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_TRUE(state_->transport.Submitted().back().offer_proof.empty());
  EXPECT_EQ(LimitOf(at_once).ms - LimitOf(waited).ms, 7 * kMsPerDay);

  EXPECT_TRUE(state_->collector->CollectAll().ok());
  const std::vector<KeptConviction> kept = Must(ListConvictions(*state_->store));
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(Must(ledger::ParseConviction(kept.front().text)).kind,
            ledger::ConvictionKind::kSilence);
  const codec::Offer offer =
      Must(codec::ParseOffer(Must(OfferProofOf(*state_->store, waited.number))));
  EXPECT_EQ(Must(ledger::SeenAtUnverified(offer.proof)) * kMsPerSecond, seen.ms);
}

// Without a witness's cosignature there is no proof, and nothing changes.
TEST_F(OfferedTest, WhatNobodySawIsNoProof) {
  state_->transport.away = true;
  const HandedIn waited = state_->MustHandIn();
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  EXPECT_TRUE(Must(OfferProofOf(*state_->store, waited.number)).empty());
  Later(9);
  state_->transport.away = false;
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_TRUE(state_->transport.Submitted().back().offer_proof.empty());
  EXPECT_TRUE(Must(ListConvictions(*state_->store)).empty());
}

// seen.h: the door takes no time from a proof that is another act's, of another ledger, or that no
// always-on witness stands behind; it says so and records nothing.
TEST_F(OfferedTest, AProofThatProvesNothingIsTurnedAway) {
  state_->transport.away = true;
  const HandedIn one = state_->MustHandIn();
  const HandedIn other = state_->MustHandIn(StateWorld::ApplicationJson("Another Specimen"));
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  SeeOwnLedger();
  const Bytes proof = Must(OfferProofOf(*state_->store, one.number));
  ASSERT_FALSE(proof.empty());
  const std::uint64_t size = ministry_.keeper->head().tree.size;
  std::vector<codec::Envelope> sent = state_->transport.Submitted();
  codec::Envelope envelope = sent.front();
  codec::Offer unseen = Must(codec::ParseOffer(proof));
  ledger::Receipt receipt = Must(ledger::ParseReceipt(unseen.proof));
  ledger::Note note = Must(ledger::ParseNote(receipt.checkpoint));
  std::erase_if(note.signatures, [&](const ledger::NoteSignature& line) {
    return line.name == witness_->key().name();
  });
  receipt.checkpoint = ledger::FormatNote(note);
  unseen.proof = ledger::FormatReceipt(receipt);
  codec::Offer earlier = Must(codec::ParseOffer(proof));
  earlier.recorded_at.ms -= 1;
  for (const Bytes& bad : {Must(OfferProofOf(*state_->store, other.number)),
                           codec::FormatOffer(unseen), codec::FormatOffer(earlier), proof + "x",
                           Bytes("chancery-offer v1\n"), Bytes("nonsense")}) {
    envelope.offer_proof = bad;
    EXPECT_EQ(ReasonOf(ministry_.Submit(envelope, "GRC").status()), reason::kOfferProofMalformed)
        << bad;
  }
  EXPECT_EQ(ministry_.keeper->head().tree.size, size);
  envelope.offer_proof = proof;
  EXPECT_TRUE(ministry_.Submit(envelope, "GRC").ok());
}

// Issue 4, item 4: an entry outside of a checkpoint that was the ministry's largest tree, and older
// than that, is refused by the daemon, and what convicts the keeper is kept.
TEST_F(OfferedTest, ABackdatedEntryIsRefused) {
  ShownWitness shown(witness_->key());
  state_->Stop();
  state_->always_on = {&shown};
  state_->Start();
  // The keeper says that it is an hour later than what it will record.
  const Bytes head = ministry_.keeper->head().checkpoint;
  const Bytes told = Must(ledger::AddSignatureLines(
      head, {ledger::FormatSignatureLine(Must(
                ledger::Cosign(*ministry_.witness_key, Must(ledger::ParseNote(head)).text,
                               (ministry_.clock.Now().ms + 60 * kMsPerMinute) / kMsPerSecond)))}));
  shown.latest = told;
  ASSERT_TRUE(state_->cosigner->Round().ok());
  EXPECT_TRUE(Must(ListConvictions(*state_->store)).empty());

  Must(ministry_.Submit(ministry_.SealedApplication(), "GRC"));
  const absl::Status collected = state_->collector->CollectAll();
  EXPECT_EQ(ReasonOf(collected), "BACKDATED") << collected;
  const std::vector<KeptConviction> kept = Must(ListConvictions(*state_->store));
  ASSERT_FALSE(kept.empty());
  const ledger::Conviction conviction = Must(ledger::ParseConviction(kept.front().text));
  EXPECT_EQ(conviction.kind, ledger::ConvictionKind::kBackdated);
  EXPECT_EQ(conviction.first, told);
}

}  // namespace
}  // namespace chancery::exchange
