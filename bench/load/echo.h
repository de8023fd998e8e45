// Nothing but transport: an echo service behind the project's own listener and TLS, and what a call
// of it costs.
#ifndef CHANCERY_BENCH_LOAD_ECHO_H_
#define CHANCERY_BENCH_LOAD_ECHO_H_

#include <cstddef>
#include <filesystem>

#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/ledger/anchor.h"

namespace chancery::bench {

struct EchoPlan {
  std::filesystem::path pki;  // what make-rehearsal-pki made
  const ledger::Anchor& anchor;
  PartyCode ministry;
  PartyCode state;
  std::size_t request_bytes = 0;
  std::size_t answer_bytes = 0;
  double seconds = 1;  // on the clock, for each of the two
};
// Processor time of both ends together, in microseconds.
struct EchoCost {
  double unary = 0;     // a call
  double streamed = 0;  // a message and its answer
};
// The server has the ministry's certificate and the client that of the state's daemon. One
// connection, 64 calls or messages under way. The error of the part that does not work.
absl::StatusOr<EchoCost> MeasureEcho(const EchoPlan& plan);

}  // namespace chancery::bench

#endif  // CHANCERY_BENCH_LOAD_ECHO_H_
