// A genuine ledger of any size, for measuring: every seal, ruling, tile and checkpoint is what the
// ministry's programs would have made, with the keys of a rehearsal. The persons do not exist.
#ifndef CHANCERY_BENCH_MADE_LEDGER_H_
#define CHANCERY_BENCH_MADE_LEDGER_H_

#include <cstdint>
#include <filesystem>

namespace chancery::bench {

// Writes `folder`/evidence, the ministry's whole book of at least `entries` entries, and
// `folder`/anchor. The story is that of one state's cases, an application, a verification and a
// reply each, 200 of them a day. Ends the process when something cannot be made.
void MakeLedger(const std::filesystem::path& folder, std::uint64_t entries);

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_MADE_LEDGER_H_
