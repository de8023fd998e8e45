// What the tamper run shares: its random choices, its counts, and the story it tampers with.
#ifndef CHANCERY_TESTS_TAMPER_TAMPER_H_
#define CHANCERY_TESTS_TAMPER_TAMPER_H_

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/status.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/secret.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/note.h"

namespace chancery::tamper {

// A part of the run itself failed: that says nothing about what is tested.
[[noreturn]] inline void GiveUp(std::string_view what) {
  std::cerr << "tamper: " << what << std::endl;
  std::exit(2);
}
template <class T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) GiveUp(ToStd(value.status().message()));
  return *std::move(value);
}
inline void Must(const absl::Status& status) {
  if (!status.ok()) GiveUp(ToStd(status.message()));
}

inline Bytes ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t Below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }
  std::uint64_t Any() { return engine_(); }
  // The bytes with one bit or a whole byte changed.
  void Flip(Bytes& bytes) {
    char& byte = bytes[Below(bytes.size())];
    byte = static_cast<char>(byte ^
                             static_cast<char>(Below(2) == 0 ? 1U << Below(8) : 1 + Below(255)));
  }

 private:
  std::mt19937_64 engine_;
};

enum class Outcome { kNoticed, kHarmless, kMissed };

// By kind of change. What was missed is told at once, with all that is needed to look at it.
class Counts {
 public:
  void Add(const std::string& kind, Outcome outcome, const std::string& what) {
    Row& row = rows_[kind];
    ++row.tried;
    if (outcome == Outcome::kNoticed) ++row.noticed;
    if (outcome == Outcome::kHarmless) ++row.harmless;
    if (outcome == Outcome::kMissed && ++missed_ <= 20)
      std::cout << "MISSED  " << kind << ": " << what << "\n";
  }
  std::uint64_t tried() const {
    std::uint64_t sum = 0;
    for (const auto& [kind, row] : rows_) sum += row.tried;
    return sum;
  }
  std::uint64_t missed() const { return missed_; }
  void Print() const {
    std::uint64_t noticed = 0;
    std::uint64_t harmless = 0;
    for (const auto& [kind, row] : rows_) {
      std::cout << kind << ": " << row.tried << " tried, " << row.noticed << " noticed, "
                << row.harmless << " harmless\n";
      noticed += row.noticed;
      harmless += row.harmless;
    }
    std::cout << "all: " << tried() << " tried, " << noticed << " noticed, " << harmless
              << " harmless, " << missed_ << " missed\n";
  }

 private:
  struct Row {
    std::uint64_t tried = 0, noticed = 0, harmless = 0;
  };
  std::map<std::string, Row> rows_;
  std::uint64_t missed_ = 0;
};

// What a play of one ministry and one state left.
struct Story {
  std::filesystem::path play;
  std::filesystem::path scratch;  // in memory where the machine allows it
  ledger::Anchor anchor;
  PartyCode ministry, state;

  std::filesystem::path FolderOf(PartyCode party) const {
    return play / (party == ministry ? "ministry" : party.ToText());
  }
  std::filesystem::path Evidence(PartyCode party) const { return FolderOf(party) / "evidence"; }
  std::unique_ptr<ledger::NoteSigner> LogSigner(PartyCode party) const {
    return Signer(Keys(party) / "ledger/checkpoint.key", anchor.logs.at(party));
  }
  std::unique_ptr<ledger::NoteSigner> WitnessSigner(PartyCode party) const {
    return Signer(Keys(party) / "ledger/witness.key", anchor.witnesses.at(party));
  }
  std::unique_ptr<ledger::NoteSigner> AlwaysOnSigner(const ledger::NoteKey& key) const {
    const std::string office = key.name().substr(key.name().rfind('/') + 1);
    return Signer(play / "pki/EUE/ledger" / (office + ".key"), key);
  }
  std::filesystem::path Keys(PartyCode party) const { return play / "pki" / party.ToText(); }

 private:
  static std::unique_ptr<ledger::NoteSigner> Signer(const std::filesystem::path& file,
                                                    const ledger::NoteKey& key) {
    const crypto::Secret text = Must(crypto::ReadSecretFile(file.string()));
    return Must(ledger::MakeNoteSigner(key.name(), key.algorithm(),
                                       Must(crypto::Ed25519Key::FromPem(text.Reveal()))));
  }
};

// Each makes about `changes` changes, of one party's evidence or of its database.
void TamperWithEvidence(const Story& story, PartyCode party, std::size_t changes, Random& random,
                        Counts& counts);
void TamperWithStore(const Story& story, PartyCode party, std::size_t changes, Random& random,
                     Counts& counts);

}  // namespace chancery::tamper

#endif  // CHANCERY_TESTS_TAMPER_TAMPER_H_
