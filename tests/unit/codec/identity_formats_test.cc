// ICAO 9303 parts 3, 4 and 5 (machine readable zones) with its own specimens; the form of a CNIC.
#include "engine/codec/identity_formats.h"

#include <gtest/gtest.h>

#include <string>

namespace chancery::codec {
namespace {

constexpr std::string_view kTd3First = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
constexpr std::string_view kTd3Second = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
constexpr std::string_view kTd1 =
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<"
    "<";

std::string Td3() { return std::string(kTd3First) + "\n" + std::string(kTd3Second); }

// The text with one character changed.
std::string With(std::string text, std::size_t at, char letter) {
  text[at] = letter;
  return text;
}

const Mrz* Read(const std::variant<Mrz, FormatProblem>& answer) {
  return std::get_if<Mrz>(&answer);
}
std::string ProblemOf(std::string_view text) {
  const auto answer = ReadMrz(text);
  const auto* problem = std::get_if<FormatProblem>(&answer);
  return problem == nullptr ? "" : problem->message;
}
std::string CnicOf(std::string_view text) {
  const auto answer = ReadCnic(text);
  const auto* cnic = std::get_if<Personal<std::string>>(&answer);
  return cnic == nullptr ? "" : cnic->Reveal();
}

// ICAO 9303 part 3, appendix A: worked examples of the check digit.
TEST(ACheckDigit, IsTheOneOfTheSpecimens) {
  EXPECT_EQ(MrzCheckDigit("520727"), 3);
  EXPECT_EQ(MrzCheckDigit("AB2134<<<"), 5);
  EXPECT_EQ(MrzCheckDigit("L898902C3"), 6);
  EXPECT_EQ(MrzCheckDigit("ab"), std::nullopt);
}

// ICAO 9303 part 4, appendix: the specimen of a passport.
TEST(APassportsZone, IsReadAsTheSpecimenSays) {
  const auto answer = ReadMrz(Td3());
  const Mrz* mrz = Read(answer);
  ASSERT_NE(mrz, nullptr) << ProblemOf(Td3());
  EXPECT_EQ(mrz->issuer, "UTO");
  EXPECT_EQ(mrz->nationality, "UTO");
  EXPECT_EQ(mrz->number.Reveal(), "L898902C3");
  EXPECT_EQ(mrz->birth.Reveal(), "740812");
  EXPECT_EQ(mrz->expiry.Reveal(), "120415");
  EXPECT_EQ(mrz->sex, 'F');
}

// Docs/acts.md: "two lines of 44 characters (or the second alone)".
TEST(APassportsZone, MayBeItsSecondLineAlone) {
  const auto answer = ReadMrz(kTd3Second);
  ASSERT_NE(Read(answer), nullptr);
  EXPECT_EQ(Read(answer)->issuer, "");
  EXPECT_NE(Read(ReadMrz(std::string(kTd3First) + std::string(kTd3Second))), nullptr)
      << "lines without a line feed";
}

// Every check digit is looked at, each with its own words, and none of them repeats the zone.
TEST(APassportsZone, FitsEveryCheckDigit) {
  const std::string line(kTd3Second);
  EXPECT_NE(ProblemOf(With(line, 9, '7')).find("document number"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 19, '3')).find("date of birth"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 27, '8')).find("date of expiry"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 42, '2')).find("optional data"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 43, '1')).find("composite"), std::string::npos);
  EXPECT_EQ(ProblemOf(With(line, 9, '7')).find("L898902"), std::string::npos);
}

// ICAO 9303 part 4, 4.2.2: which characters each position may have.
TEST(APassportsZone, HasTheRightCharactersInTheRightPlaces) {
  const std::string line(kTd3Second);
  EXPECT_NE(ProblemOf(With(line, 10, '1')).find("nationality"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 20, 'Y')).find("sex"), std::string::npos);
  EXPECT_NE(ProblemOf(With(line, 15, '2')).find("YYMMDD"), std::string::npos) << "month 28";
  EXPECT_NE(ProblemOf(With(line, 25, '4')).find("YYMMDD"), std::string::npos) << "day 45";
  EXPECT_NE(ProblemOf(With(line, 0, 'l')).find("only A-Z"), std::string::npos);
  EXPECT_NE(ProblemOf(line.substr(1)).find("two lines of 44"), std::string::npos);
  EXPECT_NE(ProblemOf(With(Td3(), 0, 'V')).find("begin with P"), std::string::npos);
  EXPECT_NE(ProblemOf(With(Td3(), 2, '9')).find("issuing State"), std::string::npos);
  EXPECT_NE(ProblemOf(Td3().insert(3, "\n")).find("two lines of 44"), std::string::npos)
      << "a broken line";
}

