// The long check of a state's store and of a ministry's that has readers and an always-on witness:
// whole in every state that is reached, and every row that is dropped or changed is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/exchange/backdated.h"
#include "engine/exchange/check_store.h"
#include "engine/ledger/cosignature.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::StateWorld;
using support::TemporaryFolder;
using testing::HasSubstr;

std::string Found(store::Store& store, const CheckParts& parts) {
  const CheckReport report = Must(CheckStore(store, parts));
  std::string found;
  for (const CheckFinding& finding : report.findings) found += ToText(finding) + "\n";
  return report.whole() ? "whole" : found;
}

// A ministry and a state in files, and an always-on witness of both.
class CheckStateTest : public ::testing::Test {
 protected:
  CheckStateTest() : ministry_((folder_.path() / "ministry.db").string()) {
    witness_ = Must(ledger::MakeNoteSigner("eu-pakistan.chancery.example/rehearsal/EUE/witness1",
                                           ledger::NoteAlgorithm::kCosignatureV1,
                                           Must(crypto::Ed25519Key::FromSeed(Bytes(32, '1')))));
    ministry_.anchor.always_on.push_back(witness_->key());
    // The keys that count are read at the start.
    ministry_.Stop();
    ministry_.Start();
    ministry_.Begin();
    state_ = std::make_unique<StateWorld>(ministry_, "GRC", (folder_.path() / "GRC.db").string());
    EXPECT_TRUE(state_->collector->CollectAll().ok());
  }

  std::string OfState() { return OfState(*state_->store); }
  std::string OfState(store::Store& store) {
    const ParticularsVault vault(store, *state_->encryption_key, state_->entropy);
    CertificateShelf certificates;
    EXPECT_TRUE(certificates.Load(store).ok());
    const ledger::Policy policy = *Policies("GRC", {Party("PAK")}, false).all;
    return Found(store, {ministry_.anchor, Party("PAK"), state_->log_key->key(), *procedures_,
                         certificates, ministry_.trust.get(), &vault, &policy});
  }
  std::string OfMinistry(store::Store& store) {
    const ParticularsVault vault(store, *ministry_.encryption_key, ministry_.entropy);
    CertificateShelf certificates;
    EXPECT_TRUE(certificates.Load(store).ok());
    const ledger::Policy policy = *Policies("PAK", {Party("GRC")}, true).all;
    return Found(store, {ministry_.anchor, Party("PAK"), ministry_.log_key->key(), *procedures_,
                         certificates, ministry_.trust.get(), &vault, &policy});
  }
  std::string OfMinistry() { return OfMinistry(*ministry_.store); }

