#include "engine/checker/properties.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace chancery::checker {

namespace {

using procedure::Act;
using procedure::ActKind;
using procedure::CheckedProcedure;
using procedure::Effect;
using procedure::Fact;
using procedure::Facts;
using procedure::Field;
using procedure::Holder;
using procedure::Matter;
using procedure::RecordedAct;
using procedure::Role;
using procedure::Rule;
using procedure::WordNumber;

struct Named {
  Property property;
  std::string_view name;
  std::string_view sentence;
};
constexpr std::array kProperties = {
    Named{Property::kP1, "P1",
          "nobody boards without the requested state's own signed confirmation, bound to that "
          "person (Art 4(3))"},
    Named{Property::kP2, "P2",
          "nobody of another or unknown nationality is on a manifest of own nationals"},
    Named{Property::kP3, "P3",
          "nobody boards while a security claim is unsubstantiated or unacknowledged, and a claim "
          "never changes a nationality ruling"},
    Named{Property::kP4, "P4",
          "nobody boards on a flight, carrier or list revision that the requested state has not "
          "cleared, person by person"},
    Named{Property::kP5, "P5", "nobody waits for ever, and nobody alone can make it so"},
    Named{Property::kP6, "P6",
          "nobody boards after a withdrawal, during a hold or a suspension that covers them"},
    Named{Property::kP7, "P7",
          "nobody is applied for without the signed assertion of a final decision, of presence and "
          "of entry after entry into force, or boards without it renewed shortly before"},
    Named{Property::kP8, "P8", "nobody acts for the other side, or alone where two must"},
    Named{Property::kP9, "P9",
          "nobody is added after clearance, and a cleared, matching own national is not refused on "
          "arrival"},
    Named{Property::kP10, "P10",
          "nobody gets a travel document before confirmation, or boards without one valid on the "
          "day of arrival"},
    Named{Property::kP11, "P11",
          "nobody who is a minor boards without a reception record or apart from the family, and "
          "nobody without a fitness flag"},
    Named{Property::kP12, "P12",
          "nobody has two open cases of one sender, stands on two open lists, or is applied for "
          "again after refusal without new evidence"},
};

bool Says(const Facts& facts, Fact fact, std::string_view word) {
  const std::optional<std::int64_t> number = WordNumber(fact, word);
  return number && facts.Has(fact) && facts.NumberOr(fact, -1) == *number;
}

std::optional<Digest> DigestIn(const Facts& facts, Fact fact) {
  if (!facts.Has(fact)) return std::nullopt;
  return facts.DigestOr(fact);
}

// Whether the newest clearance of a list names that person.
bool IsCleared(const List& list, const MatterId& id) {
  return list.clearance && std::find(list.clearance->cases.begin(), list.clearance->cases.end(),
                                     id) != list.clearance->cases.end();
}

bool Suspended(const World& world) {
  for (const Facts& row : world.cooperation->lines) {
    if (!IsSuspension(row)) continue;
    const bool begun = row.NumberOr(Fact::kFrom, 0) <= world.now.ms;
    const bool ended = row.Has(Fact::kUntil) && row.NumberOr(Fact::kUntil, 0) <= world.now.ms;
    if (begun && !ended) return true;
  }
  return false;
}

// Whose acts decide, and how many different seals they need at least.
struct Decisive {
  ActKind act;
  Role role;
  int seals;
};
constexpr std::array kDecisive = {
    Decisive{ActKind::kApplication, Role::kRequesting, 1},
    Decisive{ActKind::kAcknowledged, Role::kRequested, 1},
    Decisive{ActKind::kExtension, Role::kRequested, 1},
    Decisive{ActKind::kVerification, Role::kRequested, 1},
    Decisive{ActKind::kReply, Role::kRequested, 3},
    Decisive{ActKind::kDocumentIssued, Role::kRequested, 1},
    Decisive{ActKind::kWithdrawal, Role::kRequesting, 1},
    Decisive{ActKind::kClaimMade, Role::kRequesting, 1},
    Decisive{ActKind::kClaimSubstantiated, Role::kRequesting, 1},
    Decisive{ActKind::kClaimAcknowledged, Role::kRequested, 1},
    Decisive{ActKind::kClaimContested, Role::kRequested, 1},
    Decisive{ActKind::kClaimDropped, Role::kRequesting, 1},
    Decisive{ActKind::kHold, Role::kRequested, 1},
    Decisive{ActKind::kHoldLifted, Role::kRequested, 1},
    Decisive{ActKind::kFlightProposed, Role::kRequesting, 1},
    Decisive{ActKind::kFlightAmended, Role::kRequesting, 1},
    Decisive{ActKind::kLandingPermitted, Role::kRequested, 1},
    Decisive{ActKind::kLandingRefused, Role::kRequested, 1},
    Decisive{ActKind::kBoardingOpened, Role::kRequesting, 1},
    Decisive{ActKind::kDoorsClosed, Role::kRequesting, 1},
    Decisive{ActKind::kArrived, Role::kRequested, 1},
    Decisive{ActKind::kManifest, Role::kRequesting, 1},
    Decisive{ActKind::kLinesCleared, Role::kRequested, 3},
    Decisive{ActKind::kTakenOff, Role::kRequesting, 1},
    Decisive{ActKind::kBoardingRecorded, Role::kRequesting, 1},
    Decisive{ActKind::kIdentityFound, Role::kRequested, 2},
    Decisive{ActKind::kConfirmationRevoked, Role::kRequested, 3},
    Decisive{ActKind::kReexaminationAsked, Role::kRequesting, 1},
    Decisive{ActKind::kNotice, Role::kRequesting, 1},
    Decisive{ActKind::kErrorNotified, Role::kRequested, 1},
    Decisive{ActKind::kErrorAccepted, Role::kRequesting, 1},
    Decisive{ActKind::kErrorContested, Role::kRequesting, 1},
    Decisive{ActKind::kTakenBack, Role::kRequesting, 1},
    Decisive{ActKind::kTransitAsked, Role::kRequesting, 1},
    Decisive{ActKind::kTransitAnswered, Role::kRequested, 1},
};

// The names under which a procedure ends a claim by silence.
constexpr std::string_view kClaimReceived = "claim_received";
constexpr std::string_view kClaimWithoutEvidence = "claim_without_evidence";

// The books being written.
class Books {
 public:
  Books(const CheckedProcedure& procedure, const World& before, const RecordedAct& recorded,
        World& after)
      : procedure_(procedure),
        before_(before),
        recorded_(recorded),
        act_(recorded.act),
        after_(after) {}

