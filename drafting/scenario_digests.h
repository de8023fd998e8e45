// Whether the scenarios of a procedure's folder are those that scenarios.sha256 names, so that what
// both sides sign binds the stories they tried.
#ifndef CHANCERY_DRAFTING_SCENARIO_DIGESTS_H_
#define CHANCERY_DRAFTING_SCENARIO_DIGESTS_H_

#include <filesystem>

#include "engine/base/status.h"

namespace chancery::drafting {

// InvalidArgument with one line for each scenario that is another than its digest says, is missing,
// or has no line: file, line and remedy. A folder without scenarios needs no digests.
absl::Status CheckScenarios(const std::filesystem::path& folder);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_SCENARIO_DIGESTS_H_
