#include "client/init.h"

#include <system_error>
#include <utility>

#include "edge/books/note_keys.h"
#include "edge/files.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/vault.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/note.h"

namespace chancery::client {

namespace {

std::string Template(const InitOptions& options) {
  return "# What the daemon of " + options.party.ToText() +
         " runs with; names of files are relative to this one.\n"
         "party = \"" +
         options.party.ToText() +
         "\"\n"
         "ministry = \"" +
         options.ministry.ToText() +
         "\"\n"
         "address = \"127.0.0.1:7443\"\n"
         "anchor = \"anchor\"\n"
         "store = \"state.db\"\n"
         "socket = \"desk.sock\"\n"
         "trust = \"trust\"\n"
         "procedures = \"procedures\"\n"
         "policy = \"policy\"\n"
         "log = \"info\"\n"
         "\n[keys]\n"
         "checkpoint = \"ledger/checkpoint.key\"\n"
         "witness = \"ledger/witness.key\"\n"
         "kek = \"kek\"\n"
         "\n[tls]\n"
         "key = \"tls/daemon.key\"\n"
         "certificate = \"tls/daemon.pem\"\n"
         "\n[[seal]]\n"
         "office = \"return_authority\"\n"
         "key = \"seal/return-authority-1.key\"\n"
         "certificate = \"seal/return-authority-1.pem\"\n";
}

}  // namespace

absl::StatusOr<Initialised> Initialise(const InitOptions& options, Entropy& entropy) {
  const std::filesystem::path ledger = options.folder / "ledger";
  for (const std::filesystem::path& file :
       {ledger / "checkpoint.key", ledger / "witness.key", options.folder / "kek",
        options.folder / "state.toml"}) {
    if (std::filesystem::exists(file)) {
      return AlreadyExists(file.string() + " is there already; nothing was changed");
    }
  }
  std::error_code error;
  std::filesystem::create_directories(ledger, error);
  if (error) return Internal(ledger.string() + " cannot be made: " + error.message());

  const std::string realm = options.live ? "live" : "rehearsal";
  Initialised made;
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::NoteKey log,
      edge::MakeNoteKey(ledger / "checkpoint.key",
                        ledger::OriginOf(options.agreement, realm, options.party),
                        ledger::NoteAlgorithm::kEd25519, entropy));
  CHANCERY_ASSIGN_OR_RETURN(
      const ledger::NoteKey witness,
      edge::MakeNoteKey(ledger / "witness.key",
                        ledger::WitnessNameOf(options.agreement, realm, options.party),
                        ledger::NoteAlgorithm::kCosignatureV1, entropy));
  made.log_key = log.ToText();
  made.witness_key = witness.ToText();
  const crypto::Secret kek = crypto::Secret::Random(crypto::KeyEncryptionKey::kSize, entropy);
  CHANCERY_RETURN_IF_ERROR(edge::WriteNewSecretFile(options.folder / "kek", kek.Reveal()));
  made.config = options.folder / "state.toml";
  CHANCERY_RETURN_IF_ERROR(edge::ReplaceFile(made.config, Template(options)));
  return made;
}

}  // namespace chancery::client
