// chancery-procedure check: what is wrong with a procedure's form, and what can happen under it.
#ifndef CHANCERY_DRAFTING_CHECK_COMMAND_H_
#define CHANCERY_DRAFTING_CHECK_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "drafting/command.h"
#include "drafting/proof.h"

namespace chancery::drafting {

struct CheckOptions {
  std::string folder;
  std::string founding;                        // empty: beside the folder
  std::uint64_t situations = kMostSituations;  // of each world
  std::vector<std::string> worlds;             // empty: all
  bool form = false;                           // look at the form only
  std::string verdict;                         // where to keep what is found
  bool kept = false;                           // a kept verdict that may be relied on will do
  std::string stories;                         // folder for scenarios of what is broken
  bool json = false;
};
// 0: no defect of form, and all properties hold in every situation of every world; or the form is
// all that was asked for, or all there is. 1: a defect, or a broken property. 2: usage. 3: a file
// cannot be read or written. 6: nothing is broken, but not all was explored.
ExitCode RunCheck(const CheckOptions& options);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_CHECK_COMMAND_H_
