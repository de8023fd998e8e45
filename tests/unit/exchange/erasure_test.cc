#include "engine/exchange/erasure.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/exchange/draft_paper.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/rewrap.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::StateWorld;

// A ministry and Greece with one case that was confirmed, so that each side holds particulars of
// the other's, and one that stays.
class ErasureTest : public ::testing::Test {
 protected:
  ErasureTest() {
    ministry_.Begin();
    state_ = std::make_unique<StateWorld>(ministry_);
    Exchange();
    case_ = HandIn("Erased Specimen");
    other_ = HandIn("Kept Specimen");
    Decide(R"({"act": "verification", "addressee": "GRC", "matter": ")" + case_.ToHexText() +
               R"(", "facts": {"verification": "national"}})",
           {1});
    Decide(
        R"({"act": "reply", "addressee": "GRC", "matter": ")" + case_.ToHexText() +
            R"(", "answers": ")" + opened_by_.ToHexText() +
            R"(", "facts": {"answer": "confirmed", "confirmation_id": "00112233445566778899aabbccddeeff"},
               "particulars": {"name": "Registered Specimen"}})",
        {1, 2});
    Exchange();
    EXPECT_EQ(Must(ministry_.store->ListParticularsOf(case_)).size(), 2U);
    EXPECT_EQ(Must(state_->store->ListParticularsOf(case_)).size(), 2U);
  }
  void Exchange() {
    const absl::Status sent = state_->outbox->SendWaiting();
    EXPECT_TRUE(sent.ok()) << sent;
    const absl::Status collected = state_->collector->CollectAll();
    EXPECT_TRUE(collected.ok()) << collected;
  }
  MatterId HandIn(const std::string& name) {
    const HandedIn handed = state_->MustHandIn(StateWorld::ApplicationJson(name));
    Exchange();
    if (opened_by_.IsZero()) opened_by_ = handed.digest;
    return handed.matter;
  }
  // Drafted and sealed by these officers of the registry; the server adds its own seal.
  void Decide(const std::string& json, const std::vector<int>& officers) {
    Draft draft = Must(ministry_.casework->DraftAct(json));
    Approved approved;
    for (const int officer : officers) {
      const crypto::Sealer sealer = RehearsalPki::Get().SealerOf("PAK", "registry", officer);
      const Bytes seal =
          draft.seal.empty()
              ? Must(sealer.Seal(draft.statement, ministry_.clock.Now()))
              : Must(sealer.AddSeal(draft.statement, draft.seal, ministry_.clock.Now()));
      approved = Must(ministry_.casework->Approve(draft.id, seal, ministry_.Officer("registry")));
      if (!approved.receipt) draft = Must(ministry_.casework->FindDraft(draft.id));
    }
    ASSERT_TRUE(approved.receipt.has_value());
    EXPECT_TRUE(Must(RulingOf(approved.receipt->entry)).admitted());
  }
  std::string Json(const std::string& act, const std::string& facts = "{}") const {
    return R"({"act": ")" + act + R"(", "addressee": "PAK", "matter": ")" + case_.ToHexText() +
           R"(", "facts": )" + facts + "}";
  }
  void Withdraw() {
    state_->MustHandIn(Json("withdrawal"));
    Exchange();
  }
  SentAct Erase() {
    const HandedIn handed =
        state_->MustHandIn(Json("erasure", R"({"erasure_ground": "no_longer_needed"})"));
    Exchange();
    return state_->SentOf(handed.id);
  }
  static bool Holds(store::Store& store, const MatterId& matter) {
    const bool key = Must(store.FindWrappedKey(matter)).has_value();
    EXPECT_EQ(key, !Must(store.ListParticularsOf(matter)).empty());
    return key;
  }

  bool Erased(store::Store& store) const {
    const std::optional<procedure::Matter> matter = Must(ReadMatter(store, case_));
    return matter && IsErased(&*matter);
  }

  ExchangeWorld ministry_;
  std::unique_ptr<StateWorld> state_;
  MatterId case_;
  MatterId other_;
  Digest opened_by_;
};

// Issue 4, Erasure: destroying a case's data key and salts on both sides, itself an act, with both
// sides' receipts; nothing of another case.
TEST_F(ErasureTest, AnAdmittedErasureDestroysTheKeyAndTheParticularsOnBothSides) {
  Withdraw();
  ASSERT_TRUE(Holds(*ministry_.store, case_));
  ASSERT_TRUE(Holds(*state_->store, case_));
  const int received = state_->Entries(codec::EntryKind::kReceived);
  const SentAct act = Erase();
  EXPECT_EQ(act.state, SentState::kRecorded);
  EXPECT_EQ(act.ruling.substr(0, 8), "admitted");
  EXPECT_FALSE(Holds(*ministry_.store, case_));
  EXPECT_FALSE(Holds(*state_->store, case_));
  EXPECT_TRUE(Holds(*ministry_.store, other_));
  EXPECT_TRUE(Holds(*state_->store, other_));
  // The state's receipt, in its own ledger.
  EXPECT_EQ(state_->Entries(codec::EntryKind::kReceived), received + 1);
  EXPECT_TRUE(Erased(*ministry_.store));
  EXPECT_TRUE(Erased(*state_->store));
  const MatterShown shown =
      Must(ministry_.casework->ShowMatter(case_, true, ministry_.Officer("ministry")));
  EXPECT_TRUE(shown.sent.empty());
  EXPECT_TRUE(shown.registered.empty());
}

