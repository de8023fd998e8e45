#include "audit/verify.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <utility>
#include <variant>

#include "audit/corroboration.h"
#include "audit/entry_reader.h"
#include "audit/evidence_folder.h"
#include "audit/follower.h"
#include "audit/handovers.h"
#include "audit/parallel.h"
#include "audit/seal_memory.h"
#include "audit/trust_reader.h"
#include "audit/words.h"
#include "engine/base/check.h"
#include "engine/base/text.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/key_book.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/slice.h"
#include "engine/ledger/tiles.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

constexpr std::string_view kUnionCode = "EUE";
constexpr std::string_view kUnionOffice = "union-signatory";
constexpr std::string_view kMinistryOffice = "ministry";

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// What was read of one bundle's files.
struct ReadBundle {
  absl::Status unreadable;  // "file: why": the entries from here on cannot be read
  std::vector<Finding> wrong;
  std::vector<Digest> leaf_hashes;
  std::vector<ReadEntry> entries;  // empty at Level::kStructure
  std::uint64_t present = 0;       // how many entries have their bytes here
  bool begins_with_founding = false;
};

// A receipt with the entry it is for.
struct ReadReceipt {
  absl::Status unavailable;  // the machine does not give a file
  std::vector<Finding> wrong;
  std::uint64_t number = 0;
  std::optional<ledger::TreeHead> head;  // the tree it leads to
  PartyCode keeper;                      // whose ledger that is, when the anchor says so
  bool verified = false;
  std::vector<ledger::NoteKey> signed_by;  // which keys signed the tree it leads to
  std::optional<ReadEntry> entry;
};

class Auditor {
 public:
  Auditor(EvidenceFolder folder, const VerifyOptions& options)
      : folder_(std::move(folder)),
        options_(options),
        threads_(options.threads),
        entries_(trust_, options.seals) {
    if (threads_ == 0) threads_ = std::max(1U, std::thread::hardware_concurrency());
    verdict_.anchored = options.anchor.has_value();
    verdict_.level = options.level;
  }

  absl::StatusOr<Verdict> Run() {
    for (const std::string& name : folder_.irregular()) {
      Wrong(name, std::nullopt, "neither a regular file nor a folder with something in it");
    }
    CHANCERY_RETURN_IF_ERROR(ReadPolicy());
    CHANCERY_RETURN_IF_ERROR(ReadCheckpoint());
    ReadStreams();
    const NoteWrong wrong = Noter();
    CHANCERY_ASSIGN_OR_RETURN(trust_, ReadTrust(folder_, anchor(), wrong));
    CHANCERY_ASSIGN_OR_RETURN(procedures_, ReadProcedures(folder_, wrong));
    verdict_.procedures = procedures_.size();
    entries_.ReadFor(verdict_.realm, agreement_);
    follower_.emplace(Follower::Parts{
        trust_, procedures_, anchor(), keys_.get(), options_.level, verdict_.slice_for, verdict_,
        [this](std::uint64_t number, std::string what) { WrongEntry(number, std::move(what)); }});

    if (checkpoint_ && policy_) CHANCERY_RETURN_IF_ERROR(ReadCosigned(wrong));
    if (checkpoint_) ReadBook();
    if (times_ && At(Level::kSeals)) verdict_.times = times_->result();
    CheckKeyOfCheckpoint();
    if (At(Level::kSeals)) {
      if (slice_) CheckStreams();
      CHANCERY_RETURN_IF_ERROR(ReadReceipts());
      CheckProcedureSeals();
    } else {
      AccountForReceipts();
    }
    if (At(Level::kSeals)) announcements_.Finish(wrong);
    if (At(Level::kFull)) CheckUse();
    if (At(Level::kReplay)) verdict_.suspects = follower_->Suspects();
    if (checkpoint_) {
      CHANCERY_ASSIGN_OR_RETURN(
          verdict_.stamps,
          ReadTimestamps(folder_, anchor(), policy_ ? &*policy_ : nullptr, *checkpoint_, wrong));
    }
    if (folder_.Has(layout::kReadme)) folder_.Account(layout::kReadme);
    for (const std::string& name : folder_.Surplus()) {
      Wrong(name, std::nullopt, "a surplus file: nothing in this folder needs it");
    }
    verdict_.streams = follower_->streams().size();
    return std::move(verdict_);
  }

 private:
  const ledger::Anchor* anchor() const { return options_.anchor ? &*options_.anchor : nullptr; }
  bool At(Level level) const { return options_.level >= level; }

  void Wrong(std::string file, std::optional<std::uint64_t> entry, std::string what) {
    ++verdict_.finding_count;
    if (verdict_.findings.size() < Verdict::kMaxNamed) {
      verdict_.findings.push_back({std::move(file), entry, std::move(what)});
    }
  }
  void WrongEntry(std::uint64_t number, std::string what) {
    Wrong(BundleOf(number), number, std::move(what));
  }

