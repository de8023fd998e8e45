#include "bench/made_ledger.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/codec/act_json.h"
#include "engine/codec/bundle.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/random.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/tiles.h"
#include "engine/procedure/replay.h"
#include "tests/support/pki.h"

namespace chancery::bench {
namespace {

namespace fs = std::filesystem;
namespace layout = ledger::evidence;
using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::Must;
using support::Party;

constexpr std::string_view kAgreement = "eu-pakistan";
constexpr std::uint64_t kCasesADay = 200;

std::int64_t Word(Fact fact, std::string_view word) {
  const auto number = procedure::WordNumber(fact, word);
  if (!number) support::GiveUp("no such word");
  return *number;
}

struct Office {
  std::string party;
  std::string office;
  int officer = 1;

  friend auto operator<=>(const Office&, const Office&) = default;
};

// An act in the making: sealed on any thread, recorded in order.
struct Made {
  Act act;
  std::vector<Office> by;
  Instant at;
  Bytes statement;
  Bytes seal;
};

class LedgerMaker {
 public:
  explicit LedgerMaker(const fs::path& folder)
      : folder_(folder / "evidence"),
        anchor_file_(folder / "anchor"),
        pki_(support::RehearsalPki::Get()),
        tiles_([this](const ledger::Tile& tile, ByteView bytes) {
          Write(ledger::TilePath(tile), bytes);
          return absl::OkStatus();
        }) {
    for (const char* name : {"founding", "2016"}) {
      bundles_.push_back(Must(
          codec::PackFolder(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/" + name)));
    }
    founding_ = crypto::Sha256(bundles_[0]);
    procedure_ = crypto::Sha256(bundles_[1]);
    procedure::ProcedureSet set(founding_);
    for (const Bytes& bundle : bundles_)
      set.Add(Must(codec::LoadProcedure(bundle, crypto::Sha256(bundle))));
    replayer_.emplace(std::move(set));
    cooperation_ = entropy_.Make<MatterId>();
    anchor_.rehearsal = true;
    anchor_.agreement = kAgreement;
    anchor_.founding = founding_;
    anchor_.roots = pki_.Fingerprints();
    for (const char* party : {"PAK", "GRC"}) {
      anchor_.logs.emplace(Party(party), LogSigner(party)->key());
      anchor_.witnesses.emplace(Party(party), WitnessSigner(party)->key());
    }
  }

  void Make(std::uint64_t entries) {
    Begin();
    for (std::uint64_t cases = 0; size() < entries;) {
      std::vector<Made> made;
      for (std::uint64_t i = 0; i < kCasesADay; ++i) AddCase(made);
      SealAll(made);
      for (const Made& one : made) Record(one);
      cases += kCasesADay;
      clock_.ms = (CivilDayOf(clock_, 0) + 1) * kMsPerDay + 6 * 60 * kMsPerMinute;
    }
    Finish();
  }

 private:
  std::uint64_t size() const { return tiles_.tree().size(); }

  void Write(const std::string& name, ByteView bytes) const {
    fs::create_directories((folder_ / name).parent_path());
    support::WriteFile(folder_ / name, bytes);
  }

  std::unique_ptr<ledger::NoteSigner> LogSigner(const std::string& party) const {
    return Must(ledger::MakeNoteSigner(ledger::OriginOf(kAgreement, "rehearsal", Party(party)),
                                       ledger::NoteAlgorithm::kEd25519,
                                       pki_.LedgerKey(party, "checkpoint")));
  }
  std::unique_ptr<ledger::NoteSigner> WitnessSigner(const std::string& party) const {
    return Must(ledger::MakeNoteSigner(ledger::WitnessNameOf(kAgreement, "rehearsal", Party(party)),
                                       ledger::NoteAlgorithm::kCosignatureV1,
                                       pki_.LedgerKey(party, "witness")));
  }
  const crypto::Sealer& SealerOf(const Office& office) {
    auto found = sealers_.find(office);
    if (found == sealers_.end()) {
      found = sealers_.emplace(office, pki_.SealerOf(office.party, office.office, office.officer))
                  .first;
    }
    return found->second;
  }

  Made From(std::string_view author, std::string_view addressee, ActKind kind,
            const MatterId& matter, Facts facts, std::vector<Office> by) {
    clock_.ms += kMsPerSecond;
    Made made;
    made.act.kind = kind;
    made.act.author = Party(author);
    made.act.addressee = Party(addressee);
    made.act.id = NewStatementId(clock_, entropy_);
    made.act.made_at = clock_;
    made.act.matter = matter;
    made.act.procedure = matter == cooperation_ ? founding_ : procedure_;
    made.act.facts = std::move(facts);
    made.by = std::move(by);
    made.at = clock_;
    return made;
  }

  static Bytes Encoded(const Act& act) {
    return Must(codec::EncodeStatement({codec::Realm::kRehearsal, std::string(kAgreement), act}));
  }
  void Seal(Made& made) const {
    made.statement = Encoded(made.act);
    for (const Office& office : made.by) {
      const crypto::Sealer& sealer = sealers_.at(office);
      made.seal = Must(made.seal.empty() ? sealer.Seal(made.statement, made.at)
                                         : sealer.AddSeal(made.statement, made.seal, made.at));
    }
  }
  void SealAll(std::vector<Made>& made) {
    for (const Made& one : made) {
      for (const Office& office : one.by) SealerOf(office);
    }
    const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::jthread> workers;
    for (std::size_t first = 0; first < threads; ++first) {
      workers.emplace_back([this, &made, first, threads] {
        for (std::size_t i = first; i < made.size(); i += threads) Seal(made[i]);
      });
    }
  }
  void Do(Made made) {
    std::vector<Made> one{std::move(made)};
    SealAll(one);
    Record(one.front());
  }

  // Through the core, into its stream, with the stream's head when a day begins.
  void Record(const Made& made) {
    procedure::RecordedAct recorded;
    recorded.recorded_at = made.at;
    recorded.digest = crypto::Sha256(made.statement);
    recorded.act = made.act;
    for (const Office& office : made.by) {
      const crypto::Certificate& certificate = SealerOf(office).certificate();
      recorded.signers.push_back(certificate.digest());
      signers_.emplace(certificate.digest(), certificate);
    }
    std::sort(recorded.signers.begin(), recorded.signers.end());
    const bool founding = made.act.kind == ActKind::kFounded;
    // The number of the entry decides nothing but where the act stands.
    const std::string stream = founding ? "all" : StreamFor(made.act);
    if (!founding) AppendHead(stream, made.at);
    recorded.entry = size();
    if (const auto away = replayer_->AtTheDoor(recorded)) support::GiveUp(away->message);
    const procedure::Stepped stepped = replayer_->Add(recorded);
    if (!stepped.ruling.admitted())
      support::GiveUp("an act of the story is " + codec::Summary(stepped.ruling));
    if (procedure::StreamOf(stepped.readers, Party("PAK")) != stream)
      support::GiveUp("an act belongs in another stream");
    if (founding) {
      Append(stream, made.at, codec::FoundedBody{made.statement, made.seal, stepped.ruling});
    } else {
      Append(stream, made.at, codec::ActBody{made.statement, made.seal, {}, stepped.ruling, {}});
    }
  }
  std::string StreamFor(const Act& act) const { return act.matter == cooperation_ ? "all" : "GRC"; }

  struct Stream {
    std::uint64_t next = 0;
    std::int64_t day = -1;
    Digest leaf_hash;
  };
  void AppendHead(const std::string& name, Instant at) {
    Stream& stream = streams_[name];
    const std::int64_t day = CivilDayOf(at, 0);
    if (stream.day == day) return;
    const bool first = stream.next == 0;
    stream.day = day;
    Append(name, at,
           codec::StreamHeadBody{static_cast<std::int32_t>(day), first ? 0 : stream.next - 1, first,
                                 stream.leaf_hash});
  }
  void Append(const std::string& name, Instant at, codec::EntryBody body) {
    Stream& stream = streams_[name];
    codec::Entry entry;
    entry.kind = codec::KindOf(body);
    entry.recorded_at = at;
    const bool ruled =
        entry.kind == codec::EntryKind::kAct || entry.kind == codec::EntryKind::kFounded;
    entry.core_revision = ruled ? procedure::kCoreRevision : 0;
    entry.nonce = entropy_.Make<codec::EntryNonce>();
    entry.stream = name;
    entry.position = stream.next++;
    entry.body = std::move(body);
    bundle_.push_back(Must(codec::EncodeEntry(entry)));
    stream.leaf_hash = ledger::LeafHash(bundle_.back());
    if (!tiles_.Append(stream.leaf_hash).ok()) support::GiveUp("a tile cannot be written");
    if (bundle_.size() == ledger::kTileWidth) PutBundle();
  }
  void PutBundle() {
    if (bundle_.empty()) return;
    Write(ledger::TilePath(
              {true, 0, (size() - 1) / ledger::kTileWidth, static_cast<int>(bundle_.size())}),
          Must(ledger::EncodeBundle(bundle_)));
    bundle_.clear();
  }

  void Appoint(const std::string& party, const std::vector<Office>& offices) {
    const std::string by = party == "PAK" ? "PAK" : "EUE";
    const std::string addressee = party == "PAK" ? "EUE" : "PAK";
    const Office seal{by, by == "PAK" ? "ministry" : "union-signatory"};
    const auto digest_of = [](const crypto::Ed25519PublicKey& key) {
      return *Digest::FromBytes(key.View());
    };
    Do(From(by, addressee, ActKind::kAuthorityAppointed, cooperation_,
            Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                  {Fact::kLogKey, digest_of(anchor_.logs.at(Party(party)).public_key())},
                  {Fact::kWitnessKey, digest_of(anchor_.witnesses.at(Party(party)).public_key())},
                  {Fact::kFrom, clock_.ms}},
            {seal}));
    for (const Office& office : offices) {
      std::string word = office.office;
      std::replace(word.begin(), word.end(), '-', '_');
      const crypto::Certificate& certificate = SealerOf(office).certificate();
      Do(From(by, addressee, ActKind::kOfficeAppointed, cooperation_,
              Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                    {Fact::kOffice, Word(Fact::kOffice, word)},
                    {Fact::kOfficer, certificate.officer()},
                    {Fact::kCertificate, certificate.digest()},
                    {Fact::kFrom, clock_.ms}},
              {seal}));
    }
  }

  void Begin() {
    const Office of_union{"EUE", "union-signatory"};
    const Office of_ministry{"PAK", "ministry"};
    Made founded = From("EUE", "PAK", ActKind::kFounded, cooperation_, {}, {of_union, of_ministry});
    for (const auto& [office, word] :
         {std::pair(of_union, "union_signatory"), std::pair(of_ministry, "ministry")}) {
      const crypto::Certificate& certificate = SealerOf(office).certificate();
      founded.act.lines.push_back(Facts{{Fact::kParty, procedure::PackParty(Party(office.party))},
                                        {Fact::kOffice, Word(Fact::kOffice, word)},
                                        {Fact::kOfficer, certificate.officer()},
                                        {Fact::kCertificate, certificate.digest()}});
    }
    Do(std::move(founded));
    Appoint("PAK", {{"PAK", "registry", 1}, {"PAK", "registry", 2}, {"PAK", "passport-office"}});
    Appoint("GRC", {{"GRC", "return-authority"}});
    const Facts named{{Fact::kProcedure, procedure_}};
    Do(From("EUE", "PAK", ActKind::kProcedureProposed, cooperation_, named, {of_union}));
    Do(From("PAK", "EUE", ActKind::kProcedureAccepted, cooperation_, named, {of_ministry}));
    Facts in_force = named;
    in_force.Set(Fact::kFrom, clock_.ms + 2 * kMsPerSecond);  // not before it is recorded
    Do(From("PAK", "EUE", ActKind::kProcedureInForce, cooperation_, in_force, {of_ministry}));
    clock_.ms += kMsPerDay;
  }

  void AddCase(std::vector<Made>& made) {
    const MatterId person = entropy_.Make<MatterId>();
    const auto commitment = entropy_.Make<Digest>();
    Made application = From("GRC", "PAK", ActKind::kApplication, person,
                            Facts{{Fact::kCategory, Word(Fact::kCategory, "own_national")},
                                  {Fact::kDecisionFinal, std::int64_t{1}},
                                  {Fact::kPresent, std::int64_t{1}},
                                  {Fact::kEntryDate, DaysFromCivil({2015, 2, 1})},
                                  {Fact::kHandle, entropy_.Make<MatterId>()},
                                  {Fact::kMinor, std::int64_t{0}}},
                            {{"GRC", "return-authority"}});
    application.act.lines = {Facts{{Fact::kEvidence, Word(Fact::kEvidence, "passport")},
                                   {Fact::kGrade, Word(Fact::kGrade, "original")}}};
    application.act.commitment = commitment;
    Made verification = From("PAK", "GRC", ActKind::kVerification, person,
                             Facts{{Fact::kVerification, Word(Fact::kVerification, "national")}},
                             {{"PAK", "passport-office"}});
    Made reply = From("PAK", "GRC", ActKind::kReply, person,
                      Facts{{Fact::kAnswer, Word(Fact::kAnswer, "confirmed")},
                            {Fact::kConfirmationId, entropy_.Make<MatterId>()}},
                      {{"PAK", "registry", 1}, {"PAK", "registry", 2}, {"PAK", "ministry"}});
    reply.act.answers = crypto::Sha256(Encoded(application.act));
    reply.act.commitment = commitment;
    made.push_back(std::move(application));
    made.push_back(std::move(verification));
    made.push_back(std::move(reply));
  }

  void Finish() {
    PutBundle();
    if (!tiles_.Finish().ok()) support::GiveUp("a tile cannot be written");
    const Office of_union{"EUE", "union-signatory"};
    const Office of_ministry{"PAK", "ministry"};
    const Instant at = *ParseInstant("2016-02-01T00:00:00Z");
    for (const Bytes& bundle : bundles_) {
      const Digest digest = crypto::Sha256(bundle);
      Write(layout::BundlePath(digest), bundle);
      Write(layout::BundleSealPath(digest),
            Must(SealerOf(of_ministry)
                     .AddSeal(bundle, Must(SealerOf(of_union).Seal(bundle, at)), at)));
    }
    const crypto::TrustAnchors trust = pki_.Anchors();
    for (const crypto::Certificate& root : trust.roots())
      Write(layout::RootPath(root.digest()), root.ToPem());
    std::set<PartyCode> parties;
    for (const auto& [digest, certificate] : signers_) {
      Write(layout::SealPath(digest), certificate.ToPem());
      parties.insert(certificate.party());
    }
    for (const crypto::Certificate& authority : pki_.Authorities()) {
      if (parties.contains(authority.party()))
        Write(layout::AuthorityPath(authority.digest()), authority.ToPem());
    }
    ledger::PolicyParts parts;
    parts.logs.push_back({anchor_.logs.at(Party("PAK")), ""});
    parts.witnesses.push_back({"reader", anchor_.witnesses.at(Party("GRC")), ""});
    parts.quorum = "reader";
    const std::string policy = Must(ledger::Policy::Make(std::move(parts))).Format();
    Write(std::string(layout::kPolicy), policy);
    anchor_.policies.emplace(Party("PAK"), crypto::Sha256(policy));
    const ledger::Checkpoint checkpoint{anchor_.logs.at(Party("PAK")).name(), tiles_.tree().Head()};
    const Bytes line = ledger::FormatSignatureLine(Must(ledger::Cosign(
        *WitnessSigner("GRC"), ledger::FormatCheckpoint(checkpoint), clock_.ms / kMsPerSecond)));
    Write(std::string(layout::kCheckpoint),
          Must(ledger::AddSignatureLines(
              Must(ledger::SignCheckpoint(*LogSigner("PAK"), checkpoint)), {line})));
    support::WriteFile(anchor_file_, ledger::FormatAnchor(anchor_));
  }

  const fs::path folder_;
  const fs::path anchor_file_;
  const support::RehearsalPki& pki_;
  crypto::SystemEntropy entropy_;
  Instant clock_ = *ParseInstant("2016-09-01T06:00:00Z");
  std::vector<Bytes> bundles_;
  Digest founding_;
  Digest procedure_;
  MatterId cooperation_;
  ledger::Anchor anchor_;
  std::map<Office, crypto::Sealer> sealers_;
  std::map<Digest, crypto::Certificate> signers_;
  std::optional<procedure::Replayer> replayer_;
  std::map<std::string, Stream> streams_;
  std::vector<Bytes> bundle_;
  ledger::TileStream tiles_;
};

}  // namespace

void MakeLedger(const fs::path& folder, std::uint64_t entries) {
  LedgerMaker(folder).Make(entries);
}

}  // namespace chancery::bench
