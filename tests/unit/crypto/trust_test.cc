#include "engine/crypto/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

using support::Party;
using support::RehearsalPki;
using ::testing::HasSubstr;

const Instant kThen = *ParseInstant("2015-12-03T07:30:00Z");

class TrustTest : public ::testing::Test {
 protected:
  const RehearsalPki& pki_ = RehearsalPki::Get();
  const TrustAnchors anchors_ = pki_.Anchors();
  const std::vector<Certificate> authorities_ = pki_.Authorities();

  // Why this certificate, with this candidate as well, is not trusted for sealing at `at`; empty
  // when it is.
  std::string WhyNot(const Certificate& leaf, const std::string& more = "",
                     Instant at = kThen) const {
    std::vector<Certificate> candidates = authorities_;
    if (!more.empty()) candidates.push_back(pki_.BadCertificate(more));
    const auto root = anchors_.VerifyChain(leaf, candidates, at, CertificatePurpose::kSeal);
    if (root.ok()) return "";
    EXPECT_EQ(root.status().code(), absl::StatusCode::kPermissionDenied);
    return std::string(root.status().message());
  }
};

TEST_F(TrustTest, EverySealOfTheRecipeStandsUnderItsPartysRoot) {
  // Security section 2.5: a separate issuing authority for each state, under the Union's root; the
  // ministry's own root.
  for (const Certificate& seal : pki_.Seals().All()) {
    const auto root = anchors_.VerifyChain(seal, authorities_, kThen, CertificatePurpose::kSeal);
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, seal.party() == Party("PAK") ? Party("PAK") : Party("EUE")) << seal.uri();
  }
  EXPECT_TRUE(anchors_.IsRehearsal());
  EXPECT_EQ(anchors_.agreement(), "eu-pakistan");
}

TEST_F(TrustTest, TlsCertificatesAreTrustedForTlsAtMachineTime) {
  // Design section 11: TLS always uses machine time.
  const Instant now = {std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count()};
  const Certificate daemon = pki_.CertificateAt("GRC/tls/daemon.pem");
  EXPECT_TRUE(anchors_.VerifyChain(daemon, authorities_, now, CertificatePurpose::kTlsClient).ok());
  EXPECT_FALSE(
      anchors_.VerifyChain(daemon, authorities_, now, CertificatePurpose::kTlsServer).ok());
  EXPECT_FALSE(anchors_.VerifyChain(daemon, authorities_, now, CertificatePurpose::kSeal).ok());
  EXPECT_FALSE(
      anchors_.VerifyChain(daemon, authorities_, kThen, CertificatePurpose::kTlsClient).ok());
  EXPECT_TRUE(anchors_
                  .VerifyChain(pki_.CertificateAt("PAK/tls/server.pem"), authorities_, now,
                               CertificatePurpose::kTlsServer)
                  .ok());
  EXPECT_FALSE(anchors_
                   .VerifyChain(pki_.BadCertificate("expired-tls"), authorities_, now,
                                CertificatePurpose::kTlsClient)
                   .ok());
  EXPECT_FALSE(anchors_
                   .VerifyChain(pki_.BadCertificate("wrong-party-tls"), authorities_, now,
                                CertificatePurpose::kTlsClient)
                   .ok());
}

TEST_F(TrustTest, AnAuthorityOfOnePartyCannotMakeAnOfficerOfAnother) {
  // Trust header: the holder's party equals that of its issuing authority.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("wrong-party-seal")),
              HasSubstr("issued by an authority of PAK"));
}

TEST_F(TrustTest, APartysRootCannotMakeAnAuthorityOfAnother) {
  // Trust header: only the Union's root stands above authorities of other parties.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("foreign-seal"), "foreign-authority"),
              HasSubstr("under the root of PAK"));
}

TEST_F(TrustTest, TheUnionsRootCannotMakeAnAuthorityOfItsCounterpart) {
  // Trust header: only of a party that has no root of its own.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("usurped-seal"), "usurping-authority"),
              HasSubstr("a root of its own"));
}

TEST_F(TrustTest, ARootCannotIssueToAnOffice) {
  // Trust header: a chain is exactly three certificates.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("from-root-seal")),
              HasSubstr("not issued by an authority under a root"));
}

