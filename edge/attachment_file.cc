#include "edge/attachment_file.h"

#include <charconv>
#include <utility>

#include "edge/files.h"
#include "engine/base/attachment.h"
#include "engine/base/status_detail.h"
#include "engine/crypto/sha256.h"

namespace chancery::edge {

namespace {

constexpr std::string_view kOffsetReason = "ATTACHMENT_OFFSET";
constexpr std::string_view kHeldDetail = "held";

absl::Status Unlike() {
  return DataLoss("attachment: what came does not have the digest; nothing was written");
}

}  // namespace

absl::StatusOr<AttachmentFile> ReadAttachmentFile(const std::filesystem::path& path) {
  CHANCERY_ASSIGN_OR_RETURN(Bytes bytes, ReadWholeFile(path));
  AttachmentFile file{Personal<std::string>(std::move(bytes)), {}};
  const std::size_t size = file.bytes.Reveal().size();
  if (size == 0 || size > kMaxAttachmentBytes) {
    return InvalidArgument(path.string() + ": an attachment has 1 to " +
                           std::to_string(kMaxAttachmentBytes) +
                           " bytes; scan it at a lower resolution or send its pages one by one");
  }
  file.digest = crypto::Sha256(file.bytes.Reveal());
  return file;
}

absl::Status PutChunks(
    const AttachmentFile& file,
    const std::function<absl::StatusOr<bool>(std::uint64_t offset, ByteView chunk)>& put) {
  const ByteView whole = file.bytes.Reveal();
  bool resumed = false;
  for (std::uint64_t offset = 0; offset < whole.size();) {
    const absl::StatusOr<bool> done = put(offset, whole.substr(offset, kAttachmentChunk));
    if (done.ok()) {
      if (*done) return absl::OkStatus();
      offset += kAttachmentChunk;
      continue;
    }
    if (resumed || ReasonOf(done.status()) != kOffsetReason) return done.status();
    resumed = true;
    const std::string held = DetailOf(done.status(), kHeldDetail);
    const auto [end, error] = std::from_chars(held.data(), held.data() + held.size(), offset);
    if (error != std::errc() || end != held.data() + held.size()) return done.status();
  }
  return Internal("attachment: all of it was taken, and it is not whole there");
}

absl::StatusOr<Personal<std::string>> GetChunks(
    const Digest& digest,
    const std::function<absl::StatusOr<GivenChunk>(std::uint64_t offset)>& get) {
  std::string whole;
  absl::Status failed;
  for (;;) {
    const absl::StatusOr<GivenChunk> given = get(whole.size());
    if (!given.ok()) {
      failed = given.status();
      break;
    }
    const std::string& chunk = given->chunk.Reveal();
    if (whole.empty() && given->size <= kMaxAttachmentBytes) whole.reserve(given->size);
    if (chunk.empty() || chunk.size() > kAttachmentChunk ||
        whole.size() + chunk.size() > kMaxAttachmentBytes) {
      failed = Unlike();
      break;
    }
    whole += chunk;
    if (whole.size() >= given->size) break;
  }
  Personal<std::string> all(std::move(whole));
  if (!failed.ok()) return failed;
  if (crypto::Sha256(all.Reveal()) != digest) return Unlike();
  return all;
}

}  // namespace chancery::edge
