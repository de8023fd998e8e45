#include "drafting/proof.h"

#include <string_view>
#include <vector>

#include "drafting/command.h"
#include "drafting/exploration.h"
#include "drafting/scenario_digests.h"
#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"

namespace chancery::drafting {

absl::StatusOr<Packed> Pack(const std::string& folder) {
  Packed packed;
  CHANCERY_ASSIGN_OR_RETURN(packed.bundle, codec::PackFolder(folder));
  packed.digest = crypto::Sha256(packed.bundle);
  CHANCERY_ASSIGN_OR_RETURN(packed.procedure, codec::LoadProcedure(packed.bundle, packed.digest));
  CHANCERY_RETURN_IF_ERROR(CheckScenarios(folder));
  return packed;
}

absl::StatusOr<Packed> PackFounding(const std::string& named, const std::string& folder) {
  const std::string beside =
      named.empty() ? (std::filesystem::path(folder) / ".." / "founding").string() : named;
  absl::StatusOr<Packed> founding = Pack(beside);
  if (absl::IsNotFound(founding.status())) {
    return NotFound(std::string(ToStd(founding.status().message())) +
                    "; what can happen is explored beside the procedure that rules the "
                    "cooperation: give its folder with --founding DIR");
  }
  if (founding.ok() && !(*founding).procedure->terms().founding) {
    return InvalidArgument(beside +
                           " does not rule the cooperation: give --founding the folder of the "
                           "procedure that does");
  }
  return founding;
}

absl::StatusOr<VerdictSubject> SubjectOf(const Packed& founding, const Packed& packed) {
  CHANCERY_ASSIGN_OR_RETURN(const Digest program, DigestOfThisProgram());
  return VerdictSubject{packed.digest, founding.digest, program};
}

absl::StatusOr<KeptVerdict> KeptOf(const std::filesystem::path& path,
                                   const VerdictSubject& subject) {
  CHANCERY_ASSIGN_OR_RETURN(KeptVerdict verdict, ReadVerdict(path));
  const std::string why = WhyNot(verdict, subject);
  if (!why.empty()) return FailedPrecondition(path.string() + " is not relied on: " + why);
  return verdict;
}

KeptVerdict ToKeep(const checker::Verdict& verdict, bool complete, const VerdictSubject& subject) {
  KeptVerdict kept{subject, BrokenIn(verdict), complete, 0, MomentOf({}).value()};
  for (const checker::Explored& world : verdict.worlds) kept.situations += world.situations;
  return kept;
}

absl::StatusOr<KeptVerdict> Prove(const Packed& founding, const Packed& packed,
                                  const std::filesystem::path& path) {
  CHANCERY_ASSIGN_OR_RETURN(const VerdictSubject subject, SubjectOf(founding, packed));
  if (!path.empty()) {
    absl::StatusOr<KeptVerdict> kept = KeptOf(path, subject);
    if (kept.ok()) return kept;
    if (!absl::IsNotFound(kept.status())) Say(ToStd(kept.status().message()));
  }
  Say("exploring every situation that " + packed.procedure->terms().id + " allows" +
      (path.empty() ? "; --verdict FILE keeps what is found" : ""));
  checker::Limits limits;
  limits.most_situations = kMostSituations;
  limits.longest_waits = false;
  const checker::Verdict verdict =
      checker::CheckProperties(*founding.procedure, *packed.procedure, limits);
  KeptVerdict found = ToKeep(verdict, verdict.Complete(), subject);
  if (!path.empty()) CHANCERY_RETURN_IF_ERROR(WriteVerdict(path, found));
  return found;
}

std::string WhyNotToSign(const KeptVerdict& verdict, const procedure::Procedure& terms,
                         const std::string& folder) {
  const std::vector<std::string> unnamed = Unnamed(verdict.broken, terms.breaks);
  const std::string see = "chancery-procedure check " + folder;
  if (!unnamed.empty()) {
    return terms.id + " breaks " + Listing(unnamed) +
           ", which it does not name. The stories: " + see +
           " --stories DIR. Correct the rules, or let both sides name what they break (breaks: \"" +
           unnamed.front() + "\" in procedure.textproto)";
  }
  if (!verdict.complete) {
    return "not every situation that " + terms.id + " allows could be explored (" +
           std::to_string(verdict.situations) + " were), so nothing is proven. See " + see +
           ", and make the rules smaller";
  }
  return {};
}

}  // namespace chancery::drafting
