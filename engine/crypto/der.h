// A reader of DER (X.690) for the few places where a library is laxer than we must be: single-byte
// tags, definite lengths in their shortest form, nothing left over unless asked.
#ifndef CHANCERY_ENGINE_CRYPTO_DER_H_
#define CHANCERY_ENGINE_CRYPTO_DER_H_

#include <cstdint>
#include <optional>

#include "engine/base/bytes.h"

namespace chancery::crypto {

// One element: views into the bytes that were read.
struct DerElement {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;
};

inline constexpr std::uint8_t kDerInteger = 0x02;
inline constexpr std::uint8_t kDerOctetString = 0x04;
inline constexpr std::uint8_t kDerSequence = 0x30;
inline constexpr std::uint8_t kDerSet = 0x31;

// Reads the elements of a content one after another. A value; one thread.
class DerReader {
 public:
  explicit DerReader(ByteView bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }
  // The tag of the next element, 0 at the end.
  std::uint8_t PeekTag() const {
    return rest_.empty() ? 0 : static_cast<std::uint8_t>(rest_.front());
  }
  // The next element, or nothing when what follows is not one in DER.
  std::optional<DerElement> Next();
  // The next element's content when it has this tag.
  std::optional<ByteView> Next(std::uint8_t tag);
  // The content of the only element left, when it has this tag.
  std::optional<ByteView> Only(std::uint8_t tag);

 private:
  ByteView rest_;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_DER_H_
