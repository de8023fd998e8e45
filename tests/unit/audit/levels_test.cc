// Named levels of verifying, books verified in one run, and the order of what is made in parallel.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "audit/parallel.h"
#include "audit/seal_memory.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "engine/ledger/evidence_layout.h"
#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using codec::Entry;

constexpr Level kAllLevels[] = {Level::kStructure, Level::kSeals, Level::kReplay, Level::kFull};

class LevelsTest : public ChangedBooks {
 protected:
  Verdict VerifyTo(Level level, const fs::path& folder, SealMemory* seals = nullptr) {
    VerifyOptions options;
    options.anchor = exported_.books.anchor();
    options.level = level;
    options.threads = 3;
    options.seals = seals;
    return Must(VerifyEvidence(folder, options));
  }
  // Wrong from `first` on, and not before: that is what the level adds.
  void ExpectFoundFrom(Level first, const fs::path& folder) {
    for (const Level level : kAllLevels) {
      const Verdict verdict = VerifyTo(level, folder);
      EXPECT_EQ(verdict.level, level);
      EXPECT_EQ(verdict.consistent(), level < first) << ToText(verdict);
    }
  }
};

// Issue 4, item 9: named levels; each verdict says which was reached and what it does not say.
TEST_F(LevelsTest, AGoodBookVerifiesToEveryLevelAndTheVerdictSaysWhich) {
  for (const fs::path& folder : {exported_.ministry(), exported_.state()}) {
    for (const Level level : kAllLevels) {
      const Verdict verdict = VerifyTo(level, folder);
      EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
      EXPECT_EQ(ParseLevel(NameOf(level)), level);
      EXPECT_EQ(verdict.entries, verdict.tree.size);
      EXPECT_EQ(NotSaidAt(level).empty(), level == Level::kFull);
      EXPECT_NE(ToJson(verdict).find("\"level\": \"" + std::string(NameOf(level)) + "\""),
                std::string::npos);
      // These books hold no history of cosigned heads (corroboration_test.cc).
      std::vector<std::string> open = NotSaidAt(level);
      if (level >= Level::kSeals) open.push_back(NotSaidBy(verdict).back());
      EXPECT_EQ(NotSaidBy(verdict), open);
      for (const std::string& what : open)
        EXPECT_NE(ToText(verdict).find("NOT SAID: " + what + ".\n"), std::string::npos);
    }
  }
  EXPECT_EQ(VerifyTo(Level::kStructure, exported_.ministry()).signatures, 0U);
  EXPECT_EQ(VerifyTo(Level::kSeals, exported_.ministry()).rulings, 0U);
  EXPECT_GT(VerifyTo(Level::kReplay, exported_.ministry()).rulings, 0U);
  EXPECT_EQ(ParseLevel("everything"), std::nullopt);
}

// Issue 4, item 9: what each level adds to those before it.
TEST_F(LevelsTest, EachLevelFindsWhatItIsFor) {
  const fs::path bytes = Changed("PAK", [](std::vector<Entry>&) {});
  support::WriteFile(bytes / "tile/0/surplus", "x");
  ExpectFoundFrom(Level::kStructure, bytes);

  ExpectFoundFrom(Level::kSeals, Changed("PAK", [](std::vector<Entry>& entries) {
                    Body(LastAct(entries)).seal = Body(FirstOf<codec::ActBody>(entries)).seal;
                  }));
  ExpectFoundFrom(Level::kSeals, Changed("PAK", [](std::vector<Entry>& entries) {
                    LastAct(entries).position += 1;
                  }));
  ExpectFoundFrom(Level::kReplay, Changed("PAK", [](std::vector<Entry>& entries) {
                    Body(LastAct(entries)).ruling.outcome =
                        procedure::Inadmissible{procedure::Ground::kTooLate, "Art 8", "", {}};
                  }));

  const fs::path surplus = Changed("PAK", [](std::vector<Entry>&) {});
  const crypto::Certificate unused =
      support::RehearsalPki::Get().SealerOf("AUT", "monitor").certificate();
  support::WriteFile(surplus / ledger::evidence::SealPath(unused.digest()), unused.ToPem());
  ExpectFoundFrom(Level::kFull, surplus);

  const fs::path receipt = Changed("GRC", [](std::vector<Entry>&) {});
  for (const auto& file : fs::directory_iterator(receipt / "receipts")) {
    if (file.path().extension() != ".tlog-proof") continue;
    support::WriteFile(file.path(), "no receipt");
    break;
  }
  ExpectFoundFrom(Level::kSeals, receipt);
}

