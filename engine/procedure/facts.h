// The closed vocabulary of facts: what a signed act may say to the rules, and what a matter
// remembers.
//
// A procedure is data, its vocabulary is code. Rules may only speak of the facts listed here, and a
// fact is always a word from a closed list, a count, a moment, a date, a short code, a random
// identifier or a digest. There is no fact for a name, a number of a document or free text, and
// none from which anyone could tell whether asylum was sought.
//
// Bytes are forever: the numbers of facts and of their words go into the ledger through
// proto/chancery/statement/v1.
#ifndef CHANCERY_ENGINE_PROCEDURE_FACTS_H_
#define CHANCERY_ENGINE_PROCEDURE_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/time.h"

namespace chancery::procedure {

enum class FactType : std::uint8_t {
  kWord,     // one of a closed list, by its number
  kFlag,     // yes or no
  kCount,    // a number that is not negative
  kInstant,  // a moment, in milliseconds
  kDate,     // a civil date, in days since 1970-01-01
  kCode,     // one to eight of A-Z and 0-9: a carrier, an airport, a flight number
  kParty,    // a party's three letters
  kId,       // 16 random bytes
  kDigest,   // 32 bytes: a SHA-256 digest or a public key
};

enum class Fact : std::uint16_t {
  // About one person's case.
  kCategory,
  kDecisionFinal,
  kPresent,
  kEntryDate,
  kHandle,
  kMinor,
  kFamilyGroup,
  kNewEvidence,
  kEvidence,
  kGrade,
  kAttachment,
  kClass,
  kVerification,
  kAnswer,
  kRefusalGround,
  kConfirmation,
  kConfirmationId,
  kLate,
  kDocumentKind,
  kDocumentValidUntil,
  kClaim,
  kClaimBasis,
  kClaimEvidence,
  kHeld,
  kHoldGround,
  kExtensionReason,
  kExtended,
  kList,
  kOpenedBy,
  kLimit,
  // About flights and manifests.
  kFlight,
  kCarrier,
  kFlightNumber,
  kFlightKind,
  kDeparture,
  kDepartureAirport,
  kArrivalAirport,
  kFlightRevision,
  kRevision,
  kManifest,
  kReturnees,
  kEscorts,
  kMonitors,
  kMedics,
  kInterpreters,
  kBoardedReturnees,
  kBoardedEscorts,
  kBoardedMonitors,
  kBoardedMedics,
  kBoardedInterpreters,
  kBoarding,
  kCase,
  kLineKind,
  kLineStage,
  kFitToFly,
  kDecisionRenewed,
  kReception,
  kCleared,
  kClearanceGround,
  kBoarded,
  kOutcome,
  kLandingGround,
  kHandover,
  // About the cooperation.
  kRegister,
  kParty,
  kOffice,
  kOfficer,
  kCertificate,
  kLogKey,
  kWitnessKey,
  kFrom,
  kUntil,
  kProcedure,
  kProcedureStanding,
  kCarrierStanding,
  kScope,
  kReviewDate,
  kClocks,
  kRevocationGround,
  kBy,
  // About a case again, in the order in which they came.
  kBestInterests,
  kQuestion,
  kQuestionAct,
  kClarification,
  kInterview,
  kInterviewGround,
  kDecision,
  kDecisionAct,
  kCorrects,
  kCorrectedBy,
  kReexamined,
  kAdmittedAt,
  kErrorGround,
  kErasureGround,
  kErased,
  kHeldBefore,
  kDutyBasis,
  kException,
  kKnownSince,
  kFinding,
  kFindingMeans,
  kTransitKind,
  kDestination,
  kTransitDate,
  kOnwardAssured,
  kTransitAnswer,
  kTransitGround,
  kMoveAct,
  kMoveBy,
  kClaimAssured,
  kCount_,  // how many there are; not a fact
};

// One word of a closed list and the number it has on the wire (1 upwards; 0 is "not said").
struct Word {
  std::string_view name;
  std::int64_t number;
};

// The words that the core itself reads, by their numbers on the wire.
enum class Register : std::int64_t {
  kAuthority = 1,
  kOffice = 2,
  kProcedure = 3,
  kCarrier = 4,
  kSuspension = 5
};
enum class Scope : std::int64_t {
  kWhole = 1,
  kState = 2,
  kCarrier = 3,
  kCategory = 4,
  kAllExceptState = 5
};
enum class CarrierStanding : std::int64_t { kAccepted = 1, kRefused = 2 };
enum class ProcedureStanding : std::int64_t {
  kProposed = 1,
  kAccepted = 2,
  kInForce = 3,
  kOutOfForce = 4
};

struct FactInfo {
  Fact fact;
  std::string_view name;  // as in the field of the act's message and in rules: "entry_date"
  FactType type;
  std::span<const Word> words;  // for kWord; empty for the rest
};

const FactInfo& InfoOf(Fact fact);
// The fact of that name, if there is one.
std::optional<Fact> FactNamed(std::string_view name);
// The number of a word of that fact's list.
std::optional<std::int64_t> WordNumber(Fact fact, std::string_view word);
// The word of that number, or an empty text.
std::string_view WordName(Fact fact, std::int64_t number);

// A code of one to eight characters A-Z and 0-9 as one number that keeps their order, and back.
std::optional<std::int64_t> PackCode(std::string_view text);
std::string UnpackCode(std::int64_t packed);
std::int64_t PackParty(PartyCode party);
PartyCode UnpackParty(std::int64_t packed);

// What a fact says. Which alternative is in it follows from the fact's type: kId holds a
// MatterId-sized value, kDigest a Digest, all others a number.
using Value = std::variant<std::int64_t, MatterId, Digest>;

// Facts in the order of their numbers, each at most once. A value.
class Facts {
 public:
  using Item = std::pair<Fact, Value>;

