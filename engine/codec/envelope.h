// Envelopes and particulars as bytes: a statement with its seal and what travels beside it.
//
// These bytes hold personal data when there are particulars. They are handed out as Personal, so
// that they are never printed and are overwritten when they go away; whoever stores them encrypts
// them first.
//
// Errors: InvalidArgument with the reason ENVELOPE_NOT_READABLE, ENVELOPE_NOT_CANONICAL or
// ENVELOPE_FIELD (for particulars: PARTICULARS_NOT_READABLE, PARTICULARS_NOT_CANONICAL,
// PARTICULARS_FIELD), without any value.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_ENVELOPE_H_
#define CHANCERY_ENGINE_CODEC_ENVELOPE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/item.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"

namespace chancery::codec {

constexpr std::size_t kMaxItems = 64;
constexpr std::size_t kMaxLabelBytes = 64;
constexpr std::size_t kMaxItemValueBytes = 4096;

struct Envelope {
  Bytes statement;    // exact bytes of a chancery.statement.v1.Statement
  Bytes seal;         // detached CMS SignedData, DER
  Bytes offer_proof;  // offer.h; empty when there is none
  std::vector<Item>
      items;  // particulars in byte order of their labels; empty when the statement commits to none

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

// Bytes of a chancery.exchange.v1.Envelope.
absl::StatusOr<Personal<std::string>> EncodeEnvelope(const Envelope& envelope);
absl::StatusOr<Envelope> DecodeEnvelope(ByteView bytes);

// Bytes of a chancery.exchange.v1.Particulars.
absl::StatusOr<Personal<std::string>> EncodeParticulars(const std::vector<Item>& items);
absl::StatusOr<std::vector<Item>> DecodeParticulars(ByteView bytes);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_ENVELOPE_H_
