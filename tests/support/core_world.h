// A cooperation in memory for tests of the pure core: both procedures of agreements/eu-pakistan
// loaded from their folders, the ledger founded, authorities and offices appointed, the 2016
// procedure in force. Acts are stepped through a Replayer exactly as they would be recorded; seals
// are stood in for by certificate digests.
#ifndef CHANCERY_TESTS_SUPPORT_CORE_WORLD_H_
#define CHANCERY_TESTS_SUPPORT_CORE_WORLD_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/codec/bundle.h"
#include "engine/procedure/replay.h"

namespace chancery::testing {

using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::RecordedAct;
using procedure::Ruling;
using procedure::Stepped;
using procedure::WordNumber;

inline const std::string kAgreements =
    std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/";

inline PartyCode Party(std::string_view text) { return *PartyCode::FromText(text); }
inline std::int64_t W(Fact fact, std::string_view word) { return WordNumber(fact, word).value(); }
inline Instant At(std::string_view text) { return ParseInstant(text).value(); }
inline std::int64_t Day(std::string_view text) {
  return DaysFromCivil(ParseCivilDate(text).value());
}
inline std::int64_t Code(std::string_view text) { return procedure::PackCode(text).value(); }

// A digest or id that says what it stands for.
template <class Fixed = Digest>
Fixed Named(std::string_view text) {
  Fixed value;
  for (std::size_t i = 0; i < text.size() && i < Fixed::kSize; ++i) {
    value.raw()[i] = static_cast<std::uint8_t>(text[i]);
  }
  return value;
}
inline MatterId Id(std::string_view text) { return Named<MatterId>(text); }

inline std::shared_ptr<const procedure::CheckedProcedure> LoadFolder(const std::string& folder,
                                                                     const Digest& digest) {
  const absl::StatusOr<Bytes> bundle = codec::PackFolder(folder);
  EXPECT_TRUE(bundle.ok()) << bundle.status();
  if (!bundle.ok()) return nullptr;
  auto loaded = codec::LoadProcedure(*bundle, digest);
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  return loaded.ok() ? *loaded : nullptr;
}

class CoreWorld {
 public:
  CoreWorld() : replayer_(LoadBoth()) {
    now = At("2016-09-01T06:00:00Z");
    Founded();
    Appoint("PAK", {{"ministry", 1},
                    {"mission", 2},
                    {"registry", 2},
                    {"passport_office", 2},
                    {"border_agency", 2},
                    {"aviation_authority", 1}});
    for (const char* state : {"GRC", "AUT", "BGR"}) {
      Appoint(state, {{"return_authority", 1}, {"escort_leader", 1}, {"monitor", 1}});
    }
    Facts facts;
    facts.Set(Fact::kProcedure, kProcedure2016);
    MustAdmit(Cooperation("EUE", ActKind::kProcedureProposed, facts), {"EUE/union_signatory/1"});
    MustAdmit(Cooperation("PAK", ActKind::kProcedureAccepted, facts), {"PAK/ministry/1"});
    facts.Set(Fact::kFrom, now.ms);
    MustAdmit(Cooperation("PAK", ActKind::kProcedureInForce, facts), {"PAK/ministry/1"});
  }

  // The act as this world would send it: addressed to the other side, in the 2016 procedure.
  static Act From(std::string_view author, std::string_view addressee, ActKind kind,
                  MatterId matter, Facts facts = {}, std::vector<Facts> lines = {}) {
    Act act;
    act.kind = kind;
    act.author = Party(author);
    act.addressee = Party(addressee);
    act.matter = matter;
    act.procedure = kProcedure2016;
    act.facts = std::move(facts);
    act.lines = std::move(lines);
    return act;
  }
  static Act Cooperation(std::string_view author, ActKind kind, Facts facts = {}) {
    Act act = From(author, author == "PAK" ? "EUE" : "PAK", kind, kCooperation, std::move(facts));
    act.procedure = kFounding;
    return act;
  }

