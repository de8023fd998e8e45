#include "engine/crypto/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/crypto/sha256.h"
#include "tests/support/pki.h"
#include "tests/unit/crypto/forged_seal.h"

namespace chancery::crypto {
namespace {

using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using support::TemporaryFolder;
using support::WriteFile;
using ::testing::HasSubstr;

const Instant kSealed = *ParseInstant("2015-12-03T07:30:00Z");
const Bytes kStatement = Bytes("\x08\x01\x12\x0b", 4) + "eu-pakistan and more";

class SealTest : public ::testing::Test {
 protected:
  const RehearsalPki& pki_ = RehearsalPki::Get();
  const Sealer state_ = pki_.SealerOf("GRC", "return-authority");
  const Sealer ministry_ = pki_.SealerOf("PAK", "ministry");
  const std::string state_key_ = pki_.Path("GRC/seal/return-authority-1.key");
  const std::string state_certificate_ = pki_.Path("GRC/seal/return-authority-1.pem");
  const CertificateSet known_ = pki_.Seals();
  const SealVerifier verifier_{known_.Lookup()};

  Bytes SealOnce() const { return *state_.Seal(kStatement, kSealed); }
  Bytes SealTwice() const { return *ministry_.AddSeal(kStatement, SealOnce(), kSealed); }

  void ExpectRefused(ByteView seal, absl::StatusCode code, const std::string& why,
                     ByteView statement = kStatement) {
    const auto verified = verifier_.Verify(statement, seal);
    ASSERT_FALSE(verified.ok()) << why;
    EXPECT_EQ(verified.status().code(), code) << verified.status();
    EXPECT_THAT(std::string(verified.status().message()), HasSubstr(why));
  }
  void ExpectMalformed(ByteView seal, const std::string& why, ByteView statement = kStatement) {
    ExpectRefused(seal, absl::StatusCode::kInvalidArgument, why, statement);
  }

  // What `openssl cms -sign` makes of kStatement with these flags.
  Bytes OpenSslSign(const std::string& flags, const std::string& certificate,
                    const std::string& key) const {
    const TemporaryFolder folder;
    const std::string in = (folder.path() / "in").string();
    const std::string out = (folder.path() / "out").string();
    WriteFile(in, kStatement);
    const auto made =
        RunCommand("openssl cms -sign -binary -outform DER -signer '" + certificate + "' -inkey '" +
                   key + "' -in '" + in + "' -out '" + out + "' " + flags);
    EXPECT_EQ(made.exit_code, 0) << made.output;
    return ReadFile(out);
  }

  // The stranger's check of security.md section 2.1.
  support::CommandResult OpenSslVerify(ByteView seal) const {
    const TemporaryFolder folder;
    const std::string at = folder.path().string();
    WriteFile(folder.path() / "statement.bin", kStatement);
    WriteFile(folder.path() / "signature.p7s", seal);
    return RunCommand("openssl cms -verify -binary -cades -purpose any -inform DER -in " + at +
                      "/signature.p7s -content " + at + "/statement.bin -certfile '" +
                      pki_.Path("public/seals.pem") + "' -CAfile '" +
                      pki_.Path("public/chains.pem") + "' -attime " +
                      std::to_string(kSealed.ms / 1000) + " -out /dev/null");
  }

