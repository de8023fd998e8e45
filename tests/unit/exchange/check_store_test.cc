// The long check of a store: every act ruled again, every row beside the entries compared.
#include "engine/exchange/check_store.h"

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
using support::Party;
using testing::HasSubstr;

CheckReport Check(ExchangeWorld& world, store::Store& store) {
  const ParticularsVault vault(store, *world.encryption_key, world.entropy);
  return Must(
      CheckStore(store, {world.anchor, Party("PAK"), world.log_key->key(), *world.procedures->Set(),
                         *world.certificates, world.trust.get(), &vault}));
}

// Takes the rows beside the ledger over into a commit.
class CopyRows final : public store::RowVisitor {
 public:
  explicit CopyRows(store::Commit& commit) : commit_(commit) {}
  absl::Status Visit(const store::StatementRow& row) override {
    commit_.statements.push_back(row);
    return absl::OkStatus();
  }
  absl::Status Visit(const store::ParticularsRow& row) override {
    commit_.particulars.push_back(row);
    return absl::OkStatus();
  }
  absl::Status Visit(const store::WrappedKeyRow& row) override {
    commit_.wrapped_keys.push_back(row);
    return absl::OkStatus();
  }
  absl::Status Visit(const store::Paper& row) override {
    commit_.papers.push_back({row.kind, row.id, 0, false, row.state, row.bytes});
    return absl::OkStatus();
  }
  absl::Status Visit(const store::Delivery&) override { return absl::OkStatus(); }
  absl::Status Visit(const store::Cursor&) override { return absl::OkStatus(); }
  absl::Status Visit(const store::WitnessedHead&) override { return absl::OkStatus(); }
  absl::Status Visit(const store::CosignatureRow&) override { return absl::OkStatus(); }
  absl::Status Visit(const store::FinalCheckpoint&) override { return absl::OkStatus(); }
  absl::Status Visit(const store::Conflict&) override { return absl::OkStatus(); }

 private:
  store::Commit& commit_;
};

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
  CopyRows rows(commit);
  EXPECT_TRUE(world.store->VisitRows(rows).ok());
  EXPECT_TRUE(copy->Apply(commit).ok());
  return copy;
}

std::string Found(ExchangeWorld& world, store::Store& store) {
  const CheckReport report = Check(world, store);
  EXPECT_EQ(report.findings.size(), report.finding_count);
  std::string found;
  for (const CheckFinding& finding : report.findings) found += ToText(finding) + "\n";
  return report.whole() ? "whole" : found;
}

// check_store.h: what was recorded is what the core rules, in its stream and in the order of time;
// a book whose entries were changed and signed anew is found all the same.
TEST(CheckStore, FindsWhatNoHashCanTell) {
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

// check_store.h: the matters in the store are exactly what the acts make of them.
TEST(CheckStore, ComparesEveryMatter) {
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
    EXPECT_THAT(Found(world, *copy), HasSubstr("matter " + matter.id.ToHexText() +
                                               ": it is not what the ledger's acts"));
  }
}

