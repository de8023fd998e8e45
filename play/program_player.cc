#include "play/program_player.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "engine/codec/act_json.h"
#include "engine/crypto/random.h"
#include "play/desk.h"
#include "play/matter_json.h"
#include "play/scans.h"
#include "play/script.h"
#include "play/verdict.h"
#include "play/world.h"

namespace chancery::play {

namespace {

using procedure::ActKind;
using procedure::Fact;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kWorkers = 4;
constexpr milliseconds kTend{1};
constexpr milliseconds kRetry{50};
constexpr std::chrono::seconds kPatience{40};  // with a program that was killed and comes back

std::string TextOf(const Json& json, const char* field) {
  const auto at = json.find(field);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// "admitted withdrawal" or "inadmissible not_confirmed, Art 4(3)".
Verdict VerdictOfSummary(const std::string& summary) {
  Verdict verdict;
  verdict.summary = summary;
  if (!summary.starts_with("inadmissible ")) return verdict;
  verdict.outcome = ExpectedRuling::Outcome::kInadmissible;
  const std::string rest = summary.substr(13);
  const std::size_t comma = rest.find(", ");
  verdict.ground = rest.substr(0, comma);
  if (comma != std::string::npos) verdict.article = rest.substr(comma + 2);
  return verdict;
}

// What became of one planned act.
struct Recording {
  Verdict verdict;
  Digest statement;
  std::optional<Digest> commitment;
  std::string statement_id;
  bool pending = false;  // handed in while the ministry is away
};

// One kill that was drawn: before which act sentence, which program, and how.
struct Kill {
  std::size_t sentence = 0;
  PartyCode program;
  std::string die_at;  // where it ends itself; empty: it is killed after a while
  milliseconds after{0};
};

class ProgramPlayer {
 public:
  ProgramPlayer(const Scenario& scenario, const Agreed& agreed, const ProgramOptions& options,
                const Progress& progress, std::unique_ptr<World> world)
      : scenario_(scenario),
        agreed_(agreed),
        options_(options),
        progress_(progress),
        world_(std::move(world)),
        script_(scenario, agreed, entropy_) {
    ministry_office_ = procedure::WordNumber(Fact::kOffice, "ministry").value_or(0);
    DrawKills();
  }

  absl::StatusOr<PlayedWithPrograms> Play() {
    if (scenario_.InCoreAlone()) {
      return FailedPrecondition(scenario_.file +
                                ": a rehearsal has no keys for one of the states, or the story "
                                "founds its ledger itself. Remedy: play the file with --core, or "
                                "name AUT, BGR, ESP or GRC and leave 'founded: no' out");
    }
    CHANCERY_RETURN_IF_ERROR(SetTheScene());
    Instant now = SceneTime(scenario_);
    std::size_t sentence = 0;
    for (const Step& step : scenario_.steps) {
      if (step.at > now) {
        CHANCERY_RETURN_IF_ERROR(MoveClock(step.at));
        now = step.at;
      }
      settled_ = settled_ && !std::holds_alternative<Disturbance>(step.what) &&
                 !std::holds_alternative<ActSentence>(step.what);
      if (const auto* disturbance = std::get_if<Disturbance>(&step.what)) {
        CHANCERY_RETURN_IF_ERROR(Disturb(*disturbance));
      } else if (std::holds_alternative<ActSentence>(step.what)) {
        BeginKills(sentence++);
        CHANCERY_RETURN_IF_ERROR(PlayAct(step));
      }
    }
    CHANCERY_RETURN_IF_ERROR(Finish());
    return std::move(played_);
  }

 private:
  using Job = std::function<absl::Status()>;

  void Tell(const std::string& line) {
    if (progress_) progress_(line);
  }

  // ---- workers, and the programs they talk to

  // Runs jobs side by side and meanwhile keeps the programs alive.
  absl::Status RunJobs(const std::vector<Job>& jobs) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> ended{0};
    std::vector<absl::Status> results(jobs.size());
    std::vector<std::thread> workers;
    const std::size_t count = std::min(kWorkers, jobs.size());
    for (std::size_t i = 0; i < count; ++i) {
      workers.emplace_back([&] {
        for (std::size_t job = next++; job < jobs.size(); job = next++) results[job] = jobs[job]();
        ++ended;
      });
    }
    absl::Status tended;
    while (ended < count) {
      if (tended.ok()) tended = Tend();
      std::this_thread::sleep_for(kTend);
    }
    for (std::thread& worker : workers) worker.join();
    CHANCERY_RETURN_IF_ERROR(tended);
    for (const absl::Status& result : results) CHANCERY_RETURN_IF_ERROR(result);
    return absl::OkStatus();
  }

  // Carries out kills that are due and starts again whatever has ended.
  absl::Status Tend() {
    for (Kill& kill : due_) {
      if (steady_clock::now() < kill_at_ || !kill.die_at.empty() || kill.program.IsNone()) continue;
      world_->Kill(kill.program);
      kill.program = {};
    }
    std::vector<PartyCode> programs = scenario_.states;
    programs.push_back(scenario_.ministry);
    for (const PartyCode program : programs) {
      if (!running_.contains(program)) continue;
      CHANCERY_ASSIGN_OR_RETURN(const bool revived, world_->Revive(program));
      if (!revived) continue;
      ++played_.kills;
      Tell("    " + NameOfProgram(program) + " was killed and is back");
    }
    return world_->ReviveWitnesses();
  }

  std::string NameOfProgram(PartyCode program) const {
    return program == scenario_.ministry ? "ministry" : program.ToText();
  }

  absl::Status Start(PartyCode program, const std::string& die_at = {}) {
    CHANCERY_RETURN_IF_ERROR(world_->Start(program, die_at));
    running_.insert(program);
    return absl::OkStatus();
  }

  // ---- kills

  void DrawKills() {
    static const std::vector<std::string> ministry_events = {"commit.before", "commit.after",
                                                             "answer.before", "draft.kept",
                                                             "collect.sent",  "ledger.cosigned"};
    static const std::vector<std::string> state_events = {
        "commit.before", "commit.after", "send.before", "collect.received", "witness.cosigned"};
    std::size_t sentences = 0;
    for (const Step& step : scenario_.steps)
      sentences += std::holds_alternative<ActSentence>(step.what) ? 1 : 0;
    std::mt19937_64 random(options_.kill_seed);
    const auto draw = [&random](std::size_t below) {
      return static_cast<std::size_t>(random() % below);
    };
    for (int i = 0; i < options_.kills && sentences > 0; ++i) {
      Kill kill;
      kill.sentence = draw(sentences);
      const bool of_ministry = draw(2) == 0;
      kill.program =
          of_ministry ? scenario_.ministry : scenario_.states[draw(scenario_.states.size())];
      const auto& events = of_ministry ? ministry_events : state_events;
      if (draw(3) == 0) {
        kill.after = milliseconds(static_cast<int>(draw(200)));
      } else {
        const std::size_t event = draw(events.size());
        kill.die_at = events[event] + ":" + std::to_string(1 + draw(3));
      }
      kills_.push_back(kill);
    }
  }

  // Before a sentence: programs that shall end themselves are started again armed; others are
  // killed while it is played.
  void BeginKills(std::size_t sentence) {
    due_.clear();
    for (const Kill& kill : kills_) {
      if (kill.sentence != sentence) continue;
      if (kill.die_at.empty()) {
        due_.push_back(kill);
        kill_at_ = steady_clock::now() + kill.after;
        continue;
      }
      world_->Kill(kill.program);
      ++played_.kills;
      const absl::Status armed = world_->Start(kill.program, kill.die_at);
      Tell("    " + NameOfProgram(kill.program) + " was killed and will end at " + kill.die_at +
           (armed.ok() ? "" : ", which came at once"));
    }
  }

  absl::Status Disturb(const Disturbance& disturbance) {
    switch (disturbance.kind) {
      case Disturbance::Kind::kKill:
        world_->Kill(disturbance.program);
        return Tend();
      case Disturbance::Kind::kAway:
        running_.erase(disturbance.program);
        world_->Kill(disturbance.program);
        Tell("    " + NameOfProgram(disturbance.program) + " is away");
        return absl::OkStatus();
      case Disturbance::Kind::kBack:
        CHANCERY_RETURN_IF_ERROR(Start(disturbance.program));
        Tell("    " + NameOfProgram(disturbance.program) + " is back");
        return disturbance.program == scenario_.ministry ? HearOfPending() : absl::OkStatus();
    }
    return absl::OkStatus();
  }

  bool MinistryAway() const { return !running_.contains(scenario_.ministry); }

  // ---- the scene and the clock

  absl::Status SetTheScene() {
    Tell("Starting the always-on witnesses, the ministry and its registry");
    CHANCERY_RETURN_IF_ERROR(world_->StartWitnesses());
    CHANCERY_RETURN_IF_ERROR(Start(scenario_.ministry));
    const std::vector<Planned> scene = script_.SetScene(world_->offices(), world_->authorities());
    scene_acts_ = static_cast<std::int64_t>(scene.size());
    Tell("Founding the cooperation: " + std::to_string(scene.size()) +
         " acts of the Union and the ministry");
    // Offices are appointed side by side; everything else has its turn.
    std::vector<Job> jobs;
    const auto flush = [&]() -> absl::Status {
      CHANCERY_RETURN_IF_ERROR(RunJobs(jobs));
      jobs.clear();
      return absl::OkStatus();
    };
    ActKind before = ActKind::kFounded;
    for (const Planned& planned : scene) {
      const bool together = before == ActKind::kOfficeAppointed && planned.act.kind == before;
      if (!together) CHANCERY_RETURN_IF_ERROR(flush());
      before = planned.act.kind;
      jobs.push_back([this, &planned] { return PlaySceneAct(planned); });
    }
    CHANCERY_RETURN_IF_ERROR(flush());
    Tell("Starting the states' daemons");
    for (const PartyCode state : scenario_.states) CHANCERY_RETURN_IF_ERROR(Start(state));
    return absl::OkStatus();
  }

  absl::Status PlaySceneAct(const Planned& planned) {
    CHANCERY_ASSIGN_OR_RETURN(const Recording recording,
                              planned.act.author == scenario_.ministry
                                  ? DoByOfficers(planned, {{ministry_office_, 1}})
                                  : BringIn(planned, SceneTime(scenario_)));
    const bool admitted = recording.verdict.outcome == ExpectedRuling::Outcome::kAdmitted;
    if (!admitted) {
      return FailedPrecondition("setting the scene: " + NameOf(planned) + ": " +
                                recording.verdict.summary);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    script_.Recorded(planned, recording.statement, recording.commitment, true);
    return absl::OkStatus();
  }

  absl::Status MoveClock(Instant to) {
    if (!MinistryAway() && !settled_) CHANCERY_RETURN_IF_ERROR(Settle());
    Tell(ToText(to));
    return world_->SetClock(to);
  }

  // Until nothing waits anywhere and every head is cosigned by those who read it.
  absl::Status Settle() {
    const auto until = steady_clock::now() + kPatience;
    for (;;) {
      std::vector<Job> jobs;
      for (const PartyCode state : scenario_.states) {
        jobs.push_back([this, state]() -> absl::Status {
          CHANCERY_ASSIGN_OR_RETURN(const Answer answer,
                                    world_->State(state, {"wait", "--settled", "--timeout", "20"}));
          return answer.exit_code == 0
                     ? absl::OkStatus()
                     : Unavailable(state.ToText() + " is not settled: " + answer.error);
        });
      }
      absl::Status settled = RunJobs(jobs);
      if (settled.ok()) settled = QuorumCoversHead();
      settled_ = settled.ok() && options_.kills == 0;
      if (settled.ok()) return settled;
      if (steady_clock::now() > until) return settled;
      CHANCERY_RETURN_IF_ERROR(Tend());
    }
  }

  absl::Status QuorumCoversHead() {
    CHANCERY_ASSIGN_OR_RETURN(const Answer status,
                              world_->Officer(ministry_office_, 1, {"status"}, false));
    if (status.exit_code != 0) return Unavailable("the ministry does not answer: " + status.error);
    const auto size = status.data.value("size", std::uint64_t{0});
    for (const PartyCode state : scenario_.states) {
      bool covered = false;
      for (const Json& witness : status.data.value("witnesses", Json::array())) {
        covered = covered || (TextOf(witness, "party") == state.view() &&
                              witness.value("cosigned_size", std::uint64_t{0}) == size);
      }
      if (!covered) return Unavailable(state.ToText() + " has not cosigned the ministry's head");
    }
    if (status.data.value("final_size", std::uint64_t{0}) != size)
      return Unavailable("the quorum has not signed the ministry's head");
    return absl::OkStatus();
  }

  // ---- acts

  absl::Status PlayAct(const Step& step) {
    if (std::get<ActSentence>(step.what).InCoreAlone()) {
      return FailedPrecondition(scenario_.file + ":" + std::to_string(step.line) +
                                ": the core alone plays this sentence. Remedy: play the file with "
                                "--core, or write the sentence another way");
    }
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Planned> planned, script_.Plan(step));
    Tell("  " + step.text);
    std::vector<Recording> recordings(planned.size());
    const PartyCode author = planned.front().act.author;
    if (author == scenario_.ministry) {
      std::vector<Job> jobs;
      for (std::size_t i = 0; i < planned.size(); ++i) {
        jobs.push_back([this, &step, &planned, &recordings, i]() -> absl::Status {
          CHANCERY_RETURN_IF_ERROR(CheckWithRegistry(step, planned[i]));
          CHANCERY_ASSIGN_OR_RETURN(recordings[i], DoByOfficers(planned[i], SealsOf(planned[i])));
          return FindCommitment(planned[i], recordings[i]);
        });
      }
      CHANCERY_RETURN_IF_ERROR(RunJobs(jobs));
    } else if (author == *PartyCode::FromText("EUE")) {
      CHANCERY_ASSIGN_OR_RETURN(recordings[0], BringIn(planned[0], step.at));
    } else if (script_.ByHand(planned.front())) {
      for (std::size_t i = 0; i < planned.size(); ++i) {
        CHANCERY_ASSIGN_OR_RETURN(recordings[i], BringIn(planned[i], step.at));
      }
    } else {
      CHANCERY_RETURN_IF_ERROR(RunJobs({[&] { return Submit(author, planned, recordings); }}));
    }
    for (std::size_t i = 0; i < planned.size(); ++i) Note(step, planned[i], recordings[i]);
    return absl::OkStatus();
  }

  void Note(const Step& step, const Planned& planned, const Recording& recording) {
    ++played_.acts;
    played_.record.push_back({step.line, planned.act.author, NameOf(planned), recording.verdict});
    if (recording.pending) {
      pending_.push_back({&step, planned, recording, played_.record.size() - 1});
      script_.Recorded(planned, recording.statement, recording.commitment, true);
      return;
    }
    const bool admitted = recording.verdict.outcome == ExpectedRuling::Outcome::kAdmitted;
    if (recording.verdict.outcome == ExpectedRuling::Outcome::kTurnedAway) ++turned_away_;
    script_.Recorded(planned, recording.statement, recording.commitment, admitted);
    if (admitted) recorded_.push_back(planned);
    if (!admitted) Tell("    " + NameOf(planned) + ": " + recording.verdict.summary);
    if (auto unmet = Compare(scenario_, step, NameOf(planned), recording.verdict)) {
      played_.unmet.push_back(*std::move(unmet));
    }
  }

  // Empty: which of several rules it falls under, and so whose seals it needs, the draft will say.
  // An office that the scenario names seals, whether or not it is the right one.
  std::vector<SealingOffice> SealsOf(const Planned& planned) const {
    const auto candidates = script_.SealsFor(planned);
    if (candidates.empty()) return {{ministry_office_, 1}};
    const bool alike = std::all_of(candidates.begin(), candidates.end(), [&](const auto& seals) {
      return std::equal(seals.begin(), seals.end(), candidates.front().begin(),
                        candidates.front().end(), [](const auto& one, const auto& other) {
                          return one.office == other.office && one.count == other.count;
                        });
    });
    if (!alike && planned.office == 0) return {};
    return candidates.front();
  }

  // "registry 2", "ministry": what a draft says it still needs.
  static std::vector<SealingOffice> SealsNeeded(const Json& data) {
    std::vector<SealingOffice> seals;
    for (const Json& one : data.value("seals_needed", Json::array())) {
      const std::string text = one.is_string() ? one.get<std::string>() : std::string();
      const std::size_t space = text.find(' ');
      const auto office = procedure::WordNumber(Fact::kOffice, text.substr(0, space));
      if (!office) continue;
      seals.push_back({*office, space == std::string::npos ? 1 : std::atoi(&text[space + 1])});
    }
    return seals;
  }

  absl::StatusOr<std::string> WriteInput(const Planned& planned) {
    if (const Person* person = scenario_.FindPerson(planned.person)) {
      for (const procedure::Facts& line : planned.act.lines) {
        const Scan* scan = ScanNamedBy(*person, line);
        if (scan == nullptr) continue;
        CHANCERY_RETURN_IF_ERROR(
            world_->WriteInput(NameOf(*person, *scan), BytesOf(*person, *scan)).status());
      }
    }
    const std::string name = "act-" + std::to_string(++inputs_) + ".json";
    Json registered = Json::object();
    if (CarriesParticulars(planned.act)) {
      const std::lock_guard<std::mutex> lock(mutex_);
      registered = registered_[planned.person];
    }
    return world_->WriteInput(name, InputOf(scenario_, planned, registered));
  }

  // ---- acts of the ministry's offices

  // Before an office verifies or confirms, it asks the registry, whose answer must be the one the
  // scenario tells of.
  absl::Status CheckWithRegistry(const Step& step, const Planned& planned) {
    const bool verifies = planned.act.kind == ActKind::kVerification;
    const bool confirms = planned.act.kind == ActKind::kReply && CarriesParticulars(planned.act);
    if (!verifies && !confirms) return absl::OkStatus();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (confirms && registered_.contains(planned.person)) return absl::OkStatus();
    }
    CHANCERY_ASSIGN_OR_RETURN(
        const Answer answer,
        AskOfficer(ministry_office_, {"task", "check", planned.act.matter.ToHexText()}));
    if (answer.exit_code != 0)
      return Unavailable("task check for " + planned.person + ": " + answer.error);
    const std::lock_guard<std::mutex> lock(mutex_);
    registered_[planned.person] = answer.data.value("registered", Json::object());
    const std::string found = TextOf(answer.data, "verification");
    const std::string on_file(procedure::WordName(
        Fact::kVerification, scenario_.FindPerson(planned.person)->on_file.finding));
    if (found != on_file) {
      played_.unmet.push_back(scenario_.file + ":" + std::to_string(step.line) +
                              ": the registry answers " + found + " for " + planned.person +
                              ", the scenario has " + on_file + " on file");
    }
    if (auto unmet = RegistryDiffers(scenario_, step, planned))
      played_.unmet.push_back(*std::move(unmet));
    return absl::OkStatus();
  }

