#include "engine/exchange/inbox.h"

#include <gmock/gmock.h>

#include <thread>
#include <tuple>

#include "engine/exchange/appointing.h"
#include "engine/exchange/check_store.h"
#include "engine/exchange/reasons.h"
#include "engine/ledger/receipt.h"
#include "tests/support/exchange_world.h"
#include "tests/support/failing_store.h"

namespace chancery::exchange {
namespace {

using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::RehearsalPki;

procedure::Inadmissible RefusalOf(const ActReceipt& receipt) {
  const procedure::Ruling ruling = Must(RulingOf(receipt.entry));
  const auto* refused = std::get_if<procedure::Inadmissible>(&ruling.outcome);
  EXPECT_NE(refused, nullptr) << codec::Summary(ruling);
  return refused != nullptr ? *refused : procedure::Inadmissible{};
}

// Nothing of this may be in the ledger afterwards.
#define EXPECT_TURNED_AWAY(world, envelope, peer, why)              \
  do {                                                              \
    const std::uint64_t before = (world).keeper->head().tree.size;  \
    const auto answer = (world).inbox->Submit((envelope), (peer));  \
    ASSERT_FALSE(answer.ok());                                      \
    EXPECT_EQ(ReasonOf(answer.status()), (why)) << answer.status(); \
    EXPECT_EQ((world).keeper->head().tree.size, before);            \
  } while (false)

// Design section 4: verify, decode, step, commit; the author gets entry bytes, inclusion proof and
// checkpoint.
TEST(Inbox, AnAdmittedActGetsAReceiptThatVerifiesAgainstTheLedgersOwnKey) {
  ExchangeWorld world;
  world.Begin();
  const ActReceipt receipt = world.MustAdmit(world.SealedApplication());
  EXPECT_FALSE(receipt.again);
  const ledger::Receipt proof = Must(ledger::ParseReceipt(receipt.proof));
  EXPECT_EQ(proof.entry, receipt.number);
  const auto policy = Must(ledger::Policy::Make({{{world.log_key->key(), ""}}, {}, {}, "none"}));
  EXPECT_TRUE(ledger::VerifyReceipt(proof, receipt.entry, policy).ok());
  const codec::Entry entry = Must(codec::DecodeEntry(receipt.entry));
  EXPECT_EQ(entry.stream, "GRC");
  EXPECT_EQ(entry.recorded_at, world.clock.Now());
}

// matters.h: what could not be read is never ruled on. A read that fails while a ruling's outcome
// is put into the store fails the act, and leaves nothing.
TEST(Inbox, AStoreThatFailsWhileTheOutcomeIsKeptRecordsNothing) {
  ExchangeWorld world;
  world.Begin();
  world.Stop();
  auto failing = std::make_unique<support::FailingStore>(std::move(world.store));
  support::FailingStore& store = *failing;
  world.store = std::move(failing);
  world.Start();
  const codec::Envelope application = world.SealedApplication();
  const MatterId opened = Must(codec::DecodeStatement(application.statement)).act.matter;
  // It is read for the ruling, and once more when the outcome is kept.
  int reads = 0;
  store.before_find_matter = [&](const MatterId& id) {
    return id == opened && ++reads > 1 ? Unavailable("store: cannot be read") : absl::OkStatus();
  };
  const std::uint64_t before = world.keeper->head().tree.size;
  EXPECT_EQ(world.Submit(application, "GRC").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(world.keeper->head().tree.size, before);
  store.before_find_matter = {};
  EXPECT_FALSE(world.MustAdmit(application).again);
}

// Design section 6: entry 0 of the ministry's ledger is `founded`.
TEST(Inbox, EntryZeroIsTheFoundingActAndNothingComesBeforeIt) {
  ExchangeWorld world;
  EXPECT_TURNED_AWAY(world, world.SealedApplication(), world.Daemon("GRC"), reason::kNotFounded);
  world.Found();
  const codec::Entry entry = Must(codec::DecodeEntry(Must(world.store->ReadEntry(0)).bytes));
  EXPECT_EQ(entry.kind, codec::EntryKind::kFounded);
  EXPECT_EQ(entry.stream, "all");
  EXPECT_EQ(entry.position, 0u);
}

// Issue 2: the same act submitted twice gives the same receipt. security.md 2.3: same id and bytes,
// same stored receipt.
TEST(Inbox, TheSameActTwiceGivesTheSameReceiptAndOneEntry) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope envelope = world.SealedApplication();
  const ActReceipt first = world.MustAdmit(envelope);
  const std::uint64_t size = world.keeper->head().tree.size;
  const ActReceipt second = Must(world.Submit(envelope, "GRC"));
  EXPECT_TRUE(second.again);
  EXPECT_EQ(second.number, first.number);
  EXPECT_EQ(second.entry, first.entry);
  EXPECT_EQ(second.proof, first.proof);
  EXPECT_EQ(world.keeper->head().tree.size, size);
}

// Design section 4: the same bytes may be sealed again under a new key; the act stays one.
TEST(Inbox, TheSameStatementSealedAgainIsTheSameAct) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope envelope = world.SealedApplication();
  const ActReceipt first = world.MustAdmit(envelope);
  const codec::Envelope again =
      world.SealedStatement(envelope.statement, {{"GRC", "return-authority"}}, envelope.items);
  EXPECT_NE(again.seal, envelope.seal);
  EXPECT_EQ(Must(world.Submit(again, "GRC")).number, first.number);
}

// Design section 4: another digest under the same id is refused and kept as evidence of
// equivocation, once.
TEST(Inbox, TheSameIdWithOtherBytesIsRefusedAndKeptAsEvidenceOnce) {
  ExchangeWorld world;
  world.Begin();
  procedure::Act act = world.Application();
  const codec::Envelope first =
      world.Sealed(act, {{"GRC", "return-authority"}}, world.Particulars());
  const ActReceipt recorded = world.MustAdmit(first);
  const std::uint64_t size = world.keeper->head().tree.size;
  act.facts.Set(Fact::kMinor, std::int64_t{1});
  const codec::Envelope other =
      world.Sealed(act, {{"GRC", "return-authority"}}, world.Particulars());
  for (int i = 0; i < 3; ++i) {
    const auto answer = world.Submit(other, "GRC");
    EXPECT_EQ(ReasonOf(answer.status()), reason::kStatementIdReused);
  }
  EXPECT_EQ(world.keeper->head().tree.size, size + 1);
  const codec::Entry entry = Must(codec::DecodeEntry(Must(world.store->ReadEntry(size)).bytes));
  const auto& kept = std::get<codec::EquivocationBody>(entry.body);
  EXPECT_EQ(kept.statement, other.statement);
  EXPECT_EQ(kept.seal, other.seal);
  EXPECT_EQ(kept.earlier_entry, recorded.number);
  EXPECT_EQ(kept.earlier_digest, crypto::Sha256(first.statement));
  EXPECT_EQ(entry.stream, "GRC");
}

// security.md 2.3: evidence of equivocation is the author's own; another party's seal under a used
// id proves nothing.
TEST(Inbox, AnotherPartysSealUnderAUsedIdIsNoEvidenceAgainstTheAuthor) {
  ExchangeWorld world;
  world.Begin();
  procedure::Act act = world.Application();
  world.MustAdmit(world.Sealed(act, {{"GRC", "return-authority"}}, world.Particulars()));
  act.facts.Set(Fact::kMinor, std::int64_t{1});
  EXPECT_TURNED_AWAY(world, world.Sealed(act, {{"PAK", "registry"}}, world.Particulars()),
                     world.Daemon("GRC"), reason::kCertificateNotAppointed);
}

// Issue 2, at the door: an altered statement.
TEST(Inbox, AnAlteredStatementIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  codec::Envelope envelope = world.SealedApplication();
  envelope.statement[envelope.statement.size() / 2] ^= 1;
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kSealInvalid);
}