  NoteWrong Noter() {
    return [this](const std::string& file, const std::string& what) {
      Wrong(file, std::nullopt, what);
    };
  }

  // The file the bytes of an entry lie in.
  std::string BundleOf(std::uint64_t number) const {
    const auto tile = ledger::TileOf(verdict_.tree.size, true, 0, number / ledger::kTileWidth);
    if (!tile) return std::string(layout::kTiles);
    return slice_ ? ledger::SlicePath(*tile) : ledger::TilePath(*tile);
  }

  absl::Status ReadPolicy() {
    const std::string name(layout::kPolicy);
    const absl::StatusOr<Bytes> text = folder_.Read(name);
    if (absl::IsUnavailable(text.status())) return text.status();
    if (!text.ok()) {
      Wrong(name, std::nullopt, Message(text.status()));
      return absl::OkStatus();
    }
    policy_text_ = *text;
    absl::StatusOr<ledger::Policy> policy = ledger::Policy::Parse(*text);
    if (!policy.ok()) {
      Wrong(name, std::nullopt, Message(policy.status()));
      return absl::OkStatus();
    }
    if (policy->Format() != *text)
      Wrong(name, std::nullopt, "spelt in another way than the one text of this policy");
    policy_.emplace(*std::move(policy));
    return absl::OkStatus();
  }

  absl::Status ReadCheckpoint() {
    const std::string name(layout::kCheckpoint);
    const absl::StatusOr<Bytes> bytes = folder_.Read(name);
    if (absl::IsUnavailable(bytes.status())) return bytes.status();
    if (!bytes.ok()) {
      Wrong(name, std::nullopt, Message(bytes.status()));
      return absl::OkStatus();
    }
    const absl::StatusOr<ledger::Note> note = ledger::ParseNote(*bytes);
    if (!note.ok()) {
      Wrong(name, std::nullopt, Message(note.status()));
      return absl::OkStatus();
    }
    const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(note->text);
    if (!checkpoint.ok()) {
      Wrong(name, std::nullopt, Message(checkpoint.status()));
      return absl::OkStatus();
    }
    checkpoint_ = *checkpoint;
    verdict_.origin = checkpoint->origin;
    verdict_.tree = checkpoint->tree;
    CheckOrigin();
    if (!policy_) return absl::OkStatus();
    CHANCERY_RETURN_IF_ERROR(ReadKeys());

    std::vector<ledger::NoteKey> keys;
    for (const ledger::PolicyLog& log : policy_->parts().logs) keys.push_back(log.key);
    for (const ledger::PolicyWitness& witness : policy_->parts().witnesses)
      keys.push_back(witness.key);
    for (std::string& what : WrongLines(*note, keys)) Wrong(name, std::nullopt, std::move(what));
    const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
        ledger::VerifyFinalCheckpoint(*bytes, *policy_);
    if (!verified.ok()) {
      Wrong(name, std::nullopt, Message(verified.status()));
      return absl::OkStatus();
    }
    for (const ledger::VerifiedSignature& signature : verified->signatures) {
      if (signature.key.algorithm() == ledger::NoteAlgorithm::kCosignatureV1) {
        verdict_.cosigned_by.push_back(signature.key.name());
        cosigned_.push_back({checkpoint->tree.size,
                             {signature.key.name(), signature.key.id(), {}},
                             signature.cosigned_at});
        const Instant at{signature.cosigned_at * kMsPerSecond};
        cosigned_since_ = cosigned_since_.ms == 0 ? at : std::min(cosigned_since_, at);
      } else {
        signed_by_.push_back(signature.key);
      }
    }
    return absl::OkStatus();
  }

  // The keys that followed those of the anchor, and the policy with them.
  absl::Status ReadKeys() {
    keys_ = anchor() != nullptr ? std::make_shared<ledger::KeyBook>(*anchor())
                                : std::make_shared<ledger::KeyBook>(*policy_, checkpoint_->origin);
    CHANCERY_RETURN_IF_ERROR(ReadHandovers(folder_, anchor() == nullptr, *keys_, Noter()));
    if (keys_->empty()) return absl::OkStatus();
    verdict_.handovers = keys_->Handovers();
    announcements_.Expect(*keys_);
    absl::StatusOr<ledger::Policy> now = keys_->BringForward(*policy_);
    const std::string name(layout::kPolicyNow);
    const absl::StatusOr<Bytes> text = folder_.Read(name);
    if (absl::IsUnavailable(text.status())) return text.status();
    if (!now.ok() || !text.ok() || now->Format() != *text) {
      Wrong(name, std::nullopt, "not the policy with the keys that followed, byte for byte");
    }
    if (now.ok()) policy_.emplace(*std::move(now));
    return absl::OkStatus();
  }

