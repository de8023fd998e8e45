#include "engine/codec/procedure_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "chancery/procedure/v1/procedure.pb.h"
#include "engine/base/check.h"
#include "engine/procedure/expression.h"

namespace chancery::codec {

namespace {

namespace wire = chancery::procedure::v1;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using procedure::Fact;
using procedure::MatterKind;
using procedure::Procedure;
using procedure::Role;

constexpr std::size_t kMaxIdBytes = 64;
constexpr int kMaxDays = 36'600;

// Letters that would have to change to make one word of the other: to guess what was meant.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      corner = above;
    }
  }
  return row[b.size()];
}

// " (did you mean X?)" when a word is near, and the whole list when it is short.
std::string Remedy(std::string_view word, const std::vector<std::string_view>& words) {
  std::string_view nearest;
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : words) {
    const std::size_t distance = Distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  std::string text;
  if (!nearest.empty()) text.append("; did you mean ").append(nearest).append("?");
  if (!nearest.empty() || words.size() > 24)
    return text.empty() ? "; take one from docs/procedure-language.md" : text;
  text = "; use one of ";
  for (std::size_t i = 0; i < words.size(); ++i) text.append(i == 0 ? "" : ", ").append(words[i]);
  return text;
}

// Where in the text a message's fields stand.
class Place {
 public:
  Place(std::string_view file, TextFormat::ParseInfoTree* tree, const Message& message)
      : Place(file, tree, message, std::string(file).append(":1:1"), {}) {}

  // "procedure.textproto:12:3", counted from 1; for a field that is not there, where its message
  // begins.
  std::string Of(std::string_view field, int index = -1) const {
    if (tree_ == nullptr) return begin_;
    const google::protobuf::FieldDescriptor* descriptor = FieldOf(field);
    const auto at =
        tree_->GetLocation(descriptor, descriptor->is_repeated() ? std::max(index, 0) : -1);
    if (at.line < 0) return begin_;
    return std::string(file_)
        .append(":")
        .append(std::to_string(at.line + 1))
        .append(":")
        .append(std::to_string(at.column + 1));
  }
  // Inside one message of a field; `element` names it for whoever reads an error: "rule apply".
  Place Inside(std::string_view field, int index, const Message& message,
               std::string_view element = {}) const {
    const google::protobuf::FieldDescriptor* descriptor = FieldOf(field);
    TextFormat::ParseInfoTree* nested =
        tree_ == nullptr
            ? nullptr
            : tree_->GetTreeForNested(descriptor, descriptor->is_repeated() ? index : -1);
    return Place(file_, nested, message, Of(field, index),
                 element.empty() ? element_ : std::string(element));
  }
  const std::string& element() const { return element_; }

  // The place of a defect found in the rules that were read from this message.
  std::string Of(const std::vector<procedure::PlaceStep>& steps) const {
    if (steps.empty()) return begin_;
    const auto [field, index] = steps.front();
    const google::protobuf::FieldDescriptor* descriptor = FieldOf(field);
    const google::protobuf::Reflection* reflection = message_->GetReflection();
    const bool there = descriptor->is_repeated()
                           ? index >= 0 && index < reflection->FieldSize(*message_, descriptor)
                           : !descriptor->is_optional() || descriptor->message_type() == nullptr ||
                                 reflection->HasField(*message_, descriptor);
    if (!there) return begin_;
    if (steps.size() == 1 || descriptor->message_type() == nullptr) return Of(field, index);
    const Message& nested = descriptor->is_repeated()
                                ? reflection->GetRepeatedMessage(*message_, descriptor, index)
                                : reflection->GetMessage(*message_, descriptor);
    return Inside(field, index, nested).Of({steps.begin() + 1, steps.end()});
  }

 private:
  Place(std::string_view file, TextFormat::ParseInfoTree* tree, const Message& message,
        std::string begin, std::string element)
      : file_(file),
        tree_(tree),
        message_(&message),
        begin_(std::move(begin)),
        element_(std::move(element)) {}

