#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/ledger/anchor.h"

namespace chancery::ledger {
namespace {

using ::testing::HasSubstr;

// An anchor of one root and one ledger, with these lines behind it.
absl::StatusOr<Anchor> Parse(std::string_view lines) {
  const std::string digest(64, 'a');
  const NoteKey log = *NoteKey::Make(OriginOf("eu-pakistan", "live", *PartyCode::FromText("PAK")),
                                     NoteAlgorithm::kEd25519,
                                     *crypto::Ed25519PublicKey::FromBytes(std::string(32, 'k')));
  return ParseAnchor("chancery-anchor v1\nrealm live\nagreement eu-pakistan\nfounding " + digest +
                     "\nroot PAK " + digest + "\nlog PAK " + log.ToText() + "\n" +
                     std::string(lines));
}

std::string Tsa(std::string_view name, char digit) {
  return "tsa " + std::string(name) + " " + std::string(64, digit) + "\n";
}

// The anchor's header: who may stamp is named by the root of its certificates, in one form only.
TEST(AnchorStampingTest, RootsOfTimeStampingAuthoritiesHaveOneForm) {
  const absl::StatusOr<Anchor> anchor = Parse(Tsa("a-stamper", '1') + Tsa("post-2", '2'));
  ASSERT_TRUE(anchor.ok()) << anchor.status();
  EXPECT_EQ(anchor->stamping_roots.size(), 2U);
  EXPECT_EQ(anchor->stamping_roots.at("post-2").ToHexText(), std::string(64, '2'));
  EXPECT_THAT(FormatAnchor(*anchor), ::testing::EndsWith(Tsa("post-2", '2')));
  EXPECT_TRUE(Parse("")->stamping_roots.empty());

  EXPECT_THAT(std::string(Parse(Tsa("post-2", '2') + Tsa("a-stamper", '1')).status().message()),
              HasSubstr("not in the order"));
  for (const std::string& wrong :
       {Tsa("A", '1'), Tsa(std::string(33, 'a'), '1'), Tsa("a b", '1'), Tsa("a", 'g'),
        std::string("tsa a\n"), Tsa("a", '1') + Tsa("a", '2'), Tsa("a", '1') + Tsa("b", '1')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Parse(wrong).status())) << wrong;
  }
}

}  // namespace
}  // namespace chancery::ledger
