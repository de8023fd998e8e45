#include "engine/checker/live.h"

#include <algorithm>
#include <vector>

namespace chancery::checker {

namespace {

using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::Field;
using procedure::Holder;
using procedure::Lapse;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Path;
using procedure::Rule;

Holder HolderOf(MatterKind kind) {
  switch (kind) {
    case MatterKind::kFlight:
      return Holder::kFlight;
    case MatterKind::kTransfer:
      return Holder::kTransfer;
    default:
      return Holder::kCase;
  }
}

// What one way from a stage to the next does with the matter's facts and limits.
struct Way {
  std::string from;
  std::vector<std::string> to;
  std::set<Fact> reads;
  std::set<Fact> writes;  // whatever stood there before is gone
  std::set<std::string> reads_limits;
  std::set<std::string> ends_limits;  // starts anew or stops, whatever ran before
};

void AddLimitsOf(const Operand& operand, std::set<std::string>& limits);
void AddLimitsOf(const Condition& condition, std::set<std::string>& limits) {
  for (const Operand& operand : condition.operands) AddLimitsOf(operand, limits);
  for (const Condition& inner : condition.inner) AddLimitsOf(inner, limits);
}
void AddLimitsOf(const Operand& operand, std::set<std::string>& limits) {
  const bool running = operand.kind == Operand::Kind::kLimit && !operand.has_path;
  if (running || operand.kind == Operand::Kind::kSince) limits.insert(operand.name);
  for (const Condition& condition : operand.where) AddLimitsOf(condition, limits);
}

// Whether an operand always has a value: only then does an effect overwrite what stood there.
bool IsAlwaysKnown(const Operand& operand, const Rule* rule) {
  if (operand.kind == Operand::Kind::kNumber) return true;
  if (operand.kind != Operand::Kind::kPath || operand.path.holder != Holder::kAct) return false;
  switch (operand.path.field) {
    case Field::kDigest:
    case Field::kAuthor:
    case Field::kAddressee:
    case Field::kRecordedAt:
    case Field::kReceivedAt:
      return true;
    case Field::kFact:
      return rule != nullptr && std::find(rule->required.begin(), rule->required.end(),
                                          operand.path.fact) != rule->required.end();
    default:
      return false;
  }
}

void AddEffects(const std::vector<const Effect*>& effects, Holder holder, const Rule* rule,
                Way& way) {
  for (const Effect* effect : effects) {
    for (const Condition& condition : effect->when) AddLimitsOf(condition, way.reads_limits);
    if (effect->operand) AddLimitsOf(*effect->operand, way.reads_limits);
    if (effect->path.holder != holder) continue;
    const bool always = effect->when.empty();
    switch (effect->kind) {
      case Effect::Kind::kSet:
        if (effect->path.field == Field::kStage) {
          way.to.push_back(effect->operand->name);
        } else if (always && IsAlwaysKnown(*effect->operand, rule)) {
          way.writes.insert(effect->path.fact);
        }
        break;
      case Effect::Kind::kClear:
        if (always) way.writes.insert(effect->path.fact);
        break;
      case Effect::Kind::kStart:
      case Effect::Kind::kStop:
        if (always) way.ends_limits.insert(effect->limit);
        break;
    }
  }
}

void AddReads(const std::vector<Path>& paths, Holder holder, std::set<Fact>& reads) {
  for (const Path& path : paths) {
    if (path.field == Field::kFact && path.holder == holder) reads.insert(path.fact);
  }
}

// What a rule of the matter itself does; `effects` are those outside its lines.
Way WayOf(const Rule& rule, Holder holder) {
  Way way;
  if (!rule.to.empty()) way.to.push_back(rule.to);
  AddReads(PathsOf(rule), holder, way.reads);
  for (const Condition* condition : ConditionsOf(rule)) AddLimitsOf(*condition, way.reads_limits);
  std::vector<const Effect*> effects;
  for (const Effect& effect : rule.effects) effects.push_back(&effect);
  AddEffects(effects, holder, &rule, way);
  return way;
}

}  // namespace

Live::Live(const procedure::CheckedProcedure& procedure, const Reading& reading,
           const std::set<procedure::ActKind>& without, Company company)
    : reading_(reading) {
  const procedure::Procedure& terms = procedure.terms();
  for (const Rule& rule : terms.rules) {
    for (const Condition* condition : ConditionsOf(rule)) {
      for (const Operand& operand : condition->operands) {
        if (operand.kind == Operand::Kind::kLimit && !operand.has_path)
          compared_limits_.insert(operand.name);
      }
    }
  }
  for (const MatterKind kind : {MatterKind::kCase, MatterKind::kFlight, MatterKind::kTransfer}) {
    const Holder holder = HolderOf(kind);
    // What an act on another matter reads of this one, in whatever stage it is, and where it may
    // move it.
    Way from_outside;
    std::vector<Way> ways;
    for (const Rule& rule : terms.rules) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      if (act == nullptr || without.contains(rule.act)) continue;
      if (act->matter == kind) {
        Way way = WayOf(rule, holder);
        for (const std::string& from : rule.from) {
          way.from = from;
          ways.push_back(way);
          if (rule.to.empty()) ways.back().to.push_back(from);
        }
        if (kind == MatterKind::kCase && company.other_cases)
          AddReads(PathsOf(rule), Holder::kEarlier, from_outside.reads);
      } else if (company.travel) {
        AddReads(PathsOf(rule), holder, from_outside.reads);
        for (const Effect* effect : EffectsOf(rule)) {
          if (effect->kind == Effect::Kind::kSet && effect->path.holder == holder &&
              effect->path.field == Field::kStage) {
            from_outside.to.push_back(effect->operand->name);
          }
        }
      }
    }
    for (const Lapse& lapse : terms.lapses) {
      if (lapse.matter != kind) continue;
      Way way;
      if (!lapse.to.empty()) way.to.push_back(lapse.to);
      std::vector<const Effect*> effects;
      for (const Effect& effect : lapse.effects) {
        effects.push_back(&effect);
        for (const Condition& condition : effect.when)
          AddReads(PathsOf(condition), holder, way.reads);
        if (effect.operand) AddReads(PathsOf(*effect.operand), holder, way.reads);
      }
      AddEffects(effects, holder, nullptr, way);
      way.reads_limits.insert(lapse.limit);
      for (const std::string& from : lapse.from) {
        way.from = from;
        ways.push_back(way);
        if (lapse.to.empty()) ways.back().to.push_back(from);
      }
    }
    std::map<std::string, Stage> stages;
    for (const procedure::StageRule& stage : terms.stages) {
      if (stage.matter != kind) continue;
      Stage& live = stages[stage.name];
      live.terminal = stage.terminal;
      live.over = stage.terminal;
      live.facts = from_outside.reads;
      if (!stage.terminal && !from_outside.to.empty())
        ways.push_back({stage.name, from_outside.to, {}, {}, {}, {}});
    }
    for (bool grown = true; grown;) {
      grown = false;
      for (const Way& way : ways) {
        const auto at = stages.find(way.from);
        if (at == stages.end()) continue;
        Stage& live = at->second;
        const std::size_t before = live.facts.size() + live.limits.size() + (live.over ? 1 : 0);
        live.facts.insert(way.reads.begin(), way.reads.end());
        live.limits.insert(way.reads_limits.begin(), way.reads_limits.end());
        for (const std::string& to : way.to) {
          const auto next = stages.find(to);
          if (next == stages.end()) continue;
          for (const Fact fact : next->second.facts) {
            if (!way.writes.contains(fact)) live.facts.insert(fact);
          }
          // What has ended has no limits any more.
          if (!next->second.terminal) {
            for (const std::string& limit : next->second.limits) {
              if (!way.ends_limits.contains(limit)) live.limits.insert(limit);
            }
          }
          if (!next->second.over) live.over = false;
        }
        if (live.facts.size() + live.limits.size() + (live.over ? 1 : 0) != before) grown = true;
      }
    }
    for (auto& [name, live] : stages) {
      std::erase_if(live.facts, [&](Fact fact) { return !reading.Reads(KeeperOf(holder), fact); });
      // What the core itself reads of a matter, without a sentence.
      if (kind == MatterKind::kCase) live.facts.insert(Fact::kHandle);
      if (kind == MatterKind::kCase && !live.terminal) live.facts.insert(Fact::kCategory);
      if (kind == MatterKind::kFlight) live.facts.insert(Fact::kCarrier);
      if (kind == MatterKind::kTransfer) live.facts.insert(Fact::kFlight);
      stages_.emplace(std::pair(kind, name), std::move(live));
    }
  }
}

const Live::Stage* Live::Find(const Matter& matter) const {
  const auto at = stages_.find({matter.kind, matter.stage});
  return at != stages_.end() ? &at->second : nullptr;
}

bool Live::IsLive(const Matter& matter, Fact fact) const {
  const Stage* stage = Find(matter);
  return stage == nullptr || stage->facts.contains(fact);
}

bool Live::IsLiveInRow(Fact fact) const {
  // By what a row is found, the core finds it without a sentence.
  return fact == Fact::kParty || fact == Fact::kCase || fact == Fact::kHandle ||
         reading_.Reads(Keeper::kRow, fact);
}

bool Live::IsLiveLimit(const Matter& matter, const std::string& limit) const {
  const Stage* stage = Find(matter);
  return stage == nullptr || stage->limits.contains(limit);
}

bool Live::IsTerminal(const Matter& matter) const {
  const Stage* stage = Find(matter);
  return stage != nullptr && stage->terminal;
}

bool Live::IsOver(const Matter& matter) const {
  const Stage* stage = Find(matter);
  return stage != nullptr && stage->over;
}

}  // namespace chancery::checker
