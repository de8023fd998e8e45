#include "drafting/diagram.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/text.h"
#include "engine/explain/due.h"
#include "engine/explain/sentence.h"
#include "engine/explain/words.h"

namespace chancery::drafting {
namespace {

using explain::Spaced;
using procedure::Effect;
using procedure::Field;
using procedure::Holder;
using procedure::MatterKind;
using procedure::Operand;
using procedure::Role;
using procedure::Rule;

// Where matters come from that an act opens.
constexpr std::string_view kBeginning = "beginning";
// Cases that the lines of a transfer move whatever stage they are in.
constexpr std::string_view kLines = "lines";
constexpr std::size_t kWide = 44;

// A text between quotes. Everything that comes from a procedure was made Legible before: what is
// left to escape are dot's own quote and backslash; "\n" of ours is written behind it.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Broken at blanks, so that a box does not grow wide.
std::string Wrapped(const std::string& text) {
  std::string wrapped;
  std::size_t width = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (width > 0 && width + 1 + word.size() > kWide) {
      wrapped += '\n';
      width = 0;
    } else if (width > 0) {
      wrapped += ' ';
      ++width;
    }
    wrapped += word;
    width += word.size();
    begin = end + 1;
  }
  return wrapped;
}

std::string NodeOf(const std::string& stage) { return Quoted("stage " + Legible(stage)); }

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Party(const Rule& rule) {
  switch (rule.role) {
    case Role::kRequesting:
      return "requesting";
    case Role::kRequested:
      return "requested";
    case Role::kEither:
      return "either party";
    case Role::kParticipant:
      return "a state of the flight";
    case Role::kParty:
      break;
  }
  return explain::RoleInWords(rule.role, rule.parties);
}

// Colours that differ in brightness too; the party stands in words on every arrow.
std::string_view ColourOf(Role role) {
  switch (role) {
    case Role::kRequesting:
      return "#1f4e9c";
    case Role::kRequested:
      return "#8a3b12";
    case Role::kEither:
    case Role::kParticipant:
    case Role::kParty:
      break;
  }
  return "#444444";
}

bool IsStageOf(const procedure::Path& path, Holder holder) {
  return path.holder == holder && path.field == Field::kStage;
}

// All that leads from one stage to another, gathered before it is drawn: of many acts between the
// same two stages one arrow for each party.
class Arrows {
 public:
  Arrows(const procedure::Procedure& terms, MatterKind matter) : terms_(terms), matter_(matter) {}

  void Gather() {
    for (const Rule& rule : terms_.rules) {
      const procedure::ActInfo* act = procedure::FindAct(rule.act);
      if (act == nullptr) continue;
      if (act->matter == matter_) {
        GatherOwn(rule, *act);
      } else if (act->matter == MatterKind::kTransfer && matter_ == MatterKind::kCase) {
        GatherLines(rule, *act);
      }
    }
  }

  bool lines_move() const { return lines_move_; }
  const std::vector<std::string>& StaysAt(const std::string& stage) { return stays_[stage]; }

  std::string ToText() const {
    std::string text;
    for (const auto& [key, acts] : arrows_) {
      const auto& [from, to, role] = key;
      std::vector<std::string> lines;
      for (const std::string& act : acts) lines.push_back(act);
      std::string label;
      for (const std::string& line : lines) label += (label.empty() ? "" : "\n") + line;
      text += "  " + from + " -> " + NodeOf(to) + " [label=" + Quoted(label) +
              ", color=" + Quoted(ColourOf(role)) + ", fontcolor=" + Quoted(ColourOf(role)) +
              "];\n";
    }
    return text;
  }

 private:
  void Add(const std::string& from, const std::string& to, const Rule& rule,
           const procedure::ActInfo& act, std::string_view where) {
    const std::string label = Party(rule) + ": " + Spaced(act.name) + std::string(where) + "\n(" +
                              explain::SealsInWords(rule.seals) + ")";
    std::vector<std::string>& labels = arrows_[{from, to, rule.role}];
    if (!Contains(labels, label)) labels.push_back(label);
  }

  std::vector<std::string> SetByOwn(const Rule& rule) const {
    std::vector<std::string> stages;
    if (!rule.to.empty()) stages.push_back(rule.to);
    const Holder holder = matter_ == MatterKind::kCase     ? Holder::kCase
                          : matter_ == MatterKind::kFlight ? Holder::kFlight
                                                           : Holder::kTransfer;
    for (const Effect& effect : rule.effects) {
      if (effect.kind == Effect::Kind::kSet && IsStageOf(effect.path, holder) && effect.operand)
        stages.push_back(effect.operand->name);
    }
    return stages;
  }

