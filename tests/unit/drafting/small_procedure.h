// The small procedure of tests/naive in a folder of its own, for tests to amend: it is explored in
// a fraction of a second. It breaks P12 (somebody stands on two open lists), and nothing else.
#ifndef CHANCERY_TESTS_UNIT_DRAFTING_SMALL_PROCEDURE_H_
#define CHANCERY_TESTS_UNIT_DRAFTING_SMALL_PROCEDURE_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/pki.h"

namespace chancery::drafting {

class SmallProcedure {
 public:
  SmallProcedure() {
    const std::filesystem::path root = CHANCERY_SOURCE_DIR;
    std::filesystem::create_directories(folder());
    for (const char* file : {"procedure.textproto", "articles.md", "scenarios.sha256"})
      std::filesystem::copy(root / "tests/naive/small" / file, folder() / file);
    std::filesystem::copy(root / "agreements/eu-pakistan/founding", scratch() / "naive/founding",
                          std::filesystem::copy_options::recursive);
  }

  std::filesystem::path scratch() const { return scratch_.path(); }
  std::filesystem::path folder() const { return scratch_.path() / "naive/small"; }
  std::filesystem::path founding() const { return scratch_.path() / "naive/founding"; }

  void Replace(const std::string& what, const std::string& with) const {
    Bytes text = support::ReadFile(file());
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    support::WriteFile(file(), text.replace(at, what.size(), with));
  }
  void Add(const std::string& more) const {
    support::WriteFile(file(), support::ReadFile(file()) + more);
  }
  // Nobody stands on two lists any more: all properties hold.
  void MakeWhole() const {
    Replace(
        "guard { require: \"line.fit_to_fly == yes\"",
        "guard { require: \"unknown case.list\" ground: \"on_another_list\" article: \"Small\" }\n"
        "    then { do: \"case.list = transfer.id\" }\n"
        "    guard { require: \"line.fit_to_fly == yes\"");
  }

 private:
  std::filesystem::path file() const { return folder() / "procedure.textproto"; }

  support::TemporaryFolder scratch_;
};

}  // namespace chancery::drafting

#endif  // CHANCERY_TESTS_UNIT_DRAFTING_SMALL_PROCEDURE_H_
