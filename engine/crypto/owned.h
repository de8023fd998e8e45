// Ownership of a library's objects by their own free function: Owned<X, FreeX>.
#ifndef CHANCERY_ENGINE_CRYPTO_OWNED_H_
#define CHANCERY_ENGINE_CRYPTO_OWNED_H_

#include <memory>

namespace chancery::crypto {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

// Movable, never shared; empty until an object is given.
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_OWNED_H_
