#include "client/manifest.h"

#include <gmock/gmock.h>

#include "engine/crypto/random.h"

namespace chancery::client {
namespace {

using testing::HasSubstr;

const std::string kFlight(32, 'f');
const std::string kDigest(64, 'd');

Json Flight() {
  return {{"matter", kFlight},
          {"kind", "flight"},
          {"stage", "proposed"},
          {"requested", "PAK"},
          {"facts", {{"flight_revision", 2}}}};
}
Json Case(char id) {
  return {{"matter", std::string(32, id)},
          {"kind", "case"},
          {"stage", "documented"},
          {"facts",
           {{"category", "own_national"},
            {"confirmation", kDigest},
            {"confirmation_id", std::string(32, 'e')},
            {"minor", false}}}};
}
std::string MessageOf(const absl::Status& status) { return std::string(ToStd(status.message())); }

// Design section 5: a manifest line repeats the commitment of the ministry's own confirmation.
TEST(Manifest, EachLineCarriesTheConfirmationFromItsOwnMatter) {
  crypto::SystemEntropy entropy;
  ManifestWish wish;
  wish.fit_to_fly = true;
  wish.decision_renewed = true;
  wish.companions = {{"escort", 2}};
  Json undocumented = Case('b');
  undocumented["stage"] = "confirmed";
  const auto act =
      ProposeManifest(Flight(), {Case('a'), undocumented}, std::nullopt, wish, entropy);
  ASSERT_TRUE(act.ok()) << act.status();
  EXPECT_EQ(act->at("act"), "manifest");
  EXPECT_EQ(act->at("addressee"), "PAK");
  EXPECT_FALSE(act->contains("matter"));
  EXPECT_EQ(act->at("facts").at("flight"), kFlight);
  EXPECT_EQ(act->at("facts").at("flight_revision"), 2);
  EXPECT_EQ(act->at("facts").at("revision"), 1);
  ASSERT_EQ(act->at("lines").size(), 3U);
  const Json& line = act->at("lines").at(0);
  EXPECT_EQ(line.at("case"), std::string(32, 'a'));
  EXPECT_EQ(line.at("confirmation"), kDigest);
  EXPECT_EQ(line.at("fit_to_fly"), true);
  EXPECT_EQ(line.at("decision_renewed"), true);
  EXPECT_NE(act->at("lines").at(1).at("handle"), act->at("lines").at(2).at("handle"));
}

// Nobody asserts fitness or a renewed decision but the caller.
TEST(Manifest, AssertsNothingByItself) {
  crypto::SystemEntropy entropy;
  const auto act = ProposeManifest(Flight(), {Case('a')}, std::nullopt, {}, entropy);
  ASSERT_TRUE(act.ok()) << act.status();
  EXPECT_FALSE(act->at("lines").at(0).contains("fit_to_fly"));
  EXPECT_FALSE(act->at("lines").at(0).contains("decision_renewed"));
}

// Design section 8: taking one off keeps the others' clearance; escorts keep their handles.
TEST(Manifest, ALaterRevisionKeepsTheHandlesOfThoseListedBefore) {
  crypto::SystemEntropy entropy;
  const std::string handle(32, '7');
  const Json list = {{"matter", std::string(32, '9')},
                     {"kind", "transfer"},
                     {"facts", {{"flight", kFlight}, {"revision", 3}}},
                     {"lines", {{{"line_kind", "escort"}, {"handle", handle}}}}};
  Json listed = Case('a');
  listed["facts"]["list"] = std::string(32, '9');
  ManifestWish wish;
  wish.companions = {{"escort", 2}};
  const auto act = ProposeManifest(Flight(), {listed}, list, wish, entropy);
  ASSERT_TRUE(act.ok()) << act.status();
  EXPECT_EQ(act->at("matter"), std::string(32, '9'));
  EXPECT_EQ(act->at("facts").at("revision"), 4);
  EXPECT_EQ(act->at("lines").at(1).at("handle"), handle);
  EXPECT_NE(act->at("lines").at(2).at("handle"), handle);
}

// A case asked for by name that is not ready is refused with its reason; one nobody asked for is
// left out.
TEST(Manifest, SaysWhyACaseThatWasAskedForIsNotReady) {
  crypto::SystemEntropy entropy;
  struct NotReady {
    std::function<void(Json&)> make;
    std::string says;
  };
  const std::vector<NotReady> cases = {
      {[](Json& one) { one["stage"] = "open"; }, "stage is open"},
      {[](Json& one) { one["facts"].erase("confirmation"); }, "no confirmation"},
      {[](Json& one) { one["facts"]["held"] = true; }, "held"},
      {[](Json& one) { one["facts"]["list"] = std::string(32, '1'); }, "another list"},
      {[](Json& one) { one["facts"]["claim"] = "contested"; }, "claim"},
  };
  for (const NotReady& one : cases) {
    Json bad = Case('b');
    one.make(bad);
    ManifestWish wish;
    wish.cases = {std::string(32, 'b')};
    const auto act = ProposeManifest(Flight(), {Case('a'), bad}, std::nullopt, wish, entropy);
    ASSERT_FALSE(act.ok());
    EXPECT_THAT(MessageOf(act.status()), HasSubstr(one.says));
    const auto others = ProposeManifest(Flight(), {Case('a'), bad}, std::nullopt, {}, entropy);
    ASSERT_TRUE(others.ok());
    EXPECT_EQ(others->at("lines").size(), 1U);
  }
  ManifestWish unknown;
  unknown.cases = {std::string(32, 'c')};
  EXPECT_THAT(
      MessageOf(ProposeManifest(Flight(), {Case('a')}, std::nullopt, unknown, entropy).status()),
      HasSubstr("no such case"));
}

// Art 3: a list is of own nationals or of third-country persons, stateless ones among them.
TEST(Manifest, NeverMixesNationalsAndThirdCountryPersons) {
  crypto::SystemEntropy entropy;
  Json stateless = Case('b');
  stateless["facts"]["category"] = "stateless_person";
  const auto mixed = ProposeManifest(Flight(), {Case('a'), stateless}, std::nullopt, {}, entropy);
  ASSERT_TRUE(mixed.ok()) << mixed.status();
  EXPECT_EQ(mixed->at("facts").at("category"), "own_national");
  EXPECT_EQ(mixed->at("lines").size(), 1U);
  ManifestWish both;
  both.cases = {std::string(32, 'a'), std::string(32, 'b')};
  EXPECT_THAT(
      MessageOf(
          ProposeManifest(Flight(), {Case('a'), stateless}, std::nullopt, both, entropy).status()),
      HasSubstr("lists of their own"));
  const auto third = ProposeManifest(Flight(), {stateless}, std::nullopt, {}, entropy);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->at("facts").at("category"), "third_country_national");
  const Json list = {
      {"matter", std::string(32, '9')},
      {"facts", {{"flight", kFlight}, {"revision", 1}, {"category", "own_national"}}}};
  EXPECT_FALSE(ProposeManifest(Flight(), {stateless}, list, {}, entropy).ok());
}

TEST(Manifest, NeedsAFlightThatTakesListsAndSomebodyToPutOnIt) {
  // Design section 8: lists belong to a flight that is proposed or permitted.
  crypto::SystemEntropy entropy;
  Json gone = Flight();
  gone["stage"] = "departed";
  EXPECT_FALSE(ProposeManifest(gone, {Case('a')}, std::nullopt, {}, entropy).ok());
  EXPECT_FALSE(ProposeManifest(Flight(), {}, std::nullopt, {}, entropy).ok());
}

}  // namespace
}  // namespace chancery::client
