#include "engine/exchange/evidence_export.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/evidence_readme.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/tiles.h"
#include "engine/procedure/replay.h"

namespace chancery::exchange {
namespace {

namespace fs = std::filesystem;
namespace layout = ledger::evidence;

constexpr std::uint64_t kEntriesAtOnce = 256;

absl::Status DiskFailure(std::string_view doing, int error) {
  const std::string message = std::string(doing) + ": " + std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(ToAbsl(message));
  return Internal(message);
}

// A descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::Status SyncFolder(const fs::path& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0)
    return DiskFailure("sync " + folder.filename().string(), errno);
  return absl::OkStatus();
}

// A folder that becomes visible under its name whole or not at all.
class FolderWriter {
 public:
  static absl::StatusOr<std::unique_ptr<FolderWriter>> Create(const fs::path& target) {
    struct stat found {};
    if (::lstat(target.c_str(), &found) == 0) {
      return AlreadyExists(target.filename().string() + " is there already; nothing was changed");
    }
    const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::error_code failure;
    fs::create_directories(parent, failure);
    if (failure) return DiskFailure("make the folder above the evidence", failure.value());
    std::string pattern = (parent / ("." + target.filename().string() + ".XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) return DiskFailure("make a temporary folder", errno);
    return std::unique_ptr<FolderWriter>(new FolderWriter(pattern, target, parent));
  }

  ~FolderWriter() {
    std::error_code ignored;
    if (!done_) fs::remove_all(work_, ignored);
  }
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  absl::Status Put(const std::string& name, ByteView bytes) {
    const fs::path path = work_ / name;
    for (fs::path folder = path.parent_path(); folder != work_; folder = folder.parent_path())
      folders_.insert(folder);
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    if (failure) return DiskFailure("make the folder of " + name, failure.value());
    const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file.get() < 0) return DiskFailure("write " + name, errno);
    for (ByteView rest = bytes; !rest.empty();) {
      const ssize_t written = ::write(file.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return DiskFailure("write " + name, errno);
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.get()) != 0) return DiskFailure("sync " + name, errno);
    ++files_;
    bytes_ += bytes.size();
    return absl::OkStatus();
  }

  absl::Status Finish() {
    for (const fs::path& folder : folders_) CHANCERY_RETURN_IF_ERROR(SyncFolder(folder));
    if (::chmod(work_.c_str(), 0755) != 0) return DiskFailure("finish the folder", errno);
    CHANCERY_RETURN_IF_ERROR(SyncFolder(work_));
    if (::renameat2(AT_FDCWD, work_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST)
        return AlreadyExists(target_.filename().string() +
                             " is there already; nothing was changed");
      return DiskFailure("rename the finished folder", errno);
    }
    done_ = true;
    return SyncFolder(parent_);
  }

  std::uint64_t files() const { return files_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  FolderWriter(fs::path work, fs::path target, fs::path parent)
      : work_(std::move(work)), target_(std::move(target)), parent_(std::move(parent)) {}

  fs::path work_;
  fs::path target_;
  fs::path parent_;
  std::set<fs::path> folders_;
  bool done_ = false;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

// The note with the lines that verified, one a key: the log's, then the witnesses' in the order of
// the policy.
absl::StatusOr<Bytes> CleanNote(const ledger::VerifiedCheckpoint& verified) {
  ledger::Note note{verified.note.text, {}};
  for (const ledger::VerifiedSignature& signature : verified.signatures) {
    for (const ledger::NoteSignature& line : verified.note.signatures) {
      if (line.name != signature.key.name() || line.key_id != signature.key.id()) continue;
      const bool cosigned = signature.key.algorithm() == ledger::NoteAlgorithm::kCosignatureV1;
      if (cosigned && ledger::CosignatureTime(line) != signature.cosigned_at) continue;
      note.signatures.push_back(line);
      break;
    }
  }
  return ledger::FormatNote(note);
}

// What the book uses of what was given.
struct Used {
  // With the time of a use.
  std::map<Digest, Instant> signers;
  std::map<Digest, Instant> procedures;
  // By number: a receipt is needed for each of them.
  std::map<std::uint64_t, codec::ReceivedBody> received;
  std::vector<std::string> without_chain;
};

class Collector {
 public:
  explicit Collector(const EvidenceParts& parts)
      : parts_(parts), verifier_(certificates_.Lookup()) {
    for (const crypto::Certificate& certificate : parts.seals) certificates_.Add(certificate);
  }

  // A seal that leads to no root is the entry's fault, not the export's.
  absl::Status AddSealed(const std::string& name, ByteView statement_bytes, ByteView seal,
                         Instant at) {
    CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                              codec::DecodeStatement(statement_bytes));
    for (const Digest& digest : procedure::ProceduresNamed(statement.act))
      used_.procedures.emplace(digest, at);
    const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
        verifier_.Verify(statement_bytes, seal);
    bool chained = signers.ok();
    for (const crypto::VerifiedSigner& signer :
         signers.ok() ? *signers : std::vector<crypto::VerifiedSigner>{}) {
      used_.signers.emplace(signer.certificate, at);
      chained =
          chained && parts_.anchors
                         ->VerifyChain(*certificates_.Find(signer.certificate), parts_.authorities,
                                       at, crypto::CertificatePurpose::kSeal)
                         .ok();
    }
    if (!chained) used_.without_chain.push_back(name);
    return absl::OkStatus();
  }

  absl::Status AddSigners(ByteView content, ByteView seal, Instant at) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::VerifiedSigner> signers,
                              verifier_.Verify(content, seal));
    for (const crypto::VerifiedSigner& signer : signers)
      used_.signers.emplace(signer.certificate, at);
    return absl::OkStatus();
  }

