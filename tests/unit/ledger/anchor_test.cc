#include "engine/ledger/anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/ledger/fixtures.h"

namespace chancery::ledger {
namespace {

using ::testing::HasSubstr;

constexpr char kPlace[] = "eu-pakistan.chancery.example/rehearsal/";

PartyCode Party(std::string_view text) { return *PartyCode::FromText(text); }

Anchor TestAnchor() {
  Anchor anchor;
  anchor.rehearsal = true;
  anchor.agreement = "eu-pakistan";
  anchor.founding = LeafHash("founding");
  anchor.roots.emplace(Party("EUE"), LeafHash("root"));
  char seed = 'a';
  for (const char* party : {"AUT", "GRC", "PAK"}) {
    const std::string origin = kPlace + std::string(party);
    anchor.logs.emplace(Party(party), TestSigner(origin, NoteAlgorithm::kEd25519, seed++)->key());
    anchor.witnesses.emplace(
        Party(party),
        TestSigner(origin + "/witness", NoteAlgorithm::kCosignatureV1, seed++)->key());
  }
  for (const char* name : {"EUE/witness1", "EUE/witness2"}) {
    anchor.always_on.push_back(
        TestSigner(kPlace + std::string(name), NoteAlgorithm::kCosignatureV1, seed++)->key());
  }
  return anchor;
}

// Issue 4, item 2: the always-on witnesses are named in the anchor, in one spelling.
TEST(Anchor, TheAlwaysOnWitnessesStandInIt) {
  const Anchor anchor = TestAnchor();
  const std::string text = FormatAnchor(anchor);
  EXPECT_EQ(ParseAnchor(text).value(), anchor);
  const std::string first = "always-on " + anchor.always_on[0].ToText() + "\n";
  const std::string second = "always-on " + anchor.always_on[1].ToText() + "\n";
  EXPECT_THAT(text, HasSubstr(first + second));
  EXPECT_FALSE(ParseAnchor(Replaced(text, first + second, second + first)).ok());
  EXPECT_FALSE(ParseAnchor(Replaced(text, first, first + first)).ok()) << "a key has one role";
  const std::string log = anchor.logs.at(Party("GRC")).ToText();
  EXPECT_FALSE(ParseAnchor(Replaced(text, first, "always-on " + log + "\n")).ok())
      << "a log's key witnesses nothing";
  const auto usurper =
      TestSigner(kPlace + std::string("GRC/witness"), NoteAlgorithm::kCosignatureV1, 'z');
  EXPECT_FALSE(
      ParseAnchor(Replaced(text, first, "always-on " + usurper->key().ToText() + "\n")).ok())
      << "a name says whose line it is";
  EXPECT_EQ(WitnessKeys(anchor).size(), 5u);
}

// Ledger formats section 6: `group always 1 union1 union2`, `group final all <reader> always`.
TEST(Anchor, TheFoundingPolicyAsksForTheReadersAndOneAlwaysOnWitness) {
  Anchor anchor = TestAnchor();
  const PartyCode readers[] = {Party("AUT"), Party("GRC")};
  const Policy policy = FoundingPolicy(anchor, Party("PAK"), readers).value();
  const std::string text = policy.Format();
  EXPECT_THAT(text, HasSubstr("group readers all AUT GRC\ngroup always any always1 always2\n"
                              "group final all readers always\nquorum final\n"));
  EXPECT_EQ(Policy::Parse(text).value(), policy);

  const VerifiedSignature log{anchor.logs.at(Party("PAK")), 0};
  const VerifiedSignature aut{anchor.witnesses.at(Party("AUT")), 1};
  const VerifiedSignature grc{anchor.witnesses.at(Party("GRC")), 1};
  const VerifiedSignature always{anchor.always_on[1], 1};
  const std::string origin = kPlace + std::string("PAK");
  EXPECT_TRUE(Satisfied(policy, origin, std::vector{log, aut, grc, always}));
  EXPECT_FALSE(Satisfied(policy, origin, std::vector{log, aut, grc}));
  EXPECT_FALSE(Satisfied(policy, origin, std::vector{log, aut, always}));
  EXPECT_FALSE(Satisfied(policy, origin, std::vector{aut, grc, always}));

  EXPECT_FALSE(FoundingPolicy(anchor, Party("DNK"), readers).ok());
  EXPECT_FALSE(FoundingPolicy(anchor, Party("PAK"), std::vector{Party("DNK")}).ok());
  EXPECT_EQ(IntersectingAlwaysOn(anchor), 2u) << "one of two signs: both must be heard";
  anchor.always_on.clear();
  EXPECT_EQ(IntersectingAlwaysOn(anchor), 0u);
  EXPECT_THAT(FoundingPolicy(anchor, Party("PAK"), readers).value().Format(),
              HasSubstr("quorum readers\n"));
}

}  // namespace
}  // namespace chancery::ledger
