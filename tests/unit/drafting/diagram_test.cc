// A drawing shows what rules: the same stages, the same acts, the same silence.
#include "drafting/diagram.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "drafting/reading_commands.h"
#include "tests/support/pki.h"

namespace chancery::drafting {
namespace {

namespace fs = std::filesystem;
using procedure::MatterKind;
using support::Must;

const procedure::Procedure& Terms() {
  static const ReadProcedure kRead =
      Must(ReadProcedureFrom(std::string(CHANCERY_SOURCE_DIR) + "/agreements/eu-pakistan/2016"));
  return kRead.procedure->terms();
}

// Issue 3 part 4: every stage has a box, an end has a double frame, every lapse that leads
// elsewhere is dashed, and every rule that leads elsewhere is an arrow with its party and offices.
TEST(Diagram, ShowsEveryStageActAndSilence) {
  for (const MatterKind kind : {MatterKind::kCase, MatterKind::kFlight, MatterKind::kTransfer}) {
    const std::string dot = ToDot(Terms(), kind);
    for (const procedure::StageRule& stage : Terms().stages) {
      if (stage.matter != kind) continue;
      const std::size_t at = dot.find("  \"stage " + stage.name + "\" [label=");
      ASSERT_NE(at, std::string::npos) << stage.name;
      const std::string box = dot.substr(at, dot.find("];\n", at) - at);
      EXPECT_EQ(box.find("peripheries=2") != std::string::npos, stage.terminal) << box;
    }
    for (const procedure::Lapse& lapse : Terms().lapses) {
      if (lapse.matter != kind || lapse.to.empty()) continue;
      for (const std::string& from : lapse.from) {
        EXPECT_NE(dot.find("\"stage " + from + "\" -> \"stage " + lapse.to + "\" [style=dashed"),
                  std::string::npos)
            << lapse.name;
      }
    }
    for (const procedure::Rule& rule : Terms().rules) {
      if (procedure::FindAct(rule.act)->matter != kind || rule.to.empty()) continue;
      for (const std::string& from : rule.from) {
        if (from == rule.to) continue;
        EXPECT_NE(dot.find("\"stage " + from + "\" -> \"stage " + rule.to + "\" [label="),
                  std::string::npos)
            << rule.name;
      }
    }
  }
}

// Boarding and the handover move a case by a list: they are arrows of the case too.
TEST(Diagram, ShowsWhatAListDoesToACase) {
  const std::string dot = ToDot(Terms(), MatterKind::kCase);
  EXPECT_NE(dot.find("\"stage documented\" -> \"stage boarded\" [label=\"requesting: boarding "
                     "recorded of the list\\n(the escort leader (1 seal))\""),
            std::string::npos)
      << dot;
  EXPECT_NE(dot.find("requested: reply\\n(the registry (2 officers) and the ministry (1 seal))"),
            std::string::npos);
}

// Security: whoever named a stage cannot end a quotation and draw something else.
TEST(Diagram, NamesCannotLeaveTheirQuotes) {
  procedure::Procedure terms;
  terms.title = "a\" ]; evil [";
  procedure::StageRule stage;
  stage.name = "b\"];\n x -> y [label=\"\\";
  stage.reason = "c";
  terms.stages.push_back(stage);
  const std::string dot = ToDot(terms, MatterKind::kCase);
  EXPECT_EQ(dot.find("\n x -> y"), std::string::npos) << dot;
  EXPECT_NE(dot.find("label=\"a\\\" ]; evil ["), std::string::npos) << dot;
  // Every quotation that opens closes on its line.
  for (std::size_t begin = 0; begin < dot.size();) {
    const std::size_t end = dot.find('\n', begin);
    int open = 0;
    for (std::size_t i = begin; i < end; ++i) {
      if (dot[i] == '\\') {
        ++i;
      } else if (dot[i] == '"') {
        open = 1 - open;
      }
    }
    EXPECT_EQ(open, 0) << dot.substr(begin, end - begin);
    begin = end + 1;
  }
}

class DrawTest : public testing::Test {
 protected:
  DrawTest() { SetPath(scratch_.path().string()); }
  ~DrawTest() override { SetPath(path_); }
  static void SetPath(const std::string& path) { ASSERT_EQ(::setenv("PATH", path.c_str(), 1), 0); }
  // A program dot that does what the script says.
  void PutDot(const std::string& script) {
    support::WriteFile(scratch_.path() / "dot", "#!/bin/sh\n" + script);
    fs::permissions(scratch_.path() / "dot", fs::perms::owner_all);
  }

  const std::string path_ = std::getenv("PATH");
  const support::TemporaryFolder scratch_;
};

// Graphviz is optional: without it the package is named.
TEST_F(DrawTest, WithoutGraphvizThePackageIsNamed) {
  const absl::StatusOr<std::string> drawn = Draw("digraph a {}\n");
  EXPECT_TRUE(absl::IsUnavailable(drawn.status()));
  EXPECT_NE(drawn.status().message().find("apt-get install graphviz"), std::string::npos);
}

// The source goes in, what dot writes comes out; what it complains about is said.
TEST_F(DrawTest, DotIsHandedTheSource) {
  PutDot("[ \"$*\" = -Tsvg ] || exit 9\nwhile read -r line; do echo \"<svg>$line</svg>\"; done\n");
  EXPECT_EQ(Must(Draw("digraph a {}\n")), "<svg>digraph a {}</svg>\n");
  PutDot("echo 'syntax error in line 1' >&2\nexit 1\n");
  const absl::Status refused = Draw("nonsense").status();
  EXPECT_TRUE(absl::IsDataLoss(refused));
  EXPECT_NE(refused.message().find("syntax error in line 1"), std::string::npos);
}

}  // namespace
}  // namespace chancery::drafting
