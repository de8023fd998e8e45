#include "client/convert.h"

#include <string>

namespace chancery::client {

absl::StatusOr<std::vector<Item>> FromWire(const exchange::v1::Particulars& particulars) {
  // The strict reader of the engine decides what particulars are; this is only the way there.
  const Personal<std::string> bytes(particulars.SerializeAsString());
  return codec::DecodeParticulars(bytes.Reveal());
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

}  // namespace chancery::client
