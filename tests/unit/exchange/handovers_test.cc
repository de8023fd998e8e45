#include "engine/exchange/handovers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/handover.h"
#include "tests/support/exchange_world.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;
using ::testing::HasSubstr;

constexpr std::int64_t kOverlap = 30 * kMsPerDay;

std::unique_ptr<ledger::NoteSigner> Made(const ledger::NoteKey& like, const char* seed) {
  return Must(ledger::MakeNoteSigner(
      like.name(), like.algorithm(),
      Must(crypto::Ed25519Key::FromSeed(crypto::Sha256(seed, like.name()).View()))));
}
Digest KeyOf(const ledger::NoteSigner& signer) {
  return *Digest::FromBytes(signer.key().public_key().View());
}
std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// A founded ministry, and new keys of the ministry and of Greece that nobody knows yet.
class HandoversTest : public ::testing::Test {
 protected:
  HandoversTest() {
    world_.Begin();
    log_ = Made(world_.log_key->key(), "next");
    witness_ = Made(world_.witness_key->key(), "next");
    grc_log_ = Made(world_.LogSigner("GRC")->key(), "next");
    grc_witness_ = Made(world_.WitnessSigner("GRC")->key(), "next");
  }

  // Records the announcement; its entry.
  ActReceipt Announce(const std::string& party, const ledger::NoteSigner& log,
                      const ledger::NoteSigner& witness, std::optional<Instant> until) {
    const std::string by = party == "PAK" ? "PAK" : "EUE";
    Facts facts{{Fact::kParty, procedure::PackParty(Party(party))},
                {Fact::kLogKey, KeyOf(log)},
                {Fact::kWitnessKey, KeyOf(witness)},
                {Fact::kFrom, world_.clock.Now().ms}};
    if (until) facts.Set(Fact::kUntil, until->ms);
    return world_.MustAdmit(
        world_.Sealed(world_.OfCooperation(by, ActKind::kAuthorityAppointed, facts),
                      {{by, by == "PAK" ? "ministry" : "union-signatory"}}),
        by == "PAK" ? "" : "PAK");
  }
  Instant End() { return Instant{world_.clock.Now().ms + kOverlap}; }
  absl::StatusOr<std::optional<Instant>> Start(const ledger::NoteSigner& log,
                                               const ledger::NoteSigner& witness,
                                               const ledger::NoteSigner* before) {
    return CheckOwnKeys(*world_.store, *world_.keys, {log, witness, before}, world_.clock.Now());
  }
  void IsRefused(const absl::StatusOr<std::optional<Instant>>& started, const std::string& why) {
    EXPECT_EQ(started.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(Message(started.status()), HasSubstr(why));
  }
  // The ministry starts again with the new keys, the old one beside them.
  void Rotate() {
    const Instant end = End();
    Announce("PAK", *log_, *witness_, end);
    world_.Stop();
    const auto old = std::move(world_.log_key);
    ASSERT_EQ(Must(Start(*log_, *witness_, old.get())), end);
    old_log_ = world_.LogSigner("PAK");
    world_.log_key = Made(log_->key(), "next");
    world_.witness_key = Made(witness_->key(), "next");
    world_.keeper_options.key_before = old_log_.get();
    world_.keeper_options.key_before_until = end;
    world_.Start();
  }
  // Greece's handover as its node would make it.
  Bytes OfGreece(const ActReceipt& announced, Instant until, const ledger::NoteSigner& log) const {
    return Must(ledger::SignHandover(
        {log.key().name(), world_.LogSigner("GRC")->key(), log.key(), grc_witness_->key(), until,
         announced.number, ledger::LeafHash(announced.entry)},
        *world_.LogSigner("GRC"), log));
  }

  ExchangeWorld world_;
  std::unique_ptr<ledger::NoteSigner> log_, witness_, grc_log_, grc_witness_, old_log_;
};

// Issue 4, Keys over time, "a signing key that was not announced is refused": what is announced, by
// whom it is handed over, and that each happens once.
TEST_F(HandoversTest, ANodeStartsWithItsOwnAnnouncedKeysAlone) {
  const ledger::NoteSigner& old_log = *world_.log_key;
  const ledger::NoteSigner& old_witness = *world_.witness_key;
  EXPECT_EQ(Must(Start(old_log, old_witness, nullptr)), std::nullopt);
  IsRefused(Start(*log_, *witness_, &old_log), "announce both together");
  Announce("PAK", *log_, *witness_, std::nullopt);
  IsRefused(Start(*log_, *witness_, &old_log), "announced without `until`");
  const Instant end = End();
  const ActReceipt announced = Announce("PAK", *log_, *witness_, end);
  // The old ones go on until then.
  EXPECT_EQ(Must(Start(old_log, old_witness, nullptr)), std::nullopt);
  IsRefused(Start(*log_, old_witness, &old_log), "announce both together");
  IsRefused(Start(*log_, *witness_, nullptr), "keys.checkpoint_before");
  IsRefused(Start(*log_, *witness_, grc_log_.get()), "of another ledger");
  const auto stolen = Made(log_->key(), "stolen");
  IsRefused(Start(*log_, *witness_, stolen.get()), "keys.checkpoint_before");
  EXPECT_EQ(Must(Start(*log_, *witness_, &old_log)), end);
  ASSERT_EQ(world_.keys->Handovers().size(), 1U);
  EXPECT_EQ(world_.keys->Handovers().front().entry, announced.number);
  // Once it is handed over, the new one starts with or without the old, and the old one never.
  EXPECT_EQ(Must(Start(*log_, *witness_, nullptr)), std::nullopt);
  EXPECT_EQ(Must(Start(*log_, *witness_, &old_log)), end);
  IsRefused(Start(old_log, old_witness, nullptr), "was handed over");
  IsRefused(Start(*log_, *witness_, stolen.get()), "no earlier key");
  EXPECT_EQ(world_.keys->Handovers().size(), 1U);
  // And it is there after a restart.
  EXPECT_EQ(Must(LoadKeyBook(*world_.store, world_.anchor))->Handovers(), world_.keys->Handovers());
}

// The header: when the overlap is over before anything was handed over, the old keys go on.
TEST_F(HandoversTest, AnOverlapThatIsOverHandsNothingOver) {
  const Instant end = End();
  Announce("PAK", *log_, *witness_, end);
  world_.clock.Set(end);
  IsRefused(Start(*log_, *witness_, world_.log_key.get()), "announce the new ones again");
  EXPECT_TRUE(world_.keys->empty());
  EXPECT_EQ(Must(Start(*world_.log_key, *world_.witness_key, nullptr)), std::nullopt);
}

// keeper.h: both keys sign until the end, then the new one alone; the stored head is said again by
// the new one when it was signed by the old.
TEST_F(HandoversTest, BothKeysSignUntilTheEnd) {
  Rotate();
  const auto lines = [&] {
    return Must(ledger::ParseNote(world_.keeper->head().checkpoint)).signatures.size();
  };
  EXPECT_EQ(lines(), 2U);
  world_.MustAdmit(world_.SealedApplication());
  EXPECT_EQ(lines(), 2U);
  EXPECT_TRUE(ledger::VerifyCheckpoint(world_.keeper->head().checkpoint, old_log_->key()).ok());
  world_.clock.Set(world_.keeper_options.key_before_until);
  world_.MustAdmit(world_.SealedApplication());
  EXPECT_EQ(lines(), 1U);
  EXPECT_TRUE(ledger::VerifyCheckpoint(world_.keeper->head().checkpoint, log_->key()).ok());
  // A program that starts now with the new key alone says the head of its predecessor again.
  world_.Stop();
  world_.keeper_options = {};
  world_.Start();
  EXPECT_TRUE(ledger::VerifyCheckpoint(world_.keeper->head().checkpoint, log_->key()).ok());
}

// Issue 4, Keys over time: a state follows the ministry's keys by what it is given, through the
// overlap and after a time away that was longer than it; everything it had stays good.
TEST_F(HandoversTest, AStateFollowsTheMinistrysKeys) {
  StateWorld state(world_);
  ASSERT_TRUE(state.cosigner->Round().ok());
  Rotate();
  world_.MustAdmit(world_.SealedApplication());
  world_.clock.Set(world_.keeper_options.key_before_until);
  world_.MustAdmit(world_.SealedApplication());
  const absl::Status round = state.cosigner->Round();
  EXPECT_TRUE(round.ok()) << round;
  EXPECT_EQ(state.party->keys->Handovers(), world_.keys->Handovers());
  EXPECT_EQ(Must(world_.witnessing->CosignedBy(Party("GRC"))), world_.keeper->head().tree.size);
  EXPECT_EQ(Must(state.witnessing->CosignedBy(Party("PAK"))), state.keeper->head().tree.size);
  // Kept for the next start.
  EXPECT_EQ(Must(LoadKeyBook(*state.store, world_.anchor))->Handovers(), world_.keys->Handovers());
}

// cosign.h: a state gives the ministry its own handover before it cosigns with the next key, also
// when its head has not grown since the ministry cosigned it.
TEST_F(HandoversTest, AStateHandsOverBeforeItCosigns) {
  StateWorld state(world_);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const auto log = world_.LogSigner("GRC");
  Announce("GRC", *log, *grc_witness_, End());
  ASSERT_TRUE(state.cosigner->Round().ok());
  state.Stop();
  const OwnSigners signers{*log, *grc_witness_};
  EXPECT_EQ(Must(CheckOwnKeys(*state.store, *state.party->keys, signers, world_.clock.Now())),
            std::nullopt);
  state.witness_key = Made(world_.WitnessSigner("GRC")->key(), "next");
  state.Start();
  world_.MustAdmit(world_.SealedApplication());
  const absl::Status round = state.cosigner->Round();
  EXPECT_TRUE(round.ok()) << round;
  EXPECT_EQ(world_.keys->Handovers(), state.party->keys->Handovers());
  EXPECT_EQ(Must(world_.witnessing->CosignedBy(Party("GRC"))), world_.keeper->head().tree.size);
}

// The header: a handover without the act that announced it stops the cosigning.
TEST_F(HandoversTest, AStateCosignsNothingUnderKeysThatNoActAnnounced) {
  StateWorld state(world_);
  ASSERT_TRUE(state.cosigner->Round().ok());
  const ActReceipt other = world_.MustAdmit(world_.SealedApplication());
  const Bytes note = Must(
      ledger::SignHandover({log_->key().name(), world_.log_key->key(), log_->key(), witness_->key(),
                            End(), other.number, ledger::LeafHash(other.entry)},
                           *world_.log_key, *log_));
  ASSERT_TRUE(world_.keys->Take(note).ok());
  const std::uint64_t cosigned = Must(world_.witnessing->CosignedBy(Party("GRC")));
  EXPECT_EQ(ReasonOf(state.cosigner->Round()), kHandoverNotAnnounced);
  EXPECT_EQ(Must(world_.witnessing->CosignedBy(Party("GRC"))), cosigned);
}

// The header: the ministry takes a state's handover when the announcement stands in its own ledger,
// of that party, with exactly these keys and an end that comes after it.
TEST_F(HandoversTest, TheMinistryTakesWhatWasAnnounced) {
  const Instant end = End();
  const ActReceipt backwards = Announce("GRC", *grc_log_, *grc_witness_, world_.clock.Now());
  const ActReceipt announced = Announce("GRC", *grc_log_, *grc_witness_, end);
  const auto take = [&](std::string_view sender, const Bytes& note) {
    return TakeHandover(*world_.keeper, *world_.keys, Party(sender), note);
  };
  const auto other = Made(grc_log_->key(), "other");
  EXPECT_EQ(take("AUT", OfGreece(announced, end, *grc_log_)).code(),
            absl::StatusCode::kPermissionDenied);
  for (const Bytes& note :
       {OfGreece(announced, Instant{end.ms + 1}, *grc_log_), OfGreece(announced, end, *other),
        OfGreece(backwards, world_.clock.Now(), *grc_log_),
        OfGreece({1'000'000, announced.entry, {}}, end, *grc_log_),
        OfGreece({0, announced.entry, {}}, end, *grc_log_)}) {
    EXPECT_EQ(ReasonOf(take("GRC", note)), kHandoverNotAnnounced);
  }
  EXPECT_TRUE(world_.keys->empty());
  EXPECT_TRUE(take("GRC", OfGreece(announced, end, *grc_log_)).ok());
  EXPECT_TRUE(take("GRC", OfGreece(announced, end, *grc_log_)).ok());
  EXPECT_EQ(world_.keys->Handovers().size(), 1U);
  EXPECT_EQ(Must(LoadKeyBook(*world_.store, world_.anchor))->Handovers().size(), 1U);
}

// witnessing.h: an announced key of a state counts once it was handed over, the old one until its
// end.
TEST_F(HandoversTest, TheMinistryCosignsUnderTheKeysThatCount) {
  const Instant end = End();
  const ActReceipt announced = Announce("GRC", *grc_log_, *grc_witness_, end);
  const auto old_log = world_.LogSigner("GRC");
  const auto offer = [&](const ledger::NoteSigner& log, std::uint64_t old_size,
                         std::uint64_t size) {
    // A tree of one repeated leaf: its smaller ones are prefixes.
    ledger::CompactRange tree;
    for (std::uint64_t i = 0; i < size; ++i) tree.Append(ledger::LeafHash("leaf"));
    ledger::CosignOffer given{
        old_size, {}, Must(ledger::SignCheckpoint(log, {log.key().name(), tree.Head()}))};
    if (old_size == 1 && size == 2) given.consistency_proof = {ledger::LeafHash("leaf")};
    return world_.witnessing->Cosign(Party("GRC"), given).status();
  };
  EXPECT_FALSE(offer(*grc_log_, 0, 1).ok()) << "announced and not handed over";
  EXPECT_TRUE(offer(*old_log, 0, 1).ok());
  ASSERT_TRUE(
      world_.witnessing->TakeHandovers(Party("GRC"), {OfGreece(announced, end, *grc_log_)}).ok());
  EXPECT_TRUE(offer(*old_log, 1, 1).ok());
  EXPECT_TRUE(offer(*grc_log_, 1, 1).ok());
  world_.clock.Set(end);
  EXPECT_FALSE(offer(*old_log, 1, 2).ok()) << "its end has come";
  EXPECT_TRUE(offer(*grc_log_, 1, 2).ok());
}

}  // namespace
}  // namespace chancery::exchange
