#include "bench/load/parts.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bench/load/driver.h"
#include "bench/load/echo.h"
#include "bench/load/measure.h"
#include "bench/load/rows.h"
#include "chancery/exchange/v1/exchange.pb.h"
#include "edge/convert.h"
#include "edge/files.h"
#include "engine/codec/act_json.h"
#include "engine/codec/entry.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/random.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/shelf.h"
#include "engine/ledger/checkpoint.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace chancery::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewestSamples = 32;
constexpr std::size_t kGroups[] = {8, 32, 128, 512};

absl::StatusOr<std::unique_ptr<store::Store>> Open(const fs::path& path,
                                                   const ledger::Anchor& anchor, PartyCode party) {
  CHANCERY_ASSIGN_OR_RETURN(const store::StoreIdentity identity,
                            exchange::StoreIdentityOf(anchor, party));
  return store::OpenSqliteStore(path, identity);
}

class PartsOfAnAct {
 public:
  explicit PartsOfAnAct(const PartsPlan& plan) : plan_(plan) {}

  absl::StatusOr<Parts> Measure() {
    CHANCERY_RETURN_IF_ERROR(Read());
    CHANCERY_RETURN_IF_ERROR(Seals());
    CHANCERY_RETURN_IF_ERROR(Particulars());
    CHANCERY_RETURN_IF_ERROR(StepAlone());
    CHANCERY_RETURN_IF_ERROR(Ledger());
    CHANCERY_RETURN_IF_ERROR(Rows());
    CHANCERY_RETURN_IF_ERROR(Transport());
    return parts_;
  }

 private:
  std::string Pki(const std::string& name) const { return (plan_.pki / name).string(); }
  const ActRows& Act(std::uint64_t i) const { return acts_[i % acts_.size()]; }