TEST_F(TrustTest, GenuineNamesUnderAnotherRootAreNotTrusted) {
  // Trust header: trust begins with fingerprints, not with names.
  EXPECT_NE(WhyNot(pki_.BadCertificate("stranger-seal"), "false-authority"), "");
}

TEST_F(TrustTest, AChainNeedsItsIssuingAuthority) {
  // RFC 5280 section 6.1: every link is shown.
  const Certificate seal = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  EXPECT_FALSE(anchors_.VerifyChain(seal, {}, kThen, CertificatePurpose::kSeal).ok());
  const std::vector<Certificate> many(65, pki_.CertificateAt("GRC/ca.pem"));
  EXPECT_EQ(anchors_.VerifyChain(seal, many, kThen, CertificatePurpose::kSeal).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(TrustTest, AnOfficeOfAnotherAgreementIsNotTrusted) {
  // Trust header: the agreement of the holder is that of its authority and of the roots.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("other-agreement-seal"), "other-agreement-authority"),
              HasSubstr("another agreement"));
  EXPECT_THAT(WhyNot(pki_.BadCertificate("outside-constraint-seal")),
              HasSubstr("permitted subtree"));
}

TEST_F(TrustTest, AnAuthorityThatCouldMakeAuthoritiesIsNotTrusted) {
  // Security section 2.5: pathlen 0.
  EXPECT_THAT(WhyNot(pki_.BadCertificate("loose-seal"), "loose-authority"), HasSubstr("pathlen:0"));
}

TEST_F(TrustTest, RootsOfDifferentAgreementsDoNotMix) {
  // Design section 5: a statement names one agreement.
  const support::TemporaryFolder folder;
  const std::string out = (folder.path() / "other").string();
  const auto made = support::RunCommand("'" CHANCERY_SOURCE_DIR "/certs/make-rehearsal-pki' '" +
                                        out + "' --agreement eu-elsewhere");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const auto roots = *Certificate::ListFromPem(support::ReadFile(out + "/public/roots.pem"));
  ASSERT_EQ(roots.size(), 2U);
  const std::vector<Certificate> mixed = {pki_.Roots()[0], roots[1]};
  const auto refused = TrustAnchors::Create(
      mixed, {{mixed[0].party(), mixed[0].digest()}, {mixed[1].party(), mixed[1].digest()}});
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("different agreements"));
}

TEST_F(TrustTest, EveryCertificateOfTheChainIsJudgedAtTheGivenTime) {
  // Security section 2.6: at its proved time, not now. The first instant too late is not_after
  // itself.
  const Certificate expired = pki_.BadCertificate("expired-seal");
  EXPECT_EQ(WhyNot(expired, "", {expired.not_after().ms - 1}), "");
  EXPECT_THAT(WhyNot(expired, "", expired.not_after()), HasSubstr("expired"));
  EXPECT_EQ(WhyNot(expired, "", expired.not_before()), "");
  EXPECT_THAT(WhyNot(expired, "", {expired.not_before().ms - 1}), HasSubstr("not yet valid"));
  EXPECT_NE(WhyNot(expired, "", {-1}), "");
}

TEST_F(TrustTest, WhatIsRememberedNeverChangesAnAnswer) {
  // Design section 15: chain checks are cached by certificate; an answer depends on the arguments
  // alone.
  const Certificate seal = pki_.BadCertificate("expired-seal");
  EXPECT_EQ(anchors_.remembered(), 0U);
  EXPECT_EQ(WhyNot(seal), WhyNot(seal));
  EXPECT_EQ(anchors_.remembered(), 0U) << "a refusal is not remembered";
  EXPECT_EQ(WhyNot(seal, "", seal.not_before()), "");
  EXPECT_EQ(anchors_.remembered(), 1U);
  EXPECT_EQ(WhyNot(seal, "", {seal.not_before().ms + 1}), "");
  EXPECT_EQ(anchors_.remembered(), 1U);
  EXPECT_THAT(WhyNot(seal), HasSubstr("expired"));
  EXPECT_THAT(WhyNot(seal, "", {seal.not_before().ms - 1}), HasSubstr("not yet valid"));
  EXPECT_FALSE(anchors_.VerifyChain(seal, {}, seal.not_before(), CertificatePurpose::kSeal).ok());
  EXPECT_FALSE(
      anchors_.VerifyChain(seal, authorities_, seal.not_before(), CertificatePurpose::kTlsClient)
          .ok());
}

