#include "audit/suspects.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "engine/procedure/seals.h"

namespace chancery::audit {

std::string WhySuspect(const Suspect& suspect) {
  return "sealed with the certificate " + suspect.certificate.ToHexText() + " of " +
         suspect.party.ToText() + ", which was later revoked as from " + ToText(suspect.since) +
         "; its ruling stands as recorded";
}

std::string ToText(const Suspect& suspect) {
  return "entry " + std::to_string(suspect.entry) + ", recorded at " + ToText(suspect.recorded_at) +
         ": " + WhySuspect(suspect);
}

std::vector<Suspect> SuspectsOf(const std::vector<Suspect>& all, std::uint64_t entry) {
  std::vector<Suspect> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found),
               [entry](const Suspect& suspect) { return suspect.entry == entry; });
  return found;
}

void SuspectSearch::Add(const procedure::RecordedAct& recorded) {
  for (const Digest& certificate : recorded.signers)
    uses_[certificate].emplace_back(recorded.recorded_at, recorded.entry);
}

std::vector<Suspect> SuspectSearch::Find(const procedure::MatterTable& matters) const {
  std::vector<Suspect> suspects;
  const procedure::Matter* cooperation = matters.Find(matters.Cooperation());
  if (cooperation == nullptr) return suspects;
  for (const procedure::Appointment& appointment : procedure::AppointmentsOf(*cooperation)) {
    const auto uses = uses_.find(appointment.certificate);
    if (!appointment.until || uses == uses_.end()) continue;
    const auto first =
        std::lower_bound(uses->second.begin(), uses->second.end(), Use{*appointment.until, 0});
    for (auto use = first; use != uses->second.end(); ++use) {
      suspects.push_back({use->second, use->first, appointment.party, appointment.certificate,
                          *appointment.until});
    }
  }
  std::sort(suspects.begin(), suspects.end(), [](const Suspect& a, const Suspect& b) {
    return std::tie(a.entry, a.certificate) < std::tie(b.entry, b.certificate);
  });
  return suspects;
}

}  // namespace chancery::audit
