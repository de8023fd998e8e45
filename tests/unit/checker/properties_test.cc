// Each of the twelve properties is broken by at least two procedures that lack something, is found
// by its name, and the story that shows it happens on real days in the core.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "engine/checker/worlds.h"
#include "tests/unit/checker/broken_procedures.h"

namespace chancery::checker {
namespace {

using procedure::Ground;

Bounds WorldNamed(const std::string& name) {
  for (Bounds& bounds : AllBounds()) {
    if (bounds.name == name) return bounds;
  }
  ADD_FAILURE() << "no world is called " << name;
  return {.name = {}, .first = {}, .without = {}};
}

class Properties : public BrokenProcedures {
 protected:
  void ExpectBroken(Property property, const std::string& world,
                    const std::function<void(Procedure&)>& breaking) {
    SCOPED_TRACE(std::string(NameOf(property)) + " in " + world);
    const auto broken = Broken(breaking);
    ASSERT_NE(broken, nullptr);
    Limits limits;
    if (property != Property::kP5) limits.until_broken = property;
    limits.longest_waits = false;
    const Explored explored = Explore(*founding_, *broken, WorldNamed(world), limits);
    const Violation* found = Find(explored, property);
    ASSERT_NE(found, nullptr) << explored.situations << " situations";
    EXPECT_TRUE(found->dated);
    ExpectReplays(*broken, *found);
  }
};

constexpr const char* kCounted = "one case, its days counted";
constexpr const char* kJourney = "a journey";
constexpr const char* kRevisions = "a journey and its revisions";

// P1: a confirmation that rests on no finding, and one that is another person's.
TEST_F(Properties, P1NobodyBoardsUnconfirmed) {
  ExpectBroken(Property::kP1, kJourney, [](Procedure& terms) {
    RemoveGuards(terms, "reply_confirmed", Ground::kNotVerified);
    RemoveGuards(terms, "reply_confirmed_in_class_a", Ground::kNotVerified);
  });
  ExpectBroken(Property::kP1, kRevisions, [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kConfirmationDiffers);
  });
}

// P2: somebody unconfirmed on a list, and a third-country national on a list of own nationals.
TEST_F(Properties, P2NobodyElseStandsOnAList) {
  ExpectBroken(Property::kP2, kJourney, [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kNotConfirmed);
    RemoveGuards(terms, "manifest", Ground::kDocumentInvalid);
    RemoveGuards(terms, "manifest", Ground::kConfirmationDiffers);
  });
  ExpectBroken(Property::kP2, kJourney, [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kWrongCategory, "case.category");
  });
}

// P3: an open claim when the list is signed, and one made after the clearance.
TEST_F(Properties, P3NobodyBoardsUnderAnOpenClaim) {
  ExpectBroken(Property::kP3, "a journey under claims", [](Procedure& terms) {
    for (const char* rule : {"manifest", "lines_cleared", "boarding_recorded"})
      RemoveGuards(terms, rule, Ground::kClaimOpen);
  });
  ExpectBroken(Property::kP3, "a journey under claims", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kClaimOpen);
  });
}

// P4: a flight that was changed after the clearance, and a line that was never cleared.
TEST_F(Properties, P4NobodyBoardsUncleared) {
  ExpectBroken(Property::kP4, kRevisions, [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kNotCleared, "flight_revision");
  });
  ExpectBroken(Property::kP4, kRevisions, [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kNotCleared, "line_stage");
    RemoveGuards(terms, "boarding_recorded", Ground::kLinesIncomplete);
    RuleNamed(terms, "boarding_recorded").from.push_back("listed");
  });
}

// P5: a silence that has no consequence, and a hold that can be repeated for ever.
TEST_F(Properties, P5NobodyWaitsForEver) {
  ExpectBroken(Property::kP5, kCounted, [](Procedure& terms) {
    std::erase_if(terms.lapses,
                  [](const procedure::Lapse& lapse) { return lapse.name == "silence"; });
  });
  ExpectBroken(Property::kP5, kCounted,
               [](Procedure& terms) { RemoveGuards(terms, "hold", Ground::kHeld, "held_before"); });
}

