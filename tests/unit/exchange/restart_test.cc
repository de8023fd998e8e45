#include "engine/exchange/restart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "engine/exchange/offering.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using ::testing::HasSubstr;

// A ministry with two always-on witnesses of whom it must hear both, since one makes a quorum.
class RestartTest : public ::testing::Test {
 protected:
  RestartTest() {
    for (const char seed : {'1', '2'}) {
      keys_.push_back(Must(ledger::MakeNoteSigner(
          "eu-pakistan.chancery.example/rehearsal/EUE/witness" + std::string(1, seed),
          ledger::NoteAlgorithm::kCosignatureV1,
          Must(crypto::Ed25519Key::FromSeed(Bytes(32, seed))))));
      world_.anchor.always_on.push_back(keys_.back()->key());
    }
    world_.Begin();
  }
  std::unique_ptr<RestartRule> Rule() {
    return std::make_unique<RestartRule>(*world_.keeper, world_.keys->Logs(Party("PAK")),
                                         world_.keys->Witnesses(Party("PAK")), world_.anchor,
                                         world_.events);
  }
  absl::Status Record() {
    return world_.keeper
        ->Run([](LedgerKeeper::Group& group) {
          return group.Append("PAK", codec::OfferedBody{ledger::LeafHash("x"), StatementId{}})
              .status();
        })
        .status();
  }
  Bytes Head() { return world_.keeper->head().checkpoint; }
  // What another store of this ledger has signed, `more` entries later.
  Bytes Elsewhere(int more) {
    ledger::CompactRange tree =
        Must(ledger::ReadCompactRange(*world_.store, world_.keeper->head().tree.size));
    for (int i = 0; i < more; ++i) tree.Append(ledger::LeafHash("lost " + std::to_string(i)));
    return Must(
        ledger::SignCheckpoint(*world_.log_key, {world_.log_key->key().name(), tree.Head()}));
  }

  ExchangeWorld world_;
  std::vector<std::unique_ptr<ledger::NoteSigner>> keys_;
};

// Design section 6, restart: before its first signature a ledger hears enough always-on witnesses
// to share one with every quorum; until then nothing is recorded, and then everything is.
TEST_F(RestartTest, NothingIsSignedBeforeEnoughWitnessesWereHeard) {
  const auto rule = Rule();
  bool confirmed = false;
  rule->WhenConfirmed([&] { confirmed = true; });
  const std::uint64_t size = world_.keeper->head().tree.size;
  EXPECT_EQ(ReasonOf(Record()), reason::kLedgerUnconfirmed);
  EXPECT_TRUE(absl::IsUnavailable(Record()));
  EXPECT_FALSE(world_.keeper->CheckpointOf(size - 1).ok()) << "that would be a signature";
  EXPECT_TRUE(world_.keeper->CheckpointOf(size).ok()) << "the head's was made before";
  ASSERT_TRUE(rule->Heard(keys_[0]->key(), Head()).ok());
  ASSERT_TRUE(rule->Heard(keys_[0]->key(), Head()).ok());
  EXPECT_EQ(ReasonOf(Record()), reason::kLedgerUnconfirmed) << "one witness twice is one";
  EXPECT_FALSE(confirmed);
  ASSERT_TRUE(rule->Heard(keys_[1]->key(), {}).ok());
  EXPECT_TRUE(confirmed);
  EXPECT_TRUE(Record().ok());
  EXPECT_EQ(world_.keeper->head().tree.size, size + 2) << "the stream's head and the entry";
}

// Ledger formats section 10: a head that is larger than the store's, or differs at its size, shows
// that the store has gone back: it reads only, and no other witness's word changes that.
TEST_F(RestartTest, AStoreThatHasGoneBackReadsOnly) {
  const Bytes newer = Elsewhere(2);
  const auto rule = Rule();
  const absl::Status heard = rule->Heard(keys_[0]->key(), newer);
  EXPECT_EQ(ReasonOf(heard), reason::kLedgerWentBack);
  EXPECT_THAT(std::string(ToStd(heard.message())), HasSubstr("recover --from FOLDER"));
  EXPECT_TRUE(rule->Heard(keys_[1]->key(), Head()).ok());
  EXPECT_TRUE(rule->Heard(keys_[0]->key(), {}).ok());
  EXPECT_EQ(ReasonOf(Record()), reason::kLedgerWentBack);
  EXPECT_EQ(world_.events.Count("ledger.went_back"), 1);
}

