// What commands print and which exit code an outcome has.
#ifndef CHANCERY_EDGE_OUTPUT_H_
#define CHANCERY_EDGE_OUTPUT_H_

#include <string>
#include <string_view>
#include <utility>

#include "engine/base/status.h"
#include "nlohmann/json.hpp"

namespace chancery::edge {

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

// By whose failure it is: what was typed or configured, a file or key here, or what a daemon or a
// server answered (Answered in edge/rpc_status.h).
ExitCode ExitCodeOf(const absl::Status& status);

// What a command found.
struct Shown {
  Json document;     // for --json; null when there is nothing to print
  std::string text;  // for people
  ExitCode code = kExitYes;
};

// Data goes to stdout, everything else to stderr. Texts for people are shown without controls and
// hidden characters (LegibleLines): much of them comes from another party.
class Output {
 public:
  // `program` is named before what failed.
  Output(std::string program, bool json) : program_(std::move(program)), json_(json) {}

  // What a command found, or its failure; and the exit code of either.
  ExitCode Print(const absl::StatusOr<Shown>& shown) const;
  // One line of a stream of data: the document without line breaks, or the text.
  void Line(const Json& document, std::string_view text) const;
  // A failure, and its exit code.
  ExitCode Failure(const absl::Status& status) const;
  // A message for people beside the data.
  void Note(std::string_view text) const;

 private:
  const std::string program_;
  const bool json_;
};

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_OUTPUT_H_
