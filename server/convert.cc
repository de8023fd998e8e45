#include "server/convert.h"

#include <utility>

namespace chancery::server {

absl::StatusOr<std::vector<Item>> FromWire(const exchange::v1::Particulars& particulars) {
  // The strict reader of the engine decides what particulars are; this is only the way there.
  Personal<std::string> bytes(particulars.SerializeAsString());
  return codec::DecodeParticulars(bytes.Reveal());
}

std::vector<Item> FromWireWithoutSalts(const exchange::v1::Particulars& particulars) {
  std::vector<Item> items;
  for (const exchange::v1::Item& item : particulars.item()) {
    items.push_back({item.label(), Personal<std::string>(item.value()), Salt{}});
  }
  return items;
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

void ToWire(const exchange::ActReceipt& receipt, exchange::v1::Receipt& out) {
  out.set_number(receipt.number);
  out.set_entry(receipt.entry);
  out.set_proof(receipt.proof);
}

void ToWire(const exchange::OfficerTask& task, casework::v1::Task& out) {
  out.set_matter(task.due.matter.ToBytes());
  out.set_matter_kind(std::string(procedure::NameOf(task.due.kind)));
  out.set_stage(task.due.stage);
  out.set_by(task.due.by.ToText());
  out.set_limit(task.due.limit);
  out.set_until_ms(task.due.limit.empty() ? 0 : task.due.until.ms);
  out.set_silence(task.due.silence);
  for (const std::string& act : task.due.acts) out.add_acts(act);
  out.set_claimed_by(task.claimed_by);
}

}  // namespace chancery::server
