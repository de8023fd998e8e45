#include "engine/crypto/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using ::testing::HasSubstr;

class CertificateTest : public ::testing::Test {
 protected:
  const RehearsalPki& pki_ = RehearsalPki::Get();

  std::string WhyNotASeal(std::string_view bad) const {
    return std::string(
        pki_.BadCertificate(bad).CheckLeafProfile(CertificatePurpose::kSeal).message());
  }
};

TEST_F(CertificateTest, ASealingCertificateSaysWhoItsHolderIsAndWhatForAndSinceWhen) {
  // Security section 2.5: one URI spiffe://<agreement>/<state>/<role>, one extended key usage.
  const Certificate seal = pki_.CertificateAt("PAK/seal/passport-office-2.pem");
  EXPECT_EQ(seal.uri(), "spiffe://eu-pakistan/PAK/passport-office/8");
  EXPECT_EQ(seal.officer(), 8);
  EXPECT_EQ(seal.agreement(), "eu-pakistan");
  EXPECT_EQ(seal.party(), support::Party("PAK"));
  EXPECT_EQ(seal.office(), "passport-office");
  EXPECT_EQ(seal.purpose(), CertificatePurpose::kSeal);
  EXPECT_EQ(ToText(seal.not_before()), "2015-01-01T00:00:00Z");
  EXPECT_EQ(ToText(seal.not_after()), "2035-01-01T00:00:00Z");
  EXPECT_TRUE(seal.IsValidAt(seal.not_before()));
  EXPECT_FALSE(seal.IsValidAt(seal.not_after()));
  EXPECT_TRUE(seal.CheckLeafProfile(CertificatePurpose::kSeal).ok());
}

TEST_F(CertificateTest, AnOfficerKeepsTheNumberWhenTheCertificateIsRenewed) {
  // certs/README.md: an officer is a number within the party; an office's own seal has none.
  const Certificate first = pki_.CertificateAt("PAK/seal/registry-1.pem");
  const Certificate renewed = pki_.BadCertificate("renewed-seal");
  EXPECT_EQ(renewed.officer(), first.officer());
  EXPECT_EQ(renewed.office(), first.office());
  EXPECT_NE(renewed.public_key_digest(), first.public_key_digest());
  EXPECT_TRUE(renewed.CheckLeafProfile(CertificatePurpose::kSeal).ok());
  const Certificate own = pki_.BadCertificate("office-seal");
  EXPECT_EQ(own.office(), "registry");
  EXPECT_EQ(own.officer(), 0);
  EXPECT_TRUE(own.CheckLeafProfile(CertificatePurpose::kSeal).ok());
}

TEST_F(CertificateTest, AnAuthorityHasAPartyAndNoOffice) {
  // Trust header: the URI of an authority names the party it may issue for.
  const Certificate authority = pki_.CertificateAt("GRC/ca.pem");
  EXPECT_EQ(authority.party(), support::Party("GRC"));
  EXPECT_EQ(authority.office(), "");
  EXPECT_TRUE(authority.CheckAuthorityProfile(0).ok());
  EXPECT_FALSE(authority.CheckAuthorityProfile(1).ok());
  EXPECT_TRUE(pki_.CertificateAt("GRC/root.pem").CheckAuthorityProfile(1).ok());
  EXPECT_FALSE(authority.CheckLeafProfile(CertificatePurpose::kSeal).ok());
  EXPECT_FALSE(pki_.CertificateAt("GRC/seal/monitor-1.pem").CheckAuthorityProfile(0).ok());
}

TEST_F(CertificateTest, DigestSerialAndKeyAreWhatOpenSslPrints) {
  // Idea 5: strangers' tools verify it.
  const std::string path = pki_.Path("GRC/seal/monitor-1.pem");
  const Certificate certificate = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  const auto der =
      RunCommand("openssl x509 -in '" + path + "' -outform DER | sha256sum | cut -c1-64");
  EXPECT_EQ(certificate.digest().ToHexText() + "\n", der.output);
  const auto key =
      RunCommand("openssl x509 -in '" + path +
                 "' -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64");
  EXPECT_EQ(certificate.public_key_digest().ToHexText() + "\n", key.output);
  const auto serial =
      RunCommand("openssl x509 -in '" + path + "' -serial -noout | cut -d= -f2 | tr A-F a-f");
  EXPECT_EQ(certificate.serial_hex() + "\n", serial.output);
}

