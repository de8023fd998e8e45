#include "engine/exchange/casework.h"

#include <gtest/gtest.h>

#include "engine/exchange/reasons.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;

// A registry that knows one finding.
class OneFinding final : public IdentityRegistry {
 public:
  absl::StatusOr<RegistryFinding> VerifyClaim(const MatterId& matter,
                                              const std::vector<Item>& claimed) override {
    asked_about = matter;
    claim = claimed;
    if (!reachable) return Internal("socket broken");
    return RegistryFinding{ExchangeWorld::Word(Fact::kVerification, "national"),
                           {{"cnic", Personal<std::string>("35202-7654321-1"), Salt{}},
                            {"name", Personal<std::string>("Registered Specimen"), Salt{}}}};
  }
  MatterId asked_about;
  std::vector<Item> claim;
  bool reachable = true;
};

class CaseworkTest : public ::testing::Test {
 protected:
  explicit CaseworkTest(std::string path = {}) : world_(std::move(path)) {
    world_.Begin();
    const codec::Envelope application = world_.SealedApplication();
    world_.MustAdmit(application);
    case_ = Must(codec::DecodeStatement(application.statement)).act.matter;
    opened_by_ = crypto::Sha256(application.statement);
  }

  Bytes SealBy(const Draft& draft, const std::string& office, int number) {
    const crypto::Sealer sealer = RehearsalPki::Get().SealerOf("PAK", office, number);
    return draft.seal.empty()
               ? Must(sealer.Seal(draft.statement, world_.clock.Now()))
               : Must(sealer.AddSeal(draft.statement, draft.seal, world_.clock.Now()));
  }
  std::string VerificationJson(std::string_view finding = "national") const {
    return R"({"act": "verification", "addressee": "GRC", "matter": ")" + case_.ToHexText() +
           R"(", "facts": {"verification": ")" + std::string(finding) + R"("}})";
  }
  std::string ReplyJson() const {
    return R"({"act": "reply", "addressee": "GRC", "matter": ")" + case_.ToHexText() +
           R"(", "answers": ")" + opened_by_.ToHexText() +
           R"(", "facts": {"answer": "confirmed", "confirmation_id": "00112233445566778899aabbccddeeff"},)"
           R"( "particulars": {"name": "Registered Specimen", "cnic": "35202-7654321-1"}})";
  }
  void Verified() {
    const Draft draft = Drafted(VerificationJson());
    const Approved approved = Must(Approve(draft, "registry", 1));
    ASSERT_TRUE(approved.receipt.has_value());
  }
  Draft Drafted(const std::string& act_json) { return Must(world_.casework->DraftAct(act_json)); }
  Draft Found(const Draft& draft) { return Must(world_.casework->FindDraft(draft.id)); }
  // An officer of that office seals the draft as it stands in `draft`.
  absl::StatusOr<Approved> Approve(const Draft& draft, const std::string& office, int number) {
    return world_.casework->Approve(draft.id, SealBy(draft, office, number),
                                    world_.Officer(office));
  }
  // Sealed by both officers of the registry and by the server.
  ActReceipt Confirmed() {
    Verified();
    Draft draft = Drafted(ReplyJson());
    Must(Approve(draft, "registry", 1));
    draft = Found(draft);
    return *Must(Approve(draft, "registry", 2)).receipt;
  }

  ExchangeWorld world_;
  MatterId case_;
  Digest opened_by_;
};

// Design section 5 and security.md 2.7: two officers' own keys, then the ministry's seal, over the
// same bytes.
TEST_F(CaseworkTest, AReplyIsRecordedAfterTwoOfficersAndTheMinistryHaveSealedIt) {
  Verified();
  Draft draft = Drafted(ReplyJson());
  EXPECT_EQ(ToTexts(draft.wanted), (std::vector<std::string>{"registry 2", "ministry 1"}));
  const Approved first = Must(Approve(draft, "registry", 1));
  EXPECT_FALSE(first.receipt.has_value());

  const Draft half = Found(draft);
  EXPECT_EQ(half.statement, draft.statement);
  EXPECT_EQ(half.seals, 1);
  EXPECT_EQ(ToTexts(half.wanted), (std::vector<std::string>{"registry 1", "ministry 1"}));

  const Approved second = Must(Approve(half, "registry", 2));
  ASSERT_TRUE(second.receipt.has_value());
  EXPECT_TRUE(Must(RulingOf(second.receipt->entry)).admitted());
  const codec::Entry entry = Must(codec::DecodeEntry(second.receipt->entry));
  const auto& body = std::get<codec::ActBody>(entry.body);
  EXPECT_EQ(body.statement, draft.statement);
  EXPECT_EQ(Must(world_.inbox->VerifySeal(body.statement, body.seal, world_.clock.Now())).size(),
            3u);
  EXPECT_TRUE(Must(world_.casework->Drafts()).empty());
}