  // SealOnce with its signed attributes changed and signed anew by the genuine key.
  template <class Change>
  Bytes Resigned(Change change) const {
    SealParts seal = SealParts::From(SealOnce());
    SignerParts signer = SignerParts::From(seal.signers.at(0));
    change(*signer.attributes);
    seal.signers = {signer.SignAttributes(state_key_).Encode()};
    return seal.Encode();
  }
};

// The object identifiers of the four signed attributes, in DER.
const Bytes kContentType("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", 11);
const Bytes kMessageDigest("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", 11);
const Bytes kSigningTime("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", 11);
const Bytes kSigningCertificate("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f", 13);

// The attribute with this identifier among `attributes`.
std::vector<Bytes>::iterator Named(std::vector<Bytes>& attributes, const Bytes& oid) {
  const auto found = std::ranges::find_if(
      attributes, [&](const Bytes& a) { return ContentOf(a).starts_with(oid); });
  if (found == attributes.end()) support::GiveUp("no such attribute");
  return found;
}

Bytes Attribute(const Bytes& oid, const Bytes& values) {
  return Der(0x30, oid + Der(0x31, values));
}

TEST_F(SealTest, ASealNamesItsSignerAndClaimedTime) {
  // Design section 5: a seal is detached CAdES-B-B whose signing-time is set from the given clock.
  const auto verified = verifier_.Verify(kStatement, SealOnce());
  ASSERT_TRUE(verified.ok()) << verified.status();
  ASSERT_EQ(verified->size(), 1U);
  EXPECT_EQ(verified->front().certificate, state_.certificate().digest());
  EXPECT_EQ(verified->front().claimed_time, kSealed);
}

TEST_F(SealTest, SeveralOfficesSealTheSameBytesOneAfterAnother) {
  // Security section 2.7: four eyes are several SignerInfos over one statement.
  const Sealer registry = pki_.SealerOf("PAK", "registry", 2);
  const Instant later = {kSealed.ms + 5 * kMsPerMinute};
  const auto three = registry.AddSeal(kStatement, SealTwice(), later);
  ASSERT_TRUE(three.ok()) << three.status();
  const auto verified = verifier_.Verify(kStatement, *three);
  ASSERT_TRUE(verified.ok()) << verified.status();
  std::vector<VerifiedSigner> expected = {{state_.certificate().digest(), kSealed},
                                          {ministry_.certificate().digest(), kSealed},
                                          {registry.certificate().digest(), later}};
  std::ranges::sort(expected);
  EXPECT_EQ(*verified, expected);
}

TEST_F(SealTest, ASealIsSmall) {
  // Security section 2.1: without certificates and capabilities, signer by key identifier.
  EXPECT_LT(SealOnce().size(), 500U);
}

TEST_F(SealTest, ASealOverAnotherStatementIsRefused) {
  // RFC 5652 section 5.6: the message digest must be that of the content.
  ExpectRefused(SealOnce(), absl::StatusCode::kPermissionDenied, "another statement",
                kStatement + "!");
}

TEST_F(SealTest, NoBitOfASealCanBeChanged) {
  // Security section 2.2: what is not signed may not be free either; the seal has one spelling.
  Bytes seal = SealTwice();
  for (std::size_t i = 0; i < seal.size() * 8; ++i) {
    const char bit = static_cast<char>(1U << (i % 8));
    seal[i / 8] = static_cast<char>(seal[i / 8] ^ bit);
    EXPECT_FALSE(verifier_.Verify(kStatement, seal).ok()) << "bit " << i;
    seal[i / 8] = static_cast<char>(seal[i / 8] ^ bit);
  }
  EXPECT_TRUE(verifier_.Verify(kStatement, seal).ok());
}

TEST_F(SealTest, NoPartOfASealIsASeal) {
  // Security section 2.2: the parse must use every byte.
  const Bytes seal = SealOnce();
  for (std::size_t size = 0; size < seal.size(); ++size) {
    EXPECT_FALSE(verifier_.Verify(kStatement, ByteView(seal).substr(0, size)).ok()) << size;
  }
}

TEST_F(SealTest, BytesAfterTheEndAreRefused) {
  // Security section 2.2: the command line ignores trailing bytes, we do not.
  ExpectMalformed(SealOnce() + '\0', "bytes after the end");
}

TEST_F(SealTest, AStatementThatCouldBeSignedAttributesIsRefused) {
  // Security section 2.2: the attribute set of a genuine seal, offered as content with the
  // attributes stripped, verifies in OpenSSL: a forged content with a true signature.
  SealParts seal = SealParts::From(SealOnce());
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  const Bytes attested = signer.Attested();
  signer.attributes.reset();
  seal.signers = {signer.Encode()};
  ExpectMalformed(seal.Encode(), "begins like a set of signed attributes", attested);
  EXPECT_FALSE(state_.Seal(attested, kSealed).ok());
  EXPECT_FALSE(ministry_.AddSeal(attested, seal.Encode(), kSealed).ok());
  ExpectMalformed(SealOnce(), "empty", "");
  EXPECT_FALSE(state_.Seal("", kSealed).ok());
}

TEST_F(SealTest, ASignerWithoutSignedAttributesIsRefused) {
  // Security section 2.2: OpenSSL says "CAdES Verification successful" for it.
  ExpectMalformed(OpenSslSign("-keyid -nocerts -noattr", state_certificate_, state_key_),
                  "contentType");
}

TEST_F(SealTest, EachOfTheFourAttributesMustBeThere) {
  // Security section 2.2: contentType, messageDigest and signing-certificate-v2 exactly once each;
  // design section 5: signing-time is set.
  for (const Bytes& oid : {kContentType, kMessageDigest, kSigningTime, kSigningCertificate}) {
    const auto seal =
        Resigned([&](std::vector<Bytes>& attributes) { attributes.erase(Named(attributes, oid)); });
    ExpectMalformed(seal, "not exactly one");
  }
}

TEST_F(SealTest, NoneOfTheFourAttributesMayBeThereTwice) {
  // Security section 2.2: exactly once.
  for (const Bytes& oid : {kContentType, kMessageDigest, kSigningTime, kSigningCertificate}) {
    const auto seal = Resigned(
        [&](std::vector<Bytes>& attributes) { attributes.push_back(*Named(attributes, oid)); });
    ExpectMalformed(seal, "not exactly one");
  }
}

TEST_F(SealTest, NoneOfTheFourAttributesMayHaveTwoValues) {
  // RFC 5652 section 11: each has a single value.
  for (const Bytes& oid : {kContentType, kMessageDigest, kSigningTime, kSigningCertificate}) {
    const auto seal = Resigned([&](std::vector<Bytes>& attributes) {
      Bytes& attribute = *Named(attributes, oid);
      const Bytes value = ContentOf(Elements(ContentOf(attribute)).at(1));
      attribute = Attribute(oid, value + value);
    });
    ExpectMalformed(seal, "not exactly one");
  }
}

TEST_F(SealTest, AFifthSignedAttributeIsRefused) {
  // Seal header: nothing that nobody reads is signed.
  ExpectMalformed(OpenSslSign("-keyid -nocerts -cades -md sha256", state_certificate_, state_key_),
                  "not of the four");
}

TEST_F(SealTest, AContentTypeOtherThanDataIsRefused) {
  // RFC 5652 section 11.1: the attribute must match the content's type.
  const Bytes signed_data("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11);
  ExpectMalformed(Resigned([&](std::vector<Bytes>& attributes) {
                    *Named(attributes, kContentType) = Attribute(kContentType, signed_data);
                  }),
                  "contentType");
}

TEST_F(SealTest, ASigningTimeMustBeUtcToTheSecond) {
  // RFC 5652 section 11.3: UTCTime through 2049, with seconds and Z.
  for (const Bytes& time : {Der(0x18, "20151203073000Z"), Der(0x17, "1512030730Z"),
                            Der(0x17, "151203073000+0000"), Der(0x17, "151303073000Z")}) {
    ExpectMalformed(Resigned([&](std::vector<Bytes>& attributes) {
                      *Named(attributes, kSigningTime) = Attribute(kSigningTime, time);
                    }),
                    "signingTime");
  }
}

// A signing-certificate-v2 attribute from the content of its only ESSCertIDv2.
Bytes NamingCertificate(const Bytes& id) {
  return Attribute(kSigningCertificate, Der(0x30, Der(0x30, Der(0x30, id))));
}

TEST_F(SealTest, TheSigningCertificateIsNamedOnceBySha256) {
  // RFC 5035 section 4: SHA-256 is the default and is not written; one certificate, no policies.
  const Bytes hash = Der(0x04, state_.certificate().digest().View());
  const Bytes sha256("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01", 13);
  const std::vector<Bytes> refused = {
      NamingCertificate(sha256 + hash),
      NamingCertificate(Der(0x04, "short")),
      NamingCertificate(hash + Der(0x04, "more")),
      Attribute(kSigningCertificate, Der(0x30, Der(0x30, Der(0x30, hash) + Der(0x30, hash)))),
      Attribute(kSigningCertificate, Der(0x30, Der(0x30, Der(0x30, hash)) + Der(0x30, ""))),
      Attribute(kSigningCertificate, Der(0x30, Der(0x30, ""))),
      Attribute(kSigningCertificate, Der(0x04, Der(0x30, Der(0x30, Der(0x30, hash)))))};
  for (const Bytes& attribute : refused) {
    ExpectMalformed(Resigned([&](std::vector<Bytes>& attributes) {
                      *Named(attributes, kSigningCertificate) = attribute;
                    }),
                    "signing-certificate-v2");
  }
  const auto accepted = verifier_.Verify(kStatement, Resigned([&](std::vector<Bytes>& attributes) {
                                           *Named(attributes, kSigningCertificate) =
                                               NamingCertificate(hash);
                                         }));
  EXPECT_TRUE(accepted.ok()) << accepted.status();
}

TEST_F(SealTest, AnotherIssuerAndSerialBesideTheRightDigestIsRefused) {
  // RFC 5035 section 4: issuerSerial, when there, must be the certificate's; OpenSSL looks only
  // under CMS_CADES.
  const Bytes hash = Der(0x04, state_.certificate().digest().View());
  const Bytes name = Der(
      0xa4, Der(0x30, Der(0x31, Der(0x30, Bytes("\x06\x03\x55\x04\x03", 5) + Der(0x0c, "other")))));
  const Bytes issuer_serial = Der(0x30, Der(0x30, name) + Der(0x02, "\x01"));
  ExpectRefused(Resigned([&](std::vector<Bytes>& attributes) {
                  *Named(attributes, kSigningCertificate) = NamingCertificate(hash + issuer_serial);
                }),
                absl::StatusCode::kPermissionDenied, "a signature is false");
}

TEST_F(SealTest, ATrueDigestUnderAFalseSignatureIsRefused) {
  // RFC 5652 section 5.6: the signature must be that of the named certificate's key.
  SealParts seal = SealParts::From(SealOnce());
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  seal.signers = {signer.SignAttributes(pki_.Path("PAK/seal/ministry-1.key")).Encode()};
  ExpectRefused(seal.Encode(), absl::StatusCode::kPermissionDenied, "a signature is false");
}

TEST_F(SealTest, OneFalseSignatureAmongTrueOnesRefusesTheWhole) {
  // Security section 2.1: all SignerInfos must verify.
  SealParts seal = SealParts::From(SealTwice());
  for (Bytes& encoded : seal.signers) {
    const Bytes genuine = encoded;
    SignerParts signer = SignerParts::From(encoded);
    encoded = signer.SignAttributes(pki_.Path("AUT/seal/monitor-1.key")).Encode();
    SealParts sorted = seal;
    std::ranges::sort(sorted.signers);
    ExpectRefused(sorted.Encode(), absl::StatusCode::kPermissionDenied, "a signature is false");
    encoded = genuine;
  }
}

TEST_F(SealTest, BytesThatDoNotReencodeToThemselvesAreRefused) {
  // Security section 2.2: attributes in another order still verify in OpenSSL.
  SealParts seal = SealParts::From(SealOnce());
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  std::ranges::reverse(*signer.attributes);
  seal.signers = {signer.Encode()};
  ExpectMalformed(seal.Encode(), "re-encode");

  SealParts two = SealParts::From(SealTwice());
  std::ranges::reverse(two.signers);
  ExpectMalformed(two.Encode(), "re-encode");
}

TEST_F(SealTest, OnlySignedDataOfTheRightShapeIsRead) {
  // RFC 5652 sections 3 and 5.1: the fields of SignedData, in order, and nothing else.
  const Bytes signed_data_oid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11);
  const Bytes enveloped_oid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11);
  const std::vector<Bytes> parts = Elements(ContentOf(SealOnce()));
  ExpectMalformed(Der(0x30, enveloped_oid + parts.at(1)), "not SignedData");
  ExpectMalformed(Der(0x30, ""), "not SignedData");
  ExpectMalformed(Der(0x30, signed_data_oid), "not DER");
  ExpectMalformed(Der(0x30, signed_data_oid + Der(0xa0, Der(0x31, ""))), "not DER");
  ExpectMalformed(Der(0x30, signed_data_oid + parts.at(1) + Der(0x05, "")), "not DER");