TEST_F(CertificateTest, OnlyMarkedRootsAreOfARehearsal) {
  // Design section 11: a scenario's clock is accepted only under anchors marked rehearsal.
  EXPECT_TRUE(pki_.CertificateAt("PAK/root.pem").IsRehearsal());
  EXPECT_FALSE(pki_.BadCertificate("unmarked-root").IsRehearsal());
}

TEST_F(CertificateTest, EachPurposeIsTheOnlyOneItsCertificateFits) {
  // Security section 2.5: one extended key usage only.
  const std::vector<std::pair<std::string, CertificatePurpose>> made = {
      {"PAK/seal/registry-1.pem", CertificatePurpose::kSeal},
      {"PAK/tls/server.pem", CertificatePurpose::kTlsServer},
      {"PAK/tls/registry.pem", CertificatePurpose::kTlsClient}};
  for (const auto& [path, purpose] : made) {
    const Certificate certificate = pki_.CertificateAt(path);
    for (const CertificatePurpose asked :
         {CertificatePurpose::kSeal, CertificatePurpose::kTlsServer, CertificatePurpose::kTlsClient,
          CertificatePurpose::kTimeStamping}) {
      EXPECT_EQ(certificate.CheckLeafProfile(asked).ok(), asked == purpose)
          << path << " " << ToWord(asked);
    }
  }
}

TEST_F(CertificateTest, EachRuleOfTheLeafProfileIsKept) {
  // Security section 2.5: CA:FALSE critical, keyUsage critical digitalSignature, one purpose, one
  // URI, P-256.
  EXPECT_THAT(WhyNotASeal("two-purposes-seal"), HasSubstr("single purpose"));
  EXPECT_THAT(WhyNotASeal("no-purpose-seal"), HasSubstr("single purpose"));
  EXPECT_THAT(WhyNotASeal("two-uris-seal"), HasSubstr("exactly one URI"));
  EXPECT_THAT(WhyNotASeal("no-uri-seal"), HasSubstr("exactly one URI"));
  EXPECT_THAT(WhyNotASeal("no-office-seal"), HasSubstr("<office>"));
  EXPECT_THAT(WhyNotASeal("authority-seal"), HasSubstr("CA:TRUE"));
  EXPECT_THAT(WhyNotASeal("uncritical-basic-seal"), HasSubstr("basicConstraints"));
  EXPECT_THAT(WhyNotASeal("no-basic-seal"), HasSubstr("basicConstraints"));
  EXPECT_THAT(WhyNotASeal("wide-usage-seal"), HasSubstr("keyUsage"));
  EXPECT_THAT(WhyNotASeal("uncritical-usage-seal"), HasSubstr("keyUsage"));
  EXPECT_THAT(WhyNotASeal("no-usage-seal"), HasSubstr("keyUsage"));
  EXPECT_THAT(WhyNotASeal("p384-seal"), HasSubstr("P-256"));
  EXPECT_THAT(WhyNotASeal("sha384-seal"), HasSubstr("SHA-256"));
  EXPECT_EQ(WhyNotASeal("expired-seal"), "");
}

TEST_F(CertificateTest, EachRuleOfTheAuthorityProfileIsKept) {
  // Security section 2.5: pathlen 0, P-256 or P-384 only; trust header: a URI without an office.
  const auto why = [&](std::string_view bad) {
    return std::string(pki_.BadCertificate(bad).CheckAuthorityProfile(0).message());
  };
  EXPECT_THAT(why("wide-usage-authority"), HasSubstr("keyUsage"));
  EXPECT_THAT(why("office-authority"), HasSubstr("spiffe://<agreement>/<PARTY>"));
  EXPECT_THAT(why("p521-authority"), HasSubstr("P-384"));
  EXPECT_THAT(why("sha512-authority"), HasSubstr("SHA-384"));
  EXPECT_THAT(why("loose-authority"), HasSubstr("pathlen:0"));
  EXPECT_EQ(why("p384-authority"), "");
}

TEST_F(CertificateTest, AValidityThatIsNoTimeIsRefused) {
  // RFC 5280 section 4.1.2.5: a time of the calendar.
  Bytes der = pki_.CertificateAt("GRC/seal/monitor-1.pem").der();
  const std::size_t at = der.find("150101000000Z");
  ASSERT_NE(at, Bytes::npos);
  der.replace(at, 4, "1599");
  EXPECT_THAT(std::string(Certificate::FromDer(der).status().message()), HasSubstr("no time"));
}

