// The store in memory: for simulations and tests. It keeps every promise of Store but the one about
// power cuts.
#ifndef CHANCERY_ENGINE_STORE_MEMORY_MEMORY_STORE_H_
#define CHANCERY_ENGINE_STORE_MEMORY_MEMORY_STORE_H_

#include <memory>

#include "engine/store/store.h"

namespace chancery::store {

std::unique_ptr<Store> NewMemoryStore(StoreIdentity identity);

}  // namespace chancery::store

#endif  // CHANCERY_ENGINE_STORE_MEMORY_MEMORY_STORE_H_
