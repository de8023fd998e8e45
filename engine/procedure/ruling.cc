#include "engine/procedure/ruling.h"

#include <array>

namespace chancery::procedure {

namespace {

struct GroundName {
  Ground ground;
  std::string_view name;
};

constexpr std::array kGrounds = {
    GroundName{Ground::kProcedureNotInForce, "procedure_not_in_force"},
    GroundName{Ground::kOtherProcedure, "other_procedure"},
    GroundName{Ground::kUnknownMatter, "unknown_matter"},
    GroundName{Ground::kMatterExists, "matter_exists"},
    GroundName{Ground::kWrongRole, "wrong_role"},
    GroundName{Ground::kOutOfTurn, "out_of_turn"},
    GroundName{Ground::kMissingSeal, "missing_seal"},
    GroundName{Ground::kMissingFact, "missing_fact"},
    GroundName{Ground::kAnswersOtherAct, "answers_other_act"},
    GroundName{Ground::kMayNotTakePart, "may_not_take_part"},
    GroundName{Ground::kSuspended, "suspended"},
    GroundName{Ground::kCarrierNotAccepted, "carrier_not_accepted"},
    GroundName{Ground::kNotConfirmed, "not_confirmed"},
    GroundName{Ground::kAddedAfterClearance, "added_after_clearance"},
    GroundName{Ground::kOpenCaseExists, "open_case_exists"},
    GroundName{Ground::kNoNewEvidence, "no_new_evidence"},
    GroundName{Ground::kEnteredBeforeAgreement, "entered_before_agreement"},
    GroundName{Ground::kDecisionNotFinal, "decision_not_final"},
    GroundName{Ground::kNotPresent, "not_present"},
    GroundName{Ground::kClaimOpen, "claim_open"},
    GroundName{Ground::kDocumentInvalid, "document_invalid"},
    GroundName{Ground::kConfirmationDiffers, "confirmation_differs"},
    GroundName{Ground::kOnAnotherList, "on_another_list"},
    GroundName{Ground::kHeld, "held"},
    GroundName{Ground::kNoticeTooShort, "notice_too_short"},
    GroundName{Ground::kTooLate, "too_late"},
    GroundName{Ground::kTooEarly, "too_early"},
    GroundName{Ground::kListDiffers, "list_differs"},
    GroundName{Ground::kCountsDiffer, "counts_differ"},
    GroundName{Ground::kUnknownLine, "unknown_line"},
    GroundName{Ground::kMinorUnprepared, "minor_unprepared"},
    GroundName{Ground::kNotFit, "not_fit"},
    GroundName{Ground::kAlreadyExtended, "already_extended"},
    GroundName{Ground::kNoEvidence, "no_evidence"},
    GroundName{Ground::kNotVerified, "not_verified"},
    GroundName{Ground::kLinesIncomplete, "lines_incomplete"},
    GroundName{Ground::kClearedMayEnter, "cleared_may_enter"},
    GroundName{Ground::kConditionNotMet, "condition_not_met"},
    GroundName{Ground::kDuplicateLine, "duplicate_line"},
    GroundName{Ground::kWrongCategory, "wrong_category"},
    GroundName{Ground::kNotCleared, "not_cleared"},
    GroundName{Ground::kFamilyApart, "family_apart"},
};

}  // namespace

std::string_view NameOf(Ground ground) {
  for (const GroundName& row : kGrounds) {
    if (row.ground == ground) return row.name;
  }
  return {};
}

std::optional<Ground> GroundNamed(std::string_view name) {
  for (const GroundName& row : kGrounds) {
    if (row.name == name) return row.ground;
  }
  return std::nullopt;
}

std::vector<Ground> AllGrounds() {
  std::vector<Ground> grounds;
  for (const GroundName& row : kGrounds) grounds.push_back(row.ground);
  return grounds;
}

}  // namespace chancery::procedure