  // A checkpoint that stood after a key's end is not signed by that key alone.
  void CheckKeyOfCheckpoint() {
    if (keys_ == nullptr || signed_by_.empty()) return;
    const Instant stood = std::max(follower_->last_recorded_at(), cosigned_since_);
    for (std::string& what : EndedKeys(verdict_.party, signed_by_, stood))
      Wrong(std::string(layout::kCheckpoint), std::nullopt, std::move(what));
  }

  // What is wrong when no key that counted at that moment signed.
  std::vector<std::string> EndedKeys(PartyCode party, std::span<const ledger::NoteKey> signed_by,
                                     Instant stood) const {
    const std::vector<ledger::NoteKey> counted = keys_->LogsAt(party, stood);
    std::optional<Instant> end;
    for (const ledger::NoteKey& key : signed_by) {
      if (std::find(counted.begin(), counted.end(), key) != counted.end()) return {};
      if (const std::optional<Instant> ended = keys_->EndOf(key)) end = ended;
    }
    if (!end) return {};
    return {"signed only by a key that ended at " + ToText(*end) + ", and it stood at " +
            ToText(stood)};
  }

  // Every line must be of a known key, and each key's line stands once.
  static std::vector<std::string> WrongLines(const ledger::Note& note,
                                             std::span<const ledger::NoteKey> known) {
    std::vector<std::string> wrong;
    std::set<std::pair<std::string, std::uint32_t>> seen;
    for (const ledger::NoteSignature& line : note.signatures) {
      if (ledger::KeyOf(known, line) == nullptr)
        wrong.emplace_back("a surplus line: its key is none of those that are trusted here");
      if (!seen.emplace(line.name, line.key_id).second) wrong.emplace_back("a key has two lines");
    }
    return wrong;
  }

  // Whose book it is, and that the anchor means this book and this policy.
  void CheckOrigin() {
    const std::string file(layout::kCheckpoint);
    const std::optional<ledger::OriginParts> parts = ledger::ParseOrigin(checkpoint_->origin);
    if (!parts) {
      Wrong(file, std::nullopt, "the origin is not <agreement>.chancery.example/<realm>/<PARTY>");
      return;
    }
    verdict_.realm = parts->realm;
    verdict_.party = parts->party;
    agreement_ = parts->agreement;
    if (anchor() == nullptr) return;
    const auto log = anchor()->logs.find(parts->party);
    if (log == anchor()->logs.end() || log->second.name() != checkpoint_->origin) {
      Wrong(file, std::nullopt, "the anchor names no ledger " + checkpoint_->origin);
      return;
    }
    if (policy_) {
      for (const ledger::PolicyLog& line : policy_->parts().logs) {
        if (line.key != log->second) {
          Wrong(std::string(layout::kPolicy), std::nullopt,
                "its log key is not the one the anchor gives");
        }
      }
    }
    const auto digest = anchor()->policies.find(parts->party);
    if (digest == anchor()->policies.end()) {
      Wrong(std::string(layout::kPolicy), std::nullopt,
            "the anchor names no policy for " + parts->party.ToText());
    } else if (digest->second != crypto::Sha256(policy_text_)) {
      Wrong(std::string(layout::kPolicy), std::nullopt,
            "not the policy whose digest the anchor gives");
    }
  }

  // What the witnesses say about the times in the book.
  absl::Status ReadCosigned(const NoteWrong& wrong) {
    std::vector<ledger::NoteKey> witnesses;
    for (const ledger::PolicyWitness& witness : policy_->parts().witnesses)
      witnesses.push_back(witness.key);
    const std::vector<ledger::NoteKey> always_on =
        anchor() == nullptr ? std::vector<ledger::NoteKey>() : anchor()->always_on;
    CHANCERY_ASSIGN_OR_RETURN(
        times_,
        Corroboration::Read(
            folder_, {witnesses, always_on, *checkpoint_, cosigned_, options_.window_ms}, wrong));
    return absl::OkStatus();
  }

  // For whom the folder is, when it is a slice.
  void ReadStreams() {
    const std::string name(layout::kStreams);
    if (!folder_.Has(name)) return;
    slice_.emplace();
    const absl::StatusOr<Bytes> text = folder_.Read(name);
    const absl::StatusOr<ledger::SliceStreams> streams =
        text.ok() ? ledger::ParseSliceStreams(*text)
                  : absl::StatusOr<ledger::SliceStreams>(text.status());
    if (!streams.ok()) {
      Wrong(name, std::nullopt, Message(streams.status()));
      return;
    }
    slice_ = *streams;
    verdict_.slice_for = streams->reader;
    verdict_.orders_acts = true;  // there are no slices of other books
    if (!streams->entries.contains("all"))
      Wrong(name, std::nullopt, "the stream all, which every reader may read, is not in it");
  }

