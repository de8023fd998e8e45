// One small text that convicts the keeper of a ledger out of its own signatures, with nothing else
// needed but its key (docs/audit-guide.md says how a stranger checks it with openssl).
//
//   chancery-conviction v1
//   kind <kind>
//   first <base64>            a signed checkpoint, or a tlog-proof receipt
//   second <base64>           another of the same ledger
//   proof <base64 of 32 bytes>      a line for each hash, kind prefix only
//   first-entry <base64>      the entry that a receipt is about
//   second-entry <base64>
//
// Kinds, and what each shows of a ledger that must only ever grow:
//   heads       first and second are checkpoints of one size with different roots
//   prefix      first is smaller; the proof leads to the root of second, and from another root of
//               first's size than the one first was signed with. It is the consistency proof of
//               RFC 9162; when first's size is a power of two that root comes before it
//   leaves      first and second are receipts that prove different entries under one number
//   backdated   first is a checkpoint with a cosignature of a witness; second is a receipt of an
//   entry
//               outside it that says it was recorded more than two seconds before that cosignature
//   silence     first is a receipt of the sender's own ledger for the act it sealed, under a
//   checkpoint
//               with a cosignature of an always-on witness; second is the keeper's receipt for the
//               same act, recorded later than the act could be left lying
// The last two read entries and are judged by the audit (audit/convict.h); this judges the others.
//
// Values and functions; safe on every thread. Malformed text is InvalidArgument; a text that does
// not convict is PermissionDenied with what is missing.
#ifndef CHANCERY_ENGINE_LEDGER_CONVICTION_H_
#define CHANCERY_ENGINE_LEDGER_CONVICTION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// An entry outside a checkpoint is older than the moment at which its keeper said the checkpoint
// was its largest tree by at most this: two clocks that differ by 2 seconds, a second in which a
// checkpoint stays offered, and a call of 2 seconds.
inline constexpr std::int64_t kBackdatingToleranceMs = 5'000;
// How long an act may have stood in its author's witnessed ledger before it must be recorded: the
// two days of the comprehensive procedure (design section 6).
inline constexpr std::int64_t kLeftLyingMs = std::int64_t{2} * 24 * 60 * 60 * 1000;

inline constexpr std::size_t kMaxConvictionBytes = std::size_t{4} << 20;

enum class ConvictionKind { kHeads, kPrefix, kLeaves, kBackdated, kSilence };
// "heads"
std::string_view NameOf(ConvictionKind kind);

struct Conviction {
  ConvictionKind kind = ConvictionKind::kHeads;
  Bytes first;
  Bytes second;
  ProofHashes proof;
  Bytes first_entry;
  Bytes second_entry;

  friend bool operator==(const Conviction&, const Conviction&) = default;
};

// Strict: a text that is not what FormatConviction writes of it is refused.
absl::StatusOr<Conviction> ParseConviction(std::string_view text);
std::string FormatConviction(const Conviction& conviction);

// Two signed checkpoints as a conviction, when by themselves or with the proof between them
// (BuildPrefixProof; a consistency proof serves for most sizes) they contradict each other; in
// whichever order they come. Nothing when they do not show it. Signatures are not looked at.
std::optional<Conviction> ConvictionOfHeads(ByteView one, ByteView other, const ProofHashes& proof);

// Whose ledger a text convicts, and of what.
struct Convicted {
  std::string origin;
  std::string what;  // a sentence
};
// Judges heads, prefix and leaves under the keys of the logs that may be convicted. InvalidArgument
// for the other kinds.
absl::StatusOr<Convicted> JudgeContradiction(const Conviction& conviction,
                                             std::span<const NoteKey> logs);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_CONVICTION_H_
