#include "audit/book.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "audit/evidence_folder.h"
#include "audit/offer.h"
#include "audit/trust_reader.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/tiles.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

absl::StatusOr<ledger::Checkpoint> ReadCheckpointText(EvidenceFolder& folder) {
  const std::string name(layout::kCheckpoint);
  const absl::StatusOr<Bytes> bytes = folder.Read(name);
  if (absl::IsUnavailable(bytes.status())) return bytes.status();
  if (!bytes.ok()) return DataLoss(name + ": " + Message(bytes.status()));
  const absl::StatusOr<ledger::Note> note = ledger::ParseNote(*bytes);
  if (!note.ok()) return DataLoss(name + ": " + Message(note.status()));
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return DataLoss(name + ": " + Message(checkpoint.status()));
  return checkpoint;
}

// Every position of a whole book or a slice, with no bytes where a slice does not show the entry.
absl::StatusOr<Shown> ReadEntries(EvidenceFolder& folder, const ledger::Checkpoint& checkpoint,
                                  const ledger::TileFolder::Visit& visit) {
  if (folder.Has(layout::kStreams)) return ReadSlice(folder, checkpoint, visit);
  const ledger::TileFolder tiles(folder.path(), checkpoint.tree.size);
  CHANCERY_ASSIGN_OR_RETURN(const Digest root, tiles.Read(visit));
  if (root != checkpoint.tree.root)
    return DataLoss("checkpoint: its root is not that of the entries");
  return Shown{{}, checkpoint.tree.size, 0};
}

// Decodes and replays acts one after another.
class BookReader {
 public:
  BookReader(Book& book, const Trust& trust, const std::map<Digest, SignedProcedure>& procedures)
      : book_(book), trust_(trust), procedures_(procedures), verifier_(trust.seals.Lookup()) {}

  absl::Status Add(std::uint64_t number, ByteView bytes) {
    const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
    if (!entry.ok()) return Wrong(number, entry.status());
    book_.last_recorded_at = std::max(book_.last_recorded_at, entry->recorded_at);
    if (const auto* act = std::get_if<codec::ActBody>(&entry->body)) {
      return AddAct(number, *entry, act->statement, act->seal, act->ruling);
    }
    if (const auto* founded = std::get_if<codec::FoundedBody>(&entry->body)) {
      if (number == 0) book_.orders_acts = true;
      return AddAct(number, *entry, founded->statement, founded->seal, founded->ruling);
    }
    return absl::OkStatus();
  }

  // After the last act.
  void Finish() { book_.suspects = suspects_.Find(book_.replayer.matters()); }

 private:
  static absl::Status Wrong(std::uint64_t number, const absl::Status& status) {
    return DataLoss("entry " + std::to_string(number) + ": " + Message(status));
  }

  absl::Status AddAct(std::uint64_t number, const codec::Entry& entry, const Bytes& statement_bytes,
                      const Bytes& seal, const procedure::Ruling& ruling) {
    BookAct act;
    act.number = number;
    act.recorded_at = entry.recorded_at;
    act.digest = crypto::Sha256(statement_bytes);
    act.ruling = ruling;
    absl::StatusOr<codec::Statement> statement = codec::DecodeStatement(statement_bytes);
    if (!statement.ok()) return Wrong(number, statement.status());
    act.statement = *std::move(statement);
    if (const auto* body = std::get_if<codec::ActBody>(&entry.body);
        body != nullptr && !body->offer_proof.empty()) {
      const absl::StatusOr<Instant> since =
          SeenSince(*body, act.statement.act.author, std::nullopt);
      if (!since.ok()) return Wrong(number, since.status());
      act.offered_since = *since;
    }
    if (book_.acts.empty() && act.act().kind == procedure::ActKind::kFounded) {
      // Which of the folder's procedures rules the cooperation is said by the founding act.
      book_.replayer = procedure::Replayer(SetOf(procedures_, act.act().procedure));
    }
    const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
        verifier_.Verify(statement_bytes, seal);
    if (!signers.ok()) return Wrong(number, signers.status());

    for (const crypto::VerifiedSigner& signer : *signers) {
      act.signers.push_back(signer.certificate);
      const std::optional<crypto::Certificate> certificate = trust_.seals.Find(signer.certificate);
      if (certificate)
        act.offices.push_back(certificate->party().ToText() + " " + certificate->office());
    }
    std::sort(act.offices.begin(), act.offices.end());
    const procedure::Matters before = procedure::Gather(act.act(), book_.replayer.matters());
    procedure::Stepped stepped = book_.replayer.Add(act.Recorded());
    for (const procedure::Matter& matter : stepped.changed) {
      if (const procedure::Matter* old = before.Find(matter.id)) act.before.push_back(*old);
    }
    act.changed = std::move(stepped.changed);
    suspects_.Add(act.Recorded());
    book_.acts.push_back(std::move(act));
    return absl::OkStatus();
  }

  Book& book_;
  const Trust& trust_;
  const std::map<Digest, SignedProcedure>& procedures_;
  const crypto::SealVerifier verifier_;
  SuspectSearch suspects_;
};

}  // namespace

procedure::RecordedAct BookAct::Recorded() const {
  procedure::RecordedAct recorded;
  recorded.entry = number;
  recorded.recorded_at = recorded_at;
  recorded.digest = digest;
  recorded.signers = signers;
  recorded.act = act();
  recorded.offered_since = offered_since;
  return recorded;
}

