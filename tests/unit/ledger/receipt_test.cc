#include "engine/ledger/receipt.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

struct Fixture {
  TestKeys keys;
  MemoryTree tree{TestLeaves()};
  Policy policy = Policy::Parse("log " + keys.log->key().ToText() + "\nwitness w " +
                                keys.reader->key().ToText() + "\nquorum w\n")
                      .value();
  Receipt receipt{5, BuildInclusionProof(tree, 5, 8).value(), SignedHead(keys, tree.HeadAt(8))};
};

// C2SP tlog-proof: header, index, hashes, empty line, checkpoint verbatim.
TEST(Receipt, TheTextIsReadAndWritten) {
  const Fixture f;
  const Bytes text = FormatReceipt(f.receipt);
  EXPECT_EQ(text.substr(0, 31 + 45 * 3 + 1),
            "c2sp.org/tlog-proof@v1\nindex 5\nvBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n"
            "yoVOoSjtBQtBs1/"
            "8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n\n");
  EXPECT_EQ(ParseReceipt(text).value(), f.receipt);
  MemoryTree single({"only"});
  const Receipt lonely{0, {}, SignedHead(f.keys, single.HeadAt(1))};
  EXPECT_EQ(ParseReceipt(FormatReceipt(lonely)).value(), lonely);
}

// Ledger formats section 6, the reader's tests of another implementation.
TEST(Receipt, MalformedTextsAreRefused) {
  const Fixture f;
  const Bytes good = FormatReceipt(f.receipt);
  const std::vector<std::pair<const char*, Bytes>> bad = {
      {"no header", good.substr(good.find('\n') + 1)},
      {"another version", Replaced(good, "@v1", "@v2")},
      {"an extra line nobody vouches for", Replaced(good, "index", "extra YQ==\nindex")},
      {"an extra line that is no base64", Replaced(good, "index", "extra Y*==\nindex")},
      {"no index", Replaced(good, "index 5\n", "")},
      {"a negative index", Replaced(good, "index 5", "index -5")},
      {"an index that is no number", Replaced(good, "index 5", "index five")},
      {"an index with a leading zero", Replaced(good, "index 5", "index 05")},
      {"a hash that is no base64", Replaced(good, "vBoG", "v*oG")},
      {"a hash of 33 bytes", Replaced(good, "\nvBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n",
                                      "\n" + ToBase64(Bytes(33, 'h')) + "\n")},
      {"a hash of 31 bytes", Replaced(good, "\nvBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n",
                                      "\n" + ToBase64(Bytes(31, 'h')) + "\n")},
      {"a line above 64 KiB", Replaced(good, "index 5\n", "index 5\n" + Bytes(65'537, 'A') + "\n")},
      {"an index of 64 KiB", Replaced(good, "index 5", "index " + Bytes(65'537, '5'))},
      {"no empty line", Replaced(good, "\n\n", "\n")},
      {"carriage returns", Replaced(good, "index 5\n", "index 5\r\n")},
      {"64 hashes", Replaced(
                        good, "index 5\n",
                        "index 5\n" +
                            [] {
                              std::string lines;
                              for (int i = 0; i < 61; ++i) lines += ToBase64(Bytes(32, 'h')) + "\n";
                              return lines;
                            }())},
      {"no checkpoint", good.substr(0, good.find("\n\n") + 2)},
      {"nothing", ""},
  };
  for (const auto& [what, text] : bad) {
    EXPECT_EQ(ParseReceipt(text).status().code(), StatusCode::kInvalidArgument) << what;
  }
}

// Design section 6: a receipt is provisional at once and final when the policy's quorum covers it.
TEST(Receipt, ItIsProvisionalWithTheLogAloneAndFinalWithTheQuorum) {
  const Fixture f;
  const Bytes entry = TestLeaves()[5];
  EXPECT_EQ(VerifyReceipt(f.receipt, entry, f.policy).value().finality, Finality::kProvisional);
  Receipt final = f.receipt;
  final.checkpoint = CosignedBy(*f.keys.reader, final.checkpoint, 1000);
  const VerifiedReceipt verified = VerifyReceipt(final, entry, f.policy).value();
  EXPECT_EQ(verified.finality, Finality::kFinal);
  EXPECT_EQ(verified.checkpoint.checkpoint.tree, f.tree.HeadAt(8));
  EXPECT_TRUE(VerifyReceiptOfLeaf(final, LeafHash(entry), f.policy).ok());
}

// receipt.h: the entry, its number, the path and the log's signature must all fit.
TEST(Receipt, AReceiptOfSomethingElseIsRefused) {
  const Fixture f;
  const Bytes entry = TestLeaves()[5];
  EXPECT_EQ(VerifyReceipt(f.receipt, TestLeaves()[4], f.policy).status().code(),
            StatusCode::kPermissionDenied);
  Receipt moved = f.receipt;
  moved.entry = 4;
  EXPECT_EQ(VerifyReceipt(moved, entry, f.policy).status().code(), StatusCode::kPermissionDenied);
  Receipt bent = f.receipt;
  bent.inclusion_proof.pop_back();
  EXPECT_EQ(VerifyReceipt(bent, entry, f.policy).status().code(), StatusCode::kPermissionDenied);
  Receipt unsigned_by_log = f.receipt;
  unsigned_by_log.checkpoint =
      WithoutLinesOf(CosignedBy(*f.keys.reader, f.receipt.checkpoint, 1), kOrigin);
  EXPECT_EQ(VerifyReceipt(unsigned_by_log, entry, f.policy).status().code(),
            StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace chancery::ledger
