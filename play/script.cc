#include "play/script.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "play/scans.h"
#include "play/sentence.h"

namespace chancery::play {

namespace {

using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::MatterKind;

constexpr PartyCode kUnion = *PartyCode::FromText("EUE");
constexpr Fact kListed[] = {Fact::kReturnees, Fact::kEscorts, Fact::kMonitors, Fact::kMedics,
                            Fact::kInterpreters};
constexpr Fact kBoarded[] = {Fact::kBoardedReturnees, Fact::kBoardedEscorts, Fact::kBoardedMonitors,
                             Fact::kBoardedMedics, Fact::kBoardedInterpreters};

// Which act an act answers: the newest of these kinds in its matter.
struct Answered {
  ActKind act;
  std::vector<ActKind> kinds;
};
const std::vector<Answered>& AnsweredActs() {
  static const std::vector<Answered> table = {
      {ActKind::kAcknowledged,
       {ActKind::kReexaminationAsked, ActKind::kNotice, ActKind::kApplication,
        ActKind::kTransitAsked}},
      {ActKind::kTransitAnswered, {ActKind::kTransitAsked}},
      {ActKind::kExtension, {ActKind::kApplication}},
      {ActKind::kVerification, {ActKind::kApplication}},
      {ActKind::kReply, {ActKind::kReexaminationAsked, ActKind::kNotice, ActKind::kApplication}},
      {ActKind::kClarificationGiven, {ActKind::kClarificationAsked}},
      {ActKind::kCommitteeDecided, {ActKind::kCommitteeDecided}},
      {ActKind::kDocumentRenewed, {ActKind::kRenewalAsked}},
      {ActKind::kDocumentIssued, {ActKind::kReply}},
      {ActKind::kClaimSubstantiated, {ActKind::kClaimMade}},
      {ActKind::kClaimAcknowledged, {ActKind::kClaimSubstantiated, ActKind::kClaimMade}},
      {ActKind::kClaimContested, {ActKind::kClaimMade}},
      {ActKind::kClaimDropped, {ActKind::kClaimMade}},
      {ActKind::kHoldLifted, {ActKind::kHold}},
      {ActKind::kLandingPermitted, {ActKind::kFlightAmended, ActKind::kFlightProposed}},
      {ActKind::kLandingRefused, {ActKind::kFlightAmended, ActKind::kFlightProposed}},
      {ActKind::kLinesCleared, {ActKind::kManifest}},
      {ActKind::kHandover, {ActKind::kHandover}},
      {ActKind::kFlightHandover, {ActKind::kFlightHandover}},
      {ActKind::kResumed, {ActKind::kSuspended}},
      {ActKind::kMoveAgreed, {ActKind::kMoveProposed}},
      {ActKind::kProcedureAccepted, {ActKind::kProcedureProposed}},
      {ActKind::kProcedureInForce, {ActKind::kProcedureAccepted}},
  };
  return table;
}

std::optional<Digest> AnswerTo(ActKind kind, const std::map<ActKind, Digest>& last) {
  for (const Answered& row : AnsweredActs()) {
    if (row.act != kind) continue;
    for (const ActKind earlier : row.kinds) {
      const auto at = last.find(earlier);
      if (at != last.end()) return at->second;
    }
  }
  return std::nullopt;
}

std::int64_t LineKindOf(const Facts& line) { return line.NumberOr(Fact::kLineKind, 0); }

std::int64_t Yes(bool yes) { return yes ? 1 : 0; }

// For how long somebody's presence is known when the sentence does not say it.
constexpr std::int64_t kDaysKnown = 10;
constexpr std::int64_t kAdmitted = 1;  // word of Fact::kOutcome

// Before every other in byte order, and not zero.
MatterId LowestId() {
  MatterId id;
  id.raw().back() = 1;
  return id;
}

// The version that a story calls unknown: nobody holds it, and it is always the same.
Digest UnknownVersion() {
  Digest digest;
  digest.raw().fill(0xfe);
  return digest;
}

// "certificate of PAK registry 2"
std::optional<NamedCertificate> CertificateIn(const std::string& text) {
  std::istringstream words(text);
  std::string certificate;
  std::string of;
  std::string party;
  std::string office;
  NamedCertificate named;
  if (!(words >> certificate >> of >> party >> office >> named.number)) return std::nullopt;
  const auto code = PartyCode::FromText(party);
  const auto word = procedure::WordNumber(Fact::kOffice, office);
  if (certificate != "certificate" || of != "of" || !code || !word) return std::nullopt;
  named.party = *code;
  named.office = *word;
  return named;
}

}  // namespace

bool AsksOfAState(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [&](const Step& step) {
    const auto* act = std::get_if<ActSentence>(&step.what);
    return act != nullptr && act->author == scenario.ministry && OpensCase(act->kind);
  });
}