// Issue 2, at the door: a wrong certificate (another root), which nobody here has ever been given.
TEST(Inbox, ASealOfAnUnknownCertificateIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  codec::Envelope envelope = world.SealedApplication();
  const std::string stem = (RehearsalPki::Get().bad() / "stranger-seal").string();
  const crypto::Sealer stranger = Must(
      crypto::Sealer::Load(support::ReadFile(stem + ".key"), support::ReadFile(stem + ".pem")));
  envelope.seal = Must(stranger.Seal(envelope.statement, world.clock.Now()));
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kCertificateUnknown);
}

// Issue 2, at the door: a wrong certificate that is known here but stands under no root of the
// anchor.
TEST(Inbox, ASealOfAKnownCertificateUnderAnotherRootIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  ASSERT_TRUE(
      world.certificates->Add(*world.store, {RehearsalPki::Get().BadCertificate("stranger-seal")})
          .ok());
  codec::Envelope envelope = world.SealedApplication();
  const std::string stem = (RehearsalPki::Get().bad() / "stranger-seal").string();
  const crypto::Sealer stranger = Must(
      crypto::Sealer::Load(support::ReadFile(stem + ".key"), support::ReadFile(stem + ".pem")));
  envelope.seal = Must(stranger.Seal(envelope.statement, world.clock.Now()));
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kCertificateWrong);
}

