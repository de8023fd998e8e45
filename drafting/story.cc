#include "drafting/story.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "drafting/exploration.h"
#include "engine/codec/act_json.h"
#include "play/core_player.h"
#include "play/scenario.h"
#include "play/script.h"

namespace chancery::drafting {
namespace {

using checker::Move;
using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::FactType;
using procedure::MatterKind;
using procedure::Value;

constexpr std::int64_t kDaysInForce = 100;  // before the story begins
constexpr std::int64_t kLastMs = 999;       // of a second: the last moment before a limit passes

std::int64_t WordOf(Fact fact, std::string_view word) {
  return procedure::WordNumber(fact, word).value_or(0);
}

MatterKind KindOf(const Act& act) { return procedure::FindAct(act.kind)->matter; }

// Somebody whose case the story opens, invented here.
struct Invented {
  std::string id;  // "P01"
  MatterId one_case;
  MatterId handle;       // zero where no act named one
  std::size_t who = 0;   // another case of the same person has the same number
  std::string again_of;  // the id of that person's first case
  bool minor = false;
  MatterId family;
  std::optional<std::int64_t> entered;
  std::int64_t finding = 0;  // what a verification says of them
  bool national = true;
};

// Names that belong to nobody, as many as the checker has persons.
struct Name {
  std::string_view name;
  std::string_view father;
  std::string_view birth;
  std::string_view minor_birth;
  std::string_view cnic;
};
constexpr std::array kNames = {
    Name{"Fictusgul Nemopurvi", "Fictuskhan Nemopurvi", "1986-05-27", "2009-05-27",
         "99101-3390726-3"},
    Name{"Exemplara Nullabadi", "Exemplar Nullabadi", "1983-11-04", "2009-11-04",
         "99202-8815340-7"},
    Name{"Insertusjan Nihilkotvi", "Insertus Nihilkotvi", "1979-02-19", "2009-02-19",
         "99303-1142087-9"},
};

class Writer {
 public:
  Writer(const checker::Violation& violation, const play::Agreed& agreed, const StoryPlace& place)
      : violation_(violation), agreed_(agreed), place_(place) {}

  absl::StatusOr<std::string> Run() {
    if (violation_.story.empty())
      return Untold("it is read off the rules themselves and has no story");
    if (!violation_.dated)
      return Untold(
          "no days were found on which it happens: it is not excluded, and nobody has "
          "seen it");
    CHANCERY_RETURN_IF_ERROR(MeetEverybody());
    CHANCERY_RETURN_IF_ERROR(Tell());
    CHANCERY_ASSIGN_OR_RETURN(const play::Played played, Play(Head() + story_));
    CHANCERY_RETURN_IF_ERROR(Compare(played));
    std::string text = Head() + story_ + Endings(played);
    CHANCERY_ASSIGN_OR_RETURN(const play::Played again, Play(text));
    CHANCERY_RETURN_IF_ERROR(Compare(again));
    return text;
  }

 private:
  static absl::Status Untold(const std::string& why) { return FailedPrecondition(why); }

  // Who is in the story, on which flight, between which parties.
  absl::Status MeetEverybody() {
    for (const Move& move : violation_.story) {
      if (move.waited) continue;
      const Act& act = move.act.act;
      for (const PartyCode party : {act.author, act.addressee}) {
        if (party != ministry_ && party != union_) states_.insert(party);
      }
      if (KindOf(act) != MatterKind::kCase) continue;
      if (play::OpensCase(act.kind)) {
        CHANCERY_RETURN_IF_ERROR(Meet(act));
      } else if (act.kind == ActKind::kVerification) {
        Invented* person = Find(act.matter);
        const std::int64_t finding = act.facts.NumberOr(Fact::kVerification, 0);
        if (person != nullptr && finding <= WordOf(Fact::kVerification, "not_found"))
          person->finding = finding;
      }
    }
    // A scenario names at least one state.
    if (states_.empty()) states_.insert(checker::MemberState());
    return absl::OkStatus();
  }

