// What an audit costs: a made ledger (bench/made_ledger.h) verified at level structure and at level
// full, beside what the same machine can do in the same run with nothing but SHA-256, and with
// nothing but CMS seals whose chains are remembered.
//
//   bench_verify [ENTRIES]        100,000 when none is said; a million takes about 2 GiB of disk
//
// The ledger is made in a process of its own, so that the peak of memory is that of verifying.
// docs/performance.md has figures and says how to read them.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "audit/evidence_folder.h"
#include "audit/parallel.h"
#include "audit/trust_reader.h"
#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "bench/made_ledger.h"
#include "engine/codec/entry.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/ledger/tiles.h"
#include "tests/support/pki.h"

namespace {

namespace fs = std::filesystem;
using chancery::Bytes;
using chancery::ByteView;
using chancery::support::Must;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kSampledSeals = 20'000;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t PeakMebibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) / 1024;
}

struct Run {
  chancery::audit::Verdict verdict;
  double seconds = 0;
};
Run Verify(const fs::path& folder, chancery::audit::Level level) {
  chancery::audit::VerifyOptions options;
  options.anchor =
      Must(chancery::ledger::ParseAnchor(chancery::support::ReadFile(folder / "anchor")));
  options.level = level;
  const Clock::time_point start = Clock::now();
  Run run{Must(chancery::audit::VerifyEvidence(folder / "evidence", options)), 0};
  run.seconds = SecondsSince(start);
  if (run.verdict.consistent()) return run;
  std::fputs(ToText(run.verdict).c_str(), stderr);
  chancery::support::GiveUp("the made ledger does not verify");
}

// Nothing but SHA-256 over as many bytes, in pieces as long as an entry is in the mean.
double Sha256Seconds(std::uint64_t bytes, std::size_t piece, unsigned threads) {
  const Bytes data(piece, 'x');
  const std::uint64_t times = bytes / piece / threads;
  const Clock::time_point start = Clock::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        chancery::Digest digest;
        for (std::uint64_t k = 0; k < times; ++k) digest = chancery::crypto::Sha256(data);
        if (digest.IsZero()) chancery::support::GiveUp("SHA-256 of something is not zero");
      });
    }
  }
  return SecondsSince(start);
}

struct Sealed {
  Bytes statement;
  Bytes seal;
  chancery::Instant at;
};
std::vector<Sealed> SealsOf(const fs::path& folder, std::uint64_t size) {
  std::vector<Sealed> seals;
  for (std::uint64_t index = 0; seals.size() < kSampledSeals; ++index) {
    const auto tile = chancery::ledger::TileOf(size, true, 0, index);
    if (!tile) break;
    const Bytes bundle = Must(chancery::ledger::ReadTileFile(folder, *tile));
    for (const Bytes& bytes : Must(chancery::ledger::DecodeBundle(bundle, tile->width))) {
      const chancery::codec::Entry entry = Must(chancery::codec::DecodeEntry(bytes));
      const auto* act = std::get_if<chancery::codec::ActBody>(&entry.body);
      if (act != nullptr) seals.push_back({act->statement, act->seal, entry.recorded_at});
    }
  }
  return seals;
}

// Statements a second on all processors, with the chains of the certificates remembered.
double SealRate(const fs::path& folder, const std::vector<Sealed>& seals, unsigned threads) {
  auto opened = Must(chancery::audit::EvidenceFolder::Open(folder));
  const auto trust = Must(chancery::audit::ReadTrust(
      opened, nullptr,
      [](const std::string&, const std::string& what) { chancery::support::GiveUp(what); }));
  const chancery::crypto::SealVerifier verifier(trust.seals.Lookup());
  const auto verify = [&](std::uint64_t i) {
    return verifier
        .VerifySealAndChain(seals[i].statement, seals[i].seal, *trust.anchors, trust.authorities,
                            seals[i].at)
        .ok();
  };
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(seals.size(), 100); ++i) verify(i);
  std::uint64_t verified = 0;
  constexpr std::uint64_t kAtOnce = 64;
  const Clock::time_point start = Clock::now();
  chancery::audit::MakeInParallel(
      (seals.size() + kAtOnce - 1) / kAtOnce, threads, std::size_t{4} * threads,
      [&](std::uint64_t part) {
        std::uint64_t good = 0;
        for (std::uint64_t i = part * kAtOnce;
             i < std::min<std::uint64_t>(seals.size(), (part + 1) * kAtOnce); ++i)
          good += verify(i) ? 1U : 0U;
        return good;
      },
      [&](std::uint64_t, std::uint64_t good) {
        verified += good;
        return true;
      });
  const double seconds = SecondsSince(start);
  if (verified != seals.size()) chancery::support::GiveUp("a seal does not verify");
  return static_cast<double>(verified) / seconds;
}

std::uint64_t BytesUnder(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) bytes += file.file_size();
  }
  return bytes;
}

void Print(const char* what, double value, const char* unit) {
  std::printf("%-52s %12.2f %s\n", what, value, unit);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  if (entries == 0) chancery::support::GiveUp("usage: bench_verify [ENTRIES]");
  const chancery::support::TemporaryFolder scratch;
  const fs::path folder = scratch.path() / "ledger";
  const pid_t maker = ::fork();
  if (maker == 0) {
    chancery::bench::MakeLedger(folder, entries);
    std::exit(0);  // takes the maker's own temporary keys away
  }
  int status = 0;
  if (maker < 0 || ::waitpid(maker, &status, 0) != maker || status != 0)
    chancery::support::GiveUp("the ledger cannot be made: status " + std::to_string(status));

  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const std::uint64_t bytes = BytesUnder(folder / "evidence/tile/entries");
  const Run structure = Verify(folder, chancery::audit::Level::kStructure);
  const std::uint64_t after_structure = PeakMebibytes();
  const Run full = Verify(folder, chancery::audit::Level::kFull);
  const std::uint64_t after_full = PeakMebibytes();

  const std::uint64_t size = full.verdict.tree.size;
  const std::size_t piece = static_cast<std::size_t>(bytes / size);
  const double sha_one = Sha256Seconds(bytes, piece, 1);
  const double sha_all = Sha256Seconds(bytes, piece, threads);
  const std::vector<Sealed> seals = SealsOf(folder / "evidence", size);
  const double seal_rate = SealRate(folder / "evidence", seals, threads);

  std::printf(
      "%llu entries, %llu bytes of entries, %llu statements with %llu signatures, %u processors\n",
      static_cast<unsigned long long>(size), static_cast<unsigned long long>(bytes),
      static_cast<unsigned long long>(full.verdict.statements),
      static_cast<unsigned long long>(full.verdict.signatures), threads);
  const double mebibytes = static_cast<double>(bytes) / (1 << 20);
  const double full_rate = static_cast<double>(full.verdict.statements) / full.seconds;
  Print("level structure", mebibytes / structure.seconds, "MiB/s");
  Print("SHA-256 alone, one processor", mebibytes / sha_one, "MiB/s");
  Print("SHA-256 alone, all processors", mebibytes / sha_all, "MiB/s");
  Print("level structure to SHA-256 on one processor", 100 * sha_one / structure.seconds, "%");
  Print("level structure to SHA-256 on all processors", 100 * sha_all / structure.seconds, "%");
  Print("level full", full_rate, "statements/s");
  Print("CMS alone, chains remembered, all processors", seal_rate, "statements/s");
  Print("level full to CMS alone", 100 * full_rate / seal_rate, "%");
  Print("peak memory after level structure", static_cast<double>(after_structure), "MiB");
  Print("peak memory after level full", static_cast<double>(after_full), "MiB");
  return 0;
}