// The same at equal size: another tree under the ledger's own signature.
TEST_F(RestartTest, AnotherTreeOfTheSameSizeIsNoticed) {
  const Bytes other = Elsewhere(2);
  ASSERT_TRUE(Record().ok());
  const auto rule = Rule();
  EXPECT_EQ(ReasonOf(rule->Heard(keys_[0]->key(), other)), reason::kLedgerWentBack);
}

// restart.h: a witness stops a ledger only with what the ledger itself has signed.
TEST_F(RestartTest, AWitnesssWordAloneStopsNothing) {
  const auto rule = Rule();
  const auto stranger = world_.LogSigner("GRC");
  const Bytes foreign = Must(
      ledger::SignCheckpoint(*stranger, {stranger->key().name(), {99, ledger::LeafHash("x")}}));
  EXPECT_FALSE(rule->Heard(keys_[0]->key(), foreign).ok());
  EXPECT_FALSE(rule->Heard(keys_[0]->key(), "nonsense").ok());
  EXPECT_EQ(ReasonOf(Record()), reason::kLedgerUnconfirmed);
  ASSERT_TRUE(rule->Heard(keys_[0]->key(), Head()).ok());
  ASSERT_TRUE(rule->Heard(keys_[1]->key(), Head()).ok());
  EXPECT_TRUE(Record().ok());
}