  absl::Status AddEntry(const std::string& name, ByteView bytes) {
    CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(bytes));
    const Instant at = entry.recorded_at;
    if (const auto* act = std::get_if<codec::ActBody>(&entry.body))
      return AddSealed(name, act->statement, act->seal, at);
    if (const auto* sealed = std::get_if<codec::SealedBody>(&entry.body)) {
      return AddSealed(name, sealed->statement, sealed->seal, at);
    }
    if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
      return AddSealed(name, founded->statement, founded->seal, at);
    }
    if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body)) {
      return AddSealed(name, second->statement, second->seal, at);
    }
    if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
      used_.received.insert_or_assign(received->number, *received);
    }
    return absl::OkStatus();
  }

  Used& used() { return used_; }
  const crypto::CertificateSet& certificates() const { return certificates_; }

 private:
  const EvidenceParts& parts_;
  crypto::CertificateSet certificates_;
  crypto::SealVerifier verifier_;
  Used used_;
};

absl::Status PutReceipts(const std::vector<HeldReceipt>& receipts, Collector& collector,
                         FolderWriter& writer) {
  // Of several receipts for one entry the one that was recorded last is taken.
  std::map<std::uint64_t, const HeldReceipt*> by_number;
  for (const HeldReceipt& held : receipts) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger::ParseReceipt(held.proof));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(receipt.checkpoint));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                              ledger::ParseCheckpoint(note.text));
    const auto wanted = collector.used().received.find(receipt.entry);
    if (wanted == collector.used().received.end()) continue;
    const codec::ReceivedBody& received = wanted->second;
    if (received.leaf_hash == ledger::LeafHash(held.entry) &&
        received.origin == checkpoint.origin && received.size == checkpoint.tree.size &&
        received.root == checkpoint.tree.root) {
      by_number[receipt.entry] = &held;
    }
  }
  // Reading an entry adds to what is used, but never to what was received here.
  const std::map<std::uint64_t, codec::ReceivedBody> received = collector.used().received;
  for (const auto& [number, body] : received) {
    const auto found = by_number.find(number);
    if (found == by_number.end()) {
      return NotFound("the receipt for entry " + std::to_string(number) + " of " + body.origin +
                      " under the checkpoint recorded with it");
    }
    CHANCERY_RETURN_IF_ERROR(
        collector.AddEntry("received entry " + std::to_string(number), found->second->entry));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::ReceiptPath(number), found->second->proof));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::ReceiptEntryPath(number), found->second->entry));
  }
  return absl::OkStatus();
}

absl::Status PutProcedures(const std::vector<SignedBundle>& procedures, Collector& collector,
                           FolderWriter& writer) {
  std::set<Digest> put;
  for (const SignedBundle& signed_bundle : procedures) {
    const Digest digest = crypto::Sha256(signed_bundle.bundle);
    const auto named = collector.used().procedures.find(digest);
    if (named == collector.used().procedures.end() || !put.insert(digest).second) continue;
    CHANCERY_RETURN_IF_ERROR(
        collector.AddSigners(signed_bundle.bundle, signed_bundle.seal, named->second));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::BundlePath(digest), signed_bundle.bundle));
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::BundleSealPath(digest), signed_bundle.seal));
  }
  if (put.empty() && !collector.used().procedures.empty()) {
    return NotFound("none of the procedures that the book names was given with its signed bundle");
  }
  return absl::OkStatus();
}

