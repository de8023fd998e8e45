#include "engine/exchange/outbox.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/outbox_loop.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/receipt.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using codec::EntryKind;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;
using testing::HasSubstr;

// A ministry with everything in force, and a state that has collected it.
struct Pair {
  ExchangeWorld ministry;
  std::unique_ptr<StateWorld> state;

  Pair() {
    ministry.Begin();
    state = std::make_unique<StateWorld>(ministry);
    const absl::Status collected = state->collector->CollectAll();
    EXPECT_TRUE(collected.ok()) << collected;
  }
  std::uint64_t MinistrySize() const { return ministry.keeper->head().tree.size; }
};

// Design section 4: encode, seal, own ledger and outbox are one commit.
TEST(Outbox, HandingInLeavesASealedEntryARowAndEncryptedParticularsTogether) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  EXPECT_EQ(state.Entries(EntryKind::kSealed), 1);
  EXPECT_EQ(Must(state.outbox->Waiting()), 1U);
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kWaiting);
  const auto rows = Must(state.store->FindParticulars(handed.digest));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_THAT(rows[0].ciphertext, testing::Not(HasSubstr("Specimen")));
  const auto deliveries = Must(state.store->FindDeliveriesOf(handed.id));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_THAT(deliveries[0].what.bytes, testing::Not(HasSubstr("Specimen")));
  const codec::Entry entry =
      Must(codec::DecodeEntry(Must(state.store->ReadEntry(handed.number)).bytes));
  EXPECT_EQ(entry.stream, "GRC");
}

// Design section 4: the receipt is checked and recorded; the row is answered.
TEST(Outbox, ASentActIsRecordedWithTheMinistrysReceipt) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  const absl::Status sent = state.outbox->SendWaiting();
  ASSERT_TRUE(sent.ok()) << sent;
  EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
  const SentAct act = state.SentOf(handed.id);
  EXPECT_EQ(act.state, SentState::kRecorded);
  EXPECT_EQ(act.number, pair.MinistrySize() - 1);
  EXPECT_THAT(act.ruling, testing::StartsWith("admitted "));
  EXPECT_EQ(state.Entries(EntryKind::kOffered), 0);
  bool kept = false;
  for (const ReceivedEntry& received : Must(ListReceived(*state.store, std::nullopt, 1000))) {
    kept = kept || (received.number == act.number && ledger::ParseReceipt(received.proof).ok());
  }
  EXPECT_TRUE(kept);
}

// Design section 5: a person handle is made by the sender for each person.
TEST(Outbox, AnApplicationWithoutAHandleGetsOne) {
  Pair pair;
  const HandedIn handed = pair.state->MustHandIn();
  ASSERT_TRUE(pair.state->outbox->SendWaiting().ok());
  ASSERT_TRUE(pair.state->collector->CollectAll().ok());
  const auto matter = Must(ReadMatter(*pair.state->store, handed.matter));
  ASSERT_TRUE(matter.has_value());
  EXPECT_FALSE(matter->facts.IdOr(procedure::Fact::kHandle).IsZero());
}

// Issue 2: a daemon whose ministry is away keeps accepting applications and sends them when it is
// back.
TEST(Outbox, WhileTheMinistryIsAwayActsAreKeptAndSentLaterInTheirOrder) {
  Pair pair;
  StateWorld& state = *pair.state;
  state.transport.away = true;
  std::vector<StatementId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(state
                      .MustHandIn(StateWorld::ApplicationJson(
                          "Invented " + std::string(1, static_cast<char>('A' + i))))
                      .id);
    pair.ministry.clock.Set({pair.ministry.clock.Now().ms + 1000});
  }
  EXPECT_EQ(state.outbox->SendWaiting().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Must(state.outbox->Waiting()), 5U);
  state.transport.away = false;
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  std::uint64_t last = 0;
  for (const StatementId& id : ids) {
    const SentAct act = state.SentOf(id);
    EXPECT_EQ(act.state, SentState::kRecorded);
    EXPECT_GT(act.number, last);
    last = act.number;
  }
}

// proto entry OfferedBody: a sealed statement was offered and no receipt came; once per act however
// often it is tried.
TEST(Outbox, AnAttemptWithoutReceiptIsNotedOnceInTheOwnLedger) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  state.transport.away = true;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.Entries(EntryKind::kOffered), 1);
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
}

