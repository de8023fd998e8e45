// The offer proof of an act that had to wait: that it stood in this party's own ledger, and when an
// always-on witness saw it there (engine/codec/offer.h).
//
// While an act waits, every own checkpoint that an always-on witness cosigned is kept, as a paper
// of kind "seen" named by its size in 20 digits; the smallest that covers the act is its proof.
// They are forgotten when nothing waits any more.
//
// Threads: safe on every one.
#ifndef CHANCERY_ENGINE_EXCHANGE_OFFERED_H_
#define CHANCERY_ENGINE_EXCHANGE_OFFERED_H_

#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Adds to the rows that an own checkpoint of that size was cosigned: `note` with the ledger's line
// and the witness's. What is kept already stays.
absl::Status KeepSeen(store::Store& store, std::uint64_t size, ByteView note, store::Commit& rows);

// The offer proof of the own `sealed` entry of that number; empty when no always-on witness has
// cosigned a checkpoint that covers it yet.
absl::StatusOr<Bytes> OfferProofOf(store::Store& store, std::uint64_t number);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OFFERED_H_
