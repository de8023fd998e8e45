// What only a store on a disk can promise: identity, schema, crashes, full disks, failing disks,
// traces of the erased.
#include "engine/store/sqlite/sqlite_store.h"
#include "engine/store/sqlite/connection.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/store/fixtures.h"

namespace chancery::store {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;

std::unique_ptr<Store> Open(const Folder& folder, const SqliteOptions& options = {}) {
  return OpenSqliteStore(folder.file(), TestIdentity(), options).value();
}

// Runs SQL on the file behind the store's back.
void Tamper(const Folder& folder, const std::string& sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

// connection.h: what is bound must outlive the query, so that nothing is bound that ends with the
// statement.
template <class Value>
concept BoundAsText = requires(Query& query, Value value) {
  query.Text(std::forward<Value>(value));
};
template <class Value>
concept BoundAsBlob = requires(Query& query, Value value) {
  query.Blob(std::forward<Value>(value));
};
static_assert(BoundAsText<const std::string&> && BoundAsText<std::string_view>);
static_assert(!BoundAsText<std::string>);
static_assert(BoundAsBlob<const Bytes&> && BoundAsBlob<ByteView>);
static_assert(!BoundAsBlob<Bytes>);

// store.h: what was applied is there after the file is closed and opened again.
TEST(SqliteStore, WhatWasAppliedIsThereAfterwards) {
  const Folder folder;
  Head head;
  {
    const std::unique_ptr<Store> store = Open(folder);
    Keeper keeper(*store);
    ASSERT_TRUE(store->Apply(keeper.AppendTo("all", 5)).ok());
    ASSERT_TRUE(store->Apply(keeper.AppendTo("GRC", 6)).ok());
    head = store->ReadHead().value();
  }
  const std::unique_ptr<Store> store = Open(folder, {.quick_check = true});
  EXPECT_EQ(store->ReadHead().value(), head);
  EXPECT_TRUE(store->Check().ok());
  ASSERT_TRUE(store->Apply(Keeper(*store).AppendTo("GRC", 1)).ok());
  EXPECT_EQ(store->ReadStreamState("GRC").value().next_position, 7u);
}

// Design section 16: what lies in the files is for their owner only.
TEST(SqliteStore, TheFilesAreTheOwnersOnly) {
  const Folder folder;
  const std::unique_ptr<Store> store = Open(folder);
  ASSERT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 1)).ok());
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    struct stat status;
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3);
}

// store.h, StoreIdentity: the store of another party, origin, realm or founding procedure is
// refused.
TEST(SqliteStore, AnothersStoreIsRefused) {
  const Folder folder;
  Open(folder);
  const std::vector<std::function<void(StoreIdentity&)>> others = {
      [](StoreIdentity& i) { i.party = Party("GRC"); },
      [](StoreIdentity& i) { i.origin = "other.example/log"; },
      [](StoreIdentity& i) { i.realm = "live"; },
      [](StoreIdentity& i) { i.founding = Filled<Digest>('x'); }};
  for (const auto& change : others) {
    StoreIdentity identity = TestIdentity();
    change(identity);
    EXPECT_EQ(OpenSqliteStore(folder.file(), identity).status().code(),
              StatusCode::kFailedPrecondition);
  }
  EXPECT_TRUE(OpenSqliteStore(folder.file(), TestIdentity()).ok());
}

// sqlite_store.h: a schema this program does not know is refused with both versions named.
TEST(SqliteStore, ANewerSchemaIsRefused) {
  const Folder folder;
  Open(folder);
  Tamper(folder, "UPDATE setting SET value = CAST('2' AS BLOB) WHERE name = 'schema'");
  const absl::Status status = OpenSqliteStore(folder.file(), TestIdentity()).status();
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(ToStd(status.message())).find("version 2"), std::string::npos) << status;
}

