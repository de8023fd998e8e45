// Every write, sync and change of a name that a scripted exchange makes is a crash point: the power
// goes out there, both nodes begin again from what a disk may hold, and the exchange goes on to its
// end.
//
// By default every point is cut twice, with all and with nothing of what was not synced, every
// second one also with a part of it, and the exchange goes on where the two stores and the step
// differ from those of every cut before. CHANCERY_NIGHTLY=1 in the environment draws eight parts at
// every point and goes on after every sixteenth cut as well.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "tests/crash/book.h"
#include "tests/crash/disk_model.h"
#include "tests/crash/exchange_script.h"
#include "tests/crash/file_trace.h"

namespace chancery::crash {
namespace {

namespace fs = std::filesystem;
using codec::EntryKind;
using support::ExchangeWorld;
using support::Must;
using support::Party;

constexpr std::array<const char*, 2> kSides = {"ministry", "state"};

bool Nightly() { return std::getenv("CHANCERY_NIGHTLY") != nullptr; }

// What both books come to at the end, without anything that differs from run to run.
struct Ending {
  std::vector<std::string> acts;  // kind and matter, in order of the text
  std::size_t sealed = 0;
  std::size_t equivocations = 0;
  std::size_t received = 0;

  friend bool operator==(const Ending&, const Ending&) = default;
};

class CrashPoints : public ::testing::Test {
 protected:
  CrashPoints() {
    fs::create_directory(recorded_);
    SkipSyncs(true);
    support::StoreOptions().log_pages = 96;  // so that the log is moved into the file on the way
  }
  ~CrashPoints() override {
    SkipSyncs(false);
    support::StoreOptions() = {};
  }

