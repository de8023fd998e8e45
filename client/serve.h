// The daemon: a started node, the desk's socket, and an orderly end.
#ifndef CHANCERY_CLIENT_SERVE_H_
#define CHANCERY_CLIENT_SERVE_H_

#include <filesystem>
#include <string>

#include "client/config.h"
#include "engine/base/status.h"

namespace chancery::client {

struct ServeOptions {
  std::filesystem::path clock_file;  // rehearsals only
  std::string die_at;                // EVENT:N, rehearsals only
  std::filesystem::path ready_file;  // written when the desk answers
};

// Blocks SIGTERM, SIGINT and SIGHUP for every thread made later; main calls it first.
void BlockSignals();

// Serves until SIGTERM or SIGINT, then lets calls end, finishes what is queued and returns. SIGHUP
// reads certificates and procedures again.
absl::Status Serve(const Config& config, const ServeOptions& options);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_SERVE_H_