  // A question that may be asked again.
  absl::StatusOr<Answer> AskOfficer(std::int64_t office,
                                    const std::vector<std::string>& arguments) {
    const auto until = steady_clock::now() + kPatience;
    for (;;) {
      CHANCERY_ASSIGN_OR_RETURN(Answer answer, world_->Officer(office, 1, arguments, false));
      if (!answer.unavailable() || steady_clock::now() > until) return answer;
      std::this_thread::sleep_for(kRetry);
    }
  }

  // Whose seals are put under an act by officers: the ministry's own server adds its seal when
  // others' are there.
  std::vector<std::pair<std::int64_t, int>> OfficersFor(
      const std::vector<SealingOffice>& seals) const {
    std::vector<std::pair<std::int64_t, int>> officers;
    for (const SealingOffice& seal : seals) {
      if (seal.office == ministry_office_ && seals.size() > 1) continue;
      const bool own =
          seal.office == ministry_office_;  // the server holds the first key of the ministry
      for (int i = 1; i <= seal.count; ++i) officers.emplace_back(seal.office, own ? i + 1 : i);
    }
    return officers;
  }

  absl::StatusOr<Recording> DoByOfficers(const Planned& planned,
                                         const std::vector<SealingOffice>& seals) {
    CHANCERY_ASSIGN_OR_RETURN(const std::string input, WriteInput(planned));
    auto officers = OfficersFor(seals);
    const auto until = steady_clock::now() + kPatience;
    Recording recording;
    std::string draft;
    std::size_t sealed = 0;
    while (steady_clock::now() < until) {
      Answer answer;
      if (draft.empty()) {
        const bool quick = options_.kills == 0 && !officers.empty();
        const auto [office, officer] =
            officers.empty() ? std::pair(ministry_office_, 1) : officers.front();
        CHANCERY_ASSIGN_OR_RETURN(
            answer,
            world_->Officer(office, officer, {"act", quick ? "do" : "draft", input}, quick));
        if (quick && !answer.unavailable()) sealed = 1;
      } else {
        // The server stopped before it could say whose seals the draft needs.
        if (officers.empty()) {
          CHANCERY_ASSIGN_OR_RETURN(const Answer shown,
                                    AskOfficer(ministry_office_, {"act", "show", draft}));
          officers = OfficersFor(SealsNeeded(shown.data));
        }
        if (officers.empty()) officers = OfficersFor({{ministry_office_, 1}});
        const auto& [office, officer] = officers[std::min(sealed, officers.size() - 1)];
        CHANCERY_ASSIGN_OR_RETURN(
            answer, world_->Officer(office, officer, {"act", "approve", draft}, true));
        if (!answer.unavailable()) ++sealed;
      }
      if (answer.unavailable()) {
        CHANCERY_ASSIGN_OR_RETURN(const bool gone, FindDraft(planned, draft, sealed, recording));
        if (gone)
          return recording;  // recorded; its ruling was lost with the server, and the sums will
                             // tell
        continue;
      }
      TakeStatement(answer.data, recording);
      if (draft.empty()) draft = TextOf(answer.data, "draft");
      if (officers.empty()) officers = OfficersFor(SealsNeeded(answer.data));
      if (officers.empty()) officers = OfficersFor({{ministry_office_, 1}});
      if (answer.data.contains("ruling")) {
        recording.verdict = VerdictOfSummary(TextOf(answer.data, "ruling"));
        return recording;
      }
      if (answer.exit_code != 0 && answer.error.find("DRAFT_UNKNOWN") != std::string::npos)
        return recording;
      if (answer.exit_code != 0 && answer.error.find("ALREADY_APPROVED") == std::string::npos) {
        recording.verdict = TurnedAwayFor(ReasonIn(answer.error));
        return recording;
      }
    }
    return absl::DeadlineExceededError(
        ToAbsl(NameOf(planned) + ": the ministry's officers could not finish it"));
  }