// Issue 2, at the door: an expired certificate, judged at the recorded time and not at the claimed
// one.
TEST(Inbox, ASealOfAnExpiredCertificateIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  ASSERT_TRUE(
      world.certificates->Add(*world.store, {RehearsalPki::Get().BadCertificate("expired-seal")})
          .ok());
  codec::Envelope envelope = world.SealedApplication();
  const std::string stem = (RehearsalPki::Get().bad() / "expired-seal").string();
  const crypto::Sealer expired = Must(
      crypto::Sealer::Load(support::ReadFile(stem + ".key"), support::ReadFile(stem + ".pem")));
  envelope.seal = Must(expired.Seal(envelope.statement, *ParseInstant("2015-03-01T00:00:00Z")));
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kCertificateExpired);
}

// Issue 2, at the door: a certificate whose office was revoked in the ledger.
TEST(Inbox, ASealOfARevokedCertificateIsTurnedAwayFromItsRevocationOn) {
  ExchangeWorld world;
  world.Begin();
  const Digest certificate = ExchangeWorld::CertificateOf("GRC", "return-authority").digest();
  world.MustAdmit(world.SealedApplication());
  world.MustAdmit(
      world.Sealed(world.OfCooperation(
                       "EUE", ActKind::kOfficeRevoked,
                       Facts{{Fact::kCertificate, certificate},
                             {Fact::kUntil, world.clock.Now().ms + 1000},
                             {Fact::kRevocationGround,
                              ExchangeWorld::Word(Fact::kRevocationGround, "office_ended")}}),
                   {{"EUE", "union-signatory"}}),
      "PAK");
  world.MustAdmit(world.SealedApplication());
  world.clock.Set({world.clock.Now().ms + 1000});
  const auto answer = world.Submit(world.SealedApplication(), "GRC");
  // It was Greece's only office: with it Greece has none, which the door may say as well.
  EXPECT_THAT(ReasonOf(answer.status()),
              ::testing::AnyOf(std::string(reason::kCertificateRevoked),
                               std::string(reason::kAuthorNotAppointed)));
}

// "Ours: officers": an officer is a number that act and certificate both say, and a key belongs to
// one officer, as far as the certificates lie here.
TEST(Inbox, AnAppointmentThatItsCertificateContradictsIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  const crypto::Certificate renewed = RehearsalPki::Get().BadCertificate("renewed-seal");
  const std::vector<support::SealOf> ministry = {{"PAK", "ministry"}};
  procedure::Act other = world.Appointment("PAK", "registry", renewed);
  other.facts.Set(Fact::kOfficer, renewed.officer() + 1);
  ASSERT_TRUE(world.certificates->Add(*world.store, {renewed}).ok());
  EXPECT_TURNED_AWAY(world, world.Sealed(other, ministry), world.Daemon("PAK"),
                     reason::kAppointmentDiffers);
  other.facts.Erase(Fact::kOfficer);
  EXPECT_TURNED_AWAY(world, world.Sealed(other, ministry), world.Daemon("PAK"),
                     reason::kAppointmentDiffers);
  EXPECT_TURNED_AWAY(world, world.Sealed(world.Appointment("PAK", "mission", renewed), ministry),
                     world.Daemon("PAK"), reason::kAppointmentDiffers);
  world.MustAdmit(world.Sealed(world.Appointment("PAK", "registry", renewed), ministry));

  const crypto::Certificate same_key = RehearsalPki::Get().BadCertificate("same-key-seal");
  ASSERT_TRUE(world.certificates->Add(*world.store, {same_key}).ok());
  EXPECT_TURNED_AWAY(world,
                     world.Sealed(world.Appointment("GRC", "return_authority", same_key),
                                  {{"EUE", "union-signatory"}}),
                     world.Daemon("EUE"), reason::kAppointmentDiffers);
}