  absl::Status Meet(const Act& act) {
    Invented person;
    person.one_case = act.matter;
    person.id = "P0" + std::to_string(people_.size() + 1);
    person.handle = act.facts.IdOr(Fact::kHandle);
    person.who = people_.size();
    for (const Invented& known : people_) {
      if (person.handle.IsZero() || known.handle != person.handle) continue;
      person.who = known.who;
      if (person.again_of.empty()) person.again_of = known.id;
    }
    if (person.who >= kNames.size()) return Untold("there are more persons than names");
    person.minor = act.facts.NumberOr(Fact::kMinor, 0) == 1;
    person.family = act.facts.IdOr(Fact::kFamilyGroup);
    if (act.facts.Has(Fact::kEntryDate)) person.entered = act.facts.NumberOr(Fact::kEntryDate, 0);
    person.national =
        !act.facts.Has(Fact::kCategory) ||
        act.facts.NumberOr(Fact::kCategory, 0) == WordOf(Fact::kCategory, "own_national");
    person.finding = WordOf(Fact::kVerification, person.national ? "national" : "not_found");
    people_.push_back(std::move(person));
    return absl::OkStatus();
  }

  Invented* Find(const MatterId& one_case) {
    const auto at = std::find_if(people_.begin(), people_.end(), [&](const Invented& person) {
      return person.one_case == one_case;
    });
    return at != people_.end() ? &*at : nullptr;
  }

  std::string Head() const {
    const std::string_view property = NameOf(violation_.breach.property);
    std::string text = "# " + std::string(property) + ": " +
                       std::string(checker::SentenceOf(violation_.breach.property)) + ".\n" +
                       "# What happens here all the same: " + violation_.breach.kind + ".\n#\n" +
                       "# Found by chancery-procedure check in the world \"" + violation_.world +
                       "\", and played in the core before it was\n# written. The fault is that " +
                       "every act is admitted.";
    if (violation_.breach.property == checker::Property::kP5)
      text += " The story ends where the waiting begins: that it never ends\n# cannot be played.";
    text += "\n#\n# The people are invented.\n\nscenario: " + std::string(property) + ", " +
            violation_.breach.kind + "\nrealm: rehearsal\nagreement: " + place_.agreement +
            "\nprocedure: " + place_.version + "\nministry: " + ministry_.ToText() + "\nstates:";
    for (const PartyCode state : states_) text += " " + state.ToText();
    const std::int64_t first = violation_.story.front().at.ms;
    text += "\nagreed: " + ToText(Instant{(first / kMsPerDay - kDaysInForce) * kMsPerDay}) + "\n\n";
    for (const Invented& person : people_) text += Block(person);
    return text;
  }

  static std::string Block(const Invented& person) {
    const Name& name = kNames[person.who];
    std::string text;
    if (!person.again_of.empty())
      text += "# Another case of the person of " + person.again_of + ".\n";
    text += "person " + person.id + " invented\n  name           " + std::string(name.name) +
            "\n  father_name    " + std::string(name.father) + "\n  birth_date     " +
            std::string(person.minor ? name.minor_birth : name.birth) +
            "\n  cnic           unknown to sender\n  entered        " +
            ToText(CivilFromDays(person.entered.value_or(DaysFromCivil({2014, 6, 11})))) + "\n";
    if (person.minor) text += "  minor          yes\n";
    if (!person.family.IsZero()) text += "  family         " + FamilyName(person.family) + "\n";
    text += "  registry       " +
            std::string(procedure::WordName(Fact::kVerification, person.finding)) + "\n";
    if (person.finding == WordOf(Fact::kVerification, "national")) {
      std::string upper(name.name);
      for (char& letter : upper) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
      }
      text += "  registry_name  " + upper + "\n  registry_cnic  " + std::string(name.cnic) + "\n";
    }
    return text + "\n";
  }

  static std::string FamilyName(const MatterId& family) {
    return "family" + std::to_string(checker::NumberOf(family));
  }

  absl::Status Tell() {
    const auto flight =
        std::find_if(violation_.story.begin(), violation_.story.end(), [](const Move& move) {
          return !move.waited && move.act.act.kind == ActKind::kFlightProposed;
        });
    if (flight != violation_.story.end()) {
      // The worlds begin with one carrier accepted.
      now_ = Instant{violation_.story.front().at.ms - kMsPerDay};
      story_ += "at " + ToText(*now_) + "\n" + ministry_.ToText() + " accepts carrier " +
                procedure::UnpackCode(checker::AcceptedCarrier()) + "\n";
    }
    for (std::size_t i = 0; i < violation_.story.size(); ++i) {
      const Move& move = violation_.story[i];
      if (move.waited) {
        Wait(move);
        continue;
      }
      Begin(i);
      if (i + 1 == violation_.story.size() && violation_.breach.property != checker::Property::kP5)
        story_ += "# The fault is that this is admitted.\n";
      CHANCERY_RETURN_IF_ERROR(Do(move));
    }
    const Instant end = violation_.story.back().at;
    if (!told_ || *told_ < end) story_ += "\nat " + ToText(end) + "\n";
    return absl::OkStatus();
  }

