// Two books that each verify by themselves and do not agree (issue 4, "Reconciliation"): each
// difference is named with both entries and its weight, and honest books have none.
#include "audit/reconcile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

using codec::Entry;

class ReconcileTest : public ChangedBooks {
 protected:
  Reconciliation With(
      const Change& ministry, const Change& state = [](std::vector<Entry>&) {}) {
    return Must(Reconcile(Changed("PAK", ministry), Changed("GRC", state)));
  }
  static const Difference* Find(const Reconciliation& reconciliation, const std::string& kind) {
    const auto at =
        std::find_if(reconciliation.differences.begin(), reconciliation.differences.end(),
                     [&](const Difference& one) { return one.kind == kind; });
    return at != reconciliation.differences.end() ? &*at : nullptr;
  }
  // Where in the ministry's book the application stands.
  std::size_t Application() const {
    return static_cast<std::size_t>(exported_.books.application_entry());
  }
  static constexpr auto kUnchanged = [](std::vector<Entry>&) {};
};

// Honest books agree, whichever is named first; what they share is counted.
TEST_F(ReconcileTest, HonestBooksAgree) {
  const Reconciliation one = Must(Reconcile(exported_.ministry(), exported_.state()));
  const Reconciliation other = Must(Reconcile(exported_.state(), exported_.ministry()));
  for (const Reconciliation& reconciliation : {one, other}) {
    EXPECT_TRUE(reconciliation.differences.empty()) << ToText(reconciliation);
    EXPECT_GE(reconciliation.acts_in_both, 1U);
    EXPECT_GE(reconciliation.receipts_matched, 2U);
  }
}

// A keeper that gave a receipt and rewrote the entry is convicted by the receipt and by the head
// under which it was given.
TEST_F(ReconcileTest, ARewrittenEntryIsProofAgainstTheKeeper) {
  const Reconciliation found = With([&](std::vector<Entry>& entries) {
    entries[Application()].nonce = entries[Application() - 1].nonce;
  });
  for (const char* kind : {"receipt_contradicted", "head_contradicted"}) {
    const Difference* difference = Find(found, kind);
    ASSERT_NE(difference, nullptr) << kind << "\n" << ToText(found);
    EXPECT_EQ(difference->weight, Weight::kProof);
    EXPECT_EQ(difference->against, Party("PAK"));
    ASSERT_EQ(difference->grounds.size(), 2U);
    EXPECT_EQ(difference->grounds[0].book, Party("GRC"));
    EXPECT_EQ(difference->grounds[0].kind, "received");
    EXPECT_EQ(difference->grounds[1].book, Party("PAK"));
  }
}

// A ledger cut back behind what its keeper had signed asks for the newest folder.
TEST_F(ReconcileTest, AFolderOlderThanAReceiptIsNamed) {
  const Reconciliation found =
      With([&](std::vector<Entry>& entries) { entries.resize(Application()); });
  const Difference* difference = Find(found, "older_head");
  ASSERT_NE(difference, nullptr) << ToText(found);
  EXPECT_EQ(difference->weight, Weight::kQuestion);
  EXPECT_EQ(difference->against, Party("PAK"));
}

// What a state sealed and offered, and nobody recorded, is the keeper's to explain; what it only
// sealed is the state's.
TEST_F(ReconcileTest, WhatWasSealedAndNotRecordedIsNamed) {
  const auto drop_application = [&](std::vector<Entry>& entries) {
    // Another act of the cooperation stands where the application stood.
    entries[Application()] = entries[Application() - 1];
  };
  const Difference* offered = nullptr;
  const Reconciliation found = With(drop_application);
  offered = Find(found, "sealed_not_recorded");
  ASSERT_NE(offered, nullptr) << ToText(found);
  EXPECT_EQ(offered->against, Party("PAK"));
  EXPECT_EQ(offered->grounds.size(), 2U);
  EXPECT_EQ(offered->grounds[1].kind, "offered");

  const Reconciliation silent = With(drop_application, [](std::vector<Entry>& entries) {
    std::erase_if(entries, [](const Entry& entry) {
      return std::holds_alternative<codec::OfferedBody>(entry.body);
    });
  });
  const Difference* sealed = Find(silent, "sealed_not_recorded");
  ASSERT_NE(sealed, nullptr) << ToText(silent);
  EXPECT_EQ(sealed->against, Party("GRC"));
  EXPECT_EQ(sealed->grounds.size(), 1U);
}

// An act under a state's seal that the state's own book leaves out is proof against that book.
TEST_F(ReconcileTest, WhatIsRecordedAndWasNotSealedIsProofAgainstTheAuthor) {
  const auto without_sealed = [](std::vector<Entry>& entries) {
    std::erase_if(entries, [](const Entry& entry) {
      return std::holds_alternative<codec::SealedBody>(entry.body);
    });
  };
  const Reconciliation found = With(kUnchanged, without_sealed);
  const Difference* difference = Find(found, "recorded_not_sealed");
  ASSERT_NE(difference, nullptr) << ToText(found);
  EXPECT_EQ(difference->weight, Weight::kProof);
  EXPECT_EQ(difference->against, Party("GRC"));

  // A folder that ends before the act was recorded proves nothing.
  const Reconciliation older = With(kUnchanged, [&](std::vector<Entry>& entries) {
    without_sealed(entries);
    for (Entry& entry : entries) entry.recorded_at.ms -= 10 * kMsPerDay;
  });
  const Difference* question = Find(older, "recorded_not_sealed");
  ASSERT_NE(question, nullptr) << ToText(older);
  EXPECT_EQ(question->weight, Weight::kQuestion);
}

