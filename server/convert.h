// The ministry's own messages: beside those both programs have (edge/convert.h).
#ifndef CHANCERY_SERVER_CONVERT_H_
#define CHANCERY_SERVER_CONVERT_H_

#include <string>
#include <vector>

#include "chancery/casework/v1/casework.pb.h"
#include "chancery/exchange/v1/exchange.pb.h"
#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/codec/envelope.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/casework.h"
#include "engine/exchange/inbox.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::server {

// The matter and the digest that a call names. InvalidArgument with ATTACHMENT_FIELD.
absl::StatusOr<exchange::AttachmentName> NameFrom(const std::string& matter,
                                                  const std::string& digest);

// Items that carry no salts: what a registry says.
std::vector<Item> FromWireWithoutSalts(const exchange::v1::Particulars& particulars);

void ToWire(const exchange::ActReceipt& receipt, exchange::v1::Receipt& out);
void ToWire(const exchange::OfficerTask& task, casework::v1::Task& out);

template <class Repeated>
void HashesToWire(const ledger::ProofHashes& hashes, Repeated* out) {
  for (const Digest& hash : hashes) *out->Add() = hash.ToBytes();
}

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_CONVERT_H_