// Design section 5: the server's seal confirms what officers decided. What the ministry alone
// decides is decided by an officer who holds its certificate; another office's officer is told so.
TEST_F(CaseworkTest, WhatTheMinistryAloneDecidesIsSealedByItsOfficerAndNobodyElse) {
  const Draft draft =
      Drafted(R"({"act": "acknowledged", "addressee": "GRC", "matter": ")" + case_.ToHexText() +
              R"(", "answers": ")" + opened_by_.ToHexText() + R"(", "facts": {}})");
  EXPECT_TRUE(draft.warnings.empty()) << draft.warnings.front();
  EXPECT_EQ(ToTexts(draft.wanted), (std::vector<std::string>{"ministry 1"}));
  const std::uint64_t size = world_.keeper->head().tree.size;
  const absl::Status refused = Approve(draft, "registry", 1).status();
  EXPECT_EQ(ReasonOf(refused), reason::kOfficeNotNeeded);
  EXPECT_NE(refused.message().find("acknowledged"), absl::string_view::npos) << refused;
  EXPECT_NE(refused.message().find("ministry 1"), absl::string_view::npos) << refused;
  EXPECT_EQ(world_.keeper->head().tree.size, size);
  EXPECT_EQ(Found(draft).seals, 0);

  const Approved approved = Must(Approve(draft, "ministry", 2));
  ASSERT_TRUE(approved.receipt.has_value());
  EXPECT_TRUE(Must(RulingOf(approved.receipt->entry)).admitted());
  const codec::Entry entry = Must(codec::DecodeEntry(approved.receipt->entry));
  const auto& body = std::get<codec::ActBody>(entry.body);
  EXPECT_EQ(Must(world_.inbox->VerifySeal(body.statement, body.seal, world_.clock.Now())).size(),
            1u);
}

// Design section 5: the server adds its seal only when the other offices' are complete and no
// second officer of the ministry is asked for as well.
TEST_F(CaseworkTest, AnOfficerOfTheMinistryDoesNotMakeUpForAnOfficerOfTheRegistry) {
  Verified();
  Draft draft = Drafted(ReplyJson());
  Must(Approve(draft, "ministry", 2));
  draft = Found(draft);
  EXPECT_EQ(ToTexts(draft.wanted), (std::vector<std::string>{"registry 2"}));
  const Approved first = Must(Approve(draft, "registry", 1));
  EXPECT_FALSE(first.receipt.has_value());
}

// security.md 5: one officer signs twice.
TEST_F(CaseworkTest, OneOfficerCannotApproveTwice) {
  Verified();
  const Draft draft = Drafted(ReplyJson());
  Must(Approve(draft, "registry", 1));
  EXPECT_EQ(ReasonOf(Approve(draft, "registry", 1).status()), reason::kAlreadyApproved);
}

// "Ours: officers": a renewed certificate is no second pair of eyes.
TEST_F(CaseworkTest, OneOfficerCannotApproveTwiceWithARenewedCertificate) {
  Verified();
  const crypto::Sealer renewed = RehearsalPki::Get().BadSealer("renewed-seal");
  ASSERT_TRUE(world_.certificates->Add(*world_.store, {renewed.certificate()}).ok());
  world_.MustAdmit(world_.Sealed(world_.Appointment("PAK", "registry", renewed.certificate()),
                                 {{"PAK", "ministry"}}));
  Draft draft = Drafted(ReplyJson());
  Must(Approve(draft, "registry", 1));
  draft = Found(draft);
  const Bytes twice = Must(renewed.AddSeal(draft.statement, draft.seal, world_.clock.Now()));
  const auto again = world_.casework->Approve(draft.id, twice, world_.Officer("registry"));
  EXPECT_EQ(ReasonOf(again.status()), reason::kAlreadyApproved);
  EXPECT_EQ(ToTexts(Found(draft).wanted), (std::vector<std::string>{"registry 1", "ministry 1"}));
  EXPECT_TRUE(Must(Approve(draft, "registry", 2)).receipt.has_value());
}

