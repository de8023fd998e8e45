// A state's engine opposite a real ministry's engine in the same process: everything real but the
// network. The transport between them does what a test tells it: refuse, lose an answer, hand over
// something that was never recorded so.
#ifndef CHANCERY_TESTS_SUPPORT_STATE_WORLD_H_
#define CHANCERY_TESTS_SUPPORT_STATE_WORLD_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/collect.h"
#include "engine/exchange/cosign.h"
#include "engine/exchange/outbox.h"
#include "engine/exchange/transport.h"
#include "tests/support/exchange_world.h"

namespace chancery::support {

// Safe on every thread when its hooks are set before threads begin.
class FakeTransport final : public exchange::Transport {
 public:
  FakeTransport(ExchangeWorld& ministry, std::string party)
      : ministry_(ministry), party_(std::move(party)) {}

  // Hooks; empty ones change nothing.
  std::function<absl::Status()> before_submit;  // a failure: the ministry never hears of it
  std::function<absl::Status(exchange::GivenReceipt&)>
      after_submit;  // recorded, and the answer changed or lost
  std::function<absl::Status(exchange::GivenBatch&)> on_batch;
  std::function<absl::Status(Bytes&)> on_checkpoint;
  std::function<absl::Status(std::vector<Bytes>&)> on_consistency;
  std::function<absl::Status()> before_cosignature;
  std::function<void(std::uint64_t size, ByteView line)> on_cosignature;
  std::function<void(const ledger::CosignOffer&)> on_offer;
  std::function<void(exchange::GivenCosignature&)> on_own_cosignature;
  // Recorded together, and the answers changed or lost.
  std::function<void(std::vector<absl::StatusOr<exchange::GivenReceipt>>&)> after_sending;
  std::vector<std::size_t> sent_together;  // how many acts each time, where it was more than one
  bool away = false;