// sqlite_store.h: a file that is no store, or in a folder that is none, is not opened.
TEST(SqliteStore, WhatIsNoStoreIsNotOpened) {
  const Folder folder;
  std::ofstream(folder.file()) << std::string(8192, 'x');
  EXPECT_EQ(OpenSqliteStore(folder.file(), TestIdentity()).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(OpenSqliteStore(folder.path() / "none/ledger.db", TestIdentity()).status().code(),
            StatusCode::kUnavailable);
  fs::create_symlink(folder.file(), folder.path() / "link.db");
  EXPECT_EQ(OpenSqliteStore(folder.path() / "link.db", TestIdentity()).status().code(),
            StatusCode::kUnavailable);
}

// Ledger formats section 10, commit: a second writer moves the head, the first is told so, and may
// go on after reading.
TEST(SqliteStore, ASecondWriterIsFoundByCompareAndSwap) {
  const Folder folder;
  const std::unique_ptr<Store> first = Open(folder);
  const std::unique_ptr<Store> second = Open(folder);
  Keeper first_keeper(*first);
  Keeper second_keeper(*second);
  ASSERT_TRUE(first->Apply(first_keeper.AppendTo("all", 3)).ok());
  const absl::Status late = second->Apply(second_keeper.AppendTo("all", 2));
  EXPECT_EQ(late.code(), StatusCode::kAborted);
  EXPECT_TRUE(IsFatal(late));
  ASSERT_TRUE(second->Apply(Keeper(*second).AppendTo("all", 2)).ok());
  EXPECT_EQ(first->Apply(first_keeper.AppendTo("all", 1)).code(), StatusCode::kAborted);
  EXPECT_EQ(first->ReadHead().value().tree.size, 5u);
  EXPECT_TRUE(first->Check().ok());
}

// store.h, Check: each kind of damage in the file is found.
TEST(SqliteStore, CheckFindsWhatWasChangedBehindItsBack) {
  const std::vector<const char*> damages = {
      "UPDATE entry SET bytes = CAST('other' AS BLOB) WHERE number = 3",
      "UPDATE entry SET hashes = zeroblob(length(hashes)) WHERE number = 3",
      // Only an inner hash: leaf 3 completes a subtree of two and one of four.
      "UPDATE entry SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(length(hashes) - 32) AS "
      "BLOB) WHERE number = 3",
      "UPDATE entry SET position = position + 100 WHERE number = 3",
      "DELETE FROM entry WHERE number = 9",
      "DELETE FROM entry WHERE number = 3",
      "UPDATE stream SET next_position = 11",
      "UPDATE head SET size = 9",
      "UPDATE head SET root = zeroblob(32)",
  };
  for (const char* damage : damages) {
    const Folder folder;
    {
      const std::unique_ptr<Store> store = Open(folder);
      ASSERT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 10)).ok());
      ASSERT_TRUE(store->Check().ok());
    }
    Tamper(folder, damage);
    const std::unique_ptr<Store> store = Open(folder);
    EXPECT_EQ(store->Check().code(), StatusCode::kDataLoss) << damage;
  }
}

