// engine/base promises that two texts never stand for the same value: whatever is accepted is
// written back as it was read.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/party.h"
#include "engine/base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chancery;  // NOLINT(google-build-using-namespace): one function, one subject
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = FromHex(text)) CHANCERY_CHECK(ToHex(*bytes) == text);
  if (const auto bytes = FromBase64(text)) CHANCERY_CHECK(ToBase64(*bytes) == text);
  if (const auto party = PartyCode::FromText(text)) CHANCERY_CHECK(party->ToText() == text);
  if (const auto date = ParseCivilDate(text)) {
    CHANCERY_CHECK(ToText(*date) == text);
    CHANCERY_CHECK(CivilFromDays(DaysFromCivil(*date)) == *date);
  }
  // An offset is a second spelling of a moment; its own is the one with "Z".
  const auto instant = ParseInstant(text);
  if (instant && text.ends_with('Z')) CHANCERY_CHECK(ToText(*instant) == text);
  return 0;
}