  std::vector<Breach> Run() {
    switch (act_.kind) {
      case ActKind::kApplication:
        Applied();
        break;
      case ActKind::kNotice:
        Applied();
        Of(act_.matter).document_until = act_.facts.NumberOr(Fact::kDocumentValidUntil, 0);
        break;
      case ActKind::kVerification:
        Of(act_.matter).verified =
            Says(act_.facts, Fact::kVerification,
                 Of(act_.matter).own_national ? "national" : "duty_established");
        break;
      case ActKind::kTransitAsked:
        // Readmits nobody: whoever passes through is not confirmed for anything else.
        after_.persons.resize(after_.cases.size());
        break;
      case ActKind::kIdentityFound:
        Of(act_.matter).other_person = Says(act_.facts, Fact::kFinding, "other_person");
        break;
      case ActKind::kReply:
        Replied();
        break;
      case ActKind::kDocumentIssued:
        if (!Of(act_.matter).confirmed)
          Break(Property::kP10, "a travel document is issued to somebody who is not confirmed");
        Of(act_.matter).document_until = act_.facts.NumberOr(Fact::kDocumentValidUntil, 0);
        break;
      case ActKind::kConfirmationRevoked:
        Of(act_.matter).confirmed = false;
        Of(act_.matter).denied = true;
        break;
      case ActKind::kReexaminationAsked:
        Of(act_.matter).denied = false;
        Of(act_.matter).held = false;
        Of(act_.matter).verified = false;
        Of(act_.matter).confirmed = false;
        Of(act_.matter).confirmation.reset();
        Of(act_.matter).word.reset();
        break;
      case ActKind::kReferred:
      case ActKind::kErrorContested:
        Of(act_.matter).word.reset();
        break;
      case ActKind::kCommitteeDecided:
        Decided();
        break;
      case ActKind::kDocumentRenewed:
        Of(act_.matter).document_until = act_.facts.NumberOr(Fact::kDocumentValidUntil, 0);
        break;
      case ActKind::kWithdrawal:
        Of(act_.matter).withdrawn = true;
        break;
      case ActKind::kClaimMade:
        Of(act_.matter).claim =
            act_.facts.Has(Fact::kClaimEvidence) ? ClaimSaid::kSubstantiated : ClaimSaid::kMade;
        break;
      case ActKind::kClaimSubstantiated:
        Of(act_.matter).claim = ClaimSaid::kSubstantiated;
        break;
      case ActKind::kClaimAcknowledged:
        // Receipt of a claim without evidence acknowledges nothing that can be looked at.
        if (Of(act_.matter).claim == ClaimSaid::kSubstantiated)
          Of(act_.matter).claim = ClaimSaid::kAcknowledged;
        break;
      case ActKind::kClaimContested:
        Of(act_.matter).claim = ClaimSaid::kContested;
        break;
      case ActKind::kClaimDropped:
        Of(act_.matter).claim = ClaimSaid::kDropped;
        break;
      case ActKind::kHold:
        Of(act_.matter).held = true;
        Of(act_.matter).word.reset();
        break;
      case ActKind::kHoldLifted:
        Of(act_.matter).held = false;
        break;
      case ActKind::kFlightProposed:
        after_.said_of_flights.resize(after_.flights.size());
        Planned();
        break;
      case ActKind::kFlightAmended:
        Planned();
        break;
      case ActKind::kManifestLodged:
        FlightOf(act_.matter).permitted = false;
        break;
      case ActKind::kLandingPermitted:
        FlightOf(act_.matter).permitted = true;
        break;
      case ActKind::kManifest:
        Listing();
        break;
      case ActKind::kLinesCleared:
        Clearing();
        break;
      case ActKind::kTakenOff:
        for (const Facts& line : act_.lines) CloseLine(line.IdOr(Fact::kCase));
        KeepTogether();
        break;
      case ActKind::kBoardingRecorded:
        for (const Facts& line : act_.lines) {
          if (!line.Has(Fact::kCase)) continue;
          if (Says(line, Fact::kBoarded, "yes")) {
            Boarding(line);
          } else {
            CloseLine(line.IdOr(Fact::kCase));
          }
        }
        KeepTogether();
        break;
      case ActKind::kHandover:
        for (const Facts& line : act_.lines) HandedOver(line);
        break;
      default:
        break;
    }
    if (act_.answers && act_.author == AuthorOfOpening() && *act_.answers == Opening())
      Break(Property::kP8, "an act is answered by its own author");
    return std::move(breaches_);
  }

