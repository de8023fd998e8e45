// What bounds the times in a slice: which heads of the ledger its witnesses saw, and its time
// stamps. A slice holds them in the files and the form of a whole book.
//
// A state fetches them from the ministry and adds what it holds itself of the heads it was shown,
// so that the ministry alone does not choose what an auditor sees. Nothing that comes is believed:
// every line and every stamp must be of the very tree whose leaf hashes are in the slice.
#ifndef CHANCERY_ENGINE_EXCHANGE_SLICE_TIMES_H_
#define CHANCERY_ENGINE_EXCHANGE_SLICE_TIMES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosigned_heads.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/timestamp.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct SliceTimes {
  std::vector<ledger::CosignedHead> heads;  // in any order, any of them more than once
  std::vector<KeptTimestamp> stamps;        // in order of size, then of nonce
};

// The keeper's own, of heads of at most `size` entries.
absl::StatusOr<SliceTimes> TimesKept(store::Store& store, std::uint64_t size);

// A time stamp as it came, not verified.
struct GivenStamp {
  ledger::TimeStamp parts;
  Bytes above;  // PEM of the authorities above the stamping certificate, the root last
};

// The calls of a ledger that its times are fetched with. Nothing that comes is believed; a keeper
// of an older version answers Unimplemented.
class TimesSource {
 public:
  virtual ~TimesSource() = default;

  // Of heads of more than `after` entries, the smallest first, as text (cosigned_heads.h); empty
  // when there are no more.
  virtual absl::StatusOr<Bytes> GetCosignedHeads(std::uint64_t after) = 0;
  // Behind that one, in order; none when there are no more.
  virtual absl::StatusOr<std::vector<GivenStamp>> GetTimeStamps(
      const std::optional<ledger::StampName>& after) = 0;
};

// Those of the ministry's ledger as it gives them, with the heads this state holds with their
// cosignatures, none closer than kHeadsEveryMs to the one before: the newest final one, and those
// of its receipts. Nothing from an older ministry, but for what is held. DataLoss when what comes
// is none of it, or a stamp does not verify under the roots the anchor names.
absl::StatusOr<SliceTimes> FetchTimes(TimesSource& ministry, store::Store& store,
                                      const Anchor& anchor, std::uint64_t size);

// Hands the files to `put` as (path, bytes): the lines of the policy's witnesses and the stamps
// over heads of at most as many entries as there are leaf hashes. DataLoss when one of them is not
// of the tree that these make, or a stamped checkpoint has not its log's line or one of a stranger.
absl::Status PutTimes(const SliceTimes& times, const std::string& origin,
                      std::span<const Digest> leaf_hashes, const ledger::Policy& policy,
                      const std::function<absl::Status(const std::string&, ByteView)>& put);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_SLICE_TIMES_H_
