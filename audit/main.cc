// chancery-audit: verifies evidence with no network and no trust in who made it, and reads it to
// people.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "audit/book.h"
#include "audit/case_history.h"
#include "audit/case_story.h"
#include "audit/contradict.h"
#include "audit/convict.h"
#include "audit/evidence_folder.h"
#include "audit/extract.h"
#include "audit/handovers.h"
#include "audit/reconcile.h"
#include "audit/report.h"
#include "audit/seal_memory.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "audit/words.h"
#include "engine/base/text.h"

namespace chancery::audit {
namespace {

void Say(std::string_view message) {
  std::cerr << "chancery-audit: " << Printable(message) << '\n';
}

// A failure in words, and the exit code that belongs to it.
int Fail(const absl::Status& status, ExitCode otherwise = kExitUnreadable) {
  Say(ToStd(status.message()));
  if (absl::IsDataLoss(status)) return kExitWrong;
  if (ReasonOf(status) == kNotShown) return kExitUnanchored;
  if (absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status)) return kExitUsage;
  return otherwise;
}

// A small file whole. `what` it is to be, for the message.
absl::StatusOr<std::string> ReadText(const std::string& path, const std::string& what) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure))
    return NotFound("cannot read the " + what + " " + path + ": it is a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot read the " + what + " " + path);
  std::string text;
  char block[1 << 12];
  // read() reports what the machine refuses in bad(); an iterator would throw it.
  while (file.read(block, sizeof block) || file.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxFileBytes)
      return InvalidArgument("the " + what + " " + path + " is larger than any " + what);
  }
  if (file.bad()) return NotFound("cannot read the " + what + " " + path);
  return text;
}

absl::StatusOr<ledger::Anchor> ReadAnchor(const std::string& path) {
  CHANCERY_ASSIGN_OR_RETURN(const std::string text, ReadText(path, "anchor"));
  return ledger::ParseAnchor(text);
}