// "Ours: officers": who founds the ledger is numbered as its certificate says.
TEST(Inbox, AFoundingActThatItsCertificatesContradictIsTurnedAway) {
  ExchangeWorld world;
  world.cooperation = world.entropy.Make<MatterId>();
  std::vector<Facts> lines;
  for (const auto& [party, office, file] :
       {std::tuple("EUE", "union_signatory", "EUE/seal/union-signatory-1.pem"),
        std::tuple("PAK", "ministry", "PAK/seal/ministry-1.pem")}) {
    lines.push_back(Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                          {Fact::kOffice, ExchangeWorld::Word(Fact::kOffice, office)},
                          {Fact::kOfficer, std::int64_t{8}},
                          {Fact::kCertificate, RehearsalPki::Get().CertificateAt(file).digest()}});
  }
  const procedure::Act act = world.OfCooperation("EUE", ActKind::kFounded, {}, lines);
  EXPECT_TURNED_AWAY(world, world.Sealed(act, {{"EUE", "union-signatory"}, {"PAK", "ministry"}}),
                     world.Daemon("EUE"), reason::kAppointmentDiffers);
}

// Design section 6: the ledger is founded by an act that the anchor's founding procedure admits; a
// founding act under any other procedure records nothing.
TEST(Inbox, AFoundingActUnderAnotherProcedureFoundsNothing) {
  ExchangeWorld world;
  world.cooperation = world.entropy.Make<MatterId>();
  std::vector<Facts> lines;
  for (const auto& [party, office, file] :
       {std::tuple("EUE", "union_signatory", "EUE/seal/union-signatory-1.pem"),
        std::tuple("PAK", "ministry", "PAK/seal/ministry-1.pem")}) {
    const crypto::Certificate certificate = RehearsalPki::Get().CertificateAt(file);
    lines.push_back(Facts{{Fact::kParty, procedure::PackParty(Party(party))},
                          {Fact::kOffice, ExchangeWorld::Word(Fact::kOffice, office)},
                          {Fact::kOfficer, certificate.officer()},
                          {Fact::kCertificate, certificate.digest()}});
  }
  procedure::Act act = world.OfCooperation("EUE", ActKind::kFounded, {}, lines);
  act.procedure = crypto::Sha256(world.bundle_2016);
  EXPECT_TURNED_AWAY(world, world.Sealed(act, {{"EUE", "union-signatory"}, {"PAK", "ministry"}}),
                     world.Daemon("EUE"), reason::kNotFounded);
  EXPECT_EQ(world.keeper->head().tree.size, 0U);
}

// The other order: the digest was appointed before anybody here had the certificate.
TEST(Inbox, ACertificateThatContradictsItsAppointmentIsNotPutOnTheShelf) {
  ExchangeWorld world;
  world.Begin();
  const crypto::Certificate renewed = RehearsalPki::Get().BadCertificate("renewed-seal");
  EXPECT_TRUE(CheckAppointed(*world.store, *world.certificates, {renewed}).ok()) << "not appointed";
  procedure::Act other = world.Appointment("PAK", "registry", renewed);
  other.facts.Set(Fact::kOfficer, renewed.officer() + 1);
  world.MustAdmit(world.Sealed(other, {{"PAK", "ministry"}}));
  const absl::Status refused = CheckAppointed(*world.store, *world.certificates, {renewed});
  EXPECT_EQ(ReasonOf(refused), reason::kAppointmentDiffers);
  EXPECT_THAT(std::string(refused.message()),
              ::testing::HasSubstr("officer 5 and is appointed for PAK registry officer 6"));
}

// Issue 2, at the door: another party's certificate.
TEST(Inbox, ASealOfAnotherPartysOfficeIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  EXPECT_TURNED_AWAY(world,
                     world.Sealed(world.Application(), {{"PAK", "registry"}}, world.Particulars()),
                     world.Daemon("GRC"), reason::kCertificateOfOtherParty);
}

// Design section 6: an office counts from its appointment on, not from having a certificate.
TEST(Inbox, ASealOfAnOfficeThatIsNotAppointedIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  EXPECT_TURNED_AWAY(world,
                     world.Sealed(world.Application(), {{"GRC", "monitor"}}, world.Particulars()),
                     world.Daemon("GRC"), reason::kCertificateNotAppointed);
}

