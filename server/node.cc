#include "server/node.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "edge/anchor_file.h"
#include "edge/books/key_rotation.h"
#include "edge/books/note_keys.h"
#include "edge/files.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/recovery.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace chancery::server {

absl::StatusOr<std::optional<ledger::Policy>> OwnPolicyOf(const MinistryConfig& config,
                                                          const exchange::Anchor& anchor) {
  if (config.policy.empty()) return std::nullopt;
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, edge::ReadWholeFile(config.policy));
  const auto named = anchor.policies.find(config.party);
  if (named != anchor.policies.end() && crypto::Sha256(text) != named->second) {
    return FailedPrecondition(config.policy.string() + " is not the policy the anchor names for " +
                              config.party.ToText());
  }
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy, ledger::Policy::Parse(text));
  return policy;
}

namespace {

absl::Status Required(bool there, std::string_view setting) {
  if (there) return absl::OkStatus();
  return InvalidArgument("configuration: " + std::string(setting) + " is missing");
}

// The policy that goes with the evidence, where one is configured, and each reader's own.
absl::StatusOr<exchange::OwnPolicies> PoliciesOf(const MinistryConfig& config,
                                                 const exchange::Anchor& anchor) {
  exchange::OwnPolicies policies;
  CHANCERY_ASSIGN_OR_RETURN(policies.all, OwnPolicyOf(config, anchor));
  for (const auto& [party, key] : anchor.witnesses) {
    if (party == config.party) continue;
    CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy,
                              ledger::FoundingPolicy(anchor, config.party, {&party, 1}));
    policies.readers.emplace(party, std::move(policy));
  }
  return policies;
}

// The keys of everybody over time, and whether the own ones are those of this party now.
absl::Status OpenKeys(const MinistryConfig& config, OpenedStore& opened) {
  CHANCERY_ASSIGN_OR_RETURN(opened.keys, exchange::LoadKeyBook(*opened.store, opened.anchor));
  if (!config.checkpoint_key_before.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(
        opened.log_key_before,
        edge::LoadNoteSigner(config.checkpoint_key_before, opened.store->identity().origin,
                             ledger::NoteAlgorithm::kEd25519));
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(config.clock_file, opened.anchor));
  CHANCERY_ASSIGN_OR_RETURN(
      const std::optional<Instant> until,
      exchange::CheckOwnKeys(*opened.store, *opened.keys,
                             {*opened.log_key, *opened.witness_key, opened.log_key_before.get()},
                             clock->Now()));
  if (until) {
    opened.log_key_before_until = *until;
  } else {
    opened.log_key_before.reset();
  }
  return absl::OkStatus();
}

// Before the first act: what a wrong key sealed would stand in the book for ever.
absl::Status CheckMinistrySeal(const MinistryConfig& config, const OpenedStore& parts,
                               const crypto::Certificate& certificate, Instant now) {
  constexpr std::string_view kMinistry = "ministry";
  absl::Status checked = exchange::CheckSealingCertificate(
      certificate, config.party,
      procedure::WordNumber(procedure::Fact::kOffice, kMinistry).value_or(0), *parts.trust,
      parts.certificates->Authorities(), now);
  if (checked.ok())
    checked = exchange::CheckAppointed(*parts.store, *parts.certificates, {certificate});
  return checked.ok() ? checked : Annotate(checked, config.seal_certificate.string());
}

}  // namespace

