// Making the keys of a new state's node: of its ledger, of its witness, and the one that data keys
// lie under.
//
// Sealing and TLS keys come with their certificates from the party's own authority
// (certs/README.md).
#ifndef CHANCERY_CLIENT_INIT_H_
#define CHANCERY_CLIENT_INIT_H_

#include <filesystem>
#include <string>

#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/status.h"

namespace chancery::client {

struct InitOptions {
  std::filesystem::path folder;
  PartyCode party;
  PartyCode ministry;
  std::string agreement;
  bool live = false;
};
struct Initialised {
  std::string log_key;  // vkeys, to be appointed and written into the anchor
  std::string witness_key;
  std::filesystem::path config;
};

// Writes ledger/checkpoint.key, ledger/witness.key, kek (mode 0600) and state.toml. AlreadyExists
// when one is there; nothing is ever overwritten.
absl::StatusOr<Initialised> Initialise(const InitOptions& options, Entropy& entropy);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_INIT_H_
