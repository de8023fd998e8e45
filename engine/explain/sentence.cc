#include "engine/explain/sentence.h"

#include <algorithm>

#include "engine/explain/words.h"

namespace chancery::explain {

using procedure::Condition;
using procedure::Effect;
using procedure::Fact;
using procedure::FactType;
using procedure::Field;
using procedure::Holder;
using procedure::Known;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Path;
using procedure::Procedure;
using procedure::Scene;

namespace {

bool IsOfAct(Holder holder) { return holder == Holder::kAct || holder == Holder::kLine; }

// Who has the fact, as the subject of a sentence.
std::string HolderInWords(Holder holder) {
  switch (holder) {
    case Holder::kAct:
      return "the act";
    case Holder::kCase:
      return "the case";
    case Holder::kTransfer:
      return "the transfer";
    case Holder::kFlight:
      return "the flight";
    case Holder::kLine:
      return "the line";
    case Holder::kListed:
      return "the listed line";
    case Holder::kLodged:
      return "the state on the flight";
    case Holder::kEarlier:
      return "the earlier case";
    case Holder::kEntry:
      return "the entry";
  }
  return {};
}

// What the language distinguishes; stages are words of their own.
FactType TypeOf(const Path& path) {
  switch (path.field) {
    case Field::kFact:
      return procedure::InfoOf(path.fact).type;
    case Field::kRecordedAt:
    case Field::kReceivedAt:
      return FactType::kInstant;
    case Field::kRequesting:
    case Field::kRequested:
    case Field::kAuthor:
    case Field::kAddressee:
      return FactType::kParty;
    case Field::kId:
      return FactType::kId;
    case Field::kDigest:
    case Field::kAnswers:
    case Field::kCommitment:
      return FactType::kDigest;
    case Field::kStage:
      break;
  }
  return FactType::kWord;
}

bool IsFlag(const Path& path) {
  return path.field == Field::kFact && TypeOf(path) == FactType::kFlag;
}

class Speaker {
 public:
  explicit Speaker(const Procedure& terms) : terms_(terms) {}

  std::string Say(const Condition& condition) const {
    switch (condition.kind) {
      case Condition::Kind::kCompare:
        return condition.operands.size() == 2 ? Comparison(condition) : std::string();
      case Condition::Kind::kIn:
        return condition.operands.size() >= 2 ? Membership(condition) : std::string();
      case Condition::Kind::kKnown:
      case Condition::Kind::kUnknown:
        return condition.operands.empty() ? std::string()
                                          : Knowing(condition.operands.front().path,
                                                    condition.kind == Condition::Kind::kKnown);
      case Condition::Kind::kSome:
      case Condition::Kind::kNo:
      case Condition::Kind::kEvery:
        return OverLines(condition);
      case Condition::Kind::kSuspended:
        return "the cooperation is suspended for this matter";
      case Condition::Kind::kNotSuspended:
        return "the cooperation is not suspended for this matter";
      case Condition::Kind::kCarrierAccepted:
        return condition.operands.empty()
                   ? std::string()
                   : Thing(condition.operands.front().path) + " is a carrier that is accepted";
      case Condition::Kind::kMayTakePart:
        return condition.operands.empty()
                   ? std::string()
                   : Thing(condition.operands.front().path) + " may take part on that day";
      case Condition::Kind::kAppointed:
        return condition.operands.empty()
                   ? std::string()
                   : Thing(condition.operands.front().path) + " has an appointed authority";
      case Condition::Kind::kFamiliesTogether:
        return "no minor of a family is then aboard without an adult of it";
    }
    return {};
  }

  std::string SayAll(const std::vector<Condition>& conditions) const {
    std::vector<std::string> parts;
    for (const Condition& condition : conditions) parts.push_back(Say(condition));
    return Listed(parts);
  }

