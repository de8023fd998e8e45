// The laws of the core, tried on random sequences of acts: total, deterministic, and nobody boards
// whom the requested state has not confirmed. Good acts, acts out of turn, acts with facts taken
// away or exchanged, at random moments.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/core_world.h"

namespace chancery::testing {
namespace {

using procedure::Matter;
using procedure::MatterKind;
using procedure::Replayer;

// Any act of a small cast, often a sensible one, sometimes damaged.
class Chaos {
 public:
  Chaos(CoreWorld& world, std::uint32_t seed) : world_(world), random_(seed) {}

  Act Next(const Replayer& now) {
    const std::string who = "P0" + std::to_string(Below(3));
    const bool ours = Below(8) != 0;
    Act act = Pick(who, now);
    if (!ours) Damage(act);
    return act;
  }

  std::vector<std::string> Seals(const Act& act) {
    if (Below(20) == 0) return {"GRC/return_authority/1"};
    if (act.author == Party("PAK")) {
      return {"PAK/ministry/1",      "PAK/mission/1",       "PAK/mission/2",
              "PAK/registry/1",      "PAK/registry/2",      "PAK/passport_office/1",
              "PAK/border_agency/1", "PAK/border_agency/2", "PAK/aviation_authority/1"};
    }
    if (act.author == Party("EUE")) return {"EUE/union_signatory/1"};
    const std::string state = act.author.ToText();
    return {state + "/return_authority/1", state + "/escort_leader/1"};
  }

  std::int64_t Below(int bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint32_t>(bound));
  }

 private:
  // Reads digests and confirmations from the matters as they are now, as an honest sender would.
  Digest FactOf(const Replayer& now, const std::string& matter, Fact fact) {
    const Matter* found = now.matters().Find(Id(matter));
    return found != nullptr ? found->facts.DigestOr(fact) : Digest{};
  }

  Act Pick(const std::string& who, const Replayer& now) {
    switch (Below(19)) {
      case 0:
      case 1:
        return world_.Application(who, "GRC",
                                  Below(2) == 0 ? std::vector<std::string>{"passport"}
                                                : std::vector<std::string>{"identity_card"});
      case 2:
      case 3:
        return CoreWorld::From("PAK", "GRC", ActKind::kVerification, Id(who),
                               Facts{{Fact::kVerification, 1 + (Below(4) == 0 ? Below(4) : 0)}});
      case 4:
      case 5: {
        const char* answers[] = {"confirmed", "confirmed", "confirmed", "refused",
                                 "other_nationality"};
        const std::string_view answer = answers[Below(5)];
        Act act = CoreWorld::From("PAK", "GRC", ActKind::kReply, Id(who),
                                  Facts{{Fact::kAnswer, W(Fact::kAnswer, answer)}});
        act.facts.Set(Fact::kConfirmationId, Id("confirmed " + who));
        act.facts.Set(Fact::kRefusalGround, std::int64_t{1});
        act.answers = FactOf(now, who, Fact::kOpenedBy);
        act.commitment = Named("confirmation " + who);
        return act;
      }
      case 6:
      case 7:
        return CoreWorld::From("PAK", "GRC", ActKind::kDocumentIssued, Id(who),
                               Facts{{Fact::kDocumentKind, std::int64_t{1}},
                                     {Fact::kDocumentValidUntil, Day("2017-09-01")},
                                     {Fact::kConfirmationId, Id("confirmed " + who)}});
      case 8:
        return CoreWorld::From("GRC", "PAK", ActKind::kWithdrawal, Id(who));
      case 9: {
        const ActKind kinds[] = {ActKind::kClaimMade, ActKind::kClaimSubstantiated,
                                 ActKind::kClaimDropped};
        return CoreWorld::From("GRC", "PAK", kinds[Below(3)], Id(who),
                               Facts{{Fact::kClaimBasis, std::int64_t{1}},
                                     {Fact::kClaimEvidence, Named("evidence")},
                                     {Fact::kClaimAssured, std::int64_t{1}}});
      }
      case 10: {
        const ActKind kinds[] = {ActKind::kClaimAcknowledged, ActKind::kClaimContested,
                                 ActKind::kHold, ActKind::kHoldLifted};
        return CoreWorld::From("PAK", "GRC", kinds[Below(4)], Id(who),
                               Facts{{Fact::kHoldGround, std::int64_t{1}}});
      }
      case 11:
      case 12: {
        const Matter* list = now.matters().Find(Id("list"));
        const std::int64_t revision =
            list != nullptr ? list->facts.NumberOr(Fact::kRevision, 0) + 1 : 1;
        std::vector<std::string> persons = {who};
        if (Below(2) == 0) persons.push_back("P0" + std::to_string(Below(3)));
        return world_.Manifest("list", "flight", persons, revision);
      }
      case 13: {
        Act act = CoreWorld::From("GRC", "PAK", ActKind::kManifestLodged, Id("flight"),
                                  Facts{{Fact::kRevision, std::int64_t{1}},
                                        {Fact::kReturnees, std::int64_t{3}},
                                        {Fact::kEscorts, std::int64_t{1}},
                                        {Fact::kMonitors, std::int64_t{0}},
                                        {Fact::kMedics, std::int64_t{0}},
                                        {Fact::kInterpreters, std::int64_t{0}}});
        act.facts.Set(Fact::kManifest, FactOf(now, "list", Fact::kManifest));
        return act;
      }
      case 14: {
        std::vector<Facts> lines;
        if (const Matter* list = now.matters().Find(Id("list")); list != nullptr) {
          for (const Facts& listed : list->lines) {
            Facts line{{Fact::kCleared, std::int64_t{1}}};
            for (const Fact key : {Fact::kCase, Fact::kHandle}) {
              if (const procedure::Value* value = listed.Find(key)) line.Set(key, *value);
            }
            lines.push_back(line);
          }
        }
        return CoreWorld::From("PAK", "GRC", ActKind::kLinesCleared, Id("list"),
                               Facts{{Fact::kManifest, FactOf(now, "list", Fact::kManifest)},
                                     {Fact::kFlightRevision, std::int64_t{1}}},
                               lines);
      }
      case 15:
        return CoreWorld::From("PAK", "GRC", ActKind::kLandingPermitted, Id("flight"),
                               Facts{{Fact::kFlightRevision, std::int64_t{1}}},
                               {Facts{{Fact::kParty, procedure::PackParty(Party("GRC"))},
                                      {Fact::kManifest, FactOf(now, "list", Fact::kManifest)}}});
      case 16:
        return CoreWorld::From("GRC", "PAK", ActKind::kBoardingOpened, Id("flight"),
                               Facts{{Fact::kFlightRevision, std::int64_t{1}}});
      case 17: {
        std::vector<std::string> persons;
        if (const Matter* list = now.matters().Find(Id("list")); list != nullptr) {
          for (const Facts& listed : list->lines) {
            const MatterId id = listed.IdOr(Fact::kCase);
            for (const std::string name : {"P00", "P01", "P02"}) {
              if (id == Id(name)) persons.push_back(name);
            }
          }
        }
        return world_.Boarding("list", persons);
      }
      default:
        if (Below(8) != 0) return world_.Application("P0" + std::to_string(Below(3)));
        return CoreWorld::Cooperation(
            "PAK", Below(2) == 0 ? ActKind::kSuspended : ActKind::kCarrierRefused,
            Facts{{Fact::kScope, 1 + Below(5)},
                  {Fact::kParty, procedure::PackParty(Party("GRC"))},
                  {Fact::kCarrier, Code("HAX")},
                  {Fact::kCategory, std::int64_t{1}},
                  {Fact::kReviewDate, Day("2017-01-01")},
                  {Fact::kClocks, std::int64_t{1}}});
    }
  }

