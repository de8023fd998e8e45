// Whose seals an act carries: officers are counted, not certificates.
#include "engine/procedure/seals.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace chancery::procedure {
namespace {

constexpr std::int64_t kMinistry = 1;
constexpr std::int64_t kBorder = 5;

// A seal of PAK; officer 0 is the office's own.
Appointment Seal(std::int64_t office, std::int64_t officer, std::string_view party = "PAK") {
  static std::uint8_t next = 1;
  Appointment seal;
  seal.party = *PartyCode::FromText(party);
  seal.office = office;
  seal.officer = officer;
  seal.certificate.raw()[0] = next++;
  return seal;
}

std::string Lacking(const std::vector<SealNeeded>& needed, const std::vector<Appointment>& seals) {
  std::string text;
  for (const SealNeeded& one : SealsLacking(needed, seals))
    text += std::to_string(one.office) + " x" + std::to_string(one.count) + ";";
  return text;
}

TEST(SealsLacking, CountsAnOfficerOnceHoweverManyCertificatesSealed) {
  // Design section 5: four eyes are two officers.
  const std::vector<SealNeeded> two = {{kBorder, 2}};
  EXPECT_EQ(Lacking(two, {Seal(kBorder, 11), Seal(kBorder, 11)}), "5 x1;");
  EXPECT_EQ(Lacking(two, {Seal(kBorder, 11), Seal(kBorder, 12)}), "");
  EXPECT_EQ(Lacking(two, {}), "5 x2;");
}

TEST(SealsLacking, CountsTheSameNumberOfTwoPartiesAsTwoOfficers) {
  // "Ours: officers": the number is the party's own. Only a founding act has seals of two parties.
  EXPECT_EQ(Lacking({{kMinistry, 1}, {kBorder, 1}}, {Seal(kMinistry, 1), Seal(kBorder, 1, "EUE")}),
            "");
}

TEST(SealsLacking, LetsOneOfficerFillOnePlaceEvenWithTwoOffices) {
  // Design section 5: who holds two offices is still one pair of eyes.
  const std::vector<SealNeeded> both = {{kMinistry, 1}, {kBorder, 1}};
  EXPECT_EQ(Lacking(both, {Seal(kMinistry, 11), Seal(kBorder, 11)}), "5 x1;");
  EXPECT_EQ(Lacking(both, {Seal(kMinistry, 11), Seal(kBorder, 12)}), "");
}

TEST(SealsLacking, FillsThePlacesInTheBestWaySoThatAFurtherSealSpoilsNothing) {
  // The officer with two offices moves to the place that nobody else can fill.
  const std::vector<SealNeeded> needed = {{kMinistry, 1}, {kBorder, 1}};
  EXPECT_EQ(Lacking(needed, {Seal(kMinistry, 11), Seal(kBorder, 11), Seal(kMinistry, 12)}), "");
  EXPECT_EQ(Lacking({{kBorder, 1}, {kMinistry, 1}},
                    {Seal(kMinistry, 11), Seal(kBorder, 11), Seal(kBorder, 12)}),
            "");
}

TEST(SealsLacking, CountsAnOfficesOwnSealWhereOneIsEnoughAndNeverAsASecondPairOfEyes) {
  // "Ours: officers": a server's seal is nobody's eyes.
  EXPECT_EQ(Lacking({{kMinistry, 1}}, {Seal(kMinistry, 0)}), "");
  EXPECT_EQ(Lacking({{kBorder, 2}}, {Seal(kBorder, 11), Seal(kBorder, 0)}), "5 x1;");
  EXPECT_EQ(Lacking({{kMinistry, 1}, {kBorder, 1}}, {Seal(kMinistry, 0), Seal(kBorder, 0)}), "")
      << "two offices' own seals are of two";
  EXPECT_EQ(Lacking({{kMinistry, 1}, {kMinistry, 1}}, {Seal(kMinistry, 0), Seal(kMinistry, 0)}),
            "1 x1;");
}

// What the certificate of an appointment says when it agrees with it.
Credential Saying(const Appointment& appointment, std::string office, std::uint8_t key) {
  Credential credential{
      appointment.certificate, {}, appointment.party, std::move(office), appointment.officer};
  credential.key.raw()[0] = key;
  return credential;
}
CredentialLookup Known(std::vector<Credential> all) {
  return [all = std::move(all)](const Digest& certificate) -> std::optional<Credential> {
    for (const Credential& one : all) {
      if (one.certificate == certificate) return one;
    }
    return std::nullopt;
  };
}

TEST(AppointmentDefect, IsADifferenceBetweenTheCertificateAndTheAct) {
  // "Ours: officers": where the certificate can be seen it must say what the act says.
  const Appointment appointed = Seal(kBorder, 11);
  const Credential honest = Saying(appointed, "border-agency", 1);
  EXPECT_EQ(AppointmentDefect(appointed, {appointed}, Known({honest})), std::nullopt);
  EXPECT_EQ(AppointmentDefect(appointed, {}, Known({})), std::nullopt) << "nothing can be seen";
  Credential other = honest;
  other.officer = 12;
  const auto defect = AppointmentDefect(appointed, {}, Known({other}));
  ASSERT_TRUE(defect.has_value());
  EXPECT_EQ(*defect,
            "certificate: it is that of PAK border_agency officer 12 and is appointed for PAK "
            "border_agency officer 11; appoint it for whom it was issued, or have it issued anew");
  other = honest;
  other.officer = 0;
  EXPECT_TRUE(AppointmentDefect(appointed, {}, Known({other})).has_value());
  other = honest;
  other.office = "ministry";
  EXPECT_TRUE(AppointmentDefect(appointed, {}, Known({other})).has_value());
  other = honest;
  other.party = *PartyCode::FromText("GRC");
  EXPECT_TRUE(AppointmentDefect(appointed, {}, Known({other})).has_value());
}

TEST(AppointmentDefect, IsAKeyThatBelongsToSomebodyElse) {
  // "Ours: officers": one key under two numbers would be two pairs of eyes in one hand.
  const Appointment first = Seal(kBorder, 11);
  const Appointment renewed = Seal(kBorder, 11);
  const Appointment second = Seal(kBorder, 12);
  const auto known = Known({Saying(first, "border-agency", 1), Saying(renewed, "border-agency", 1),
                            Saying(second, "border-agency", 1)});
  EXPECT_EQ(AppointmentDefect(renewed, {first, renewed}, known), std::nullopt)
      << "one officer may have a key certified again";
  const auto defect = AppointmentDefect(second, {first, second}, known);
  ASSERT_TRUE(defect.has_value());
  EXPECT_NE(defect->find("appointed for PAK border_agency officer 11 already"), std::string::npos)
      << *defect;
  const auto other_key =
      Known({Saying(first, "border-agency", 1), Saying(second, "border-agency", 2)});
  EXPECT_EQ(AppointmentDefect(second, {first}, other_key), std::nullopt);
}

}  // namespace
}  // namespace chancery::procedure
