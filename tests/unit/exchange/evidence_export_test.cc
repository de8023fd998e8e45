// Exporting a book that holds something nobody can check.
#include "engine/exchange/evidence_export.h"

#include <gmock/gmock.h>

#include <string>

#include "engine/ledger/policy.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::StateWorld;
using testing::ElementsAre;
using testing::HasSubstr;

// evidence_export.h: one act whose seal leads to no root does not keep the rest of the book from
// being exported, and everybody who reads the folder is told which it is.
TEST(EvidenceExport, ABookWithASealWithoutAChainIsExportedAndSaysSo) {
  for (const bool known : {false, true}) {
    SCOPED_TRACE(known);
    ExchangeWorld ministry;
    ministry.Begin();
    StateWorld state(ministry);
    const crypto::Sealer wrong = RehearsalPki::Get().BadSealer("wrong-party-seal");
    const codec::Statement statement{codec::Realm::kRehearsal, ministry.anchor.agreement,
                                     ministry.Application()};
    const Bytes bytes = Must(codec::EncodeStatement(statement));
    const Bytes own_seal = RehearsalPki::Get()
                               .SealerOf("GRC", "return-authority")
                               .Seal(bytes, ministry.clock.Now())
                               .value();
    const auto keep = [&](const Bytes& seal) {
      ASSERT_TRUE(state.keeper
                      ->Run([&](LedgerKeeper::Group& group) {
                        return group.Append("GRC", codec::SealedBody{bytes, seal}).status();
                      })
                      .ok());
    };
    keep(own_seal);
    keep(Must(wrong.Seal(bytes, ministry.clock.Now())));

    EvidenceParts parts;
    parts.made_for = "a test";
    parts.policy =
        Must(ledger::Policy::Make({{{state.log_key->key(), ""}}, {}, {}, "none"})).Format();
    parts.anchors = ministry.trust.get();
    parts.authorities = RehearsalPki::Get().Authorities();
    parts.seals = RehearsalPki::Get().Seals().All();
    if (known) parts.seals.push_back(wrong.certificate());
    // The bundle as both sides seal it.
    const crypto::Sealer union_seal = RehearsalPki::Get().SealerOf("EUE", "union-signatory");
    parts.procedures.push_back(
        {ministry.bundle_2016, Must(union_seal.Seal(ministry.bundle_2016, ministry.clock.Now()))});
    support::TemporaryFolder folder;
    const ExportedEvidence exported =
        Must(ExportEvidence(*state.store, parts, folder.path() / "evidence"));
    // Entry 0 is the head of the day.
    EXPECT_THAT(exported.without_chain, ElementsAre("entry 2"));
    EXPECT_EQ(exported.entries, 3U);
    EXPECT_THAT(support::ReadFile((folder.path() / "evidence/README.txt").string()),
                HasSubstr("NOT PROVEN: entry 2 "));
  }
}

}  // namespace
}  // namespace chancery::exchange
