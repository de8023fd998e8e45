#include "audit/case_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/words.h"
#include "engine/base/text.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::ordered_json;

const procedure::Matter* FindIn(const std::vector<procedure::Matter>& matters, const MatterId& id) {
  for (const procedure::Matter& matter : matters) {
    if (matter.id == id) return &matter;
  }
  return nullptr;
}

bool NamesInLines(const std::vector<procedure::Facts>& lines, const MatterId& id) {
  return std::any_of(lines.begin(), lines.end(), [&](const procedure::Facts& line) {
    return line.IdOr(procedure::Fact::kCase) == id;
  });
}

Json LimitToJson(const procedure::RunningLimit& limit) {
  return {{"limit", limit.name}, {"since", ToText(limit.since)}, {"until", ToText(limit.until)}};
}

}  // namespace

absl::StatusOr<CaseHistory> HistoryOf(const Book& book, const MatterId& id) {
  const procedure::Matter* known = book.replayer.matters().Find(id);
  if (known == nullptr || known->kind != procedure::MatterKind::kCase) {
    return NotFound("no case " + id.ToHexText() + " in this book");
  }
  CaseHistory history;
  history.id = id;
  history.until = book.last_recorded_at;
  history.shown = book.shown;
  const procedure::Standing standing = StandingOf(book, book.last_recorded_at);
  const procedure::Matter* last = FindIn(standing.matters, id);
  if (last == nullptr) last = known;
  history.requesting = last->requesting;
  history.requested = last->requested;
  history.stage = last->stage;
  history.running = last->limits;
  for (const procedure::Due& due : standing.due) {
    if (due.matter == id) history.due.push_back(due);
  }

  const auto add_lapse = [&history](const procedure::Lapsed& lapse) {
    CaseEvent event;
    event.at = lapse.at;
    event.what = "limit passed: " + lapse.lapse;
    event.ruling = Joined(lapse.articles);
    event.stage = lapse.stage;
    history.events.push_back(std::move(event));
  };
  for (const BookAct& act : book.acts) {
    for (const procedure::Lapsed& lapse : act.ruling.lapses) {
      if (lapse.matter == id) add_lapse(lapse);
    }
    const procedure::Matter* before = FindIn(act.before, id);
    const procedure::Matter* after = FindIn(act.changed, id);
    if (act.act().matter != id && !NamesInLines(act.act().lines, id)) continue;
    CaseEvent event;
    event.at = act.recorded_at;
    event.entry = act.number;
    const procedure::ActInfo* info = procedure::FindAct(act.act().kind);
    event.what = info != nullptr ? Spaced(info->name) : "act";
    event.by = act.act().author;
    event.offices = act.offices;
    event.facts = FactsOf(act.act());
    for (const procedure::Facts& line : act.act().lines) {
      if (line.IdOr(procedure::Fact::kCase) != id) continue;
      std::string said;
      for (const auto& [fact, value] : line) {
        if (fact != procedure::Fact::kCase) said += ", " + Spaced(procedure::Describe(fact, value));
      }
      event.facts += "; this person: " + (said.empty() ? std::string("listed") : said.substr(2));
    }
    event.ruling = Sentence(act.ruling);
    event.admitted = act.ruling.admitted();
    event.suspects = SuspectsOf(book.suspects, act.number);
    if (after != nullptr) {
      if (before == nullptr || before->stage != after->stage) event.stage = after->stage;
      for (const procedure::RunningLimit& limit : after->limits) {
        const procedure::RunningLimit* old =
            before != nullptr ? before->FindLimit(limit.name) : nullptr;
        if (old == nullptr || *old != limit) event.started.push_back(limit);
      }
    }
    history.events.push_back(std::move(event));
  }
  for (const procedure::Lapsed& lapse : standing.lapses) {
    if (lapse.matter == id) add_lapse(lapse);
  }
  std::stable_sort(history.events.begin(), history.events.end(),
                   [](const CaseEvent& a, const CaseEvent& b) { return a.at < b.at; });
  return history;
}

std::string ToText(const CaseHistory& history) {
  std::string text = "Case " + history.id.ToHexText() + ", asked by " +
                     history.requesting.ToText() + " of " + history.requested.ToText() + "\n\n";
  for (const CaseEvent& event : history.events) {
    text += Minute(event.at) + "  ";
    if (event.entry) {
      text += Printable(event.what) + " by ";
      text += event.offices.empty() ? event.by.ToText() : Printable(Joined(event.offices));
      text += "  (entry " + std::to_string(*event.entry) + ")\n";
      if (!event.facts.empty()) text += "                  says: " + Printable(event.facts) + "\n";
      text += "                  " + Printable(event.ruling) + "\n";
      for (const Suspect& suspect : event.suspects)
        text += "                  SUSPECT: " + Printable(WhySuspect(suspect)) + "\n";
    } else {
      text +=
          event.what + (event.ruling.empty() ? "" : " (" + Printable(event.ruling) + ")") + "\n";
    }
    if (!event.stage.empty())
      text += "                  the case is now: " + Printable(Spaced(event.stage)) + "\n";
    for (const procedure::RunningLimit& limit : event.started) {
      text += "                  limit " + Printable(Spaced(limit.name)) + ": before " +
              Minute(limit.until) + "\n";
    }
  }
  text += "\nAt " + Minute(history.until) +
          " UTC, the last recorded moment: " + Printable(Spaced(history.stage)) + "\n";
  for (const procedure::RunningLimit& limit : history.running) {
    text += "  running: " + Printable(Spaced(limit.name)) + ", too late from " +
            Minute(limit.until) + "\n";
  }
  for (const procedure::Due& due : history.due) {
    text += "  waited for: " + due.by.ToText() + " (" + Joined(due.acts) + ")\n";
  }
  if (!history.shown.whole()) {
    text += "\nRead from " + ToText(history.shown) +
            "; both parties to a case may read every act on it, and are shown it.\n";
  }
  return text;
}

std::string ToJson(const CaseHistory& history) {
  Json json = {{"case", history.id.ToHexText()},
               {"requesting", history.requesting.ToText()},
               {"requested", history.requested.ToText()},
               {"stage", history.stage},
               {"at", ToText(history.until)},
               {"events", Json::array()},
               {"running", Json::array()},
               {"due", Json::array()}};
  AddTo(json, history.shown);
  for (const CaseEvent& event : history.events) {
    Json row = {{"at", ToText(event.at)}, {"what", event.what}};
    if (event.entry) {
      row["entry"] = *event.entry;
      row["by"] = event.by.ToText();
      row["offices"] = event.offices;
      row["facts"] = event.facts;
      row["admitted"] = event.admitted;
    }
    row["ruling"] = event.ruling;
    for (const Suspect& suspect : event.suspects) row["suspects"].push_back(JsonOf<Json>(suspect));
    if (!event.stage.empty()) row["stage"] = event.stage;
    for (const procedure::RunningLimit& limit : event.started)
      row["started"].push_back(LimitToJson(limit));
    json["events"].push_back(std::move(row));
  }
  for (const procedure::RunningLimit& limit : history.running)
    json["running"].push_back(LimitToJson(limit));
  for (const procedure::Due& due : history.due) {
    json["due"].push_back({{"by", due.by.ToText()}, {"acts", due.acts}, {"limit", due.limit}});
  }
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::audit
