// What a state does with entries that the ministry hands over late: after later ones of other
// streams.
#include "engine/exchange/collect_late.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/exchange/collect.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/recovery.h"
#include "engine/ledger/checkpoint.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;

codec::Entry Decoded(const GivenEntry& given) { return Must(codec::DecodeEntry(given.entry)); }

// Every matter of the ministry that the party may read is here, equal to the byte of its encoding.
void ExpectSameMatters(ExchangeWorld& ministry, StateWorld& state) {
  for (const store::MatterRow& row :
       Must(ministry.store->ListMatters(std::nullopt, std::nullopt, 1000))) {
    const auto theirs = Must(ReadMatter(*ministry.store, row.id));
    if (!procedure::MayRead(procedure::ReadersOf(*theirs), Party(state.code))) continue;
    const auto ours = Must(ReadMatter(*state.store, row.id));
    ASSERT_TRUE(ours.has_value()) << row.id.ToHexText();
    EXPECT_EQ(*ours, *theirs) << row.id.ToHexText();
    EXPECT_EQ(Must(state.store->FindMatter(row.id))->open_person, row.open_person);
  }
}

// An act that everybody reads: one party's authority is appointed.
void Appoint(ExchangeWorld& ministry, std::string_view party) {
  const auto key_of = [&](std::string_view role) {
    return *Digest::FromBytes(
        support::RehearsalPki::Get().LedgerKey(party, role).public_key().View());
  };
  ministry.MustAdmit(ministry.Sealed(ministry.OfCooperation(
                                         "EUE", ActKind::kAuthorityAppointed,
                                         Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                                               {Fact::kLogKey, key_of("checkpoint")},
                                               {Fact::kWitnessKey, key_of("witness")},
                                               {Fact::kFrom, ministry.clock.Now().ms}}),
                                     {{"EUE", "union-signatory"}}),
                     "PAK");
}

// The ministry keeps back what stands in the stream of everybody.
absl::Status WithoutAll(GivenBatch& batch) {
  std::erase_if(batch.entries,
                [](const GivenEntry& given) { return Decoded(given).stream == "all"; });
  return absl::OkStatus();
}

std::vector<std::string> Evidence(StateWorld& state) {
  std::vector<std::string> reasons;
  for (const store::Conflict& conflict : Must(state.store->ListConflicts(0, 1000)))
    reasons.push_back(conflict.what.reason);
  return reasons;
}

std::size_t CountOf(const std::vector<std::string>& words, std::string_view word) {
  return static_cast<std::size_t>(std::count(words.begin(), words.end(), word));
}

// collect_late.h: everything else comes behind the newest entry; it is taken all the same, in the
// order of the numbers, and collecting goes on.
TEST(LateEntries, AHeadThatCameFirstDoesNotStopWhatStandsBeforeIt) {
  ExchangeWorld ministry;
  ministry.Begin();
  ministry.MustAdmit(ministry.SealedApplication());
  StateWorld state(ministry);
  state.transport.on_batch = [](GivenBatch& batch) {
    // The head of the state's own stream, before the application that opened it.
    std::rotate(batch.entries.begin(), batch.entries.end() - 2, batch.entries.end() - 1);
    return absl::OkStatus();
  };
  const absl::Status collected = state.collector->CollectAll();
  ASSERT_TRUE(collected.ok()) << collected;
  EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size);
  ExpectSameMatters(ministry, state);
  EXPECT_GT(state.events.Count("collect.late"), 0);
  // From here on as ever, also after a restart.
  state.transport.on_batch = {};
  state.Stop();
  state.Start();
  ministry.MustAdmit(ministry.SealedApplication());
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ExpectSameMatters(ministry, state);
}