// Issue 4, edited values in database rows: half a person, a number no row ever has, a table that is
// not word for word this program's, a setting too many. Before, the handle alone went unseen.
TEST(SqliteStore, WhatNoProgramWritesIsDamage) {
  for (const char* damage :
       {"UPDATE matter SET person_handle = x'00112233445566778899aabbccddeeff'",
        "UPDATE matter SET person_party = 'GRC'", "UPDATE matter SET kind = 4294967297"}) {
    const Folder folder;
    const MatterId id = Filled<MatterId>('m');
    {
      const std::unique_ptr<Store> store = Open(folder);
      Commit commit;
      commit.matters.push_back({id, 1, "bytes", std::nullopt, std::nullopt});
      ASSERT_TRUE(store->Apply(commit).ok());
      ASSERT_TRUE(store->FindMatter(id).value().has_value());
    }
    Tamper(folder, damage);
    const std::unique_ptr<Store> store = Open(folder);
    EXPECT_EQ(store->FindMatter(id).status().code(), StatusCode::kDataLoss) << damage;
    EXPECT_EQ(store->ListMatters(std::nullopt, std::nullopt, 9).status().code(),
              StatusCode::kDataLoss)
        << damage;
  }
  {
    // A state that a byte would cut to one there is.
    const Folder folder;
    {
      const std::unique_ptr<Store> store = Open(folder);
      Commit commit;
      commit.deliveries = {{*PartyCode::FromText("PAK"), 1, "bytes", Filled<StatementId>('a'),
                            Filled<Digest>('d'), Instant{1}}};
      ASSERT_TRUE(store->Apply(commit).ok());
    }
    Tamper(folder, "UPDATE delivery SET state = 16386");
    EXPECT_EQ(Open(folder)->FindDelivery(1).status().code(), StatusCode::kDataLoss);
  }
  for (const char* damage : {"DROP INDEX matter_due", "CREATE TABLE surplus (a INTEGER)",
                             "INSERT INTO setting VALUES ('surplus', x'00')"}) {
    const Folder folder;
    ASSERT_TRUE(Open(folder)->Check().ok());
    Tamper(folder, damage);
    EXPECT_EQ(Open(folder)->Check().code(), StatusCode::kDataLoss) << damage;
  }
}

// Ledger formats section 9: the tree is computed again before a commit; a store whose hashes were
// changed signs nothing.
TEST(SqliteStore, NothingIsAppendedToADamagedTree) {
  const Folder folder;
  {
    const std::unique_ptr<Store> store = Open(folder);
    ASSERT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 10)).ok());
  }
  // Leaf 9 completes the subtree of leaves 8 and 9, which stands on the right edge.
  Tamper(folder,
         "UPDATE entry SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(32) AS BLOB) WHERE "
         "number = 9");
  const std::unique_ptr<Store> store = Open(folder);
  Commit commit;
  commit.expected = store->ReadHead().value().tree;
  const Bytes bytes = "next";
  commit.entries = {{bytes, ledger::LeafHash(bytes), "all", 10, std::nullopt}};
  commit.next = Head{{11, Filled<Digest>('r')}, Instant{1000}, NoteOf({11, Filled<Digest>('r')})};
  EXPECT_EQ(store->Apply(commit).code(), StatusCode::kDataLoss);
}

bool AnyFileHolds(const fs::path& folder, const std::string& needle) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (bytes.find(needle) != std::string::npos) return true;
  }
  return false;
}

// Design section 5: after an erasure no file of the store holds the key or the particulars.
TEST(SqliteStore, NoFileHoldsWhatWasErased) {
  const Folder folder;
  const std::unique_ptr<Store> store = Open(folder);
  const std::string wrapped = "WRAPPED-KEY-OF-THE-MATTER";
  const std::string cipher = "CIPHERTEXT-OF-THE-PARTICULARS";
  Commit commit;
  commit.wrapped_keys = {{Filled<MatterId>('m'), wrapped}, {Filled<MatterId>('n'), "another key"}};
  commit.particulars = {
      {Filled<Digest>('d'), "GRC", Filled<MatterId>('m'), Bytes(6000, 'x') + cipher}};
  ASSERT_TRUE(store->Apply(commit).ok());
  ASSERT_TRUE(store->FindWrappedKey(Filled<MatterId>('m')).ok());
  ASSERT_TRUE(AnyFileHolds(folder.path(), wrapped));
  ASSERT_TRUE(AnyFileHolds(folder.path(), cipher));
  Commit erasure;
  erasure.erasures = {Filled<MatterId>('m')};
  ASSERT_TRUE(store->Apply(erasure).ok());
  EXPECT_FALSE(AnyFileHolds(folder.path(), wrapped));
  EXPECT_FALSE(AnyFileHolds(folder.path(), cipher));
  EXPECT_TRUE(AnyFileHolds(folder.path(), "another key"));
}

