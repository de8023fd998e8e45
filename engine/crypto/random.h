// The machine's randomness as the Entropy that programs hand to the engine.
#ifndef CHANCERY_ENGINE_CRYPTO_RANDOM_H_
#define CHANCERY_ENGINE_CRYPTO_RANDOM_H_

#include <cstddef>
#include <cstdint>

#include "engine/base/parts.h"

namespace chancery::crypto {

// OpenSSL's generator, seeded by the kernel. Safe on every thread; a failure of the source ends the
// process.
class SystemEntropy final : public Entropy {
 public:
  void Fill(std::uint8_t* out, std::size_t size) override;
};

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_RANDOM_H_