  void Wait(const Move& move) {
    for (const procedure::Lapsed& lapsed : move.lapses) {
      story_ += "\n# " + ToText(move.at) + ": a limit has passed (" + lapsed.lapse + "), and " +
                MatterName(lapsed.matter) + " is now " + lapsed.stage + ".\n";
    }
  }

  // A new moment. Acts of one moment follow each other by a millisecond when they are played: those
  // of the last moment before a limit passes begin so much earlier.
  void Begin(std::size_t i) {
    const Instant at = violation_.story[i].at;
    if (told_ && *told_ == at) return;
    told_ = at;
    std::int64_t more = 0;
    while (i + 1 < violation_.story.size() && !violation_.story[i + 1].waited &&
           violation_.story[i + 1].at == at) {
      ++more;
      ++i;
    }
    Instant begin = at;
    if (at.ms % kMsPerSecond == kLastMs) begin.ms -= more;
    if (now_ && begin <= *now_) return;
    now_ = begin;
    story_ += (story_.empty() ? "at " : "\nat ") + ToText(begin) + "\n";
  }

  std::string MatterName(const MatterId& id) {
    if (const Invented* person = Find(id)) return person->id;
    const auto flight = flights_.find(id);
    if (flight != flights_.end()) return flight->second;
    const auto list = lists_.find(id);
    if (list != lists_.end())
      return list->second.state.ToText() + "'s list on " + list->second.flight;
    return "a matter";
  }

  absl::Status Do(const Move& move) {
    const Act& act = move.act.act;
    const procedure::ActInfo& info = *procedure::FindAct(act.kind);
    std::string subject;
    switch (info.matter) {
      case MatterKind::kCooperation:
        subject = "the cooperation";
        break;
      case MatterKind::kCase:
        subject = MatterName(act.matter);
        break;
      case MatterKind::kFlight:
        if (act.kind == ActKind::kFlightProposed)
          flights_.emplace(act.matter, "F" + std::to_string(flights_.size() + 1));
        subject = MatterName(act.matter);
        break;
      case MatterKind::kTransfer:
        CHANCERY_RETURN_IF_ERROR(MeetList(act));
        subject = MatterName(act.matter);
        break;
    }
    story_ += act.author.ToText() + " does " + std::string(info.name) + " on " + subject;
    // The player writes to the ministry, and the ministry to whoever wrote to it first.
    if (act.author == ministry_ && (asks_ || play::OpensCase(act.kind)) &&
        info.matter != MatterKind::kCooperation) {
      asks_ = true;
      story_ += " to " + act.addressee.ToText();
    }
    const std::string facts = Given(act.facts);
    if (!facts.empty()) story_ += " with " + facts;
    story_ += "\n";
    for (const Facts& line : act.lines) story_ += "  line " + Given(line) + "\n";
    Remember(move);
    return absl::OkStatus();
  }

  absl::Status MeetList(const Act& act) {
    if (lists_.contains(act.matter)) return absl::OkStatus();
    const auto flight = flights_.find(act.facts.IdOr(Fact::kFlight));
    if (flight == flights_.end()) return Untold("a list stands on no flight of the story");
    for (const auto& [id, list] : lists_) {
      if (list.flight == flight->second && list.state == act.author)
        return Untold("scenarios have one list of a state on a flight, and the story needs two");
    }
    lists_.emplace(act.matter, ListSaid{act.author, flight->second, {}, {}});
    return absl::OkStatus();
  }

  std::string Given(const Facts& facts) {
    std::string text;
    for (const auto& [fact, value] : facts) {
      if (!text.empty()) text += ", ";
      const FactType type = procedure::InfoOf(fact).type;
      if (type == FactType::kId) {
        text += std::string(procedure::InfoOf(fact).name) + " " +
                NameOfId(fact, std::get<MatterId>(value));
      } else if (type == FactType::kDigest) {
        text += std::string(procedure::InfoOf(fact).name) + " " +
                NameOfDigest(fact, std::get<Digest>(value));
      } else {
        text += Describe(fact, value);
      }
    }
    return text;
  }