// store.h, erasures: what a program erased that was killed before it emptied the log goes when the
// store is opened again, or, when somebody was reading then, with the next commit.
TEST(SqliteStore, TheLogOfAKilledProgramIsEmptied) {
  for (const bool reading : {false, true}) {
    SCOPED_TRACE(reading);
    const Folder folder;
    const std::string wrapped = "WRAPPED-KEY-OF-THE-MATTER";
    {
      const std::unique_ptr<Store> store = Open(folder);
      Commit commit;
      commit.wrapped_keys = {{Filled<MatterId>('m'), wrapped}};
      ASSERT_TRUE(store->Apply(commit).ok());
    }
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file().c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr), SQLITE_OK);
    const auto run = [&](const char* sql) {
      ASSERT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    };
    if (reading) run("BEGIN; SELECT count(*) FROM wrapped_key");
    sqlite3* eraser = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file().c_str(), &eraser), SQLITE_OK);
    ASSERT_EQ(sqlite3_db_config(eraser, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(eraser, "PRAGMA secure_delete = ON; DELETE FROM wrapped_key", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(eraser);
    if (!reading) sqlite3_close(database);
    ASSERT_TRUE(AnyFileHolds(folder.path(), wrapped));
    const std::unique_ptr<Store> store = Open(folder);
    EXPECT_EQ(AnyFileHolds(folder.path(), wrapped), reading);
    if (!reading) continue;
    run("COMMIT");
    sqlite3_close(database);
    Commit any;
    any.cursors = {{"any", 1}};
    ASSERT_TRUE(store->Apply(any).ok());
    EXPECT_FALSE(AnyFileHolds(folder.path(), wrapped));
  }
}

// store.h, ResourceExhausted: no room; nothing of the commit stays, and the store works on when
// there is room again.
TEST(SqliteStore, AFullStoreRefusesAndWorksOnWhenThereIsRoom) {
  const Folder folder;
  std::uint64_t size = 0;
  {
    const std::unique_ptr<Store> store = Open(folder, {.max_pages = 100});
    absl::Status status;
    while (true) {
      std::vector<std::pair<std::string, Bytes>> entries(8, {"all", Bytes(3000, 'e')});
      Commit commit = Keeper(*store).Append(entries);
      commit.cursors = {{"written", static_cast<std::int64_t>(size + 8)}};
      status = store->Apply(commit);
      if (!status.ok()) break;
      size += 8;
    }
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status;
    EXPECT_FALSE(IsFatal(status));
    ASSERT_GT(size, 0u);
    EXPECT_EQ(store->ReadHead().value().tree.size, size);
    EXPECT_EQ(store->ReadCursor("written").value(), static_cast<std::int64_t>(size));
    EXPECT_EQ(store->ReadEntries(size, 9).value().size(), 0u);
    EXPECT_TRUE(store->Check().ok());
    // What needs no new page still goes.
    Commit small;
    small.cursors = {{"written", 1}};
    EXPECT_TRUE(store->Apply(small).ok());
  }
  const std::unique_ptr<Store> store = Open(folder);
  EXPECT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 20)).ok());
  EXPECT_EQ(store->ReadHead().value().tree.size, size + 20);
  EXPECT_TRUE(store->Check().ok());
}

// A disk that fails on demand: SQLite's own file system with one call in between that is refused.
struct FailingDisk {
  enum class Fail { kNothing, kSync, kSyncOfMoved, kSyncAfterDoingIt, kWrite, kNoSpace };
  static inline Fail fail = Fail::kNothing;

  struct File {
    sqlite3_file base;
    bool main;  // the file itself, not its log
    sqlite3_file* real;
  };
  static sqlite3_vfs* Real() {
    static sqlite3_vfs* const real = sqlite3_vfs_find("unix");
    return real;
  }
  static sqlite3_file* RealFile(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

  static int Sync(sqlite3_file* file, int flags) {
    const bool moved = fail == Fail::kSyncOfMoved && reinterpret_cast<File*>(file)->main;
    if (fail == Fail::kSync || moved) return SQLITE_IOERR_FSYNC;
    const int code = RealFile(file)->pMethods->xSync(RealFile(file), flags);
    return fail == Fail::kSyncAfterDoingIt ? SQLITE_IOERR_FSYNC : code;
  }
  static int Write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    if (fail == Fail::kWrite) return SQLITE_IOERR_WRITE;
    if (fail == Fail::kNoSpace) return SQLITE_FULL;
    return RealFile(file)->pMethods->xWrite(RealFile(file), bytes, count, at);
  }

