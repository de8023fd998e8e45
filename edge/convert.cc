#include "edge/convert.h"

#include <string>

namespace chancery::edge {

absl::StatusOr<std::vector<Item>> FromWire(const exchange::v1::Particulars& particulars) {
  // The strict reader of the engine decides what particulars are; this is only the way there.
  const Personal<std::string> bytes(particulars.SerializeAsString());
  return codec::DecodeParticulars(bytes.Reveal());
}

absl::StatusOr<codec::Envelope> FromWire(const exchange::v1::Envelope& envelope) {
  codec::Envelope read{envelope.statement(), envelope.seal(), envelope.offer_proof(), {}};
  if (envelope.has_particulars()) {
    CHANCERY_ASSIGN_OR_RETURN(read.items, FromWire(envelope.particulars()));
  }
  return read;
}

void ToWire(const std::vector<Item>& items, exchange::v1::Particulars& out) {
  for (const Item& item : items) {
    exchange::v1::Item& to = *out.add_item();
    to.set_label(item.label);
    to.set_value(item.value.Reveal());
    if (!item.salt.IsZero()) to.set_salt(item.salt.ToBytes());
  }
}

void ToWire(const codec::Envelope& envelope, exchange::v1::Envelope& out) {
  out.set_statement(envelope.statement);
  out.set_seal(envelope.seal);
  out.set_offer_proof(envelope.offer_proof);
  if (!envelope.items.empty()) ToWire(envelope.items, *out.mutable_particulars());
}

nlohmann::ordered_json ToJson(const exchange::v1::Particulars& particulars) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const exchange::v1::Item& item : particulars.item()) json[item.label()] = item.value();
  return json;
}

}  // namespace chancery::edge
