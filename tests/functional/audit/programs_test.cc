// chancery-audit and chancery-procedure as people and scripts use them: arguments, output, exit
// codes.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "engine/exchange/slice_export.h"
#include "tests/unit/audit/exported.h"

namespace chancery::audit {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using support::CommandResult;
using support::ReadFile;
using support::RunCommand;
using support::WriteFile;

std::string Quoted(const fs::path& path) { return "'" + path.string() + "'"; }

class ProgramsTest : public testing::Test {
 protected:
  ProgramsTest() { WriteFile(anchor_, ledger::FormatAnchor(exported_.books.anchor())); }
  static CommandResult Audit(const std::string& arguments) {
    return RunCommand(std::string(CHANCERY_AUDIT_PROGRAM) + " " + arguments);
  }
  static CommandResult Procedure(const std::string& arguments) {
    return RunCommand(std::string(CHANCERY_PROCEDURE_PROGRAM) + " " + arguments);
  }
  std::string Verify(const fs::path& folder) const {
    return "verify " + Quoted(folder) + " --anchor " + Quoted(anchor_);
  }

  Exported& exported_ = Exported::Get();
  support::TemporaryFolder scratch_;
  const fs::path anchor_ = scratch_.path() / "anchor";
};

// Issue 2: 0 verified, 1 wrong, 2 nonsense arguments, 3 missing folder, 6 without an anchor.
TEST_F(ProgramsTest, VerifyAnswersWithItsExitCode) {
  EXPECT_EQ(Audit(Verify(exported_.ministry())).exit_code, 0);
  EXPECT_EQ(Audit(Verify(exported_.state())).exit_code, 0);
  const CommandResult alone = Audit("verify " + Quoted(exported_.ministry()));
  EXPECT_EQ(alone.exit_code, 6);
  EXPECT_NE(alone.output.find("tied to nobody"), std::string::npos) << alone.output;
  EXPECT_EQ(Audit(Verify(scratch_.path() / "none")).exit_code, 3);
  EXPECT_EQ(Audit("verify " + Quoted(exported_.ministry()) + " --anchor " +
                  Quoted(scratch_.path() / "none"))
                .exit_code,
            3);
  WriteFile(scratch_.path() / "nonsense", "nonsense");
  EXPECT_EQ(Audit("verify " + Quoted(exported_.ministry()) + " --anchor " +
                  Quoted(scratch_.path() / "nonsense"))
                .exit_code,
            2);
  for (const char* nonsense : {"", "nonsense", "verify", "verify a --level everything", "entry",
                               "case x", "report --nonsense x"}) {
    EXPECT_EQ(Audit(nonsense).exit_code, 2) << nonsense;
  }
  // Several folders are several books, and each must be there.
  EXPECT_EQ(Audit("verify a b").exit_code, 3);
  EXPECT_EQ(Audit("--help").exit_code, 0);

  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  Bytes policy = ReadFile(copy / "policy");
  policy[10] = static_cast<char>(policy[10] ^ 1);
  WriteFile(copy / "policy", policy);
  const CommandResult wrong = Audit(Verify(copy));
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.output.find("WRONG  policy"), std::string::npos) << wrong.output;
}

// Issue 2: an anchor that cannot be read says nothing about the evidence.
TEST_F(ProgramsTest, AFolderIsNoAnchor) {
  const CommandResult folder =
      Audit("verify " + Quoted(exported_.ministry()) + " --anchor " + Quoted(scratch_.path()));
  EXPECT_EQ(folder.exit_code, 3) << folder.output;
  EXPECT_NE(folder.output.find("cannot read the anchor"), std::string::npos) << folder.output;
  // A file that opens and does not read.
  const CommandResult unreadable =
      Audit("verify " + Quoted(exported_.ministry()) + " --anchor /proc/self/mem");
  EXPECT_EQ(unreadable.exit_code, 3) << unreadable.output;
  EXPECT_NE(unreadable.output.find("cannot read the anchor"), std::string::npos);
}

// Issue 2: a folder without evidence is not false evidence.
TEST_F(ProgramsTest, AnEmptyFolderIsNoEvidence) {
  const fs::path empty = scratch_.path() / "empty";
  fs::create_directories(empty);
  const CommandResult result = Audit(Verify(empty));
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_NE(result.output.find("no evidence folder here"), std::string::npos) << result.output;
}