  static int OpenFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags,
                      int* out_flags) {
    auto* const ours = reinterpret_cast<File*>(file);
    ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
    ours->main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const int code = Real()->xOpen(Real(), name, ours->real, flags, out_flags);
    ours->base.pMethods = ours->real->pMethods == nullptr ? nullptr : Methods();
    return code;
  }

  static const sqlite3_io_methods* Methods() {
    static const sqlite3_io_methods methods = [] {
      sqlite3_io_methods m = {};
      m.iVersion = 2;
      m.xClose = [](sqlite3_file* f) { return RealFile(f)->pMethods->xClose(RealFile(f)); };
      m.xRead = [](sqlite3_file* f, void* b, int n, sqlite3_int64 at) {
        return RealFile(f)->pMethods->xRead(RealFile(f), b, n, at);
      };
      m.xWrite = Write;
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) {
        return RealFile(f)->pMethods->xTruncate(RealFile(f), n);
      };
      m.xSync = Sync;
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) {
        return RealFile(f)->pMethods->xFileSize(RealFile(f), n);
      };
      m.xLock = [](sqlite3_file* f, int level) {
        return RealFile(f)->pMethods->xLock(RealFile(f), level);
      };
      m.xUnlock = [](sqlite3_file* f, int level) {
        return RealFile(f)->pMethods->xUnlock(RealFile(f), level);
      };
      m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
        return RealFile(f)->pMethods->xCheckReservedLock(RealFile(f), out);
      };
      m.xFileControl = [](sqlite3_file* f, int op, void* a) {
        return RealFile(f)->pMethods->xFileControl(RealFile(f), op, a);
      };
      m.xSectorSize = [](sqlite3_file* f) {
        return RealFile(f)->pMethods->xSectorSize(RealFile(f));
      };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return RealFile(f)->pMethods->xDeviceCharacteristics(RealFile(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
        return RealFile(f)->pMethods->xShmMap(RealFile(f), page, size, extend, out);
      };
      m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
        return RealFile(f)->pMethods->xShmLock(RealFile(f), offset, n, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { RealFile(f)->pMethods->xShmBarrier(RealFile(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) {
        return RealFile(f)->pMethods->xShmUnmap(RealFile(f), remove);
      };
      return m;
    }();
    return &methods;
  }

  // In place of the real one for every connection opened while it lives.
  FailingDisk() {
    fail = Fail::kNothing;
    vfs = *Real();
    vfs.zName = "failing";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + Real()->szOsFile;
    vfs.xOpen = OpenFile;
    sqlite3_vfs_register(&vfs, 1);
  }
  ~FailingDisk() {
    fail = Fail::kNothing;
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(Real(), 1);
  }
  sqlite3_vfs vfs;
};

// Ledger formats section 9: a failed fsync ends it, also that of what is moved out of the
// write-ahead log, after an erasure or because the log is long; SQLite alone would try it again and
// believe the second answer.
TEST(SqliteStore, AFailedSyncOfWhatIsMovedOutOfTheLogPoisonsTheStore) {
  for (const bool erasing : {false, true}) {
    SCOPED_TRACE(erasing);
    FailingDisk disk;
    const Folder folder;
    const std::unique_ptr<Store> store = Open(folder, {.log_pages = 40});
    Keeper keeper(*store);
    ASSERT_TRUE(store->Apply(keeper.AppendTo("all", 1)).ok());
    FailingDisk::fail = FailingDisk::Fail::kSyncOfMoved;
    absl::Status status;
    int applied = 0;
    if (erasing) {
      Commit erasure;
      erasure.erasures = {Filled<MatterId>('m')};
      erasure.cursors = {{"any", 1}};
      status = store->Apply(erasure);
    } else {
      while ((status = store->Apply(keeper.AppendTo("all", 1))).ok() && applied < 40) ++applied;
      EXPECT_GT(applied, 2);
    }
    EXPECT_TRUE(IsFatal(status)) << status;
    FailingDisk::fail = FailingDisk::Fail::kNothing;
    EXPECT_TRUE(IsFatal(store->Apply(Commit())));
    EXPECT_TRUE(IsFatal(store->ReadHead().status()));
  }
}

// Ledger formats section 9: what a store holds when it is opened may be in the machine's memory
// alone, since a sync that failed; it is written anew before anything is done with it, and an
// opening that cannot do so fails.
TEST(SqliteStore, WhatTheLogHoldsIsWrittenAnewAtTheOpening) {
  FailingDisk disk;
  const Folder folder;
  const std::unique_ptr<Store> killed = Open(folder);  // never closed before the next opening
  ASSERT_TRUE(killed->Apply(Keeper(*killed).AppendTo("all", 1)).ok());
  ASSERT_TRUE(killed->Apply(Keeper(*killed).AppendTo("all", 5)).ok());
  const fs::path log = folder.file().string() + "-wal";
  ASSERT_GT(fs::file_size(log), 0U);
  FailingDisk::fail = FailingDisk::Fail::kSyncOfMoved;
  EXPECT_EQ(OpenSqliteStore(folder.file(), TestIdentity()).status().code(), StatusCode::kDataLoss);
  FailingDisk::fail = FailingDisk::Fail::kNothing;
  const std::unique_ptr<Store> store = Open(folder);
  EXPECT_EQ(fs::file_size(log), 0U);
  EXPECT_EQ(store->ReadHead().value().tree.size, 6U);
  EXPECT_TRUE(store->Check().ok());
}

// Ledger formats section 9: after a failed fsync nothing is read again; "fail and not persisted"
// and "fail BUT persisted".
TEST(SqliteStore, AFailedSyncPoisonsTheStoreAndNothingIsHalfThere) {
  for (const auto fail : {FailingDisk::Fail::kSync, FailingDisk::Fail::kSyncAfterDoingIt,
                          FailingDisk::Fail::kWrite}) {
    FailingDisk disk;
    const Folder folder;
    ledger::TreeHead before;
    ledger::TreeHead after;
    {
      const std::unique_ptr<Store> store = Open(folder);
      Keeper keeper(*store);
      ASSERT_TRUE(store->Apply(keeper.AppendTo("all", 5)).ok());
      before = store->ReadHead().value().tree;
      FailingDisk::fail = fail;
      const Commit commit = keeper.AppendTo("all", 3);
      after = commit.next->tree;
      const absl::Status failed = store->Apply(commit);
      EXPECT_EQ(failed.code(), StatusCode::kDataLoss) << failed;
      EXPECT_TRUE(IsFatal(failed));
      FailingDisk::fail = FailingDisk::Fail::kNothing;
      // The disk works again, but nobody knows what is on it.
      EXPECT_EQ(store->Apply(Commit()).code(), StatusCode::kDataLoss);
      EXPECT_EQ(store->ReadHead().status().code(), StatusCode::kDataLoss);
    }
    const std::unique_ptr<Store> store = Open(folder);
    const ledger::TreeHead found = store->ReadHead().value().tree;
    EXPECT_TRUE(found == before || found == after) << found.size;
    EXPECT_TRUE(store->Check().ok());
    EXPECT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 1)).ok());
  }
}

