#include "engine/procedure/step.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/base/check.h"
#include "engine/procedure/evaluate.h"

namespace chancery::procedure {

namespace {

const Lapse* LapseFor(const CheckedProcedure& procedure, const Matter& matter,
                      const std::string& limit) {
  for (const Lapse& lapse : procedure.terms().lapses) {
    if (lapse.matter == matter.kind && lapse.limit == limit &&
        std::find(lapse.from.begin(), lapse.from.end(), matter.stage) != lapse.from.end()) {
      return &lapse;
    }
  }
  return nullptr;
}

void StopLimit(Matter& matter, std::string_view name) {
  std::erase_if(matter.limits, [name](const RunningLimit& limit) { return limit.name == name; });
}

void SetStage(Matter& matter, const std::string& stage, const CheckedProcedure& procedure) {
  matter.stage = stage;
  // What has ended waits for nothing.
  if (procedure.IsTerminal(matter.kind, stage)) matter.limits.clear();
}

// Carries out effects in the scene of one act, line or lapse. What they change goes by the
// procedure in view.
class Effects {
 public:
  explicit Effects(Working& working) : working_(working) {}

  // `line` is what effects on `listed` or `entry` change; only those of lines have such (check.h).
  void Apply(const std::vector<Effect>& effects, const Scene& scene, Facts* line) {
    for (const Effect& effect : effects) {
      if (AllHold(effect.when, scene)) ApplyOne(effect, scene, line);
    }
  }

 private:
  static const Matter* MatterIn(const Scene& scene, Holder holder) {
    switch (holder) {
      case Holder::kCase:
        return scene.one_case;
      case Holder::kTransfer:
        return scene.transfer;
      case Holder::kFlight:
        return scene.flight;
      default:
        return nullptr;
    }
  }

  void ApplyOne(const Effect& effect, const Scene& scene, Facts* line) {
    if (effect.path.holder == Holder::kListed || effect.path.holder == Holder::kEntry) {
      CHANCERY_CHECK(line != nullptr);
      ApplyToFacts(effect, scene, *line);
      return;
    }
    const Matter* seen = MatterIn(scene, effect.path.holder);
    if (seen == nullptr) return;
    Matter& matter = working_.Change(seen->id);
    switch (effect.kind) {
      case Effect::Kind::kSet:
        if (effect.path.field == Field::kStage) {
          SetStage(matter, effect.operand->name, *scene.procedure);
        } else {
          ApplyToFacts(effect, scene, matter.facts);
        }
        return;
      case Effect::Kind::kClear:
        matter.facts.Erase(effect.path.fact);
        return;
      case Effect::Kind::kStart:
        Start(effect, scene, matter);
        return;
      case Effect::Kind::kStop:
        StopLimit(matter, effect.limit);
        return;
    }
  }

  static void ApplyToFacts(const Effect& effect, const Scene& scene, Facts& facts) {
    if (effect.kind == Effect::Kind::kClear) {
      facts.Erase(effect.path.fact);
      return;
    }
    // A fact that is not known is not written: what stood there before stays.
    std::visit(
        [&](const auto& known) {
          if constexpr (std::is_constructible_v<Value, decltype(known)>)
            facts.Set(effect.path.fact, known);
        },
        ValueOf(*effect.operand, scene));
  }

  static void Start(const Effect& effect, const Scene& scene, Matter& matter) {
    const LimitRule* limit = scene.procedure->FindLimit(effect.limit);
    CHANCERY_CHECK(limit != nullptr);  // Check() found every limit that a rule names
    Instant since = scene.now;
    if (effect.operand) {
      std::visit(
          [&](const auto& known) {
            if constexpr (std::is_same_v<std::decay_t<decltype(known)>, std::int64_t>)
              since = Instant{known};
          },
          ValueOf(*effect.operand, scene));
    }
    StopLimit(matter, effect.limit);
    matter.limits.push_back(
        {effect.limit, since, scene.procedure->FirstTooLate(*limit, since, ZoneOf(matter))});
  }

