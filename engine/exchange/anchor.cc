#include "engine/exchange/anchor.h"

#include <fstream>
#include <iterator>
#include <system_error>

namespace chancery::exchange {

absl::StatusOr<Anchor> ReadAnchorFile(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return NotFound("anchor: no file " + path.string());
  if (const auto size = std::filesystem::file_size(path, error);
      error || size > ledger::kMaxAnchorBytes) {
    return InvalidArgument("anchor: " + path.string() + " is larger than an anchor can be");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.good() && !file.eof()) return NotFound("anchor: cannot read " + path.string());
  absl::StatusOr<Anchor> anchor = ledger::ParseAnchor(text);
  if (!anchor.ok()) return Annotate(anchor.status(), path.string());
  return anchor;
}

codec::Realm RealmOfStatements(const Anchor& anchor) {
  return anchor.rehearsal ? codec::Realm::kRehearsal : codec::Realm::kLive;
}

absl::StatusOr<store::StoreIdentity> StoreIdentityOf(const Anchor& anchor, PartyCode party) {
  const auto log = anchor.logs.find(party);
  if (log == anchor.logs.end())
    return FailedPrecondition("anchor: it names no ledger of " + party.ToText());
  return store::StoreIdentity{party, log->second.name(), anchor.realm(), anchor.founding};
}

}  // namespace chancery::exchange
