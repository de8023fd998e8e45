// Time stamps over checkpoints: a cosigned checkpoint that a time-stamping authority says it saw.
//
// What is stamped is the exact bytes of a checkpoint's note, so one token covers every entry of the
// tree and every cosignature on the note. A token ages with its authority's certificate; a newer
// one over a larger tree covers all that the older one did. No act ever waits for one.
//
// Pure functions of their arguments; safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_TIMESTAMP_H_
#define CHANCERY_ENGINE_LEDGER_TIMESTAMP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/timestamp.h"
#include "engine/ledger/checkpoint.h"

namespace chancery::ledger {

// How far two honest clocks may differ.
inline constexpr std::int64_t kClockSkewMs = 2 * kMsPerSecond;

// What names a time stamp in a folder and in a store: the stamped tree's size and the nonce of the
// request. Text: "41.00c0ffee00c0ffee".
struct StampName {
  std::uint64_t size = 0;
  std::uint64_t nonce = 0;

  std::string ToText() const;
  // Exactly what ToText writes, or nothing.
  static std::optional<StampName> FromText(std::string_view text);

  friend auto operator<=>(const StampName&, const StampName&) = default;
};

// The three parts of a time stamp as they are kept and handed over.
struct TimeStamp {
  Bytes checkpoint;  // the exact bytes that were stamped
  Bytes query;       // DER of the request
  Bytes reply;       // DER of the reply

  friend bool operator==(const TimeStamp&, const TimeStamp&) = default;
};

// The request for a time stamp over these bytes.
absl::StatusOr<Bytes> TimestampQueryFor(ByteView checkpoint, std::uint64_t nonce);

// Who may stamp: roots by the name the anchor gives them, and certificates that may stand below.
struct StampingTrust {
  std::map<std::string, crypto::Certificate, std::less<>> roots;
  std::vector<crypto::Certificate> between;
};

// What a verified time stamp says.
struct StampedCheckpoint {
  StampName name;
  Checkpoint checkpoint;
  Note note;
  std::string authority;  // the anchor's name of its root
  crypto::Timestamp stamp;
};
// Verifies the token over exactly this checkpoint (crypto/timestamp.h), and that its time is not
// before the newest cosignature it covers, less the accuracy and kClockSkewMs. The note's own
// signatures are not verified: ask checkpoint.h or policy.h. InvalidArgument for bytes of another
// form; PermissionDenied, with the reason, for what does not prove anything.
absl::StatusOr<StampedCheckpoint> VerifyTimeStamp(const TimeStamp& stamp,
                                                  const StampingTrust& trust);

// The latest time at which the stamp can have been made: its own, with the accuracy and the skew.
Instant LatestOf(const crypto::Timestamp& stamp);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_TIMESTAMP_H_
