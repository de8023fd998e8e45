// What a party remembers of each act it handed in, from the seal to the ministry's ruling.
//
// Kept in the store as papers of kind "sent", named by the statement id (UUIDv7, so their order is
// that of handing in). A record is never deleted: an act that was turned away stays with the
// reason. It holds no personal data.
#ifndef CHANCERY_ENGINE_EXCHANGE_OUTBOX_RECORD_H_
#define CHANCERY_ENGINE_EXCHANGE_OUTBOX_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/exchange/row_names.h"
#include "engine/store/store.h"

namespace chancery::exchange {

// Stored: numbers never change.
enum class SentState : int {
  kWaiting = 1,     // sealed and kept, no attempt yet
  kOffered = 2,     // an attempt brought no receipt
  kRecorded = 3,    // the ministry's receipt was verified
  kTurnedAway = 4,  // refused at the door; nothing was recorded there
};
// "waiting", "offered", "recorded", "turned_away".
std::string_view NameOf(SentState state);
constexpr bool IsOpen(SentState state) {
  return state == SentState::kWaiting || state == SentState::kOffered;
}

struct SentAct {
  StatementId id;
  Digest digest;  // of the statement
  MatterId matter;
  Digest procedure;    // under which it was sealed
  std::string act;     // "application"
  bool opens = false;  // it opened its matter
  SentState state = SentState::kWaiting;
  std::uint64_t own_number = 0;  // of the sealed entry in the own ledger
  std::uint64_t number = 0;      // in the ministry's ledger, once recorded
  std::string ruling;            // one line, once recorded
  std::string reason;            // why it was turned away, for machines
  std::string error;             // and for people

  friend bool operator==(const SentAct&, const SentAct&) = default;
};

// The paper of a record as it was read, or to be written.
struct SentPaper {
  SentAct act;
  std::uint64_t version = 0;  // 0: not written yet
};

store::PaperChange ChangeOf(const SentPaper& paper);
// DataLoss when the paper is no record.
absl::StatusOr<SentPaper> ReadSentPaper(const store::Paper& paper);
absl::StatusOr<std::optional<SentPaper>> FindSent(store::Store& store, const StatementId& id);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_OUTBOX_RECORD_H_
