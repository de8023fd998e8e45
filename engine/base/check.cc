#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace chancery {

void CheckFailed(const char* file, int line, const char* condition) {
  (void)std::fprintf(stderr, "chancery: check failed at %s:%d: %s\n", file, line, condition);
  std::abort();
}

}  // namespace chancery
