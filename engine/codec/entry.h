// Entries of a ledger and rulings: what a leaf of the tree says.
//
// An entry is serialised once and its bytes are kept for ever
// (proto/chancery/ledger/v1/entry.proto). Reading is as strict as for statements: only the spelling
// this program would have written is an entry.
//
// Errors: InvalidArgument with the reason ENTRY_TOO_LARGE, ENTRY_NOT_READABLE, ENTRY_NOT_CANONICAL,
// ENTRY_VERSION or ENTRY_FIELD (for rulings alone: RULING_NOT_READABLE, RULING_NOT_CANONICAL,
// RULING_FIELD). The message names the field and its rule and shows no value. The statement inside
// is not read here: verify its seal first, then DecodeStatement.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_ENTRY_H_
#define CHANCERY_ENGINE_CODEC_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/procedure/ruling.h"

namespace chancery::codec {

// Design section 5: a leaf fits an entry tile with its length (at most 65,535).
constexpr std::size_t kMaxEntryBytes = 60'000;

// Bytes are forever: the numbers of chancery.ledger.v1.EntryKind.
enum class EntryKind : std::uint8_t {
  kAct = 8,
  kSealed = 9,
  kOffered = 10,
  kReceived = 11,
  kStreamHead = 12,
  kEquivocation = 13,
  kFounded = 14,
};
// "act", "sealed", "offered", "received", "stream_head", "equivocation", "founded".
std::string_view NameOf(EntryKind kind);

using EntryNonce = FixedBytes<struct EntryNonceTag, 16>;

// An act with the core's ruling, in the ledger that orders the acts.
struct ActBody {
  Bytes statement;
  Bytes seal;
  Bytes offer_proof;  // empty when there is none
  procedure::Ruling ruling;
  PartyCode bearer;  // whose officer brought it in; nobody when its author submitted it

  friend bool operator==(const ActBody&, const ActBody&) = default;
};

// A statement this party sealed, in the author's own ledger.
struct SealedBody {
  Bytes statement;
  Bytes seal;

  friend bool operator==(const SealedBody&, const SealedBody&) = default;
};

// A sealed statement was offered and no receipt came.
struct OfferedBody {
  Digest statement_digest;
  StatementId statement_id;

  friend bool operator==(const OfferedBody&, const OfferedBody&) = default;
};

// An entry of another party's ledger was received and verified.
struct ReceivedBody {
  std::string origin;
  std::uint64_t number = 0;
  Digest leaf_hash;
  Digest statement_digest;
  std::uint64_t size = 0;  // of the checkpoint under which it was verified
  Digest root;

  friend bool operator==(const ReceivedBody&, const ReceivedBody&) = default;
};

// The first commit to a stream on a new UTC day.
struct StreamHeadBody {
  std::int32_t day = 0;        // days since 1970-01-01 UTC
  std::uint64_t position = 0;  // of the stream's entry before this one; 0 with `first`
  bool first = false;          // the stream has no entry before this one
  Digest leaf_hash;            // of that entry; zero with `first`

  friend bool operator==(const StreamHeadBody&, const StreamHeadBody&) = default;
};

// Another statement under an id that its author had used already.
struct EquivocationBody {
  Bytes statement;
  Bytes seal;
  Digest earlier_digest;
  std::uint64_t earlier_entry = 0;

  friend bool operator==(const EquivocationBody&, const EquivocationBody&) = default;
};

// Entry 0 of the ministry's ledger.
struct FoundedBody {
  Bytes statement;
  Bytes seal;
  procedure::Ruling ruling;

  friend bool operator==(const FoundedBody&, const FoundedBody&) = default;
};

using EntryBody = std::variant<ActBody, SealedBody, OfferedBody, ReceivedBody, StreamHeadBody,
                               EquivocationBody, FoundedBody>;

struct Entry {
  std::uint32_t version = 1;
  EntryKind kind = EntryKind::kAct;  // must be the kind of `body`
  Instant recorded_at;
  std::uint32_t core_revision = 0;  // of the core that ruled; 0 where nothing is ruled
  EntryNonce nonce;
  std::string stream;  // "all", or party codes in order joined by "+"
  std::uint64_t position = 0;
  EntryBody body;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The kind that belongs to a body.
EntryKind KindOf(const EntryBody& body);

// The bytes of the leaf. The same rules hold as for reading.
absl::StatusOr<Bytes> EncodeEntry(const Entry& entry);
absl::StatusOr<Entry> DecodeEntry(ByteView bytes);

// A ruling alone, as the bytes of a chancery.ledger.v1.Ruling: what replay compares and a finding
// shows.
absl::StatusOr<Bytes> EncodeRuling(const procedure::Ruling& ruling);
absl::StatusOr<procedure::Ruling> DecodeRuling(ByteView bytes);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ENTRY_H_
