// The ministry's engine with everything real but the network: both agreed procedures, the
// rehearsal's keys and certificates, a store, a clock that stands where a test puts it. Founded,
// with authorities and offices appointed and the 2016 procedure in force, all through the inbox.
#ifndef CHANCERY_TESTS_SUPPORT_EXCHANGE_WORLD_H_
#define CHANCERY_TESTS_SUPPORT_EXCHANGE_WORLD_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/codec/act_json.h"
#include "engine/codec/bundle.h"
#include "engine/codec/envelope.h"
#include "engine/codec/statement.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/casework.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/inbox.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/particulars.h"
#include "engine/exchange/reader.h"
#include "engine/exchange/shelf.h"
#include "engine/exchange/witnessing.h"
#include "engine/store/memory/memory_store.h"
#include "engine/store/sqlite/sqlite_store.h"
#include "tests/support/pki.h"

namespace chancery::support {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant now) : now_(now.ms) {}
  Instant Now() override { return {now_.load()}; }
  void Set(Instant now) { now_ = now.ms; }

 private:
  std::atomic<std::int64_t> now_;
};

// Remembers how often each event was noted, and calls `on` before it returns when a test asks.
class CountingEvents final : public Events {
 public:
  void Note(const Event& event) override {
    const std::lock_guard lock(mutex_);
    ++counts_[std::string(event.name)];
    subjects_.emplace_back(event.subject);
  }
  int Count(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return counts_[name];
  }
  std::vector<std::string> Subjects() {
    const std::lock_guard lock(mutex_);
    return subjects_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
  std::vector<std::string> subjects_;
};

// One seal: party, office as in the recipe's file names, number of the officer.
struct SealOf {
  std::string party;
  std::string office;
  int officer = 1;
};

// How the worlds of a test program open their SQLite files.
inline store::SqliteOptions& StoreOptions() {
  static store::SqliteOptions options;
  return options;
}

class ExchangeWorld {
 public:
  using Fact = procedure::Fact;
  using Facts = procedure::Facts;
  using ActKind = procedure::ActKind;

  // In memory, or in the SQLite file at `path`.
  explicit ExchangeWorld(std::string path = {}) : path_(std::move(path)) {
    const RehearsalPki& pki = RehearsalPki::Get();
    founding_bundle = Must(codec::PackFolder(Agreement("founding")));
    bundle_2016 = Must(codec::PackFolder(Agreement("2016")));
    anchor.rehearsal = true;
    anchor.agreement = "eu-pakistan";
    anchor.founding = crypto::Sha256(founding_bundle);
    anchor.roots = pki.Fingerprints();
    for (const char* party : {"PAK", "EUE", "GRC", "AUT", "BGR"}) {
      anchor.logs.emplace(Party(party), LogSigner(party)->key());
      anchor.witnesses.emplace(Party(party), WitnessSigner(party)->key());
    }
    trust = std::make_unique<crypto::TrustAnchors>(pki.Anchors());
    encryption_key.emplace(Must(crypto::KeyEncryptionKey::Load(pki.Path("PAK/kek"))));
    log_key = LogSigner("PAK");
    witness_key = WitnessSigner("PAK");
    ministry_seal.emplace(pki.SealerOf("PAK", "ministry"));
    if (path_.empty()) store = store::NewMemoryStore(Identity());
    Start();
  }
  ~ExchangeWorld() { Stop(); }

  // What both sides sign over a bundle.
  static Bytes SealOfBoth(ByteView bundle) {
    const RehearsalPki& pki = RehearsalPki::Get();
    const Instant at = ParseInstant("2016-02-01T00:00:00Z").value();
    return Must(
        pki.SealerOf("PAK", "ministry")
            .AddSeal(bundle, Must(pki.SealerOf("EUE", "union-signatory").Seal(bundle, at)), at));
  }

