// What commands print and which exit code an outcome has.
#ifndef CHANCERY_CLIENT_OUTPUT_H_
#define CHANCERY_CLIENT_OUTPUT_H_

#include <string_view>

#include "engine/base/status.h"
#include "nlohmann/json.hpp"

namespace chancery::client {

using Json = nlohmann::ordered_json;

enum ExitCode : int {
  kExitYes = 0,
  kExitFalse = 1,
  kExitUsage = 2,
  kExitLocal = 3,
  kExitRefused = 4,
  kExitUnavailable = 5,
  kExitPartly = 6,
};

// Whose failure it is: what was typed or configured, a file or key here, or what the daemon or the
// ministry answered.
enum class Whose { kLocal, kRemote };
int ExitCodeOf(const absl::Status& status, Whose whose);

class Output {
 public:
  explicit Output(bool json) : json_(json) {}

  bool json() const { return json_; }
  // Data on stdout: the document when --json was asked for, else the text for people.
  void Data(const Json& document, std::string_view text) const;
  // One line of a stream of data: the document without line breaks, or the text.
  void Line(const Json& document, std::string_view text) const;
  // A failure on stderr, and its exit code.
  int Failure(const absl::Status& status, Whose whose) const;
  // A message on stderr.
  void Note(std::string_view text) const;

 private:
  const bool json_;
};

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_OUTPUT_H_