std::vector<Cast> CastOf(const Scenario& scenario) {
  const std::vector<std::string_view> asked = {
      "ministry", "mission", "registry", "passport_office", "border_agency", "aviation_authority"};
  const std::vector<std::string_view> asking = {"return_authority", "escort_leader", "monitor"};
  // Where the ministry's side asks too, everybody has the offices of both.
  std::vector<std::string_view> both = asked;
  both.insert(both.end(), asking.begin(), asking.end());
  const bool both_ways = AsksOfAState(scenario);
  std::vector<Cast> cast;
  cast.push_back({scenario.ministry, both_ways ? both : asked});
  for (const PartyCode state : scenario.states) cast.push_back({state, both_ways ? both : asking});
  cast.push_back({kUnion, {"union_signatory"}});
  return cast;
}

PartyCode PartyOfOffice(const Scenario& scenario, std::int64_t office, PartyCode author) {
  const std::string_view name = procedure::WordName(Fact::kOffice, office);
  if (name == "union_signatory") return kUnion;
  if (Holds(scenario, author, office)) return author;
  const Cast ministry = CastOf(scenario).front();
  const bool of_ministry =
      std::find(ministry.offices.begin(), ministry.offices.end(), name) != ministry.offices.end();
  return of_ministry ? ministry.party : author;
}

bool Holds(const Scenario& scenario, PartyCode party, std::int64_t office) {
  const std::string_view name = procedure::WordName(Fact::kOffice, office);
  const std::vector<Cast> all = CastOf(scenario);
  return std::any_of(all.begin(), all.end(), [&](const Cast& cast) {
    return cast.party == party &&
           std::find(cast.offices.begin(), cast.offices.end(), name) != cast.offices.end();
  });
}

bool CarriesParticulars(const Planned& planned) {
  return !planned.bare && CarriesParticulars(planned.act);
}

bool CarriesParticulars(const Act& act) {
  const auto says = [&](Fact fact, std::string_view word) {
    return act.facts.NumberOr(fact, 0) == procedure::WordNumber(fact, word);
  };
  switch (act.kind) {
    case ActKind::kApplication:
    case ActKind::kNotice:
    case ActKind::kTransitAsked:
    case ActKind::kCorrection:
    case ActKind::kReexaminationAsked:
      return true;
    case ActKind::kReply:
      return says(Fact::kAnswer, "confirmed");
    case ActKind::kClarificationGiven:
      return says(Fact::kClarification, "given");
    default:
      return false;
  }
}

bool OpensCase(ActKind kind) {
  return kind == ActKind::kApplication || kind == ActKind::kNotice ||
         kind == ActKind::kTransitAsked;
}

Instant SceneTime(const Scenario& scenario) { return Instant{scenario.agreed.ms - kMsPerDay}; }

Digest StandInCertificate(const NamedCertificate& named) {
  Digest digest;
  auto& raw = digest.raw();
  raw.fill(0xce);
  for (std::size_t i = 0; i < 3; ++i) raw[i] = static_cast<std::uint8_t>(named.party.view()[i]);
  raw[3] = static_cast<std::uint8_t>(named.office);
  raw[4] = static_cast<std::uint8_t>(named.number - 1);
  return digest;
}

Script::Script(const Scenario& scenario, const Agreed& agreed, Entropy& entropy)
    : scenario_(scenario),
      founding_(*agreed.founding.rules),
      agreed_(*agreed.procedure.rules),
      second_(agreed.second ? agreed.second->rules.get() : nullptr),
      entropy_(entropy) {
  cooperation_ = entropy_.Make<MatterId>();
}

const MatterId* Script::FindCase(const std::string& person) const {
  const auto at = cases_.find(person);
  return at != cases_.end() ? &at->second.id : nullptr;
}

bool Script::IsInTransit(const std::string& person) const {
  const auto at = cases_.find(person);
  return at != cases_.end() && at->second.last.contains(ActKind::kTransitAsked);
}

const MatterId* Script::FindFlight(const std::string& flight) const {
  const auto at = flights_.find(flight);
  return at != flights_.end() ? &at->second.id : nullptr;
}

const MatterId* Script::FindTransfer(const std::string& flight, PartyCode state) const {
  const auto at = lists_.find({flight, state});
  return at != lists_.end() && at->second.opened ? &at->second.id : nullptr;
}

