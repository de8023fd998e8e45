// Wrapping every data key of a store anew, under the next key-encryption key.
//
// What lies encrypted is not touched: only the keys' wraps change, all in one commit. Once the old
// key-encryption key is destroyed, a copy of the store from before opens nothing, with whatever key
// exists now: what was erased since is erased in the backups too.
//
// Threads: no other program or thread may write to the store meanwhile.
#ifndef CHANCERY_ENGINE_EXCHANGE_REWRAP_H_
#define CHANCERY_ENGINE_EXCHANGE_REWRAP_H_

#include <cstdint>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/vault.h"
#include "engine/store/store.h"

namespace chancery::exchange {

struct Rewrapped {
  std::uint64_t keys = 0;    // of matters
  std::uint64_t drafts = 0;  // each with a key of its own

  friend bool operator==(const Rewrapped&, const Rewrapped&) = default;
};

// Whether this key opens the first key of the store; true for a store that holds none.
absl::StatusOr<bool> Opens(store::Store& store, const crypto::KeyEncryptionKey& key);

// PermissionDenied when a key in the store is not wrapped under `old_key`: nothing was changed.
absl::StatusOr<Rewrapped> Rewrap(store::Store& store, const crypto::KeyEncryptionKey& old_key,
                                 const crypto::KeyEncryptionKey& next, Entropy& entropy);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_REWRAP_H_
