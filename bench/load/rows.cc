#include "bench/load/rows.h"

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>
#include <variant>

#include "bench/load/measure.h"
#include "engine/codec/entry.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/merkle/merkle.h"
#include "engine/store/sqlite/sqlite_store.h"

namespace chancery::bench {

namespace {

constexpr std::size_t kPage = 256;

template <class T>
absl::StatusOr<T> There(absl::StatusOr<std::optional<T>> found, std::string_view what) {
  if (!found.ok()) return found.status();
  if (!*found) return DataLoss("bench: a store lacks " + std::string(what) + " of an act");
  return **std::move(found);
}

absl::StatusOr<store::StoredEntry> EntryOf(store::Store& store, int use, const procedure::Act& act,
                                           store::StatementRow& row) {
  CHANCERY_ASSIGN_OR_RETURN(
      row, There(store.FindStatement({use, act.author, act.id}), "the statement's row"));
  return store.ReadEntry(row.entry);
}

absl::Status ReadStateSide(store::Store& state, std::uint64_t number, ActRows& rows) {
  const procedure::Act& act = rows.statement.act;
  CHANCERY_ASSIGN_OR_RETURN(rows.sealed, EntryOf(state, exchange::kUseSealed, act, rows.of_sealed));
  CHANCERY_ASSIGN_OR_RETURN(rows.received,
                            EntryOf(state, exchange::kUseReceived, act, rows.of_received));
  CHANCERY_ASSIGN_OR_RETURN(rows.own_particulars, state.FindParticulars(rows.of_act.digest));
  CHANCERY_ASSIGN_OR_RETURN(rows.own_key, state.FindWrappedKey(act.matter));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> deliveries,
                            state.FindDeliveriesOf(act.id));
  if (deliveries.size() != 1) return DataLoss("bench: an act without its delivery");
  rows.delivery = deliveries.front().what;
  for (const auto& [kind, id] : {std::pair(exchange::kSentPaper, act.id.ToHexText()),
                                 std::pair(exchange::kOpenedPaper, act.matter.ToHexText())}) {
    CHANCERY_ASSIGN_OR_RETURN(store::Paper paper, There(state.FindPaper(kind, id), kind));
    rows.papers.push_back(std::move(paper));
  }
  CHANCERY_ASSIGN_OR_RETURN(rows.shown, There(state.FindPaper(exchange::kReceivedPaper,
                                                              exchange::NumberedPaperId(number)),
                                              "the receipt"));
  return absl::OkStatus();
}

// A new store that is filled in groups.
class Filler {
 public:
  Filler(store::Store& store, const ledger::NoteSigner& key) : store_(store), key_(key) {}

  // The entry as it would be appended next, with its number.
  std::uint64_t Append(const store::StoredEntry& entry, store::Commit& commit) {
    commit.entries.push_back(
        {entry.bytes, entry.leaf_hash, entry.stream, positions_[entry.stream]++, std::nullopt});
    return tree_.size() + commit.entries.size() - 1;
  }
  // The head behind the entries; then the commit is complete.
  absl::Status Close(Instant at, store::Commit commit) {
    if (!commit.entries.empty()) {
      commit.expected = tree_.Head();
      for (const store::NewEntry& entry : commit.entries) tree_.Append(entry.leaf_hash);
      store::Head next;
      next.tree = tree_.Head();
      latest_ = std::max(latest_, at);
      next.recorded_at = latest_;
      CHANCERY_ASSIGN_OR_RETURN(
          next.checkpoint, ledger::SignCheckpoint(key_, {store_.identity().origin, next.tree}));
      commit.next = std::move(next);
    }
    commits_.push_back(std::move(commit));
    return absl::OkStatus();
  }
  // Applies them all: seconds of processor time.
  absl::StatusOr<double> Apply() const {
    const double start = CpuSeconds();
    for (const store::Commit& commit : commits_) CHANCERY_RETURN_IF_ERROR(store_.Apply(commit));
    return CpuSeconds() - start;
  }

