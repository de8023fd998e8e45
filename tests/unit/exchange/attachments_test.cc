#include "engine/exchange/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/status_detail.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;
using support::TemporaryFolder;

// Bytes of a scan of nothing: by default of three chunks.
std::string Scan(char first, std::size_t size = 300'000) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(first + static_cast<char>((i * 31) % 113));
  return bytes;
}
ByteView ChunkAt(const std::string& bytes, std::uint64_t offset) {
  return ByteView(bytes).substr(offset, kAttachmentChunk);
}

// In memory, and in a SQLite file.
class AttachmentsTest : public ::testing::TestWithParam<bool> {
 protected:
  AttachmentsTest()
      : ministry_(GetParam() ? (folder_.path() / "store.db").string() : std::string()) {
    ministry_.Begin();
    ministry_.Appoint("AUT", {{"return-authority", 1}});
  }
  Attachments Here() { return {*ministry_.keeper, *ministry_.vault, ministry_.clock}; }
  absl::StatusOr<HeldAttachment> AddAt(const AttachmentName& name, const std::string& bytes,
                                       std::uint64_t offset, std::string_view from = "GRC") {
    return Here().Add(name, Party(from), bytes.size(), offset, ChunkAt(bytes, offset));
  }
  // All of it, chunk after chunk.
  AttachmentName Put(const MatterId& matter, const std::string& bytes,
                     std::string_view from = "GRC") {
    const AttachmentName name{matter, crypto::Sha256(bytes)};
    std::uint64_t held = 0;
    while (held < bytes.size()) held = Must(AddAt(name, bytes, held, from)).held;
    return name;
  }
  std::string ReasonToRead(const AttachmentName& name, std::string_view reader) {
    return ReasonOf(Here().Read(name, Party(reader), 0).status());
  }
  // What a reader gets, chunk after chunk.
  std::string ReadAll(const AttachmentName& name, std::string_view reader) {
    std::string all;
    for (;;) {
      const AttachmentPiece piece = Must(Here().Read(name, Party(reader), all.size()));
      all += piece.chunk.Reveal();
      if (all.size() >= piece.size) return all;
    }
  }
  codec::Envelope Application(const MatterId& matter, const std::vector<Digest>& digests) {
    procedure::Act act = ministry_.Application();
    act.matter = matter;
    const Facts line = act.lines.front();
    act.lines.clear();
    for (const Digest& digest : digests) {
      act.lines.push_back(line);
      act.lines.back().Set(Fact::kAttachment, digest);
    }
    return ministry_.Sealed(act, {{"GRC", "return-authority"}}, ministry_.Particulars());
  }
  bool HasRow(const AttachmentName& name, std::uint64_t index) {
    return !Must(ministry_.store->FindParticulars(ChunkRowDigest(name, index))).empty();
  }
  void WithdrawAndErase(const MatterId& matter) {
    const std::vector<support::SealOf> seal = {{"GRC", "return-authority"}};
    ministry_.MustAdmit(ministry_.Sealed(
        ministry_.From("GRC", "PAK", procedure::ActKind::kWithdrawal, matter), seal));
    ministry_.MustAdmit(ministry_.Sealed(
        ministry_.From("GRC", "PAK", procedure::ActKind::kErasure, matter,
                       Facts{{Fact::kErasureGround,
                              ExchangeWorld::Word(Fact::kErasureGround, "no_longer_needed")}}),
        seal));
  }

  TemporaryFolder folder_;
  ExchangeWorld ministry_;
  const MatterId matter_ = ministry_.entropy.Make<MatterId>();
};
INSTANTIATE_TEST_SUITE_P(Stores, AttachmentsTest, ::testing::Bool());

