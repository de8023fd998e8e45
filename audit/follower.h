// What depends on the entries before it: times, positions in streams, ids, and the replay of every
// act.
//
// A whole book, a slice of one reader and a state's own book are followed the same way; of a slice
// only the reader's entries come. Levels below replay ask nothing of the core.
#ifndef CHANCERY_AUDIT_FOLLOWER_H_
#define CHANCERY_AUDIT_FOLLOWER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/entry_reader.h"
#include "audit/known_statements.h"
#include "audit/suspects.h"
#include "audit/trust_reader.h"
#include "audit/verify.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/key_book.h"
#include "engine/procedure/replay.h"

namespace chancery::audit {

struct StreamState {
  std::uint64_t next_position = 0;
  std::optional<std::int64_t> head_day;  // the UTC day its last head entry opened
  std::uint64_t head_entry = 0;          // the number of that head entry
  Digest leaf_hash;                      // of its last entry
};

// Used by one thread.
class Follower {
 public:
  using WrongEntry = std::function<void(std::uint64_t number, std::string what)>;
  struct Parts {
    const Trust& trust;
    const std::map<Digest, SignedProcedure>& procedures;
    const ledger::Anchor* anchor;  // null without one
    const ledger::KeyBook* keys;   // over time; null when they are not known
    Level level;
    PartyCode reader;  // of a slice; nobody for a whole book
    Verdict& verdict;  // whose counts go up
    WrongEntry wrong;
  };
  explicit Follower(Parts parts) : parts_(std::move(parts)) {}

  void Follow(const ReadEntry& read);
  // Counts a verified seal, and keeps who signed and which procedures were named.
  void CountSeal(const ReadEntry& read);

  // Of the acts followed so far those under a certificate revoked as from before them.
  std::vector<Suspect> Suspects() const;

  Instant last_recorded_at() const { return last_recorded_at_; }
  const std::map<std::string, StreamState>& streams() const { return streams_; }
  const KnownStatements& known() const { return known_; }
  // Of a state's book: what it received, by the number in the other ledger, with its own number.
  using Received = std::vector<std::pair<std::uint64_t, codec::ReceivedBody>>;
  const std::map<std::uint64_t, Received>& received() const { return received_; }
  // Who sealed something, and which procedures were named, each with the time of the first use.
  const std::map<Digest, Instant>& signers() const { return signers_; }
  const std::map<Digest, Instant>& named() const { return named_; }
  void AddSigner(const Digest& certificate, Instant at) { signers_.emplace(certificate, at); }

 private:
  bool At(Level level) const { return parts_.level >= level; }
  void Wrong(std::uint64_t number, std::string what) { parts_.wrong(number, std::move(what)); }
  void CheckStream(const ReadEntry& read);
  void CheckStreamName(const ReadEntry& read, const std::string& stream);
  void FollowMinistry(const ReadEntry& read);
  void FollowState(const ReadEntry& read);
  void FollowEquivocation(const ReadEntry& read, const codec::EquivocationBody& second);
  // When an always-on witness saw the act in its author's ledger; nothing without an offer proof.
  std::optional<Instant> OfferedSince(const ReadEntry& read, const codec::ActBody& act);
  void Replay(const ReadEntry& read, const procedure::Ruling& ruling,
              std::optional<Instant> offered_since = std::nullopt);
  void CheckAppointed(const ReadEntry& read, const procedure::RecordedAct& recorded);
  void Remember(const ReadEntry& read);
  Digest FoundingOf(const procedure::Act& first) const;

  Parts parts_;
  std::optional<procedure::Replayer> replayer_;  // from the first act on
  SuspectSearch suspects_;
  Instant last_recorded_at_;
  std::map<std::string, StreamState> streams_;
  KnownStatements known_;
  std::map<std::uint64_t, Received> received_;
  std::map<Digest, Instant> signers_;
  std::map<Digest, Instant> named_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_FOLLOWER_H_
