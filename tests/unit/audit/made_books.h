// Two small real books for tests of evidence: the ministry's, made through its own inbox and keeper
// with real seals, and Greece's, with what it sealed and received. Both are cosigned by the other
// side and exported as evidence folders.
#ifndef CHANCERY_TESTS_UNIT_AUDIT_MADE_BOOKS_H_
#define CHANCERY_TESTS_UNIT_AUDIT_MADE_BOOKS_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/codec/bundle.h"
#include "engine/codec/envelope.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/inbox.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/outbox_party.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/cosignature.h"
#include "engine/store/memory/memory_store.h"
#include "tests/support/pki.h"

namespace chancery::audit {

using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::Must;
using support::Party;

inline std::int64_t Word(Fact fact, std::string_view word) {
  return procedure::WordNumber(fact, word).value();
}

class FixedClock final : public Clock {
 public:
  Instant Now() override { return now; }
  Instant now = ParseInstant("2016-09-01T06:00:00Z").value();
};

class NoEvents final : public Events {
 public:
  void Note(const Event&) override {}
};

class MadeBooks {
 public:
  static constexpr std::string_view kAgreement = "eu-pakistan";

  // `fresh_ledger_keys`: the same story under ledger keys that no anchor knows.
  // `compromised`: at the end the passport office's key is revoked as from before its only act.
  explicit MadeBooks(bool fresh_ledger_keys = false, bool compromised = false,
                     const support::RehearsalPki& pki = support::RehearsalPki::Get())
      : pki_(pki), trust_(pki_.Anchors()), fresh_(fresh_ledger_keys), compromised_(compromised) {
    for (const char* name : {"founding", "2016"}) {
      const Bytes bundle = Must(
          codec::PackFolder(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/" + name));
      const Bytes by_union = Must(pki_.SealerOf("EUE", "union-signatory").Seal(bundle, clock_.now));
      bundles_.push_back(
          {bundle, Must(pki_.SealerOf("PAK", "ministry").AddSeal(bundle, by_union, clock_.now))});
    }
    founding_ = crypto::Sha256(bundles_[0].bundle);
    procedures_.emplace(founding_);
    procedure_ = crypto::Sha256(bundles_[1].bundle);
    anchor_.rehearsal = true;
    anchor_.agreement = kAgreement;
    anchor_.founding = founding_;
    anchor_.roots = pki_.Fingerprints();
    for (const char* party : {"PAK", "GRC"}) {
      anchor_.logs.emplace(Party(party), LogSigner(party)->key());
      anchor_.witnesses.emplace(Party(party), WitnessSigner(party)->key());
    }
    for (const char* party : {"PAK", "GRC"})
      anchor_.policies.emplace(Party(party), crypto::Sha256(PolicyOf(party)));
    MakeMinistry();
    MakeState();
  }

  const ledger::Anchor& anchor() const { return anchor_; }
  const MatterId& person() const { return person_; }
  std::uint64_t application_entry() const { return application_entry_; }
  store::Store& ministry_store() { return *ministry_store_; }
  store::Store& state_store() { return *state_store_; }

  std::string PolicyOf(const std::string& party) const {
    const std::string other = party == "PAK" ? "GRC" : "PAK";
    ledger::PolicyParts parts;
    parts.logs.push_back({anchor_.logs.at(Party(party)), ""});
    parts.witnesses.push_back({"reader", anchor_.witnesses.at(Party(other)), ""});
    parts.quorum = "reader";
    return Must(ledger::Policy::Make(std::move(parts))).Format();
  }

  exchange::EvidenceParts PartsOf(const std::string& party) const {
    exchange::EvidenceParts parts;
    parts.made_for = "the auditors of both sides";
    parts.policy = PolicyOf(party);
    parts.anchors = &trust_;
    parts.authorities = pki_.Authorities();
    parts.seals = pki_.Seals().All();
    parts.procedures = bundles_;
    if (party == "GRC") parts.receipts = receipts_;
    if (party == "PAK") parts.keys = keys_;
    return parts;
  }

  // ---- keys over time, when a test asks for it: the ministry's story goes on

  // A new checkpoint key is announced, handed over by the old one, and both sign an act.
  void Rotate() {
    next_log_ = Must(ledger::MakeNoteSigner(
        ledger::OriginOf(kAgreement, "rehearsal", Party("PAK")), ledger::NoteAlgorithm::kEd25519,
        Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("the next key").View()))));
    OpenMinistry(*ministry_log_, {});
    clock_.now.ms += kMsPerDay;
    until_ = Instant{clock_.now.ms + 30 * kMsPerDay};
    announced_ =
        Do(From("PAK", "EUE", ActKind::kAuthorityAppointed, cooperation_,
                Facts{{Fact::kParty, procedure::PackParty(Party("PAK"))},
                      {Fact::kLogKey, *Digest::FromBytes(next_log_->key().public_key().View())},
                      {Fact::kWitnessKey,
                       *Digest::FromBytes(anchor_.witnesses.at(Party("PAK")).public_key().View())},
                      {Fact::kFrom, clock_.now.ms},
                      {Fact::kUntil, until_.ms}}),
           {{"ministry", 1}})
            .number;
    CloseMinistry();
    keys_ = Must(exchange::LoadKeyBook(*ministry_store_, anchor_));
    const std::unique_ptr<ledger::NoteSigner> witness = WitnessSigner("PAK");
    EXPECT_EQ(Must(exchange::CheckOwnKeys(*ministry_store_, *keys_,
                                          {*next_log_, *witness, ministry_log_.get()}, clock_.now)),
              until_);
    GoOn();
  }
  // The same after the end of the overlap.
  void EndOverlap() {
    clock_.now = until_;
    GoOn();
  }
  const ledger::NoteSigner& next_log() const { return *next_log_; }
  const ledger::NoteSigner& first_log() const { return *ministry_log_; }
  Instant until() const { return until_; }
  std::uint64_t announced() const { return announced_; }

