#include "engine/codec/identity_formats.h"

#include <array>
#include <cstddef>

namespace chancery::codec {

namespace {

constexpr std::size_t kTd3Line = 44;
constexpr std::size_t kTd1Line = 30;
constexpr std::size_t kCnicDigits = 13;

FormatProblem Problem(std::string_view message) { return FormatProblem{std::string(message)}; }

bool IsDigit(char letter) { return letter >= '0' && letter <= '9'; }
bool IsLetter(char letter) { return letter >= 'A' && letter <= 'Z'; }

// The value of a character in a check digit's sum, or -1.
int ValueOf(char letter) {
  if (IsDigit(letter)) return letter - '0';
  if (IsLetter(letter)) return letter - 'A' + 10;
  return letter == '<' ? 0 : -1;
}

// Whether `digit` is the check digit of the characters.
bool Fits(std::string_view characters, char digit) {
  const std::optional<int> expected = MrzCheckDigit(characters);
  return expected.has_value() && digit == static_cast<char>('0' + *expected);
}

// As Fits, but characters that are all fillers may also have a filler for a digit.
bool FitsOptional(std::string_view characters, char digit) {
  if (digit == '<') return characters.find_first_not_of('<') == std::string_view::npos;
  return Fits(characters, digit);
}

// Without the fillers at the end.
std::string Trimmed(std::string_view characters) {
  const std::size_t last = characters.find_last_not_of('<');
  return last == std::string_view::npos ? std::string()
                                        : std::string(characters.substr(0, last + 1));
}

bool IsCountry(std::string_view characters) {
  const std::string code = Trimmed(characters);
  if (code.empty()) return false;
  for (const char letter : code) {
    if (!IsLetter(letter)) return false;
  }
  return true;
}

// Two digits that number one of `from` to `to`, or two fillers for "not known".
bool IsPart(std::string_view two, int from, int to) {
  if (two == "<<") return true;
  if (!IsDigit(two[0]) || !IsDigit(two[1])) return false;
  const int number = (two[0] - '0') * 10 + (two[1] - '0');
  return number >= from && number <= to;
}

bool IsMrzDate(std::string_view six) {
  return IsPart(six.substr(0, 2), 0, 99) && IsPart(six.substr(2, 2), 1, 12) &&
         IsPart(six.substr(4, 2), 1, 31);
}

// What every zone has, in the order in which its parts are judged.
struct Parts {
  std::string_view issuer;  // empty when the line that has it was not given
  std::string_view nationality;
  std::string number;
  std::string number_checked;  // the characters the number's digit covers
  char number_digit;
  std::string_view birth;
  char birth_digit;
  char sex;
  std::string_view expiry;
  char expiry_digit;
  std::string composite;
  char composite_digit;
};

std::variant<Mrz, FormatProblem> Judge(Mrz::Size size, const Parts& parts) {
  if (!parts.issuer.empty() && !IsCountry(parts.issuer)) {
    return Problem(
        "the issuing State in the machine readable zone must be letters; copy the zone again");
  }
  if (!IsCountry(parts.nationality)) {
    return Problem(
        "the nationality in the machine readable zone must be letters; copy the zone again");
  }
  if (parts.sex != 'M' && parts.sex != 'F' && parts.sex != '<') {
    return Problem("the sex in the machine readable zone must be M, F or <; copy the zone again");
  }
  if (!IsMrzDate(parts.birth)) {
    return Problem(
        "the date of birth in the machine readable zone must be YYMMDD; copy the zone again");
  }
  if (!IsMrzDate(parts.expiry)) {
    return Problem(
        "the date of expiry in the machine readable zone must be YYMMDD; copy the zone again");
  }
  if (!Fits(parts.number_checked, parts.number_digit)) {
    return Problem(
        "the document number in the machine readable zone must fit its check digit; copy the zone "
        "again");
  }
  if (!Fits(parts.birth, parts.birth_digit)) {
    return Problem(
        "the date of birth in the machine readable zone must fit its check digit; copy the zone "
        "again");
  }
  if (!Fits(parts.expiry, parts.expiry_digit)) {
    return Problem(
        "the date of expiry in the machine readable zone must fit its check digit; copy the zone "
        "again");
  }
  if (!Fits(parts.composite, parts.composite_digit)) {
    return Problem(
        "the machine readable zone must fit its composite check digit; copy the zone again");
  }
  Mrz mrz;
  mrz.size = size;
  mrz.issuer = Trimmed(parts.issuer);
  mrz.nationality = Trimmed(parts.nationality);
  mrz.number = Personal<std::string>(Trimmed(parts.number));
  mrz.birth = Personal<std::string>(std::string(parts.birth));
  mrz.expiry = Personal<std::string>(std::string(parts.expiry));
  mrz.sex = parts.sex;
  return mrz;
}

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(part);
  return text;
}

// ICAO 9303 part 4: `first` is empty when only the second line was given.
std::variant<Mrz, FormatProblem> ReadTd3(std::string_view first, std::string_view second) {
  if (!first.empty() && first[0] != 'P') {
    return Problem(
        "the machine readable zone of a passport must begin with P; copy the zone again");
  }
  if (!FitsOptional(second.substr(28, 14), second[42])) {
    return Problem(
        "the optional data in the machine readable zone must fit its check digit; copy the zone "
        "again");
  }
  Parts parts{
      .issuer = first.empty() ? std::string_view{} : first.substr(2, 3),
      .nationality = second.substr(10, 3),
      .number = std::string(second.substr(0, 9)),
      .number_checked = std::string(second.substr(0, 9)),
      .number_digit = second[9],
      .birth = second.substr(13, 6),
      .birth_digit = second[19],
      .sex = second[20],
      .expiry = second.substr(21, 6),
      .expiry_digit = second[27],
      .composite = Joined({second.substr(0, 10), second.substr(13, 7), second.substr(21, 22)}),
      .composite_digit = second[43]};
  auto answer = Judge(Mrz::Size::kTd3, parts);
  Wipe(parts.number);
  Wipe(parts.number_checked);
  Wipe(parts.composite);
  return answer;
}

// ICAO 9303 part 5: a number of more than nine characters goes on in the optional data, its check
// digit last.
std::variant<Mrz, FormatProblem> ReadTd1(std::string_view first, std::string_view second) {
  if (first[0] != 'A' && first[0] != 'C' && first[0] != 'I') {
    return Problem(
        "the machine readable zone of a card must begin with A, C or I; copy the zone again");
  }
  std::string number(first.substr(5, 9));
  char digit = first[14];
  if (digit == '<') {
    const std::string_view rest = first.substr(15, 15);
    const std::string_view more = rest.substr(0, rest.find('<'));
    if (more.size() < 2) {
      return Problem(
          "the document number in the machine readable zone must have a check digit; copy the zone "
          "again");
    }
    number.append(more.substr(0, more.size() - 1));
    digit = more.back();
  }
  Parts parts{.issuer = first.substr(2, 3),
              .nationality = second.substr(15, 3),
              .number = number,
              .number_checked = number,
              .number_digit = digit,
              .birth = second.substr(0, 6),
              .birth_digit = second[6],
              .sex = second[7],
              .expiry = second.substr(8, 6),
              .expiry_digit = second[14],
              .composite = Joined({first.substr(5, 25), second.substr(0, 7), second.substr(8, 7),
                                   second.substr(18, 11)}),
              .composite_digit = second[29]};
  Wipe(number);
  auto answer = Judge(Mrz::Size::kTd1, parts);
  Wipe(parts.number);
  Wipe(parts.number_checked);
  Wipe(parts.composite);
  return answer;
}

}  // namespace

