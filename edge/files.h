// Small files read and written whole.
#ifndef CHANCERY_EDGE_FILES_H_
#define CHANCERY_EDGE_FILES_H_

#include <filesystem>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace chancery::edge {

inline constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

// NotFound, or InvalidArgument above kMaxFileBytes. "-" is standard input.
absl::StatusOr<Bytes> ReadWholeFile(const std::filesystem::path& path);
// Beside the path first, synced, renamed over it, and the folder synced: a reader sees the old file
// or the whole new one, and the new one is on the disk when this answers. Unavailable when the old
// file stands; DataLoss when it is unknown which of the two a crash would leave: whoever relies on
// it must end and read it anew. `mode` is that of a file made new, less the umask.
absl::Status ReplaceFile(const std::filesystem::path& path, ByteView bytes, int mode = 0644);
// A new file of mode 0600; AlreadyExists when there is one.
absl::Status WriteNewSecretFile(const std::filesystem::path& path, ByteView bytes);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_FILES_H_
