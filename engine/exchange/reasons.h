// The stable reasons for which an envelope is turned away at the door, before anything is recorded.
//
// docs/protocol.md explains each. A reason travels in the status (WithReason) and as
// google.rpc.ErrorInfo. What cannot be decoded keeps the reason of the decoder (STATEMENT_...,
// ENVELOPE_..., PARTICULARS_...).
#ifndef CHANCERY_ENGINE_EXCHANGE_REASONS_H_
#define CHANCERY_ENGINE_EXCHANGE_REASONS_H_

#include <string_view>

#include "engine/ledger/witness.h"

namespace chancery::exchange::reason {

// Size and shape.
inline constexpr std::string_view kEnvelopeTooLarge = "ENVELOPE_TOO_LARGE";
inline constexpr std::string_view kOfferProofMalformed = "OFFER_PROOF_MALFORMED";
// The seal.
inline constexpr std::string_view kSealInvalid = "SEAL_INVALID";
inline constexpr std::string_view kCertificateUnknown = "CERTIFICATE_UNKNOWN";
inline constexpr std::string_view kCertificateExpired = "CERTIFICATE_EXPIRED";
inline constexpr std::string_view kCertificateWrong = "CERTIFICATE_WRONG";
inline constexpr std::string_view kCertificateNotAppointed = "CERTIFICATE_NOT_APPOINTED";
inline constexpr std::string_view kCertificateRevoked = "CERTIFICATE_REVOKED";
inline constexpr std::string_view kCertificateOfOtherParty = "CERTIFICATE_OF_OTHER_PARTY";
inline constexpr std::string_view kSealMissing = "SEAL_MISSING";
inline constexpr std::string_view kAppointmentDiffers = "APPOINTMENT_DIFFERS";
// Who and where.
inline constexpr std::string_view kPeerNotAuthor = "PEER_NOT_AUTHOR";
inline constexpr std::string_view kAuthorNotAppointed = "AUTHOR_NOT_APPOINTED";
inline constexpr std::string_view kOtherRealm = "OTHER_REALM";
inline constexpr std::string_view kOtherAgreement = "OTHER_AGREEMENT";
inline constexpr std::string_view kNotFounded = "NOT_FOUNDED";
inline constexpr std::string_view kMatterTaken = "MATTER_TAKEN";
// Particulars.
inline constexpr std::string_view kCommitmentDiffers = "COMMITMENT_DIFFERS";
inline constexpr std::string_view kParticularsMissing = "PARTICULARS_MISSING";
inline constexpr std::string_view kParticularsUnbound = "PARTICULARS_UNBOUND";
inline constexpr std::string_view kParticularsErased = "PARTICULARS_ERASED";
// Attachments (attachments.h).
inline constexpr std::string_view kAttachmentsMissing = "ATTACHMENTS_MISSING";
inline constexpr std::string_view kAttachmentField = "ATTACHMENT_FIELD";
inline constexpr std::string_view kAttachmentOffset = "ATTACHMENT_OFFSET";
inline constexpr std::string_view kAttachmentDiffers = "ATTACHMENT_DIFFERS";
inline constexpr std::string_view kAttachmentQuota = "ATTACHMENT_QUOTA";
inline constexpr std::string_view kAttachmentUnknown = "ATTACHMENT_UNKNOWN";
// Identity of acts.
inline constexpr std::string_view kStatementIdReused = "STATEMENT_ID_REUSED";
// The keeper itself.
inline constexpr std::string_view kShuttingDown = "SHUTTING_DOWN";
inline constexpr std::string_view kStoreFull = "STORE_FULL";
// Witnessing.
inline constexpr std::string_view kLedgerUnconfirmed = "LEDGER_UNCONFIRMED";
inline constexpr std::string_view kLedgerWentBack = "LEDGER_WENT_BACK";

inline constexpr std::string_view kWitnessNotAppointed = "WITNESS_NOT_APPOINTED";
inline constexpr std::string_view kCosignatureInvalid = "COSIGNATURE_INVALID";
inline constexpr std::string_view kCheckpointRefused = ledger::kCheckpointRefused;
inline constexpr std::string_view kWitnessClockBehind = ledger::kWitnessClockBehind;
inline constexpr std::string_view kWitnessClockAhead = ledger::kWitnessClockAhead;
// Officers' work.
inline constexpr std::string_view kDraftUnknown = "DRAFT_UNKNOWN";
inline constexpr std::string_view kDraftChanged = "DRAFT_CHANGED";
inline constexpr std::string_view kAlreadyApproved = "ALREADY_APPROVED";
inline constexpr std::string_view kOfficeNotNeeded = "OFFICE_NOT_NEEDED";
inline constexpr std::string_view kMatterUnknown = "MATTER_UNKNOWN";
inline constexpr std::string_view kTaskClaimed = "TASK_CLAIMED";
inline constexpr std::string_view kNoParticulars = "NO_PARTICULARS";
inline constexpr std::string_view kRegistryAway = "REGISTRY_AWAY";
inline constexpr std::string_view kProcedureUnknown = "PROCEDURE_UNKNOWN";
inline constexpr std::string_view kProcedureNotSigned = "PROCEDURE_NOT_SIGNED";

}  // namespace chancery::exchange::reason

#endif  // CHANCERY_ENGINE_EXCHANGE_REASONS_H_
