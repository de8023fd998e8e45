#include "engine/ledger/policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using absl::StatusCode;

std::string PolicyText(const TestKeys& keys) {
  return "log " + keys.log->key().ToText() + "\nwitness reader " + keys.reader->key().ToText() +
         "\nwitness u1 " + keys.union1->key().ToText() + " https://union.example/1\nwitness u2 " +
         keys.union2->key().ToText() +
         "\ngroup always any u1 u2\ngroup final all reader always\nquorum final\n";
}

TreeHead SomeHead() { return MemoryTree(TestLeaves()).HeadAt(8); }

// C2SP tlog-policy: what is read is written as the one text.
TEST(Policy, TheOneTextIsReadAndWritten) {
  const TestKeys keys;
  const std::string text = PolicyText(keys);
  const Policy policy = Policy::Parse(text).value();
  EXPECT_EQ(policy.Format(), text);
  EXPECT_EQ(policy.parts().logs[0].key, keys.log->key());
  EXPECT_EQ(policy.parts().witnesses[1].url, "https://union.example/1");
  EXPECT_EQ(policy.parts().groups[0], (PolicyGroup{"always", 1, {"u1", "u2"}}));
  EXPECT_EQ(policy.parts().groups[1].threshold, 2u);
  const std::string loose =
      "  # a comment\n\n\t" + Replaced(text, "group always any", "group  always\t1") + " \n";
  EXPECT_EQ(Policy::Parse(loose).value().Format(), text);
}

// C2SP tlog-policy: each of its MUSTs.
TEST(Policy, UnsoundPoliciesAreRefused) {
  const TestKeys keys;
  const std::string good = PolicyText(keys);
  const std::string reader_key = keys.reader->key().ToText();
  const std::vector<std::pair<const char*, std::string>> bad = {
      {"no quorum", Replaced(good, "quorum final\n", "")},
      {"two quorums", good + "quorum final\n"},
      {"an undefined quorum", Replaced(good, "quorum final", "quorum other")},
      {"a quorum before its definition", "quorum final\n" + Replaced(good, "quorum final\n", "")},
      {"an undefined member", Replaced(good, "any u1 u2", "any u1 u3")},
      {"a group before its members", "group early any u1\n" + good},
      {"none as a member", Replaced(good, "any u1 u2", "any u1 none")},
      {"a member in two groups", Replaced(good, "all reader always", "all reader always u1")},
      {"a member twice", Replaced(good, "any u1 u2", "any u1 u1")},
      {"a threshold of 0", Replaced(good, "always any", "always 0")},
      {"a threshold above the members", Replaced(good, "always any", "always 3")},
      {"a threshold with a leading zero", Replaced(good, "always any", "always 01")},
      {"a group without members", Replaced(good, "any u1 u2", "any")},
      {"a name twice", Replaced(good, "witness u2", "witness u1")},
      {"a group named like a witness",
       Replaced(good, "group always any u1 u2", "group u1 any u1 u2")},
      {"a witness named none", Replaced(good, "witness reader", "witness none")},
      {"a key twice", "witness again " + reader_key + "\n" + good},
      {"a log twice", "log " + keys.log->key().ToText() + "\n" + good},
      {"a witness's key as a log", "log " + reader_key + "\n" + good},
      {"a log's key as a witness", Replaced(good, reader_key, keys.log->key().ToText())},
      {"an unknown line", "trust everybody\n" + good},
      {"a malformed key", Replaced(good, "quorum", "log PeterNeumann+c74f20a3+\nquorum")},
      {"a word too many", Replaced(good, "quorum final", "quorum final reader")},
      {"a carriage return", Replaced(good, "quorum final", "quorum final\r")},
      {"no newline at the end", good.substr(0, good.size() - 1)},
      {"nothing", ""},
  };
  for (const auto& [what, text] : bad) {
    EXPECT_EQ(Policy::Parse(text).status().code(), StatusCode::kInvalidArgument) << what;
  }
  // One public key under two names is one key all the same.
  const auto twin = TestSigner("twin.example", NoteAlgorithm::kCosignatureV1, 'r');
  EXPECT_FALSE(Policy::Parse("witness twin " + twin->key().ToText() + "\n" + good).ok());
}