// Design section 13: an answer that could not be written is not a success.
TEST_F(ProgramsTest, AFullDiskBelowTheAnswerIsSaid) {
  for (const std::string& command :
       {Verify(exported_.ministry()), "report " + Quoted(exported_.ministry()) + " --json"}) {
    EXPECT_EQ(Audit(command + " > /dev/full").exit_code, 3) << command;
  }
  const fs::path source = fs::path(CHANCERY_SOURCE_DIR) / "agreements/eu-pakistan/2016";
  EXPECT_EQ(Procedure("show " + Quoted(source) + " > /dev/full").exit_code, 3);
}

// Design section 13: arguments that mean nothing are 2, whatever the folder holds.
TEST_F(ProgramsTest, EntryRefusesNonsense) {
  const fs::path out = scratch_.path() / "out";
  for (const char* number : {"-1", "1x", "+1", "18446744073709551616"}) {
    EXPECT_EQ(
        Audit("entry " + Quoted(exported_.ministry()) + " " + number + " --extract " + Quoted(out))
            .exit_code,
        2)
        << number;
  }
  const std::string number = std::to_string(exported_.books.application_entry());
  EXPECT_EQ(Audit("entry " + Quoted(exported_.ministry()) + " " + number + " --extract " +
                  Quoted(exported_.ministry() / "out"))
                .exit_code,
            2);
  EXPECT_FALSE(fs::exists(exported_.ministry() / "out"));
}

// docs/audit-guide.md, "A slice": every command reads one; what it does not show cannot be told
// (6), and that is neither a finding (1) nor a folder that cannot be read (3).
TEST_F(ProgramsTest, ASliceIsReadInPlaceOfABook) {
  const fs::path slice = scratch_.path() / "slice";
  const fs::path others = scratch_.path() / "others";
  for (const auto& [folder, reader] : {std::pair(slice, "GRC"), std::pair(others, "FRA")}) {
    Must(exchange::ExportSlice(exported_.books.ministry_store(), exported_.books.PartsOf("PAK"),
                               Party(reader), folder));
  }
  const std::string id = exported_.books.person().ToHexText().substr(0, 8);
  const std::string number = std::to_string(exported_.books.application_entry());
  const std::string anchor = " --anchor " + Quoted(anchor_);
  EXPECT_EQ(Audit("case " + Quoted(slice) + " " + id).exit_code, 0);
  EXPECT_EQ(Audit("explain " + Quoted(slice) + " " + id + anchor).exit_code, 0);
  EXPECT_EQ(Audit("report " + Quoted(slice)).exit_code, 0);
  EXPECT_EQ(Audit("entry " + Quoted(slice) + " " + number + " --extract " +
                  Quoted(scratch_.path() / "entry"))
                .exit_code,
            0);
  for (const fs::path& folder : {slice, others}) {
    const CommandResult agree =
        Audit("reconcile " + Quoted(folder) + " " + Quoted(exported_.state()) + anchor);
    EXPECT_EQ(agree.exit_code, 0) << agree.output;
    EXPECT_NE(agree.output.find("which does not show"), std::string::npos) << agree.output;
  }
  for (const std::string& command :
       {"case " + Quoted(others) + " " + id, "explain " + Quoted(others) + " " + id + anchor,
        "entry " + Quoted(others) + " " + number + " --extract " +
            Quoted(scratch_.path() / "hidden")}) {
    const CommandResult hidden = Audit(command);
    EXPECT_EQ(hidden.exit_code, 6) << command << "\n" << hidden.output;
    EXPECT_NE(hidden.output.find("the whole book, or the slice of"), std::string::npos)
        << hidden.output;
  }
  const CommandResult same = Audit("reconcile " + Quoted(slice) + " " + Quoted(others) + anchor);
  EXPECT_EQ(same.exit_code, 2) << same.output;
}