  // Records the act now; `seals` are certificates as "PAK/registry/1".
  Stepped Do(const Act& act, const std::vector<std::string>& seals) {
    last = Record(act, seals);
    return replayer_.Add(last);
  }
  std::optional<procedure::TurnedAway> AtTheDoor(const Act& act,
                                                 const std::vector<std::string>& seals) {
    RecordedAct recorded = Record(act, seals);
    return replayer_.AtTheDoor(recorded);
  }
  Digest MustAdmit(const Act& act, const std::vector<std::string>& seals) {
    EXPECT_FALSE(AtTheDoor(act, seals).has_value()) << AtTheDoor(act, seals)->message;
    const Stepped stepped = Do(act, seals);
    EXPECT_TRUE(stepped.ruling.admitted()) << Why(stepped.ruling);
    return last.digest;
  }
  void MustRefuse(const Act& act, const std::vector<std::string>& seals, procedure::Ground ground,
                  std::string_view article) {
    const Stepped stepped = Do(act, seals);
    const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
    ASSERT_NE(refused, nullptr)
        << "admitted by " << std::get<procedure::Admitted>(stepped.ruling.outcome).because.rule;
    EXPECT_EQ(NameOf(refused->ground), NameOf(ground)) << refused->rule;
    EXPECT_EQ(refused->article, article);
  }

  static std::string Why(const Ruling& ruling) {
    if (const auto* refused = std::get_if<procedure::Inadmissible>(&ruling.outcome)) {
      return std::string(NameOf(refused->ground)) + " by " + refused->rule + ", " +
             refused->article;
    }
    return "admitted";
  }

  const procedure::Matter& MatterOf(const MatterId& id) const {
    const procedure::Matter* matter = replayer_.matters().Find(id);
    EXPECT_NE(matter, nullptr);
    static const procedure::Matter kNone;
    return matter != nullptr ? *matter : kNone;
  }
  std::string StageOf(const MatterId& id) const { return MatterOf(id).stage; }
  const procedure::Replayer& replayer() const { return replayer_; }

  // One person on the way to the named stage. Evidence decides the class.
  Act Application(const std::string& who, std::string_view state = "GRC",
                  const std::vector<std::string>& evidence = {"identity_card"}) const {
    Facts facts{{Fact::kCategory, W(Fact::kCategory, "own_national")},
                {Fact::kDecisionFinal, std::int64_t{1}},
                {Fact::kPresent, std::int64_t{1}},
                {Fact::kEntryDate, Day("2015-02-01")},
                {Fact::kHandle, Id("handle " + who)},
                {Fact::kMinor, std::int64_t{0}}};
    std::vector<Facts> lines;
    for (const std::string& kind : evidence) {
      lines.push_back(Facts{{Fact::kEvidence, W(Fact::kEvidence, kind)},
                            {Fact::kGrade, W(Fact::kGrade, "original")}});
    }
    Act act = From(state, "PAK", ActKind::kApplication, Id(who), facts, lines);
    act.commitment = Named("sent " + who);
    return act;
  }
  void Apply(const std::string& who, std::string_view state = "GRC",
             const std::vector<std::string>& evidence = {"identity_card"}) {
    MustAdmit(Application(who, state, evidence), {Seal(state, "return_authority")});
  }
  Act Verification(const std::string& who, std::string_view finding = "national") {
    return From("PAK", StateOf(who), ActKind::kVerification, Id(who),
                Facts{{Fact::kVerification, W(Fact::kVerification, finding)}});
  }
  void Verify(const std::string& who, std::string_view finding = "national") {
    const std::int64_t verified_by = MatterOf(Id(who)).facts.NumberOr(Fact::kClass, 0);
    std::vector<std::string> seals = {"PAK/registry/1"};
    if (verified_by == W(Fact::kClass, "a")) seals = {"PAK/mission/1", "PAK/mission/2"};
    if (verified_by == W(Fact::kClass, "d")) seals = {"PAK/passport_office/1"};
    MustAdmit(Verification(who, finding), seals);
  }
  Act Reply(const std::string& who, std::string_view answer = "confirmed") {
    Facts facts{{Fact::kAnswer, W(Fact::kAnswer, answer)}};
    if (answer == "confirmed") facts.Set(Fact::kConfirmationId, Id("confirmed " + who));
    if (answer == "refused")
      facts.Set(Fact::kRefusalGround, W(Fact::kRefusalGround, "nationality_not_established"));
    Act act = From("PAK", StateOf(who), ActKind::kReply, Id(who), facts);
    act.answers = MatterOf(Id(who)).facts.DigestOr(Fact::kOpenedBy);
    if (answer == "confirmed") act.commitment = Named("confirmation " + who);
    return act;
  }
  static std::vector<std::string> ReplySeals() {
    return {"PAK/registry/1", "PAK/registry/2", "PAK/ministry/1"};
  }
  void Confirm(const std::string& who, std::string_view state = "GRC",
               const std::vector<std::string>& evidence = {"identity_card"}) {
    Apply(who, state, evidence);
    Verify(who);
    MustAdmit(Reply(who), ReplySeals());
  }
  Act Document(const std::string& who, std::string_view valid_until = "2017-09-01") {
    return From("PAK", StateOf(who), ActKind::kDocumentIssued, Id(who),
                Facts{{Fact::kDocumentKind, W(Fact::kDocumentKind, "emergency_travel_document")},
                      {Fact::kDocumentValidUntil, Day(valid_until)},
                      {Fact::kConfirmationId, Id("confirmed " + who)}});
  }
  void Ready(const std::string& who, std::string_view state = "GRC",
             const std::vector<std::string>& evidence = {"identity_card"}) {
    Confirm(who, state, evidence);
    MustAdmit(Document(who), {"PAK/mission/1"});
  }