absl::Status PutTrust(const EvidenceParts& parts, Collector& collector, FolderWriter& writer) {
  for (const crypto::Certificate& root : parts.anchors->roots()) {
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::RootPath(root.digest()), root.ToPem()));
  }
  for (const auto& [digest, at] : collector.used().signers) {
    const std::optional<crypto::Certificate> certificate = collector.certificates().Find(digest);
    CHANCERY_CHECK(certificate.has_value());  // it verified a seal a moment ago
    CHANCERY_RETURN_IF_ERROR(writer.Put(layout::SealPath(digest), certificate->ToPem()));
  }
  std::set<Digest> put;
  for (const crypto::Certificate& authority : parts.authorities) {
    bool above_a_signer = false;
    for (const auto& [digest, at] : collector.used().signers) {
      const crypto::Certificate leaf = *collector.certificates().Find(digest);
      above_a_signer =
          above_a_signer ||
          parts.anchors->VerifyChain(leaf, {&authority, 1}, at, crypto::CertificatePurpose::kSeal)
              .ok();
    }
    if (above_a_signer && put.insert(authority.digest()).second) {
      CHANCERY_RETURN_IF_ERROR(
          writer.Put(layout::AuthorityPath(authority.digest()), authority.ToPem()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Bytes> NewestFinalNote(store::Store& store, ByteView policy_text) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy policy, ledger::Policy::Parse(policy_text));
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  if (!head.checkpoint.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::CosignatureRow> rows,
                              store.ListCosignatures(head.tree.size));
    std::vector<Bytes> lines;
    for (const store::CosignatureRow& row : rows) lines.push_back(row.line);
    CHANCERY_ASSIGN_OR_RETURN(const Bytes cosigned,
                              ledger::AddSignatureLines(head.checkpoint, lines));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                              ledger::VerifyCheckpointOf(cosigned, policy));
    if (verified.checkpoint.tree != head.tree)
      return DataLoss("the head's checkpoint is of another tree");
    if (ledger::Satisfied(policy, verified.checkpoint.origin, verified.signatures))
      return CleanNote(verified);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::FinalCheckpoint> final_checkpoint,
                            store.LatestFinal());
  if (!final_checkpoint) {
    return FailedPrecondition(
        "no checkpoint of this book has the quorum of its policy yet: wait until its witnesses "
        "have cosigned");
  }
  CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint verified,
                            ledger::VerifyFinalCheckpoint(final_checkpoint->note, policy));
  return CleanNote(verified);
}

absl::StatusOr<ExportedEvidence> ExportEvidence(store::Store& store, const EvidenceParts& parts,
                                                const std::filesystem::path& folder) {
  CHANCERY_CHECK(parts.anchors != nullptr);
  CHANCERY_ASSIGN_OR_RETURN(const Bytes note_bytes, NewestFinalNote(store, parts.policy));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(note_bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));

  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<FolderWriter> writer,
                            FolderWriter::Create(folder));
  Collector collector(parts);
  const std::uint64_t size = checkpoint.tree.size;
  for (std::uint64_t first = 0; first < size; first += kEntriesAtOnce) {
    const std::uint64_t count = std::min(kEntriesAtOnce, size - first);
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> entries, store.Entries(first, count));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = "entry " + std::to_string(first + i);
      if (const absl::Status added = collector.AddEntry(name, entries[static_cast<std::size_t>(i)]);
          !added.ok()) {
        return Annotate(added, name);
      }
    }
  }
  CHANCERY_RETURN_IF_ERROR(PutReceipts(parts.receipts, collector, *writer));
  CHANCERY_RETURN_IF_ERROR(PutProcedures(parts.procedures, collector, *writer));
  CHANCERY_RETURN_IF_ERROR(PutTrust(parts, collector, *writer));
  CHANCERY_RETURN_IF_ERROR(PutTimestamps(store, size, [&](const std::string& path, ByteView bytes) {
    return writer->Put(path, bytes);
  }));
  CHANCERY_RETURN_IF_ERROR(ledger::WriteTiles(
      size, store, store,
      [&](const std::string& path, ByteView bytes) { return writer->Put(path, bytes); }));
  CHANCERY_RETURN_IF_ERROR(writer->Put(std::string(layout::kPolicy), parts.policy));
  CHANCERY_RETURN_IF_ERROR(writer->Put(std::string(layout::kCheckpoint), note_bytes));
  CHANCERY_RETURN_IF_ERROR(
      writer->Put(std::string(layout::kReadme),
                  EvidenceReadme(checkpoint, parts.made_for, parts.anchors->IsRehearsal(),
                                 collector.used().without_chain)));
  CHANCERY_RETURN_IF_ERROR(writer->Finish());
  return ExportedEvidence{checkpoint, size, writer->files(), writer->bytes(),
                          std::move(collector.used().without_chain)};
}

}  // namespace chancery::exchange
