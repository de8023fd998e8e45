#include "engine/base/status_detail.h"

#include "absl/strings/cord.h"

#include "engine/base/status.h"

namespace chancery {

namespace {

constexpr std::string_view kDetailUrl = "chancery/detail/";

std::string UrlOf(std::string_view name) { return std::string(kDetailUrl).append(name); }

}  // namespace

absl::Status WithDetail(absl::Status status, std::string_view name, std::string_view text) {
  status.SetPayload(ToAbsl(UrlOf(name)), absl::Cord(ToAbsl(text)));
  return status;
}

std::string DetailOf(const absl::Status& status, std::string_view name) {
  const auto payload = status.GetPayload(ToAbsl(UrlOf(name)));
  return payload ? std::string(*payload) : std::string();
}

void ForEachDetail(
    const absl::Status& status,
    const std::function<void(std::string_view name, const std::string& text)>& look) {
  status.ForEachPayload([&look](absl::string_view url, const absl::Cord& payload) {
    if (ToStd(url).starts_with(kDetailUrl))
      look(ToStd(url).substr(kDetailUrl.size()), std::string(payload));
  });
}

}  // namespace chancery
