// The people a simulated registry knows: invented ones, from a file that says so.
//
// The file is JSON:
//   {"invented": true,
//    "persons": [{"finding": "national", "cnic": "35202-1234567-1", "passport_number": "AB1234567",
//                 "name": "…", "birth_date": "1980-01-02",
//                 "registered": {"name": "…", "cnic": "35202-1234567-1"}}]}
// `finding` is national, not_national, other_nationality or not_found; `registered` stands with
// national alone. A person is met by `cnic`, or by `passport_number`, `name` and `birth_date`
// together; one without `passport_number` by the other two. A file that does not say "invented":
// true is refused: no real person's particulars belong into a simulation.
//
// A value; safe on every thread once made.
#ifndef CHANCERY_REGISTRY_PEOPLE_H_
#define CHANCERY_REGISTRY_PEOPLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/personal.h"
#include "engine/base/status.h"

namespace chancery::registry {

// Numbers of the wire's Finding and of the fact `verification`.
enum class Finding : std::int64_t {
  kNational = 1,
  kNotNational = 2,
  kOtherNationality = 3,
  kNotFound = 4
};

struct Answer {
  Finding finding = Finding::kNotFound;
  std::vector<Item> registered;  // name and cnic of a national, salts zero
};

class People {
 public:
  // InvalidArgument names the person by their place in the file and the field, never by a value.
  static absl::StatusOr<People> FromJson(std::string_view text);

  // Verifies one claim. There is no way to list or search.
  Answer Verify(const std::vector<Item>& claimed) const;
  std::size_t size() const { return people_.size(); }

 private:
  struct Person {
    Finding finding = Finding::kNotFound;
    Personal<std::string> cnic;
    Personal<std::string> passport_number;
    Personal<std::string> name;
    Personal<std::string> birth_date;
    Personal<std::string> registered_name;
    Personal<std::string> registered_cnic;
  };

  std::vector<Person> people_;
};

}  // namespace chancery::registry

#endif  // CHANCERY_REGISTRY_PEOPLE_H_