// P6: boarding during a hold, and during a suspension.
TEST_F(Properties, P6NobodyBoardsWhenHalted) {
  ExpectBroken(Property::kP6, "a journey under holds",
               [](Procedure& terms) { RemoveGuards(terms, "boarding_recorded", Ground::kHeld); });
  ExpectBroken(Property::kP6, "a journey under suspensions", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kSuspended);
  });
}

// P7: no final decision at the application, and none looked at again at the boarding.
TEST_F(Properties, P7NobodyIsReturnedOnAnOldDecision) {
  ExpectBroken(Property::kP7, kCounted, [](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", Ground::kDecisionNotFinal);
  });
  ExpectBroken(Property::kP7, kRevisions, [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kDecisionNotFinal);
    RemoveGuards(terms, "boarding_recorded", Ground::kDecisionNotFinal);
  });
}

// P8: whoever applied confirms, or refuses, the application.
TEST_F(Properties, P8NobodyAnswersForTheOtherSide) {
  for (const char* reply : {"reply_confirmed", "reply_refused"}) {
    ExpectBroken(Property::kP8, kCounted, [&](Procedure& terms) {
      RuleNamed(terms, reply).role = procedure::Role::kRequesting;
    });
  }
}

// P8: what comes to the Joint Committee is decided by one side's word.
TEST_F(Properties, P8NobodyIsTheCommitteeAlone) {
  ExpectBroken(Property::kP8, kCounted, [](Procedure& terms) {
    RuleNamed(terms, "word_of_the_requested_party").to = "refused";
  });
}

// P9: a name added after the clearance, and a refusal on arrival that rests on no finding.
TEST_F(Properties, P9WhoIsClearedIsWhoArrives) {
  ExpectBroken(Property::kP9, "two persons on one list", [](Procedure& terms) {
    RemoveGuards(terms, "manifest", Ground::kAddedAfterClearance);
  });
  ExpectBroken(Property::kP9, kJourney, [](Procedure& terms) {
    RemoveGuards(terms, "handover_by_the_border_agency", Ground::kClearedMayEnter);
  });
}

// P10: a document before the confirmation, and one that runs out before the arrival.
TEST_F(Properties, P10NobodyTravelsWithoutADocument) {
  ExpectBroken(Property::kP10, kCounted, [](Procedure& terms) {
    RuleNamed(terms, "document_issued").from.push_back("open");
    RemoveGuards(terms, "document_issued", Ground::kConfirmationDiffers);
  });
  ExpectBroken(Property::kP10, "a journey on an old document", [](Procedure& terms) {
    RemoveGuards(terms, "document_issued", Ground::kDocumentInvalid, "document_valid_until");
    RemoveGuards(terms, "manifest", Ground::kDocumentInvalid, "document_valid_until");
    RemoveGuards(terms, "boarding_recorded", Ground::kDocumentInvalid, "document_valid_until");
  });
}

// P11: nobody says that the person is fit to fly, and a minor is aboard without the family.
TEST_F(Properties, P11NobodyVulnerableIsAlone) {
  ExpectBroken(Property::kP11, kRevisions,
               [](Procedure& terms) { RemoveGuards(terms, "manifest", Ground::kNotFit); });
  ExpectBroken(Property::kP11, "a family on one list", [](Procedure& terms) {
    RemoveGuards(terms, "boarding_recorded", Ground::kFamilyApart);
  });
}

// P12: two open cases of one person, and two open lists.
TEST_F(Properties, P12NobodyIsPursuedTwice) {
  ExpectBroken(Property::kP12, "one person twice", [](Procedure& terms) {
    RemoveGuards(terms, "application_own_national", Ground::kOpenCaseExists);
  });
  ExpectBroken(Property::kP12, "one person and two lists",
               [](Procedure& terms) { RemoveGuards(terms, "manifest", Ground::kOnAnotherList); });
}

}  // namespace
}  // namespace chancery::checker
