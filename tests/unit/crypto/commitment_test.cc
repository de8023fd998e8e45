#include "engine/crypto/commitment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

Bytes Field(const std::string& text) { return text == "-" ? Bytes() : FromHex(text).value(); }

Item MakeItem(std::string label, std::string value, char salt) {
  return {std::move(label), Personal<std::string>(std::move(value)),
          *Salt::FromBytes(Bytes(32, salt))};
}

TEST(CommitmentTest, DigestsAreThoseOfTheIndependentTwin) {
  // Design section 5: the bytes of item and items commitments, computed by
  // data/make_commitments.py.
  std::istringstream vectors(
      support::ReadFile(CHANCERY_SOURCE_DIR "/tests/unit/crypto/data/commitments.txt"));
  std::vector<Item> items;
  int groups = 0;
  for (std::string kind; vectors >> kind;) {
    std::string digest;
    if (kind == "item") {
      std::string label, value, salt;
      vectors >> label >> value >> salt >> digest;
      items.push_back(
          {Field(label), Personal<std::string>(Field(value)), *Salt::FromHexText(salt)});
      EXPECT_EQ(CommitItem(items.back())->ToHexText(), digest);
    } else {
      vectors >> digest;
      EXPECT_EQ(CommitItems(items)->ToHexText(), digest) << "group " << groups;
      std::ranges::reverse(items);
      EXPECT_EQ(CommitItems(items)->ToHexText(), digest) << "the order handed in means nothing";
      items.clear();
      ++groups;
    }
  }
  EXPECT_EQ(groups, 6);
}

TEST(CommitmentTest, ALabelOccursOnce) {
  // Design section 5: items with unique labels.
  const std::vector<Item> items = {MakeItem("name", "A", 1), MakeItem("birth", "B", 2),
                                   MakeItem("name", "C", 3)};
  const auto refused = CommitItems(items);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()),
              ::testing::HasSubstr("\"name\" occurs twice"));
}

TEST(CommitmentTest, TheCountFitsSixteenBits) {
  // Design section 5: u16 count.
  std::vector<Item> items;
  for (std::size_t n = 0; n < kMaxItems; ++n) items.push_back(MakeItem(std::to_string(n), "v", 1));
  EXPECT_TRUE(CommitItems(items).ok());
  items.push_back(MakeItem("one more", "v", 1));
  EXPECT_EQ(CommitItems(items).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CommitDigests(std::vector<Digest>(kMaxItems + 1)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CommitmentTest, ALabelFitsSixteenBits) {
  // Design section 5: u16 length of the label.
  EXPECT_TRUE(CommitItem(MakeItem(std::string(kMaxLabelSize, 'x'), "v", 1)).ok());
  EXPECT_FALSE(CommitItem(MakeItem(std::string(kMaxLabelSize + 1, 'x'), "v", 1)).ok());
}

TEST(CommitmentTest, OneItemOpensWithoutTheRest) {
  // Design section 5: one item can be opened to a court, or to the person concerned, without the
  // rest.
  const std::vector<Item> items = {MakeItem("name", "A", 1), MakeItem("birth", "B", 2),
                                   MakeItem("cnic", "C", 3)};
  const std::vector<Digest> digests = *ItemDigests(items);
  const Digest commitment = *CommitItems(items);
  for (const Item& item : items) EXPECT_TRUE(CheckOpening(item, digests, commitment).ok());
  EXPECT_FALSE(CheckOpening(MakeItem("name", "X", 1), digests, commitment).ok());
  EXPECT_FALSE(CheckOpening(MakeItem("names", "A", 1), digests, commitment).ok());
  EXPECT_FALSE(CheckOpening(MakeItem("name", "A", 2), digests, commitment).ok());
  std::vector<Digest> altered = digests;
  altered.push_back(*CommitItem(MakeItem("name", "X", 1)));
  EXPECT_FALSE(CheckOpening(MakeItem("name", "X", 1), altered, commitment).ok());
  std::swap(altered[0], altered[1]);
  EXPECT_FALSE(CheckOpening(items[0], altered, commitment).ok());
}

TEST(CommitmentTest, BoundariesBetweenLabelAndValueAreBound) {
  // Design section 5: lengths are part of what is hashed.
  EXPECT_NE(*CommitItem(MakeItem("ab", "c", 1)), *CommitItem(MakeItem("a", "bc", 1)));
}

}  // namespace
}  // namespace chancery::crypto