  void ExportMinistry(const std::filesystem::path& folder) {
    const auto exported = exchange::ExportEvidence(*ministry_store_, PartsOf("PAK"), folder);
    ASSERT_TRUE(exported.ok()) << exported.status();
  }
  void ExportState(const std::filesystem::path& folder) {
    const auto exported = exchange::ExportEvidence(*state_store_, PartsOf("GRC"), folder);
    ASSERT_TRUE(exported.ok()) << exported.status();
  }

  std::unique_ptr<ledger::NoteSigner> LogSigner(const std::string& party) const {
    return Must(ledger::MakeNoteSigner(ledger::OriginOf(kAgreement, "rehearsal", Party(party)),
                                       ledger::NoteAlgorithm::kEd25519,
                                       KeyOf(party, "checkpoint")));
  }
  std::unique_ptr<ledger::NoteSigner> WitnessSigner(const std::string& party) const {
    return Must(ledger::MakeNoteSigner(ledger::WitnessNameOf(kAgreement, "rehearsal", Party(party)),
                                       ledger::NoteAlgorithm::kCosignatureV1,
                                       KeyOf(party, "witness")));
  }

 private:
  crypto::Ed25519Key KeyOf(const std::string& party, const std::string& role) const {
    if (!fresh_) return pki_.LedgerKey(party, role);
    return Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("a fresh key", party, role).View()));
  }

  codec::Envelope Sealed(Act act, const std::vector<std::pair<std::string, int>>& officers,
                         std::string_view seals_of, std::vector<Item> items = {}) {
    act.made_at = clock_.now;
    if (act.id.IsZero()) act.id = NewStatementId(clock_.now, entropy_);
    if (!items.empty()) {
      std::vector<crypto::Item> committed;
      for (const Item& item : items) {
        committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
      }
      act.commitment = Must(crypto::CommitItems(committed));
    }
    codec::Envelope envelope;
    envelope.statement =
        Must(codec::EncodeStatement({codec::Realm::kRehearsal, std::string(kAgreement), act}));
    for (const auto& [office, officer] : officers) {
      // "EUE/union-signatory" names another party's office; a plain name is one of `seals_of`.
      const std::size_t slash = office.find('/');
      const std::string party =
          slash == std::string::npos ? std::string(seals_of) : office.substr(0, slash);
      const crypto::Sealer sealer = pki_.SealerOf(
          party, slash == std::string::npos ? office : office.substr(slash + 1), officer);
      envelope.seal = Must(envelope.seal.empty()
                               ? sealer.Seal(envelope.statement, clock_.now)
                               : sealer.AddSeal(envelope.statement, envelope.seal, clock_.now));
    }
    envelope.items = std::move(items);
    return envelope;
  }

  Act From(std::string_view author, std::string_view addressee, ActKind kind,
           const MatterId& matter, Facts facts = {}, std::vector<Facts> lines = {}) const {
    Act act;
    act.kind = kind;
    act.author = Party(author);
    act.addressee = Party(addressee);
    act.matter = matter;
    act.procedure = matter == cooperation_ ? founding_ : procedure_;
    act.facts = std::move(facts);
    act.lines = std::move(lines);
    return act;
  }

  exchange::ActReceipt Submit(const codec::Envelope& envelope, std::string_view party) {
    const auto receipt = inbox_->Submit(envelope, {Party(party), "office", party == "EUE"});
    if (!receipt.ok()) support::GiveUp(std::string(ToStd(receipt.status().message())));
    return *receipt;
  }
  exchange::ActReceipt Do(const Act& act, const std::vector<std::pair<std::string, int>>& officers,
                          std::vector<Item> items = {}) {
    const std::string author = act.author.ToText();
    return Submit(Sealed(act, officers, author, std::move(items)), author);
  }

  void Appoint(const std::string& party, const std::vector<std::pair<std::string, int>>& offices) {
    const std::string by = party == "PAK" ? "PAK" : "EUE";
    const std::string addressee = party == "PAK" ? "EUE" : "PAK";
    const std::vector<std::pair<std::string, int>> seal = {
        {by == "PAK" ? "ministry" : "union-signatory", 1}};
    const auto digest_of = [](const crypto::Ed25519PublicKey& key) {
      return *Digest::FromBytes(key.View());
    };
    Do(From(by, addressee, ActKind::kAuthorityAppointed, cooperation_,
            Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                  {Fact::kLogKey, digest_of(anchor_.logs.at(Party(party)).public_key())},
                  {Fact::kWitnessKey, digest_of(anchor_.witnesses.at(Party(party)).public_key())},
                  {Fact::kFrom, clock_.now.ms}}),
       seal);
    for (const auto& [office, officers] : offices) {
      for (int officer = 1; officer <= officers; ++officer) {
        if (office == "ministry" && officer == 1) continue;  // appointed by the founding act
        std::string word = office;
        for (char& c : word) c = c == '-' ? '_' : c;
        Do(From(by, addressee, ActKind::kOfficeAppointed, cooperation_,
                Facts{
                    {Fact::kParty, procedure::PackParty(Party(party))},
                    {Fact::kOffice, Word(Fact::kOffice, word)},
                    {Fact::kOfficer, pki_.SealerOf(party, office, officer).certificate().officer()},
                    {Fact::kCertificate,
                     pki_.SealerOf(party, office, officer).certificate().digest()},
                    {Fact::kFrom, clock_.now.ms}}),
           seal);
      }
    }
  }

  std::vector<Item> OneItem(std::string_view label) {
    return {Item{std::string(label), Personal<std::string>("an invented value"),
                 entropy_.Make<Salt>()}};
  }

  void MakeMinistry() {
    ministry_store_ = store::NewMemoryStore(
        {Party("PAK"), anchor_.logs.at(Party("PAK")).name(), "rehearsal", founding_});
    ministry_log_ = LogSigner("PAK");
    EXPECT_TRUE(certificates_.Add(*ministry_store_, pki_.Seals().All()).ok());
    EXPECT_TRUE(certificates_.Add(*ministry_store_, pki_.Authorities()).ok());
    for (const auto& bundle : bundles_)
      Must(procedures_->Add(*ministry_store_, bundle.bundle, bundle.seal));
    vault_ = std::make_unique<exchange::ParticularsVault>(*ministry_store_, key_, entropy_);
    OpenMinistry(*ministry_log_, {});
    Tell();
    Cosign(*ministry_store_, "GRC");
    CloseMinistry();
  }
  void OpenMinistry(const ledger::NoteSigner& log, exchange::LedgerKeeper::Options options) {
    keeper_ = Must(exchange::LedgerKeeper::Open(*ministry_store_, log, clock_, entropy_, events_,
                                                std::move(options)));
    inbox_ = std::make_unique<exchange::Inbox>(
        exchange::Inbox::Parts{*keeper_, clock_, entropy_, events_, anchor_, trust_, certificates_,
                               *procedures_, *vault_});
  }
  void CloseMinistry() {
    inbox_.reset();
    keeper_.reset();
  }
  // One more act of the cooperation, under both keys until the end of the first.
  void GoOn() {
    exchange::LedgerKeeper::Options options;
    options.key_before = ministry_log_.get();
    options.key_before_until = until_;
    options.log_keys = keys_->Logs(Party("PAK"));
    OpenMinistry(*next_log_, std::move(options));
    const Facts named{{Fact::kProcedure, procedure_}};
    Do(From("EUE", "PAK", ActKind::kProcedureProposed, cooperation_, named),
       {{"union-signatory", 1}});
    Cosign(*ministry_store_, "GRC");
    CloseMinistry();
  }

  // The story: the agreement begins, Greece asks for one person of class D and is confirmed, and
  // two acts go wrong.
  void Tell() {
    cooperation_ = entropy_.Make<MatterId>();
    std::vector<Facts> lines;
    for (const auto& [party, office] :
         {std::pair("EUE", "union_signatory"), std::pair("PAK", "ministry")}) {
      std::string folder = office;
      for (char& c : folder) c = c == '_' ? '-' : c;
      lines.push_back(
          Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                {Fact::kOffice, Word(Fact::kOffice, office)},
                {Fact::kOfficer, pki_.SealerOf(party, folder).certificate().officer()},
                {Fact::kCertificate, pki_.SealerOf(party, folder).certificate().digest()}});
    }
    Do(From("EUE", "PAK", ActKind::kFounded, cooperation_, {}, lines),
       {{"union-signatory", 1}, {"PAK/ministry", 1}});
    Appoint("PAK", {{"ministry", 2}, {"registry", 2}, {"passport-office", 1}, {"mission", 1}});
    Appoint("GRC", {{"return-authority", 1}});
    const Facts named{{Fact::kProcedure, procedure_}};
    Do(From("EUE", "PAK", ActKind::kProcedureProposed, cooperation_, named),
       {{"union-signatory", 1}});
    Do(From("PAK", "EUE", ActKind::kProcedureAccepted, cooperation_, named), {{"ministry", 1}});
    Facts in_force = named;
    in_force.Set(Fact::kFrom, clock_.now.ms);
    Do(From("PAK", "EUE", ActKind::kProcedureInForce, cooperation_, in_force), {{"ministry", 1}});

    clock_.now.ms += kMsPerDay;
    person_ = entropy_.Make<MatterId>();
    Act application = From("GRC", "PAK", ActKind::kApplication, person_,
                           Facts{{Fact::kCategory, Word(Fact::kCategory, "own_national")},
                                 {Fact::kDecisionFinal, std::int64_t{1}},
                                 {Fact::kPresent, std::int64_t{1}},
                                 {Fact::kEntryDate, DaysFromCivil({2015, 2, 1})},
                                 {Fact::kHandle, entropy_.Make<MatterId>()},
                                 {Fact::kMinor, std::int64_t{0}}},
                           {Facts{{Fact::kEvidence, Word(Fact::kEvidence, "passport")},
                                  {Fact::kGrade, Word(Fact::kGrade, "original")}}});
    application.id = NewStatementId(clock_.now, entropy_);
    application_ = Sealed(application, {{"return-authority", 1}}, "GRC", OneItem("name"));
    const exchange::ActReceipt asked = Submit(application_, "GRC");
    application_entry_ = asked.number;
    given_.push_back(asked);

    // Another statement under the same id: refused and kept.
    Act twice = application;
    twice.facts.Set(Fact::kMinor, std::int64_t{1});
    const codec::Envelope second = Sealed(twice, {{"return-authority", 1}}, "GRC", OneItem("name"));
    EXPECT_FALSE(inbox_->Submit(second, {Party("GRC"), "daemon", false}).ok());

    // A reply before anybody verified anything: inadmissible, and recorded.
    const Digest application_digest = crypto::Sha256(application_.statement);
    Act reply = From("PAK", "GRC", ActKind::kReply, person_,
                     Facts{{Fact::kAnswer, Word(Fact::kAnswer, "confirmed")},
                           {Fact::kConfirmationId, entropy_.Make<MatterId>()}});
    reply.answers = application_digest;
    const std::vector<std::pair<std::string, int>> four_eyes = {
        {"registry", 1}, {"registry", 2}, {"ministry", 1}};
    given_.push_back(Do(reply, four_eyes, OneItem("name")));
    clock_.now.ms += 3 * kMsPerDay;
    given_.push_back(Do(From("PAK", "GRC", ActKind::kVerification, person_,
                             Facts{{Fact::kVerification, Word(Fact::kVerification, "national")}}),
                        {{"passport-office", 1}}));
    given_.push_back(Do(reply, four_eyes, OneItem("name")));
    if (compromised_) RevokeSince(clock_.now);
  }

  // The passport office's key was stolen before: an act recorded days later says since when.
  void RevokeSince(Instant since) {
    clock_.now.ms += 2 * kMsPerDay;
    Do(From("PAK", "EUE", ActKind::kOfficeRevoked, cooperation_,
            Facts{{Fact::kCertificate,
                   pki_.SealerOf("PAK", "passport-office").certificate().digest()},
                  {Fact::kUntil, since.ms},
                  {Fact::kRevocationGround, Word(Fact::kRevocationGround, "key_compromised")}}),
       {{"ministry", 1}});
  }

  void MakeState() {
    state_store_ = store::NewMemoryStore(
        {Party("GRC"), anchor_.logs.at(Party("GRC")).name(), "rehearsal", founding_});
    state_log_ = LogSigner("GRC");
    const auto keeper =
        Must(exchange::LedgerKeeper::Open(*state_store_, *state_log_, clock_, entropy_, events_));
    const exchange::StateParty state =
        Must(exchange::StatePartyOf(anchor_, Party("GRC"), Party("PAK")));
    const Digest digest = crypto::Sha256(application_.statement);
    const codec::Statement statement = Must(codec::DecodeStatement(application_.statement));
    // Sealed when it was made; the rest of the story was received at its end.
    const Instant end = std::exchange(clock_.now, statement.act.made_at);
    Must(keeper->Run([&](exchange::LedgerKeeper::Group& group) {
      CHANCERY_RETURN_IF_ERROR(
          group.Append("GRC", codec::SealedBody{application_.statement, application_.seal})
              .status());
      return group.Append("GRC", codec::OfferedBody{digest, statement.act.id}).status();
    }));
    clock_.now = end;
    for (const exchange::ActReceipt& given : given_) {
      receipts_.push_back({given.proof, given.entry});
      const codec::Entry entry = Must(codec::DecodeEntry(given.entry));
      const Bytes sealed = std::get<codec::ActBody>(entry.body).statement;
      const ledger::Receipt receipt = Must(ledger::ParseReceipt(given.proof));
      const ledger::Checkpoint checkpoint =
          Must(ledger::ParseCheckpoint(Must(ledger::ParseNote(receipt.checkpoint)).text));
      const exchange::ProvenEntry proven{
          given.number,       given.entry, ledger::LeafHash(given.entry), entry, checkpoint.tree,
          receipt.checkpoint, given.proof};
      Must(keeper->Run([&](exchange::LedgerKeeper::Group& group) {
        return exchange::KeepReceived(*state_store_, state,
                                      Must(codec::DecodeStatement(sealed)).act,
                                      crypto::Sha256(sealed), proven, group);
      }));
    }
    Cosign(*state_store_, "PAK");
  }

  void Cosign(store::Store& store, const std::string& witness) {
    const store::Head head = Must(store.ReadHead());
    const ledger::Note note = Must(ledger::ParseNote(head.checkpoint));
    const std::unique_ptr<ledger::NoteSigner> signer = WitnessSigner(witness);
    const std::int64_t seconds = clock_.now.ms / kMsPerSecond + 1;
    store::Commit commit;
    commit.cosignatures.push_back(
        {head.tree.size, signer->key().name(),
         ledger::FormatSignatureLine(Must(ledger::Cosign(*signer, note.text, seconds))), seconds});
    EXPECT_TRUE(store.Apply(commit).ok());
  }

  const support::RehearsalPki& pki_;
  crypto::TrustAnchors trust_;
  const bool fresh_;
  const bool compromised_;
  FixedClock clock_;
  crypto::SystemEntropy entropy_;
  NoEvents events_;
  std::vector<exchange::SignedBundle> bundles_;
  Digest founding_;
  Digest procedure_;
  ledger::Anchor anchor_;
  MatterId cooperation_;
  MatterId person_;
  std::uint64_t application_entry_ = 0;
  codec::Envelope application_;
  std::vector<exchange::ActReceipt> given_;
  std::vector<exchange::HeldReceipt> receipts_;
  std::shared_ptr<ledger::KeyBook> keys_;  // null before Rotate
  std::unique_ptr<ledger::NoteSigner> next_log_;
  Instant until_;
  std::uint64_t announced_ = 0;

  std::unique_ptr<store::Store> ministry_store_;
  std::unique_ptr<store::Store> state_store_;
  std::unique_ptr<ledger::NoteSigner> ministry_log_;
  std::unique_ptr<ledger::NoteSigner> state_log_;
  crypto::KeyEncryptionKey key_ = crypto::KeyEncryptionKey::Generate(entropy_);
  exchange::CertificateShelf certificates_;
  std::optional<exchange::ProcedureShelf> procedures_;
  std::unique_ptr<exchange::ParticularsVault> vault_;
  std::unique_ptr<exchange::LedgerKeeper> keeper_;
  std::unique_ptr<exchange::Inbox> inbox_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_TESTS_UNIT_AUDIT_MADE_BOOKS_H_