// Issue 2, at the door: Denmark or Ireland as author.
TEST(Inbox, AnAuthorWhoIsNotAppointedIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  for (const char* state : {"DNK", "IRL"}) {
    EXPECT_TURNED_AWAY(world, world.SealedApplication(state), world.Daemon(state),
                       reason::kAuthorNotAppointed);
  }
}

// Issue 2, at the door: a missing second officer's seal (section 5, four-eyes replies).
TEST(Inbox, AReplyWithoutTheSecondOfficersSealIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope application = world.SealedApplication();
  world.MustAdmit(application);
  const codec::Statement opened = Must(codec::DecodeStatement(application.statement));
  procedure::Act reply =
      world.From("PAK", "GRC", ActKind::kReply, opened.act.matter,
                 Facts{{Fact::kAnswer, ExchangeWorld::Word(Fact::kAnswer, "refused")},
                       {Fact::kRefusalGround,
                        ExchangeWorld::Word(Fact::kRefusalGround, "nationality_not_established")}});
  reply.answers = crypto::Sha256(application.statement);
  EXPECT_TURNED_AWAY(world, world.Sealed(reply, {{"PAK", "registry", 1}, {"PAK", "ministry", 1}}),
                     world.Daemon("PAK"), reason::kSealMissing);
}

// security.md 2.3: the author is checked against the TLS identity; a bearer is recorded.
TEST(Inbox, APeerThatIsNotTheAuthorIsTurnedAwayUnlessItBringsTheActInAsBearer) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope envelope = world.SealedApplication();
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("AUT"), reason::kPeerNotAuthor);
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("PAK"), reason::kPeerNotAuthor);
  const ActReceipt receipt = world.MustAdmit(envelope, "PAK");
  const codec::Entry entry = Must(codec::DecodeEntry(receipt.entry));
  EXPECT_EQ(std::get<codec::ActBody>(entry.body).bearer, Party("PAK"));
}

// Design section 11: a party refuses the other realm.
TEST(Inbox, AStatementOfTheOtherRealmOrAnotherAgreementIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  procedure::Act act = world.Application();
  act.commitment = Digest{};
  const auto sealed = [&](codec::Realm realm, const std::string& agreement) {
    return world.SealedStatement(Must(codec::EncodeStatement({realm, agreement, act})),
                                 {{"GRC", "return-authority"}});
  };
  EXPECT_TURNED_AWAY(world, sealed(codec::Realm::kLive, "eu-pakistan"), world.Daemon("GRC"),
                     reason::kOtherRealm);
  EXPECT_TURNED_AWAY(world, sealed(codec::Realm::kRehearsal, "eu-elsewhere"), world.Daemon("GRC"),
                     reason::kOtherAgreement);
}

// security.md 3: the receiver checks the commitments before the step; both ways.
TEST(Inbox, ParticularsThatAreNotWhatTheStatementCommitsToAreTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  codec::Envelope envelope = world.SealedApplication();
  const std::vector<Item> items = envelope.items;
  envelope.items.clear();
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kParticularsMissing);
  envelope.items = items;
  envelope.items.front().salt = world.entropy.Make<Salt>();
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kCommitmentDiffers);
  codec::Envelope bare = world.Sealed(world.Application(), {{"GRC", "return-authority"}});
  bare.items = items;
  EXPECT_TURNED_AWAY(world, bare, world.Daemon("GRC"), reason::kParticularsUnbound);
}

// Statement.proto, normative rules: bytes that do not re-serialise to themselves are refused after
// the seal was verified.
TEST(Inbox, ASealedStatementThatIsNotCanonicalIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  const Bytes statement = world.SealedApplication().statement;
  // An unknown field 2047 behind everything else.
  EXPECT_TURNED_AWAY(
      world, world.SealedStatement(statement + "\xf8\x7f\x01", {{"GRC", "return-authority"}}),
      world.Daemon("GRC"), "STATEMENT_NOT_CANONICAL");
}