  SealParts seal = SealParts::From(SealOnce());
  seal.inside = Der(0x05, "");
  ExpectMalformed(seal.Encode(), "not DER");
  seal.inside.clear();
  seal.signers = {Der(0x04, "no signer")};
  ExpectMalformed(seal.Encode(), "not DER");
  seal.signers = {Der(0x30, Der(0x02, "\x03") + Der(0x80, "nothing more"))};
  ExpectMalformed(seal.Encode(), "not a CMS SignedData");
}

TEST_F(SealTest, BerIsRefused) {
  // X.690 section 10: definite lengths in their shortest form.
  const Bytes seal = SealOnce();
  ExpectMalformed(Bytes("\x30\x80", 2) + ContentOf(seal) + Bytes(2, '\0'), "not DER");
  const Bytes content = ContentOf(seal);
  ExpectMalformed(Bytes("\x30\x83\x00", 3) + static_cast<char>(content.size() >> 8) +
                      static_cast<char>(content.size()) + content,
                  "not DER");
}

TEST_F(SealTest, AnotherCertificateForTheSameKeyIsRefused) {
  // Security section 2.2: without CAdES another certificate for the key is accepted.
  const Certificate other = pki_.BadCertificate("same-key-seal");
  ASSERT_EQ(other.public_key_digest(), state_.certificate().public_key_digest());
  const SealVerifier deceived([&](const Digest&) { return other; });
  EXPECT_EQ(deceived.Verify(kStatement, SealOnce()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(SealTest, OneKeyWithTwoCertificatesIsNotFourEyes) {
  // Security section 2.2: duplicates count once; here they are refused.
  const Certificate other = pki_.BadCertificate("same-key-seal");
  const Sealer again = *Sealer::Load(ReadFile(state_key_), other.ToPem());
  const auto twice = again.AddSeal(kStatement, SealOnce(), kSealed);
  ASSERT_TRUE(twice.ok()) << twice.status();
  CertificateSet both = known_;
  both.Add(other);
  const auto verified = SealVerifier(both.Lookup()).Verify(kStatement, *twice);
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kInvalidArgument) << verified.status();
}

TEST_F(SealTest, NoSignerIsRefused) {
  // Security section 2.2: never accept zero signers.
  SealParts seal = SealParts::From(SealOnce());
  seal.signers.clear();
  seal.version = Der(0x02, "\x01");
  ExpectMalformed(seal.Encode(), "no signer");
}

TEST_F(SealTest, ASignerTwiceIsRefused) {
  // Security section 2.2: one officer cannot be two.
  SealParts seal = SealParts::From(SealOnce());
  seal.signers.push_back(seal.signers.front());
  ExpectMalformed(seal.Encode(), "signed twice");
  EXPECT_EQ(state_.AddSeal(kStatement, SealOnce(), kSealed).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(SealTest, ManySignersAndLargeSealsAreRefused) {
  // Seal header: limits before any cryptography.
  SealParts seal = SealParts::From(SealOnce());
  seal.signers.assign(kMaxSigners + 1, seal.signers.front());
  ExpectMalformed(seal.Encode(), "more than 8");
  ExpectMalformed(Bytes(kMaxSealSize + 1, 'x'), "larger");
  Bytes full = SealOnce();
  const std::vector<std::pair<std::string, int>> others = {
      {"ministry", 1}, {"ministry", 2}, {"mission", 1},        {"mission", 2},
      {"registry", 1}, {"registry", 2}, {"passport-office", 1}};
  for (const auto& [office, officer] : others) {
    full = *pki_.SealerOf("PAK", office, officer).AddSeal(kStatement, full, kSealed);
  }
  EXPECT_EQ(verifier_.Verify(kStatement, full)->size(), kMaxSigners);
  EXPECT_EQ(
      pki_.SealerOf("PAK", "passport-office", 2).AddSeal(kStatement, full, kSealed).status().code(),
      absl::StatusCode::kFailedPrecondition);
}

TEST_F(SealTest, AnotherDigestIsRefused) {
  // Security section 2.2: algorithms are ours, never the message's.
  ExpectMalformed(
      OpenSslSign("-keyid -nocerts -nosmimecap -cades -md sha384", state_certificate_, state_key_),
      "SHA-256");
  SealParts seal = SealParts::From(SealOnce());
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  signer.digest_algorithm = Bytes("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03", 13);
  seal.signers = {signer.Encode()};
  ExpectMalformed(seal.Encode(), "a signer's digest is not SHA-256");
}

TEST_F(SealTest, AnotherSignatureAlgorithmIsRefused) {
  // Security section 2.2: algorithms are ours, never the message's; parameters are absent (RFC 5754
  // section 3.3).
  for (const Bytes& algorithm :
       {Bytes("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03", 12),
        Bytes("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00", 14)}) {
    SealParts seal = SealParts::From(SealOnce());
    SignerParts signer = SignerParts::From(seal.signers.at(0));
    signer.signature_algorithm = algorithm;
    seal.signers = {signer.Encode()};
    ExpectMalformed(seal.Encode(), "not ECDSA with SHA-256");
  }
}

TEST_F(SealTest, NothingUnsignedTravelsInside) {
  // Security section 2.2: certificates, revocation lists and unsigned attributes inside are not
  // authenticated.
  ExpectMalformed(
      OpenSslSign("-keyid -nosmimecap -cades -md sha256", state_certificate_, state_key_),
      "certificates inside");
  SealParts seal = SealParts::From(SealOnce());
  seal.inside = Der(0xa1, "");
  ExpectMalformed(seal.Encode(), "revocation lists inside");
  seal.inside.clear();
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  signer.unsigned_attributes = Der(0xa1, Attribute(kSigningTime, Der(0x17, "151203073000Z")));
  seal.signers = {signer.Encode()};
  ExpectMalformed(seal.Encode(), "unsigned attributes inside");
}

TEST_F(SealTest, ContentInsideIsRefused) {
  // Design section 5: the seal is detached; the statement travels once.
  ExpectMalformed(OpenSslSign("-keyid -nocerts -nosmimecap -cades -md sha256 -nodetach",
                              state_certificate_, state_key_),
                  "not detached");
}

TEST_F(SealTest, VersionsMustFitTheSigners) {
  // RFC 5652 section 5.1 and 5.3; an unsigned field must not be free.
  SealParts seal = SealParts::From(SealOnce());
  seal.version = Der(0x02, "\x01");
  ExpectMalformed(seal.Encode(), "version");
  seal = SealParts::From(SealOnce());
  SignerParts signer = SignerParts::From(seal.signers.at(0));
  signer.version = Der(0x02, "\x01");
  seal.signers = {signer.Encode()};
  ExpectMalformed(seal.Encode(), "signer's version");
}

TEST_F(SealTest, AnUnknownSignerIsRefused) {
  // Security section 2.2: signer certificates come from the trust list only.
  const SealVerifier stranger(CertificateLookup([](const Digest&) { return std::nullopt; }));
  const auto verified = stranger.Verify(kStatement, SealOnce());
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(SealTest, ASealByAKeyForAnotherPurposeIsRefused) {
  // Security section 2.5: one purpose a key.
  const Certificate tls = pki_.CertificateAt("GRC/tls/daemon.pem");
  const Bytes seal = OpenSslSign("-keyid -nocerts -nosmimecap -cades -md sha256",
                                 pki_.Path("GRC/tls/daemon.pem"), pki_.Path("GRC/tls/daemon.key"));
  const SealVerifier all([&](const Digest&) { return tls; });
  const auto verified = all.Verify(kStatement, seal);
  EXPECT_THAT(std::string(verified.status().message()),
              HasSubstr("not for the single purpose seal"));
}

TEST_F(SealTest, PlainOpenSslVerifiesOurSeals) {
  // Idea 5: strangers' tools verify it.
  for (const Bytes& seal : {SealOnce(), SealTwice()}) {
    const auto verified = OpenSslVerify(seal);
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("CAdES Verification successful"));
  }
  Bytes altered = SealOnce();
  altered.back() = static_cast<char>(altered.back() ^ 1);
  EXPECT_NE(OpenSslVerify(altered).exit_code, 0);
}

TEST_F(SealTest, WeVerifySealsOfPlainOpenSsl) {
  // Security section 2.1: the recipe, with the signer named by key identifier and by issuer and
  // serial number.
  for (const std::string naming : {"-keyid", ""}) {
    const Bytes seal = OpenSslSign("-cades -md sha256 -nocerts -nosmimecap " + naming,
                                   state_certificate_, state_key_);
    const auto verified = verifier_.Verify(kStatement, seal);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->front().certificate, state_.certificate().digest());
    const auto both = ministry_.AddSeal(kStatement, seal, kSealed);
    ASSERT_TRUE(both.ok()) << both.status();
    EXPECT_EQ(verifier_.Verify(kStatement, *both)->size(), 2U);
  }
}

TEST_F(SealTest, WeVerifyASealThatPlainOpenSslAddedToOurs) {
  // Security section 2.1: the -resign recipe.
  const TemporaryFolder folder;
  const std::string at = folder.path().string();
  WriteFile(folder.path() / "statement.bin", kStatement);
  WriteFile(folder.path() / "one.p7s", SealOnce());
  const auto made = RunCommand(
      "openssl cms -resign -binary -cades -md sha256 -nocerts -nosmimecap -inform DER -outform DER "
      "-in " +
      at + "/one.p7s -content " + at + "/statement.bin -signer '" +
      pki_.Path("PAK/seal/ministry-1.pem") + "' -inkey '" + pki_.Path("PAK/seal/ministry-1.key") +
      "' -out " + at + "/two.p7s");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const auto verified = verifier_.Verify(kStatement, ReadFile(folder.path() / "two.p7s"));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->size(), 2U);
}

TEST_F(SealTest, NobodySealsOutsideTheirCertificatesValidity) {
  // Security section 2.6: judged at the proved time the seal would be refused, so it is not made.
  for (const Instant time :
       {state_.certificate().not_after(), Instant{state_.certificate().not_before().ms - 1}}) {
    EXPECT_EQ(state_.Seal(kStatement, time).status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(state_.AddSeal(kStatement, SealOnce(), time).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
}

TEST_F(SealTest, NobodyAddsASealToAFalseOne) {
  // Seal header: what is already there must be over this statement and well formed.
  EXPECT_EQ(ministry_.AddSeal(kStatement + "!", SealOnce(), kSealed).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ministry_.AddSeal(kStatement, SealOnce() + "!", kSealed).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(SealTest, AKeyLoadsOnlyWithItsOwnSealingCertificate) {
  // Security section 2.5: one key, one certificate, one purpose.
  EXPECT_FALSE(Sealer::Load(ReadFile(state_key_), ministry_.certificate().ToPem()).ok());
  EXPECT_THAT(std::string(Sealer::Load("no key", ReadFile(state_certificate_)).status().message()),
              HasSubstr("not an unencrypted private key"));
  EXPECT_FALSE(Sealer::Load(ReadFile(state_key_), "no certificate").ok());
  const std::string daemon = ReadFile(pki_.Path("GRC/tls/daemon.pem"));
  const std::string leaf = daemon.substr(0, daemon.find("-----END CERTIFICATE-----") + 26);
  EXPECT_THAT(
      std::string(Sealer::Load(ReadFile(pki_.Path("GRC/tls/daemon.key")), leaf).status().message()),
      HasSubstr("not for the single purpose seal"));
}

TEST_F(SealTest, SealAndChainAreJudgedAtTheRecordedTime) {
  // Security section 2.6: at the proved time, not now and not at the claimed time.
  const TrustAnchors anchors = pki_.Anchors();
  const auto authorities = pki_.Authorities();
  EXPECT_EQ(
      verifier_.VerifySealAndChain(kStatement, SealTwice(), anchors, authorities, kSealed)->size(),
      2U);
  const Instant before = {state_.certificate().not_before().ms - 1};
  EXPECT_FALSE(
      verifier_.VerifySealAndChain(kStatement, SealTwice(), anchors, authorities, before).ok());
  EXPECT_FALSE(
      verifier_.VerifySealAndChain(kStatement + "!", SealTwice(), anchors, authorities, kSealed)
          .ok());
}

TEST_F(SealTest, ACertificateForgottenBetweenSealAndChainIsUnknown) {
  // Seal header: certificates come from the lookup each time; it may change on another thread.
  int asked = 0;
  const SealVerifier forgetful([&](const Digest&) -> std::optional<Certificate> {
    return asked++ == 0 ? std::optional(state_.certificate()) : std::nullopt;
  });
  const auto verified = forgetful.VerifySealAndChain(kStatement, SealOnce(), pki_.Anchors(),
                                                     pki_.Authorities(), kSealed);
  EXPECT_EQ(verified.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(SealTest, EachSignersChainMustHold) {
  // Security section 2.5: a signer the roots do not know refuses the whole, however many others
  // they know.
  const Certificate impostor = pki_.BadCertificate("stranger-seal");
  const Sealer stranger =
      *Sealer::Load(ReadFile(pki_.bad() / "stranger-seal.key"), impostor.ToPem());
  const Bytes both = *stranger.AddSeal(kStatement, SealOnce(), kSealed);
  CertificateSet deceived = known_;
  deceived.Add(impostor);
  const SealVerifier verifier(deceived.Lookup());
  EXPECT_TRUE(verifier.Verify(kStatement, both).ok());
  std::vector<Certificate> authorities = pki_.Authorities();
  authorities.push_back(pki_.BadCertificate("false-authority"));
  EXPECT_EQ(verifier.VerifySealAndChain(kStatement, both, pki_.Anchors(), authorities, kSealed)
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace chancery::crypto