  std::unique_ptr<exchange::SubmitChannel> OpenSubmitChannel() override {
    class Watched final : public exchange::SubmitChannel {
     public:
      explicit Watched(FakeTransport& transport)
          : transport_(transport), channel_(transport.Transport::OpenSubmitChannel()) {}
      std::vector<absl::StatusOr<exchange::GivenReceipt>> Send(
          const std::vector<codec::Envelope>& envelopes) override {
        transport_.sent_together.push_back(envelopes.size());
        std::vector<absl::StatusOr<exchange::GivenReceipt>> answers = channel_->Send(envelopes);
        if (transport_.after_sending) transport_.after_sending(answers);
        return answers;
      }

     private:
      FakeTransport& transport_;
      std::unique_ptr<exchange::SubmitChannel> channel_;
    };
    return std::make_unique<Watched>(*this);
  }
  absl::StatusOr<exchange::GivenReceipt> Submit(const codec::Envelope& envelope) override {
    {
      const std::lock_guard lock(mutex_);
      submitted_.push_back(envelope);
    }
    if (away) return Unavailable("the ministry is away");
    if (before_submit) CHANCERY_RETURN_IF_ERROR(before_submit());
    CHANCERY_ASSIGN_OR_RETURN(exchange::ActReceipt receipt, ministry_.Submit(envelope, party_));
    exchange::GivenReceipt given{receipt.number, receipt.entry, receipt.proof};
    if (after_submit) CHANCERY_RETURN_IF_ERROR(after_submit(given));
    return given;
  }
  absl::Status Collect(
      const std::vector<exchange::StreamFrom>& from,
      const std::function<absl::Status(const exchange::GivenBatch&)>& take) override {
    if (away) return Unavailable("the ministry is away");
    std::map<std::string, std::uint64_t> positions;
    for (const exchange::StreamFrom& stream : from) positions[stream.stream] = stream.position;
    for (;;) {
      CHANCERY_ASSIGN_OR_RETURN(exchange::CollectedPage page,
                                ministry_.reader->Collect(Party(party_), positions, page_size));
      if (page.entries.empty()) return absl::OkStatus();
      exchange::GivenBatch batch;
      batch.checkpoint = page.checkpoint;
      for (exchange::CollectedEntry& entry : page.entries) {
        exchange::GivenEntry given{entry.number, entry.entry, {}, entry.particulars};
        for (const Digest& hash : entry.inclusion_proof) given.inclusion.push_back(hash.ToBytes());
        batch.entries.push_back(std::move(given));
      }
      if (on_batch) CHANCERY_RETURN_IF_ERROR(on_batch(batch));
      CHANCERY_RETURN_IF_ERROR(take(batch));
    }
  }
  absl::StatusOr<exchange::GivenHeads> GetCheckpoint() override {
    if (away) return Unavailable("the ministry is away");
    CHANCERY_ASSIGN_OR_RETURN(Bytes note, ministry_.reader->Checkpoint());
    if (on_checkpoint) CHANCERY_RETURN_IF_ERROR(on_checkpoint(note));
    return exchange::GivenHeads{note, note, {}, ministry_.witnessing->keys().Notes()};
  }
  absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t old_size,
                                                    std::uint64_t new_size) override {
    if (away) return Unavailable("the ministry is away");
    CHANCERY_ASSIGN_OR_RETURN(const ledger::ProofHashes hashes,
                              ministry_.reader->Consistency(old_size, new_size));
    std::vector<Bytes> given;
    for (const Digest& hash : hashes) given.push_back(hash.ToBytes());
    if (on_consistency) CHANCERY_RETURN_IF_ERROR(on_consistency(given));
    return given;
  }
  absl::Status AddCosignature(std::uint64_t size, ByteView line) override {
    if (away) return Unavailable("the ministry is away");
    if (before_cosignature) CHANCERY_RETURN_IF_ERROR(before_cosignature());
    if (on_cosignature) on_cosignature(size, line);
    return ministry_.witnessing->AddCosignature(Party(party_), size, line);
  }
  absl::StatusOr<exchange::GivenCosignature> AddCheckpoint(
      const ledger::CosignOffer& offer, const std::vector<Bytes>& handovers) override {
    if (away) return Unavailable("the ministry is away");
    if (on_offer) on_offer(offer);
    CHANCERY_RETURN_IF_ERROR(ministry_.witnessing->TakeHandovers(Party(party_), handovers));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::CosignAnswer answer,
                              ministry_.witnessing->Cosign(Party(party_), offer));
    exchange::GivenCosignature given{answer.line, answer.known_size};
    if (on_own_cosignature) on_own_cosignature(given);
    return given;
  }
  absl::StatusOr<AttachmentHeld> FindAttachment(const MatterId& matter,
                                                const Digest& digest) override {
    if (away) return Unavailable("the ministry is away");
    CHANCERY_ASSIGN_OR_RETURN(const auto held, Attachments().Find({matter, digest}, Party(party_)));
    if (!held) return AttachmentHeld{};
    return AttachmentHeld{held->held, held->whole()};
  }
  absl::StatusOr<AttachmentHeld> PutAttachment(const MatterId& matter, const Digest& digest,
                                               std::uint64_t size, std::uint64_t offset,
                                               ByteView chunk) override {
    if (away) return Unavailable("the ministry is away");
    if (before_chunk) CHANCERY_RETURN_IF_ERROR(before_chunk(offset));
    CHANCERY_ASSIGN_OR_RETURN(
        const exchange::HeldAttachment held,
        Attachments().Add({matter, digest}, Party(party_), size, offset, chunk));
    return AttachmentHeld{held.held, held.whole()};
  }
  absl::StatusOr<exchange::AttachmentPiece> GetAttachment(const MatterId& matter,
                                                          const Digest& digest,
                                                          std::uint64_t offset) override {
    if (away) return Unavailable("the ministry is away");
    return Attachments().Read({matter, digest}, Party(party_), offset);
  }
  absl::StatusOr<GivenProcedure> GetProcedure(const Digest& digest) override {
    if (away) return Unavailable("the ministry is away");
    CHANCERY_ASSIGN_OR_RETURN(const exchange::SealedBundle bundle,
                              ministry_.procedures->Find(digest));
    return GivenProcedure{bundle.bundle, given_seals.value_or(bundle.seal)};
  }

  std::vector<codec::Envelope> Submitted() {
    const std::lock_guard lock(mutex_);
    return submitted_;
  }
  exchange::Attachments Attachments() const {
    return {*ministry_.keeper, *ministry_.vault, ministry_.clock};
  }
  std::function<absl::Status(std::uint64_t offset)> before_chunk;  // a failure: it never came
  std::size_t page_size = 256;
  std::optional<Bytes> given_seals;  // beside procedures, in place of those they have

 private:
  ExchangeWorld& ministry_;
  const std::string party_;
  std::mutex mutex_;
  std::vector<codec::Envelope> submitted_;
};

// One state's node. Stop and Start stand for the end of its program and the next beginning from
// what its store holds.
class StateWorld {
 public:
  // In memory, or in the SQLite file at `path`.
  explicit StateWorld(ExchangeWorld& ministry_world, std::string party_code = "GRC",
                      std::string path = {})
      : ministry(ministry_world),
        code(std::move(party_code)),
        transport(ministry_world, code),
        path_(std::move(path)) {
    party.emplace(Must(exchange::StatePartyOf(ministry.anchor, Party(code), Party("PAK"))));
    log_key = ministry.LogSigner(code);
    witness_key = ministry.WitnessSigner(code);
    encryption_key.emplace(
        Must(crypto::KeyEncryptionKey::Load(RehearsalPki::Get().Path(code + "/kek"))));
    keys.Add(ExchangeWorld::Word(procedure::Fact::kOffice, "return_authority"),
             RehearsalPki::Get().SealerOf(code, "return-authority", 1));
    if (path_.empty()) store = store::NewMemoryStore(Identity());
    Start();
  }
  ~StateWorld() { Stop(); }