// collect_late.h: an act withheld from one stream and handed over later is taken once every ruling
// comes out as recorded, also when the program ended in between; that it came late is evidence,
// each entry once.
TEST(LateEntries, AnActPublishedLateIsTakenWhenItChangesNoRuling) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  // The next day: the stream's head and the act behind it are both withheld.
  ministry.clock.Set({ministry.clock.Now().ms + kMsPerDay});
  Appoint(ministry, "AUT");
  ministry.MustAdmit(ministry.SealedApplication());
  Appoint(ministry, "BGR");
  state.transport.on_batch = WithoutAll;
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t next = Must(state.collector->NextNumber());
  state.Stop();
  state.Start();
  state.transport.on_batch = {};
  const absl::Status collected = state.collector->CollectAll();
  ASSERT_TRUE(collected.ok()) << collected;
  ExpectSameMatters(ministry, state);
  EXPECT_GT(Must(state.collector->NextNumber()), next);
  EXPECT_EQ(Must(state.collector->NextNumber()), ministry.keeper->head().tree.size);
  EXPECT_EQ(Must(ListReceived(*state.store, std::nullopt, 1000)).size(),
            static_cast<std::size_t>(state.Entries(codec::EntryKind::kReceived)));
  // Late were the head of the day and Austria's appointment; Bulgaria's came in its turn.
  EXPECT_EQ(state.events.Count("collect.late"), 2);
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  ASSERT_EQ(conflicts.size(), 2U);
  for (const store::Conflict& conflict : conflicts) {
    EXPECT_EQ(conflict.what.reason, "COLLECT_LATE");
    EXPECT_EQ(conflict.what.origin, ministry.log_key->key().name());
    // What had been shown before is the application; what came late has its proof with it.
    EXPECT_NE(conflict.what.held, Bytes());
    EXPECT_NE(conflict.what.offered.find(ministry.log_key->key().name()), Bytes::npos);
  }
  // The own book says in its order what was received after what.
  EXPECT_TRUE(state.cosigner->Round().ok());
}

// A head of a day rules nothing: it is taken at once, and what comes behind it in time is not kept
// waiting for it.
TEST(LateEntries, ALateHeadIsTakenAtOnce) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  ministry.clock.Set({ministry.clock.Now().ms + kMsPerDay});
  Appoint(ministry, "AUT");
  ministry.MustAdmit(ministry.SealedApplication());
  state.transport.on_batch = WithoutAll;
  ASSERT_TRUE(state.collector->CollectAll().ok());
  // Only the head is handed over, then the line is cut.
  state.transport.page_size = 1;
  int batches = 0;
  state.transport.on_batch = [&batches](GivenBatch& batch) {
    if (++batches == 2) return Unavailable("the line is cut");
    EXPECT_EQ(Decoded(batch.entries.front()).kind, codec::EntryKind::kStreamHead);
    return absl::OkStatus();
  };
  EXPECT_FALSE(state.collector->CollectAll().ok());
  const store::Paper before = *Must(state.store->FindPaper("stream", "all"));
  batches = 0;
  state.transport.on_batch = [&](GivenBatch& batch) {
    EXPECT_EQ(Decoded(batch.entries.front()).kind, codec::EntryKind::kAct) << "the head is kept";
    return absl::OkStatus();
  };
  ASSERT_TRUE(state.collector->CollectAll().ok());
  EXPECT_NE(Must(state.store->FindPaper("stream", "all"))->bytes, before.bytes);
  ExpectSameMatters(ministry, state);
}

// A ledger of the test's own making under the ministry's key, in place of the true one from some
// number on: what a keeper with two sets of books shows.
class LyingLedger {
 public:
  LyingLedger(ExchangeWorld& ministry, std::uint64_t number, const codec::Entry& instead) {
    const std::uint64_t size = ministry.keeper->head().tree.size;
    for (std::uint64_t n = 0; n < size; ++n) {
      entries_.push_back(n == number ? Must(codec::EncodeEntry(instead))
                                     : Must(ministry.store->ReadEntry(n)).bytes);
      leaves_.push_back(ledger::LeafHash(entries_.back()));
    }
    checkpoint_ = Must(ledger::SignCheckpoint(
        *ministry.log_key, {ministry.log_key->key().name(), {size, Root(0, size)}}));
  }
  // One entry and its proof in this ledger.
  GivenEntry Given(std::uint64_t number) const {
    GivenEntry given{number, entries_[number], {}, {}};
    Path(number, 0, leaves_.size(), given.inclusion);
    return given;
  }
  GivenBatch Batch(const std::vector<std::uint64_t>& numbers) const {
    GivenBatch batch{{}, checkpoint_};
    for (const std::uint64_t number : numbers) batch.entries.push_back(Given(number));
    return batch;
  }