  void Damage(Act& act) {
    switch (Below(7)) {
      case 0:
        act.facts.Erase(static_cast<Fact>(Below(static_cast<int>(Fact::kCount_))));
        break;
      case 1:
        if (!act.facts.empty()) act.facts.Set(act.facts.begin()->first, std::int64_t{Below(5)});
        break;
      case 2:
        std::swap(act.author, act.addressee);
        break;
      case 3:
        act.answers = Named("something else");
        break;
      case 4:
        if (!act.lines.empty()) act.lines.push_back(act.lines.front());
        break;
      case 5:
        act.procedure = Named("another bundle");
        break;
      default:
        act.commitment.reset();
        break;
    }
  }

  CoreWorld& world_;
  std::mt19937 random_;
};

// P1, P3, P6 and P10 as they can be read off the matters after any sequence of acts.
void ExpectSafe(const Replayer& replayer) {
  for (const auto& [id, matter] : replayer.matters().all()) {
    if (matter.kind != MatterKind::kCase ||
        (matter.stage != "boarded" && matter.stage != "admitted"))
      continue;
    EXPECT_TRUE(matter.facts.Has(Fact::kConfirmation));
    EXPECT_EQ(matter.facts.NumberOr(Fact::kVerification, 0), W(Fact::kVerification, "national"));
    EXPECT_EQ(matter.facts.NumberOr(Fact::kAnswer, 0), W(Fact::kAnswer, "confirmed"));
    EXPECT_TRUE(matter.facts.Has(Fact::kDocumentValidUntil));
    EXPECT_FALSE(matter.facts.Has(Fact::kHeld));
    if (matter.facts.Has(Fact::kClaim)) {
      const std::int64_t claim = matter.facts.NumberOr(Fact::kClaim, 0);
      EXPECT_TRUE(claim == W(Fact::kClaim, "acknowledged") || claim == W(Fact::kClaim, "dropped"));
    }
  }
}

TEST(Laws, AnySequenceOfActsIsRuledTheSameTwiceAndBoardsNobodyUnconfirmed) {
  // Design section 7: total, deterministic; section 9: P1, P3, P6, P10.
  CoreWorld world;
  world.ProposeFlight("flight");
  // Every second sequence begins shortly before boarding, so that many get there.
  CoreWorld cleared;
  cleared.ProposeFlight("flight");
  cleared.Ready("P00");
  cleared.Ready("P01");
  cleared.ClearList("list", "flight", {"P00", "P01"});
  cleared.now = At("2016-10-19T20:00:00Z");
  int admitted = 0;
  int boarded = 0;
  constexpr int kSequences = 3000;
  for (std::uint32_t seed = 0; seed < kSequences; ++seed) {
    Replayer one = (seed % 2 == 0 ? world : cleared).replayer();
    Replayer other = one;
    Chaos chaos(world, seed);
    Instant now = (seed % 2 == 0 ? world : cleared).now;
    for (int i = 0; i < 40; ++i) {
      now.ms += chaos.Below(40) == 0 ? chaos.Below(20) * kMsPerDay : chaos.Below(100000);
      RecordedAct recorded;
      recorded.entry = static_cast<std::uint64_t>(1000 + i);
      recorded.recorded_at = now;
      recorded.act = chaos.Next(one);
      recorded.digest = Named("digest " + std::to_string(seed) + " " + std::to_string(i));
      for (const std::string& seal : chaos.Seals(recorded.act))
        recorded.signers.push_back(Named(seal));
      const Stepped first = one.Add(recorded);
      const Stepped second = other.Add(recorded);
      ASSERT_EQ(first.ruling, second.ruling);
      ASSERT_EQ(first.changed, second.changed);
      ASSERT_EQ(first.readers, second.readers);
      if (first.ruling.admitted()) ++admitted;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSafe(one));
    ASSERT_EQ(one.matters().all(), other.matters().all());
    for (const auto& [id, matter] : one.matters().all())
      boarded += matter.stage == "boarded" ? 1 : 0;
  }
  // The sequences are worth something only if they get far: some persons do board.
  EXPECT_GT(admitted, kSequences * 5);
  EXPECT_GT(boarded, 50);
}

TEST(Laws, WhatIsInadmissibleChangesNothingButLapses) {
  // Design section 7: an inadmissible act leaves the matters as the passed limits left them.
  CoreWorld world;
  world.ProposeFlight("flight");
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Replayer replayer = world.replayer();
    Chaos chaos(world, seed + 77777);
    for (int i = 0; i < 30; ++i) {
      RecordedAct recorded;
      recorded.recorded_at = world.now;
      recorded.act = chaos.Next(replayer);
      recorded.digest = Named("digest " + std::to_string(i));
      for (const std::string& seal : chaos.Seals(recorded.act))
        recorded.signers.push_back(Named(seal));
      const auto before = replayer.matters().all();
      const Stepped stepped = replayer.Add(recorded);
      if (!stepped.ruling.admitted() && stepped.ruling.lapses.empty()) {
        ASSERT_TRUE(stepped.changed.empty());
        ASSERT_EQ(before, replayer.matters().all());
      }
    }
  }
}

