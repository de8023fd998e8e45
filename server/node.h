// The parts of the ministry's node, put together from its configuration in the order in which they
// depend on each other.
#ifndef CHANCERY_SERVER_NODE_H_
#define CHANCERY_SERVER_NODE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edge/clock.h"
#include "engine/base/parts.h"
#include "engine/base/status.h"
#include "engine/crypto/random.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/trust.h"
#include "engine/crypto/vault.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/casework.h"
#include "engine/exchange/inbox.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/offering.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/reader.h"
#include "engine/exchange/restart.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/witnessing.h"
#include "engine/ledger/key_book.h"
#include "engine/store/sqlite/store_lock.h"
#include "engine/store/store.h"
#include "server/config.h"
#include "server/registry_client.h"

namespace chancery::server {

// What every command on the store needs: whose it is, what is trusted, what is known.
struct OpenedStore {
  exchange::Anchor anchor;
  exchange::TrustFolder trust_folder;
  std::unique_ptr<crypto::TrustAnchors> trust;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<exchange::CertificateShelf> certificates;
  std::unique_ptr<exchange::ProcedureShelf> procedures;
  std::unique_ptr<ledger::NoteSigner> log_key;
  std::unique_ptr<ledger::NoteSigner> witness_key;
  // The checkpoint key before and until when it signs as well; null when none does.
  std::unique_ptr<ledger::NoteSigner> log_key_before;
  Instant log_key_before_until;
  std::shared_ptr<ledger::KeyBook> keys;  // of every party over time
};
// `make` says whether the store is to be made (there must be none) or to be there already.
// NotFound, AlreadyExists, or what the parts say.
absl::StatusOr<OpenedStore> OpenStore(const MinistryConfig& config, bool make);
// With which the own ledger is read; nothing where none is configured. FailedPrecondition when the
// anchor names another.
absl::StatusOr<std::optional<ledger::Policy>> OwnPolicyOf(const MinistryConfig& config,
                                                          const exchange::Anchor& anchor);

class Node {
 public:
  // `events` must outlive the node.
  static absl::StatusOr<std::unique_ptr<Node>> Open(const MinistryConfig& config, Events& events);
  ~Node();

  const exchange::Anchor& anchor() const { return opened_.anchor; }
  const crypto::TrustAnchors& trust() const { return *opened_.trust; }
  store::Store& store() { return *opened_.store; }
  exchange::ProcedureShelf& procedures() { return *opened_.procedures; }
  exchange::LedgerKeeper& keeper() { return *keeper_; }
  exchange::Inbox& inbox() { return *inbox_; }
  exchange::LedgerReader& reader() { return *reader_; }
  exchange::Witnessing& witnessing() { return *witnessing_; }
  exchange::Offering& offering() { return *offering_; }
  exchange::Casework& casework() { return *casework_; }
  const exchange::Attachments& attachments() const { return *attachments_; }

  // Starts hearing and asking the always-on witnesses. `confirmed` is called once, on a thread of
  // the node, when the ledger may sign: at once where the anchor names none.
  void Start(std::function<void()> confirmed);
  // Ends what Start began.
  void Stop();

 private:
  explicit Node(OpenedStore opened) : opened_(std::move(opened)) {}

  std::unique_ptr<store::StoreLock> lock_;
  OpenedStore opened_;
  crypto::SystemEntropy entropy_;
  std::unique_ptr<Clock> clock_;
  std::optional<crypto::KeyEncryptionKey> encryption_key_;
  std::optional<crypto::Sealer> ministry_seal_;
  std::unique_ptr<exchange::ParticularsVault> vault_;
  std::unique_ptr<exchange::IdentityRegistry> registry_;
  std::unique_ptr<exchange::LedgerKeeper> keeper_;
  std::unique_ptr<exchange::Inbox> inbox_;
  std::unique_ptr<exchange::LedgerReader> reader_;
  std::vector<std::unique_ptr<edge::WitnessClient>> always_on_;
  std::unique_ptr<exchange::RestartRule> restart_;
  std::unique_ptr<exchange::Witnessing> witnessing_;
  std::unique_ptr<exchange::Offering> offering_;
  std::unique_ptr<exchange::Casework> casework_;
  std::unique_ptr<exchange::Attachments> attachments_;
  std::unique_ptr<exchange::OfferingLoop> loop_;
  Events* events_ = nullptr;
};

}  // namespace chancery::server

#endif  // CHANCERY_SERVER_NODE_H_