// store.h, ResourceExhausted: a disk that is full at the commit itself; the same commit goes later.
TEST(SqliteStore, ADiskFullAtTheCommitIsNoDisaster) {
  FailingDisk disk;
  const Folder folder;
  const std::unique_ptr<Store> store = Open(folder);
  Keeper keeper(*store);
  ASSERT_TRUE(store->Apply(keeper.AppendTo("all", 5)).ok());
  const Commit commit = keeper.AppendTo("all", 3);
  FailingDisk::fail = FailingDisk::Fail::kNoSpace;
  const absl::Status full = store->Apply(commit);
  EXPECT_EQ(full.code(), StatusCode::kResourceExhausted) << full;
  EXPECT_EQ(store->ReadHead().value().tree.size, 5u);
  FailingDisk::fail = FailingDisk::Fail::kNothing;
  EXPECT_TRUE(store->Apply(commit).ok());
  EXPECT_EQ(store->ReadHead().value().tree.size, 8u);
  EXPECT_TRUE(store->Check().ok());
}

// The child appends group after group and says after each Apply what it was told; it is killed at
// some moment.
[[noreturn]] void AppendUntilKilled(const fs::path& file, int told) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(file, TestIdentity());
  if (!store.ok()) _exit(1);
  Keeper keeper(**store);
  for (int i = 0;; ++i) {
    Commit commit = keeper.AppendTo(i % 2 == 0 ? "all" : "GRC", 1 + i % 7);
    commit.cursors = {{"written", static_cast<std::int64_t>(commit.next->tree.size)}};
    if (!(*store)->Apply(commit).ok()) _exit(1);
    const std::uint64_t size = commit.next->tree.size;
    if (write(told, &size, sizeof(size)) != sizeof(size)) _exit(1);
  }
}

