// statement.proto, normative rules of readers and writers; design section 5.
#include "engine/codec/statement.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "chancery/statement/v1/statement.pb.h"
#include "engine/codec/act_fields.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

using procedure::ActKind;
using procedure::Fact;
using Wire = chancery::statement::v1::Statement;

Wire Parsed(const Bytes& bytes) {
  Wire wire;
  EXPECT_TRUE(wire.ParseFromString(bytes));
  return wire;
}

Wire ApplicationOnTheWire() {
  return Parsed(*EncodeStatement(FullStatement(ActKind::kApplication)));
}

// The reason for which the bytes are refused, or "accepted".
std::string ReasonFor(ByteView bytes) {
  const auto statement = DecodeStatement(bytes);
  if (statement.ok()) return "accepted";
  EXPECT_EQ(statement.status().code(), absl::StatusCode::kInvalidArgument);
  return ReasonOf(statement.status());
}
std::string ReasonFor(const Wire& wire) { return ReasonFor(wire.SerializeAsString()); }

std::string MessageFor(const Wire& wire) {
  return std::string(ToStd(DecodeStatement(wire.SerializeAsString()).status().message()));
}

// Design section 5: what is encoded is what is decoded, whatever the facts are.
TEST(AStatement, ComesBackAsItWasForEveryActWithRandomFacts) {
  Random random(20160301);
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    for (int round = 0; round < 50; ++round) {
      const Statement statement = RandomStatement(info.kind, random);
      const auto bytes = EncodeStatement(statement);
      ASSERT_TRUE(bytes.ok()) << info.name << ": " << bytes.status();
      const auto again = DecodeStatement(*bytes);
      ASSERT_TRUE(again.ok()) << info.name << ": " << again.status();
      EXPECT_TRUE(SameStatement(statement, *again)) << info.name;
    }
  }
}

// statement.proto: "An optional field that is absent is a fact that is not known."
TEST(AStatement, KeepsAbsentFactsAbsentAndFalseOnesKnown) {
  Statement statement = FullStatement(ActKind::kApplication);
  statement.act.facts = {};
  statement.act.facts.Set(Fact::kPresent, std::int64_t{0});
  const auto again = DecodeStatement(*EncodeStatement(statement));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->act.facts.size(), 1u);
  EXPECT_EQ(again->act.facts.NumberOr(Fact::kPresent, 9), 0);
}

// statement.proto: "Field 1 is always written, so that the first byte is 0x08."
TEST(AStatement, BeginsWithItsFormat) {
  const Bytes bytes = *EncodeStatement(FullStatement(ActKind::kReply));
  EXPECT_EQ(bytes[0], '\x08');
  EXPECT_EQ(bytes[1], '\x01');
  EXPECT_EQ(ReasonFor(ByteView(bytes).substr(2)), "STATEMENT_FORMAT");
  Wire wire = Parsed(bytes);
  wire.set_format(2);
  EXPECT_EQ(ReasonFor(wire), "STATEMENT_FORMAT");
}

// statement.proto: bytes that do not come out equal when serialised again are refused.
TEST(AStatement, HasOneSpelling) {
  const Bytes bytes = *EncodeStatement(FullStatement(ActKind::kWithdrawal));
  ASSERT_EQ(ReasonFor(bytes), "accepted");
  EXPECT_EQ(ReasonFor(bytes + Bytes("\x08\x01", 2)), "STATEMENT_NOT_CANONICAL") << "a field twice";
  EXPECT_EQ(ReasonFor(bytes + Bytes("\xa8\x06\x01", 3)), "STATEMENT_NOT_CANONICAL")
      << "an unknown field";
  EXPECT_EQ(ReasonFor(Bytes("\x08\x81\x00", 3) + bytes.substr(2)), "STATEMENT_NOT_CANONICAL")
      << "a long number";
  EXPECT_EQ(ReasonFor(bytes.substr(2) + bytes.substr(0, 2)), "STATEMENT_NOT_CANONICAL")
      << "another order";
  const Bytes reply = *EncodeStatement(FullStatement(ActKind::kReply));
  const Bytes act = bytes.substr(bytes.size() - 3);  // withdrawal {}: a two-byte tag and no content
  EXPECT_EQ(ReasonFor(reply + act), "STATEMENT_NOT_CANONICAL") << "two acts";
}