  const google::protobuf::FieldDescriptor* FieldOf(std::string_view field) const {
    const google::protobuf::FieldDescriptor* descriptor =
        message_->GetDescriptor()->FindFieldByName(std::string(field));
    CHANCERY_CHECK(descriptor != nullptr);
    return descriptor;
  }

  std::string_view file_;
  TextFormat::ParseInfoTree* tree_;
  const Message* message_;
  std::string begin_;
  std::string element_;
};

// Errors of the text form, in our words.
class TextErrors final : public google::protobuf::io::ErrorCollector {
 public:
  TextErrors(std::string_view file, std::vector<std::string>& errors)
      : file_(file), errors_(errors) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    std::string text(file_);
    if (line >= 0) {
      text.append(":")
          .append(std::to_string(line + 1))
          .append(":")
          .append(std::to_string(column + 1));
    }
    errors_.push_back(text.append(": ").append(InOurWords(message)));
  }
  void AddWarning(int line, google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  // The text between the first two quotes after `lead`.
  static std::string Quoted(const std::string& message, std::string_view lead) {
    const std::size_t at = message.find(lead);
    if (at == std::string::npos) return {};
    const std::size_t begin = message.find('"', at);
    if (begin == std::string::npos) return {};
    const std::size_t end = message.find('"', begin + 1);
    if (end == std::string::npos) return {};
    return message.substr(begin + 1, end - begin - 1);
  }
  static std::string InOurWords(const std::string& message) {
    const std::string type = Quoted(message, "Message type");
    const std::string field = Quoted(message, "has no field named");
    const google::protobuf::Descriptor* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
    if (!field.empty() && descriptor != nullptr) {
      std::vector<std::string_view> names;
      for (int i = 0; i < descriptor->field_count(); ++i)
        names.push_back(descriptor->field(i)->name());
      return descriptor->name() + " has no field " + field + Remedy(field, names);
    }
    const std::string twice = Quoted(message, "Non-repeated field");
    if (!twice.empty()) return "field " + twice + " may stand once; take one of them out";
    return "this is not the text form of a procedure (" + message + "); correct the text there";
  }

  std::string_view file_;
  std::vector<std::string>& errors_;
};

// Reads one procedure's message into rules and collects everything that is wrong on the way.
class Reader {
 public:
  Reader(const wire::Procedure& in, std::vector<std::string>& errors) : in_(in), errors_(errors) {}

  Procedure Read(const Place& place) {
    Procedure out;
    out.id = in_.id();
    if (!IsProcedureId(out.id))
      Error(place, "id", "a procedure's id is 1 to 64 of a-z, 0-9, \"-\" and \"/\"");
    out.title = in_.title();
    out.founding = in_.founding();
    for (int i = 0; i < in_.party_size(); ++i) {
      out.parties.push_back(ReadParty(
          in_.party(i), place.Inside("party", i, in_.party(i), "party " + in_.party(i).party())));
    }
    for (int i = 0; i < in_.zone_size(); ++i)
      ReadZone(in_.zone(i), place.Inside("zone", i, in_.zone(i), "zone"), out.zones);
    out.articles.assign(in_.article().begin(), in_.article().end());
    out.breaks.assign(in_.breaks().begin(), in_.breaks().end());
    for (int i = 0; i < in_.limit_size(); ++i) {
      out.limits.push_back(ReadLimit(
          in_.limit(i), place.Inside("limit", i, in_.limit(i), "limit " + in_.limit(i).name())));
    }
    for (int i = 0; i < in_.stage_size(); ++i) {
      out.stages.push_back(ReadStage(in_.stage(i), place.Inside("stage", i, in_.stage(i),
                                                                "stage " + in_.stage(i).matter() +
                                                                    "." + in_.stage(i).name())));
    }
    for (int i = 0; i < in_.rule_size(); ++i) {
      out.rules.push_back(ReadRule(
          in_.rule(i), place.Inside("rule", i, in_.rule(i), "rule " + in_.rule(i).name())));
    }
    for (int i = 0; i < in_.lapse_size(); ++i) {
      out.lapses.push_back(ReadLapse(
          in_.lapse(i), place.Inside("lapse", i, in_.lapse(i), "lapse " + in_.lapse(i).name())));
    }
    return out;
  }

