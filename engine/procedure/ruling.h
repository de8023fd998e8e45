// Rulings: what the core says about an act, and why.
#ifndef CHANCERY_ENGINE_PROCEDURE_RULING_H_
#define CHANCERY_ENGINE_PROCEDURE_RULING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/procedure/matter.h"

namespace chancery::procedure {

// The revision of the core's meaning. It changes whenever any recorded act would be ruled
// differently; it stands in every entry, so that an old ruling is replayed by what ruled it.
constexpr std::uint32_t kCoreRevision = 1;

// Why an act is inadmissible. Bytes are forever: the numbers stand in rulings (docs/protocol.md
// explains each).
enum class Ground : std::uint16_t {
  kProcedureNotInForce = 1,
  kOtherProcedure = 2,
  kUnknownMatter = 3,
  kMatterExists = 4,
  kWrongRole = 5,
  kOutOfTurn = 6,
  kMissingSeal = 7,
  kMissingFact = 8,
  kAnswersOtherAct = 9,
  kMayNotTakePart = 10,
  kSuspended = 11,
  kCarrierNotAccepted = 12,
  kNotConfirmed = 13,
  kAddedAfterClearance = 14,
  kOpenCaseExists = 15,
  kNoNewEvidence = 16,
  kEnteredBeforeAgreement = 17,
  kDecisionNotFinal = 18,
  kNotPresent = 19,
  kClaimOpen = 20,
  kDocumentInvalid = 21,
  kConfirmationDiffers = 22,
  kOnAnotherList = 23,
  kHeld = 24,
  kNoticeTooShort = 25,
  kTooLate = 26,
  kTooEarly = 27,
  kListDiffers = 28,
  kCountsDiffer = 29,
  kUnknownLine = 30,
  kMinorUnprepared = 31,
  kNotFit = 32,
  kAlreadyExtended = 33,
  kNoEvidence = 34,
  kNotVerified = 35,
  kLinesIncomplete = 36,
  kClearedMayEnter = 37,
  kConditionNotMet = 38,
  kDuplicateLine = 39,
  kWrongCategory = 40,
  kNotCleared = 41,
  kFamilyApart = 42,
};
std::string_view NameOf(Ground ground);
std::optional<Ground> GroundNamed(std::string_view name);
// Every ground in the order of its number.
std::vector<Ground> AllGrounds();

// The rule that admitted an act.
struct Because {
  std::string rule;
  std::vector<std::string> articles;

  friend bool operator==(const Because&, const Because&) = default;
};

// A matter and the stage an act left it in.
struct Changed {
  MatterId matter;
  std::string stage;

  friend bool operator==(const Changed&, const Changed&) = default;
};

// A limit that had passed before the act was recorded, applied before the act was judged.
struct Lapsed {
  MatterId matter;
  std::string lapse;  // the lapse's name in the procedure
  Instant at;         // the first moment that was too late
  std::string stage;  // the stage it left the matter in
  std::vector<std::string> articles;

  friend bool operator==(const Lapsed&, const Lapsed&) = default;
};

struct Admitted {
  Because because;
  std::vector<Changed> changed;  // in byte order of the matters

  friend bool operator==(const Admitted&, const Admitted&) = default;
};

struct Inadmissible {
  Ground ground = Ground::kConditionNotMet;
  std::string article;
  std::string rule;  // the rule or guard that refused; empty when no rule fits
  std::vector<std::uint32_t>
      lines;  // which lines of the act it is about, from 0; empty when it is the whole act

  friend bool operator==(const Inadmissible&, const Inadmissible&) = default;
};

struct Ruling {
  std::vector<Lapsed> lapses;
  std::variant<Admitted, Inadmissible> outcome;

  bool admitted() const { return std::holds_alternative<Admitted>(outcome); }
  friend bool operator==(const Ruling&, const Ruling&) = default;
};

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_RULING_H_