std::vector<Planned> Script::SetScene(const std::vector<OfficeKey>& offices,
                                      const std::vector<AuthorityKeys>& authorities) {
  std::vector<Planned> acts;
  const auto add = [&](ActKind kind, PartyCode author) -> Act& {
    Planned planned;
    planned.act.kind = kind;
    planned.act.author = author;
    planned.act.addressee = author == scenario_.ministry ? kUnion : scenario_.ministry;
    planned.act.matter = cooperation_;
    planned.act.procedure = founding_.digest();
    acts.push_back(std::move(planned));
    return acts.back().act;
  };
  const auto appointing = [&](PartyCode party) {
    return party == scenario_.ministry ? party : kUnion;
  };
  const std::int64_t signatory =
      procedure::WordNumber(Fact::kOffice, "union_signatory").value_or(0);
  const std::int64_t ministry = procedure::WordNumber(Fact::kOffice, "ministry").value_or(0);

  Act& founded = add(ActKind::kFounded, kUnion);
  std::vector<Digest> founders;
  for (const OfficeKey& key : offices) {
    const bool founds =
        key.office == signatory || (key.office == ministry && key.party == scenario_.ministry);
    if (!founds) continue;
    Facts line;
    line.Set(Fact::kParty, procedure::PackParty(key.party));
    line.Set(Fact::kOffice, key.office);
    line.Set(Fact::kOfficer, key.officer);
    line.Set(Fact::kCertificate, key.certificate);
    founded.lines.push_back(std::move(line));
    founders.push_back(key.certificate);
  }
  for (const AuthorityKeys& keys : authorities) {
    Act& act = add(ActKind::kAuthorityAppointed, appointing(keys.party));
    act.facts.Set(Fact::kParty, procedure::PackParty(keys.party));
    act.facts.Set(Fact::kLogKey, keys.log_key);
    act.facts.Set(Fact::kWitnessKey, keys.witness_key);
    act.facts.Set(Fact::kFrom, SceneTime(scenario_).ms);
  }
  for (const OfficeKey& key : offices) {
    if (std::find(founders.begin(), founders.end(), key.certificate) != founders.end()) continue;
    Act& act = add(ActKind::kOfficeAppointed, appointing(key.party));
    act.facts.Set(Fact::kParty, procedure::PackParty(key.party));
    act.facts.Set(Fact::kOffice, key.office);
    act.facts.Set(Fact::kOfficer, key.officer);
    act.facts.Set(Fact::kCertificate, key.certificate);
    act.facts.Set(Fact::kFrom, SceneTime(scenario_).ms);
  }
  add(ActKind::kProcedureProposed, kUnion).facts.Set(Fact::kProcedure, agreed_.digest());
  add(ActKind::kProcedureAccepted, scenario_.ministry)
      .facts.Set(Fact::kProcedure, agreed_.digest());
  Act& in_force = add(ActKind::kProcedureInForce, scenario_.ministry);
  in_force.facts.Set(Fact::kProcedure, agreed_.digest());
  in_force.facts.Set(Fact::kFrom, scenario_.agreed.ms);
  return acts;
}

MatterId Script::HandleOf(const Person& person, PartyCode state) {
  MatterId& handle = handles_[{person.id, state}];
  if (handle.IsZero()) handle = entropy_.Make<MatterId>();
  return handle;
}

MatterId Script::FamilyOf(const Person& person) {
  MatterId& family = families_[person.family];
  if (family.IsZero()) family = entropy_.Make<MatterId>();
  return family;
}

absl::Status Script::Missing(const Step& step, const std::string& what) const {
  return FailedPrecondition(scenario_.file + ":" + std::to_string(step.line) + ": " + what);
}

absl::StatusOr<std::vector<Planned>> Script::Plan(const Step& step) {
  const auto& sentence = std::get<ActSentence>(step.what);
  const procedure::ActInfo* info = procedure::FindAct(sentence.kind);
  const bool in_case = info->matter == MatterKind::kCase;
  std::vector<Planned> all;
  const std::size_t count = in_case ? sentence.persons.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    Planned planned;
    planned.office = sentence.office;
    planned.flight = sentence.flight;
    planned.bare = sentence.bare;
    planned.one_seal = sentence.one_seal;
    planned.sealed = sentence.sealed;
    planned.past_the_door = sentence.past_the_door;
    planned.offered = sentence.offered;
    planned.act.kind = sentence.kind;
    planned.act.author = sentence.author;
    planned.act.facts = sentence.facts;
    planned.act.procedure =
        info->matter == MatterKind::kCooperation ? founding_.digest() : agreed_.digest();
    absl::Status status;
    switch (info->matter) {
      case MatterKind::kCooperation:
        PlanCooperation(step, sentence, planned);
        break;
      case MatterKind::kCase:
        status = PlanCase(step, sentence, sentence.persons[i], planned);
        break;
      case MatterKind::kFlight:
        status = PlanFlight(step, sentence, planned);
        break;
      case MatterKind::kTransfer:
        status = PlanTransfer(step, sentence, planned);
        break;
    }
    CHANCERY_RETURN_IF_ERROR(status);
    if (sentence.version) {
      CHANCERY_ASSIGN_OR_RETURN(planned.act.procedure, DigestOf(step, *sentence.version));
    }
    if (sentence.on_nothing) planned.act.matter = entropy_.Make<MatterId>();
    if (sentence.on_lowest) planned.act.matter = LowestId();
    if (sentence.on_matter) {
      CHANCERY_ASSIGN_OR_RETURN(planned.act.matter, IdOf(step, *sentence.on_matter));
    }
    if (sentence.astray) planned.act.answers = entropy_.Make<Digest>();
    CHANCERY_RETURN_IF_ERROR(AddGiven(step, sentence, planned));
    if (!sentence.addressee.IsNone()) planned.act.addressee = sentence.addressee;
    all.push_back(std::move(planned));
  }
  return all;
}