  // Plays the exchange from `step` on in a child process, whose calls are recorded. Its exit code.
  int Record(std::size_t step = 0, std::uint64_t failing_sync = 0) {
    support::RehearsalPki::Get();
    BeginTrace(recorded_);
    FailSync(failing_sync);
    const pid_t child = fork();
    if (child == 0) {
      if (failing_sync != 0) {
        // It ends with a message, as it must.
        std::freopen("/dev/null", "w", stdout);
        std::freopen("/dev/null", "w", stderr);
      }
      if (step == 0) {
        for (const char* side : kSides) fs::create_directory(recorded_ / side);
      }
      Exchange exchange(plan_, recorded_, [](const Told& told) { Mark(ToBytes(told)); });
      exchange.DoFrom(step);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EndTrace();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // What was recorded last is how it ends without any crash.
  void TakeUndisturbed() {
    undisturbed_ = EndingOf(recorded_, Must(BookIn(recorded_, 0)), Must(BookIn(recorded_, 1)));
    ASSERT_EQ(undisturbed_.equivocations, 1U);
    ASSERT_EQ(Audited(recorded_), "");
  }

  // Both stores after the power went out now, held to what was told; then on to the end.
  std::string CutNow(const Disk& disk, const std::vector<Told>& told) {
    std::size_t step = 0;
    for (const Told& one : told) {
      if (one.kind == Told::Kind::kDone) step = one.number + 1;
    }
    const fs::path cut = folder_.path() / "cut";
    fs::remove_all(cut);
    for (const char* side : kSides)
      disk.After(side, {Survival::Kind::kSynced, 0}).WriteTo(cut / side);
    const absl::StatusOr<Book> ministry = BookIn(cut, 0);
    const absl::StatusOr<Book> state = BookIn(cut, 1);
    for (const auto* book : {&ministry, &state}) {
      if (!book->ok()) return std::string(ToStd(book->status().message()));
    }
    if (std::string wrong = WrongIn(*ministry, *state); !wrong.empty()) return wrong;
    for (const Told& one : told) {
      if (std::string broken = Broken(one, *ministry, *state, world_); !broken.empty())
        return broken;
    }
    return GoOn(cut, step, told);
  }

  absl::StatusOr<Book> BookIn(const fs::path& folder, std::size_t side) const {
    const bool ministry = side == 0;
    const PartyCode party = Party(ministry ? "PAK" : "GRC");
    return ReadBook(ministry ? "PAK" : "GRC",
                    ministry ? Exchange::MinistryStore(folder) : Exchange::StateStore(folder),
                    Must(exchange::StoreIdentityOf(world_.anchor, party)),
                    world_.anchor.logs.at(party),
                    world_.anchor.logs.at(Party(ministry ? "GRC" : "PAK")).name(), plan_);
  }

  Ending EndingOf(const fs::path& folder, const Book& ministry, const Book& state) const {
    Ending ending;
    const auto store =
        Must(store::OpenSqliteStore(Exchange::MinistryStore(folder), world_.Identity()));
    for (const store::StoredEntry& stored : Must(store->ReadEntries(0, 10'000))) {
      const codec::Entry entry = Must(codec::DecodeEntry(stored.bytes));
      const auto* act = std::get_if<codec::ActBody>(&entry.body);
      if (act == nullptr) continue;
      const procedure::Act what = Must(codec::DecodeStatement(act->statement)).act;
      ending.acts.push_back(std::string(procedure::FindAct(what.kind)->name) + " " +
                            what.author.ToText() + " " + what.matter.ToHexText() + " " +
                            codec::Summary(act->ruling));
    }
    std::sort(ending.acts.begin(), ending.acts.end());
    const auto count = [](const Book& book, EntryKind kind) {
      const auto found = book.statements.find(kind);
      return found == book.statements.end() ? std::size_t{0} : found->second.size();
    };
    ending.sealed = count(state, EntryKind::kSealed);
    ending.equivocations = count(ministry, EntryKind::kEquivocation);
    ending.received = state.received.size();
    return ending;
  }

  // Both exported books under the anchor; empty when they verify.
  std::string Audited(const fs::path& folder) const {
    for (std::size_t side = 0; side < 2; ++side) {
      audit::VerifyOptions options;
      options.anchor = world_.anchor;
      for (const char* party : {"PAK", "GRC"})
        options.anchor->policies.emplace(Party(party), crypto::Sha256(PolicyOf(world_, party)));
      options.threads = 1;
      const auto verdict =
          audit::VerifyEvidence(folder / kSides[side] / "exports/evidence", options);
      if (!verdict.ok()) return std::string(ToStd(verdict.status().message()));
      if (!verdict->anchored || !verdict->consistent()) return audit::ToText(*verdict);
    }
    return {};
  }

  // Begins again in `folder` from `step` on, to the end, and holds both books to everything that
  // was ever told. What is wrong, or nothing.
  std::string GoOn(const fs::path& folder, std::size_t step, std::vector<Told> told) {
    {
      Exchange exchange(plan_, folder, [&](const Told& one) {
        const std::lock_guard lock(telling_);
        told.push_back(one);
      });
      // What was done before begins only in a step that still comes.
      exchange.DoFrom(step);
      if (Must(exchange.state()->outbox->Waiting()) != 0) return "an act still waits at the end";
    }
    const Book ministry = Must(BookIn(folder, 0));
    const Book state = Must(BookIn(folder, 1));
    if (std::string wrong = WrongIn(ministry, state); !wrong.empty()) return wrong;
    for (const Told& one : told) {
      if (std::string broken = Broken(one, ministry, state, world_); !broken.empty()) return broken;
      if (one.kind == Told::Kind::kDraft && ministry.Count(EntryKind::kAct, one.digest) != 1)
        return "a draft was not recorded as it was shown";
    }
    if (EndingOf(folder, ministry, state) != undisturbed_)
      return "the books do not end as without the crash";
    return Audited(folder);
  }

  // Cuts the power at one moment after another.
  class Cutter {
   public:
    // `parts` draws of what survives in part, at every second point when it is one. Plays on to the
    // end where stores and step differ from every cut before, and after every `every`-th cut (0:
    // not).
    Cutter(CrashPoints& test, int parts, int every) : test_(test), every_(every) {
      for (std::size_t side = 0; side < 2; ++side) {
        sides_[side].resize(static_cast<std::size_t>(2 + parts));
        for (Side& one : sides_[side])
          one.book = Must(test_.BookIn(test_.folder_.path() / "none", side));
      }
    }

    void Tell(const Told& told) {
      if (told.kind == Told::Kind::kDone) step_ = told.number + 1;
      if (told.kind == Told::Kind::kDraft) ++drafts_;
      told_.push_back(told);
    }

    // The power goes out on this side, while the other program is killed, or the power goes out
    // there as well. What is wrong, or nothing.
    std::string CutAt(const Disk& disk, std::size_t side, int number) {
      const std::size_t kinds = every_ > 0 || number % 2 == 0 ? sides_[side].size() : 2;
      for (std::size_t kind = 0; kind < kinds; ++kind) {
        if (std::string wrong = Reopen(disk, side, kind, number); !wrong.empty())
          return "survival " + std::to_string(kind) + ": " + wrong;
      }
      for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (const std::size_t other : {0U, 1U}) {
          if (kind == 0 && other == 1) continue;
          const Side& here = sides_[side][kind];
          const Side& there = sides_[1 - side][other];
          if (std::string wrong = side == 0 ? Hold(here, there) : Hold(there, here);
              !wrong.empty()) {
            return "in \"" + std::string(Exchange::NameOf(std::min(step_, Exchange::Steps() - 1))) +
                   "\", survivals " + std::to_string(kind) + " and " + std::to_string(other) +
                   ": " + wrong;
          }
          torn += here.image.torn + here.image.missing > 0 ? 1 : 0;
        }
      }
      return {};
    }

    int cuts = 0;
    int torn = 0;
    int reopened = 0;
    int gone_on = 0;

   private:
    struct Side {
      Image image;
      Book book;
    };

    std::string Reopen(const Disk& disk, std::size_t side, std::size_t kind, int number) {
      Side& one = sides_[side][kind];
      const Survival survival{kind == 0   ? Survival::Kind::kKilled
                              : kind == 1 ? Survival::Kind::kSynced
                                          : Survival::Kind::kPart,
                              static_cast<std::uint64_t>(number) * 64 + kind};
      one.image = disk.After(kSides[side], survival);
      const std::uint64_t digest = one.image.Digest();
      const auto known = read_[side].find(digest);
      if (known == read_[side].end()) {
        const fs::path cut = test_.folder_.path() / "cut";
        fs::remove_all(cut);
        one.image.WriteTo(cut / kSides[side]);
        absl::StatusOr<Book> book = test_.BookIn(cut, side);
        if (!book.ok()) return std::string(ToStd(book.status().message()));
        ++reopened;
        one.book = read_[side].emplace(digest, *std::move(book)).first->second;
      } else {
        one.book = known->second;
      }
      // A folder of evidence is there whole or not at all, and is there when somebody was told so.
      const auto& whole = test_.exported_[side].files;
      std::size_t there = 0;
      for (const auto& [path, bytes] : one.image.files) {
        if (!path.starts_with("exports/evidence/")) continue;
        ++there;
        if (!whole.contains(path) || whole.at(path) != bytes)
          return path + " is not what was exported";
      }
      const bool promised = std::any_of(told_.begin(), told_.end(), [&](const Told& what) {
        return what.kind == Told::Kind::kExported && (what.party == "PAK") == (side == 0);
      });
      if ((there > 0 || promised) && there != whole.size()) {
        return "of " + std::to_string(whole.size()) + " exported files " + std::to_string(there) +
               " are there";
      }
      return {};
    }

    std::string Hold(const Side& ministry, const Side& state) {
      ++cuts;
      if (std::string wrong = WrongIn(ministry.book, state.book); !wrong.empty()) return wrong;
      // What held in these two books still does.
      std::size_t& held = held_[{ministry.book.content, state.book.content}];
      for (; held < told_.size(); ++held) {
        std::string broken = Broken(told_[held], ministry.book, state.book, test_.world_);
        if (!broken.empty()) return broken;
      }
      const bool is_new =
          ended_.emplace(ministry.book.content, state.book.content, step_, drafts_).second;
      if (!is_new && (every_ == 0 || cuts % every_ != 0)) return {};
      const fs::path rest = test_.folder_.path() / "rest";
      fs::remove_all(rest);
      ministry.image.WriteTo(rest / kSides[0]);
      state.image.WriteTo(rest / kSides[1]);
      ++gone_on;
      return test_.GoOn(rest, step_, told_);
    }

    CrashPoints& test_;
    const int every_;
    std::array<std::vector<Side>, 2> sides_;  // by how much survives
    std::array<std::map<std::uint64_t, Book>, 2> read_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> held_;
    std::set<std::tuple<std::uint64_t, std::uint64_t, std::size_t, std::size_t>> ended_;
    std::vector<Told> told_;
    std::size_t step_ = 0;
    std::size_t drafts_ = 0;
  };

  const Plan plan_;
  ExchangeWorld world_;  // for its anchor
  support::TemporaryFolder folder_;
  const fs::path recorded_ = folder_.path() / "recorded";
  Ending undisturbed_;
  std::array<Image, 2> exported_;  // as the undisturbed exchange exports them
  std::mutex telling_;
};

// Issue 4: "Crash test: every write, sync and rename of a scripted exchange is a crash point, each
// torn and reopened; no acknowledged act lost, none twice, no contradiction signed. Print counts."
TEST_F(CrashPoints, EveryWriteSyncAndRenameOfAnExchangeMayBeTheLast) {
  ASSERT_EQ(Record(), 0);
  const std::vector<crash::Record> trace = ReadTrace();
  const std::array<Image, 2> at_end = {Image::ReadFrom(recorded_ / kSides[0]),
                                       Image::ReadFrom(recorded_ / kSides[1])};
  TakeUndisturbed();
  Disk disk;
  for (const crash::Record& record : trace) disk.Apply(record);
  for (std::size_t side = 0; side < 2; ++side) {
    // The record is whole: by it the files have exactly the bytes they have.
    const Image by_record = disk.After(kSides[side], {});
    ASSERT_GT(at_end[side].files.size(), 10U);
    for (const auto& [path, bytes] : at_end[side].files)
      ASSERT_TRUE(by_record.files.contains(path) && by_record.files.at(path) == bytes) << path;
    for (const auto& [path, bytes] : at_end[side].files) {
      if (path.starts_with("exports/evidence/")) exported_[side].files[path] = bytes;
    }
  }

  Cutter cutter(*this, Nightly() ? 8 : 1, Nightly() ? 16 : 0);
  disk = Disk();
  std::map<Op, int> points;
  int number = 0;
  for (const crash::Record& record : trace) {
    if (record.op == Op::kMark) {
      const Told told = ToldFrom(record.bytes);
      cutter.Tell(told);
      // What was answered holds from the answer on, whether or not anything is written after it.
      if (told.kind != Told::Kind::kDone) continue;
      for (std::size_t side = 0; side < 2; ++side)
        ASSERT_EQ(cutter.CutAt(disk, side, number), "")
            << "after \"" << Exchange::NameOf(told.number) << "\" was answered";
      continue;
    }
    disk.Apply(record);
    ++points[record.op];
    ++number;
    ASSERT_EQ(cutter.CutAt(disk, record.path.starts_with(kSides[0]) ? 0 : 1, number), "")
        << "point " << number << ", after a call on " << record.path;
  }
  std::printf(
      "crash points: %d (%d writes, %d syncs, %d syncs of folders, %d names, %d sizes); cuts: %d, "
      "of "
      "them with writes torn or missing: %d; stores reopened: %d; played on to the end: %d; lost: "
      "0, "
      "twice: 0, contradictions: 0\n",
      number, points[Op::kWrite], points[Op::kSync], points[Op::kSyncFolder],
      points[Op::kCreate] + points[Op::kRename] + points[Op::kRemove] + points[Op::kMakeFolder],
      points[Op::kTruncate], cutter.cuts, cutter.torn, cutter.reopened, cutter.gone_on);
  EXPECT_GT(number, 1000);
  EXPECT_GT(cutter.torn, cutter.cuts / 4);
}

// Issue 4 and ledger-formats.md 9: "Never re-read after a failed fsync: abort the process." After
// any sync that fails, at that moment and at the end of the program that begins again on the same
// machine, the power may go out: what was not synced never was, whatever the machine still showed.
TEST_F(CrashPoints, ASyncThatFailsIsNeverBelieved) {
  ASSERT_EQ(Record(), 0);
  std::uint64_t syncs = 0;
  for (const crash::Record& record : ReadTrace())
    syncs += record.op == Op::kSync || record.op == Op::kSyncFolder ? 1 : 0;
  TakeUndisturbed();
  const std::uint64_t stride = Nightly() ? 1 : 6;
  int ended = 0;
  int went_on_rightly = 0;
  for (std::uint64_t n = 1 + stride / 2; n <= syncs; n += stride) {
    SCOPED_TRACE("sync " + std::to_string(n));
    fs::remove_all(recorded_);
    fs::create_directory(recorded_);
    const bool went_on = Record(0, n) == 0;
    // What three desks hand in at once comes in one commit or in several.
    if (!SyncFailed() && n + 8 > syncs) break;
    ASSERT_TRUE(SyncFailed());
    ++(went_on ? went_on_rightly : ended);
    Disk disk;
    std::vector<Told> told;
    std::size_t step = 0;
    std::size_t failed_in = 0;
    bool of_a_folder = false;
    const auto take = [&] {
      for (const crash::Record& record : ReadTrace()) {
        disk.Apply(record);
        if (record.op == Op::kSyncFailed) {
          failed_in = step;
          of_a_folder = record.path == kSides[0] || record.path == kSides[1];
        }
        if (record.op != Op::kMark) continue;
        told.push_back(ToldFrom(record.bytes));
        if (told.back().kind == Told::Kind::kDone) step = told.back().number + 1;
      }
    };
    take();
    ASSERT_EQ(CutNow(disk, told), "")
        << "at once, in \"" << Exchange::NameOf(std::min(step, Exchange::Steps() - 1)) << '"';
    if (went_on) {
      // A program that closes its store ends anyway; and SQLite does not look at a failing sync of
      // the folder, which the store therefore syncs itself when it is opened.
      ASSERT_TRUE(of_a_folder || Exchange::NameOf(failed_in) == "both programs end and begin again")
          << Exchange::NameOf(failed_in);
    } else {
      ASSERT_EQ(Record(step), 0) << "the program does not begin again";
      take();
    }
    ASSERT_EQ(step, Exchange::Steps());
    ASSERT_EQ(CutNow(disk, told), "") << "at the end of the program that began again";
  }
  std::printf(
      "syncs that failed: %d; programs that ended there: %d, that were closing or had the folder "
      "synced "
      "again: %d\n",
      ended + went_on_rightly, ended, went_on_rightly);
  EXPECT_GT(ended, 10);
}

}  // namespace
}  // namespace chancery::crash