  Working& working_;
};

// The flight of that id when `party` may read it and it goes by that procedure: another is not
// there for the party's transfers, or a list could be judged by what another version made of the
// flight.
const Matter* FlightReadBy(const Working& working, const MatterId& id, PartyCode party,
                           const Digest& procedure) {
  const Matter* flight = working.Read(id);
  const bool readable = flight != nullptr && flight->kind == MatterKind::kFlight &&
                        flight->procedure == procedure && MayRead(*flight, party);
  return readable ? flight : nullptr;
}

// Puts the matters that belong to `subject` into a scene.
void Furnish(Scene& scene, const Working& working, const Matter* subject, PartyCode author) {
  scene.subject = subject;
  if (subject == nullptr) return;
  switch (subject->kind) {
    case MatterKind::kCase:
      scene.one_case = subject;
      break;
    case MatterKind::kFlight:
      scene.flight = subject;
      break;
    case MatterKind::kTransfer:
      scene.transfer = subject;
      scene.flight = FlightReadBy(working, subject->facts.IdOr(Fact::kFlight), subject->requesting,
                                  subject->procedure);
      break;
    case MatterKind::kCooperation:
      break;
  }
  if (scene.flight != nullptr) {
    const PartyCode party = subject->kind == MatterKind::kTransfer ? subject->requesting : author;
    for (const Facts& row : scene.flight->lines) {
      if (UnpackParty(row.NumberOr(Fact::kParty, 0)) == party) scene.lodged = &row;
    }
  }
}

// Applies every limit of `ids` that passed before `until`, in the order in which they passed.
std::vector<Lapsed> ApplyLapses(const ProcedureSet& procedures, Working& working,
                                const std::vector<MatterId>& ids, Instant at) {
  std::vector<Lapsed> lapses;
  for (;;) {
    const Matter* next = nullptr;
    RunningLimit limit;
    const Lapse* lapse = nullptr;
    for (const MatterId& id : ids) {
      const Matter& matter = *working.Read(id);  // one of those it was made of
      for (const RunningLimit& running : matter.limits) {
        if (running.until > at || (next != nullptr && running.until >= limit.until)) continue;
        const CheckedProcedure* procedure = procedures.Find(matter.procedure);
        const Lapse* found =
            procedure != nullptr ? LapseFor(*procedure, matter, running.name) : nullptr;
        if (found == nullptr) continue;
        next = &matter;
        limit = running;
        lapse = found;
      }
    }
    if (next == nullptr) return lapses;
    const MatterId id = next->id;
    StopLimit(working.Change(id), limit.name);
    Scene scene;
    scene.procedure = procedures.Find(next->procedure);
    scene.cooperation = working.before().Cooperation();
    scene.now = limit.until;
    Furnish(scene, working, working.Read(id), {});
    if (!lapse->to.empty()) SetStage(working.Change(id), lapse->to, *scene.procedure);
    Effects(working).Apply(lapse->effects, scene, nullptr);
    lapses.push_back({id, lapse->name, limit.until, working.Read(id)->stage, lapse->articles});
  }
}

std::vector<MatterId> IdsOf(const Matters& matters) {
  std::vector<MatterId> ids;
  for (const auto& [id, matter] : matters) ids.push_back(id);
  return ids;
}

// Of a matter that is not there yet: whether the author may open it.
bool HasRole(const Rule& rule, const Act& act, const Matter* subject) {
  if (rule.role == Role::kParty) {
    return std::find(rule.parties.begin(), rule.parties.end(), act.author) != rule.parties.end();
  }
  if (subject == nullptr) return rule.role == Role::kRequesting && act.author != act.addressee;
  const bool requesting = act.author == subject->requesting;
  const bool requested = act.author == subject->requested;
  bool has = false;
  switch (rule.role) {
    case Role::kRequesting:
      has = requesting;
      break;
    case Role::kRequested:
      has = requested;
      break;
    case Role::kEither:
      has = requesting || requested;
      break;
    case Role::kParticipant:
      has = requesting ||
            std::any_of(subject->lines.begin(), subject->lines.end(), [&](const Facts& row) {
              return UnpackParty(row.NumberOr(Fact::kParty, 0)) == act.author;
            });
      break;
    case Role::kParty:
      break;
  }
  const bool to_the_other = act.addressee != act.author && (act.addressee == subject->requesting ||
                                                            act.addressee == subject->requested);
  return has && to_the_other;
}

bool SameKey(const std::vector<Fact>& key, const Facts& one, const Facts& other) {
  return std::all_of(key.begin(), key.end(),
                     [&](Fact fact) { return ValueOf(one, fact) == ValueOf(other, fact); });
}

// Lines found by their key facts: those with equal keys are SameKey. Points into the lines, which
// must stand as they are while this is used.
class KeyedLines {
 public:
  // What the key facts of one line say; null where it says nothing.
  using Key = std::span<const Value* const>;

  KeyedLines(const std::vector<Fact>& key, const std::vector<Facts>& lines)
      : width_(key.size()), order_(lines.size()) {
    values_.reserve(lines.size() * width_);
    for (const Facts& line : lines) {
      for (const Fact fact : key) values_.push_back(line.Find(fact));
    }
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [this](std::size_t one, std::size_t other) {
      return Compare(KeyOf(one), KeyOf(other)) < 0;
    });
  }

