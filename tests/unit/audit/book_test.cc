// What auditors and lawyers read: one entry taken out, one case, the report.
#include "audit/book.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "audit/case_history.h"
#include "audit/extract.h"
#include "audit/report.h"
#include "audit/words.h"
#include "engine/ledger/receipt.h"
#include "tests/unit/audit/exported.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using support::ReadFile;

// The indented line of a README that begins with this word.
std::string CommandIn(const std::string& text, const std::string& begins) {
  const std::size_t at = text.find("\n  " + begins);
  if (at == std::string::npos) return {};
  return text.substr(at + 3, text.find('\n', at + 1) - at - 3);
}

class BookTest : public testing::Test {
 protected:
  Exported& exported_ = Exported::Get();
  support::TemporaryFolder scratch_;
};

// Issue 2: a statement and its seal taken out verify with plain openssl as the README in OUT says.
// The commands are run as they are printed.
TEST_F(BookTest, AnEntryTakenOutVerifiesWithPlainOpenssl) {
  const fs::path out = scratch_.path() / "out";
  const auto extracted =
      ExtractEntry(exported_.ministry(), exported_.books.application_entry(), out);
  ASSERT_TRUE(extracted.ok()) << extracted.status();
  const std::string readme = ReadFile(out / "README.txt");
  const std::string verify = CommandIn(readme, "openssl cms -verify");
  ASSERT_EQ(verify, extracted->command);
  const std::string here = "cd '" + out.string() + "' && ";
  const support::CommandResult good = support::RunCommand(here + verify);
  EXPECT_EQ(good.exit_code, 0) << good.output;
  EXPECT_NE(good.output.find("CAdES Verification successful"), std::string::npos) << good.output;
  const support::CommandResult printed =
      support::RunCommand(here + CommandIn(readme, "openssl cms -cmsout"));
  EXPECT_EQ(printed.exit_code, 0) << printed.output;
  EXPECT_NE(printed.output.find("signingTime"), std::string::npos);
  EXPECT_EQ(support::RunCommand(here + CommandIn(readme, "openssl x509")).exit_code, 0);

  Bytes statement = ReadFile(out / "statement.bin");
  statement.back() = static_cast<char>(statement.back() ^ 1);
  support::WriteFile(out / "statement.bin", statement);
  EXPECT_NE(support::RunCommand(here + verify).exit_code, 0);
}

// Security: openssl trusts every certificate in ca.pem, so that it holds only what stands above
// this seal's signers, and the README followed literally notices what was added or exchanged.
TEST_F(BookTest, WhoFollowsTheReadmeTrustsNoCertificateThatWasAdded) {
  const fs::path out = scratch_.path() / "out";
  // An application: Greece alone sealed it, so that Pakistan's root has no place here.
  ASSERT_TRUE(ExtractEntry(exported_.ministry(), exported_.books.application_entry(), out).ok());
  const std::string readme = ReadFile(out / "README.txt");
  const std::string here = "cd '" + out.string() + "' && ";
  const auto run = [&](const std::string& begins) {
    const std::string command = CommandIn(readme, begins);
    EXPECT_NE(command, "") << begins << " in\n" << readme;
    return support::RunCommand(here + command);
  };
  const Bytes authorities = ReadFile(out / "ca.pem");
  const auto in_ca = Must(crypto::Certificate::ListFromPem(authorities));
  ASSERT_EQ(in_ca.size(), 2U);  // one root, one issuing authority
  std::vector<std::string> roots;
  for (const auto& file : fs::directory_iterator(out / "roots")) {
    const crypto::Certificate root = Must(crypto::Certificate::FromPem(ReadFile(file.path())));
    roots.push_back(root.party().ToText());
    EXPECT_EQ(file.path().filename(), root.party().ToText() + ".pem");
    const std::string line = "root " + root.party().ToText() + " " + root.digest().ToHexText();
    EXPECT_NE(readme.find("the anchor's line:  " + line + "\n"), std::string::npos) << readme;
    EXPECT_NE(ledger::FormatAnchor(exported_.books.anchor()).find(line + "\n"), std::string::npos);
    EXPECT_EQ(run("openssl x509 -in roots/").output.substr(0, 64), root.digest().ToHexText());
  }
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_NE(readme.find("must print 2."), std::string::npos) << readme;
  EXPECT_EQ(run("grep -c BEGIN").output, "2\n");
  EXPECT_EQ(run("(openssl x509").exit_code, 0);
  const support::CommandResult stands = run("openssl verify");
  EXPECT_EQ(stands.exit_code, 0) << stands.output;

  // A root behind what is checked: counted, and gone when ca.pem is made again.
  crypto::Certificate stranger = support::RehearsalPki::Get().Roots().front();
  for (const crypto::Certificate& root : support::RehearsalPki::Get().Roots()) {
    if (root.party().ToText() != roots.front()) stranger = root;
  }
  support::WriteFile(out / "ca.pem", authorities + stranger.ToPem());
  const fs::path root_file = out / "roots" / (roots.front() + ".pem");
  support::WriteFile(root_file, ReadFile(root_file) + stranger.ToPem());
  EXPECT_EQ(run("grep -c BEGIN").output, "3\n");
  const std::size_t step_4 = readme.find("\n4. ");
  ASSERT_NE(step_4, std::string::npos);
  const std::string rebuild = CommandIn(readme.substr(step_4), "(openssl x509");
  ASSERT_EQ(support::RunCommand(here + rebuild).exit_code, 0);
  EXPECT_EQ(ReadFile(out / "ca.pem"), authorities);
  EXPECT_EQ(run("openssl cms -verify").exit_code, 0);

  // A root in the place of an issuing authority does not stand under the checked roots.
  EXPECT_EQ(run("(openssl x509").exit_code, 0);
  for (const auto& file : fs::directory_iterator(out / "authorities"))
    support::WriteFile(file.path(), stranger.ToPem());
  EXPECT_NE(run("openssl verify").exit_code, 0);
}