// Issue 4, item 3: what convicts is evidence: no file is written over by it. And what cannot be
// read (3) says nothing about the evidence (1).
TEST_F(ProgramsTest, ContradictWritesNothingOver) {
  const auto log = exported_.books.LogSigner("PAK");
  const fs::path head = scratch_.path() / "head";
  const auto shown = [&](std::uint64_t size, const Digest& root) {
    WriteFile(head, Must(ledger::SignCheckpoint(*log, {log->key().name(), {size, root}})));
  };
  const fs::path out = scratch_.path() / "out";
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  const std::string command = "contradict " + Quoted(head) + " " + Quoted(copy) + " --anchor " +
                              Quoted(anchor_) + " --out " + Quoted(out);
  shown(0, ledger::CompactRange().Root());
  EXPECT_EQ(Audit(command).exit_code, 1) << "every history begins so";
  EXPECT_FALSE(fs::exists(out));
  shown(5, crypto::Sha256("another history"));
  WriteFile(out, "kept before");
  const CommandResult kept = Audit(command);
  EXPECT_EQ(kept.exit_code, 3) << kept.output;
  EXPECT_NE(kept.output.find("it exists already"), std::string::npos) << kept.output;
  EXPECT_EQ(ReadFile(out), "kept before");
  fs::remove(out);
  EXPECT_EQ(Audit(command).exit_code, 0);
  EXPECT_NE(ReadFile(out).find("chancery-conviction v1"), std::string::npos);
  fs::remove(out);
  fs::remove_all(copy / "tile/0");
  const CommandResult missing = Audit(command);
  EXPECT_EQ(missing.exit_code, 3) << missing.output;
  EXPECT_NE(missing.output.find("the folder's tiles: tile/0/"), std::string::npos)
      << missing.output;
  EXPECT_FALSE(fs::exists(out));
}

// Security: what whoever made a folder named steers no terminal, on stdout or stderr.
TEST_F(ProgramsTest, NoControlCharacterReachesTheTerminal) {
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  WriteFile(copy / "trust/roots/\x1b]0;x\a", "surplus");
  const CommandResult verdict = Audit(Verify(copy));
  EXPECT_EQ(verdict.exit_code, 1);
  EXPECT_NE(verdict.output.find("\\x1b]0;x\\x07"), std::string::npos) << verdict.output;
  EXPECT_EQ(verdict.output.find('\x1b'), std::string::npos);
  const CommandResult missing = Audit(Verify(scratch_.path() / "\x1bnone"));
  EXPECT_NE(missing.output.find("\\x1bnone"), std::string::npos) << missing.output;
}

// Style section 5: the help of a program shows how it is used and that it speaks JSON.
TEST_F(ProgramsTest, TheHelpShowsExamples) {
  for (const CommandResult& help : {Audit("--help"), Procedure("--help")}) {
    EXPECT_NE(help.output.find("Examples:"), std::string::npos) << help.output;
    EXPECT_NE(help.output.find("--json"), std::string::npos) << help.output;
  }
}

// Design section 13: data on stdout, as one JSON document with --json.
TEST_F(ProgramsTest, JsonIsOneDocument) {
  const Json verdict =
      Json::parse(Audit(Verify(exported_.ministry()) + " --json 2>/dev/null").output);
  EXPECT_EQ(verdict["verdict"], "verified");
  const Json report =
      Json::parse(Audit("report " + Quoted(exported_.ministry()) + " --json 2>/dev/null").output);
  EXPECT_EQ(report["sums"]["applied"], 1);
  const std::string id = exported_.books.person().ToHexText();
  const Json one = Json::parse(
      Audit("case " + Quoted(exported_.ministry()) + " " + id + " --json 2>/dev/null").output);
  EXPECT_EQ(one["stage"], "confirmed");
}

