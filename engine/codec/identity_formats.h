// The forms of identity numbers: machine readable zones, CNICs, passport numbers, dates.
//
// A form is checked, never a person: that digits fit their check digit says nothing about who they
// belong to. Problems are told as a rule and a remedy without the value. Nothing here refuses on
// geography or on how a name is spelt.
//
// Sources: ICAO 9303 parts 3, 4 and 5 (machine readable zones); the CNIC's 5-7-1 digits, the last
// one odd for men and even for women, has no public check digit.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_IDENTITY_FORMATS_H_
#define CHANCERY_ENGINE_CODEC_IDENTITY_FORMATS_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/personal.h"
#include "engine/base/time.h"

namespace chancery::codec {

// Which rule a text breaks and what to do; never the text itself.
struct FormatProblem {
  std::string message;
};

// The check digit of ICAO 9303 part 3 over characters A-Z, 0-9 and "<"; nothing when another
// character is in it.
std::optional<int> MrzCheckDigit(std::string_view characters);

// The parts of a machine readable zone that other fields are compared with, as printed there.
struct Mrz {
  enum class Size { kTd3, kTd1 };
  Size size = Size::kTd3;
  std::string issuer;            // "PAK", "D"
  std::string nationality;       // of the holder, as printed, without fillers
  Personal<std::string> number;  // document number without fillers
  Personal<std::string> birth;   // YYMMDD; unknown parts are "<<"
  Personal<std::string> expiry;  // YYMMDD
  char sex = '<';                // M, F or "<"
};
// Reads a zone of a passport (TD3: two lines of 44, or its second line alone) or of a card (TD1:
// three lines of 30); lines are separated by a line feed or follow each other directly. Every check
// digit must fit, the composite one too.
std::variant<Mrz, FormatProblem> ReadMrz(std::string_view text);

// A date of which the month or the day may not be known; some people's documents say no more.
struct PartialDate {
  int year = 1970;
  std::optional<int> month;
  std::optional<int> day;  // only with a month
};
// A real date written "1990-05-01", "1990-05" or "1990".
std::variant<PartialDate, FormatProblem> ReadPartialDate(std::string_view text);
// Whether a date may be what a zone's six characters stand for: they carry no century and may leave
// parts unknown.
bool SameDate(const PartialDate& date, std::string_view yymmdd);

// A CNIC of 13 digits, 5-7-1, with its dashes or without; the answer has them.
std::variant<Personal<std::string>, FormatProblem> ReadCnic(std::string_view text);
// Whether the last digit of a CNIC read by ReadCnic is the usual one for that sex ("male" odd,
// "female" even).
bool CnicFitsSex(std::string_view cnic, std::string_view sex);

// A document number: 1 to 20 of A-Z, 0-9.
bool IsDocumentNumber(std::string_view text);
// The usual form of a Pakistani passport number: two letters and seven digits. Another form is only
// a warning.
bool IsUsualPakistaniPassport(std::string_view number);

// A real date written "2014-05-01".
std::variant<CivilDate, FormatProblem> ReadDate(std::string_view text);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_IDENTITY_FORMATS_H_