TEST_F(CertificateTest, EachRuleOfTheUriIsKept) {
  // Security section 2.5: spiffe://<agreement>/<state>/<role>; anything else names nobody.
  for (const std::string uri :
       {"https://eu-pakistan/GRC/monitor", "spiffe://eu-pakistan/GRE", "spiffe://EU/GRC/monitor",
        "spiffe://eu-pakistan/grc/monitor", "spiffe://eu-pakistan/GRC/Monitor",
        "spiffe://eu-pakistan/GRC/monitor/x", "spiffe://eu-pakistan/GRC/", "spiffe:///GRC/monitor",
        "spiffe://eu-pakistan/GRC/-monitor", "spiffe://eu-pakistan/GRCX/monitor",
        "spiffe://eu-pakistan/GRC/monitor/", "spiffe://eu-pakistan/GRC/monitor/0",
        "spiffe://eu-pakistan/GRC/monitor/07", "spiffe://eu-pakistan/GRC/monitor/7x",
        "spiffe://eu-pakistan/GRC/monitor/7/7", "spiffe://eu-pakistan/GRC/monitor/1234567890",
        "spiffe://eu-pakistan/GRC//7"}) {
    const auto made = RunCommand(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
        "-subj /CN=x -addext "
        "'subjectAltName=URI:" +
        uri + "' 2>/dev/null");
    const auto certificate = Certificate::FromPem(made.output);
    ASSERT_TRUE(certificate.ok()) << made.output;
    EXPECT_EQ(certificate->uri(), uri);
    EXPECT_EQ(certificate->office(), "") << uri;
    EXPECT_EQ(certificate->officer(), 0) << uri;
    EXPECT_EQ(certificate->party().IsNone(), uri != "spiffe://eu-pakistan/GRE") << uri;
  }
}

TEST_F(CertificateTest, OnlyTheExactBytesOfOneCertificateAreRead) {
  // Security section 2.2: every byte is used, and re-encoding gives the same bytes.
  const Certificate certificate = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  const auto again = Certificate::FromDer(certificate.der());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, certificate);
  EXPECT_EQ(again->der(), certificate.der());
  EXPECT_FALSE(Certificate::FromDer(certificate.der() + '\0').ok());
  EXPECT_FALSE(Certificate::FromDer(certificate.der().substr(1)).ok());
  EXPECT_FALSE(Certificate::FromDer("").ok());
  EXPECT_THAT(std::string(Certificate::FromDer(Bytes(17 * 1024, '\x30')).status().message()),
              HasSubstr("larger than 16 KiB"));
  // An outer length in one byte more than needed: BER, read by OpenSSL.
  const Bytes& der = certificate.der();
  EXPECT_FALSE(Certificate::FromDer(Bytes("\x30\x83\x00", 3) + der.substr(2)).ok());
}

TEST_F(CertificateTest, TextHoldsOneCertificateOrAListOfThem) {
  // RFC 7468 section 2: text outside the markers is ignored; a broken block is not.
  const Certificate monitor = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  const Certificate authority = pki_.CertificateAt("GRC/ca.pem");
  EXPECT_EQ(*Certificate::FromPem("an explanation\n" + monitor.ToPem()), monitor);
  EXPECT_FALSE(Certificate::FromPem(monitor.ToPem() + authority.ToPem()).ok());
  EXPECT_THAT(*Certificate::ListFromPem(monitor.ToPem() + authority.ToPem()),
              ::testing::ElementsAre(monitor, authority));
  EXPECT_FALSE(Certificate::ListFromPem("").ok());
  std::string broken = authority.ToPem();
  broken[100] = '!';
  EXPECT_FALSE(Certificate::ListFromPem(monitor.ToPem() + broken).ok());
}

TEST_F(CertificateTest, ASetFindsByDigestAlone) {
  // Security section 2.2: the signer's certificate comes from the list we give, by the digest the
  // seal names.
  const Certificate monitor = pki_.CertificateAt("GRC/seal/monitor-1.pem");
  const Certificate authority = pki_.CertificateAt("GRC/ca.pem");
  CertificateSet set;
  set.Add(monitor);
  set.Add(monitor);
  set.Add(authority);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(set.All().size(), 2U);
  EXPECT_EQ(*set.Lookup()(monitor.digest()), monitor);
  EXPECT_EQ(set.Find(Sha256("none")), std::nullopt);
}

}  // namespace
}  // namespace chancery::crypto