// Design section 16: sizes are bounded before anything is parsed.
TEST(Inbox, WhatIsTooLargeIsTurnedAwayUnread) {
  ExchangeWorld world;
  codec::Envelope envelope;
  envelope.statement.assign(codec::kMaxStatementBytes + 1, '\x08');
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kEnvelopeTooLarge);
  envelope.statement.clear();
  envelope.seal.assign(crypto::kMaxSealSize + 1, '\x30');
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kEnvelopeTooLarge);
  envelope.seal.clear();
  envelope.offer_proof.assign(9000, 'a');
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kEnvelopeTooLarge);
  envelope.offer_proof.clear();
  envelope.items.resize(codec::kMaxItems + 1);
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kEnvelopeTooLarge);
  envelope.items.resize(1);
  envelope.items[0].value = Personal<std::string>(std::string(64 * 1024, 'x'));
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kEnvelopeTooLarge);
}

// proto Envelope.offer_proof: a tlog-proof, or nothing.
TEST(Inbox, AnOfferProofThatIsNoneIsTurnedAway) {
  ExchangeWorld world;
  world.Begin();
  codec::Envelope envelope = world.SealedApplication();
  envelope.offer_proof = "not a proof";
  EXPECT_TURNED_AWAY(world, envelope, world.Daemon("GRC"), reason::kOfferProofMalformed);
}

// Issue 2: recorded as inadmissible: a stale procedure digest, a missing fact in a sealed act, an
// act out of turn.
TEST(Inbox, ProperlySealedActsThatTheProcedureDoesNotAllowAreRecordedWithGroundAndArticle) {
  ExchangeWorld world;
  world.Begin();
  procedure::Act stale = world.Application();
  stale.procedure = crypto::Sha256("an older bundle");
  const ActReceipt first = Must(
      world.Submit(world.Sealed(stale, {{"GRC", "return-authority"}}, world.Particulars()), "GRC"));
  EXPECT_EQ(RefusalOf(first).ground, procedure::Ground::kProcedureNotInForce);

  procedure::Act incomplete = world.Application();
  incomplete.facts.Erase(Fact::kPresent);
  const ActReceipt second = Must(world.Submit(
      world.Sealed(incomplete, {{"GRC", "return-authority"}}, world.Particulars()), "GRC"));
  EXPECT_EQ(RefusalOf(second).ground, procedure::Ground::kMissingFact);
  EXPECT_FALSE(RefusalOf(second).article.empty());

  procedure::Act unknown =
      world.From("GRC", "PAK", ActKind::kWithdrawal, world.entropy.Make<MatterId>());
  const ActReceipt third =
      Must(world.Submit(world.Sealed(unknown, {{"GRC", "return-authority"}}), "GRC"));
  EXPECT_EQ(RefusalOf(third).ground, procedure::Ground::kUnknownMatter);
  EXPECT_EQ(third.number, second.number + 1);
}

// security.md 3: particulars of what was not admitted are not kept; those of an admitted act lie
// encrypted.
TEST(Inbox, ParticularsAreKeptEncryptedAndOnlyOfAdmittedActs) {
  ExchangeWorld world;
  world.Begin();
  const codec::Envelope good = world.SealedApplication();
  world.MustAdmit(good);
  const auto rows = Must(world.store->FindParticulars(crypto::Sha256(good.statement)));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.front().ciphertext.find("Invented Specimen"), std::string::npos);
  const procedure::Act act = Must(codec::DecodeStatement(good.statement)).act;
  EXPECT_EQ(Must(world.vault->Decrypt(act, crypto::Sha256(good.statement), Party("PAK"))),
            good.items);
  EXPECT_FALSE(world.vault->Decrypt(act, crypto::Sha256(good.statement), Party("AUT")).ok());

  procedure::Act incomplete = world.Application();
  incomplete.facts.Erase(Fact::kPresent);
  const codec::Envelope bad =
      world.Sealed(incomplete, {{"GRC", "return-authority"}}, world.Particulars());
  Must(world.Submit(bad, "GRC"));
  EXPECT_TRUE(Must(world.store->FindParticulars(crypto::Sha256(bad.statement))).empty());
}

