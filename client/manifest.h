// A manifest that will be accepted: each line from what the ministry itself recorded about the
// person.
//
// Works on matters as the desk shows them (JSON without personal data). Pure, but for the handles
// of escorts.
#ifndef CHANCERY_CLIENT_MANIFEST_H_
#define CHANCERY_CLIENT_MANIFEST_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "nlohmann/json.hpp"

namespace chancery::client {

using Json = nlohmann::ordered_json;

// Why a case may not be put on a list now; empty when it may.
std::string NotReadyBecause(const Json& one_case, std::string_view list = {});

struct ManifestWish {
  std::vector<std::string> cases;         // by id; empty: every ready case
  std::map<std::string, int> companions;  // "escort" 12, "monitor" 2 ...
  bool fit_to_fly = false;                // the caller asserts these for every returnee on the list
  bool decision_renewed = false;
  bool reception = false;       // for minors
  bool best_interests = false;  // for minors
};

// The act as JSON. `list` is the transfer of an earlier revision. FailedPrecondition names the
// cases that are not ready and why; InvalidArgument when the flight is not one that takes lists or
// there is nobody to put on it.
absl::StatusOr<Json> ProposeManifest(const Json& flight, const std::vector<Json>& cases,
                                     const std::optional<Json>& list, const ManifestWish& wish,
                                     Entropy& entropy);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_MANIFEST_H_
