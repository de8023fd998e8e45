#include "engine/ledger/hash_lines.h"

#include <optional>

namespace chancery::ledger {

absl::StatusOr<ProofHashes> TakeHashLines(std::string_view& text) {
  ProofHashes hashes;
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return InvalidArgument("no empty line behind the hashes");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) return hashes;
    if (hashes.size() == kMaxHashLines) return InvalidArgument("more than 63 hashes");
    const std::optional<Bytes> bytes = FromBase64(line);
    const std::optional<Digest> hash = bytes ? Digest::FromBytes(*bytes) : std::nullopt;
    if (!hash) return InvalidArgument("a line that is not the base64 of 32 bytes");
    hashes.push_back(*hash);
  }
}

std::string FormatHashLines(const ProofHashes& hashes) {
  std::string text;
  for (const Digest& hash : hashes) text += ToBase64(hash.View()) + "\n";
  return text + "\n";
}

}  // namespace chancery::ledger