 private:
  void Break(Property property, std::string kind) {
    const Breach breach{property, std::move(kind)};
    if (std::find(breaches_.begin(), breaches_.end(), breach) == breaches_.end())
      breaches_.push_back(breach);
  }

  Digest Opening() const {
    const Matter* matter = after_.Find(act_.matter);
    return matter != nullptr ? matter->facts.DigestOr(Fact::kOpenedBy) : Digest{};
  }
  PartyCode AuthorOfOpening() const {
    const Matter* matter = after_.Find(act_.matter);
    return matter != nullptr && matter->kind == procedure::MatterKind::kCase ? matter->requesting
                                                                             : PartyCode{};
  }

  Person* Find(const MatterId& id) {
    if (id.IsZero() || id.raw()[0] != 'C' || NumberOf(id) >= after_.persons.size()) return nullptr;
    return &after_.persons[NumberOf(id)];
  }
  Person& Of(const MatterId& id) { return after_.persons[NumberOf(id)]; }
  List& ListOf(const MatterId& id) { return after_.lists[NumberOf(id)]; }
  FlightSaid& FlightOf(const MatterId& id) { return after_.said_of_flights[NumberOf(id)]; }
  FlightSaid* FlightOfList() {
    const MatterId id = after_.Find(act_.matter)->facts.IdOr(Fact::kFlight);
    if (id.IsZero() || id.raw()[0] != 'F' || NumberOf(id) >= after_.said_of_flights.size())
      return nullptr;
    return &FlightOf(id);
  }

