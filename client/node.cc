#include "client/node.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "edge/anchor_file.h"
#include "edge/books/key_rotation.h"
#include "edge/books/note_keys.h"
#include "edge/clock.h"
#include "edge/files.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/recovery.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace chancery::client {

using edge::LoadNoteSigner;

absl::StatusOr<NodeKeys> LoadKeys(const Config& config, const exchange::StateParty& party) {
  NodeKeys keys;
  CHANCERY_ASSIGN_OR_RETURN(keys.checkpoint, LoadNoteSigner(config.checkpoint_key, party.origin(),
                                                            ledger::NoteAlgorithm::kEd25519));
  if (!config.checkpoint_key_before.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(keys.checkpoint_before,
                              LoadNoteSigner(config.checkpoint_key_before, party.origin(),
                                             ledger::NoteAlgorithm::kEd25519));
  }
  CHANCERY_ASSIGN_OR_RETURN(keys.witness,
                            LoadNoteSigner(config.witness_key, party.origin() + "/witness",
                                           ledger::NoteAlgorithm::kCosignatureV1));
  CHANCERY_ASSIGN_OR_RETURN(crypto::KeyEncryptionKey kek, edge::LoadEncryptionKey(config.kek));
  keys.kek = std::make_unique<crypto::KeyEncryptionKey>(std::move(kek));
  for (const SealKey& seal : config.seals) {
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret key, crypto::ReadSecretFile(seal.key.string()));
    CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, edge::ReadWholeFile(seal.certificate));
    absl::StatusOr<crypto::Sealer> sealer = crypto::Sealer::Load(key.Reveal(), certificate);
    if (!sealer.ok()) {
      return FailedPrecondition(seal.key.string() + " with " + seal.certificate.string() + ": " +
                                std::string(ToStd(sealer.status().message())));
    }
    keys.sealing.push_back({seal.office, seal.certificate, sealer->certificate()});
    keys.seals.Add(seal.office, *std::move(sealer));
  }
  return keys;
}

absl::StatusOr<StoreBeside> OpenBeside(const Config& config) {
  StoreBeside opened;
  CHANCERY_ASSIGN_OR_RETURN(opened.anchor, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(opened.trust, exchange::ReadTrustFolder(config.trust, opened.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(opened.anchor, config.party));
  if (std::error_code error; !std::filesystem::exists(config.store, error))
    return NotFound("store: there is none at " + config.store.string() + "; start the daemon once");
  CHANCERY_ASSIGN_OR_RETURN(opened.store, store::OpenSqliteStore(config.store, identity));
  return opened;
}

absl::StatusOr<std::unique_ptr<StateNode>> StateNode::Open(const Config& config,
                                                           const std::filesystem::path& clock_file,
                                                           Events& events) {
  std::unique_ptr<StateNode> node(new StateNode(events));
  CHANCERY_RETURN_IF_ERROR(node->OpenParts(config, clock_file));
  return node;
}

absl::Status StateNode::OpenParts(const Config& config, const std::filesystem::path& clock_file) {
  config_ = config;
  CHANCERY_ASSIGN_OR_RETURN(anchor_, edge::ReadAnchorFile(config.anchor));
  CHANCERY_ASSIGN_OR_RETURN(exchange::StateParty party,
                            exchange::StatePartyOf(anchor_, config.party, config.ministry));
  party_ = std::make_unique<exchange::StateParty>(std::move(party));
  CHANCERY_ASSIGN_OR_RETURN(clock_, edge::OpenClock(clock_file, anchor_));
  CHANCERY_ASSIGN_OR_RETURN(keys_, LoadKeys(config, *party_));

  CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder folder,
                            exchange::ReadTrustFolder(config.trust, anchor_));
  CHANCERY_ASSIGN_OR_RETURN(crypto::TrustAnchors trust,
                            exchange::MakeTrustAnchors(folder, anchor_));
  trust_ = std::make_unique<crypto::TrustAnchors>(std::move(trust));

  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(anchor_, config.party));
  CHANCERY_ASSIGN_OR_RETURN(lock_, store::StoreLock::Take(config.store.string()));
  CHANCERY_ASSIGN_OR_RETURN(store_,
                            store::OpenSqliteStore(config.store, identity, {.quick_check = true}));
  CHANCERY_RETURN_IF_ERROR(exchange::CheckIdentity(*store_, anchor_, config.party));
  CHANCERY_ASSIGN_OR_RETURN(party_->keys, exchange::LoadKeyBook(*store_, anchor_));
  CHANCERY_ASSIGN_OR_RETURN(
      const std::optional<Instant> before_until,
      exchange::CheckOwnKeys(*store_, *party_->keys,
                             {*keys_.checkpoint, *keys_.witness, keys_.checkpoint_before.get()},
                             clock_->Now()));
  CHANCERY_RETURN_IF_ERROR(certificates_.Load(*store_));
  procedures_.emplace(anchor_.founding);
  CHANCERY_RETURN_IF_ERROR(procedures_->Load(*store_));
  CHANCERY_RETURN_IF_ERROR(Reload());
  CHANCERY_RETURN_IF_ERROR(CheckSealingKeys());

  vault_ = std::make_unique<exchange::ParticularsVault>(*store_, *keys_.kek, entropy_);
  matters_ = std::make_unique<exchange::MatterBook>(*store_);
  exchange::LedgerKeeper::Options options;
  if (before_until) {
    options.key_before = keys_.checkpoint_before.get();
    options.key_before_until = *before_until;
  }
  options.log_keys = party_->keys->Logs(config.party);
  CHANCERY_ASSIGN_OR_RETURN(
      keeper_, exchange::LedgerKeeper::Open(*store_, *keys_.checkpoint, *clock_, entropy_, events_,
                                            std::move(options)));
  keeper_->SetOverlay(matters_.get());
  return absl::OkStatus();
}