  // A charter on 2016-10-20 with the carrier HAX (accepted), for Greece alone unless others are
  // named.
  void ProposeFlight(const std::string& flight, const std::vector<std::string>& states = {"GRC"}) {
    Facts carrier{{Fact::kCarrier, Code("HAX")}};
    MustAdmit(Cooperation("PAK", ActKind::kCarrierAccepted, carrier), {"PAK/aviation_authority/1"});
    MustAdmit(FlightProposal(flight, states), {"GRC/return_authority/1"});
  }
  Act FlightProposal(const std::string& flight, const std::vector<std::string>& states = {"GRC"}) {
    Facts facts{{Fact::kCarrier, Code("HAX")},
                {Fact::kFlightNumber, Code("HAX351")},
                {Fact::kFlightKind, W(Fact::kFlightKind, "charter")},
                {Fact::kDeparture, At("2016-10-20T08:00:00Z").ms},
                {Fact::kDepartureAirport, Code("ATH")},
                {Fact::kArrivalAirport, Code("ISB")}};
    std::vector<Facts> lines;
    for (const std::string& state : states)
      lines.push_back(Facts{{Fact::kParty, procedure::PackParty(Party(state))}});
    return From("GRC", "PAK", ActKind::kFlightProposed, Id(flight), facts, lines);
  }
  Facts Line(const std::string& who) const {
    return Facts{{Fact::kLineKind, W(Fact::kLineKind, "returnee")},
                 {Fact::kCase, Id(who)},
                 {Fact::kConfirmation, Named("confirmation " + who)},
                 {Fact::kConfirmationId, Id("confirmed " + who)},
                 {Fact::kFitToFly, std::int64_t{1}},
                 {Fact::kDecisionRenewed, std::int64_t{1}}};
  }
  Act Manifest(const std::string& transfer, const std::string& flight,
               const std::vector<std::string>& persons, std::int64_t revision = 1,
               std::string_view state = "GRC") {
    std::vector<Facts> lines;
    for (const std::string& who : persons) lines.push_back(Line(who));
    lines.push_back(Facts{{Fact::kLineKind, W(Fact::kLineKind, "escort")},
                          {Fact::kHandle, Id("escort " + transfer)}});
    return From(state, "PAK", ActKind::kManifest, Id(transfer),
                Facts{{Fact::kCategory, W(Fact::kCategory, "own_national")},
                      {Fact::kFlight, Id(flight)},
                      {Fact::kFlightRevision, std::int64_t{1}},
                      {Fact::kRevision, revision}},
                lines);
  }
  Act Lodging(const std::string& transfer, const std::string& flight, std::int64_t returnees,
              std::string_view state = "GRC") {
    return From(state, "PAK", ActKind::kManifestLodged, Id(flight),
                Facts{{Fact::kManifest, MatterOf(Id(transfer)).facts.DigestOr(Fact::kManifest)},
                      {Fact::kRevision, MatterOf(Id(transfer)).facts.NumberOr(Fact::kRevision, 0)},
                      {Fact::kReturnees, returnees},
                      {Fact::kEscorts, std::int64_t{1}},
                      {Fact::kMonitors, std::int64_t{0}},
                      {Fact::kMedics, std::int64_t{0}},
                      {Fact::kInterpreters, std::int64_t{0}}});
  }
  Act Clearance(const std::string& transfer, const std::vector<std::string>& persons,
                std::string_view state = "GRC") {
    std::vector<Facts> lines;
    for (const std::string& who : persons) {
      lines.push_back(Facts{{Fact::kCase, Id(who)}, {Fact::kCleared, std::int64_t{1}}});
    }
    lines.push_back(
        Facts{{Fact::kHandle, Id("escort " + transfer)}, {Fact::kCleared, std::int64_t{1}}});
    return From("PAK", state, ActKind::kLinesCleared, Id(transfer),
                Facts{{Fact::kManifest, MatterOf(Id(transfer)).facts.DigestOr(Fact::kManifest)},
                      {Fact::kFlightRevision, std::int64_t{1}}},
                lines);
  }
  static std::vector<std::string> ClearanceSeals() {
    return {"PAK/border_agency/1", "PAK/border_agency/2", "PAK/ministry/1"};
  }
  // Listed, lodged and cleared.
  void ClearList(const std::string& transfer, const std::string& flight,
                 const std::vector<std::string>& persons) {
    MustAdmit(Manifest(transfer, flight, persons), {"GRC/return_authority/1"});
    MustAdmit(Lodging(transfer, flight, static_cast<std::int64_t>(persons.size())),
              {"GRC/return_authority/1"});
    MustAdmit(Clearance(transfer, persons), ClearanceSeals());
  }
  Act Landing(const std::string& flight) {
    std::vector<Facts> lines;
    for (const Facts& row : MatterOf(Id(flight)).lines) {
      lines.push_back(Facts{{Fact::kParty, row.NumberOr(Fact::kParty, 0)},
                            {Fact::kManifest, row.DigestOr(Fact::kManifest)}});
    }
    return From("PAK", "GRC", ActKind::kLandingPermitted, Id(flight),
                Facts{{Fact::kFlightRevision,
                       MatterOf(Id(flight)).facts.NumberOr(Fact::kFlightRevision, 0)}},
                lines);
  }
  void OpenBoarding(const std::string& flight) {
    now = std::max(now, At("2016-10-20T05:00:00Z"));  // the day of departure
    MustAdmit(Landing(flight), {"PAK/aviation_authority/1"});
    MustAdmit(From("GRC", "PAK", ActKind::kBoardingOpened, Id(flight),
                   Facts{{Fact::kFlightRevision, std::int64_t{1}}}),
              {"GRC/return_authority/1"});
  }
  static Facts Boarded(std::int64_t returnees, std::int64_t escorts) {
    return Facts{{Fact::kBoardedReturnees, returnees},
                 {Fact::kBoardedEscorts, escorts},
                 {Fact::kBoardedMonitors, std::int64_t{0}},
                 {Fact::kBoardedMedics, std::int64_t{0}},
                 {Fact::kBoardedInterpreters, std::int64_t{0}}};
  }
  Act Boarding(const std::string& transfer, const std::vector<std::string>& persons) {
    std::vector<Facts> lines;
    for (const std::string& who : persons) {
      lines.push_back(Facts{{Fact::kCase, Id(who)},
                            {Fact::kLineKind, W(Fact::kLineKind, "returnee")},
                            {Fact::kBoarded, std::int64_t{1}},
                            {Fact::kDecisionRenewed, std::int64_t{1}}});
    }
    lines.push_back(Facts{{Fact::kHandle, Id("escort " + transfer)},
                          {Fact::kLineKind, W(Fact::kLineKind, "escort")},
                          {Fact::kBoarded, std::int64_t{1}}});
    return From("GRC", "PAK", ActKind::kBoardingRecorded, Id(transfer),
                Boarded(static_cast<std::int64_t>(persons.size()), 1), lines);
  }

