// What a state's daemon is configured with: one TOML file, names of files beside it
// (docs/operations.md).
//
//   party = "GRC"
//   ministry = "PAK"                  # whose ledger orders the acts
//   address = "127.0.0.1:7443"        # of the ministry's server
//   anchor = "anchor"
//   store = "state.db"
//   socket = "desk.sock"
//   trust = "trust"                   # folder of certificates in PEM
//   procedures = "procedures"         # folder of signed bundles
//   policy = "policy"                 # with which this party's ledger is read
//   log = "info"                      # quiet, info, debug
//
//   [keys]
//   checkpoint = "ledger/checkpoint.key"
//   witness = "ledger/witness.key"
//   kek = "kek"
//
//   [tls]
//   key = "tls/daemon.key"
//   certificate = "tls/daemon.pem"    # with its issuing authority behind it
//
//   [[seal]]
//   office = "return_authority"
//   key = "seal/return-authority-1.key"
//   certificate = "seal/return-authority-1.pem"
//
//   [[always_on]]                     # where each of the anchor's always-on witnesses stands
//   name = "eu-pakistan.chancery.example/live/EUE/witness1"
//   address = "witness1.example:7453"
//   party = "EUE"                     # under whose root it shows a certificate
//
// Relative names are relative to the file's folder. An unknown or doubled key is refused. A flag
// beats CHANCERY_* in the environment, which beats the file: CHANCERY_ADDRESS, CHANCERY_SOCKET,
// CHANCERY_LOG.
#ifndef CHANCERY_CLIENT_CONFIG_H_
#define CHANCERY_CLIENT_CONFIG_H_

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/witness_client.h"
#include "engine/base/party.h"
#include "engine/base/status.h"

namespace chancery::client {

struct SealKey {
  std::int64_t office = 0;  // word of Fact::kOffice
  std::filesystem::path key;
  std::filesystem::path certificate;
};

struct Config {
  PartyCode party;
  PartyCode ministry;
  std::string address;
  std::filesystem::path anchor;
  std::filesystem::path store;
  std::filesystem::path socket;
  std::filesystem::path trust;
  std::filesystem::path procedures;
  std::filesystem::path policy;
  std::string log = "info";
  std::filesystem::path checkpoint_key;
  std::filesystem::path checkpoint_key_before;  // while it is handed over; may be empty
  std::filesystem::path witness_key;
  std::filesystem::path kek;
  std::filesystem::path tls_key;
  std::filesystem::path tls_certificate;
  std::vector<SealKey> seals;
  std::vector<edge::WitnessAddress> always_on;
};

// The value of a variable of the environment, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// InvalidArgument names the file, the line or the key, and what is expected there.
absl::StatusOr<Config> ReadConfig(const std::filesystem::path& file,
                                  const Environment& environment);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_CONFIG_H_