  static void TakeStatement(const Json& data, Recording& recording) {
    if (const auto digest = Digest::FromHexText(TextOf(data, "statement_digest")))
      recording.statement = *digest;
  }

  // After the server was away: whether the draft is still there, and with how many seals. True when
  // it was there and has gone: then it was recorded.
  absl::StatusOr<bool> FindDraft(const Planned& planned, std::string& draft, std::size_t& sealed,
                                 Recording& recording) {
    CHANCERY_ASSIGN_OR_RETURN(const Answer list, AskOfficer(ministry_office_, {"act", "list"}));
    if (list.exit_code != 0) return Unavailable("act list: " + list.error);
    const std::string act(procedure::FindAct(planned.act.kind)->name);
    for (const Json& row : list.data.value("drafts", Json::array())) {
      const bool same = draft.empty() ? TextOf(row, "matter") == planned.act.matter.ToHexText() &&
                                            TextOf(row, "act") == act
                                      : TextOf(row, "draft") == draft;
      if (!same) continue;
      draft = TextOf(row, "draft");
      sealed = row.value("seals", std::size_t{0});
      CHANCERY_ASSIGN_OR_RETURN(const Answer shown,
                                AskOfficer(ministry_office_, {"act", "show", draft}));
      TakeStatement(shown.data, recording);
      return false;
    }
    return !draft.empty();
  }

