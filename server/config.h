// The ministry's configuration: flags beat the environment, the environment beats the TOML file.
//
// docs/operations.md lists every key. Paths in the file are relative to the file. An unknown key is
// an error: a misspelt one would silently be the default.
#ifndef CHANCERY_SERVER_CONFIG_H_
#define CHANCERY_SERVER_CONFIG_H_

#include <filesystem>
#include <string>
#include <vector>

#include "edge/tls.h"
#include "edge/witness_client.h"
#include "engine/base/party.h"
#include "engine/base/status.h"

namespace chancery::server {

struct OfficerConfig {
  std::string server;  // address of the casework listener
  edge::TlsFiles tls;
};

struct MinistryConfig {
  PartyCode party;
  std::filesystem::path anchor;
  std::filesystem::path store;
  std::filesystem::path trust;       // folder of certificates
  std::filesystem::path procedures;  // folder of bundles; may be empty
  std::filesystem::path policy;      // of the own ledger; needed by evidence export only
  std::filesystem::path clock_file;  // rehearsals only
  std::string log_level = "info";

  std::filesystem::path checkpoint_key;
  std::filesystem::path checkpoint_key_before;  // while it is handed over; may be empty
  std::filesystem::path witness_key;
  std::filesystem::path encryption_key;
  std::filesystem::path seal_key;          // the ministry's own; may be empty
  std::filesystem::path seal_certificate;  // with seal_key

  edge::TlsFiles tls;
  std::filesystem::path revocations;
  std::string exchange_listen;
  std::string casework_listen;
  std::string registry;  // "unix:/path"; may be empty

  // The always-on witnesses and what they are called with: a certificate of the office "ledger" for
  // use by a TLS client.
  std::vector<edge::WitnessAddress> always_on;
  edge::WitnessClient::Keys always_on_keys;

  OfficerConfig officer;
};

// Reads the file. InvalidArgument with file:line:column, NotFound when there is none. An empty path
// is an empty configuration.
absl::StatusOr<MinistryConfig> ReadConfig(const std::filesystem::path& path);

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_CONFIG_H_
