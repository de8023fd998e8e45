// Named parts of a failure's answer for machines, beside its reason: what is missing, which one.
//
// A detail travels in the status, like the reason, and the edges hand it on as metadata of
// google.rpc.ErrorInfo. It never holds personal data.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_BASE_STATUS_DETAIL_H_
#define CHANCERY_ENGINE_BASE_STATUS_DETAIL_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace chancery {

// `name` is lower-case words joined by `_`.
absl::Status WithDetail(absl::Status status, std::string_view name, std::string_view text);
// The text, or an empty one.
std::string DetailOf(const absl::Status& status, std::string_view name);
// Each detail, in no order.
void ForEachDetail(const absl::Status& status,
                   const std::function<void(std::string_view name, const std::string& text)>& look);

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_STATUS_DETAIL_H_
