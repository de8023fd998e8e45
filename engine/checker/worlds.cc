#include "engine/checker/worlds.h"

#include <initializer_list>
#include <set>
#include <string>
#include <utility>

namespace chancery::checker {

std::vector<Bounds> AllBounds() {
  using procedure::ActKind;
  using Acts = std::set<ActKind>;
  // Acts that write nothing any act outside their own group reads: docs/checker.md says why leaving
  // a group out changes nothing for the others.
  const Acts words = {ActKind::kAcknowledged, ActKind::kLimitPassed, ActKind::kErasure};
  // Both sides move a case to another version, and then that one rules it.
  const Acts versions = {ActKind::kMoveProposed, ActKind::kMoveAgreed};
  const Acts questions = {ActKind::kClarificationAsked, ActKind::kClarificationGiven};
  const Acts interviews = {ActKind::kInterviewAsked, ActKind::kInterviewHeld,
                           ActKind::kInterviewNotHeld};
  const Acts claims = {ActKind::kClaimMade, ActKind::kClaimSubstantiated,
                       ActKind::kClaimAcknowledged, ActKind::kClaimContested,
                       ActKind::kClaimDropped};
  const Acts renewals = {ActKind::kRenewalAsked, ActKind::kDocumentRenewed};
  // Acts before the confirmation and after the arrival: how a person came to be confirmed no list
  // asks, and what follows an arrival no list reads.
  const Acts ways = {
      ActKind::kExtension,     ActKind::kReferred,           ActKind::kCommitteeDecided,
      ActKind::kCorrection,    ActKind::kReexaminationAsked, ActKind::kErrorNotified,
      ActKind::kErrorAccepted, ActKind::kErrorContested,     ActKind::kTakenBack,
      ActKind::kNotice,        ActKind::kTransitAsked,       ActKind::kTransitAnswered};
  const Acts holds = {ActKind::kHold, ActKind::kHoldLifted, ActKind::kConfirmationRevoked};
  // Acts that count who is aboard and what follows: they only read what boarding left.
  const Acts aboard = {ActKind::kBoardingLodged, ActKind::kDoorsClosed,    ActKind::kArrived,
                       ActKind::kDiverted,       ActKind::kFlightHandover, ActKind::kHandover,
                       ActKind::kIdentityFound};
  const auto all_of = [](std::initializer_list<Acts> parts) {
    Acts all;
    for (const Acts& part : parts) all.insert(part.begin(), part.end());
    return all;
  };
  const Acts aside = all_of({words, questions, interviews, renewals, ways, versions});
  // Somebody confirmed and with a document, from where most journeys begin.
  const std::vector<ActKind> documented = {ActKind::kApplication, ActKind::kVerification,
                                           ActKind::kReply, ActKind::kDocumentIssued};
  const auto case_world = [](std::string name, int cases, Acts without) {
    return Bounds{.name = std::move(name),
                  .clock = Clock::kLoose,
                  .cases = cases,
                  .first = {},
                  .without = std::move(without)};
  };
  // One person, confirmed and with a document, one flight and one list.
  const auto journey = [&](std::string name, Acts without) {
    return Bounds{.name = std::move(name),
                  .clock = Clock::kLoose,
                  .flights = 1,
                  .transfers = 1,
                  .one_class = true,
                  .until_over = true,
                  .first = documented,
                  .without = std::move(without)};
  };
  const Acts no_halt = all_of({aside, aboard, claims, holds});

  Bounds counted = case_world("one case, its days counted", 1,
                              all_of({words, questions, interviews, claims, renewals, versions,
                                      Acts{ActKind::kCorrection}}));
  counted.clock = Clock::kCounted;
  Bounds whole = journey("a journey", all_of({aside, claims, holds}));
  whole.every_category = true;
  whole.until_over = false;
  whole.first.clear();
  // How long the way can be from the document to the handover, and to the end of what follows it.
  Bounds counted_journey =
      journey("a journey, its days counted",
              all_of({words, questions, interviews, claims, renewals, versions, holds,
                      Acts{ActKind::kWithdrawal, ActKind::kTakenOff, ActKind::kFlightAmended}}));
  counted_journey.clock = Clock::kCounted;
  counted_journey.true_counts = true;
  counted_journey.until_over = false;
  // The ministry's state asks: limits of the asked begin with its receipt, not with the record.
  Bounds reversed_case = case_world("one case, the other way round", 1, versions);
  reversed_case.reversed = true;
  Bounds reversed_journey = whole;
  reversed_journey.name = "a journey, the other way round";
  reversed_journey.reversed = true;
  // Somebody admitted on arrival, and what can follow.
  Bounds arrived =
      journey("after the arrival",
              all_of({words, questions, interviews, renewals, versions, claims, holds}));
  arrived.true_counts = true;
  arrived.until_over = false;
  arrived.first.insert(
      arrived.first.end(),
      {ActKind::kFlightProposed, ActKind::kManifest, ActKind::kManifestLodged,
       ActKind::kLinesCleared, ActKind::kLandingPermitted, ActKind::kBoardingOpened,
       ActKind::kBoardingRecorded, ActKind::kBoardingLodged, ActKind::kDoorsClosed,
       ActKind::kArrived, ActKind::kHandover});
  Bounds revisions = journey("a journey and its revisions", no_halt);
  revisions.list_revisions = revisions.flight_revisions = 2;
  Bounds suspensions = journey("a journey under suspensions", no_halt);
  suspensions.suspensions = true;
  Bounds carriers = journey("a journey with two carriers", no_halt);
  carriers.flight_revisions = 2;
  carriers.carriers = true;
  Bounds old_document = journey("a journey on an old document", all_of({aside, aboard, claims}));
  old_document.old_documents = true;
  old_document.first.pop_back();
  Bounds persons = journey("two persons on one list", no_halt);
  persons.cases = persons.persons = persons.list_revisions = 2;
  persons.true_counts = true;
  persons.first.insert(persons.first.end(), documented.begin(), documented.end());
  Bounds family = persons;
  family.name = "a family on one list";
  family.list_revisions = 1;
  family.families = true;
  Bounds lists = journey("one person and two lists", no_halt);
  lists.transfers = 2;
  lists.true_counts = true;
  return {std::move(counted),
          std::move(counted_journey),
          case_world("one case", 1, versions),
          case_world("one person twice", 2,
                     all_of({words, questions, interviews, claims, renewals, versions, holds})),
          std::move(reversed_case),
          std::move(whole),
          std::move(reversed_journey),
          std::move(arrived),
          std::move(revisions),
          journey("a journey under claims", all_of({aside, aboard, holds})),
          journey("a journey under holds", all_of({aside, aboard, claims})),
          std::move(suspensions),
          std::move(carriers),
          std::move(old_document),
          std::move(persons),
          std::move(family),
          std::move(lists)};
}

}  // namespace chancery::checker
