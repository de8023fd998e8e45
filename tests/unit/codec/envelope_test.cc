// exchange.proto, Envelope and Particulars: labels unique in byte order, salts of 32 bytes, present
// only with items.
#include "engine/codec/envelope.h"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "chancery/exchange/v1/exchange.pb.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

Item MakeItem(std::string label, std::string value) {
  Random random(label.size());
  return {std::move(label), Personal<std::string>(std::move(value)), RandomFixed<Salt>(random)};
}

Envelope Sample() {
  return {"statement",
          "seal",
          "proof",
          {MakeItem("birth_date", "1990-05-01"), MakeItem("name", "Somebody")}};
}

template <class Change>
std::string Refused(Change change) {
  exchange::v1::Envelope wire;
  EXPECT_TRUE(wire.ParseFromString(EncodeEnvelope(Sample())->Reveal()));
  change(wire);
  const auto decoded = DecodeEnvelope(wire.SerializeAsString());
  if (decoded.ok()) return "accepted";
  const std::string message(ToStd(decoded.status().message()));
  EXPECT_EQ(message.find("Somebody"), std::string::npos);
  return ReasonOf(decoded.status()) + " " + message.substr(0, message.find(':'));
}

// Exchange.proto, Envelope: particulars are "present exactly when the statement commits to some".
TEST(AnEnvelope, ComesBackAsItWas) {
  const Envelope envelope = Sample();
  EXPECT_EQ(*DecodeEnvelope(EncodeEnvelope(envelope)->Reveal()), envelope);
  Envelope bare{"statement", "seal", "", {}};
  const auto bytes = EncodeEnvelope(bare);
  exchange::v1::Envelope wire;
  ASSERT_TRUE(wire.ParseFromString(bytes->Reveal()));
  EXPECT_FALSE(wire.has_particulars()) << "present exactly when the statement commits to some";
  EXPECT_EQ(*DecodeEnvelope(bytes->Reveal()), bare);
}

// Design section 5: bytes that hold a person's particulars are Personal.
TEST(AnEnvelope, IsPersonalAsBytes) {
  static_assert(
      std::is_same_v<decltype(EncodeEnvelope({})), absl::StatusOr<Personal<std::string>>>);
  static_assert(
      std::is_same_v<decltype(EncodeParticulars({})), absl::StatusOr<Personal<std::string>>>);
}

// Exchange.proto, Envelope and Item: sizes, labels "unique, in byte order", salts of 32 bytes.
TEST(AnEnvelope, RefusesEveryFieldOutsideItsRule) {
  using Wire = exchange::v1::Envelope;
  const std::string field = "ENVELOPE_FIELD envelope field ";
  EXPECT_EQ(Refused([](Wire&) {}), "accepted");
  EXPECT_EQ(Refused([](Wire& e) { e.clear_statement(); }), field + "statement");
  EXPECT_EQ(Refused([](Wire& e) { e.set_statement(Bytes(50'001, 's')); }), field + "statement");
  EXPECT_EQ(Refused([](Wire& e) { e.clear_seal(); }), field + "seal");
  EXPECT_EQ(Refused([](Wire& e) { e.set_seal(Bytes(16'001, 's')); }), field + "seal");
  EXPECT_EQ(Refused([](Wire& e) { e.set_offer_proof(Bytes(16'001, 's')); }), field + "offer_proof");
  EXPECT_EQ(Refused([](Wire& e) { e.mutable_particulars()->clear_item(); }), field + "particulars");
  EXPECT_EQ(Refused([](Wire& e) { e.mutable_particulars()->mutable_item(0)->set_salt("x"); }),
            field + "item.salt");
  EXPECT_EQ(Refused([](Wire& e) { e.mutable_particulars()->mutable_item(0)->set_label("Name"); }),
            field + "item.label");
  EXPECT_EQ(Refused([](Wire& e) { e.mutable_particulars()->mutable_item(0)->clear_value(); }),
            field + "item.value");
  EXPECT_EQ(Refused([](Wire& e) {
              e.mutable_particulars()->mutable_item(0)->set_value(Bytes(4097, 'v'));
            }),
            field + "item.value");
  EXPECT_EQ(
      Refused([](Wire& e) { e.mutable_particulars()->mutable_item(1)->set_label("birth_date"); }),
      field + "item")
      << "a label twice";
  EXPECT_EQ(
      Refused([](Wire& e) { e.mutable_particulars()->mutable_item(1)->set_label("address"); }),
      field + "item")
      << "out of order";
  EXPECT_EQ(Refused([](Wire& e) { e.GetReflection()->MutableUnknownFields(&e)->AddVarint(90, 1); }),
            "ENVELOPE_NOT_CANONICAL envelope");
  EXPECT_EQ(ReasonOf(DecodeEnvelope("\xff").status()), "ENVELOPE_NOT_READABLE");
  EXPECT_EQ(ReasonOf(DecodeEnvelope(Bytes(256 * 1024 + 1, '\0')).status()),
            "ENVELOPE_NOT_READABLE");
}

// Design section 5: particulars travel as items with label, value and salt.
TEST(Particulars, ComeBackAsTheyWere) {
  const Envelope envelope = Sample();
  EXPECT_EQ(*DecodeParticulars(EncodeParticulars(envelope.items)->Reveal()), envelope.items);
  EXPECT_TRUE(DecodeParticulars("")->empty());
}

// Exchange.proto, Particulars: "labels unique, in byte order".
TEST(Particulars, AreFewAndInOrder) {
  std::vector<Item> items;
  for (std::size_t i = 0; i <= kMaxItems; ++i) {
    items.push_back(MakeItem("l" + std::to_string(100 + i), "v"));
  }
  EXPECT_EQ(ReasonOf(EncodeParticulars(items).status()), "PARTICULARS_FIELD");
  items.pop_back();
  EXPECT_TRUE(EncodeParticulars(items).ok());
  std::swap(items[0], items[1]);
  EXPECT_EQ(ReasonOf(EncodeParticulars(items).status()), "PARTICULARS_FIELD");
}

// Design section 18: a decoder under changed bytes.
TEST(AnEnvelope, SurvivesMutations) {
  Random random(21);
  const Personal<std::string> bytes = *EncodeEnvelope(Sample());
  for (int round = 0; round < 5'000; ++round) {
    const Bytes changed = Mutated(bytes.Reveal(), random);
    const auto decoded = DecodeEnvelope(changed);
    if (decoded.ok()) {
      ASSERT_EQ(EncodeEnvelope(*decoded)->Reveal(), changed);
    }
  }
}

}  // namespace
}  // namespace chancery::codec
