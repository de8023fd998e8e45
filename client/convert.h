// The wire's messages as the engine's values and back.
#ifndef CHANCERY_CLIENT_CONVERT_H_
#define CHANCERY_CLIENT_CONVERT_H_

#include <vector>

#include "chancery/exchange/v1/exchange.pb.h"
#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/codec/envelope.h"

namespace chancery::client {

absl::StatusOr<std::vector<Item>> FromWire(const exchange::v1::Particulars& particulars);
void ToWire(const std::vector<Item>& items, exchange::v1::Particulars& out);
void ToWire(const codec::Envelope& envelope, exchange::v1::Envelope& out);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_CONVERT_H_