  void Applied() {
    after_.persons.resize(after_.cases.size());
    Person& person = Of(act_.matter);
    person.own_national = Says(act_.facts, Fact::kCategory, "own_national");
    person.minor = Says(act_.facts, Fact::kMinor, "yes");
    person.family = act_.facts.IdOr(Fact::kFamilyGroup);
    person.asserted = Says(act_.facts, Fact::kDecisionFinal, "yes") &&
                      Says(act_.facts, Fact::kPresent, "yes") && act_.facts.Has(Fact::kEntryDate) &&
                      act_.facts.NumberOr(Fact::kEntryDate, 0) >= DaysFromCivil({2010, 12, 1});
    if (!person.asserted)
      Break(Property::kP7, "somebody is applied for without the assertions that are needed");
    const MatterId handle = act_.facts.IdOr(Fact::kHandle);
    for (std::size_t i = 0; i + 1 < after_.cases.size(); ++i) {
      if (handle.IsZero() || after_.cases[i]->facts.IdOr(Fact::kHandle) != handle) continue;
      if (!HasEnded(after_.cases[i].get()))
        Break(Property::kP12, "one sender has two open cases of one person");
      if (after_.persons[i].denied && !Says(act_.facts, Fact::kNewEvidence, "yes"))
        Break(Property::kP12, "somebody refused is applied for again without new evidence");
    }
  }

  void Replied() {
    Person& person = Of(act_.matter);
    if (Says(act_.facts, Fact::kAnswer, "confirmed")) {
      person.confirmed = act_.author == after_.requested;
      person.confirmation = act_.commitment;
      if (person.claim != ClaimSaid::kNothing && !person.verified)
        Break(Property::kP3, "a claim stands where a finding of nationality should");
    } else {
      person.denied = true;
    }
  }

  // The Joint Committee decides by the same word of both sides; one side's word moves nothing.
  void Decided() {
    Person& person = Of(act_.matter);
    const Matter* before = before_.Find(act_.matter);
    const std::int64_t decision = act_.facts.NumberOr(Fact::kDecision, 0);
    const bool moved = before->stage != after_.Find(act_.matter)->stage;
    if (!moved) {
      person.word = {act_.author, decision, recorded_.digest};
      return;
    }
    const bool of_both = person.word && person.word->by != act_.author &&
                         person.word->decision == decision && act_.answers == person.word->said_by;
    if (!of_both) Break(Property::kP8, "one side decides what is the Joint Committee's to decide");
    person.word.reset();
    if (Says(act_.facts, Fact::kDecision, "refuse")) {
      person.confirmed = false;
      person.denied = true;
    }
  }

  void Planned() {
    FlightSaid& flight = FlightOf(act_.matter);
    flight.carrier = act_.facts.NumberOr(Fact::kCarrier, 0);
    flight.departure = act_.facts.NumberOr(Fact::kDeparture, 0);
    flight.permitted = false;
  }