  void ReadBook() {
    const std::uint64_t size = verdict_.tree.size;
    const ledger::TileFolder tiles(folder_.path(), size,
                                   slice_ ? ledger::TileKinds::kHashes : ledger::TileKinds::kAll);
    const absl::StatusOr<ledger::TileFolder::Differences> differences = tiles.Compare();
    if (!differences.ok()) {
      Wrong(std::string(layout::kTiles), std::nullopt, Message(differences.status()));
      return;
    }
    for (const std::string& name : differences->missing)
      Wrong(name, std::nullopt, "the file is missing");
    for (const std::string& name : differences->surplus) {
      Wrong(name, std::nullopt, "a surplus file: the tree of this size has no such tile");
    }
    folder_.Account(layout::kTiles);

    // Tiles of leaf hashes are compared, or taken, where their bundle is read.
    ledger::TileStream stream([this](const ledger::Tile& tile, ByteView bytes) -> absl::Status {
      if (tile.level > 0) NoteTile(ledger::CompareTileFile(folder_.path(), tile, bytes));
      return absl::OkStatus();
    });
    bool whole = true;
    const std::uint64_t bundles = (size + ledger::kTileWidth - 1) / ledger::kTileWidth;
    MakeInParallel(
        bundles, threads_, std::size_t{2} * threads_ + 2,
        [this](std::uint64_t index) { return slice_ ? ReadSlice(index) : ReadTiles(index); },
        [&](std::uint64_t index, ReadBundle bundle) {
          whole = Take(index, bundle, stream);
          return whole;
        });
    if (!whole) return;
    const absl::Status finished = stream.Finish();
    CHANCERY_CHECK(finished.ok());  // what differs was noted
    const Digest root = stream.tree().Root();
    if (root != verdict_.tree.root) {
      Wrong(std::string(layout::kCheckpoint), std::nullopt,
            std::string(slice_ ? "the leaf hashes" : "the entries") + " make the root " +
                root.ToHexText() + ", the checkpoint says " + verdict_.tree.root.ToHexText());
    }
  }

  // "file: what", as the tiles' own errors say it.
  static Finding FindingOf(const absl::Status& status) {
    const std::string message = Message(status);
    const std::size_t colon = message.find(": ");
    if (colon == std::string::npos) return {std::string(layout::kTiles), std::nullopt, message};
    return {message.substr(0, colon), std::nullopt, message.substr(colon + 2)};
  }
  // A tile that is missing was named before.
  void NoteTile(const absl::Status& compared) {
    if (compared.ok()) return;
    const Finding finding = FindingOf(compared);
    if (finding.what != "missing") Wrong(finding.file, finding.entry, finding.what);
  }

  // What depends on the bundles before this one. False when the entries behind it cannot be read.
  bool Take(std::uint64_t index, ReadBundle& bundle, ledger::TileStream& stream) {
    const ledger::Tile tile = *ledger::TileOf(verdict_.tree.size, true, 0, index);
    if (slice_) folder_.AccountFile(ledger::SlicePath(tile));
    for (Finding& finding : bundle.wrong)
      Wrong(std::move(finding.file), finding.entry, std::move(finding.what));
    if (!bundle.unreadable.ok()) {
      const Finding finding = FindingOf(bundle.unreadable);
      Wrong(finding.file, std::nullopt, finding.what);
      return false;
    }
    if (index == 0) {
      if (!slice_) verdict_.orders_acts = bundle.begins_with_founding;
      if (slice_ && !bundle.begins_with_founding)
        WrongEntry(0, "the founding act, which everybody may read, is withheld");
    }
    for (const Digest& leaf_hash : bundle.leaf_hashes) {
      const absl::Status appended = stream.Append(leaf_hash);
      CHANCERY_CHECK(appended.ok());  // what differs was noted
    }
    for (const ReadEntry& read : bundle.entries) {
      follower_->Follow(read);
      if (verdict_.orders_acts) announcements_.See(read, Noter());
      if (!times_ || !read.entry) continue;
      if (std::optional<std::string> what = times_->Judge(read.number, read.entry->recorded_at))
        WrongEntry(read.number, *std::move(what));
    }
    verdict_.entries += bundle.present;
    if (options_.progress) options_.progress("entries", stream.tree().size(), verdict_.tree.size);
    return true;
  }

