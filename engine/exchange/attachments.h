// Attachments: photographs and scans that an act names by digest, sent ahead of it in chunks.
//
// Each is known by its matter and the SHA-256 of its bytes. It lies encrypted under its matter's
// key, a row for each chunk, bound to matter, digest, size and place, and is erased with its
// matter. The key is made with the first chunk when the matter has none yet: the sender names the
// matter its act will open. A chunk is on the disk when it is acknowledged: after a cut the sender
// asks how much is held and goes on from there. The last chunk is taken only when all of them have
// the digest.
//
// An attachment is unbound until an admitted act of the party that sent it names it. What a party
// may have unbound is limited in number and bytes, goes when such an act was not admitted, and goes
// by age: at a start, and whenever the next one is begun.
//
// Errors: InvalidArgument, FailedPrecondition, NotFound, ResourceExhausted, Unavailable with
//   ATTACHMENT_FIELD     a size, an offset or a chunk outside its limits
//   ATTACHMENT_OFFSET    the chunk does not follow what is held; go on there (the detail `held`)
//   ATTACHMENT_DIFFERS   the bytes do not have the digest; all that was held is forgotten
//   ATTACHMENT_QUOTA     the party has too much unbound; send the acts that name it first
//   ATTACHMENT_UNKNOWN   there is none of that digest for that party
//   ATTACHMENTS_MISSING  an act names attachments that are not held (the detail `missing` lists
//                        them)
//   PARTICULARS_ERASED   the matter was erased
// Never a name or a byte of what is attached.
//
// Threads: every method may be called on any thread; those with a group run in a keeper's job.
#ifndef CHANCERY_ENGINE_EXCHANGE_ATTACHMENTS_H_
#define CHANCERY_ENGINE_EXCHANGE_ATTACHMENTS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/attachment.h"
#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"
#include "engine/codec/act_json.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/transport.h"
#include "engine/procedure/act.h"
#include "engine/procedure/matter.h"
#include "engine/store/store.h"

namespace chancery::exchange {

inline constexpr std::size_t kMaxAttachmentsOfAct = 16;
inline constexpr std::size_t kMaxUnboundOfParty = 256;
inline constexpr std::uint64_t kMaxUnboundBytesOfParty = std::uint64_t{256} << 20;
inline constexpr std::int64_t kMaxUnboundAgeMs = std::int64_t{7} * 24 * 3600 * 1000;

// The detail of an ATTACHMENTS_MISSING: digests in hexadecimal, joined by commas.
inline constexpr std::string_view kMissingDetail = "missing";
// The detail of an ATTACHMENT_OFFSET: how many bytes are held.
inline constexpr std::string_view kHeldDetail = "held";

struct AttachmentName {
  MatterId matter;
  Digest digest;

  friend auto operator<=>(const AttachmentName&, const AttachmentName&) = default;
};

// Stored: numbers never change.
enum class AttachmentState : int { kPartly = 1, kWhole = 2, kBound = 3 };
// "partly", "whole", "bound".
std::string_view NameOf(AttachmentState state);

struct HeldAttachment {
  AttachmentName name;
  PartyCode from;
  AttachmentState state = AttachmentState::kPartly;
  std::uint64_t size = 0;
  std::uint64_t held = 0;  // bytes from the beginning
  Instant since;           // of the first chunk

  bool whole() const { return state != AttachmentState::kPartly; }

  friend bool operator==(const HeldAttachment&, const HeldAttachment&) = default;
};

// The attachments an act names, each once, in byte order.
std::vector<Digest> AttachmentsOf(const procedure::Act& act);
// The digest under which the store keeps a chunk's row (store::ParticularsRow).
Digest ChunkRowDigest(const AttachmentName& name, std::uint64_t index);

// Whether what a line names as a file has become a digest. ATTACHMENT_FIELD otherwise: a program
// opens no file that a caller names.
absl::Status CheckNoFiles(const codec::DraftedAct& drafted);

class Attachments {
 public:
  Attachments(LedgerKeeper& keeper, const ParticularsVault& vault, Clock& clock)
      : keeper_(keeper), vault_(vault), clock_(clock) {}

  // How much is held of one; nothing when none. For the party that sent it.
  absl::StatusOr<std::optional<HeldAttachment>> Find(const AttachmentName& name,
                                                     PartyCode party) const;
  // Takes the chunk at `offset`, which is where the held bytes end; the first one begins it. Blocks
  // until it is on the disk. One that is whole takes nothing more and answers so.
  absl::StatusOr<HeldAttachment> Add(const AttachmentName& name, PartyCode from, std::uint64_t size,
                                     std::uint64_t offset, ByteView chunk) const;

  // The chunk at `offset`, a multiple of kAttachmentChunk, for who may have it: unbound its sender,
  // bound the two parties its act was between, as particulars.
  absl::StatusOr<AttachmentPiece> Read(const AttachmentName& name, PartyCode reader,
                                       std::uint64_t offset) const;
  // Those of a matter, by digest.
  absl::StatusOr<std::vector<HeldAttachment>> ListOf(const MatterId& matter) const;

  // Whether everything the act names is held whole, from its author. ATTACHMENTS_MISSING otherwise.
  absl::Status Require(const procedure::Act& act) const;
  // The act was admitted: what it names stays with the matter.
  absl::Status Bind(const procedure::Act& act, store::Commit& group) const;
  // It was not: nobody needs what it names and no other act has named.
  absl::Status Release(const procedure::Act& act, store::Commit& group) const;

  // Destroys what is unbound and older than its age, with the key of a matter that has nothing
  // else. How many went.
  absl::StatusOr<int> Sweep() const;

 private:
  absl::StatusOr<bool> Completes(const HeldAttachment& next, std::uint64_t offset,
                                 ByteView chunk) const;
  absl::Status TakeChunk(const HeldAttachment& next, std::uint64_t offset, ByteView chunk,
                         LedgerKeeper::Group& group, HeldAttachment& taken) const;
  absl::Status CheckQuota(const HeldAttachment& begun) const;
  absl::StatusOr<Personal<std::string>> Decrypt(const HeldAttachment& held,
                                                std::uint64_t index) const;

  LedgerKeeper& keeper_;
  const ParticularsVault& vault_;
  Clock& clock_;
};

// For an erasure (erasure.h): forgets that a matter's attachments were held.
absl::Status ForgetAttachments(store::Store& store, const MatterId& matter, store::Commit& commit);

// For the long check (check_store.h): why a record is not what its store holds; empty when it is.
// `named`: when an act that binds an attachment was last recorded. The digests of its chunks' rows
// go into `chunks`. Without a vault nothing is opened.
using NamedAttachments = std::map<AttachmentName, Instant>;
absl::StatusOr<std::string> JudgeAttachment(store::Store& store, const ParticularsVault* vault,
                                            const store::Paper& paper,
                                            const NamedAttachments& named,
                                            std::set<Digest>& chunks);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_ATTACHMENTS_H_