// Before the first act: what a wrong key sealed would stand in the book for ever.
absl::Status StateNode::CheckSealingKeys() {
  for (const NodeKeys::Sealing& seal : keys_.sealing) {
    absl::Status checked =
        exchange::CheckSealingCertificate(seal.certificate, party_->self, seal.office, *trust_,
                                          certificates_.Authorities(), clock_->Now());
    if (checked.ok())
      checked = exchange::CheckAppointed(*store_, certificates_, {seal.certificate});
    if (!checked.ok()) return Annotate(checked, seal.file.string());
  }
  return absl::OkStatus();
}

StateNode::~StateNode() { Stop(); }

absl::Status StateNode::Start(exchange::Transport& transport) {
  restart_ = std::make_unique<exchange::RestartRule>(*keeper_, party_->keys->Logs(party_->self),
                                                     party_->keys->Witnesses(party_->self), anchor_,
                                                     events_);
  CHANCERY_ASSIGN_OR_RETURN(
      always_on_, edge::OpenWitnesses(config_.always_on, {config_.tls_key, config_.tls_certificate},
                                      anchor_, *trust_));
  std::vector<ledger::CalledWitness*> always_on;
  for (const auto& client : always_on_) always_on.push_back(client.get());
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy keeper_policy,
                            ledger::FoundingPolicy(anchor_, party_->keeper, {&party_->self, 1}));
  keeper_policy_.emplace(std::move(keeper_policy));
  // Its own ledger is read by the ministry alone.
  exchange::OwnPolicies policies;
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy own,
                            ledger::FoundingPolicy(anchor_, party_->self, {&party_->keeper, 1}));
  policies.all.emplace(std::move(own));
  witnessing_ = std::make_unique<exchange::Witnessing>(*keeper_, *keys_.witness, anchor_, *clock_,
                                                       events_, std::move(policies), party_->keys);
  offering_ = std::make_unique<exchange::Offering>(*keeper_, *witnessing_);
  collector_ = std::make_unique<exchange::Collector>(exchange::Collector::Parts{
      *keeper_, *clock_, events_, *party_, *trust_, certificates_, *procedures_, *vault_, *matters_,
      transport, [this] { return Reload(); }, &seals_made_});
  cosigner_ = std::make_unique<exchange::Cosigner>(
      exchange::Cosigner::Parts{*keeper_, *clock_, events_, *party_, *collector_, *witnessing_,
                                transport, *offering_, always_on, &*keeper_policy_});
  outbox_ = std::make_unique<exchange::Outbox>(
      exchange::Outbox::Parts{*keeper_, *clock_, entropy_, events_, *party_, *procedures_, *vault_,
                              keys_.seals, transport, &seals_made_});
  loop_ = std::make_unique<exchange::StateLoop>(*outbox_, *cosigner_, entropy_, events_);
  restart_->WhenConfirmed([this] { loop_->Poke(); });
  offering_loop_ = std::make_unique<exchange::OfferingLoop>(exchange::OfferingLoop::Parts{
      *keeper_, *offering_, *witnessing_, *restart_, events_, std::move(always_on)});
  return absl::OkStatus();
}

