#include "audit/verify.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <utility>
#include <variant>

#include "audit/evidence_folder.h"
#include "audit/parallel.h"
#include "audit/trust_reader.h"
#include "audit/words.h"
#include "engine/base/text.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/tiles.h"
#include "engine/procedure/replay.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

constexpr std::string_view kUnionCode = "EUE";
constexpr std::string_view kUnionOffice = "union-signatory";
constexpr std::string_view kMinistryOffice = "ministry";

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The sealed statement in an entry's body, if there is one.
struct SealedPart {
  const Bytes* statement = nullptr;
  const Bytes* seal = nullptr;
};
SealedPart SealedPartOf(const codec::EntryBody& body) {
  if (const auto* act = std::get_if<codec::ActBody>(&body)) return {&act->statement, &act->seal};
  if (const auto* founded = std::get_if<codec::FoundedBody>(&body))
    return {&founded->statement, &founded->seal};
  if (const auto* sealed = std::get_if<codec::SealedBody>(&body))
    return {&sealed->statement, &sealed->seal};
  if (const auto* second = std::get_if<codec::EquivocationBody>(&body))
    return {&second->statement, &second->seal};
  return {};
}

// What can be said about one entry without knowing those before it.
struct ReadEntry {
  std::uint64_t number = 0;
  Bytes bytes;
  Digest leaf_hash;
  std::optional<codec::Entry> entry;
  std::optional<codec::Statement> statement;
  Digest statement_digest;
  std::vector<crypto::VerifiedSigner> signers;  // empty when the seal does not verify
  std::vector<std::string> wrong;
};

struct StreamState {
  std::uint64_t next_position = 0;
  std::optional<std::int64_t> head_day;  // the UTC day its last head entry opened
  Digest leaf_hash;                      // of its last entry
};

struct KnownStatement {
  Digest digest;
  std::uint64_t entry = 0;
};

class Auditor {
 public:
  Auditor(EvidenceFolder folder, const VerifyOptions& options)
      : folder_(std::move(folder)), options_(options), threads_(options.threads) {
    if (threads_ == 0) threads_ = std::max(1U, std::thread::hardware_concurrency());
    verdict_.anchored = options.anchor.has_value();
  }

  absl::StatusOr<Verdict> Run() {
    for (const std::string& name : folder_.irregular()) {
      Wrong(name, std::nullopt, "neither a regular file nor a folder with something in it");
    }
    CHANCERY_RETURN_IF_ERROR(ReadPolicy());
    CHANCERY_RETURN_IF_ERROR(ReadCheckpoint());
    const NoteWrong wrong = [this](const std::string& file, const std::string& what) {
      Wrong(file, std::nullopt, what);
    };
    CHANCERY_ASSIGN_OR_RETURN(trust_, ReadTrust(folder_, anchor(), wrong));
    CHANCERY_ASSIGN_OR_RETURN(procedures_, ReadProcedures(folder_, wrong));
    verdict_.procedures = procedures_.size();
    verifier_.emplace(trust_.seals.Lookup());

    if (checkpoint_) ReadBook();
    CHANCERY_RETURN_IF_ERROR(ReadReceipts());
    CheckProcedureSeals();
    CheckUse();
    if (checkpoint_) {
      CHANCERY_ASSIGN_OR_RETURN(
          verdict_.stamps,
          ReadTimestamps(folder_, anchor(), policy_ ? &*policy_ : nullptr, *checkpoint_, wrong));
    }
    if (folder_.Has(layout::kReadme)) folder_.Account(layout::kReadme);
    for (const std::string& name : folder_.Surplus()) {
      Wrong(name, std::nullopt, "a surplus file: nothing in this folder needs it");
    }
    verdict_.streams = streams_.size();
    return std::move(verdict_);
  }

 private:
  const ledger::Anchor* anchor() const { return options_.anchor ? &*options_.anchor : nullptr; }