 private:
  store::Store& store_;
  const ledger::NoteSigner& key_;
  ledger::CompactRange tree_;
  Instant latest_;
  std::map<std::string, std::uint64_t> positions_;
  std::vector<store::Commit> commits_;
};

void PutKey(const MatterId& matter, const std::optional<Bytes>& key, store::Commit& commit) {
  if (key) commit.wrapped_keys.push_back({matter, *key});
}

store::PaperChange ChangeOf(const store::Paper& paper, std::uint64_t expected_version) {
  return {paper.kind, paper.id, expected_version, false, paper.state, paper.bytes};
}

absl::StatusOr<double> FillMinistry(store::Store& store, const ledger::NoteSigner& key,
                                    const std::vector<ActRows>& acts, std::size_t group) {
  Filler filler(store, key);
  for (std::size_t first = 0; first < acts.size(); first += group) {
    store::Commit commit;
    const std::size_t end = std::min(first + group, acts.size());
    for (std::size_t i = first; i < end; ++i) {
      const ActRows& act = acts[i];
      store::StatementRow row = act.of_act;
      row.entry = filler.Append(act.entry, commit);
      commit.statements.push_back(row);
      commit.matters.push_back(act.matter);
      commit.particulars.insert(commit.particulars.end(), act.particulars.begin(),
                                act.particulars.end());
      PutKey(act.matter.id, act.key, commit);
    }
    CHANCERY_RETURN_IF_ERROR(filler.Close(acts[end - 1].recorded_at, std::move(commit)));
  }
  return filler.Apply();
}

absl::StatusOr<double> FillState(store::Store& store, const ledger::NoteSigner& key,
                                 const std::vector<ActRows>& acts, std::size_t group) {
  Filler filler(store, key);
  std::uint64_t position_version = 0;
  for (std::size_t first = 0; first < acts.size(); first += group) {
    store::Commit sealed;
    store::Commit received;
    store::Commit collected;
    const std::size_t end = std::min(first + group, acts.size());
    const Instant at = acts[end - 1].recorded_at;
    for (std::size_t i = first; i < end; ++i) {
      const ActRows& act = acts[i];
      store::StatementRow row = act.of_sealed;
      row.entry = filler.Append(act.sealed, sealed);
      sealed.statements.push_back(row);
      sealed.particulars.insert(sealed.particulars.end(), act.own_particulars.begin(),
                                act.own_particulars.end());
      PutKey(act.matter.id, act.own_key, sealed);
      sealed.deliveries.push_back(act.delivery);
      for (const store::Paper& paper : act.papers) sealed.papers.push_back(ChangeOf(paper, 0));
    }
    CHANCERY_RETURN_IF_ERROR(filler.Close(at, std::move(sealed)));
    for (std::size_t i = first; i < end; ++i) {
      const ActRows& act = acts[i];
      store::StatementRow row = act.of_received;
      row.entry = filler.Append(act.received, received);
      received.statements.push_back(row);
      received.papers.push_back(ChangeOf(act.shown, 0));
      received.papers.push_back(ChangeOf(act.papers.front(), 1));
      // A new store numbers its deliveries from 1.
      received.delivery_marks.push_back(
          {i + 1, store::DeliveryState::kAnswered, 1, act.delivery.next_attempt_at, Bytes()});
      collected.matters.push_back(act.collected);
    }
    collected.papers.push_back({std::string(exchange::kStreamPaper), acts[first].entry.stream,
                                position_version++, false, 0, Bytes(70, 'x')});
    collected.cursors.push_back(
        {std::string(exchange::kNextCursor), static_cast<std::int64_t>(end)});
    CHANCERY_RETURN_IF_ERROR(filler.Close(at, std::move(received)));
    CHANCERY_RETURN_IF_ERROR(filler.Close(at, std::move(collected)));
  }
  return filler.Apply();
}

}  // namespace

absl::StatusOr<std::vector<ActRows>> ReadActs(store::Store& ministry, store::Store& state,
                                              PartyCode author, std::size_t most) {
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, ministry.ReadHead());
  std::vector<ActRows> acts;
  for (std::uint64_t end = head.tree.size; end > 0 && acts.size() < most;) {
    const std::uint64_t first = end > kPage ? end - kPage : 0;
    CHANCERY_ASSIGN_OR_RETURN(std::vector<store::StoredEntry> page,
                              ministry.ReadEntries(first, static_cast<std::size_t>(end - first)));
    for (auto stored = page.rbegin(); stored != page.rend() && acts.size() < most; ++stored) {
      CHANCERY_ASSIGN_OR_RETURN(codec::Entry entry, codec::DecodeEntry(stored->bytes));
      auto* body = std::get_if<codec::ActBody>(&entry.body);
      if (body == nullptr) continue;
      ActRows rows;
      CHANCERY_ASSIGN_OR_RETURN(rows.statement, codec::DecodeStatement(body->statement));
      const procedure::Act& act = rows.statement.act;
      if (act.kind != procedure::ActKind::kApplication || act.author != author) continue;
      rows.statement_bytes = std::move(body->statement);
      rows.seal = std::move(body->seal);
      rows.recorded_at = entry.recorded_at;
      rows.entry = std::move(*stored);
      CHANCERY_ASSIGN_OR_RETURN(
          rows.of_act,
          There(ministry.FindStatement({exchange::kUseAct, act.author, act.id}), "the act's row"));
      CHANCERY_ASSIGN_OR_RETURN(rows.matter, There(ministry.FindMatter(act.matter), "the matter"));
      CHANCERY_ASSIGN_OR_RETURN(rows.particulars, ministry.FindParticulars(rows.of_act.digest));
      CHANCERY_ASSIGN_OR_RETURN(rows.key, ministry.FindWrappedKey(act.matter));
      // What the state has not collected yet has not cost it all its rows.
      CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::MatterRow> collected,
                                state.FindMatter(act.matter));
      if (!collected) continue;
      rows.collected = *collected;
      CHANCERY_RETURN_IF_ERROR(ReadStateSide(state, rows.entry.number, rows));
      acts.push_back(std::move(rows));
    }
    end = first;
  }
  std::reverse(acts.begin(), acts.end());
  return acts;
}

absl::StatusOr<RowsCost> CommitAgain(const std::vector<ActRows>& acts, std::size_t group,
                                     const std::filesystem::path& folder,
                                     const store::StoreIdentity& ministry,
                                     const ledger::NoteSigner& ministry_key,
                                     const store::StoreIdentity& state,
                                     const ledger::NoteSigner& state_key) {
  const std::filesystem::path own = folder / ("group-" + std::to_string(group));
  std::error_code error;
  std::filesystem::create_directories(own, error);
  RowsCost cost;
  {
    CHANCERY_ASSIGN_OR_RETURN(const auto store,
                              store::OpenSqliteStore(own / "ministry.db", ministry));
    CHANCERY_ASSIGN_OR_RETURN(const double seconds,
                              FillMinistry(*store, ministry_key, acts, group));
    cost.ministry = seconds * 1e6 / static_cast<double>(acts.size());
  }
  {
    CHANCERY_ASSIGN_OR_RETURN(const auto store, store::OpenSqliteStore(own / "state.db", state));
    CHANCERY_ASSIGN_OR_RETURN(const double seconds, FillState(*store, state_key, acts, group));
    cost.state = seconds * 1e6 / static_cast<double>(acts.size());
  }
  std::filesystem::remove_all(own, error);
  return cost;
}

}  // namespace chancery::bench
