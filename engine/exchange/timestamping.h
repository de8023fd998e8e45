// Time stamps of the own book: asked for, answered by any authority, kept beside the ledger.
//
// A request is written to a file and kept; whoever carries it (an operator, a scheduled job with
// curl) brings the reply back; the reply is verified and kept with the exact bytes it stamps and
// the certificates above it. Nothing here is on the way of an act: an authority that is away for
// weeks stops nothing, and one stamp over the newest checkpoint then covers everything that waited.
//
// Threads: safe on every thread, as the store is.
#ifndef CHANCERY_ENGINE_EXCHANGE_TIMESTAMPING_H_
#define CHANCERY_ENGINE_EXCHANGE_TIMESTAMPING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/timestamp.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// The roots that the anchor names, found in the trust folder, and what may stand below them.
// FailedPrecondition when one of the roots is not there.
absl::StatusOr<ledger::StampingTrust> StampingTrustOf(const TrustFolder& folder,
                                                      const Anchor& anchor);

// Asks for a stamp over the newest checkpoint that satisfies `policy`: keeps the request and the
// checkpoint, and gives the request. FailedPrecondition when no checkpoint has its quorum yet.
struct AskedTimestamp {
  ledger::StampName name;
  Bytes query;
};
absl::StatusOr<AskedTimestamp> AskTimestamp(store::Store& store, ByteView policy, Entropy& entropy,
                                            const ledger::KeyBook* keys = nullptr);

// Verifies a reply to one of the kept requests and keeps it with its chain. `now` is the machine's
// time, which a scenario's clock never moves: a stamp from the future is refused. NotFound when no
// such request is kept; AlreadyExists when it is answered; else what VerifyTimeStamp says.
absl::StatusOr<ledger::StampedCheckpoint> AddTimestamp(store::Store& store, ByteView reply,
                                                       const ledger::StampingTrust& trust,
                                                       Instant now);

// An answered request, as kept.
struct KeptTimestamp {
  ledger::StampName name;
  ledger::TimeStamp parts;
  std::vector<crypto::Certificate> above;  // the stamping certificate's authorities, the root last
};
// In order of size, then of nonce. DataLoss when one is not whole.
absl::StatusOr<std::vector<KeptTimestamp>> ListTimestamps(store::Store& store);
// The same of at most `limit` behind that name, or from the first.
absl::StatusOr<std::vector<KeptTimestamp>> ListTimestamps(
    store::Store& store, const std::optional<ledger::StampName>& after, std::size_t limit);

// Verifies every kept stamp again, and that what it stamps is a head of the book. DataLoss names
// the one that is not as it was kept.
absl::StatusOr<std::vector<ledger::StampedCheckpoint>> CheckTimestamps(
    store::Store& store, const ledger::StampingTrust& trust);

// Hands the files of every stamp over a tree of at most `size` to `put` as (path, bytes).
absl::Status PutTimestamps(std::span<const KeptTimestamp> stamps, std::uint64_t size,
                           const std::function<absl::Status(const std::string&, ByteView)>& put);
absl::Status PutTimestamps(store::Store& store, std::uint64_t size,
                           const std::function<absl::Status(const std::string&, ByteView)>& put);

// A book with new entries is stamped daily; a stamp is renewed this long before it ends.
inline constexpr std::int64_t kStampEveryMs = kMsPerDay;
inline constexpr std::int64_t kRenewBeforeMs = 30 * kMsPerDay;
// Without a stamp that was due for so long it is an outage.
inline constexpr std::int64_t kOutageAfterMs = 7 * kMsPerDay;

enum class StampStanding {
  kNotUsed,  // the anchor names no authority, and there are no stamps
  kCurrent,  // nothing to do before `due`
  kDue,      // ask for the next one
  kOutage,   // due for more than a week; acts go on
  kEnded,    // the newest stamp's certificate has ended: the older entries rest on it alone
};
std::string_view ToWord(StampStanding standing);

struct StampingState {
  StampStanding standing = StampStanding::kNotUsed;
  std::uint64_t stamps = 0;  // kept, each verified again
  std::optional<ledger::StampedCheckpoint> newest;
  std::uint64_t uncovered = 0;  // entries that no stamp covers
  std::optional<Instant> due;   // when the next one is
  std::uint64_t waiting = 0;    // requests without a reply
};
// Where the book stands at `now`. Nothing but words depends on it.
absl::StatusOr<StampingState> StateOfTimestamps(store::Store& store, const Anchor& anchor,
                                                const ledger::StampingTrust& trust, Instant now);
// One or two sentences for an operator, with the remedy.
std::string ToText(const StampingState& state);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_TIMESTAMPING_H_