  // A path as a thing: "the case's verification", "the act's author".
  std::string Thing(const Path& path) const {
    switch (path.field) {
      case Field::kFact:
        break;
      case Field::kStage:
        return Owned(path.holder, "stage");
      case Field::kId:
        return path.holder == Holder::kTransfer ? "this transfer" : HolderInWords(path.holder);
      case Field::kRequesting:
        return Owned(path.holder, "requesting party");
      case Field::kRequested:
        return Owned(path.holder, "requested party");
      case Field::kAuthor:
        return "the act's author";
      case Field::kAddressee:
        return "the act's addressee";
      case Field::kDigest:
        return "this act";
      case Field::kAnswers:
        return "the act that it answers";
      case Field::kCommitment:
        return "the commitment to the act's particulars";
      case Field::kRecordedAt:
        return "the moment of recording";
      case Field::kReceivedAt:
        return "the moment of receipt";
    }
    return Owned(path.holder, NounOf(path.fact));
  }

  std::string Value(const Operand& operand, const Path* typed_by) const {
    switch (operand.kind) {
      case Operand::Kind::kPath:
        return Plus(Thing(operand.path), TypeOf(operand.path), operand.number);
      case Operand::Kind::kNumber:
        if (typed_by != nullptr && typed_by->field == Field::kFact)
          return NumberInWords(typed_by->fact, operand.number);
        if (typed_by != nullptr && TypeOf(*typed_by) == FactType::kParty)
          return procedure::UnpackCode(operand.number);
        return std::to_string(operand.number);
      case Operand::Kind::kStage:
        return Spaced(operand.name);
      case Operand::Kind::kLimit:
        return operand.has_path ? "the end of the " + LimitInWords(operand.name, terms_) +
                                      " counted from " + Thing(operand.path)
                                : "the end of the " + LimitInWords(operand.name, terms_);
      case Operand::Kind::kSince:
        return "the moment from which the " + LimitInWords(operand.name, terms_) + " counts";
      case Operand::Kind::kDay:
        return Plus(DayOf(operand.path), FactType::kDate, operand.number);
      case Operand::Kind::kCount:
        return "the number of " + Lines(operand);
      case Operand::Kind::kSum:
        return "the sum of the " + NounOf(operand.path.fact) + " over " + Lines(operand);
    }
    return {};
  }

  std::string Say(const Effect& effect) const {
    switch (effect.kind) {
      case Effect::Kind::kStart: {
        std::string text = "the " + LimitInWords(effect.limit, terms_) + " begins";
        if (effect.operand) text += ", counted from " + Value(*effect.operand, nullptr);
        return text;
      }
      case Effect::Kind::kStop:
        return "the limit " + Spaced(effect.limit) + " stops";
      case Effect::Kind::kClear:
        return IsFlag(effect.path) && !ClauseOf(effect.path.fact, true).empty()
                   ? "it is no longer on record that " + Clause(effect.path.fact, true)
                   : Thing(effect.path) + " is no longer on record";
      case Effect::Kind::kSet:
        break;
    }
    if (!effect.operand) return {};
    if (effect.path.field == Field::kStage)
      return HolderInWords(effect.path.holder) + " is then " + Value(*effect.operand, nullptr);
    const bool number = effect.operand->kind == Operand::Kind::kNumber;
    if (number && IsFlag(effect.path) && !ClauseOf(effect.path.fact, true).empty())
      return "it is on record that " + Clause(effect.path.fact, effect.operand->number != 0);
    const Path& source = effect.operand->path;
    if (effect.operand->kind == Operand::Kind::kPath && source.field == Field::kFact &&
        effect.path.field == Field::kFact && source.fact == effect.path.fact &&
        effect.operand->number == 0) {
      return HolderInWords(effect.path.holder) + " takes over from " +
             HolderInWords(source.holder) + " " + Saying(source);
    }
    return Thing(effect.path) + " is then " + Value(*effect.operand, &effect.path);
  }

 private:
  static std::string Clause(Fact fact, bool yes) { return std::string(ClauseOf(fact, yes)); }

  // In "some line …" and "the number of lines …" the line is what is spoken of already.
  std::string Owned(Holder holder, const std::string& noun) const {
    if (holder == spoken_of_) return "the " + noun;
    if (holder == Holder::kLodged) return "the " + noun + " that the state lodged on the flight";
    return HolderInWords(holder) + "'s " + noun;
  }

  std::string DayOf(const Path& path) const {
    if (path.field == Field::kRecordedAt) return "the day of recording";
    if (path.field == Field::kReceivedAt) return "the day of receipt";
    return "the day of " + Thing(path);
  }