// Issue 2: evidence is not changed by reading it.
TEST_F(BookTest, NothingIsTakenOutIntoTheEvidenceFolder) {
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  fs::create_directory_symlink(copy / "trust", scratch_.path() / "link");
  for (const fs::path& out :
       {copy / "out", copy, copy / "a/../b/c", scratch_.path() / "link/out"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(
        ExtractEntry(copy, exported_.books.application_entry(), out).status()))
        << out;
  }
  EXPECT_FALSE(fs::exists(copy / "out"));
  EXPECT_TRUE(
      ExtractEntry(copy, exported_.books.application_entry(), scratch_.path() / "copy-2").ok());
}

// Ledger formats section 6: the receipt beside it leads from the entry's bytes to the cosigned
// checkpoint.
TEST_F(BookTest, AnEntryTakenOutComesWithItsReceipt) {
  const fs::path out = scratch_.path() / "out";
  ASSERT_TRUE(ExtractEntry(exported_.ministry(), 3, out).ok());
  const ledger::Receipt receipt = Must(ledger::ParseReceipt(ReadFile(out / "receipt.tlog-proof")));
  const ledger::Policy policy = Must(ledger::Policy::Parse(exported_.books.PolicyOf("PAK")));
  const auto verified = ledger::VerifyReceipt(receipt, ReadFile(out / "entry.bin"), policy);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->finality, ledger::Finality::kFinal);
}

