#include "engine/crypto/timestamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/crypto/sha256.h"
#include "tests/support/stamping.h"

namespace chancery::crypto {
namespace {

using support::Must;
using support::RunCommand;
using support::StampingAuthority;
using support::WriteFile;
using ::testing::HasSubstr;

constexpr std::string_view kStamped = "eu-pakistan.chancery.example/rehearsal/PAK\n7\nAAAA\n";

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

class TimestampTest : public ::testing::Test {
 protected:
  static const StampingAuthority& Authority() {
    static const StampingAuthority authority;
    return authority;
  }
  static std::vector<Certificate> Roots(const StampingAuthority& authority) {
    return {authority.Certificate("root")};
  }
  // Of this reply under this authority's root.
  static absl::StatusOr<Timestamp> Verify(ByteView reply,
                                          const StampingAuthority& authority = Authority()) {
    return VerifyTimestamp(reply, kQuery, Roots(authority), {});
  }

  static const inline TimestampQuery kQuery = {Sha256(kStamped), 0x45C4DE249F2A4BAF};
  const Bytes query_ = Must(EncodeTimestampQuery(kQuery));
};

// Issue 4, item 8: "RFC 3161 time stamps (any authority, `openssl ts` in tests)".
TEST_F(TimestampTest, AnAuthorityOfTheOpensslCommandIsUnderstood) {
  const Bytes reply = Authority().Answer(query_);
  const Timestamp stamp = Must(Verify(reply));
  EXPECT_EQ(stamp.chain.size(), 3U);
  EXPECT_EQ(stamp.chain.front(), Authority().Certificate("stamp"));
  EXPECT_EQ(stamp.root(), Authority().Certificate("root"));
  EXPECT_EQ(stamp.ends(), Authority().Certificate("stamp").not_after());
  EXPECT_TRUE(stamp.chain.front().IsValidAt(stamp.time));
  EXPECT_EQ(stamp.accuracy_ms, kMsPerSecond);
  EXPECT_FALSE(stamp.serial_hex.empty());
}

// Issue 4: "openssl alone verifies a seal, a cosignature and a time stamp": both of what the header
// promises strangers, over the bytes and over the request.
TEST_F(TimestampTest, TheOpensslCommandVerifiesWhatIsVerifiedHere) {
  const support::TemporaryFolder folder;
  const std::string at = folder.path().string() + "/";
  WriteFile(at + "data", kStamped);
  WriteFile(at + "query", query_);
  WriteFile(at + "reply", Authority().Answer(query_));
  const std::string verify = "openssl ts -verify -in " + at + "reply -CAfile " +
                             Authority().Path("root.pem") + " -untrusted " +
                             Authority().Path("between.pem");
  EXPECT_EQ(RunCommand(verify + " -data " + at + "data").exit_code, 0);
  EXPECT_EQ(RunCommand(verify + " -queryfile " + at + "query").exit_code, 0);
  // The request is the one that the command itself writes, but for its nonce.
  const support::CommandResult text = RunCommand("openssl ts -query -in " + at + "query -text");
  EXPECT_THAT(text.output, HasSubstr("Nonce: 0x45C4DE249F2A4BAF"));
  EXPECT_THAT(text.output, HasSubstr("Certificate required: yes"));
}

// The header: a request has one DER; every other is refused.
TEST_F(TimestampTest, ARequestHasOneForm) {
  EXPECT_EQ(Must(DecodeTimestampQuery(query_)), kQuery);
  EXPECT_FALSE(EncodeTimestampQuery({kQuery.imprint, 0}).ok());
  EXPECT_FALSE(DecodeTimestampQuery(query_ + "x").ok());
  EXPECT_FALSE(DecodeTimestampQuery(ByteView(query_).substr(0, query_.size() - 1)).ok());
  EXPECT_FALSE(DecodeTimestampQuery({}).ok());
  const support::TemporaryFolder folder;
  const std::string at = folder.path().string() + "/";
  WriteFile(at + "data", kStamped);
  for (const char* other :
       {"-sha256 -no_nonce -cert", "-sha256", "-sha512 -cert", "-sha256 -cert -tspolicy 1.2.3.4"}) {
    RunCommand("openssl ts -query -data " + at + "data " + other + " -out " + at + "other");
    EXPECT_FALSE(DecodeTimestampQuery(support::ReadFile(at + "other")).ok()) << other;
  }
}

// Issue 4, item 8, the negative cases: another imprint, another nonce, another root.
TEST_F(TimestampTest, ATokenForSomethingElseIsRefused) {
  const Bytes reply = Authority().Answer(query_);
  EXPECT_THAT(
      Message(VerifyTimestamp(reply, {Sha256("other bytes"), kQuery.nonce}, Roots(Authority()), {})
                  .status()),
      HasSubstr("over other bytes"));
  EXPECT_THAT(
      Message(VerifyTimestamp(reply, {kQuery.imprint, kQuery.nonce + 1}, Roots(Authority()), {})
                  .status()),
      HasSubstr("nonce differs"));
  const StampingAuthority other;
  EXPECT_THAT(Message(Verify(reply, other).status()), HasSubstr("does not lead to a root"));
  EXPECT_THAT(Message(VerifyTimestamp(reply, kQuery, {}, {}).status()), HasSubstr("no root"));
}

// The header: the chain may need certificates that are not in the token; what is missing there and
// here makes it nobody's.
TEST_F(TimestampTest, AChainNeedsEveryCertificateBetween) {
  const StampingAuthority alone("--alone");
  const Bytes reply = alone.Answer(query_);
  EXPECT_THAT(Message(Verify(reply, alone).status()), HasSubstr("does not lead to a root"));
  const std::vector<Certificate> between = {alone.Certificate("between")};
  EXPECT_EQ(Must(VerifyTimestamp(reply, kQuery, Roots(alone), between)).chain.size(), 3U);
  // The issuing authority alone is no root.
  EXPECT_FALSE(VerifyTimestamp(reply, kQuery, between, {}).ok());
}

// The header: extended key usage timeStamping, alone and critical.
TEST_F(TimestampTest, AStampingCertificateIsForThatAlone) {
  for (const char* usage : {"none", "timeStamping", "\"critical, timeStamping, clientAuth\"",
                            "\"critical, emailProtection\""}) {
    const StampingAuthority wrong(std::string("--usage ") + usage);
    EXPECT_EQ(Verify(wrong.Answer(query_), wrong).status().code(),
              absl::StatusCode::kPermissionDenied)
        << usage;
  }
  // The same way of making a token, with the right usage, is none of the reasons above.
  const StampingAuthority right("--usage \"critical, timeStamping\"");
  EXPECT_TRUE(Verify(right.Answer(query_), right).ok());
}

// The header: ESSCertIDv2 (RFC 5816), not the older one by SHA-1.
TEST_F(TimestampTest, TheSignerNamesItsCertificateBySha256) {
  const StampingAuthority old("--ess sha1");
  EXPECT_THAT(Message(Verify(old.Answer(query_), old).status()), HasSubstr("ESSCertIDv2"));
}

// A chain is judged at the token's own time: a certificate that has ended before is none.
TEST_F(TimestampTest, ACertificateThatHasEndedStampsNothing) {
  const StampingAuthority ended("--until 20200101000000Z");
  EXPECT_THAT(Message(Verify(ended.Answer(query_), ended).status()), HasSubstr("expired"));
}

// Issue 4, item 8: "altered token, trailing bytes". Every single byte of a reply counts.
TEST_F(TimestampTest, NoByteOfATokenCanBeChanged) {
  const Bytes reply = Authority().Answer(query_);
  EXPECT_EQ(Verify(reply + Bytes(1, '\0')).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Verify({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Verify(Bytes(kMaxTimestampReplySize + 1, 'x')).ok());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    Bytes changed = reply;
    changed[i] = static_cast<char>(changed[i] ^ 0x01);
    const absl::StatusOr<Timestamp> stamp = Verify(changed);
    // The authority between stands in it unsigned; a changed one is another certificate, and the
    // chain is cut.
    EXPECT_FALSE(stamp.ok()) << "byte " << i;
  }
  for (std::size_t length = 0; length < reply.size(); length += 7)
    EXPECT_FALSE(Verify(ByteView(reply).substr(0, length)).ok()) << length;
}

// The header: only the status "granted" is an answer.
TEST_F(TimestampTest, ARefusalIsNoToken) {
  // PKIStatusInfo { rejection (2) }, no token.
  EXPECT_THAT(Message(Verify(Bytes("\x30\x05\x30\x03\x02\x01\x02", 7)).status()),
              HasSubstr("did not grant"));
  // "granted", and nothing with it.
  EXPECT_EQ(Verify(Bytes("\x30\x05\x30\x03\x02\x01\x00", 7)).status().code(),
            absl::StatusCode::kInvalidArgument);
  // grantedWithMods: something else was stamped than was asked for.
  Bytes modified = Authority().Answer(query_);
  const std::size_t status = modified.find(Bytes("\x30\x03\x02\x01\x00", 5));
  ASSERT_NE(status, Bytes::npos);
  modified[status + 4] = '\x01';
  EXPECT_THAT(Message(Verify(modified).status()), HasSubstr("did not grant"));
}

}  // namespace
}  // namespace chancery::crypto
