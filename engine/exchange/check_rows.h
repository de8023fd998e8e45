// The second half of the long check (check_store.h): every row that stands for itself, and that no
// table holds more than the entries make.
//
// Threads: used by one.
#ifndef CHANCERY_ENGINE_EXCHANGE_CHECK_ROWS_H_
#define CHANCERY_ENGINE_EXCHANGE_CHECK_ROWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "engine/exchange/check_book.h"
#include "engine/exchange/check_store.h"

namespace chancery::exchange {

class RowCheck final : public store::RowVisitor {
 public:
  // `book` has run.
  RowCheck(store::Store& store, const CheckParts& parts, const BookCheck& book, CheckReport& report)
      : store_(store), parts_(parts), book_(book), report_(report), findings_(report) {}

  absl::Status Run();

  absl::Status Visit(const store::StatementRow& row) override;
  absl::Status Visit(const store::Delivery& row) override;
  absl::Status Visit(const store::Cursor& row) override;
  absl::Status Visit(const store::ParticularsRow& row) override;
  absl::Status Visit(const store::WrappedKeyRow& row) override;
  absl::Status Visit(const store::Paper& row) override;
  absl::Status Visit(const store::WitnessedHead& row) override;
  absl::Status Visit(const store::CosignatureRow& row) override;
  absl::Status Visit(const store::FinalCheckpoint& row) override;
  absl::Status Visit(const store::Conflict& row) override;

 private:
  // Why a paper is not what its name says; empty when it is.
  absl::StatusOr<std::string> JudgePaper(const store::Paper& row);
  std::string JudgeStream(const store::Paper& row);
  absl::StatusOr<std::string> JudgeFinal(const store::Paper& row);
  absl::StatusOr<std::string> JudgeCorroborated(const store::Paper& row);
  absl::StatusOr<std::string> JudgeSeen(const store::Paper& row);
  absl::StatusOr<std::string> JudgeCosigned(const store::Paper& row);
  absl::StatusOr<std::string> JudgeStamp(const store::Paper& row);
  absl::StatusOr<std::string> JudgeHandover(const store::Paper& row);
  // A checkpoint of the own ledger, and its size; of the ministry's.
  absl::StatusOr<std::string> JudgeOwnHead(ByteView note, std::uint64_t* size);
  absl::StatusOr<ledger::TreeHead> KeepersHead(const store::Paper& row) const;
  // Whether a known witness signed the own head of that line.
  std::string JudgeLine(const ledger::NoteSignature& line,
                        const std::optional<ledger::TreeHead>& tree);
  std::string JudgeCosignature(const store::CosignatureRow& row,
                               const std::optional<ledger::TreeHead>& tree);
  // The tree of the own ledger at that size; nothing beyond the head.
  absl::StatusOr<std::optional<ledger::TreeHead>> TreeAt(std::uint64_t size);
  void CompareCursors();
  void CompareCounts();
  void CompareHeads();

  store::Store& store_;
  const CheckParts& parts_;
  const BookCheck& book_;
  CheckReport& report_;
  CheckFindings findings_;
  std::map<std::string, std::int64_t, std::less<>> cursors_;
  std::map<std::string, std::uint64_t, std::less<>> papers_;  // by kind
  std::map<std::string, std::string> streams_;                // of the papers
  std::map<Digest, MatterId> chunks_;                         // of attachments, by their rows
  std::set<MatterId> with_chunks_;
  std::set<Digest> chunks_of_papers_;  // those that a record speaks of
  std::uint64_t conflicts_ = 0;
  bool forked_ = false;
  std::int64_t newest_cosignature_ = 0;
  std::map<std::string, std::int64_t> made_;        // cursors, as the rows they speak of make them
  std::optional<ledger::Policy> policy_;            // that of the parts, with keys handed over
  std::map<std::string, std::uint64_t> witnessed_;  // by origin, the size cosigned here last
  std::map<std::uint64_t, ledger::TreeHead> relied_;  // by size
  std::set<std::uint64_t> seen_, always_on_;          // own heads, kept as seen and cosigned
  std::optional<ledger::TreeHead> known_tree_;        // the last one TreeAt gave
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_CHECK_ROWS_H_
