#include "engine/base/personal.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gtest/gtest.h>

#include <cstring>
#include <ostream>
#include <string>
#include <utility>

#include "engine/base/party.h"

namespace chancery {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept BecomesText =
    std::is_convertible_v<T, std::string> || std::is_convertible_v<T, std::string_view>;

// Style section 5, rule 20: a log line with a person in it does not compile.
TEST(Personal, CannotBePrinted) {
  static_assert(!fmt::is_formattable<Personal<std::string>>::value);
  static_assert(!Streamable<Personal<std::string>>);
  static_assert(!BecomesText<Personal<std::string>>);
  // The same questions do have the other answer for a plain text.
  static_assert(fmt::is_formattable<std::string>::value);
  static_assert(Streamable<std::string>);
  static_assert(BecomesText<std::string>);
  SUCCEED();
}

// engine/base/personal.h: a text does not become personal, or stop being it, without somebody
// saying so.
TEST(Personal, IsMadeAndRevealedOnlyByName) {
  static_assert(!std::is_convertible_v<std::string, Personal<std::string>>);
  const Personal<std::string> name(std::string("Invented Name"));
  EXPECT_EQ(name.Reveal(), "Invented Name");
  EXPECT_FALSE(name.empty());
  EXPECT_TRUE(Personal<std::string>{}.empty());
}

// engine/base/personal.h: compared by value, so that "the same person" can be asked without
// printing anything.
TEST(Personal, ComparesByValue) {
  EXPECT_EQ(Personal<std::string>("a"), Personal<std::string>("a"));
  EXPECT_FALSE(Personal<std::string>("a") == Personal<std::string>("b"));
}

// engine/base/personal.h: overwrites the whole buffer, also what an earlier longer value left
// behind.
TEST(Personal, WipesTheWholeBuffer) {
  std::string text(64, 'x');
  text.resize(3);
  const char* buffer = text.data();
  Wipe(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), buffer);
  // Growing within the capacity keeps the buffer; its first byte past the end would still show an
  // 'x'.
  ASSERT_GE(text.capacity(), 64U);
  EXPECT_EQ(std::string(64, '\0').compare(0, 64, buffer, 64), 0);
}

// engine/base/personal.h: the value is overwritten when it goes away, also when it is moved out or
// replaced.
TEST(Personal, LeavesNothingBehindWhenMoved) {
  Personal<std::string> short_one(std::string("short"));  // lives inside the object
  const Personal<std::string> taken(std::move(short_one));
  EXPECT_TRUE(
      short_one.empty());  // NOLINT(bugprone-use-after-move): what is left behind is the question
  std::string raw(sizeof(short_one), '\0');
  std::memcpy(raw.data(), static_cast<const void*>(&short_one), sizeof(short_one));
  // The first byte is overwritten by any move; the rest only by a wipe.
  EXPECT_EQ(raw.find("hort"), std::string::npos);
  EXPECT_EQ(taken.Reveal(), "short");

  Personal<std::string> target(std::string("old"));
  Personal<std::string> source(std::string("new"));
  target = std::move(source);
  EXPECT_EQ(target.Reveal(), "new");
  // NOLINTNEXTLINE(bugprone-use-after-move): what is left behind is the question
  std::memcpy(raw.data(), static_cast<const void*>(&source), sizeof(source));
  EXPECT_EQ(raw.find("ew"), std::string::npos);
}

// engine/base/personal.h: assigning a value to itself keeps it.
TEST(Personal, SurvivesAssignmentToItself) {
  Personal<std::string> name(std::string("Invented Name"));
  Personal<std::string>& same = name;
  name = same;
  EXPECT_EQ(name.Reveal(), "Invented Name");
  name = std::move(same);
  EXPECT_EQ(name.Reveal(), "Invented Name");
}

}  // namespace
}  // namespace chancery