  Key KeyOf(std::size_t line) const { return Key(values_).subspan(line * width_, width_); }

  // The first line with that key.
  std::optional<std::size_t> Find(Key key) const {
    const auto at = std::lower_bound(
        order_.begin(), order_.end(), key,
        [this](std::size_t line, Key wanted) { return Compare(KeyOf(line), wanted) < 0; });
    if (at == order_.end() || Compare(KeyOf(*at), key) != 0) return std::nullopt;
    return *at;
  }

  // For each line how many before it have its key.
  std::vector<std::size_t> Repeated() const {
    std::vector<std::size_t> before(order_.size());
    for (std::size_t i = 1; i < order_.size(); ++i) {
      if (Compare(KeyOf(order_[i - 1]), KeyOf(order_[i])) == 0)
        before[order_[i]] = before[order_[i - 1]] + 1;
    }
    return before;
  }

 private:
  static int Compare(Key one, Key other) {
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (one[i] == nullptr || other[i] == nullptr) {
        if (one[i] == other[i]) continue;
        return one[i] == nullptr ? -1 : 1;
      }
      if (*one[i] < *other[i]) return -1;
      if (*other[i] < *one[i]) return 1;
    }
    return 0;
  }

  std::size_t width_;
  std::vector<const Value*> values_;  // `width_` for each line
  std::vector<std::size_t> order_;    // the lines by their keys, equal ones as they stand
};

// Where `lines` has the first line with the key of each of `wanted`.
std::vector<std::optional<std::size_t>> PlacesOf(const std::vector<Fact>& key,
                                                 const std::vector<Facts>& wanted,
                                                 const std::vector<Facts>& lines) {
  const KeyedLines by_key(key, lines);
  const KeyedLines keys(key, wanted);
  std::vector<std::optional<std::size_t>> places;
  places.reserve(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) places.push_back(by_key.Find(keys.KeyOf(i)));
  return places;
}

// One act on its way to a ruling.
class Judgement {
 public:
  Judgement(const ProcedureSet& procedures, const Matters& touched, const RecordedAct& recorded,
            Onlooker* onlooker)
      : procedures_(procedures),
        recorded_(recorded),
        act_(recorded.act),
        onlooker_(onlooker),
        working_(touched),
        effects_(working_) {}

  Stepped Run() {
    Stepped stepped;
    stepped.ruling.lapses =
        ApplyLapses(procedures_, working_, PassedReadBy(act_.author), recorded_.recorded_at);
    stepped.readers = ReadersOf(act_, working_.before());
    std::vector<Matter> before_act = working_.Save();
    std::optional<Inadmissible> refused = Judge();
    if (refused) {
      working_.Restore(std::move(before_act));
      stepped.ruling.outcome = *std::move(refused);
      stepped.changed = working_.TakeChanged();
      return stepped;
    }
    stepped.changed = working_.TakeChanged();
    Admitted admitted{{rule_->name, rule_->articles}, {}};
    for (const Matter& matter : stepped.changed)
      admitted.changed.push_back({matter.id, matter.stage});
    stepped.ruling.outcome = std::move(admitted);
    return stepped;
  }

 private:
  std::optional<Inadmissible> Judge() {
    const ActInfo* info = FindAct(act_.kind);
    CHANCERY_CHECK(info != nullptr);
    if (auto refused = FindProcedure(*info)) return refused;
    if (auto refused = FindRule(*info)) return refused;
    if (!SealsLacking(rule_->seals, Seals()).empty()) return Refuse(Ground::kMissingSeal);
    if (auto refused = CheckFacts()) return refused;
    Open(*info);
    if (auto refused = CheckGuards(rule_->guards, scene_, {})) return refused;
    if (auto refused = CheckMove()) return refused;
    if (auto refused = CarryLines()) return refused;
    Refresh();
    effects_.Apply(rule_->effects, scene_, nullptr);
    Refresh();
    if (!rule_->to.empty()) SetStage(working_.Change(act_.matter), rule_->to, *procedure_);
    // The one consequence that no sentence can write: what has been agreed by both moves the case.
    if (act_.kind == ActKind::kMoveAgreed)
      working_.Change(act_.matter).procedure = act_.facts.DigestOr(Fact::kProcedure);
    return std::nullopt;
  }