// Issue 4, item 9: books of several parties share seal results; each book must still have the
// certificates itself.
TEST_F(LevelsTest, ASealInTwoBooksIsVerifiedOnce) {
  SealMemory seals;
  const Verdict alone = VerifyTo(Level::kFull, exported_.state());
  EXPECT_EQ(VerifyTo(Level::kFull, exported_.ministry(), &seals).shared_seals, 0U);
  const Verdict second = VerifyTo(Level::kFull, exported_.state(), &seals);
  EXPECT_EQ(ExitCodeOf(second), kExitVerified) << ToText(second);
  EXPECT_EQ(second.statements, alone.statements);
  EXPECT_EQ(second.signatures, alone.signatures);
  // The application stands in both as sealed and as received; the three replies were received.
  EXPECT_EQ(second.shared_seals, second.statements);
  EXPECT_EQ(alone.shared_seals, 0U);

  const fs::path lacking = Changed("GRC", [](std::vector<Entry>&) {});
  fs::remove(
      lacking /
      ledger::evidence::SealPath(
          support::RehearsalPki::Get().SealerOf("GRC", "return-authority").certificate().digest()));
  const Verdict without = VerifyTo(Level::kFull, lacking, &seals);
  EXPECT_EQ(ExitCodeOf(without), kExitWrong);
  EXPECT_NE(ToText(without).find("the seal does not verify"), std::string::npos);

  // What is remembered is one seal over one statement: with another seal it is verified again.
  const fs::path other = Changed("GRC", [](std::vector<Entry>& entries) {
    auto& sealed = std::get<codec::SealedBody>(FirstOf<codec::SealedBody>(entries).body);
    sealed.seal.back() = static_cast<char>(sealed.seal.back() ^ 1);
  });
  EXPECT_EQ(ExitCodeOf(VerifyTo(Level::kSeals, other, &seals)), kExitWrong);
}

// Issue 4, item 9: bounded memory: no more is made ahead than was allowed, and everything is taken
// once and in its order.
TEST(MakeInParallelTest, TakesInOrderAndMakesNoMoreAheadThanAllowed) {
  constexpr std::uint64_t kCount = 2000;
  constexpr std::uint64_t kAhead = 5;
  std::atomic<std::uint64_t> taken{0};
  std::atomic<bool> too_far{false};
  std::uint64_t next = 0;
  MakeInParallel(
      kCount, 4, kAhead,
      [&](std::uint64_t i) {
        if (i > taken + kAhead) too_far = true;
        return i * 3;
      },
      [&](std::uint64_t i, std::uint64_t value) {
        EXPECT_EQ(i, next++);
        EXPECT_EQ(value, i * 3);
        taken = i + 1;
        return true;
      });
  EXPECT_EQ(next, kCount);
  EXPECT_FALSE(too_far);

  std::uint64_t seen = 0;
  MakeInParallel(
      kCount, 4, kAhead, [](std::uint64_t i) { return i; },
      [&](std::uint64_t, std::uint64_t) { return ++seen < 7; });
  EXPECT_EQ(seen, 7U);
  MakeInParallel(
      0, 4, kAhead, [](std::uint64_t i) { return i; },
      [](std::uint64_t, std::uint64_t) -> bool { support::GiveUp("nothing is to be taken"); });
}

}  // namespace
}  // namespace chancery::audit
