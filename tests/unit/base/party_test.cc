#include "engine/base/party.h"

#include <gtest/gtest.h>

namespace chancery {
namespace {

// Design section 5: the parties are named by three letters, the Union by EUE.
TEST(PartyCode, IsThreeUpperCaseLetters) {
  for (const char* text : {"PAK", "GRC", "EUE", "AUT"}) {
    const auto code = PartyCode::FromText(text);
    ASSERT_TRUE(code.has_value()) << text;
    EXPECT_EQ(code->ToText(), text);
    EXPECT_FALSE(code->IsNone());
  }
  for (const char* text :
       {"", "PA", "PAKI", "pak", "Pak", "P4K", "PA ", "\xc3\x84K", "P/K", "P.K"}) {
    EXPECT_FALSE(PartyCode::FromText(text).has_value()) << text;
  }
}

// engine/base/party.h: the default one is nobody, and nobody is not a party.
TEST(PartyCode, IsNobodyByDefault) {
  EXPECT_TRUE(PartyCode{}.IsNone());
  EXPECT_EQ(PartyCode{}.view(), "");
  EXPECT_NE(PartyCode{}, PartyCode::FromText("PAK"));
  EXPECT_LT(PartyCode{}, *PartyCode::FromText("AAA"));
}

// engine/base/party.h: ordered as its letters, which is the order of every sorted list of parties.
TEST(PartyCode, IsOrderedByItsLetters) {
  EXPECT_LT(*PartyCode::FromText("AUT"), *PartyCode::FromText("GRC"));
  EXPECT_LT(*PartyCode::FromText("BGR"), *PartyCode::FromText("BHR"));
}

}  // namespace
}  // namespace chancery
