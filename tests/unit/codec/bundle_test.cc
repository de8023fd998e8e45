// bundle.h: equal folders give equal bytes, and every mistake in a procedure's text is told with
// its place and its remedy.
#include "engine/codec/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "chancery/procedure/v1/procedure.pb.h"
#include "tests/unit/codec/samples.h"

namespace chancery::codec {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kText = R"(id: "test/one"
title: "A test"
party { party: "PAK" from: "2010-12-01T00:00:00Z" }
zone { party: "PAK" from: "2009-11-01T00:00:00+05:00" minutes: 300 }
article: "Art 8"
limit { name: "reply" days: 30 article: "Art 8" }
stage { matter: "case" name: "applied" limit: "reply" due: "requested" }
stage { matter: "case" name: "confirmed" terminal: true }
rule {
  name: "apply" act: "application" role: "requesting" opens: true to: "applied"
  seal { office: "return_authority" }
  required: "category"
  guard { require: "act.present == yes" ground: "not_present" article: "Art 8" }
  article: "Art 8"
  then { do: "start case.reply" }
}
lapse { name: "silence" matter: "case" from: "applied" limit: "reply" to: "confirmed" article: "Art 8" }
)";

constexpr std::string_view kArticles =
    "# Articles\n\n| article | what | by |\n|---|---|---|\n| Art 8 | the reply | `apply` |\n";
constexpr std::string_view kDigests =
    "2222222222222222222222222222222222222222222222222222222222222222  scenarios/one.scenario\n";

std::vector<BundleFile> Files(std::string_view text = kText) {
  return {{std::string(kScenarioDigestsFile), Bytes(kDigests)},
          {std::string(kProcedureFile), Bytes(text)},
          {std::string(kArticlesFile), Bytes(kArticles)}};
}

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text(kText);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// What ParseProcedure says of the text with one change.
std::string Said(std::string_view from, std::string_view to) {
  const auto procedure = ParseProcedure(Replaced(from, to));
  if (procedure.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(procedure.status()), "PROCEDURE_TEXT");
  return std::string(ToStd(procedure.status().message()));
}

std::string ReasonForFiles(std::vector<BundleFile> files, std::string_view id = "test/one") {
  const auto bytes = PackBundle(id, std::move(files));
  return bytes.ok() ? "accepted" : ReasonOf(bytes.status());
}

// Design section 8: the digest of these bytes is in every statement, so equal files must give equal
// bytes.
TEST(ABundle, IsTheSameWhateverTheOrderOfItsFiles) {
  std::vector<BundleFile> files = Files();
  const Bytes bytes = *PackBundle("test/one", files);
  std::reverse(files.begin(), files.end());
  EXPECT_EQ(*PackBundle("test/one", files), bytes);
  const auto bundle = ReadBundle(bytes);
  ASSERT_TRUE(bundle.ok());
  EXPECT_EQ(bundle->id, "test/one");
  ASSERT_EQ(bundle->files.size(), 3u);
  EXPECT_EQ(bundle->files[0].path, "articles.md");
  EXPECT_EQ(bundle->files[2].path, "scenarios.sha256");
  EXPECT_EQ(bundle->files[2].content, kDigests);
}

// Bundle.h: the bundle holds procedure.textproto, articles.md and scenarios.sha256, and nothing
// else.
TEST(ABundle, HoldsTheFilesOfAProcedureAndNothingElse) {
  for (const char* path :
       {"README.md", "scenarios/one.scenario", "scenarios/x.txt", "scenarios/.scenario",
        "scenarios/a/b.scenario", "scenarios/A.scenario", "../articles.md", "/articles.md", ""}) {
    std::vector<BundleFile> files = Files();
    files.push_back({path, ""});
    EXPECT_EQ(ReasonForFiles(files), "BUNDLE_FILES") << path;
  }
  std::vector<BundleFile> twice = Files();
  twice.push_back(twice[0]);
  EXPECT_EQ(ReasonForFiles(twice), "BUNDLE_FILES");
  EXPECT_EQ(ReasonForFiles({{std::string(kProcedureFile), ""}}), "BUNDLE_FILES") << "no articles";
  EXPECT_EQ(ReasonForFiles({{std::string(kArticlesFile), ""}}), "BUNDLE_FILES") << "no procedure";
  for (const char* id : {"", "Test", "a//b", "/a", "a/", "a b"}) {
    EXPECT_EQ(ReasonForFiles(Files(), id), "BUNDLE_FILES") << id;
  }
  std::vector<BundleFile> large = Files();
  large[0].content = Bytes(kMaxBundleBytes, 'x');
  EXPECT_EQ(ReasonForFiles(large), "BUNDLE_FILES");
}

