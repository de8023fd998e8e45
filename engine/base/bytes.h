// Byte strings, fixed-size identifiers and their text forms: the values every layer passes around.
//
// A byte string is a std::string because Protobuf, SQLite and OpenSSL all take one without a copy.
// Text forms are strict: lower-case hexadecimal, and padded base64 (RFC 4648 section 4) that is
// accepted only in the one spelling an encoder would have written, so that two texts never stand
// for the same bytes.
//
// Everything here is a value: free to copy, safe on every thread once made.
#ifndef CHANCERY_ENGINE_BASE_BYTES_H_
#define CHANCERY_ENGINE_BASE_BYTES_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace chancery {

using Bytes = std::string;
using ByteView = std::string_view;

// Lower-case hexadecimal of `bytes`.
std::string ToHex(ByteView bytes);
// The bytes of a lower-case hexadecimal text, or nothing when it has another character or an odd
// length.
std::optional<Bytes> FromHex(std::string_view text);

// Padded base64 (RFC 4648 section 4) of `bytes`.
std::string ToBase64(ByteView bytes);
// The bytes of a canonical base64 text; nothing for any spelling an encoder would not have written.
std::optional<Bytes> FromBase64(std::string_view text);

// A value of exactly N bytes whose kind is part of its type: a MatterId is never passed where a
// StatementId is meant. Ordered by its bytes.
template <class Tag, std::size_t N>
class FixedBytes {
 public:
  static constexpr std::size_t kSize = N;
  static_assert(N >= 8, "shorter values are no identifiers");

  // All zero: the value that means "none" wherever a field says so.
  constexpr FixedBytes() = default;

  // The value of exactly N bytes, or nothing when the length is another.
  static std::optional<FixedBytes> FromBytes(ByteView bytes) {
    if (bytes.size() != N) return std::nullopt;
    FixedBytes value;
    for (std::size_t i = 0; i < N; ++i) value.bytes_[i] = static_cast<std::uint8_t>(bytes[i]);
    return value;
  }
  static std::optional<FixedBytes> FromHexText(std::string_view text) {
    const std::optional<Bytes> bytes = FromHex(text);
    return bytes ? FromBytes(*bytes) : std::nullopt;
  }

  Bytes ToBytes() const { return Bytes(View()); }
  ByteView View() const { return {reinterpret_cast<const char*>(bytes_.data()), N}; }
  std::string ToHexText() const { return ToHex(View()); }
  bool IsZero() const {
    for (const std::uint8_t byte : bytes_) {
      if (byte != 0) return false;
    }
    return true;
  }

  std::array<std::uint8_t, N>& raw() { return bytes_; }
  const std::array<std::uint8_t, N>& raw() const { return bytes_; }

  // The size is known when this is compiled, so that a comparison is a few words and no call.
  friend bool operator==(const FixedBytes& one, const FixedBytes& other) {
    return std::memcmp(one.bytes_.data(), other.bytes_.data(), N) == 0;
  }
  // In the order of the bytes.
  friend std::strong_ordering operator<=>(const FixedBytes& one, const FixedBytes& other) {
    // Random values differ in their first bytes.
    const std::uint64_t left = one.First8();
    const std::uint64_t right = other.First8();
    if (left != right) return left <=> right;
    return std::memcmp(one.bytes_.data(), other.bytes_.data(), N) <=> 0;
  }

 private:
  // The first eight bytes as the number they write, most significant first.
  std::uint64_t First8() const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = (number << 8) | bytes_[i];
    return number;
  }

  std::array<std::uint8_t, N> bytes_{};
};

// SHA-256 of something; which something is said by the name of the field that holds it.
using Digest = FixedBytes<struct DigestTag, 32>;
// A case, a flight, a transfer or the cooperation: random, given by whoever opens the matter.
using MatterId = FixedBytes<struct MatterIdTag, 16>;
// UUIDv7 (RFC 9562), given by the author; with the author it names an act once and for all.
using StatementId = FixedBytes<struct StatementIdTag, 16>;
// Random bytes a sender keeps for one person so that rules can see two cases of one person;
// destroyed at erasure.
using PersonHandle = FixedBytes<struct PersonHandleTag, 16>;

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_BYTES_H_