  // What a state lodges of the boarding last recorded on its list.
  Act BoardingLodging(const std::string& transfer, const std::string& flight,
                      std::int64_t returnees, std::int64_t escorts = 1,
                      std::string_view state = "GRC") {
    Facts facts = Boarded(returnees, escorts);
    facts.Set(Fact::kBoarding, MatterOf(Id(transfer)).facts.DigestOr(Fact::kBoarding));
    return From(state, "PAK", ActKind::kBoardingLodged, Id(flight), facts);
  }

  // Appoints a certificate from now on; officer 0 is the office's own seal.
  Act Appointment(std::string_view party, std::string_view office, std::int64_t officer,
                  std::string_view certificate) const {
    Facts facts{{Fact::kParty, procedure::PackParty(Party(party))},
                {Fact::kOffice, W(Fact::kOffice, office)},
                {Fact::kCertificate, Named(certificate)},
                {Fact::kFrom, now.ms}};
    if (officer != 0) facts.Set(Fact::kOfficer, officer);
    return Cooperation(party == "PAK" ? "PAK" : "EUE", ActKind::kOfficeAppointed, facts);
  }
  // The number, within its party, of the officer with the seal "…/office/number".
  static std::int64_t Officer(std::string_view office, int number) {
    return W(Fact::kOffice, office) * 10 + number;
  }
  static std::string Seal(std::string_view party, std::string_view office, int number = 1) {
    return std::string(party) + "/" + std::string(office) + "/" + std::to_string(number);
  }

