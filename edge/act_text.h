// Whether a file's text can be handed to the daemon as an act at all. What the act says is for the
// daemon to judge.
#ifndef CHANCERY_EDGE_ACT_TEXT_H_
#define CHANCERY_EDGE_ACT_TEXT_H_

#include <string>

#include "engine/base/status.h"

namespace chancery::edge {

// FailedPrecondition with the reason ACT_JSON_TOO_LARGE, or ACT_JSON_BROKEN and the field whose
// text is not UTF-8; never with a value. Safe on every thread.
absl::Status CheckActText(const std::string& act_json);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_ACT_TEXT_H_