// Issue 4, Attachments: resumed after a cut. A chunk is on the disk when it is acknowledged; after
// a cut in mid-transfer the sender goes on from what is held, also when the keeper began anew, and
// nothing is held twice.
TEST_P(AttachmentsTest, GoesOnWhereItWasCut) {
  const std::string bytes = Scan('a');
  const AttachmentName name{matter_, crypto::Sha256(bytes)};
  EXPECT_FALSE(Must(Here().Find(name, Party("GRC"))).has_value());
  EXPECT_EQ(Must(AddAt(name, bytes, 0)).held, kAttachmentChunk);
  if (GetParam()) {
    ministry_.Stop();
    ministry_.Start();
  }
  const std::uint64_t held = Must(Here().Find(name, Party("GRC")))->held;
  EXPECT_EQ(held, kAttachmentChunk);
  EXPECT_EQ(ReasonToRead(name, "GRC"), reason::kAttachmentUnknown);  // half of one is none
  EXPECT_EQ(ReasonOf(AddAt(name, bytes, 0).status()), reason::kAttachmentOffset);
  EXPECT_EQ(ReasonOf(AddAt(name, bytes, 2 * held).status()), reason::kAttachmentOffset);
  EXPECT_EQ(Must(AddAt(name, bytes, held)).state, AttachmentState::kPartly);
  EXPECT_EQ(Must(AddAt(name, bytes, 2 * held)).state, AttachmentState::kWhole);
  // The last answer may have been lost: the same chunk again changes nothing.
  EXPECT_EQ(Must(AddAt(name, bytes, 2 * held)).held, bytes.size());
  EXPECT_EQ(ReadAll(name, "GRC"), bytes);
}

