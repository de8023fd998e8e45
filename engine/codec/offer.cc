#include "engine/codec/offer.h"

#include <charconv>
#include <optional>

namespace chancery::codec {

namespace {

constexpr std::string_view kTitle = "chancery-offer v1\n";

// The value of the next line, which must have that name.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name)) return std::nullopt;
  std::string_view value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  if (!value.starts_with(' ')) return std::nullopt;
  return value.substr(1);
}

template <class Number>
bool ReadNumber(std::optional<std::string_view> text, Number& out) {
  if (!text || text->empty()) return false;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  return error == std::errc() && end == text->data() + text->size() && out >= 0;
}

}  // namespace

absl::StatusOr<Offer> ParseOffer(std::string_view text) {
  const absl::Status malformed = InvalidArgument(
      "offer proof: not \"chancery-offer v1\" with recorded, nonce, position and a tlog-proof");
  std::string_view rest = text;
  if (!rest.starts_with(kTitle)) return malformed;
  rest.remove_prefix(kTitle.size());
  Offer offer;
  if (!ReadNumber(TakeLine(rest, "recorded"), offer.recorded_at.ms)) return malformed;
  const auto nonce = TakeLine(rest, "nonce");
  const auto read = nonce ? EntryNonce::FromHexText(*nonce) : std::nullopt;
  if (!read || !ReadNumber(TakeLine(rest, "position"), offer.position)) return malformed;
  offer.nonce = *read;
  offer.proof = Bytes(rest);
  if (FormatOffer(offer) != text) return malformed;
  return offer;
}

Bytes FormatOffer(const Offer& offer) {
  return Bytes(kTitle) + "recorded " + std::to_string(offer.recorded_at.ms) + "\nnonce " +
         offer.nonce.ToHexText() + "\nposition " + std::to_string(offer.position) + "\n" +
         offer.proof;
}

absl::StatusOr<Bytes> SealedEntryOf(const Offer& offer, PartyCode author, ByteView statement,
                                    ByteView seal) {
  Entry entry;
  entry.kind = EntryKind::kSealed;
  entry.recorded_at = offer.recorded_at;
  entry.nonce = offer.nonce;
  entry.stream = author.ToText();
  entry.position = offer.position;
  entry.body = SealedBody{Bytes(statement), Bytes(seal)};
  return EncodeEntry(entry);
}

}  // namespace chancery::codec