 private:
  template <class T>
  struct Choice {
    std::string_view name;
    T value;
  };

  void Error(const Place& place, std::string_view field, std::string_view message, int index = -1) {
    std::string error = place.Of(field, index).append(": ");
    if (!place.element().empty()) error.append(place.element()).append(": ");
    errors_.push_back(error.append(message));
  }

  // One of a list's words; the error lists them.
  template <class T, std::size_t N>
  T Choose(const std::array<Choice<T>, N>& choices, const std::string& word, const Place& place,
           std::string_view field, T otherwise) {
    std::vector<std::string_view> words;
    for (const Choice<T>& choice : choices) {
      if (choice.name == word) return choice.value;
      words.push_back(choice.name);
    }
    Error(place, field, std::string(field) + " has no word \"" + word + "\"" + Remedy(word, words));
    return otherwise;
  }

  PartyCode ReadCode(const std::string& text, const Place& place, int index = -1) {
    const std::optional<PartyCode> code = PartyCode::FromText(text);
    if (!code)
      Error(place, "party", "a party is three letters A-Z, as PAK, GRC or EUE; correct it", index);
    return code.value_or(PartyCode{});
  }

  Instant ReadInstant(const std::string& text, const Place& place, std::string_view field) {
    const std::optional<Instant> instant = ParseInstant(text);
    if (!instant) {
      Error(place, field,
            "a moment is written 2010-12-01T00:00:00Z, or with an offset +05:00; correct it");
    }
    return instant.value_or(Instant{});
  }

  procedure::PartyTerm ReadParty(const wire::PartyTerm& in, const Place& place) {
    procedure::PartyTerm out;
    out.party = ReadCode(in.party(), place);
    out.from = ReadInstant(in.from(), place, "from");
    if (!in.until().empty()) out.until = ReadInstant(in.until(), place, "until");
    return out;
  }

  // The offset of each party it names.
  void ReadZone(const wire::ZoneOffset& in, const Place& place,
                std::vector<procedure::ZoneOffset>& out) {
    if (in.minutes() < -14 * 60 || in.minutes() > 14 * 60) {
      Error(place, "minutes", "a zone is at most 840 minutes from UTC; correct the number");
    }
    const Instant from = ReadInstant(in.from(), place, "from");
    if (in.party().empty()) Error(place, "party", "the zone names no party; add party");
    for (int i = 0; i < in.party_size(); ++i)
      out.push_back({ReadCode(in.party(i), place, i), from, in.minutes()});
  }

  procedure::LimitRule ReadLimit(const wire::TimeLimit& in, const Place& place) {
    if (in.days() < 1 || in.days() > kMaxDays) {
      Error(place, "days", "a limit has 1 to 36600 days; give the number the article names");
    }
    return {in.name(),
            in.days(),
            in.before(),
            in.unverified(),
            {in.article().begin(), in.article().end()}};
  }

  MatterKind ReadMatter(const std::string& name, const Place& place) {
    const std::optional<MatterKind> kind = procedure::MatterKindNamed(name);
    if (!kind) {
      Error(place, "matter",
            "matter has no word \"" + name + "\"" +
                Remedy(name, {"cooperation", "case", "flight", "transfer"}));
    }
    return kind.value_or(MatterKind::kCase);
  }

