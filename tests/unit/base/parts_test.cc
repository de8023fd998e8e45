#include "engine/base/parts.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "engine/base/check.h"

namespace chancery {
namespace {

// Bytes that count on, so that a layout can be read from them.
class Counting final : public Entropy {
 public:
  explicit Counting(std::uint8_t first) : next_(first) {}
  void Fill(std::uint8_t* out, std::size_t size) override {
    for (std::size_t i = 0; i < size; ++i) out[i] = next_++;
  }

 private:
  std::uint8_t next_;
};

// RFC 9562 section 5.7 and appendix A.6: 2022-02-22T19:22:22Z is 017f22e2-79b0-7..., version 7,
// variant 10.
TEST(StatementId, HasTheLayoutOfUuidV7) {
  Counting entropy(0xf0);
  const StatementId id = NewStatementId(Instant{0x017f22e279b0}, entropy);
  EXPECT_EQ(id.ToHexText(), "017f22e279b076f7b8f9fafbfcfdfeff");
}

// RFC 9562 section 5.7: version and variant are fixed, every other bit after the time is random.
TEST(StatementId, KeepsVersionAndVariantWhateverTheRandomBitsAre) {
  for (int first = 0; first < 256; ++first) {
    Counting entropy(static_cast<std::uint8_t>(first));
    const StatementId id = NewStatementId(Instant{1'449'127'800'000}, entropy);
    EXPECT_EQ(id.raw()[6] >> 4, 7);
    EXPECT_EQ(id.raw()[8] >> 6, 2);
    EXPECT_EQ(id.raw()[6] & 0x0f, (first + 6) & 0x0f);
    EXPECT_EQ(id.raw()[8] & 0x3f, (first + 8) & 0x3f);
    EXPECT_EQ(id.raw()[15], (first + 15) & 0xff);
  }
}

// RFC 9562 section 5.7: ids are ordered by the millisecond in which they were made.
TEST(StatementId, IsOrderedByTime) {
  Counting high(0xff);
  Counting low(0x00);
  EXPECT_LT(NewStatementId(Instant{1'449'127'800'000}, high),
            NewStatementId(Instant{1'449'127'800'001}, low));
}

// engine/base/check.h: a failed check names the place in the source, nothing of the data, and ends
// the process.
TEST(CheckDeathTest, EndsTheProcessWithItsPlace) {
  const int one = 1;
  CHANCERY_CHECK(one == 1);
  EXPECT_DEATH(CHANCERY_CHECK(one == 2),
               "check failed at tests/unit/base/parts_test.cc:[0-9]+: one == 2");
}

}  // namespace
}  // namespace chancery
