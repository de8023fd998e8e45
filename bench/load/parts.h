// What the parts of an act cost alone, in processor time: with the project's own functions, over
// the acts, rows, keys and sizes that a run with the real programs left behind.
#ifndef CHANCERY_BENCH_LOAD_PARTS_H_
#define CHANCERY_BENCH_LOAD_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/ledger/anchor.h"

namespace chancery::bench {

struct PartsPlan {
  std::filesystem::path pki;  // what make-rehearsal-pki made
  const ledger::Anchor& anchor;
  PartyCode ministry;
  PartyCode state;
  std::filesystem::path ministry_store;  // of programs that have ended
  std::filesystem::path state_store;
  std::filesystem::path scratch;  // a folder on the disk that is measured
  std::size_t samples = 1024;     // acts that are looked at, the newest ones
  double seconds = 1;             // for each part
};

// Microseconds, unless the name says otherwise.
struct Parts {
  double seal_sign = 0;
  double seal_verify = 0;  // with the chain, which is remembered
  double commitment = 0;   // over the particulars of one act
  double encryption = 0;   // of them, under a key of their own that is wrapped
  double step = 0;
  double merkle_append = 0;  // of one entry, hashed and added
  double checkpoint_sign = 0;
  double checkpoint_verify = 0;
  double rows_ministry = 0;  // of one act, committed in groups
  double rows_state = 0;
  std::size_t rows_group = 0;  // acts a commit, the size at which both together cost least
  double unary_echo = 0;
  double streamed_echo = 0;
  std::size_t request_bytes = 0;  // of a call to Submit
  std::size_t answer_bytes = 0;
};

// InvalidArgument when the stores hold fewer acts than are needed; the error of the part that does
// not work.
absl::StatusOr<Parts> MeasureParts(const PartsPlan& plan);

// How many entries a commit has held: those that were recorded at the same moment, of that store's
// ledger from `from` to `until`. Two commits within a millisecond count as one.
absl::StatusOr<double> GroupOf(const std::filesystem::path& store, const ledger::Anchor& anchor,
                               PartyCode party, Instant from, Instant until);

// What every act needs, however well the programs are built: the two limits are made of these.
struct Needed {
  double signatures = 0;   // one seal made, one verified
  double particulars = 0;  // committed to and checked; encrypted on both sides
  double rows = 0;         // of both sides, at the best size of a group
  double step = 0;
  double merkle = 0;       // one entry at the ministry, two in the state's own ledger
  double checkpoints = 0;  // signed by both sides and verified by the state, by the groups observed
  double All() const { return signatures + particulars + rows + step + merkle + checkpoints; }
};
Needed NeededOf(const Parts& parts, double ministry_group, double state_group);

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_PARTS_H_
