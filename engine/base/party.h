// Who a party is: three upper-case letters as in ISO 3166-1 (and ICAO 9303's EUE for the Union).
#ifndef CHANCERY_ENGINE_BASE_PARTY_H_
#define CHANCERY_ENGINE_BASE_PARTY_H_

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace chancery {

// A contracting State or the Union. A value; the default one is nobody (IsNone()).
class PartyCode {
 public:
  constexpr PartyCode() = default;

  // Exactly three letters A to Z, or nothing.
  static constexpr std::optional<PartyCode> FromText(std::string_view text) {
    if (text.size() != 3) return std::nullopt;
    PartyCode code;
    for (std::size_t i = 0; i < 3; ++i) {
      if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
      code.letters_[i] = text[i];
    }
    return code;
  }

  constexpr bool IsNone() const { return letters_[0] == 0; }
  constexpr std::string_view view() const {
    return IsNone() ? std::string_view{} : std::string_view{letters_.data(), 3};
  }
  std::string ToText() const { return std::string(view()); }

  friend constexpr auto operator<=>(const PartyCode&, const PartyCode&) = default;
  friend constexpr bool operator==(const PartyCode& one, const PartyCode& other) {
    return one.letters_[0] == other.letters_[0] && one.letters_[1] == other.letters_[1] &&
           one.letters_[2] == other.letters_[2];
  }

 private:
  std::array<char, 3> letters_{};
};

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_PARTY_H_