// Design section 5: signed bytes that do not serialise to themselves are refused.
TEST(ABundle, HasOneSpelling) {
  const Bytes bytes = *PackBundle("test/one", Files());
  const auto reason = [](ByteView changed) { return ReasonOf(ReadBundle(changed).status()); };
  EXPECT_EQ(reason(bytes + Bytes("\x0a\x01x", 3)), "BUNDLE_NOT_CANONICAL") << "the id twice";
  EXPECT_EQ(reason(bytes + Bytes("\xa8\x06\x01", 3)), "BUNDLE_NOT_CANONICAL") << "an unknown field";
  EXPECT_EQ(reason("\xff"), "BUNDLE_NOT_CANONICAL");
  chancery::procedure::v1::Bundle wire;
  ASSERT_TRUE(wire.ParseFromString(bytes));
  wire.mutable_files()->SwapElements(0, 1);
  EXPECT_EQ(reason(wire.SerializeAsString()), "BUNDLE_FILES") << "files out of order";
}

// Procedure.proto: every field of the text comes into the rules.
TEST(AProcedure, IsReadWholeFromItsText) {
  const auto procedure = ParseProcedure(kText);
  ASSERT_TRUE(procedure.ok()) << procedure.status();
  EXPECT_EQ(procedure->id, "test/one");
  ASSERT_EQ(procedure->zones.size(), 1u);
  EXPECT_EQ(procedure->zones[0].minutes, 300);
  EXPECT_EQ(procedure->zones[0].from, *ParseInstant("2009-10-31T19:00:00Z"));
  EXPECT_EQ(procedure->limits[0].days, 30);
  EXPECT_EQ(procedure->stages[0].due, procedure::Role::kRequested);
  EXPECT_TRUE(procedure->stages[1].terminal);
  ASSERT_EQ(procedure->rules.size(), 1u);
  const procedure::Rule& rule = procedure->rules[0];
  EXPECT_EQ(rule.act, procedure::ActKind::kApplication);
  EXPECT_TRUE(rule.opens);
  EXPECT_EQ(rule.seals[0].office,
            *procedure::WordNumber(procedure::Fact::kOffice, "return_authority"));
  EXPECT_EQ(rule.seals[0].count, 1);
  EXPECT_EQ(rule.required[0], procedure::Fact::kCategory);
  EXPECT_EQ(rule.guards[0].ground, procedure::Ground::kNotPresent);
  EXPECT_EQ(rule.guards[0].require.text, "act.present == yes");
  EXPECT_EQ(rule.effects[0].limit, "reply");
  EXPECT_EQ(procedure->lapses[0].to, "confirmed");
}

// The form of the text: our words, the place, what may stand there.
TEST(AProceduresText, TellsWhereItCannotBeRead) {
  EXPECT_THAT(Said("title:", "titlex:"),
              HasSubstr("procedure.textproto:2:7: Procedure has no field titlex; did you mean "
                        "title?"));
  EXPECT_THAT(Said("terminal: true", "terminal: perhaps"), HasSubstr("procedure.textproto:8:"));
  EXPECT_THAT(Said("title: \"A test\"", "title: \"A test"),
              HasSubstr("not the text form of a procedure"));
  EXPECT_THAT(Said("title: \"A test\"", "title: \"A\" title: \"B\""),
              HasSubstr("field title may stand once"));
  const auto named = ParseProcedure("x", "agreements/a/procedure.textproto");
  EXPECT_THAT(std::string(ToStd(named.status().message())),
              HasSubstr("agreements/a/procedure.textproto:1:"));
}

