#include "audit/watch/witness.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "edge/files.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"

namespace chancery::watch {

namespace {

namespace fs = std::filesystem;
using ledger::CosignRefusal;

// How far a keeper's time on what it offers may be from this witness's: a call's length and two
// clocks that differ. So a cosignature is never much later than when its checkpoint was the largest
// tree.
constexpr std::int64_t kFreshSeconds = 2;

// Mode of what a witness keeps.
constexpr int kOwnerOnly = 0600;

constexpr std::string_view kEvidenceTitle = "chancery-watch-evidence v1";

fs::path HeadsFile(const fs::path& folder) { return folder / "heads"; }
fs::path EvidenceFolder(const fs::path& folder) { return folder / "evidence"; }

void EndProcess(const absl::Status& status) {
  std::fprintf(stderr,
               "chancery-audit watch: it is unknown what the disk holds, and the program ends with "
               "it: %s\n",
               std::string(ToStd(status.message())).c_str());
  std::fflush(stderr);
  ::_exit(3);
}

Watched Refusal(CosignRefusal refusal, std::uint64_t known_size, std::string why) {
  return {refusal, {}, known_size, std::move(why)};
}

std::string Evidence(std::string_view origin, std::string_view reason, ByteView held,
                     ByteView offered, Instant now) {
  return std::string(kEvidenceTitle) + "\norigin " + std::string(origin) + "\nreason " +
         std::string(reason) + "\nseen " + std::to_string(now.ms / kMsPerSecond) + "\nheld " +
         (held.empty() ? "-" : ToBase64(held)) + "\noffered " + ToBase64(offered) + "\n";
}

// The value of the next line, which begins with `name` and a space.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.substr(0, name.size()) != name || line.substr(name.size(), 1) != " ")
    return std::nullopt;
  return line.substr(name.size() + 1);
}

std::optional<KeptEvidence> ReadEvidence(std::string_view text) {
  const std::string title = std::string(kEvidenceTitle) + "\n";
  if (!text.starts_with(title)) return std::nullopt;
  text.remove_prefix(title.size());
  const auto origin = TakeLine(text, "origin");
  const auto reason = TakeLine(text, "reason");
  const auto seen = TakeLine(text, "seen");
  const auto held = TakeLine(text, "held");
  const auto offered = TakeLine(text, "offered");
  if (!origin || !reason || !seen || !held || !offered || !text.empty()) return std::nullopt;
  const auto seconds = ledger::ParseSize(*seen);
  const auto held_bytes = *held == "-" ? Bytes() : FromBase64(*held);
  const auto offered_bytes = FromBase64(*offered);
  if (!seconds || !held_bytes || !offered_bytes) return std::nullopt;
  return KeptEvidence{
      {},          std::string(*origin), std::string(*reason), static_cast<std::int64_t>(*seconds),
      *held_bytes, *offered_bytes};
}

}  // namespace

absl::Status Witness::Make(const fs::path& folder, const ledger::Anchor& anchor,
                           const std::vector<Bytes>& firsts) {
  std::error_code error;
  if (fs::exists(folder, error))
    return AlreadyExists(folder.string() + " is there already; nothing was changed");
  std::vector<ledger::NoteKey> logs;
  Heads heads;
  for (const auto& [party, key] : anchor.logs) {
    logs.push_back(key);
    heads.by_origin[key.name()].state.tree = {0, ledger::EmptyRoot()};
  }
  for (const Bytes& first : firsts) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                              ledger::VerifyCheckpoint(first, logs, {}));
    heads.by_origin.at(verified.checkpoint.origin).state.tree = verified.checkpoint.tree;
  }
  fs::create_directories(EvidenceFolder(folder), error);
  if (error) return Unavailable(folder.string() + " cannot be made: " + error.message());
  fs::permissions(folder, fs::perms::owner_all, error);
  return edge::ReplaceFile(HeadsFile(folder), FormatHeads(heads), kOwnerOnly);
}

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(const fs::path& folder, const Parts& parts) {
  std::error_code error;
  if (!fs::exists(HeadsFile(folder), error)) {
    return NotFound("this witness has no heads in " + folder.string() +
                    ": make them once with chancery-audit watch init; if they were there before, "
                    "restore them, for a witness that forgets can be shown the past");
  }
  const ledger::Anchor& anchor = parts.anchor;
  if (std::find(anchor.always_on.begin(), anchor.always_on.end(), parts.key.key()) ==
      anchor.always_on.end()) {
    return FailedPrecondition("the anchor does not name " + parts.key.key().ToText() +
                              " among its always-on witnesses");
  }
  const int lock = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (lock >= 0) ::close(lock);
    return FailedPrecondition("another program works with the witness's folder " + folder.string());
  }
  std::unique_ptr<Witness> witness(new Witness(folder, parts, lock));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(HeadsFile(folder)));
  CHANCERY_ASSIGN_OR_RETURN(witness->heads_, ParseHeads(text));
  for (const auto& [party, key] : anchor.logs) {
    if (!witness->heads_.by_origin.contains(key.name())) {
      return FailedPrecondition("the anchor names the ledger " + key.name() +
                                ", of which this witness holds no first head");
    }
  }
  return witness;
}