  absl::Status FindCommitment(const Planned& planned, Recording& recording) {
    if (!CarriesParticulars(planned.act) || planned.act.kind != ActKind::kReply)
      return absl::OkStatus();
    CHANCERY_ASSIGN_OR_RETURN(
        const Answer shown,
        AskOfficer(ministry_office_, {"case", "show", planned.act.matter.ToHexText()}));
    if (shown.exit_code != 0) return Unavailable("case show: " + shown.error);
    const Json matters = shown.data.value("matters", Json::array());
    const Json facts =
        matters.empty() ? Json::object() : matters.front().value("facts", Json::object());
    recording.commitment = Digest::FromHexText(TextOf(facts, "confirmation"));
    return absl::OkStatus();
  }

  // ---- acts of the Union, which has no program here, and those a state's program would not seal:
  // an officer brings the envelope in

  absl::StatusOr<Recording> BringIn(const Planned& planned, Instant at) {
    procedure::Act act = planned.act;
    act.id = NewStatementId(at, entropy_);
    act.made_at = at;
    CHANCERY_ASSIGN_OR_RETURN(const Bytes envelope, SealByHand(planned, act, at));
    CHANCERY_ASSIGN_OR_RETURN(
        const std::string input,
        world_->WriteInput("envelope-" + std::to_string(++inputs_), envelope));
    CHANCERY_ASSIGN_OR_RETURN(const Answer answer,
                              AskOfficer(ministry_office_, {"bring-in", input}));
    Recording recording;
    TakeStatement(answer.data, recording);
    recording.verdict = answer.data.contains("ruling")
                            ? VerdictOfSummary(TextOf(answer.data, "ruling"))
                            : TurnedAwayFor(ReasonIn(answer.error));
    return recording;
  }