  procedure::StageRule ReadStage(const wire::Stage& in, const Place& place) {
    static constexpr std::array<Choice<Role>, 3> kDue = {
        Choice<Role>{"requesting", Role::kRequesting}, Choice<Role>{"requested", Role::kRequested},
        Choice<Role>{"either", Role::kEither}};
    procedure::StageRule out;
    out.matter = ReadMatter(in.matter(), place);
    out.name = in.name();
    out.terminal = in.terminal();
    out.limit = in.limit();
    out.reason = in.reason();
    out.due = Role::kEither;
    if (!in.due().empty()) {
      out.due = Choose(kDue, in.due(), place, "due", Role::kEither);
    } else if (!in.terminal() && !in.limit().empty()) {
      Error(place, "name",
            "stage " + in.name() + " has a limit but does not say whose turn it is; add due");
    }
    return out;
  }

  // Stages a rule or lapse names must be declared for its kind of matter.
  void CheckStage(const std::string& name, MatterKind matter, const Place& place,
                  std::string_view field, int index) {
    std::vector<std::string_view> declared;
    for (const wire::Stage& stage : in_.stage()) {
      if (stage.matter() != procedure::NameOf(matter)) continue;
      if (stage.name() == name) return;
      declared.push_back(stage.name());
    }
    std::string message("a ");
    message.append(procedure::NameOf(matter)).append(" has no stage \"").append(name).append("\"");
    for (const wire::Stage& stage : in_.stage()) {
      if (stage.name() != name) continue;
      message.append(", which is one of a ").append(stage.matter());
      break;
    }
    Error(place, field, message.append(Remedy(name, declared)), index);
  }

  std::optional<procedure::Condition> ReadCondition(const std::string& sentence, const Place& place,
                                                    std::string_view field, int index = -1) {
    auto parsed = procedure::ParseCondition(sentence);
    if (auto* condition = std::get_if<procedure::Condition>(&parsed)) return std::move(*condition);
    SentenceError(std::get<procedure::ParseError>(parsed), sentence, place, field, index);
    return std::nullopt;
  }

  void SentenceError(const procedure::ParseError& error, const std::string& sentence,
                     const Place& place, std::string_view field, int index) {
    std::string message(field);
    message.append(" \"")
        .append(sentence)
        .append("\", character ")
        .append(std::to_string(error.at + 1));
    Error(place, field, message.append(": ").append(error.message), index);
  }

  std::vector<procedure::Condition> ReadConditions(
      const google::protobuf::RepeatedPtrField<std::string>& sentences, const Place& place,
      std::string_view field) {
    std::vector<procedure::Condition> out;
    for (int i = 0; i < sentences.size(); ++i) {
      std::optional<procedure::Condition> condition =
          ReadCondition(sentences.Get(i), place, field, i);
      if (condition) out.push_back(*std::move(condition));
    }
    return out;
  }

  std::vector<Fact> ReadFacts(const google::protobuf::RepeatedPtrField<std::string>& names,
                              const Place& place, std::string_view field) {
    std::vector<Fact> out;
    for (int i = 0; i < names.size(); ++i) {
      const std::optional<Fact> fact = procedure::FactNamed(names.Get(i));
      if (fact) {
        out.push_back(*fact);
        continue;
      }
      std::vector<std::string_view> all;
      for (int n = 0; n < static_cast<int>(Fact::kCount_); ++n) {
        all.push_back(procedure::InfoOf(static_cast<Fact>(n)).name);
      }
      Error(place, field, "there is no fact \"" + names.Get(i) + "\"" + Remedy(names.Get(i), all),
            i);
    }
    return out;
  }