  void Stop() {
    outbox.reset();
    cosigner.reset();
    offering.reset();
    collector.reset();
    witnessing.reset();
    keeper.reset();
    matters.reset();
    vault.reset();
    certificates.reset();
    procedures.reset();
    if (!path_.empty()) store.reset();
  }
  void Start() {
    if (!path_.empty()) store = Must(store::OpenSqliteStore(path_, Identity(), StoreOptions()));
    certificates = std::make_unique<exchange::CertificateShelf>();
    procedures = std::make_unique<exchange::ProcedureShelf>(ministry.anchor.founding);
    EXPECT_TRUE(certificates->Load(*store).ok());
    EXPECT_TRUE(procedures->Load(*store).ok());
    EXPECT_TRUE(certificates->Add(*store, RehearsalPki::Get().Seals().All()).ok());
    EXPECT_TRUE(certificates->Add(*store, RehearsalPki::Get().Authorities()).ok());
    vault = std::make_unique<exchange::ParticularsVault>(*store, *encryption_key, entropy);
    matters = std::make_unique<exchange::MatterBook>(*store);
    keeper = Must(exchange::LedgerKeeper::Open(*store, *log_key, ministry.clock, entropy, events));
    keeper->SetOverlay(matters.get());
    witnessing = std::make_unique<exchange::Witnessing>(*keeper, *witness_key, ministry.anchor,
                                                        ministry.clock, events,
                                                        exchange::OwnPolicies{}, party->keys);
    collector = std::make_unique<exchange::Collector>(exchange::Collector::Parts{*keeper,
                                                                                 ministry.clock,
                                                                                 events,
                                                                                 *party,
                                                                                 *ministry.trust,
                                                                                 *certificates,
                                                                                 *procedures,
                                                                                 *vault,
                                                                                 *matters,
                                                                                 transport,
                                                                                 {},
                                                                                 &seals_made});
    offering = std::make_unique<exchange::Offering>(*keeper, *witnessing);
    cosigner = std::make_unique<exchange::Cosigner>(
        exchange::Cosigner::Parts{*keeper, ministry.clock, events, *party, *collector, *witnessing,
                                  transport, *offering, always_on});
    outbox = std::make_unique<exchange::Outbox>(
        exchange::Outbox::Parts{*keeper, ministry.clock, entropy, events, *party, *procedures,
                                *vault, keys, transport, &seals_made});
  }

  store::StoreIdentity Identity() const {
    return Must(exchange::StoreIdentityOf(ministry.anchor, Party(code)));
  }
  // An application as a case system would hand it in; `name` makes one person differ from another.
  static std::string ApplicationJson(const std::string& name = "Invented Specimen") {
    return R"({"act": "application", "addressee": "PAK",
      "facts": {"category": "own_national", "decision_final": true, "present": true, "entry_date": "2015-02-01",
                "minor": false},
      "lines": [{"evidence": "identity_card", "grade": "original"}],
      "particulars": {"name": ")" +
           name + R"(", "cnic": "35202-7654321-1", "birth_date": "1980-01-02"}})";
  }
  exchange::HandedIn MustHandIn(const std::string& json = ApplicationJson(),
                                std::optional<StatementId> id = std::nullopt) {
    return Must(outbox->HandIn(json, id));
  }
  exchange::SentAct SentOf(const StatementId& id) {
    std::optional<exchange::SentAct> act = Must(outbox->Find(id));
    if (!act) GiveUp("no such act was handed in");
    return *std::move(act);
  }
  // How many entries of a kind this party's own ledger holds.
  int Entries(codec::EntryKind kind) {
    int count = 0;
    for (std::uint64_t number = 0; number < keeper->head().tree.size; ++number) {
      count += Must(codec::DecodeEntry(Must(store->ReadEntry(number)).bytes)).kind == kind ? 1 : 0;
    }
    return count;
  }

  ExchangeWorld& ministry;
  const std::string code;
  FakeTransport transport;
  CountingEvents events;
  crypto::SystemEntropy entropy;
  std::optional<exchange::StateParty> party;
  std::unique_ptr<ledger::NoteSigner> log_key;
  std::unique_ptr<ledger::NoteSigner> witness_key;
  std::optional<crypto::KeyEncryptionKey> encryption_key;
  exchange::SealingKeys keys;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<exchange::CertificateShelf> certificates;
  std::unique_ptr<exchange::ProcedureShelf> procedures;
  std::unique_ptr<exchange::ParticularsVault> vault;
  std::unique_ptr<exchange::MatterBook> matters;
  std::unique_ptr<exchange::LedgerKeeper> keeper;
  std::unique_ptr<exchange::Witnessing> witnessing;
  exchange::SealsMade seals_made;
  std::unique_ptr<exchange::Collector> collector;
  std::unique_ptr<exchange::Offering> offering;
  std::vector<ledger::CalledWitness*> always_on;  // to be set before Start
  std::unique_ptr<exchange::Cosigner> cosigner;
  std::unique_ptr<exchange::Outbox> outbox;

 private:
  const std::string path_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_STATE_WORLD_H_
