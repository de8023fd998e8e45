#include "engine/crypto/random.h"

#include <openssl/rand.h>

#include <limits>

#include "engine/base/check.h"

namespace chancery::crypto {

void SystemEntropy::Fill(std::uint8_t* out, std::size_t size) {
  CHANCERY_CHECK(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  CHANCERY_CHECK(RAND_bytes(out, static_cast<int>(size)) == 1);
}

}  // namespace chancery::crypto
