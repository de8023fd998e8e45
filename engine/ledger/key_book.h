// The keys of every ledger and every witness over time: those of the anchor, and what handovers
// made of them.
//
// A key is never forgotten. What it signed before its end verifies for ever; from its end on it
// does not count, which is asked wherever it is known when a head stood (…At). Handovers of a party
// form one chain from the anchor's key on: each is signed by the key that counted until then, each
// is announced by a later entry, a key hands over once, and no key comes back or has two roles.
//
// Threads: every method may be called on any thread.
#ifndef CHANCERY_ENGINE_LEDGER_KEY_BOOK_H_
#define CHANCERY_ENGINE_LEDGER_KEY_BOOK_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/handover.h"
#include "engine/ledger/note.h"
#include "engine/ledger/policy.h"

namespace chancery::ledger {

class KeyBook {
 public:
  explicit KeyBook(const Anchor& anchor);
  // What a policy says of the ledger of that origin and of its witnesses, for whoever has no
  // anchor: the result is tied to nobody.
  KeyBook(const Policy& policy, std::string_view origin);

  KeyBook(const KeyBook&) = delete;
  KeyBook& operator=(const KeyBook&) = delete;

  // Takes a handover in. OK and nothing changed when it was taken before. What ReadHandover says;
  // NotFound for an origin that is not known here; PermissionDenied when it is not from the newest
  // key of that ledger, or names a key that has or had a role.
  absl::Status Take(ByteView note);

  // Lets the first handover of a ledger that is not known here say from which key it comes: for
  // whoever has no anchor.
  void Introduce(const Handover& handover);
  // The keys as these handovers alone leave them; the others may no longer follow, and are left
  // out with what comes after them.
  std::shared_ptr<KeyBook> Where(const std::function<bool(const Handover&)>& wanted) const;

  // In the order in which they were taken.
  std::vector<Bytes> Notes() const;
  std::vector<Handover> Handovers() const;
  // Whether anything was handed over.
  bool empty() const;

  // Every key of that party's ledger, the newest first; none when the party is not known.
  std::vector<NoteKey> Logs(PartyCode party) const;
  // Those that count at that moment.
  std::vector<NoteKey> LogsAt(PartyCode party, Instant at) const;
  // The same of the party's witness.
  std::vector<NoteKey> Witnesses(PartyCode party) const;
  std::vector<NoteKey> WitnessesAt(PartyCode party, Instant at) const;
  // Of all parties, in their order.
  std::vector<NoteKey> AllLogs() const;
  // The parties' witnesses and the always-on ones.
  std::vector<NoteKey> AllWitnesses() const;
  const std::vector<NoteKey>& always_on() const { return always_on_; }
  std::vector<PartyCode> Parties() const;
  // Whose ledger that is; nobody when it is none.
  PartyCode PartyOfOrigin(std::string_view origin) const;
  // When that key of a ledger or a party's witness ends; nothing when it is the newest, or unknown.
  std::optional<Instant> EndOf(const NoteKey& key) const;

  // The policy with every key that has a successor accompanied by it: a log by its other keys, the
  // newest first, and a witness NAME by the group NAME of NAME-1, NAME-2 and so on, of which any
  // one is enough. The policy itself when nothing was handed over.
  absl::StatusOr<Policy> BringForward(const Policy& policy) const;

 private:
  KeyBook() = default;

  // A key and until when it counts; the newest has no end. Oldest first.
  struct Held {
    NoteKey key;
    std::optional<Instant> until;
  };
  using Chain = std::vector<Held>;

  static std::vector<NoteKey> KeysOf(const Chain* chain, std::optional<Instant> at);
  const Chain* ChainOf(const std::map<PartyCode, Chain>& chains, PartyCode party) const;
  bool IsUsed(const crypto::Ed25519PublicKey& key) const;
  // The chain that key is in, when it has more than one.
  const Chain* ChainWith(const std::map<PartyCode, Chain>& chains, const NoteKey& key) const;

  mutable std::mutex mutex_;
  std::map<PartyCode, Chain> logs_;
  std::map<PartyCode, Chain> witnesses_;
  std::vector<NoteKey> always_on_;
  std::vector<Bytes> notes_;
  std::vector<Handover> handovers_;
};

}  // namespace chancery::ledger

#endif  // CHANCERY_ENGINE_LEDGER_KEY_BOOK_H_
