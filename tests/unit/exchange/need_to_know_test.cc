// Need to know: what one state may learn of another's matters through the engine's calls, which is
// nothing beyond leaf hashes.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/ledger/slice.h"
#include "engine/procedure/replay.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;

// Greece and Austria under the 2016 procedure, and one Greek application.
class NeedToKnowTest : public testing::Test {
 protected:
  NeedToKnowTest() {
    world_.Begin();
    world_.Appoint("AUT", {{"return-authority", 1}});
    application_ = world_.Application();
    greek_ = world_.MustAdmit(
        world_.Sealed(application_, {{"GRC", "return-authority"}}, world_.Particulars()));
    const codec::Entry entry = Must(codec::DecodeEntry(greek_.entry));
    const auto* body = std::get_if<codec::ActBody>(&entry.body);
    if (body != nullptr) greek_act_ = *body;
  }

  CollectedPage CollectFor(std::string_view reader,
                           std::map<std::string, std::uint64_t> positions = {}) {
    return Must(world_.reader->Collect(Party(reader), positions, 10'000));
  }
  // What the ministry rules on an act of Austria.
  procedure::Ruling RulingOn(const procedure::Act& act, std::vector<Item> items = {}) {
    const ActReceipt receipt = Must(
        world_.Submit(world_.Sealed(act, {{"AUT", "return-authority"}}, std::move(items)), "AUT"));
    return Must(RulingOf(receipt.entry));
  }
  // The rulings that a reader's own entries give when they are judged again, beside those recorded.
  void ExpectReplays(std::string_view reader) {
    procedure::Replayer replayer(*world_.procedures->Set());
    const crypto::SealVerifier seals(world_.certificates->Lookup());
    for (const CollectedEntry& collected : CollectFor(reader).entries) {
      const codec::Entry entry = Must(codec::DecodeEntry(collected.entry));
      const auto* act = std::get_if<codec::ActBody>(&entry.body);
      const auto* founded = std::get_if<codec::FoundedBody>(&entry.body);
      if (act == nullptr && founded == nullptr) continue;
      const Bytes& statement = act != nullptr ? act->statement : founded->statement;
      const Bytes& seal = act != nullptr ? act->seal : founded->seal;
      procedure::RecordedAct recorded;
      recorded.entry = collected.number;
      recorded.recorded_at = entry.recorded_at;
      recorded.digest = crypto::Sha256(statement);
      for (const crypto::VerifiedSigner& signer : Must(seals.Verify(statement, seal)))
        recorded.signers.push_back(signer.certificate);
      recorded.act = Must(codec::DecodeStatement(statement)).act;
      EXPECT_FALSE(replayer.AtTheDoor(recorded).has_value()) << "entry " << collected.number;
      const procedure::Stepped stepped = replayer.Add(recorded);
      EXPECT_EQ(stepped.ruling, act != nullptr ? act->ruling : founded->ruling)
          << reader << ", entry " << collected.number << ": " << codec::Summary(stepped.ruling);
      EXPECT_EQ(procedure::StreamOf(stepped.readers, Party("PAK")), entry.stream);
    }
  }

  ExchangeWorld world_;
  procedure::Act application_;
  ActReceipt greek_;
  codec::ActBody greek_act_;
};

// Issue 4, item 5: its own entries and the cooperation's, whatever positions and streams it names.
TEST_F(NeedToKnowTest, CollectingGivesNoEntryOfOthersWhateverIsAskedFor) {
  const Bytes& statement = greek_act_.statement;
  ASSERT_FALSE(statement.empty());
  for (const std::map<std::string, std::uint64_t>& asked :
       {std::map<std::string, std::uint64_t>{},
        {{"GRC", 0}},
        {{"AUT+GRC", 0}, {"GRC", 1}, {"PAK", 0}},
        {{"GRC+AUT", 0}, {"", 0}, {"*", 0}, {"all", 0}}}) {
    for (const CollectedEntry& entry : CollectFor("AUT", asked).entries) {
      EXPECT_TRUE(ledger::IsReadBy(entry.stream, Party("AUT"))) << entry.stream;
      EXPECT_EQ(entry.entry.find(statement), Bytes::npos);
      EXPECT_NE(entry.number, greek_.number);
      EXPECT_TRUE(entry.particulars.empty());
    }
  }
  bool found = false;
  for (const CollectedEntry& entry : CollectFor("GRC").entries) {
    found = found || entry.number == greek_.number;
    // Even the author is given no particulars that are addressed to another.
    EXPECT_TRUE(entry.particulars.empty());
  }
  EXPECT_TRUE(found);
}

// Issue 4, item 5: of the rest, leaf hashes: all of them, and nothing else.
TEST_F(NeedToKnowTest, LeafHashesAreGivenOfEveryEntry) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  const std::vector<Digest> hashes = Must(world_.reader->LeafHashes(0, 1'000'000));
  ASSERT_EQ(hashes.size(), size);
  EXPECT_EQ(hashes[greek_.number], ledger::LeafHash(greek_.entry));
  EXPECT_EQ(Must(world_.reader->LeafHashes(size - 1, 5)).size(), 1U);
  EXPECT_EQ(Must(world_.reader->LeafHashes(3, 2)), std::vector<Digest>(&hashes[3], &hashes[5]));
  EXPECT_TRUE(absl::IsInvalidArgument(world_.reader->LeafHashes(size, 1).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(world_.reader->LeafHashes(0, 0).status()));
}

// Design section 6: no ruling reads a matter that a reader of its entry cannot read. An act on
// another's matter is ruled as one on a matter that does not exist, so that asking tells nothing.
TEST_F(NeedToKnowTest, AnActOnAnothersMatterIsRuledAsIfThereWereNone) {
  const procedure::Act on_theirs =
      world_.From("AUT", "PAK", ActKind::kWithdrawal, application_.matter);
  const procedure::Act on_none =
      world_.From("AUT", "PAK", ActKind::kWithdrawal, world_.entropy.Make<MatterId>());
  const procedure::Ruling theirs = RulingOn(on_theirs);
  const procedure::Ruling none = RulingOn(on_none);
  EXPECT_FALSE(theirs.admitted());
  EXPECT_EQ(theirs, none) << codec::Summary(theirs) << " / " << codec::Summary(none);

  // An act that would open a matter under another's id is not recorded: a ruling would rest on what
  // its readers cannot read.
  procedure::Act opening = world_.Application("AUT");
  opening.matter = application_.matter;
  const std::uint64_t size = world_.keeper->head().tree.size;
  const absl::Status taken =
      world_
          .Submit(world_.Sealed(opening, {{"AUT", "return-authority"}}, world_.Particulars()),
                  "AUT")
          .status();
  EXPECT_EQ(ReasonOf(taken), "MATTER_TAKEN") << taken;
  EXPECT_EQ(world_.keeper->head().tree.size, size);
  ExpectReplays("AUT");
}

// The same person's handle, or an answer to another's act, leads to nothing of another party.
TEST_F(NeedToKnowTest, AHandleOrADigestOfOthersLeadsNowhere) {
  procedure::Act same_person = world_.Application("AUT");
  same_person.facts.Set(Fact::kHandle, application_.facts.IdOr(Fact::kHandle));
  EXPECT_TRUE(RulingOn(same_person, world_.Particulars()).admitted());
  procedure::Act answer = world_.From("AUT", "PAK", ActKind::kWithdrawal, same_person.matter);
  answer.answers = crypto::Sha256(greek_act_.statement);
  RulingOn(answer);
  ExpectReplays("AUT");
  ExpectReplays("GRC");
}

// Another's statement handed in again gives its receipt to its author only.
TEST_F(NeedToKnowTest, AnothersStatementHandedInAgainGivesNoReceipt) {
  codec::Envelope envelope;
  envelope.statement = greek_act_.statement;
  envelope.seal = greek_act_.seal;
  const absl::Status refused = world_.Submit(envelope, "AUT").status();
  EXPECT_EQ(ReasonOf(refused), "PEER_NOT_AUTHOR") << refused;
}

}  // namespace
}  // namespace chancery::exchange