// Issue 2: no act lost, none twice: the answer may be lost after the act was recorded.
TEST(Outbox, ALostAnswerIsAskedForAgainAndTheActStandsOnce) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  bool lost = false;
  state.transport.after_submit = [&](GivenReceipt&) -> absl::Status {
    if (std::exchange(lost, true)) return absl::OkStatus();
    return absl::DeadlineExceededError("no answer");
  };
  EXPECT_EQ(state.outbox->SendWaiting().code(), absl::StatusCode::kDeadlineExceeded);
  const std::uint64_t size = pair.MinistrySize();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(pair.MinistrySize(), size);
  EXPECT_EQ(state.SentOf(handed.id).number, size - 1);
  const auto envelopes = state.transport.Submitted();
  ASSERT_EQ(envelopes.size(), 2U);
  EXPECT_EQ(envelopes[0].statement, envelopes[1].statement);
  EXPECT_EQ(envelopes[0].seal, envelopes[1].seal);
}

// Issue 2: a program may end in every state of an outbox row.
TEST(Outbox, ARestartInEveryStateOfARowGoesOnWhereItStood) {
  Pair pair;
  StateWorld& state = *pair.state;
  const auto restart = [&] {
    state.Stop();
    state.Start();
  };
  const HandedIn handed = state.MustHandIn();
  restart();  // sealed, never tried
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kWaiting);
  state.transport.away = true;
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  restart();  // offered
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
  state.transport.away = false;
  state.transport.after_submit = [](GivenReceipt&) { return Unavailable("lost"); };
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  restart();  // recorded there, not known here
  state.transport.after_submit = {};
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  const SentAct recorded = state.SentOf(handed.id);
  EXPECT_EQ(recorded.state, SentState::kRecorded);
  restart();  // received
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.SentOf(handed.id), recorded);
  EXPECT_EQ(state.Entries(EntryKind::kOffered), 1);
  EXPECT_EQ(state.Entries(EntryKind::kSealed), 1);
}

// Design section 4: what is turned away at the door is kept here with the reason, never lost and
// never sent again.
TEST(Outbox, AnActTurnedAwayAtTheDoorIsKeptWithTheReason) {
  Pair pair;
  StateWorld& state = *pair.state;
  state.transport.before_submit = [] {
    return WithReason(PermissionDenied("seal: revoked"), reason::kCertificateRevoked);
  };
  const HandedIn handed = state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  const SentAct act = state.SentOf(handed.id);
  EXPECT_EQ(act.state, SentState::kTurnedAway);
  EXPECT_EQ(act.reason, reason::kCertificateRevoked);
  EXPECT_EQ(act.error, "seal: revoked");
  EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
  state.transport.before_submit = {};
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.transport.Submitted().size(), 1U);
}

// A refusal counts only with the door's own reason: a broken network path must not end an act's
// way.
TEST(Outbox, ARefusalWithoutTheDoorsReasonTurnsNothingAway) {
  Pair pair;
  StateWorld& state = *pair.state;
  state.transport.before_submit = [] { return PermissionDenied("a proxy says no"); };
  const HandedIn handed = state.MustHandIn();
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
}

// Issue 2: no act lost. Only a reason about the bytes or their author's seals ends an act's way;
// any other, known or not, may pass: the act waits, shows as trouble, and is sent again.
TEST(Outbox, ARefusalThatMayPassHoldsTheActUntilItIsTaken) {
  Pair pair;
  StateWorld& state = *pair.state;
  for (const std::string_view reason :
       {std::string_view("PEER_REFUSED"), reason::kNotFounded, reason::kCertificateUnknown,
        reason::kAuthorNotAppointed, reason::kShuttingDown, reason::kStoreFull,
        std::string_view("DEADLINE_REQUIRED"), std::string_view("STATEMENT_OF_A_LATER_VERSION"),
        std::string_view("NEVER_HEARD_OF")}) {
    SCOPED_TRACE(reason);
    state.transport.before_submit = [reason] {
      return WithReason(PermissionDenied("not now"), reason);
    };
    const HandedIn handed = state.MustHandIn();
    EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), reason);
    EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), reason);
    EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
    EXPECT_EQ(Must(state.outbox->Waiting()), 1U);
    state.transport.before_submit = {};
    ASSERT_TRUE(state.outbox->SendWaiting().ok());
    EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
  }
}

