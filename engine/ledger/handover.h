// A party's ledger handed over from one key to the next.
//
// The announcement is an act in the ledger that orders the acts (authority_appointed, with the new
// keys and `until`). The handover is the word of the keys themselves on it: a signed note in which
// the key that counted until now names its successor, the party's witness key from now on, the
// moment at which what went before no longer counts, and the entry of the announcement by number
// and leaf hash. Both keys sign it: the old one, so that a stolen new key cannot announce itself,
// and the new one, so that nobody announces a key that is another's. Whoever trusts the first key
// (the anchor's) follows the handovers to today's (key_book.h).
//
//   chancery-handover v1
//   <origin>
//   before <vkey of the log>
//   log <vkey of the log, the same when only the witness changes>
//   witness <vkey of the party's witness>
//   until <milliseconds since 1970>
//   announced <number> <leaf hash, 64 hexadecimal digits>
//
// It has seven lines and a checkpoint three, so neither is ever taken for the other.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_HANDOVER_H_
#define CHANCERY_ENGINE_LEDGER_HANDOVER_H_

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// Much more than one needs.
inline constexpr std::size_t kMaxHandoverBytes = 4096;

struct Handover {
  std::string origin;
  NoteKey before;           // 0x01, named like the origin
  NoteKey log;              // the same; equal to `before` when only the witness's key changes
  NoteKey witness;          // 0x04, "<origin>/witness"
  Instant until;            // from this moment on what went before does not count
  std::uint64_t entry = 0;  // of the announcement, in the ledger that orders the acts
  Digest leaf_hash;

  friend bool operator==(const Handover&, const Handover&) = default;
};

// The note, signed by both log keys, by one when they are one. InvalidArgument when a signer is not
// the key that is named or a name is not the origin's.
absl::StatusOr<Bytes> SignHandover(const Handover& handover, const NoteSigner& before,
                                   const NoteSigner& log);

// What such a note says, signed as it must be, with no other line and in the one spelling.
// InvalidArgument for a malformed one, PermissionDenied when a signature is missing or wrong. That
// `before` is trusted is for the caller to ask.
absl::StatusOr<Handover> ReadHandover(ByteView note);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_HANDOVER_H_