// How far the work is: on a terminal one line of stderr that is written over, elsewhere, when it
// was asked for, a line for every tenth.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted)
      : terminal_(::isatty(STDERR_FILENO) == 1), shown_(terminal_ || wanted) {}
  ~ProgressLine() {
    if (drawn_) std::fputs("\r\033[K", stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  Progress AsProgress() {
    if (!shown_) return nullptr;
    return [this](std::string_view doing, std::uint64_t done, std::uint64_t total) {
      const std::uint64_t part = total == 0 ? kParts : done * (terminal_ ? 1000 : kParts) / total;
      if (doing == doing_ && part == part_) return;
      doing_ = doing;
      part_ = part;
      drawn_ = terminal_;
      std::fprintf(stderr, terminal_ ? "\r\033[K%s %llu of %llu" : "%s %llu of %llu\n",
                   doing_.c_str(), static_cast<unsigned long long>(done),
                   static_cast<unsigned long long>(total));
      std::fflush(stderr);
    };
  }

 private:
  static constexpr std::uint64_t kParts = 10;

  bool terminal_;
  bool shown_;
  bool drawn_ = false;
  std::string doing_;
  std::uint64_t part_ = 0;
};

struct Arguments {
  std::string folder;
  std::vector<std::string> folders;  // of verify
  std::string level = "full";
  std::string other;  // a second folder
  std::string anchor;
  std::string keys;  // a folder of evidence with handovers
  std::string id;
  std::string out;
  std::string at;
  std::uint64_t number = 0;
  unsigned threads = 0;
  std::optional<std::int64_t> window;  // minutes
  bool progress = false;
  bool json = false;
};

// `seals`: shared by the books of one run, or null.
absl::StatusOr<Verdict> Verified(const Arguments& arguments, const std::string& folder,
                                 SealMemory* seals = nullptr) {
  VerifyOptions options;
  options.threads = arguments.threads;
  if (arguments.window) options.window_ms = *arguments.window * kMsPerMinute;
  options.level = ParseLevel(arguments.level).value_or(Level::kFull);
  options.seals = seals;
  if (!arguments.anchor.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(options.anchor, ReadAnchor(arguments.anchor));
  }
  ProgressLine line(arguments.progress);
  options.progress = line.AsProgress();
  return VerifyEvidence(folder, options);
}

// Of several books the first that cannot be read ends it; one that is wrong outweighs those that
// are not.
int RunVerify(const Arguments& arguments) {
  SealMemory seals;
  std::vector<Verdict> verdicts;
  ExitCode code = kExitVerified;
  for (const std::string& folder : arguments.folders) {
    absl::StatusOr<Verdict> verdict =
        Verified(arguments, folder, arguments.folders.size() > 1 ? &seals : nullptr);
    if (!verdict.ok()) return Fail(verdict.status());
    if (code != kExitWrong && ExitCodeOf(*verdict) != kExitVerified) code = ExitCodeOf(*verdict);
    if (!arguments.json) std::cout << PrintableLines(ToText(*verdict));
    verdicts.push_back(*std::move(verdict));
  }
  if (arguments.json) {
    std::cout << (verdicts.size() == 1 ? ToJson(verdicts.front()) : ToJson(verdicts));
  }
  if (arguments.anchor.empty() && code == kExitUnanchored) {
    Say("no --anchor was given: what is in the folder is consistent with itself and tied to "
        "nobody");
  }
  return code;
}

int RunCase(const Arguments& arguments) {
  const absl::StatusOr<Book> book = ReadBook(arguments.folder);
  if (!book.ok()) return Fail(book.status());
  const absl::StatusOr<MatterId> id = FindCase(*book, arguments.id);
  if (!id.ok()) return Fail(id.status());
  const absl::StatusOr<CaseHistory> history = HistoryOf(*book, *id);
  if (!history.ok()) return Fail(history.status());
  std::cout << (arguments.json ? ToJson(*history) : PrintableLines(ToText(*history)));
  Say("read, not verified: chancery-audit verify says whether this folder may be believed");
  return kExitVerified;
}

// A folder that is wrong tells nobody a story.
int RunExplain(const Arguments& arguments) {
  std::optional<Instant> at;
  if (!arguments.at.empty()) {
    at = ParseInstant(arguments.at);
    if (!at) {
      Say("--at: expected a moment such as 2016-09-01T06:00:00Z");
      return kExitUsage;
    }
  }
  const absl::StatusOr<Verdict> verdict = Verified(arguments, arguments.folder);
  if (!verdict.ok()) return Fail(verdict.status());
  const int code = ExitCodeOf(*verdict);
  if (code != kExitVerified && code != kExitUnanchored) {
    std::cerr << PrintableLines(ToText(*verdict));
    Say("nothing is explained from a folder in which something is wrong");
    return code;
  }
  const absl::StatusOr<Book> book = ReadBook(arguments.folder);
  if (!book.ok()) return Fail(book.status());
  const absl::StatusOr<MatterId> id = FindCase(*book, arguments.id);
  if (!id.ok()) return Fail(id.status());
  const absl::StatusOr<CaseStory> story = StoryOf(*book, *id, at.value_or(book->last_recorded_at));
  if (!story.ok()) return Fail(story.status());
  std::cout << (arguments.json ? ToJson(*story, code == kExitVerified)
                               : PrintableLines(ToText(*story)));
  if (!book->shown.whole()) Say("read from " + ToText(book->shown));
  if (code == kExitUnanchored)
    Say("no --anchor was given: the folder is consistent with itself and tied to nobody");
  return code;
}

// Books of which one is wrong by itself are not compared.
int RunReconcile(const Arguments& arguments) {
  int code = kExitVerified;
  SealMemory seals;
  for (const std::string& folder : {arguments.folder, arguments.other}) {
    const absl::StatusOr<Verdict> verdict = Verified(arguments, folder, &seals);
    if (!verdict.ok()) return Fail(verdict.status());
    code = ExitCodeOf(*verdict);
    if (code == kExitVerified || code == kExitUnanchored) continue;
    std::cerr << PrintableLines(ToText(*verdict));
    Say("nothing is compared with " + folder + ", in which something is wrong");
    return code;
  }
  const absl::StatusOr<Reconciliation> reconciled = Reconcile(arguments.folder, arguments.other);
  if (!reconciled.ok()) return Fail(reconciled.status());
  std::cout << (arguments.json ? ToJson(*reconciled) : PrintableLines(ToText(*reconciled)));
  if (code == kExitUnanchored)
    Say("no --anchor was given: the folders are consistent with themselves and tied to nobody");
  return reconciled->differences.empty() ? code : kExitWrong;
}

// For what convicts: nobody is convicted without one.
absl::StatusOr<ledger::Anchor> ReadNeededAnchor(const std::string& path) {
  if (path.empty()) return InvalidArgument("--anchor is needed: it says whose keys convict");
  return ReadAnchor(path);
}

// The keys that followed the anchor's, as a folder of evidence shows it.
absl::Status TakeHandovers(const std::string& path, ledger::KeyBook& keys) {
  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder folder, EvidenceFolder::Open(path));
  absl::Status wrong;
  CHANCERY_RETURN_IF_ERROR(ReadHandovers(
      folder, false, keys, [&wrong](const std::string& file, const std::string& what) {
        if (wrong.ok()) wrong = DataLoss(file + ": " + what);
      }));
  return wrong;
}

