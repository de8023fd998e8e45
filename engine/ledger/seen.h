// When an always-on witness saw an entry in a ledger.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_LEDGER_SEEN_H_
#define CHANCERY_ENGINE_LEDGER_SEEN_H_

#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/note.h"

namespace chancery::ledger {

// Whose ledgers and which witnesses an offer proof may speak of. A proof is kept for ever, so every
// key that a party had is here.
struct SeenKeys {
  std::map<PartyCode, std::vector<NoteKey>> logs;
  std::map<PartyCode, std::vector<NoteKey>> witnesses;
  std::vector<NoteKey> always_on;

  friend bool operator==(const SeenKeys&, const SeenKeys&) = default;
};
SeenKeys SeenKeysOf(const KeyBook& keys);

// The earliest time, in seconds, at which one of the always-on witnesses cosigned the checkpoint
// under which this tlog-proof proves the entry in that party's ledger. InvalidArgument when the
// proof is malformed; PermissionDenied when the ledger did not sign it, it does not lead to the
// checkpoint, or no always-on witness has cosigned that, or it bears a line of anybody but the
// ledger, that party's own witness and the always-on ones.
absl::StatusOr<std::int64_t> SeenAt(ByteView proof, ByteView entry, PartyCode party,
                                    const SeenKeys& keys);

// The same time as a proof that was verified says it, for readers who have no keys: a proof has no
// lines but those that SeenAt asks for. InvalidArgument when it is malformed.
absl::StatusOr<std::int64_t> SeenAtUnverified(ByteView proof);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_SEEN_H_