// Issue 3 part 4: explain verifies first, says why and what is due, and answers with the exit codes
// of its sisters.
TEST_F(ProgramsTest, ExplainSaysWhyAndWhatIsDue) {
  const std::string id = exported_.books.person().ToHexText().substr(0, 12);
  const std::string explain = "explain " + Quoted(exported_.ministry()) + " " + id;
  const std::string anchored = explain + " --anchor " + Quoted(anchor_);
  const CommandResult told = Audit(anchored);
  EXPECT_EQ(told.exit_code, 0) << told.output;
  for (const char* part : {"why: On ", "inadmissible under rule reply_confirmed (Art 4(3))",
                           "the case goes from open to confirmed", "due: PAK, the requested party"})
    EXPECT_NE(told.output.find(part), std::string::npos) << part << told.output;
  const Json json = Json::parse(Audit(anchored + " --json 2>/dev/null").output);
  EXPECT_TRUE(json["verified"].get<bool>());
  EXPECT_EQ(json["stage"], "confirmed");
  const Json later =
      Json::parse(Audit(anchored + " --at 2017-06-01T00:00:00Z --json 2>/dev/null").output);
  EXPECT_EQ(later["stage"], "transfer_lapsed");

  const CommandResult alone = Audit(explain + " --json 2>/dev/null");
  EXPECT_EQ(alone.exit_code, 6) << alone.output;
  EXPECT_FALSE(Json::parse(alone.output)["verified"].get<bool>());
  EXPECT_EQ(Audit(anchored + " --at yesterday").exit_code, 2);
  EXPECT_EQ(Audit("explain " + Quoted(exported_.ministry())).exit_code, 2);
  EXPECT_EQ(
      Audit("explain " + Quoted(exported_.ministry()) + " 00000000 --anchor " + Quoted(anchor_))
          .exit_code,
      3);
  EXPECT_EQ(Audit("explain " + Quoted(scratch_.path() / "none") + " " + id + " --anchor " +
                  Quoted(anchor_))
                .exit_code,
            3);
  // A folder in which something is wrong tells nobody a story.
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  WriteFile(copy / "surplus", "surplus");
  const CommandResult wrong =
      Audit("explain " + Quoted(copy) + " " + id + " --anchor " + Quoted(anchor_));
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.output.find("WRONG"), std::string::npos) << wrong.output;
  EXPECT_EQ(wrong.output.find("why:"), std::string::npos) << wrong.output;
}

// Design section 13: a procedure is shown whole or by one article, drawn, and compared.
TEST_F(ProgramsTest, AProcedureIsShownDrawnAndCompared) {
  const fs::path source = fs::path(CHANCERY_SOURCE_DIR) / "agreements/eu-pakistan/2016";
  const std::string show = "show " + Quoted(source);
  const CommandResult whole = Procedure(show);
  EXPECT_EQ(whole.exit_code, 0);
  EXPECT_NE(whole.output.find("\n#rule.reply_confirmed\n"), std::string::npos);
  const CommandResult article = Procedure(show + " --article 'Art 8'");
  EXPECT_EQ(article.exit_code, 0);
  EXPECT_EQ(article.output.find("#article.Art-8\n"), 0U) << article.output.substr(0, 80);
  EXPECT_LT(article.output.size(), whole.output.size() / 2);
  EXPECT_EQ(Json::parse(Procedure(show + " --article 'Art 8' --json").output)["article"], "Art 8");
  const CommandResult none = Procedure(show + " --article 'Art 99'");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.output.find("the procedure cites Art 1(a)"), std::string::npos) << none.output;

  const std::string diagram = "diagram " + Quoted(source);
  const fs::path out = scratch_.path() / "flight.dot";
  EXPECT_EQ(Procedure(diagram + " --matter flight --dot --out " + Quoted(out)).exit_code, 0);
  EXPECT_EQ(ReadFile(out).find("digraph procedure {"), 0U);
  EXPECT_EQ(Procedure(diagram + " --matter nonsense").exit_code, 2);
  EXPECT_EQ(Procedure(diagram + " --matter cooperation --dot").exit_code, 2);
  EXPECT_EQ(Procedure(diagram + " --dot --out /nonexistent/a").exit_code, 3);
  const CommandResult without = RunCommand("PATH=" + Quoted(scratch_.path()) + " " +
                                           CHANCERY_PROCEDURE_PROGRAM + " " + diagram);
  EXPECT_EQ(without.exit_code, 5) << without.output;
  EXPECT_NE(without.output.find("apt-get install graphviz"), std::string::npos) << without.output;

  const CommandResult same = Procedure("diff " + Quoted(source) + " " + Quoted(source));
  EXPECT_EQ(same.exit_code, 0);
  EXPECT_EQ(same.output, "no difference\n");
  const fs::path amended = scratch_.path() / "amended";
  fs::copy(source, amended, fs::copy_options::recursive);
  Bytes text = ReadFile(amended / "procedure.textproto");
  const std::string reply = "limit { name: \"reply\" days: 30";
  ASSERT_NE(text.find(reply), std::string::npos);
  text.replace(text.find(reply), reply.size(), "limit { name: \"reply\" days: 45");
  WriteFile(amended / "procedure.textproto", text);
  const CommandResult longer = Procedure("diff " + Quoted(source) + " " + Quoted(amended));
  EXPECT_EQ(longer.exit_code, 1);
  EXPECT_EQ(longer.output, "changed  #limit.reply  the limit reply: was 30 days, is now 45 days\n");
  EXPECT_EQ(Json::parse(Procedure("diff " + Quoted(source) + " " + Quoted(amended) + " --json")
                            .output)["changes"][0]["articles"][0],
            "Art 8");
  EXPECT_EQ(Procedure("diff " + Quoted(source) + " " + Quoted(scratch_.path() / "none")).exit_code,
            3);
  WriteFile(amended / "procedure.textproto", "nonsense");
  EXPECT_EQ(Procedure("diff " + Quoted(source) + " " + Quoted(amended)).exit_code, 2);
}

