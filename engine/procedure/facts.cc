#include "engine/procedure/facts.h"

#include <algorithm>
#include <array>

namespace chancery::procedure {

namespace {

constexpr Word kCategoryWords[] = {
    {"own_national", 1}, {"third_country_national", 2}, {"stateless_person", 3}};
constexpr Word kEvidenceWords[] = {{"passport", 1},
                                   {"identity_card", 2},
                                   {"citizenship_certificate", 3},
                                   {"biometrics", 4},
                                   {"birth_certificate", 5},
                                   {"driving_licence", 6},
                                   {"service_card", 7},
                                   {"seamans_card", 8},
                                   {"military_card", 9},
                                   {"statement_of_person", 10},
                                   {"other_official_document", 11},
                                   {"visa_or_residence_authorisation", 12},
                                   {"entry_stamp", 13},
                                   {"travel_record", 14}};
constexpr Word kGradeWords[] = {{"original", 1}, {"authenticated_copy", 2}, {"plain_copy", 3}};
constexpr Word kClassWords[] = {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}};
constexpr Word kVerificationWords[] = {{"national", 1},          {"not_national", 2},
                                       {"other_nationality", 3}, {"not_found", 4},
                                       {"duty_established", 5},  {"duty_not_established", 6}};
constexpr Word kAnswerWords[] = {{"confirmed", 1}, {"refused", 2}, {"other_nationality", 3}};
constexpr Word kRefusalGroundWords[] = {{"identity_not_established", 1},
                                        {"nationality_not_established", 2},
                                        {"false_document", 3},
                                        {"conditions_not_met", 4},
                                        {"exception_applies", 5}};
constexpr Word kDocumentKindWords[] = {
    {"emergency_travel_document", 1}, {"passport", 2}, {"laissez_passer", 3}};
constexpr Word kClaimWords[] = {
    {"made", 1}, {"substantiated", 2}, {"acknowledged", 3}, {"contested", 4}, {"dropped", 5}};
constexpr Word kClaimBasisWords[] = {
    {"conviction", 1}, {"pending_prosecution", 2}, {"security_assessment", 3}};
constexpr Word kHoldGroundWords[] = {
    {"identity_in_doubt", 1}, {"court_order", 2}, {"medical", 3}, {"safety_of_flight", 4}};
constexpr Word kExtensionReasonWords[] = {{"legal_obstacle", 1}, {"factual_obstacle", 2}};
constexpr Word kFlightKindWords[] = {{"charter", 1}, {"scheduled", 2}};
constexpr Word kLineKindWords[] = {
    {"returnee", 1}, {"escort", 2}, {"monitor", 3}, {"medic", 4}, {"interpreter", 5}};
constexpr Word kLineStageWords[] = {{"listed", 1},      {"cleared", 2}, {"not_cleared", 3},
                                    {"taken_off", 4},   {"boarded", 5}, {"not_boarded", 6},
                                    {"handed_over", 7}, {"returned", 8}};
constexpr Word kClearanceGroundWords[] = {{"not_confirmed", 1},
                                          {"document_invalid", 2},
                                          {"held", 3},
                                          {"other_person", 4},
                                          {"claim_open", 5}};
constexpr Word kOutcomeWords[] = {{"admitted", 1}, {"returned", 2}, {"held_over", 3}};
constexpr Word kLandingGroundWords[] = {
    {"carrier_not_accepted", 1}, {"list_incomplete", 2}, {"slot_not_available", 3}, {"safety", 4}};
constexpr Word kRegisterWords[] = {
    {"authority", 1}, {"office", 2}, {"procedure", 3}, {"carrier", 4}, {"suspension", 5}};
constexpr Word kOfficeWords[] = {{"ministry", 1},         {"mission", 2},
                                 {"registry", 3},         {"passport_office", 4},
                                 {"border_agency", 5},    {"aviation_authority", 6},
                                 {"return_authority", 7}, {"escort_leader", 8},
                                 {"monitor", 9},          {"union_signatory", 10}};
constexpr Word kProcedureStandingWords[] = {
    {"proposed", 1}, {"accepted", 2}, {"in_force", 3}, {"out_of_force", 4}};
constexpr Word kCarrierStandingWords[] = {{"accepted", 1}, {"refused", 2}};
constexpr Word kScopeWords[] = {
    {"whole", 1}, {"state", 2}, {"carrier", 3}, {"category", 4}, {"all_except_state", 5}};
constexpr Word kClocksWords[] = {{"run", 1}, {"stand", 2}};
constexpr Word kRevocationGroundWords[] = {
    {"superseded", 1}, {"office_ended", 2}, {"key_compromised", 3}};
constexpr Word kQuestionWords[] = {{"birth_place", 1}, {"parents", 2},    {"address", 3},
                                   {"document", 4},    {"photograph", 5}, {"fingerprints", 6},
                                   {"former_names", 7}};
constexpr Word kClarificationWords[] = {{"given", 1}, {"not_available", 2}};
constexpr Word kInterviewWords[] = {{"asked", 1}, {"held", 2}, {"not_held", 3}};
constexpr Word kInterviewGroundWords[] = {
    {"person_did_not_come", 1}, {"mission_did_not_come", 2}, {"no_interpreter", 3}, {"no_room", 4}};
constexpr Word kDecisionWords[] = {{"confirm", 1}, {"refuse", 2}, {"close", 3}};
constexpr Word kErrorGroundWords[] = {
    {"not_national", 1}, {"other_person", 2}, {"conditions_not_met", 3}};
constexpr Word kErasureGroundWords[] = {
    {"no_longer_needed", 1}, {"period_over", 2}, {"unlawful", 3}, {"asked_by_person", 4}};
// The running limits a "time limit passed" act may speak of.
constexpr Word kLimitWords[] = {{"reply", 1},         {"reply_extended", 2}, {"referral", 3},
                                {"committee", 4},     {"transfer", 5},       {"claim_evidence", 6},
                                {"claim_receipt", 7}, {"hold", 8},           {"departure", 9},
                                {"handover", 10},     {"listing", 11},       {"clarification", 12},
                                {"interview", 13},    {"renewal", 14},       {"error_answer", 15},
                                {"take_back", 16},    {"hold_over", 17},     {"transit_reply", 18},
                                {"document", 19},     {"clearance", 20},     {"landing", 21}};
constexpr Word kDutyBasisWords[] = {{"visa_or_residence_authorisation", 1}, {"direct_entry", 2}};
constexpr Word kExceptionWords[] = {
    {"none", 1}, {"airside_transit_only", 2}, {"longer_authorisation", 3}};
constexpr Word kFindingWords[] = {{"confirmed_person", 1}, {"other_person", 2}};
constexpr Word kFindingMeansWords[] = {{"fingerprints", 1}, {"photograph", 2}, {"document", 3}};
constexpr Word kTransitKindWords[] = {{"air", 1}, {"land", 2}, {"sea", 3}};
constexpr Word kTransitAnswerWords[] = {{"permitted", 1}, {"refused", 2}};
constexpr Word kTransitGroundWords[] = {{"risk_in_destination", 1},
                                        {"criminal_proceedings", 2},
                                        {"public_health", 3},
                                        {"national_security", 4}};

constexpr std::array kTable = {
    FactInfo{Fact::kCategory, "category", FactType::kWord, kCategoryWords},
    FactInfo{Fact::kDecisionFinal, "decision_final", FactType::kFlag, {}},
    FactInfo{Fact::kPresent, "present", FactType::kFlag, {}},
    FactInfo{Fact::kEntryDate, "entry_date", FactType::kDate, {}},
    FactInfo{Fact::kHandle, "handle", FactType::kId, {}},
    FactInfo{Fact::kMinor, "minor", FactType::kFlag, {}},
    FactInfo{Fact::kFamilyGroup, "family_group", FactType::kId, {}},
    FactInfo{Fact::kNewEvidence, "new_evidence", FactType::kFlag, {}},
    FactInfo{Fact::kEvidence, "evidence", FactType::kWord, kEvidenceWords},
    FactInfo{Fact::kGrade, "grade", FactType::kWord, kGradeWords},
    FactInfo{Fact::kAttachment, "attachment", FactType::kDigest, {}},
    FactInfo{Fact::kClass, "class", FactType::kWord, kClassWords},
    FactInfo{Fact::kVerification, "verification", FactType::kWord, kVerificationWords},
    FactInfo{Fact::kAnswer, "answer", FactType::kWord, kAnswerWords},
    FactInfo{Fact::kRefusalGround, "refusal_ground", FactType::kWord, kRefusalGroundWords},
    FactInfo{Fact::kConfirmation, "confirmation", FactType::kDigest, {}},
    FactInfo{Fact::kConfirmationId, "confirmation_id", FactType::kId, {}},
    FactInfo{Fact::kLate, "late", FactType::kFlag, {}},
    FactInfo{Fact::kDocumentKind, "document_kind", FactType::kWord, kDocumentKindWords},
    FactInfo{Fact::kDocumentValidUntil, "document_valid_until", FactType::kDate, {}},
    FactInfo{Fact::kClaim, "claim", FactType::kWord, kClaimWords},
    FactInfo{Fact::kClaimBasis, "claim_basis", FactType::kWord, kClaimBasisWords},
    FactInfo{Fact::kClaimEvidence, "claim_evidence", FactType::kDigest, {}},
    FactInfo{Fact::kHeld, "held", FactType::kFlag, {}},
    FactInfo{Fact::kHoldGround, "hold_ground", FactType::kWord, kHoldGroundWords},
    FactInfo{Fact::kExtensionReason, "extension_reason", FactType::kWord, kExtensionReasonWords},
    FactInfo{Fact::kExtended, "extended", FactType::kFlag, {}},
    FactInfo{Fact::kList, "list", FactType::kId, {}},
    FactInfo{Fact::kOpenedBy, "opened_by", FactType::kDigest, {}},
    FactInfo{Fact::kLimit, "limit", FactType::kWord, kLimitWords},
    FactInfo{Fact::kFlight, "flight", FactType::kId, {}},
    FactInfo{Fact::kCarrier, "carrier", FactType::kCode, {}},
    FactInfo{Fact::kFlightNumber, "flight_number", FactType::kCode, {}},
    FactInfo{Fact::kFlightKind, "flight_kind", FactType::kWord, kFlightKindWords},
    FactInfo{Fact::kDeparture, "departure", FactType::kInstant, {}},
    FactInfo{Fact::kDepartureAirport, "departure_airport", FactType::kCode, {}},
    FactInfo{Fact::kArrivalAirport, "arrival_airport", FactType::kCode, {}},
    FactInfo{Fact::kFlightRevision, "flight_revision", FactType::kCount, {}},
    FactInfo{Fact::kRevision, "revision", FactType::kCount, {}},
    FactInfo{Fact::kManifest, "manifest", FactType::kDigest, {}},
    FactInfo{Fact::kReturnees, "returnees", FactType::kCount, {}},
    FactInfo{Fact::kEscorts, "escorts", FactType::kCount, {}},
    FactInfo{Fact::kMonitors, "monitors", FactType::kCount, {}},
    FactInfo{Fact::kMedics, "medics", FactType::kCount, {}},
    FactInfo{Fact::kInterpreters, "interpreters", FactType::kCount, {}},
    FactInfo{Fact::kBoardedReturnees, "boarded_returnees", FactType::kCount, {}},
    FactInfo{Fact::kBoardedEscorts, "boarded_escorts", FactType::kCount, {}},
    FactInfo{Fact::kBoardedMonitors, "boarded_monitors", FactType::kCount, {}},
    FactInfo{Fact::kBoardedMedics, "boarded_medics", FactType::kCount, {}},
    FactInfo{Fact::kBoardedInterpreters, "boarded_interpreters", FactType::kCount, {}},
    FactInfo{Fact::kBoarding, "boarding", FactType::kDigest, {}},
    FactInfo{Fact::kCase, "case", FactType::kId, {}},
    FactInfo{Fact::kLineKind, "line_kind", FactType::kWord, kLineKindWords},
    FactInfo{Fact::kLineStage, "line_stage", FactType::kWord, kLineStageWords},
    FactInfo{Fact::kFitToFly, "fit_to_fly", FactType::kFlag, {}},
    FactInfo{Fact::kDecisionRenewed, "decision_renewed", FactType::kFlag, {}},
    FactInfo{Fact::kReception, "reception", FactType::kFlag, {}},
    FactInfo{Fact::kCleared, "cleared", FactType::kFlag, {}},
    FactInfo{Fact::kClearanceGround, "clearance_ground", FactType::kWord, kClearanceGroundWords},
    FactInfo{Fact::kBoarded, "boarded", FactType::kFlag, {}},
    FactInfo{Fact::kOutcome, "outcome", FactType::kWord, kOutcomeWords},
    FactInfo{Fact::kLandingGround, "landing_ground", FactType::kWord, kLandingGroundWords},
    FactInfo{Fact::kHandover, "handover", FactType::kDigest, {}},
    FactInfo{Fact::kRegister, "register", FactType::kWord, kRegisterWords},
    FactInfo{Fact::kParty, "party", FactType::kParty, {}},
    FactInfo{Fact::kOffice, "office", FactType::kWord, kOfficeWords},
    FactInfo{Fact::kOfficer, "officer", FactType::kCount, {}},
    FactInfo{Fact::kCertificate, "certificate", FactType::kDigest, {}},
    FactInfo{Fact::kLogKey, "log_key", FactType::kDigest, {}},
    FactInfo{Fact::kWitnessKey, "witness_key", FactType::kDigest, {}},
    FactInfo{Fact::kFrom, "from", FactType::kInstant, {}},
    FactInfo{Fact::kUntil, "until", FactType::kInstant, {}},
    FactInfo{Fact::kProcedure, "procedure", FactType::kDigest, {}},
    FactInfo{Fact::kProcedureStanding, "procedure_standing", FactType::kWord,
             kProcedureStandingWords},
    FactInfo{Fact::kCarrierStanding, "carrier_standing", FactType::kWord, kCarrierStandingWords},
    FactInfo{Fact::kScope, "scope", FactType::kWord, kScopeWords},
    FactInfo{Fact::kReviewDate, "review_date", FactType::kDate, {}},
    FactInfo{Fact::kClocks, "clocks", FactType::kWord, kClocksWords},
    FactInfo{Fact::kRevocationGround, "revocation_ground", FactType::kWord, kRevocationGroundWords},
    FactInfo{Fact::kBy, "by", FactType::kParty, {}},
    FactInfo{Fact::kBestInterests, "best_interests", FactType::kFlag, {}},
    FactInfo{Fact::kQuestion, "question", FactType::kWord, kQuestionWords},
    FactInfo{Fact::kQuestionAct, "question_act", FactType::kDigest, {}},
    FactInfo{Fact::kClarification, "clarification", FactType::kWord, kClarificationWords},
    FactInfo{Fact::kInterview, "interview", FactType::kWord, kInterviewWords},
    FactInfo{Fact::kInterviewGround, "interview_ground", FactType::kWord, kInterviewGroundWords},
    FactInfo{Fact::kDecision, "decision", FactType::kWord, kDecisionWords},
    FactInfo{Fact::kDecisionAct, "decision_act", FactType::kDigest, {}},
    FactInfo{Fact::kCorrects, "corrects", FactType::kDigest, {}},
    FactInfo{Fact::kCorrectedBy, "corrected_by", FactType::kDigest, {}},
    FactInfo{Fact::kReexamined, "reexamined", FactType::kFlag, {}},
    FactInfo{Fact::kAdmittedAt, "admitted_at", FactType::kInstant, {}},
    FactInfo{Fact::kErrorGround, "error_ground", FactType::kWord, kErrorGroundWords},
    FactInfo{Fact::kErasureGround, "erasure_ground", FactType::kWord, kErasureGroundWords},
    FactInfo{Fact::kErased, "erased", FactType::kFlag, {}},
    FactInfo{Fact::kHeldBefore, "held_before", FactType::kFlag, {}},
    FactInfo{Fact::kDutyBasis, "duty_basis", FactType::kWord, kDutyBasisWords},
    FactInfo{Fact::kException, "exception", FactType::kWord, kExceptionWords},
    FactInfo{Fact::kKnownSince, "known_since", FactType::kDate, {}},
    FactInfo{Fact::kFinding, "finding", FactType::kWord, kFindingWords},
    FactInfo{Fact::kFindingMeans, "finding_means", FactType::kWord, kFindingMeansWords},
    FactInfo{Fact::kTransitKind, "transit_kind", FactType::kWord, kTransitKindWords},
    FactInfo{Fact::kDestination, "destination", FactType::kCode, {}},
    FactInfo{Fact::kTransitDate, "transit_date", FactType::kDate, {}},
    FactInfo{Fact::kOnwardAssured, "onward_assured", FactType::kFlag, {}},
    FactInfo{Fact::kTransitAnswer, "transit_answer", FactType::kWord, kTransitAnswerWords},
    FactInfo{Fact::kTransitGround, "transit_ground", FactType::kWord, kTransitGroundWords},
    FactInfo{Fact::kMoveAct, "move_act", FactType::kDigest, {}},
    FactInfo{Fact::kMoveBy, "move_by", FactType::kParty, {}},
    FactInfo{Fact::kClaimAssured, "claim_assured", FactType::kFlag, {}},
};

static_assert(kTable.size() == static_cast<std::size_t>(Fact::kCount_));

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].fact) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "the table has one row for each fact, in the order of the enumeration");

}  // namespace