// Decision 0014: no honest book is convicted by its own words. The time a ledger told over a head
// is in the note the witness holds; after a restart with a clock that was set back it is heard
// again, and no entry is recorded before it.
TEST_F(RestartTest, TheTimeToldBeforeARestartBindsAfterIt) {
  const Instant told{world_.clock.Now().ms + 3'600'000};
  world_.clock.Set(told);
  const Bytes note = Must(world_.witnessing->TellTime(Head(), told));
  world_.Stop();
  world_.Start();
  world_.clock.Set({told.ms - 600'000});
  const auto rule = Rule();
  ASSERT_TRUE(rule->Heard(keys_[0]->key(), note).ok());
  ASSERT_TRUE(rule->Heard(keys_[1]->key(), Head()).ok());
  ASSERT_TRUE(Record().ok());
  EXPECT_GE(world_.keeper->head().recorded_at.ms, told.ms / kMsPerSecond * kMsPerSecond);
}

// An anchor without always-on witnesses has nobody to ask.
TEST_F(RestartTest, WithoutAlwaysOnWitnessesNothingIsWaitedFor) {
  world_.anchor.always_on.clear();
  const auto rule = Rule();
  bool confirmed = false;
  rule->WhenConfirmed([&] { confirmed = true; });
  EXPECT_TRUE(confirmed);
  EXPECT_TRUE(Record().ok());
}

// Design section 6: one offered checkpoint, replaced when its quorum has signed it and not before
// (or after a second); final for a reader under the reader's policy, for everybody under the
// ledger's.
TEST_F(RestartTest, TheOfferedCheckpointIsReplacedWhenItIsFinal) {
  OwnPolicies policies;
  const PartyCode greece = Party("GRC");
  policies.all.emplace(Must(ledger::FoundingPolicy(world_.anchor, Party("PAK"), {&greece, 1})));
  policies.readers.emplace(greece, *policies.all);
  Witnessing witnessing(*world_.keeper, *world_.witness_key, world_.anchor, world_.clock,
                        world_.events, policies);
  Offering offering(*world_.keeper, witnessing);
  const auto offered = Must(offering.Now());
  EXPECT_EQ(offered.tree, world_.keeper->head().tree);
  ASSERT_TRUE(Record().ok());

  const std::uint64_t size = offered.tree.size;
  const ledger::Note note = Must(ledger::ParseNote(offered.checkpoint));
  const auto line = [&](const ledger::NoteSigner& signer) {
    return ledger::FormatSignatureLine(
        Must(ledger::Cosign(signer, note.text, world_.clock.Now().ms / kMsPerSecond)));
  };
  EXPECT_EQ(ReasonOf(witnessing.AddAlwaysOn(world_.WitnessSigner("GRC")->key(), size,
                                            line(*world_.WitnessSigner("GRC")))),
            reason::kWitnessNotAppointed);
  ASSERT_TRUE(witnessing.AddAlwaysOn(keys_[1]->key(), size, line(*keys_[1])).ok());
  EXPECT_EQ(Must(witnessing.FinalSize()), 0u);
  EXPECT_TRUE(Must(witnessing.FinalFor(greece)).empty());
  ASSERT_TRUE(witnessing.AddCosignature(greece, size, line(*world_.WitnessSigner("GRC"))).ok());
  EXPECT_EQ(Must(witnessing.FinalSize()), size);
  const Bytes final_note = Must(witnessing.FinalFor(greece));
  EXPECT_TRUE(ledger::VerifyFinalCheckpoint(final_note, *policies.all).ok());
  EXPECT_EQ(Must(witnessing.CosignedBy(keys_[1]->key())), size);
  EXPECT_EQ(Must(offering.Now()).tree, world_.keeper->head().tree);
}

// offering.h: what is offered was the largest tree a second ago at most, by the machine's clock and
// by the one that entries are recorded by, which in a rehearsal leaps.
TEST_F(RestartTest, AfterALeapOfTheClockTheNewestIsOffered) {
  OwnPolicies policies;
  const PartyCode greece = Party("GRC");
  policies.all.emplace(Must(ledger::FoundingPolicy(world_.anchor, Party("PAK"), {&greece, 1})));
  Witnessing witnessing(*world_.keeper, *world_.witness_key, world_.anchor, world_.clock,
                        world_.events, policies);
  Offering offering(*world_.keeper, witnessing);
  const auto first = Must(offering.Now());
  EXPECT_EQ(first.at, world_.clock.Now());
  ASSERT_TRUE(Record().ok());
  EXPECT_EQ(Must(offering.Now()).tree, first.tree) << "it is not final yet";
  world_.clock.Set({world_.clock.Now().ms + 1'000});
  const auto next = Must(offering.Now());
  EXPECT_EQ(next.tree, world_.keeper->head().tree);
  EXPECT_EQ(next.at, world_.clock.Now());
  // And what a later entry contradicts is told to nobody.
  world_.clock.Set({world_.clock.Now().ms + ledger::kBackdatingToleranceMs});
  EXPECT_TRUE(
      absl::IsUnavailable(witnessing.TellTime(first.checkpoint, world_.clock.Now()).status()));
  EXPECT_TRUE(witnessing.TellTime(next.checkpoint, world_.clock.Now()).ok());
}

// witnessing.h, AddAlwaysOn: a line that says of an older head that it was the largest when a later
// entry had long been recorded would convict an honest keeper. It is not taken; the witness is
// asked again.
TEST_F(RestartTest, ALineThatComesTooLateIsNotTaken) {
  Witnessing& witnessing = *world_.witnessing;
  const store::Head before = world_.keeper->head();
  ASSERT_TRUE(Record().ok());
  const Instant recorded = world_.keeper->head().recorded_at;
  const auto line_at = [&](std::int64_t later_ms) {
    world_.clock.Set({recorded.ms + later_ms});
    return ledger::FormatSignatureLine(
        Must(ledger::Cosign(*keys_[0], Must(ledger::ParseNote(before.checkpoint)).text,
                            world_.clock.Now().ms / kMsPerSecond)));
  };
  const std::uint64_t size = before.tree.size;
  EXPECT_TRUE(
      witnessing.AddAlwaysOn(keys_[0]->key(), size, line_at(ledger::kBackdatingToleranceMs - 1'000))
          .ok());
  const absl::Status late = witnessing.AddAlwaysOn(keys_[0]->key(), size,
                                                   line_at(ledger::kBackdatingToleranceMs + 1'000));
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  EXPECT_THAT(std::string(ToStd(late.message())), HasSubstr("asked again"));
}

}  // namespace
}  // namespace chancery::exchange
