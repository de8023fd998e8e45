// Cosignatures (C2SP tlog-cosignature, cosignature/v1): a witness says that at a time this was the
// largest consistent tree it had seen of that origin.
//
// The signed bytes do not name the witness: a key serves one witness in one role and no other.
#ifndef CHANCERY_ENGINE_LEDGER_COSIGNATURE_H_
#define CHANCERY_ENGINE_LEDGER_COSIGNATURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// What a witness signs: "cosignature/v1\ntime <seconds>\n" and the checkpoint text. Bytes are
// forever.
std::string CosignedBytes(std::int64_t seconds, std::string_view checkpoint_text);

// The line of a 0x04 key over a checkpoint text at a time (seconds since 1970-01-01T00:00:00Z, not
// negative).
absl::StatusOr<NoteSignature> Cosign(const NoteSigner& witness, std::string_view checkpoint_text,
                                     std::int64_t seconds);

// The time a cosignature claims, whether or not it verifies; nothing when it is not 8 + 64 bytes or
// the time is above 2^63 - 1.
std::optional<std::int64_t> CosignatureTime(const NoteSignature& line);

// Whether this line is that witness's cosignature of this text.
bool VerifyCosignature(const NoteKey& witness, const NoteSignature& line,
                       std::string_view checkpoint_text);

// Puts cosignature lines behind the lines of a signed note. InvalidArgument when one of the parts
// is malformed or the note would grow beyond its limits.
absl::StatusOr<Bytes> AddSignatureLines(ByteView note, const std::vector<Bytes>& lines);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_COSIGNATURE_H_
