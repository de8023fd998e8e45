// A procedure binds when both sides have signed exactly its bytes, and not before.
#include "drafting/bundle_seal.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

using support::Must;

class BundleSealTest : public testing::Test {
 protected:
  BundleSealTest() {
    anchor_.rehearsal = true;
    anchor_.agreement = "eu-pakistan";
    anchor_.founding = crypto::Sha256(bundle_);
    anchor_.roots = pki_.Fingerprints();
    certificates_ = Must(ReadCertificates(pki_.folder() / "public", anchor_));
  }
  absl::StatusOr<VerifiedSeal> Verify(ByteView seal) const {
    return VerifyBundleSeal(bundle_, seal, certificates_, anchor_, at_);
  }
  Bytes SealedBy(std::string_view party, std::string_view office) const {
    return Must(pki_.SealerOf(party, office).Seal(bundle_, at_));
  }

  const support::RehearsalPki& pki_ = support::RehearsalPki::Get();
  const Instant at_ = ParseInstant("2016-06-01T00:00:00Z").value();
  const Bytes bundle_ =
      Must(codec::PackFolder(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/2016"));
  ledger::Anchor anchor_;
  Certificates certificates_;
};

// Design section 5: several SignerInfos over one content give the procedure signed by the Union and
// the ministry.
TEST_F(BundleSealTest, BothSidesInOneSealVerify) {
  const Bytes seal = Must(
      pki_.SealerOf("PAK", "ministry").AddSeal(bundle_, SealedBy("EUE", "union-signatory"), at_));
  const VerifiedSeal verified = Must(Verify(seal));
  EXPECT_TRUE(verified.by_both());
  EXPECT_EQ(verified.signatures.size(), 2U);
}

// Design section 8: one side alone binds nobody, nor does another office or a state's.
TEST_F(BundleSealTest, OneSideAloneIsNotBoth) {
  EXPECT_FALSE(Must(Verify(SealedBy("EUE", "union-signatory"))).by_ministry);
  EXPECT_FALSE(Must(Verify(SealedBy("PAK", "ministry"))).by_union);
  const Bytes registry = Must(
      pki_.SealerOf("PAK", "registry").AddSeal(bundle_, SealedBy("EUE", "union-signatory"), at_));
  EXPECT_FALSE(Must(Verify(registry)).by_both());
  const Bytes state = Must(
      pki_.SealerOf("GRC", "return-authority").AddSeal(bundle_, SealedBy("PAK", "ministry"), at_));
  EXPECT_FALSE(Must(Verify(state)).by_both());
}

// Design section 5: exactly these bytes.
TEST_F(BundleSealTest, AnotherBundleIsNotWhatWasSigned) {
  const Bytes seal = SealedBy("PAK", "ministry");
  EXPECT_FALSE(VerifyBundleSeal(bundle_ + " ", seal, certificates_, anchor_, at_).ok());
  EXPECT_FALSE(Verify(seal + std::string(1, '\0')).ok());
}

// Design section 14: trust comes from the anchor, not from the folder of certificates.
TEST_F(BundleSealTest, RootsThatTheAnchorDoesNotNameAreNotTrusted) {
  anchor_.roots.begin()->second = crypto::Sha256("another root");
  certificates_ = Must(ReadCertificates(pki_.folder() / "public", anchor_));
  EXPECT_TRUE(absl::IsPermissionDenied(Verify(SealedBy("PAK", "ministry")).status()));
}

// Security 2.6: a chain is judged at the moment asked for.
TEST_F(BundleSealTest, AMomentOutsideTheCertificatesFails) {
  EXPECT_FALSE(VerifyBundleSeal(bundle_, SealedBy("PAK", "ministry"), certificates_, anchor_,
                                ParseInstant("2044-01-01T00:00:00Z").value())
                   .ok());
}

// Ledger formats section 9: a file is replaced whole.
TEST(Files, AreWrittenWholeAndReadBack) {
  const support::TemporaryFolder folder;
  ASSERT_TRUE(WriteFile(folder.path() / "a", "one").ok());
  ASSERT_TRUE(WriteFile(folder.path() / "a", "two").ok());
  EXPECT_EQ(Must(ReadFile(folder.path() / "a")), "two");
  EXPECT_TRUE(absl::IsNotFound(ReadFile(folder.path() / "b").status()));
  EXPECT_TRUE(absl::IsUnavailable(WriteFile(folder.path() / "none" / "a", "one")));
  EXPECT_EQ(FileNameOf("eu-pakistan/2016"), "eu-pakistan-2016");
}

}  // namespace
}  // namespace chancery::drafting
