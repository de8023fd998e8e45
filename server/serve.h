// Serving: the node behind two listeners until it is told to stop.
#ifndef CHANCERY_SERVER_SERVE_H_
#define CHANCERY_SERVER_SERVE_H_

#include <filesystem>

#include "engine/base/status.h"
#include "server/config.h"

namespace chancery::server {

struct ServeOptions {
  std::filesystem::path ready_file;  // written when both listeners accept; may be empty
  std::string die_at;                // rehearsals only; may be empty
};

// Returns when SIGTERM or SIGINT came and everything accepted so far is answered. Blocks these
// signals for the whole process: call it before any thread is made.
absl::Status Serve(const MinistryConfig& config, const ServeOptions& options);

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_SERVE_H_