// docs/protocol.md section 3: reasons about the bytes and their seals are for good, but only from
// the door itself: a ministry that is away judges nothing.
TEST(Outbox, AReasonAboutTheBytesIsForGoodUnlessTheMinistryIsAway) {
  for (const std::string_view reason :
       {reason::kSealInvalid, reason::kSealMissing, reason::kCertificateWrong,
        reason::kAppointmentDiffers, reason::kCertificateExpired, reason::kCertificateRevoked,
        reason::kCertificateNotAppointed, reason::kCertificateOfOtherParty,
        reason::kStatementIdReused, reason::kOtherRealm, reason::kOtherAgreement,
        reason::kCommitmentDiffers, reason::kMatterTaken,
        std::string_view("STATEMENT_NOT_CANONICAL"), std::string_view("ENVELOPE_FIELD"),
        std::string_view("PARTICULARS_FIELD")}) {
    EXPECT_TRUE(IsRefusal(WithReason(PermissionDenied("no"), reason))) << reason;
    EXPECT_FALSE(IsRefusal(WithReason(Unavailable("away"), reason))) << reason;
  }
  // A daemon shown with another party's TLS certificate by mistake loses no act: the configuration
  // is mended.
  EXPECT_FALSE(IsRefusal(WithReason(PermissionDenied("no"), reason::kPeerNotAuthor)));
}

// A refused act does not hold up another person's.
TEST(Outbox, AFailureThatIsOneActsOwnHoldsUpItsMatterOnly) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn first = state.MustHandIn(StateWorld::ApplicationJson("Invented A"));
  const std::string withdrawal =
      R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "matter": ")" +
      first.matter.ToHexText() + "\"}";
  const HandedIn later = state.MustHandIn(withdrawal);
  const HandedIn other = state.MustHandIn(StateWorld::ApplicationJson("Invented B"));
  bool once = false;
  state.transport.before_submit = [&]() -> absl::Status {
    if (std::exchange(once, true)) return absl::OkStatus();
    return Internal("one act's own trouble");
  };
  EXPECT_FALSE(state.outbox->SendWaiting().ok());
  EXPECT_EQ(state.SentOf(first.id).state, SentState::kOffered);
  EXPECT_EQ(state.SentOf(later.id).state, SentState::kWaiting);
  EXPECT_EQ(state.SentOf(other.id).state, SentState::kRecorded);
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_LT(state.SentOf(first.id).number, state.SentOf(later.id).number);
}

struct WrongReceipt {
  const char* name;
  std::function<void(ExchangeWorld&, GivenReceipt&)> change;
  std::string reason;
};

GivenReceipt ReceiptOfAnotherAct(ExchangeWorld& ministry) {
  const ActReceipt other = ministry.MustAdmit(ministry.SealedApplication());
  return {other.number, other.entry, other.proof};
}

// Security: a receipt is believed for what it proves, never for who handed it over.
TEST(Outbox, AReceiptThatProvesNothingIsRefusedAndKeptAsEvidence) {
  const std::vector<WrongReceipt> wrong = {
      {"wrong proof",
       [](ExchangeWorld&, GivenReceipt& given) {
         ledger::Receipt receipt = Must(ledger::ParseReceipt(given.proof));
         ASSERT_FALSE(receipt.inclusion_proof.empty());
         receipt.inclusion_proof[0].raw()[0] ^= 1;
         given.proof = ledger::FormatReceipt(receipt);
       },
       "INCLUSION_INVALID"},
      {"another checkpoint key",
       [](ExchangeWorld& ministry, GivenReceipt& given) {
         ledger::Receipt receipt = Must(ledger::ParseReceipt(given.proof));
         const auto note = Must(ledger::ParseNote(receipt.checkpoint));
         const auto checkpoint = Must(ledger::ParseCheckpoint(note.text));
         crypto::SystemEntropy entropy;
         const auto stranger = Must(ledger::MakeNoteSigner(ministry.log_key->key().name(),
                                                           ledger::NoteAlgorithm::kEd25519,
                                                           crypto::Ed25519Key::Generate(entropy)));
         receipt.checkpoint = Must(ledger::SignCheckpoint(*stranger, checkpoint));
         given.proof = ledger::FormatReceipt(receipt);
       },
       "CHECKPOINT_INVALID"},
      {"another statement",
       [](ExchangeWorld& ministry, GivenReceipt& given) { given = ReceiptOfAnotherAct(ministry); },
       "STATEMENT_ALTERED"},
      {"entry altered",
       [](ExchangeWorld&, GivenReceipt& given) {
         codec::Entry entry = Must(codec::DecodeEntry(given.entry));
         entry.recorded_at.ms += 1;
         given.entry = Must(codec::EncodeEntry(entry));
       },
       "INCLUSION_INVALID"},
      {"number of another entry", [](ExchangeWorld&, GivenReceipt& given) { given.number += 1; },
       "INCLUSION_INVALID"},
  };
  for (const WrongReceipt& one : wrong) {
    SCOPED_TRACE(one.name);
    Pair pair;
    StateWorld& state = *pair.state;
    state.transport.after_submit = [&](GivenReceipt& given) {
      one.change(pair.ministry, given);
      return absl::OkStatus();
    };
    const HandedIn handed = state.MustHandIn();
    const absl::Status sent = state.outbox->SendWaiting();
    EXPECT_EQ(ReasonOf(sent), one.reason) << sent;
    EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
    EXPECT_FALSE(state.outbox->SendWaiting().ok());
    EXPECT_EQ(Must(state.store->ListConflicts(0, 10)).size(), 1U) << "kept once";
    state.transport.after_submit = {};
    EXPECT_TRUE(state.outbox->SendWaiting().ok());
    EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
  }
}

