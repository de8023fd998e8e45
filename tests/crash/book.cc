#include "tests/crash/book.h"

#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "engine/codec/statement.h"
#include "engine/exchange/recovery.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace chancery::crash {

namespace {

using codec::EntryKind;
using support::GiveUp;
using support::Must;
using support::Party;

struct Closes {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

std::unique_ptr<sqlite3_stmt, Closes> Prepared(sqlite3* database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
    GiveUp("cannot read the store: " + std::string(sqlite3_errmsg(database)));
  return std::unique_ptr<sqlite3_stmt, Closes>(statement);
}

std::string Value(sqlite3_stmt* row, int column) {
  const void* const bytes = sqlite3_column_blob(row, column);
  const int size = sqlite3_column_bytes(row, column);
  return bytes == nullptr
             ? std::to_string(sqlite3_column_type(row, column))
             : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::uint64_t ContentOf(const std::filesystem::path& path) {
  sqlite3* opened = nullptr;
  sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, Closes> database(opened);
  std::vector<std::string> tables;
  const auto schema =
      Prepared(opened, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1");
  while (sqlite3_step(schema.get()) == SQLITE_ROW) tables.push_back(Value(schema.get(), 0));
  std::string all;
  for (const std::string& table : tables) {
    all += table + '\n';
    const auto rows = Prepared(opened, "SELECT * FROM " + table + " ORDER BY 1, 2");
    const int columns = sqlite3_column_count(rows.get());
    while (sqlite3_step(rows.get()) == SQLITE_ROW) {
      for (int i = 0; i < columns; ++i) {
        const std::string value = Value(rows.get(), i);
        all += std::to_string(value.size()) + ':' + value;
      }
    }
  }
  return std::hash<std::string>()(all) | 1U;
}

// The statement that an entry is about, when it is about one.
std::optional<Digest> StatementOf(const codec::Entry& entry) {
  if (const auto* act = std::get_if<codec::ActBody>(&entry.body))
    return crypto::Sha256(act->statement);
  if (const auto* sealed = std::get_if<codec::SealedBody>(&entry.body))
    return crypto::Sha256(sealed->statement);
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body))
    return crypto::Sha256(founded->statement);
  if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body))
    return crypto::Sha256(second->statement);
  return std::nullopt;
}

std::string Short(const Digest& digest) { return digest.ToHexText().substr(0, 8); }

}  // namespace

int Book::Count(EntryKind kind, const Digest& digest) const {
  const auto of_kind = statements.find(kind);
  if (of_kind == statements.end()) return 0;
  const auto found = of_kind->second.find(digest);
  return found == of_kind->second.end() ? 0 : found->second;
}

absl::StatusOr<Book> ReadBook(const std::string& party, const std::filesystem::path& store,
                              const store::StoreIdentity& identity, const ledger::NoteKey& log_key,
                              const std::string& other_origin, const Plan& plan) {
  Book book;
  book.party = party;
  ledger::CompactRange tree;
  book.roots.push_back(tree.Head().root);
  if (!std::filesystem::exists(store)) return book;
  {
    CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> opened,
                              store::OpenSqliteStore(store, identity, {.quick_check = true}));
    CHANCERY_RETURN_IF_ERROR(exchange::CheckHead(*opened, log_key).status());
    CHANCERY_ASSIGN_OR_RETURN(const store::Head head, opened->ReadHead());
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> entries,
                              opened->ReadEntries(0, 10'000));
    for (const store::StoredEntry& stored : entries) {
      CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(stored.bytes));
      if (const auto digest = StatementOf(entry)) {
        // The founding act is an act.
        const EntryKind kind = entry.kind == EntryKind::kFounded ? EntryKind::kAct : entry.kind;
        ++book.statements[kind][*digest];
      }
      if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body))
        ++book.received[received->number];
      tree.Append(ledger::LeafHash(stored.bytes));
      book.roots.push_back(tree.Head().root);
    }
    if (tree.Head() != head.tree) return DataLoss("the entries do not make the head");
    CHANCERY_ASSIGN_OR_RETURN(const auto witnessed, opened->FindWitnessed(other_origin));
    if (witnessed) book.witnessed = witnessed->tree;
    for (const MatterId& matter : plan.matters) {
      CHANCERY_ASSIGN_OR_RETURN(const auto key, opened->FindWrappedKey(matter));
      if (!key) book.forgotten_keys.push_back(matter.ToHexText());
    }
  }
  book.content = ContentOf(store);
  return book;
}

std::string WrongIn(const Book& ministry, const Book& state) {
  for (const Book* book : {&ministry, &state}) {
    for (const auto& [kind, counts] : book->statements) {
      for (const auto& [digest, count] : counts) {
        if (count > 1) return book->party + " holds statement " + Short(digest) + " twice";
      }
    }
    for (const auto& [number, count] : book->received) {
      if (count > 1) return book->party + " received entry " + std::to_string(number) + " twice";
    }
    const Book& other = book == &ministry ? state : ministry;
    if (book->witnessed && (book->witnessed->size > other.size() ||
                            other.roots[book->witnessed->size] != book->witnessed->root))
      return book->party + " has cosigned a head that is not one of " + other.party;
  }
  for (const auto& [number, count] : state.received) {
    if (number >= ministry.size()) return "the state received an entry that the ministry lost";
  }
  return {};
}

std::string Broken(const Told& told, const Book& ministry, const Book& state,
                   const support::ExchangeWorld& world) {
  const auto once = [&](const Book& book, EntryKind kind) -> std::string {
    const int count = book.Count(kind, told.digest);
    if (count == 1) return {};
    return book.party + " answered for statement " + Short(told.digest) + " and holds it " +
           std::to_string(count) + " times";
  };
  const Book& book = told.party == "GRC" ? state : ministry;
  switch (told.kind) {
    case Told::Kind::kAct:
      return once(ministry, EntryKind::kAct);
    case Told::Kind::kSealed:
      return once(state, EntryKind::kSealed);
    case Told::Kind::kEquivocation:
      return once(ministry, EntryKind::kEquivocation);
    case Told::Kind::kNote: {
      const ledger::Checkpoint shown =
          Must(ledger::ParseCheckpoint(Must(ledger::ParseNote(told.bytes)).text));
      if (shown.tree.size <= book.size() && book.roots[shown.tree.size] == shown.tree.root)
        return {};
      return told.party + " signed a head of size " + std::to_string(shown.tree.size) +
             " that its book of size " + std::to_string(book.size()) + " contradicts";
    }
    case Told::Kind::kCosignature: {
      const Book& of = told.party == "GRC" ? ministry : state;
      if (told.number > of.size()) return told.party + " cosigned a head that was lost";
      const ledger::Checkpoint head{ledger::OriginOf("eu-pakistan", "rehearsal", Party(of.party)),
                                    {told.number, of.roots[told.number]}};
      if (ledger::VerifyCosignature(world.anchor.witnesses.at(Party(told.party)),
                                    Must(ledger::ParseSignatureLine(told.bytes)),
                                    ledger::FormatCheckpoint(head)))
        return {};
      return told.party + " cosigned another head of size " + std::to_string(told.number);
    }
    case Told::Kind::kForgotten:
      if (std::count(book.forgotten_keys.begin(), book.forgotten_keys.end(), told.bytes) == 1)
        return {};
      return told.party + " destroyed a key that is back";
    case Told::Kind::kDone:
    case Told::Kind::kDraft:
    case Told::Kind::kExported:
      return {};
  }
  return {};
}

}  // namespace chancery::crash
