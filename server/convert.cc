#include "server/convert.h"

#include <utility>

#include "engine/exchange/reasons.h"

namespace chancery::server {

absl::StatusOr<exchange::AttachmentName> NameFrom(const std::string& matter,
                                                  const std::string& digest) {
  const std::optional<MatterId> id = MatterId::FromBytes(matter);
  const std::optional<Digest> of = Digest::FromBytes(digest);
  if (id && of) return exchange::AttachmentName{*id, *of};
  return WithReason(InvalidArgument("attachment: a matter has 16 bytes and a digest 32"),
                    exchange::reason::kAttachmentField);
}

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