// check_store.h: what stands beside the entries is exactly what they make of it; table and row are
// named, and what to do.
TEST(CheckStore, NamesTheTableAndTheRow) {
  ExchangeWorld world;
  world.Begin();
  const ActReceipt application = world.MustAdmit(world.SealedApplication());
  const auto unchanged = [](codec::Entry&, store::NewEntry&) {};
  struct Change {
    std::string finding;
    std::function<void(store::Commit&)> make;
  };
  const store::MatterRow row = Must(
      world.store->ListMatters(static_cast<int>(procedure::MatterKind::kCase), std::nullopt, 1))[0];
  const std::vector<Change> changes = {
      {"statement: it does not hold exactly the statements of the entries",
       [](store::Commit& commit) {
         commit.statements.push_back({{kUseAct, Party("GRC"), StatementId()}, Digest(), 3});
       }},
      {"particulars: it does not hold exactly those the acts commit to",
       [&row](store::Commit& commit) {
         commit.particulars.push_back({Digest(), "PAK", row.id, "ciphertext"});
       }},
      {"particulars", [&row](store::Commit& commit) { commit.erasures = {row.id}; }},
      {"wrapped_key",
       [](store::Commit& commit) {
         commit.wrapped_keys.push_back({MatterId(), Bytes(40, 'k')});
       }},
      {"particulars",
       [&row](store::Commit& commit) {
         commit.wrapped_keys.push_back({row.id, Bytes(40, 'k')});
       }},
      {"matter " + row.id.ToHexText(),
       [row](store::Commit& commit) {
         commit.matters = {row};
         commit.matters[0].next_limit = Instant{1};
       }},
      {"matter " + row.id.ToHexText(),
       [row](store::Commit& commit) {
         commit.matters = {row};
         commit.matters[0].open_person.reset();
       }},
      {"cursor cosigned_at: nothing in the store makes it",
       [](store::Commit& commit) {
         commit.cursors = {{"cosigned_at", 7}};
       }},
      {"cursor ministry/fork: no evidence of a fork is kept here",
       [](store::Commit& commit) {
         commit.cursors = {{"ministry/fork", 2}};
       }},
      {"cosignature 2 somebody: it is no line of that witness; restore the store",
       [](store::Commit& commit) {
         commit.cosignatures = {{2, "somebody", "line", 7}};
       }},
      {"paper certificate " + std::string(64, '0'),
       [](store::Commit& commit) {
         commit.papers = {{"certificate", std::string(64, '0'), 0, false, 0, "der"}};
       }},
      {"paper procedure.bundle x: it is another procedure",
       [](store::Commit& commit) {
         commit.papers = {{"procedure.bundle", "x", 0, false, 0, "bundle"}};
       }},
      {"paper draft x: it cannot be opened with this node's key",
       [](store::Commit& commit) {
         commit.papers = {{"draft", "x", 0, false, 0, "draft"}};
       }},
      {"paper claim x: it names no matter",
       [](store::Commit& commit) {
         commit.papers = {{"claim", "x", 0, false, 0, "officer"}};
       }},
      {"paper something x: a paper of this kind is never written",
       [](store::Commit& commit) {
         commit.papers = {{"something", "x", 0, false, 0, "bytes"}};
       }},
      {"paper sent: not exactly those of the entries",
       [](store::Commit& commit) {
         commit.papers = {{"sent", std::string(32, '0'), 0, false, 1, "bytes"}};
       }},
      {"delivery: it does not hold exactly the acts this party sealed",
       [](store::Commit& commit) {
         commit.deliveries = {{Party("GRC"), 1, "bytes", StatementId(), Digest(), Instant{1}}};
       }},
      {"conflict 1: it is of nobody's ledger",
       [](store::Commit& commit) {
         commit.conflicts = {{"somewhere", "reason", Instant{1}, "held", "offered"}};
       }},
      {"final_checkpoint 2",
       [](store::Commit& commit) {
         commit.finals = {{{2, Digest()}, Instant{1}, "note"}};
       }},
      {"witnessed somewhere", [](store::Commit& commit) {
         commit.witnessed = {{std::nullopt, {"somewhere", {2, Digest()}, "note"}}};
       }}};
  for (const Change& change : changes) {
    const std::unique_ptr<store::Store> copy = Rewritten(world, unchanged);
    ASSERT_EQ(Found(world, *copy), "whole");
    store::Commit commit;
    change.make(commit);
    ASSERT_TRUE(copy->Apply(commit).ok()) << change.finding;
    EXPECT_THAT(Found(world, *copy), HasSubstr(change.finding));
  }
  ASSERT_GT(application.number, 0u);
  // Without the key nothing is opened, and the rest is judged all the same.
  const CheckReport report =
      Must(CheckStore(*world.store, {world.anchor, Party("PAK"), world.log_key->key(),
                                     *world.procedures->Set(), *world.certificates}));
  EXPECT_TRUE(report.whole());
  EXPECT_EQ(report.particulars_opened, 0u);
  EXPECT_EQ(Check(world, *world.store).particulars_opened, 1u);
}

}  // namespace
}  // namespace chancery::exchange
