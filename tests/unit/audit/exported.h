// Both made books as evidence folders, exported once for all tests of this program.
#ifndef CHANCERY_TESTS_UNIT_AUDIT_EXPORTED_H_
#define CHANCERY_TESTS_UNIT_AUDIT_EXPORTED_H_

#include <filesystem>

#include "tests/unit/audit/made_books.h"

namespace chancery::audit {

// A test that changes something works on a copy.
class Exported {
 public:
  static Exported& Get() {
    static Exported exported;
    return exported;
  }
  std::filesystem::path ministry() const { return folder_.path() / "ministry"; }
  std::filesystem::path state() const { return folder_.path() / "GRC"; }
  MadeBooks books;

 private:
  Exported() {
    books.ExportMinistry(ministry());
    books.ExportState(state());
  }
  support::TemporaryFolder folder_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_TESTS_UNIT_AUDIT_EXPORTED_H_