  void Wrong(std::string file, std::optional<std::uint64_t> entry, std::string what) {
    ++verdict_.finding_count;
    if (verdict_.findings.size() < Verdict::kMaxNamed) {
      verdict_.findings.push_back({std::move(file), entry, std::move(what)});
    }
  }
  void WrongEntry(std::uint64_t number, std::string what) {
    Wrong(BundleOf(number), number, std::move(what));
  }

  // The file the bytes of an entry lie in.
  std::string BundleOf(std::uint64_t number) const { return TileOf(number, true); }
  std::string TileOf(std::uint64_t number, bool entries) const {
    const std::uint64_t index = number / ledger::kTileWidth;
    const std::uint64_t rest = verdict_.tree.size - index * ledger::kTileWidth;
    return ledger::TilePath(
        {entries, 0, index, static_cast<int>(std::min<std::uint64_t>(rest, ledger::kTileWidth))});
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

    std::vector<ledger::NoteKey> keys;
    for (const ledger::PolicyLog& log : policy_->parts().logs) keys.push_back(log.key);
    for (const ledger::PolicyWitness& witness : policy_->parts().witnesses)
      keys.push_back(witness.key);
    CheckLines(name, *note, keys);
    const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
        ledger::VerifyFinalCheckpoint(*bytes, *policy_);
    if (!verified.ok()) {
      Wrong(name, std::nullopt, Message(verified.status()));
      return absl::OkStatus();
    }
    for (const ledger::VerifiedSignature& signature : verified->signatures) {
      if (signature.key.algorithm() == ledger::NoteAlgorithm::kCosignatureV1) {
        verdict_.cosigned_by.push_back(signature.key.name());
      }
    }
    return absl::OkStatus();
  }

  // Every line must be of a known key, and each key's line stands once.
  void CheckLines(const std::string& file, const ledger::Note& note,
                  std::span<const ledger::NoteKey> known) {
    std::set<std::pair<std::string, std::uint32_t>> seen;
    for (const ledger::NoteSignature& line : note.signatures) {
      const bool is_known =
          std::any_of(known.begin(), known.end(), [&](const ledger::NoteKey& key) {
            return key.name() == line.name && key.id() == line.key_id;
          });
      if (!is_known)
        Wrong(file, std::nullopt, "a surplus line: its key is none of those that are trusted here");
      if (!seen.emplace(line.name, line.key_id).second)
        Wrong(file, std::nullopt, "a key has two lines");
    }
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

  void ReadBook() {
    const ledger::TileFolder tiles(folder_.path(), verdict_.tree.size);
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

    const absl::StatusOr<Digest> root =
        tiles.Read([this](std::uint64_t number, ByteView bytes, const Digest& leaf_hash) {
          ReadEntry read;
          read.number = number;
          read.bytes = Bytes(bytes);
          read.leaf_hash = leaf_hash;
          waiting_.push_back(std::move(read));
          if (waiting_.size() == ledger::kTileWidth) ReadWaiting();
          return absl::OkStatus();
        });
    ReadWaiting();
    if (!root.ok()) {
      const std::string message = Message(root.status());
      const std::size_t colon =
          message.starts_with(layout::kTiles) ? message.find(": ") : std::string::npos;
      if (colon == std::string::npos) {
        Wrong(std::string(layout::kTiles), std::nullopt, message);
      } else {
        Wrong(message.substr(0, colon), std::nullopt, message.substr(colon + 2));
      }
    } else if (*root != verdict_.tree.root) {
      Wrong(std::string(layout::kCheckpoint), std::nullopt,
            "the entries make the root " + root->ToHexText() + ", the checkpoint says " +
                verdict_.tree.root.ToHexText());
    }
  }

  // Up to one tile of entries: seals on all processors, then what depends on order.
  void ReadWaiting() {
    if (waiting_.empty()) return;
    CompareLeaves();
    ForEachInParallel(waiting_.size(), threads_, [this](std::size_t i) { ReadOne(waiting_[i]); });
    for (ReadEntry& read : waiting_) Follow(read);
    verdict_.entries += waiting_.size();
    waiting_.clear();
    if (options_.progress) options_.progress("entries", verdict_.entries, verdict_.tree.size);
  }

  // Names the entry whose bytes are not those its tile was made from.
  void CompareLeaves() {
    const std::string name = TileOf(waiting_.front().number, false);
    const absl::StatusOr<Bytes> tile = folder_.Read(name);
    if (!tile.ok()) return;  // named already as missing
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (ByteView(*tile).substr(i * Digest::kSize, Digest::kSize) !=
          waiting_[i].leaf_hash.View()) {
        WrongEntry(waiting_[i].number, "its bytes are not those whose hash stands in " + name);
      }
    }
  }

