// Which certificates a party may seal with, appoint and collect appointments of.
#include "engine/exchange/appointing.h"

#include <gmock/gmock.h>

#include <string>

#include "engine/exchange/reasons.h"
#include "tests/support/state_world.h"

namespace chancery::exchange {
namespace {

using procedure::Fact;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;
using support::StateWorld;
using testing::HasSubstr;

absl::Status Check(const ExchangeWorld& world, const crypto::Certificate& certificate,
                   std::string_view party = "GRC", std::string_view office = "return_authority",
                   std::string_view at = "2016-09-01T06:00:00Z") {
  return CheckSealingCertificate(certificate, Party(party),
                                 ExchangeWorld::Word(Fact::kOffice, office), *world.trust,
                                 RehearsalPki::Get().Authorities(), *ParseInstant(at));
}

// security: a seal is worth what its chain is worth; a node seals with nothing else.
TEST(SealingCertificate, MustBeTheOfficesOwnUnderThePartysRoot) {
  const ExchangeWorld world;
  const RehearsalPki& pki = RehearsalPki::Get();
  const crypto::Certificate own = ExchangeWorld::CertificateOf("GRC", "return-authority");
  EXPECT_TRUE(Check(world, own).ok()) << Check(world, own);
  struct Wrong {
    const char* name;
    absl::Status status;
    const char* told;
  };
  const Wrong wrongs[] = {
      {"another party's", Check(world, own, "AUT"), "not of the office return_authority of AUT"},
      {"another office's", Check(world, own, "GRC", "monitor"), "not of the office monitor of GRC"},
      {"not issued by the party", Check(world, pki.BadCertificate("wrong-party-seal")),
       "does not stand under a root"},
      {"expired", Check(world, pki.BadCertificate("expired-seal")), "not at this time"},
      {"for TLS", Check(world, pki.CertificateAt("GRC/tls/daemon.pem")), "not one for sealing"},
      {"not valid yet", Check(world, own, "GRC", "return_authority", "2014-01-01T00:00:00Z"),
       "not at this time"},
  };
  for (const Wrong& wrong : wrongs) {
    SCOPED_TRACE(wrong.name);
    EXPECT_EQ(wrong.status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(wrong.status.message()), HasSubstr(wrong.told));
    EXPECT_THAT(std::string(wrong.status.message()), HasSubstr("; ")) << "and the remedy";
  }
}

// docs/acts.md, office_appointed: where the certificate is known, an act that contradicts it is not
// taken, by a state no more than by the ministry; what was recorded is evidence.
TEST(Collector, StopsAtAnAppointmentThatACertificateKnownHereContradicts) {
  for (const bool late : {false, true}) {
    SCOPED_TRACE(late);
    ExchangeWorld ministry;
    ministry.Begin();
    const std::uint64_t before = ministry.keeper->head().tree.size;
    const crypto::Certificate renewed = RehearsalPki::Get().BadCertificate("renewed-seal");
    procedure::Act other = ministry.Appointment("PAK", "registry", renewed);
    other.facts.Set(Fact::kOfficer, renewed.officer() + 1);
    ministry.MustAdmit(ministry.Sealed(other, {{"PAK", "ministry"}}));
    if (late) ministry.MustAdmit(ministry.SealedApplication());
    // Who does not have the certificate cannot know.
    StateWorld unknowing(ministry);
    EXPECT_TRUE(unknowing.collector->CollectAll().ok());
    StateWorld state(ministry);
    ASSERT_TRUE(state.certificates->Add(*state.store, {renewed}).ok());
    if (late) {
      // The application's stream is handed over before the appointment.
      state.transport.on_batch = [before](GivenBatch& batch) {
        std::erase_if(batch.entries,
                      [before](const GivenEntry& given) { return given.number == before; });
        return absl::OkStatus();
      };
      ASSERT_TRUE(state.collector->CollectAll().ok());
      state.transport.on_batch = {};
    }
    EXPECT_EQ(ReasonOf(state.collector->CollectAll()), reason::kAppointmentDiffers);
    const auto conflicts = Must(state.store->ListConflicts(0, 10));
    ASSERT_EQ(conflicts.size(), late ? 2U : 1U);
    EXPECT_EQ(conflicts.back().what.reason, reason::kAppointmentDiffers);
  }
}

}  // namespace
}  // namespace chancery::exchange
