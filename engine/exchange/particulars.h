// Particulars at rest: encrypted under their matter's data key, readable by the two parties of the
// act they belong to.
//
// Rows are named by the statement's digest. The data key is made with the matter's first
// particulars and is stored only wrapped under the node's key-encryption key; destroying it makes
// every row of the matter unreadable for good.
//
// Threads: a value of constant parts; its methods may be called on any thread. Encrypt must run
// where commits are ordered (a keeper's job), because two keys of one matter must not be made.
#ifndef CHANCERY_ENGINE_EXCHANGE_PARTICULARS_H_
#define CHANCERY_ENGINE_EXCHANGE_PARTICULARS_H_

#include <optional>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/crypto/vault.h"
#include "engine/procedure/act.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Whether particulars are exactly what the statement commits to: both or neither, and the
// commitment equal. InvalidArgument with PARTICULARS_MISSING, PARTICULARS_UNBOUND or
// COMMITMENT_DIFFERS.
absl::Status CheckCommitment(const procedure::Act& act, const std::vector<Item>& items);

class ParticularsVault {
 public:
  ParticularsVault(store::Store& store, const crypto::KeyEncryptionKey& key, Entropy& entropy)
      : store_(store), key_(key), entropy_(entropy) {}

  // Puts the encrypted items, and the matter's key when it has none yet, into `commit`. Nothing for
  // no items.
  absl::Status Encrypt(const procedure::Act& act, const Digest& statement,
                       const std::vector<Item>& items, store::Commit& commit) const;
  // The matter's key, made and put into `commit` when it has none yet. Unavailable when the commit
  // destroys it.
  absl::StatusOr<crypto::DataKey> KeyFor(const MatterId& matter, store::Commit& commit) const;
  // Nothing when it has none: never made, or erased.
  absl::StatusOr<std::optional<crypto::DataKey>> FindKey(const MatterId& matter) const;
  Entropy& entropy() const { return entropy_; }

  // The items that came with the act whose statement has this digest. Empty when there are none, or
  // they were erased. PermissionDenied when `reader` is neither the act's author nor its addressee.
  absl::StatusOr<std::vector<Item>> Decrypt(const procedure::Act& act, const Digest& statement,
                                            PartyCode reader) const;

  // The same for one row of a matter between these two parties.
  absl::StatusOr<std::vector<Item>> DecryptRow(const store::ParticularsRow& row, PartyCode author,
                                               PartyCode addressee) const;

  // A small secret of an office's own work (a draft), bound to `id`: self-contained bytes under a
  // key of their own.
  Bytes EncryptPaper(ByteView id, ByteView plaintext) const;
  absl::StatusOr<Personal<std::string>> DecryptPaper(ByteView id, ByteView bytes) const;
  // The same paper, its key wrapped under another key-encryption key.
  absl::StatusOr<Bytes> RewrapPaper(ByteView bytes, const crypto::KeyEncryptionKey& next) const;

 private:
  store::Store& store_;
  const crypto::KeyEncryptionKey& key_;
  Entropy& entropy_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_PARTICULARS_H_