  // Safe on several threads, as ReadSlice: reads only what does not change any more.
  ReadBundle ReadTiles(std::uint64_t index) const {
    ReadBundle read;
    const ledger::Tile tile = *ledger::TileOf(verdict_.tree.size, true, 0, index);
    const absl::StatusOr<Bytes> bundle = ledger::ReadTileFile(folder_.path(), tile);
    const absl::StatusOr<std::vector<Bytes>> entries =
        bundle.ok() ? ledger::DecodeBundle(*bundle, tile.width)
                    : absl::StatusOr<std::vector<Bytes>>(bundle.status());
    if (!entries.ok()) {
      read.unreadable = bundle.ok()
                            ? DataLoss(ledger::TilePath(tile) + ": " + Message(entries.status()))
                            : bundle.status();
      return read;
    }
    Bytes hashes;
    hashes.reserve(entries->size() * Digest::kSize);
    for (const Bytes& entry : *entries) {
      read.leaf_hashes.push_back(ledger::LeafHash(entry));
      hashes += read.leaf_hashes.back().View();
    }
    ReadEntries(index, *entries, read);

    ledger::Tile leaves = tile;
    leaves.entries = false;
    const absl::StatusOr<Bytes> found = ledger::ReadTileFile(folder_.path(), leaves);
    if (found.ok() && *found == hashes) return read;
    const std::string name = ledger::TilePath(leaves);
    if (!found.ok()) {
      const Finding finding = FindingOf(found.status());
      if (finding.what != "missing") read.wrong.push_back(finding);
      return read;
    }
    read.wrong.push_back({name, std::nullopt, "not the hashes of the entries"});
    for (std::size_t i = 0; i < entries->size(); ++i) {
      const std::size_t at = i * Digest::kSize;
      if (ByteView(*found).substr(std::min(at, found->size()), Digest::kSize) ==
          read.leaf_hashes[i].View()) {
        continue;
      }
      const std::uint64_t number = index * ledger::kTileWidth + i;
      read.wrong.push_back(
          {BundleOf(number), number, "its bytes are not those whose hash stands in " + name});
    }
    return read;
  }

  // The reader's entries of one bundle, each against the leaf hash of its number.
  ReadBundle ReadSlice(std::uint64_t index) const {
    ReadBundle read;
    const ledger::Tile tile = *ledger::TileOf(verdict_.tree.size, true, 0, index);
    ledger::Tile leaves = tile;
    leaves.entries = false;
    const std::string leaves_name = ledger::TilePath(leaves);
    const absl::StatusOr<Bytes> hashes = ledger::ReadTileFile(folder_.path(), leaves);
    if (!hashes.ok()) {
      read.unreadable = hashes.status();
      return read;
    }
    if (hashes->size() != static_cast<std::size_t>(tile.width) * Digest::kSize) {
      read.unreadable = DataLoss(leaves_name + ": not " + std::to_string(tile.width) + " hashes");
      return read;
    }
    for (std::size_t at = 0; at < hashes->size(); at += Digest::kSize)
      read.leaf_hashes.push_back(*Digest::FromBytes(ByteView(*hashes).substr(at, Digest::kSize)));

    const std::string name = ledger::SlicePath(tile);
    if (!folder_.Has(name)) return read;
    const absl::StatusOr<Bytes> bundle = folder_.Peek(name, ledger::kMaxBundleBytes);
    absl::StatusOr<std::vector<Bytes>> entries =
        bundle.ok() ? ledger::DecodeBundle(*bundle, tile.width)
                    : absl::StatusOr<std::vector<Bytes>>(bundle.status());
    if (!entries.ok()) {
      read.wrong.push_back({name, std::nullopt, Message(entries.status())});
      return read;
    }
    for (std::size_t i = 0; i < entries->size(); ++i) {
      Bytes& entry = (*entries)[i];
      if (entry.empty() || ledger::LeafHash(entry) == read.leaf_hashes[i]) continue;
      read.wrong.push_back({name, index * ledger::kTileWidth + i,
                            "its bytes are not those whose hash stands in " + leaves_name});
    }
    ReadEntries(index, *entries, read);
    if (read.present == 0)
      read.wrong.push_back({name, std::nullopt, "a surplus file: it holds no entry"});
    return read;
  }

