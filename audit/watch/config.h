// What an always-on witness is configured with: one TOML file, names of files relative to it
// (docs/ledger.md).
//
//   name = "eu-pakistan.chancery.example/live/EUE/witness1"   # as the anchor names it
//   anchor = "anchor"
//   folder = "watched"                # its heads and evidence; made by: chancery-audit watch init
//   key = "witness.key"
//   handovers = "handovers"           # folder of what handed keys of ledgers over; may be left out
//   clock_file = "clock"              # rehearsals only
//   log = "info"                      # quiet, info, debug
//
//   [tls]
//   key = "tls/witness.key"
//   certificate = "tls/witness.pem"   # with its issuing authority behind it
//   roots = "roots.pem"
//   revocations = "revocations"
//
//   [grpc]
//   listen = "0.0.0.0:7453"           # for the parties, over mutual TLS
//
//   [http]                            # may be left out
//   listen = "127.0.0.1:7480"         # C2SP tlog-witness, behind a TLS terminator
//
// An unknown key is refused: a misspelt one would silently be the default.
#ifndef CHANCERY_AUDIT_WATCH_CONFIG_H_
#define CHANCERY_AUDIT_WATCH_CONFIG_H_

#include <filesystem>
#include <string>

#include "edge/tls.h"
#include "engine/base/status.h"

namespace chancery::watch {

struct Config {
  std::string name;
  std::filesystem::path anchor;
  std::filesystem::path folder;
  std::filesystem::path key;
  std::filesystem::path handovers;   // may be empty
  std::filesystem::path clock_file;  // may be empty
  std::string log = "info";
  edge::TlsFiles tls;
  std::filesystem::path revocations;
  std::string grpc_listen;
  std::string http_listen;  // may be empty
};

// InvalidArgument names the file and the key or the line, NotFound when there is no file.
absl::StatusOr<Config> ReadConfig(const std::filesystem::path& file);

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_CONFIG_H_