 private:
  // RFC 6962, section 2.1.
  static std::uint64_t Split(std::uint64_t count) {
    std::uint64_t power = 1;
    while (power * 2 < count) power *= 2;
    return power;
  }
  Digest Root(std::uint64_t from, std::uint64_t count) const {
    if (count == 1) return leaves_[from];
    const std::uint64_t left = Split(count);
    return ledger::NodeHash(Root(from, left), Root(from + left, count - left));
  }
  void Path(std::uint64_t number, std::uint64_t from, std::uint64_t count,
            std::vector<Bytes>& path) const {
    if (count == 1) return;
    const std::uint64_t left = Split(count);
    const bool in_left = number < from + left;
    in_left ? Path(number, from, left, path) : Path(number, from + left, count - left, path);
    path.push_back((in_left ? Root(from + left, count - left) : Root(from, left)).ToBytes());
  }

  std::vector<Bytes> entries_;
  std::vector<Digest> leaves_;
  Bytes checkpoint_;
};

// Gives what the ledger shows once, and nothing after that until `told` is taken back.
auto TellOnce(const LyingLedger& lying, const std::vector<std::uint64_t>& shown, bool& told) {
  return [&](GivenBatch& batch) {
    batch = std::exchange(told, true) ? GivenBatch{{}, batch.checkpoint} : lying.Batch(shown);
    return absl::OkStatus();
  };
}

// The entries of a ledger from a number on that a party may read: theirs first, then everybody's.
std::vector<std::uint64_t> Withheld(ExchangeWorld& ministry, std::uint64_t from, bool everybodys) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = from; n < ministry.keeper->head().tree.size; ++n) {
    if ((Must(ministry.store->ReadEntry(n)).stream == "all") == everybodys) numbers.push_back(n);
  }
  return numbers;
}

// The ministry's own envelope of an act as an entry in the place of another.
codec::Entry InPlaceOf(const codec::Entry& place, const codec::Entry& act) {
  codec::Entry entry = place;
  entry.body = act.body;
  return entry;
}

// collect_late.h, design section 2: a late act with which a ruling taken before is no longer right
// is not taken, now or after a restart; both entries are evidence and nothing of it moves a matter.
TEST(LateEntries, ALateActThatChangesARulingIsRefusedAndKept) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t from = ministry.keeper->head().tree.size;
  Appoint(ministry, "AUT");
  const ActReceipt application = ministry.MustAdmit(ministry.SealedApplication());
  const std::vector<std::uint64_t> own = Withheld(ministry, from, false);
  const std::vector<std::uint64_t> all = Withheld(ministry, from, true);
  ASSERT_EQ(all.size(), 1U);
  // Greece's office was revoked before its application, says the other book; it admitted it.
  const ActReceipt revoked = ministry.MustAdmit(
      ministry.Sealed(ministry.OfCooperation(
                          "EUE", ActKind::kOfficeRevoked,
                          Facts{{Fact::kCertificate,
                                 ExchangeWorld::CertificateOf("GRC", "return-authority").digest()},
                                {Fact::kUntil, ministry.clock.Now().ms},
                                {Fact::kRevocationGround,
                                 ExchangeWorld::Word(Fact::kRevocationGround, "superseded")}}),
                      {{"EUE", "union-signatory"}}),
      "PAK");
  const codec::Entry place =
      Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(all.front())).bytes));
  const LyingLedger lying(ministry, all.front(),
                          InPlaceOf(place, Must(codec::DecodeEntry(revoked.entry))));
  bool told = false;
  state.transport.on_batch = TellOnce(lying, own, told);
  ASSERT_TRUE(state.collector->CollectAll().ok()) << "nothing in it contradicts itself yet";
  const std::uint64_t next = Must(state.collector->NextNumber());
  const MatterId application_case =
      Must(codec::DecodeStatement(
               StatementOf(Must(codec::DecodeEntry(application.entry)))->statement))
          .act.matter;
  const auto ours = Must(ReadMatter(*state.store, application_case));
  ASSERT_TRUE(ours.has_value());

  const auto collect_late = [&] {
    told = false;
    state.transport.on_batch = TellOnce(lying, all, told);
    return state.collector->CollectAll();
  };
  const absl::Status refused = collect_late();
  EXPECT_EQ(ReasonOf(refused), "DOOR_DIFFERS") << refused;
  EXPECT_NE(refused.message().find("entry " + std::to_string(application.number)),
            absl::string_view::npos);
  EXPECT_EQ(Must(state.collector->NextNumber()), next);
  EXPECT_EQ(Must(ReadMatter(*state.store, application_case)), ours);
  EXPECT_EQ(Evidence(state), (std::vector<std::string>{"COLLECT_LATE", "DOOR_DIFFERS"}));
  EXPECT_EQ(ReasonOf(collect_late()), "DOOR_DIFFERS");
  EXPECT_EQ(state.events.Count("collect.contradiction"), 1) << "the same ones are judged once";
  state.Stop();
  state.Start();
  EXPECT_EQ(ReasonOf(collect_late()), "DOOR_DIFFERS");
  EXPECT_EQ(CountOf(Evidence(state), "COLLECT_LATE"), 1U) << "noted once for ever";
  const auto conflicts = Must(state.store->ListConflicts(0, 10));
  EXPECT_NE(conflicts[0].what.offered.find(lying.Given(all.front()).entry), Bytes::npos);
  EXPECT_NE(conflicts[1].what.offered.find(lying.Given(application.number).entry), Bytes::npos);
}

