// The recipe of certs/: what it promises in certs/README.md, checked with the openssl command and
// the file system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "tests/support/pki.h"

namespace chancery::crypto {
namespace {

using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kRecipe = "'" CHANCERY_SOURCE_DIR "/certs/make-rehearsal-pki'";

class RecipeTest : public ::testing::Test {
 protected:
  const RehearsalPki& pki_ = RehearsalPki::Get();

  std::string Verify(const std::string& flags, const std::string& certificate) const {
    return RunCommand("openssl verify -x509_strict -CAfile '" + pki_.Path("public/roots.pem") +
                      "' -untrusted '" + pki_.Path("public/authorities.pem") + "' " + flags + " '" +
                      certificate + "'")
        .output;
  }
};

TEST_F(RecipeTest, NothingIsWrittenOverWhatExists) {
  // certs/README.md: OUT must not exist; code 3.
  const support::TemporaryFolder folder;
  const std::string out = folder.path().string();
  support::WriteFile(folder.path() / "mine", "mine");
  EXPECT_EQ(RunCommand(kRecipe + " '" + out + "'").exit_code, 3);
  EXPECT_EQ(RunCommand(kRecipe + " '" + out + "/new' --with-bad '" + out + "'").exit_code, 3);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
  EXPECT_EQ(RunCommand(kRecipe).exit_code, 2);
  EXPECT_EQ(RunCommand(kRecipe + " '" + out + "/new' --agreement 'Not One'").exit_code, 2);
}

TEST_F(RecipeTest, SecretsAreTheirOwnersAlone) {
  // certs/README.md: mode 0600; a party's folder holds its own secrets and public/ none.
  int secrets = 0;
  std::set<Bytes> keys;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(pki_.folder())) {
    if (!entry.is_regular_file()) continue;
    const bool is_public = entry.path().string().starts_with(pki_.Path("public/"));
    const Bytes bytes = ReadFile(entry.path());
    const bool secret =
        bytes.find("PRIVATE KEY") != Bytes::npos || entry.path().filename() == "kek";
    if (!secret) continue;
    ++secrets;
    EXPECT_FALSE(is_public) << entry.path();
    EXPECT_EQ(entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all),
              fs::perms::none)
        << entry.path();
    EXPECT_TRUE(keys.insert(bytes).second) << "one key, one place, one purpose: " << entry.path();
  }
  EXPECT_GT(secrets, 60);
}

TEST_F(RecipeTest, PlainOpenSslVerifiesEverySealAtScenarioTime) {
  // Security section 2.6: -attime the recorded time.
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(pki_.folder() / "public")) {
    if (entry.path().parent_path().filename() != "seal") continue;
    EXPECT_THAT(Verify("-purpose any -attime 1449127800", entry.path().string()),
                HasSubstr(": OK"));
  }
}

TEST_F(RecipeTest, OfficersAreNumberedThroughAllOfficesOfTheirParty) {
  // certs/README.md: one number, one officer.
  std::set<std::pair<PartyCode, std::int64_t>> officers;
  for (const Certificate& seal : pki_.Seals().All()) {
    EXPECT_GT(seal.officer(), 0) << seal.uri();
    EXPECT_TRUE(officers.emplace(seal.party(), seal.officer()).second) << seal.uri();
  }
  EXPECT_EQ(pki_.CertificateAt("PAK/seal/registry-1.pem").officer(), 5);
}

TEST_F(RecipeTest, TlsPeersAreVerifiedByPurposeNowAndByRevocationList) {
  // Security section 1.4: the purpose is checked; certificate revocation lists serve TLS.
  const std::string server = pki_.Path("PAK/tls/server.pem");
  const std::string daemon = pki_.Path("GRC/tls/daemon.pem");
  const std::string lists = "-crl_check -CRLfile '" + pki_.Path("public/crl/GRC-issuing.pem") +
                            "' -CRLfile '" + pki_.Path("public/crl/PAK-issuing.pem") + "' ";
  EXPECT_THAT(Verify(lists + "-purpose sslserver -verify_hostname localhost", server),
              HasSubstr(": OK"));
  EXPECT_THAT(Verify(lists + "-purpose sslserver -verify_ip 127.0.0.1", server), HasSubstr(": OK"));
  EXPECT_THAT(Verify(lists + "-purpose sslclient", daemon), HasSubstr(": OK"));
  EXPECT_THAT(Verify("-purpose sslserver", daemon), ::testing::Not(HasSubstr(": OK")));
  EXPECT_THAT(Verify(lists + "-purpose sslclient", (pki_.bad() / "revoked-tls.pem").string()),
              HasSubstr("revoked"));
  EXPECT_THAT(Verify("-purpose sslclient", (pki_.bad() / "expired-tls.pem").string()),
              HasSubstr("expired"));
  EXPECT_THAT(Verify("-purpose sslclient", (pki_.bad() / "stranger-tls.pem").string()),
              ::testing::Not(HasSubstr(": OK")));
}

TEST_F(RecipeTest, ATlsFileShowsTheCertificateThenItsAuthority) {
  // certs/README.md: what a TLS peer must be shown.
  const auto shown = Certificate::ListFromPem(ReadFile(pki_.Path("AUT/tls/daemon.pem")));
  ASSERT_TRUE(shown.ok());
  ASSERT_EQ(shown->size(), 2U);
  EXPECT_EQ(shown->front().office(), "daemon");
  EXPECT_EQ(shown->back(), pki_.CertificateAt("AUT/ca.pem"));
}

TEST_F(RecipeTest, FingerprintsAreThoseOfTheRoots) {
  // The anchor file: `root <PARTY> <hex sha256 of root DER>`, sorted.
  std::string expected;
  for (const auto& [party, digest] : pki_.Fingerprints())
    expected += "root " + party.ToText() + " " + digest.ToHexText() + "\n";
  EXPECT_EQ(ReadFile(pki_.Path("public/fingerprints")), expected);
}

TEST_F(RecipeTest, RevocationListsLieUnderTheNamesThatTlsLooksFor) {
  // Security section 1.1: a hashed directory of <hash>.r0, one list for each issuer.
  for (const std::string party : {"AUT", "BGR", "DNK", "ESP", "EUE", "GRC", "IRL", "PAK"}) {
    const auto hash =
        RunCommand("openssl x509 -in '" + pki_.Path(party + "/ca.pem") + "' -subject_hash -noout");
    const std::string name = hash.output.substr(0, 8) + ".r0";
    EXPECT_EQ(ReadFile(pki_.Path("public/crl/" + name)),
              ReadFile(pki_.Path("public/crl/" + party + "-issuing.pem")));
  }
}

TEST_F(RecipeTest, TheCommitmentVectorsAreWhatTheTwinComputes) {
  // data/make_commitments.py is the independent twin; its output is kept so that nobody changes one
  // alone.
  const std::string data = CHANCERY_SOURCE_DIR "/tests/unit/crypto/data/";
  EXPECT_EQ(RunCommand("python3 '" + data + "make_commitments.py'").output,
            ReadFile(data + "commitments.txt"));
}

}  // namespace
}  // namespace chancery::crypto
