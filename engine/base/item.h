// One item of a person's particulars with its salt: what travels beside a statement and what its
// commitment covers.
#ifndef CHANCERY_ENGINE_BASE_ITEM_H_
#define CHANCERY_ENGINE_BASE_ITEM_H_

#include <string>

#include "engine/base/bytes.h"
#include "engine/base/personal.h"

namespace chancery {

using Salt = FixedBytes<struct SaltTag, 32>;

// Labels are words of our own ("name", "cnic", "passport_number"); values are the person's and
// cannot be printed.
struct Item {
  std::string label;
  Personal<std::string> value;
  Salt salt;

  friend bool operator==(const Item&, const Item&) = default;
};

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_ITEM_H_