absl::StatusOr<Book> ReadBook(const std::filesystem::path& path) {
  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder folder, EvidenceFolder::Open(path));
  absl::Status first_wrong;
  const NoteWrong wrong = [&first_wrong](const std::string& file, const std::string& what) {
    if (first_wrong.ok()) first_wrong = DataLoss(file + ": " + what);
  };
  CHANCERY_ASSIGN_OR_RETURN(const Trust trust, ReadTrust(folder, nullptr, wrong));
  CHANCERY_ASSIGN_OR_RETURN(const auto procedures, ReadProcedures(folder, wrong));
  CHANCERY_RETURN_IF_ERROR(first_wrong);

  Book book{{}, {}, {}, false, {}, procedure::Replayer(SetOf(procedures, Digest{})), {}, {}, {}};
  CHANCERY_ASSIGN_OR_RETURN(book.checkpoint, ReadCheckpointText(folder));
  if (const std::optional<ledger::OriginParts> parts =
          ledger::ParseOrigin(book.checkpoint.origin)) {
    book.realm = parts->realm;
    book.party = parts->party;
  }
  BookReader reader(book, trust, procedures);
  CHANCERY_ASSIGN_OR_RETURN(
      book.shown, ReadEntries(folder, book.checkpoint,
                              [&reader](std::uint64_t number, ByteView bytes, const Digest&) {
                                return bytes.empty() ? absl::OkStatus() : reader.Add(number, bytes);
                              }));
  if (!book.orders_acts) {
    // A state's own book holds no rulings; what it received does.
    std::map<std::uint64_t, std::string> by_number;
    for (const std::string& name : folder.Under(layout::kReceipts)) {
      if (!name.ends_with(layout::kEntryEnding)) continue;
      const std::string digits =
          name.substr(layout::kReceipts.size(),
                      name.size() - layout::kReceipts.size() - layout::kEntryEnding.size());
      if (const std::optional<std::uint64_t> number = ledger::ParseSize(digits))
        by_number[*number] = name;
    }
    for (const auto& [number, name] : by_number) {
      CHANCERY_ASSIGN_OR_RETURN(const Bytes bytes, folder.Read(name));
      CHANCERY_RETURN_IF_ERROR(reader.Add(number, bytes));
    }
    book.orders_acts = false;
  }
  reader.Finish();
  return book;
}

procedure::Standing StandingOf(const Book& book, Instant at) {
  procedure::Matters all;
  for (const auto& [id, matter] : book.replayer.matters().all()) all.Add(matter);
  return procedure::StandingAt(book.replayer.procedures(), all, at);
}

absl::StatusOr<MatterId> FindCase(const Book& book, std::string_view beginning) {
  const bool hexadecimal = std::all_of(beginning.begin(), beginning.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (beginning.empty() || !hexadecimal) {
    return InvalidArgument(
        "a case is named by its id or the beginning of it: lower-case hexadecimal digits");
  }
  std::vector<MatterId> found;
  for (const auto& [id, matter] : book.replayer.matters().all()) {
    if (matter.kind == procedure::MatterKind::kCase && id.ToHexText().starts_with(beginning))
      found.push_back(id);
  }
  if (found.empty()) {
    const std::string none = "no case whose id begins with " + std::string(beginning);
    if (book.shown.whole()) return NotFound(none);
    return WithReason(NotFound(none + " is shown in " + ToText(book.shown) +
                               ": the whole book, or the slice of a party to the case, shows it"),
                      kNotShown);
  }
  if (found.size() > 1) {
    return InvalidArgument(std::to_string(found.size()) + " cases begin with " +
                           std::string(beginning) + ": give more digits");
  }
  return found.front();
}

absl::StatusOr<FoundEntry> ReadEntryOf(const std::filesystem::path& path, std::uint64_t number) {
  std::optional<FoundEntry> found;
  CHANCERY_ASSIGN_OR_RETURN(const FoundLedger ledger,
                            VisitEntries(
                                path,
                                [&](const FoundEntry& entry) {
                                  if (entry.number == number) found = entry;
                                  return absl::OkStatus();
                                },
                                [](std::uint64_t, const Digest&) { return absl::OkStatus(); }));
  if (found) return *std::move(found);
  const std::string none = "no entry " + std::to_string(number);
  if (number >= ledger.checkpoint.tree.size) {
    return NotFound(none + ": the ledger in this folder has " +
                    std::to_string(ledger.checkpoint.tree.size));
  }
  return WithReason(
      NotFound(
          none + " is shown in " + ToText(ledger.shown) +
          ", but the hash of it: the whole book, or the slice of one who may read it, shows it"),
      kNotShown);
}

absl::StatusOr<FoundLedger> VisitEntries(
    const std::filesystem::path& path, const std::function<absl::Status(const FoundEntry&)>& visit,
    const std::function<absl::Status(std::uint64_t number, const Digest& leaf_hash)>&
        visit_hidden) {
  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder folder, EvidenceFolder::Open(path));
  FoundLedger found;
  CHANCERY_ASSIGN_OR_RETURN(found.checkpoint, ReadCheckpointText(folder));
  CHANCERY_ASSIGN_OR_RETURN(
      found.shown,
      ReadEntries(
          folder, found.checkpoint,
          [&](std::uint64_t number, ByteView bytes, const Digest& leaf_hash) -> absl::Status {
            if (bytes.empty()) return visit_hidden(number, leaf_hash);
            absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(bytes);
            if (!entry.ok())
              return DataLoss("entry " + std::to_string(number) + ": " + Message(entry.status()));
            return visit({number, Bytes(bytes), leaf_hash, *std::move(entry)});
          }));
  return found;
}

}  // namespace chancery::audit
