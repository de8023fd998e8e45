// An offer proof: that an act stood in its author's own ledger, and when an always-on witness saw
// it there. It travels with the act and is kept in its entry; whoever rules on the act makes the
// author's sealed entry again out of it and verifies the receipt (ledger/seen.h).
//
//   chancery-offer v1
//   recorded <milliseconds>
//   nonce <32 hex digits>
//   position <number>
//   <the tlog-proof of that entry>
//
// Values and functions; safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_OFFER_H_
#define CHANCERY_ENGINE_CODEC_OFFER_H_

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/codec/entry.h"

namespace chancery::codec {

// What the author's `sealed` entry holds beside the statement and the seal.
struct Offer {
  Instant recorded_at;
  EntryNonce nonce;
  std::uint64_t position = 0;
  Bytes proof;  // c2sp.org/tlog-proof@v1 text

  friend bool operator==(const Offer&, const Offer&) = default;
};

// InvalidArgument for any other spelling than FormatOffer's; the proof is not read.
absl::StatusOr<Offer> ParseOffer(std::string_view text);
Bytes FormatOffer(const Offer& offer);

// The exact bytes of the author's entry: its leaf in the author's ledger.
absl::StatusOr<Bytes> SealedEntryOf(const Offer& offer, PartyCode author, ByteView statement,
                                    ByteView seal);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_OFFER_H_
