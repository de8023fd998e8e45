// Matters as bytes for the node's own store.
//
// These bytes never leave a node and stand in no ledger: a matter can always be had again by
// replaying the acts. Facts are kept by name, so that a store written by an older release reads the
// same.
//
// Errors: DataLoss with the reason MATTER_NOT_READABLE. Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_CODEC_MATTER_H_
#define CHANCERY_ENGINE_CODEC_MATTER_H_

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/procedure/matter.h"

namespace chancery::codec {

Bytes EncodeMatter(const procedure::Matter& matter);
absl::StatusOr<procedure::Matter> DecodeMatter(ByteView bytes);

}  // namespace chancery::codec

#endif  // CHANCERY_ENGINE_CODEC_MATTER_H_