  // Safe on several threads: reads only what does not change any more.
  void ReadOne(ReadEntry& read) const {
    absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(read.bytes);
    if (!entry.ok()) {
      read.wrong.push_back(Message(entry.status()));
      return;
    }
    read.entry.emplace(*std::move(entry));
    const SealedPart sealed = SealedPartOf(read.entry->body);
    if (sealed.statement == nullptr) return;
    read.statement_digest = crypto::Sha256(*sealed.statement);
    if (trust_.anchors) {
      absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
          verifier_->VerifySealAndChain(*sealed.statement, *sealed.seal, *trust_.anchors,
                                        trust_.authorities, read.entry->recorded_at);
      if (signers.ok()) {
        read.signers = *std::move(signers);
      } else {
        read.wrong.push_back("the seal does not verify: " + Message(signers.status()));
      }
    }
    absl::StatusOr<codec::Statement> statement = codec::DecodeStatement(*sealed.statement);
    if (!statement.ok()) {
      read.wrong.push_back(Message(statement.status()));
      return;
    }
    read.statement.emplace(*std::move(statement));
    if (codec::NameOf(read.statement->realm) != verdict_.realm)
      read.wrong.push_back("an act of the other realm");
    if (read.statement->agreement != agreement_)
      read.wrong.push_back("an act under another agreement");
  }

  // Everything that depends on the entries before it.
  void Follow(const ReadEntry& read) {
    for (const std::string& what : read.wrong) WrongEntry(read.number, what);
    if (!read.entry) return;
    const codec::Entry& entry = *read.entry;
    if (read.number == 0) verdict_.orders_acts = entry.kind == codec::EntryKind::kFounded;
    if (entry.recorded_at < last_recorded_at_) {
      WrongEntry(read.number, "recorded before the entry that stands before it");
    }
    last_recorded_at_ = std::max(last_recorded_at_, entry.recorded_at);
    CheckStream(read);
    CountSeal(read);
    if (entry.kind == codec::EntryKind::kStreamHead) return;
    if (verdict_.orders_acts) {
      FollowMinistry(read);
    } else {
      FollowState(read);
    }
  }

  void CountSeal(const ReadEntry& read) {
    if (!read.signers.empty()) ++verdict_.statements;
    verdict_.signatures += read.signers.size();
    for (const crypto::VerifiedSigner& signer : read.signers) {
      signers_.emplace(signer.certificate, read.entry->recorded_at);
    }
    if (!read.statement) return;
    for (const Digest& digest : procedure::ProceduresNamed(read.statement->act)) {
      named_.emplace(digest, read.entry->recorded_at);
    }
  }