// The same for an act that leaves the door open and changes only what is ruled.
TEST(LateEntries, ALateActWithWhichTheCoreRulesOtherwiseIsRefused) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t from = ministry.keeper->head().tree.size;
  Appoint(ministry, "AUT");
  ministry.MustAdmit(ministry.SealedApplication());
  const std::vector<std::uint64_t> own = Withheld(ministry, from, false);
  const std::vector<std::uint64_t> all = Withheld(ministry, from, true);
  // The procedure was put out of force before the application, says the other book.
  const ActReceipt out = ministry.MustAdmit(ministry.Sealed(
      ministry.OfCooperation("PAK", ActKind::kProcedureOutOfForce,
                             Facts{{Fact::kProcedure, crypto::Sha256(ministry.bundle_2016)},
                                   {Fact::kUntil, ministry.clock.Now().ms}}),
      {{"PAK", "ministry"}}));
  const codec::Entry place =
      Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(all.front())).bytes));
  const LyingLedger lying(ministry, all.front(),
                          InPlaceOf(place, Must(codec::DecodeEntry(out.entry))));
  bool told = false;
  std::vector<std::uint64_t> shown = own;
  state.transport.on_batch = TellOnce(lying, shown, told);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  shown = all;
  told = false;
  const absl::Status refused = state.collector->CollectAll();
  EXPECT_EQ(ReasonOf(refused), "RULING_DIFFERS") << refused;
  EXPECT_EQ(Evidence(state), (std::vector<std::string>{"COLLECT_LATE", "RULING_DIFFERS"}));
  EXPECT_FALSE(Must(state.store->ListConflicts(1, 10)).front().what.held.empty())
      << "this party's own ruling";
}

// docs/ledger.md: recorded_at never runs back along the numbers, whatever came first.
TEST(LateEntries, OneRecordedAfterALargerNumberIsRefused) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t from = ministry.keeper->head().tree.size;
  Appoint(ministry, "AUT");
  ministry.clock.Set({ministry.clock.Now().ms + 1000});
  ministry.MustAdmit(ministry.SealedApplication());
  ministry.clock.Set({ministry.clock.Now().ms + 1000});
  ministry.MustAdmit(ministry.SealedApplication());
  const std::vector<std::uint64_t> own = Withheld(ministry, from, false);
  const std::vector<std::uint64_t> all = Withheld(ministry, from, true);
  // Two forms of it: after everything collected, and only after its next neighbour.
  for (const std::int64_t later : {3000, 1500}) {
    StateWorld fresh(ministry);
    codec::Entry late =
        Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(all.front())).bytes));
    late.recorded_at.ms += later;
    const LyingLedger lying(ministry, all.front(), late);
    std::vector<std::uint64_t> first;
    for (std::uint64_t n = 0; n < from; ++n) first.push_back(n);
    first.insert(first.end(), own.begin(), own.end());
    std::vector<std::uint64_t> shown = first;
    bool told = false;
    fresh.transport.on_batch = TellOnce(lying, shown, told);
    ASSERT_TRUE(fresh.collector->CollectAll().ok());
    shown = all;
    told = false;
    EXPECT_EQ(ReasonOf(fresh.collector->CollectAll()), "COLLECT_ORDER") << later;
    EXPECT_EQ(CountOf(Evidence(fresh), "COLLECT_ORDER"), 1U) << later;
  }
}