const FactInfo& InfoOf(Fact fact) { return kTable[static_cast<std::size_t>(fact)]; }

std::optional<Fact> FactNamed(std::string_view name) {
  for (const FactInfo& info : kTable) {
    if (info.name == name) return info.fact;
  }
  return std::nullopt;
}

std::optional<std::int64_t> WordNumber(Fact fact, std::string_view word) {
  const FactInfo& info = InfoOf(fact);
  if (info.type == FactType::kFlag) {
    if (word == "yes") return 1;
    if (word == "no") return 0;
    return std::nullopt;
  }
  for (const Word& entry : info.words) {
    if (entry.name == word) return entry.number;
  }
  return std::nullopt;
}

std::string_view WordName(Fact fact, std::int64_t number) {
  const FactInfo& info = InfoOf(fact);
  if (info.type == FactType::kFlag) return number != 0 ? "yes" : "no";
  for (const Word& entry : info.words) {
    if (entry.number == number) return entry.name;
  }
  return {};
}

std::optional<std::int64_t> PackCode(std::string_view text) {
  if (text.empty() || text.size() > 8) return std::nullopt;
  std::int64_t packed = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const char letter = i < text.size() ? text[i] : '\0';
    const bool allowed =
        i >= text.size() || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    if (!allowed) return std::nullopt;
    packed = packed * 256 + letter;
  }
  return packed;
}

