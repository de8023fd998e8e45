// Commitments: how a statement binds personal particulars it does not contain (design section 5).
//
//   item   SHA-256("chancery/item/v1" ‖ 00 ‖ salt ‖ u16 length ‖ label ‖ u32 length ‖ value)
//   items  SHA-256("chancery/items/v1" ‖ 00 ‖ u16 count ‖ item digests in byte order of their
//   labels)
//
// Numbers are big-endian. Bytes are forever. The salt hides a value that could be guessed (a CNIC
// has 13 digits); each item has its own, so that one item can be opened to a court without the
// rest. A digest whose salt is destroyed says nothing about anybody.
#ifndef CHANCERY_ENGINE_CRYPTO_COMMITMENT_H_
#define CHANCERY_ENGINE_CRYPTO_COMMITMENT_H_

#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"

namespace chancery::crypto {

using Salt = FixedBytes<struct SaltTag, 32>;

// One labelled particular of a person. The label comes from a closed list and is not personal; the
// value is.
struct Item {
  std::string label;
  Personal<std::string> value;
  Salt salt;
};

inline constexpr std::size_t kMaxItems = 65535;
inline constexpr std::size_t kMaxLabelSize = 65535;

// InvalidArgument when the label or the value is longer than its length field can say.
absl::StatusOr<Digest> CommitItem(const Item& item);

// The item digests in byte order of their labels: what is handed over beside one opened item.
// InvalidArgument when a label occurs twice or there are more than kMaxItems.
absl::StatusOr<std::vector<Digest>> ItemDigests(std::span<const Item> items);

// The commitment over item digests that already stand in order. InvalidArgument above kMaxItems.
absl::StatusOr<Digest> CommitDigests(std::span<const Digest> digests);

// The commitment a statement carries: CommitDigests(ItemDigests(items)).
absl::StatusOr<Digest> CommitItems(std::span<const Item> items);

// Ok when `item` is one of the items that `commitment` binds, as shown by the whole list of item
// digests. PermissionDenied when the list is not the committed one or the item is not in it.
absl::Status CheckOpening(const Item& item, std::span<const Digest> digests,
                          const Digest& commitment);

}  // namespace chancery::crypto

#endif  // CHANCERY_ENGINE_CRYPTO_COMMITMENT_H_