absl::StatusOr<OpenedStore> OpenStore(const MinistryConfig& config, bool make) {
  CHANCERY_RETURN_IF_ERROR(Required(!config.party.IsNone(), "party"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.anchor.empty(), "anchor"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.store.empty(), "store"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.trust.empty(), "trust"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.checkpoint_key.empty(), "keys.checkpoint"));
  CHANCERY_RETURN_IF_ERROR(Required(!config.witness_key.empty(), "keys.witness"));

  OpenedStore opened;
  CHANCERY_ASSIGN_OR_RETURN(opened.anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(opened.trust_folder,
                            exchange::ReadTrustFolder(config.trust, opened.anchor));
  CHANCERY_ASSIGN_OR_RETURN(crypto::TrustAnchors trust,
                            exchange::MakeTrustAnchors(opened.trust_folder, opened.anchor));
  opened.trust = std::make_unique<crypto::TrustAnchors>(std::move(trust));

  std::error_code error;
  const bool there = std::filesystem::exists(config.store, error);
  if (make && there)
    return AlreadyExists("store: " + config.store.string() +
                         " is there already; nothing was changed");
  if (!make && !there) {
    return NotFound("store: there is none at " + config.store.string() +
                    "; make one with: chancery-ministry init");
  }
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(opened.anchor, config.party));
  CHANCERY_ASSIGN_OR_RETURN(opened.store, store::OpenSqliteStore(config.store, identity));

  CHANCERY_ASSIGN_OR_RETURN(opened.log_key,
                            edge::LoadNoteSigner(config.checkpoint_key, identity.origin,
                                                 ledger::NoteAlgorithm::kEd25519));
  CHANCERY_ASSIGN_OR_RETURN(
      opened.witness_key,
      edge::LoadNoteSigner(
          config.witness_key,
          ledger::WitnessNameOf(opened.anchor.agreement, opened.anchor.realm(), config.party),
          ledger::NoteAlgorithm::kCosignatureV1));
  CHANCERY_RETURN_IF_ERROR(exchange::CheckIdentity(*opened.store, opened.anchor, config.party));
  CHANCERY_RETURN_IF_ERROR(OpenKeys(config, opened));

  opened.certificates = std::make_unique<exchange::CertificateShelf>();
  CHANCERY_RETURN_IF_ERROR(opened.certificates->Load(*opened.store));
  if (const absl::Status fits =
          exchange::CheckAppointed(*opened.store, *opened.certificates, opened.trust_folder.seals);
      !fits.ok())
    return Annotate(fits, config.trust.string());
  CHANCERY_RETURN_IF_ERROR(
      opened.certificates->Add(*opened.store, opened.trust_folder.authorities));
  CHANCERY_RETURN_IF_ERROR(opened.certificates->Add(*opened.store, opened.trust_folder.seals));
  opened.procedures = std::make_unique<exchange::ProcedureShelf>(opened.anchor.founding);
  CHANCERY_RETURN_IF_ERROR(opened.procedures->Load(*opened.store));
  if (!config.procedures.empty()) {
    CHANCERY_RETURN_IF_ERROR(opened.procedures->AddFolder(*opened.store, config.procedures,
                                                          *opened.certificates, *opened.trust));
  }
  return opened;
}

