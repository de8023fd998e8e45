// What an always-on witness must never forget: the newest head of every ledger it watches, the note
// as it cosigned it, and the newest time that others stand for. One text file.
//
//   chancery-watch v1
//   told <seconds>
//   head <origin> <size> <root, base64> <cosigned at, seconds> <note, base64, or ->
//
// Heads in order of their origins. Reading is strict: a file that is not what FormatHeads writes of
// it is refused.
//
// Values and functions; safe on every thread.
#ifndef CHANCERY_AUDIT_WATCH_HEADS_H_
#define CHANCERY_AUDIT_WATCH_HEADS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/ledger/witness.h"

namespace chancery::watch {

struct WatchedHead {
  ledger::WitnessState state;
  Bytes note;  // with this witness's line; empty while only the first head is known

  friend bool operator==(const WatchedHead&, const WatchedHead&) = default;
};
struct Heads {
  std::int64_t told = 0;  // seconds; 0 when nobody has told a time yet
  std::map<std::string, WatchedHead, std::less<>> by_origin;

  friend bool operator==(const Heads&, const Heads&) = default;
};

// DataLoss names the line: such a file is restored, never guessed at.
absl::StatusOr<Heads> ParseHeads(std::string_view text);
std::string FormatHeads(const Heads& heads);

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_HEADS_H_
