// A state's node put together: what the daemon is made of, in the order in which its parts need
// each other.
//
// Opening reads and checks everything (anchor, keys, trust, store, head); nothing is sent before
// Start.
#ifndef CHANCERY_CLIENT_NODE_H_
#define CHANCERY_CLIENT_NODE_H_

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/config.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/random.h"
#include "engine/crypto/trust.h"
#include "engine/crypto/vault.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/collect.h"
#include "engine/exchange/cosign.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/offering.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/outbox_loop.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/restart.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/slice_export.h"
#include "engine/exchange/witnessing.h"
#include "engine/ledger/note.h"
#include "engine/store/sqlite/store_lock.h"
#include "engine/store/store.h"

namespace chancery::client {

struct NodeKeys {
  std::unique_ptr<ledger::NoteSigner> checkpoint;
  std::unique_ptr<ledger::NoteSigner> checkpoint_before;  // null when none is named
  std::unique_ptr<ledger::NoteSigner> witness;
  std::unique_ptr<crypto::KeyEncryptionKey> kek;
  exchange::SealingKeys seals;
  // What a [[seal]] table names, beside its keys in `seals`.
  struct Sealing {
    std::int64_t office = 0;
    std::filesystem::path file;
    crypto::Certificate certificate;
  };
  std::vector<Sealing> sealing;
};

class StateNode {
 public:
  // NotFound, PermissionDenied and InvalidArgument name the file and the remedy; FailedPrecondition
  // when store, anchor and keys do not belong together, or a sealing certificate does not stand
  // under this party's root; PermissionDenied with APPOINTMENT_DIFFERS when a certificate
  // contradicts what the cooperation knows. `clock_file` is empty unless a scenario
  // moves the time.
  static absl::StatusOr<std::unique_ptr<StateNode>> Open(const Config& config,
                                                         const std::filesystem::path& clock_file,
                                                         Events& events);
  ~StateNode();

  // Connects the node to the ministry and the always-on witnesses and starts sending and
  // collecting, as soon as the witnesses were heard (restart.h). `transport` must outlive the node.
  absl::Status Start(exchange::Transport& transport);
  void Stop();

  // Reads the folders of certificates and procedures again. PermissionDenied with
  // APPOINTMENT_DIFFERS when a certificate contradicts what is appointed; then none is taken.
  absl::Status Reload();
  // The whole book as a folder of evidence, with the receipts it was given.
  absl::StatusOr<exchange::ExportedEvidence> Export(const std::filesystem::path& folder,
                                                    const std::string& made_for);
  // Where slices are fetched from; it must outlive the node. Without it there are none.
  void FetchSlicesFrom(exchange::SliceSource& ministry) { slices_ = &ministry; }
  // This party's slice of the ministry's ledger, fetched anew from it.
  absl::StatusOr<exchange::ExportedSlice> ExportSlice(const std::filesystem::path& folder);
  // Everything in the store, read and checked again.
  absl::StatusOr<exchange::CheckReport> Check();

  const exchange::Anchor& anchor() const { return anchor_; }
  const exchange::StateParty& party() const { return *party_; }
  const crypto::TrustAnchors& trust() const { return *trust_; }
  Clock& clock() { return *clock_; }
  store::Store& store() { return *store_; }
  exchange::LedgerKeeper& keeper() { return *keeper_; }
  const exchange::ParticularsVault& vault() const { return *vault_; }
  std::shared_ptr<const procedure::ProcedureSet> procedures() const { return procedures_->Set(); }
  // Null before Start.
  exchange::Outbox* outbox() { return outbox_.get(); }
  exchange::Cosigner* cosigner() { return cosigner_.get(); }
  exchange::StateLoop* loop() { return loop_.get(); }
  const exchange::Witnessing& witnessing() const { return *witnessing_; }
  // Why sending, collecting or cosigning stands still, in words; empty while nothing does.
  std::string Trouble() const;

 private:
  explicit StateNode(Events& events) : events_(events) {}

  absl::Status CheckSealingKeys();
  absl::Status OpenParts(const Config& config, const std::filesystem::path& clock_file);

  exchange::EvidenceParts KnownParts() const;

  Events& events_;
  Config config_;
  exchange::Anchor anchor_;
  std::unique_ptr<exchange::StateParty> party_;
  std::unique_ptr<Clock> clock_;
  crypto::SystemEntropy entropy_;
  NodeKeys keys_;
  std::unique_ptr<crypto::TrustAnchors> trust_;
  std::unique_ptr<store::StoreLock> lock_;
  std::unique_ptr<store::Store> store_;
  exchange::CertificateShelf certificates_;
  std::optional<exchange::ProcedureShelf> procedures_;
  std::unique_ptr<exchange::ParticularsVault> vault_;
  std::unique_ptr<exchange::MatterBook> matters_;
  std::unique_ptr<exchange::LedgerKeeper> keeper_;
  std::unique_ptr<exchange::Witnessing> witnessing_;
  std::unique_ptr<exchange::RestartRule> restart_;
  std::unique_ptr<exchange::Offering> offering_;
  std::optional<ledger::Policy> keeper_policy_;
  std::vector<std::unique_ptr<edge::WitnessClient>> always_on_;
  exchange::SealsMade seals_made_;
  std::unique_ptr<exchange::Collector> collector_;
  std::unique_ptr<exchange::Cosigner> cosigner_;
  std::unique_ptr<exchange::Outbox> outbox_;
  std::unique_ptr<exchange::StateLoop> loop_;
  exchange::SliceSource* slices_ = nullptr;
  std::unique_ptr<exchange::OfferingLoop> offering_loop_;
};

// A state's store opened beside a running daemon, for what is not the ledger: no key is read and no
// lock taken.
struct StoreBeside {
  exchange::Anchor anchor;
  exchange::TrustFolder trust;
  std::unique_ptr<store::Store> store;
};
// NotFound when there is no store yet.
absl::StatusOr<StoreBeside> OpenBeside(const Config& config);

// The keys a configuration names; each file of mode 0600.
absl::StatusOr<NodeKeys> LoadKeys(const Config& config, const exchange::StateParty& party);

}  // namespace chancery::client

#endif  // CHANCERY_CLIENT_NODE_H_
