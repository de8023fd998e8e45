#include "audit/suspects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "tests/unit/audit/made_books.h"

namespace chancery::audit {
namespace {

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
}

}  // namespace
}  // namespace chancery::audit
