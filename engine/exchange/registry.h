// The national registry as the engine sees it: it verifies one claim made for one case, and is
// never searched.
#ifndef CHANCERY_ENGINE_EXCHANGE_REGISTRY_H_
#define CHANCERY_ENGINE_EXCHANGE_REGISTRY_H_

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/item.h"
#include "engine/base/status.h"

namespace chancery::exchange {

struct RegistryFinding {
  std::int64_t verification = 0;  // word of Fact::kVerification
  std::vector<Item>
      registered;  // the registry's own particulars of a national, salts zero; else empty
};

// Safe on every thread. Unavailable when it cannot be reached; never an error that tells something
// about a person.
class IdentityRegistry {
 public:
  virtual ~IdentityRegistry() = default;
  virtual absl::StatusOr<RegistryFinding> VerifyClaim(const MatterId& matter,
                                                      const std::vector<Item>& claimed) = 0;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_REGISTRY_H_