std::optional<int> MrzCheckDigit(std::string_view characters) {
  constexpr std::array kWeights = {7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const int value = ValueOf(characters[i]);
    if (value < 0) return std::nullopt;
    sum = (sum + value * kWeights[i % 3]) % 10;
  }
  return sum;
}

std::variant<Mrz, FormatProblem> ReadMrz(std::string_view text) {
  // Lines without the line feeds between them.
  std::string zone;
  bool even_lines = true;
  std::size_t line = 0;
  for (const char letter : text) {
    if (letter == '\n') {
      even_lines = even_lines && (line == kTd3Line || line == kTd1Line);
      line = 0;
      continue;
    }
    if (ValueOf(letter) < 0) {
      Wipe(zone);
      return Problem("a machine readable zone has only A-Z, 0-9 and <; copy the zone again");
    }
    zone.push_back(letter);
    ++line;
  }
  Personal<std::string> kept(std::move(zone));
  const std::string_view whole = kept.Reveal();
  if (even_lines && whole.size() == kTd3Line) return ReadTd3({}, whole);
  if (even_lines && whole.size() == 2 * kTd3Line)
    return ReadTd3(whole.substr(0, kTd3Line), whole.substr(kTd3Line));
  if (even_lines && whole.size() == 3 * kTd1Line) {
    return ReadTd1(whole.substr(0, kTd1Line), whole.substr(kTd1Line, kTd1Line));
  }
  return Problem(
      "a machine readable zone has two lines of 44 characters (passport) or three of 30 (card); "
      "copy it whole");
}