// "Ours: officers": the ministry does not draft an appointment that the certificate contradicts.
TEST_F(CaseworkTest, AnAppointmentThatItsCertificateContradictsIsNotDrafted) {
  const crypto::Certificate renewed = RehearsalPki::Get().BadCertificate("renewed-seal");
  ASSERT_TRUE(world_.certificates->Add(*world_.store, {renewed}).ok());
  const auto json = [&](int officer) {
    return R"({"act": "office_appointed", "addressee": "EUE", "facts": {"party": "PAK", )"
           R"("office": "registry", "officer": )" +
           std::to_string(officer) + R"(, "from": "2016-09-01T06:00:00Z", "certificate": ")" +
           renewed.digest().ToHexText() + R"("}})";
  };
  EXPECT_EQ(ReasonOf(world_.casework->DraftAct(json(6)).status()), reason::kAppointmentDiffers);
  EXPECT_TRUE(world_.casework->DraftAct(json(5)).ok());
}

// casework.h: a seal holds every signature that was there and exactly one more.
TEST_F(CaseworkTest, ASealThatDropsAnEarlierOfficersSignatureIsRefused) {
  Verified();
  const Draft draft = Drafted(ReplyJson());
  Must(Approve(draft, "registry", 1));
  // Sealed as if it were the first.
  EXPECT_EQ(ReasonOf(Approve(draft, "registry", 2).status()), reason::kDraftChanged);
}

// casework.h: the officer's certificate must be of an office appointed for this party.
TEST_F(CaseworkTest, ASealOfAnOfficeThatIsNotAppointedIsRefused) {
  Verified();
  const Draft draft = Drafted(ReplyJson());
  EXPECT_EQ(ReasonOf(Approve(draft, "mission", 1).status()), reason::kCertificateNotAppointed);
  EXPECT_EQ(Found(draft).seals, 0);
}

// security.md 2.2: the signature must be over the draft's own bytes.
TEST_F(CaseworkTest, ASealOverOtherBytesIsRefused) {
  Verified();
  const Draft draft = Drafted(ReplyJson());
  const crypto::Sealer sealer = RehearsalPki::Get().SealerOf("PAK", "registry", 1);
  const Bytes seal = Must(sealer.Seal(draft.statement + "x", world_.clock.Now()));
  EXPECT_EQ(ReasonOf(world_.casework->Approve(draft.id, seal, world_.Officer("registry")).status()),
            reason::kSealInvalid);
}

// Design section 4: officers' decisions come through the same inbox; what the procedure does not
// allow is foretold.
TEST_F(CaseworkTest, ADraftSaysWhatWouldBeRuledIfItWereSubmittedNow) {
  const Draft draft = Drafted(ReplyJson());
  ASSERT_EQ(draft.warnings.size(), 1u);
  EXPECT_NE(draft.warnings.front().find("not_verified"), std::string::npos)
      << draft.warnings.front();
}

// Design section 5: the confirming reply carries the ministry's own particulars under a second
// commitment.
TEST_F(CaseworkTest, TheParticularsOfAReplyReachItsAddresseeAndNobodyElse) {
  const ActReceipt receipt = Confirmed();
  std::map<std::string, std::uint64_t> positions;
  const CollectedPage page = Must(world_.reader->Collect(Party("GRC"), positions, 100));
  bool found = false;
  for (const CollectedEntry& entry : page.entries) {
    if (entry.number != receipt.number) {
      EXPECT_TRUE(entry.particulars.empty());
      continue;
    }
    found = true;
    ASSERT_EQ(entry.particulars.size(), 2u);
    EXPECT_EQ(entry.particulars[1].value.Reveal(), "Registered Specimen");
  }
  EXPECT_TRUE(found);
  const MatterShown shown = Must(world_.casework->ShowMatter(case_, true, world_.Officer()));
  EXPECT_EQ(shown.matter.stage, "confirmed");
  ASSERT_EQ(shown.sent.size(), 2u);
  ASSERT_EQ(shown.registered.size(), 2u);
  EXPECT_EQ(shown.sent[1].value.Reveal(), "Invented Specimen");
  EXPECT_EQ(shown.registered[1].value.Reveal(), "Registered Specimen");
  EXPECT_TRUE(shown.sent[1].salt.IsZero());
}