// Design section 6: an entry is not older than its seal nor from the future.
TEST(Outbox, AReceiptRecordedLongBeforeTheSealOrInTheFutureIsRefused) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  const Instant now = pair.ministry.clock.Now();
  state.transport.after_submit = [&](GivenReceipt&) {
    pair.ministry.clock.Set(
        {now.ms - kMsPerDay});  // this party's clock: the ministry recorded a day ahead of it
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(state.outbox->SendWaiting()), "RECORDED_AT_IMPOSSIBLE");
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
}

// AIP-155 and docs: a call repeated under the caller's id is the same act.
TEST(Outbox, TheSameActUnderTheSameIdIsKeptOnceAndAnotherIsRefused) {
  Pair pair;
  StateWorld& state = *pair.state;
  const StatementId id = NewStatementId(pair.ministry.clock.Now(), state.entropy);
  const HandedIn first = state.MustHandIn(StateWorld::ApplicationJson(), id);
  const HandedIn again = state.MustHandIn(StateWorld::ApplicationJson(), id);
  EXPECT_TRUE(again.again);
  EXPECT_EQ(again.digest, first.digest);
  EXPECT_EQ(again.matter, first.matter);
  EXPECT_EQ(state.Entries(EntryKind::kSealed), 1);
  const auto other = state.outbox->HandIn(StateWorld::ApplicationJson("Somebody Else"), id);
  EXPECT_EQ(ReasonOf(other.status()), reason::kStatementIdReused);
  EXPECT_EQ(state.Entries(EntryKind::kSealed), 1);
}