  void ReadEntries(std::uint64_t index, const std::vector<Bytes>& entries, ReadBundle& into) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (slice_ && entries[i].empty()) continue;  // of others
      ++into.present;
      const bool first = index == 0 && i == 0;
      if (!At(Level::kSeals)) {
        if (!first) continue;
        const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(entries[i]);
        into.begins_with_founding = entry.ok() && entry->kind == codec::EntryKind::kFounded;
        continue;
      }
      into.entries.push_back(
          entries_.Read(index * ledger::kTileWidth + i, entries[i], into.leaf_hashes[i]));
      const std::optional<codec::Entry>& entry = into.entries.back().entry;
      if (first) into.begins_with_founding = entry && entry->kind == codec::EntryKind::kFounded;
    }
  }

  // Whether each stream goes as far as the slice says.
  void CheckStreams() {
    const std::string name(layout::kStreams);
    for (const auto& [stream, entries] : slice_->entries) {
      const auto found = follower_->streams().find(stream);
      const std::uint64_t end =
          found == follower_->streams().end() ? 0 : found->second.next_position;
      if (end == entries) continue;
      Wrong(name, std::nullopt,
            "the stream " + stream + " has " + std::to_string(entries) + " entries, and those in " +
                std::string(layout::kSlice) + " end at position " + std::to_string(end) +
                (end < entries ? ": the last are withheld" : ""));
    }
    for (const auto& [stream, state] : follower_->streams()) {
      verdict_.slice_streams.push_back(
          {stream, state.next_position, state.head_entry, state.head_day.value_or(0)});
      if (!slice_->entries.contains(stream))
        Wrong(name, std::nullopt, "the stream " + stream + " is not named, and has entries here");
    }
  }

  // At a level that does not open them: only that they are named as receipts are.
  void AccountForReceipts() {
    if (verdict_.orders_acts) return;
    for (const std::string& name : folder_.Under(layout::kReceipts)) {
      const std::string_view rest = std::string_view(name).substr(layout::kReceipts.size());
      const auto number = ledger::ParseSize(rest.substr(0, rest.find('.')));
      if (!number) continue;
      const std::string proof = layout::ReceiptPath(*number);
      const std::string entry = layout::ReceiptEntryPath(*number);
      if ((name == proof && folder_.Has(entry)) || (name == entry && folder_.Has(proof)))
        folder_.AccountFile(name);
    }
  }

  absl::Status ReadReceipts() {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, bodies] : follower_->received()) numbers.push_back(number);
    absl::Status unavailable;
    MakeInParallel(
        numbers.size(), threads_, std::size_t{16} * threads_,
        [&](std::uint64_t i) {
          const std::uint64_t number = numbers[i];
          return ReadOneReceipt(number, follower_->received().at(number));
        },
        [&](std::uint64_t i, const ReadReceipt& receipt) {
          unavailable = receipt.unavailable;
          if (!unavailable.ok()) return false;
          FollowReceived(receipt);
          if (options_.progress) options_.progress("receipts", i + 1, numbers.size());
          return true;
        });
    return unavailable;
  }

  // Safe on several threads.
  ReadReceipt ReadOneReceipt(std::uint64_t number, const Follower::Received& bodies) const {
    ReadReceipt read;
    read.number = number;
    const std::string name = layout::ReceiptPath(number);
    const std::string entry_name = layout::ReceiptEntryPath(number);
    const auto wrong = [&read](const std::string& file, std::string what) {
      read.wrong.push_back({file, std::nullopt, std::move(what)});
    };
    const absl::StatusOr<Bytes> text = folder_.Peek(name);
    const absl::StatusOr<Bytes> bytes = folder_.Peek(entry_name);
    for (const absl::Status& status : {text.status(), bytes.status()}) {
      if (absl::IsUnavailable(status)) read.unavailable = status;
    }
    if (!text.ok()) wrong(name, Message(text.status()));
    if (!bytes.ok()) wrong(entry_name, Message(bytes.status()));
    if (!text.ok() || !bytes.ok()) return read;

    const absl::StatusOr<ledger::Receipt> receipt = ledger::ParseReceipt(*text);
    if (!receipt.ok()) {
      wrong(name, Message(receipt.status()));
      return read;
    }
    if (ledger::FormatReceipt(*receipt) != *text)
      wrong(name, "spelt in another way than the one text of this receipt");
    if (receipt->entry != number) wrong(name, "a receipt for another entry than its name says");
    VerifyReceipt(name, *receipt, *bytes, bodies.front().second.origin, read);
    const Digest leaf_hash = ledger::LeafHash(*bytes);
    bool matches = false;
    for (const auto& [own_number, body] : bodies) {
      if (body.leaf_hash != leaf_hash) {
        read.wrong.push_back({BundleOf(own_number), own_number,
                              "received another entry than the one in " + entry_name});
      }
      matches =
          matches || (read.head && body.size == read.head->size && body.root == read.head->root);
    }
    if (read.head && !matches) {
      wrong(name, "its checkpoint is not the one under which the book says the entry was received");
    }
    read.entry = entries_.Read(number, *bytes, leaf_hash);
    if (read.verified && !read.signed_by.empty() && read.entry->entry) {
      for (std::string& what :
           EndedKeys(read.keeper, read.signed_by, read.entry->entry->recorded_at))
        wrong(name, std::move(what));
    }
    return read;
  }

  // The tree the receipt leads to, after whatever can be verified of it.
  void VerifyReceipt(const std::string& name, const ledger::Receipt& receipt, ByteView entry,
                     const std::string& origin, ReadReceipt& read) const {
    const auto wrong = [&](std::string what) {
      read.wrong.push_back({name, std::nullopt, std::move(what)});
    };
    const absl::StatusOr<ledger::Note> note = ledger::ParseNote(receipt.checkpoint);
    const absl::StatusOr<ledger::Checkpoint> checkpoint =
        note.ok() ? ledger::ParseCheckpoint(note->text)
                  : absl::StatusOr<ledger::Checkpoint>(note.status());
    if (!checkpoint.ok()) return wrong(Message(checkpoint.status()));
    read.head = checkpoint->tree;
    if (checkpoint->origin != origin) wrong("of another ledger than the book says");
    if (!ledger::VerifyInclusion(receipt.entry, checkpoint->tree.size, ledger::LeafHash(entry),
                                 receipt.inclusion_proof, checkpoint->tree.root)) {
      wrong("the inclusion proof does not lead from the entry beside it to the checkpoint");
    }
    if (anchor() == nullptr) {
      read.verified = true;
      return;
    }
    read.keeper = ledger::PartyOfOrigin(*anchor(), checkpoint->origin);
    if (read.keeper.IsNone()) return wrong("the anchor names no ledger " + checkpoint->origin);
    if (keys_ == nullptr) return wrong("without the policy its keys are not known");
    const std::vector<ledger::NoteKey> logs = keys_->Logs(read.keeper);
    std::vector<ledger::NoteKey> known = keys_->AllWitnesses();
    const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
        ledger::VerifyCheckpoint(receipt.checkpoint, logs, known);
    if (!verified.ok()) return wrong(Message(verified.status()));
    for (const ledger::VerifiedSignature& signature : verified->signatures) {
      if (signature.key.algorithm() == ledger::NoteAlgorithm::kEd25519)
        read.signed_by.push_back(signature.key);
    }
    known.insert(known.end(), logs.begin(), logs.end());
    for (std::string& what : WrongLines(*note, known)) wrong(std::move(what));
    read.verified = true;
  }

  // An entry of the ledger that orders the acts, as it was received.
  void FollowReceived(const ReadReceipt& receipt) {
    const std::string name = layout::ReceiptEntryPath(receipt.number);
    folder_.AccountFile(name);
    folder_.AccountFile(layout::ReceiptPath(receipt.number));
    for (const Finding& finding : receipt.wrong) Wrong(finding.file, finding.entry, finding.what);
    if (!receipt.keeper.IsNone()) keepers_.insert(receipt.keeper);
    if (receipt.verified) ++verdict_.receipts;
    if (!receipt.entry) return;
    const ReadEntry& read = *receipt.entry;
    announcements_.See(read, Noter());
    for (const std::string& what : read.wrong) Wrong(name, std::nullopt, what);
    if (!read.entry) return;
    follower_->CountSeal(read);
    for (const auto& [own_number, body] : follower_->received().at(read.number)) {
      if (body.statement_digest != read.statement_digest) {
        WrongEntry(own_number, "names another statement than " + name + " holds");
      }
    }
    if (!read.statement || !std::holds_alternative<codec::ActBody>(read.entry->body)) return;
    if (read.statement->act.author == verdict_.party &&
        !follower_->known().Holds(read.statement_digest)) {
      Wrong(name, std::nullopt,
            "an act of " + verdict_.party.ToText() + " that its own book does not show as sealed");
    }
  }

  // One CMS with the signatures of the Union's signatory and of the ministry, at the time of the
  // first act under it.
  void CheckProcedureSeals() {
    if (anchor() != nullptr && verdict_.orders_acts && !procedures_.contains(anchor()->founding)) {
      Wrong(std::string(layout::kProcedures), std::nullopt,
            "the founding procedure that the anchor names is missing");
    }
    for (const auto& [digest, signed_procedure] : procedures_) {
      const auto named = follower_->named().find(digest);
      if (named == follower_->named().end()) {
        Wrong(layout::BundlePath(digest), std::nullopt,
              "a surplus file: no act names this procedure");
        continue;
      }
      if (!trust_.anchors) continue;
      const std::string file = layout::BundleSealPath(digest);
      const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
          crypto::SealVerifier(trust_.seals.Lookup())
              .VerifySealAndChain(signed_procedure.bundle, signed_procedure.seal, *trust_.anchors,
                                  trust_.authorities, named->second);
      if (!signers.ok()) {
        Wrong(file, std::nullopt, "the seal does not verify: " + Message(signers.status()));
        continue;
      }
      bool by_union = false;
      bool by_ministry = false;
      for (const crypto::VerifiedSigner& signer : *signers) {
        follower_->AddSigner(signer.certificate, named->second);
        const std::optional<crypto::Certificate> certificate =
            trust_.seals.Find(signer.certificate);
        if (!certificate) continue;
        const bool of_union = certificate->party().view() == kUnionCode;
        by_union = by_union || (of_union && certificate->office() == kUnionOffice);
        by_ministry = by_ministry ||
                      (IsKeeper(certificate->party()) && certificate->office() == kMinistryOffice);
      }
      verdict_.signatures += signers->size();
      if (!by_union) Wrong(file, std::nullopt, "the Union's signatory has not signed it");
      if (!by_ministry) Wrong(file, std::nullopt, "the ministry has not signed it");
    }
  }

  // Whether that party keeps the ledger that orders the acts, as far as this folder knows.
  bool IsKeeper(PartyCode party) const {
    if (verdict_.orders_acts) return party == verdict_.party;
    return keepers_.empty() ? party.view() != kUnionCode : keepers_.contains(party);
  }

  // Certificates and authorities that nothing needs are surplus.
  void CheckUse() {
    if (!trust_.anchors) return;
    for (const crypto::Certificate& certificate : trust_.seals.All()) {
      if (!follower_->signers().contains(certificate.digest())) {
        Wrong(layout::SealPath(certificate.digest()), std::nullopt,
              "a surplus file: this certificate sealed nothing here");
      }
    }
    for (const crypto::Certificate& authority : trust_.authorities) {
      const auto& signers = follower_->signers();
      const bool used = std::any_of(signers.begin(), signers.end(), [&](const auto& signer) {
        const std::optional<crypto::Certificate> leaf = trust_.seals.Find(signer.first);
        return leaf && trust_.anchors
                           ->VerifyChain(*leaf, {&authority, 1}, signer.second,
                                         crypto::CertificatePurpose::kSeal)
                           .ok();
      });
      if (!used) {
        Wrong(layout::AuthorityPath(authority.digest()), std::nullopt,
              "a surplus file: this authority issued nothing that is used here");
      }
    }
    verdict_.certificates =
        trust_.anchors->roots().size() + trust_.authorities.size() + trust_.seals.size();
  }

  EvidenceFolder folder_;
  const VerifyOptions& options_;
  unsigned threads_;
  Verdict verdict_;

  Bytes policy_text_;
  std::optional<ledger::Policy> policy_;
  std::optional<ledger::Checkpoint> checkpoint_;
  std::vector<ledger::CosignedHead> cosigned_;  // its cosignatures that verified
  std::optional<Corroboration> times_;
  std::shared_ptr<ledger::KeyBook> keys_;  // null until the checkpoint and its policy are read
  AnnouncementCheck announcements_;
  std::vector<ledger::NoteKey> signed_by_;     // the log keys that signed the checkpoint
  Instant cosigned_since_;                     // its earliest cosignature
  std::optional<ledger::SliceStreams> slice_;  // only of a slice
  std::string agreement_;
  Trust trust_;
  std::map<Digest, SignedProcedure> procedures_;
  EntryReader entries_;
  std::optional<Follower> follower_;
  std::set<PartyCode> keepers_;  // of the ledgers that gave receipts
};

}  // namespace

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kStructure:
      return "structure";
    case Level::kSeals:
      return "seals";
    case Level::kReplay:
      return "replay";
    case Level::kFull:
      break;
  }
  return "full";
}

