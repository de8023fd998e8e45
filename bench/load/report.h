// What a run found: the table for people and the document for programs.
#ifndef CHANCERY_BENCH_LOAD_REPORT_H_
#define CHANCERY_BENCH_LOAD_REPORT_H_

#include <string>
#include <vector>

#include "bench/load/driver.h"
#include "bench/load/parts.h"
#include "bench/load/programs.h"
#include "nlohmann/json.hpp"

namespace chancery::bench {

struct Run {
  std::string machine;
  unsigned processors = 1;
  std::size_t states = 0;
  std::size_t under_way = 0;  // acts of each state, at saturation
  double ecdsa_verifies = 0;  // a second, by openssl on all processors in the same run
  std::vector<Window> saturated;
  struct Paced {
    double share = 0;  // of the maximum
    Window window;
  };
  std::vector<Paced> paced;
  double ministry_group = 0;  // acts a commit at saturation
  double state_group = 0;     // entries a commit
  Programs::Memory memory;
  double ministry_bytes = 0;  // on the disk, an act
  double state_bytes = 0;
  Parts parts;
};

std::string TableOf(const Run& run);
nlohmann::ordered_json JsonOf(const Run& run);

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_REPORT_H_