// Design section 3 (threads): many desks may hand in at once.
TEST(Outbox, ManyThreadsHandInTheSameActAndItIsKeptOnce) {
  Pair pair;
  StateWorld& state = *pair.state;
  const StatementId id = NewStatementId(pair.ministry.clock.Now(), state.entropy);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back(
        [&] { EXPECT_TRUE(state.outbox->HandIn(StateWorld::ApplicationJson(), id).ok()); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(state.Entries(EntryKind::kSealed), 1);
}

struct BadInput {
  const char* name;
  std::string json;
  std::string reason;
  std::string says;  // the field
};

// Issue 2: bad input at the desk, before sealing: a clear error naming field, rule and remedy, and
// never a value.
TEST(Outbox, BadInputIsRefusedBeforeAnythingIsSealed) {
  const auto with = [](const std::string& facts, const std::string& particulars) {
    return R"({"act": "application", "addressee": "PAK", "facts": {)" + facts +
           R"(}, "lines": [{"evidence": "passport", "grade": "original"}], "particulars": {)" +
           particulars + "}}";
  };
  const std::string facts =
      R"("category": "own_national", "decision_final": true, "present": true, "entry_date": "2015-02-01", "minor": false)";
  const std::string person = R"("name": "Invented Specimen", "birth_date": "1980-01-02")";
  const std::vector<BadInput> inputs = {
      {"broken JSON", "{\"act\": ", "ACT_JSON_BROKEN", ""},
      {"unknown field", R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "motive": "x"})",
       "ACT_JSON_FIELD", "motive"},
      {"unknown fact", with(facts + R"(, "asylum": true)", person), "ACT_JSON_FIELD", "asylum"},
      {"missing required fact",
       with(
           R"("category": "own_national", "present": true, "entry_date": "2015-02-01", "minor": false)",
           person),
       "MISSING_FACT", "decision_final"},
      {"impossible date", with(facts, R"("name": "Invented Specimen", "birth_date": "1980-02-30")"),
       "PARTICULARS_FIELD", "birth_date"},
      {"wrong MRZ check digit",
       with(
           facts,
           person +
               R"(, "passport_mrz": "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C37UTO7408122F1204159ZE184226B<<<<<10")"),
       "PARTICULARS_FIELD", "passport_mrz"},
      {"malformed CNIC", with(facts, person + R"(, "cnic": "35202-123456-1")"), "PARTICULARS_FIELD",
       "cnic"},
      {"too large", std::string(70'000, ' '), "ACT_JSON_TOO_LARGE", ""},
      {"a matter is missing", R"({"act": "withdrawal", "addressee": "PAK", "facts": {}})",
       "ACT_JSON_FIELD", "matter"},
      {"no such addressee", R"({"act": "withdrawal", "addressee": "AUT", "facts": {},
        "matter": "00112233445566778899aabbccddeeff"})",
       "ADDRESSEE_WRONG", "addressee"},
      {"not this party's act",
       R"({"act": "reply", "addressee": "PAK", "facts": {"answer": "confirmed"},
        "matter": "00112233445566778899aabbccddeeff"})",
       "NO_RULE", "act"},
  };
  Pair pair;
  StateWorld& state = *pair.state;
  const std::uint64_t before = state.keeper->head().tree.size;
  for (const BadInput& input : inputs) {
    SCOPED_TRACE(input.name);
    const auto handed = state.outbox->HandIn(input.json);
    ASSERT_FALSE(handed.ok());
    EXPECT_EQ(ReasonOf(handed.status()), input.reason) << handed.status();
    EXPECT_THAT(std::string(ToStd(handed.status().message())), HasSubstr(input.says));
    EXPECT_THAT(std::string(ToStd(handed.status().message())), testing::Not(HasSubstr("Specimen")));
  }
  EXPECT_EQ(state.keeper->head().tree.size, before);
  EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
}

// Issue 2: a parity mismatch of a CNIC is a warning, not a refusal.
TEST(Outbox, ACnicWhoseLastDigitDoesNotFitTheSexIsTakenWithAWarning) {
  Pair pair;
  const HandedIn handed = pair.state->MustHandIn(R"({"act": "application", "addressee": "PAK",
    "facts": {"category": "own_national", "decision_final": true, "present": true, "entry_date": "2015-02-01",
              "minor": false},
    "lines": [{"evidence": "identity_card", "grade": "original"}],
    "particulars": {"name": "Invented Specimen", "cnic": "35202-7654321-1", "sex": "female", "birth_date": "1980-01-02"}})");
  ASSERT_EQ(handed.warnings.size(), 1U);
  EXPECT_THAT(handed.warnings[0], HasSubstr("cnic"));
}

// Desk: validate_only checks everything, seals and stores nothing.
TEST(Outbox, ValidatingOnlySealsAndKeepsNothing) {
  Pair pair;
  StateWorld& state = *pair.state;
  const std::uint64_t before = state.keeper->head().tree.size;
  const HandedIn checked =
      Must(state.outbox->HandIn(StateWorld::ApplicationJson(), std::nullopt, true));
  EXPECT_EQ(checked.number, 0U);
  EXPECT_EQ(state.keeper->head().tree.size, before);
  EXPECT_EQ(Must(state.outbox->Waiting()), 0U);
}

