#include "engine/exchange/matters.h"

#include <set>
#include <utility>

#include "engine/codec/matter.h"

namespace chancery::exchange {

namespace {

absl::StatusOr<std::optional<procedure::Matter>> DecodeRow(
    const std::optional<store::MatterRow>& row) {
  if (!row) return std::optional<procedure::Matter>{};
  CHANCERY_ASSIGN_OR_RETURN(procedure::Matter matter, codec::DecodeMatter(row->bytes));
  return std::optional<procedure::Matter>(std::move(matter));
}

}  // namespace

absl::StatusOr<std::optional<procedure::Matter>> ReadMatter(store::Store& store,
                                                            const MatterId& id) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::MatterRow> row, store.FindMatter(id));
  return DecodeRow(row);
}

absl::StatusOr<std::optional<procedure::Matter>> ReadCooperation(store::Store& store) {
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<store::MatterRow> rows,
      store.ListMatters(static_cast<int>(procedure::MatterKind::kCooperation), std::nullopt, 1));
  if (rows.empty()) return std::optional<procedure::Matter>{};
  return DecodeRow(rows.front());
}

absl::StatusOr<procedure::Matters> ReadMatterWithOthers(store::Store& store, const MatterId& id) {
  procedure::Matters matters;
  CHANCERY_ASSIGN_OR_RETURN(std::optional<procedure::Matter> cooperation, ReadCooperation(store));
  CHANCERY_ASSIGN_OR_RETURN(std::optional<procedure::Matter> matter, ReadMatter(store, id));
  if (cooperation) matters.Add(*std::move(cooperation));
  if (!matter) return matters;
  std::set<MatterId> others;
  if (matter->kind == procedure::MatterKind::kTransfer) {
    others.insert(matter->facts.IdOr(procedure::Fact::kFlight));
    for (const procedure::Facts& line : matter->lines)
      others.insert(line.IdOr(procedure::Fact::kCase));
  }
  matters.Add(*std::move(matter));
  for (const MatterId& other : others) {
    if (other.IsZero() || matters.Find(other) != nullptr) continue;
    CHANCERY_ASSIGN_OR_RETURN(std::optional<procedure::Matter> found, ReadMatter(store, other));
    if (found) matters.Add(*std::move(found));
  }
  return matters;
}

std::optional<Digest> ProcedureInForce(const procedure::Matter& cooperation, Instant at) {
  std::optional<Digest> found;
  std::int64_t since = 0;
  for (const procedure::Facts& row : cooperation.lines) {
    if (!procedure::GovernsNewMatters(row, at)) continue;
    const std::int64_t from = row.NumberOr(procedure::Fact::kFrom, 0);
    if (found && from < since) continue;
    found = row.DigestOr(procedure::Fact::kProcedure);
    since = from;
  }
  return found;
}

absl::StatusOr<procedure::Ruling> Foresee(store::Store& store,
                                          const procedure::ProcedureSet& procedures,
                                          const procedure::RecordedAct& act) {
  MatterBook book(store);
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters touched, book.Touched(act.act));
  return procedure::Step(procedures, touched, act).ruling;
}

store::MatterRow RowOf(const procedure::ProcedureSet& procedures, const procedure::Matter& matter,
                       bool newest_of_person) {
  store::MatterRow row;
  row.id = matter.id;
  row.kind = static_cast<int>(matter.kind);
  row.bytes = codec::EncodeMatter(matter);
  procedure::Matters alone;
  alone.Add(matter);
  row.next_limit = procedure::NextTimeLimit(procedures, alone);
  if (newest_of_person) {
    const MatterId handle = matter.facts.IdOr(procedure::Fact::kHandle);
    row.open_person = store::PersonKey{matter.requesting, *PersonHandle::FromBytes(handle.View())};
  }
  return row;
}

const procedure::Matter* MatterBook::Find(const MatterId& id) const {
  if (id.IsZero()) return nullptr;
  for (const auto* layer : {&job_.matters, &group_.matters}) {
    if (const auto found = layer->find(id); found != layer->end()) return &found->second;
  }
  if (const auto found = cache_.find(id); found != cache_.end()) return &found->second;
  absl::StatusOr<std::optional<procedure::Matter>> read = ReadMatter(store_, id);
  if (!read.ok()) {
    if (failure_.ok()) failure_ = read.status();
    return nullptr;
  }
  if (!read->has_value()) return nullptr;
  return &cache_.emplace(id, **std::move(read)).first->second;
}

