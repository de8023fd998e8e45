// The promises of engine/store/store.h, held against every implementation of it.
#include "engine/store/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "engine/store/memory/memory_store.h"
#include "engine/store/sqlite/sqlite_store.h"
#include "tests/unit/store/fixtures.h"

namespace chancery::store {
namespace {

using absl::StatusCode;

struct Memory {
  std::unique_ptr<Store> store = NewMemoryStore(TestIdentity());
};
struct Sqlite {
  Folder folder;
  std::unique_ptr<Store> store = OpenSqliteStore(folder.file(), TestIdentity()).value();
};

template <class Made>
class StoreTest : public testing::Test {
 protected:
  Store& store() { return *made_.store; }
  absl::Status Apply(const Commit& commit) { return store().Apply(commit); }

 private:
  Made made_;
};
using Implementations = testing::Types<Memory, Sqlite>;
TYPED_TEST_SUITE(StoreTest, Implementations);

#define ASSERT_APPLIED(commit)                        \
  do {                                                \
    const absl::Status applied = this->Apply(commit); \
    ASSERT_TRUE(applied.ok()) << applied;             \
  } while (false)

NewDelivery DeliveryOf(char id, const char* to = "PAK") {
  return {Party(to),          2,         Bytes("envelope ") + id, Filled<StatementId>(id),
          Filled<Digest>(id), Instant{5}};
}

// store.h, Head: what a new store holds.
TYPED_TEST(StoreTest, ANewStoreIsEmpty) {
  Store& store = this->store();
  EXPECT_EQ(store.identity(), TestIdentity());
  EXPECT_EQ(store.ReadHead().value(), (Head{{0, ledger::EmptyRoot()}, Instant{0}, ""}));
  EXPECT_EQ(store.ReadEntry(0).status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(store.ReadEntries(0, 10).value().empty());
  EXPECT_TRUE(store.ReadStream("all", 0, 10).value().empty());
  EXPECT_EQ(store.ReadStreamState("all").value(), (StreamState{"all", 0, std::nullopt}));
  EXPECT_EQ(store.Node(0, 0).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.FindMatter(Filled<MatterId>('m')).value(), std::nullopt);
  EXPECT_EQ(store.EarliestLimit().value(), std::nullopt);
  EXPECT_EQ(store.ReadCursor("collect").value(), 0);
  EXPECT_EQ(store.LatestFinal().value(), std::nullopt);
  EXPECT_TRUE(store.Check().ok());
  EXPECT_TRUE(this->Apply(Commit()).ok());
}

// Design section 15: entries, head and positions in streams are committed together.
TYPED_TEST(StoreTest, EntriesAreReadByNumberByRangeAndByStream) {
  Store& store = this->store();
  Keeper keeper(store);
  Commit commit = keeper.Append({{"all", "a0"}, {"GRC", "g0"}, {"all", "a1"}});
  commit.entries[0].head_of_day = 16'772;
  ASSERT_APPLIED(commit);
  ASSERT_APPLIED(keeper.Append({{"GRC", "g1"}}));

  EXPECT_EQ(store.ReadHead().value().tree.size, 4u);
  EXPECT_EQ(store.ReadHead().value().recorded_at, Instant{20});
  const std::vector<StoredEntry> all = store.ReadEntries(0, 10).value();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1], (StoredEntry{1, "g0", ledger::LeafHash("g0"), "GRC", 0}));
  EXPECT_EQ(all[2], (StoredEntry{2, "a1", ledger::LeafHash("a1"), "all", 1}));
  EXPECT_EQ(store.ReadEntry(3).value(), all[3]);
  EXPECT_EQ(store.ReadEntry(4).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.ReadEntries(2, 1).value(), (std::vector<StoredEntry>{all[2]}));
  EXPECT_EQ(store.ReadStream("GRC", 0, 10).value(), (std::vector<StoredEntry>{all[1], all[3]}));
  EXPECT_EQ(store.ReadStream("GRC", 1, 10).value(), (std::vector<StoredEntry>{all[3]}));
  EXPECT_EQ(store.ReadStream("all", 0, 1).value(), (std::vector<StoredEntry>{all[0]}));
  EXPECT_EQ(store.Entries(1, 2).value(), (std::vector<Bytes>{"g0", "a1"}));
  EXPECT_EQ(store.Entries(3, 2).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.ListStreams().value(),
            (std::vector<StreamState>{{"GRC", 2, std::nullopt}, {"all", 2, 16'772}}));
  EXPECT_EQ(store.ReadStreamState("all").value(), (StreamState{"all", 2, 16'772}));
  EXPECT_TRUE(store.Check().ok());
}

// Design section 6: the store is the source of proofs; what it says about subtrees is the tree.
TYPED_TEST(StoreTest, ProofsAreBuiltFromTheStore) {
  Store& store = this->store();
  Keeper keeper(store);
  for (const int group : {1, 2, 5, 1, 20, 70}) ASSERT_APPLIED(keeper.AppendTo("all", group));
  const ledger::TreeHead head = store.ReadHead().value().tree;
  ASSERT_EQ(head.size, 99u);
  ledger::CompactRange range;
  std::vector<ledger::SubtreeHash> completed;
  std::vector<Digest> roots = {ledger::EmptyRoot()};
  const std::vector<StoredEntry> entries = store.ReadEntries(0, 99).value();
  for (const StoredEntry& entry : entries) {
    range.Append(entry.leaf_hash, &completed);
    roots.push_back(range.Root());
  }
  EXPECT_EQ(range.Head(), head);
  for (const ledger::SubtreeHash& node : completed) {
    ASSERT_EQ(store.Node(node.subtree.level, node.subtree.index).value(), node.hash);
  }
  EXPECT_EQ(store.Node(6, 1).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.Node(0, 99).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.Node(63, 0).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store.Nodes(1, 3, 2).value(),
            (std::vector<Digest>{store.Node(1, 3).value(), store.Node(1, 4).value()}));
  for (std::uint64_t n = 0; n < 99; ++n) {
    const auto path = ledger::BuildInclusionProof(store, n, 99).value();
    ASSERT_TRUE(
        ledger::VerifyInclusion(n, 99, store.ReadEntry(n).value().leaf_hash, path, head.root));
    if (n == 0) continue;
    const auto hashes = ledger::BuildConsistencyProof(store, n, 99).value();
    ASSERT_TRUE(ledger::VerifyConsistency(n, 99, roots[n], head.root, hashes));
  }
}

// store.h: the head moves by compare-and-swap; a commit for another head is Aborted, and that is
// fatal.
TYPED_TEST(StoreTest, ACommitForAnotherHeadIsRefused) {
  Store& store = this->store();
  Keeper first(store);
  Keeper second(store);
  ASSERT_APPLIED(first.Append({{"all", "first"}}));
  const absl::Status late = this->Apply(second.Append({{"all", "second"}}));
  EXPECT_EQ(late.code(), StatusCode::kAborted);
  EXPECT_TRUE(IsFatal(late));
  EXPECT_EQ(store.ReadHead().value().tree.size, 1u);
  EXPECT_EQ(store.ReadEntry(0).value().bytes, "first");

  Commit fence;
  fence.expected = ledger::TreeHead{0, ledger::EmptyRoot()};
  fence.cursors = {{"collect", 7}};
  EXPECT_EQ(this->Apply(fence).code(), StatusCode::kAborted);
  EXPECT_EQ(store.ReadCursor("collect").value(), 0);
  fence.expected = store.ReadHead().value().tree;
  ASSERT_APPLIED(fence);
  EXPECT_EQ(store.ReadCursor("collect").value(), 7);
  // The same size with another root is another head.
  fence.expected->root = Filled<Digest>('x');
  EXPECT_EQ(this->Apply(fence).code(), StatusCode::kAborted);
}

// store.h: leaf hash, root, sizes and checkpoint are compared before anything is written (one
// flipped bit ended a log).
TYPED_TEST(StoreTest, ACommitThatContradictsItselfIsRefused) {
  Store& store = this->store();
  const std::vector<std::pair<const char*, std::function<void(Commit&)>>> ways = {
      {"a flipped bit in the bytes", [](Commit& c) { c.entries[1].bytes[0] ^= 1; }},
      {"a flipped bit in a leaf hash", [](Commit& c) { c.entries[1].leaf_hash.raw()[0] ^= 1; }},
      {"another root",
       [](Commit& c) {
         c.next->tree.root.raw()[0] ^= 1;
         c.next->checkpoint = NoteOf(c.next->tree);
       }},
      {"another size", [](Commit& c) { ++c.next->tree.size; }},
      {"a checkpoint of another head", [](Commit& c) { c.next->checkpoint = NoteOf(*c.expected); }},
      {"a checkpoint of another origin",
       [](Commit& c) { c.next->checkpoint = NoteOf(c.next->tree, "other.example/log"); }},
      {"no checkpoint", [](Commit& c) { c.next->checkpoint = ""; }},
      {"no new head", [](Commit& c) { c.next.reset(); }},
      {"no expected head", [](Commit& c) { c.expected.reset(); }},
      {"a head without entries", [](Commit& c) { c.entries.clear(); }},
      {"an empty entry", [](Commit& c) { c.entries[1].bytes.clear(); }},
      {"an entry above 60,000 bytes", [](Commit& c) { c.entries[1].bytes = Bytes(60'001, 'e'); }},
      {"no stream", [](Commit& c) { c.entries[1].stream.clear(); }},
      {"a kind beyond a byte",
       [](Commit& c) {
         c.matters.push_back({Filled<MatterId>('m'), 256, "", {}, {}});
       }},
      {"a person of nobody",
       [](Commit& c) {
         c.matters.push_back({Filled<MatterId>('m'), 1, "", {}, PersonKey{}});
       }},
      {"an act of nobody",
       [](Commit& c) {
         c.statements.push_back({{1, PartyCode(), {}}, {}, 0});
       }},
      {"a delivery to nobody", [](Commit& c) { c.deliveries.push_back(NewDelivery{}); }},
      {"a witnessed head that goes backwards",
       [](Commit& c) {
         c.witnessed.push_back(
             {ledger::TreeHead{5, Filled<Digest>('a')}, {"o", {4, Filled<Digest>('b')}, "n"}});
       }},
  };
  for (const auto& [what, bend] : ways) {
    Keeper keeper(store);
    Commit commit = keeper.AppendTo("all", 3);
    bend(commit);
    EXPECT_EQ(this->Apply(commit).code(), StatusCode::kInvalidArgument) << what;
    EXPECT_EQ(store.ReadHead().value().tree.size, 0u) << what;
  }
  Keeper keeper(store);
  ASSERT_APPLIED(keeper.Append({{"all", Bytes(60'000, 'e')}}));
}

// Ledger formats section 9: "time did not progress" is refused, and so is a gap in a stream.
TYPED_TEST(StoreTest, TimeAndPositionsOnlyGoForward) {
  Store& store = this->store();
  ASSERT_APPLIED(Keeper(store).AppendTo("all", 2));
  for (const std::uint64_t position : {0, 1, 3}) {
    Commit commit = Keeper(store).AppendTo("all", 1);
    commit.entries[0].position = position;
    EXPECT_EQ(this->Apply(commit).code(), StatusCode::kFailedPrecondition) << position;
  }
  Commit early = Keeper(store).AppendTo("all", 1);
  early.next->recorded_at = Instant{9};
  EXPECT_EQ(this->Apply(early).code(), StatusCode::kFailedPrecondition);
  Commit same_time = Keeper(store).AppendTo("all", 1);
  same_time.next->recorded_at = Instant{10};
  ASSERT_APPLIED(same_time);
  EXPECT_TRUE(store.Check().ok());
}

// store.h: all of a commit or none of it, whichever part of it fails.
TYPED_TEST(StoreTest, NothingOfAFailedCommitStays) {
  Store& store = this->store();
  Commit before = Keeper(store).AppendTo("all", 1);
  before.statements = {{{1, Party("GRC"), Filled<StatementId>('s')}, Filled<Digest>('d'), 0}};
  before.matters = {{Filled<MatterId>('m'), 1, "matter", Instant{50},
                     PersonKey{Party("GRC"), Filled<PersonHandle>('p')}}};
  before.deliveries = {DeliveryOf('a')};
  before.particulars = {{Filled<Digest>('d'), "GRC", Filled<MatterId>('m'), "cipher"}};
  before.wrapped_keys = {{Filled<MatterId>('m'), "wrapped"}};
  before.papers = {{"draft", "1", 0, false, 1, "paper"}};
  before.witnessed = {{std::nullopt, {"grc", {3, Filled<Digest>('r')}, "note"}}};
  before.finals = {{{1, before.next->tree.root}, Instant{1}, "final"}};
  ASSERT_APPLIED(before);

  const std::vector<std::pair<StatusCode, std::function<void(Commit&)>>> failures = {
      {StatusCode::kAlreadyExists,
       [&](Commit& c) { c.statements.push_back(before.statements[0]); }},
      {StatusCode::kFailedPrecondition,
       [](Commit& c) {
         c.matters.push_back({Filled<MatterId>('m'), 2, "", {}, {}});
       }},
      {StatusCode::kFailedPrecondition,
       [](Commit& c) {
         c.delivery_marks.push_back({99, {}, 0, {}, ""});
       }},
      {StatusCode::kAlreadyExists,
       [&](Commit& c) { c.particulars.push_back(before.particulars[0]); }},
      {StatusCode::kFailedPrecondition,
       [](Commit& c) {
         c.papers.push_back({"draft", "1", 2, false, 1, ""});
       }},
      {StatusCode::kFailedPrecondition,
       [](Commit& c) {
         c.witnessed.push_back({std::nullopt, {"grc", {9, {}}, "note"}});
       }},
      {StatusCode::kFailedPrecondition,
       [](Commit& c) {
         c.finals.push_back({{1, Filled<Digest>('z')}, Instant{2}, "other"});
       }},
  };
  for (const auto& [code, spoil] : failures) {
    Commit commit = Keeper(store).AppendTo("new stream", 2);
    commit.entries[0].head_of_day = 3;
    commit.statements = {{{1, Party("GRC"), Filled<StatementId>('t')}, Filled<Digest>('e'), 1}};
    commit.matters = {{Filled<MatterId>('m'), 1, "changed", Instant{70}, std::nullopt},
                      {Filled<MatterId>('n'), 1, "new", std::nullopt, std::nullopt}};
    commit.deliveries = {DeliveryOf('b')};
    commit.delivery_marks = {{1, DeliveryState::kAnswered, 1, Instant{8}, "answer"}};
    commit.cursors = {{"collect", 3}};
    commit.particulars = {{Filled<Digest>('e'), "GRC", Filled<MatterId>('m'), "cipher 2"}};
    commit.wrapped_keys = {{Filled<MatterId>('m'), "wrapped again"}};
    commit.papers = {{"draft", "1", 1, true, 0, ""}, {"draft", "2", 0, false, 1, "paper 2"}};
    commit.witnessed = {
        {ledger::TreeHead{3, Filled<Digest>('r')}, {"grc", {4, Filled<Digest>('q')}, "note 2"}}};
    commit.cosignatures = {{1, "w", "line", 5}};
    commit.conflicts = {{"grc", "fork", Instant{1}, "held", "offered"}};
    spoil(commit);
    EXPECT_EQ(this->Apply(commit).code(), code);

    EXPECT_EQ(store.ReadHead().value(), *before.next);
    EXPECT_EQ(store.ReadEntries(0, 9).value().size(), 1u);
    EXPECT_EQ(store.ListStreams().value().size(), 1u);
    EXPECT_EQ(store.FindStatement({1, Party("GRC"), Filled<StatementId>('t')}).value(),
              std::nullopt);
    EXPECT_EQ(store.FindMatter(Filled<MatterId>('m')).value(), before.matters[0]);
    EXPECT_EQ(store.FindMatter(Filled<MatterId>('n')).value(), std::nullopt);
    EXPECT_EQ(store.EarliestLimit().value(), Instant{50});
    EXPECT_EQ(store.FindOpenMatters(*before.matters[0].open_person).value().size(), 1u);
    ASSERT_EQ(store.ListOpenDeliveries(std::nullopt, 0, 9).value().size(), 1u);
    EXPECT_EQ(store.ListOpenDeliveries(std::nullopt, 0, 9).value()[0].what, before.deliveries[0]);
    EXPECT_EQ(store.ReadCursor("collect").value(), 0);
    EXPECT_EQ(store.FindParticulars(Filled<Digest>('e')).value().size(), 0u);
    EXPECT_EQ(store.FindWrappedKey(Filled<MatterId>('m')).value(), "wrapped");
    EXPECT_EQ(store.FindPaper("draft", "1").value(), (Paper{"draft", "1", 1, 1, "paper"}));
    EXPECT_EQ(store.FindPaper("draft", "2").value(), std::nullopt);
    EXPECT_EQ(store.FindWitnessed("grc").value()->tree.size, 3u);
    EXPECT_TRUE(store.ListCosignatures(1).value().empty());
    EXPECT_TRUE(store.ListConflicts(0, 9).value().empty());
    EXPECT_TRUE(store.Check().ok());
  }
}

// Design section 4: an act is (author, statement id) and its digest; a second digest under one id
// is refused.
TYPED_TEST(StoreTest, AStatementIdIsTakenOnceByEachAuthorAndKind) {
  Store& store = this->store();
  Commit commit;
  const StatementKey key{1, Party("GRC"), Filled<StatementId>('s')};
  commit.statements = {{key, Filled<Digest>('d'), 5}};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.FindStatement(key).value(), commit.statements[0]);
  commit.statements[0].digest = Filled<Digest>('e');
  EXPECT_EQ(this->Apply(commit).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(store.FindStatement(key).value()->digest, Filled<Digest>('d'));
  for (const StatementKey& other :
       {StatementKey{2, key.author, key.id}, StatementKey{1, Party("DEU"), key.id},
        StatementKey{1, key.author, Filled<StatementId>('t')}}) {
    EXPECT_EQ(store.FindStatement(other).value(), std::nullopt);
    commit.statements[0].key = other;
    ASSERT_APPLIED(commit);
  }
}

// Design section 7: matters are read by id, person, kind and next time limit.
TYPED_TEST(StoreTest, MattersAreFoundByIdPersonKindAndNextLimit) {
  Store& store = this->store();
  const PersonKey person{Party("GRC"), Filled<PersonHandle>('p')};
  const PersonKey same_handle{Party("DEU"), Filled<PersonHandle>('p')};
  const MatterRow a{Filled<MatterId>('a'), 1, "case a", Instant{300}, person};
  const MatterRow b{Filled<MatterId>('b'), 1, "case b", Instant{100}, person};
  const MatterRow c{Filled<MatterId>('c'), 2, "flight", std::nullopt, std::nullopt};
  const MatterRow d{Filled<MatterId>('d'), 1, "case d", Instant{100}, same_handle};
  Commit commit;
  commit.matters = {d, c, a, b};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.FindMatter(a.id).value(), a);
  EXPECT_EQ(store.FindOpenMatters(person).value(), (std::vector<MatterId>{a.id, b.id}));
  EXPECT_EQ(store.FindOpenMatters(same_handle).value(), (std::vector<MatterId>{d.id}));
  EXPECT_EQ(store.ListMatters(std::nullopt, std::nullopt, 9).value(),
            (std::vector<MatterRow>{a, b, c, d}));
  EXPECT_EQ(store.ListMatters(1, std::nullopt, 2).value(), (std::vector<MatterRow>{a, b}));
  EXPECT_EQ(store.ListMatters(1, b.id, 9).value(), (std::vector<MatterRow>{d}));
  EXPECT_EQ(store.ListMatters(3, std::nullopt, 9).value(), (std::vector<MatterRow>{}));
  EXPECT_EQ(store.ListDueMatters(Instant{99}, 9).value(), (std::vector<MatterRow>{}));
  EXPECT_EQ(store.ListDueMatters(Instant{100}, 9).value(), (std::vector<MatterRow>{b, d}));
  EXPECT_EQ(store.ListDueMatters(Instant{1000}, 9).value(), (std::vector<MatterRow>{b, d, a}));
  EXPECT_EQ(store.ListDueMatters(Instant{1000}, 1).value(), (std::vector<MatterRow>{b}));
  EXPECT_EQ(store.EarliestLimit().value(), Instant{100});

  // Replaced whole: closed, and nothing due any more.
  const MatterRow closed{b.id, 1, "closed", std::nullopt, std::nullopt};
  commit.matters = {closed, {d.id, 1, "later", Instant{400}, same_handle}};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.FindMatter(b.id).value(), closed);
  EXPECT_EQ(store.FindOpenMatters(person).value(), (std::vector<MatterId>{a.id}));
  EXPECT_EQ(store.EarliestLimit().value(), Instant{300});
  EXPECT_EQ(store.ListDueMatters(Instant{1000}, 9).value().back().id, d.id);
}

// store.h: the outbox keeps its order, and what is answered is no longer open.
TYPED_TEST(StoreTest, TheOutboxIsReadInOrderAndMarked) {
  Store& store = this->store();
  Commit commit;
  commit.deliveries = {DeliveryOf('a'), DeliveryOf('b', "DEU"), DeliveryOf('c')};
  ASSERT_APPLIED(commit);
  const std::vector<Delivery> open = store.ListOpenDeliveries(std::nullopt, 0, 9).value();
  ASSERT_EQ(open.size(), 3u);
  EXPECT_EQ(open[0], (Delivery{1, DeliveryOf('a'), DeliveryState::kWaiting, 0, ""}));
  EXPECT_LT(open[0].sequence, open[1].sequence);
  EXPECT_LT(open[1].sequence, open[2].sequence);
  EXPECT_EQ(store.ListOpenDeliveries(Party("DEU"), 0, 9).value(), (std::vector<Delivery>{open[1]}));
  EXPECT_EQ(store.ListOpenDeliveries(Party("PAK"), open[0].sequence, 9).value(),
            (std::vector<Delivery>{open[2]}));
  EXPECT_EQ(store.ListOpenDeliveries(std::nullopt, 0, 2).value().size(), 2u);
  EXPECT_EQ(store.FindDeliveriesOf(Filled<StatementId>('c')).value(),
            (std::vector<Delivery>{open[2]}));
  EXPECT_EQ(store.FindDelivery(99).value(), std::nullopt);

  Commit marks;
  marks.delivery_marks = {{open[0].sequence, DeliveryState::kAnswered, 2, Instant{70}, "receipt"},
                          {open[1].sequence, DeliveryState::kSent, 1, Instant{80}, ""}};
  ASSERT_APPLIED(marks);
  const Delivery answered = store.FindDelivery(open[0].sequence).value().value();
  EXPECT_EQ(answered.state, DeliveryState::kAnswered);
  EXPECT_EQ(answered.attempts, 2);
  EXPECT_EQ(answered.what.next_attempt_at, Instant{70});
  EXPECT_EQ(answered.answer, "receipt");
  EXPECT_EQ(answered.what.bytes, "envelope a");
  EXPECT_EQ(store.ListOpenDeliveries(std::nullopt, 0, 9).value().size(), 2u);
  marks.delivery_marks = {{99, DeliveryState::kSent, 1, Instant{0}, ""}};
  EXPECT_EQ(this->Apply(marks).code(), StatusCode::kFailedPrecondition);

  // A forgotten delivery is gone, and its number is not used again.
  Commit forget;
  forget.forgotten_deliveries = {open[2].sequence, 99};
  ASSERT_APPLIED(forget);
  EXPECT_EQ(store.FindDelivery(open[2].sequence).value(), std::nullopt);
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.FindDeliveriesOf(Filled<StatementId>('c')).value()[0].sequence,
            open[2].sequence + 3);
}

// store.h, Cursor: named, moved by commits only.
TYPED_TEST(StoreTest, CursorsAreMovedByName) {
  Commit commit;
  commit.cursors = {{"collect/GRC", 5}, {"collect/all", -1}};
  ASSERT_APPLIED(commit);
  commit.cursors = {{"collect/GRC", 6}};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(this->store().ReadCursor("collect/GRC").value(), 6);
  EXPECT_EQ(this->store().ReadCursor("collect/all").value(), -1);
  EXPECT_EQ(this->store().ReadCursor("collect").value(), 0);
}

// Design section 5: particulars lie beside the ledger under a key per matter; erasure destroys both
// and nothing else.
TYPED_TEST(StoreTest, ErasureTakesTheKeyAndTheParticularsOfOneMatter) {
  Store& store = this->store();
  const MatterId m = Filled<MatterId>('m');
  const MatterId n = Filled<MatterId>('n');
  Commit commit;
  commit.particulars = {{Filled<Digest>('2'), "GRC", m, "cipher 2"},
                        {Filled<Digest>('1'), "PAK", m, "cipher 1p"},
                        {Filled<Digest>('1'), "GRC", m, "cipher 1g"},
                        {Filled<Digest>('3'), "GRC", n, "cipher 3"}};
  commit.wrapped_keys = {{m, "key m"}, {n, "key n"}};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.FindParticulars(Filled<Digest>('1')).value(),
            (std::vector<ParticularsRow>{commit.particulars[2], commit.particulars[1]}));
  EXPECT_EQ(store.ListParticularsOf(m).value(),
            (std::vector<ParticularsRow>{commit.particulars[2], commit.particulars[1],
                                         commit.particulars[0]}));
  EXPECT_EQ(store.FindWrappedKey(m).value(), "key m");
  Commit rewrap;
  rewrap.wrapped_keys = {{m, "key m wrapped anew"}};
  ASSERT_APPLIED(rewrap);
  EXPECT_EQ(store.FindWrappedKey(m).value(), "key m wrapped anew");

  Commit erasure;
  erasure.erasures = {m};
  // Whatever the same commit writes for the matter goes too.
  erasure.wrapped_keys = {{m, "key m once more"}};
  ASSERT_APPLIED(erasure);
  EXPECT_EQ(store.FindWrappedKey(m).value(), std::nullopt);
  EXPECT_TRUE(store.ListParticularsOf(m).value().empty());
  EXPECT_TRUE(store.FindParticulars(Filled<Digest>('1')).value().empty());
  EXPECT_EQ(store.ListParticularsOf(n).value(),
            (std::vector<ParticularsRow>{commit.particulars[3]}));
  EXPECT_EQ(store.FindWrappedKey(n).value(), "key n");
  ASSERT_APPLIED(erasure);
}

// store.h: pieces of attachments lie beside the particulars, are listed with nothing, can be
// forgotten one by one, and go with their matter's erasure.
TYPED_TEST(StoreTest, PiecesOfAttachmentsAreForgottenOneByOneOrWithTheirMatter) {
  Store& store = this->store();
  const MatterId m = Filled<MatterId>('m');
  const std::string reader(kAttachmentReader);
  Commit commit;
  commit.particulars = {{Filled<Digest>('1'), reader, m, "piece 1"},
                        {Filled<Digest>('2'), reader, m, "piece 2"},
                        {Filled<Digest>('2'), "GRC", m, "cipher 2"}};
  commit.wrapped_keys = {{m, "key m"}};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.ListParticularsOf(m).value(),
            (std::vector<ParticularsRow>{commit.particulars[2]}));
  Commit forget;
  // What the same commit writes goes too; what is not there is no error.
  forget.particulars = {{Filled<Digest>('3'), reader, m, "piece 3"}};
  forget.forgotten_particulars = {
      {Filled<Digest>('2'), reader}, {Filled<Digest>('3'), reader}, {Filled<Digest>('9'), reader}};
  ASSERT_APPLIED(forget);
  EXPECT_EQ(store.FindParticulars(Filled<Digest>('1')).value().size(), 1U);
  EXPECT_EQ(store.FindParticulars(Filled<Digest>('2')).value(),
            (std::vector<ParticularsRow>{commit.particulars[2]}));
  EXPECT_TRUE(store.FindParticulars(Filled<Digest>('3')).value().empty());
  Commit erasure;
  erasure.erasures = {m};
  ASSERT_APPLIED(erasure);
  EXPECT_TRUE(store.FindParticulars(Filled<Digest>('1')).value().empty());
  EXPECT_TRUE(store.FindParticulars(Filled<Digest>('2')).value().empty());
}

// store.h, Paper: two officers who change one paper at once: one of them is told.
TYPED_TEST(StoreTest, PapersChangeByTheirVersion) {
  Store& store = this->store();
  const auto change = [this](PaperChange paper) {
    Commit commit;
    commit.papers = {std::move(paper)};
    return this->Apply(commit);
  };
  EXPECT_TRUE(change({"draft", "b", 0, false, 1, "b1"}).ok());
  EXPECT_TRUE(change({"draft", "a", 0, false, 2, "a1"}).ok());
  EXPECT_TRUE(change({"task", "c", 0, false, 1, "c1"}).ok());
  EXPECT_EQ(change({"draft", "a", 0, false, 1, "again"}).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(change({"draft", "a", 1, false, 3, "a2"}).ok());
  EXPECT_EQ(change({"draft", "a", 1, false, 3, "a3"}).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(change({"draft", "a", 1, true, 0, ""}).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(change({"draft", "z", 1, false, 0, ""}).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(change({"draft", "z", 0, true, 0, ""}).code(), StatusCode::kFailedPrecondition);
  const Paper a{"draft", "a", 2, 3, "a2"};
  const Paper b{"draft", "b", 1, 1, "b1"};
  EXPECT_EQ(store.FindPaper("draft", "a").value(), a);
  EXPECT_EQ(store.ListPapers("draft", std::nullopt, "", 9).value(), (std::vector<Paper>{a, b}));
  EXPECT_EQ(store.ListPapers("draft", std::nullopt, "a", 9).value(), (std::vector<Paper>{b}));
  EXPECT_EQ(store.ListPapers("draft", 3, "", 9).value(), (std::vector<Paper>{a}));
  EXPECT_EQ(store.ListPapers("draft", std::nullopt, "", 1).value(), (std::vector<Paper>{a}));
  EXPECT_TRUE(change({"draft", "a", 2, true, 0, ""}).ok());
  EXPECT_EQ(store.FindPaper("draft", "a").value(), std::nullopt);
}

// Ledger formats section 6: check-and-store of a witness is atomic; the stored head never goes
// back.
TYPED_TEST(StoreTest, AWitnessedHeadMovesByCompareAndSwap) {
  Store& store = this->store();
  const ledger::TreeHead three{3, Filled<Digest>('3')};
  const ledger::TreeHead five{5, Filled<Digest>('5')};
  const auto move = [this](std::optional<ledger::TreeHead> from, const ledger::TreeHead& to) {
    Commit commit;
    commit.witnessed = {{from, {"grc", to, "note " + std::to_string(to.size)}}};
    return this->Apply(commit);
  };
  EXPECT_EQ(move(three, five).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(move(std::nullopt, three).ok());
  EXPECT_EQ(move(std::nullopt, three).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(move(ledger::TreeHead{3, Filled<Digest>('x')}, five).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_TRUE(move(three, five).ok());
  EXPECT_EQ(move(three, five).code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(move(five, five).ok());
  EXPECT_EQ(store.FindWitnessed("grc").value(), (WitnessedHead{"grc", five, "note 5"}));
  EXPECT_EQ(store.FindWitnessed("deu").value(), std::nullopt);
}

// Design section 6: cosignatures of the offered checkpoint, and the final checkpoints that cover
// entries.
TYPED_TEST(StoreTest, CosignaturesAndFinalCheckpointsAreKeptBesideTheLedger) {
  Store& store = this->store();
  Commit commit;
  commit.cosignatures = {{4, "w2", "line w2", 10}, {4, "w1", "line w1", 20}, {3, "w1", "old", 5}};
  ASSERT_APPLIED(commit);
  commit.cosignatures = {{4, "w1", "late line", 15}, {4, "w2", "new line", 30}};
  commit.drop_cosignatures_below = 4;
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.ListCosignatures(4).value(),
            (std::vector<CosignatureRow>{{4, "w1", "line w1", 20}, {4, "w2", "new line", 30}}));
  EXPECT_TRUE(store.ListCosignatures(3).value().empty());
  // What shows a witness's largest size, or its newest time, stays: the cursors can be held to it.
  commit.cosignatures = {{6, "w1", "larger", 21}, {6, "w2", "larger and earlier", 29}};
  commit.drop_cosignatures_below = 9;
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.ListCosignatures(4).value(),
            (std::vector<CosignatureRow>{{4, "w2", "new line", 30}}));
  EXPECT_EQ(store.ListCosignatures(6).value().size(), 2u);

  const FinalCheckpoint four{{4, Filled<Digest>('4')}, Instant{100}, "final 4"};
  const FinalCheckpoint nine{{9, Filled<Digest>('9')}, Instant{200}, "final 9"};
  Commit finals;
  finals.finals = {nine, four};
  ASSERT_APPLIED(finals);
  EXPECT_EQ(store.LatestFinal().value(), nine);
  EXPECT_EQ(store.FindFinalCovering(0).value(), four);
  EXPECT_EQ(store.FindFinalCovering(3).value(), four);
  EXPECT_EQ(store.FindFinalCovering(4).value(), nine);
  EXPECT_EQ(store.FindFinalCovering(9).value(), std::nullopt);
  EXPECT_EQ(store.FindFinalCovering(~std::uint64_t{0}).value(), std::nullopt);
  // A heartbeat: the same head, signed again.
  finals.finals = {{nine.tree, Instant{300}, "final 9 again"}};
  ASSERT_APPLIED(finals);
  EXPECT_EQ(store.LatestFinal().value()->note, "final 9 again");
  finals.finals = {{{9, Filled<Digest>('x')}, Instant{300}, "fork"}};
  EXPECT_EQ(this->Apply(finals).code(), StatusCode::kFailedPrecondition);
}

// Ledger formats section 6: every refused offer with a valid log signature is kept.
TYPED_TEST(StoreTest, ConflictsAreKeptAsTheyCame) {
  Store& store = this->store();
  Commit commit;
  const NewConflict fork{"grc", "fork", Instant{7}, "held note", Bytes("offered\0note", 12)};
  const NewConflict twice{"grc", "equivocation", Instant{8}, "one", "other"};
  commit.conflicts = {fork, twice};
  ASSERT_APPLIED(commit);
  EXPECT_EQ(store.ListConflicts(0, 9).value(), (std::vector<Conflict>{{1, fork}, {2, twice}}));
  EXPECT_EQ(store.ListConflicts(1, 9).value(), (std::vector<Conflict>{{2, twice}}));
  EXPECT_EQ(store.ListConflicts(0, 1).value(), (std::vector<Conflict>{{1, fork}}));
}

// store.h, RowVisitor: every row beside the ledger and the matters, each table in the order of its
// key; the visitor may read the store, and its first failure ends the reading.
TYPED_TEST(StoreTest, AVisitorIsHandedEveryRow) {
  struct Visitor final : RowVisitor {
    explicit Visitor(Store& read) : store(read) {}
    absl::Status Note(const std::string& text) {
      seen += text + "\n";
      if (!store.ReadHead().ok()) return Internal("the store cannot be read meanwhile");
      return text == stop ? Unavailable("stop") : absl::OkStatus();
    }
    absl::Status Visit(const StatementRow& row) override {
      return Note("statement " + std::to_string(row.key.kind) + " " + std::to_string(row.entry));
    }
    absl::Status Visit(const Delivery& row) override {
      return Note("delivery " + std::to_string(row.sequence) + " " + row.what.bytes);
    }
    absl::Status Visit(const Cursor& row) override {
      return Note("cursor " + row.name + " " + std::to_string(row.value));
    }
    absl::Status Visit(const ParticularsRow& row) override {
      return Note("particulars " + row.reader + " " + row.ciphertext);
    }
    absl::Status Visit(const WrappedKeyRow& row) override { return Note("key " + row.wrapped); }
    absl::Status Visit(const Paper& row) override {
      return Note("paper " + row.kind + " " + row.id + " " + std::to_string(row.version) + " " +
                  std::to_string(row.state) + " " + row.bytes);
    }
    absl::Status Visit(const WitnessedHead& row) override {
      return Note("witnessed " + row.origin + " " + std::to_string(row.tree.size) + " " + row.note);
    }
    absl::Status Visit(const CosignatureRow& row) override {
      return Note("cosignature " + std::to_string(row.size) + " " + row.witness + " " + row.line +
                  " " + std::to_string(row.cosigned_at));
    }
    absl::Status Visit(const FinalCheckpoint& row) override {
      return Note("final " + std::to_string(row.tree.size) + " " + row.note);
    }
    absl::Status Visit(const Conflict& row) override {
      return Note("conflict " + std::to_string(row.sequence) + " " + row.what.reason);
    }
    Store& store;
    std::string seen, stop;
  };
  Store& store = this->store();
  Commit commit;
  const MatterId matter = Filled<MatterId>('m');
  commit.statements = {{{9, Party("GRC"), Filled<StatementId>('b')}, Filled<Digest>('d'), 2},
                       {{8, Party("GRC"), Filled<StatementId>('a')}, Filled<Digest>('d'), 1}};
  commit.deliveries = {{Party("PAK"), 1, "one", Filled<StatementId>('a'), Filled<Digest>('d'), {}},
                       {Party("PAK"), 1, "two", Filled<StatementId>('b'), Filled<Digest>('d'), {}}};
  commit.cursors = {{"z", 1}, {"a", -2}};
  commit.particulars = {{Filled<Digest>('d'), "PAK", matter, "ciphertext"},
                        {Filled<Digest>('d'), "GRC", matter, "other"}};
  commit.wrapped_keys = {{matter, "wrapped"}};
  commit.papers = {{"sent", "2", 0, false, 3, "second"}, {"sent", "1", 0, false, 0, "first"}};
  commit.witnessed = {{std::nullopt, {"origin", {4, Filled<Digest>('r')}, "note"}}};
  commit.cosignatures = {{7, "witness", "line", 70}, {5, "witness", "line", 50}};
  commit.conflicts = {{"origin", "fork", Instant{1}, "held", "offered"}};
  ASSERT_TRUE(store.Apply(commit).ok());
  Visitor visitor(store);
  ASSERT_TRUE(store.VisitRows(visitor).ok());
  EXPECT_EQ(visitor.seen,
            "statement 8 1\nstatement 9 2\ndelivery 1 one\ndelivery 2 two\ncursor a -2\ncursor z "
            "1\nparticulars GRC other\nparticulars PAK ciphertext\nkey wrapped\npaper sent 1 1 0 "
            "first\npaper sent 2 1 3 second\nwitnessed origin 4 note\ncosignature 5 witness line "
            "50\ncosignature 7 witness line 70\nconflict 1 fork\n");
  visitor.stop = "cursor a -2";
  EXPECT_EQ(store.VisitRows(visitor).code(), absl::StatusCode::kUnavailable);
  // And the store goes on.
  visitor.stop.clear();
  EXPECT_TRUE(store.VisitRows(visitor).ok());
}

// store.h, threads: readers see whole commits only, while commits go on.
TYPED_TEST(StoreTest, ReadersSeeWholeCommitsOnly) {
  Store& store = this->store();
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        // Every commit adds five entries and moves the cursor behind them.
        const auto before = static_cast<std::uint64_t>(store.ReadCursor("written").value());
        const std::uint64_t size = store.ReadHead().value().tree.size;
        if (size % 5 != 0 || size < before) ++torn;
        if (before > 0 && !store.ReadEntry(before - 1).ok()) ++torn;
      }
    });
  }
  Keeper keeper(store);
  for (int i = 1; i <= 40; ++i) {
    Commit commit = keeper.AppendTo("all", 5);
    commit.cursors = {{"written", 5 * i}};
    const absl::Status applied = this->Apply(commit);
    EXPECT_TRUE(applied.ok()) << applied;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(store.ReadHead().value().tree.size, 200u);
  EXPECT_TRUE(store.Check().ok());
}

}  // namespace
}  // namespace chancery::store