// An unknown field inside an act would mean something to one reader and nothing to another.
TEST(AStatement, HasNoUnknownFieldInsideItsAct) {
  Wire wire = ApplicationOnTheWire();
  auto* application = wire.mutable_application();
  application->GetReflection()->MutableUnknownFields(application)->AddVarint(900, 1);
  EXPECT_EQ(ReasonFor(wire), "STATEMENT_NOT_CANONICAL")
      << "it serialises to itself, but nobody reads it";
  wire = ApplicationOnTheWire();
  auto* line = wire.mutable_application()->mutable_lines(0);
  line->GetReflection()->MutableUnknownFields(line)->AddVarint(900, 1);
  EXPECT_EQ(ReasonFor(wire), "STATEMENT_NOT_CANONICAL") << "in a line";
}

// Statement.h, errors: what is no message, and what is too long.
TEST(AStatement, IsAMessageOfItsShape) {
  EXPECT_EQ(ReasonFor("\xff\xff\xff"), "STATEMENT_NOT_READABLE");
  EXPECT_EQ(ReasonFor(""), "STATEMENT_FORMAT");
  EXPECT_EQ(ReasonFor(Bytes(kMaxStatementBytes + 1, '\0')), "STATEMENT_TOO_LARGE");
}

// The rules of the fields before the act, one by one.
TEST(AStatement, RefusesEveryHeadFieldOutsideItsRule) {
  const auto refused = [](auto change) {
    Wire wire = ApplicationOnTheWire();
    change(wire);
    return ReasonFor(wire) + " " + MessageFor(wire).substr(0, MessageFor(wire).find(':'));
  };
  const std::string field = "STATEMENT_FIELD statement field ";
  EXPECT_EQ(refused([](Wire& w) { w.clear_realm(); }), field + "realm");
  EXPECT_EQ(refused([](Wire& w) { w.set_realm(static_cast<chancery::statement::v1::Realm>(3)); }),
            field + "realm");
  EXPECT_EQ(refused([](Wire& w) { w.set_agreement("EU Pakistan"); }), field + "agreement");
  EXPECT_EQ(refused([](Wire& w) { w.clear_agreement(); }), field + "agreement");
  EXPECT_EQ(refused([](Wire& w) { w.set_agreement(std::string(65, 'a')); }), field + "agreement");
  EXPECT_EQ(refused([](Wire& w) { w.set_procedure("short"); }), field + "procedure");
  EXPECT_EQ(refused([](Wire& w) { w.set_author("gr"); }), field + "author");
  EXPECT_EQ(refused([](Wire& w) { w.set_addressee("Pak"); }), field + "addressee");
  EXPECT_EQ(refused([](Wire& w) { w.set_statement_id("short"); }), field + "statement_id");
  EXPECT_EQ(refused([](Wire& w) { w.set_statement_id(Bytes(16, '\0')); }), field + "statement_id");
  EXPECT_EQ(refused([](Wire& w) { w.set_made_at_ms(-1); }), field + "made_at_ms");
  EXPECT_EQ(refused([](Wire& w) { w.set_made_at_ms(253'402'300'800'000); }), field + "made_at_ms");
  EXPECT_EQ(refused([](Wire& w) { w.set_matter(Bytes(17, 'x')); }), field + "matter");
  EXPECT_EQ(refused([](Wire& w) { w.set_matter(Bytes(16, '\0')); }), field + "matter");
  EXPECT_EQ(refused([](Wire& w) { w.set_answers(""); }), field + "answers");
  EXPECT_EQ(refused([](Wire& w) { w.set_commitment("short"); }), field + "commitment");
  Wire last = ApplicationOnTheWire();
  last.set_made_at_ms(253'402'300'799'999);
  EXPECT_EQ(ReasonFor(last), "accepted") << "the last moment of the year 9999";
}