  absl::StatusOr<Bytes> SealByHand(const Planned& planned, const procedure::Act& act, Instant at) {
    if (planned.office == 0) return world_->SealForUnion(act, at);
    CHANCERY_ASSIGN_OR_RETURN(
        const codec::DraftedAct drafted,
        codec::ActFromJson(InputOf(scenario_, planned, registered_[planned.person]), at));
    return world_->SealByHand(act, drafted.items, planned.office, at, entropy_);
  }

  // ---- acts of the states

  absl::Status Submit(PartyCode state, const std::vector<Planned>& planned,
                      std::vector<Recording>& recordings) {
    std::vector<std::string> arguments = {"act", "submit"};
    for (const Planned& one : planned) {
      CHANCERY_ASSIGN_OR_RETURN(const std::string input, WriteInput(one));
      arguments.push_back(input);
    }
    const bool wait = !MinistryAway();
    if (wait) arguments.insert(arguments.end(), {"--wait", "--timeout", "30"});
    arguments.insert(arguments.end(), {"--patience", "30"});
    CHANCERY_ASSIGN_OR_RETURN(const Answer answer, world_->State(state, arguments));
    if (!answer.data.is_array() || answer.data.size() != planned.size()) {
      return Unavailable("act submit by " + state.ToText() + ": " + answer.error);
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
      const Json& row = answer.data[i];
      Recording& recording = recordings[i];
      TakeStatement(row, recording);
      recording.statement_id = TextOf(row, "statement_id");
      if (recording.statement_id.empty()) {
        recording.verdict = TurnedAwayFor(ReasonIn(row.dump()));
      } else if (!wait) {
        recording.pending = true;
      } else if (row.contains("ruling")) {
        recording.verdict = VerdictOfSummary(TextOf(row, "ruling"));
      } else {
        CHANCERY_RETURN_IF_ERROR(HearOf(state, recording));
      }
    }
    return absl::OkStatus();
  }