// ICAO 9303 part 4: optional data that are all fillers may have a filler or 0 as their digit.
TEST(APassportsZone, MayLeaveOptionalDataEmpty) {
  const std::string head = "L898902C36UTO7408122F1204159";
  for (const char digit : {'<', '0'}) {
    std::string line = head + "<<<<<<<<<<<<<<" + digit;
    const std::string composite = line.substr(0, 10) + line.substr(13, 7) + line.substr(21, 22);
    line += static_cast<char>('0' + *MrzCheckDigit(composite));
    EXPECT_EQ(ProblemOf(line), "") << digit;
  }
}

// ICAO 9303 part 3, 4.8: parts of a date that are not known are fillers.
TEST(APassportsZone, MayNotKnowTheDayOfBirth) {
  const std::string birth = "7408<<";
  std::string line = "L898902C36UTO" + birth + static_cast<char>('0' + *MrzCheckDigit(birth)) +
                     "F1204159ZE184226B<<<<<1";
  const std::string composite = line.substr(0, 10) + line.substr(13, 7) + line.substr(21, 22);
  line += static_cast<char>('0' + *MrzCheckDigit(composite));
  const auto answer = ReadMrz(line);
  ASSERT_NE(Read(answer), nullptr) << ProblemOf(line);
  EXPECT_TRUE(SameDate({1974, 8, 12}, Read(answer)->birth.Reveal()));
  EXPECT_FALSE(SameDate({1974, 9, 12}, Read(answer)->birth.Reveal()));
}

// ICAO 9303 part 5, appendix: the specimen of a card.
TEST(ACardsZone, IsReadAsTheSpecimenSays) {
  const auto answer = ReadMrz(kTd1);
  const Mrz* mrz = Read(answer);
  ASSERT_NE(mrz, nullptr) << ProblemOf(kTd1);
  EXPECT_EQ(mrz->size, Mrz::Size::kTd1);
  EXPECT_EQ(mrz->number.Reveal(), "D23145890");
  EXPECT_EQ(mrz->birth.Reveal(), "740812");
  EXPECT_EQ(mrz->expiry.Reveal(), "120415");
}

// ICAO 9303 part 5, 4.2.4: number, birth, expiry and the composite digit.
TEST(ACardsZone, FitsEveryCheckDigit) {
  const std::string zone(kTd1);
  EXPECT_NE(ProblemOf(With(zone, 14, '8')).find("document number"), std::string::npos);
  EXPECT_NE(ProblemOf(With(zone, 31 + 6, '3')).find("date of birth"), std::string::npos);
  EXPECT_NE(ProblemOf(With(zone, 31 + 14, '8')).find("date of expiry"), std::string::npos);
  EXPECT_NE(ProblemOf(With(zone, 31 + 29, '7')).find("composite"), std::string::npos);
  EXPECT_NE(ProblemOf(With(zone, 0, 'P')).find("begin with A, C or I"), std::string::npos);
}

// ICAO 9303 part 5, 4.2.2: a longer number goes on in the optional data, its check digit after it.
TEST(ACardsZone, MayHaveALongNumber) {
  const std::string number = "D23145890734";
  const char digit = static_cast<char>('0' + *MrzCheckDigit(number));
  std::string first = "I<UTO" + number.substr(0, 9) + "<" + number.substr(9) + digit;
  first.resize(30, '<');
  std::string second = "7408122F1204159UTO<<<<<<<<<<<";
  const std::string composite =
      first.substr(5, 25) + second.substr(0, 7) + second.substr(8, 7) + second.substr(18, 11);
  second += static_cast<char>('0' + *MrzCheckDigit(composite));
  const std::string zone = first + second + std::string("ERIKSSON<<ANNA<MARIA<<<<<<<<<<");
  const auto answer = ReadMrz(zone);
  ASSERT_NE(Read(answer), nullptr) << ProblemOf(zone);
  EXPECT_EQ(Read(answer)->number.Reveal(), number);
  first[15] = '<';
  EXPECT_NE(ProblemOf(first + second + std::string(30, '<')).find("must have a check digit"),
            std::string::npos);
}

