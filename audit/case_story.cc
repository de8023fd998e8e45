#include "audit/case_story.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/words.h"

namespace chancery::audit {
namespace {

using Json = nlohmann::ordered_json;
using procedure::Fact;
using procedure::Facts;

bool NamesInLines(const std::vector<Facts>& lines, const MatterId& id) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const Facts& line) { return line.IdOr(Fact::kCase) == id; });
}

// What facts say, without what leads to the person or only repeats which case it is.
std::string Said(const Facts& facts) {
  std::string text;
  for (const auto& [fact, value] : facts) {
    if (fact == Fact::kHandle || fact == Fact::kCase) continue;
    text += (text.empty() ? "" : ", ") + Spaced(procedure::Describe(fact, value));
  }
  return text;
}

std::string SaidOf(const procedure::Act& act, const MatterId& id) {
  std::string text = Said(act.facts);
  for (const Facts& line : act.lines) {
    // Of a list only this person's line is this person's story.
    const bool of_case = line.Has(Fact::kCase);
    if (of_case && line.IdOr(Fact::kCase) != id) continue;
    if (!of_case && act.matter != id) continue;
    const std::string said = Said(line);
    text += (text.empty() ? "" : "; ") + std::string(of_case ? "this person: " : "") +
            (said.empty() ? "listed" : said);
  }
  return text;
}

// Tells one book from its first act.
class Teller {
 public:
  Teller(const Book& book, const MatterId& id)
      : book_(book), id_(id), replayer_(book.replayer.procedures()) {}

  absl::Status Add(const BookAct& act) {
    const procedure::RecordedAct recorded = act.Recorded();
    const procedure::Matters touched = procedure::Gather(recorded.act, replayer_.matters());
    AddLapses(act.ruling.lapses, touched);
    if (Concerns(act, touched)) CHANCERY_RETURN_IF_ERROR(AddAct(act, recorded, touched));
    replayer_.Add(recorded);
    suspects_.Add(recorded);
    return absl::OkStatus();
  }

  absl::StatusOr<CaseStory> Finish(Instant at) {
    const procedure::Matter* found = replayer_.matters().Find(id_);
    if (found == nullptr || found->kind != procedure::MatterKind::kCase)
      return NotFound("no case " + id_.ToHexText() + " in this book at " + chancery::ToText(at));
    procedure::Matters alone;
    alone.Add(*found);
    if (const auto* cooperation = replayer_.matters().Find(replayer_.matters().Cooperation())) {
      alone.Add(*cooperation);
    }
    const procedure::Standing standing = procedure::StandingAt(replayer_.procedures(), alone, at);
    AddLapses(standing.lapses, alone);
    const std::vector<Suspect> suspects = suspects_.Find(replayer_.matters());
    for (StoryEvent& event : events_) {
      if (event.entry) event.suspects = SuspectsOf(suspects, *event.entry);
    }
    CaseStory story{id_, found->requesting, found->requested, at, std::move(events_), {}};
    std::stable_sort(story.events.begin(), story.events.end(),
                     [](const StoryEvent& a, const StoryEvent& b) { return a.at < b.at; });
    const procedure::CheckedProcedure* procedure = replayer_.procedures().Find(found->procedure);
    for (const procedure::Matter& matter : standing.matters) {
      if (matter.id == id_ && procedure != nullptr)
        story.outlook = explain::OutlookOf(*procedure, matter);
    }
    return story;
  }

 private:
  // Acts on the case, on a line of it, and on the list it stood on when they changed it.
  bool Concerns(const BookAct& act, const procedure::Matters& touched) const {
    if (act.act().matter == id_ || NamesInLines(act.act().lines, id_)) return true;
    const procedure::Matter* before = touched.Find(id_);
    const bool changed =
        std::any_of(act.changed.begin(), act.changed.end(),
                    [&](const procedure::Matter& matter) { return matter.id == id_; });
    return changed && before != nullptr && before->facts.IdOr(Fact::kList) == act.act().matter;
  }

  void AddLapses(const std::vector<procedure::Lapsed>& lapses, const procedure::Matters& before) {
    std::vector<procedure::Lapsed> own;
    for (const procedure::Lapsed& lapse : lapses) {
      if (lapse.matter == id_) own.push_back(lapse);
    }
    for (const explain::ToldLapse& told : explain::Tell(replayer_.procedures(), before, own)) {
      StoryEvent event;
      event.at = told.lapsed.at;
      event.what = "limit passed: " + Spaced(told.lapsed.lapse);
      event.why = told.sentence;
      event.articles = told.lapsed.articles;
      events_.push_back(std::move(event));
    }
  }

