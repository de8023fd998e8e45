// The names and the one text of a slice.
#include "engine/ledger/slice.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/pki.h"

namespace chancery::ledger {
namespace {

using support::Must;
using support::Party;

// docs/audit-guide.md, "A slice": the bundles of a slice are named as the entry tiles are.
TEST(SliceTest, BundlesAreNamedAsTheirTiles) {
  EXPECT_EQ(SlicePath({true, 0, 0, 5}), "slice/000.p/5");
  EXPECT_EQ(SlicePath({true, 0, 1067, 256}), "slice/x001/067");
  EXPECT_EQ(ParseSlicePath("slice/x001/067"), (Tile{true, 0, 1067, 256}));
  for (const char* name : {"slice/67", "slice/000.p/256", "tile/entries/000", "slice/entries/000",
                           "slice/", "slices/000", "slice/000.p/05"}) {
    EXPECT_EQ(ParseSlicePath(name), std::nullopt) << name;
  }
}

// docs/audit-guide.md, "A slice": the file `streams` has one form.
TEST(SliceTest, TheStreamsHaveOneText) {
  const SliceStreams streams{Party("GRC"), {{"FRA+GRC", 3}, {"GRC", 17}, {"all", 42}}};
  const std::string text =
      "chancery-slice v1\nfor GRC\nstream FRA+GRC 3\nstream GRC 17\nstream all 42\n";
  EXPECT_EQ(FormatSliceStreams(streams), text);
  EXPECT_EQ(Must(ParseSliceStreams(text)), streams);
  for (const std::string& wrong : {
           std::string(),
           std::string("chancery-slice v1\n"),
           std::string("chancery-slice v2\nfor GRC\nstream all 1\n"),
           std::string("chancery-slice v1\nfor grc\nstream all 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream all 1"),
           std::string("chancery-slice v1\nfor GRC\nstream all 0\n"),
           std::string("chancery-slice v1\nfor GRC\nstream all 01\n"),
           std::string("chancery-slice v1\nfor GRC\nstream all\n"),
           std::string("chancery-slice v1\nfor GRC\nstream all 1\nstream all 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream all 1\nstream GRC 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream FRA 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream GRCX 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream XGRC 1\n"),
           std::string("chancery-slice v1\nfor GRC\nstream GRC+ 1\n"),
           std::string("chancery-slice v1\nfor GRC\n\n"),
           std::string("chancery-slice v1\r\nfor GRC\r\n"),
       }) {
    const auto parsed = ParseSliceStreams(wrong);
    EXPECT_FALSE(parsed.ok()) << wrong;
    EXPECT_EQ(std::string(parsed.status().message()).find("streams: "), 0U);
  }
}

// Design section 6: a stream belongs to one reader set: a state, the states of a flight, all.
TEST(SliceTest, AStreamsNameSaysWhoReadsIt) {
  EXPECT_TRUE(IsReadBy("all", Party("GRC")));
  EXPECT_TRUE(IsReadBy("GRC", Party("GRC")));
  EXPECT_TRUE(IsReadBy("FRA+GRC", Party("GRC")));
  EXPECT_TRUE(IsReadBy("FRA+GRC+ITA", Party("ITA")));
  EXPECT_FALSE(IsReadBy("FRA", Party("GRC")));
  EXPECT_FALSE(IsReadBy("AUT+FRA", Party("GRC")));
  EXPECT_FALSE(IsReadBy("", Party("GRC")));
  EXPECT_FALSE(IsReadBy("FRA", PartyCode()));
}

}  // namespace
}  // namespace chancery::ledger
