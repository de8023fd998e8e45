// The little of Unicode that signed notes ask for: whether bytes are UTF-8, and whether a character
// is a space.
#ifndef CHANCERY_ENGINE_LEDGER_UTF8_H_
#define CHANCERY_ENGINE_LEDGER_UTF8_H_

#include <optional>

#include "engine/base/bytes.h"

namespace chancery::ledger {

// Takes the first character off `bytes`; nothing when they do not begin with one in its shortest
// form (RFC 3629).
std::optional<char32_t> TakeCharacter(ByteView& bytes);
bool IsUtf8(ByteView bytes);
// White_Space of Unicode 15.
bool IsUnicodeSpace(char32_t character);

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_UTF8_H_
