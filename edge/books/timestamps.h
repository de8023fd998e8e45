// The commands `timestamp ask|add|status` of both sides' programs: files in and out, what is shown.
// They work on the store beside a running daemon or server, which never waits for them.
#ifndef CHANCERY_EDGE_BOOKS_TIMESTAMPS_H_
#define CHANCERY_EDGE_BOOKS_TIMESTAMPS_H_

#include <filesystem>

#include "edge/output.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/exchange/timestamping.h"

namespace chancery::edge {

// What the commands work on. All of it outlives the call.
struct StampBook {
  store::Store& store;
  const exchange::Anchor& anchor;
  const exchange::TrustFolder& trust;
};

// Writes a request over the newest cosigned checkpoint to `out`, which must not exist.
absl::StatusOr<Shown> AskForStamp(const StampBook& book, const std::filesystem::path& policy,
                                  const std::filesystem::path& out, Entropy& entropy);
// Verifies the reply in a file and keeps it.
absl::StatusOr<Shown> AddStamp(const StampBook& book, const std::filesystem::path& reply);
// What is kept, verified again, and when the next stamp is due. Exit code 1 when it is due for more
// than a week or the newest has ended.
absl::StatusOr<Shown> ShowStamps(const StampBook& book, Instant now);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_BOOKS_TIMESTAMPS_H_