// Design section 13: what is there already is left alone, and what is not there is said.
TEST_F(BookTest, TakingOutReplacesNothing) {
  EXPECT_TRUE(
      absl::IsAlreadyExists(ExtractEntry(exported_.ministry(), 0, scratch_.path()).status()));
  EXPECT_TRUE(absl::IsNotFound(
      ExtractEntry(exported_.ministry(), 100'000, scratch_.path() / "a").status()));
  // Entry 1 is the head of the stream "all": nobody sealed it.
  EXPECT_TRUE(absl::IsFailedPrecondition(
      ExtractEntry(exported_.ministry(), 1, scratch_.path() / "b").status()));
  EXPECT_FALSE(fs::exists(scratch_.path() / "b"));
}

// Design section 7: every ruling explains itself in a sentence; a case is read from the first act
// to the last.
TEST_F(BookTest, ACaseIsATimeline) {
  const Book book = Must(ReadBook(exported_.ministry()));
  const MatterId id = exported_.books.person();
  EXPECT_EQ(Must(FindCase(book, id.ToHexText().substr(0, 8))), id);
  const CaseHistory history = Must(HistoryOf(book, id));
  EXPECT_EQ(history.stage, "confirmed");
  ASSERT_EQ(history.events.size(), 4U);
  EXPECT_EQ(history.events[0].what, "application");
  EXPECT_EQ(history.events[0].offices, std::vector<std::string>{"GRC return-authority"});
  ASSERT_FALSE(history.events[0].started.empty());
  EXPECT_EQ(history.events[0].started[0].name, "reply");
  EXPECT_FALSE(history.events[1].admitted);
  EXPECT_NE(history.events[1].ruling.find("the nationality was not verified, Art 4(3)"),
            std::string::npos)
      << history.events[1].ruling;
  EXPECT_EQ(history.events[3].stage, "confirmed");
  const std::string text = ToText(history);
  EXPECT_NE(text.find("reply by PAK ministry, PAK registry, PAK registry"), std::string::npos)
      << text;
  EXPECT_NE(text.find("admitted under rule reply_confirmed"), std::string::npos) << text;
  EXPECT_EQ(Json::parse(ToJson(history))["events"].size(), 4U);
}

// Design section 13: a case is named by the beginning of its id; nothing else is taken for one.
TEST_F(BookTest, ACaseThatIsNotThereIsSaid) {
  const Book book = Must(ReadBook(exported_.ministry()));
  EXPECT_TRUE(absl::IsInvalidArgument(FindCase(book, "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(FindCase(book, "XYZ").status()));
  EXPECT_TRUE(absl::IsNotFound(FindCase(book, std::string(32, '0')).status()));
  EXPECT_TRUE(absl::IsNotFound(HistoryOf(book, MatterId{}).status()));
}

// Domain, ECA SR 17/2021: how many were asked for and confirmed, what was inadmissible, and whose
// days were spent.
TEST_F(BookTest, TheReportGivesTheSums) {
  const Report report = ReportOn(Must(ReadBook(exported_.ministry())));
  EXPECT_EQ(report.sums.applied, 1U);
  EXPECT_EQ(report.sums.confirmed, 1U);
  EXPECT_EQ(report.sums.not_flown, 1U);
  EXPECT_EQ(report.sums.open, 0U);
  EXPECT_EQ(report.by_state.at("GRC").applied, 1U);
  ASSERT_EQ(report.inadmissible.size(), 1U);
  EXPECT_EQ(report.inadmissible[0].ground, "not_verified");
  EXPECT_EQ(report.inadmissible[0].article, "Art 4(3)");
  ASSERT_EQ(report.persons.size(), 1U);
  EXPECT_EQ(report.persons[0].verification_class, "d");
  EXPECT_EQ(report.persons[0].reason, "confirmed, on no list");
  bool found = false;
  for (const Step& step : report.steps) {
    if (step.from != "application") continue;
    found = true;
    EXPECT_EQ(step.to, "verification");
    EXPECT_EQ(step.days_of, Party("PAK"));
    EXPECT_DOUBLE_EQ(step.median_days, 3.0);
  }
  EXPECT_TRUE(found);
  EXPECT_NE(ToText(report).find("REHEARSAL"), std::string::npos);
  const Json json = Json::parse(ToJson(report));
  EXPECT_EQ(json["sums"]["confirmed"], 1);
  EXPECT_EQ(json["persons"].size(), 1U);
}

// Design section 6: a state's own book holds no rulings; its receipts do, and give the same case.
TEST_F(BookTest, AStateReadsTheSameCaseFromItsReceipts) {
  const Book book = Must(ReadBook(exported_.state()));
  EXPECT_FALSE(book.orders_acts);
  EXPECT_EQ(book.acts.size(), 4U);
}

// Design section 14: a folder that contradicts itself is not read to anybody.
TEST_F(BookTest, ABookThatContradictsItselfIsNotRead) {
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  Bytes tile =
      ReadFile(copy / "tile/0/000.p/" / std::to_string(Must(ReadBook(copy)).checkpoint.tree.size));
  tile[0] = static_cast<char>(tile[0] ^ 1);
  support::WriteFile(
      copy / "tile/0/000.p/" / std::to_string(Must(ReadBook(copy)).checkpoint.tree.size), tile);
  EXPECT_TRUE(absl::IsDataLoss(ReadBook(copy).status()));
}

// Security: a command names exactly the folder given, and shows a terminal no controls.
TEST(Words, AShellWordStandsForExactlyItsBytes) {
  EXPECT_EQ(ShellWord("out/entry-12"), "out/entry-12");
  EXPECT_EQ(ShellWord("a b;c"), "'a b;c'");
  EXPECT_EQ(ShellWord("it's \n"), "$'it\\'s \\x0a'");
}

}  // namespace
}  // namespace chancery::audit
