// Judging what the ministry hands over: receipts, checkpoints and entries, as pure functions of
// their bytes.
//
// Threads: safe on every one. Errors: InvalidArgument for what cannot be read, PermissionDenied for
// what is not proven, each with a stable reason:
//   CHECKPOINT_INVALID     no key that the ministry's ledger has at that time signed the checkpoint
//   INCLUSION_INVALID      the proof does not lead from these bytes to the checkpoint
//   ENTRY_INVALID          the bytes are no entry, or one that this ledger cannot hold
//   STATEMENT_ALTERED      the entry holds another statement than the one handed in
//   RECORDED_AT_IMPOSSIBLE recorded before it was sealed, or in the future
//   SEAL_INVALID           a seal does not verify under the roots of the anchor
#ifndef CHANCERY_ENGINE_EXCHANGE_COLLECT_ENTRY_H_
#define CHANCERY_ENGINE_EXCHANGE_COLLECT_ENTRY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/trust.h"
#include "engine/exchange/seals_made.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/transport.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/key_book.h"

namespace chancery::exchange {

// Clocks of two parties may differ by so much before a recorded time is called impossible.
inline constexpr std::int64_t kClockSkewMs = 5 * kMsPerMinute;

// `keeper`: the keys of the ministry's ledger, of which one is enough.
absl::StatusOr<ledger::VerifiedCheckpoint> CheckCheckpoint(ByteView note,
                                                           std::span<const ledger::NoteKey> keeper);

// An entry that stands in the ministry's ledger.
struct ProvenEntry {
  std::uint64_t number = 0;
  Bytes bytes;
  Digest leaf_hash;
  codec::Entry entry;
  ledger::TreeHead tree;  // under which it was proven
  Bytes checkpoint;       // the note of that tree, as it came
  Bytes receipt;          // tlog-proof text
};
// The statement and seal of an entry that has them, else null.
struct SealedStatement {
  ByteView statement;
  ByteView seal;
};
std::optional<SealedStatement> StatementOf(const codec::Entry& entry);
const procedure::Ruling* RulingIn(const codec::Entry& entry);

absl::StatusOr<ProvenEntry> ProveEntry(const GivenEntry& given, ByteView checkpoint_note,
                                       const ledger::VerifiedCheckpoint& checkpoint);

// A checkpoint that was verified, by the bytes of its note: receipts of one commit share theirs.
struct CheckedNote {
  Bytes note;
  ledger::TreeHead tree;
};

// Whether a receipt proves that exactly `statement` was recorded. `sealed_at` is when this party
// sealed it, `now` the present. The checkpoint is not verified again when it is the `checked` one,
// and is that afterwards.
absl::StatusOr<ProvenEntry> CheckReceipt(const GivenReceipt& given, ByteView statement,
                                         std::span<const ledger::NoteKey> keeper, Instant sealed_at,
                                         Instant now, CheckedNote* checked = nullptr);

// A statement whose seals were verified at the recorded time and that was then read.
struct VerifiedStatement {
  codec::Statement statement;
  Digest digest;
  std::vector<Digest> signers;  // in byte order, each once
};
// What is among the seals `made` here is not verified once more, where those are given; its chains
// are.
absl::StatusOr<VerifiedStatement> VerifyStatement(const SealedStatement& sealed,
                                                  Instant recorded_at,
                                                  const crypto::TrustAnchors& anchors,
                                                  const CertificateShelf& certificates,
                                                  const SealsMade* made = nullptr);
// When an always-on witness saw an act in its author's ledger, as its offer proof shows; the status
// says what is wrong with the proof.
absl::StatusOr<Instant> OfferedSince(ByteView offer_proof, PartyCode author, ByteView statement,
                                     ByteView seal, const ledger::KeyBook& keys);

// What the core is given of an entry that carries a ruling. PermissionDenied with
// OFFER_PROOF_MALFORMED when the entry holds an offer proof that proves nothing.
absl::StatusOr<procedure::RecordedAct> RecordedActOf(std::uint64_t number,
                                                     const codec::Entry& entry,
                                                     const VerifiedStatement& verified,
                                                     const ledger::KeyBook& keys);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_COLLECT_ENTRY_H_