Witness::Witness(const fs::path& folder, const Parts& parts, int lock)
    : folder_(folder),
      parts_(parts),
      keys_(parts.keys ? parts.keys : std::make_shared<const ledger::KeyBook>(parts.anchor)),
      lock_(lock) {
  for (const ledger::NoteKey& key : keys_->AllWitnesses()) {
    if (key != parts.key.key()) others_.push_back(key);
  }
}

Witness::~Witness() { ::close(lock_); }

Heads Witness::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

absl::StatusOr<Bytes> Witness::Latest(std::string_view origin) const {
  const std::lock_guard lock(mutex_);
  const auto head = heads_.by_origin.find(origin);
  if (head == heads_.by_origin.end()) return NotFound("no ledger of that origin is watched here");
  return head->second.note;
}

absl::StatusOr<Bytes> Witness::LatestByHash(std::string_view hash) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [origin, head] : heads_.by_origin) {
    if (crypto::Sha256(origin).ToHexText() == hash) return head.note;
  }
  return NotFound("no ledger of that origin is watched here");
}

absl::Status Witness::Store(const Heads& next) {
  const absl::Status stored = edge::ReplaceFile(HeadsFile(folder_), FormatHeads(next), kOwnerOnly);
  if (absl::IsDataLoss(stored)) {
    if (parts_.on_fatal) parts_.on_fatal(stored);
    EndProcess(stored);
  }
  return stored;
}

absl::Status Witness::KeepEvidence(std::string_view origin, std::string_view reason, ByteView held,
                                   ByteView offered, Instant now) {
  // The same offer again says nothing new.
  const std::string name = crypto::Sha256(offered).ToHexText().substr(0, 16);
  const fs::path file = EvidenceFolder(folder_) / name;
  std::error_code error;
  if (fs::exists(file, error)) return absl::OkStatus();
  CHANCERY_RETURN_IF_ERROR(
      edge::ReplaceFile(file, Evidence(origin, reason, held, offered, now), kOwnerOnly));
  parts_.events.Note({"witness.contradiction", name, 0});
  return absl::OkStatus();
}

Watched Witness::Refuse(const ledger::CosignRuling& ruling, const WatchedHead& held,
                        Instant now) const {
  const std::uint64_t size = held.state.tree.size;
  std::string why = "checkpoint: not cosigned: " + std::string(ledger::ToText(ruling.refusal));
  if (ruling.refusal == CosignRefusal::kClockWentBack) {
    why += ": this witness's clock says " + ToText(now) + " and it has cosigned this ledger at " +
           ToText(Instant{held.state.cosigned_at * kMsPerSecond}) + "; it signs again from then on";
  } else if (ruling.keep_as_evidence) {
    why += ": the offer is kept beside the head of size " + std::to_string(size) +
           " that was cosigned last";
  }
  return Refusal(ruling.refusal, size, std::move(why));
}