  // The program ends here, and begins again from what the store holds.
  void Stop() {
    casework.reset();
    witnessing.reset();
    reader.reset();
    inbox.reset();
    keeper.reset();
    vault.reset();
    certificates.reset();
    procedures.reset();
    if (!path_.empty()) store.reset();
  }
  void Start() {
    if (!path_.empty()) store = Must(store::OpenSqliteStore(path_, Identity(), StoreOptions()));
    certificates = std::make_unique<exchange::CertificateShelf>();
    procedures = std::make_unique<exchange::ProcedureShelf>(anchor.founding);
    EXPECT_TRUE(certificates->Load(*store).ok());
    EXPECT_TRUE(procedures->Load(*store).ok());
    // As a server's start does, whatever of it is there already.
    const RehearsalPki& pki = RehearsalPki::Get();
    EXPECT_TRUE(certificates->Add(*store, pki.Seals().All()).ok());
    EXPECT_TRUE(certificates->Add(*store, pki.Authorities()).ok());
    for (const Bytes& bundle : {founding_bundle, bundle_2016}) {
      if (procedures->Find(crypto::Sha256(bundle)).ok()) continue;
      EXPECT_TRUE(procedures->Add(*store, bundle, SealOfBoth(bundle)).ok());
    }
    vault = std::make_unique<exchange::ParticularsVault>(*store, *encryption_key, entropy);
    keys = Must(exchange::LoadKeyBook(*store, anchor));
    keeper_options.log_keys = keys->Logs(Party("PAK"));
    keeper = Must(
        exchange::LedgerKeeper::Open(*store, *log_key, clock, entropy, events, keeper_options));
    inbox = std::make_unique<exchange::Inbox>(exchange::Inbox::Parts{
        *keeper, clock, entropy, events, anchor, *trust, *certificates, *procedures, *vault, keys});
    reader = std::make_unique<exchange::LedgerReader>(*keeper, vault.get());
    witnessing = std::make_unique<exchange::Witnessing>(*keeper, *witness_key, anchor, clock,
                                                        events, exchange::OwnPolicies{}, keys);
    casework = std::make_unique<exchange::Casework>(
        exchange::Casework::Parts{*inbox, *keeper, clock, entropy, events, anchor, *certificates,
                                  *procedures, *vault, &*ministry_seal, registry});
  }

  // ---- acts

  procedure::Act From(std::string_view author, std::string_view addressee, ActKind kind,
                      const MatterId& matter, Facts facts = {}, std::vector<Facts> lines = {}) {
    procedure::Act act;
    act.kind = kind;
    act.author = Party(author);
    act.addressee = Party(addressee);
    act.id = NewStatementId(clock.Now(), entropy);
    act.made_at = clock.Now();
    act.matter = matter;
    act.procedure = crypto::Sha256(bundle_2016);
    act.facts = std::move(facts);
    act.lines = std::move(lines);
    return act;
  }
  procedure::Act OfCooperation(std::string_view author, ActKind kind, Facts facts = {},
                               std::vector<Facts> lines = {}) {
    procedure::Act act = From(author, author == "PAK" ? "EUE" : "PAK", kind, cooperation,
                              std::move(facts), std::move(lines));
    act.procedure = anchor.founding;
    return act;
  }
  procedure::Act Application(std::string_view state = "GRC") {
    return From(state, "PAK", ActKind::kApplication, entropy.Make<MatterId>(),
                Facts{{Fact::kCategory, Word(Fact::kCategory, "own_national")},
                      {Fact::kDecisionFinal, std::int64_t{1}},
                      {Fact::kPresent, std::int64_t{1}},
                      {Fact::kEntryDate, DaysFromCivil({2015, 2, 1})},
                      {Fact::kHandle, entropy.Make<MatterId>()},
                      {Fact::kMinor, std::int64_t{0}}},
                {Facts{{Fact::kEvidence, Word(Fact::kEvidence, "identity_card")},
                       {Fact::kGrade, Word(Fact::kGrade, "original")}}});
  }
  std::vector<Item> Particulars() {
    return {{"cnic", Personal<std::string>("35202-7654321-1"), entropy.Make<Salt>()},
            {"name", Personal<std::string>("Invented Specimen"), entropy.Make<Salt>()}};
  }

  // The act sealed by these officers, one after another.
  codec::Envelope Sealed(procedure::Act act, const std::vector<SealOf>& seals,
                         std::vector<Item> items = {}) {
    if (!items.empty() && !act.commitment) act.commitment = Commitment(items);
    return SealedStatement(
        Must(codec::EncodeStatement({codec::Realm::kRehearsal, anchor.agreement, act})), seals,
        std::move(items));
  }
  codec::Envelope SealedStatement(Bytes statement, const std::vector<SealOf>& seals,
                                  std::vector<Item> items = {}) {
    codec::Envelope envelope;
    envelope.statement = std::move(statement);
    envelope.items = std::move(items);
    for (const SealOf& one : seals) {
      const crypto::Sealer sealer =
          RehearsalPki::Get().SealerOf(one.party, one.office, one.officer);
      envelope.seal = envelope.seal.empty()
                          ? Must(sealer.Seal(envelope.statement, clock.Now()))
                          : Must(sealer.AddSeal(envelope.statement, envelope.seal, clock.Now()));
    }
    return envelope;
  }
  static Digest Commitment(const std::vector<Item>& items) {
    std::vector<crypto::Item> committed;
    for (const Item& item : items) {
      committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
    }
    return Must(crypto::CommitItems(committed));
  }
  codec::Envelope SealedApplication(std::string_view state = "GRC") {
    return Sealed(Application(state), {{std::string(state), "return-authority"}}, Particulars());
  }