int RunConvict(const Arguments& arguments) {
  const absl::StatusOr<ledger::Anchor> anchor = ReadNeededAnchor(arguments.anchor);
  if (!anchor.ok()) return Fail(anchor.status());
  const absl::StatusOr<std::string> text = ReadText(arguments.folder, "conviction");
  if (!text.ok()) return Fail(text.status());
  const absl::StatusOr<ledger::Conviction> conviction = ledger::ParseConviction(*text);
  if (!conviction.ok()) return Fail(conviction.status());
  ledger::KeyBook keys(*anchor);
  if (!arguments.keys.empty()) {
    if (const absl::Status taken = TakeHandovers(arguments.keys, keys); !taken.ok())
      return Fail(taken);
  }
  const absl::StatusOr<ConvictedKeeper> convicted = Convict(*conviction, keys);
  if (absl::IsPermissionDenied(convicted.status())) {
    Say("nobody is convicted: " + std::string(ToStd(convicted.status().message())));
    return kExitWrong;
  }
  if (!convicted.ok()) return Fail(convicted.status());
  std::cout << (arguments.json ? ToJson(*convicted) : PrintableLines(ToText(*convicted)));
  return kExitVerified;
}

// A new file, whole or not at all; nothing is written over.
absl::Status WriteNewFile(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "wx");
  if (file == nullptr)
    return Unavailable("cannot write " + path + ": it exists already, or its folder is not there");
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) == 0 && written) return absl::OkStatus();
  std::remove(path.c_str());
  return Unavailable("cannot write " + path + ": is the disk full?");
}

int RunContradict(const Arguments& arguments) {
  const absl::StatusOr<ledger::Anchor> anchor = ReadNeededAnchor(arguments.anchor);
  if (!anchor.ok()) return Fail(anchor.status());
  const absl::StatusOr<std::string> note = ReadText(arguments.other, "signed head");
  if (!note.ok()) return Fail(note.status());
  ledger::KeyBook keys(*anchor);
  if (const absl::Status taken = TakeHandovers(arguments.folder, keys); !taken.ok())
    return Fail(taken);
  const absl::StatusOr<HeldAgainst> held = HoldAgainst(*note, arguments.folder, keys.AllLogs());
  if (absl::IsPermissionDenied(held.status())) {
    Say("nobody is convicted: " + std::string(ToStd(held.status().message())));
    return kExitWrong;
  }
  if (absl::IsFailedPrecondition(held.status())) {
    Say("it cannot be told: " + std::string(ToStd(held.status().message())));
    return kExitUnanchored;
  }
  if (!held.ok()) return Fail(held.status());
  if (held->conviction && !arguments.out.empty()) {
    const absl::Status written =
        WriteNewFile(arguments.out, ledger::FormatConviction(*held->conviction));
    if (!written.ok()) return Fail(written);
  }
  std::cout << (arguments.json ? ToJson(*held) : PrintableLines(ToText(*held)));
  return held->conviction ? kExitVerified : kExitWrong;
}

int RunReport(const Arguments& arguments) {
  const absl::StatusOr<Book> book = ReadBook(arguments.folder);
  if (!book.ok()) return Fail(book.status());
  const Report report = ReportOn(*book);
  std::cout << (arguments.json ? ToJson(report) : PrintableLines(ToText(report)));
  Say("read, not verified: chancery-audit verify says whether this folder may be believed");
  return kExitVerified;
}

