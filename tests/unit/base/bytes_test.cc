#include "engine/base/bytes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <type_traits>

namespace chancery {
namespace {

using std::string_literals::operator""s;

// RFC 4648 section 8, in the lower-case spelling the engine writes.
TEST(Hex, IsLowerCaseTwoDigitsAByte) {
  EXPECT_EQ(ToHex(""), "");
  EXPECT_EQ(ToHex("foobar"), "666f6f626172");
  EXPECT_EQ(ToHex("\x00\x0f\xf0\xff"s), "000ff0ff");
}

// engine/base/bytes.h: text forms are strict, so that two texts never stand for the same bytes.
TEST(Hex, RefusesEverySpellingItWouldNotWrite) {
  EXPECT_EQ(FromHex("000ff0ff"), "\x00\x0f\xf0\xff"s);
  EXPECT_EQ(FromHex(""), "");
  for (const char* text :
       {"0", "abc", "AB", "0x", "zz", " 0", "0 ", "0a\n", "0A", "-1", "+1", "g0"}) {
    EXPECT_FALSE(FromHex(text).has_value()) << text;
  }
  EXPECT_FALSE(FromHex("0\0"s).has_value());
}

// RFC 4648 section 10, the test vectors of base64.
TEST(Base64, ReadsAndWritesTheVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(ToBase64(bytes), text);
    EXPECT_EQ(FromBase64(text), bytes);
  }
  EXPECT_EQ(ToBase64("\xfb\xff\xfe"), "+//+");
}

// RFC 4648 sections 3.2 to 3.5: padding is required, nothing is skipped, unused bits are zero, one
// alphabet.
TEST(Base64, RefusesEverySpellingAnEncoderWouldNotWrite) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8", "Zm9v\n", " Zm9v", "Zm 9v",
                           "Z", "====", "Zg==Zg==", "-_-_", "Zm9v=", "Zm9v*A==", "Zg.."}) {
    EXPECT_FALSE(FromBase64(text).has_value()) << text;
  }
}

// engine/base/bytes.h: every byte string has exactly one text in either form, and comes back from
// it.
TEST(Base64, BringsEveryByteBack) {
  Bytes all;
  for (int value = 0; value < 256; ++value) {
    all.push_back(static_cast<char>(value));
    EXPECT_EQ(FromBase64(ToBase64(all)), all);
    EXPECT_EQ(FromHex(ToHex(all)), all);
  }
}

// engine/base/bytes.h: a value of exactly N bytes.
TEST(FixedBytes, TakesExactlyItsLength) {
  EXPECT_TRUE(MatterId::FromBytes(Bytes(16, 'x')).has_value());
  EXPECT_FALSE(MatterId::FromBytes(Bytes(15, 'x')).has_value());
  EXPECT_FALSE(MatterId::FromBytes(Bytes(17, 'x')).has_value());
  EXPECT_FALSE(MatterId::FromBytes("").has_value());
  EXPECT_TRUE(Digest::FromHexText(std::string(64, 'a')).has_value());
  EXPECT_FALSE(Digest::FromHexText(std::string(62, 'a')).has_value());
  EXPECT_FALSE(Digest::FromHexText(std::string(64, 'A')).has_value());
}

// engine/base/bytes.h: all zero means "none" wherever a field says so.
TEST(FixedBytes, IsZeroUntilItIsGivenAValue) {
  EXPECT_TRUE(Digest{}.IsZero());
  Bytes last(32, '\0');
  last.back() = 1;
  EXPECT_FALSE(Digest::FromBytes(last)->IsZero());
}

// engine/base/bytes.h: the bytes, the view and the text are the same value.
TEST(FixedBytes, GivesItsBytesBack) {
  const Bytes bytes = "\xff\x00 0123456789abc"s;
  const std::optional<MatterId> id = MatterId::FromBytes(bytes);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->ToBytes(), bytes);
  EXPECT_EQ(id->View(), bytes);
  EXPECT_EQ(id->ToHexText(), "ff002030313233343536373839616263");
  EXPECT_EQ(MatterId::FromHexText(id->ToHexText()), id);
}

// engine/base/bytes.h: ordered by its bytes, as unsigned values.
TEST(FixedBytes, IsOrderedByItsBytes) {
  const auto low = *MatterId::FromBytes("\x7f" + Bytes(15, '\xff'));
  const auto high = *MatterId::FromBytes("\x80" + Bytes(15, '\0'));
  EXPECT_LT(low, high);
  EXPECT_EQ(*std::set<MatterId>({high, low}).begin(), low);
}

// Style section 5, rule 7: a MatterId is never passed where a StatementId is meant.
TEST(FixedBytes, OfAnotherKindIsAnotherType) {
  static_assert(!std::is_convertible_v<MatterId, StatementId>);
  static_assert(!std::is_constructible_v<StatementId, MatterId>);
  static_assert(!std::is_convertible_v<Bytes, MatterId>);
  static_assert(!std::is_constructible_v<Digest, Bytes>);
  SUCCEED();
}

}  // namespace
}  // namespace chancery
