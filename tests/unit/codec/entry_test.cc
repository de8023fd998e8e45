// entry.proto: "bytes that do not serialise to themselves are not an entry; an entry is at most
// 60,000 bytes long."
#include "engine/codec/entry.h"

#include <gtest/gtest.h>

#include <string>

#include "chancery/ledger/v1/entry.pb.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

namespace wire = chancery::ledger::v1;

wire::Entry OnTheWire(EntryKind kind) {
  wire::Entry entry;
  EXPECT_TRUE(entry.ParseFromString(*EncodeEntry(GoldenEntry(kind))));
  return entry;
}

std::string ReasonFor(ByteView bytes) {
  const auto entry = DecodeEntry(bytes);
  if (entry.ok()) return "accepted";
  EXPECT_EQ(entry.status().code(), absl::StatusCode::kInvalidArgument);
  return ReasonOf(entry.status());
}

// "reason field" for a kind's entry after a change of its message.
template <class Change>
std::string Refused(EntryKind kind, Change change) {
  wire::Entry entry = OnTheWire(kind);
  change(entry);
  const auto decoded = DecodeEntry(entry.SerializeAsString());
  if (decoded.ok()) return "accepted";
  const std::string message(ToStd(decoded.status().message()));
  return ReasonOf(decoded.status()) + " " + message.substr(0, message.find(':'));
}

// Design section 6: what the ledger keeps is what it was given.
TEST(AnEntry, ComesBackAsItWasForEveryKind) {
  Random random(11);
  for (const EntryKind kind : AllEntryKinds()) {
    for (int round = 0; round < 100; ++round) {
      const Entry entry = RandomEntry(kind, random);
      const auto bytes = EncodeEntry(entry);
      ASSERT_TRUE(bytes.ok()) << NameOf(kind) << " " << bytes.status();
      const auto again = DecodeEntry(*bytes);
      ASSERT_TRUE(again.ok()) << NameOf(kind) << " " << again.status();
      EXPECT_EQ(*again, entry) << NameOf(kind);
    }
  }
}

// Entry.proto: "bytes that do not serialise to themselves are not an entry".
TEST(AnEntry, HasOneSpelling) {
  const Bytes bytes = *EncodeEntry(GoldenEntry(EntryKind::kSealed));
  ASSERT_EQ(ReasonFor(bytes), "accepted");
  EXPECT_EQ(ReasonFor(bytes + Bytes("\x08\x01", 2)), "ENTRY_NOT_CANONICAL") << "a field twice";
  EXPECT_EQ(ReasonFor(bytes + Bytes("\xa8\x06\x01", 3)), "ENTRY_NOT_CANONICAL")
      << "an unknown field";
  EXPECT_EQ(ReasonFor(Bytes("\x08\x81\x00", 3) + bytes.substr(2)), "ENTRY_NOT_CANONICAL")
      << "a long number";
  EXPECT_EQ(ReasonFor("\xff\xff"), "ENTRY_NOT_READABLE");
  EXPECT_EQ(ReasonFor(Bytes(kMaxEntryBytes + 1, '\0')), "ENTRY_TOO_LARGE");
  wire::Entry inside = OnTheWire(EntryKind::kSealed);
  auto* sealed = inside.mutable_sealed();
  sealed->GetReflection()->MutableUnknownFields(sealed)->AddVarint(900, 1);
  EXPECT_EQ(ReasonFor(inside.SerializeAsString()), "ENTRY_NOT_CANONICAL")
      << "an unknown field in the body";
}

// Design section 5: "an entry stays under 60,000 bytes".
TEST(AnEntry, FitsATile) {
  Entry entry = GoldenEntry(EntryKind::kSealed);
  std::get<SealedBody>(entry.body).seal = Bytes(kMaxEntryBytes, 's');
  EXPECT_EQ(ReasonOf(EncodeEntry(entry).status()), "ENTRY_TOO_LARGE");
}

