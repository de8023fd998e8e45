// Making values with all processors and taking them in their order.
#ifndef CHANCERY_AUDIT_PARALLEL_H_
#define CHANCERY_AUDIT_PARALLEL_H_

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace chancery::audit {

// Calls make(i) once for every i below `count`, on `threads` threads, and take(i, value) with what
// it returned on the calling thread, in the order of i. At most `ahead` values wait to be taken, so
// that memory does not grow with `count`. When take() says false nothing more is made or taken.
// `make` must be safe to call on several threads for different i, also while take() runs.
template <class Make, class Take>
void MakeInParallel(std::uint64_t count, unsigned threads, std::size_t ahead, const Make& make,
                    const Take& take) {
  using Value = decltype(make(std::uint64_t{0}));
  std::vector<std::optional<Value>> slots(std::max<std::size_t>(ahead, 1));
  std::mutex mutex;
  std::condition_variable room;
  std::condition_variable made;
  std::uint64_t next = 0;   // to be made
  std::uint64_t taken = 0;  // whose slots are free again
  bool ended = false;

  const auto work = [&] {
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [&] { return ended || next >= count || next - taken < slots.size(); });
      if (ended || next >= count) return;
      const std::uint64_t i = next++;
      lock.unlock();
      Value value = make(i);
      lock.lock();
      slots[i % slots.size()].emplace(std::move(value));
      made.notify_one();
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(threads, 1U) && i < count; ++i) workers.emplace_back(work);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    std::optional<Value>& slot = slots[i % slots.size()];
    made.wait(lock, [&] { return slot.has_value(); });
    Value value = *std::move(slot);
    slot.reset();
    taken = i + 1;
    room.notify_all();
    lock.unlock();
    if (take(i, std::move(value))) continue;
    lock.lock();
    ended = true;
    room.notify_all();
    break;
  }
}

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_PARALLEL_H_