  // Asks until the ministry has ruled on an act that was handed in.
  absl::Status HearOf(PartyCode state, Recording& recording) {
    const auto until = steady_clock::now() + kPatience;
    while (steady_clock::now() < until) {
      CHANCERY_ASSIGN_OR_RETURN(
          const Answer sent,
          world_->State(state, {"sent", "list", recording.statement_id, "--patience", "30"}));
      const Json row =
          sent.data.is_array() && !sent.data.empty() ? sent.data.front() : Json::object();
      if (TextOf(row, "state") == "recorded") {
        recording.verdict = VerdictOfSummary(TextOf(row, "ruling"));
        return absl::OkStatus();
      }
      if (TextOf(row, "state") == "turned_away") {
        recording.verdict = TurnedAwayFor(ReasonIn(TextOf(row, "error")));
        return absl::OkStatus();
      }
      std::this_thread::sleep_for(kRetry);
    }
    return absl::DeadlineExceededError(ToAbsl(state.ToText() + ": an act is still not ruled on"));
  }

  struct Pending {
    const Step* step;
    Planned planned;
    Recording recording;
    std::size_t in_record = 0;
  };

  // The ministry is back: what was handed in meanwhile must have arrived.
  absl::Status HearOfPending() {
    for (Pending& pending : pending_) {
      CHANCERY_RETURN_IF_ERROR(
          RunJobs({[&] { return HearOf(pending.planned.act.author, pending.recording); }}));
      played_.record[pending.in_record].verdict = pending.recording.verdict;
      if (pending.recording.verdict.outcome == ExpectedRuling::Outcome::kTurnedAway) ++turned_away_;
      if (pending.recording.verdict.outcome == ExpectedRuling::Outcome::kAdmitted)
        recorded_.push_back(pending.planned);
      if (auto unmet = Compare(scenario_, *pending.step, NameOf(pending.planned),
                               pending.recording.verdict)) {
        played_.unmet.push_back(*std::move(unmet));
      }
    }
    pending_.clear();
    return absl::OkStatus();
  }