// Desk: a dry run says what would be ruled now by the matters known here; nothing when the act's
// matter has not been collected yet.
TEST(Outbox, ValidatingForeseesTheRuling) {
  Pair pair;
  StateWorld& state = *pair.state;
  const auto foreseen = [&state](const std::string& act_json) {
    return Must(state.outbox->HandIn(act_json, std::nullopt, true)).ruling;
  };
  const auto exchange = [&state]() -> absl::Status {
    CHANCERY_RETURN_IF_ERROR(state.outbox->SendWaiting());
    return state.collector->CollectAll();
  };
  const auto application = foreseen(StateWorld::ApplicationJson());
  ASSERT_TRUE(application.has_value());
  EXPECT_THAT(codec::Summary(*application), ::testing::StartsWith("admitted "));

  const HandedIn handed = state.MustHandIn(StateWorld::ApplicationJson());
  EXPECT_FALSE(handed.ruling.has_value());
  const std::string withdrawal = R"({"act": "withdrawal", "addressee": "PAK", "matter": ")" +
                                 handed.matter.ToHexText() + "\"}";
  EXPECT_FALSE(foreseen(withdrawal).has_value());
  ASSERT_TRUE(exchange().ok());
  const auto known = foreseen(withdrawal);
  ASSERT_TRUE(known.has_value());
  EXPECT_TRUE(known->admitted()) << codec::Summary(*known);
  state.MustHandIn(withdrawal);
  ASSERT_TRUE(exchange().ok());
  const auto too_late = foreseen(withdrawal);
  ASSERT_TRUE(too_late.has_value());
  EXPECT_FALSE(too_late->admitted());
}

// Design section 8: an act needs the seals of its offices; a daemon without the key says which.
TEST(Outbox, WithoutTheOfficesKeyTheActIsRefusedByName) {
  Pair pair;
  SealingKeys none;
  StateWorld& state = *pair.state;
  Outbox outbox({*state.keeper, pair.ministry.clock, state.entropy, state.events, *state.party,
                 *state.procedures, *state.vault, none, state.transport});
  const auto handed = outbox.HandIn(StateWorld::ApplicationJson());
  EXPECT_EQ(ReasonOf(handed.status()), "NO_SEALING_KEY");
  EXPECT_THAT(std::string(ToStd(handed.status().message())), HasSubstr("return_authority 1"));
}

// Before the founding act was collected nothing is known to act under.
TEST(Outbox, BeforeTheCooperationIsCollectedNothingCanBeSealed) {
  ExchangeWorld ministry;
  ministry.Begin();
  StateWorld state(ministry);
  const auto handed = state.outbox->HandIn(StateWorld::ApplicationJson());
  EXPECT_EQ(ReasonOf(handed.status()), "NO_PROCEDURE");
}

// Issue 2: out-of-turn acts are sealed and sent; the ministry records them as inadmissible with
// ground and article.
TEST(Outbox, AnActOutOfTurnIsSealedAndItsRulingIsKept) {
  Pair pair;
  StateWorld& state = *pair.state;
  const HandedIn handed = state.MustHandIn();
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  ASSERT_TRUE(state.collector->CollectAll().ok());
  const std::string withdrawal =
      R"({"act": "withdrawal", "addressee": "PAK", "facts": {}, "matter": ")" +
      handed.matter.ToHexText() + "\"}";
  const HandedIn first = state.MustHandIn(withdrawal);
  const HandedIn second = state.MustHandIn(withdrawal);
  ASSERT_TRUE(state.outbox->SendWaiting().ok());
  EXPECT_THAT(state.SentOf(first.id).ruling, testing::StartsWith("admitted "));
  EXPECT_THAT(state.SentOf(second.id).ruling, testing::StartsWith("inadmissible out_of_turn"));
}

// The two threads of a daemon together, with a ministry that is away for a while.
TEST(StateLoop, SendsCollectsAndCosignsByItselfAndGoesOnWhenTheMinistryIsBack) {
  Pair pair;
  StateWorld& state = *pair.state;
  std::atomic<bool> away{true};
  state.transport.before_submit = [&] { return away ? Unavailable("away") : absl::OkStatus(); };
  StateLoop loop(
      *state.outbox, *state.cosigner, state.entropy, state.events,
      {std::chrono::milliseconds(1), std::chrono::milliseconds(5), std::chrono::milliseconds(2)});
  const HandedIn handed = state.MustHandIn();
  loop.Poke();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (state.SentOf(handed.id).state == SentState::kWaiting &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kOffered);
  away = false;
  while (Must(state.outbox->Waiting()) != 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(state.SentOf(handed.id).state, SentState::kRecorded);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(loop.Refresh(std::chrono::seconds(20)).ok());
  // The act counts as recorded a moment before its sender has ended.
  while (!loop.Trouble().empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(loop.Trouble(), "");
  EXPECT_EQ(Must(state.cosigner->MinistryCosigned()), pair.MinistrySize());
  EXPECT_EQ(Must(state.cosigner->OwnCosigned()), state.keeper->head().tree.size);
  loop.Stop();
  EXPECT_FALSE(loop.Refresh(std::chrono::seconds(1)).ok());
}

}  // namespace
}  // namespace chancery::exchange