  procedure::Guard ReadGuard(const wire::Guard& in, const Place& place) {
    procedure::Guard out;
    out.when = ReadConditions(in.when(), place, "when");
    std::optional<procedure::Condition> require = ReadCondition(in.require(), place, "require");
    if (require) out.require = *std::move(require);
    const std::optional<procedure::Ground> ground = procedure::GroundNamed(in.ground());
    if (ground) {
      out.ground = *ground;
    } else {
      std::vector<std::string_view> all;
      for (const procedure::Ground known : procedure::AllGrounds())
        all.push_back(procedure::NameOf(known));
      Error(place, "ground",
            "there is no ground \"" + in.ground() + "\"" + Remedy(in.ground(), all));
    }
    out.article = in.article();
    return out;
  }

  std::vector<procedure::Guard> ReadGuards(
      const google::protobuf::RepeatedPtrField<wire::Guard>& guards, const Place& place) {
    std::vector<procedure::Guard> out;
    for (int i = 0; i < guards.size(); ++i) {
      out.push_back(ReadGuard(guards.Get(i), place.Inside("guard", i, guards.Get(i))));
    }
    return out;
  }

  std::vector<procedure::Effect> ReadEffects(
      const google::protobuf::RepeatedPtrField<wire::Effect>& effects, const Place& place) {
    std::vector<procedure::Effect> out;
    for (int i = 0; i < effects.size(); ++i) {
      const wire::Effect& in = effects.Get(i);
      const Place inside = place.Inside("then", i, in);
      std::vector<procedure::Condition> when = ReadConditions(in.when(), inside, "when");
      auto parsed = procedure::ParseEffect(in.do_());
      if (auto* effect = std::get_if<procedure::Effect>(&parsed)) {
        effect->when = std::move(when);
        out.push_back(std::move(*effect));
      } else {
        SentenceError(std::get<procedure::ParseError>(parsed), in.do_(), inside, "do", -1);
      }
    }
    return out;
  }

  void ReadLines(const wire::Lines& in, const Place& place, procedure::Rule& out) {
    using procedure::LineUse;
    static constexpr std::array<Choice<LineUse>, 3> kUses = {
        Choice<LineUse>{"replace", LineUse::kReplace}, Choice<LineUse>{"update", LineUse::kUpdate},
        Choice<LineUse>{"put", LineUse::kPut}};
    if (!in.use().empty()) out.line_use = Choose(kUses, in.use(), place, "use", LineUse::kNone);
    out.line_key = ReadFacts(in.key(), place, "key");
    out.line_required = ReadFacts(in.required(), place, "required");
    out.line_guards = ReadGuards(in.guard(), place);
    out.line_effects = ReadEffects(in.then(), place);
  }

  procedure::SealNeeded ReadSeal(const wire::Seal& in, const Place& place) {
    procedure::SealNeeded out;
    const std::optional<std::int64_t> office = procedure::WordNumber(Fact::kOffice, in.office());
    if (office) {
      out.office = *office;
    } else {
      std::vector<std::string_view> all;
      for (const procedure::Word& word : procedure::InfoOf(Fact::kOffice).words)
        all.push_back(word.name);
      Error(place, "office",
            "there is no office \"" + in.office() + "\"" + Remedy(in.office(), all));
    }
    if (in.count() < 0 || in.count() > 9)
      Error(place, "count", "an office seals with 1 to 9 officers; correct it");
    out.count = in.count() == 0 ? 1 : in.count();
    return out;
  }

