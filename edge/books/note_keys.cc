#include "edge/books/note_keys.h"

#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "edge/files.h"
#include "engine/base/personal.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/secret.h"
#include "engine/exchange/handovers.h"
#include "engine/ledger/key_book.h"

namespace chancery::edge {

namespace {

constexpr std::string_view kLine = "PRIVATE+KEY+";

absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> ReadLine(std::string_view line,
                                                             std::string_view name,
                                                             ledger::NoteAlgorithm algorithm) {
  while (line.ends_with('\n')) line.remove_suffix(1);
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<ledger::NoteSigner> signer,
                            ledger::ReadNoteSigner(line));
  if (signer->key().name() != name || signer->key().algorithm() != algorithm)
    return FailedPrecondition("it is a key of " + signer->key().name() + ", not of " +
                              std::string(name) + "; use the key that was made for it");
  return signer;
}

absl::StatusOr<ledger::NoteKey> NewOrPresent(const std::filesystem::path& path,
                                             const std::vector<ledger::NoteKey>& present,
                                             Entropy& entropy) {
  if (path.empty()) return present.front();
  return MakeNoteKey(path, present.front().name(), present.front().algorithm(), entropy);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> LoadNoteSigner(
    const std::filesystem::path& path, std::string_view name, ledger::NoteAlgorithm algorithm) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret secret, crypto::ReadSecretFile(path.string()));
  if (secret.Reveal().starts_with(kLine)) {
    absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> signer =
        ReadLine(secret.Reveal(), name, algorithm);
    if (!signer.ok()) return Annotate(signer.status(), path.string());
    return signer;
  }
  absl::StatusOr<crypto::Ed25519Key> key = crypto::Ed25519Key::FromPem(secret.Reveal());
  if (!key.ok()) return Annotate(key.status(), path.string());
  return ledger::MakeNoteSigner(name, algorithm, *std::move(key));
}

absl::StatusOr<ledger::NoteKey> MakeNoteKey(const std::filesystem::path& path,
                                            std::string_view name, ledger::NoteAlgorithm algorithm,
                                            Entropy& entropy) {
  const crypto::Ed25519Key key = crypto::Ed25519Key::Generate(entropy);
  CHANCERY_ASSIGN_OR_RETURN(ledger::NoteKey shown,
                            ledger::NoteKey::Make(name, algorithm, key.public_key()));
  char id[9];
  std::snprintf(id, sizeof id, "%08x", shown.id());
  std::string body(1, static_cast<char>(algorithm));
  body += key.seed().Reveal();
  std::string encoded = ToBase64(body);
  std::string text = std::string(kLine) + std::string(name) + "+" + id + "+" + encoded + "\n";
  const absl::Status written = WriteNewSecretFile(path, text);
  Wipe(body);
  Wipe(encoded);
  Wipe(text);
  if (!written.ok()) return written;
  return shown;
}

absl::StatusOr<Shown> AnnounceKeys(store::Store& store, const exchange::Anchor& anchor,
                                   const Announcement& announcement, Instant now,
                                   Entropy& entropy) {
  if (announcement.checkpoint.empty() && announcement.witness.empty())
    return InvalidArgument("announce: name the file of a new key: --checkpoint, --witness or both");
  const std::optional<Instant> until = ParseInstant(announcement.until);
  if (!until || *until <= now)
    return InvalidArgument(
        "--until: expected a moment to come, as in 2016-11-01T00:00:00Z: until then the keys there "
        "are now count as well");
  for (const std::filesystem::path& file :
       {announcement.checkpoint, announcement.witness, announcement.act}) {
    if (std::error_code error; !file.empty() && std::filesystem::exists(file, error))
      return AlreadyExists(file.string() + " is there already; nothing was changed");
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<ledger::KeyBook> keys,
                            exchange::LoadKeyBook(store, anchor));
  const PartyCode party = store.identity().party;
  const std::vector<ledger::NoteKey> logs = keys->Logs(party);
  const std::vector<ledger::NoteKey> witnesses = keys->Witnesses(party);
  if (logs.empty() || witnesses.empty())
    return FailedPrecondition("the anchor names no ledger and witness of " + party.ToText());
  CHANCERY_ASSIGN_OR_RETURN(const ledger::NoteKey log,
                            NewOrPresent(announcement.checkpoint, logs, entropy));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::NoteKey witness,
                            NewOrPresent(announcement.witness, witnesses, entropy));
  const Json act = {{"act", "authority_appointed"},
                    {"addressee", announcement.addressee.ToText()},
                    {"facts",
                     {{"party", party.ToText()},
                      {"log_key", ToHex(log.public_key().View())},
                      {"witness_key", ToHex(witness.public_key().View())},
                      {"from", ToText(now)},
                      {"until", ToText(*until)}}}};
  CHANCERY_RETURN_IF_ERROR(ReplaceFile(announcement.act, act.dump(2) + "\n"));
  return Shown{
      {{"log", log.ToText()}, {"witness", witness.ToText()}, {"act", announcement.act.string()}},
      "log " + party.ToText() + " " + log.ToText() + "\nwitness " + party.ToText() + " " +
          witness.ToText() + "\nhave " + announcement.act.string() +
          " sealed and recorded, then start the node with the new keys" +
          (announcement.checkpoint.empty() ? "" : " and the old one as keys.checkpoint_before")};
}

absl::StatusOr<Shown> WriteHandovers(store::Store& store, const exchange::Anchor& anchor,
                                     const std::filesystem::path& folder) {
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<ledger::KeyBook> keys,
                            exchange::LoadKeyBook(store, anchor));
  std::error_code error;
  if (!std::filesystem::create_directories(folder, error))
    return error ? Unavailable(folder.string() + " cannot be made: " + error.message())
                 : AlreadyExists(folder.string() + " is there already; nothing was changed");
  const std::vector<Bytes> notes = keys->Notes();
  const std::vector<ledger::Handover> handovers = keys->Handovers();
  for (std::size_t i = 0; i < notes.size(); ++i) {
    CHANCERY_RETURN_IF_ERROR(
        ReplaceFile(folder / (std::to_string(handovers[i].entry) + ".handover"), notes[i]));
  }
  return Shown{{{"folder", folder.string()}, {"handovers", notes.size()}},
               "wrote " + std::to_string(notes.size()) + " handovers to " + folder.string()};
}

}  // namespace chancery::edge