// Bundle.h: an error names the place, what is unknown there, and what to write.
TEST(AProceduresText, NamesWhatItDoesNotKnowAndWhatToWrite) {
  EXPECT_THAT(
      Said("act: \"application\"", "act: \"applicationx\""),
      HasSubstr(
          "procedure.textproto:10:17: rule apply: there is no act \"applicationx\"; did you mean "
          "application?"));
  EXPECT_THAT(Said("required: \"category\"", "required: \"categoryx\""),
              HasSubstr("procedure.textproto:12:3: rule apply: there is no fact \"categoryx\"; did "
                        "you mean category?"));
  EXPECT_THAT(Said("return_authority", "return_authorityx"),
              HasSubstr("procedure.textproto:11:10: rule apply: there is no office "
                        "\"return_authorityx\"; did you mean "
                        "return_authority?"));
  EXPECT_THAT(
      Said("ground: \"not_present\"", "ground: \"zzzzzzzz\""),
      HasSubstr("there is no ground \"zzzzzzzz\"; take one from docs/procedure-language.md"));
  EXPECT_THAT(Said("to: \"applied\"", "to: \"appliedx\""),
              HasSubstr("a case has no stage \"appliedx\"; did you mean applied?"));
  EXPECT_THAT(Said("from: \"applied\"", "from: \"xyz\""),
              HasSubstr("procedure.textproto:17:40: lapse silence: a case has no stage \"xyz\"; "
                        "use one of applied, confirmed"));
  EXPECT_THAT(Said("to: \"confirmed\" article", "to: \"closed\" article"),
              HasSubstr("a case has no stage \"closed\""));
  EXPECT_THAT(Said("role: \"requesting\"", "role: \"author\""),
              HasSubstr("role has no word \"author\"; use one of requesting, requested, either, "
                        "participant, party"));
  EXPECT_THAT(Said("role: \"requesting\" ", ""),
              HasSubstr("procedure.textproto:9:1: rule apply: role has no word \"\""))
      << "a field that is missing is told where its message begins";
  EXPECT_THAT(Said("matter: \"case\" name: \"applied\"", "matter: \"file\" name: \"applied\""),
              HasSubstr("matter has no word \"file\""));
  EXPECT_THAT(Said("due: \"requested\"", "due: \"ministry\""),
              HasSubstr("due has no word \"ministry\""));
  EXPECT_THAT(Said(" due: \"requested\"", ""), HasSubstr("does not say whose turn it is; add due"));
  EXPECT_THAT(Said("party: \"PAK\" from: \"2010", "party: \"Pak\" from: \"2010"),
              HasSubstr("three letters A-Z"));
  EXPECT_THAT(Said("2010-12-01T00:00:00Z", "2010-12-01"),
              HasSubstr("procedure.textproto:3:22: party PAK: a moment is written"));
  EXPECT_THAT(Said("minutes: 300", "minutes: 900"), HasSubstr("at most 840 minutes"));
  EXPECT_THAT(Said("days: 30", "days: 0"), HasSubstr("a limit has 1 to 36600 days"));
  EXPECT_THAT(Said("id: \"test/one\"", "id: \"Test One\""), HasSubstr("a procedure's id is"));
  EXPECT_THAT(Said("\"return_authority\"", "\"return_authority\" count: 10"),
              HasSubstr("1 to 9 officers"));
  EXPECT_THAT(Said("  article: \"Art 8\"\n  then", "  lines { use: \"add\" }\n  then"),
              HasSubstr("use has no word \"add\"; use one of replace, update, put"));
}

// Sentences are told with the place of their field and the character inside them.
TEST(AProceduresText, TellsWhereASentenceCannotBeRead) {
  EXPECT_THAT(
      Said("act.present == yes", "act.presence == yes"),
      HasSubstr(
          "procedure.textproto:13:11: rule apply: require \"act.presence == yes\", character "));
  EXPECT_THAT(
      Said("start case.reply", "begin case.reply"),
      HasSubstr("procedure.textproto:15:10: rule apply: do \"begin case.reply\", character "));
  EXPECT_THAT(Said("article: \"Art 8\"\n  then", "when: \"act.minor ==\"\n  then"),
              HasSubstr("procedure.textproto:14:3: rule apply: when \"act.minor ==\", character "));
}