MatterId MatterBook::CaseOf(PartyCode party, const MatterId& handle) const {
  if (handle.IsZero()) return {};
  const PersonOf person{party, handle};
  for (const auto* layer : {&job_.cases, &group_.cases}) {
    if (const auto found = layer->find(person); found != layer->end()) return found->second;
  }
  const absl::StatusOr<std::vector<MatterId>> found =
      store_.FindOpenMatters({party, *PersonHandle::FromBytes(handle.View())});
  if (!found.ok()) {
    if (failure_.ok()) failure_ = found.status();
    return {};
  }
  return found->empty() ? MatterId{} : found->front();
}

MatterId MatterBook::Cooperation() const {
  if (job_.cooperation) return *job_.cooperation;
  if (group_.cooperation) return *group_.cooperation;
  if (cooperation_) return *cooperation_;
  const absl::StatusOr<std::optional<procedure::Matter>> read = ReadCooperation(store_);
  if (!read.ok()) {
    if (failure_.ok()) failure_ = read.status();
    return {};
  }
  if (!read->has_value()) return {};
  cooperation_ = (*read)->id;
  return *cooperation_;
}

absl::StatusOr<procedure::Matters> MatterBook::Touched(const procedure::Act& act) {
  ClearFailure();
  procedure::Matters touched = procedure::Gather(act, *this);
  if (!failure_.ok()) return failure_;
  return touched;
}

absl::Status MatterBook::Put(const procedure::ProcedureSet& procedures,
                             const std::vector<procedure::Matter>& changed, store::Commit& commit) {
  ClearFailure();
  for (const procedure::Matter& matter : changed) {
    const bool is_new = Find(matter.id) == nullptr;
    const MatterId handle = matter.facts.IdOr(procedure::Fact::kHandle);
    bool newest = false;
    if (matter.kind == procedure::MatterKind::kCase && !handle.IsZero()) {
      const MatterId earlier = CaseOf(matter.requesting, handle);
      if (is_new) {
        // The person's row goes over to the new case.
        if (const procedure::Matter* old = Find(earlier)) PutRow(procedures, *old, false, commit);
        job_.cases[{matter.requesting, handle}] = matter.id;
      }
      newest = is_new || earlier == matter.id;
    }
    if (is_new && matter.kind == procedure::MatterKind::kCooperation) job_.cooperation = matter.id;
    PutRow(procedures, matter, newest, commit);
    job_.matters.insert_or_assign(matter.id, matter);
  }
  return failure_;
}

absl::Status MatterBook::Follow(const procedure::ProcedureSet& procedures,
                                const procedure::MatterTable& replayed, store::Commit& commit) {
  ClearFailure();
  struct Change {
    const procedure::Matter* matter;
    bool newest_of_person;
  };
  // All is compared before anything is put: a person's row may go from one case to another.
  std::vector<Change> changes;
  for (const auto& [id, matter] : replayed.all()) {
    const MatterId handle = matter.facts.IdOr(procedure::Fact::kHandle);
    const bool of_person = matter.kind == procedure::MatterKind::kCase && !handle.IsZero();
    const bool newest = of_person && replayed.CaseOf(matter.requesting, handle) == id;
    const procedure::Matter* stands = Find(id);
    const bool same = stands != nullptr && *stands == matter &&
                      (!of_person || newest == (CaseOf(matter.requesting, handle) == id));
    if (!same) changes.push_back({&matter, newest});
  }
  if (!failure_.ok()) return failure_;
  for (const Change& change : changes) {
    const procedure::Matter& matter = *change.matter;
    if (change.newest_of_person) {
      job_.cases[{matter.requesting, matter.facts.IdOr(procedure::Fact::kHandle)}] = matter.id;
    }
    if (matter.kind == procedure::MatterKind::kCooperation) job_.cooperation = matter.id;
    PutRow(procedures, matter, change.newest_of_person, commit);
    job_.matters.insert_or_assign(matter.id, matter);
  }
  return absl::OkStatus();
}

void MatterBook::PutRow(const procedure::ProcedureSet& procedures, const procedure::Matter& matter,
                        bool newest_of_person, store::Commit& commit) const {
  commit.matters.push_back(RowOf(procedures, matter, newest_of_person));
}

void MatterBook::KeepJob() {
  for (auto& [id, matter] : job_.matters) group_.matters.insert_or_assign(id, std::move(matter));
  for (const auto& [person, id] : job_.cases) group_.cases.insert_or_assign(person, id);
  if (job_.cooperation) group_.cooperation = job_.cooperation;
  job_ = {};
}

void MatterBook::DropJob() { job_ = {}; }

void MatterBook::KeepGroup() {
  if (cache_.size() + group_.matters.size() > max_cached_) cache_.clear();
  for (auto& [id, matter] : group_.matters) cache_.insert_or_assign(id, std::move(matter));
  if (group_.cooperation) cooperation_ = group_.cooperation;
  group_ = {};
}

void MatterBook::DropGroup() {
  job_ = {};
  group_ = {};
}

}  // namespace chancery::exchange