  Instant now;
  RecordedAct last;

  static inline const MatterId kCooperation = Named<MatterId>("the cooperation");
  static inline const Digest kFounding = Named("founding bundle");
  static inline const Digest kProcedure2016 = Named("bundle of 2016");

 private:
  static procedure::ProcedureSet LoadBoth() {
    procedure::ProcedureSet set(kFounding);
    set.Add(LoadFolder(kAgreements + "founding", kFounding));
    set.Add(LoadFolder(kAgreements + "2016", kProcedure2016));
    return set;
  }

  RecordedAct Record(const Act& act, const std::vector<std::string>& seals) {
    RecordedAct recorded;
    recorded.entry = next_entry_;
    recorded.recorded_at = now;
    recorded.act = act;
    recorded.act.id = Named<StatementId>("statement " + std::to_string(next_entry_));
    recorded.digest = Named("digest " + std::to_string(next_entry_));
    ++next_entry_;
    for (const std::string& seal : seals) recorded.signers.push_back(Named(seal));
    return recorded;
  }

  std::string StateOf(const std::string& who) const {
    return MatterOf(Id(who)).requesting.ToText();
  }

  void Founded() {
    std::vector<Facts> lines = {Facts{{Fact::kParty, procedure::PackParty(Party("EUE"))},
                                      {Fact::kOffice, W(Fact::kOffice, "union_signatory")},
                                      {Fact::kOfficer, Officer("union_signatory", 1)},
                                      {Fact::kCertificate, Named("EUE/union_signatory/1")}},
                                Facts{{Fact::kParty, procedure::PackParty(Party("PAK"))},
                                      {Fact::kOffice, W(Fact::kOffice, "ministry")},
                                      {Fact::kOfficer, Officer("ministry", 1)},
                                      {Fact::kCertificate, Named("PAK/ministry/1")}}};
    Act act = Cooperation("EUE", ActKind::kFounded);
    act.lines = lines;
    MustAdmit(act, {"EUE/union_signatory/1", "PAK/ministry/1"});
  }

  void Appoint(const std::string& party, const std::vector<std::pair<std::string, int>>& offices) {
    const std::string by = party == "PAK" ? "PAK" : "EUE";
    const std::string seal = party == "PAK" ? "PAK/ministry/1" : "EUE/union_signatory/1";
    MustAdmit(Cooperation(by, ActKind::kAuthorityAppointed,
                          Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                                {Fact::kLogKey, Named("log " + party)},
                                {Fact::kWitnessKey, Named("witness " + party)},
                                {Fact::kFrom, now.ms}}),
              {seal});
    for (const auto& [office, count] : offices) {
      for (int number = 1; number <= count; ++number) {
        const std::string certificate = Seal(party, office, number);
        if (certificate == "PAK/ministry/1") continue;  // appointed by the founding act
        MustAdmit(Appointment(party, office, Officer(office, number), certificate), {seal});
      }
    }
  }

  procedure::Replayer replayer_;
  std::uint64_t next_entry_ = 0;
};

}  // namespace chancery::testing

#endif  // CHANCERY_TESTS_SUPPORT_CORE_WORLD_H_
