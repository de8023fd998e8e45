#include "engine/crypto/commitment.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/crypto/sha256.h"

namespace chancery::crypto {
namespace {

// Bytes are forever; the terminating zero of the literal is part of the prefix.
// NOLINTNEXTLINE(bugprone-string-constructor): with the zero
constexpr ByteView kItemPrefix{"chancery/item/v1", 17};
// NOLINTNEXTLINE(bugprone-string-constructor): with the zero
constexpr ByteView kItemsPrefix{"chancery/items/v1", 18};

void AddBigEndian(Sha256Hasher& hasher, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    hasher.AddByte(static_cast<unsigned char>(number >> shift));
  }
}

}  // namespace

absl::StatusOr<Digest> CommitItem(const Item& item) {
  const std::string& value = item.value.Reveal();
  if (item.label.size() > kMaxLabelSize)
    return InvalidArgument("commit an item: the label is longer than 65535 bytes");
  if (value.size() > std::numeric_limits<std::uint32_t>::max()) {
    return InvalidArgument("commit an item: the value is longer than 4294967295 bytes");
  }
  Sha256Hasher hasher;
  hasher.Add(kItemPrefix).Add(item.salt.View());
  AddBigEndian(hasher, item.label.size(), 2);
  hasher.Add(item.label);
  AddBigEndian(hasher, value.size(), 4);
  hasher.Add(value);
  return hasher.Finish();
}

absl::StatusOr<std::vector<Digest>> ItemDigests(std::span<const Item> items) {
  if (items.size() > kMaxItems) return InvalidArgument("commit items: more than 65535");
  std::vector<const Item*> sorted;
  sorted.reserve(items.size());
  for (const Item& item : items) sorted.push_back(&item);
  // std::string compares as unsigned bytes, whatever the locale.
  std::ranges::sort(sorted, {}, &Item::label);
  const auto twice = std::ranges::adjacent_find(sorted, {}, &Item::label);
  if (twice != sorted.end())
    return InvalidArgument("commit items: the label \"" + (*twice)->label + "\" occurs twice");
  std::vector<Digest> digests;
  digests.reserve(sorted.size());
  for (const Item* item : sorted) {
    CHANCERY_ASSIGN_OR_RETURN(const Digest digest, CommitItem(*item));
    digests.push_back(digest);
  }
  return digests;
}

absl::StatusOr<Digest> CommitDigests(std::span<const Digest> digests) {
  if (digests.size() > kMaxItems) return InvalidArgument("commit items: more than 65535");
  Sha256Hasher hasher;
  hasher.Add(kItemsPrefix);
  AddBigEndian(hasher, digests.size(), 2);
  for (const Digest& digest : digests) hasher.Add(digest.View());
  return hasher.Finish();
}

absl::StatusOr<Digest> CommitItems(std::span<const Item> items) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> digests, ItemDigests(items));
  return CommitDigests(digests);
}

absl::Status CheckOpening(const Item& item, std::span<const Digest> digests,
                          const Digest& commitment) {
  CHANCERY_ASSIGN_OR_RETURN(const Digest committed, CommitDigests(digests));
  if (committed != commitment)
    return PermissionDenied("open an item: the digests are not the committed ones");
  CHANCERY_ASSIGN_OR_RETURN(const Digest opened, CommitItem(item));
  if (std::ranges::find(digests, opened) == digests.end()) {
    return PermissionDenied("open an item: label, value or salt is not a committed one");
  }
  return absl::OkStatus();
}

}  // namespace chancery::crypto