// collect_late.h: a late entry is judged no less than one in its turn: its ruling, the core that
// made it, and its stream.
TEST(LateEntries, OneThatIsItselfWrongIsRefused) {
  ExchangeWorld ministry;
  ministry.Begin();
  const std::uint64_t from = ministry.keeper->head().tree.size;
  Appoint(ministry, "AUT");
  ministry.MustAdmit(ministry.SealedApplication());
  const std::vector<std::uint64_t> own = Withheld(ministry, from, false);
  const std::vector<std::uint64_t> all = Withheld(ministry, from, true);
  const codec::Entry honest =
      Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(all[0])).bytes));
  const std::function<void(codec::Entry&)> changes[] = {
      [](codec::Entry& entry) { entry.core_revision = procedure::kCoreRevision + 1; },
      [](codec::Entry& entry) {
        entry.stream = "GRC";
        entry.position = 2;  // behind the head and the application
      },
      [](codec::Entry& entry) {
        std::get<codec::ActBody>(entry.body).ruling.outcome =
            procedure::Inadmissible{procedure::Ground::kWrongRole, "Art 6", "", {}};
      },
  };
  int which = 0;
  for (const auto& change : changes) {
    SCOPED_TRACE(which++);
    StateWorld state(ministry);
    codec::Entry wrong = honest;
    change(wrong);
    const LyingLedger lying(ministry, all[0], wrong);
    std::vector<std::uint64_t> shown;
    for (std::uint64_t n = 0; n < from; ++n) shown.push_back(n);
    shown.insert(shown.end(), own.begin(), own.end());
    bool told = false;
    state.transport.on_batch = TellOnce(lying, shown, told);
    ASSERT_TRUE(state.collector->CollectAll().ok());
    shown = all;
    told = false;
    const absl::Status refused = state.collector->CollectAll();
    EXPECT_EQ(ReasonOf(refused), "RULING_DIFFERS") << refused;
    EXPECT_EQ(CountOf(Evidence(state), "RULING_DIFFERS"), 1U);
  }
}

// collect_late.h: what this party holds a receipt for and has not collected is no part of the
// history that is ruled again.
TEST(LateEntries, AReceiptedActIsNotRuledBeforeItIsCollected) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  Appoint(ministry, "AUT");
  state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  Appoint(ministry, "BGR");
  // Its own stream is withheld; the receipt of its own act is here.
  state.transport.on_batch = [](GivenBatch& batch) {
    std::erase_if(batch.entries,
                  [](const GivenEntry& given) { return Decoded(given).stream != "all"; });
    return absl::OkStatus();
  };
  ASSERT_TRUE(state.collector->CollectAll().ok());
  state.transport.on_batch = {};
  const absl::Status collected = state.collector->CollectAll();
  ASSERT_TRUE(collected.ok()) << collected;
  ExpectSameMatters(ministry, state);
}

// collect_received.h: an act stands at one place; late entries that hold it twice are two
// histories.
TEST(LateEntries, OneActAtTwoLateEntriesIsAFork) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t from = ministry.keeper->head().tree.size;
  Appoint(ministry, "AUT");
  Appoint(ministry, "BGR");
  ministry.MustAdmit(ministry.SealedApplication());
  const std::vector<std::uint64_t> own = Withheld(ministry, from, false);
  const std::vector<std::uint64_t> all = Withheld(ministry, from, true);
  ASSERT_EQ(all.size(), 2U);
  const auto entry_of = [&](std::uint64_t number) {
    return Must(codec::DecodeEntry(Must(ministry.store->ReadEntry(number)).bytes));
  };
  const LyingLedger lying(ministry, all[1], InPlaceOf(entry_of(all[1]), entry_of(all[0])));
  bool told = false;
  std::vector<std::uint64_t> shown = own;
  state.transport.on_batch = TellOnce(lying, shown, told);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::uint64_t next = Must(state.collector->NextNumber());
  shown = all;
  told = false;
  const absl::Status refused = state.collector->CollectAll();
  EXPECT_EQ(ReasonOf(refused), "LEDGER_FORKED") << refused;
  EXPECT_EQ(Must(state.collector->NextNumber()), next);
  EXPECT_EQ(CountOf(Evidence(state), "LEDGER_FORKED"), 1U);
}

