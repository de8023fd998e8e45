// What a program that holds keys or particulars does first.
#ifndef CHANCERY_ENGINE_CRYPTO_HARDENING_H_
#define CHANCERY_ENGINE_CRYPTO_HARDENING_H_

#include "engine/base/status.h"

namespace chancery::crypto {

// No core file of this process, ever, and no reading of its memory by other processes of the same
// user: sets the core limit to zero for good and makes the process undumpable. Call at the top of
// main, before any key is read.
absl::Status ForbidCoreFiles();

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_HARDENING_H_