  // A matter that the author may not read does not exist for the act: its readers could not follow
  // the ruling otherwise, and the author would learn that it is there.
  // Only those in which a limit has passed: a lapse moves no matter but its own.
  std::vector<MatterId> PassedReadBy(PartyCode author) const {
    std::vector<MatterId> ids;
    for (const auto& [id, matter] : working_.before()) {
      const bool passed = std::any_of(
          matter.limits.begin(), matter.limits.end(),
          [&](const RunningLimit& limit) { return limit.until <= recorded_.recorded_at; });
      if (passed && MayRead(matter, author)) ids.push_back(id);
    }
    return ids;
  }
  const Matter* Subject() const {
    const Matter* matter = working_.Read(act_.matter);
    return matter != nullptr && MayRead(*matter, act_.author) ? matter : nullptr;
  }

  // Before a rule was found there is none to name.
  static Inadmissible RefuseByNone(Ground ground) { return {ground, {}, {}, {}}; }
  // A rule cites an article, or it would not have loaded (check.h).
  static Inadmissible RefuseBy(Ground ground, const Rule& rule) {
    return {ground, rule.articles.front(), rule.name, {}};
  }
  Inadmissible Refuse(Ground ground) const { return RefuseBy(ground, *rule_); }

  // The procedure the act is judged by, and its matter when there is one.
  std::optional<Inadmissible> FindProcedure(const ActInfo& info) {
    cooperation_ = working_.before().Cooperation();
    const CheckedProcedure* founding = procedures_.Founding();
    const Matter* subject = Subject();
    if (subject != nullptr && subject->kind != info.matter)
      return RefuseByNone(Ground::kUnknownMatter);
    procedure_ = procedures_.Find(act_.procedure);
    if (procedure_ == nullptr) return RefuseByNone(Ground::kProcedureNotInForce);
    if (info.matter == MatterKind::kCooperation) {
      if (procedure_ != founding) return RefuseByNone(Ground::kOtherProcedure);
      return std::nullopt;
    }
    if (subject != nullptr) {
      if (subject->procedure != act_.procedure) return RefuseByNone(Ground::kOtherProcedure);
      return std::nullopt;
    }
    if (!InForce(act_.procedure)) return RefuseByNone(Ground::kProcedureNotInForce);
    return std::nullopt;
  }

  bool InForce(const Digest& digest) const {
    const std::vector<Facts>& rows = working_.before().Register();
    return std::any_of(rows.begin(), rows.end(), [&](const Facts& row) {
      return GovernsNewMatters(row, recorded_.recorded_at) &&
             row.DigestOr(Fact::kProcedure) == digest;
    });
  }

  // The one rule for this act, by this party, in this stage.
  std::optional<Inadmissible> FindRule(const ActInfo& info) {
    const std::vector<const Rule*>& rules = procedure_->RulesOf(act_.kind);
    if (rules.empty()) return RefuseByNone(Ground::kOutOfTurn);
    const Matter* subject = Subject();
    const bool opening =
        std::any_of(rules.begin(), rules.end(), [](const Rule* rule) { return rule->opens; });
    const bool continuing = std::any_of(rules.begin(), rules.end(),
                                        [](const Rule* rule) { return !rule->from.empty(); });
    if (subject == nullptr && !opening) return RefuseBy(Ground::kUnknownMatter, *rules.front());
    // The door turns this away; whoever comes here all the same overwrites nobody's matter.
    if (subject == nullptr && working_.Read(act_.matter) != nullptr) {
      return RefuseBy(Ground::kMatterExists, *rules.front());
    }
    if (subject != nullptr && !continuing) return RefuseBy(Ground::kMatterExists, *rules.front());
    BuildScene(info, subject);
    if (onlooker_ != nullptr) onlooker_->Found(scene_);
    const Rule* role_fits = nullptr;
    const Rule* stage_fits = nullptr;
    for (const Rule* rule : rules) {
      if ((subject == nullptr ? !rule->opens : rule->from.empty()) ||
          !HasRole(*rule, act_, subject))
        continue;
      role_fits = rule;
      if (subject != nullptr &&
          std::find(rule->from.begin(), rule->from.end(), subject->stage) == rule->from.end())
        continue;
      stage_fits = rule;
      if (!AllHold(rule->when, scene_)) continue;
      rule_ = rule;
      return std::nullopt;
    }
    if (role_fits == nullptr) return RefuseBy(Ground::kWrongRole, *rules.front());
    if (stage_fits == nullptr) return RefuseBy(Ground::kOutOfTurn, *role_fits);
    return RefuseBy(Ground::kConditionNotMet, *stage_fits);
  }

  std::vector<Appointment> Seals() const {
    if (act_.kind == ActKind::kFounded) return SealsOf(recorded_, FoundersIn(recorded_), {});
    return SealsOf(recorded_, AppointmentsOf(working_.before().Register(), &recorded_.signers),
                   act_.author);
  }