std::optional<Level> ParseLevel(std::string_view name) {
  for (const Level level : {Level::kStructure, Level::kSeals, Level::kReplay, Level::kFull}) {
    if (NameOf(level) == name) return level;
  }
  return std::nullopt;
}

std::vector<std::string> NotSaidAt(Level level) {
  std::vector<std::string> open;
  if (level < Level::kSeals)
    open.emplace_back(
        "whether the entries are well formed, whether streams have gaps, and who sealed anything");
  if (level < Level::kReplay)
    open.emplace_back("whether the rulings are those of the agreed procedure");
  if (level < Level::kFull)
    open.emplace_back(
        "whether what was appointed is what the certificates say, and whether everything in "
        "the folder is needed there");
  return open;
}

std::vector<std::string> NotSaidBy(const Verdict& verdict) {
  std::vector<std::string> open = NotSaidAt(verdict.level);
  if (verdict.level >= Level::kSeals && !verdict.times) {
    open.emplace_back(
        "whether entries were written when they say: there is no history of cosigned heads here, "
        "so the times are their keeper's word; ask for a new export");
  }
  return open;
}

std::string ToText(const Finding& finding) {
  std::string text = finding.file;
  if (finding.entry)
    text += (text.empty() ? "entry " : ", entry ") + std::to_string(*finding.entry);
  return Printable(text.empty() ? finding.what : text + ": " + finding.what);
}

absl::StatusOr<Verdict> VerifyEvidence(const std::filesystem::path& path,
                                       const VerifyOptions& options) {
  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder folder, EvidenceFolder::Open(path));
  // Anything under that name, a symbolic link too, is judged; nothing at all is no evidence.
  const std::string checkpoint(layout::kCheckpoint);
  if (!folder.Has(checkpoint) && std::find(folder.irregular().begin(), folder.irregular().end(),
                                           checkpoint) == folder.irregular().end()) {
    return NotFound("no evidence folder here: " + path.string() + " has no file " + checkpoint);
  }
  return Auditor(std::move(folder), options).Run();
}

}  // namespace chancery::audit