absl::StatusOr<std::unique_ptr<Node>> Node::Open(const MinistryConfig& config, Events& events) {
  CHANCERY_RETURN_IF_ERROR(Required(!config.encryption_key.empty(), "keys.encryption"));
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<store::StoreLock> lock,
                            store::StoreLock::Take(config.store.string()));
  CHANCERY_ASSIGN_OR_RETURN(OpenedStore opened, OpenStore(config, false));
  std::unique_ptr<Node> node(new Node(std::move(opened)));
  node->lock_ = std::move(lock);
  OpenedStore& parts = node->opened_;
  if (parts.procedures->Set()->Founding() == nullptr) {
    return FailedPrecondition(
        "procedure: the founding procedure that the anchor names is not known here; add its bundle "
        "with: "
        "chancery-ministry procedure add BUNDLE SEAL");
  }
  CHANCERY_ASSIGN_OR_RETURN(node->clock_, edge::OpenClock(config.clock_file, parts.anchor));
  CHANCERY_ASSIGN_OR_RETURN(crypto::KeyEncryptionKey encryption_key,
                            edge::LoadEncryptionKey(config.encryption_key));
  node->encryption_key_.emplace(std::move(encryption_key));
  if (!config.seal_key.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret key,
                              crypto::ReadSecretFile(config.seal_key.string()));
    CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate,
                              edge::ReadWholeFile(config.seal_certificate));
    absl::StatusOr<crypto::Sealer> sealer = crypto::Sealer::Load(key.Reveal(), certificate);
    if (!sealer.ok()) {
      return FailedPrecondition(config.seal_key.string() + " with " +
                                config.seal_certificate.string() + ": " +
                                std::string(ToStd(sealer.status().message())));
    }
    CHANCERY_RETURN_IF_ERROR(
        CheckMinistrySeal(config, parts, sealer->certificate(), node->clock_->Now()));
    node->ministry_seal_.emplace(*std::move(sealer));
  }
  node->vault_ = std::make_unique<exchange::ParticularsVault>(*parts.store, *node->encryption_key_,
                                                              node->entropy_);
  if (!config.registry.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(node->registry_, MakeRegistryClient(config.registry));
  }
  exchange::LedgerKeeper::Options options;
  options.key_before = parts.log_key_before.get();
  options.key_before_until = parts.log_key_before_until;
  options.log_keys = parts.keys->Logs(config.party);
  CHANCERY_ASSIGN_OR_RETURN(
      node->keeper_, exchange::LedgerKeeper::Open(*parts.store, *parts.log_key, *node->clock_,
                                                  node->entropy_, events, std::move(options)));
  node->inbox_ = std::make_unique<exchange::Inbox>(exchange::Inbox::Parts{
      *node->keeper_, *node->clock_, node->entropy_, events, parts.anchor, *parts.trust,
      *parts.certificates, *parts.procedures, *node->vault_, parts.keys});
  node->attachments_ =
      std::make_unique<exchange::Attachments>(*node->keeper_, *node->vault_, *node->clock_);
  node->reader_ = std::make_unique<exchange::LedgerReader>(*node->keeper_, node->vault_.get());
  node->events_ = &events;
  node->restart_ = std::make_unique<exchange::RestartRule>(
      *node->keeper_, parts.keys->Logs(config.party), parts.keys->Witnesses(config.party),
      parts.anchor, events);
  CHANCERY_ASSIGN_OR_RETURN(
      node->always_on_,
      edge::OpenWitnesses(config.always_on, config.always_on_keys, parts.anchor, *parts.trust));
  CHANCERY_ASSIGN_OR_RETURN(exchange::OwnPolicies policies, PoliciesOf(config, parts.anchor));
  node->witnessing_ = std::make_unique<exchange::Witnessing>(*node->keeper_, *parts.witness_key,
                                                             parts.anchor, *node->clock_, events,
                                                             std::move(policies), parts.keys);
  node->offering_ = std::make_unique<exchange::Offering>(*node->keeper_, *node->witnessing_);
  node->casework_ = std::make_unique<exchange::Casework>(exchange::Casework::Parts{
      *node->inbox_, *node->keeper_, *node->clock_, node->entropy_, events, parts.anchor,
      *parts.certificates, *parts.procedures, *node->vault_,
      node->ministry_seal_ ? &*node->ministry_seal_ : nullptr, node->registry_.get()});
  return node;
}

void Node::Start(std::function<void()> confirmed) {
  restart_->WhenConfirmed(std::move(confirmed));
  std::vector<ledger::CalledWitness*> witnesses;
  for (const auto& client : always_on_) witnesses.push_back(client.get());
  loop_ = std::make_unique<exchange::OfferingLoop>(exchange::OfferingLoop::Parts{
      *keeper_, *offering_, *witnessing_, *restart_, *events_, std::move(witnesses)});
}

void Node::Stop() {
  for (const auto& client : always_on_) client->Close();
  if (loop_ != nullptr) loop_->Stop();
}

Node::~Node() {
  Stop();
  if (keeper_ != nullptr) keeper_->Close();
}

}  // namespace chancery::server
