// Erased means erased: the raw files of both sides after an erasure by the real programs, backups
// from before it, and what still verifies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/exchange/attachments.h"
#include "engine/exchange/draft_paper.h"
#include "openssl/evp.h"
#include "tests/support/both_programs.h"

namespace chancery::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using support::CommandResult;
using support::ExchangeWorld;
using support::Must;
using support::Party;
using support::ReadFile;
using support::RehearsalPki;
using support::RunCommand;
using support::WriteFile;

constexpr const char* kAudit = CHANCERY_BINARY_DIR "/bin/chancery-audit";

// Base64 as in the files one might find it in.
std::string Base64(ByteView bytes) {
  std::string text(4 * (bytes.size() / 3 + 1) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// The forms in which a value may rest: as it is, in UTF-16, in hexadecimal of both, and what all
// base64 texts share that hold it, for each of the three ways it can be aligned.
std::vector<std::string> FormsOf(const std::string& value) {
  std::string wide;
  for (const char letter : value) {
    wide.push_back(letter);
    wide.push_back('\0');
  }
  std::vector<std::string> forms = {value, wide};
  for (const std::string& bytes : {value, wide}) {
    const std::string hex = ToHex(bytes);
    std::string upper = hex;
    std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
    forms.push_back(hex);
    forms.push_back(upper);
    for (std::size_t shift = 0; shift < 3; ++shift) {
      const std::string text = Base64(std::string(shift, '\0') + bytes);
      const std::size_t first = shift == 0 ? 0 : shift + 1;
      forms.push_back(text.substr(first, (shift + bytes.size()) * 8 / 6 - first));
    }
  }
  return forms;
}

std::map<std::string, Bytes> FilesUnder(const fs::path& folder) {
  std::map<std::string, Bytes> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = ReadFile(entry.path());
  }
  return files;
}

class ErasedMeansErased : public support::BothPrograms {
 protected:
  // With a scan of three chunks in which the person's name stands everywhere.
  std::string Apply(const std::string& name) {
    scan_.clear();
    while (scan_.size() < 300'000)
      scan_ += std::to_string(scan_.size()) + " scan of " + name + "\n";
    WriteFile(Path("scan"), scan_);
    const std::string matter = HandIn(R"({"act": "application", "addressee": "PAK",
      "facts": {"category": "own_national", "decision_final": true, "present": true,
                "entry_date": "2015-02-01", "minor": false},
      "lines": [{"evidence": "identity_card", "grade": "original", "attachment_file": "scan"}],
      "particulars": {"name": ")" + name +
                                      R"(", "birth_date": "1980-01-02"}})")["matter"];
    fs::remove(Path("scan"));
    return matter;
  }
  exchange::AttachmentName ScanOf(const std::string& matter) const {
    return {*MatterId::FromHexText(matter), crypto::Sha256(scan_)};
  }

  // Copies of both stores as a backup would make them, while both programs are down.
  void BackUp(const std::string& name) {
    fs::create_directories(Path(name));
    for (const char* file : {"ministry/ministry.db", "state/state.db"}) {
      const fs::path from = Path(file);
      fs::copy(from, fs::path(Path(name)) / from.filename());
      EXPECT_FALSE(fs::exists(from.string() + "-wal") && fs::file_size(from.string() + "-wal") > 0);
    }
  }
  std::unique_ptr<store::Store> OpenCopy(const std::string& file, const std::string& party) const {
    return Must(store::OpenSqliteStore(
        Path(file), Must(exchange::StoreIdentityOf(world_.anchor, Party(party)))));
  }

  std::string scan_;  // of the last application
};

// Issue 4, Erasure and its line of "done when": after the erasure no raw file of either side holds
// the wrapped key, the ciphertext of particulars and attachments or the particulars in any form,
// while another case is whole; an old backup with the rotated key-encryption key reads nothing of
// it; and everything verifies.
TEST_F(ErasedMeansErased, InTheRawFilesOfBothSidesAndInTheirBackups) {
  ASSERT_EQ(Ministry("init").exit_code, 0);
  StartMinistry();
  world_.Begin();
  for (const ExchangeWorld::AdmittedEnvelope& one : world_.admitted) BringIn(one.envelope);
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  const std::vector<std::string> values = {"Gonefrom Everyfile", "Draftedby Anofficer"};
  const std::string erased = Apply(values[0]);
  const exchange::AttachmentName scan = ScanOf(erased);
  const std::string kept = Apply("Keptin Thisfile");
  // An officer's draft in the case, which holds particulars of its own.
  WriteFile(Path("draft.json"), R"({"act": "reply", "addressee": "GRC", "matter": ")" + erased +
                                    R"(", "facts": {"answer": "confirmed"},
                                    "particulars": {"name": ")" +
                                    values[1] + R"("}})");
  const CommandResult drafted = Ministry("--json act draft " + Path("draft.json"));
  fs::remove(Path("draft.json"));
  ASSERT_EQ(drafted.exit_code, 0) << drafted.output;
  HandIn(R"({"act": "withdrawal", "addressee": "PAK", "matter": ")" + erased +
         R"(", "facts": {}})");
  StopBoth();
  BackUp("backup");

  // What must go, byte for byte, on each side; and what must stay.
  const MatterId matter = *MatterId::FromHexText(erased);
  const MatterId other = *MatterId::FromHexText(kept);
  std::map<std::string, std::vector<Bytes>> gone;
  std::map<std::string, Bytes> stays;
  for (const auto& [side, file, party] : {std::tuple("ministry", "backup/ministry.db", "PAK"),
                                          std::tuple("state", "backup/state.db", "GRC")}) {
    const std::unique_ptr<store::Store> store = OpenCopy(file, party);
    gone[side].push_back(*Must(store->FindWrappedKey(matter)));
    for (const store::ParticularsRow& row : Must(store->ListParticularsOf(matter)))
      gone[side].push_back(row.ciphertext);
    for (std::uint64_t index = 0; index < 3; ++index) {
      const auto rows = Must(store->FindParticulars(exchange::ChunkRowDigest(scan, index)));
      ASSERT_EQ(rows.size(), 1U) << side << " " << index;
      gone[side].push_back(rows.front().ciphertext);
    }
    for (const store::Paper& paper :
         Must(store->ListPapers(exchange::kDraftPaper, std::nullopt, "", 10)))
      gone[side].push_back(paper.bytes);
    stays[side] = *Must(store->FindWrappedKey(other));
  }
  ASSERT_EQ(gone["ministry"].size(), 6U);
  ASSERT_EQ(gone["state"].size(), 5U);
  // Any piece of sixteen bytes counts: a row may lie over several pages.
  const auto leftovers = [&](const std::string& side) {
    int found = 0;
    for (const auto& [name, bytes] : FilesUnder(Path(side))) {
      for (const Bytes& whole : gone[side]) {
        for (std::size_t at = 0; at + 16 <= whole.size(); at += 16)
          found += bytes.find(whole.substr(at, 16)) != std::string::npos ? 1 : 0;
      }
    }
    return found;
  };
  for (const char* side : {"ministry", "state"}) {
    EXPECT_GT(leftovers(side), 0) << side << ": the search finds nothing where something is";
  }

  StartMinistry();
  StartState();
  ASSERT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  HandIn(R"({"act": "erasure", "addressee": "PAK", "matter": ")" + erased +
         R"(", "facts": {"erasure_ground": "asked_by_person"}})");

  // While the programs run.
  for (const char* side : {"ministry", "state"}) {
    EXPECT_EQ(leftovers(side), 0) << side;
    bool other_is_there = false;
    for (const auto& [name, bytes] : FilesUnder(Path(side))) {
      other_is_there = other_is_there || bytes.find(stays[side]) != std::string::npos;
      for (const std::string& value : values) {
        for (const std::string& form : FormsOf(value))
          EXPECT_EQ(bytes.find(form), std::string::npos) << name;
      }
    }
    EXPECT_TRUE(other_is_there) << side;
  }
  for (const CommandResult& shown : {Ministry("case show --particulars " + erased),
                                     State("case show --particulars " + erased)}) {
    EXPECT_EQ(shown.exit_code, 0) << shown.output;
    EXPECT_THAT(shown.output, testing::ContainsRegex("particulars (were )?erased"));
    EXPECT_THAT(shown.output, testing::Not(testing::HasSubstr(values[0])));
  }
  EXPECT_THAT(Ministry("case show --particulars " + kept).output,
              testing::HasSubstr("Keptin Thisfile"));
  // The scan of the other case is whole on both sides; that of the erased one is nowhere.
  const std::string there = " " + kept + " " + ScanOf(kept).digest.ToHexText() + " --out ";
  const std::string away = " " + erased + " " + scan.digest.ToHexText() + " --out ";
  for (const bool here : {true, false}) {
    const auto get = [&](const std::string& which) {
      const std::string command = "attachment get" + which + Path("fetched");
      return here ? State(command) : Ministry(command);
    };
    EXPECT_EQ(get(there).exit_code, 0);
    EXPECT_EQ(ReadFile(Path("fetched")), scan_);
    fs::remove(Path("fetched"));
    EXPECT_THAT(get(away).output, testing::HasSubstr("ATTACHMENT_UNKNOWN"));
    EXPECT_FALSE(fs::exists(Path("fetched")));
  }
  StopBoth();

  // The key-encryption keys rotate; a program that runs keeps its own.
  const std::map<std::string, Bytes> old_keys = {{"ministry", ReadFile(Path("ministry/kek"))},
                                                 {"state", ReadFile(Path("state/kek"))}};
  for (const CommandResult& rotated : {Ministry("key rotate"), State("key rotate")})
    EXPECT_EQ(rotated.exit_code, 0) << rotated.output;
  for (const auto& [side, old_key] : old_keys) {
    for (const auto& [name, bytes] : FilesUnder(Path(side)))
      EXPECT_EQ(bytes.find(old_key), std::string::npos) << name;
  }
  for (const auto& [side, file, party] : {std::tuple("ministry", "backup/ministry.db", "PAK"),
                                          std::tuple("state", "backup/state.db", "GRC")}) {
    const std::unique_ptr<store::Store> backup = OpenCopy(file, party);
    const Bytes wrapped = *Must(backup->FindWrappedKey(matter));
    const auto now = Must(crypto::KeyEncryptionKey::Load(Path(std::string(side) + "/kek")));
    EXPECT_FALSE(now.Unwrap(wrapped).ok()) << side;
    // It was the rotation that closed the backup.
    WriteFile(Path("old"), old_keys.at(side));
    fs::permissions(Path("old"), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_TRUE(Must(crypto::KeyEncryptionKey::Load(Path("old"))).Unwrap(wrapped).ok()) << side;
  }

  // Everything goes on and verifies.
  StartMinistry();
  StartState();
  EXPECT_EQ(State("wait --settled --timeout 60").exit_code, 0);
  EXPECT_THAT(Ministry("case show --particulars " + kept).output,
              testing::HasSubstr("Keptin Thisfile"));
  EXPECT_EQ(State("evidence export " + Path("evidence-state")).exit_code, 0);
  StopBoth();
  EXPECT_EQ(Ministry("evidence export " + Path("evidence-ministry")).exit_code, 0);
  EXPECT_EQ(Ministry("check").exit_code, 0);
  EXPECT_EQ(State("check --clock-file " + Path("clock")).exit_code, 0);
  for (const char* evidence : {"evidence-ministry", "evidence-state"}) {
    const CommandResult verified = RunCommand(std::string(kAudit) + " verify " + Path(evidence) +
                                              " --anchor " + Path("anchor"));
    EXPECT_EQ(verified.exit_code, 0) << verified.output;
  }
}

}  // namespace
}  // namespace chancery::server