// facts.h: a fact is a word of its list, a number of its size, a code, 16 or 32 bytes.
TEST(AStatement, RefusesEveryFactOutsideItsRule) {
  const auto application = [](auto change) {
    Wire wire = ApplicationOnTheWire();
    change(*wire.mutable_application());
    return ReasonFor(wire) + " " + MessageFor(wire);
  };
  using chancery::statement::v1::Application;
  const std::string place = "STATEMENT_FIELD statement field application.";
  EXPECT_EQ(application([](Application& a) {
              a.set_category(chancery::statement::v1::CATEGORY_UNSPECIFIED);
            }).find(place + "category: one of the fact's words; "),
            0u);
  EXPECT_EQ(application([](Application& a) {
              a.set_category(static_cast<chancery::statement::v1::Category>(4));
            }).find(place + "category"),
            0u);
  EXPECT_EQ(
      application([](Application& a) { a.set_entry_date(2'932'897); }).find(place + "entry_date"),
      0u);
  EXPECT_EQ(
      application([](Application& a) { a.set_entry_date(-719'163); }).find(place + "entry_date"),
      0u);
  EXPECT_EQ(
      application([](Application& a) { a.set_handle("short"); }).find(place + "handle: 16 bytes"),
      0u);
  EXPECT_EQ(application([](Application& a) {
              a.mutable_lines(1)->set_attachment("short");
            }).find(place + "lines[1].attachment: 32 bytes"),
            0u);
  Wire flight = Parsed(*EncodeStatement(FullStatement(ActKind::kFlightProposed)));
  flight.mutable_flight_proposed()->set_carrier("pia");
  EXPECT_EQ(ReasonFor(flight), "STATEMENT_FIELD");
  flight.mutable_flight_proposed()->set_carrier("PIA");
  EXPECT_EQ(ReasonFor(flight), "accepted");
  flight.mutable_flight_proposed()->set_departure(-1);
  EXPECT_EQ(ReasonFor(flight), "STATEMENT_FIELD");
  flight.mutable_flight_proposed()->set_departure(0);
  flight.mutable_flight_proposed()->mutable_lines(0)->set_party("GREECE");
  EXPECT_EQ(ReasonFor(flight), "STATEMENT_FIELD");
}

// Design section 16, no personal data in errors: a refused value is never repeated.
TEST(AStatement, RefusesWithoutRepeatingTheValue) {
  Wire wire = ApplicationOnTheWire();
  wire.mutable_application()->set_handle("secret person");
  EXPECT_EQ(MessageFor(wire).find("secret"), std::string::npos);
}

// statement.proto: "A repeated `lines` holds at most 200 lines."
TEST(AStatement, HoldsAtMostTwoHundredLines) {
  Statement statement = FullStatement(ActKind::kTakenOff);
  statement.act.lines.resize(kMaxLines);
  const auto bytes = EncodeStatement(statement);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(ReasonFor(*bytes), "accepted");
  statement.act.lines.resize(kMaxLines + 1);
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_TOO_MANY_LINES");
  Wire wire = Parsed(*bytes);
  wire.mutable_taken_off()->add_lines();
  EXPECT_EQ(ReasonFor(wire), "STATEMENT_TOO_MANY_LINES");
}

// Design section 5: a full manifest of 200 lines of at most 160 bytes fits.
TEST(AStatement, HasRoomForAFullManifest) {
  Statement statement = FullStatement(ActKind::kManifest);
  const procedure::Facts line = statement.act.lines[0];
  statement.act.lines.assign(kMaxLines, line);
  const auto bytes = EncodeStatement(statement);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_LT(bytes->size(), kMaxLines * 160);
}

// Statement.proto: a statement has exactly one act.
TEST(AStatement, HasAnActThatThisProgramKnows) {
  Wire wire = ApplicationOnTheWire();
  wire.clear_act();
  EXPECT_EQ(ReasonFor(wire), "STATEMENT_NO_ACT");
  Statement statement = FullStatement(ActKind::kReply);
  statement.act.kind = static_cast<ActKind>(50);
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_NO_ACT");
}

// The same rules hold for writing: nothing is sealed that nobody could read.
TEST(AStatement, IsNotWrittenWhenItCouldNotBeRead) {
  Statement statement = FullStatement(ActKind::kReply);
  statement.act.facts.Set(Fact::kCarrier, *procedure::PackCode("PIA"));
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_FIELD")
      << "a fact of other acts";
  statement = FullStatement(ActKind::kReply);
  statement.act.facts.Set(Fact::kAnswer, std::int64_t{4});
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_FIELD") << "no such word";
  statement = FullStatement(ActKind::kReply);
  statement.act.lines.emplace_back();
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_FIELD")
      << "lines where there are none";
  statement = FullStatement(ActKind::kReply);
  statement.act.author = {};
  EXPECT_EQ(ReasonOf(EncodeStatement(statement).status()), "STATEMENT_FIELD") << "nobody's act";
}

// act_fields.h, IsValueOf: the other alternative, another size, a broken code.
TEST(AValue, IsOneThatItsFactCanHave) {
  using procedure::Value;
  EXPECT_FALSE(IsValueOf(Fact::kHandle, Value{std::int64_t{1}}));
  EXPECT_FALSE(IsValueOf(Fact::kManifest, Value{MatterId{}}));
  EXPECT_FALSE(IsValueOf(Fact::kRevision, Value{Digest{}}));
  EXPECT_TRUE(IsValueOf(Fact::kRevision, Value{std::int64_t{4'294'967'295}}));
  EXPECT_FALSE(IsValueOf(Fact::kRevision, Value{std::int64_t{4'294'967'296}}));
  EXPECT_FALSE(IsValueOf(Fact::kRevision, Value{std::int64_t{-1}}));
  EXPECT_FALSE(IsValueOf(Fact::kPresent, Value{std::int64_t{2}}));
  EXPECT_FALSE(IsValueOf(Fact::kCarrier, Value{std::int64_t{77}}));
  EXPECT_FALSE(IsValueOf(Fact::kParty, Value{*procedure::PackCode("PAKI")}));
  EXPECT_TRUE(IsValueOf(Fact::kParty, Value{*procedure::PackCode("PAK")}));
  EXPECT_FALSE(IsValueOf(Fact::kDeparture, Value{std::int64_t{-1}}));
  EXPECT_FALSE(IsValueOf(Fact::kEntryDate, Value{std::int64_t{3'000'000}}));
}

// Design section 18: a decoder under changed bytes never fails badly, and what it accepts has one
// spelling.
TEST(AStatement, SurvivesTwentyThousandMutations) {
  Random random(7);
  const auto acts = procedure::AllActs();
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    const ActKind kind = acts[static_cast<std::size_t>(round) % acts.size()].kind;
    const Bytes bytes = Mutated(*EncodeStatement(RandomStatement(kind, random)), random);
    const auto statement = DecodeStatement(bytes);
    if (!statement.ok()) {
      EXPECT_FALSE(ReasonOf(statement.status()).empty());
      continue;
    }
    ++accepted;
    const auto again = EncodeStatement(*statement);
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(ToHex(*again), ToHex(bytes));
  }
  EXPECT_GT(accepted, 1000) << "some changes only change a value";
}

// Design section 15: decoding is a small part of an act's cost. A loose bound, so that only a
// mistake breaks it.
TEST(AStatement, IsReadInAFewMicroseconds) {
  const Bytes bytes = *EncodeStatement(FullStatement(ActKind::kApplication));
  constexpr int kRounds = 20'000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) ASSERT_TRUE(DecodeStatement(bytes).ok());
  const auto spent = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::steady_clock::now() - begin);
  RecordProperty("decode_ns", static_cast<int>(spent.count() / kRounds));
  EXPECT_LT(spent.count() / kRounds, 200'000);
}

}  // namespace
}  // namespace chancery::codec
