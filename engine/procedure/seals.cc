#include "engine/procedure/seals.h"

#include <algorithm>
#include <utility>

namespace chancery::procedure {

namespace {

// Whether two appointments are of one officer, or both of one office's own seal.
bool SameSealer(const Appointment& one, const Appointment& other) {
  return one.party == other.party && one.officer == other.officer &&
         (one.officer != 0 || one.office == other.office);
}

std::string HolderInWords(PartyCode party, std::string_view office, std::int64_t officer) {
  std::string text = party.ToText() + " " + std::string(office);
  return officer == 0 ? text + " without an officer" : text + " officer " + std::to_string(officer);
}
std::string HolderInWords(const Appointment& appointment) {
  return HolderInWords(appointment.party, WordName(Fact::kOffice, appointment.office),
                       appointment.officer);
}

// What a row of the register, a line of the founding act or an appointing act says.
Appointment AppointmentIn(const Facts& facts, Instant from) {
  return {UnpackParty(facts.NumberOr(Fact::kParty, 0)),
          facts.NumberOr(Fact::kOffice, 0),
          facts.NumberOr(Fact::kOfficer, 0),
          facts.DigestOr(Fact::kCertificate),
          from,
          std::nullopt};
}

// One of those who sealed: an officer with all certificates, or an office's own seal.
struct Sealer {
  std::vector<Appointment> seals;  // never empty
};

std::vector<Sealer> SealersOf(const std::vector<Appointment>& seals) {
  std::vector<Sealer> sealers;
  for (const Appointment& seal : seals) {
    const auto same = std::find_if(sealers.begin(), sealers.end(), [&](const Sealer& sealer) {
      return SameSealer(sealer.seals.front(), seal);
    });
    if (same == sealers.end()) {
      sealers.push_back({{seal}});
    } else {
      same->seals.push_back(seal);
    }
  }
  return sealers;
}

// Places for seals and who fills them, improved one place at a time (augmenting paths).
class Places {
 public:
  Places(const std::vector<SealNeeded>& needed, std::vector<Sealer> sealers)
      : needed_(needed), sealers_(std::move(sealers)), fills_(sealers_.size()) {}

  // Whether one more place of needed[at] can be filled, by others moving up where they can.
  bool FillOne(std::size_t at) {
    std::vector<bool> asked(sealers_.size());
    return Fill(at, asked);
  }

 private:
  static bool Fits(const Sealer& sealer, const SealNeeded& place) {
    return std::any_of(sealer.seals.begin(), sealer.seals.end(), [&](const Appointment& seal) {
      return seal.office == place.office && (seal.officer != 0 || place.count == 1);
    });
  }

  bool Fill(std::size_t at, std::vector<bool>& asked) {
    for (std::size_t i = 0; i < sealers_.size(); ++i) {
      if (asked[i] || !Fits(sealers_[i], needed_[at])) continue;
      asked[i] = true;
      if (!fills_[i] || Fill(*fills_[i], asked)) {
        fills_[i] = at;
        return true;
      }
    }
    return false;
  }

  const std::vector<SealNeeded>& needed_;
  const std::vector<Sealer> sealers_;
  std::vector<std::optional<std::size_t>> fills_;  // by sealer: which of needed_, if any
};

}  // namespace

std::vector<Appointment> AppointmentsOf(const std::vector<Facts>& rows,
                                        const std::vector<Digest>* certificates) {
  std::vector<Appointment> appointments;
  if (certificates != nullptr) appointments.reserve(certificates->size());
  for (const Facts& row : rows) {
    // The certificate first: few rows have one that is asked for.
    const auto* digest = std::get_if<Digest>(row.Find(Fact::kCertificate));
    if (certificates != nullptr &&
        (digest == nullptr ||
         std::find(certificates->begin(), certificates->end(), *digest) == certificates->end())) {
      continue;
    }
    if (row.NumberOr(Fact::kRegister, 0) != static_cast<std::int64_t>(Register::kOffice)) continue;
    Appointment appointment = AppointmentIn(row, Instant{row.NumberOr(Fact::kFrom, 0)});
    if (row.Has(Fact::kUntil)) appointment.until = Instant{row.NumberOr(Fact::kUntil, 0)};
    appointments.push_back(appointment);
  }
  return appointments;
}

std::vector<Appointment> FoundersIn(const RecordedAct& founded) {
  std::vector<Appointment> founders;
  for (const Facts& line : founded.act.lines)
    founders.push_back(AppointmentIn(line, founded.recorded_at));
  return founders;
}

std::vector<Appointment> AppointmentsBy(const RecordedAct& recorded) {
  const Act& act = recorded.act;
  if (act.kind == ActKind::kFounded) return FoundersIn(recorded);
  if (act.kind != ActKind::kOfficeAppointed) return {};
  return {AppointmentIn(act.facts, Instant{act.facts.NumberOr(Fact::kFrom, 0)})};
}

std::optional<std::string> AppointmentDefect(const Appointment& appointment,
                                             const std::vector<Appointment>& others,
                                             const CredentialLookup& known) {
  const std::optional<Credential> credential = known(appointment.certificate);
  if (!credential) return std::nullopt;
  std::string office = credential->office;
  std::replace(office.begin(), office.end(), '-', '_');
  if (credential->party != appointment.party ||
      office != WordName(Fact::kOffice, appointment.office) ||
      credential->officer != appointment.officer) {
    return "certificate: it is that of " +
           HolderInWords(credential->party, office, credential->officer) +
           " and is appointed for " + HolderInWords(appointment) +
           "; appoint it for whom it was issued, or have it issued anew";
  }
  for (const Appointment& other : others) {
    if (SameSealer(other, appointment)) continue;
    const std::optional<Credential> earlier = known(other.certificate);
    if (earlier && earlier->key == credential->key) {
      return "certificate: its key is appointed for " + HolderInWords(other) +
             " already, and a key belongs to one officer; have a certificate issued for a new key";
    }
  }
  return std::nullopt;
}

std::vector<Appointment> SealsOf(const RecordedAct& recorded,
                                 const std::vector<Appointment>& appointments, PartyCode party) {
  std::vector<Appointment> seals;
  for (auto at = recorded.signers.begin(); at != recorded.signers.end(); ++at) {
    const Digest& signer = *at;
    if (std::find(recorded.signers.begin(), at, signer) != at) continue;
    for (const Appointment& appointment : appointments) {
      const bool in_force = appointment.from <= recorded.recorded_at &&
                            (!appointment.until || recorded.recorded_at < *appointment.until);
      if (appointment.certificate == signer && in_force &&
          (party.IsNone() || appointment.party == party)) {
        seals.push_back(appointment);
        break;
      }
    }
  }
  return seals;
}

std::vector<SealNeeded> SealsLacking(const std::vector<SealNeeded>& needed,
                                     const std::vector<Appointment>& seals) {
  // Most acts need one seal of one office: then it is no matter whose it is.
  if (needed.size() == 1 && needed.front().count == 1) {
    const bool there = std::any_of(seals.begin(), seals.end(), [&](const Appointment& seal) {
      return seal.office == needed.front().office;
    });
    return there ? std::vector<SealNeeded>() : needed;
  }
  Places places(needed, SealersOf(seals));
  std::vector<SealNeeded> lacking;
  for (std::size_t at = 0; at < needed.size(); ++at) {
    int open = needed[at].count;
    while (open > 0 && places.FillOne(at)) --open;
    if (open > 0) lacking.push_back({needed[at].office, open});
  }
  return lacking;
}

}  // namespace chancery::procedure