  // What an identifier names in the story; one that names nothing there is a new one.
  std::string NameOfId(Fact fact, const MatterId& id) {
    for (const Invented& person : people_) {
      if (fact == Fact::kHandle && person.handle == id) return person.id;
      if (fact == Fact::kCase && person.one_case == id) return person.id;
      if (fact == Fact::kFamilyGroup && person.family == id) return person.id;
      if (fact == Fact::kConfirmationId && confirmed_.contains(person.one_case) &&
          confirmed_.at(person.one_case).second == id) {
        return person.id;
      }
    }
    const auto flight = flights_.find(id);
    return fact == Fact::kFlight && flight != flights_.end() ? flight->second : "new";
  }

  std::string NameOfDigest(Fact fact, const Digest& digest) {
    for (const Invented& person : people_) {
      const auto confirmed = confirmed_.find(person.one_case);
      if (fact == Fact::kConfirmation && confirmed != confirmed_.end() &&
          confirmed->second.first == digest) {
        return "confirmation of " + person.id;
      }
    }
    for (const auto& [id, list] : lists_) {
      const std::string of = " of " + list.state.ToText() + " on " + list.flight;
      if (fact == Fact::kManifest && list.manifest == digest) return "list" + of;
      if (fact == Fact::kBoarding && list.boarding == digest) return "boarding" + of;
    }
    return "new";
  }

  void Remember(const Move& move) {
    const Act& act = move.act.act;
    if (act.kind == ActKind::kReply && act.commitment && play::CarriesParticulars(act))
      confirmed_[act.matter] = {*act.commitment, act.facts.IdOr(Fact::kConfirmationId)};
    const auto list = lists_.find(act.matter);
    if (list == lists_.end()) return;
    if (act.kind == ActKind::kManifest) list->second.manifest = move.act.digest;
    if (act.kind == ActKind::kBoardingRecorded) list->second.boarding = move.act.digest;
  }

  absl::StatusOr<play::Played> Play(const std::string& text) const {
    auto read =
        play::ReadScenario(text, std::string(NameOf(violation_.breach.property)) + ".scenario");
    if (const auto* errors = std::get_if<std::vector<play::ScenarioError>>(&read))
      return Untold("scenarios have no words for it (" + ToText(errors->front()) + ")");
    const auto& scenario = std::get<play::Scenario>(read);
    absl::StatusOr<play::Played> played = play::PlayInCore(scenario, agreed_, {});
    if (!played.ok())
      return Untold("it cannot be played (" + std::string(ToStd(played.status().message())) + ")");
    if (!played->unmet.empty()) return Untold("it plays otherwise (" + played->unmet.front() + ")");
    return played;
  }

  // The same acts, each by the same rule.
  absl::Status Compare(const play::Played& played) const {
    std::vector<std::string> rulings;
    for (const Move& move : violation_.story) {
      if (!move.waited) rulings.push_back(codec::Summary(move.ruling));
    }
    const std::size_t more = played.record.size() - std::min(rulings.size(), played.record.size());
    for (std::size_t i = 0; i < rulings.size(); ++i) {
      if (i + more >= played.record.size() ||
          played.record[i + more].verdict.summary != rulings[i]) {
        return Untold("it plays otherwise: " + rulings[i] + " does not come about");
      }
    }
    return absl::OkStatus();
  }

  // Where each case ends.
  static std::string Endings(const play::Played& played) {
    std::string text = "\n";
    for (const auto& [person, one_case] : played.ending.cases)
      text += "expect " + person + " stage " + one_case.stage + "\n";
    return text;
  }

  struct ListSaid {
    PartyCode state;
    std::string flight;
    std::optional<Digest> manifest;  // the newest
    std::optional<Digest> boarding;
  };

  const checker::Violation& violation_;
  const play::Agreed& agreed_;
  const StoryPlace& place_;
  const PartyCode ministry_ = checker::Ministry();
  const PartyCode union_ = checker::Union();
  std::set<PartyCode> states_;
  std::vector<Invented> people_;
  std::map<MatterId, std::string> flights_;
  std::map<MatterId, ListSaid> lists_;
  std::map<MatterId, std::pair<Digest, MatterId>> confirmed_;  // by case, the newest
  bool asks_ = false;                                          // the ministry's own state asks
  std::optional<Instant> now_;                                 // of the last `at`
  std::optional<Instant> told_;
  std::string story_;
};

}  // namespace

absl::StatusOr<std::string> ToScenario(const checker::Violation& violation,
                                       const play::Agreed& agreed, const StoryPlace& place) {
  return Writer(violation, agreed, place).Run();
}

}  // namespace chancery::drafting
