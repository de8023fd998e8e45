// Doing the same independent work on many items with all processors.
#ifndef CHANCERY_AUDIT_PARALLEL_H_
#define CHANCERY_AUDIT_PARALLEL_H_

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace chancery::audit {

// Calls work(i) once for every i below `count`, on `threads` threads at most; returns when all are
// done. `work` must be safe to call on several threads for different items.
template <class Work>
void ForEachInParallel(std::size_t count, unsigned threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto run = [&next, &work, count] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  for (unsigned i = 1; i < threads && i < count; ++i) helpers.emplace_back(run);
  run();
}

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_PARALLEL_H_
