// Acts: what a party declares in a matter, as the rules see it.
#ifndef CHANCERY_ENGINE_PROCEDURE_ACT_H_
#define CHANCERY_ENGINE_PROCEDURE_ACT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/time.h"
#include "engine/procedure/facts.h"

namespace chancery::procedure {

// Which kind of matter an act moves.
enum class MatterKind : std::uint8_t {
  kCooperation =
      1,  // what the parties agree with each other: authorities, procedures, carriers, suspensions
  kCase = 2,      // one person
  kFlight = 3,    // one aircraft movement, seen by every state on it
  kTransfer = 4,  // one state's manifest on a flight, seen by that state alone
};
std::string_view NameOf(MatterKind kind);
std::optional<MatterKind> MatterKindNamed(std::string_view name);

// Every kind of act. The number is the field number of the act in Statement: bytes are forever.
enum class ActKind : std::uint16_t {
  kFounded = 32,
  kAuthorityAppointed = 33,
  kOfficeAppointed = 34,
  kOfficeRevoked = 35,
  kProcedureProposed = 36,
  kProcedureAccepted = 37,
  kProcedureInForce = 38,
  kProcedureOutOfForce = 39,
  kCarrierAccepted = 40,
  kCarrierRefused = 41,
  kSuspended = 42,
  kResumed = 43,
  kApplication = 60,
  kAcknowledged = 61,
  kExtension = 62,
  kVerification = 63,
  kReply = 64,
  kDocumentIssued = 65,
  kWithdrawal = 66,
  kClaimMade = 67,
  kClaimSubstantiated = 68,
  kClaimAcknowledged = 69,
  kClaimContested = 70,
  kClaimDropped = 71,
  kHold = 72,
  kHoldLifted = 73,
  kReferred = 74,
  kLimitPassed = 75,
  kCorrection = 76,
  kClarificationAsked = 77,
  kClarificationGiven = 78,
  kInterviewAsked = 79,
  kInterviewHeld = 80,
  kInterviewNotHeld = 81,
  kConfirmationRevoked = 82,
  kReexaminationAsked = 83,
  kCommitteeDecided = 84,
  kRenewalAsked = 85,
  kDocumentRenewed = 86,
  kErrorNotified = 87,
  kErrorAccepted = 88,
  kErrorContested = 89,
  kTakenBack = 90,
  kErasure = 91,
  kNotice = 92,
  kTransitAsked = 93,
  kTransitAnswered = 94,
  kIdentityFound = 95,
  kMoveProposed = 96,
  kMoveAgreed = 97,
  kFlightProposed = 100,
  kFlightAmended = 101,
  kManifestLodged = 102,
  kLandingPermitted = 103,
  kLandingRefused = 104,
  kBoardingOpened = 105,
  kBoardingLodged = 106,
  kDoorsClosed = 107,
  kArrived = 108,
  kFlightHandover = 109,
  kCalledOff = 110,
  kDiverted = 111,
  kManifest = 130,
  kLinesCleared = 131,
  kTakenOff = 132,
  kBoardingRecorded = 133,
  kHandover = 134,
};

struct ActInfo {
  ActKind kind;
  std::string_view name;  // the name of its field in Statement: "verification"
  MatterKind matter;
};
// All kinds of act in the order of their numbers.
std::span<const ActInfo> AllActs();
const ActInfo* FindAct(ActKind kind);
const ActInfo* FindAct(std::string_view name);

// One act as decoded from a statement whose exact bytes were signed.
struct Act {
  ActKind kind = ActKind::kFounded;
  PartyCode author;
  PartyCode addressee;
  StatementId id;
  Instant made_at;  // the author's claim; no rule reads it
  MatterId matter;
  Digest procedure;                  // of the bundle under which the author acts
  std::optional<Digest> answers;     // digest of the statement it answers
  std::optional<Digest> commitment;  // to the particulars that travel beside it
  Facts facts;
  std::vector<Facts>
      lines;  // items of evidence, lines of a manifest, states of a flight, founding appointments
};

// An act with what the ledger adds to it: everything a ruling may depend on.
struct RecordedAct {
  std::uint64_t entry = 0;
  Instant recorded_at;
  std::optional<Instant> offered_since;  // time of the offer proof, when the envelope carried one
  Digest digest;                         // SHA-256 of the statement's exact bytes
  std::vector<Digest> signers;  // certificates whose seals were verified, each once, in byte order
  Act act;
};

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_ACT_H_
