#include "drafting/places.h"

#include "engine/base/text.h"

namespace chancery::drafting {

using procedure::Condition;
using procedure::Field;
using procedure::Operand;

namespace {

// One word, whoever chose the name.
std::string Named(std::string_view kind, std::string_view name) {
  std::string text = "#" + std::string(kind) + "." + Legible(name);
  for (char& c : text) {
    if (c == ' ') c = '-';
  }
  return text;
}

// What a condition reads first, in one word of ours.
std::string_view FirstReadIn(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kSome:
    case Condition::Kind::kNo:
    case Condition::Kind::kEvery:
      return condition.inner.empty() ? "lines" : FirstReadIn(condition.inner.front());
    case Condition::Kind::kSuspended:
    case Condition::Kind::kNotSuspended:
      return "suspension";
    case Condition::Kind::kFamiliesTogether:
      return "families";
    default:
      break;
  }
  if (condition.operands.empty()) return "condition";
  const Operand& left = condition.operands.front();
  switch (left.kind) {
    case Operand::Kind::kCount:
      return "count";
    case Operand::Kind::kSum:
    case Operand::Kind::kPath:
    case Operand::Kind::kDay:
      break;
    case Operand::Kind::kLimit:
    case Operand::Kind::kSince:
      return "limit";
    case Operand::Kind::kNumber:
    case Operand::Kind::kStage:
      return "condition";
  }
  switch (left.path.field) {
    case Field::kFact:
      return procedure::InfoOf(left.path.fact).name;
    case Field::kStage:
      return "stage";
    case Field::kId:
      return "id";
    case Field::kRequesting:
      return "requesting";
    case Field::kRequested:
      return "requested";
    case Field::kAuthor:
      return "author";
    case Field::kAddressee:
      return "addressee";
    case Field::kDigest:
      return "digest";
    case Field::kAnswers:
      return "answers";
    case Field::kCommitment:
      return "commitment";
    case Field::kRecordedAt:
      return "recorded_at";
    case Field::kReceivedAt:
      return "received_at";
  }
  return "condition";
}

std::string NameOf(const procedure::Guard& guard) {
  return std::string(procedure::NameOf(guard.ground)) + "." +
         std::string(FirstReadIn(guard.require));
}

}  // namespace

std::string PlaceOf(const procedure::LimitRule& limit) { return PlaceOfLimit(limit.name); }

std::string PlaceOf(const procedure::StageRule& stage) {
  return PlaceOfStage(stage.matter, stage.name);
}

std::string PlaceOf(const procedure::Lapse& lapse) { return Named("lapse", lapse.name); }

std::string PlaceOf(const procedure::Rule& rule) { return Named("rule", rule.name); }

std::string PlaceOfGuard(const procedure::Rule& rule, std::size_t index, bool in_lines) {
  const std::vector<procedure::Guard>& guards = in_lines ? rule.line_guards : rule.guards;
  const std::string name = (in_lines ? "line." : "") + NameOf(guards[index]);
  int before = 0;
  for (std::size_t i = 0; i < index; ++i)
    before += NameOf(guards[i]) == NameOf(guards[index]) ? 1 : 0;
  return PlaceOf(rule) + "." + name + (before > 0 ? "." + std::to_string(before + 1) : "");
}

std::string PlaceOfStage(procedure::MatterKind matter, std::string_view stage) {
  return Named("stage", std::string(procedure::NameOf(matter)) + "." + std::string(stage));
}

std::string PlaceOfLimit(std::string_view limit) { return Named("limit", limit); }

std::string PlaceOfArticle(std::string_view article) { return Named("article", article); }

std::string PlaceOfMatter(procedure::MatterKind matter) {
  return Named("matter", procedure::NameOf(matter));
}

std::string PlaceOfBroken(std::string_view property) { return Named("breaks", property); }

std::string PlaceOfParty(PartyCode party) { return Named("party", party.view()); }

}  // namespace chancery::drafting
