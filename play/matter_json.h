// Matters as the programs print them, read back.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_MATTER_JSON_H_
#define CHANCERY_PLAY_MATTER_JSON_H_

#include "engine/base/status.h"
#include "engine/procedure/matter.h"
#include "nlohmann/json.hpp"

namespace chancery::play {

// What codec::MatterToJson wrote. InvalidArgument names the field.
absl::StatusOr<procedure::Matter> MatterFromJson(const nlohmann::ordered_json& json);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_MATTER_JSON_H_
