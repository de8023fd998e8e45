#include "edge/books/key_rotation.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "edge/files.h"
#include "engine/crypto/secret.h"

namespace chancery::edge {

namespace {

using crypto::KeyEncryptionKey;

std::filesystem::path NextOf(const std::filesystem::path& path) { return path.string() + ".next"; }

absl::Status Failed(const std::filesystem::path& path, std::string_view what) {
  return Unavailable(path.string() + " cannot be " + std::string(what) + ": " +
                     std::generic_category().message(errno));
}

absl::Status SyncFolderOf(const std::filesystem::path& path) {
  const std::filesystem::path parent =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = folder >= 0 && ::fsync(folder) == 0;
  const absl::Status failed = synced ? absl::OkStatus() : Failed(parent, "synced");
  if (folder >= 0) ::close(folder);
  return failed;
}

// The next key's file: the one an interrupted rotation left when it is whole, else a new one. A
// torn one never wrapped anything: it is whole on the disk before anything is wrapped under it.
absl::Status PrepareNext(const std::filesystem::path& next, Entropy& entropy) {
  std::error_code error;
  if (std::filesystem::exists(next, error)) {
    if (KeyEncryptionKey::Load(next.string()).ok()) return absl::OkStatus();
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret torn, crypto::ReadSecretFile(next.string()));
    if (torn.size() >= KeyEncryptionKey::kSize) {
      return FailedPrecondition(next.string() +
                                ": not a key of 32 bytes; look at it and move it away");
    }
    if (::unlink(next.c_str()) != 0) return Failed(next, "removed");
  }
  const crypto::Secret key = crypto::Secret::Random(KeyEncryptionKey::kSize, entropy);
  return WriteNewSecretFile(next, key.Reveal());
}

absl::Status Overwrite(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return Failed(path, "opened");
  const Bytes zeros(KeyEncryptionKey::kSize, '\0');
  const bool done =
      ::pwrite(file, zeros.data(), zeros.size(), 0) == static_cast<ssize_t>(zeros.size()) &&
      ::fsync(file) == 0;
  const absl::Status failed = done ? absl::OkStatus() : Failed(path, "overwritten");
  ::close(file);
  return failed;
}

}  // namespace

absl::StatusOr<KeyEncryptionKey> LoadEncryptionKey(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(NextOf(path), error)) {
    return FailedPrecondition("key-encryption key " + path.string() +
                              ": its rotation was interrupted; finish it with: key rotate");
  }
  return KeyEncryptionKey::Load(path.string());
}

absl::StatusOr<exchange::Rewrapped> RotateEncryptionKey(store::Store& store,
                                                        const std::filesystem::path& path,
                                                        Entropy& entropy, Events& events) {
  const std::filesystem::path next_path = NextOf(path);
  CHANCERY_ASSIGN_OR_RETURN(const KeyEncryptionKey old_key, KeyEncryptionKey::Load(path.string()));
  CHANCERY_RETURN_IF_ERROR(PrepareNext(next_path, entropy));
  CHANCERY_RETURN_IF_ERROR(SyncFolderOf(path));
  CHANCERY_ASSIGN_OR_RETURN(const KeyEncryptionKey next,
                            KeyEncryptionKey::Load(next_path.string()));
  events.Note({"key.next_written", {}, 0});

  exchange::Rewrapped done;
  CHANCERY_ASSIGN_OR_RETURN(const bool wrapped_by_old, exchange::Opens(store, old_key));
  if (wrapped_by_old) {
    CHANCERY_ASSIGN_OR_RETURN(done, exchange::Rewrap(store, old_key, next, entropy));
  } else {
    CHANCERY_ASSIGN_OR_RETURN(const bool wrapped_by_next, exchange::Opens(store, next));
    if (!wrapped_by_next) {
      return PermissionDenied("key-encryption key " + path.string() +
                              ": it does not open this store, nor does the one beside it; nothing "
                              "was changed");
    }
  }
  events.Note({"key.rewrapped", {}, static_cast<std::int64_t>(done.keys)});
  CHANCERY_RETURN_IF_ERROR(Overwrite(path));
  events.Note({"key.old_destroyed", {}, 0});
  if (::rename(next_path.c_str(), path.c_str()) != 0) return Failed(path, "replaced");
  CHANCERY_RETURN_IF_ERROR(SyncFolderOf(path));
  events.Note({"key.replaced", {}, 0});
  return done;
}

Shown ShowRotated(const exchange::Rewrapped& done) {
  return Shown{{{"keys", done.keys}, {"drafts", done.drafts}},
               "rotated: " + std::to_string(done.keys) + " data keys and " +
                   std::to_string(done.drafts) +
                   " drafts are wrapped under the new key; the old one is destroyed\n"};
}

}  // namespace chancery::edge
