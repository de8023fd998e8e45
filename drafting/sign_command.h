// chancery-procedure sign: seals a procedure's bundle, once it is known what it allows.
#ifndef CHANCERY_DRAFTING_SIGN_COMMAND_H_
#define CHANCERY_DRAFTING_SIGN_COMMAND_H_

#include <string>

#include "drafting/command.h"

namespace chancery::drafting {

struct SignOptions {
  std::string folder;
  std::string founding;  // empty: beside the folder
  std::string verdict;   // where what was found is kept
  std::string key;
  std::string certificate;
  std::string out = ".";
  std::string to;    // an existing bundle
  std::string seal;  // and its seal
  std::string at;
  bool json = false;
};
// 0: signed. 1: the folder has defects, breaks a property that it does not name, or could not be
// explored to its end; or the bundle to add to is another. 2: usage. 3: a file or key cannot be
// read or written. Nothing is written unless it is signed, but for the verdict.
ExitCode RunSign(const SignOptions& options);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_SIGN_COMMAND_H_