TEST_F(TrustTest, ARememberedChainCostsNoSignatureCheck) {
  // Design section 15: a second check of the same certificate is a look-up and a comparison of
  // times.
  const Certificate seal = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  ASSERT_TRUE(anchors_.VerifyChain(seal, authorities_, kThen, CertificatePurpose::kSeal).ok());
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(anchors_.VerifyChain(seal, authorities_, kThen, CertificatePurpose::kSeal).ok());
  }
  // Two ECDSA verifications take more than 100 µs, a look-up takes about one.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(60));
}

TEST_F(TrustTest, ManyThreadsAskAtOnce) {
  // Trust header: safe on every thread.
  const std::vector<Certificate> seals = pki_.Seals().All();
  std::atomic<int> trusted = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (const Certificate& seal : seals) {
        if (anchors_.VerifyChain(seal, authorities_, kThen, CertificatePurpose::kSeal).ok())
          ++trusted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(trusted, static_cast<int>(4 * seals.size()));
  EXPECT_EQ(anchors_.remembered(), seals.size());
}

TEST_F(TrustTest, RootsAndFingerprintsMustMatchOneToOne) {
  // Design section 14: trust comes from the anchor's fingerprints.
  const auto why = [](const std::vector<Certificate>& roots,
                      const std::map<PartyCode, Digest>& fingerprints) {
    const auto made = TrustAnchors::Create(roots, fingerprints);
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(made.status().message());
  };
  const std::vector<Certificate> roots = pki_.Roots();
  auto fingerprints = pki_.Fingerprints();
  EXPECT_THAT(why({}, {}), HasSubstr("no root"));
  EXPECT_THAT(why({roots[0]}, fingerprints), HasSubstr("1 roots for 2 fingerprints"));
  EXPECT_THAT(why({roots[0], pki_.BadCertificate("unmarked-root")}, fingerprints),
              HasSubstr("no root has the fingerprint"));
  std::swap(fingerprints.at(Party("EUE")), fingerprints.at(Party("PAK")));
  EXPECT_THAT(why(roots, fingerprints), HasSubstr("is of PAK"));
  const Certificate leaf = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  EXPECT_THAT(why({leaf}, {{Party("GRC"), leaf.digest()}}), HasSubstr("not an authority's"));
}

TEST_F(TrustTest, ARootSignsItself) {
  // Trust header: trust begins with roots; a certificate with a root's shape that another root
  // signed is none.
  const support::TemporaryFolder folder;
  const std::string at = folder.path().string();
  const std::string root = pki_.Path("PAK/authority/root/");
  const auto made = support::RunCommand(
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + at +
      "/key -out " + at +
      "/csr -subj /CN=x && CHANCERY_URI=spiffe://eu-pakistan/GRC openssl x509 -req -sha256 -in " +
      at + "/csr -CA '" + root + "certificate.pem' -CAkey '" + root +
      "key.pem' -days 30 -extfile '" CHANCERY_SOURCE_DIR
      "/certs/profiles/root.cnf' -extensions extensions -out " +
      at + "/pem");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const Certificate certificate = *Certificate::FromPem(support::ReadFile(at + "/pem"));
  EXPECT_THAT(
      std::string(TrustAnchors::Create({certificate}, {{Party("GRC"), certificate.digest()}})
                      .status()
                      .message()),
      HasSubstr("not signed by itself"));
}

TEST_F(TrustTest, RehearsalAndLiveRootsDoNotMix) {
  // Design section 11: a live party refuses a rehearsal's statements, so no anchors are both.
  const Certificate live = pki_.BadCertificate("unmarked-root");
  const std::vector<Certificate> roots = {pki_.Roots()[0], live};
  ASSERT_EQ(roots[0].party(), Party("EUE"));
  const auto mixed = TrustAnchors::Create(
      roots, {{Party("EUE"), roots[0].digest()}, {Party("PAK"), live.digest()}});
  EXPECT_THAT(std::string(mixed.status().message()), HasSubstr("marked rehearsal"));
  const auto alone = TrustAnchors::Create({live}, {{Party("PAK"), live.digest()}});
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_FALSE(alone->IsRehearsal());
}

}  // namespace
}  // namespace chancery::crypto
