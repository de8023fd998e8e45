#include "engine/exchange/seals_made.h"

#include <gtest/gtest.h>

#include "engine/exchange/collect_entry.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;

// seals_made.h: only exactly the bytes that were sealed here, and the newest few thousand.
TEST(SealsMade, KnowsExactlyWhatWasMade) {
  SealsMade made;
  const Digest certificate = crypto::Sha256("certificate");
  made.Note("statement", "seal", {certificate});
  EXPECT_EQ(made.Find("statement", "seal"), std::vector<Digest>{certificate});
  EXPECT_FALSE(made.Find("statement", "another"));
  EXPECT_FALSE(made.Find("another", "seal"));
  EXPECT_FALSE(made.Find("statements", "eal"));
  for (int i = 0; i < 4096; ++i) made.Note("statement", std::to_string(i), {certificate});
  EXPECT_FALSE(made.Find("statement", "seal")) << "the oldest goes";
  EXPECT_TRUE(made.Find("statement", "0"));
}

// Section 6 of the design: a seal is judged by the state of its certificate at the recorded time,
// whoever made it. Of one that was made here nothing else is left out than the signature's check.
TEST(SealsMade, ChainsAreJudgedEveryTime) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope sealed = world.SealedApplication();
  const auto verified = [&](ByteView seal, Instant at, const SealsMade* made) {
    return VerifyStatement({sealed.statement, seal}, at, *world.trust, *world.certificates, made);
  };
  const Instant now = world.clock.Now();
  const std::vector<Digest> signers = Must(verified(sealed.seal, now, nullptr)).signers;

  SealsMade made;
  // What is noted is believed, which tells that the signature is not checked again.
  made.Note(sealed.statement, "no seal at all", signers);
  EXPECT_EQ(Must(verified("no seal at all", now, &made)).signers, signers);
  EXPECT_EQ(ReasonOf(verified("no seal at all", now, nullptr).status()), "SEAL_INVALID");
  const Instant century_later{now.ms + 100 * 365 * kMsPerDay};
  EXPECT_EQ(ReasonOf(verified("no seal at all", century_later, &made).status()), "SEAL_INVALID");
  made.Note(sealed.statement, "by a stranger", {crypto::Sha256("of nobody")});
  EXPECT_EQ(ReasonOf(verified("by a stranger", now, &made).status()), "SEAL_INVALID");
}

}  // namespace
}  // namespace chancery::exchange