  exchange::Peer Daemon(std::string_view party) const { return {Party(party), "daemon", false}; }
  exchange::Peer Officer(std::string_view office = "ministry") const {
    return {Party("PAK"), std::string(office), false};
  }

  absl::StatusOr<exchange::ActReceipt> Submit(const codec::Envelope& envelope,
                                              std::string_view party) {
    return inbox->Submit(envelope, Daemon(party));
  }
  // Recorded and admitted.
  exchange::ActReceipt MustAdmit(const codec::Envelope& envelope, std::string_view bearer = "") {
    const codec::Statement statement = Must(codec::DecodeStatement(envelope.statement));
    const exchange::Peer peer = bearer.empty()
                                    ? exchange::Peer{statement.act.author, "daemon", false}
                                    : exchange::Peer{Party(bearer), "ministry", true};
    exchange::ActReceipt receipt = Must(inbox->Submit(envelope, peer));
    admitted.push_back({envelope, peer.bearer});
    const procedure::Ruling ruling = Must(exchange::RulingOf(receipt.entry));
    EXPECT_TRUE(ruling.admitted()) << codec::Summary(ruling);
    return receipt;
  }

  // The person of that application is verified and confirmed, with the ministry's own particulars
  // for the state that applied.
  struct Confirmed {
    procedure::Act reply;
    codec::Envelope sealed;
  };
  Confirmed Confirm(std::string_view state, const MatterId& matter, const Digest& application) {
    procedure::Act verification =
        From("PAK", state, ActKind::kVerification, matter,
             {{Fact::kVerification, Word(Fact::kVerification, "national")}});
    verification.answers = application;
    MustAdmit(Sealed(verification, {{"PAK", "registry", 1}}));
    Confirmed confirmed;
    confirmed.reply = From("PAK", state, ActKind::kReply, matter,
                           {{Fact::kAnswer, Word(Fact::kAnswer, "confirmed")},
                            {Fact::kConfirmationId, entropy.Make<MatterId>()}});
    confirmed.reply.answers = application;
    const std::vector<Item> items = Particulars();
    confirmed.reply.commitment = Commitment(items);
    confirmed.sealed =
        Sealed(confirmed.reply,
               {{"PAK", "registry", 1}, {"PAK", "registry", 2}, {"PAK", "ministry", 1}}, items);
    MustAdmit(confirmed.sealed);
    return confirmed;
  }

  // ---- the beginning of every story

