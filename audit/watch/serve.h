// Serving: the witness behind its doors until it is told to stop.
#ifndef CHANCERY_AUDIT_WATCH_SERVE_H_
#define CHANCERY_AUDIT_WATCH_SERVE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "audit/watch/config.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/note.h"

namespace chancery::watch {

struct ServeOptions {
  std::filesystem::path ready_file;  // written when every door is open; may be empty
  std::string die_at;                // rehearsals only; may be empty
};

// Returns when SIGTERM or SIGINT came and what was taken so far is answered. Blocks these signals
// for the whole process: call it before any thread is made.
absl::Status Serve(const Config& config, const ServeOptions& options);

// The key a configuration names, which the anchor must name too: FailedPrecondition otherwise.
absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> LoadKey(const Config& config,
                                                            const ledger::Anchor& anchor);

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_SERVE_H_