// All that is wrong is told at once.
TEST(AProceduresText, TellsEverythingThatIsWrongAtOnce) {
  std::string text = Replaced("act: \"application\"", "act: \"x\"");
  text.replace(text.find("days: 30"), 8, "days: -1");
  const auto procedure = ParseProcedure(text);
  const std::string said(ToStd(procedure.status().message()));
  EXPECT_THAT(said, HasSubstr("days"));
  EXPECT_THAT(said, HasSubstr("\nprocedure.textproto:10:"));
}

// Procedure.proto: a bundle has one id, the text's.
TEST(LoadProcedure, RefusesAnIdThatIsNotTheTexts) {
  const Bytes bytes = *PackBundle("test/two", Files());
  EXPECT_EQ(ReasonOf(LoadProcedure(bytes, Digest{}).status()), "BUNDLE_FILES");
}

// procedure.h: only Admit makes a procedure that can be stepped; what it finds is told in one
// status.
TEST(LoadProcedure, ListsTheDefectsThatAdmitFinds) {
  const Bytes bytes =
      *PackBundle("test/one", Files(Replaced("limit: \"reply\" due", "limit: \"none_such\" due")));
  const auto loaded = LoadProcedure(bytes, Digest{});
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(ReasonOf(loaded.status()), "PROCEDURE_DEFECTS");
  EXPECT_THAT(std::string(ToStd(loaded.status().message())), HasSubstr("none_such"));
}

// The agreed procedures of this tree load.
TEST(LoadProcedure, LoadsTheProceduresOfTheAgreement) {
  for (const char* name : {"eu-pakistan/founding", "eu-pakistan/2010", "eu-pakistan/2016"}) {
    const auto bytes = PackFolder(std::string(CHANCERY_SOURCE_DIR) + "/agreements/" + name);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    Random random(1);
    const Digest digest = RandomFixed<Digest>(random);
    const auto loaded = LoadProcedure(*bytes, digest);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ((*loaded)->terms().id, name);
    EXPECT_EQ((*loaded)->digest(), digest);
  }
}

class AFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::path(testing::TempDir()) /
        (std::string("chancery_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "scenarios");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& path, std::string_view content) {
    std::ofstream(folder_ / path, std::ios::binary) << content;
  }

  std::filesystem::path folder_;
};

// Bundle.h: a folder on disk and its files give the same bytes.
TEST_F(AFolder, GivesTheBundleOfItsFiles) {
  for (const BundleFile& file : Files()) Write(file.path, file.content);
  EXPECT_EQ(*PackFolder(folder_.string()), *PackBundle("test/one", Files()));
}

// Bundle.h: scenarios are bound by their digests and do not travel (decision 4).
TEST_F(AFolder, KeepsItsScenariosOutOfTheBundle) {
  for (const BundleFile& file : Files()) Write(file.path, file.content);
  Write("scenarios/one.scenario", "person P01 invented");
  EXPECT_EQ(*PackFolder(folder_.string()), *PackBundle("test/one", Files()));
}

// Bundle.h: a file that is not part of a procedure is not signed along with it.
TEST_F(AFolder, HoldsNothingElse) {
  for (const BundleFile& file : Files()) Write(file.path, file.content);
  Write("notes.txt", "");
  const auto bytes = PackFolder(folder_.string());
  EXPECT_EQ(ReasonOf(bytes.status()), "BUNDLE_FILES");
  EXPECT_THAT(std::string(ToStd(bytes.status().message())), HasSubstr("notes.txt"));
}

// Bundle.h: what is signed is what lies in the folder, not what a link points to.
TEST_F(AFolder, HoldsNoLinks) {
  for (const BundleFile& file : Files()) Write(file.path, file.content);
  std::filesystem::create_symlink(folder_ / "articles.md",
                                  folder_ / "scenarios" / "three.scenario");
  EXPECT_EQ(ReasonOf(PackFolder(folder_.string()).status()), "BUNDLE_FILES");
}

// Bundle.h, errors of PackFolder.
TEST_F(AFolder, MustBeThereAndHaveAProcedure) {
  EXPECT_EQ(PackFolder((folder_ / "nowhere").string()).status().code(),
            absl::StatusCode::kNotFound);
  Write("articles.md", "");
  EXPECT_EQ(ReasonOf(PackFolder(folder_.string()).status()), "BUNDLE_FILES");
}

}  // namespace
}  // namespace chancery::codec
