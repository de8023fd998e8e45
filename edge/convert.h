// The wire's messages as the engine's values and back.
#ifndef CHANCERY_EDGE_CONVERT_H_
#define CHANCERY_EDGE_CONVERT_H_

#include <vector>

#include "chancery/exchange/v1/exchange.pb.h"
#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/codec/envelope.h"
#include "nlohmann/json.hpp"

namespace chancery::edge {

// InvalidArgument with ENVELOPE_FIELD or PARTICULARS_FIELD for what is no envelope.
absl::StatusOr<codec::Envelope> FromWire(const exchange::v1::Envelope& envelope);
absl::StatusOr<std::vector<Item>> FromWire(const exchange::v1::Particulars& particulars);

// Salts that are zero are left out.
void ToWire(const std::vector<Item>& items, exchange::v1::Particulars& out);
void ToWire(const codec::Envelope& envelope, exchange::v1::Envelope& out);

// Labels and values, without salts: for whoever may read them.
nlohmann::ordered_json ToJson(const exchange::v1::Particulars& particulars);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_CONVERT_H_