  procedure::Rule ReadRule(const wire::Rule& in, const Place& place) {
    static constexpr std::array<Choice<Role>, 5> kRoles = {
        Choice<Role>{"requesting", Role::kRequesting}, Choice<Role>{"requested", Role::kRequested},
        Choice<Role>{"either", Role::kEither}, Choice<Role>{"participant", Role::kParticipant},
        Choice<Role>{"party", Role::kParty}};
    procedure::Rule out;
    out.name = in.name();
    const procedure::ActInfo* act = procedure::FindAct(in.act());
    if (act != nullptr) {
      out.act = act->kind;
    } else {
      std::vector<std::string_view> all;
      for (const procedure::ActInfo& info : procedure::AllActs()) all.push_back(info.name);
      Error(place, "act", "there is no act \"" + in.act() + "\"" + Remedy(in.act(), all));
    }
    out.role = Choose(kRoles, in.role(), place, "role", Role::kRequesting);
    for (int i = 0; i < in.party_size(); ++i)
      out.parties.push_back(ReadCode(in.party(i), place, i));
    out.opens = in.opens();
    out.from.assign(in.from().begin(), in.from().end());
    out.to = in.to();
    const bool cooperation = act != nullptr && act->matter == MatterKind::kCooperation;
    if (cooperation && !in_.founding()) {
      Error(place, "act",
            "acts of the cooperation are ruled by the founding procedure; take the rule out");
    } else if (act != nullptr) {
      for (int i = 0; i < in.from_size(); ++i)
        CheckStage(in.from(i), act->matter, place, "from", i);
      if (!in.to().empty()) CheckStage(in.to(), act->matter, place, "to", -1);
    }
    out.when = ReadConditions(in.when(), place, "when");
    for (int i = 0; i < in.seal_size(); ++i) {
      out.seals.push_back(ReadSeal(in.seal(i), place.Inside("seal", i, in.seal(i))));
    }
    out.required = ReadFacts(in.required(), place, "required");
    out.particulars_required = in.particulars();
    out.guards = ReadGuards(in.guard(), place);
    if (in.has_lines()) ReadLines(in.lines(), place.Inside("lines", -1, in.lines()), out);
    out.effects = ReadEffects(in.then(), place);
    out.articles.assign(in.article().begin(), in.article().end());
    return out;
  }

  procedure::Lapse ReadLapse(const wire::Lapse& in, const Place& place) {
    procedure::Lapse out;
    out.name = in.name();
    out.matter = ReadMatter(in.matter(), place);
    out.from.assign(in.from().begin(), in.from().end());
    for (int i = 0; i < in.from_size(); ++i) CheckStage(in.from(i), out.matter, place, "from", i);
    out.limit = in.limit();
    out.to = in.to();
    if (!in.to().empty()) CheckStage(in.to(), out.matter, place, "to", -1);
    if (!in.due().empty()) {
      static constexpr std::array<Choice<Role>, 2> kDue = {
          Choice<Role>{"requesting", Role::kRequesting},
          Choice<Role>{"requested", Role::kRequested}};
      out.due = Choose(kDue, in.due(), place, "due", Role::kRequested);
    }
    out.effects = ReadEffects(in.then(), place);
    out.articles.assign(in.article().begin(), in.article().end());
    return out;
  }

  const wire::Procedure& in_;
  std::vector<std::string>& errors_;
};

}  // namespace

struct ProcedureText::Parsed {
  std::string file;
  wire::Procedure message;
  TextFormat::ParseInfoTree tree;
};

bool IsProcedureId(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes || id.front() == '/' || id.back() == '/') return false;
  for (const char letter : id) {
    const bool allowed = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                         letter == '-' || letter == '/';
    if (!allowed) return false;
  }
  return id.find("//") == std::string_view::npos;
}

std::optional<ProcedureText> ProcedureText::Read(std::string_view text, std::string_view file,
                                                 std::vector<std::string>& errors) {
  ProcedureText read;
  read.parsed_ = std::make_shared<Parsed>();
  Parsed& parsed = *read.parsed_;
  parsed.file = std::string(file);
  TextErrors collector(parsed.file, errors);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&parsed.tree);
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &parsed.message) || !errors.empty()) return std::nullopt;
  read.procedure_ =
      Reader(parsed.message, errors).Read(Place(parsed.file, &parsed.tree, parsed.message));
  if (!errors.empty()) return std::nullopt;
  return read;
}

std::string ProcedureText::PlaceOf(const std::vector<procedure::PlaceStep>& steps) const {
  return Place(parsed_->file, &parsed_->tree, parsed_->message).Of(steps);
}

}  // namespace chancery::codec