// Design section 18, kill -9 loops: whatever was acknowledged is there after the kill, and nothing
// is half there.
TEST(SqliteStore, FiftyKillsLoseNothingThatWasAcknowledged) {
  const Folder folder;
  Open(folder);
  std::uint64_t acknowledged = 0;
  for (int kill_number = 0; kill_number < 50; ++kill_number) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      AppendUntilKilled(folder.file(), pipe_ends[1]);
    }
    close(pipe_ends[1]);
    // At least one commit is told of, then a moment that differs from kill to kill.
    std::uint64_t size = 0;
    ASSERT_EQ(read(pipe_ends[0], &size, sizeof(size)), static_cast<ssize_t>(sizeof(size)));
    std::this_thread::sleep_for(std::chrono::microseconds(137 * kill_number));
    kill(child, SIGKILL);
    acknowledged = std::max(acknowledged, size);
    while (read(pipe_ends[0], &size, sizeof(size)) == static_cast<ssize_t>(sizeof(size))) {
      acknowledged = std::max(acknowledged, size);
    }
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself";

    const std::unique_ptr<Store> store = Open(folder);
    const std::uint64_t found = store->ReadHead().value().tree.size;
    ASSERT_GE(found, acknowledged);
    ASSERT_EQ(static_cast<std::uint64_t>(store->ReadCursor("written").value()), found);
    const absl::Status sound = store->Check();
    ASSERT_TRUE(sound.ok()) << sound;
  }
  EXPECT_GE(acknowledged, 50u);
}

// store.h, DataLoss: a file that may not grow is a failing disk, not a full one; the store ends and
// opens again whole.
TEST(SqliteStore, AFileThatMayNotGrowEndsTheStore) {
  const Folder folder;
  Open(folder);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{300'000, 300'000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(1);
    absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(folder.file(), TestIdentity());
    if (!store.ok()) _exit(2);
    for (int i = 0; i < 1000; ++i) {
      const absl::Status status =
          (*store)->Apply(Keeper(**store).Append({{"all", Bytes(9000, 'e')}}));
      if (status.ok()) continue;
      if (status.code() != StatusCode::kDataLoss) _exit(3);
      _exit((*store)->Apply(Commit()).code() == status.code() ? 0 : 4);
    }
    _exit(5);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const std::unique_ptr<Store> store = Open(folder);
  EXPECT_GT(store->ReadHead().value().tree.size, 0u);
  EXPECT_TRUE(store->Check().ok());
  EXPECT_TRUE(store->Apply(Keeper(*store).AppendTo("all", 3)).ok());
}

}  // namespace
}  // namespace chancery::store
