#include "engine/ledger/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chancery::ledger {
namespace {

// Takes one line off `text`, without its newline; nothing when there is none.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::uint64_t size = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (failure != std::errc() || end != text.data() + text.size() || size > kMaxTreeSize)
    return std::nullopt;
  return size;
}

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view text) {
  const std::optional<std::string_view> origin = TakeLine(text);
  const std::optional<std::string_view> size_text = origin ? TakeLine(text) : std::nullopt;
  const std::optional<std::string_view> root_text = size_text ? TakeLine(text) : std::nullopt;
  if (!root_text) return InvalidArgument("checkpoint: not three lines");
  if (!text.empty()) return InvalidArgument("checkpoint: has more than origin, size and root");
  if (!IsNoteName(*origin)) return InvalidArgument("checkpoint: malformed origin");
  const std::optional<std::uint64_t> size = ParseSize(*size_text);
  if (!size) return InvalidArgument("checkpoint: malformed size");
  const std::optional<Bytes> root_bytes = FromBase64(*root_text);
  const std::optional<Digest> root = root_bytes ? Digest::FromBytes(*root_bytes) : std::nullopt;
  if (!root) return InvalidArgument("checkpoint: malformed root");
  if (*size == 0 && *root != EmptyRoot())
    return InvalidArgument("checkpoint: an empty tree has another root");
  return Checkpoint{std::string(*origin), {*size, *root}};
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.tree.size) + "\n" +
         ToBase64(checkpoint.tree.root.View()) + "\n";
}

absl::StatusOr<Bytes> SignCheckpoint(const NoteSigner& log, const Checkpoint& checkpoint) {
  if (log.key().name() != checkpoint.origin) {
    return InvalidArgument("checkpoint: the key of " + log.key().name() + " does not sign for " +
                           checkpoint.origin);
  }
  Note note;
  note.text = FormatCheckpoint(checkpoint);
  CHANCERY_ASSIGN_OR_RETURN(NoteSignature signature, SignNoteText(log, note.text));
  note.signatures.push_back(std::move(signature));
  return FormatNote(note);
}

absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(ByteView note, const NoteKey& log,
                                                    std::span<const NoteKey> witnesses) {
  return VerifyCheckpoint(note, std::span<const NoteKey>(&log, 1), witnesses);
}

absl::StatusOr<Checkpoint> CheckpointIn(ByteView note) {
  CHANCERY_ASSIGN_OR_RETURN(const Note parsed, ParseNote(note));
  return ParseCheckpoint(parsed.text);
}

absl::StatusOr<VerifiedCheckpoint> VerifyCheckpoint(ByteView note, std::span<const NoteKey> logs,
                                                    std::span<const NoteKey> witnesses) {
  VerifiedCheckpoint result;
  CHANCERY_ASSIGN_OR_RETURN(result.note, ParseNote(note));
  CHANCERY_ASSIGN_OR_RETURN(result.checkpoint, ParseCheckpoint(result.note.text));

  std::vector<NoteKey> known;
  for (const NoteKey& log : logs) {
    if (log.algorithm() != NoteAlgorithm::kEd25519) {
      return InvalidArgument("checkpoint: the key of " + log.name() + " is no log's");
    }
    if (log.name() == result.checkpoint.origin) known.push_back(log);
  }
  if (known.empty()) return PermissionDenied("checkpoint: no key of ours belongs to its origin");
  const std::vector<NoteKey> own_keys = known;
  known.insert(known.end(), witnesses.begin(), witnesses.end());
  CHANCERY_ASSIGN_OR_RETURN(result.signatures, VerifyNote(result.note, known));

  // VerifyNote is content with any one known key; a checkpoint is not.
  const bool signed_by_log = std::any_of(result.signatures.begin(), result.signatures.end(),
                                         [&own_keys](const VerifiedSignature& signature) {
                                           return std::find(own_keys.begin(), own_keys.end(),
                                                            signature.key) != own_keys.end();
                                         });
  if (!signed_by_log) return PermissionDenied("checkpoint: the log itself has not signed it");
  return result;
}

}  // namespace chancery::ledger
