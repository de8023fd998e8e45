// A fixed number of threads that run what is posted, in the order in which it came.
#ifndef CHANCERY_EDGE_WORKERS_H_
#define CHANCERY_EDGE_WORKERS_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chancery::edge {

// Safe on every thread.
class Workers {
 public:
  Workers(std::size_t threads, std::size_t max_waiting);
  ~Workers();

  // False when too much waits already, or after Close: nothing was taken.
  bool Post(std::function<void()> work);
  // Runs what was taken, then ends the threads.
  void Close();

 private:
  void Run();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_WORKERS_H_