  void GatherOwn(const Rule& rule, const procedure::ActInfo& act) {
    const std::vector<std::string> to = SetByOwn(rule);
    for (const std::string& stage : to) {
      if (rule.opens) Add(std::string(kBeginning), stage, rule, act, "");
      for (const std::string& from : rule.from) {
        if (from != stage) Add(NodeOf(from), stage, rule, act, "");
      }
    }
    for (const std::string& from : rule.from) {
      const bool stays = to.empty() || Contains(to, from);
      const std::string name = Spaced(act.name);
      if (stays && !Contains(stays_[from], name)) stays_[from].push_back(name);
    }
  }

  void GatherLines(const Rule& rule, const procedure::ActInfo& act) {
    for (const Effect& effect : rule.line_effects) {
      if (effect.kind != Effect::Kind::kSet || !IsStageOf(effect.path, Holder::kCase) ||
          !effect.operand) {
        continue;
      }
      const std::vector<std::string> before = explain::StagesBefore(rule, effect);
      for (const std::string& from : before)
        Add(NodeOf(from), effect.operand->name, rule, act, " of the list");
      if (before.empty()) {
        lines_move_ = true;
        Add(std::string(kLines), effect.operand->name, rule, act, " of the list");
      }
    }
  }

  const procedure::Procedure& terms_;
  const MatterKind matter_;
  std::map<std::tuple<std::string, std::string, Role>, std::vector<std::string>> arrows_;
  std::map<std::string, std::vector<std::string>> stays_;
  bool lines_move_ = false;
};

std::string StageBox(const procedure::StageRule& stage, const procedure::Procedure& terms,
                     const std::vector<std::string>& stays) {
  std::string label = Spaced(stage.name);
  if (!stage.terminal) {
    label += "\nturn: " + explain::RoleInWords(stage.due);
    if (stage.limit.empty()) {
      label += "\n" + Wrapped("no limit: " + Legible(stage.reason));
    } else {
      label += "\n" + explain::LimitInWords(stage.limit, terms);
    }
    for (const procedure::Lapse& lapse : terms.lapses) {
      // Silence that leads nowhere else is told in the box.
      if (lapse.matter == stage.matter && lapse.to.empty() && Contains(lapse.from, stage.name)) {
        label += "\n" +
                 Wrapped("silence of " +
                         explain::RoleInWords(explain::DueUnder(lapse, stage.name, terms)) + ", " +
                         explain::LimitInWords(lapse.limit, terms) + ": " + Spaced(lapse.name));
      }
    }
  } else {
    label += "\nthe end";
  }
  if (!stays.empty()) label += "\n" + Wrapped("stays by: " + explain::Listed(stays));
  return "  " + NodeOf(stage.name) + " [label=" + Quoted(label) +
         (stage.terminal ? ", peripheries=2, style=filled, fillcolor=\"#eeeeee\"" : "") + "];\n";
}

}  // namespace

std::string ToDot(const procedure::Procedure& terms, MatterKind matter) {
  Arrows arrows(terms, matter);
  arrows.Gather();
  std::string text =
      "digraph procedure {\n  graph [rankdir=TB, fontname=\"sans-serif\", label=" +
      Quoted(Legible(terms.title) + "\nThe " + std::string(procedure::NameOf(matter)) +
             ". Drawn out: acts, with party and offices. Dashed: silence. Double "
             "frame: the end.") +
      "];\n"
      "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n  " +
      std::string(kBeginning) + " [shape=point, width=0.2, label=\"\"];\n";
  if (arrows.lines_move())
    text += "  " + std::string(kLines) +
            " [shape=plaintext, label=\"whoever is in a line of the list\"];\n";
  for (const procedure::StageRule& stage : terms.stages) {
    if (stage.matter == matter) text += StageBox(stage, terms, arrows.StaysAt(stage.name));
  }
  text += arrows.ToText();
  for (const procedure::Lapse& lapse : terms.lapses) {
    if (lapse.matter != matter || lapse.to.empty()) continue;
    for (const std::string& from : lapse.from) {
      text += "  " + NodeOf(from) + " -> " + NodeOf(lapse.to) + " [style=dashed, label=" +
              Quoted("silence of " + explain::RoleInWords(explain::DueUnder(lapse, from, terms)) +
                     ":\n" + explain::LimitInWords(lapse.limit, terms)) +
              "];\n";
    }
  }
  return text + "}\n";
}

}  // namespace chancery::drafting
