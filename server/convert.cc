#include "server/convert.h"

#include <utility>

namespace chancery::server {

std::vector<Item> FromWireWithoutSalts(const exchange::v1::Particulars& particulars) {
  std::vector<Item> items;
  for (const exchange::v1::Item& item : particulars.item()) {
    items.push_back({item.label(), Personal<std::string>(item.value()), Salt{}});
  }
  return items;
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