bool SameDate(const PartialDate& date, std::string_view yymmdd) {
  if (yymmdd.size() != 6) return false;
  const auto agrees = [](std::optional<int> number, std::string_view two) {
    if (!number || two == "<<") return true;
    return two[0] == static_cast<char>('0' + *number % 100 / 10) &&
           two[1] == static_cast<char>('0' + *number % 10);
  };
  return agrees(date.year, yymmdd.substr(0, 2)) && agrees(date.month, yymmdd.substr(2, 2)) &&
         agrees(date.day, yymmdd.substr(4, 2));
}

std::variant<Personal<std::string>, FormatProblem> ReadCnic(std::string_view text) {
  const auto problem = [] {
    return Problem("a CNIC has 13 digits, written 5-7-1 or without dashes; correct it");
  };
  const bool dashed = text.size() == kCnicDigits + 2;
  if (!dashed && text.size() != kCnicDigits) return problem();
  std::string cnic;
  cnic.reserve(kCnicDigits + 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash_here = dashed && (i == 5 || i == 13);
    if (dash_here ? text[i] != '-' : !IsDigit(text[i])) {
      Wipe(cnic);
      return problem();
    }
    if (!dashed && (i == 5 || i == 12)) cnic.push_back('-');
    cnic.push_back(text[i]);
  }
  return Personal<std::string>(std::move(cnic));
}

bool CnicFitsSex(std::string_view cnic, std::string_view sex) {
  if (cnic.empty() || (sex != "male" && sex != "female")) return true;
  const bool odd = (cnic.back() - '0') % 2 == 1;
  return odd == (sex == "male");
}

bool IsDocumentNumber(std::string_view text) {
  if (text.empty() || text.size() > 20) return false;
  for (const char letter : text) {
    if (!IsLetter(letter) && !IsDigit(letter)) return false;
  }
  return true;
}

bool IsUsualPakistaniPassport(std::string_view number) {
  if (number.size() != 9) return false;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i < 2 ? !IsLetter(number[i]) : !IsDigit(number[i])) return false;
  }
  return true;
}

std::variant<PartialDate, FormatProblem> ReadPartialDate(std::string_view text) {
  const auto problem = [] {
    return Problem(
        "a date is a real day written 1990-05-01, or 1990-05 or 1990 when the rest is not known; "
        "correct it");
  };
  std::string whole(text);
  if (text.size() == 4) whole += "-01-01";
  if (text.size() == 7) whole += "-01";
  const std::optional<CivilDate> date = ParseCivilDate(whole);
  Wipe(whole);
  if (!date || date->year < 1) return problem();
  PartialDate answer{.year = date->year, .month = std::nullopt, .day = std::nullopt};
  if (text.size() > 4) answer.month = date->month;
  if (text.size() > 7) answer.day = date->day;
  return answer;
}

std::variant<CivilDate, FormatProblem> ReadDate(std::string_view text) {
  const std::optional<CivilDate> date = ParseCivilDate(text);
  if (!date || date->year < 1)
    return Problem("a date is a real day written 1990-05-01; correct it");
  return *date;
}

}  // namespace chancery::codec
