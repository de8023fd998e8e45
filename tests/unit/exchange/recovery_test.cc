// The long check of a store: every act ruled again, every matter compared.
#include "engine/exchange/recovery.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/codec/matter.h"
#include "engine/exchange/collect_entry.h"
#include "engine/ledger/checkpoint.h"
#include "tests/support/exchange_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using testing::HasSubstr;

absl::StatusOr<CheckReport> Check(ExchangeWorld& world, store::Store& store) {
  return CheckEverything(store, world.log_key->key(), *world.procedures->Set(),
                         crypto::SealVerifier(world.certificates->Lookup()));
}

// The ministry's ledger in a store of its own, entry by entry as `change` leaves them, under a head
// that its key signed: what a keeper who changes his book must keep up. Matters as they were, or
// none.
std::unique_ptr<store::Store> Rewritten(
    ExchangeWorld& world, const std::function<void(codec::Entry&, store::NewEntry&)>& change,
    bool with_matters = true) {
  std::unique_ptr<store::Store> copy = store::NewMemoryStore(world.Identity());
  store::Commit commit;
  commit.expected = Must(copy->ReadHead()).tree;
  ledger::CompactRange tree;
  const store::Head head = world.keeper->head();
  for (std::uint64_t number = 0; number < head.tree.size; ++number) {
    const store::StoredEntry stored = Must(world.store->ReadEntry(number));
    codec::Entry entry = Must(codec::DecodeEntry(stored.bytes));
    store::NewEntry row{{}, {}, stored.stream, stored.position, std::nullopt};
    if (const auto* day = std::get_if<codec::StreamHeadBody>(&entry.body))
      row.head_of_day = day->day;
    change(entry, row);
    row.bytes = Must(codec::EncodeEntry(entry));
    row.leaf_hash = ledger::LeafHash(row.bytes);
    tree.Append(row.leaf_hash);
    commit.entries.push_back(std::move(row));
  }
  commit.next = store::Head{
      tree.Head(), head.recorded_at,
      Must(ledger::SignCheckpoint(*world.log_key, {world.keeper->origin(), tree.Head()}))};
  if (with_matters) {
    commit.matters = Must(world.store->ListMatters(std::nullopt, std::nullopt, 1000));
  }
  EXPECT_TRUE(copy->Apply(commit).ok());
  return copy;
}

std::string Found(ExchangeWorld& world, store::Store& store) {
  const absl::Status status = Check(world, store).status();
  if (status.ok()) return "whole";
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  return std::string(status.message());
}

// recovery.h: what was recorded is what the core rules, in its stream and in the order of time; a
// book whose entries were changed and signed anew is found all the same.
TEST(CheckEverything, FindsWhatNoHashCanTell) {
  ExchangeWorld world;
  world.Begin();
  world.clock.Set({world.clock.Now().ms + 1000});
  const ActReceipt application = world.MustAdmit(world.SealedApplication());
  EXPECT_EQ(Found(world, *world.store), "whole");
  const std::string name = "entry " + std::to_string(application.number);
  const auto unchanged = [](codec::Entry&, store::NewEntry&) {};
  EXPECT_EQ(Found(world, *Rewritten(world, unchanged)), "whole");

  std::uint64_t number = 0;
  const auto at_application = [&](const std::function<void(codec::Entry&)>& change) {
    number = 0;
    return Rewritten(world, [&, change](codec::Entry& entry, store::NewEntry&) {
      if (number++ == application.number) change(entry);
    });
  };
  EXPECT_THAT(
      Found(world, *at_application([](codec::Entry& entry) { entry.recorded_at.ms -= 1001; })),
      HasSubstr(name + ": recorded before the entry before it"));
  EXPECT_THAT(Found(world, *at_application([](codec::Entry& entry) { entry.position += 1; })),
              HasSubstr(name + ": its stream or position is not the stored one"));
  EXPECT_THAT(Found(world, *at_application([](codec::Entry& entry) {
                      std::get<codec::ActBody>(entry.body).ruling.outcome =
                          procedure::Inadmissible{procedure::Ground::kNoEvidence, "Art 6", "", {}};
                    })),
              HasSubstr(name + ": the ruling is not the one the core comes to"));
  const auto other_stream = [](codec::Entry& entry, store::NewEntry& row) {
    if (entry.stream != "GRC") return;
    entry.stream = "AUT";
    row.stream = "AUT";
  };
  EXPECT_THAT(Found(world, *Rewritten(world, other_stream)),
              HasSubstr(name + ": it stands in another stream than its readers'"));
}

// recovery.h: the matters in the store are exactly what the acts make of them.
TEST(CheckEverything, ComparesEveryMatter) {
  ExchangeWorld world;
  world.Begin();
  world.MustAdmit(world.SealedApplication());
  const auto unchanged = [](codec::Entry&, store::NewEntry&) {};
  EXPECT_THAT(Found(world, *Rewritten(world, unchanged, false)),
              HasSubstr("a matter that the ledger's acts make is missing"));
  const store::MatterRow row = Must(
      world.store->ListMatters(static_cast<int>(procedure::MatterKind::kCase), std::nullopt, 1))[0];
  procedure::Matter moved = Must(codec::DecodeMatter(row.bytes));
  moved.stage = "confirmed";
  procedure::Matter surplus = moved;
  surplus.id.raw()[0] ^= 1;
  for (const procedure::Matter& matter : {moved, surplus}) {
    const std::unique_ptr<store::Store> copy = Rewritten(world, unchanged);
    store::Commit commit;
    commit.matters.push_back(
        {matter.id, row.kind, codec::EncodeMatter(matter), std::nullopt, std::nullopt});
    ASSERT_TRUE(copy->Apply(commit).ok());
    EXPECT_THAT(Found(world, *copy),
                HasSubstr("matter " + matter.id.ToHexText() + " is not what the ledger's acts"));
  }
}

}  // namespace
}  // namespace chancery::exchange
