#include "audit/suspects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "audit/book.h"
#include "audit/case_history.h"
#include "audit/case_story.h"
#include "audit/report.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "tests/unit/audit/made_books.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Verdict VerdictOf(MadeBooks& books) {
  const support::TemporaryFolder folder;
  books.ExportMinistry(folder.path() / "ministry");
  VerifyOptions options;
  options.anchor = books.anchor();
  return Must(VerifyEvidence(folder.path() / "ministry", options));
}

// Issue 4, item 8: "revocation with `invalid since` that marks later acts suspect without deleting
// them": the book verifies, its rulings stand, and the act sealed in between is named.
TEST(SuspectsTest, AnActSealedAfterAKeyWasLostIsSuspectAndStands) {
  MadeBooks books(false, true);
  const Verdict verdict = VerdictOf(books);
  EXPECT_TRUE(verdict.consistent()) << ToText(verdict);
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified);
  EXPECT_EQ(verdict.rulings, verdict.acts);
  ASSERT_EQ(verdict.suspects.size(), 1U);
  const Suspect& suspect = verdict.suspects.front();
  const crypto::Certificate certificate =
      support::RehearsalPki::Get().SealerOf("PAK", "passport-office").certificate();
  EXPECT_EQ(suspect.certificate, certificate.digest());
  EXPECT_EQ(suspect.party, Party("PAK"));
  EXPECT_EQ(suspect.since, suspect.recorded_at);
  EXPECT_THAT(ToText(verdict), HasSubstr("SUSPECT  entry " + std::to_string(suspect.entry)));
  EXPECT_THAT(ToText(verdict), HasSubstr("VERIFIED"));
  EXPECT_THAT(ToJson(verdict), HasSubstr(certificate.digest().ToHexText()));
}

// Issue 4, item 8: "a seal is judged by the certificate's state at the recorded time, ten years
// later too": of a book of 2016 every certificate, authority and root ended in 2018, before this
// test runs by whatever clock, and both books verify.
TEST(YearsLaterTest, ABookWhoseCertificatesHaveAllEndedVerifies) {
  const support::RehearsalPki& pki = support::RehearsalPki::Ended();
  const Instant ended = ParseInstant("2018-01-01T00:00:00Z").value();
  for (const auto& certificates : {pki.Roots(), pki.Authorities(), pki.Seals().All()}) {
    for (const crypto::Certificate& certificate : certificates)
      ASSERT_LE(certificate.not_after(), ended) << certificate.uri();
  }
  MadeBooks books(false, true, pki);
  const Verdict verdict = VerdictOf(books);
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  EXPECT_GT(verdict.signatures, 0U);
  EXPECT_EQ(verdict.suspects.size(), 1U);
  const support::TemporaryFolder folder;
  books.ExportState(folder.path() / "GRC");
  VerifyOptions options;
  options.anchor = books.anchor();
  const Verdict of_state = Must(VerifyEvidence(folder.path() / "GRC", options));
  EXPECT_EQ(ExitCodeOf(of_state), kExitVerified) << ToText(of_state);
}

// Without such a revocation nothing is suspect.
TEST(SuspectsTest, ABookWithoutALostKeyHasNone) {
  MadeBooks books;
  const Verdict verdict = VerdictOf(books);
  EXPECT_THAT(verdict.suspects, IsEmpty());
  EXPECT_THAT(ToText(verdict), Not(HasSubstr("SUSPECT")));
  const support::TemporaryFolder folder;
  books.ExportMinistry(folder.path() / "ministry");
  const Book book = Must(ReadBook(folder.path() / "ministry"));
  EXPECT_THAT(book.suspects, IsEmpty());
  EXPECT_THAT(ToText(ReportOn(book)), Not(HasSubstr("uspect")));
}

// Issue 4, item 8: "marks later acts suspect without deleting them", in what an auditor reads: the
// report counts the act as recorded and names it and the person it concerns; the case shows it at
// the act.
TEST(SuspectsTest, ReportAndCaseSayWhichActIsSuspectAndCountItAsRecorded) {
  MadeBooks books(false, true);
  const support::TemporaryFolder folder;
  books.ExportMinistry(folder.path() / "ministry");
  const Book book = Must(ReadBook(folder.path() / "ministry"));
  ASSERT_EQ(book.suspects.size(), 1U);
  const Suspect& suspect = book.suspects.front();
  const std::string entry = std::to_string(suspect.entry);
  const std::string why = "which was later revoked as from " + ToText(suspect.since);

  const Report report = ReportOn(book);
  ASSERT_EQ(report.suspects.size(), 1U);
  EXPECT_EQ(report.suspects.front().suspect, suspect);
  EXPECT_EQ(report.suspects.front().act, "verification");
  EXPECT_EQ(report.suspects.front().author, Party("PAK"));
  EXPECT_EQ(report.suspects.front().matter, books.person());
  EXPECT_EQ(report.sums.confirmed, 1U);
  const std::string text = ToText(report);
  EXPECT_THAT(text, HasSubstr("Suspect acts, counted as recorded: 1"));
  EXPECT_THAT(text, HasSubstr("entry " + entry + "  verification by PAK"));
  EXPECT_THAT(text, HasSubstr(why));
  EXPECT_THAT(text, HasSubstr("  SUSPECT: entry " + entry));
  const Json json = Json::parse(ToJson(report));
  ASSERT_EQ(json["suspects"].size(), 1U);
  EXPECT_EQ(json["suspects"][0]["certificate"], suspect.certificate.ToHexText());
  EXPECT_EQ(json["suspects"][0]["act"], "verification");
  EXPECT_EQ(json["persons"][0]["suspects"], Json::array({suspect.entry}));

  const CaseHistory history = Must(HistoryOf(book, books.person()));
  const CaseStory story = Must(StoryOf(book, books.person(), book.last_recorded_at));
  EXPECT_EQ(history.stage, "confirmed");
  for (const CaseEvent& event : history.events)
    EXPECT_EQ(event.suspects.size(), event.entry == suspect.entry ? 1U : 0U) << event.what;
  for (const StoryEvent& event : story.events)
    EXPECT_EQ(event.suspects.size(), event.entry == suspect.entry ? 1U : 0U) << event.what;
  EXPECT_THAT(ToText(history), HasSubstr("SUSPECT: sealed with the certificate " +
                                         suspect.certificate.ToHexText() + " of PAK, " + why));
  EXPECT_THAT(ToText(story), HasSubstr("  suspect: sealed with the certificate "));
  const auto marked = [](const Json& told) {
    std::size_t count = 0;
    for (const Json& event : told["events"]) count += event.contains("suspects") ? 1U : 0U;
    return count;
  };
  EXPECT_EQ(marked(Json::parse(ToJson(history))), 1U);
  EXPECT_EQ(marked(Json::parse(ToJson(story, true))), 1U);

  // As it was known before the revocation was recorded, nothing is suspect.
  const CaseStory before = Must(StoryOf(book, books.person(), suspect.recorded_at));
  EXPECT_THAT(ToText(before), Not(HasSubstr("suspect")));
}

}  // namespace
}  // namespace chancery::audit