// Design section 9, P12: two open cases of one person; the second is seen although the first is not
// yet committed alone.
TEST(Inbox, ASecondOpenCaseOfTheSamePersonIsInadmissible) {
  ExchangeWorld world;
  world.Begin();
  procedure::Act first = world.Application();
  procedure::Act second = world.Application();
  second.facts.Set(Fact::kHandle, *first.facts.Find(Fact::kHandle));
  world.MustAdmit(world.Sealed(first, {{"GRC", "return-authority"}}, world.Particulars()));
  const ActReceipt receipt = Must(world.Submit(
      world.Sealed(second, {{"GRC", "return-authority"}}, world.Particulars()), "GRC"));
  EXPECT_EQ(RefusalOf(receipt).ground, procedure::Ground::kOpenCaseExists);

  // After the first has ended a second may be opened, and is then the newest.
  world.MustAdmit(world.Sealed(world.From("GRC", "PAK", ActKind::kWithdrawal, first.matter),
                               {{"GRC", "return-authority"}}));
  procedure::Act third = world.Application();
  third.facts.Set(Fact::kHandle, *first.facts.Find(Fact::kHandle));
  world.MustAdmit(world.Sealed(third, {{"GRC", "return-authority"}}, world.Particulars()));
  procedure::Act fourth = world.Application();
  fourth.facts.Set(Fact::kHandle, *first.facts.Find(Fact::kHandle));
  const ActReceipt last = Must(world.Submit(
      world.Sealed(fourth, {{"GRC", "return-authority"}}, world.Particulars()), "GRC"));
  EXPECT_EQ(RefusalOf(last).ground, procedure::Ground::kOpenCaseExists);
}

// Issue 2: recovery after a crash at any point: what was answered is there after a start, and the
// same act is the same act.
TEST(Inbox, AfterARestartEverythingRecordedIsThereAndTheSameActIsStillTheSame) {
  const support::TemporaryFolder folder;
  ExchangeWorld world((folder.path() / "ministry.db").string());
  world.Begin();
  const codec::Envelope envelope = world.SealedApplication();
  const ActReceipt first = world.MustAdmit(envelope);
  const store::Head before = world.keeper->head();
  world.Stop();
  world.Start();
  EXPECT_EQ(world.keeper->head(), before);
  const ActReceipt again = Must(world.Submit(envelope, "GRC"));
  EXPECT_TRUE(again.again);
  EXPECT_EQ(again.number, first.number);
  EXPECT_EQ(again.entry, first.entry);
  world.MustAdmit(world.SealedApplication());
  const auto report = CheckStore(
      *world.store, {world.anchor, Party("PAK"), world.log_key->key(), *world.procedures->Set(),
                     *world.certificates, world.trust.get(), world.vault.get()});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->whole()) << ToText(report->findings.at(0));
  EXPECT_EQ(report->entries, world.keeper->head().tree.size);
}

// Design section 15: many callers at once; every act is recorded once and every receipt is its own.
TEST(Inbox, ManyCallersAtOnceGetEachTheirOwnReceipt) {
  ExchangeWorld world;
  world.Begin();
  constexpr int kCallers = 8;
  constexpr int kActs = 6;
  std::vector<std::vector<codec::Envelope>> envelopes(kCallers);
  for (auto& of_caller : envelopes) {
    for (int i = 0; i < kActs; ++i) of_caller.push_back(world.SealedApplication());
  }
  std::mutex mutex;
  std::map<std::uint64_t, Bytes> statements;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (const codec::Envelope& envelope : envelopes[static_cast<std::size_t>(caller)]) {
        const auto receipt = world.Submit(envelope, "GRC");
        ASSERT_TRUE(receipt.ok()) << receipt.status();
        const codec::Entry entry = Must(codec::DecodeEntry(receipt->entry));
        EXPECT_EQ(std::get<codec::ActBody>(entry.body).statement, envelope.statement);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(statements.emplace(receipt->number, envelope.statement).second);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(statements.size(), static_cast<std::size_t>(kCallers * kActs));
  EXPECT_TRUE(world.store->Check().ok());
}

// security.md 5: nothing of a person in any event.
TEST(Inbox, NoEventCarriesAnythingOfAPerson) {
  ExchangeWorld world;
  world.Begin();
  world.MustAdmit(world.SealedApplication());
  for (const std::string& subject : world.events.Subjects()) {
    EXPECT_EQ(subject.find("Specimen"), std::string::npos);
    EXPECT_EQ(subject.find("35202"), std::string::npos);
  }
  EXPECT_GT(world.events.Count("act.recorded"), 0);
}

}  // namespace
}  // namespace chancery::exchange
