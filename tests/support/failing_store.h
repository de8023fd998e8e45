// A store that fails when a test says so, and is the store it was given otherwise.
#ifndef CHANCERY_TESTS_SUPPORT_FAILING_STORE_H_
#define CHANCERY_TESTS_SUPPORT_FAILING_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/store/store.h"

namespace chancery::support {

// A store that answers what a test says instead of committing or reading.
class FailingStore final : public store::Store {
 public:
  explicit FailingStore(std::unique_ptr<store::Store> inner) : inner_(std::move(inner)) {}

  absl::Status fail_next;
  int applied = 0;
  // Asked before a matter is read; what it answers beside OK is the answer.
  std::function<absl::Status(const MatterId&)> before_find_matter;

  absl::Status Apply(const store::Commit& commit) override {
    ++applied;
    if (!fail_next.ok()) return std::exchange(fail_next, absl::OkStatus());
    return inner_->Apply(commit);
  }
  const store::StoreIdentity& identity() const override { return inner_->identity(); }
  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    return inner_->Node(level, index);
  }
  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    return inner_->Entries(first, count);
  }
  absl::StatusOr<store::Head> ReadHead() override { return inner_->ReadHead(); }
  absl::StatusOr<store::StoredEntry> ReadEntry(std::uint64_t number) override {
    return inner_->ReadEntry(number);
  }
  absl::StatusOr<std::vector<store::StoredEntry>> ReadEntries(std::uint64_t first,
                                                              std::size_t limit) override {
    return inner_->ReadEntries(first, limit);
  }
  absl::StatusOr<std::vector<store::StoredEntry>> ReadStream(std::string_view stream,
                                                             std::uint64_t first,
                                                             std::size_t limit) override {
    return inner_->ReadStream(stream, first, limit);
  }
  absl::StatusOr<store::StreamState> ReadStreamState(std::string_view stream) override {
    return inner_->ReadStreamState(stream);
  }
  absl::StatusOr<std::vector<store::StreamState>> ListStreams() override {
    return inner_->ListStreams();
  }
  absl::StatusOr<std::optional<store::StatementRow>> FindStatement(
      const store::StatementKey& key) override {
    return inner_->FindStatement(key);
  }
  absl::StatusOr<std::optional<store::MatterRow>> FindMatter(const MatterId& id) override {
    if (before_find_matter) CHANCERY_RETURN_IF_ERROR(before_find_matter(id));
    return inner_->FindMatter(id);
  }
  absl::StatusOr<std::vector<MatterId>> FindOpenMatters(const store::PersonKey& person) override {
    return inner_->FindOpenMatters(person);
  }
  absl::StatusOr<std::vector<store::MatterRow>> ListMatters(std::optional<int> kind,
                                                            const std::optional<MatterId>& after,
                                                            std::size_t limit) override {
    return inner_->ListMatters(kind, after, limit);
  }
  absl::StatusOr<std::vector<store::MatterRow>> ListDueMatters(Instant until,
                                                               std::size_t limit) override {
    return inner_->ListDueMatters(until, limit);
  }
  absl::StatusOr<std::optional<Instant>> EarliestLimit() override {
    return inner_->EarliestLimit();
  }
  absl::StatusOr<std::vector<store::Delivery>> ListOpenDeliveries(std::optional<PartyCode> to,
                                                                  std::uint64_t after,
                                                                  std::size_t limit) override {
    return inner_->ListOpenDeliveries(to, after, limit);
  }
  absl::StatusOr<std::optional<store::Delivery>> FindDelivery(std::uint64_t sequence) override {
    return inner_->FindDelivery(sequence);
  }
  absl::StatusOr<std::vector<store::Delivery>> FindDeliveriesOf(
      const StatementId& statement) override {
    return inner_->FindDeliveriesOf(statement);
  }
  absl::StatusOr<std::int64_t> ReadCursor(std::string_view name) override {
    return inner_->ReadCursor(name);
  }
  absl::StatusOr<std::vector<store::ParticularsRow>> FindParticulars(
      const Digest& digest) override {
    return inner_->FindParticulars(digest);
  }
  absl::StatusOr<std::vector<store::ParticularsRow>> ListParticularsOf(
      const MatterId& matter) override {
    return inner_->ListParticularsOf(matter);
  }
  absl::StatusOr<std::optional<Bytes>> FindWrappedKey(const MatterId& matter) override {
    return inner_->FindWrappedKey(matter);
  }
  absl::StatusOr<std::vector<store::WrappedKeyRow>> ListWrappedKeys(
      const std::optional<MatterId>& after, std::size_t limit) override {
    return inner_->ListWrappedKeys(after, limit);
  }
  absl::StatusOr<std::optional<store::Paper>> FindPaper(std::string_view kind,
                                                        std::string_view id) override {
    return inner_->FindPaper(kind, id);
  }
  absl::StatusOr<std::vector<store::Paper>> ListPapers(std::string_view kind,
                                                       std::optional<int> state,
                                                       std::string_view after,
                                                       std::size_t limit) override {
    return inner_->ListPapers(kind, state, after, limit);
  }
  absl::StatusOr<std::optional<store::WitnessedHead>> FindWitnessed(
      std::string_view origin) override {
    return inner_->FindWitnessed(origin);
  }
  absl::StatusOr<std::vector<store::CosignatureRow>> ListCosignatures(std::uint64_t size) override {
    return inner_->ListCosignatures(size);
  }
  absl::StatusOr<std::optional<store::FinalCheckpoint>> LatestFinal() override {
    return inner_->LatestFinal();
  }
  absl::StatusOr<std::optional<store::FinalCheckpoint>> FindFinalCovering(
      std::uint64_t entry) override {
    return inner_->FindFinalCovering(entry);
  }
  absl::StatusOr<std::vector<store::Conflict>> ListConflicts(std::uint64_t after,
                                                             std::size_t limit) override {
    return inner_->ListConflicts(after, limit);
  }
  absl::Status VisitRows(store::RowVisitor& visitor) override { return inner_->VisitRows(visitor); }
  absl::Status Check() override { return inner_->Check(); }

 private:
  std::unique_ptr<store::Store> inner_;
};

}  // namespace chancery::support

#endif  // CHANCERY_TESTS_SUPPORT_FAILING_STORE_H_
