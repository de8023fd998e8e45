#include "edge/books/recover_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include "edge/anchor_file.h"
#include "edge/books/key_rotation.h"
#include "edge/books/note_keys.h"
#include "edge/files.h"
#include "engine/crypto/random.h"
#include "engine/crypto/trust.h"
#include "engine/crypto/vault.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/recover.h"
#include "engine/exchange/recovery.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/store/sqlite/sqlite_store.h"
#include "engine/store/sqlite/store_lock.h"

namespace chancery::edge {

namespace {

namespace fs = std::filesystem;

// A store's file and those SQLite keeps beside it.
void RemoveStore(const fs::path& store) {
  std::error_code error;
  for (const char* ending : {"", "-wal", "-shm"}) fs::remove(store.string() + ending, error);
}

absl::Status Sync(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  return synced ? absl::OkStatus() : Unavailable(path.string() + " cannot be written to the disk");
}

exchange::RecoverySource SourceOf(const std::string& folder) {
  exchange::RecoverySource source;
  source.name = folder;
  source.read = [folder](const std::string& path) {
    return ReadWholeFile(fs::path(folder) / path);
  };
  std::error_code error;
  for (const auto& file : fs::directory_iterator(fs::path(folder) / ledger::evidence::kKeys, error))
    source.handovers.push_back(std::string(ledger::evidence::kKeys) +
                               file.path().filename().string());
  return source;
}

// What the recovered copy was found to be.
struct Judged {
  exchange::Recovered recovered;
  std::vector<exchange::CheckFinding> without_particulars;
};

absl::StatusOr<Judged> RecoverCopy(const RecoveredBook& book, const exchange::Anchor& anchor,
                                   const store::StoreIdentity& identity, const fs::path& copy,
                                   const std::vector<exchange::RecoverySource>& sources) {
  CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder folder,
                            exchange::ReadTrustFolder(book.trust, anchor));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::TrustAnchors trust,
                            exchange::MakeTrustAnchors(folder, anchor));
  CHANCERY_ASSIGN_OR_RETURN(
      const std::unique_ptr<ledger::NoteSigner> log_key,
      LoadNoteSigner(book.checkpoint_key, identity.origin, ledger::NoteAlgorithm::kEd25519));
  CHANCERY_ASSIGN_OR_RETURN(const crypto::KeyEncryptionKey encryption_key,
                            LoadEncryptionKey(book.encryption_key));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                            store::OpenSqliteStore(copy, identity));
  exchange::CertificateShelf certificates;
  CHANCERY_RETURN_IF_ERROR(certificates.Load(*store));
  CHANCERY_RETURN_IF_ERROR(certificates.Add(*store, folder.authorities));
  CHANCERY_RETURN_IF_ERROR(certificates.Add(*store, folder.seals));
  exchange::ProcedureShelf procedures(anchor.founding);
  CHANCERY_RETURN_IF_ERROR(procedures.Load(*store));
  if (!book.procedures.empty())
    CHANCERY_RETURN_IF_ERROR(procedures.AddFolder(*store, book.procedures, certificates, trust));
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<ledger::KeyBook> keys,
                            exchange::LoadKeyBook(*store, anchor));
  crypto::SystemEntropy entropy;
  const exchange::ParticularsVault vault(*store, encryption_key, entropy);
  Judged judged;
  CHANCERY_ASSIGN_OR_RETURN(
      judged.recovered,
      exchange::Recover(*store,
                        {anchor, book.keeper, trust, certificates, *procedures.Set(), *keys, vault},
                        sources));
  CHANCERY_ASSIGN_OR_RETURN(
      const exchange::CheckReport report,
      exchange::CheckStore(*store, {anchor, book.keeper, log_key->key(), *procedures.Set(),
                                    certificates, &trust, &vault}));
  for (const exchange::CheckFinding& finding : report.findings) {
    if (finding.table != "particulars")
      return DataLoss("the recovered store would not be whole, so nothing was changed: " +
                      exchange::ToText(finding));
    judged.without_particulars.push_back(finding);
  }
  if (report.finding_count > report.findings.size())
    return DataLoss("the recovered store would not be whole, so nothing was changed: more than " +
                    std::to_string(report.findings.size()) + " findings");
  return judged;
}

}  // namespace

absl::StatusOr<Shown> RecoverStore(const RecoveredBook& book,
                                   const std::vector<std::string>& folders) {
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Anchor anchor, ReadAnchorFile(book.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(anchor, book.party));
  std::error_code error;
  if (!fs::exists(book.store, error))
    return NotFound("store: there is none at " + book.store.string() +
                    "; put the newest copy you have there first");
  // Held to the end: a program that runs would go on with the old file.
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::StoreLock> lock,
                            store::StoreLock::Take(book.store.string()));
  const fs::path aside = book.store.string() + ".before-recovery";
  const fs::path copy = book.store.string() + ".recovering";
  // Of a recovery that ended before the copy took its place; what else is there is somebody's.
  if (fs::exists(aside, error) && fs::equivalent(aside, book.store, error))
    fs::remove(aside, error);
  if (fs::exists(aside, error))
    return FailedPrecondition(aside.string() +
                              " is there already, from an earlier recovery: destroy it or keep it "
                              "elsewhere first");
  RemoveStore(copy);
  {
    // Opened and closed, it is one file.
    CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> old,
                              store::OpenSqliteStore(book.store, identity, {.quick_check = true}));
    CHANCERY_RETURN_IF_ERROR(exchange::CheckIdentity(*old, anchor, book.party));
  }
  if (fs::exists(book.store.string() + "-wal", error))
    return FailedPrecondition(book.store.string() + " is open in another program; end it first");
  if (!fs::copy_file(book.store, copy, error))
    return Unavailable(copy.string() + " cannot be written: " + error.message());
  std::vector<exchange::RecoverySource> sources;
  for (const std::string& folder : folders) sources.push_back(SourceOf(folder));
  const absl::StatusOr<Judged> judged = RecoverCopy(book, anchor, identity, copy, sources);
  if (!judged.ok()) {
    RemoveStore(copy);
    return judged.status();
  }
  if (fs::exists(copy.string() + "-wal", error))
    return Internal(copy.string() + " was not closed; nothing was changed");
  CHANCERY_RETURN_IF_ERROR(Sync(copy));
  fs::create_hard_link(book.store, aside, error);
  if (!error) fs::rename(copy, book.store, error);
  if (error) return Unavailable(book.store.string() + " cannot be replaced: " + error.message());
  CHANCERY_RETURN_IF_ERROR(
      Sync(book.store.has_parent_path() ? book.store.parent_path() : fs::path(".")));

  const exchange::Recovered& done = judged->recovered;
  Shown shown;
  shown.document = {{"from", done.from},
                    {"size", done.to},
                    {"acts", done.acts},
                    {"aside", aside.string()},
                    {"particulars_missing", judged->without_particulars.size()}};
  shown.text = "recovered " + std::to_string(done.to - done.from) + " entries, " +
               std::to_string(done.acts) + " of them acts: the ledger had " +
               std::to_string(done.from) + " and has " + std::to_string(done.to) +
               ", as its witnesses cosigned it\nthe store as it was lies at " + aside.string() +
               "; destroy it once this one runs: what was erased since may still be in it";
  if (!judged->without_particulars.empty()) {
    shown.text += "\nof " + std::to_string(judged->without_particulars.size()) +
                  " acts the particulars came in after the old copy was made and are lost here; "
                  "check names them, their authors have them";
    shown.code = kExitPartly;
  }
  return shown;
}

}  // namespace chancery::edge
