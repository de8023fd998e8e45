// A party's store after a crash, read once: what stands in it, and whether what was told outside
// still holds.
//
// Threads: functions of their arguments.
#ifndef CHANCERY_TESTS_CRASH_BOOK_H_
#define CHANCERY_TESTS_CRASH_BOOK_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/codec/entry.h"
#include "engine/ledger/note.h"
#include "engine/store/store.h"
#include "tests/crash/exchange_script.h"

namespace chancery::crash {

struct Book {
  std::string party;
  std::uint64_t content = 0;  // a digest of every row of every table; 0 when there is no store
  std::vector<Digest> roots;  // of the tree of each size, from 0
  std::map<codec::EntryKind, std::map<Digest, int>> statements;  // how often each is in the book
  std::map<std::uint64_t, int> received;                         // entries of the other book
  std::optional<ledger::TreeHead> witnessed;                     // of the other book
  std::vector<std::string> forgotten_keys;  // matters of the plan without a wrapped key

  std::uint64_t size() const { return roots.empty() ? 0 : roots.size() - 1; }
  int Count(codec::EntryKind kind, const Digest& digest) const;
};

// Opens the store, checks its head as a start does, and reads it. An error is the start's.
absl::StatusOr<Book> ReadBook(const std::string& party, const std::filesystem::path& store,
                              const store::StoreIdentity& identity, const ledger::NoteKey& log_key,
                              const std::string& other_origin, const Plan& plan);

// What is wrong with both books by themselves and against each other: something twice, a head
// witnessed that is not the other one's. Empty when nothing is.
std::string WrongIn(const Book& ministry, const Book& state);

// What of `told` does not hold in these books; empty when it does.
std::string Broken(const Told& told, const Book& ministry, const Book& state,
                   const support::ExchangeWorld& world);

}  // namespace chancery::crash

#endif  // CHANCERY_TESTS_CRASH_BOOK_H_