// collect_received.h: an entry reaches a state as the receipt of its own act and by collecting,
// also in one group of the keeper: it is received once, and nobody is accused.
TEST(Received, OnceWhenAReceiptAndCollectingMeetInOneGroup) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const int received = state.Entries(codec::EntryKind::kReceived);
  const codec::Envelope sealed = ministry.SealedApplication();
  const ActReceipt receipt = ministry.MustAdmit(sealed);
  const VerifiedStatement verified = Must(VerifyStatement(
      {sealed.statement, sealed.seal}, ministry.clock.Now(), *ministry.trust, *state.certificates));
  const ProvenEntry proven = Must(CheckReceipt(
      {receipt.number, receipt.entry, receipt.proof}, sealed.statement,
      state.party->KeeperLogs(ministry.clock.Now()), ministry.clock.Now(), ministry.clock.Now()));
  const auto keep = [&](LedgerKeeper::Group& group) {
    return KeepReceived(*state.store, *state.party, verified.statement.act, verified.digest, proven,
                        group);
  };
  std::promise<void> both_wait;
  std::vector<absl::Status> answers;
  state.keeper->Submit(
      [gate = both_wait.get_future().share()](LedgerKeeper::Group&) {
        gate.wait();
        return absl::OkStatus();
      },
      [](const absl::Status&, const Committed*) {});
  for (int i = 0; i < 2; ++i) {
    state.keeper->Submit(keep, [&answers](const absl::Status& status, const Committed*) {
      answers.push_back(status);
    });
  }
  both_wait.set_value();
  state.keeper->Close();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].ok()) << answers[0];
  EXPECT_TRUE(answers[1].ok()) << answers[1];
  EXPECT_EQ(state.Entries(codec::EntryKind::kReceived), received + 1);
}

// matters.h: what a replay of everything comes to replaces what stands; the newest case of a person
// is the one the whole history opened last, whatever was known first.
TEST(MatterBook, FollowsAReplayAlsoInWhichCaseOfAPersonIsTheNewest) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const MatterId handle = state.entropy.Make<MatterId>();
  const auto one_case = [&](std::uint8_t id) {
    procedure::Matter matter;
    matter.id.raw()[0] = id;
    matter.kind = procedure::MatterKind::kCase;
    matter.requesting = Party("GRC");
    matter.requested = Party("PAK");
    matter.stage = "applied";
    matter.procedure = crypto::Sha256(ministry.bundle_2016);
    matter.facts.Set(Fact::kHandle, handle);
    return matter;
  };
  const procedure::Matter earlier = one_case(1);
  const procedure::Matter later = one_case(2);
  const auto put = [&](const procedure::MatterTable& table) {
    ASSERT_TRUE(state.keeper
                    ->Run([&](LedgerKeeper::Group& group) {
                      return state.matters->Follow(*state.procedures->Set(), table, group.rows());
                    })
                    .ok());
  };
  procedure::MatterTable only_later;
  only_later.Put(later);
  put(only_later);
  EXPECT_EQ(state.matters->CaseOf(Party("GRC"), handle), later.id);
  procedure::MatterTable both;
  both.Put(earlier);
  both.Put(later);
  put(both);
  EXPECT_EQ(state.matters->CaseOf(Party("GRC"), handle), later.id);
  EXPECT_FALSE(Must(state.store->FindMatter(earlier.id))->open_person.has_value());
  EXPECT_TRUE(Must(state.store->FindMatter(later.id))->open_person.has_value());
  procedure::MatterTable other_order;
  other_order.Put(later);
  other_order.Put(earlier);
  put(other_order);
  EXPECT_EQ(state.matters->CaseOf(Party("GRC"), handle), earlier.id);
  EXPECT_FALSE(Must(state.store->FindMatter(later.id))->open_person.has_value());
}

}  // namespace
}  // namespace chancery::exchange
