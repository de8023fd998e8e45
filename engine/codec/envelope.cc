#include "engine/codec/envelope.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "chancery/exchange/v1/exchange.pb.h"
#include "engine/base/check.h"
#include "engine/codec/statement.h"

namespace chancery::codec {

namespace {

constexpr std::size_t kMaxSealBytes = 16'000;
constexpr std::size_t kMaxOfferProofBytes = 16'000;
constexpr std::size_t kMaxEnvelopeBytes = 256 * 1024;

// How the errors of one kind of bytes are named.
struct Names {
  std::string_view what;
  std::string_view not_readable;
  std::string_view not_canonical;
  std::string_view field;
};
constexpr Names kEnvelope{"envelope", "ENVELOPE_NOT_READABLE", "ENVELOPE_NOT_CANONICAL",
                          "ENVELOPE_FIELD"};
constexpr Names kParticulars{"particulars", "PARTICULARS_NOT_READABLE", "PARTICULARS_NOT_CANONICAL",
                             "PARTICULARS_FIELD"};

absl::Status Refuse(const Names& names, std::string_view reason, std::string_view message) {
  std::string text(names.what);
  text.append(message);
  return WithReason(InvalidArgument(text), reason);
}

absl::Status FieldRefused(const Names& names, std::string_view field, std::string_view rule) {
  std::string text = " field ";
  text.append(field).append(": ").append(rule);
  return Refuse(names, names.field, text);
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabelBytes) return false;
  for (const char letter : label) {
    const bool allowed =
        (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
    if (!allowed) return false;
  }
  return true;
}

absl::Status CheckItems(const Names& names, const std::vector<Item>& items) {
  if (items.size() > kMaxItems)
    return FieldRefused(names, "item", "at most 64; leave out what the act does not need");
  const Item* before = nullptr;
  for (const Item& item : items) {
    if (!IsLabel(item.label))
      return FieldRefused(names, "item.label", "1 to 64 of a-z, 0-9 and \"_\"; correct it");
    if (before != nullptr && before->label >= item.label) {
      return FieldRefused(names, "item", "labels once each, in byte order; sort them");
    }
    if (item.value.empty() || item.value.Reveal().size() > kMaxItemValueBytes) {
      return FieldRefused(names, "item.value",
                          "1 to 4096 bytes; leave out an item without a value");
    }
    before = &item;
  }
  return absl::OkStatus();
}

absl::Status CheckEnvelope(const Envelope& envelope) {
  if (envelope.statement.empty() || envelope.statement.size() > kMaxStatementBytes) {
    return FieldRefused(kEnvelope, "statement",
                        "1 to 50000 bytes; send the bytes that were sealed");
  }
  if (envelope.seal.empty() || envelope.seal.size() > kMaxSealBytes) {
    return FieldRefused(kEnvelope, "seal", "1 to 16000 bytes; send the seals without certificates");
  }
  if (envelope.offer_proof.size() > kMaxOfferProofBytes) {
    return FieldRefused(kEnvelope, "offer_proof",
                        "at most 16000 bytes; send one proof under one checkpoint");
  }
  return CheckItems(kEnvelope, envelope.items);
}

void WriteItems(const std::vector<Item>& items, exchange::v1::Particulars& wire) {
  for (const Item& item : items) {
    exchange::v1::Item& row = *wire.add_item();
    row.set_label(item.label);
    row.set_value(item.value.Reveal());
    row.set_salt(item.salt.ToBytes());
  }
}

// What a message held of a person is overwritten before its memory is given back.
void WipeItems(exchange::v1::Particulars& wire) {
  for (exchange::v1::Item& item : *wire.mutable_item()) Wipe(*item.mutable_value());
}

absl::Status ReadItems(const Names& names, exchange::v1::Particulars& wire,
                       std::vector<Item>& items) {
  for (exchange::v1::Item& row : *wire.mutable_item()) {
    const std::optional<Salt> salt = Salt::FromBytes(row.salt());
    if (!salt)
      return FieldRefused(names, "item.salt",
                          "32 bytes; send the salt the item was committed with");
    items.push_back({row.label(), Personal<std::string>(row.value()), *salt});
  }
  return CheckItems(names, items);
}

template <class Wire>
Personal<std::string> Serialise(const Wire& wire) {
  std::string bytes;
  CHANCERY_CHECK(wire.SerializeToString(&bytes));
  return Personal<std::string>(std::move(bytes));
}

// Parses bytes and refuses those that do not serialise to themselves.
template <class Wire>
absl::Status Parse(const Names& names, ByteView bytes, Wire& wire) {
  if (bytes.size() > kMaxEnvelopeBytes)
    return Refuse(names, names.not_readable, ": at most 262144 bytes; send less");
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refuse(names, names.not_readable,
                  ": not a message of chancery.exchange.v1; send what the sender's program wrote");
  }
  wire.DiscardUnknownFields();  // they would serialise to themselves
  if (Serialise(wire).Reveal() != bytes) {
    return Refuse(names, names.not_canonical,
                  ": must serialise to itself; send what the sender's program wrote");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Personal<std::string>> EncodeEnvelope(const Envelope& envelope) {
  CHANCERY_RETURN_IF_ERROR(CheckEnvelope(envelope));
  exchange::v1::Envelope wire;
  wire.set_statement(envelope.statement);
  wire.set_seal(envelope.seal);
  wire.set_offer_proof(envelope.offer_proof);
  if (!envelope.items.empty()) WriteItems(envelope.items, *wire.mutable_particulars());
  Personal<std::string> bytes = Serialise(wire);
  if (wire.has_particulars()) WipeItems(*wire.mutable_particulars());
  return bytes;
}

absl::StatusOr<Envelope> DecodeEnvelope(ByteView bytes) {
  exchange::v1::Envelope wire;
  Envelope envelope;
  absl::Status status = Parse(kEnvelope, bytes, wire);
  if (status.ok()) {
    envelope.statement = std::move(*wire.mutable_statement());
    envelope.seal = std::move(*wire.mutable_seal());
    envelope.offer_proof = std::move(*wire.mutable_offer_proof());
    if (wire.has_particulars()) {
      status = wire.particulars().item().empty()
                   ? FieldRefused(kEnvelope, "particulars",
                                  "at least one item; leave them out when there is none")
                   : ReadItems(kEnvelope, *wire.mutable_particulars(), envelope.items);
    }
  }
  if (wire.has_particulars()) WipeItems(*wire.mutable_particulars());
  CHANCERY_RETURN_IF_ERROR(status);
  CHANCERY_RETURN_IF_ERROR(CheckEnvelope(envelope));
  return envelope;
}

absl::StatusOr<Personal<std::string>> EncodeParticulars(const std::vector<Item>& items) {
  CHANCERY_RETURN_IF_ERROR(CheckItems(kParticulars, items));
  exchange::v1::Particulars wire;
  WriteItems(items, wire);
  Personal<std::string> bytes = Serialise(wire);
  WipeItems(wire);
  return bytes;
}

absl::StatusOr<std::vector<Item>> DecodeParticulars(ByteView bytes) {
  exchange::v1::Particulars wire;
  std::vector<Item> items;
  absl::Status status = Parse(kParticulars, bytes, wire);
  if (status.ok()) status = ReadItems(kParticulars, wire, items);
  WipeItems(wire);
  CHANCERY_RETURN_IF_ERROR(status);
  return items;
}

}  // namespace chancery::codec
