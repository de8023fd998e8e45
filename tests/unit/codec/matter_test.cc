// matter.h: a stored matter reads as it was written, and broken bytes are told from a matter.
#include "engine/codec/matter.h"

#include <gtest/gtest.h>

#include "chancery/store/v1/matter.pb.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

// Matter.h: what is stored is what the core gave.
TEST(AStoredMatter, ComesBackAsItWas) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    const procedure::Matter matter = RandomMatter(random);
    const auto again = DecodeMatter(EncodeMatter(matter));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, matter);
  }
}

// matter.h: facts are kept by name, so that other numbers in a later release change nothing.
TEST(AStoredMatter, KeepsEveryFactsNameOnce) {
  procedure::Matter matter;
  const procedure::Facts line{{procedure::Fact::kHandle, MatterId{}},
                              {procedure::Fact::kCleared, std::int64_t{1}}};
  matter.lines = {line, line, line};
  store::v1::Matter wire;
  ASSERT_TRUE(wire.ParseFromString(EncodeMatter(matter)));
  ASSERT_EQ(wire.fact_name_size(), 2);
  EXPECT_EQ(wire.fact_name(0), "handle");
  EXPECT_EQ(wire.fact_name(1), "cleared");
}

// Matter.h, errors: DataLoss with the reason MATTER_NOT_READABLE.
TEST(AStoredMatter, RefusesBrokenBytes) {
  Random random(4);
  procedure::Matter matter = RandomMatter(random);
  matter.facts = {{procedure::Fact::kHandle, MatterId{}},
                  {procedure::Fact::kCleared, std::int64_t{1}}};
  const auto refused = [&](auto change) {
    store::v1::Matter wire;
    EXPECT_TRUE(wire.ParseFromString(EncodeMatter(matter)));
    change(wire);
    const auto decoded = DecodeMatter(wire.SerializeAsString());
    return !decoded.ok() && decoded.status().code() == absl::StatusCode::kDataLoss &&
           ReasonOf(decoded.status()) == "MATTER_NOT_READABLE";
  };
  using Wire = store::v1::Matter;
  EXPECT_FALSE(refused([](Wire&) {}));
  EXPECT_TRUE(refused([](Wire& m) { m.set_version(2); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_id("x"); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_kind(0); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_kind(257); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_procedure("x"); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_requesting("gr"); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_requested("gr"); }));
  EXPECT_TRUE(refused([](Wire& m) { m.set_fact_name(0, "shoe_size"); }));
  EXPECT_TRUE(refused([](Wire& m) { m.mutable_facts()->set_fact(0, 4000); }));
  EXPECT_TRUE(refused([](Wire& m) { m.mutable_facts()->mutable_blob()->pop_back(); }));
  EXPECT_TRUE(refused([](Wire& m) { m.mutable_facts()->mutable_blob()->push_back('x'); }));
  EXPECT_TRUE(refused([](Wire& m) { m.mutable_facts()->clear_number(); }));
  EXPECT_TRUE(refused([](Wire& m) { m.mutable_facts()->add_number(1); }));
  EXPECT_TRUE(refused([](Wire& m) { m.add_line()->add_fact(0); }));
  EXPECT_EQ(ReasonOf(DecodeMatter("\xff").status()), "MATTER_NOT_READABLE");
}

}  // namespace
}  // namespace chancery::codec