  std::optional<Inadmissible> CheckFacts() const {
    for (const Fact fact : rule_->required) {
      if (!act_.facts.Has(fact)) return Refuse(Ground::kMissingFact);
    }
    if (rule_->particulars_required && !act_.commitment) return Refuse(Ground::kMissingFact);
    std::vector<std::uint32_t> lines;
    for (std::size_t i = 0; i < act_.lines.size(); ++i) {
      const bool whole = std::all_of(rule_->line_required.begin(), rule_->line_required.end(),
                                     [&](Fact fact) { return act_.lines[i].Has(fact); });
      if (!whole) lines.push_back(static_cast<std::uint32_t>(i));
    }
    if (lines.empty()) return std::nullopt;
    Inadmissible missing = Refuse(Ground::kMissingFact);
    missing.lines = std::move(lines);
    return missing;
  }

  void BuildScene(const ActInfo& info, const Matter* subject) {
    scene_ = Scene{};
    scene_.procedure = procedure_;
    scene_.cooperation = cooperation_;
    scene_.recorded = &recorded_;
    scene_.now = recorded_.recorded_at;
    scene_.working = &working_;
    const MatterId handle = act_.facts.IdOr(Fact::kHandle);
    if (info.matter == MatterKind::kCase && !handle.IsZero()) {
      // Another case of the same sender for the same person.
      for (const auto& [id, matter] : working_.before()) {
        if (matter.kind == MatterKind::kCase && id != act_.matter &&
            matter.requesting == act_.author && matter.facts.IdOr(Fact::kHandle) == handle) {
          scene_.earlier = working_.Read(id);
        }
      }
    }
    Furnish(scene_, working_, subject, act_.author);
    if (info.matter == MatterKind::kTransfer && subject == nullptr) FindFlightOfOpeningAct();
  }

  // An act that opens a transfer names its flight; only a flight its author may read is seen.
  void FindFlightOfOpeningAct() {
    const Matter* flight =
        FlightReadBy(working_, act_.facts.IdOr(Fact::kFlight), act_.author, act_.procedure);
    if (flight == nullptr) return;
    scene_.flight = flight;
    for (const Facts& row : flight->lines) {
      if (UnpackParty(row.NumberOr(Fact::kParty, 0)) == act_.author) scene_.lodged = &row;
    }
  }

  // A new matter as its opening act makes it, before the rule's own effects.
  void Open(const ActInfo& info) {
    if (working_.Read(act_.matter) != nullptr) return;
    Matter matter;
    matter.id = act_.matter;
    matter.kind = info.matter;
    matter.procedure = act_.procedure;
    matter.requesting = act_.author;
    matter.requested = act_.addressee;
    matter.stage = rule_->to;
    matter.facts.Set(Fact::kOpenedBy, recorded_.digest);
    if (info.matter == MatterKind::kTransfer)
      matter.facts.Set(Fact::kFlight, act_.facts.IdOr(Fact::kFlight));
    working_.Open(std::move(matter));
    Refresh();
  }

  // Points the scene at the matters as they are now.
  void Refresh() {
    const ActInfo* info = FindAct(act_.kind);
    BuildScene(*info, Subject());
  }

  std::optional<Inadmissible> CheckGuards(const std::vector<Guard>& guards, const Scene& scene,
                                          std::optional<std::uint32_t> line) const {
    for (const Guard& guard : guards) {
      if (!AllHold(guard.when, scene)) continue;
      const bool holds = Holds(guard.require, scene);
      if (onlooker_ != nullptr) onlooker_->Asked(guard, holds, scene, line);
      if (holds) continue;
      Inadmissible refused{guard.ground, guard.article, rule_->name, {}};
      if (line) refused.lines.push_back(*line);
      return refused;
    }
    return std::nullopt;
  }

  // Whether the version that an act moves its case to is in force and can carry the case on: it
  // knows the stage, and what silence means for every limit that runs.
  std::optional<Inadmissible> CheckMove() const {
    if (act_.kind != ActKind::kMoveProposed && act_.kind != ActKind::kMoveAgreed)
      return std::nullopt;
    const Digest to = act_.facts.DigestOr(Fact::kProcedure);
    const CheckedProcedure* version = procedures_.Find(to);
    if (version == nullptr || !InForce(to)) return Refuse(Ground::kProcedureNotInForce);
    const Matter& matter = *working_.Read(act_.matter);
    const StageRule* stage = version->FindStage(matter.kind, matter.stage);
    const bool known =
        stage != nullptr && !stage->terminal && to != matter.procedure &&
        std::all_of(matter.limits.begin(), matter.limits.end(), [&](const RunningLimit& limit) {
          return LapseFor(*version, matter, limit.name) != nullptr ||
                 LapseFor(*procedure_, matter, limit.name) == nullptr;
        });
    if (!known) return Refuse(Ground::kOtherProcedure);
    return std::nullopt;
  }