  void Listing() {
    after_.lists.resize(after_.transfers.size());
    List& list = ListOf(act_.matter);
    list.own_nationals =
        !act_.facts.Has(Fact::kCategory) || Says(act_.facts, Fact::kCategory, "own_national");
    list.manifest = recorded_.digest;
    list.listed_at = recorded_.recorded_at.ms;
    list.lines.clear();
    for (const Facts& line : act_.lines) {
      const MatterId id = line.IdOr(Fact::kCase);
      if (id.IsZero()) continue;
      list.lines.push_back({id, DigestIn(line, Fact::kConfirmation),
                            Says(line, Fact::kFitToFly, "yes"),
                            Says(line, Fact::kDecisionRenewed, "yes"),
                            Says(line, Fact::kReception, "yes"), true, false});
      const Person* person = Find(id);
      if (person == nullptr || !person->confirmed || person->denied) {
        Break(Property::kP2, "somebody who is not confirmed stands on a list");
      } else if (person->own_national != list.own_nationals) {
        Break(Property::kP2, "somebody stands on a list of persons of another category");
      }
      if (list.cleared_once && std::find(list.cleared_at_first.begin(), list.cleared_at_first.end(),
                                         id) == list.cleared_at_first.end()) {
        Break(Property::kP9, "somebody is added to a list after it was cleared");
      }
      for (std::size_t other = 0; other < after_.lists.size(); ++other) {
        if (other == NumberOf(act_.matter) || !OnOpenList(other, id)) continue;
        Break(Property::kP12, "somebody stands on two open lists");
      }
    }
  }

  bool OnOpenList(std::size_t number, const MatterId& id) const {
    const Matter& transfer = *after_.transfers[number];
    if (HasEnded(&transfer) || HasEnded(after_.Find(transfer.facts.IdOr(Fact::kFlight))))
      return false;
    return std::any_of(after_.lists[number].lines.begin(), after_.lists[number].lines.end(),
                       [&](const Listed& line) { return line.one_case == id && line.open; });
  }

  bool HasEnded(const Matter* matter) const {
    const procedure::StageRule* stage =
        matter != nullptr ? procedure_.FindStage(matter->kind, matter->stage) : nullptr;
    return stage != nullptr && stage->terminal;
  }

  void CloseLine(const MatterId& id) {
    for (Listed& line : ListOf(act_.matter).lines) {
      if (line.one_case == id) line.open = line.aboard = false;
    }
  }

  // Of the flight that is boarding: a minor aboard has an adult of the family aboard.
  void KeepTogether() {
    const Matter* transfer = after_.Find(act_.matter);
    if (HasEnded(after_.Find(transfer->facts.IdOr(Fact::kFlight)))) return;
    const std::vector<Listed>& lines = ListOf(act_.matter).lines;
    for (const Listed& line : lines) {
      const Person* minor = line.aboard ? Find(line.one_case) : nullptr;
      if (minor == nullptr || !minor->minor || minor->family.IsZero()) continue;
      const bool accompanied = std::any_of(lines.begin(), lines.end(), [&](const Listed& other) {
        const Person* adult = other.aboard ? Find(other.one_case) : nullptr;
        return adult != nullptr && !adult->minor && adult->family == minor->family;
      });
      if (!accompanied) Break(Property::kP11, "a minor is aboard apart from the family");
    }
  }

  void Clearing() {
    List& list = ListOf(act_.matter);
    Clearance clearance;
    clearance.manifest = list.manifest;
    if (const FlightSaid* flight = FlightOfList()) {
      clearance.carrier = flight->carrier;
      clearance.departure = flight->departure;
    }
    // Clearance speaks of the list its act names.
    if (act_.facts.DigestOr(Fact::kManifest) != list.manifest) clearance.manifest = Digest{};
    for (const Facts& line : act_.lines) {
      if (Says(line, Fact::kCleared, "yes")) {
        clearance.cases.push_back(line.IdOr(Fact::kCase));
      } else {
        CloseLine(line.IdOr(Fact::kCase));
      }
    }
    if (!list.cleared_once) {
      list.cleared_once = true;
      for (const Listed& line : list.lines) list.cleared_at_first.push_back(line.one_case);
    }
    list.clearance = std::move(clearance);
  }

