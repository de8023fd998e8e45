// The lines of hashes that receipts and offers to witnesses share: one base64 hash a line, then an
// empty line.
#ifndef CHANCERY_ENGINE_LEDGER_HASH_LINES_H_
#define CHANCERY_ENGINE_LEDGER_HASH_LINES_H_

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::ledger {

// The most hashes a proof of a tree below 2^63 leaves can have.
inline constexpr std::size_t kMaxHashLines = 63;

// Takes the lines and the empty line off `text`. InvalidArgument when a line is no hash, when there
// are too many, or when the empty line is missing.
absl::StatusOr<ProofHashes> TakeHashLines(std::string_view& text);
// The lines and the empty line.
std::string FormatHashLines(const ProofHashes& hashes);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_HASH_LINES_H_