// Ledger formats section 1, TRAP, and section 6: the log's line AND the quorum; duplicates count
// once.
TEST(Policy, TheLogAndTheQuorumMustHaveSigned) {
  const TestKeys keys;
  const Policy policy = Policy::Parse(PolicyText(keys)).value();
  const Bytes log_only = SignedHead(keys, SomeHead());
  const Bytes with_reader = CosignedBy(*keys.reader, log_only, 10);
  const Bytes with_union = CosignedBy(*keys.union2, log_only, 10);
  const Bytes final = CosignedBy(*keys.union2, with_reader, 10);
  EXPECT_TRUE(VerifyFinalCheckpoint(final, policy).ok());
  for (const Bytes& note :
       {log_only, with_reader, with_union, CosignedBy(*keys.reader, with_reader, 11)}) {
    EXPECT_TRUE(VerifyCheckpointOf(note, policy).ok());
    EXPECT_EQ(VerifyFinalCheckpoint(note, policy).status().code(), StatusCode::kPermissionDenied);
  }
  const Bytes without_log = WithoutLinesOf(final, kOrigin);
  EXPECT_EQ(VerifyFinalCheckpoint(without_log, policy).status().code(),
            StatusCode::kPermissionDenied);
  // Satisfied itself refuses a set without the log, whatever was verified before.
  const std::vector<VerifiedSignature> all = VerifyCheckpointOf(final, policy).value().signatures;
  EXPECT_TRUE(Satisfied(policy, kOrigin, all));
  EXPECT_FALSE(
      Satisfied(policy, kOrigin, std::vector<VerifiedSignature>(all.begin() + 1, all.end())));
  EXPECT_FALSE(Satisfied(policy, "other.example/log", all));
}

// C2SP tlog-policy: two of three; one witness twice is one.
TEST(Policy, AThresholdCountsWitnessesNotLines) {
  const TestKeys keys;
  const std::string text = "log " + keys.log->key().ToText() + "\nwitness a " +
                           keys.reader->key().ToText() + "\nwitness b " +
                           keys.union1->key().ToText() + "\nwitness c " +
                           keys.union2->key().ToText() + "\ngroup two 2 a b c\nquorum two\n";
  const Policy policy = Policy::Parse(text).value();
  EXPECT_EQ(policy.Format(), text);
  const Bytes one = CosignedBy(*keys.reader, SignedHead(keys, SomeHead()), 10);
  EXPECT_FALSE(VerifyFinalCheckpoint(CosignedBy(*keys.reader, one, 20), policy).ok());
  EXPECT_TRUE(VerifyFinalCheckpoint(CosignedBy(*keys.union2, one, 20), policy).ok());
}

// C2SP tlog-policy: "quorum none" asks for the log alone; a single witness may be the quorum.
TEST(Policy, AQuorumOfNoneStillAsksForTheLog) {
  const TestKeys keys;
  const Policy none = Policy::Parse("log " + keys.log->key().ToText() + "\nquorum none\n").value();
  EXPECT_TRUE(VerifyFinalCheckpoint(SignedHead(keys, SomeHead()), none).ok());
  const Policy no_log = Policy::Parse("quorum none\n").value();
  EXPECT_FALSE(VerifyFinalCheckpoint(SignedHead(keys, SomeHead()), no_log).ok());
  const Policy single = Policy::Parse("log " + keys.log->key().ToText() + "\nwitness w " +
                                      keys.reader->key().ToText() + "\nquorum w\n")
                            .value();
  EXPECT_FALSE(VerifyFinalCheckpoint(SignedHead(keys, SomeHead()), single).ok());
  EXPECT_TRUE(
      VerifyFinalCheckpoint(CosignedBy(*keys.reader, SignedHead(keys, SomeHead()), 1), single)
          .ok());
}

}  // namespace
}  // namespace chancery::ledger
