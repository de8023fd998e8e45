#include "engine/ledger/witness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

struct Fixture {
  TestKeys keys;
  MemoryTree tree{TestLeaves()};
  std::vector<NoteKey> logs{keys.log->key()};
  WitnessState held{tree.HeadAt(6), 1000};

  CosignOffer Offer(std::uint64_t old_size, std::uint64_t new_size) {
    return {old_size, BuildConsistencyProof(tree, old_size, new_size).value(),
            SignedHead(keys, tree.HeadAt(new_size))};
  }
  CosignRuling Judge(const CosignOffer& offer, std::int64_t now = 2000) const {
    return JudgeOffer(kOrigin, logs, held, offer, now);
  }
};

// Ledger formats section 6, the example body of a log of the eight test leaves, known at size 6.
TEST(Witness, TheOfferIsReadAndWritten) {
  Fixture f;
  const CosignOffer offer = f.Offer(6, 8);
  const Bytes body = FormatCosignOffer(offer);
  EXPECT_EQ(body,
            "old "
            "6\nDrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=\nyoVOoSjtBQtBs1/"
            "8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n"
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n\n" +
                offer.checkpoint);
  EXPECT_EQ(ParseCosignOffer(body).value(), offer);
  for (const Bytes& bad : {Replaced(body, "old 6", "old 06"), Replaced(body, "old 6", "new 6"),
                           Replaced(body, "old 6\n", ""), Replaced(body, "\n\n", "\n"),
                           Replaced(body, "DrxdNDf7", "Drxd"), Bytes("old 6"), Bytes()}) {
    EXPECT_EQ(ParseCosignOffer(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

// tlog-witness: at most 63 hashes, and the checkpoint may carry several signatures.
TEST(Witness, AnOfferHasAtMostSixtyThreeHashesAndAnyNumberOfLines) {
  Fixture f;
  CosignOffer offer = f.Offer(6, 8);
  offer.checkpoint = CosignedBy(*f.keys.union1, offer.checkpoint, 5);
  EXPECT_EQ(ParseCosignOffer(FormatCosignOffer(offer)).value(), offer);
  EXPECT_EQ(f.Judge(offer).refusal, CosignRefusal::kNone);
  offer.consistency_proof.assign(63, Digest());
  EXPECT_EQ(ParseCosignOffer(FormatCosignOffer(offer)).value(), offer);
  offer.consistency_proof.assign(64, Digest());
  EXPECT_EQ(ParseCosignOffer(FormatCosignOffer(offer)).status().code(),
            StatusCode::kInvalidArgument);
}

// tlog-witness: a consistent, larger head is cosigned, and the ruling says what to store first.
TEST(Witness, AConsistentLargerHeadIsCosigned) {
  Fixture f;
  const CosignRuling ruling = f.Judge(f.Offer(6, 8));
  EXPECT_EQ(ruling.refusal, CosignRefusal::kNone);
  EXPECT_EQ(ruling.next, (WitnessState{f.tree.HeadAt(8), 2000}));
  EXPECT_EQ(ruling.checkpoint_text, FormatCheckpoint({kOrigin, f.tree.HeadAt(8)}));
  EXPECT_FALSE(ruling.keep_as_evidence);
}

// tlog-witness: equal size, equal root and an empty proof is a refresh with a new time.
TEST(Witness, TheSameHeadIsCosignedAgainWithANewTime) {
  Fixture f;
  const CosignRuling ruling = f.Judge(f.Offer(6, 6));
  EXPECT_EQ(ruling.refusal, CosignRefusal::kNone);
  EXPECT_EQ(ruling.next, (WitnessState{f.tree.HeadAt(6), 2000}));
}

// Ledger formats section 10: the first head comes with the appointment; from size 0 on every tree
// extends it.
TEST(Witness, FromTheEmptyTreeNoProofIsNeededAndNoneAllowed) {
  Fixture f;
  f.held = {};
  EXPECT_EQ(f.Judge(f.Offer(0, 8)).refusal, CosignRefusal::kNone);
  EXPECT_EQ(f.Judge(f.Offer(0, 0)).refusal, CosignRefusal::kNone);
  CosignOffer with_proof = f.Offer(0, 8);
  with_proof.consistency_proof.push_back(Digest());
  EXPECT_EQ(f.Judge(with_proof).refusal, CosignRefusal::kFork);
}

// tlog-witness 403: no signature of the log, one that fails, or another origin.
TEST(Witness, WhatTheLogHasNotSignedIsNotCosigned) {
  Fixture f;
  CosignOffer offer = f.Offer(6, 8);
  Note note = ParseNote(offer.checkpoint).value();
  note.signatures[0].signature[3] ^= 1;
  offer.checkpoint = FormatNote(note);
  EXPECT_EQ(f.Judge(offer).refusal, CosignRefusal::kNotOurLog);
  offer.checkpoint =
      WithoutLinesOf(CosignedBy(*f.keys.union1, SignedHead(f.keys, f.tree.HeadAt(8)), 5), kOrigin);
  EXPECT_EQ(f.Judge(offer).refusal, CosignRefusal::kNotOurLog);
  const CosignRuling other = JudgeOffer("other.example/log", f.logs, f.held, f.Offer(6, 8), 2000);
  EXPECT_EQ(other.refusal, CosignRefusal::kNotOurLog);
  EXPECT_FALSE(other.keep_as_evidence);
  offer.checkpoint = "no checkpoint";
  EXPECT_EQ(f.Judge(offer).refusal, CosignRefusal::kMalformed);
}

// tlog-witness 400: an old size above the new one.
TEST(Witness, AnOldSizeAboveTheNewOneIsMalformed) {
  Fixture f;
  CosignOffer offer = f.Offer(6, 6);
  offer.old_size = 7;
  EXPECT_EQ(f.Judge(offer).refusal, CosignRefusal::kMalformed);
}

// tlog-witness 409: the proof is checked from the stored size only, never from the one in the
// offer.
TEST(Witness, AnOfferFromAnotherSizeIsStale) {
  Fixture f;
  const CosignRuling ruling = f.Judge(f.Offer(5, 8));
  EXPECT_EQ(ruling.refusal, CosignRefusal::kStale);
  EXPECT_TRUE(ruling.keep_as_evidence);
  // Asking again for what was cosigned already is no misbehaviour.
  EXPECT_FALSE(f.Judge(f.Offer(5, 6)).keep_as_evidence);
}

// Design section 6: a log that goes back in time is refused, and what it signed is evidence.
TEST(Witness, ASmallerHeadIsNeverCosigned) {
  Fixture f;
  for (std::uint64_t size = 0; size < 6; ++size) {
    const CosignRuling ruling = f.Judge(f.Offer(size, size));
    EXPECT_EQ(ruling.refusal, CosignRefusal::kBackwards) << size;
    EXPECT_TRUE(ruling.keep_as_evidence);
  }
}

// Design section 6: a fork is refused, and both heads are evidence.
TEST(Witness, AForkIsRefusedAndKept) {
  Fixture f;
  std::vector<Bytes> other_leaves = TestLeaves();
  other_leaves[2] = "another history";
  MemoryTree other(other_leaves);
  for (const std::uint64_t size : {6, 7, 8}) {
    const CosignOffer offer{6, BuildConsistencyProof(other, 6, size).value(),
                            SignedHead(f.keys, other.HeadAt(size))};
    const CosignRuling ruling = f.Judge(offer);
    EXPECT_EQ(ruling.refusal, CosignRefusal::kFork) << size;
    EXPECT_TRUE(ruling.keep_as_evidence);
    EXPECT_EQ(ruling.checkpoint_text, "");
  }
  CosignOffer surplus = f.Offer(6, 6);
  surplus.consistency_proof.push_back(Digest());
  EXPECT_EQ(f.Judge(surplus).refusal, CosignRefusal::kFork);
  CosignOffer missing = f.Offer(6, 8);
  missing.consistency_proof.clear();
  EXPECT_EQ(f.Judge(missing).refusal, CosignRefusal::kFork);
}

// Ledger formats section 10: times of a witness are monotonic.
TEST(Witness, AClockBehindTheLastCosignatureSignsNothing) {
  Fixture f;
  EXPECT_EQ(f.Judge(f.Offer(6, 8), 999).refusal, CosignRefusal::kClockWentBack);
  EXPECT_EQ(f.Judge(f.Offer(6, 8), 1000).refusal, CosignRefusal::kNone);
}

// Every refusal has a word of its own.
TEST(Witness, EveryRefusalHasAWord) {
  std::vector<std::string_view> words;
  for (const CosignRefusal refusal :
       {CosignRefusal::kNone, CosignRefusal::kMalformed, CosignRefusal::kNotOurLog,
        CosignRefusal::kStale, CosignRefusal::kBackwards, CosignRefusal::kFork,
        CosignRefusal::kClockWentBack}) {
    for (const std::string_view word : words) EXPECT_NE(ToText(refusal), word);
    words.push_back(ToText(refusal));
  }
}

// The law of a witness: whatever it is offered in whatever order, all it ever cosigned is one
// history.
TEST(Witness, WhateverIsOfferedTheCosignedHeadsAreOneHistory) {
  std::mt19937 random(7);
  const auto below = [&random](std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random);
  };
  const TestKeys keys;
  const std::vector<NoteKey> logs = {keys.log->key()};
  std::vector<Bytes> entries;
  for (int i = 0; i < 20; ++i) entries.push_back(std::to_string(i));
  MemoryTree one(entries);
  entries[9] = "forked";
  MemoryTree two(entries);
  for (int run = 0; run < 30; ++run) {
    WitnessState held;
    std::vector<TreeHead> cosigned;
    for (int step = 0; step < 30; ++step) {
      MemoryTree& tree = below(3) == 0 ? two : one;
      const std::uint64_t new_size = below(21);
      const std::uint64_t old_size =
          below(2) == 0 ? std::min(held.tree.size, new_size) : below(new_size + 1);
      const CosignOffer offer{old_size, BuildConsistencyProof(tree, old_size, new_size).value(),
                              SignedHead(keys, tree.HeadAt(new_size))};
      const CosignRuling ruling = JudgeOffer(kOrigin, logs, held, offer, 1000 + step);
      if (ruling.refusal != CosignRefusal::kNone) continue;
      held = ruling.next;
      cosigned.push_back(held.tree);
    }
    for (std::size_t i = 1; i < cosigned.size(); ++i)
      ASSERT_LE(cosigned[i - 1].size, cosigned[i].size);
    const auto all_of = [&cosigned](const MemoryTree& tree) {
      return std::all_of(cosigned.begin(), cosigned.end(),
                         [&tree](const TreeHead& head) { return tree.HeadAt(head.size) == head; });
    };
    ASSERT_TRUE(all_of(one) || all_of(two));
  }
}

}  // namespace
}  // namespace chancery::ledger
