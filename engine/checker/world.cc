#include "engine/checker/world.h"

#include <algorithm>
#include <map>
#include <utility>

namespace chancery::checker {

namespace {

using procedure::CheckedProcedure;
using procedure::Fact;
using procedure::Facts;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Rule;
using procedure::Value;

MatterId IdOf(char kind, std::size_t number) {
  MatterId id;
  id.raw()[0] = static_cast<std::uint8_t>(kind);
  id.raw()[1] = static_cast<std::uint8_t>(number + 1);
  return id;
}

constexpr std::int64_t kOfficersOfAParty = 100;  // officers are numbered through a party

// The explored parties that may do an act by that rule.
std::vector<PartyCode> PartiesOf(const Rule& rule, const World& world) {
  switch (rule.role) {
    case procedure::Role::kRequested:
      return {world.requested};
    case procedure::Role::kRequesting:
    case procedure::Role::kParticipant:
      return {world.requesting};
    case procedure::Role::kEither:
      return {world.requesting, world.requested};
    case procedure::Role::kParty:
      return rule.parties;
  }
  return {};
}

}  // namespace

std::int64_t DayOf(const CheckedProcedure& procedure, PartyCode requested, Instant at) {
  return CivilDayOf(at, procedure.OffsetOf(requested, at));
}

bool IsSuspension(const Facts& row) {
  return row.NumberOr(Fact::kRegister, 0) ==
         static_cast<std::int64_t>(procedure::Register::kSuspension);
}

MatterId CaseId(std::size_t number) { return IdOf('C', number); }
MatterId FlightId(std::size_t number) { return IdOf('F', number); }
MatterId TransferId(std::size_t number) { return IdOf('T', number); }
MatterId HandleOf(std::size_t person) { return IdOf('H', person); }
std::size_t NumberOf(const MatterId& id) { return id.raw()[1] - 1U; }

PartyCode MemberState() { return *PartyCode::FromText("GRC"); }
PartyCode Ministry() { return *PartyCode::FromText("PAK"); }
PartyCode Union() { return *PartyCode::FromText("EUE"); }
std::int64_t AcceptedCarrier() { return procedure::PackCode("ZQV").value_or(0); }
std::int64_t OtherCarrier() { return procedure::PackCode("ZHX").value_or(0); }

Digest CertificateOf(PartyCode party, std::int64_t office, int officer) {
  Digest digest;
  digest.raw()[0] = 'K';
  for (std::size_t i = 0; i < 3; ++i)
    digest.raw()[1 + i] = static_cast<std::uint8_t>(party.view()[i]);
  digest.raw()[4] = static_cast<std::uint8_t>(office);
  digest.raw()[5] = static_cast<std::uint8_t>(officer);
  return digest;
}

const Matter* World::Find(const MatterId& id) const {
  const std::vector<SharedMatter>* among = nullptr;
  switch (id.raw()[0]) {
    case 'C':
      among = &cases;
      break;
    case 'F':
      among = &flights;
      break;
    case 'T':
      among = &transfers;
      break;
    default:
      return id == cooperation->id ? cooperation.get() : nullptr;
  }
  const std::size_t number = NumberOf(id);
  return number < among->size() ? (*among)[number].get() : nullptr;
}

procedure::Matters World::AllMatters() const {
  procedure::Matters matters;
  matters.Add(cooperation);
  for (const std::vector<SharedMatter>* among : {&cases, &flights, &transfers}) {
    for (const SharedMatter& matter : *among) matters.Add(matter);
  }
  return matters;
}

World Beginning(const CheckedProcedure& founding, const CheckedProcedure& procedure,
                bool reversed) {
  World world;
  world.requesting = reversed ? Ministry() : MemberState();
  world.requested = reversed ? MemberState() : Ministry();
  // Noon in Islamabad on a working day on which every state of the first list takes part.
  world.now = Instant{DaysFromCivil({2016, 9, 1}) * kMsPerDay + 7 * 60 * kMsPerMinute};
  world.began = world.now;
  Matter cooperation;
  cooperation.id = IdOf('X', 0);
  cooperation.kind = MatterKind::kCooperation;
  cooperation.procedure = founding.digest();
  cooperation.requesting = Union();
  cooperation.requested = Ministry();
  cooperation.stage = "founded";
  const std::int64_t since = world.now.ms - 100 * kMsPerDay;
  for (const PartyCode party : {MemberState(), Ministry(), Union()}) {
    cooperation.lines.push_back(
        Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kAuthority)},
              {Fact::kParty, procedure::PackParty(party)},
              {Fact::kFrom, since}});
  }
  // Every office that some rule asks, with as many officers as it asks for.
  std::map<std::pair<PartyCode, std::int64_t>, int> officers;
  for (const CheckedProcedure* one : {&founding, &procedure}) {
    for (const Rule& rule : one->terms().rules) {
      for (const PartyCode party : PartiesOf(rule, world)) {
        for (const procedure::SealNeeded& seal : rule.seals) {
          int& most = officers[{party, seal.office}];
          most = std::max(most, seal.count);
        }
      }
    }
  }
  for (const auto& [office, most] : officers) {
    for (int officer = 1; officer <= most; ++officer) {
      cooperation.lines.push_back(
          Facts{{Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kOffice)},
                {Fact::kParty, procedure::PackParty(office.first)},
                {Fact::kOffice, office.second},
                {Fact::kCertificate, CertificateOf(office.first, office.second, officer)},
                {Fact::kOfficer, office.second * kOfficersOfAParty + officer},
                {Fact::kFrom, since}});
    }
  }
  cooperation.lines.push_back(Facts{
      {Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kProcedure)},
      {Fact::kProcedure, procedure.digest()},
      {Fact::kProcedureStanding, static_cast<std::int64_t>(procedure::ProcedureStanding::kInForce)},
      {Fact::kFrom, since}});
  cooperation.lines.push_back(Facts{
      {Fact::kRegister, static_cast<std::int64_t>(procedure::Register::kCarrier)},
      {Fact::kCarrier, AcceptedCarrier()},
      {Fact::kCarrierStanding, static_cast<std::int64_t>(procedure::CarrierStanding::kAccepted)},
      {Fact::kFrom, since}});
  world.cooperation = std::make_shared<const Matter>(std::move(cooperation));
  return world;
}

}  // namespace chancery::checker