  absl::Status Read() {
    CHANCERY_ASSIGN_OR_RETURN(ministry_, Open(plan_.ministry_store, plan_.anchor, plan_.ministry));
    CHANCERY_ASSIGN_OR_RETURN(state_, Open(plan_.state_store, plan_.anchor, plan_.state));
    CHANCERY_ASSIGN_OR_RETURN(acts_, ReadActs(*ministry_, *state_, plan_.state, plan_.samples));
    if (acts_.size() < kFewestSamples)
      return InvalidArgument("bench: the run left too few acts; let it run for longer");
    CHANCERY_RETURN_IF_ERROR(certificates_.Load(*ministry_));
    CHANCERY_ASSIGN_OR_RETURN(codec::DraftedAct drafted,
                              codec::ActFromJson(ApplicationJson(), Act(0).recorded_at));
    items_ = std::move(drafted.items);
    for (Item& item : items_) item.salt = entropy_.Make<Salt>();
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> LogKey(PartyCode party) const {
    CHANCERY_ASSIGN_OR_RETURN(
        const crypto::Secret pem,
        crypto::ReadSecretFile(Pki(party.ToText() + "/ledger/checkpoint.key")));
    CHANCERY_ASSIGN_OR_RETURN(crypto::Ed25519Key key, crypto::Ed25519Key::FromPem(pem.Reveal()));
    return ledger::MakeNoteSigner(plan_.anchor.logs.at(party).name(),
                                  ledger::NoteAlgorithm::kEd25519, std::move(key));
  }

  absl::Status Seals() {
    const std::string stem = Pki(plan_.state.ToText() + "/seal/return-authority-1");
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret key, crypto::ReadSecretFile(stem + ".key"));
    CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, edge::ReadWholeFile(stem + ".pem"));
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Sealer sealer,
                              crypto::Sealer::Load(key.Reveal(), certificate));
    CHANCERY_ASSIGN_OR_RETURN(parts_.seal_sign,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t i) {
                                const ActRows& act = Act(i);
                                return sealer.Seal(act.statement_bytes, act.recorded_at).ok();
                              }));

    CHANCERY_ASSIGN_OR_RETURN(const exchange::TrustFolder folder,
                              exchange::ReadTrustFolder(plan_.pki / "public", plan_.anchor));
    CHANCERY_ASSIGN_OR_RETURN(const crypto::TrustAnchors trust,
                              exchange::MakeTrustAnchors(folder, plan_.anchor));
    const std::vector<crypto::Certificate> authorities = certificates_.Authorities();
    const crypto::SealVerifier verifier(certificates_.Lookup());
    const auto verify = [&](const ActRows& act) {
      return verifier.VerifySealAndChain(act.statement_bytes, act.seal, trust, authorities,
                                         act.recorded_at);
    };
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::VerifiedSigner> signers, verify(Act(0)));
    for (const crypto::VerifiedSigner& signer : signers) signers_.push_back(signer.certificate);
    CHANCERY_ASSIGN_OR_RETURN(
        parts_.seal_verify,
        MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t i) { return verify(Act(i)).ok(); }));
    return absl::OkStatus();
  }

  absl::Status Particulars() {
    std::vector<crypto::Item> items;
    for (const Item& item : items_)
      items.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
    CHANCERY_ASSIGN_OR_RETURN(parts_.commitment,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t) {
                                return crypto::CommitItems(items).ok();
                              }));
    CHANCERY_ASSIGN_OR_RETURN(const crypto::KeyEncryptionKey kek,
                              crypto::KeyEncryptionKey::Load(Pki(plan_.state.ToText() + "/kek")));
    const exchange::ParticularsVault vault(*state_, kek, entropy_);
    procedure::Act act = Act(0).statement.act;
    const Digest digest = Act(0).of_act.digest;
    CHANCERY_ASSIGN_OR_RETURN(parts_.encryption,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t) {
                                store::Commit commit;
                                act.matter = entropy_.Make<MatterId>();
                                return vault.Encrypt(act, digest, items_, commit).ok();
                              }));
    return absl::OkStatus();
  }

  // By the cooperation as it stands, and a case that is not there yet.
  absl::Status StepAlone() {
    exchange::ProcedureShelf shelf(plan_.anchor.founding);
    CHANCERY_RETURN_IF_ERROR(shelf.Load(*ministry_));
    const std::shared_ptr<const procedure::ProcedureSet> procedures = shelf.Set();
    CHANCERY_ASSIGN_OR_RETURN(std::optional<procedure::Matter> cooperation,
                              exchange::ReadCooperation(*ministry_));
    if (!cooperation) return InvalidArgument("bench: the store knows of no cooperation");
    procedure::Matters touched;
    touched.Add(*std::move(cooperation));
    std::vector<procedure::RecordedAct> recorded;
    for (const ActRows& act : acts_) {
      procedure::RecordedAct one;
      one.entry = act.entry.number;
      one.recorded_at = act.recorded_at;
      one.digest = act.of_act.digest;
      one.signers = signers_;
      one.act = act.statement.act;
      recorded.push_back(std::move(one));
    }
    CHANCERY_ASSIGN_OR_RETURN(parts_.step, MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t i) {
                                return procedure::Step(*procedures, touched,
                                                       recorded[i % recorded.size()])
                                    .ruling.admitted();
                              }));
    return absl::OkStatus();
  }

  absl::Status Ledger() {
    ledger::CompactRange tree;
    CHANCERY_ASSIGN_OR_RETURN(parts_.merkle_append,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t i) {
                                tree.Append(ledger::LeafHash(Act(i).entry.bytes));
                                return true;
                              }));
    CHANCERY_ASSIGN_OR_RETURN(const auto key, LogKey(plan_.ministry));
    const ledger::Checkpoint checkpoint{key->key().name(), tree.Head()};
    CHANCERY_ASSIGN_OR_RETURN(const Bytes note, ledger::SignCheckpoint(*key, checkpoint));
    CHANCERY_ASSIGN_OR_RETURN(parts_.checkpoint_sign,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t) {
                                return ledger::SignCheckpoint(*key, checkpoint).ok();
                              }));
    CHANCERY_ASSIGN_OR_RETURN(parts_.checkpoint_verify,
                              MicrosecondsOfEach(plan_.seconds, [&](std::uint64_t) {
                                return ledger::VerifyCheckpoint(note, key->key()).ok();
                              }));
    return absl::OkStatus();
  }

  absl::Status Rows() {
    CHANCERY_ASSIGN_OR_RETURN(const auto ministry_key, LogKey(plan_.ministry));
    CHANCERY_ASSIGN_OR_RETURN(const auto state_key, LogKey(plan_.state));
    double least = std::numeric_limits<double>::max();
    for (const std::size_t group : kGroups) {
      if (group > acts_.size()) break;
      CHANCERY_ASSIGN_OR_RETURN(const RowsCost cost,
                                CommitAgain(acts_, group, plan_.scratch, ministry_->identity(),
                                            *ministry_key, state_->identity(), *state_key));
      if (cost.ministry + cost.state >= least) continue;
      least = cost.ministry + cost.state;
      parts_.rows_ministry = cost.ministry;
      parts_.rows_state = cost.state;
      parts_.rows_group = group;
    }
    return absl::OkStatus();
  }

  // A call with as many bytes as one of these acts, and an answer as long as its receipt.
  absl::Status Transport() {
    const ActRows& act = Act(0);
    exchange::v1::SubmitRequest request;
    edge::ToWire({act.statement_bytes, act.seal, Bytes(), items_}, *request.mutable_envelope());
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::ReceivedEntry> received,
                              exchange::ListReceived(*state_, act.entry.number - 1, 1));
    if (received.empty()) return InvalidArgument("bench: the state holds no receipt");
    exchange::v1::SubmitResponse response;
    response.mutable_receipt()->set_number(received.front().number);
    response.mutable_receipt()->set_entry(received.front().entry);
    response.mutable_receipt()->set_proof(received.front().proof);
    parts_.request_bytes = request.ByteSizeLong();
    parts_.answer_bytes = response.ByteSizeLong();
    CHANCERY_ASSIGN_OR_RETURN(
        const EchoCost cost,
        MeasureEcho({plan_.pki, plan_.anchor, plan_.ministry, plan_.state, parts_.request_bytes,
                     parts_.answer_bytes, plan_.seconds}));
    parts_.unary_echo = cost.unary;
    parts_.streamed_echo = cost.streamed;
    return absl::OkStatus();
  }

  const PartsPlan& plan_;
  crypto::SystemEntropy entropy_;
  std::unique_ptr<store::Store> ministry_;
  std::unique_ptr<store::Store> state_;
  exchange::CertificateShelf certificates_;
  std::vector<ActRows> acts_;
  std::vector<Digest> signers_;
  std::vector<Item> items_;
  Parts parts_;
};

}  // namespace

