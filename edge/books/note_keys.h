// The files of a party's checkpoint and witness keys: read, made, announced, and what their
// handovers are given to others as.
//
// Errors name the file and the remedy. No private key is ever printed.
#ifndef CHANCERY_EDGE_BOOKS_NOTE_KEYS_H_
#define CHANCERY_EDGE_BOOKS_NOTE_KEYS_H_

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "edge/output.h"
#include "engine/base/parts.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/exchange/anchor.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"

namespace chancery::edge {

// A private key for notes of that name: PKCS#8 as openssl writes it, or the one line of the x/mod
// convention. FailedPrecondition when the line is of another name or algorithm.
absl::StatusOr<std::unique_ptr<ledger::NoteSigner>> LoadNoteSigner(
    const std::filesystem::path& path, std::string_view name, ledger::NoteAlgorithm algorithm);

// Makes such a key in a new file of mode 0600. AlreadyExists when there is one.
absl::StatusOr<ledger::NoteKey> MakeNoteKey(const std::filesystem::path& path,
                                            std::string_view name, ledger::NoteAlgorithm algorithm,
                                            Entropy& entropy);

// The next keys of a party. What has no path stays as it is.
struct Announcement {
  std::filesystem::path checkpoint;  // of the new key, to be made; may be empty
  std::filesystem::path witness;     // the same
  std::string until;                 // a moment: when what went before ends
  std::filesystem::path act;         // where the act is written, as JSON (docs/acts.md)
  PartyCode addressee;
};
// Makes the keys and writes the act that announces them, for whoever seals it. Nothing counts
// before that act is recorded and the node was started with the new keys.
absl::StatusOr<Shown> AnnounceKeys(store::Store& store, const exchange::Anchor& anchor,
                                   const Announcement& announcement, Instant now, Entropy& entropy);

// Writes every handover known here into a new folder, for witnesses and others who hold no book.
absl::StatusOr<Shown> WriteHandovers(store::Store& store, const exchange::Anchor& anchor,
                                     const std::filesystem::path& folder);

}  // namespace chancery::edge

#endif  // CHANCERY_EDGE_BOOKS_NOTE_KEYS_H_