// Design section 10: reading particulars is recorded, by role and case; reading without them is
// not.
TEST_F(CaseworkTest, ReadingParticularsIsNoted) {
  Must(world_.casework->ShowMatter(case_, false, world_.Officer("registry")));
  EXPECT_EQ(world_.events.Count("particulars.read"), 0);
  const MatterShown shown =
      Must(world_.casework->ShowMatter(case_, true, world_.Officer("registry")));
  EXPECT_EQ(shown.sent.size(), 2u);
  EXPECT_EQ(world_.events.Count("particulars.read"), 1);
  const std::vector<std::string> subjects = world_.events.Subjects();
  EXPECT_EQ(subjects.back(), "registry/" + case_.ToHexText());
}

// proto registry: the claim goes without salts; nothing is searched.
TEST_F(CaseworkTest, TheRegistryIsAskedAboutOneCasesClaimWithoutSalts) {
  EXPECT_EQ(ReasonOf(world_.casework->CheckRegistry(case_, world_.Officer()).status()),
            reason::kRegistryAway);
  OneFinding registry;
  world_.registry = &registry;
  world_.Stop();
  world_.Start();
  const RegistryFinding finding = Must(world_.casework->CheckRegistry(case_, world_.Officer()));
  EXPECT_EQ(finding.verification, ExchangeWorld::Word(Fact::kVerification, "national"));
  EXPECT_EQ(registry.asked_about, case_);
  ASSERT_EQ(registry.claim.size(), 2u);
  EXPECT_TRUE(registry.claim[0].salt.IsZero());
  registry.reachable = false;
  EXPECT_EQ(ReasonOf(world_.casework->CheckRegistry(case_, world_.Officer()).status()),
            reason::kRegistryAway);
}

// Design section 1: a queue ordered by legal limits.
TEST_F(CaseworkTest, TasksComeInTheOrderOfTheirLimits) {
  world_.clock.Set({world_.clock.Now().ms + 2 * kMsPerDay});
  world_.MustAdmit(world_.SealedApplication());
  const std::vector<OfficerTask> tasks = Must(world_.casework->Tasks(false));
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_EQ(tasks[0].due.matter, case_);
  EXPECT_EQ(tasks[0].due.limit, "reply");
  EXPECT_LT(tasks[0].due.until, tasks[1].due.until);
}

// A queue shows silence before anybody records it: past the limit the case is deemed agreed.
TEST_F(CaseworkTest, ATaskPastItsLimitShowsWhatSilenceMadeOfIt) {
  world_.clock.Set({world_.clock.Now().ms + 40 * kMsPerDay});
  const MatterShown shown = Must(world_.casework->ShowMatter(case_, false, world_.Officer()));
  EXPECT_EQ(shown.matter.stage, "deemed_agreed");
  EXPECT_EQ(Must(ReadMatter(*world_.store, case_))->stage, "open");
}

// casework.h: a task is one officer's until it is released.
TEST_F(CaseworkTest, ATaskIsClaimedByOneOfficerAtATime) {
  ASSERT_TRUE(world_.casework->Claim(case_, "aaaaaaaa").ok());
  ASSERT_TRUE(world_.casework->Claim(case_, "aaaaaaaa").ok());
  EXPECT_EQ(ReasonOf(world_.casework->Claim(case_, "bbbbbbbb")), reason::kTaskClaimed);
  EXPECT_EQ(ReasonOf(world_.casework->Release(case_, "bbbbbbbb")), reason::kTaskClaimed);
  EXPECT_EQ(Must(world_.casework->Tasks(false)).front().claimed_by, "aaaaaaaa");
  ASSERT_TRUE(world_.casework->Release(case_, "aaaaaaaa").ok());
  EXPECT_TRUE(world_.casework->Claim(case_, "bbbbbbbb").ok());
  EXPECT_EQ(ReasonOf(world_.casework->Claim(world_.entropy.Make<MatterId>(), "bbbbbbbb")),
            reason::kMatterUnknown);
}

// casework.h: drafts lie encrypted and survive a restart; the office that drafts fills in what only
// the program knows.
TEST_F(CaseworkTest, ADraftSurvivesARestartAndLiesEncrypted) {
  Verified();
  const Draft draft = Drafted(ReplyJson());
  const auto paper = Must(world_.store->FindPaper("draft", draft.id.ToHexText()));
  ASSERT_TRUE(paper.has_value());
  EXPECT_EQ(paper->bytes.find("Registered Specimen"), std::string::npos);
  world_.Stop();
  world_.Start();
  const Draft again = Found(draft);
  EXPECT_EQ(again.statement, draft.statement);
  EXPECT_EQ(again.items, draft.items);
  EXPECT_EQ(again.act.author, Party("PAK"));
  EXPECT_EQ(again.act.procedure, crypto::Sha256(world_.bundle_2016));
  EXPECT_EQ(*again.act.commitment, ExchangeWorld::Commitment(draft.items));
}

