#include "engine/procedure/act.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace chancery::procedure {

namespace {

constexpr std::array kActs = {
    ActInfo{ActKind::kFounded, "founded", MatterKind::kCooperation},
    ActInfo{ActKind::kAuthorityAppointed, "authority_appointed", MatterKind::kCooperation},
    ActInfo{ActKind::kOfficeAppointed, "office_appointed", MatterKind::kCooperation},
    ActInfo{ActKind::kOfficeRevoked, "office_revoked", MatterKind::kCooperation},
    ActInfo{ActKind::kProcedureProposed, "procedure_proposed", MatterKind::kCooperation},
    ActInfo{ActKind::kProcedureAccepted, "procedure_accepted", MatterKind::kCooperation},
    ActInfo{ActKind::kProcedureInForce, "procedure_in_force", MatterKind::kCooperation},
    ActInfo{ActKind::kProcedureOutOfForce, "procedure_out_of_force", MatterKind::kCooperation},
    ActInfo{ActKind::kCarrierAccepted, "carrier_accepted", MatterKind::kCooperation},
    ActInfo{ActKind::kCarrierRefused, "carrier_refused", MatterKind::kCooperation},
    ActInfo{ActKind::kSuspended, "suspended", MatterKind::kCooperation},
    ActInfo{ActKind::kResumed, "resumed", MatterKind::kCooperation},
    ActInfo{ActKind::kApplication, "application", MatterKind::kCase},
    ActInfo{ActKind::kAcknowledged, "acknowledged", MatterKind::kCase},
    ActInfo{ActKind::kExtension, "extension", MatterKind::kCase},
    ActInfo{ActKind::kVerification, "verification", MatterKind::kCase},
    ActInfo{ActKind::kReply, "reply", MatterKind::kCase},
    ActInfo{ActKind::kDocumentIssued, "document_issued", MatterKind::kCase},
    ActInfo{ActKind::kWithdrawal, "withdrawal", MatterKind::kCase},
    ActInfo{ActKind::kClaimMade, "claim_made", MatterKind::kCase},
    ActInfo{ActKind::kClaimSubstantiated, "claim_substantiated", MatterKind::kCase},
    ActInfo{ActKind::kClaimAcknowledged, "claim_acknowledged", MatterKind::kCase},
    ActInfo{ActKind::kClaimContested, "claim_contested", MatterKind::kCase},
    ActInfo{ActKind::kClaimDropped, "claim_dropped", MatterKind::kCase},
    ActInfo{ActKind::kHold, "hold", MatterKind::kCase},
    ActInfo{ActKind::kHoldLifted, "hold_lifted", MatterKind::kCase},
    ActInfo{ActKind::kReferred, "referred", MatterKind::kCase},
    ActInfo{ActKind::kLimitPassed, "limit_passed", MatterKind::kCase},
    ActInfo{ActKind::kCorrection, "correction", MatterKind::kCase},
    ActInfo{ActKind::kClarificationAsked, "clarification_asked", MatterKind::kCase},
    ActInfo{ActKind::kClarificationGiven, "clarification_given", MatterKind::kCase},
    ActInfo{ActKind::kInterviewAsked, "interview_asked", MatterKind::kCase},
    ActInfo{ActKind::kInterviewHeld, "interview_held", MatterKind::kCase},
    ActInfo{ActKind::kInterviewNotHeld, "interview_not_held", MatterKind::kCase},
    ActInfo{ActKind::kConfirmationRevoked, "confirmation_revoked", MatterKind::kCase},
    ActInfo{ActKind::kReexaminationAsked, "reexamination_asked", MatterKind::kCase},
    ActInfo{ActKind::kCommitteeDecided, "committee_decided", MatterKind::kCase},
    ActInfo{ActKind::kRenewalAsked, "renewal_asked", MatterKind::kCase},
    ActInfo{ActKind::kDocumentRenewed, "document_renewed", MatterKind::kCase},
    ActInfo{ActKind::kErrorNotified, "error_notified", MatterKind::kCase},
    ActInfo{ActKind::kErrorAccepted, "error_accepted", MatterKind::kCase},
    ActInfo{ActKind::kErrorContested, "error_contested", MatterKind::kCase},
    ActInfo{ActKind::kTakenBack, "taken_back", MatterKind::kCase},
    ActInfo{ActKind::kErasure, "erasure", MatterKind::kCase},
    ActInfo{ActKind::kNotice, "notice", MatterKind::kCase},
    ActInfo{ActKind::kTransitAsked, "transit_asked", MatterKind::kCase},
    ActInfo{ActKind::kTransitAnswered, "transit_answered", MatterKind::kCase},
    ActInfo{ActKind::kIdentityFound, "identity_found", MatterKind::kCase},
    ActInfo{ActKind::kMoveProposed, "move_proposed", MatterKind::kCase},
    ActInfo{ActKind::kMoveAgreed, "move_agreed", MatterKind::kCase},
    ActInfo{ActKind::kFlightProposed, "flight_proposed", MatterKind::kFlight},
    ActInfo{ActKind::kFlightAmended, "flight_amended", MatterKind::kFlight},
    ActInfo{ActKind::kManifestLodged, "manifest_lodged", MatterKind::kFlight},
    ActInfo{ActKind::kLandingPermitted, "landing_permitted", MatterKind::kFlight},
    ActInfo{ActKind::kLandingRefused, "landing_refused", MatterKind::kFlight},
    ActInfo{ActKind::kBoardingOpened, "boarding_opened", MatterKind::kFlight},
    ActInfo{ActKind::kBoardingLodged, "boarding_lodged", MatterKind::kFlight},
    ActInfo{ActKind::kDoorsClosed, "doors_closed", MatterKind::kFlight},
    ActInfo{ActKind::kArrived, "arrived", MatterKind::kFlight},
    ActInfo{ActKind::kFlightHandover, "flight_handover", MatterKind::kFlight},
    ActInfo{ActKind::kCalledOff, "called_off", MatterKind::kFlight},
    ActInfo{ActKind::kDiverted, "diverted", MatterKind::kFlight},
    ActInfo{ActKind::kManifest, "manifest", MatterKind::kTransfer},
    ActInfo{ActKind::kLinesCleared, "lines_cleared", MatterKind::kTransfer},
    ActInfo{ActKind::kTakenOff, "taken_off", MatterKind::kTransfer},
    ActInfo{ActKind::kBoardingRecorded, "boarding_recorded", MatterKind::kTransfer},
    ActInfo{ActKind::kHandover, "handover", MatterKind::kTransfer},
};

constexpr bool InOrder() {
  for (std::size_t i = 1; i < kActs.size(); ++i) {
    if (kActs[i - 1].kind >= kActs[i].kind) return false;
  }
  return true;
}
static_assert(InOrder(), "the table has one row for each act, in the order of the numbers");

struct MatterName {
  MatterKind kind;
  std::string_view name;
};
constexpr std::array kMatterNames = {
    MatterName{MatterKind::kCooperation, "cooperation"}, MatterName{MatterKind::kCase, "case"},
    MatterName{MatterKind::kFlight, "flight"}, MatterName{MatterKind::kTransfer, "transfer"}};

}  // namespace

std::string_view NameOf(MatterKind kind) {
  for (const MatterName& row : kMatterNames) {
    if (row.kind == kind) return row.name;
  }
  return {};
}

std::optional<MatterKind> MatterKindNamed(std::string_view name) {
  for (const MatterName& row : kMatterNames) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

std::span<const ActInfo> AllActs() { return kActs; }

const ActInfo* FindAct(ActKind kind) {
  const auto at =
      std::lower_bound(kActs.begin(), kActs.end(), kind,
                       [](const ActInfo& info, ActKind wanted) { return info.kind < wanted; });
  return at != kActs.end() && at->kind == kind ? at : nullptr;
}

const ActInfo* FindAct(std::string_view name) {
  for (const ActInfo& info : kActs) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace chancery::procedure
