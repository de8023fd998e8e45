// An old copy of a store brought forward from evidence: what comes back, and what is refused.
#include "engine/exchange/recover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/exchange/check_store.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/slice_export.h"
#include "engine/ledger/policy.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

namespace fs = std::filesystem;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::StateWorld;
using support::TemporaryFolder;
using testing::HasSubstr;

RecoverySource SourceOf(const fs::path& folder) {
  return {folder.filename().string(),
          [folder](const std::string& path) -> absl::StatusOr<Bytes> {
            if (!fs::exists(folder / path)) return NotFound(path);
            return support::ReadFile((folder / path).string());
          },
          {}};
}

// A ministry and a state whose stores are files, and what their evidence is read with.
class RecoverTest : public ::testing::Test {
 protected:
  RecoverTest() : ministry_(Path("ministry.db")) {
    for (const auto& [party, key] : {std::pair("PAK", ministry_.LogSigner("PAK")->key()),
                                     std::pair("GRC", ministry_.LogSigner("GRC")->key())}) {
      policies_[party] = Must(ledger::Policy::Make({{{key, ""}}, {}, {}, "none"})).Format();
      ministry_.anchor.policies.emplace(Party(party), crypto::Sha256(policies_[party]));
    }
    ministry_.Begin();
    ministry_.Appoint("AUT", {{"return-authority", 1}});
    state_ = std::make_unique<StateWorld>(ministry_, "GRC", Path("GRC.db"));
    EXPECT_TRUE(state_->collector->CollectAll().ok());
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  // A copy of the file as it is now.
  template <class World>
  std::string CopyOf(World& world, const std::string& name) {
    world.Stop();
    fs::copy_file(Path(name), Path("old-" + name));
    world.Start();
    return Path("old-" + name);
  }
  EvidenceParts PartsOf(const std::string& party) {
    EvidenceParts parts;
    parts.policy = policies_.at(party);
    parts.anchors = ministry_.trust.get();
    parts.authorities = RehearsalPki::Get().Authorities();
    parts.seals = RehearsalPki::Get().Seals().All();
    for (const Bytes& bundle : {ministry_.founding_bundle, ministry_.bundle_2016})
      parts.procedures.push_back({bundle, ExchangeWorld::SealOfBoth(bundle)});
    return parts;
  }
  RecoverySource Exported(const std::string& name) {
    EXPECT_TRUE(ExportEvidence(*ministry_.store, PartsOf("PAK"), Path(name)).ok());
    return SourceOf(Path(name));
  }
  RecoverySource SliceOf(const std::string& reader) {
    EXPECT_TRUE(
        ExportSlice(*ministry_.store, PartsOf("PAK"), Party(reader), Path("slice-" + reader)).ok());
    return SourceOf(Path("slice-" + reader));
  }
  RecoverySource ExportedState() {
    EvidenceParts parts = PartsOf("GRC");
    for (const ReceivedEntry& received : Must(ListReceived(*state_->store, std::nullopt, 1000)))
      parts.receipts.push_back({received.proof, received.entry});
    const auto exported = ExportEvidence(*state_->store, parts, Path("GRC"));
    EXPECT_TRUE(exported.ok()) << exported.status();
    return SourceOf(Path("GRC"));
  }

  // Of either party, on a store of its own.
  struct Work {
    std::unique_ptr<store::Store> store;
    CertificateShelf certificates;
    std::shared_ptr<ledger::KeyBook> keys;
    std::unique_ptr<ParticularsVault> vault;
  };
  template <class World>
  std::unique_ptr<Work> Open(World& world, std::unique_ptr<store::Store> store) {
    auto work = std::make_unique<Work>();
    work->store = std::move(store);
    EXPECT_TRUE(work->certificates.Add(*work->store, RehearsalPki::Get().Seals().All()).ok());
    EXPECT_TRUE(work->certificates.Add(*work->store, RehearsalPki::Get().Authorities()).ok());
    work->keys = std::make_shared<ledger::KeyBook>(ministry_.anchor);
    work->vault =
        std::make_unique<ParticularsVault>(*work->store, *world.encryption_key, world.entropy);
    return work;
  }
  absl::StatusOr<Recovered> RecoverFrom(Work& work, const std::vector<RecoverySource>& sources) {
    return Recover(*work.store,
                   {ministry_.anchor, Party("PAK"), *ministry_.trust, work.certificates,
                    *ministry_.procedures->Set(), *work.keys, *work.vault},
                   sources);
  }
  // The tables in which the long check finds something.
  std::vector<std::string> Wrong(Work& work, const ledger::NoteKey& log) {
    const CheckReport report = Must(
        CheckStore(*work.store, {ministry_.anchor, Party("PAK"), log, *ministry_.procedures->Set(),
                                 work.certificates, ministry_.trust.get(), work.vault.get()}));
    std::vector<std::string> tables;
    for (const CheckFinding& finding : report.findings) {
      tables.push_back(finding.table);
      if (finding.table != "particulars") ADD_FAILURE() << ToText(finding);
    }
    return tables;
  }

  TemporaryFolder folder_;
  ExchangeWorld ministry_;
  std::unique_ptr<StateWorld> state_;
  std::map<std::string, std::string> policies_;
};

// Ledger formats section 10: "recover entries from the mirror, recompute, require root equality
// with the cosigned checkpoint": the old copy is the newest again, with statements, matters and
// rulings; only what lay beside the ledger is gone, and is named.
TEST_F(RecoverTest, TheMinistrysOldCopyIsBroughtForwardFromAnExport) {
  const std::string old = CopyOf(ministry_, "ministry.db");
  const std::uint64_t before = ministry_.keeper->head().tree.size;
  const codec::Envelope application = ministry_.SealedApplication();
  ministry_.MustAdmit(application);
  const store::Head newest = Must(ministry_.store->ReadHead());
  const RecoverySource source = Exported("export");

  const auto work = Open(ministry_, Must(store::OpenSqliteStore(old, ministry_.Identity())));
  const Recovered done = Must(RecoverFrom(*work, {source}));
  EXPECT_EQ(done.from, before);
  EXPECT_EQ(done.to, newest.tree.size);
  EXPECT_EQ(done.acts, 1U);
  EXPECT_EQ(Must(work->store->ReadHead()), newest);
  const codec::Statement statement = Must(codec::DecodeStatement(application.statement));
  EXPECT_TRUE(
      Must(work->store->FindStatement({kUseAct, Party("GRC"), statement.act.id})).has_value());
  EXPECT_EQ(Must(work->store->FindMatter(statement.act.matter)),
            Must(ministry_.store->FindMatter(statement.act.matter)));
  EXPECT_THAT(Wrong(*work, ministry_.log_key->key()), testing::ElementsAre("particulars"));
  // What is there already is never written over.
  EXPECT_TRUE(absl::IsFailedPrecondition(RecoverFrom(*work, {source}).status()));
}

// Design section 6, need to know: what a reader holds is its own; the slices of all readers make
// the book, and from an empty store too.
TEST_F(RecoverTest, TheReadersSlicesCompleteEachOther) {
  ministry_.MustAdmit(ministry_.SealedApplication("GRC"));
  ministry_.MustAdmit(ministry_.SealedApplication("AUT"));
  const RecoverySource greece = SliceOf("GRC");
  const RecoverySource austria = SliceOf("AUT");
  const auto alone = Open(ministry_, store::NewMemoryStore(ministry_.Identity()));
  const absl::Status lacking = RecoverFrom(*alone, {greece}).status();
  EXPECT_TRUE(absl::IsNotFound(lacking)) << lacking;
  EXPECT_THAT(std::string(ToStd(lacking.message())), HasSubstr("in none of the folders"));
  EXPECT_EQ(Must(alone->store->ReadHead()).tree.size, 0U);

  const auto work = Open(ministry_, store::NewMemoryStore(ministry_.Identity()));
  const Recovered done = Must(RecoverFrom(*work, {greece, austria}));
  EXPECT_EQ(done.from, 0U);
  EXPECT_EQ(Must(work->store->ReadHead()).tree, ministry_.keeper->head().tree);
  EXPECT_THAT(Wrong(*work, ministry_.log_key->key()),
              testing::ElementsAre("particulars", "particulars"));
}

// Issue 4, item 3: nothing is believed that was not signed. A store with another history, an entry
// that was changed, and a checkpoint of another policy bring nothing forward.
TEST_F(RecoverTest, WhatIsNotProvenIsRefused) {
  ministry_.MustAdmit(ministry_.SealedApplication());
  const RecoverySource source = Exported("export");
  const auto refused = [&](const RecoverySource& from, std::unique_ptr<store::Store> store) {
    const auto work = Open(ministry_, std::move(store));
    const store::Head before = Must(work->store->ReadHead());
    const absl::Status status = RecoverFrom(*work, {from}).status();
    EXPECT_EQ(Must(work->store->ReadHead()), before);
    return status;
  };
  {
    // The same identity and another beginning.
    ExchangeWorld elsewhere(Path("elsewhere.db"));
    elsewhere.Found();
    elsewhere.Stop();
    const absl::Status other =
        refused(source, Must(store::OpenSqliteStore(Path("elsewhere.db"), ministry_.Identity())));
    EXPECT_TRUE(absl::IsDataLoss(other)) << other;
    EXPECT_THAT(std::string(ToStd(other.message())), HasSubstr("not the beginning of its tree"));
  }
  const auto changed = [&](const std::string& name,
                           const std::function<void(const fs::path&)>& change) {
    fs::copy(Path("export"), Path(name), fs::copy_options::recursive);
    change(fs::path(Path(name)));
    return refused(SourceOf(Path(name)), store::NewMemoryStore(ministry_.Identity()));
  };
  const auto flip = [](const fs::path& file) {
    std::string bytes = support::ReadFile(file.string());
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    support::WriteFile(file.string(), bytes);
  };
  const std::string width = ".p/" + std::to_string(ministry_.keeper->head().tree.size);
  EXPECT_TRUE(absl::IsDataLoss(changed(
      "entry", [&](const fs::path& folder) { flip(folder / ("tile/entries/000" + width)); })));
  EXPECT_TRUE(absl::IsDataLoss(
      changed("hash", [&](const fs::path& folder) { flip(folder / ("tile/0/000" + width)); })));
  EXPECT_TRUE(absl::IsPermissionDenied(changed("policy", [&](const fs::path& folder) {
    support::WriteFile((folder / "policy").string(), policies_.at("GRC"));
  })));
  EXPECT_FALSE(changed("checkpoint", [&](const fs::path& folder) {
                 support::WriteFile((folder / "checkpoint").string(),
                                    support::ReadFile((folder / "checkpoint").string()) + "x");
               }).ok());
  // Without a policy in the anchor nothing says whose signatures are needed.
  ministry_.anchor.policies.clear();
  EXPECT_TRUE(
      absl::IsFailedPrecondition(refused(source, store::NewMemoryStore(ministry_.Identity()))));
}

// The same for a state, whose book says what it sealed, offered and received: its acts stand where
// they stood, what it received is there with its receipts, and collecting goes on without a second
// entry.
TEST_F(RecoverTest, AStatesOldCopyGoesOnWhereItsEvidenceEnds) {
  const std::string old = CopyOf(*state_, "GRC.db");
  const std::uint64_t before = state_->keeper->head().tree.size;
  const HandedIn first = state_->MustHandIn();
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  ASSERT_TRUE(state_->collector->CollectAll().ok());
  state_->transport.away = true;
  const HandedIn second = state_->MustHandIn(StateWorld::ApplicationJson("Another Specimen"));
  (void)state_->outbox->SendWaiting();
  const store::Head newest = Must(state_->store->ReadHead());
  const RecoverySource source = ExportedState();
  const SentAct sent = state_->SentOf(first.id);
  ASSERT_EQ(sent.state, SentState::kRecorded);
  const SentState waits = state_->SentOf(second.id).state;
  {
    const auto work = Open(*state_, Must(store::OpenSqliteStore(old, state_->Identity())));
    const Recovered done = Must(RecoverFrom(*work, {source}));
    EXPECT_EQ(done.from, before);
    EXPECT_EQ(Must(work->store->ReadHead()), newest);
    EXPECT_THAT(Wrong(*work, state_->log_key->key()),
                testing::ElementsAre("particulars", "particulars"));
  }
  state_.reset();
  StateWorld again(ministry_, "GRC", old);
  EXPECT_EQ(again.SentOf(first.id), sent);
  EXPECT_EQ(again.SentOf(second.id).state, waits);
  EXPECT_EQ(again.Entries(codec::EntryKind::kReceived), [&] {
    int count = 0;
    for (const ReceivedEntry& one : Must(ListReceived(*again.store, std::nullopt, 1000)))
      count += one.entry.empty() ? 0 : 1;
    return count;
  }());
  ASSERT_TRUE(again.collector->CollectAll().ok());
  EXPECT_EQ(again.keeper->head().tree, newest.tree) << "what was received is not received again";
  const codec::Statement statement = [&] {
    const auto row = Must(again.store->FindStatement({kUseSealed, Party("GRC"), first.id}));
    const codec::Entry entry =
        Must(codec::DecodeEntry(Must(again.store->ReadEntry(row->entry)).bytes));
    return Must(codec::DecodeStatement(std::get<codec::SealedBody>(entry.body).statement));
  }();
  EXPECT_EQ(Must(again.store->FindMatter(statement.act.matter)),
            Must(ministry_.store->FindMatter(statement.act.matter)));
}

// Issue 4, item 7: an old copy still holds what was erased since. It is destroyed with the entry
// that says so.
TEST_F(RecoverTest, WhatWasErasedSinceIsErasedAgain) {
  const codec::Envelope application = ministry_.SealedApplication();
  ministry_.MustAdmit(application);
  const codec::Statement statement = Must(codec::DecodeStatement(application.statement));
  const MatterId person = statement.act.matter;
  const std::string old = CopyOf(ministry_, "ministry.db");
  ministry_.MustAdmit(
      ministry_.Sealed(ministry_.From("GRC", "PAK", procedure::ActKind::kWithdrawal, person),
                       {{"GRC", "return-authority"}}));
  ministry_.MustAdmit(ministry_.Sealed(
      ministry_.From("GRC", "PAK", procedure::ActKind::kErasure, person,
                     procedure::Facts{{procedure::Fact::kErasureGround,
                                       ExchangeWorld::Word(procedure::Fact::kErasureGround,
                                                           "no_longer_needed")}}),
      {{"GRC", "return-authority"}}));
  const RecoverySource source = Exported("export");
  const auto work = Open(ministry_, Must(store::OpenSqliteStore(old, ministry_.Identity())));
  ASSERT_FALSE(Must(work->store->FindParticulars(crypto::Sha256(application.statement))).empty());
  ASSERT_TRUE(RecoverFrom(*work, {source}).ok());
  EXPECT_TRUE(Must(work->store->FindParticulars(crypto::Sha256(application.statement))).empty());
  EXPECT_FALSE(Must(work->store->FindWrappedKey(person)).has_value());
  EXPECT_THAT(Wrong(*work, ministry_.log_key->key()), testing::IsEmpty());
}

}  // namespace
}  // namespace chancery::exchange