// Issue 4, Attachments: an act naming a digest that is not held is turned away with the list, and
// nothing is recorded; when it was sent, the act is taken.
TEST_P(AttachmentsTest, AnActThatNamesWhatIsNotHeldIsTurnedAwayWithTheList) {
  const std::string one = Scan('a');
  const AttachmentName held = Put(matter_, Scan('b', 5'000));
  const Digest absent = crypto::Sha256("nothing");
  const std::vector<Digest> named = {crypto::Sha256(one), held.digest};
  const codec::Envelope application = Application(matter_, named);
  const std::uint64_t size = ministry_.keeper->head().tree.size;
  // Half of it is not all of it.
  ASSERT_TRUE(AddAt({matter_, named[0]}, one, 0).ok());
  const absl::Status refused = ministry_.Submit(application, "GRC").status();
  EXPECT_EQ(ReasonOf(refused), reason::kAttachmentsMissing);
  EXPECT_EQ(DetailOf(refused, kMissingDetail), named[0].ToHexText());
  const absl::Status both =
      ministry_.Submit(Application(matter_, {named[0], absent}), "GRC").status();
  EXPECT_EQ(DetailOf(both, kMissingDetail).size(), 2 * 64 + 1U);
  EXPECT_THAT(DetailOf(both, kMissingDetail), testing::HasSubstr(absent.ToHexText()));
  EXPECT_EQ(ministry_.keeper->head().tree.size, size);
  std::uint64_t sent = kAttachmentChunk;
  while (sent < one.size()) sent = Must(AddAt({matter_, named[0]}, one, sent)).held;
  // What is held under this matter is not held under another one, nor from another sender.
  const MatterId third = ministry_.entropy.Make<MatterId>();
  EXPECT_EQ(ReasonOf(ministry_.Submit(Application(third, {named[0]}), "GRC").status()),
            reason::kAttachmentsMissing);
  const AttachmentName of_another = Put(third, "x", "AUT");
  EXPECT_EQ(ReasonOf(ministry_.Submit(Application(third, {of_another.digest}), "GRC").status()),
            reason::kAttachmentsMissing);
  ministry_.MustAdmit(application);
  const std::vector<HeldAttachment> of_matter = Must(Here().ListOf(matter_));
  ASSERT_EQ(of_matter.size(), 2U);
  for (const HeldAttachment& one_of : of_matter) EXPECT_EQ(one_of.state, AttachmentState::kBound);
}

// Issue 4, Attachments: fetched by the reader they are for. Before an act names it, that is its
// sender alone; a stranger is told what is told of none, and puts nothing into a case it may not
// read.
TEST_P(AttachmentsTest, IsReadByWhomItIsForOnly) {
  const std::string bytes = Scan('a');
  const AttachmentName name = Put(matter_, bytes);
  EXPECT_EQ(ReadAll(name, "GRC"), bytes);
  for (const char* other : {"PAK", "AUT"})
    EXPECT_EQ(ReasonToRead(name, other), reason::kAttachmentUnknown) << other;
  EXPECT_FALSE(Must(Here().Find(name, Party("AUT"))).has_value());
  EXPECT_EQ(ReasonOf(AddAt(name, bytes, 0, "AUT").status()), reason::kAttachmentUnknown);
  ministry_.MustAdmit(Application(matter_, {name.digest}));
  EXPECT_EQ(ReadAll(name, "PAK"), bytes);
  EXPECT_EQ(ReadAll(name, "GRC"), bytes);
  EXPECT_EQ(ReasonToRead(name, "AUT"), reason::kAttachmentUnknown);
  EXPECT_EQ(ReasonToRead({ministry_.entropy.Make<MatterId>(), name.digest}, "PAK"),
            reason::kAttachmentUnknown);
  EXPECT_FALSE(Must(Here().Find(name, Party("AUT"))).has_value());
  EXPECT_EQ(ReasonOf(AddAt({matter_, crypto::Sha256("x")}, "x", 0, "AUT").status()),
            reason::kAttachmentUnknown);
  // A place in it is where a chunk begins.
  EXPECT_EQ(ReasonOf(Here().Read(name, Party("PAK"), 1).status()), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(Here().Read(name, Party("PAK"), 3 * kAttachmentChunk).status()),
            reason::kAttachmentField);
}

// attachments.h: no chunk is of use in another's place, of this matter or of another one.
TEST_P(AttachmentsTest, AChunkInAnotherPlaceIsNotRead) {
  const AttachmentName name = Put(matter_, Scan('a'));
  const AttachmentName other = Put(matter_, Scan('b'));
  store::Commit swap;
  const std::string reader(store::kAttachmentReader);
  const Bytes foreign =
      Must(ministry_.store->FindParticulars(ChunkRowDigest(other, 0))).front().ciphertext;
  swap.forgotten_particulars = {{ChunkRowDigest(name, 0), reader}};
  ASSERT_TRUE(ministry_.keeper->Apply(swap).ok());
  EXPECT_TRUE(absl::IsDataLoss(Here().Read(name, Party("GRC"), 0).status()));
  swap = {};
  swap.particulars = {{ChunkRowDigest(name, 0), reader, matter_, foreign}};
  ASSERT_TRUE(ministry_.keeper->Apply(swap).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Here().Read(name, Party("GRC"), 0).status()));
}

// attachments.h: bytes that do not have the digest are forgotten, and can be sent again.
TEST_P(AttachmentsTest, WhatDoesNotHaveItsDigestIsForgotten) {
  for (const std::size_t size : {300'000, 700}) {
    SCOPED_TRACE(size);
    const std::string bytes = Scan('a', size);
    std::string other = bytes;
    other[5] = static_cast<char>(other[5] ^ 1);
    const AttachmentName name{matter_, crypto::Sha256(bytes)};
    std::uint64_t held = 0;
    absl::Status last;
    while (last.ok() && held < other.size()) {
      const auto added = AddAt(name, other, held);
      last = added.status();
      if (added.ok()) held = added->held;
    }
    EXPECT_EQ(ReasonOf(last), reason::kAttachmentDiffers);
    EXPECT_FALSE(Must(Here().Find(name, Party("GRC"))).has_value());
    EXPECT_FALSE(HasRow(name, 0));
    Put(matter_, bytes);
    EXPECT_EQ(ReadAll(name, "GRC"), bytes);
  }
}

// attachments.h: sizes, chunks and what a party may have unbound are limited, and the answer says
// so; what one party has leaves the others theirs.
TEST_P(AttachmentsTest, HasLimits) {
  const Attachments here = Here();
  const AttachmentName name{matter_, crypto::Sha256("x")};
  const auto add = [&](std::uint64_t size, std::uint64_t offset, const std::string& chunk,
                       std::string_view from = "GRC") {
    return here.Add(name, Party(from), size, offset, chunk).status();
  };
  const std::string full(kAttachmentChunk, 'x');
  EXPECT_EQ(ReasonOf(add(0, 0, "x")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(kMaxAttachmentBytes + 1, 0, full)), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(5, 0, "")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(5, 0, "xx")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(5, 4, "x")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(kMaxAttachmentBytes, 0, full + "x")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(add(kMaxAttachmentBytes, 0, "x")), reason::kAttachmentField);
  EXPECT_EQ(ReasonOf(here.Add({matter_, Digest()}, Party("GRC"), 1, 0, "x").status()),
            reason::kAttachmentField);
  for (std::uint64_t i = 0; i < kMaxUnboundBytesOfParty / kMaxAttachmentBytes; ++i) {
    const Digest begun = crypto::Sha256("begun " + std::to_string(i));
    ASSERT_TRUE(here.Add({matter_, begun}, Party("GRC"), kMaxAttachmentBytes, 0, full).ok());
  }
  const absl::Status over = add(1, 0, "x");
  EXPECT_EQ(ReasonOf(over), reason::kAttachmentQuota);
  EXPECT_TRUE(absl::IsResourceExhausted(over));
  EXPECT_TRUE(
      here.Add({ministry_.entropy.Make<MatterId>(), name.digest}, Party("AUT"), 1, 0, "x").ok());
  std::vector<Digest> many;
  for (std::size_t i = 0; i <= kMaxAttachmentsOfAct; ++i)
    many.push_back(crypto::Sha256("named " + std::to_string(i)));
  EXPECT_EQ(ReasonOf(ministry_.Submit(Application(matter_, many), "GRC").status()),
            reason::kAttachmentField);
}

// attachments.h: what no act has named goes by age, with the key of a matter that has nothing else;
// what one has named stays.
TEST_P(AttachmentsTest, WhatNobodyNamesGoesByAge) {
  const AttachmentName bound = Put(matter_, Scan('a', 500));
  ministry_.MustAdmit(Application(matter_, {bound.digest}));
  const AttachmentName late = Put(matter_, Scan('b', 500));  // of an open case
  const MatterId never = ministry_.entropy.Make<MatterId>();
  const AttachmentName whole = Put(never, Scan('c'));
  const std::string partly = Scan('d');
  ASSERT_TRUE(AddAt({never, crypto::Sha256(partly)}, partly, 0).ok());
  ministry_.clock.Set({ministry_.clock.Now().ms + kMaxUnboundAgeMs});
  EXPECT_EQ(Must(Here().Sweep()), 0);
  ministry_.clock.Set({ministry_.clock.Now().ms + 1});
  EXPECT_TRUE(Must(ministry_.store->FindWrappedKey(never)).has_value());
  // Whoever begins another one sweeps.
  ASSERT_TRUE(AddAt({ministry_.entropy.Make<MatterId>(), crypto::Sha256("x")}, "x", 0).ok());
  for (std::uint64_t index = 0; index < 3; ++index) EXPECT_FALSE(HasRow(whole, index));
  EXPECT_FALSE(HasRow({never, crypto::Sha256(partly)}, 0));
  EXPECT_FALSE(HasRow(late, 0));
  EXPECT_TRUE(Must(Here().ListOf(never)).empty());
  EXPECT_FALSE(Must(ministry_.store->FindWrappedKey(never)).has_value());
  EXPECT_EQ(ReadAll(bound, "PAK"), Scan('a', 500));
  EXPECT_EQ(Must(Here().Sweep()), 0);
}

// attachments.h: of an act that was not admitted nobody needs the attachments; those of another act
// stay.
TEST_P(AttachmentsTest, GoesWithTheActThatIsNotAdmitted) {
  const AttachmentName kept = Put(matter_, Scan('a', 500));
  ministry_.MustAdmit(Application(matter_, {kept.digest}));
  const AttachmentName gone = Put(matter_, Scan('b', 500));
  // The case is open already.
  const codec::Envelope again = Application(matter_, {kept.digest, gone.digest});
  const ActReceipt receipt = Must(ministry_.Submit(again, "GRC"));
  EXPECT_FALSE(Must(RulingOf(receipt.entry)).admitted());
  EXPECT_FALSE(HasRow(gone, 0));
  EXPECT_EQ(ReadAll(kept, "PAK"), Scan('a', 500));
  // Its sender did not get the receipt, and sends both again.
  Put(matter_, Scan('b', 500));
  EXPECT_TRUE(Must(ministry_.Submit(again, "GRC")).again);
  EXPECT_FALSE(HasRow(gone, 0));
}

// Issue 4, Attachments: erased with their matter, and none taken in afterwards; an act that comes
// to the erased case is judged without them.
TEST_P(AttachmentsTest, IsErasedWithItsMatter) {
  const AttachmentName name = Put(matter_, Scan('a'));
  ministry_.MustAdmit(Application(matter_, {name.digest}));
  const std::string half = Scan('b');
  ASSERT_TRUE(AddAt({matter_, crypto::Sha256(half)}, half, 0).ok());
  WithdrawAndErase(matter_);
  for (std::uint64_t index = 0; index < 3; ++index) EXPECT_FALSE(HasRow(name, index));
  EXPECT_FALSE(HasRow({matter_, crypto::Sha256(half)}, 0));
  EXPECT_TRUE(Must(Here().ListOf(matter_)).empty());
  EXPECT_FALSE(Must(ministry_.store->FindWrappedKey(matter_)).has_value());
  EXPECT_EQ(ReasonToRead(name, "PAK"), reason::kAttachmentUnknown);
  EXPECT_EQ(ReasonOf(AddAt(name, Scan('a'), 0).status()), reason::kParticularsErased);
  EXPECT_TRUE(ministry_.Submit(Application(matter_, {name.digest}), "GRC").ok());
  EXPECT_FALSE(Must(ministry_.store->FindWrappedKey(matter_)).has_value());
}

// What comes while the sequencer is held up, so that it is one group of the keeper.
class InOneGroup {
 public:
  explicit InOneGroup(LedgerKeeper& keeper) {
    keeper.Submit(
        [gate = gate_.get_future().share()](LedgerKeeper::Group&) {
          gate.wait();
          return absl::OkStatus();
        },
        [](const absl::Status&, const Committed*) {});
  }
  // Behind what came before. When it is late, it is a group of its own.
  void Then(std::function<void()> call) {
    calls_.emplace_back(std::move(call));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  void Run() {
    gate_.set_value();
    for (std::thread& call : calls_) call.join();
  }

 private:
  std::promise<void> gate_;
  std::vector<std::thread> calls_;
};

// attachments.h, erasure.h: nothing is left under an erased matter, also when a chunk and the
// erasure meet in one group, in either order.
TEST_P(AttachmentsTest, NothingIsLeftWhenAChunkAndTheErasureMeet) {
  for (const bool chunk_first : {true, false}) {
    SCOPED_TRACE(chunk_first);
    const MatterId matter = ministry_.entropy.Make<MatterId>();
    ministry_.MustAdmit(Application(matter, {Put(matter, Scan('a', 700)).digest}));
    const std::vector<support::SealOf> seal = {{"GRC", "return-authority"}};
    ministry_.MustAdmit(ministry_.Sealed(
        ministry_.From("GRC", "PAK", procedure::ActKind::kWithdrawal, matter), seal));
    const codec::Envelope erasure = ministry_.Sealed(
        ministry_.From("GRC", "PAK", procedure::ActKind::kErasure, matter,
                       Facts{{Fact::kErasureGround,
                              ExchangeWorld::Word(Fact::kErasureGround, "no_longer_needed")}}),
        seal);
    const std::string scan = Scan('b');
    const AttachmentName name{matter, crypto::Sha256(scan)};
    absl::Status put;
    const auto puts = [&] { put = AddAt(name, scan, 0).status(); };
    InOneGroup group(*ministry_.keeper);
    if (chunk_first) group.Then(puts);
    group.Then([&] { EXPECT_TRUE(ministry_.Submit(erasure, "GRC").ok()); });
    if (!chunk_first) group.Then(puts);
    group.Run();
    EXPECT_TRUE(put.ok() || ReasonOf(put) == reason::kParticularsErased) << put;
    EXPECT_TRUE(Must(Here().ListOf(matter)).empty());
    EXPECT_FALSE(HasRow(name, 0));
    EXPECT_FALSE(Must(ministry_.store->FindWrappedKey(matter)).has_value());
  }
}

// attachments.h: what goes by age takes nothing along that comes in the same group.
TEST_P(AttachmentsTest, WhatGoesByAgeTakesNothingAlong) {
  const MatterId matter = ministry_.entropy.Make<MatterId>();
  const AttachmentName name = Put(matter, Scan('a', 700));
  ministry_.clock.Set({ministry_.clock.Now().ms + kMaxUnboundAgeMs + 1});
  const codec::Envelope without = ministry_.Sealed(
      [&] {
        procedure::Act act = ministry_.Application();
        act.matter = matter;
        return act;
      }(),
      {{"GRC", "return-authority"}}, ministry_.Particulars());
  absl::Status submitted;
  InOneGroup group(*ministry_.keeper);
  group.Then([&] { EXPECT_EQ(Must(Here().Sweep()), 1); });
  group.Then([&] { submitted = ministry_.Submit(without, "GRC").status(); });
  group.Run();
  EXPECT_FALSE(HasRow(name, 0));
  // Turned away for the moment, or taken with its particulars.
  EXPECT_TRUE(submitted.ok() || absl::IsUnavailable(submitted)) << submitted;
  ASSERT_TRUE(ministry_.Submit(without, "GRC").ok());
  EXPECT_EQ(Must(ministry_.store->FindParticulars(crypto::Sha256(without.statement))).size(), 1U);
  EXPECT_TRUE(Must(ministry_.store->FindWrappedKey(matter)).has_value());
}

// attachments.h: an act that names what goes by age in the same group is turned away.
TEST_P(AttachmentsTest, WhatGoesByAgeIsNotThereForAnActThatComesWithIt) {
  const MatterId matter = ministry_.entropy.Make<MatterId>();
  const AttachmentName name = Put(matter, Scan('a', 700));
  ministry_.clock.Set({ministry_.clock.Now().ms + kMaxUnboundAgeMs + 1});
  const codec::Envelope naming = Application(matter, {name.digest});
  absl::Status submitted;
  InOneGroup group(*ministry_.keeper);
  group.Then([&] { EXPECT_EQ(Must(Here().Sweep()), 1); });
  group.Then([&] { submitted = ministry_.Submit(naming, "GRC").status(); });
  group.Run();
  // Turned away for the moment, or with the list; in the end with the list.
  EXPECT_TRUE(absl::IsUnavailable(submitted) || ReasonOf(submitted) == reason::kAttachmentsMissing)
      << submitted;
  EXPECT_EQ(ReasonOf(ministry_.Submit(naming, "GRC").status()), reason::kAttachmentsMissing);
  EXPECT_FALSE(HasRow(name, 0));
}

// check_store.h: attachments are whole with their records, under their matter's key; what was done
// to a chunk or a record is found.
TEST_P(AttachmentsTest, TheLongCheckOpensThem) {
  const std::string scan = Scan('a');
  const AttachmentName name = Put(matter_, scan);
  ministry_.MustAdmit(Application(matter_, {name.digest}));
  const MatterId ahead = ministry_.entropy.Make<MatterId>();
  ASSERT_TRUE(AddAt({ahead, crypto::Sha256(scan)}, scan, 0).ok());
  const auto found = [&] {
    std::string text;
    for (const CheckFinding& finding :
         Must(
             CheckStore(*ministry_.store, {ministry_.anchor, Party("PAK"), ministry_.log_key->key(),
                                           *ministry_.procedures->Set(), *ministry_.certificates,
                                           ministry_.trust.get(), ministry_.vault.get()}))
             .findings)
      text += ToText(finding) + "\n";
    return text;
  };
  EXPECT_EQ(found(), "");
  const std::string reader(store::kAttachmentReader);
  const auto change = [&](const Digest& row, Bytes bytes) {
    store::Commit forget;
    forget.forgotten_particulars = {{row, reader}};
    EXPECT_TRUE(ministry_.keeper->Apply(forget).ok());
    store::Commit put;
    put.particulars = {{row, reader, matter_, std::move(bytes)}};
    EXPECT_TRUE(ministry_.keeper->Apply(put).ok());
  };
  const Digest row = ChunkRowDigest(name, 1);
  const Bytes good = Must(ministry_.store->FindParticulars(row)).front().ciphertext;
  change(row, Bytes(good).replace(40, 1, 1, static_cast<char>(good[40] ^ 1)));
  EXPECT_THAT(found(), testing::HasSubstr("cannot be opened with this node's key"));
  change(row, good);
  EXPECT_EQ(found(), "");
  // Bound by an act or not: what nobody names is swept, and what is bound the ministry's officers
  // read.
  const auto mark = [&](const AttachmentName& which, AttachmentState state) {
    const std::string id = which.matter.ToHexText() + which.digest.ToHexText();
    const store::Paper paper = *Must(ministry_.store->FindPaper(kAttachmentPaper, id));
    store::Commit commit;
    commit.papers.push_back({std::string(kAttachmentPaper), id, paper.version, false,
                             static_cast<int>(state), paper.bytes});
    EXPECT_TRUE(ministry_.keeper->Apply(commit).ok());
  };
  mark(name, AttachmentState::kWhole);
  EXPECT_THAT(found(), testing::HasSubstr("an act names it, and it is kept as if none did"));
  mark(name, AttachmentState::kBound);
  EXPECT_EQ(found(), "");
  // Who sent it and when it began stand in the record alone, and the chunks are bound to both.
  const auto rewrite = [&](std::string_view from, std::string_view to) {
    const std::string id = name.matter.ToHexText() + name.digest.ToHexText();
    const store::Paper paper = *Must(ministry_.store->FindPaper(kAttachmentPaper, id));
    Bytes bytes = paper.bytes;
    bytes.replace(bytes.find(from), from.size(), to);
    store::Commit commit;
    commit.papers.push_back(
        {std::string(kAttachmentPaper), id, paper.version, false, paper.state, bytes});
    EXPECT_TRUE(ministry_.keeper->Apply(commit).ok());
    return paper.bytes.substr(paper.bytes.rfind(' '));
  };
  const std::string since = rewrite("GRC", "AUT");
  EXPECT_THAT(found(), testing::HasSubstr("cannot be opened with this node's key"));
  rewrite("AUT", "GRC");
  rewrite(since, since + "0");
  EXPECT_THAT(found(), testing::HasSubstr("cannot be opened with this node's key"));
  rewrite(since + "0", since);
  EXPECT_EQ(found(), "");
  const AttachmentName unnamed = Put(ministry_.entropy.Make<MatterId>(), scan);
  EXPECT_EQ(found(), "");
  mark(unnamed, AttachmentState::kBound);
  EXPECT_THAT(found(), testing::HasSubstr("no act names it, and it is kept as if one did"));
  mark(unnamed, AttachmentState::kWhole);
  EXPECT_EQ(found(), "");
  store::Commit surplus;
  surplus.particulars = {{ChunkRowDigest(name, 3), reader, matter_, good}};
  ASSERT_TRUE(ministry_.keeper->Apply(surplus).ok());
  EXPECT_THAT(found(), testing::HasSubstr("no record speaks of this chunk"));
  store::Commit missing;
  missing.forgotten_particulars = {{ChunkRowDigest(name, 3), reader},
                                   {ChunkRowDigest(name, 2), reader}};
  ASSERT_TRUE(ministry_.keeper->Apply(missing).ok());
  EXPECT_THAT(found(), testing::HasSubstr("a chunk of it is missing"));
}

// A state with an application that names a scan of three chunks.
class AttachmentsOfAnOutbox : public ::testing::Test {
 protected:
  AttachmentsOfAnOutbox() {
    ministry_.Begin();
    state_.emplace(ministry_);
    EXPECT_TRUE(state_->collector->CollectAll().ok());
    std::string& json = json_ = StateWorld::ApplicationJson();
    const std::string grade = R"("grade": "original")";
    json.replace(json.find(grade), grade.size(),
                 grade + R"(, "attachment": ")" + name_.digest.ToHexText() + "\"");
    json.replace(json.find('{'), 1, R"({"matter": ")" + name_.matter.ToHexText() + "\",");
  }
  void PutAtDesk() {
    for (std::uint64_t held = 0; held < bytes_.size();) {
      held = Must(state_->outbox->attachments().Add(name_, Party("GRC"), bytes_.size(), held,
                                                    ChunkAt(bytes_, held)))
                 .held;
    }
  }
  // Offsets of the chunks that are put from now on.
  void NoteOffsets() {
    offsets_.clear();
    state_->transport.before_chunk = [this](std::uint64_t offset) {
      offsets_.push_back(offset);
      return absl::OkStatus();
    };
  }
  std::uint64_t SizeThere() {
    const Attachments there = state_->transport.Attachments();
    std::uint64_t size = 0;
    while (true) {
      const auto piece = there.Read(name_, Party("PAK"), size);
      if (!piece.ok()) return size;
      if (piece->chunk.Reveal() != ChunkAt(bytes_, size)) return 0;
      size += piece->chunk.Reveal().size();
    }
  }

  ExchangeWorld ministry_;
  std::optional<StateWorld> state_;
  const std::string bytes_ = Scan('a');
  const AttachmentName name_{ministry_.entropy.Make<MatterId>(), crypto::Sha256(bytes_)};
  std::string json_;
  std::vector<std::uint64_t> offsets_;
};

// Issue 4, Attachments: sent ahead of the act that names them, and resumed after a cut; while the
// ministry is away the act is accepted here all the same, and noted as offered.
TEST_F(AttachmentsOfAnOutbox, GoAheadOfTheActAndGoOnAfterACut) {
  EXPECT_EQ(ReasonOf(state_->outbox->HandIn(json_).status()), reason::kAttachmentsMissing);
  EXPECT_EQ(state_->Entries(codec::EntryKind::kSealed), 0);
  // A dry run does not ask for them.
  EXPECT_TRUE(state_->outbox->HandIn(json_, std::nullopt, true).ok());
  PutAtDesk();
  const HandedIn handed = state_->MustHandIn(json_);
  state_->transport.away = true;
  EXPECT_TRUE(absl::IsUnavailable(state_->outbox->SendWaiting()));
  EXPECT_EQ(state_->SentOf(handed.id).state, SentState::kOffered);
  state_->transport.away = false;
  state_->transport.before_chunk = [](std::uint64_t offset) {
    return offset == 0 ? absl::OkStatus() : Unavailable("cut");
  };
  EXPECT_FALSE(state_->outbox->SendWaiting().ok());
  EXPECT_TRUE(state_->transport.Submitted().empty());
  NoteOffsets();
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(offsets_, (std::vector<std::uint64_t>{kAttachmentChunk, 2 * kAttachmentChunk}));
  EXPECT_EQ(state_->SentOf(handed.id).state, SentState::kRecorded);
  EXPECT_EQ(SizeThere(), bytes_.size());
}

// Issue 4, Attachments: an act that is turned away because its attachments have gone there is sent
// again with them, without anybody's doing.
TEST_F(AttachmentsOfAnOutbox, AreSentAgainWhenTheyHaveGoneThere) {
  PutAtDesk();
  const HandedIn handed = state_->MustHandIn(json_);
  bool swept = false;
  state_->transport.before_submit = [&]() -> absl::Status {
    if (std::exchange(swept, true)) return absl::OkStatus();
    const Instant now = ministry_.clock.Now();
    ministry_.clock.Set({now.ms + kMaxUnboundAgeMs + 1});
    EXPECT_EQ(Must(state_->transport.Attachments().Sweep()), 1);
    return absl::OkStatus();
  };
  NoteOffsets();
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  EXPECT_EQ(offsets_.size(), 6U);
  EXPECT_EQ(state_->SentOf(handed.id).state, SentState::kRecorded);
  EXPECT_EQ(SizeThere(), bytes_.size());
}

// Issue 4, Attachments: both sides erase them; the state does so when it collects the erasure.
TEST_F(AttachmentsOfAnOutbox, AreErasedOnBothSides) {
  PutAtDesk();
  state_->MustHandIn(json_);
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  const std::string matter = name_.matter.ToHexText();
  ASSERT_TRUE(state_->collector->CollectAll().ok());
  state_->MustHandIn(R"({"act": "withdrawal", "addressee": "PAK", "matter": ")" + matter +
                     R"(", "facts": {}})");
  state_->MustHandIn(R"({"act": "erasure", "addressee": "PAK", "matter": ")" + matter +
                     R"(", "facts": {"erasure_ground": "asked_by_person"}})");
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  ASSERT_TRUE(state_->collector->CollectAll().ok());
  for (store::Store* store : {ministry_.store.get(), state_->store.get()}) {
    for (std::uint64_t index = 0; index < 3; ++index)
      EXPECT_TRUE(Must(store->FindParticulars(ChunkRowDigest(name_, index))).empty());
    EXPECT_FALSE(Must(store->FindWrappedKey(name_.matter)).has_value());
  }
  EXPECT_TRUE(Must(state_->outbox->attachments().ListOf(name_.matter)).empty());
}

}  // namespace
}  // namespace chancery::exchange
