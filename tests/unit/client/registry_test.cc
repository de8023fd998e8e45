#include <gmock/gmock.h>

#include "registry/people.h"
#include "registry/service.h"

namespace chancery::registry {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPeople = R"({"invented": true, "persons": [
  {"finding": "national", "cnic": "35202-7654321-1", "passport_number": "AB1234567", "name": "Invented Specimen",
   "birth_date": "1980-01-02", "registered": {"name": "Invented M. Specimen", "cnic": "35202-7654321-1"}},
  {"finding": "other_nationality", "passport_number": "XY7654321", "name": "Invented Other", "birth_date": "1990-05-06"},
  {"finding": "not_national", "cnic": "11111-2222222-3"}]})";

std::vector<Item> Claim(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::vector<Item> items;
  for (const auto& [label, value] : labels)
    items.push_back({label, Personal<std::string>(value), {}});
  return items;
}
People Load() {
  absl::StatusOr<People> people = People::FromJson(kPeople);
  EXPECT_TRUE(people.ok()) << people.status();
  return *std::move(people);
}

// Design section 8, class B: the CNIC alone identifies a claim, with its dashes or without.
TEST(RegistrySim, VerifiesAClaimByItsCnic) {
  const People people = Load();
  for (const char* cnic : {"35202-7654321-1", "3520276543211"}) {
    const Answer answer = people.Verify(Claim({{"cnic", cnic}}));
    EXPECT_EQ(answer.finding, Finding::kNational);
    ASSERT_EQ(answer.registered.size(), 2U);
    EXPECT_EQ(answer.registered[0].label, "cnic");
    EXPECT_EQ(answer.registered[1].value.Reveal(), "Invented M. Specimen");
  }
  EXPECT_EQ(people.Verify(Claim({{"cnic", "11111-2222222-3"}})).finding, Finding::kNotNational);
}

// Design section 8, class D: a passport whose CNIC the sender does not know is found with name and
// birth date.
TEST(RegistrySim, VerifiesAClaimByPassportNameAndBirthDateTogether) {
  const People people = Load();
  const Answer found = people.Verify(Claim({{"passport_number", "AB1234567"},
                                            {"name", "Invented Specimen"},
                                            {"birth_date", "1980-01-02"}}));
  EXPECT_EQ(found.finding, Finding::kNational);
  EXPECT_EQ(people
                .Verify(Claim({{"passport_number", "XY7654321"},
                               {"name", "Invented Other"},
                               {"birth_date", "1990-05-06"}}))
                .finding,
            Finding::kOtherNationality);
  EXPECT_EQ(people
                .Verify(Claim({{"passport_number", "AB1234567"},
                               {"name", "Invented Specimen"},
                               {"birth_date", "1980-01-03"}}))
                .finding,
            Finding::kNotFound);
}

// Design section 12: it verifies one submitted claim and is never searched: parts of a claim find
// nobody.
TEST(RegistrySim, PartsOfAClaimFindNobody) {
  const People people = Load();
  EXPECT_EQ(people.Verify({}).finding, Finding::kNotFound);
  EXPECT_EQ(people.Verify(Claim({{"cnic", ""}})).finding, Finding::kNotFound);
  EXPECT_EQ(people.Verify(Claim({{"name", "Invented Specimen"}})).finding, Finding::kNotFound);
  EXPECT_EQ(
      people.Verify(Claim({{"name", "Invented Specimen"}, {"birth_date", "1980-01-02"}})).finding,
      Finding::kNotFound);
  EXPECT_EQ(people.Verify(Claim({{"passport_number", "AB1234567"}})).finding, Finding::kNotFound);
  EXPECT_TRUE(people.Verify({}).registered.empty());
}

// No real person's particulars belong into a simulation: a file must say that its people are
// invented.
TEST(RegistrySim, RefusesAFileThatIsNotMarkedAsInvented) {
  for (const char* text : {R"({"persons": []})", R"({"invented": false, "persons": []})",
                           R"({"invented": "true", "persons": []})"}) {
    EXPECT_EQ(ReasonOf(People::FromJson(text).status()), "NOT_INVENTED");
  }
}

// Errors name the place, never a value.
TEST(RegistrySim, RefusesPeopleItCannotRead) {
  for (
      const char* text :
      {"", "[]", R"({"invented": true})", R"({"invented": true, "persons": [7]})",
       R"({"invented": true, "persons": [{"finding": "perhaps", "name": "Specimen"}]})",
       R"({"invented": true, "persons": [{"finding": "not_found", "cnic": 7}]})",
       R"({"invented": true, "persons": [{"finding": "national", "cnic": "1"}]})",
       R"({"invented": true, "persons": [{"finding": "not_found", "registered": {"name": "Specimen", "cnic": "1"}}]})"}) {
    const auto people = People::FromJson(text);
    ASSERT_FALSE(people.ok()) << text;
    EXPECT_THAT(std::string(ToStd(people.status().message())), testing::Not(HasSubstr("Specimen")));
  }
}

// proto registry: a claim is verified on behalf of one case.
TEST(RegistrySim, AnswersOverTheWireForOneCaseOnly) {
  const People people = Load();
  RegistryService service(people);
  v1::VerifyClaimRequest request;
  exchange::v1::Item& item = *request.mutable_claimed()->add_item();
  item.set_label("cnic");
  item.set_value("35202-7654321-1");
  v1::VerifyClaimResponse response;
  EXPECT_EQ(service.VerifyClaim(nullptr, &request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  request.set_matter(std::string(16, 'm'));
  ASSERT_TRUE(service.VerifyClaim(nullptr, &request, &response).ok());
  EXPECT_EQ(response.finding(), v1::FINDING_NATIONAL);
  EXPECT_EQ(response.registered().item_size(), 2);
}

}  // namespace
}  // namespace chancery::registry
