// The ministry as a state's slice is fetched from it, in memory.
#ifndef CHANCERY_TESTS_UNIT_AUDIT_MINISTRY_SOURCE_H_
#define CHANCERY_TESTS_UNIT_AUDIT_MINISTRY_SOURCE_H_

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/slice_export.h"
#include "engine/exchange/timestamping.h"
#include "engine/ledger/slice.h"
#include "tests/unit/audit/made_books.h"

namespace chancery::audit {

// The ministry as a state asks it; what it gives may be changed on its way.
class MinistryStore final : public exchange::SliceSource {
 public:
  explicit MinistryStore(MadeBooks& books, PartyCode reader = Party("GRC"))
      : books_(books), store_(books.ministry_store()), reader_(reader) {}

  absl::StatusOr<Head> GetSliceHead() override {
    Head head{policy.empty() ? books_.PolicyOf("PAK") : policy, {}};
    CHANCERY_ASSIGN_OR_RETURN(head.checkpoint, exchange::NewestFinalNote(store_, head.policy));
    if (change_head) change_head(head);
    return head;
  }
  absl::StatusOr<std::vector<Bytes>> GetLeafHashes(std::uint64_t first,
                                                   std::uint64_t count) override {
    std::vector<Bytes> hashes;
    // A few at a time: a page may be smaller than what was asked for.
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Digest> nodes,
                              store_.Nodes(0, first, std::min<std::uint64_t>(count, 7)));
    for (const Digest& node : nodes) hashes.push_back(node.ToBytes());
    if (change_hashes) change_hashes(hashes);
    return hashes;
  }
  absl::Status Collect(
      const std::vector<exchange::StreamFrom>& from,
      const std::function<absl::Status(const exchange::GivenBatch&)>& take) override {
    std::map<std::string, std::uint64_t> positions;
    for (const exchange::StreamFrom& stream : from) positions[stream.stream] = stream.position;
    CHANCERY_ASSIGN_OR_RETURN(const auto all, store_.ReadEntries(0, 10'000));
    exchange::GivenBatch batch;
    for (const store::StoredEntry& entry : all) {
      if (!ledger::IsReadBy(entry.stream, reader_) || entry.position < positions[entry.stream])
        continue;
      exchange::GivenEntry given{entry.number, entry.bytes, {}, {}};
      if (change_entry && !change_entry(given)) continue;
      batch.entries.push_back(std::move(given));
      // The call is cut in the middle, once.
      if (cut_after > 0 && static_cast<int>(batch.entries.size()) == cut_after) {
        cut_after = 0;
        CHANCERY_RETURN_IF_ERROR(take(batch));
        return Unavailable("cut");
      }
    }
    return take(batch);
  }
  absl::StatusOr<std::vector<Bytes>> GetConsistency(std::uint64_t old_size,
                                                    std::uint64_t new_size) override {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::ProofHashes hashes,
                              ledger::BuildConsistencyProof(store_, old_size, new_size));
    std::vector<Bytes> given;
    for (const Digest& hash : hashes) given.push_back(hash.ToBytes());
    return given;
  }

  absl::StatusOr<Bytes> GetCosignedHeads(std::uint64_t after) override {
    if (older) return absl::UnimplementedError("an older version");
    // A few at a time.
    CHANCERY_ASSIGN_OR_RETURN(std::vector<ledger::CosignedHead> heads,
                              exchange::CosignedAfter(store_, after, 2));
    Bytes text = heads.empty() ? Bytes() : ledger::FormatCosignedHeads(std::move(heads));
    if (change_heads) change_heads(text);
    return text;
  }
  absl::StatusOr<std::vector<exchange::GivenStamp>> GetTimeStamps(
      const std::optional<ledger::StampName>& after) override {
    if (older) return absl::UnimplementedError("an older version");
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::KeptTimestamp> kept,
                              exchange::ListTimestamps(store_, after, 1));
    std::vector<exchange::GivenStamp> stamps;
    for (const exchange::KeptTimestamp& one : kept) {
      exchange::GivenStamp given{one.parts, {}};
      for (const crypto::Certificate& certificate : one.above) given.above += certificate.ToPem();
      if (change_stamp) change_stamp(given);
      stamps.push_back(std::move(given));
    }
    return stamps;
  }

  std::function<void(Head&)> change_head;
  std::function<void(std::vector<Bytes>&)> change_hashes;
  std::function<bool(exchange::GivenEntry&)> change_entry;  // false: withheld
  Bytes policy;                                             // the book's own when it is empty
  std::function<void(Bytes&)> change_heads;                 // text of cosigned heads
  std::function<void(exchange::GivenStamp&)> change_stamp;
  int cut_after = 0;
  bool older = false;  // knows nothing of cosigned heads and stamps

 private:
  MadeBooks& books_;
  store::Store& store_;
  PartyCode reader_;
};

}  // namespace chancery::audit

#endif  // CHANCERY_TESTS_UNIT_AUDIT_MINISTRY_SOURCE_H_
