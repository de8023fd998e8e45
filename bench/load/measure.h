// What this process and others took of the processors, of memory and of the disk.
//
// Threads: functions of their arguments.
#ifndef CHANCERY_BENCH_LOAD_MEASURE_H_
#define CHANCERY_BENCH_LOAD_MEASURE_H_

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace chancery::bench {

// Seconds of processor time of this process, all its threads.
double CpuSeconds();
// Seconds of processor time of another process so far; NotFound when it has ended.
absl::StatusOr<double> CpuSecondsOf(pid_t process);
// The most memory a process has had so far, in MiB.
absl::StatusOr<double> PeakMebibytesOf(pid_t process);
// Of a file and what SQLite keeps beside it.
std::uint64_t BytesOfStore(const std::filesystem::path& store);
// How many processors this process may use.
unsigned Processors();
// "Intel(R) Xeon(R) ...", or an empty text.
std::string ProcessorModel();

// The smallest value such that the part `share` of all is not larger; 0 for none. `sorted` rises.
double Quantile(const std::vector<double>& sorted, double share);
double MedianOf(std::vector<double> values);

// Microseconds of processor time of one call of `once`, which says whether it went well; calls it
// for so many seconds of processor time. Internal when one did not.
template <class Once>
absl::StatusOr<double> MicrosecondsOfEach(double seconds, const Once& once) {
  constexpr std::uint64_t kBetween = 16;
  std::uint64_t calls = 0;
  const double start = CpuSeconds();
  double used = 0;
  do {
    for (std::uint64_t i = 0; i < kBetween; ++i) {
      if (!once(calls++)) return Internal("bench: what is measured does not do its work");
    }
    used = CpuSeconds() - start;
  } while (used < seconds);
  return used * 1e6 / static_cast<double>(calls);
}

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_MEASURE_H_