absl::StatusOr<Parts> MeasureParts(const PartsPlan& plan) { return PartsOfAnAct(plan).Measure(); }

absl::StatusOr<double> GroupOf(const fs::path& path, const ledger::Anchor& anchor, PartyCode party,
                               Instant from, Instant until) {
  constexpr std::uint64_t kPage = 1024;
  CHANCERY_ASSIGN_OR_RETURN(const auto store, Open(path, anchor, party));
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store->ReadHead());
  std::set<Instant> moments;
  std::uint64_t entries = 0;
  bool before = false;
  for (std::uint64_t end = head.tree.size; end > 0 && !before;) {
    const std::uint64_t first = end > kPage ? end - kPage : 0;
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> page,
                              store->ReadEntries(first, static_cast<std::size_t>(end - first)));
    for (const store::StoredEntry& stored : page) {
      CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(stored.bytes));
      before = before || entry.recorded_at < from;
      if (entry.recorded_at < from || entry.recorded_at > until) continue;
      moments.insert(entry.recorded_at);
      ++entries;
    }
    end = first;
  }
  if (moments.empty()) return InvalidArgument("bench: the store holds no entry of that time");
  return static_cast<double>(entries) / static_cast<double>(moments.size());
}

Needed NeededOf(const Parts& parts, double ministry_group, double state_group) {
  Needed needed;
  needed.signatures = parts.seal_sign + parts.seal_verify;
  needed.particulars = 2 * parts.commitment + 2 * parts.encryption;
  needed.rows = parts.rows_ministry + parts.rows_state;
  needed.step = parts.step;
  needed.merkle = 3 * parts.merkle_append;
  // The state's own ledger has two entries for an act.
  needed.checkpoints = (parts.checkpoint_sign + parts.checkpoint_verify) / ministry_group +
                       2 * parts.checkpoint_sign / state_group;
  return needed;
}

}  // namespace chancery::bench