  std::optional<Inadmissible> CarryLines() {
    switch (rule_->line_use) {
      case LineUse::kNone:
        return std::nullopt;
      case LineUse::kPut:
        return PutRow();
      case LineUse::kReplace:
      case LineUse::kUpdate:
        return CarryEachLine();
    }
    return std::nullopt;
  }

  // The act itself becomes, or changes, one row of its matter.
  std::optional<Inadmissible> PutRow() {
    Facts row;
    effects_.Apply(rule_->line_effects, scene_, &row);
    Matter& matter = working_.Change(act_.matter);
    Facts* existing = nullptr;
    for (Facts& candidate : matter.lines) {
      if (SameKey(rule_->line_key, row, candidate)) existing = &candidate;
    }
    Scene scene = scene_;
    scene.entry = existing;
    if (auto refused = CheckGuards(rule_->line_guards, scene, {})) return refused;
    if (existing == nullptr) {
      matter.lines.push_back(std::move(row));
    } else {
      // On the row as it was, so that what the rule clears goes from it too.
      const Facts before = *existing;
      scene.entry = &before;
      effects_.Apply(rule_->line_effects, scene, existing);
    }
    Refresh();
    return std::nullopt;
  }

  std::optional<Inadmissible> CarryEachLine() {
    const bool replace = rule_->line_use == LineUse::kReplace;
    // Each ground is named once, with every line it is about.
    std::optional<Inadmissible> refused;
    std::vector<std::size_t> places;  // where the line that each line changes will stand
    places.reserve(act_.lines.size());
    const auto note = [&](const Inadmissible& one) {
      if (!refused) {
        refused = one;
      } else if (refused->ground == one.ground && refused->article == one.article) {
        refused->lines.insert(refused->lines.end(), one.lines.begin(), one.lines.end());
      }
    };
    const std::vector<Facts>& listed_lines = working_.Read(act_.matter)->lines;
    const KeyedLines by_key(rule_->line_key, listed_lines);
    const KeyedLines keys(rule_->line_key, act_.lines);
    const std::vector<std::size_t> repeated = keys.Repeated();
    for (std::size_t i = 0; i < act_.lines.size(); ++i) {
      const Facts& line = act_.lines[i];
      const auto index = static_cast<std::uint32_t>(i);
      // A line is named once for each one before it that it repeats.
      for (std::size_t other = 0; other < repeated[i]; ++other)
        note(AboutLine(Ground::kDuplicateLine, index));
      const std::optional<std::size_t> found = by_key.Find(keys.KeyOf(i));
      const Facts* listed = found ? &listed_lines[*found] : nullptr;
      places.push_back(replace ? i : found.value_or(0));
      const Matter* one_case = CaseOfLine(line, scene_);
      if (!replace && listed == nullptr) {
        note(AboutLine(Ground::kUnknownLine, index));
        continue;
      }
      if (line.Has(Fact::kCase) && one_case == nullptr) {
        note(AboutLine(Ground::kUnknownLine, index));
        continue;
      }
      Scene scene = scene_;
      scene.line = &line;
      scene.listed = listed;
      scene.one_case = one_case;
      if (auto one = CheckGuards(rule_->line_guards, scene, index)) note(*one);
    }
    if (refused) return refused;
    if (replace) SetFreeThoseLeftOut();
    WriteLines(replace, std::move(places));
    return std::nullopt;
  }

  Inadmissible AboutLine(Ground ground, std::uint32_t line) const {
    Inadmissible refused = Refuse(ground);
    refused.lines.push_back(line);
    return refused;
  }

  // A person whom a later revision leaves out stands on no list any more.
  void SetFreeThoseLeftOut() {
    const std::vector<Facts>& old_lines = working_.Read(act_.matter)->lines;
    const KeyedLines kept(rule_->line_key, act_.lines);
    const KeyedLines keys(rule_->line_key, old_lines);
    for (std::size_t i = 0; i < old_lines.size(); ++i) {
      const MatterId id = old_lines[i].IdOr(Fact::kCase);
      const Matter* one_case = working_.Read(id);
      if (!kept.Find(keys.KeyOf(i)) && one_case != nullptr &&
          one_case->facts.IdOr(Fact::kList) == act_.matter) {
        working_.Change(id).facts.Erase(Fact::kList);
      }
    }
  }

