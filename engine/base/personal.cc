#include "engine/base/personal.h"

#include <cstring>

namespace chancery {

void Wipe(std::string& text) {
  // The whole buffer, not only the part in use. The barrier keeps the writes although nobody reads
  // them.
  text.resize(text.capacity());
  std::memset(text.data(), 0, text.size());
  __asm__ __volatile__("" : : "r"(text.data()) : "memory");
  text.clear();
}

}  // namespace chancery
