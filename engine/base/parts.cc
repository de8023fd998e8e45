#include "engine/base/parts.h"

namespace chancery {

StatementId NewStatementId(Instant now, Entropy& entropy) {
  auto id = entropy.Make<StatementId>();
  auto& raw = id.raw();
  for (int i = 0; i < 6; ++i) {
    raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(now.ms >> (40 - 8 * i));
  }
  raw[6] = static_cast<std::uint8_t>((raw[6] & 0x0f) | 0x70);
  raw[8] = static_cast<std::uint8_t>((raw[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace chancery