  Facts() = default;
  Facts(std::initializer_list<Item> items) {
    for (const Item& item : items) Set(item.first, item.second);
  }
  // A copy is made to be changed: it has room for the facts that an act usually adds.
  Facts(const Facts& other) {
    items_.reserve(other.items_.size() + kRoom);
    items_.insert(items_.end(), other.items_.begin(), other.items_.end());
  }
  Facts& operator=(const Facts&) = default;
  Facts(Facts&&) = default;
  Facts& operator=(Facts&&) = default;
  ~Facts() = default;

  // Read more often than anything else: a walk over the few facts there are, in their order.
  const Value* Find(Fact fact) const {
    for (const Item& item : items_) {
      if (item.first >= fact) return item.first == fact ? &item.second : nullptr;
    }
    return nullptr;
  }
  bool Has(Fact fact) const { return Find(fact) != nullptr; }
  void Set(Fact fact, Value value);
  void Erase(Fact fact);

  // The value when it is there and of that type, else the given one.
  std::int64_t NumberOr(Fact fact, std::int64_t otherwise) const {
    const Value* value = Find(fact);
    const auto* number = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
    return number != nullptr ? *number : otherwise;
  }
  MatterId IdOr(Fact fact, const MatterId& otherwise = {}) const {
    const Value* value = Find(fact);
    const auto* id = value != nullptr ? std::get_if<MatterId>(value) : nullptr;
    return id != nullptr ? *id : otherwise;
  }
  Digest DigestOr(Fact fact, const Digest& otherwise = {}) const {
    const Value* value = Find(fact);
    const auto* digest = value != nullptr ? std::get_if<Digest>(value) : nullptr;
    return digest != nullptr ? *digest : otherwise;
  }

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  static constexpr std::size_t kRoom = 2;

  std::vector<Item> items_;
};

// A fact and its value in words, for explanations: "entry_date 2014-05-01", "answer confirmed".
// Identifiers and digests are shown by their first eight hexadecimal digits.
std::string Describe(Fact fact, const Value& value);

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_FACTS_H_
