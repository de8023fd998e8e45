// The file of a node's key-encryption key: read at the start, replaced by a rotation.
//
// A rotation writes the next key beside the old one (KEY.next), wraps every data key anew under it
// in one commit, overwrites the old key, and renames the next over it. Ended at any point it is
// finished by the next call, and until then nothing else opens the store: LoadEncryptionKey says
// what to do. There is never a moment at which a data key is wrapped under a key that is not on the
// disk.
//
// Overwriting in place destroys the old key where the medium keeps no older copies of a block; on
// flash, copy-on-write file systems and their snapshots it does not, and the file belongs on a
// device or volume that can be destroyed (docs/threat-model.md).
//
// Threads: one caller at a time; no other program works on the store.
#ifndef CHANCERY_EDGE_BOOKS_KEY_ROTATION_H_
#define CHANCERY_EDGE_BOOKS_KEY_ROTATION_H_

#include <filesystem>

#include "edge/output.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/vault.h"
#include "engine/exchange/rewrap.h"
#include "engine/store/store.h"

namespace chancery::edge {

// As KeyEncryptionKey::Load; FailedPrecondition while a rotation of it is not finished.
absl::StatusOr<crypto::KeyEncryptionKey> LoadEncryptionKey(const std::filesystem::path& path);

// Notes "key.next_written", "key.rewrapped", "key.old_destroyed", "key.replaced". PermissionDenied
// when neither key opens the store: nothing was changed.
absl::StatusOr<exchange::Rewrapped> RotateEncryptionKey(store::Store& store,
                                                        const std::filesystem::path& path,
                                                        Entropy& entropy, Events& events);

// What `key rotate` prints.
Shown ShowRotated(const exchange::Rewrapped& done);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_BOOKS_KEY_ROTATION_H_