// Clocks: recorded before it was sealed, received before it was recorded.
TEST_F(ReconcileTest, ClocksThatDisagreeAreNamed) {
  const Reconciliation late_seal = With(kUnchanged, [](std::vector<Entry>& entries) {
    for (Entry& entry : entries) entry.recorded_at.ms += 6 * kMsPerMinute;
  });
  ASSERT_NE(Find(late_seal, "clocks_disagree"), nullptr) << ToText(late_seal);
  EXPECT_EQ(Find(late_seal, "clocks_disagree")->grounds[0].kind, "sealed");
  const Reconciliation early_receipt = With(kUnchanged, [](std::vector<Entry>& entries) {
    for (Entry& entry : entries) entry.recorded_at.ms -= 6 * kMsPerMinute;
  });
  ASSERT_NE(Find(early_receipt, "clocks_disagree"), nullptr) << ToText(early_receipt);
  EXPECT_EQ(Find(early_receipt, "clocks_disagree")->grounds[0].kind, "received");
  const Reconciliation within = With(kUnchanged, [](std::vector<Entry>& entries) {
    for (Entry& entry : entries) entry.recorded_at.ms += 4 * kMsPerMinute;
  });
  EXPECT_EQ(Find(within, "clocks_disagree"), nullptr) << ToText(within);
}

// An entry the state may read, older than what it received and missing in its book.
TEST_F(ReconcileTest, AnEntryThatDidNotReachItsReaderIsNamed) {
  const Reconciliation found = With(kUnchanged, [](std::vector<Entry>& entries) {
    // The second of those it received.
    int received = 0;
    std::erase_if(entries, [&](const Entry& entry) {
      return std::holds_alternative<codec::ReceivedBody>(entry.body) && ++received == 2;
    });
  });
  const Difference* difference = Find(found, "not_received");
  ASSERT_NE(difference, nullptr) << ToText(found);
  EXPECT_EQ(difference->weight, Weight::kQuestion);
  EXPECT_EQ(difference->against, Party("PAK"));
}

// A limit counted as passed in silence, while the state's act was sealed and on its way.
TEST_F(ReconcileTest, SilenceThatWasNoneIsNamed) {
  const auto with_silence = [&](std::int64_t ms_before_recorded) {
    return [this, ms_before_recorded](std::vector<Entry>& entries) {
      const Instant recorded_at = entries[Application()].recorded_at;
      Body(LastAct(entries))
          .ruling.lapses.push_back({exported_.books.person(),
                                    "claim_without_evidence",
                                    Instant{recorded_at.ms - ms_before_recorded},
                                    "open",
                                    {}});
    };
  };
  const auto sealed_earlier = [](std::vector<Entry>& entries) {
    for (Entry& entry : entries) entry.recorded_at.ms -= 2 * kMsPerMinute;
  };
  const Reconciliation found = With(with_silence(kMsPerMinute), sealed_earlier);
  const Difference* difference = Find(found, "silence_was_none");
  ASSERT_NE(difference, nullptr) << ToText(found);
  EXPECT_EQ(difference->against, Party("PAK")) << "it was offered before the limit passed";
  EXPECT_EQ(difference->grounds.front().kind, "sealed");
  // Sealed after the limit had passed, or recorded before it did: silence it was.
  EXPECT_EQ(Find(With(with_silence(3 * kMsPerMinute), sealed_earlier), "silence_was_none"),
            nullptr);
  EXPECT_EQ(Find(With(with_silence(-kMsPerMinute), sealed_earlier), "silence_was_none"), nullptr);
}

// One party's book twice, and books of different agreements, are nothing to compare.
TEST_F(ReconcileTest, OnlyBooksOfTwoPartiesAreCompared) {
  const auto same = Reconcile(exported_.ministry(), exported_.ministry());
  EXPECT_TRUE(absl::IsFailedPrecondition(same.status())) << same.status();
  const auto missing = Reconcile(exported_.ministry(), scratch_.path() / "nothing");
  EXPECT_TRUE(absl::IsNotFound(missing.status())) << missing.status();
}

// As data: the same, with both entries of each difference.
TEST_F(ReconcileTest, TheSameAsData) {
  const Reconciliation found = With([&](std::vector<Entry>& entries) {
    entries[Application()].nonce = entries[Application() - 1].nonce;
  });
  const auto json = nlohmann::json::parse(ToJson(found));
  EXPECT_EQ(json["differences"].size(), found.differences.size());
  EXPECT_EQ(json["differences"][0]["weight"], "proof");
  EXPECT_EQ(json["differences"][0]["against"], "PAK");
  EXPECT_EQ(json["differences"][0]["entries"].size(), 2U);
  EXPECT_NE(ToText(found).find("PROOF against PAK"), std::string::npos);
}

}  // namespace
}  // namespace chancery::audit
