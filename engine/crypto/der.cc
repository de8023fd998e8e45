#include "engine/crypto/der.h"

#include <cstddef>

namespace chancery::crypto {

std::optional<DerElement> DerReader::Next() {
  if (rest_.size() < 2) return std::nullopt;
  const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(rest_[at]); };
  constexpr std::uint8_t kLongTag = 0x1f;
  if ((byte(0) & kLongTag) == kLongTag) return std::nullopt;
  std::size_t header = 2;
  std::size_t length = byte(1);
  if (length >= 0x80) {
    const std::size_t octets = length - 0x80;
    if (octets == 0 || octets > 3 || rest_.size() < 2 + octets) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < octets; ++i) length = length << 8 | byte(2 + i);
    const std::size_t shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    if (octets != shortest) return std::nullopt;
    header += octets;
  }
  if (rest_.size() - header < length) return std::nullopt;
  const DerElement element = {byte(0), rest_.substr(header, length),
                              rest_.substr(0, header + length)};
  rest_.remove_prefix(header + length);
  return element;
}

std::optional<ByteView> DerReader::Next(std::uint8_t tag) {
  const std::optional<DerElement> element = Next();
  if (!element || element->tag != tag) return std::nullopt;
  return element->content;
}

std::optional<ByteView> DerReader::Only(std::uint8_t tag) {
  const std::optional<ByteView> content = Next(tag);
  return AtEnd() ? content : std::nullopt;
}

}  // namespace chancery::crypto