// The CNIC and passport forms of Pakistan: 13 digits, 5-7-1; written one way.
TEST(ACnic, HasThirteenDigits) {
  EXPECT_EQ(CnicOf("3520212345671"), "35202-1234567-1");
  EXPECT_EQ(CnicOf("35202-1234567-1"), "35202-1234567-1");
  for (const char* bad : {"", "352021234567", "35202-123456-1", "352021234567-1", "35202-1234567-x",
                          "3520-21234567-1", "35202 1234567 1", "35202-12345671-"}) {
    EXPECT_EQ(CnicOf(bad), "") << bad;
  }
}

// Domain.md 5: the last digit is odd for men and even for women.
TEST(ACnic, UsuallyShowsTheSexByItsLastDigit) {
  EXPECT_TRUE(CnicFitsSex("35202-1234567-1", "male"));
  EXPECT_FALSE(CnicFitsSex("35202-1234567-1", "female"));
  EXPECT_TRUE(CnicFitsSex("35202-1234567-2", "female"));
  EXPECT_FALSE(CnicFitsSex("35202-1234567-2", "male"));
  EXPECT_TRUE(CnicFitsSex("35202-1234567-2", "unspecified"));
}

// Domain.md 5: two letters and seven digits; unverified, so never more than a warning.
TEST(APakistaniPassport, UsuallyHasTwoLettersAndSevenDigits) {
  EXPECT_TRUE(IsUsualPakistaniPassport("AB1234567"));
  for (const char* other : {"A12345678", "ABC123456", "AB123456", "AB12345678", "ab1234567"}) {
    EXPECT_FALSE(IsUsualPakistaniPassport(other)) << other;
  }
  EXPECT_TRUE(IsDocumentNumber("X1"));
  EXPECT_FALSE(IsDocumentNumber(""));
  EXPECT_FALSE(IsDocumentNumber("X 1"));
  EXPECT_FALSE(IsDocumentNumber(std::string(21, 'X')));
}

// Docs/acts.md, Values: "a date that does not exist" is refused.
TEST(ADate, IsReal) {
  EXPECT_TRUE(std::holds_alternative<CivilDate>(ReadDate("2016-02-29")));
  for (const char* bad :
       {"2015-02-29", "2015-13-01", "2015-00-10", "15-01-01", "2015/01/01", "", "0000-01-01"}) {
    EXPECT_TRUE(std::holds_alternative<FormatProblem>(ReadDate(bad))) << bad;
  }
}

// ICAO 9303 part 3, 4.8: partial dates must be representable.
TEST(APartialDate, MayLeaveOutTheDayOrTheMonth) {
  const auto year = ReadPartialDate("1990");
  ASSERT_TRUE(std::holds_alternative<PartialDate>(year));
  EXPECT_EQ(std::get<PartialDate>(year).month, std::nullopt);
  EXPECT_TRUE(SameDate(std::get<PartialDate>(year), "900501"));
  EXPECT_FALSE(SameDate(std::get<PartialDate>(year), "910501"));
  const auto month = ReadPartialDate("1990-05");
  ASSERT_TRUE(std::holds_alternative<PartialDate>(month));
  EXPECT_EQ(std::get<PartialDate>(month).month, 5);
  EXPECT_EQ(std::get<PartialDate>(month).day, std::nullopt);
  const auto day = ReadPartialDate("1990-05-31");
  EXPECT_EQ(std::get<PartialDate>(day).day, 31);
  EXPECT_FALSE(SameDate(std::get<PartialDate>(day), "900530"));
  for (const char* bad : {"1990-5", "1990-13", "1990-02-30", "19", "199", "abcd", "1990-05-3"}) {
    EXPECT_TRUE(std::holds_alternative<FormatProblem>(ReadPartialDate(bad))) << bad;
  }
}

}  // namespace
}  // namespace chancery::codec