  void CheckStream(const ReadEntry& read) {
    const codec::Entry& entry = *read.entry;
    const std::int64_t day = CivilDayOf(entry.recorded_at, 0);
    const auto [found, is_new] = streams_.try_emplace(entry.stream);
    StreamState& stream = found->second;
    if (entry.position != stream.next_position) {
      WrongEntry(read.number, "position " + std::to_string(entry.position) + " in the stream " +
                                  entry.stream + ", where " + std::to_string(stream.next_position) +
                                  " is next");
    }
    if (const auto* head = std::get_if<codec::StreamHeadBody>(&entry.body)) {
      const codec::StreamHeadBody expected{static_cast<std::int32_t>(day),
                                           is_new ? 0 : stream.next_position - 1, is_new,
                                           stream.leaf_hash};
      if (*head != expected)
        WrongEntry(read.number, "the head of the stream " + entry.stream + " is false");
      if (stream.head_day && day <= *stream.head_day) {
        WrongEntry(read.number, "a head of the stream " + entry.stream + " without a new day");
      }
      if (entry.core_revision != 0)
        WrongEntry(read.number, "names a core although nothing is ruled");
      stream.head_day = day;
    } else if (entry.kind != codec::EntryKind::kFounded && stream.head_day != day) {
      WrongEntry(read.number, "a new day in the stream " + entry.stream + " without its head");
    }
    stream.next_position = entry.position + 1;
    stream.leaf_hash = read.leaf_hash;
  }