absl::Status Script::PlanCase(const Step& step, const ActSentence& sentence,
                              const std::string& person, Planned& planned) {
  Act& act = planned.act;
  planned.person = person;
  const Person& whom = *scenario_.FindPerson(person);
  if (OpensCase(act.kind)) {
    act.addressee = scenario_.ministry;
    act.matter = entropy_.Make<MatterId>();
    if (sentence.on_same) {
      const MatterId* open = FindCase(person);
      if (open == nullptr)
        return Missing(step,
                       "nobody has applied for " + person + ". Remedy: write an application above");
      act.matter = *open;
    }
    if (sentence.general || act.kind == ActKind::kTransitAsked) return absl::OkStatus();
    act.lines = sentence.lines;
    NameScans(whom, act.lines);
    if (act.facts.Has(Fact::kDutyBasis) && !act.facts.Has(Fact::kKnownSince))
      act.facts.Set(Fact::kKnownSince, CivilDayOf(step.at, 0) - kDaysKnown);
    act.facts.Set(Fact::kHandle, HandleOf(whom, act.author));
    act.facts.Set(Fact::kDecisionFinal, 1);
    act.facts.Set(Fact::kPresent, 1);
    act.facts.Set(Fact::kMinor, Yes(whom.minor));
    if (whom.entered) act.facts.Set(Fact::kEntryDate, *whom.entered);
    if (!whom.family.empty()) act.facts.Set(Fact::kFamilyGroup, FamilyOf(whom));
    return absl::OkStatus();
  }
  const auto at = cases_.find(person);
  if (at == cases_.end()) {
    return Missing(step, "nobody has applied for " + person + ". Remedy: write 'GRC applies for " +
                             person + " with ...' above");
  }
  CaseFile& file = at->second;
  act.matter = file.id;
  act.addressee = act.author == scenario_.ministry ? file.state : scenario_.ministry;
  act.answers = AnswerTo(act.kind, file.last);
  if (sentence.general) return absl::OkStatus();
  if (act.kind == ActKind::kReply && act.facts.NumberOr(Fact::kAnswer, 0) == 1) {
    act.facts.Set(Fact::kConfirmationId, entropy_.Make<MatterId>());
  }
  if (act.kind == ActKind::kDocumentIssued) {
    if (!file.confirmation_id.IsZero()) act.facts.Set(Fact::kConfirmationId, file.confirmation_id);
    if (file.category != procedure::WordNumber(Fact::kCategory, "own_national")) {
      act.facts.Set(Fact::kDocumentKind,
                    procedure::WordNumber(Fact::kDocumentKind, "laissez_passer").value_or(0));
    }
  }
  return absl::OkStatus();
}

