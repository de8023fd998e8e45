// What commands print and which exit code an outcome has.
#ifndef CHANCERY_SERVER_OUTPUT_H_
#define CHANCERY_SERVER_OUTPUT_H_

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "nlohmann/json.hpp"

namespace chancery::server {

using Json = nlohmann::ordered_json;

enum ExitCode : int {
  kExitYes = 0,
  kExitFalse = 1,
  kExitUsage = 2,
  kExitLocal = 3,
  kExitRefused = 4,
  kExitUnavailable = 5,
};

// Whose failure it is: what was typed or configured, a file or key here, or the server asked.
enum class Whose { kLocal, kRemote };
int ExitCodeOf(const absl::Status& status, Whose whose);

class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }
  // Data: the document when --json was asked for, else the text for people.
  void Data(const Json& document, std::string_view text) const;
  // A failure on stderr, and its exit code.
  int Failure(const absl::Status& status, Whose whose) const;
  // A message on stderr.
  void Note(std::string_view text) const;

 private:
  const bool json_;
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_OUTPUT_H_
