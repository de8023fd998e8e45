#include "engine/procedure/overlap.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace chancery::procedure {

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// What the conditions of one rule leave possible for one thing they speak of.
struct Possible {
  bool known = true;
  bool unknown = true;
  std::vector<std::pair<std::int64_t, std::int64_t>> numbers = {{kLeast, kMost}};
  std::vector<std::string> stages;  // when it is a stage: one of these
  bool any_stage = true;
};

// A name for what an operand reads: operands with the same name have the same value.
std::string NameOfOperand(const Operand& operand) {
  std::string name = std::to_string(static_cast<int>(operand.kind)) + " " +
                     std::to_string(static_cast<int>(operand.path.holder)) + " " +
                     std::to_string(static_cast<int>(operand.path.field)) + " " +
                     std::to_string(static_cast<int>(operand.path.fact)) + " " +
                     std::to_string(operand.number) + " " + operand.name +
                     (operand.has_path ? " of" : "");
  for (const Condition& condition : operand.where) name += " where " + condition.text;
  return name;
}

std::vector<std::pair<std::int64_t, std::int64_t>> NumbersThat(Condition::Compare compare,
                                                               std::int64_t number) {
  const std::int64_t below = number == kLeast ? kLeast : number - 1;
  const std::int64_t above = number == kMost ? kMost : number + 1;
  switch (compare) {
    case Condition::Compare::kEqual:
      return {{number, number}};
    case Condition::Compare::kUnequal:
      return {{kLeast, below}, {above, kMost}};
    case Condition::Compare::kLess:
      return {{kLeast, below}};
    case Condition::Compare::kLessEqual:
      return {{kLeast, number}};
    case Condition::Compare::kGreater:
      return {{above, kMost}};
    case Condition::Compare::kGreaterEqual:
      return {{number, kMost}};
  }
  return {{kLeast, kMost}};
}

std::vector<std::pair<std::int64_t, std::int64_t>> Both(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& one,
    const std::vector<std::pair<std::int64_t, std::int64_t>>& other) {
  std::vector<std::pair<std::int64_t, std::int64_t>> both;
  for (const auto& [low, high] : one) {
    for (const auto& [from, to] : other) {
      if (std::max(low, from) <= std::min(high, to))
        both.emplace_back(std::max(low, from), std::min(high, to));
    }
  }
  return both;
}

using World = std::map<std::string, Possible>;

void Narrow(Possible& possible, const std::vector<std::string>& stages) {
  if (possible.any_stage) {
    possible.stages = stages;
  } else {
    std::erase_if(possible.stages, [&](const std::string& stage) {
      return std::find(stages.begin(), stages.end(), stage) == stages.end();
    });
  }
  possible.any_stage = false;
}

// A comparison with something unknown is false, so what is compared is known.
void NarrowByCompare(const Condition& condition, World& world) {
  const Operand& left = condition.operands[0];
  Possible& possible = world[NameOfOperand(left)];
  possible.unknown = false;
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    const Operand& right = condition.operands[i];
    if (right.kind == Operand::Kind::kPath) world[NameOfOperand(right)].unknown = false;
  }
  if (condition.kind == Condition::Kind::kCompare) {
    const Operand& right = condition.operands[1];
    if (right.kind == Operand::Kind::kNumber) {
      possible.numbers = Both(possible.numbers, NumbersThat(condition.compare, right.number));
    } else if (right.kind == Operand::Kind::kStage &&
               condition.compare == Condition::Compare::kEqual) {
      Narrow(possible, {right.name});
    }
    return;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> members;
  std::vector<std::string> stages;
  for (std::size_t i = 1; i < condition.operands.size(); ++i) {
    const Operand& member = condition.operands[i];
    if (member.kind == Operand::Kind::kNumber) members.emplace_back(member.number, member.number);
    if (member.kind == Operand::Kind::kStage) stages.push_back(member.name);
  }
  const std::size_t all = condition.operands.size() - 1;
  if (members.size() == all) possible.numbers = Both(possible.numbers, members);
  if (stages.size() == all) Narrow(possible, stages);
}

void NarrowBy(const Condition& condition, World& world) {
  switch (condition.kind) {
    case Condition::Kind::kCompare:
    case Condition::Kind::kIn:
      if (condition.operands.size() >= 2) NarrowByCompare(condition, world);
      return;
    case Condition::Kind::kKnown:
      if (!condition.operands.empty()) world[NameOfOperand(condition.operands[0])].unknown = false;
      return;
    case Condition::Kind::kUnknown:
      if (!condition.operands.empty()) world[NameOfOperand(condition.operands[0])].known = false;
      return;
    case Condition::Kind::kSuspended:
      world["suspended"].unknown = false;
      return;
    case Condition::Kind::kNotSuspended:
      world["suspended"].known = false;
      return;
    default:
      return;  // says nothing of one thing alone
  }
}

bool CanAllHold(const std::vector<Condition>& one, const std::vector<Condition>& other) {
  World world;
  for (const Condition& condition : one) NarrowBy(condition, world);
  for (const Condition& condition : other) NarrowBy(condition, world);
  return std::all_of(world.begin(), world.end(), [](const auto& row) {
    const Possible& possible = row.second;
    const bool some_value =
        !possible.numbers.empty() && (possible.any_stage || !possible.stages.empty());
    return possible.unknown || (possible.known && some_value);
  });
}

bool MayBeTheSameParty(const Rule& one, const Rule& other) {
  const auto are = [&](Role a, Role b) {
    return (one.role == a && other.role == b) || (one.role == b && other.role == a);
  };
  if (are(Role::kRequesting, Role::kRequested)) return false;
  if (one.role != Role::kParty || other.role != Role::kParty) return true;
  return std::any_of(one.parties.begin(), one.parties.end(), [&](PartyCode party) {
    return std::find(other.parties.begin(), other.parties.end(), party) != other.parties.end();
  });
}

bool MayMeet(const Rule& one, const Rule& other) {
  if (one.opens && other.opens) return true;
  return std::any_of(one.from.begin(), one.from.end(), [&](const std::string& stage) {
    return std::find(other.from.begin(), other.from.end(), stage) != other.from.end();
  });
}

}  // namespace

bool MayOverlap(const Rule& one, const Rule& other) {
  return one.act == other.act && MayBeTheSameParty(one, other) && MayMeet(one, other) &&
         CanAllHold(one.when, other.when);
}

}  // namespace chancery::procedure