TEST(Laws, ARulingDoesNotDependOnMattersTheActDoesNotTouch) {
  // Design section 7: Touched names everything Step reads.
  CoreWorld world;
  world.ProposeFlight("flight");
  world.Ready("P01");
  world.Apply("other", "AUT");
  RecordedAct recorded;
  recorded.recorded_at = world.now;
  recorded.act = world.Manifest("list", "flight", {"P01"});
  recorded.digest = Named("manifest");
  recorded.signers = {Named("GRC/return_authority/1")};
  const auto touched = procedure::Touched(recorded.act, world.replayer().matters());
  EXPECT_EQ(std::count(touched.begin(), touched.end(), Id("other")), 0);
  const Stepped narrow =
      procedure::Step(world.replayer().procedures(),
                      procedure::Gather(recorded.act, world.replayer().matters()), recorded);
  procedure::Matters everything;
  for (const auto& [id, matter] : world.replayer().matters().all()) everything.Add(matter);
  const Stepped wide = procedure::Step(world.replayer().procedures(), everything, recorded);
  EXPECT_EQ(narrow.ruling.outcome, wide.ruling.outcome);
}

TEST(Laws, SwappingWhoHostsKeepsTheRuling) {
  // Design section 7: the core knows roles, never the host. Pakistan requests, Greece is requested:
  // the same rules hold as far as offices allow; an application is judged alike.
  CoreWorld world;
  Act act = world.Application("P01");
  act.author = Party("PAK");
  act.addressee = Party("GRC");
  const Stepped stepped = world.Do(act, {"PAK/ministry/1"});
  const auto* refused = std::get_if<procedure::Inadmissible>(&stepped.ruling.outcome);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->ground, procedure::Ground::kMissingSeal)
      << "the rule fits; only the office of the seal is missing";
}

}  // namespace
}  // namespace chancery::testing