int RunEntry(const Arguments& arguments) {
  const absl::StatusOr<Extracted> extracted =
      ExtractEntry(arguments.folder, arguments.number, arguments.out);
  if (!extracted.ok()) return Fail(extracted.status());
  if (arguments.json) {
    const nlohmann::ordered_json json = {{"entry", arguments.number},
                                         {"folder", arguments.out},
                                         {"files", extracted->files},
                                         {"command", extracted->command}};
    std::cout << json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return kExitVerified;
  }
  for (const std::string& file : extracted->files)
    std::cout << Printable(arguments.out + "/" + file) << '\n';
  std::cout << "\nFirst steps 1 to 4 of " << Printable(arguments.out)
            << "/README.txt, which settle what ca.pem may hold; then\n(cd "
            << ShellWord(arguments.out) << " && " << extracted->command << ")\n";
  return kExitVerified;
}

int Run(int argc, char** argv) {
  CLI::App app(
      "Verifies evidence folders with no network, reads them to people, and witnesses ledgers.\n\n"
      "Exit codes: 0 verified, 1 something is wrong, 2 usage, 3 a folder or file cannot be read,\n"
      "6 consistent with itself but tied to nobody (no --anchor), or it cannot be told from this "
      "folder.");
  app.require_subcommand(1);
  app.set_version_flag("--version", "chancery-audit 0.1.0");
  app.footer(
      "Every command takes --json: the same as one JSON document.\n\n"
      "Examples:\n"
      "  chancery-audit verify out/ministry/evidence --anchor out/anchor\n"
      "  chancery-audit verify out/ministry/evidence out/GRC/slice --anchor out/anchor --level "
      "seals\n"
      "  chancery-audit report out/ministry/evidence --json\n"
      "  chancery-audit case out/ministry/evidence 5f3a90c1\n"
      "  chancery-audit explain out/ministry/evidence 5f3a90c1 --anchor out/anchor\n"
      "  chancery-audit reconcile out/ministry/evidence out/GRC/evidence --anchor out/anchor\n"
      "  chancery-audit entry out/ministry/evidence 12 --extract entry-12");
  Arguments arguments;
  const auto folder = [&arguments](CLI::App* command) {
    command->add_option("DIR", arguments.folder, "an evidence folder: a whole book or a slice")
        ->required();
    command->add_flag("--json", arguments.json, "the same as data");
  };

  CLI::App* verify = app.add_subcommand(
      "verify",
      "check everything in evidence folders: a party's whole book, or one reader's slice of it; a "
      "seal that lies in several of them is verified once");
  verify->add_option("DIR", arguments.folders, "evidence folders")->required();
  verify->add_flag("--json", arguments.json, "the same as data; an array when there are several");
  verify
      ->add_option("--level", arguments.level,
                   "how much is checked, each including those before: structure, seals, replay, "
                   "full")
      ->check(CLI::IsMember({"structure", "seals", "replay", "full"}))
      ->capture_default_str();
  verify
      ->add_option("--window", arguments.window,
                   "for how many minutes an entry's time may rest on its keeper's word alone")
      ->check(CLI::Range(1, 525'600));
  const auto anchored = [&arguments](CLI::App* command) {
    command
        ->add_option("--anchor", arguments.anchor,
                     "the anchor file, which must have come by another way")
        ->envname("CHANCERY_ANCHOR");
    command->add_option("--threads", arguments.threads, "0 means all processors")
        ->check(CLI::Range(0, 256));
    command->add_flag("--progress", arguments.progress,
                      "say on stderr how far it is, also when that is no terminal");
  };
  anchored(verify);
  verify->footer("Example: chancery-audit verify out/ministry/evidence --anchor out/anchor");

  CLI::App* entry =
      app.add_subcommand("entry", "take one sealed statement out, to be checked with openssl");
  folder(entry);
  entry->add_option("N", arguments.number, "the entry's number")
      ->required()
      ->check([](const std::string& text) {
        return ledger::ParseSize(text) ? std::string() : "an entry's number is digits: " + text;
      });
  entry->add_option("--extract", arguments.out, "the folder to make")->required();
  entry->footer("Example: chancery-audit entry out/ministry/evidence 12 --extract entry-12");

  CLI::App* one_case =
      app.add_subcommand("case", "one person's case from the first act to the last");
  folder(one_case);
  one_case->add_option("ID", arguments.id, "the case's id, or the beginning of it")->required();
  one_case->footer("Example: chancery-audit case out/ministry/evidence 5f3a90c1");

  CLI::App* explain = app.add_subcommand(
      "explain",
      "why each act of a case was admitted or not, what silence did, and what is due, by whom and "
      "until when; the folder is verified first");
  folder(explain);
  explain->add_option("ID", arguments.id, "the case's id, or the beginning of it")->required();
  anchored(explain);
  explain->add_option("--at", arguments.at,
                      "the moment it is told for; the last recorded one when absent");
  explain->footer(
      "Example: chancery-audit explain out/ministry/evidence 5f3a90c1 --anchor out/anchor "
      "--at 2016-10-05T00:00:00Z");

  CLI::App* report = app.add_subcommand(
      "report", "sums, flights, inadmissible acts, days lost, a line for each person");
  folder(report);
  report->footer("Example: chancery-audit report out/ministry/evidence --json");

  CLI::App* reconcile = app.add_subcommand(
      "reconcile",
      "compare two parties' books entry by entry: what was sealed and not recorded, recorded and "
      "not sealed, receipts that do not match, clocks that disagree, silence that was none; both "
      "folders are verified first");
  folder(reconcile);
  reconcile->add_option("OTHER", arguments.other, "the other party's folder")->required();
  anchored(reconcile);
  reconcile->footer(
      "Exit code 1: there is a difference, or a folder is wrong by itself.\n"
      "Example: chancery-audit reconcile out/ministry/evidence out/GRC/evidence --anchor "
      "out/anchor");

  CLI::App* convict = app.add_subcommand(
      "convict",
      "judge a text that convicts the keeper of a ledger by its own signatures: two heads, two "
      "entries under one number, a back-dated entry, an act left lying");
  convict->add_option("FILE", arguments.folder, "the text")->required();
  convict->add_flag("--json", arguments.json, "the same as data");
  convict
      ->add_option("--anchor", arguments.anchor,
                   "the anchor file, which must have come by another way")
      ->envname("CHANCERY_ANCHOR");
  convict->add_option("--keys", arguments.keys,
                      "a folder of evidence, whose handovers say which keys followed the anchor's");
  convict->footer(
      "Exit code 0: convicted; 1: nobody is.\n"
      "Example: chancery-audit convict fork.conviction --anchor out/anchor");
  CLI::App* contradict = app.add_subcommand(
      "contradict",
      "hold a signed head that somebody was shown against a book or slice of the same ledger");
  contradict->add_option("HEAD", arguments.other, "the signed head, a note")->required();
  contradict->add_option("DIR", arguments.folder, "the folder of evidence")->required();
  contradict->add_option("--out", arguments.out, "a new file for what convicts the keeper");
  contradict->add_flag("--json", arguments.json, "the same as data");
  contradict
      ->add_option("--anchor", arguments.anchor,
                   "the anchor file, which must have come by another way")
      ->envname("CHANCERY_ANCHOR");
  contradict->footer(
      "Exit code 0: they contradict each other; 1: they do not, or a signature is not the log's; "
      "6: "
      "the head is larger than the folder's tree.\n"
      "Example: chancery-audit contradict head GRC/slice --anchor out/anchor --out "
      "fork.conviction");
  app.add_subcommand(
      "watch",
      "be an always-on witness of the ledgers: init, serve, status, evidence; see chancery-audit "
      "watch --help");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitVerified : kExitUsage;
  }
  if (verify->parsed()) return RunVerify(arguments);
  if (entry->parsed()) return RunEntry(arguments);
  if (one_case->parsed()) return RunCase(arguments);
  if (explain->parsed()) return RunExplain(arguments);
  if (reconcile->parsed()) return RunReconcile(arguments);
  if (convict->parsed()) return RunConvict(arguments);
  if (contradict->parsed()) return RunContradict(arguments);
  return RunReport(arguments);
}

// The witness is a program of its own beside this one: what verifies holds no network code.
int RunWatch(char** argv) {
  std::error_code failure;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failure);
  const std::string program = (self.parent_path() / "chancery-audit-watch").string();
  ::execv(program.c_str(), argv + 1);
  Say("the witness is not beside this program: " + program);
  return kExitUsage;
}

// An answer that nobody could read was not given.
int Main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "watch") return RunWatch(argv);
  const int code = Run(argc, argv);
  std::cout.flush();
  if (std::cout) return code;
  Say("cannot write to standard output");
  return kExitUnreadable;
}

}  // namespace
}  // namespace chancery::audit

int main(int argc, char** argv) { return chancery::audit::Main(argc, argv); }
