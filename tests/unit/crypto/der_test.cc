#include "engine/crypto/der.h"

#include <gtest/gtest.h>

namespace chancery::crypto {
namespace {

Bytes WithLength(const Bytes& length, std::size_t size) {
  return "\x04" + length + Bytes(size, 'x');
}

TEST(DerTest, LengthsAreDefiniteAndShortest) {
  // X.690 section 10.1.
  EXPECT_EQ(DerReader(WithLength(Bytes("\x05"), 5)).Next(kDerOctetString)->size(), 5U);
  EXPECT_EQ(DerReader(WithLength(Bytes("\x7f"), 127)).Next(kDerOctetString)->size(), 127U);
  EXPECT_EQ(DerReader(WithLength(Bytes("\x81\x80"), 128)).Next(kDerOctetString)->size(), 128U);
  EXPECT_EQ(DerReader(WithLength(Bytes("\x81\xff"), 255)).Next(kDerOctetString)->size(), 255U);
  EXPECT_EQ(DerReader(WithLength(Bytes("\x82\x01\x00", 3), 256)).Next(kDerOctetString)->size(),
            256U);
  EXPECT_EQ(
      DerReader(WithLength(Bytes("\x83\x01\x00\x00", 4), 65536)).Next(kDerOctetString)->size(),
      65536U);
  for (const Bytes& length : {Bytes("\x80"), Bytes("\x81\x05"), Bytes("\x81\x7f"),
                              Bytes("\x82\x00\x80", 3), Bytes("\x82"), Bytes("\x83\x00\x01\x00", 4),
                              Bytes("\x84\x00\x00\x01\x00", 5), Bytes("\xff")}) {
    EXPECT_FALSE(DerReader(WithLength(length, 256)).Next()) << ToHex(length);
  }
}

TEST(DerTest, NothingIsReadBeyondTheEnd) {
  // Der header: nothing when what follows is not an element.
  for (const Bytes& cut :
       {Bytes(), Bytes("\x04"), Bytes("\x04\x01"), Bytes("\x04\x82\x01"), Bytes("\x04\x05xxxx")}) {
    EXPECT_FALSE(DerReader(cut).Next()) << ToHex(cut);
  }
  EXPECT_FALSE(DerReader(Bytes("\x1f\x01x")).Next()) << "a tag of several bytes";
}

TEST(DerTest, ElementsComeInOrderAndOnlyMeansOnly) {
  // Der header.
  const Bytes two("\x04\x01x\x02\x01y");
  DerReader reader(two);
  EXPECT_EQ(reader.PeekTag(), kDerOctetString);
  EXPECT_EQ(reader.Next()->whole, two.substr(0, 3));
  EXPECT_EQ(reader.Only(kDerInteger), "y");
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(reader.PeekTag(), 0);
  EXPECT_FALSE(DerReader(two).Only(kDerOctetString));
  EXPECT_FALSE(DerReader(two).Next(kDerInteger));
}

}  // namespace
}  // namespace chancery::crypto