  // ---- the end

  absl::Status Finish() {
    due_.clear();
    if (!settled_) CHANCERY_RETURN_IF_ERROR(Settle());
    CHANCERY_RETURN_IF_ERROR(ReadEnding());
    for (std::string& line : Unmet(scenario_, played_.ending))
      played_.unmet.push_back(std::move(line));
    CHANCERY_RETURN_IF_ERROR(CompareWithCore());
    CHANCERY_RETURN_IF_ERROR(FetchScans());
    Tell("Exporting every party's evidence");
    std::vector<Job> exports;
    for (const PartyCode state : scenario_.states) {
      exports.push_back([this, state]() -> absl::Status {
        const std::string folder = (world_->FolderOf(state) / "evidence").string();
        CHANCERY_ASSIGN_OR_RETURN(const Answer answer,
                                  world_->State(state, {"evidence", "export", folder}));
        if (answer.exit_code != 0)
          return Internal(state.ToText() + " evidence export: " + answer.error);
        const std::string slice = (world_->FolderOf(state) / "slice").string();
        CHANCERY_ASSIGN_OR_RETURN(const Answer sliced,
                                  world_->State(state, {"evidence", "slice", "--out", slice}));
        return sliced.exit_code == 0
                   ? absl::OkStatus()
                   : Internal(state.ToText() + " evidence slice: " + sliced.error);
      });
    }
    CHANCERY_RETURN_IF_ERROR(RunJobs(exports));
    running_.clear();
    std::vector<Job> stops = {[this] { return world_->Stop(scenario_.ministry); }};
    for (const PartyCode state : scenario_.states)
      stops.push_back([this, state] { return world_->Stop(state); });
    CHANCERY_RETURN_IF_ERROR(RunJobs(stops));
    CHANCERY_RETURN_IF_ERROR(world_->StopWitnesses());
    return Audit();
  }

  absl::Status ExportMinistry() {
    const std::string folder = (world_->FolderOf(scenario_.ministry) / "evidence").string();
    CHANCERY_ASSIGN_OR_RETURN(const Answer exported,
                              world_->Ministry({"evidence", "export", folder}));
    return exported.exit_code == 0 ? absl::OkStatus()
                                   : Internal("ministry evidence export: " + exported.error);
  }

  absl::Status ReadEnding() {
    procedure::Matters matters;
    std::mutex mutex;
    std::vector<Job> jobs;
    for (const PartyCode state : scenario_.states) {
      for (const char* kind : {"case", "flight", "manifest"}) {
        jobs.push_back([this, state, kind, &matters, &mutex]() -> absl::Status {
          CHANCERY_ASSIGN_OR_RETURN(const Answer answer, world_->State(state, {kind, "list"}));
          if (!answer.data.is_array())
            return Unavailable(state.ToText() + " " + kind + " list: " + answer.error);
          for (const Json& row : answer.data) {
            CHANCERY_ASSIGN_OR_RETURN(procedure::Matter matter, MatterFromJson(row));
            const std::lock_guard<std::mutex> lock(mutex);
            matters.Add(std::move(matter));
          }
          return absl::OkStatus();
        });
      }
    }
    CHANCERY_RETURN_IF_ERROR(RunJobs(jobs));
    const Instant end = scenario_.steps.back().at;
    procedure::Matters standing;
    for (procedure::Matter& matter : procedure::StandingAt(agreed_.All(), matters, end).matters) {
      standing.Add(std::move(matter));
    }
    played_.ending =
        EndingFrom(scenario_, script_, [&](const MatterId& id) { return standing.Find(id); });
    return absl::OkStatus();
  }

  // An officer of the ministry gets every scan whole that an admitted act named, until its case was
  // erased.
  absl::Status FetchScans() {
    std::set<MatterId> erased;
    for (const Planned& planned : recorded_) {
      if (planned.act.kind == ActKind::kErasure) erased.insert(planned.act.matter);
    }
    for (const Planned& planned : recorded_) {
      const Person* person = scenario_.FindPerson(planned.person);
      for (const procedure::Facts& line : planned.act.lines) {
        const Scan* scan = person != nullptr ? ScanNamedBy(*person, line) : nullptr;
        if (scan == nullptr) continue;
        const std::string matter = planned.act.matter.ToHexText();
        const std::string digest = line.DigestOr(Fact::kAttachment).ToHexText();
        const std::string out = world_->InputPath("fetched-" + matter + digest);
        CHANCERY_ASSIGN_OR_RETURN(
            const Answer answer,
            AskOfficer(ministry_office_, {"attachment", "get", matter, digest, "--out", out}));
        // The command has compared the digest.
        const bool gone = answer.error.find("ATTACHMENT_UNKNOWN") != std::string::npos;
        if (erased.contains(planned.act.matter) ? gone : answer.exit_code == 0) continue;
        played_.unmet.push_back(
            scenario_.file + ": " + NameOf(*person, *scan) + ": " +
            (answer.exit_code == 0 ? "is there after the erasure" : answer.error));
      }
    }
    return absl::OkStatus();
  }