  static std::string Plus(const std::string& thing, FactType type, std::int64_t number) {
    if (number == 0) return thing;
    if (type == FactType::kDate) {
      return number == 1 ? "the day after " + thing
                         : std::to_string(number) + " days after " + thing;
    }
    return thing + " plus " + std::to_string(number);
  }

  std::string Lines(const Operand& operand) const {
    std::string text = operand.path.holder == Holder::kListed   ? "the transfer's lines"
                       : operand.path.holder == Holder::kLodged ? "the flight's states"
                                                                : "the act's lines";
    if (operand.where.empty()) return text;
    Speaker inner(terms_);
    inner.spoken_of_ = operand.path.holder;
    return text + " where " + inner.SayAll(operand.where);
  }

  std::string OverLines(const Condition& condition) const {
    if (condition.inner.empty()) return {};
    Speaker inner(terms_);
    inner.spoken_of_ = Holder::kLine;
    const Condition& about = condition.inner.front();
    const bool known = about.kind == Condition::Kind::kKnown && !about.operands.empty() &&
                       about.operands.front().path.holder == Holder::kLine;
    if (known) {
      const std::string says = " says " + Saying(about.operands.front().path);
      return (condition.kind == Condition::Kind::kSome ? "at least one line"
              : condition.kind == Condition::Kind::kNo ? "no line"
                                                       : "every line") +
             says;
    }
    const std::string what = inner.Say(about);
    switch (condition.kind) {
      case Condition::Kind::kSome:
        return "in at least one line " + what;
      case Condition::Kind::kNo:
        return "in no line " + what;
      default:
        return "in every line " + what;
    }
  }

  std::string Knowing(const Path& path, bool known) const {
    if (path.holder == Holder::kEarlier && path.field == Field::kStage) {
      return known ? "the requesting party has an earlier case of this person"
                   : "the requesting party has no earlier case of this person";
    }
    if (path.field == Field::kAnswers)
      return known ? "the act answers another one" : "the act answers no other one";
    if (path.field == Field::kCommitment)
      return known ? "the act comes with particulars" : "the act comes without particulars";
    if (path.holder == Holder::kTransfer && path.field == Field::kFact &&
        path.fact == Fact::kCleared) {
      return known ? "the list was cleared before" : "the list was not cleared yet";
    }
    if (IsFlag(path) && !IsOfAct(path.holder) && !ClauseOf(path.fact, true).empty()) {
      return std::string(known ? "it is on record whether " : "it is not on record that ") +
             Clause(path.fact, true);
    }
    if (path.holder == Holder::kLodged && path.field == Field::kFact && path.fact == Fact::kParty)
      return known ? "the author's state takes part in the flight"
                   : "the author's state takes no part in the flight";
    if (IsOfAct(path.holder)) {
      return (path.holder == spoken_of_ ? std::string("it") : HolderInWords(path.holder)) +
             (known ? " says " : " does not say ") + Saying(path);
    }
    return Thing(path) + (known ? " is on record" : " is not on record");
  }

  static std::string Saying(const Path& path) {
    if (path.field != Field::kFact) return "that";
    return IsFlag(path) ? SaidOf(path.fact) : "the " + SaidOf(path.fact);
  }

  std::string Membership(const Condition& condition) const {
    const Operand& left = condition.operands.front();
    std::vector<std::string> members;
    const Path* typed_by = left.kind == Operand::Kind::kPath ? &left.path : nullptr;
    for (std::size_t i = 1; i < condition.operands.size(); ++i)
      members.push_back(Value(condition.operands[i], typed_by));
    const bool stage = typed_by != nullptr && typed_by->field == Field::kStage;
    return (stage ? HolderInWords(typed_by->holder) : Value(left, nullptr)) + " is " +
           Listed(members, "or");
  }

