#include "play/agreed.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"

namespace chancery::play {

namespace {

namespace fs = std::filesystem;

absl::StatusOr<AgreedProcedure> Load(const fs::path& folder) {
  AgreedProcedure loaded;
  loaded.folder = folder.string();
  CHANCERY_ASSIGN_OR_RETURN(loaded.bundle, codec::PackFolder(loaded.folder));
  CHANCERY_ASSIGN_OR_RETURN(loaded.rules,
                            codec::LoadProcedure(loaded.bundle, crypto::Sha256(loaded.bundle)));
  return loaded;
}

absl::StatusOr<fs::path> FindAgreement(const Scenario& scenario, const std::string& agreements) {
  std::error_code ignored;
  if (!agreements.empty()) {
    const fs::path folder = fs::path(agreements) / scenario.agreement;
    if (fs::is_directory(folder, ignored)) return folder;
    return NotFound("no folder " + folder.string() +
                    ": give --agreements the folder that holds the agreement");
  }
  const fs::path start = fs::absolute(scenario.file, ignored);
  for (fs::path above = start.parent_path();; above = above.parent_path()) {
    const fs::path folder = above / "agreements" / scenario.agreement;
    if (fs::is_directory(folder, ignored)) return folder;
    if (above == above.parent_path()) break;
  }
  const fs::path folder = fs::path("agreements") / scenario.agreement;
  if (fs::is_directory(folder, ignored)) return folder;
  return NotFound("the agreement " + scenario.agreement + " is in no folder 'agreements' above " +
                  scenario.file + ": give its place with --agreements");
}

}  // namespace

procedure::ProcedureSet Agreed::All() const {
  procedure::ProcedureSet set(founding.rules->digest());
  set.Add(founding.rules);
  set.Add(procedure.rules);
  if (second) set.Add(second->rules);
  return set;
}

absl::StatusOr<Agreed> LoadAgreed(const Scenario& scenario, const std::string& agreements) {
  CHANCERY_ASSIGN_OR_RETURN(const fs::path agreement, FindAgreement(scenario, agreements));
  Agreed agreed;
  CHANCERY_ASSIGN_OR_RETURN(agreed.founding, Load(agreement / "founding"));
  CHANCERY_ASSIGN_OR_RETURN(agreed.procedure, Load(agreement / scenario.procedure));
  if (!scenario.second.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(agreed.second, Load(agreement / scenario.second));
    Bytes named = agreed.second->bundle;
    named += "second";
    CHANCERY_ASSIGN_OR_RETURN(agreed.second->rules,
                              codec::LoadProcedure(agreed.second->bundle, crypto::Sha256(named)));
  }
  return agreed;
}

}  // namespace chancery::play