  // The programs and the core come to the same ending, person by person.
  absl::Status CompareWithCore() {
    CHANCERY_ASSIGN_OR_RETURN(const Played core, PlayInCore(scenario_, agreed_, {}));
    const auto here = OutcomesOf(scenario_, played_.ending);
    const auto there = OutcomesOf(scenario_, core.ending);
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (ToLine(here[i]) == ToLine(there[i])) continue;
      played_.unmet.push_back(scenario_.file + ": the programs end with '" + ToLine(here[i]) +
                              "', the core with '" + ToLine(there[i]) + "'");
    }
    return absl::OkStatus();
  }

  absl::Status Audit() {
    std::vector<PartyCode> parties = {scenario_.ministry};
    parties.insert(parties.end(), scenario_.states.begin(), scenario_.states.end());
    std::vector<Answer> answers(parties.size());
    std::vector<Answer> slices(parties.size());
    std::vector<Job> audits;
    for (std::size_t i = 0; i < parties.size(); ++i) {
      audits.push_back([this, &parties, &answers, &slices, i]() -> absl::Status {
        if (parties[i] == scenario_.ministry) CHANCERY_RETURN_IF_ERROR(ExportMinistry());
        CHANCERY_ASSIGN_OR_RETURN(answers[i], world_->Audit(parties[i], "evidence"));
        if (parties[i] == scenario_.ministry) return absl::OkStatus();
        CHANCERY_ASSIGN_OR_RETURN(slices[i], world_->Audit(parties[i], "slice"));
        return absl::OkStatus();
      });
    }
    CHANCERY_RETURN_IF_ERROR(RunJobs(audits));
    for (std::size_t i = 0; i < parties.size(); ++i) {
      const PartyCode party = parties[i];
      const Answer& answer = answers[i];
      const auto number = [&answer](const char* field) {
        return answer.data.value(field, std::int64_t{0});
      };
      std::string line = NameOfProgram(party) + ": " + TextOf(answer.data, "verdict") + ", " +
                         std::to_string(number("entries")) + " entries";
      if (party == scenario_.ministry) {
        line += ", " + std::to_string(number("rulings_equal")) + " of " +
                std::to_string(number("acts")) + " rulings replayed equal";
        CompareActs(number("acts"));
      }
      Tell("Audited " + line);
      played_.audited.push_back(std::move(line));
      NoteUnverified("evidence of " + NameOfProgram(party), answer);
      if (party != scenario_.ministry)
        NoteUnverified("slice of " + NameOfProgram(party), slices[i]);
    }
    return absl::OkStatus();
  }

  void NoteUnverified(const std::string& what, const Answer& answer) {
    if (answer.exit_code == 0) return;
    played_.unmet.push_back(scenario_.file + ": the " + what + " does not verify (exit code " +
                            std::to_string(answer.exit_code) + "): " +
                            answer.data.value("findings", Json::array()).dump() + answer.error);
  }

  // No act was lost on the way and none was recorded twice.
  void CompareActs(std::int64_t recorded) {
    const std::int64_t expected = scene_acts_ + played_.acts - turned_away_;
    if (recorded == expected) return;
    played_.unmet.push_back(scenario_.file + ": the ministry's ledger holds " +
                            std::to_string(recorded) + " acts, but " + std::to_string(expected) +
                            " were done");
  }

  const Scenario& scenario_;
  const Agreed& agreed_;
  const ProgramOptions& options_;
  const Progress& progress_;
  crypto::SystemEntropy entropy_;
  std::unique_ptr<World> world_;
  Script script_;
  std::int64_t ministry_office_ = 0;
  PlayedWithPrograms played_;
  std::int64_t scene_acts_ = 0;
  std::int64_t turned_away_ = 0;
  std::set<PartyCode> running_;  // programs that are to be kept alive
  std::vector<Kill> kills_;
  std::vector<Kill> due_;
  steady_clock::time_point kill_at_;
  std::atomic<int> inputs_{0};
  std::vector<Planned> recorded_;  // admitted, in their order
  std::vector<Pending> pending_;
  bool settled_ = false;  // and nothing was done since
  std::mutex mutex_;      // guards what follows and the script while the scene is set
  std::map<std::string, Json> registered_;  // what the registry answered, by person
};

}  // namespace

absl::StatusOr<PlayedWithPrograms> PlayWithPrograms(const Scenario& scenario, const Agreed& agreed,
                                                    const ProgramOptions& options,
                                                    const Progress& progress) {
  if (progress)
    progress("Making the rehearsal's keys, anchor and configurations in " + options.out.string());
  CHANCERY_ASSIGN_OR_RETURN(std::unique_ptr<World> world,
                            World::Make(scenario, agreed,
                                        {options.out, options.programs, options.log_level,
                                         options.verdicts, options.pki}));
  return ProgramPlayer(scenario, agreed, options, progress, std::move(world)).Play();
}

}  // namespace chancery::play
