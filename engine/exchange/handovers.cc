#include "engine/exchange/handovers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/codec/announcement.h"
#include "engine/codec/entry.h"
#include "engine/exchange/collect_received.h"
#include "engine/ledger/handover.h"
#include "engine/ledger/merkle/merkle.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;
// Acts of the cooperation stand here: everybody reads them.
constexpr std::string_view kEveryone = "all";

absl::Status NotAnnounced(const ledger::Handover& handover, std::string_view why) {
  return WithReason(PermissionDenied("handover of " + handover.origin + ": entry " +
                                     std::to_string(handover.entry) + " " + std::string(why)),
                    kHandoverNotAnnounced);
}

Digest AsDigest(const ledger::NoteKey& key) { return *Digest::FromBytes(key.public_key().View()); }

void AddPaper(const ledger::Handover& handover, ByteView note, store::Commit& rows) {
  rows.papers.push_back(
      {std::string(kHandoverPaper), HandoverPaperId(handover), 0, false, 0, Bytes(note)});
}

absl::StatusOr<bool> IsKept(store::Store& store, const ledger::Handover& handover) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kHandoverPaper, HandoverPaperId(handover)));
  return paper.has_value();
}

absl::Status Keep(LedgerKeeper& keeper, ledger::KeyBook& keys, ByteView note) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Handover handover, ledger::ReadHandover(note));
  CHANCERY_RETURN_IF_ERROR(keys.Take(note));
  CHANCERY_ASSIGN_OR_RETURN(const bool kept, IsKept(keeper.store(), handover));
  if (kept) return absl::OkStatus();
  store::Commit rows;
  AddPaper(handover, note, rows);
  return keeper.Apply(rows);
}

// An entry of the ledger that orders the acts, wherever this party has it: nothing when it has not.
absl::StatusOr<Bytes> EntryOfMinistry(store::Store& store, std::uint64_t number) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes shown, FindShown(store, number));
  if (shown.empty()) return Bytes();
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<ReceivedEntry> page,
      ListReceived(store, number == 0 ? std::nullopt : std::optional<std::uint64_t>(number - 1),
                   1));
  if (page.size() != 1 || page.front().number != number)
    return DataLoss("store: received entry " + std::to_string(number) + " cannot be read");
  return page.front().entry;
}

struct Found {
  std::uint64_t number = 0;
  Digest leaf_hash;
  codec::Announcement announced;
};

void Look(std::uint64_t number, ByteView entry, PartyCode party, const OwnSigners& signers,
          std::optional<Found>& newest) {
  const absl::StatusOr<codec::Entry> decoded = codec::DecodeEntry(entry);
  const auto announced = decoded.ok() ? codec::AnnouncementIn(*decoded) : std::nullopt;
  if (!announced || announced->party != party || announced->log != AsDigest(signers.log.key()) ||
      announced->witness != AsDigest(signers.witness.key()))
    return;
  newest = Found{number, ledger::LeafHash(entry), *announced};
}

// The newest announcement of these keys, in the own ledger of the ministry and in what a state
// received. Asked only when keys change, so reading all of them does no harm.
absl::StatusOr<std::optional<Found>> FindAnnouncement(store::Store& store, PartyCode party,
                                                      const OwnSigners& signers) {
  std::optional<Found> newest;
  for (std::uint64_t position = 0;; position += kPage) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              store.ReadStream(std::string(kEveryone), position, kPage));
    for (const store::StoredEntry& stored : page)
      Look(stored.number, stored.bytes, party, signers, newest);
    if (page.size() < kPage) break;
  }
  std::optional<std::uint64_t> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReceivedEntry> page,
                              ListReceived(store, after, kPage));
    if (page.empty()) return newest;
    after = page.back().number;
    for (const ReceivedEntry& received : page)
      Look(received.number, received.entry, party, signers, newest);
  }
}

absl::Status Refused(std::string_view what, std::string_view remedy) {
  return FailedPrecondition("keys: " + std::string(what) + "; " + std::string(remedy));
}

}  // namespace

std::string HandoverPaperId(const ledger::Handover& handover) {
  return NumberedPaperId(handover.entry) + " " + handover.origin;
}

absl::StatusOr<Bytes> AnnouncingEntry(store::Store& store, PartyCode keeper, std::uint64_t number) {
  if (store.identity().party != keeper) return EntryOfMinistry(store, number);
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  if (number >= head.tree.size) return Bytes();
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, store.ReadEntry(number));
  return stored.bytes;
}

absl::StatusOr<std::shared_ptr<ledger::KeyBook>> LoadKeyBook(store::Store& store,
                                                             const Anchor& anchor) {
  auto keys = std::make_shared<ledger::KeyBook>(anchor);
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kHandoverPaper, std::nullopt, after, kPage));
    if (page.empty()) return keys;
    after = page.back().id;
    for (const store::Paper& paper : page) {
      if (const absl::Status taken = keys->Take(paper.bytes); !taken.ok())
        return DataLoss("store: " + std::string(ToStd(taken.message())));
    }
  }
}