  std::string Comparison(const Condition& condition) const {
    const Operand& left = condition.operands[0];
    const Operand& right = condition.operands[1];
    const Path* path = left.kind == Operand::Kind::kPath ? &left.path : nullptr;
    const bool equal = condition.compare == Condition::Compare::kEqual;
    const bool unequal = condition.compare == Condition::Compare::kUnequal;
    if (path != nullptr && path->field == Field::kStage && (equal || unequal)) {
      return HolderInWords(path->holder) + (equal ? " is " : " is not ") + Value(right, path);
    }
    if (path != nullptr && IsFlag(*path) && right.kind == Operand::Kind::kNumber &&
        (equal || unequal) && !ClauseOf(path->fact, true).empty()) {
      const bool yes = (right.number != 0) == equal;
      if (!IsOfAct(path->holder)) return "it is on record that " + Clause(path->fact, yes);
      const std::string subject =
          path->holder == spoken_of_ ? std::string("it") : HolderInWords(path->holder);
      return subject + " says that " + Clause(path->fact, yes);
    }
    if (path != nullptr && right.kind == Operand::Kind::kLimit) {
      const std::string said = AgainstLimit(*path, condition.compare, right);
      if (!said.empty()) return said;
    }
    return Value(left, nullptr) + " " +
           std::string(Relation(condition.compare, TypeOfOperand(left))) + " " + Value(right, path);
  }

  // A moment against the end of a limit.
  std::string AgainstLimit(const Path& path, Condition::Compare compare,
                           const Operand& limit) const {
    const bool inside = compare == Condition::Compare::kLess;
    const bool outside = compare == Condition::Compare::kGreaterEqual;
    if (!inside && !outside) return {};
    const std::string named = "limit " + Spaced(limit.name);
    const auto rule =
        std::find_if(terms_.limits.begin(), terms_.limits.end(),
                     [&](const procedure::LimitRule& row) { return row.name == limit.name; });
    const std::string thing = Thing(path);
    if (!limit.has_path || rule == terms_.limits.end()) {
      return thing + (inside ? " is inside the " : " is after the ") +
             LimitInWords(limit.name, terms_);
    }
    const std::string from = Thing(limit.path);
    if (rule->before) {
      return thing + (inside ? " is at least " : " is less than ") + Days(rule->days) + " before " +
             from + " (" + named + ")";
    }
    return thing + (inside ? " is not more than " : " is more than ") + Days(rule->days) +
           " after " + from + " (" + named + ")";
  }

  static FactType TypeOfOperand(const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::kPath:
        return TypeOf(operand.path);
      case Operand::Kind::kDay:
        return FactType::kDate;
      case Operand::Kind::kLimit:
      case Operand::Kind::kSince:
        return FactType::kInstant;
      default:
        return FactType::kCount;
    }
  }

  static std::string_view Relation(Condition::Compare compare, FactType type) {
    const bool time = type == FactType::kInstant || type == FactType::kDate;
    switch (compare) {
      case Condition::Compare::kEqual:
        return "is";
      case Condition::Compare::kUnequal:
        return "is not";
      case Condition::Compare::kLess:
        return time ? "is before" : "is less than";
      case Condition::Compare::kLessEqual:
        return time ? "is not after" : "is at most";
      case Condition::Compare::kGreater:
        return time ? "is after" : "is more than";
      case Condition::Compare::kGreaterEqual:
        return time ? "is not before" : "is at least";
    }
    return {};
  }