absl::StatusOr<Watched> Witness::AddCheckpoint(const ledger::CosignOffer& offer) {
  const absl::StatusOr<ledger::Checkpoint> claimed = ledger::CheckpointIn(offer.checkpoint);
  if (!claimed.ok())
    return Refusal(CosignRefusal::kMalformed, 0, std::string(ToStd(claimed.status().message())));
  const PartyCode party = ledger::PartyOfOrigin(parts_.anchor, claimed->origin);
  const std::lock_guard lock(mutex_);
  const auto known = heads_.by_origin.find(claimed->origin);
  if (party.IsNone() || known == heads_.by_origin.end())
    return Refusal(CosignRefusal::kUnknownOrigin, 0, "no ledger of that origin is watched here");

  const WatchedHead& held = known->second;
  const Instant now = parts_.clock.Now();
  const std::int64_t seconds = now.ms / kMsPerSecond;
  const std::vector<ledger::NoteKey> logs = keys_->LogsAt(party, now);
  const ledger::CosignRuling ruling =
      ledger::JudgeOffer(claimed->origin, logs, held.state, offer, seconds);
  if (ruling.keep_as_evidence) {
    CHANCERY_RETURN_IF_ERROR(KeepEvidence(claimed->origin, ledger::ToText(ruling.refusal),
                                          held.note, ledger::FormatCosignOffer(offer), now));
  }
  if (ruling.refusal != CosignRefusal::kNone) {
    parts_.events.Note({"witness.refused", ledger::ToText(ruling.refusal),
                        static_cast<std::int64_t>(claimed->tree.size)});
    return Refuse(ruling, held, now);
  }

  CHANCERY_ASSIGN_OR_RETURN(ledger::Note note, ledger::ParseNote(offer.checkpoint));
  const std::vector<ledger::NoteKey> keeper = keys_->WitnessesAt(party, now);
  if (!keeper.empty()) {
    const std::int64_t told = ledger::TimeTold(keeper, note);
    if (told != 0 && (seconds < told - kFreshSeconds || seconds > told + kFreshSeconds)) {
      parts_.events.Note({"witness.not_fresh", party.view(), told});
      return Refusal(CosignRefusal::kNotFresh, held.state.tree.size,
                     "checkpoint: not cosigned: its keeper says it stood at " +
                         ToText(Instant{told * kMsPerSecond}) + ", and this witness's clock says " +
                         ToText(now) + "; offer it anew, or set the clock that is wrong");
    }
  }
  Heads next = heads_;
  next.told = std::max(next.told, ledger::TimeTold(others_, note));
  if (next.told != 0 && seconds > next.told + ledger::kMostLeadSeconds) {
    parts_.events.Note({"witness.clock_ahead", party.view(), next.told});
    return Refusal(CosignRefusal::kClockAhead, held.state.tree.size,
                   "checkpoint: not cosigned: this witness's clock says " + ToText(now) +
                       ", more than a day after the newest time another witness stands for, " +
                       ToText(Instant{next.told * kMsPerSecond}));
  }
  CHANCERY_ASSIGN_OR_RETURN(const ledger::NoteSignature cosignature,
                            ledger::Cosign(parts_.key, ruling.checkpoint_text, seconds));
  // Of what was offered only the lines that verified are kept: the log's, and the keeper's own,
  // which says when it was the largest tree there was.
  std::vector<ledger::NoteSignature> lines;
  for (const ledger::NoteSignature& line : note.signatures) {
    const bool of_log = std::any_of(logs.begin(), logs.end(), [&line](const ledger::NoteKey& key) {
      return line.name == key.name() && line.key_id == key.id();
    });
    const bool of_keeper =
        std::any_of(keeper.begin(), keeper.end(), [&](const ledger::NoteKey& key) {
          return ledger::VerifyCosignature(key, line, note.text);
        });
    const bool again = std::any_of(lines.begin(), lines.end(), [&](const auto& kept) {
      return kept.name == line.name && kept.key_id == line.key_id;
    });
    if ((of_log || of_keeper) && !again) lines.push_back(line);
  }
  lines.push_back(cosignature);
  note.signatures = std::move(lines);
  next.by_origin[claimed->origin] = {ruling.next, ledger::FormatNote(note)};
  CHANCERY_RETURN_IF_ERROR(Store(next));
  heads_ = std::move(next);
  parts_.events.Note(
      {"witness.cosigned", party.view(), static_cast<std::int64_t>(ruling.next.tree.size)});
  return Watched{
      CosignRefusal::kNone, ledger::FormatSignatureLine(cosignature), ruling.next.tree.size, {}};
}

absl::StatusOr<std::vector<KeptEvidence>> ListEvidence(const fs::path& folder) {
  std::vector<KeptEvidence> kept;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(EvidenceFolder(folder), error)) {
    // What a crash left half written was never answered for.
    if (file.path().extension() == ".new") continue;
    CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(file.path()));
    std::optional<KeptEvidence> read = ReadEvidence(text);
    if (!read) return DataLoss(file.path().string() + " is not what a witness keeps");
    read->id = file.path().filename().string();
    kept.push_back(*std::move(read));
  }
  if (error)
    return NotFound("no evidence of a witness in " + folder.string() + ": " + error.message());
  std::sort(kept.begin(), kept.end(),
            [](const KeptEvidence& a, const KeptEvidence& b) { return a.id < b.id; });
  return kept;
}

}  // namespace chancery::watch
