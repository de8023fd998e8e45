#include "engine/ledger/timestamp.h"

#include <algorithm>
#include <utility>

#include "engine/crypto/sha256.h"
#include "engine/ledger/cosignature.h"

namespace chancery::ledger {
namespace {

constexpr std::size_t kNonceDigits = 16;

std::string NonceText(std::uint64_t nonce) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kNonceDigits, '0');
  for (std::size_t i = kNonceDigits; i-- > 0; nonce >>= 4) text[i] = kDigits[nonce & 15];
  return text;
}

std::optional<std::uint64_t> NonceFrom(std::string_view text) {
  if (text.size() != kNonceDigits) return std::nullopt;
  std::uint64_t nonce = 0;
  for (const char digit : text) {
    const bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && (digit < 'a' || digit > 'f')) return std::nullopt;
    nonce = nonce * 16 + static_cast<std::uint64_t>(decimal ? digit - '0' : digit - 'a' + 10);
  }
  return nonce == 0 ? std::nullopt : std::optional(nonce);
}

// The newest time a line of the note claims; 0 without one.
std::int64_t NewestCosignature(const Note& note) {
  std::int64_t newest = 0;
  for (const NoteSignature& line : note.signatures)
    newest = std::max(newest, CosignatureTime(line).value_or(0));
  return newest;
}

}  // namespace

std::string StampName::ToText() const { return std::to_string(size) + "." + NonceText(nonce); }

std::optional<StampName> StampName::FromText(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> size = ParseSize(text.substr(0, dot));
  const std::optional<std::uint64_t> nonce = NonceFrom(text.substr(dot + 1));
  if (!size || !nonce) return std::nullopt;
  return StampName{*size, *nonce};
}

absl::StatusOr<Bytes> TimestampQueryFor(ByteView checkpoint, std::uint64_t nonce) {
  return crypto::EncodeTimestampQuery({crypto::Sha256(checkpoint), nonce});
}

absl::StatusOr<StampedCheckpoint> VerifyTimeStamp(const TimeStamp& stamp,
                                                  const StampingTrust& trust) {
  CHANCERY_ASSIGN_OR_RETURN(Note note, ParseNote(stamp.checkpoint));
  CHANCERY_ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::TimestampQuery query,
                            crypto::DecodeTimestampQuery(stamp.query));
  if (query.imprint != crypto::Sha256(stamp.checkpoint))
    return PermissionDenied("time stamp: the request is over other bytes than the checkpoint");
  std::vector<crypto::Certificate> roots;
  for (const auto& [name, root] : trust.roots) roots.push_back(root);
  CHANCERY_ASSIGN_OR_RETURN(crypto::Timestamp verified,
                            crypto::VerifyTimestamp(stamp.reply, query, roots, trust.between));
  const std::int64_t cosigned_ms = NewestCosignature(note) * kMsPerSecond;
  if (LatestOf(verified).ms < cosigned_ms) {
    return PermissionDenied("time stamp: made at " + ToText(verified.time) +
                            ", before the checkpoint was cosigned at " +
                            ToText(Instant{cosigned_ms}) + ": one of the clocks is wrong");
  }
  std::string authority;
  for (const auto& [name, root] : trust.roots) {
    if (root == verified.root()) authority = name;
  }
  const StampName name{checkpoint.tree.size, query.nonce};
  return StampedCheckpoint{name, std::move(checkpoint), std::move(note), std::move(authority),
                           std::move(verified)};
}

Instant LatestOf(const crypto::Timestamp& stamp) {
  // A time is cut to the second.
  return {stamp.time.ms + kMsPerSecond + stamp.accuracy_ms + kClockSkewMs};
}

}  // namespace chancery::ledger