  // No line of the act repeats another, so that each has a place of its own in `places`.
  void WriteLines(bool replace, std::vector<std::size_t> places) {
    Matter& matter = working_.Change(act_.matter);
    if (replace) matter.lines = act_.lines;
    Refresh();  // once: from here on the matters of the scene stay where they are
    for (std::size_t i = 0; i < act_.lines.size(); ++i) {
      const Facts& line = act_.lines[i];
      Facts& listed = matter.lines[places[i]];
      Scene scene = scene_;
      scene.line = &line;
      scene.listed = &listed;
      scene.one_case = CaseOfLine(line, scene_);
      effects_.Apply(rule_->line_effects, scene, &listed);
      // An effect may write a key fact: then other lines are the first of their keys.
      if (!SameKey(rule_->line_key, line, listed)) {
        const auto found = PlacesOf(rule_->line_key, act_.lines, matter.lines);
        for (std::size_t next = i + 1; next < found.size(); ++next) {
          CHANCERY_CHECK(found[next].has_value());
          places[next] = *found[next];
        }
      }
    }
  }

  const ProcedureSet& procedures_;
  const RecordedAct& recorded_;
  const Act& act_;
  Onlooker* const onlooker_;  // null when nobody looks
  Working working_;
  Effects effects_;
  const Matter* cooperation_ = nullptr;
  const CheckedProcedure* procedure_ = nullptr;
  const Rule* rule_ = nullptr;
  Scene scene_;
};

// What a role may do in the stage a matter is in, each act once.
std::vector<std::string> ActsOf(const CheckedProcedure& procedure, const Matter& matter,
                                Role role) {
  std::vector<std::string> acts;
  for (const Rule& rule : procedure.terms().rules) {
    const ActInfo* info = FindAct(rule.act);
    if (info == nullptr || info->matter != matter.kind || rule.role != role) continue;
    if (std::find(rule.from.begin(), rule.from.end(), matter.stage) == rule.from.end()) continue;
    const std::string name(info->name);
    if (std::find(acts.begin(), acts.end(), name) == acts.end()) acts.push_back(name);
  }
  return acts;
}

void SetLimit(const RunningLimit& limit, const Lapse& lapse, Due& due) {
  due.limit = limit.name;
  due.since = limit.since;
  due.until = limit.until;
  due.silence = lapse.name;
}

std::string SealsInWords(const std::vector<SealNeeded>& seals) {
  std::string text;
  for (const SealNeeded& seal : seals) {
    if (!text.empty()) text += ", ";
    text += std::string(WordName(Fact::kOffice, seal.office)) + " " + std::to_string(seal.count);
  }
  return text;
}

}  // namespace

std::optional<TurnedAway> AtTheDoor(const ProcedureSet& procedures, const Matters& touched,
                                    const RecordedAct& recorded) {
  const bool founded = touched.Cooperation() != nullptr;
  const bool founding_act = recorded.act.kind == ActKind::kFounded;
  if (!founded && !founding_act) {
    return TurnedAway{
        DoorGround::kNotFounded,
        "act: the ledger has no founding act; record the act \"founded\" of both sides first"};
  }
  if (founded && founding_act) {
    return TurnedAway{DoorGround::kNotFounded,
                      "act: the ledger is founded already; nothing needs to be done"};
  }
  const std::vector<Appointment> appointments =
      founding_act ? FoundersIn(recorded) : AppointmentsOf(touched.Register());
  const bool author_appointed =
      std::any_of(appointments.begin(), appointments.end(), [&](const Appointment& appointment) {
        return appointment.party == recorded.act.author &&
               appointment.from <= recorded.recorded_at &&
               (!appointment.until || recorded.recorded_at < *appointment.until);
      });
  if (!author_appointed) {
    return TurnedAway{
        DoorGround::kAuthorNotAppointed,
        "author: no office of " + recorded.act.author.ToText() +
            " is appointed at this time; have the party's authority and offices appointed first"};
  }
  const Matter* existing = touched.Find(recorded.act.matter);
  if (existing != nullptr && !MayRead(*existing, recorded.act.author)) {
    const CheckedProcedure* named = procedures.Find(recorded.act.procedure);
    const std::vector<const Rule*> rules =
        named != nullptr ? named->RulesOf(recorded.act.kind) : std::vector<const Rule*>();
    if (std::any_of(rules.begin(), rules.end(), [](const Rule* rule) { return rule->opens; })) {
      return TurnedAway{
          DoorGround::kMatterTaken,
          "matter: this identifier cannot be used; open the matter under 16 fresh random bytes"};
    }
  }
  const PartyCode party = founding_act ? PartyCode{} : recorded.act.author;
  const std::vector<Appointment> seals = SealsOf(recorded, appointments, party);
  if (seals.size() != std::set<Digest>(recorded.signers.begin(), recorded.signers.end()).size() ||
      seals.empty()) {
    return TurnedAway{DoorGround::kSignerNotAppointed,
                      "seal: not every certificate is appointed for an office of the author at "
                      "this time; seal with "
                      "keys of appointed offices"};
  }
  const CheckedProcedure* procedure = procedures.Find(recorded.act.procedure);
  if (procedure == nullptr)
    return std::nullopt;  // recorded as inadmissible: its procedure is not in force
  const std::vector<const Rule*>& rules = procedure->RulesOf(recorded.act.kind);
  if (rules.empty()) return std::nullopt;  // recorded as inadmissible: no rule knows the act
  const bool satisfied = std::any_of(rules.begin(), rules.end(), [&](const Rule* rule) {
    return SealsLacking(rule->seals, seals).empty();
  });
  if (!satisfied) {
    return TurnedAway{DoorGround::kSealMissing,
                      "seal: the act needs the seals of " + SealsInWords(rules.front()->seals) +
                          ", each of another officer; add those that are missing and submit it "
                          "again"};
  }
  return std::nullopt;
}