// Issue 2: the openssl command that `entry` prints, run as printed.
TEST_F(ProgramsTest, EntryPrintsACommandThatWorks) {
  const fs::path out = scratch_.path() / "out";
  const std::string number = std::to_string(exported_.books.application_entry());
  const CommandResult taken =
      Audit("entry " + Quoted(exported_.ministry()) + " " + number + " --extract " + Quoted(out));
  ASSERT_EQ(taken.exit_code, 0) << taken.output;
  const std::string command = taken.output.substr(taken.output.find("\n(cd ") + 1);
  const CommandResult verified = RunCommand(command.substr(0, command.find('\n')));
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
}

// Design section 14: README.txt says how to check by hand; its commands for the checkpoint and a
// procedure, run as printed.
TEST_F(ProgramsTest, TheReadmesCommandsWork) {
  const fs::path copy = scratch_.path() / "copy";
  fs::copy(exported_.ministry(), copy, fs::copy_options::recursive);
  const std::string readme = ReadFile(copy / "README.txt");
  std::string script = "cd " + Quoted(copy) + "\nset -e\n";
  std::string name;
  for (const auto& entry : fs::directory_iterator(copy / "procedures"))
    name = entry.path().stem().string();
  const auto add = [&](const std::string& from, const std::string& to) {
    const std::size_t begin = readme.find(from);
    ASSERT_NE(begin, std::string::npos) << from;
    const std::size_t end = readme.find('\n', readme.find(to, begin));
    std::string part = readme.substr(begin, end - begin) + "\n";
    for (std::size_t at = 0; (at = part.find("NAME", at)) != std::string::npos;)
      part.replace(at, 4, name);
    for (std::size_t at = 0; (at = part.find("SECONDS", at)) != std::string::npos;)
      part.replace(at, 7, "1472709600");
    script += part;
  };
  add("head -n 3 checkpoint", "openssl pkeyutl");
  add("cat trust/seals", "-out /dev/null");
  WriteFile(scratch_.path() / "script", script);
  const CommandResult run = RunCommand("sh " + Quoted(scratch_.path() / "script"));
  EXPECT_EQ(run.exit_code, 0) << run.output << script;
  EXPECT_NE(run.output.find("Signature Verified Successfully"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("CAdES Verification successful"), std::string::npos) << run.output;
}

// Security: a procedure's own texts, and what is told of them, do not steer the reader's terminal.
TEST_F(ProgramsTest, AProcedureIsShownWithoutControls) {
  const fs::path folder = scratch_.path() / "procedure";
  fs::copy(fs::path(CHANCERY_SOURCE_DIR) / "agreements/eu-pakistan/2016", folder,
           fs::copy_options::recursive);
  const fs::path file = folder / "procedure.textproto";
  Bytes text = ReadFile(file);
  const auto replaced = [&text](const std::string& from, const std::string& to) {
    Bytes changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  WriteFile(file, replaced("title: \"", "title: \"\\033[2J\\nVERIFIED "));
  const CommandResult shown = Procedure("show " + Quoted(folder));
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_EQ(shown.output.find('\x1b'), std::string::npos);
  EXPECT_EQ(shown.output.find("\\x1b[2J\\x0aVERIFIED"), 0U) << shown.output.substr(0, 100);
  WriteFile(file, replaced("stage { matter: \"case\" name: \"boarded\"",
                           "stage { matter: \"case\" name: \"\\033[2Jboarded\""));
  for (const char* command : {"check ", "show "}) {
    const CommandResult defective = Procedure(command + Quoted(folder));
    EXPECT_EQ(defective.exit_code, 1);
    EXPECT_EQ(defective.output.find('\x1b'), std::string::npos);
    EXPECT_NE(defective.output.find("boarded"), std::string::npos) << defective.output;
  }
}

// Design section 8: both sides sign one bundle, one after the other, and anybody can verify that
// they did.
TEST_F(ProgramsTest, BothSidesSignAProcedure) {
  const support::RehearsalPki& pki = support::RehearsalPki::Get();
  // What rules the cooperation is signed for its form: the procedure of cases is explored
  // elsewhere.
  const fs::path source = fs::path(CHANCERY_SOURCE_DIR) / "agreements/eu-pakistan/founding";
  const fs::path out = scratch_.path() / "signed";
  const auto key = [&pki](const std::string& stem) {
    return " --key " + Quoted(pki.Path(stem + ".key")) + " --certificate " +
           Quoted(pki.Path(stem + ".pem"));
  };
  const std::string both =
      Quoted(out / "eu-pakistan-founding.bundle") + " " + Quoted(out / "eu-pakistan-founding.p7s");
  const std::string verify = "verify " + both + " --anchor " + Quoted(anchor_) +
                             " --certificates " + Quoted(pki.Path("public"));

  EXPECT_EQ(Procedure("check " + Quoted(source)).exit_code, 0);
  EXPECT_EQ(Procedure("check " + Quoted(scratch_.path() / "none")).exit_code, 3);
  EXPECT_EQ(Procedure("check").exit_code, 2);
  // Without certificates nothing can be said of a seal, least of all that it is wrong.
  const CommandResult without = Procedure("verify " + both + " --anchor " + Quoted(anchor_));
  EXPECT_EQ(without.exit_code, 2) << without.output;
  EXPECT_NE(without.output.find("--certificates DIR"), std::string::npos) << without.output;
  ASSERT_EQ(Procedure("sign " + Quoted(source) + key("EUE/seal/union-signatory-1") + " --out " +
                      Quoted(out))
                .exit_code,
            0);
  const CommandResult one = Procedure(verify);
  EXPECT_EQ(one.exit_code, 1);
  EXPECT_NE(one.output.find("eu-pakistan-founding.p7s: the ministry has not signed; have it added "
                            "with: chancery-procedure sign DIR --key KEY --certificate PEM --to "),
            std::string::npos)
      << one.output;

  const std::string add = key("PAK/seal/ministry-1") + " --to " +
                          Quoted(out / "eu-pakistan-founding.bundle") + " --seal " +
                          Quoted(out / "eu-pakistan-founding.p7s");
  // Another folder than the one that was signed: nothing is added.
  EXPECT_EQ(Procedure("sign " + Quoted(source.parent_path() / "2016") + add).exit_code, 1);
  ASSERT_EQ(Procedure("sign " + Quoted(source) + add).exit_code, 0);
  EXPECT_EQ(Procedure(verify).exit_code, 0) << Procedure(verify).output;
  EXPECT_EQ(Json::parse(Procedure(verify + " --json 2>/dev/null").output)["verdict"],
            "signed by both");
  EXPECT_EQ(Procedure("sign " + Quoted(source) + add).exit_code,
            1);  // the ministry has signed already

  // A changed byte, though the rules still read well.
  const std::string whole = ReadFile(out / "eu-pakistan-founding.bundle");
  std::string changed = whole;
  changed[changed.find("Founding procedure")] = 'f';
  WriteFile(out / "eu-pakistan-founding.bundle", changed);
  const CommandResult other = Procedure(verify);
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.output.find("eu-pakistan-founding.p7s: the seal does not verify over"),
            std::string::npos)
      << other.output;
  EXPECT_NE(other.output.find("take both again from whoever signed them"), std::string::npos)
      << other.output;
  WriteFile(out / "eu-pakistan-founding.bundle", whole);

  // A defect of form is an answer.
  const fs::path broken = scratch_.path() / "broken";
  fs::copy(source, broken, fs::copy_options::recursive);
  WriteFile(broken / "procedure.textproto",
            ReadFile(broken / "procedure.textproto") +
                "\nstage { matter: \"cooperation\" name: \"nowhere\" }\n");
  const CommandResult defects = Procedure("check " + Quoted(broken));
  EXPECT_EQ(defects.exit_code, 1);
  EXPECT_NE(defects.output.find("procedure.textproto:"), std::string::npos) << defects.output;
  EXPECT_NE(defects.output.find("stage cooperation.nowhere: no act and no limit leads there"),
            std::string::npos)
      << defects.output;
}

}  // namespace
}  // namespace chancery::audit