absl::Status Script::PlanFlight(const Step& step, const ActSentence& sentence, Planned& planned) {
  Act& act = planned.act;
  if (act.kind == ActKind::kFlightProposed) {
    const MatterId* there = sentence.on_same ? FindFlight(sentence.flight) : nullptr;
    act.matter = there != nullptr ? *there : entropy_.Make<MatterId>();
    act.addressee = scenario_.ministry;
    act.lines = sentence.lines;
    return absl::OkStatus();
  }
  const auto at = flights_.find(sentence.flight);
  if (at == flights_.end()) {
    return Missing(step, "the proposal of " + sentence.flight +
                             " was not admitted. Remedy: propose it so that it is");
  }
  FlightFile& flight = at->second;
  act.matter = flight.id;
  act.addressee = act.author == scenario_.ministry ? flight.organiser : scenario_.ministry;
  act.answers = AnswerTo(act.kind, flight.last);
  if (sentence.general) return absl::OkStatus();
  switch (act.kind) {
    case ActKind::kFlightAmended:
      act.facts.Set(Fact::kFlightRevision, flight.revision + 1);
      for (const Fact fact : {Fact::kCarrier, Fact::kFlightNumber, Fact::kDeparture}) {
        const procedure::Value* value = flight.terms.Find(fact);
        if (!act.facts.Has(fact) && value != nullptr) act.facts.Set(fact, *value);
      }
      break;
    case ActKind::kManifestLodged: {
      const ListFile& list = ListOf(sentence.flight, act.author);
      const auto digest = list.last.find(ActKind::kManifest);
      if (digest == list.last.end()) {
        return Missing(step, act.author.ToText() + " has no list on " + sentence.flight +
                                 ". Remedy: write '" + act.author.ToText() + " lists P01 on " +
                                 sentence.flight + "' above");
      }
      act.facts.Set(Fact::kManifest, digest->second);
      act.facts.Set(Fact::kRevision, list.revision);
      SetCounts(list.lines, {}, act.facts);
      break;
    }
    case ActKind::kLandingPermitted:
      act.facts.Set(Fact::kFlightRevision, flight.revision);
      for (const PartyCode state : flight.states) {
        const ListFile& list = ListOf(sentence.flight, state);
        const auto digest = list.last.find(ActKind::kManifest);
        if (digest == list.last.end()) continue;
        Facts line;
        line.Set(Fact::kParty, procedure::PackParty(state));
        line.Set(Fact::kManifest, digest->second);
        act.lines.push_back(std::move(line));
      }
      break;
    case ActKind::kLandingRefused:
    case ActKind::kBoardingOpened:
      act.facts.Set(Fact::kFlightRevision, flight.revision);
      break;
    case ActKind::kBoardingLodged: {
      if (sentence.back) break;  // nothing is lodged any more
      const ListFile& list = ListOf(sentence.flight, act.author);
      if (!list.aboard) {
        return Missing(step, act.author.ToText() + " has recorded no boarding on " +
                                 sentence.flight + ". Remedy: write '" + act.author.ToText() +
                                 " records boarding on " + sentence.flight + " all' above");
      }
      act.facts.Set(Fact::kBoarding, *list.aboard);
      SetBoardedCounts(list, act.facts);
      break;
    }
    case ActKind::kDoorsClosed:
    case ActKind::kFlightHandover:
      AddBoardedCounts(sentence.flight, act.facts);
      break;
    case ActKind::kArrived:
      act.facts.Set(Fact::kArrivalAirport, flight.terms.NumberOr(Fact::kArrivalAirport, 0));
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

absl::Status Script::PlanTransfer(const Step& step, const ActSentence& sentence, Planned& planned) {
  Act& act = planned.act;
  const PartyCode state = act.author == scenario_.ministry ? sentence.list_of : act.author;
  const auto flight = flights_.find(sentence.flight);
  if (flight == flights_.end()) {
    return Missing(step, "the proposal of " + sentence.flight +
                             " was not admitted. Remedy: propose it so that it is");
  }
  ListFile& list = ListOf(sentence.flight, state);
  act.matter = list.id;
  act.addressee = act.author == state ? scenario_.ministry : state;
  act.answers = AnswerTo(act.kind, list.last);
  if (sentence.general) return absl::OkStatus();
  switch (act.kind) {
    case ActKind::kManifest:
      act.facts = {};
      act.facts.Set(Fact::kCategory, sentence.facts.NumberOr(Fact::kCategory, 0));
      act.facts.Set(Fact::kFlight, flight->second.id);
      act.facts.Set(Fact::kFlightRevision, flight->second.revision);
      act.facts.Set(Fact::kRevision, list.revision + 1);
      for (const std::string& person : sentence.persons) {
        if (!cases_.contains(person)) {
          return Missing(step, "nobody has applied for " + person +
                                   ". Remedy: write 'GRC applies for " + person +
                                   " with ...' above");
        }
        act.lines.push_back(ReturneeLine(person));
      }
      for (std::size_t kind = 1; kind < std::size(kListed); ++kind) {
        AddCompanions(list, static_cast<std::int64_t>(kind) + 1,
                      sentence.facts.NumberOr(kListed[kind], 0), act.lines);
      }
      break;
    case ActKind::kLinesCleared: {
      act.facts = {};
      const auto digest = list.last.find(ActKind::kManifest);
      if (digest != list.last.end()) act.facts.Set(Fact::kManifest, digest->second);
      act.facts.Set(Fact::kFlightRevision, flight->second.revision);
      for (const Facts& listed : list.lines) {
        Facts line = KeyOf(listed);
        bool cleared = true;
        for (const std::string& person : sentence.persons) {
          const auto file = cases_.find(person);
          if (file != cases_.end() && listed.Has(Fact::kCase) &&
              listed.IdOr(Fact::kCase) == file->second.id) {
            cleared = false;
          }
        }
        line.Set(Fact::kCleared, Yes(cleared));
        const procedure::Value* ground = sentence.facts.Find(Fact::kClearanceGround);
        if (!cleared && ground != nullptr) line.Set(Fact::kClearanceGround, *ground);
        act.lines.push_back(std::move(line));
      }
      break;
    }
    case ActKind::kTakenOff:
      for (const std::string& person : sentence.persons) {
        if (cases_.contains(person)) act.lines.push_back(KeyOf(ReturneeLine(person)));
      }
      break;
    case ActKind::kBoardingRecorded:
      if (!sentence.all) {  // nobody
        SetBoardedCounts({}, act.facts);
        break;
      }
      for (const Facts& listed : list.lines) {
        Facts line = KeyOf(listed);
        const auto& left_out = list.not_cleared;
        if (std::find(left_out.begin(), left_out.end(), line) != left_out.end()) continue;
        line.Set(Fact::kLineKind, LineKindOf(listed));
        const bool left = std::any_of(sentence.persons.begin(), sentence.persons.end(),
                                      [&](const std::string& person) {
                                        const auto file = cases_.find(person);
                                        return file != cases_.end() && listed.Has(Fact::kCase) &&
                                               listed.IdOr(Fact::kCase) == file->second.id;
                                      });
        line.Set(Fact::kBoarded, Yes(!left));
        if (listed.Has(Fact::kCase)) line.Set(Fact::kDecisionRenewed, Yes(true));
        act.lines.push_back(std::move(line));
      }
      SetCounts(list.lines, act.lines, act.facts);
      break;
    case ActKind::kHandover: {
      act.facts = {};
      std::int64_t returnees = 0;
      for (const Facts& boarded : list.boarding) {
        if (!boarded.Has(Fact::kCase) || boarded.NumberOr(Fact::kBoarded, 0) == 0) continue;
        const bool returned = std::any_of(
            sentence.persons.begin(), sentence.persons.end(), [&](const std::string& p) {
              const auto file = cases_.find(p);
              return file != cases_.end() && boarded.IdOr(Fact::kCase) == file->second.id;
            });
        Facts line;
        line.Set(Fact::kCase, boarded.IdOr(Fact::kCase));
        line.Set(Fact::kOutcome, returned ? sentence.facts.NumberOr(Fact::kOutcome, 0) : kAdmitted);
        act.lines.push_back(std::move(line));
        ++returnees;
      }
      if (act.author == state && !list.outcomes.empty()) act.lines = list.outcomes;
      act.facts.Set(Fact::kBoardedReturnees, returnees);
      break;
    }
    default:
      break;
  }
  return absl::OkStatus();
}

void Script::PlanCooperation(const Step& step, const ActSentence& sentence, Planned& planned) {
  Act& act = planned.act;
  act.matter = cooperation_;
  act.addressee = act.author == scenario_.ministry ? kUnion : scenario_.ministry;
  act.answers = AnswerTo(act.kind, cooperation_done_.last);
  act.lines = sentence.lines;
  if (act.kind == ActKind::kProcedureOutOfForce && !sentence.general)
    act.facts.Set(Fact::kUntil, step.at.ms);
}

absl::Status Script::AddGiven(const Step& step, const ActSentence& sentence, Planned& planned) {
  for (const GivenFact& given : sentence.given) {
    CHANCERY_ASSIGN_OR_RETURN(procedure::Value value, LookUp(step, given, planned));
    planned.act.facts.Set(given.fact, value);
  }
  for (const std::vector<GivenFact>& row : sentence.given_lines) {
    Facts line;
    for (const GivenFact& given : row) {
      CHANCERY_ASSIGN_OR_RETURN(procedure::Value value, LookUp(step, given, planned));
      line.Set(given.fact, value);
    }
    planned.act.lines.push_back(std::move(line));
  }
  return absl::OkStatus();
}

absl::StatusOr<MatterId> Script::IdOf(const Step& step, const NamedMatter& named) const {
  const MatterId* id = !named.person.empty()    ? FindCase(named.person)
                       : named.flight.empty()   ? &cooperation_
                       : named.list_of.IsNone() ? FindFlight(named.flight)
                                                : FindTransfer(named.flight, named.list_of);
  if (id != nullptr) return *id;
  return Missing(step, "that matter is not open yet. Remedy: open it above");
}

// The version an act names, by its digest.
absl::StatusOr<Digest> Script::DigestOf(const Step& step, NamedVersion version) {
  switch (version) {
    case NamedVersion::kAgreed:
      return agreed_.digest();
    case NamedVersion::kFounding:
      return founding_.digest();
    case NamedVersion::kUnknown:
      return entropy_.Make<Digest>();
    case NamedVersion::kSecond:
      break;
  }
  if (second_ != nullptr) return second_->digest();
  return Missing(step, "there is no second version. Remedy: write the header 'second: 2016'");
}

// Identifiers and digests: "new", "P07" (its case, or its handle), "F1", "confirmation of P07",
// "list of GRC on F1", "boarding of GRC on F1".
absl::StatusOr<procedure::Value> Script::LookUp(const Step& step, const GivenFact& given,
                                                const Planned& planned) {
  const procedure::FactType type = procedure::InfoOf(given.fact).type;
  if (type != procedure::FactType::kId && type != procedure::FactType::kDigest) {
    return procedure::Value(NumberOf(given.fact, given.text).value_or(0));
  }
  if (given.text == "new") {
    if (type == procedure::FactType::kId) return procedure::Value(entropy_.Make<MatterId>());
    return procedure::Value(entropy_.Make<Digest>());
  }
  const auto file = cases_.find(given.text.substr(given.text.rfind(' ') + 1));
  if (given.fact == Fact::kHandle && scenario_.FindPerson(given.text) != nullptr) {
    // A handle is the state's; in a list it is the list's, whoever acts on it.
    const bool of_list = procedure::FindAct(planned.act.kind)->matter == MatterKind::kTransfer &&
                         planned.act.author == scenario_.ministry;
    return procedure::Value(HandleOf(*scenario_.FindPerson(given.text),
                                     of_list ? planned.act.addressee : planned.act.author));
  }
  // A case is named by its person and a flight by its name; either way round it is the wrong one.
  if ((given.fact == Fact::kCase || given.fact == Fact::kFlight) && file != cases_.end())
    return procedure::Value(file->second.id);
  if (given.fact == Fact::kConfirmationId && file != cases_.end())
    return procedure::Value(file->second.confirmation_id);
  if (given.fact == Fact::kConfirmation && file != cases_.end() && file->second.confirmation) {
    return procedure::Value(*file->second.confirmation);
  }
  if (given.fact == Fact::kCorrects && file != cases_.end()) {
    const auto* info = procedure::FindAct(given.text.substr(0, given.text.find(" of ")));
    const auto& last = file->second.last;
    const auto act = info != nullptr ? last.find(info->kind) : last.end();
    if (act != last.end()) return procedure::Value(act->second);
  }
  if (given.fact == Fact::kFamilyGroup && scenario_.FindPerson(given.text) != nullptr &&
      !scenario_.FindPerson(given.text)->family.empty()) {
    return procedure::Value(FamilyOf(*scenario_.FindPerson(given.text)));
  }
  if (given.fact == Fact::kProcedure && given.text == "agreed")
    return procedure::Value(agreed_.digest());
  if (given.fact == Fact::kProcedure && given.text == "second") {
    CHANCERY_ASSIGN_OR_RETURN(const Digest second, DigestOf(step, NamedVersion::kSecond));
    return procedure::Value(second);
  }
  if (given.fact == Fact::kProcedure && given.text == "unknown")
    return procedure::Value(UnknownVersion());
  if (given.fact == Fact::kCertificate) {
    if (const auto named = CertificateIn(given.text))
      return procedure::Value(StandInCertificate(*named));
  }
  if ((given.fact == Fact::kCase || given.fact == Fact::kFlight) && flights_.contains(given.text)) {
    return procedure::Value(flights_.at(given.text).id);
  }
  if (given.fact == Fact::kBoarding) {
    for (const auto& [key, list] : lists_) {
      if (given.text == "boarding of " + key.second.ToText() + " on " + key.first && list.aboard)
        return procedure::Value(*list.aboard);
    }
  }
  if (given.fact == Fact::kManifest) {
    for (const auto& [key, list] : lists_) {
      const auto digest = list.last.find(ActKind::kManifest);
      if (given.text == "list of " + key.second.ToText() + " on " + key.first &&
          digest != list.last.end()) {
        return procedure::Value(digest->second);
      }
    }
  }
  return Missing(step, "'" + given.text + "' names nothing that exists for the fact " +
                           std::string(procedure::InfoOf(given.fact).name) +
                           ". Remedy: write new, P07, F1, "
                           "'confirmation of P07', 'application of P07', 'list of GRC on F1' or "
                           "'boarding of GRC on F1' "
                           "as the fact needs");
}

Script::ListFile& Script::ListOf(const std::string& flight, PartyCode state) {
  ListFile& list = lists_[{flight, state}];
  if (list.id.IsZero()) list.id = entropy_.Make<MatterId>();
  return list;
}

Facts Script::ReturneeLine(const std::string& person) {
  const CaseFile& file = cases_.at(person);
  const Person& whom = *scenario_.FindPerson(person);
  Facts line;
  line.Set(Fact::kLineKind, 1);
  line.Set(Fact::kCase, file.id);
  if (file.confirmation) line.Set(Fact::kConfirmation, *file.confirmation);
  if (!file.confirmation_id.IsZero()) line.Set(Fact::kConfirmationId, file.confirmation_id);
  line.Set(Fact::kFitToFly, 1);
  line.Set(Fact::kDecisionRenewed, 1);
  if (whom.minor) {
    line.Set(Fact::kReception, 1);
    line.Set(Fact::kBestInterests, 1);
  }
  return line;
}

// So many escorts, monitors or others; those of the earlier revision keep their handles.
void Script::AddCompanions(const ListFile& list, std::int64_t kind, std::int64_t count,
                           std::vector<Facts>& lines) {
  for (const Facts& known : list.lines) {
    if (count > 0 && LineKindOf(known) == kind) {
      lines.push_back(known);
      --count;
    }
  }
  for (; count > 0; --count) {
    Facts line;
    line.Set(Fact::kLineKind, kind);
    line.Set(Fact::kHandle, entropy_.Make<MatterId>());
    lines.push_back(std::move(line));
  }
}

Facts Script::KeyOf(const Facts& line) const {
  Facts key;
  for (const Fact fact : {Fact::kCase, Fact::kHandle}) {
    if (const procedure::Value* value = line.Find(fact)) key.Set(fact, *value);
  }
  return key;
}

// How many lines of each kind; with a boarding, how many of them boarded.
void Script::SetCounts(const std::vector<Facts>& lines, const std::vector<Facts>& boarding,
                       Facts& facts) const {
  std::array<std::int64_t, std::size(kListed)> counts{};
  for (const Facts& line : lines) {
    const bool boarded = std::any_of(boarding.begin(), boarding.end(), [&](const Facts& row) {
      return KeyOf(row) == KeyOf(line) && row.NumberOr(Fact::kBoarded, 0) == 1;
    });
    const auto kind = static_cast<std::size_t>(LineKindOf(line) - 1);
    if (kind < counts.size() && (boarding.empty() || boarded)) ++counts[kind];
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    facts.Set(boarding.empty() ? kListed[i] : kBoarded[i], counts[i]);
}

// How many of a list are aboard, by kind: nobody of one without a boarding.
void Script::SetBoardedCounts(const ListFile& list, Facts& facts) const {
  if (!list.boarding.empty()) return SetCounts(list.lines, list.boarding, facts);
  for (const Fact count : kBoarded) facts.Set(count, std::int64_t{0});
}

void Script::AddBoardedCounts(const std::string& flight, Facts& facts) {
  std::array<std::int64_t, std::size(kBoarded)> counts{};
  for (const auto& [key, list] : lists_) {
    if (key.first != flight || list.boarding.empty()) continue;
    Facts one;
    SetCounts(list.lines, list.boarding, one);
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += one.NumberOr(kBoarded[i], 0);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) facts.Set(kBoarded[i], counts[i]);
}

void Script::Recorded(const Planned& planned, const Digest& statement,
                      const std::optional<Digest>& commitment, bool admitted) {
  if (!admitted) return;
  const Act& act = planned.act;
  switch (procedure::FindAct(act.kind)->matter) {
    case MatterKind::kCooperation:
      cooperation_done_.last[act.kind] = statement;
      break;
    case MatterKind::kCase: {
      if (OpensCase(act.kind)) {
        CaseFile fresh;
        fresh.id = act.matter;
        fresh.handle = act.facts.IdOr(Fact::kHandle);
        fresh.state = act.author == scenario_.ministry ? act.addressee : act.author;
        fresh.category = act.facts.NumberOr(Fact::kCategory, 0);
        cases_[planned.person] = fresh;
      }
      CaseFile& file = cases_.at(planned.person);
      file.last[act.kind] = statement;
      if (act.kind == ActKind::kReply && CarriesParticulars(act)) {
        file.confirmation = commitment;
        file.confirmation_id = act.facts.IdOr(Fact::kConfirmationId);
      }
      break;
    }
    case MatterKind::kFlight: {
      if (act.kind == ActKind::kFlightProposed) {
        FlightFile fresh;
        fresh.id = act.matter;
        fresh.organiser = act.author;
        for (const Facts& line : act.lines) {
          fresh.states.push_back(procedure::UnpackParty(line.NumberOr(Fact::kParty, 0)));
        }
        flights_[planned.flight] = fresh;
      }
      FlightFile& flight = flights_.at(planned.flight);
      flight.last[act.kind] = statement;
      for (const auto& [fact, value] : act.facts) flight.terms.Set(fact, value);
      if (act.kind == ActKind::kFlightAmended) {
        flight.revision = act.facts.NumberOr(Fact::kFlightRevision, flight.revision);
      }
      break;
    }
    case MatterKind::kTransfer: {
      const PartyCode state = act.author == scenario_.ministry ? act.addressee : act.author;
      ListFile& list = ListOf(planned.flight, state);
      list.opened = true;
      list.last[act.kind] = statement;
      if (act.kind == ActKind::kManifest) {
        list.revision = act.facts.NumberOr(Fact::kRevision, list.revision);
        list.lines = act.lines;
        list.not_cleared.clear();
      } else if (act.kind == ActKind::kLinesCleared) {
        list.not_cleared.clear();
        for (const Facts& line : act.lines) {
          if (line.NumberOr(Fact::kCleared, 0) == 0) list.not_cleared.push_back(KeyOf(line));
        }
      } else if (act.kind == ActKind::kTakenOff) {
        const bool left_the_aircraft =
            std::any_of(list.boarding.begin(), list.boarding.end(), [&](const Facts& row) {
              return row.NumberOr(Fact::kBoarded, 0) == 1 &&
                     std::any_of(act.lines.begin(), act.lines.end(),
                                 [&](const Facts& off) { return KeyOf(off) == KeyOf(row); });
            });
        if (left_the_aircraft) list.aboard = statement;
        for (std::vector<Facts>* rows : {&list.lines, &list.boarding}) {
          std::erase_if(*rows, [&](const Facts& line) {
            return std::any_of(act.lines.begin(), act.lines.end(),
                               [&](const Facts& off) { return KeyOf(off) == KeyOf(line); });
          });
        }
      } else if (act.kind == ActKind::kBoardingRecorded) {
        list.boarding = act.lines;
        list.aboard = statement;
      } else if (act.kind == ActKind::kHandover) {
        list.outcomes = act.lines;
      }
      break;
    }
  }
}

const procedure::CheckedProcedure& Script::RulesFor(ActKind kind) const {
  return procedure::FindAct(kind)->matter == MatterKind::kCooperation ? founding_ : agreed_;
}

bool Script::ByHand(const Planned& planned) const {
  if (planned.one_seal) return true;
  if (planned.office == 0 || planned.act.author == scenario_.ministry) return false;
  const auto& rules = RulesFor(planned.act.kind).RulesOf(planned.act.kind);
  return std::none_of(rules.begin(), rules.end(), [&](const procedure::Rule* rule) {
    return std::any_of(
        rule->seals.begin(), rule->seals.end(),
        [&](const procedure::SealNeeded& needed) { return needed.office == planned.office; });
  });
}

std::vector<std::vector<SealingOffice>> Script::SealsFor(const Planned& planned) const {
  const procedure::CheckedProcedure& rules = RulesFor(planned.act.kind);
  std::vector<std::vector<SealingOffice>> fitting;
  for (const procedure::Rule* rule : rules.RulesOf(planned.act.kind)) {
    const bool may = rule->role != procedure::Role::kParty ||
                     std::find(rule->parties.begin(), rule->parties.end(), planned.act.author) !=
                         rule->parties.end();
    if (!may) continue;
    std::vector<SealingOffice> seals;
    bool named = planned.office == 0;
    bool held = true;  // by the author, or by both sides of a founding act
    for (const procedure::SealNeeded& needed : rule->seals) {
      seals.push_back({needed.office, needed.count});
      held = held && (planned.act.kind == ActKind::kFounded ||
                      Holds(scenario_, planned.act.author, needed.office));
      named = named || needed.office == planned.office;
    }
    if (named && held) fitting.push_back(std::move(seals));
  }
  if (fitting.empty() && planned.office != 0) return {{{planned.office, 1}}};
  return fitting;
}

}  // namespace chancery::play
