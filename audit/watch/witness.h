// An always-on witness: outside every keeper's control, it cosigns the heads of the ledgers of one
// anchor by the rule of C2SP tlog-witness (engine/ledger/witness.h) and keeps what contradicts
// them.
//
// Its folder holds `heads` (heads.h), `evidence/`, and a lock, so that two programs never sign from
// one folder. A head is durable before its cosignature is shown, and so is evidence before the
// refusal. The folder is made once, with the first head of every ledger: nothing is believed on
// first use, and a folder that is missing is an error and no beginning.
//
// A cosignature says what was seen by its time. A witness whose clock went back does not sign; one
// whose clock leads by more than a day the newest time that others stand for does not either. Those
// times are the cosignatures of the anchor's other witnesses on what is offered here.
//
// A keeper of the anchor says by its own witness's line on what it offers at what time that was its
// largest tree. An offer whose line is not of this moment is refused, to be made anew: so what is
// cosigned late, and entries recorded meanwhile, are never mistaken for back-dated ones. The line
// is kept with the cosignature.
//
// Threads: every method may be called on any thread; offers are judged one after another.
#ifndef CHANCERY_AUDIT_WATCH_WITNESS_H_
#define CHANCERY_AUDIT_WATCH_WITNESS_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/watch/heads.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/note.h"
#include "engine/ledger/witness.h"

namespace chancery::watch {

// What became of an offer.
struct Watched {
  ledger::CosignRefusal refusal = ledger::CosignRefusal::kNone;
  Bytes line;                    // one signature line when it was cosigned
  std::uint64_t known_size = 0;  // of that ledger, as cosigned last
  std::string why;               // of a refusal, in words for the caller
};

class Witness {
 public:
  struct Parts {
    const ledger::Anchor& anchor;
    const ledger::NoteSigner& key;
    Clock& clock;
    Events& events;
    // Called when it is unknown what the disk holds; must not return. The default says so on stderr
    // and ends the process with exit code 3.
    std::function<void(const absl::Status&)> on_fatal = nullptr;
    // The keys of every ledger over time; null: those of the anchor.
    std::shared_ptr<const ledger::KeyBook> keys = nullptr;
  };

  // Makes the folder. `firsts` are signed checkpoints from which single ledgers are taken up (a
  // witness set up after they began, or one that lost its folder); every other ledger of the anchor
  // begins at size 0. AlreadyExists when the folder is there; PermissionDenied for a checkpoint
  // that no ledger of the anchor signed.
  static absl::Status Make(const std::filesystem::path& folder, const ledger::Anchor& anchor,
                           const std::vector<Bytes>& firsts);
  // NotFound when the folder was not made; FailedPrecondition when another program holds it, or the
  // anchor does not name the key among its always-on witnesses or names a ledger the folder does
  // not know; DataLoss when the heads cannot be read.
  static absl::StatusOr<std::unique_ptr<Witness>> Open(const std::filesystem::path& folder,
                                                       const Parts& parts);
  ~Witness();

  // Unavailable when the disk does not take what must be kept; then nothing was cosigned.
  absl::StatusOr<Watched> AddCheckpoint(const ledger::CosignOffer& offer);
  // The largest checkpoint cosigned of that ledger; empty when none was yet. NotFound for a ledger
  // that is not watched.
  absl::StatusOr<Bytes> Latest(std::string_view origin) const;
  // The same by the lower-case hex of SHA-256 of the origin (tlog-witness's monitoring).
  absl::StatusOr<Bytes> LatestByHash(std::string_view hash) const;

  Heads heads() const;

 private:
  Witness(const std::filesystem::path& folder, const Parts& parts, int lock);

  Watched Refuse(const ledger::CosignRuling& ruling, const WatchedHead& held, Instant now) const;
  absl::Status KeepEvidence(std::string_view origin, std::string_view reason, ByteView held,
                            ByteView offered, Instant now);
  absl::Status Store(const Heads& next);

  const std::filesystem::path folder_;
  const Parts parts_;
  const std::shared_ptr<const ledger::KeyBook> keys_;
  const int lock_;
  std::vector<ledger::NoteKey> others_;  // the anchor's witnesses but this one
  mutable std::mutex mutex_;
  Heads heads_;  // as on the disk
};

// One contradiction as it was kept.
struct KeptEvidence {
  std::string id;  // its file's name: the first 16 hex digits of SHA-256 of what was offered
  std::string origin;
  std::string reason;        // a word of CosignRefusal
  std::int64_t seen_at = 0;  // seconds
  Bytes held;                // the note cosigned last; empty when there was none
  Bytes offered;             // the body of an add-checkpoint
};
// In order of their ids. DataLoss when a file cannot be read.
absl::StatusOr<std::vector<KeptEvidence>> ListEvidence(const std::filesystem::path& folder);

}  // namespace chancery::watch

#endif  // CHANCERY_AUDIT_WATCH_WITNESS_H_