// Issue 2: a crash after the last seal and before the act was recorded: the start hands it in,
// once.
TEST_F(CaseworkTest, AFullySealedDraftIsHandedInAtTheNextStartAndOnlyOnce) {
  Verified();
  const Draft draft = Drafted(VerificationJson());
  world_.keeper->Close();
  EXPECT_FALSE(Approve(draft, "registry", 1).ok());
  world_.Stop();
  world_.Start();
  const std::uint64_t size = world_.keeper->head().tree.size;
  EXPECT_EQ(Must(world_.casework->Resume()), 1);
  EXPECT_EQ(world_.keeper->head().tree.size, size + 1);
  EXPECT_EQ(Must(world_.casework->Resume()), 0);
}

// casework.h: what could not be handed in after its last seal is handed in when somebody approves
// it again, with nothing sealed anew; and only then is it gone.
TEST_F(CaseworkTest, AFullySealedDraftIsHandedInAgainWhenItIsApprovedAgain) {
  Verified();
  Draft draft = Drafted(ReplyJson());
  Must(Approve(draft, "registry", 1));
  world_.keeper->Close();
  EXPECT_FALSE(Approve(Found(draft), "registry", 2).ok());
  world_.Stop();
  world_.Start();
  draft = Found(draft);
  EXPECT_TRUE(draft.wanted.empty());
  EXPECT_EQ(draft.seals, 3);
  const std::uint64_t size = world_.keeper->head().tree.size;
  const Approved approved =
      Must(world_.casework->Approve(draft.id, draft.seal, world_.Officer("registry")));
  ASSERT_TRUE(approved.receipt.has_value());
  const codec::Entry entry = Must(codec::DecodeEntry(approved.receipt->entry));
  EXPECT_EQ(std::get<codec::ActBody>(entry.body).seal, draft.seal);
  EXPECT_EQ(world_.keeper->head().tree.size, size + 1);
  EXPECT_EQ(ReasonOf(world_.casework->FindDraft(draft.id).status()), reason::kDraftUnknown);
}

// casework.h: one more officer of the office, and one whose office the rule does not need: the act
// is decided, and what they bring is not looked at.
TEST_F(CaseworkTest, WhoeverApprovesAFullySealedDraftAddsNothingToIt) {
  for (const auto& [office, number] : {std::pair("registry", 2), std::pair("mission", 1)}) {
    const Draft draft = Drafted(VerificationJson());
    world_.keeper->Close();
    EXPECT_FALSE(Approve(draft, "registry", 1).ok());
    world_.Stop();
    world_.Start();
    const Draft sealed = Found(draft);
    const Approved approved = Must(Approve(sealed, office, number));
    ASSERT_TRUE(approved.receipt.has_value());
    const codec::Entry entry = Must(codec::DecodeEntry(approved.receipt->entry));
    EXPECT_EQ(std::get<codec::ActBody>(entry.body).seal, sealed.seal);
  }
}

// casework.h: acts about the cooperation need no matter and stand under the founding procedure.
TEST_F(CaseworkTest, AnActAboutTheCooperationIsDraftedUnderTheFoundingProcedure) {
  const Draft draft = Drafted(R"({"act": "carrier_refused", "addressee": "EUE",
      "facts": {"carrier": "XYZ"}})");
  EXPECT_EQ(draft.act.matter, world_.cooperation);
  EXPECT_EQ(draft.act.procedure, world_.anchor.founding);
}

// casework.h: a discarded draft is gone; what is unknown is said to be.
TEST_F(CaseworkTest, ADiscardedDraftIsGone) {
  const Draft draft = Drafted(VerificationJson());
  ASSERT_TRUE(world_.casework->Discard(draft.id).ok());
  EXPECT_EQ(ReasonOf(world_.casework->FindDraft(draft.id).status()), reason::kDraftUnknown);
  EXPECT_EQ(ReasonOf(world_.casework->Discard(draft.id)), reason::kDraftUnknown);
}

}  // namespace
}  // namespace chancery::exchange
