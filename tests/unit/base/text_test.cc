#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace chancery {
namespace {

// RFC 3629: the shortest form only, no surrogates, nothing above U+10FFFF.
TEST(Utf8, OnlyTheShortestFormIsUtf8) {
  for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(good));
  }
  for (const char* bad : {"\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xBF\xBF",
                          "\xF5\x80\x80\x80", "\xC2", "\xE0\xA0", "\xC2\x41", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

// security.md: a terminal is shown printable ASCII only.
TEST(Printable, EveryByteButPrintableAsciiIsShownAsItsNumber) {
  EXPECT_EQ(Printable("a\x1b[1m\n\x7f\xff ~"), "a\\x1b[1m\\x0a\\x7f\\xff ~");
  EXPECT_EQ(PrintableLines("a\x1b\n\nb\r\n"), "a\\x1b\n\nb\\x0d\n");
}

// text.h: letters beyond ASCII stay; controls, C1 among them, and broken bytes are shown as bytes.
TEST(Legible, LettersStayAndControlsDoNot) {
  EXPECT_EQ(Legible("Ath\u00ednas \u0639\u0644\u06cc \U0001F600"),
            "Ath\u00ednas \u0639\u0644\u06cc \U0001F600");
  EXPECT_EQ(Legible("a\x1b[2J\tb\x7f"), "a\\x1b[2J\\x09b\\x7f");
  EXPECT_EQ(Legible("a\u009bb"), "a\\xc2\\x9bb");
  EXPECT_EQ(Legible("a\u2028b"), "a\\xe2\\x80\\xa8b");
  EXPECT_EQ(Legible("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(LegibleLines("a\x1b\n\u0639\n"), "a\\x1b\n\u0639\n");
}

// text.h: what nobody sees is shown; a joiner stays where Urdu writes one.
TEST(Legible, HiddenCharactersAreShownButJoinersBetweenArabicLetters) {
  EXPECT_EQ(Legible("a\u202eb"), "a\\xe2\\x80\\xaeb");
  EXPECT_EQ(Legible("\ufeffa"), "\\xef\\xbb\\xbfa");
  EXPECT_EQ(Legible("\u0639\u200c\u0644"), "\u0639\u200c\u0644");
  EXPECT_EQ(Legible("a\u200cb"), "a\\xe2\\x80\\x8cb");
  EXPECT_EQ(Legible("\u0639\u200c"), "\u0639\\xe2\\x80\\x8c");
}

// Unicode 15: controls of direction, spaces without width and tags are hidden; letters, marks and
// visible spaces are not.
TEST(IsHidden, WhatChangesHowItsNeighboursLookIsHidden) {
  for (const char32_t hidden : {0x00AD, 0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A,
                                0x202E, 0x2060, 0x2066, 0x2069, 0x206F, 0xFEFF, 0xFFF9, 0xE0020}) {
    EXPECT_TRUE(IsHidden(hidden)) << std::hex << static_cast<unsigned>(hidden);
  }
  for (const char32_t shown : {0x20, 0x41, 0xA0, 0xED, 0x0639, 0x064E, 0x0915, 0x200A, 0x2010,
                               0x2029, 0x202F, 0x2070, 0xFE70, 0xFFFD, 0x1F600}) {
    EXPECT_FALSE(IsHidden(shown)) << std::hex << static_cast<unsigned>(shown);
  }
}

// Unicode 15: digits, punctuation and the controls among its blocks are no letters of the script.
TEST(IsArabicLetter, LettersAndTheirMarksOnly) {
  for (const char32_t letter : {0x0627, 0x0639, 0x064E, 0x06CC, 0x06BA, 0x0750, 0xFB50, 0xFEFC})
    EXPECT_TRUE(IsArabicLetter(letter)) << std::hex << static_cast<unsigned>(letter);
  for (const char32_t other : {0x0041, 0x060C, 0x061C, 0x0660, 0x06D4, 0x06DD, 0x06F0, 0xFEFF, 0})
    EXPECT_FALSE(IsArabicLetter(other)) << std::hex << static_cast<unsigned>(other);
}

}  // namespace
}  // namespace chancery