absl::Status CheckAnnounced(const ledger::Handover& handover, ByteView entry) {
  if (ledger::LeafHash(entry) != handover.leaf_hash)
    return NotAnnounced(handover, "is another one than it names");
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry decoded, codec::DecodeEntry(entry));
  const std::optional<ledger::OriginParts> origin = ledger::ParseOrigin(handover.origin);
  if (const auto defect = codec::AnnouncementDefect(
          decoded, {origin ? origin->party : PartyCode{}, AsDigest(handover.log),
                    AsDigest(handover.witness), handover.until}))
    return NotAnnounced(handover, *defect);
  return absl::OkStatus();
}

absl::Status TakeHandover(LedgerKeeper& keeper, ledger::KeyBook& keys, PartyCode sender,
                          ByteView note) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Handover handover, ledger::ReadHandover(note));
  if (keys.PartyOfOrigin(handover.origin) != sender)
    return PermissionDenied("handover: a party hands over its own ledger alone");
  if (handover.entry >= keeper.head().tree.size)
    return NotAnnounced(handover, "does not exist in this ledger");
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored,
                            keeper.store().ReadEntry(handover.entry));
  CHANCERY_RETURN_IF_ERROR(CheckAnnounced(handover, stored.bytes));
  return Keep(keeper, keys, note);
}

absl::Status TakeHandovers(LedgerKeeper& keeper, ledger::KeyBook& keys,
                           const std::vector<Bytes>& notes) {
  for (const Bytes& note : notes) CHANCERY_RETURN_IF_ERROR(Keep(keeper, keys, note));
  return absl::OkStatus();
}

absl::Status CheckHandovers(store::Store& store, const ledger::KeyBook& keys) {
  for (const ledger::Handover& handover : keys.Handovers()) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes entry, EntryOfMinistry(store, handover.entry));
    if (entry.empty()) return NotAnnounced(handover, "was not given to this party");
    CHANCERY_RETURN_IF_ERROR(CheckAnnounced(handover, entry));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Instant>> CheckOwnKeys(store::Store& store, ledger::KeyBook& keys,
                                                    const OwnSigners& signers, Instant now) {
  const PartyCode party = store.identity().party;
  const std::vector<ledger::NoteKey> logs = keys.Logs(party);
  const std::vector<ledger::NoteKey> witnesses = keys.Witnesses(party);
  const ledger::NoteKey& log = signers.log.key();
  const ledger::NoteKey& witness = signers.witness.key();
  if (logs.empty() || witnesses.empty())
    return Refused("the anchor names no ledger and witness of " + party.ToText(),
                   "use the anchor this party was given");
  const auto has_ended = [](const std::vector<ledger::NoteKey>& known, const ledger::NoteKey& key) {
    return key != known.front() && std::find(known.begin(), known.end(), key) != known.end();
  };
  if (has_ended(logs, log) || has_ended(witnesses, witness))
    return Refused(
        "the checkpoint or witness key of " + party.ToText() + " was handed over to another",
        "use the newest keys as keys.checkpoint and keys.witness");
  if (signers.log_before != nullptr && signers.log_before->key().name() != log.name())
    return Refused("keys.checkpoint_before is of another ledger",
                   "name the key before the new one");
  if (log != logs.front() || witness != witnesses.front()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<Found> found,
                              FindAnnouncement(store, party, signers));
    if (!found) {
      return Refused("the checkpoint and witness key are neither those the anchor names for " +
                         party.ToText() + " nor announced ones",
                     "announce both together with an authority_appointed (key announce), and go on "
                     "with the old keys until it is recorded");
    }
    if (!found->announced.until)
      return Refused("the new keys of " + party.ToText() + " were announced without `until`",
                     "announce them again with the end of the keys before");
    if (*found->announced.until <= now)
      return Refused("the time in which the keys of " + party.ToText() +
                         " could be handed over ended at " + ToText(*found->announced.until),
                     "go on with the old keys and announce the new ones again");
    const ledger::NoteSigner* before = log == logs.front() ? &signers.log : signers.log_before;
    if (before == nullptr || before->key() != logs.front())
      return Refused("the new checkpoint key of " + party.ToText() +
                         " is not handed over yet, which the old one must sign",
                     "name the old key's file as keys.checkpoint_before");
    const ledger::Handover handover{
        log.name(),    logs.front(),    log, witness, *found->announced.until,
        found->number, found->leaf_hash};
    CHANCERY_ASSIGN_OR_RETURN(const Bytes note,
                              ledger::SignHandover(handover, *before, signers.log));
    CHANCERY_RETURN_IF_ERROR(keys.Take(note));
    store::Commit rows;
    AddPaper(handover, note, rows);
    CHANCERY_RETURN_IF_ERROR(store.Apply(rows));
  }
  if (signers.log_before == nullptr || signers.log_before->key() == log) return std::nullopt;
  const std::optional<Instant> until = keys.EndOf(signers.log_before->key());
  if (!until)
    return Refused("keys.checkpoint_before is no earlier key of " + party.ToText(),
                   "name the key before the new one, or leave it out");
  return until;
}

}  // namespace chancery::exchange