  const Procedure& terms_;
  std::optional<Holder> spoken_of_;
};

std::string KnownInWords(const Known& known, const Path* path, FactType type) {
  if (const auto* id = std::get_if<MatterId>(&known)) {
    // A handle leads to a person in the sender's books.
    if (path != nullptr && path->field == Field::kFact && path->fact == Fact::kHandle)
      return "known, and not shown";
    return id->ToHexText().substr(0, 8);
  }
  if (const auto* digest = std::get_if<Digest>(&known)) return digest->ToHexText().substr(0, 8);
  if (const auto* text = std::get_if<std::string_view>(&known)) return Spaced(*text);
  if (const auto* number = std::get_if<std::int64_t>(&known)) {
    if (path != nullptr && path->field == Field::kFact) return NumberInWords(path->fact, *number);
    switch (type) {
      case FactType::kInstant:
        return Moment(Instant{*number});
      case FactType::kDate:
        return Day(*number);
      case FactType::kParty:
        return procedure::UnpackCode(*number);
      default:
        return std::to_string(*number);
    }
  }
  return "not known";
}

// What reads like a value of its own, and what it is worth in the scene.
void AddValue(const Operand& operand, const Scene& scene, const Speaker& speaker,
              std::vector<std::string>& parts) {
  const Known known = procedure::ValueOf(operand, scene);
  switch (operand.kind) {
    case Operand::Kind::kPath: {
      Operand bare = operand;
      bare.number = 0;
      const Known value = procedure::ValueOf(bare, scene);
      const auto* number = std::get_if<std::int64_t>(&value);
      if (IsFlag(operand.path) && !ClauseOf(operand.path.fact, true).empty()) {
        const std::string subject =
            IsOfAct(operand.path.holder) ? HolderInWords(operand.path.holder) : std::string();
        const std::string clause(ClauseOf(operand.path.fact, number == nullptr || *number != 0));
        if (subject.empty()) {
          parts.push_back(
              (number == nullptr ? "it is not on record that " : "it is on record that ") + clause);
        } else {
          parts.push_back(subject + (number == nullptr ? " does not say that " : " says that ") +
                          clause);
        }
        return;
      }
      parts.push_back(speaker.Thing(operand.path) + " is " +
                      KnownInWords(value, &operand.path, TypeOf(operand.path)));
      return;
    }
    case Operand::Kind::kLimit:
    case Operand::Kind::kSince:
      parts.push_back(speaker.Value(operand, nullptr) + " is " +
                      (std::holds_alternative<std::monostate>(known)
                           ? std::string("not known: it does not run")
                           : KnownInWords(known, nullptr, FactType::kInstant)));
      return;
    case Operand::Kind::kDay:
      parts.push_back(speaker.Value(operand, nullptr) + " is " +
                      KnownInWords(known, nullptr, FactType::kDate));
      return;
    case Operand::Kind::kCount:
    case Operand::Kind::kSum:
      parts.push_back(speaker.Value(operand, nullptr) + " is " +
                      KnownInWords(known, nullptr, FactType::kCount));
      return;
    case Operand::Kind::kNumber:
    case Operand::Kind::kStage:
      return;
  }
}

}  // namespace

std::string LimitInWords(const std::string& name, const Procedure& terms) {
  std::string text = "limit " + Spaced(name);
  for (const procedure::LimitRule& limit : terms.limits) {
    if (limit.name == name)
      return text + " (" + Days(limit.days) + (limit.before ? " before)" : ")");
  }
  return text;
}

std::string StageInWords(MatterKind matter, const std::string& stage, const Procedure& terms) {
  for (const procedure::StageRule& rule : terms.stages) {
    if (rule.matter == matter && rule.name == stage && rule.terminal)
      return Spaced(stage) + " (the end)";
  }
  return Spaced(stage);
}

std::string InWords(const Condition& condition, const Procedure& terms) {
  return Speaker(terms).Say(condition);
}

std::string InWords(const std::vector<Condition>& conditions, const Procedure& terms) {
  return Speaker(terms).SayAll(conditions);
}

std::string InWords(const Effect& effect, const Procedure& terms) {
  return Speaker(terms).Say(effect);
}

std::string SituationInWords(const Condition& condition, const Scene& scene) {
  if (scene.procedure == nullptr) return {};
  const Speaker speaker(scene.procedure->terms());
  std::vector<std::string> parts;
  for (const Operand& operand : condition.operands) AddValue(operand, scene, speaker, parts);
  switch (condition.kind) {
    case Condition::Kind::kSome:
    case Condition::Kind::kNo:
    case Condition::Kind::kEvery: {
      if (condition.inner.empty() || scene.recorded == nullptr) return {};
      const std::vector<procedure::Facts>& lines = scene.recorded->act.lines;
      const auto fulfilled =
          std::count_if(lines.begin(), lines.end(), [&](const procedure::Facts& line) {
            Scene with = scene;
            with.line = &line;
            return procedure::Holds(condition.inner.front(), with);
          });
      return "it is so in " + std::to_string(fulfilled) + " of " + std::to_string(lines.size()) +
             (lines.size() == 1 ? " line" : " lines");
    }
    case Condition::Kind::kSuspended:
    case Condition::Kind::kNotSuspended: {
      Condition suspended;
      suspended.kind = Condition::Kind::kSuspended;
      return procedure::Holds(suspended, scene) ? "it is suspended" : "it is not suspended";
    }
    default:
      break;
  }
  return Listed(parts);
}

}  // namespace chancery::explain