  absl::Status AddAct(const BookAct& act, const procedure::RecordedAct& recorded,
                      const procedure::Matters& touched) {
    const procedure::ProcedureSet& procedures = replayer_.procedures();
    const procedure::CheckedProcedure* procedure = procedures.Find(recorded.act.procedure);
    StoryEvent event;
    event.at = act.recorded_at;
    event.entry = act.number;
    const procedure::ActInfo* info = procedure::FindAct(recorded.act.kind);
    event.what = info != nullptr ? Spaced(info->name) : "act";
    event.offices = act.offices;
    event.says = SaidOf(recorded.act, id_);
    explain::Explained explained = explain::Explain(procedures, touched, recorded);
    if (explained.stepped.ruling == act.ruling) {
      event.told = std::move(explained.why);
    } else if (book_.orders_acts) {
      return DataLoss("entry " + std::to_string(act.number) +
                      ": the recorded ruling is not the one that the procedure gives");
    } else {
      // A state has not received everything a ruling may depend on.
      event.told = explain::WhyOf(procedure, recorded.act, recorded.recorded_at, act.ruling);
    }
    event.why = event.told.sentence;
    event.articles = event.told.articles;
    for (const explain::Moved& moved : event.told.moved) {
      if (moved.matter == id_ && recorded.act.matter != id_ && procedure != nullptr)
        event.moved = explain::InWords(moved, procedure->terms());
    }
    events_.push_back(std::move(event));
    return absl::OkStatus();
  }

  const Book& book_;
  const MatterId id_;
  procedure::Replayer replayer_;
  SuspectSearch suspects_;
  std::vector<StoryEvent> events_;
};

Json WaitingToJson(const explain::Waiting& waiting) {
  Json acts = Json::array();
  for (const explain::MayDo& may : waiting.acts)
    acts.push_back({{"act", may.act}, {"seals", may.seals}, {"rules", may.rules}});
  return {{"by", waiting.by},
          {"limit", waiting.limit},
          {"days", waiting.days},
          {"unverified", waiting.unverified},
          {"articles", waiting.limit_articles},
          {"since", chancery::ToText(waiting.since)},
          {"too_late_from", chancery::ToText(waiting.until)},
          {"last_day", waiting.last.day},
          {"days_of", waiting.last.zone},
          {"ends_it", acts},
          {"silence", waiting.silence},
          {"silence_means", waiting.meaning},
          {"silence_articles", waiting.silence_articles},
          {"sentence", waiting.sentence}};
}

Json DecidedToJson(const explain::Decided& decided) {
  return {{"asked", decided.asked},
          {"situation", decided.situation},
          {"signed", decided.as_written},
          {"article", decided.article},
          {"held", decided.held}};
}

}  // namespace

absl::StatusOr<CaseStory> StoryOf(const Book& book, const MatterId& id, Instant at) {
  Teller teller(book, id);
  for (const BookAct& act : book.acts) {
    if (act.recorded_at > at) break;
    CHANCERY_RETURN_IF_ERROR(teller.Add(act));
  }
  return teller.Finish(at);
}

std::string ToText(const CaseStory& story) {
  std::string text = "Case " + Short(story.id) + ", asked by " + story.requesting.ToText() +
                     " of " + story.requested.ToText() + "\n";
  for (const StoryEvent& event : story.events) {
    text += "\n" + explain::Moment(event.at) + "  " + event.what;
    if (event.entry) {
      text +=
          ", sealed by " + Joined(event.offices) + " (entry " + std::to_string(*event.entry) + ")";
    }
    text += "\n";
    if (!event.says.empty()) text += "  says: " + event.says + "\n";
    text += "  why: " + event.why + "\n";
    for (const Suspect& suspect : event.suspects)
      text += "  suspect: " + WhySuspect(suspect) + "\n";
    if (!event.moved.empty()) text += "  this case: " + event.moved + "\n";
  }
  text += "\nAt " + explain::Moment(story.at) + "\n  " + story.outlook.sentence + "\n";
  for (const explain::Waiting& waiting : story.outlook.waiting)
    text += "  due: " + waiting.sentence + ".\n";
  if (story.outlook.ended) text += "  Nothing is due: the case has ended.\n";
  if (!story.outlook.reason.empty()) text += "  Nothing is due: " + story.outlook.reason + ".\n";
  return text;
}

std::string ToJson(const CaseStory& story, bool anchored) {
  Json json = {{"case", story.id.ToHexText()},
               {"verified", anchored},
               {"requesting", story.requesting.ToText()},
               {"requested", story.requested.ToText()},
               {"at", chancery::ToText(story.at)},
               {"stage", story.outlook.stage},
               {"ended", story.outlook.ended},
               {"events", Json::array()},
               {"due", Json::array()}};
  for (const StoryEvent& event : story.events) {
    Json row = {{"at", chancery::ToText(event.at)}, {"what", event.what}};
    if (event.entry) {
      row["entry"] = *event.entry;
      row["offices"] = event.offices;
      row["says"] = event.says;
      row["admitted"] = event.told.admitted;
      row["rule"] = event.told.rule;
      if (!event.told.admitted) {
        row["ground"] = event.told.ground;
        row["lines"] = event.told.lines;
        row["remedy"] = event.told.remedy;
      }
      row["decided"] = Json::array();
      for (const explain::Decided& decided : event.told.decided)
        row["decided"].push_back(DecidedToJson(decided));
      if (!event.moved.empty()) row["this_case"] = event.moved;
      for (const Suspect& suspect : event.suspects)
        row["suspects"].push_back(JsonOf<Json>(suspect));
    }
    row["articles"] = event.articles;
    row["why"] = event.why;
    json["events"].push_back(std::move(row));
  }
  for (const explain::Waiting& waiting : story.outlook.waiting)
    json["due"].push_back(WaitingToJson(waiting));
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace chancery::audit
