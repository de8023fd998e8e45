#include "engine/exchange/reader.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/ledger/checkpoint.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() {
    world_.Begin();
    world_.Appoint("AUT", {{"return-authority", 1}});
    for (int i = 0; i < 5; ++i) {
      world_.MustAdmit(world_.SealedApplication("GRC"));
      world_.MustAdmit(world_.SealedApplication("AUT"));
    }
  }
  ExchangeWorld world_;
};

// Design section 6: a reader sees the streams that name it, each without a gap, in the order of
// entry numbers.
TEST_F(ReaderTest, AReaderGetsItsStreamsWithoutAGapInPagesAndNothingOfOthers) {
  std::map<std::string, std::uint64_t> positions;
  std::map<std::string, std::uint64_t> next;
  std::set<std::string> streams;
  std::uint64_t last = 0;
  std::size_t total = 0;
  for (;;) {
    const CollectedPage page = Must(world_.reader->Collect(Party("GRC"), positions, 7));
    if (page.entries.empty()) break;
    const auto head =
        Must(ledger::VerifyCheckpoint(page.checkpoint, world_.log_key->key())).checkpoint.tree;
    EXPECT_EQ(head.size, page.size);
    for (const CollectedEntry& entry : page.entries) {
      EXPECT_TRUE(total == 0 || entry.number > last);
      last = entry.number;
      ++total;
      streams.insert(entry.stream);
      EXPECT_EQ(entry.position, next[entry.stream]++);
      EXPECT_TRUE(ledger::VerifyInclusion(entry.number, head.size, ledger::LeafHash(entry.entry),
                                          entry.inclusion_proof, head.root));
    }
  }
  EXPECT_EQ(streams, (std::set<std::string>{"GRC", "all"}));
  EXPECT_EQ(next["GRC"], 6u);  // the stream's head and five applications
}

// Design section 6: appointed auditors and the keeper see all.
TEST_F(ReaderTest, TheKeeperItselfReadsEverything) {
  std::map<std::string, std::uint64_t> positions;
  const CollectedPage page = Must(world_.reader->Collect(Party("PAK"), positions, 1000));
  EXPECT_EQ(page.entries.size(), world_.keeper->head().tree.size);
}

// A reader that is up to date gets an empty page and then what came since.
TEST_F(ReaderTest, AReaderThatIsUpToDateGetsWhatCameSince) {
  std::map<std::string, std::uint64_t> positions;
  Must(world_.reader->Collect(Party("GRC"), positions, 1000));
  EXPECT_TRUE(Must(world_.reader->Collect(Party("GRC"), positions, 1000)).entries.empty());
  const ActReceipt receipt = world_.MustAdmit(world_.SealedApplication("GRC"));
  world_.MustAdmit(world_.SealedApplication("AUT"));
  const CollectedPage page = Must(world_.reader->Collect(Party("GRC"), positions, 1000));
  ASSERT_EQ(page.entries.size(), 1u);
  EXPECT_EQ(page.entries.front().number, receipt.number);
}

// security.md 3: an application's particulars are for the ministry; its author's own daemon is not
// sent them back.
TEST_F(ReaderTest, ParticularsGoToTheAddresseeOnly) {
  std::map<std::string, std::uint64_t> positions;
  for (const CollectedEntry& entry :
       Must(world_.reader->Collect(Party("GRC"), positions, 1000)).entries) {
    EXPECT_TRUE(entry.particulars.empty());
  }
}

// RFC 9162 2.1.4: the later head extends the earlier one.
TEST_F(ReaderTest, TheLaterHeadIsProvenToExtendTheEarlierOne) {
  const std::uint64_t size = world_.keeper->head().tree.size;
  const auto old = Must(
      ledger::VerifyCheckpoint(Must(world_.reader->CheckpointAt(size - 3)), world_.log_key->key()));
  const auto now =
      Must(ledger::VerifyCheckpoint(Must(world_.reader->Checkpoint()), world_.log_key->key()));
  EXPECT_TRUE(ledger::VerifyConsistency(size - 3, size, old.checkpoint.tree.root,
                                        now.checkpoint.tree.root,
                                        Must(world_.reader->Consistency(size - 3, size))));
  EXPECT_FALSE(world_.reader->Consistency(1, size + 1).ok());
  EXPECT_FALSE(world_.reader->Inclusion(0, size + 1).ok());
}

}  // namespace
}  // namespace chancery::exchange
