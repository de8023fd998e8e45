#include "engine/exchange/cosigned_history.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "engine/exchange/collect_received.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;

// Of the cosignatures of one head those that say the most: the first, and of the always-on
// witnesses' the first and the newest.
std::vector<ledger::CosignedHead> Telling(std::vector<ledger::CosignedHead> lines,
                                          std::span<const ledger::NoteKey> always_on) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  std::vector<ledger::CosignedHead> telling = {lines.front()};
  std::vector<ledger::CosignedHead> always;
  for (const ledger::CosignedHead& line : lines) {
    if (ledger::KeyOf(always_on, line.line) != nullptr) always.push_back(line);
  }
  if (!always.empty()) {
    telling.push_back(always.front());
    telling.push_back(always.back());
  }
  return telling;
}

}  // namespace

absl::StatusOr<std::vector<ledger::CosignedHead>> ReadCosigned(const store::Paper& paper) {
  absl::StatusOr<std::vector<ledger::CosignedHead>> lines = ledger::ParseCosignedHeads(paper.bytes);
  if (!lines.ok()) return DataLoss(ToStd(lines.status().message()));
  for (const ledger::CosignedHead& line : *lines) {
    if (NumberedPaperId(line.size) != paper.id) return DataLoss("it is of another size");
  }
  return lines;
}

absl::Status KeepCosigned(store::Store& store, std::uint64_t size, std::string_view line,
                          std::span<const ledger::NoteKey> always_on, store::Commit& rows) {
  CHANCERY_ASSIGN_OR_RETURN(ledger::NoteSignature signature, ledger::ParseSignatureLine(line));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::CosignedHead seen,
                            ledger::CosignedHeadOf(size, std::move(signature)));
  const auto put = [&](std::uint64_t version, const std::vector<ledger::CosignedHead>& lines) {
    rows.papers.push_back({std::string(kCosignedPaper), NumberedPaperId(size), version, false, 0,
                           ledger::FormatCosignedHeads(Telling(lines, always_on))});
  };
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> kept,
                            store.FindPaper(kCosignedPaper, NumberedPaperId(size)));
  if (kept) {
    CHANCERY_ASSIGN_OR_RETURN(std::vector<ledger::CosignedHead> lines, ReadCosigned(*kept));
    lines.push_back(seen);
    put(kept->version, lines);
    if (rows.papers.back().bytes == kept->bytes) rows.papers.pop_back();
    return absl::OkStatus();
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t last, store.ReadCursor(kCosignedLastCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t before, store.ReadCursor(kCosignedBeforeCursor));
  CHANCERY_ASSIGN_OR_RETURN(const std::int64_t count, store.ReadCursor(kCosignedKeptCursor));
  // A larger one stands for it.
  if (static_cast<std::int64_t>(size) < last) return absl::OkStatus();
  put(0, {seen});
  rows.cursors.push_back({std::string(kCosignedLastCursor), static_cast<std::int64_t>(size)});
  if (before > 0) {
    const std::string before_id = NumberedPaperId(static_cast<std::uint64_t>(before));
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> earlier,
                              store.FindPaper(kCosignedPaper, before_id));
    if (!earlier) return DataLoss("store: the paper cosigned " + before_id + " is missing");
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> lines,
                              ReadCosigned(*earlier));
    // A clock that was set back is no reason to leave heads out.
    if (std::abs(seen.time - lines.front().time) * kMsPerSecond < ledger::kHeadsEveryMs) {
      const std::string last_id = NumberedPaperId(static_cast<std::uint64_t>(last));
      CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> replaced,
                                store.FindPaper(kCosignedPaper, last_id));
      if (!replaced) return DataLoss("store: the paper cosigned " + last_id + " is missing");
      rows.papers.push_back({std::string(kCosignedPaper), last_id, replaced->version, true, 0, {}});
      return absl::OkStatus();
    }
  }
  rows.cursors.push_back({std::string(kCosignedKeptCursor), count + 1});
  if (last > 0) rows.cursors.push_back({std::string(kCosignedBeforeCursor), last});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ledger::CosignedHead>> CosignedAfter(store::Store& store,
                                                                std::uint64_t after,
                                                                std::size_t limit) {
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<store::Paper> page,
      store.ListPapers(kCosignedPaper, std::nullopt, NumberedPaperId(after), limit));
  std::vector<ledger::CosignedHead> heads;
  for (const store::Paper& paper : page) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> lines, ReadCosigned(paper));
    heads.insert(heads.end(), lines.begin(), lines.end());
  }
  return heads;
}

absl::StatusOr<Bytes> CosignedHistory(store::Store& store, const ledger::Policy& policy,
                                      std::uint64_t size) {
  std::vector<ledger::NoteKey> witnesses;
  for (const ledger::PolicyWitness& witness : policy.parts().witnesses)
    witnesses.push_back(witness.key);
  std::vector<ledger::CosignedHead> heads;
  for (std::uint64_t after = 0; after < size;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ledger::CosignedHead> page,
                              CosignedAfter(store, after, kPage));
    if (page.empty()) break;
    after = page.back().size;
    for (const ledger::CosignedHead& line : page) {
      if (line.size <= size && ledger::KeyOf(witnesses, line.line) != nullptr)
        heads.push_back(line);
    }
  }
  return heads.empty() ? Bytes() : ledger::FormatCosignedHeads(std::move(heads));
}

}  // namespace chancery::exchange