  void Boarding(const Facts& line) {
    const MatterId id = line.IdOr(Fact::kCase);
    Person* person = Find(id);
    List& list = ListOf(act_.matter);
    const auto listed = std::find_if(list.lines.begin(), list.lines.end(),
                                     [&](const Listed& one) { return one.one_case == id; });
    if (person == nullptr || listed == list.lines.end()) {
      Break(Property::kP4, "somebody boards who stands on no list");
      return;
    }
    if (!person->confirmed || !person->verified)
      Break(Property::kP1, "somebody boards whom the requested state has not confirmed");
    if (person->confirmed && listed->confirmation != person->confirmation)
      Break(Property::kP1, "somebody boards under another person's confirmation");
    if (person->claim != ClaimSaid::kNothing && person->claim != ClaimSaid::kAcknowledged &&
        person->claim != ClaimSaid::kDropped) {
      Break(Property::kP3, "somebody boards while a security claim is open");
    }
    const FlightSaid* flight = FlightOfList();
    const bool cleared = IsCleared(list, id) && list.clearance->manifest == list.manifest;
    if (!cleared)
      Break(Property::kP4, "somebody boards whom this revision of the list does not clear");
    if (flight == nullptr || !flight->permitted)
      Break(Property::kP4, "somebody boards a flight that may not land");
    if (cleared && flight != nullptr &&
        (list.clearance->carrier != flight->carrier ||
         list.clearance->departure != flight->departure)) {
      Break(Property::kP4, "somebody boards another flight than the one that was cleared");
    }
    if (person->withdrawn) Break(Property::kP6, "somebody boards after a withdrawal");
    if (person->held) Break(Property::kP6, "somebody boards during a hold");
    if (Suspended(before_)) Break(Property::kP6, "somebody boards during a suspension");
    const bool shortly =
        recorded_.recorded_at.ms - list.listed_at <= kShortlyBeforeDays * kMsPerDay;
    if (!Says(line, Fact::kDecisionRenewed, "yes") && !(listed->renewed && shortly))
      Break(Property::kP7, "somebody boards on a decision that was not looked at again");
    const bool document = person->document_until && flight != nullptr &&
                          *person->document_until >=
                              DayOf(procedure_, after_.requested, Instant{flight->departure}) + 1;
    if (!document)
      Break(Property::kP10, "somebody boards without a document valid on the day of arrival");
    if (!listed->fit) Break(Property::kP11, "somebody boards without a fitness flag");
    if (person->minor && !listed->reception)
      Break(Property::kP11, "a minor boards without a reception record");
    listed->aboard = true;
  }

  void HandedOver(const Facts& line) {
    const MatterId id = line.IdOr(Fact::kCase);
    const Person* person = Find(id);
    if (person == nullptr || Says(line, Fact::kOutcome, "admitted")) return;
    // Whoever came with what the requested state gave out is who was expected, unless it found by
    // an act of its own that it is somebody else.
    if (person->document_until && !person->other_person)
      Break(Property::kP9, "somebody expected is refused on arrival without a finding");
  }

  const CheckedProcedure& procedure_;
  const World& before_;
  const RecordedAct& recorded_;
  const Act& act_;
  World& after_;
  std::vector<Breach> breaches_;
};

bool IsClaim(ActKind act) {
  switch (act) {
    case ActKind::kClaimMade:
    case ActKind::kClaimSubstantiated:
    case ActKind::kClaimAcknowledged:
    case ActKind::kClaimContested:
    case ActKind::kClaimDropped:
      return true;
    default:
      return false;
  }
}

bool IsClaimFact(Fact fact) {
  return fact == Fact::kClaim || fact == Fact::kClaimBasis || fact == Fact::kClaimEvidence;
}

bool IsNationalityFact(Fact fact) {
  return fact == Fact::kVerification || fact == Fact::kAnswer || fact == Fact::kConfirmation ||
         fact == Fact::kConfirmationId || fact == Fact::kRefusalGround || fact == Fact::kClass;
}

int SealsOf(const Rule& rule) {
  int seals = 0;
  for (const procedure::SealNeeded& seal : rule.seals) seals += seal.count;
  return seals;
}

}  // namespace