Stepped Step(const ProcedureSet& procedures, const Matters& touched, const RecordedAct& recorded,
             Onlooker* onlooker) {
  return Judgement(procedures, touched, recorded, onlooker).Run();
}

Scene SceneBefore(const ProcedureSet& procedures, const Matters& matters,
                  const RecordedAct& recorded) {
  const Working working(matters);
  Scene scene;
  scene.procedure = procedures.Find(recorded.act.procedure);
  scene.cooperation = matters.Cooperation();
  scene.recorded = &recorded;
  scene.now = recorded.recorded_at;
  Furnish(scene, working, matters.Find(recorded.act.matter), recorded.act.author);
  return scene;
}

Elapsed ElapsedBy(const ProcedureSet& procedures, const Matters& matters, Instant at) {
  Working working(matters);
  Elapsed elapsed;
  elapsed.lapses = ApplyLapses(procedures, working, IdsOf(matters), at);
  elapsed.changed = working.TakeChanged();
  return elapsed;
}

Standing StandingAt(const ProcedureSet& procedures, const Matters& matters, Instant at) {
  Working working(matters);
  const std::vector<MatterId> ids = IdsOf(matters);
  Standing standing;
  standing.lapses = ApplyLapses(procedures, working, ids, at);
  for (const MatterId& id : ids) {
    const Matter& matter = *working.Read(id);
    standing.matters.push_back(matter);
    const CheckedProcedure* procedure = procedures.Find(matter.procedure);
    const StageRule* stage =
        procedure != nullptr ? procedure->FindStage(matter.kind, matter.stage) : nullptr;
    if (stage == nullptr || stage->terminal) continue;
    Due due;
    due.matter = id;
    due.kind = matter.kind;
    due.stage = matter.stage;
    due.by = stage->due == Role::kRequesting ? matter.requesting : matter.requested;
    for (const RunningLimit& limit : matter.limits) {
      const Lapse* lapse = LapseFor(*procedure, matter, limit.name);
      if (lapse == nullptr || lapse->due || (!due.limit.empty() && limit.until >= due.until))
        continue;
      SetLimit(limit, *lapse, due);
    }
    due.acts = ActsOf(*procedure, matter, stage->due);
    standing.due.push_back(due);
    // A limit that is one party's alone, whoever's turn the stage is.
    for (const RunningLimit& limit : matter.limits) {
      const Lapse* lapse = LapseFor(*procedure, matter, limit.name);
      if (lapse == nullptr || !lapse->due) continue;
      Due own = due;
      own.by = *lapse->due == Role::kRequesting ? matter.requesting : matter.requested;
      own.acts = ActsOf(*procedure, matter, *lapse->due);
      SetLimit(limit, *lapse, own);
      standing.due.push_back(std::move(own));
    }
  }
  return standing;
}

std::optional<Instant> NextTimeLimit(const ProcedureSet& procedures, const Matters& matters) {
  std::optional<Instant> next;
  for (const auto& [id, matter] : matters) {
    const CheckedProcedure* procedure = procedures.Find(matter.procedure);
    if (procedure == nullptr) continue;
    for (const RunningLimit& limit : matter.limits) {
      if (LapseFor(*procedure, matter, limit.name) == nullptr) continue;
      if (!next || limit.until < *next) next = limit.until;
    }
  }
  return next;
}

}  // namespace chancery::procedure