std::string UnpackCode(std::int64_t packed) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto letter = static_cast<char>((packed >> shift) & 0xff);
    if (letter == '\0') break;
    text.push_back(letter);
  }
  return text;
}

std::int64_t PackParty(PartyCode party) { return PackCode(party.view()).value_or(0); }

PartyCode UnpackParty(std::int64_t packed) {
  // The first three letters of a code, after which it must end.
  const std::array<char, 4> text = {
      static_cast<char>((packed >> 56) & 0xff), static_cast<char>((packed >> 48) & 0xff),
      static_cast<char>((packed >> 40) & 0xff), static_cast<char>((packed >> 32) & 0xff)};
  if (text[3] != '\0') return {};
  return PartyCode::FromText({text.data(), 3}).value_or(PartyCode{});
}

void Facts::Set(Fact fact, Value value) {
  const auto at =
      std::lower_bound(items_.begin(), items_.end(), fact,
                       [](const Item& item, Fact wanted) { return item.first < wanted; });
  if (at != items_.end() && at->first == fact) {
    at->second = value;
  } else {
    items_.insert(at, {fact, value});
  }
}

void Facts::Erase(Fact fact) {
  std::erase_if(items_, [fact](const Item& item) { return item.first == fact; });
}

std::string Describe(Fact fact, const Value& value) {
  const FactInfo& info = InfoOf(fact);
  std::string text(info.name);
  text += ' ';
  if (const auto* id = std::get_if<MatterId>(&value)) return text + id->ToHexText().substr(0, 8);
  if (const auto* digest = std::get_if<Digest>(&value))
    return text + digest->ToHexText().substr(0, 8);
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (info.type) {
    case FactType::kWord:
    case FactType::kFlag:
      return text + std::string(WordName(fact, number));
    case FactType::kInstant:
      return text + ToText(Instant{number});
    case FactType::kDate:
      return text + ToText(CivilFromDays(number));
    case FactType::kCode:
    case FactType::kParty:
      return text + UnpackCode(number);
    case FactType::kCount:
    case FactType::kId:
    case FactType::kDigest:
      break;
  }
  return text + std::to_string(number);
}

}  // namespace chancery::procedure