std::vector<Property> AllProperties() {
  std::vector<Property> all;
  for (const Named& named : kProperties) all.push_back(named.property);
  return all;
}

std::string_view NameOf(Property property) {
  return kProperties[static_cast<std::size_t>(property) - 1].name;
}

std::string_view SentenceOf(Property property) {
  return kProperties[static_cast<std::size_t>(property) - 1].sentence;
}

std::vector<Breach> Judge(const CheckedProcedure& procedure, const World& before,
                          const RecordedAct& act, World& after) {
  return Books(procedure, before, act, after).Run();
}

void NoteLapses(const std::vector<procedure::Lapsed>& lapses, World& after) {
  for (const procedure::Lapsed& lapsed : lapses) {
    if (lapsed.matter.raw()[0] != 'C') continue;
    Person& person = after.persons[NumberOf(lapsed.matter)];
    // Receipt of a claim has a limit (P3): silence on evidence is receipt, and a claim that is
    // never substantiated is none.
    if (lapsed.lapse == kClaimReceived && person.claim == ClaimSaid::kSubstantiated)
      person.claim = ClaimSaid::kAcknowledged;
    if (lapsed.lapse == kClaimWithoutEvidence &&
        (person.claim == ClaimSaid::kMade || person.claim == ClaimSaid::kContested)) {
      person.claim = ClaimSaid::kDropped;
    }
  }
}

std::vector<Breach> JudgeRules(const procedure::Procedure& procedure) {
  std::set<Breach> breaches;
  std::set<std::string> waited_for;  // limits whose passing has a consequence
  for (const procedure::Lapse& lapse : procedure.lapses) waited_for.insert(lapse.limit);
  bool claims = false;
  bool receipt_has_limit = false;
  for (const Rule& rule : procedure.rules) {
    const std::string where = "rule " + rule.name;
    for (const Decisive& decisive : kDecisive) {
      if (decisive.act != rule.act) continue;
      if (rule.role != decisive.role)
        breaches.insert({Property::kP8, where + ": the act is not left to the side it belongs to"});
      if (SealsOf(rule) < decisive.seals)
        breaches.insert({Property::kP8, where + ": fewer seals than eyes are needed"});
    }
    const bool claim = IsClaim(rule.act);
    claims = claims || claim;
    if (claim && !rule.to.empty())
      breaches.insert({Property::kP3, where + ": a claim moves the case"});
    for (const std::vector<Effect>* effects : {&rule.effects, &rule.line_effects}) {
      for (const Effect& effect : *effects) {
        const bool of_case = effect.path.holder == Holder::kCase;
        const bool fact =
            of_case && effect.path.field == Field::kFact &&
            (effect.kind == Effect::Kind::kSet || effect.kind == Effect::Kind::kClear);
        const bool stage = of_case && effect.path.field == Field::kStage;
        if (claim && (stage || (fact && IsNationalityFact(effect.path.fact))))
          breaches.insert({Property::kP3, where + ": a claim changes a ruling on nationality"});
        if (!claim && fact && IsClaimFact(effect.path.fact))
          breaches.insert({Property::kP3, where + ": a claim is carried by another act"});
        if (claim && effect.kind == Effect::Kind::kStart && waited_for.contains(effect.limit))
          receipt_has_limit = true;
      }
    }
  }
  if (claims && !receipt_has_limit)
    breaches.insert({Property::kP3, "no limit runs for the receipt of a claim"});
  for (const Rule& rule : procedure.rules) {
    if (rule.act != ActKind::kErrorNotified) continue;
    const bool contestable =
        std::any_of(procedure.rules.begin(), procedure.rules.end(), [&](const Rule& other) {
          return other.act == ActKind::kErrorContested &&
                 std::find(other.from.begin(), other.from.end(), rule.to) != other.from.end();
        });
    if (!contestable)
      breaches.insert({Property::kP9,
                       "rule " + rule.name + ": what is notified as an error cannot be contested"});
  }
  return {breaches.begin(), breaches.end()};
}

}  // namespace chancery::checker
