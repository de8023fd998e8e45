#include "edge/books/timestamps.h"

#include <system_error>

#include "edge/clock.h"
#include "edge/files.h"
#include "engine/exchange/handovers.h"

namespace chancery::edge {
namespace {

Json StampJson(const ledger::StampedCheckpoint& stamped) {
  return {{"size", stamped.name.size},
          {"time", ToText(stamped.stamp.time)},
          {"authority", stamped.authority},
          {"certificate_ends", ToText(stamped.stamp.ends())}};
}

}  // namespace

absl::StatusOr<Shown> AskForStamp(const StampBook& book, const std::filesystem::path& policy,
                                  const std::filesystem::path& out, Entropy& entropy) {
  if (policy.empty()) return InvalidArgument("configuration: policy is missing");
  if (std::error_code error; std::filesystem::exists(out, error))
    return AlreadyExists(out.string() + " is there already; nothing was changed");
  CHANCERY_ASSIGN_OR_RETURN(const Bytes policy_text, ReadWholeFile(policy));
  CHANCERY_ASSIGN_OR_RETURN(const std::shared_ptr<ledger::KeyBook> keys,
                            exchange::LoadKeyBook(book.store, book.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::AskedTimestamp asked,
                            exchange::AskTimestamp(book.store, policy_text, entropy, keys.get()));
  CHANCERY_RETURN_IF_ERROR(ReplaceFile(out, asked.query));
  return Shown{{{"request", asked.name.ToText()}, {"size", asked.name.size}, {"file", out}},
               "wrote a request over " + std::to_string(asked.name.size) + " entries to " +
                   out.string() + "; send it to an authority as application/timestamp-query and " +
                   "bring the reply with: timestamp add FILE"};
}

absl::StatusOr<Shown> AddStamp(const StampBook& book, const std::filesystem::path& reply) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::StampingTrust trust,
                            exchange::StampingTrustOf(book.trust, book.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes bytes, ReadWholeFile(reply));
  // An authority's clock is compared with the machine's, as TLS is: no scenario moves either.
  SystemClock machine;
  CHANCERY_ASSIGN_OR_RETURN(const ledger::StampedCheckpoint stamped,
                            exchange::AddTimestamp(book.store, bytes, trust, machine.Now()));
  return Shown{StampJson(stamped), "kept: " + stamped.authority + " saw the first " +
                                       std::to_string(stamped.name.size) + " entries at " +
                                       ToText(stamped.stamp.time) + "; its certificate ends at " +
                                       ToText(stamped.stamp.ends())};
}

absl::StatusOr<Shown> ShowStamps(const StampBook& book, Instant now) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::StampingTrust trust,
                            exchange::StampingTrustOf(book.trust, book.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const exchange::StampingState state,
                            exchange::StateOfTimestamps(book.store, book.anchor, trust, now));
  Json document = {{"standing", exchange::ToWord(state.standing)},
                   {"stamps", state.stamps},
                   {"entries_without", state.uncovered},
                   {"requests_waiting", state.waiting}};
  if (state.due) document["due"] = ToText(*state.due);
  if (state.newest) document["newest"] = StampJson(*state.newest);
  const bool away = state.standing == exchange::StampStanding::kOutage ||
                    state.standing == exchange::StampStanding::kEnded;
  return Shown{std::move(document), exchange::ToText(state), away ? kExitFalse : kExitYes};
}

}  // namespace chancery::edge
