// An attachment as a file: read for an act that names it, sent and fetched chunk by chunk, and
// written for whoever may see it.
//
// Errors: what the file says (files.h); InvalidArgument for a file that is empty or too large;
// DataLoss when what came does not have the digest. Never a byte of it.
//
// Threads: functions of their arguments.
#ifndef CHANCERY_EDGE_ATTACHMENT_FILE_H_
#define CHANCERY_EDGE_ATTACHMENT_FILE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"

namespace chancery::edge {

struct AttachmentFile {
  Personal<std::string> bytes;
  Digest digest;
};
absl::StatusOr<AttachmentFile> ReadAttachmentFile(const std::filesystem::path& path);

// Calls `put` for each chunk that the other side does not hold yet. `put` answers whether the whole
// is held then; where it answers ATTACHMENT_OFFSET, sending goes on from what is held.
absl::Status PutChunks(
    const AttachmentFile& file,
    const std::function<absl::StatusOr<bool>(std::uint64_t offset, ByteView chunk)>& put);

// Of the whole of which `get` gives one chunk.
struct GivenChunk {
  std::uint64_t size = 0;
  Personal<std::string> chunk;
};
// The whole, seen to have the digest.
absl::StatusOr<Personal<std::string>> GetChunks(
    const Digest& digest,
    const std::function<absl::StatusOr<GivenChunk>(std::uint64_t offset)>& get);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_ATTACHMENT_FILE_H_