  // What is found in a copy of the file after the change. Both programs have ended.
  std::string AfterSql(const std::string& of, const std::string& sql) {
    const std::filesystem::path copy = folder_.path() / "changed.db";
    std::filesystem::copy_file(folder_.path() / (of + ".db"), copy,
                               std::filesystem::copy_options::overwrite_existing);
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(copy.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    EXPECT_GT(sqlite3_total_changes(database), 0) << sql;
    sqlite3_close(database);
    const bool state = of == "GRC";
    const auto store =
        store::OpenSqliteStore(copy.string(), state ? state_->Identity() : ministry_.Identity());
    if (!store.ok()) return std::string(ToStd(store.status().message()));
    return state ? OfState(**store) : OfMinistry(**store);
  }

  // Everything a party's own witnessing judges as final, as its program is configured.
  OwnPolicies Policies(const char* keeper, const std::vector<PartyCode>& readers, bool each) {
    OwnPolicies policies;
    policies.all = Must(ledger::FoundingPolicy(ministry_.anchor, Party(keeper), readers));
    for (const PartyCode reader : readers) {
      if (each)
        policies.readers.emplace(
            reader, Must(ledger::FoundingPolicy(ministry_.anchor, Party(keeper), {&reader, 1})));
    }
    return policies;
  }
  std::string LineOver(ByteView note) {
    return ledger::FormatSignatureLine(Must(ledger::Cosign(
        *witness_, Must(ledger::ParseNote(note)).text, ministry_.clock.Now().ms / kMsPerSecond)));
  }
  // The always-on witness sees a ledger's head as it stands.
  void See(Witnessing& witnessing, LedgerKeeper& keeper) {
    const store::Head head = keeper.head();
    const absl::Status taken =
        witnessing.AddAlwaysOn(witness_->key(), head.tree.size, LineOver(head.checkpoint));
    ASSERT_TRUE(taken.ok()) << taken;
  }

  // Both ledgers cosigned all round and final, an act recorded, one that waits, and what a state
  // keeps of the ministry's checkpoints.
  void Grow() {
    Witnessing of_ministry(*ministry_.keeper, *ministry_.witness_key, ministry_.anchor,
                           ministry_.clock, ministry_.events,
                           Policies("PAK", {Party("GRC")}, true));
    Witnessing of_state(*state_->keeper, *state_->witness_key, ministry_.anchor, ministry_.clock,
                        state_->events, Policies("GRC", {Party("PAK")}, false));
    const ledger::Policy keeper_policy =
        Must(ledger::FoundingPolicy(ministry_.anchor, Party("PAK"), {&state_->party->self, 1}));
    Cosigner cosigner({*state_->keeper,
                       ministry_.clock,
                       state_->events,
                       *state_->party,
                       *state_->collector,
                       of_state,
                       state_->transport,
                       *state_->offering,
                       {},
                       &keeper_policy});
    for (int i = 0; i < 2; ++i) {
      const HandedIn handed =
          state_->MustHandIn(StateWorld::ApplicationJson(i == 0 ? "Invented One" : "Invented Two"));
      ASSERT_TRUE(state_->outbox->SendWaiting().ok());
      // The particulars of the second reply do not come with it.
      ministry_.Confirm("GRC", handed.matter, handed.digest);
      if (i == 1) {
        state_->transport.on_batch = [](GivenBatch& batch) {
          for (GivenEntry& entry : batch.entries) entry.items.clear();
          return absl::OkStatus();
        };
      }
      const absl::Status round = cosigner.Round();
      ASSERT_TRUE(round.ok()) << round;
      See(of_ministry, *ministry_.keeper);
      See(of_state, *state_->keeper);
      ministry_.clock.Set({ministry_.clock.Now().ms + 60'000});
    }
    // The reader's line comes last for the ministry's head, so that it becomes final for it.
    const store::Head head = ministry_.keeper->head();
    const Bytes text = Must(ledger::ParseNote(head.checkpoint)).text;
    const auto greek = ministry_.WitnessSigner("GRC");
    ASSERT_TRUE(of_ministry
                    .AddCosignature(Party("GRC"), head.tree.size,
                                    ledger::FormatSignatureLine(Must(ledger::Cosign(
                                        *greek, text, ministry_.clock.Now().ms / kMsPerSecond))))
                    .ok());
    const Bytes final_note = Must(of_ministry.FinalFor(Party("GRC")));
    ASSERT_FALSE(final_note.empty());
    store::Commit rows;
    ASSERT_TRUE(
        KeepCorroborated(*state_->store, state_->party->keys->Witnesses(support::Party("PAK")),
                         Must(of_ministry.TellTime(head.checkpoint, ministry_.clock.Now())), rows)
            .ok());
    rows.papers.push_back({"ministry_final", "latest", 0, false, 0, final_note});
    rows.cursors.push_back({"ministry/final", static_cast<std::int64_t>(head.tree.size)});
    ASSERT_TRUE(state_->store->Apply(rows).ok());
    // Entries that were taken under a head that is not cosigned yet.
    ministry_.MustAdmit(ministry_.SealedApplication());
    ASSERT_TRUE(state_->collector->CollectAll().ok());
    // An act that waits, seen where it waits.
    state_->transport.away = true;
    state_->MustHandIn(StateWorld::ApplicationJson("Invented Waiting"));
    EXPECT_FALSE(state_->outbox->SendWaiting().ok());
    See(of_state, *state_->keeper);
    procedures_ = ministry_.procedures->Set();
  }

  const TemporaryFolder folder_;
  ExchangeWorld ministry_;
  std::shared_ptr<const procedure::ProcedureSet> procedures_;
  std::unique_ptr<ledger::NoteSigner> witness_;
  std::unique_ptr<StateWorld> state_;
};

// check_store.h: what both programs leave is whole, while they run and after they ended.
TEST_F(CheckStateTest, WhatTheProgramsLeaveIsWhole) {
  procedures_ = ministry_.procedures->Set();
  EXPECT_EQ(OfState(), "whole");
  EXPECT_EQ(OfMinistry(), "whole");
  Grow();
  EXPECT_EQ(OfState(), "whole");
  EXPECT_EQ(OfMinistry(), "whole");
  state_->Stop();
  ministry_.Stop();
  ministry_.Start();
  state_->Start();
  EXPECT_EQ(OfState(), "whole");
  EXPECT_EQ(OfMinistry(), "whole");
  state_->transport.away = false;
  ASSERT_TRUE(state_->outbox->SendWaiting().ok());
  const absl::Status round = state_->cosigner->Round();
  ASSERT_TRUE(round.ok()) << round;
  EXPECT_EQ(OfState(), "whole");
  EXPECT_EQ(OfMinistry(), "whole");
}

struct Change {
  const char* sql;
  const char* finding;
};

// Issue 4: edited values and dropped rows of a database are noticed; table and row are named.
TEST_F(CheckStateTest, EveryKindOfRowOfAStateIsMissedAndCompared) {
  Grow();
  state_->Stop();
  const Change changes[] = {
      {"DELETE FROM witnessed", "cursor cosigned_of/PAK: nothing in the store makes it"},
      {"DELETE FROM cursor WHERE name = 'cosigned_of/PAK'",
       "cursor cosigned_of/PAK: it is missing"},
      {"DELETE FROM cosignature WHERE size = (SELECT max(size) FROM cosignature)", "cosigned_by/"},
      {"UPDATE cursor SET value = value + 1 WHERE name LIKE 'cosigned_by/%EUE/witness1'",
       "EUE/witness1: it is not what the rows it speaks of make it"},
      {"DELETE FROM final_checkpoint", "cursor final: nothing in the store makes it"},
      {"UPDATE final_checkpoint SET size = size - 1", "its size or root is not this ledger's"},
      {"UPDATE final_checkpoint SET note = substr(note, 1, instr(note, CAST('— "
       "eu-pakistan.chancery.example/rehearsal/EUE' AS BLOB)) - 1)",
       "not all have signed it who must"},
      {"UPDATE delivery SET sequence = -9 WHERE sequence = (SELECT max(sequence) FROM delivery)",
       "it is not what the entry makes of it"},
      {"DELETE FROM cursor WHERE name = 'final'", "cursor final: it is missing"},
      {"DELETE FROM paper WHERE kind = 'ministry_final'",
       "cursor ministry/final: nothing in the store makes it"},
      {"UPDATE cursor SET value = value - 1 WHERE name = 'ministry/final'",
       "cursor ministry/final: it is not what the rows it speaks of make it"},
      {"UPDATE paper SET bytes = (SELECT note FROM witnessed) WHERE kind = 'ministry_final'",
       "paper ministry_final latest: not all have signed it"},
      {"DELETE FROM paper WHERE kind = 'corroborated'",
       "cursor ministry/corroborated_at: nothing in the store makes it"},
      {"UPDATE cursor SET value = value - 9 WHERE name = 'ministry/corroborated_at'",
       "cursor ministry/corroborated_at: it is not what the rows"},
      {"DELETE FROM cursor WHERE name = 'ministry/corroborated_size'",
       "cursor ministry/corroborated_size: it is missing"},
      {"DELETE FROM paper WHERE kind = 'seen'",
       "it proves since when an act waits, and is missing"},
      {"UPDATE paper SET id = '00000000000000000001' WHERE kind = 'seen'",
       "paper seen 00000000000000000001: it is a head of another size"},
      {"DELETE FROM particulars WHERE reader = 'GRC'", "those an act commits to are missing"},
      {"DELETE FROM paper WHERE kind = 'withheld'", "those an act commits to are missing"},
      {"UPDATE paper SET id = (SELECT lower(hex(digest)) FROM particulars WHERE reader = 'GRC') "
       "WHERE kind = 'withheld'",
       "the particulars that it says are missing are kept"},
      {"INSERT INTO paper SELECT 'withheld', lower(hex(digest)), 1, 0, x'' FROM particulars WHERE "
       "reader = 'PAK' LIMIT 1",
       "no act to this party stands for it"},
      {"DELETE FROM paper WHERE kind = 'relied'",
       "a head under which entries were taken is missing"},
      {"UPDATE paper SET id = 'x' WHERE kind = 'sent' AND rowid = (SELECT min(rowid) FROM paper "
       "WHERE kind = 'sent')",
       "the record of a sealed act is missing"},
      {"DELETE FROM paper WHERE kind = 'received' AND id = (SELECT max(id) FROM paper WHERE kind = "
       "'received')",
       "an entry that was received is missing"},
      {"DELETE FROM paper WHERE kind = 'stream' AND id = 'GRC'",
       "cursor collect/next: it is not what the rows it speaks of make it"},
      {"DELETE FROM paper WHERE kind = 'opened'", "paper opened"},
      {"DELETE FROM delivery WHERE state < 2", "an act is delivered once"},
      {"UPDATE delivery SET bytes = x'00' WHERE state < 2", "it is not what the entry makes of it"},
      {"UPDATE matter SET person_party = NULL WHERE person_party IS NOT NULL",
       "a row has a form this program never writes"},
      {"INSERT INTO paper VALUES ('conviction', '0123456789abcdef', 1, 0, x'00')",
       "paper conviction 0123456789abcdef: it is another text"},
      {"INSERT INTO paper VALUES ('stamp_query', '1', 1, 0, x'00')", "paper stamp_query 1"},
      {"INSERT INTO conflict (origin, reason, seen_at, held, offered) VALUES "
       "('eu-pakistan.chancery.example/rehearsal/PAK', 'LEDGER_FORKED', 1, x'00', x'00')",
       "cursor ministry/fork: evidence of a fork is kept, and here it is missing"},
  };
  ASSERT_EQ(AfterSql("GRC", "UPDATE paper SET version = version"), "whole");
  for (const Change& change : changes)
    EXPECT_THAT(AfterSql("GRC", change.sql), HasSubstr(change.finding)) << change.sql;
}

// The same of the ministry.
TEST_F(CheckStateTest, EveryKindOfRowOfAMinistryIsMissedAndCompared) {
  Grow();
  state_->Stop();
  ministry_.Stop();
  const Change changes[] = {
      {"DELETE FROM witnessed", "cursor cosigned_of/GRC: nothing in the store makes it"},
      {"DELETE FROM paper WHERE kind = 'final'", "cursor final/GRC: nothing in the store makes it"},
      {"UPDATE paper SET id = 'AUT' WHERE kind = 'final'", "paper final AUT: not all have signed"},
      {"UPDATE cursor SET value = value - 1 WHERE name = 'final/GRC'",
       "cursor final/GRC: it is not what the rows it speaks of make it"},
      {"DELETE FROM final_checkpoint", "cursor final: nothing in the store makes it"},
      {"UPDATE final_checkpoint SET note = substr(note, 1, instr(note, CAST('— "
       "eu-pakistan.chancery.example/rehearsal/EUE' AS BLOB)) - 1)",
       "not all have signed it who must"},
      {"UPDATE cursor SET value = value + 1 WHERE name = 'cosigned_at'",
       "cursor cosigned_at: it is not what the rows it speaks of make it"},
      {"UPDATE matter SET person_party = NULL WHERE person_party IS NOT NULL",
       "a row has a form this program never writes"},
  };
  ASSERT_EQ(AfterSql("ministry", "UPDATE paper SET version = version"), "whole");
  for (const Change& change : changes)
    EXPECT_THAT(AfterSql("ministry", change.sql), HasSubstr(change.finding)) << change.sql;
}

}  // namespace
}  // namespace chancery::exchange