// Entry.proto: the lengths, kinds and presence that its comments give for each field.
TEST(AnEntry, RefusesEveryFieldOutsideItsRule) {
  using K = EntryKind;
  const std::string field = "ENTRY_FIELD entry field ";
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.set_version(2); }),
            "ENTRY_VERSION entry field version");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.set_kind(wire::ENTRY_KIND_SEALED); }),
            field + "kind");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.clear_body(); }), field + "kind");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.clear_body(), e.clear_kind(); }),
            field + "body");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.set_recorded_at_ms(-1); }),
            field + "recorded_at_ms");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.set_core_revision(0); }),
            field + "core_revision");
  EXPECT_EQ(Refused(K::kSealed, [](wire::Entry& e) { e.set_core_revision(1); }),
            field + "core_revision");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.set_nonce("short"); }), field + "nonce");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.mutable_act()->clear_statement(); }),
            field + "statement");
  EXPECT_EQ(
      Refused(K::kAct, [](wire::Entry& e) { e.mutable_act()->set_statement(Bytes(50'001, 's')); }),
      field + "statement");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.mutable_act()->clear_seal(); }),
            field + "seal");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.mutable_act()->clear_ruling(); }),
            field + "act.ruling");
  EXPECT_EQ(Refused(K::kAct, [](wire::Entry& e) { e.mutable_act()->set_bearer("pak"); }),
            field + "act.bearer");
  EXPECT_EQ(Refused(K::kSealed, [](wire::Entry& e) { e.mutable_sealed()->clear_seal(); }),
            field + "seal");
  EXPECT_EQ(
      Refused(K::kOffered, [](wire::Entry& e) { e.mutable_offered()->set_statement_digest("x"); }),
      field + "offered.statement_digest");
  EXPECT_EQ(
      Refused(K::kOffered, [](wire::Entry& e) { e.mutable_offered()->set_statement_id("x"); }),
      field + "offered.statement_id");
  EXPECT_EQ(Refused(K::kReceived, [](wire::Entry& e) { e.mutable_received()->clear_origin(); }),
            field + "received.origin");
  EXPECT_EQ(Refused(K::kReceived, [](wire::Entry& e) { e.mutable_received()->set_number(2000); }),
            field + "received.number");
  EXPECT_EQ(Refused(K::kReceived, [](wire::Entry& e) { e.mutable_received()->set_leaf_hash("x"); }),
            field + "received.leaf_hash");
  EXPECT_EQ(Refused(K::kReceived,
                    [](wire::Entry& e) { e.mutable_received()->set_statement_digest("x"); }),
            field + "received.statement_digest");
  EXPECT_EQ(Refused(K::kReceived, [](wire::Entry& e) { e.mutable_received()->set_root("x"); }),
            field + "received.root");
  EXPECT_EQ(
      Refused(K::kStreamHead, [](wire::Entry& e) { e.mutable_stream_head()->set_leaf_hash(""); }),
      field + "stream_head.leaf_hash");
  EXPECT_EQ(
      Refused(K::kStreamHead, [](wire::Entry& e) { e.mutable_stream_head()->set_day(2'932'897); }),
      field + "stream_head.day");
  EXPECT_EQ(
      Refused(K::kStreamHead, [](wire::Entry& e) { e.mutable_stream_head()->set_first(true); }),
      field + "stream_head.leaf_hash");
  EXPECT_EQ(Refused(K::kStreamHead,
                    [](wire::Entry& e) {
                      e.mutable_stream_head()->set_first(true);
                      e.mutable_stream_head()->clear_leaf_hash();
                    }),
            field + "stream_head.first");
  EXPECT_EQ(Refused(K::kEquivocation,
                    [](wire::Entry& e) { e.mutable_equivocation()->set_earlier_digest("x"); }),
            field + "equivocation.earlier_digest");
  EXPECT_EQ(Refused(K::kEquivocation,
                    [](wire::Entry& e) { e.mutable_equivocation()->clear_statement(); }),
            field + "statement");
  EXPECT_EQ(Refused(K::kFounded, [](wire::Entry& e) { e.mutable_founded()->clear_ruling(); }),
            field + "founded.ruling");
  EXPECT_EQ(Refused(K::kFounded, [](wire::Entry& e) { e.mutable_founded()->clear_seal(); }),
            field + "seal");
}

// entry.proto: the first head of a stream has no entry before it.
TEST(AnEntry, MayBeTheFirstHeadOfItsStream) {
  Entry entry = GoldenEntry(EntryKind::kStreamHead);
  entry.body = StreamHeadBody{16'861, 0, true, {}};
  const auto bytes = EncodeEntry(entry);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*DecodeEntry(*bytes), entry);
}

// entry.proto: `stream` is "all", or party codes in order joined by "+".
TEST(AnEntry, NamesItsReadersInOneWay) {
  const auto stream = [](const std::string& name) {
    return Refused(EntryKind::kSealed, [&](wire::Entry& e) { e.set_stream(name); });
  };
  for (const char* good : {"all", "GRC", "AUT+BGR+GRC"})
    EXPECT_EQ(stream(good), "accepted") << good;
  for (const char* bad :
       {"", "ALLX", "grc", "GRC+", "+GRC", "GRC+AUT", "GRC+GRC", "GRC AUT", "all+GRC", "GR"}) {
    EXPECT_EQ(stream(bad), "ENTRY_FIELD entry field stream") << bad;
  }
}

// The same rules hold for writing.
TEST(AnEntry, IsNotWrittenWithTheKindOfAnotherBody) {
  Entry entry = GoldenEntry(EntryKind::kSealed);
  entry.kind = EntryKind::kFounded;
  EXPECT_EQ(ReasonOf(EncodeEntry(entry).status()), "ENTRY_FIELD");
}

// ruling.h: every part of a ruling comes back.
TEST(ARuling, ComesBackAsItWas) {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    const procedure::Ruling ruling = RandomRuling(random);
    const auto bytes = EncodeRuling(ruling);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    const auto again = DecodeRuling(*bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, ruling);
  }
}

