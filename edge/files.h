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
// Beside the path first, then renamed over it: a reader sees the old file or the whole new one.
absl::Status ReplaceFile(const std::filesystem::path& path, ByteView bytes);
// The same, and durable when it answers: synced, renamed, and the folder synced. Unavailable when
// the old file stands; DataLoss when it is unknown which of the two a crash would leave: the
// program must end and read it anew.
absl::Status ReplaceFileDurably(const std::filesystem::path& path, ByteView bytes);
// A new file of mode 0600; AlreadyExists when there is one.
absl::Status WriteNewSecretFile(const std::filesystem::path& path, ByteView bytes);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_FILES_H_