  // Acts and their rulings.
  void FollowMinistry(const ReadEntry& read) {
    const codec::Entry& entry = *read.entry;
    if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
      if (read.number != 0) WrongEntry(read.number, "a second founding act");
      if (read.statement && anchor() != nullptr &&
          read.statement->act.procedure != anchor()->founding) {
        WrongEntry(read.number, "founded under another procedure than the anchor names");
      }
      if (read.statement && read.statement->act.kind != procedure::ActKind::kFounded) {
        WrongEntry(read.number, "founded by another act than the founding one");
      }
      Replay(read, founded->ruling);
    } else if (const auto* act = std::get_if<codec::ActBody>(&entry.body)) {
      if (!act->offer_proof.empty() && !ledger::ParseReceipt(act->offer_proof).ok()) {
        WrongEntry(read.number, "its offer proof is no tlog-proof");
      }
      Replay(read, act->ruling);
    } else if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body)) {
      FollowEquivocation(read, *second);
    } else {
      WrongEntry(read.number, "an entry of the kind " + std::string(codec::NameOf(entry.kind)) +
                                  " does not belong in the ledger that orders the acts");
    }
  }

  void FollowEquivocation(const ReadEntry& read, const codec::EquivocationBody& second) {
    if (read.entry->core_revision != 0)
      WrongEntry(read.number, "names a core although nothing is ruled");
    if (!read.statement) return;
    const procedure::Readers readers{.everyone = false, .parties = {read.statement->act.author}};
    CheckStreamName(read, procedure::StreamOf(readers, verdict_.party));
    const auto earlier = known_.find({read.statement->act.author, read.statement->act.id});
    if (earlier == known_.end() || earlier->second.digest != second.earlier_digest ||
        earlier->second.entry != second.earlier_entry ||
        second.earlier_digest == read.statement_digest) {
      WrongEntry(read.number, "says that an id was used twice, which the entries do not show");
    }
  }

  void Replay(const ReadEntry& read, const procedure::Ruling& ruling) {
    ++verdict_.acts;
    if (!ruling.admitted()) ++verdict_.inadmissible;
    if (!read.statement) return;
    Remember(read);
    if (read.entry->core_revision != procedure::kCoreRevision) {
      WrongEntry(read.number, "ruled by revision " + std::to_string(read.entry->core_revision) +
                                  " of the core, which this program does not have");
      return;
    }
    procedure::RecordedAct recorded;
    recorded.entry = read.number;
    recorded.recorded_at = read.entry->recorded_at;
    recorded.digest = read.statement_digest;
    for (const crypto::VerifiedSigner& signer : read.signers)
      recorded.signers.push_back(signer.certificate);
    recorded.act = read.statement->act;
    if (!replayer_) replayer_.emplace(SetOf(procedures_, FoundingOf(recorded.act)));
    if (const std::optional<procedure::TurnedAway> away = replayer_->AtTheDoor(recorded)) {
      WrongEntry(read.number, "should have been turned away at the door: " + away->message);
    }
    const procedure::Stepped stepped = replayer_->Add(recorded);
    const absl::StatusOr<Bytes> mine = codec::EncodeRuling(stepped.ruling);
    const absl::StatusOr<Bytes> theirs = codec::EncodeRuling(ruling);
    if (!mine.ok() || !theirs.ok() || *mine != *theirs) {
      WrongEntry(read.number,
                 "the recorded ruling is not the one the agreed procedure gives: recorded " +
                     Outcome(ruling) + ", replayed " + Outcome(stepped.ruling));
    } else {
      ++verdict_.rulings;
    }
    CheckStreamName(read, procedure::StreamOf(stepped.readers, verdict_.party));
    CheckAppointed(read, recorded);
  }

  // What an act appoints is what the certificates that lie here say of themselves.
  void CheckAppointed(const ReadEntry& read, const procedure::RecordedAct& recorded) {
    const std::vector<procedure::Appointment> made = procedure::AppointmentsBy(recorded);
    if (made.empty()) return;
    const procedure::MatterTable& matters = replayer_->matters();
    const procedure::Matter* cooperation = matters.Find(matters.Cooperation());
    if (cooperation == nullptr) return;
    const procedure::CredentialLookup known =
        [this](const Digest& digest) -> std::optional<procedure::Credential> {
      const std::optional<crypto::Certificate> found = trust_.seals.Find(digest);
      if (!found) return std::nullopt;
      return procedure::Credential{found->digest(), found->public_key_digest(), found->party(),
                                   found->office(), found->officer()};
    };
    const std::vector<procedure::Appointment> standing = procedure::AppointmentsOf(*cooperation);
    for (const procedure::Appointment& appointment : made) {
      // Only what stands: an inadmissible act appoints nobody.
      const bool stands =
          std::any_of(standing.begin(), standing.end(), [&](const procedure::Appointment& one) {
            return one.certificate == appointment.certificate && one.party == appointment.party &&
                   one.office == appointment.office && one.officer == appointment.officer;
          });
      const auto defect =
          stands ? procedure::AppointmentDefect(appointment, standing, known) : std::nullopt;
      if (defect) WrongEntry(read.number, *defect);
    }
  }

  // Under which procedure the ledger was founded. Without an anchor only the book itself can say:
  // by its first act, when that is the founding one.
  Digest FoundingOf(const procedure::Act& first) const {
    if (anchor() != nullptr) return anchor()->founding;
    return first.kind == procedure::ActKind::kFounded ? first.procedure : Digest{};
  }

  void CheckStreamName(const ReadEntry& read, const std::string& stream) {
    if (stream == read.entry->stream) return;
    WrongEntry(read.number,
               "stands in the stream " + read.entry->stream + " and belongs in " + stream);
  }

  static std::string Outcome(const procedure::Ruling& ruling) {
    if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
      return "admitted by " + admitted->because.rule;
    }
    return "inadmissible, " +
           std::string(procedure::NameOf(std::get<procedure::Inadmissible>(ruling.outcome).ground));
  }

  // An author uses an id once.
  void Remember(const ReadEntry& read) {
    const procedure::Act& act = read.statement->act;
    if (!known_
             .emplace(std::pair(act.author, act.id),
                      KnownStatement{read.statement_digest, read.number})
             .second) {
      WrongEntry(read.number, "its author had used this statement's id before");
    }
    by_digest_.insert(read.statement_digest);
  }

  // What a state sealed, offered and received.
  void FollowState(const ReadEntry& read) {
    const codec::Entry& entry = *read.entry;
    if (entry.core_revision != 0) WrongEntry(read.number, "names a core although nothing is ruled");
    if (entry.stream != verdict_.party.view()) {
      WrongEntry(read.number,
                 "a state's own ledger has one stream, named " + verdict_.party.ToText());
    }
    if (std::holds_alternative<codec::SealedBody>(entry.body)) {
      if (!read.statement) return;
      if (read.statement->act.author != verdict_.party)
        WrongEntry(read.number, "sealed for another party");
      Remember(read);
    } else if (const auto* offered = std::get_if<codec::OfferedBody>(&entry.body)) {
      const auto sealed = known_.find({verdict_.party, offered->statement_id});
      if (sealed == known_.end() || sealed->second.digest != offered->statement_digest) {
        WrongEntry(read.number, "offered what was never sealed");
      }
    } else if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
      received_[received->number].emplace_back(read.number, *received);
    } else {
      WrongEntry(read.number, "an entry of the kind " + std::string(codec::NameOf(entry.kind)) +
                                  " does not belong in a state's ledger");
    }
  }

  absl::Status ReadReceipts() {
    std::vector<ReadEntry> entries;
    std::uint64_t done = 0;
    for (const auto& [number, bodies] : received_) {
      CHANCERY_RETURN_IF_ERROR(ReadReceipt(number, bodies, entries));
      if (options_.progress) options_.progress("receipts", ++done, received_.size());
    }
    ForEachInParallel(entries.size(), threads_, [&](std::size_t i) { ReadOne(entries[i]); });
    for (const ReadEntry& read : entries) FollowReceived(read);
    return absl::OkStatus();
  }

  using Received = std::vector<std::pair<std::uint64_t, codec::ReceivedBody>>;
  absl::Status ReadReceipt(std::uint64_t number, const Received& bodies,
                           std::vector<ReadEntry>& entries) {
    const std::string name = layout::ReceiptPath(number);
    const std::string entry_name = layout::ReceiptEntryPath(number);
    const absl::StatusOr<Bytes> text = folder_.Read(name);
    const absl::StatusOr<Bytes> bytes = folder_.Read(entry_name);
    if (absl::IsUnavailable(text.status())) return text.status();
    if (absl::IsUnavailable(bytes.status())) return bytes.status();
    if (!text.ok()) Wrong(name, std::nullopt, Message(text.status()));
    if (!bytes.ok()) Wrong(entry_name, std::nullopt, Message(bytes.status()));
    if (!text.ok() || !bytes.ok()) return absl::OkStatus();

    const absl::StatusOr<ledger::Receipt> receipt = ledger::ParseReceipt(*text);
    if (!receipt.ok()) {
      Wrong(name, std::nullopt, Message(receipt.status()));
      return absl::OkStatus();
    }
    if (ledger::FormatReceipt(*receipt) != *text) {
      Wrong(name, std::nullopt, "spelt in another way than the one text of this receipt");
    }
    if (receipt->entry != number)
      Wrong(name, std::nullopt, "a receipt for another entry than its name says");
    const absl::StatusOr<ledger::TreeHead> head =
        VerifyReceipt(name, *receipt, *bytes, bodies.front().second.origin);
    const Digest leaf_hash = ledger::LeafHash(*bytes);
    bool matches = false;
    for (const auto& [own_number, body] : bodies) {
      if (body.leaf_hash != leaf_hash) {
        WrongEntry(own_number, "received another entry than the one in " + entry_name);
      }
      matches = matches || (head.ok() && body.size == head->size && body.root == head->root);
    }
    if (head.ok() && !matches) {
      Wrong(name, std::nullopt,
            "its checkpoint is not the one under which the book says the entry was received");
    }
    ReadEntry read;
    read.number = number;
    read.bytes = *bytes;
    read.leaf_hash = leaf_hash;
    entries.push_back(std::move(read));
    return absl::OkStatus();
  }

  // The tree the receipt leads to, after whatever can be verified of it.
  absl::StatusOr<ledger::TreeHead> VerifyReceipt(const std::string& name,
                                                 const ledger::Receipt& receipt, ByteView entry,
                                                 const std::string& origin) {
    const absl::StatusOr<ledger::Note> note = ledger::ParseNote(receipt.checkpoint);
    absl::StatusOr<ledger::Checkpoint> checkpoint =
        note.ok() ? ledger::ParseCheckpoint(note->text)
                  : absl::StatusOr<ledger::Checkpoint>(note.status());
    if (!checkpoint.ok()) {
      Wrong(name, std::nullopt, Message(checkpoint.status()));
      return checkpoint.status();
    }
    if (checkpoint->origin != origin)
      Wrong(name, std::nullopt, "of another ledger than the book says");
    if (!ledger::VerifyInclusion(receipt.entry, checkpoint->tree.size, ledger::LeafHash(entry),
                                 receipt.inclusion_proof, checkpoint->tree.root)) {
      Wrong(name, std::nullopt,
            "the inclusion proof does not lead from the entry beside it to the checkpoint");
    }
    if (anchor() == nullptr) {
      ++verdict_.receipts;
      return checkpoint->tree;
    }
    const PartyCode keeper = ledger::PartyOfOrigin(*anchor(), checkpoint->origin);
    if (keeper.IsNone()) {
      Wrong(name, std::nullopt, "the anchor names no ledger " + checkpoint->origin);
      return checkpoint->tree;
    }
    keepers_.insert(keeper);
    const ledger::NoteKey& log = anchor()->logs.at(keeper);
    std::vector<ledger::NoteKey> known = ledger::WitnessKeys(*anchor());
    const absl::StatusOr<ledger::VerifiedCheckpoint> verified =
        ledger::VerifyCheckpoint(receipt.checkpoint, log, known);
    if (!verified.ok()) {
      Wrong(name, std::nullopt, Message(verified.status()));
      return checkpoint->tree;
    }
    known.push_back(log);
    CheckLines(name, *note, known);
    ++verdict_.receipts;
    return checkpoint->tree;
  }

  // An entry of the ledger that orders the acts, as it was received.
  void FollowReceived(const ReadEntry& read) {
    const std::string name = layout::ReceiptEntryPath(read.number);
    for (const std::string& what : read.wrong) Wrong(name, std::nullopt, what);
    if (!read.entry) return;
    CountSeal(read);
    for (const auto& [own_number, body] : received_.at(read.number)) {
      if (body.statement_digest != read.statement_digest) {
        WrongEntry(own_number, "names another statement than " + name + " holds");
      }
    }
    if (!read.statement || !std::holds_alternative<codec::ActBody>(read.entry->body)) return;
    if (read.statement->act.author == verdict_.party &&
        !by_digest_.contains(read.statement_digest)) {
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
      const auto named = named_.find(digest);
      if (named == named_.end()) {
        Wrong(layout::BundlePath(digest), std::nullopt,
              "a surplus file: no act names this procedure");
        continue;
      }
      if (!trust_.anchors) continue;
      const std::string file = layout::BundleSealPath(digest);
      const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
          verifier_->VerifySealAndChain(signed_procedure.bundle, signed_procedure.seal,
                                        *trust_.anchors, trust_.authorities, named->second);
      if (!signers.ok()) {
        Wrong(file, std::nullopt, "the seal does not verify: " + Message(signers.status()));
        continue;
      }
      bool by_union = false;
      bool by_ministry = false;
      for (const crypto::VerifiedSigner& signer : *signers) {
        signers_.emplace(signer.certificate, named->second);
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
      if (!signers_.contains(certificate.digest())) {
        Wrong(layout::SealPath(certificate.digest()), std::nullopt,
              "a surplus file: this certificate sealed nothing here");
      }
    }
    for (const crypto::Certificate& authority : trust_.authorities) {
      const bool used = std::any_of(signers_.begin(), signers_.end(), [&](const auto& signer) {
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
  std::string agreement_;
  Trust trust_;
  std::map<Digest, SignedProcedure> procedures_;
  std::optional<crypto::SealVerifier> verifier_;
  std::optional<procedure::Replayer> replayer_;  // from the first act on

  std::vector<ReadEntry> waiting_;
  Instant last_recorded_at_;
  std::map<std::string, StreamState> streams_;
  std::map<std::pair<PartyCode, StatementId>, KnownStatement> known_;
  std::set<Digest> by_digest_;
  std::map<std::uint64_t, Received> received_;
  std::set<PartyCode> keepers_;
  std::map<Digest, Instant> signers_;  // with the time of a use
  std::map<Digest, Instant> named_;    // procedures, with the time of the first act that names them
};

}  // namespace

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
