// A keeper that signs a false book with its own genuine keys, and readers that cosigned it unread:
// the tree, the checkpoint and the quorum are all in order, and the audit still says what is wrong
// and in which entry.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

using codec::Entry;

class DishonestKeeperTest : public ChangedBooks {
 protected:
  Verdict VerifyChanged(const std::string& party, const Change& change) {
    VerifyOptions options;
    options.anchor = exported_.books.anchor();
    return Must(VerifyEvidence(Changed(party, change), options));
  }
  static testing::AssertionResult Says(const Verdict& verdict, const std::string& what) {
    for (const Finding& finding : verdict.findings) {
      if (finding.entry && finding.what.find(what) != std::string::npos)
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no entry is said to be wrong with \"" << what << "\":\n"
                                       << ToText(verdict);
  }
};

// The way of changing is sound: a book made anew without a change verifies.
TEST_F(DishonestKeeperTest, WithoutAChangeTheBookVerifies) {
  for (const char* party : {"PAK", "GRC"}) {
    const Verdict verdict = VerifyChanged(party, [](std::vector<Entry>&) {});
    EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  }
}

// Design section 2, idea 2: nobody has to believe the other side's software: rulings are replayed.
TEST_F(DishonestKeeperTest, AFalseRulingIsFound) {
  EXPECT_TRUE(Says(
      VerifyChanged(
          "PAK",
          [](std::vector<Entry>& entries) {
            procedure::Ruling& ruling = Body(LastAct(entries)).ruling;
            ruling.outcome = procedure::Inadmissible{procedure::Ground::kTooLate, "Art 8", "", {}};
          }),
      "the recorded ruling is not the one"));
  EXPECT_TRUE(
      Says(VerifyChanged(
               "PAK",
               [](std::vector<Entry>& entries) {
                 procedure::Ruling& ruling = Body(LastAct(entries)).ruling;
                 std::get<procedure::Admitted>(ruling.outcome).because.articles.push_back("Art 99");
               }),
           "the recorded ruling is not the one"));
  EXPECT_TRUE(
      Says(VerifyChanged("PAK",
                         [](std::vector<Entry>& entries) { LastAct(entries).core_revision += 1; }),
           "which this program does not have"));
}

// "Ours: officers": the ministry let in an appointment under another officer's number than the
// certificate says; no ruling is false, and two persons would look like one or one like two.
TEST_F(DishonestKeeperTest, AnAppointmentThatItsCertificateContradictsIsFound) {
  const auto appoint_as = [](std::int64_t officer) {
    return [officer](std::vector<Entry>& entries) {
      for (Entry& entry : entries) {
        auto* body = std::get_if<codec::ActBody>(&entry.body);
        if (body == nullptr) continue;
        codec::Statement statement = Must(codec::DecodeStatement(body->statement));
        procedure::Act& act = statement.act;
        if (act.kind != procedure::ActKind::kOfficeAppointed || act.author.view() != "EUE")
          continue;
        act.facts.Set(procedure::Fact::kOfficer, officer);
        body->statement = Must(codec::EncodeStatement(statement));
        body->seal = Must(support::RehearsalPki::Get()
                              .SealerOf("EUE", "union-signatory")
                              .Seal(body->statement, entry.recorded_at));
        return;
      }
      support::GiveUp("no appointment in the book");
    };
  };
  EXPECT_TRUE(Says(VerifyChanged("PAK", appoint_as(2)),
                   "it is that of GRC return_authority officer 1 and is appointed for GRC "
                   "return_authority officer 2"));
  const Verdict honest = VerifyChanged("PAK", appoint_as(1));
  EXPECT_EQ(ToText(honest).find("is appointed for"), std::string::npos) << ToText(honest);
}

// Design section 6: time does not run back.
TEST_F(DishonestKeeperTest, ABackDatedEntryIsFound) {
  EXPECT_TRUE(Says(VerifyChanged("PAK",
                                 [](std::vector<Entry>& entries) {
                                   LastAct(entries).recorded_at.ms -= 4 * kMsPerDay;
                                 }),
                   "recorded before the entry that stands before it"));
}

// Design section 6: streams have no gap, each day begins with a true head, and an act is in the
// stream of its readers.
TEST_F(DishonestKeeperTest, AFalseStreamIsFound) {
  EXPECT_TRUE(Says(
      VerifyChanged("PAK", [](std::vector<Entry>& entries) { LastAct(entries).position += 1; }),
      "is next"));
  EXPECT_TRUE(Says(
      VerifyChanged("PAK", [](std::vector<Entry>& entries) { LastAct(entries).stream = "AUT"; }),
      "belongs in GRC"));
  EXPECT_TRUE(Says(VerifyChanged("PAK",
                                 [](std::vector<Entry>& entries) {
                                   std::get<codec::StreamHeadBody>(
                                       FirstOf<codec::StreamHeadBody>(entries).body)
                                       .leaf_hash.raw()[0] ^= 1;
                                 }),
                   "the head of the stream all is false"));
  EXPECT_TRUE(Says(
      VerifyChanged(
          "PAK", [](std::vector<Entry>& entries) { LastAct(entries).recorded_at.ms += kMsPerDay; }),
      "a new day in the stream GRC without its head"));
  EXPECT_TRUE(
      Says(VerifyChanged("PAK",
                         [](std::vector<Entry>& entries) {
                           Entry again = entries.back();
                           const std::int64_t day = CivilDayOf(again.recorded_at, 0);
                           again.kind = codec::EntryKind::kStreamHead;
                           again.core_revision = 0;
                           again.position += 1;
                           again.body = codec::StreamHeadBody{
                               static_cast<std::int32_t>(day), entries.back().position, false, {}};
                           entries.push_back(again);
                         }),
           "without a new day"));
}

// Design section 4: an act has its author's seals; the seal of another act is not this one's.
TEST_F(DishonestKeeperTest, AnExchangedSealOrStatementIsFound) {
  EXPECT_TRUE(Says(VerifyChanged("PAK",
                                 [](std::vector<Entry>& entries) {
                                   Body(LastAct(entries)).seal =
                                       Body(FirstOf<codec::ActBody>(entries)).seal;
                                 }),
                   "the seal does not verify"));
  EXPECT_TRUE(Says(
      VerifyChanged(
          "PAK", [](std::vector<Entry>& entries) { Body(LastAct(entries)).statement.back() ^= 1; }),
      "the seal does not verify"));
  EXPECT_TRUE(Says(
      VerifyChanged("PAK",
                    [](std::vector<Entry>& entries) { Body(LastAct(entries)).offer_proof = "?"; }),
      "offer proof"));
}

// Design section 4: an act is identified by its author and id; it is recorded once.
TEST_F(DishonestKeeperTest, AnActRecordedTwiceIsFound) {
  EXPECT_TRUE(Says(VerifyChanged("PAK",
                                 [](std::vector<Entry>& entries) {
                                   Entry again = LastAct(entries);
                                   again.position += 1;
                                   entries.push_back(again);
                                 }),
                   "had used this statement's id before"));
}

// Design section 5: equivocation is said only of what happened.
TEST_F(DishonestKeeperTest, AFalseEquivocationIsFound) {
  EXPECT_TRUE(Says(VerifyChanged("PAK",
                                 [](std::vector<Entry>& entries) {
                                   Entry& entry = FirstOf<codec::EquivocationBody>(entries);
                                   std::get<codec::EquivocationBody>(entry.body).earlier_entry += 1;
                                 }),
                   "an id was used twice"));
}

// Design section 6: entry 0 of the ministry's ledger founds it, once; whoever may not come in is
// turned away.
TEST_F(DishonestKeeperTest, ASecondFoundingIsFound) {
  const Verdict verdict = VerifyChanged("PAK", [](std::vector<Entry>& entries) {
    Entry again = entries.front();
    again.recorded_at = entries.back().recorded_at;
    entries.push_back(again);
  });
  EXPECT_TRUE(Says(verdict, "a second founding act"));
  EXPECT_TRUE(Says(verdict, "should have been turned away at the door"));
}

// Design section 6: a state's book proves when it sealed, offered and received, and holds nothing
// else.
TEST_F(DishonestKeeperTest, AStatesFalseBookIsFound) {
  EXPECT_TRUE(Says(VerifyChanged("GRC",
                                 [](std::vector<Entry>& entries) {
                                   std::get<codec::OfferedBody>(
                                       FirstOf<codec::OfferedBody>(entries).body)
                                       .statement_digest.raw()[0] ^= 1;
                                 }),
                   "offered what was never sealed"));
  EXPECT_TRUE(Says(VerifyChanged("GRC",
                                 [](std::vector<Entry>& entries) {
                                   std::get<codec::ReceivedBody>(
                                       FirstOf<codec::ReceivedBody>(entries).body)
                                       .leaf_hash.raw()[0] ^= 1;
                                 }),
                   "received another entry"));
  EXPECT_TRUE(Says(VerifyChanged("GRC",
                                 [](std::vector<Entry>& entries) {
                                   std::get<codec::ReceivedBody>(
                                       FirstOf<codec::ReceivedBody>(entries).body)
                                       .statement_digest.raw()[0] ^= 1;
                                 }),
                   "names another statement"));
  EXPECT_TRUE(
      Says(VerifyChanged("GRC", [](std::vector<Entry>& entries) { entries.back().stream = "all"; }),
           "has one stream"));
  // An act of its own that it never sealed.
  const Verdict unsealed = VerifyChanged("GRC", [](std::vector<Entry>& entries) {
    std::erase_if(entries, [](const Entry& entry) {
      return entry.kind == codec::EntryKind::kSealed || entry.kind == codec::EntryKind::kOffered;
    });
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i].position = i;
  });
  EXPECT_NE(ToText(unsealed).find("does not show as sealed"), std::string::npos)
      << ToText(unsealed);
  // Received under another tree than its receipt leads to.
  const Verdict elsewhere = VerifyChanged("GRC", [](std::vector<Entry>& entries) {
    std::get<codec::ReceivedBody>(FirstOf<codec::ReceivedBody>(entries).body).size += 1;
  });
  EXPECT_NE(ToText(elsewhere).find("not the one under which"), std::string::npos)
      << ToText(elsewhere);
}

}  // namespace
}  // namespace chancery::audit