std::string StateNode::Trouble() const {
  std::string text = loop_->Trouble();
  const std::string witnesses = offering_loop_->Trouble();
  if (!text.empty() && !witnesses.empty()) text += "; ";
  return text + witnesses;
}

void StateNode::Stop() {
  for (const auto& client : always_on_) client->Close();
  if (offering_loop_) offering_loop_->Stop();
  if (loop_) loop_->Stop();
  if (keeper_) keeper_->Close();
}

absl::Status StateNode::Reload() {
  CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder folder,
                            exchange::ReadTrustFolder(config_.trust, anchor_));
  if (const absl::Status fits = exchange::CheckAppointed(*store_, certificates_, folder.seals);
      !fits.ok())
    return Annotate(fits, config_.trust.string());
  CHANCERY_RETURN_IF_ERROR(certificates_.Add(*store_, folder.authorities));
  CHANCERY_RETURN_IF_ERROR(certificates_.Add(*store_, folder.seals));
  return procedures_->AddFolder(*store_, config_.procedures, certificates_, *trust_);
}

// All certificates and procedures that are known here.
exchange::EvidenceParts StateNode::KnownParts() const {
  exchange::EvidenceParts parts;
  parts.keys = party_->keys;
  parts.anchors = trust_.get();
  parts.authorities = certificates_.Authorities();
  parts.seals = certificates_.Seals();
  for (exchange::SealedBundle& bundle : procedures_->All()) {
    parts.procedures.push_back({std::move(bundle.bundle), std::move(bundle.seal)});
  }
  return parts;
}

absl::StatusOr<exchange::ExportedSlice> StateNode::ExportSlice(
    const std::filesystem::path& folder) {
  if (slices_ == nullptr) return FailedPrecondition("slice: there is no ministry to ask");
  return exchange::FetchSlice(*slices_, *store_, *party_, anchor_, KnownParts(), folder);
}

absl::StatusOr<exchange::ExportedEvidence> StateNode::Export(const std::filesystem::path& folder,
                                                             const std::string& made_for) {
  exchange::EvidenceParts parts = KnownParts();
  parts.made_for = made_for;
  CHANCERY_ASSIGN_OR_RETURN(parts.policy, edge::ReadWholeFile(config_.policy));
  const auto named = anchor_.policies.find(config_.party);
  if (named != anchor_.policies.end() && crypto::Sha256(parts.policy) != named->second) {
    return FailedPrecondition(config_.policy.string() + " is not the policy the anchor names for " +
                              config_.party.ToText());
  }
  std::optional<std::uint64_t> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(std::vector<exchange::ReceivedEntry> page,
                              exchange::ListReceived(*store_, after, 256));
    if (page.empty()) break;
    after = page.back().number;
    for (exchange::ReceivedEntry& received : page) {
      parts.receipts.push_back({std::move(received.proof), std::move(received.entry)});
    }
  }
  return exchange::ExportEvidence(*store_, parts, folder);
}

absl::StatusOr<exchange::CheckReport> StateNode::Check() {
  // The one by which the daemon calls a checkpoint of its own ledger final.
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy policy,
                            ledger::FoundingPolicy(anchor_, party_->self, {&party_->keeper, 1}));
  return exchange::CheckStore(
      *store_, {anchor_, party_->keeper, keys_.checkpoint->key(), *procedures_->Set(),
                certificates_, trust_.get(), vault_.get(), &policy});
}

}  // namespace chancery::client