// Issue 4, Erasure: not admissible while the case runs; what is not admitted destroys nothing.
TEST_F(ErasureTest, AnErasureThatIsNotAdmittedDestroysNothing) {
  const SentAct act = Erase();
  EXPECT_EQ(act.state, SentState::kRecorded);
  EXPECT_EQ(act.ruling.substr(0, 12), "inadmissible");
  EXPECT_TRUE(Holds(*ministry_.store, case_));
  EXPECT_TRUE(Holds(*state_->store, case_));
}

// erasure.h: this party destroys on its own core's ruling, never on the ministry's word alone: with
// the receipt in hand and the entry not yet judged, everything is still there.
TEST_F(ErasureTest, AStateDestroysWhenItHasRuledItself) {
  Withdraw();
  state_->MustHandIn(Json("erasure", R"({"erasure_ground": "unlawful"})"));
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_FALSE(Holds(*ministry_.store, case_));
  EXPECT_TRUE(Holds(*state_->store, case_));
  ASSERT_TRUE(state_->collector->CollectAll().ok());
  EXPECT_FALSE(Holds(*state_->store, case_));
}

// Design section 6: afterwards everything can be collected and ruled again, by a state that begins
// from nothing and gets no particulars.
TEST_F(ErasureTest, TheHistoryIsCollectedAndRuledAgainWithoutTheParticulars) {
  Withdraw();
  Erase();
  StateWorld anew(ministry_);
  const absl::Status collected = anew.collector->CollectAll();
  EXPECT_TRUE(collected.ok()) << collected;
  EXPECT_FALSE(Holds(*anew.store, case_));
  EXPECT_TRUE(Erased(*anew.store));
}

// erasure.h: drafts with that case's particulars go too; those of other cases and those without
// particulars stay.
TEST_F(ErasureTest, DraftsWithTheCasesParticularsGoWithThem) {
  Withdraw();
  const auto json = [](const MatterId& matter, const std::string& more) {
    return R"({"act": "reply", "addressee": "GRC", "matter": ")" + matter.ToHexText() +
           R"(", "facts": {"answer": "confirmed"})" + more + "}";
  };
  const std::string named = R"(, "particulars": {"name": "Drafted Specimen"})";
  const DraftId with = Must(ministry_.casework->DraftAct(json(case_, named))).id;
  const DraftId bare = Must(ministry_.casework->DraftAct(json(case_, ""))).id;
  const DraftId of_other = Must(ministry_.casework->DraftAct(json(other_, named))).id;
  Erase();
  EXPECT_FALSE(ministry_.casework->FindDraft(with).ok());
  EXPECT_TRUE(ministry_.casework->FindDraft(bare).ok());
  EXPECT_TRUE(ministry_.casework->FindDraft(of_other).ok());
  // And none is taken in later.
  EXPECT_EQ(ReasonOf(ministry_.casework->DraftAct(json(case_, named)).status()),
            reason::kParticularsErased);
  const std::string more = R"({"act": "correction", "addressee": "PAK", "matter": ")" +
                           case_.ToHexText() + R"(", "facts": {"corrects": ")" +
                           opened_by_.ToHexText() +
                           R"("}, "particulars": {"name": "Late Specimen"}})";
  // An act out of turn is evidence: it is sealed, sent and recorded, and its particulars go with
  // the ruling, on both sides.
  const HandedIn late = state_->MustHandIn(more);
  EXPECT_TRUE(Holds(*state_->store, case_));
  Exchange();
  EXPECT_EQ(state_->SentOf(late.id).ruling.substr(0, 12), "inadmissible");
  EXPECT_FALSE(Holds(*state_->store, case_));
  EXPECT_FALSE(Holds(*ministry_.store, case_));
}

// rewrap.h: after a rotation the new key opens everything that was kept and the old one nothing; a
// copy of a wrap from before opens under the old key only.
TEST_F(ErasureTest, ARotationWrapsEveryKeyAnew) {
  const DraftId draft =
      Must(ministry_.casework->DraftAct(R"({"act": "reply", "addressee": "GRC", "matter": ")" +
                                        other_.ToHexText() + R"(", "facts": {"answer": "confirmed"},
                                 "particulars": {"name": "Drafted Specimen"}})"))
          .id;
  const Bytes before = *Must(ministry_.store->FindWrappedKey(case_));
  const auto next = crypto::KeyEncryptionKey::Generate(ministry_.entropy);
  const Rewrapped done =
      Must(Rewrap(*ministry_.store, *ministry_.encryption_key, next, ministry_.entropy));
  EXPECT_EQ(done, (Rewrapped{2, 1}));
  EXPECT_FALSE(Must(Opens(*ministry_.store, *ministry_.encryption_key)));
  EXPECT_TRUE(Must(Opens(*ministry_.store, next)));
  EXPECT_FALSE(next.Unwrap(before).ok());
  EXPECT_TRUE(ministry_.encryption_key->Unwrap(before).ok());
  const ParticularsVault vault(*ministry_.store, next, ministry_.entropy);
  for (const store::ParticularsRow& row : Must(ministry_.store->ListParticularsOf(other_)))
    EXPECT_EQ(Must(vault.DecryptRow(row, Party("GRC"), Party("PAK"))).size(), 3U);
  const store::Paper paper = *Must(ministry_.store->FindPaper(kDraftPaper, draft.ToHexText()));
  EXPECT_EQ(Must(ReadDraftPaper(vault, paper)).items.size(), 1U);
  // Under a wrong key nothing changes.
  const auto wrong = crypto::KeyEncryptionKey::Generate(ministry_.entropy);
  EXPECT_FALSE(Rewrap(*ministry_.store, wrong, wrong, ministry_.entropy).ok());
  EXPECT_TRUE(Must(Opens(*ministry_.store, next)));
}

}  // namespace
}  // namespace chancery::exchange