// Entry.proto, Ruling: an outcome, known grounds, identifiers of 16 bytes; ruling.h: changed
// matters in byte order.
TEST(ARuling, RefusesEveryFieldOutsideItsRule) {
  const auto refused = [](EntryKind kind, auto change) {
    const Entry entry = GoldenEntry(kind);
    const procedure::Ruling& ruling = kind == EntryKind::kAct
                                          ? std::get<ActBody>(entry.body).ruling
                                          : std::get<FoundedBody>(entry.body).ruling;
    wire::Ruling out;
    EXPECT_TRUE(out.ParseFromString(*EncodeRuling(ruling)));
    change(out);
    const auto decoded = DecodeRuling(out.SerializeAsString());
    if (decoded.ok()) return std::string("accepted");
    const std::string message(ToStd(decoded.status().message()));
    return ReasonOf(decoded.status()) + " " + message.substr(0, message.find(':'));
  };
  constexpr EntryKind kAdmitted = EntryKind::kFounded;
  constexpr EntryKind kInadmissible = EntryKind::kAct;
  const std::string field = "RULING_FIELD ruling field ";
  EXPECT_EQ(refused(kAdmitted, [](wire::Ruling& r) { r.clear_outcome(); }), field + "outcome");
  EXPECT_EQ(refused(kAdmitted, [](wire::Ruling& r) { r.mutable_admitted()->clear_rule(); }),
            field + "admitted.rule");
  EXPECT_EQ(
      refused(kAdmitted, [](wire::Ruling& r) { r.mutable_admitted()->set_articles(0, "Art\n8"); }),
      field + "admitted.articles");
  EXPECT_EQ(
      refused(kAdmitted,
              [](wire::Ruling& r) { r.mutable_admitted()->mutable_changed(0)->set_matter("x"); }),
      field + "admitted.changed.matter");
  EXPECT_EQ(
      refused(kAdmitted,
              [](wire::Ruling& r) { r.mutable_admitted()->mutable_changed(0)->clear_stage(); }),
      field + "admitted.changed.stage");
  EXPECT_EQ(refused(kAdmitted,
                    [](wire::Ruling& r) {
                      const wire::Changed twice = r.admitted().changed(0);
                      *r.mutable_admitted()->add_changed() = twice;
                    }),
            field + "admitted.changed");
  EXPECT_EQ(
      refused(kInadmissible, [](wire::Ruling& r) { r.mutable_inadmissible()->set_ground(0); }),
      field + "inadmissible.ground");
  EXPECT_EQ(refused(kInadmissible,
                    [](wire::Ruling& r) { r.mutable_inadmissible()->set_ground(65'536 + 13); }),
            field + "inadmissible.ground");
  EXPECT_EQ(
      refused(kInadmissible, [](wire::Ruling& r) { r.mutable_inadmissible()->set_lines(0, 200); }),
      field + "inadmissible.lines");
  EXPECT_EQ(refused(kInadmissible,
                    [](wire::Ruling& r) { r.mutable_inadmissible()->set_article("Art\t8"); }),
            field + "inadmissible.article");
  EXPECT_EQ(refused(kInadmissible,
                    [](wire::Ruling& r) { r.mutable_inadmissible()->set_rule(Bytes(129, 'r')); }),
            field + "inadmissible.rule");
  EXPECT_EQ(refused(kInadmissible, [](wire::Ruling& r) { r.mutable_lapses(0)->set_matter("x"); }),
            field + "lapses.matter");
  EXPECT_EQ(refused(kInadmissible, [](wire::Ruling& r) { r.mutable_lapses(0)->clear_lapse(); }),
            field + "lapses.lapse");
  EXPECT_EQ(refused(kInadmissible, [](wire::Ruling& r) { r.mutable_lapses(0)->set_at_ms(-5); }),
            field + "lapses.at_ms");
  EXPECT_EQ(refused(kInadmissible, [](wire::Ruling& r) { r.mutable_lapses(0)->clear_stage(); }),
            field + "lapses.stage");
  EXPECT_EQ(
      refused(kInadmissible, [](wire::Ruling& r) { r.mutable_lapses(0)->set_articles(0, ""); }),
      field + "lapses.articles");
  EXPECT_EQ(refused(kInadmissible,
                    [](wire::Ruling& r) {
                      r.GetReflection()->MutableUnknownFields(&r)->AddVarint(90, 1);
                    }),
            "RULING_NOT_CANONICAL ruling");
  EXPECT_EQ(ReasonOf(DecodeRuling("\xff").status()), "RULING_NOT_READABLE");
}

// Design section 18: a decoder under changed bytes.
TEST(AnEntry, SurvivesTwentyThousandMutations) {
  Random random(99);
  const std::vector<EntryKind> kinds = AllEntryKinds();
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    const EntryKind kind = kinds[static_cast<std::size_t>(round) % kinds.size()];
    const Bytes bytes = Mutated(*EncodeEntry(RandomEntry(kind, random)), random);
    const auto entry = DecodeEntry(bytes);
    if (!entry.ok()) {
      EXPECT_FALSE(ReasonOf(entry.status()).empty());
      continue;
    }
    ++accepted;
    const auto again = EncodeEntry(*entry);
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(ToHex(*again), ToHex(bytes));
  }
  EXPECT_GT(accepted, 1000) << "some changes only change a value";
}

}  // namespace
}  // namespace chancery::codec
