// Two parties' books of the same cooperation, compared entry by entry (design section 6): what one
// side says it sent and the other side did not record, what is recorded and was never sealed,
// receipts that do not match, clocks that disagree, and silence that was none.
//
// One book orders the acts, or neither does (two states, who compare what the ministry showed
// them). The one that orders the acts may be a slice: its leaf hashes are compared with what was
// received, and what it does not show is no difference. A book says nothing false when it verifies
// by itself; that the two agree is said here only. Whoever calls has verified both folders with one
// anchor.
#ifndef CHANCERY_AUDIT_RECONCILE_H_
#define CHANCERY_AUDIT_RECONCILE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/slice_folder.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"

namespace chancery::audit {

// What a difference is worth in front of somebody who believes neither side.
enum class Weight : std::uint8_t {
  // Both entries stand under their keepers' own signatures and cannot both be true: the keeper
  // named in the difference made a false book.
  kProof = 1,
  // Somebody has to explain it; there is a way in which nobody did wrong.
  kQuestion = 2,
};
std::string_view NameOf(Weight weight);

// One entry that a difference rests on.
struct Grounds {
  PartyCode book;        // whose ledger
  std::uint64_t number;  // of the entry in it
  std::string kind;      // "act", "sealed", "received"; "not shown" of one whose hash alone is here
  std::optional<Instant> recorded_at;  // nothing when it is not shown

  friend bool operator==(const Grounds&, const Grounds&) = default;
};

struct Difference {
  std::string kind;  // one of docs/audit-guide.md, "Two books": "receipt_contradicted"
  Weight weight = Weight::kQuestion;
  PartyCode against;  // whom it accuses, or who has to explain it
  std::string what;   // in a sentence
  std::vector<Grounds> grounds;
};
// "PROOF against PAK: …  (GRC entry 12, sealed, 2016-09-01 06:00; …)".
std::string ToText(const Difference& difference);

struct Reconciliation {
  PartyCode one;
  PartyCode other;
  std::uint64_t acts_in_both = 0;      // statements that stand in both books
  std::uint64_t receipts_matched = 0;  // received entries that are the keeper's own
  std::vector<Difference> differences;
  Shown shown;  // of the ledger that orders the acts
};

// Errors: as ReadBook for each folder; FailedPrecondition when the folders are of one party, of
// different realms or agreements, or share no ledger.
absl::StatusOr<Reconciliation> Reconcile(const std::filesystem::path& one,
                                         const std::filesystem::path& other);

std::string ToText(const Reconciliation& reconciliation);
std::string ToJson(const Reconciliation& reconciliation);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_RECONCILE_H_