  void Found() {
    cooperation = entropy.Make<MatterId>();
    const auto line = [](std::string_view party, std::string_view office) {
      const std::string file = std::string(party) + "/seal/" +
                               (office == "ministry" ? "ministry-1" : "union-signatory-1") + ".pem";
      const crypto::Certificate certificate = RehearsalPki::Get().CertificateAt(file);
      return Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                   {Fact::kOffice, Word(Fact::kOffice, office)},
                   {Fact::kOfficer, certificate.officer()},
                   {Fact::kCertificate, certificate.digest()}};
    };
    procedure::Act act = OfCooperation("EUE", ActKind::kFounded, {},
                                       {line("EUE", "union_signatory"), line("PAK", "ministry")});
    MustAdmit(Sealed(act, {{"EUE", "union-signatory"}, {"PAK", "ministry"}}), "PAK");
  }
  // The act that appoints a certificate from now on for whom it names.
  procedure::Act Appointment(const std::string& party, std::string_view office,
                             const crypto::Certificate& certificate) {
    Facts facts{{Fact::kParty, procedure::PackParty(Party(party))},
                {Fact::kOffice, Word(Fact::kOffice, office)},
                {Fact::kCertificate, certificate.digest()},
                {Fact::kFrom, clock.Now().ms}};
    if (certificate.officer() != 0) facts.Set(Fact::kOfficer, certificate.officer());
    return OfCooperation(party == "PAK" ? "PAK" : "EUE", ActKind::kOfficeAppointed, facts);
  }
  void Appoint(const std::string& party, const std::vector<std::pair<std::string, int>>& offices) {
    const bool ministry = party == "PAK";
    const std::string by = ministry ? "PAK" : "EUE";
    const std::vector<SealOf> seal = {{by, ministry ? "ministry" : "union-signatory"}};
    const auto key_of = [&](std::string_view role) {
      return *Digest::FromBytes(RehearsalPki::Get().LedgerKey(party, role).public_key().View());
    };
    MustAdmit(Sealed(OfCooperation(by, ActKind::kAuthorityAppointed,
                                   Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                                         {Fact::kLogKey, key_of("checkpoint")},
                                         {Fact::kWitnessKey, key_of("witness")},
                                         {Fact::kFrom, clock.Now().ms}}),
                     seal),
              ministry ? "" : "PAK");
    for (const auto& [office, count] : offices) {
      for (int number = 1; number <= count; ++number) {
        std::string word = office;
        std::replace(word.begin(), word.end(), '-', '_');
        if (ministry && word == "ministry" && number == 1) continue;  // appointed by the founding
        const procedure::Act act = Appointment(party, word, CertificateOf(party, office, number));
        MustAdmit(Sealed(act, seal), ministry ? "" : "PAK");
      }
    }
  }
  void AgreeOn2016() {
    const Facts procedure_fact{{Fact::kProcedure, crypto::Sha256(bundle_2016)}};
    Facts from_now = procedure_fact;
    from_now.Set(Fact::kFrom, clock.Now().ms);
    MustAdmit(Sealed(OfCooperation("EUE", ActKind::kProcedureProposed, procedure_fact),
                     {{"EUE", "union-signatory"}}),
              "PAK");
    MustAdmit(Sealed(OfCooperation("PAK", ActKind::kProcedureAccepted, procedure_fact),
                     {{"PAK", "ministry"}}));
    MustAdmit(
        Sealed(OfCooperation("PAK", ActKind::kProcedureInForce, from_now), {{"PAK", "ministry"}}));
  }
  void Begin() {
    Found();
    Appoint("PAK", {{"ministry", 2}, {"registry", 2}});
    Appoint("GRC", {{"return-authority", 1}});
    AgreeOn2016();
  }

  static crypto::Certificate CertificateOf(const std::string& party, const std::string& office,
                                           int number = 1) {
    return RehearsalPki::Get().CertificateAt(party + "/seal/" + office + "-" +
                                             std::to_string(number) + ".pem");
  }
  static std::int64_t Word(Fact fact, std::string_view word) {
    const auto number = procedure::WordNumber(fact, word);
    if (!number) GiveUp("no such word: " + std::string(word));
    return *number;
  }
  std::unique_ptr<ledger::NoteSigner> LogSigner(std::string_view party) const {
    return Must(ledger::MakeNoteSigner(ledger::OriginOf("eu-pakistan", "rehearsal", Party(party)),
                                       ledger::NoteAlgorithm::kEd25519,
                                       RehearsalPki::Get().LedgerKey(party, "checkpoint")));
  }
  std::unique_ptr<ledger::NoteSigner> WitnessSigner(std::string_view party) const {
    return Must(ledger::MakeNoteSigner(
        ledger::WitnessNameOf("eu-pakistan", "rehearsal", Party(party)),
        ledger::NoteAlgorithm::kCosignatureV1, RehearsalPki::Get().LedgerKey(party, "witness")));
  }
  store::StoreIdentity Identity() const {
    return Must(exchange::StoreIdentityOf(anchor, Party("PAK")));
  }
  static std::string Agreement(const std::string& name) {
    return std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/" + name;
  }

  // Every envelope MustAdmit was given, for tests that tell the same story to a real program.
  struct AdmittedEnvelope {
    codec::Envelope envelope;
    bool brought_in = false;
  };
  std::vector<AdmittedEnvelope> admitted;

  Bytes founding_bundle;
  Bytes bundle_2016;
  exchange::Anchor anchor;
  MatterId cooperation;
  ManualClock clock{*ParseInstant("2016-09-01T06:00:00Z")};
  CountingEvents events;
  crypto::SystemEntropy entropy;
  std::unique_ptr<crypto::TrustAnchors> trust;
  std::optional<crypto::KeyEncryptionKey> encryption_key;
  std::unique_ptr<ledger::NoteSigner> log_key;
  std::unique_ptr<ledger::NoteSigner> witness_key;
  // Of every party over time, loaded at Start; and with what the keeper starts.
  std::shared_ptr<ledger::KeyBook> keys;
  exchange::LedgerKeeper::Options keeper_options;
  std::optional<crypto::Sealer> ministry_seal;
  exchange::IdentityRegistry* registry = nullptr;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<exchange::CertificateShelf> certificates;
  std::unique_ptr<exchange::ProcedureShelf> procedures;
  std::unique_ptr<exchange::ParticularsVault> vault;
  std::unique_ptr<exchange::LedgerKeeper> keeper;
  std::unique_ptr<exchange::Inbox> inbox;
  std::unique_ptr<exchange::LedgerReader> reader;
  std::unique_ptr<exchange::Witnessing> witnessing;
  std::unique_ptr<exchange::Casework> casework;

 private:
  const std::string path_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_EXCHANGE_WORLD_H_
