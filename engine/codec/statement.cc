#include "engine/codec/statement.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "chancery/statement/v1/statement.pb.h"
#include "engine/base/check.h"
#include "engine/codec/act_fields.h"
#include "engine/codec/limits.h"

namespace chancery::codec {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::FactInfo;
using procedure::Facts;
using procedure::FactType;
using procedure::InfoOf;
using procedure::Value;
using Wire = chancery::statement::v1::Statement;

constexpr std::size_t kFactCount = static_cast<std::size_t>(Fact::kCount_);
constexpr std::size_t kMaxAgreementBytes = 64;
constexpr std::uint32_t kFormat = 1;

absl::Status Refuse(std::string_view reason, const std::string& message) {
  return WithReason(InvalidArgument(message), reason);
}

absl::Status FieldRefused(std::string_view field, std::string_view rule, std::string_view remedy) {
  std::string message = "statement field ";
  message.append(field).append(": ").append(rule).append("; ").append(remedy);
  return Refuse("STATEMENT_FIELD", std::move(message));
}

absl::Status TooLarge() {
  return Refuse("STATEMENT_TOO_LARGE", "statement: at most " + std::to_string(kMaxStatementBytes) +
                                           " bytes; split what it says into several acts");
}

// Unknown fields are kept by the parser and would serialise to themselves, so they are looked for
// as well.
absl::Status NotCanonical() {
  return Refuse("STATEMENT_NOT_CANONICAL",
                "statement: must serialise to itself: every field once, known, in the order of "
                "its number, numbers in their shortest form; send the bytes that were sealed");
}

absl::Status TooManyLines() {
  return Refuse("STATEMENT_TOO_MANY_LINES", "statement: at most " + std::to_string(kMaxLines) +
                                                " lines; use a second list for the others");
}

std::string_view RuleOf(FactType type) {
  switch (type) {
    case FactType::kWord:
      return "one of the fact's words";
    case FactType::kFlag:
      return "yes or no";
    case FactType::kCount:
      return "a number from 0 to 4294967295";
    case FactType::kInstant:
      return "a moment of the years 1970 to 9999";
    case FactType::kDate:
      return "a date of the years 1 to 9999";
    case FactType::kCode:
      return "1 to 8 of A-Z and 0-9";
    case FactType::kParty:
      return "a party code of three letters A-Z";
    case FactType::kId:
      return "16 bytes, not all zero";
    case FactType::kDigest:
      return "32 bytes, not all zero";
  }
  return "";
}

// The field type a fact of that type has on the wire.
FieldDescriptor::Type WireTypeOf(FactType type) {
  switch (type) {
    case FactType::kWord:
      return FieldDescriptor::TYPE_ENUM;
    case FactType::kFlag:
      return FieldDescriptor::TYPE_BOOL;
    case FactType::kCount:
      return FieldDescriptor::TYPE_UINT32;
    case FactType::kInstant:
      return FieldDescriptor::TYPE_INT64;
    case FactType::kDate:
      return FieldDescriptor::TYPE_SINT32;
    case FactType::kCode:
      return FieldDescriptor::TYPE_STRING;
    case FactType::kParty:
      return FieldDescriptor::TYPE_STRING;
    case FactType::kId:
      return FieldDescriptor::TYPE_BYTES;
    case FactType::kDigest:
      return FieldDescriptor::TYPE_BYTES;
  }
  CHANCERY_CHECK(false);
}

struct FieldRow {
  const FieldDescriptor* field;
  Fact fact;
  FactType type;
};

// The fields of one message that carries facts.
struct MessageTable {
  const Reflection* reflection = nullptr;
  std::vector<FieldRow> rows;  // in the order of their numbers
  std::array<const FieldDescriptor*, kFactCount> by_fact{};
};

struct ActTable {
  const FieldDescriptor* field =
      nullptr;  // of the act in Statement; null for a number that is no act
  MessageTable act;
  const FieldDescriptor* lines = nullptr;
  MessageTable line;
  ActFields fields;
};

MessageTable MakeMessageTable(const google::protobuf::Descriptor& type) {
  MessageTable table;
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type);
  table.reflection = prototype->GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated()) continue;
    const std::optional<Fact> fact = procedure::FactNamed(field->name());
    CHANCERY_CHECK(fact.has_value());
    const FactType fact_type = InfoOf(*fact).type;
    CHANCERY_CHECK(field->type() == WireTypeOf(fact_type) && field->has_presence());
    table.rows.push_back({field, *fact, fact_type});
    table.by_fact[static_cast<std::size_t>(*fact)] = field;
  }
  return table;
}

class Tables {
 public:
  Tables() {
    const google::protobuf::Descriptor* statement = Wire::descriptor();
    reflection_ = Wire::GetReflection();
    for (const procedure::ActInfo& info : procedure::AllActs()) {
      const auto number = static_cast<std::size_t>(info.kind);
      if (by_kind_.size() <= number) by_kind_.resize(number + 1);
      ActTable& table = by_kind_[number];
      table.field = statement->FindFieldByNumber(static_cast<int>(number));
      CHANCERY_CHECK(table.field != nullptr && std::string_view(table.field->name()) == info.name);
      const google::protobuf::Descriptor& type = *table.field->message_type();
      table.act = MakeMessageTable(type);
      table.lines = type.FindFieldByName("lines");
      if (table.lines != nullptr) table.line = MakeMessageTable(*table.lines->message_type());
      table.fields.has_lines = table.lines != nullptr;
      for (const FieldRow& row : table.act.rows) table.fields.facts.push_back(row.fact);
      for (const FieldRow& row : table.line.rows) table.fields.line_facts.push_back(row.fact);
    }
  }

  const Reflection& reflection() const { return *reflection_; }
  const ActTable* Find(ActKind kind) const {
    const auto number = static_cast<std::size_t>(kind);
    if (number >= by_kind_.size() || by_kind_[number].field == nullptr) return nullptr;
    return &by_kind_[number];
  }

 private:
  const Reflection* reflection_ = nullptr;
  std::vector<ActTable> by_kind_;
};

const Tables& TheTables() {
  static const Tables& tables = *new Tables;
  return tables;
}

// Messages of one call live in memory that the thread keeps for the next one.
class Scratch {
 public:
  static Scratch& OfThread() {
    thread_local Scratch scratch;
    scratch.arena_.Reset();
    return scratch;
  }
  Wire& NewMessage() { return *google::protobuf::Arena::CreateMessage<Wire>(&arena_); }
  Bytes& text() { return text_; }

 private:
  Scratch() : block_(new char[kBlockBytes]), arena_(block_.get(), kBlockBytes) {}

  static constexpr std::size_t kBlockBytes = 64 * 1024;
  std::unique_ptr<char[]> block_;
  google::protobuf::Arena arena_;
  Bytes text_;
};

bool IsAgreement(std::string_view text) {
  if (text.empty() || text.size() > kMaxAgreementBytes) return false;
  for (const char letter : text) {
    const bool allowed =
        (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
    if (!allowed) return false;
  }
  return true;
}

// The words of a fact's list are numbered from 1 without a gap (a test holds them to it).
bool IsWordNumber(Fact fact, std::int64_t number) {
  return number >= 1 && number <= static_cast<std::int64_t>(InfoOf(fact).words.size());
}

bool IsCode(std::int64_t packed) {
  const std::optional<std::int64_t> again = procedure::PackCode(procedure::UnpackCode(packed));
  return again.has_value() && *again == packed;
}

// The value in a field that is present, or nothing when it breaks the rule of its type.
std::optional<Value> ReadValue(const Message& message, const Reflection& reflection,
                               const FieldRow& row, Bytes& scratch) {
  switch (row.type) {
    case FactType::kWord: {
      const std::int64_t number = reflection.GetEnumValue(message, row.field);
      if (!IsWordNumber(row.fact, number)) return std::nullopt;
      return number;
    }
    case FactType::kFlag:
      return std::int64_t{reflection.GetBool(message, row.field) ? 1 : 0};
    case FactType::kCount:
      return std::int64_t{reflection.GetUInt32(message, row.field)};
    case FactType::kInstant: {
      const std::int64_t ms = reflection.GetInt64(message, row.field);
      if (!IsRecordableMs(ms)) return std::nullopt;
      return ms;
    }
    case FactType::kDate: {
      const std::int64_t day = reflection.GetInt32(message, row.field);
      if (!IsRecordableDay(day)) return std::nullopt;
      return day;
    }
    case FactType::kCode: {
      const std::optional<std::int64_t> code =
          procedure::PackCode(reflection.GetStringReference(message, row.field, &scratch));
      if (!code) return std::nullopt;
      return *code;
    }
    case FactType::kParty: {
      const std::optional<PartyCode> party =
          PartyCode::FromText(reflection.GetStringReference(message, row.field, &scratch));
      if (!party) return std::nullopt;
      return procedure::PackParty(*party);
    }
    case FactType::kId: {
      const std::optional<MatterId> id =
          MatterId::FromBytes(reflection.GetStringReference(message, row.field, &scratch));
      if (!id || id->IsZero()) return std::nullopt;
      return *id;
    }
    case FactType::kDigest: {
      const std::optional<Digest> digest =
          Digest::FromBytes(reflection.GetStringReference(message, row.field, &scratch));
      if (!digest || digest->IsZero()) return std::nullopt;
      return *digest;
    }
  }
  return std::nullopt;
}

void WriteValue(Message& message, const Reflection& reflection, const FieldDescriptor* field,
                FactType type, const Value& value) {
  switch (type) {
    case FactType::kWord:
      reflection.SetEnumValue(&message, field, static_cast<int>(std::get<std::int64_t>(value)));
      return;
    case FactType::kFlag:
      reflection.SetBool(&message, field, std::get<std::int64_t>(value) != 0);
      return;
    case FactType::kCount:
      reflection.SetUInt32(&message, field,
                           static_cast<std::uint32_t>(std::get<std::int64_t>(value)));
      return;
    case FactType::kInstant:
      reflection.SetInt64(&message, field, std::get<std::int64_t>(value));
      return;
    case FactType::kDate:
      reflection.SetInt32(&message, field,
                          static_cast<std::int32_t>(std::get<std::int64_t>(value)));
      return;
    case FactType::kCode:
    case FactType::kParty:
      reflection.SetString(&message, field, procedure::UnpackCode(std::get<std::int64_t>(value)));
      return;
    case FactType::kId:
      reflection.SetString(&message, field, std::get<MatterId>(value).ToBytes());
      return;
    case FactType::kDigest:
      reflection.SetString(&message, field, std::get<Digest>(value).ToBytes());
      return;
  }
}

std::string Place(const procedure::ActInfo& act, std::string_view fact,
                  std::optional<std::size_t> line) {
  std::string place(act.name);
  if (line) place.append(".lines[").append(std::to_string(*line)).append("]");
  return place.append(".").append(fact);
}

absl::Status ReadFacts(const Message& message, const MessageTable& table,
                       const procedure::ActInfo& act, std::optional<std::size_t> line,
                       Bytes& scratch, Facts& facts) {
  if (!table.reflection->GetUnknownFields(message).empty()) return NotCanonical();
  for (const FieldRow& row : table.rows) {
    if (!table.reflection->HasField(message, row.field)) continue;
    const std::optional<Value> value = ReadValue(message, *table.reflection, row, scratch);
    if (!value) {
      return FieldRefused(Place(act, row.field->name(), line), RuleOf(row.type),
                          "leave it out when it is not known");
    }
    facts.Set(row.fact, *value);
  }
  return absl::OkStatus();
}

absl::Status WriteFacts(const Facts& facts, const MessageTable& table,
                        const procedure::ActInfo& act, std::optional<std::size_t> line,
                        Message& message) {
  for (const auto& [fact, value] : facts) {
    const FactInfo& info = InfoOf(fact);
    const FieldDescriptor* field = table.by_fact[static_cast<std::size_t>(fact)];
    if (field == nullptr) {
      return FieldRefused(Place(act, info.name, line), "this act has no such fact", "leave it out");
    }
    if (!IsValueOf(fact, value)) {
      return FieldRefused(Place(act, info.name, line), RuleOf(info.type),
                          "leave it out when it is not known");
    }
    WriteValue(message, *table.reflection, field, info.type, value);
  }
  return absl::OkStatus();
}

// Reads 16 or 32 bytes; `required` says what to give.
template <class Fixed>
absl::StatusOr<Fixed> ReadFixed(const Bytes& bytes, std::string_view field, std::string_view rule,
                                std::string_view remedy) {
  const std::optional<Fixed> value = Fixed::FromBytes(bytes);
  if (!value) return FieldRefused(field, rule, remedy);
  return *value;
}

absl::Status CheckHead(const Statement& statement) {
  const Act& act = statement.act;
  if (!IsAgreement(statement.agreement)) {
    return FieldRefused("agreement", "1 to 64 of a-z, 0-9 and \"-\"",
                        "give the agreement's id as in the anchor");
  }
  if (act.author.IsNone())
    return FieldRefused("author", "a party code of three letters A-Z", "name the author");
  if (act.addressee.IsNone()) {
    return FieldRefused("addressee", "a party code of three letters A-Z", "name the addressee");
  }
  if (act.id.IsZero())
    return FieldRefused("statement_id", "16 bytes, not all zero", "give a new UUIDv7");
  if (!IsRecordableMs(act.made_at.ms)) {
    return FieldRefused("made_at_ms", "a moment of the years 1970 to 9999", "set the clock");
  }
  if (act.matter.IsZero()) {
    return FieldRefused("matter", "16 bytes, not all zero", "give the id of the matter");
  }
  return absl::OkStatus();
}

absl::Status DecodeHead(const Wire& wire, Statement& statement) {
  if (wire.format() != kFormat) {
    return Refuse("STATEMENT_FORMAT",
                  "statement field format: 1 is the one format this program reads; install the "
                  "release that wrote it");
  }
  switch (wire.realm()) {
    case chancery::statement::v1::REALM_LIVE:
      statement.realm = Realm::kLive;
      break;
    case chancery::statement::v1::REALM_REHEARSAL:
      statement.realm = Realm::kRehearsal;
      break;
    default:
      return FieldRefused("realm", "live or rehearsal", "say in which realm the act counts");
  }
  statement.agreement = wire.agreement();
  Act& act = statement.act;
  CHANCERY_ASSIGN_OR_RETURN(act.procedure,
                            ReadFixed<Digest>(wire.procedure(), "procedure", "32 bytes",
                                              "give the digest of the procedure's bundle"));
  act.author = PartyCode::FromText(wire.author()).value_or(PartyCode{});
  act.addressee = PartyCode::FromText(wire.addressee()).value_or(PartyCode{});
  CHANCERY_ASSIGN_OR_RETURN(
      act.id, ReadFixed<StatementId>(wire.statement_id(), "statement_id", "16 bytes, not all zero",
                                     "give a new UUIDv7"));
  act.made_at = Instant{wire.made_at_ms()};
  CHANCERY_ASSIGN_OR_RETURN(act.matter,
                            ReadFixed<MatterId>(wire.matter(), "matter", "16 bytes, not all zero",
                                                "give the id of the matter"));
  if (wire.has_answers()) {
    CHANCERY_ASSIGN_OR_RETURN(act.answers,
                              ReadFixed<Digest>(wire.answers(), "answers", "32 bytes",
                                                "leave it out when the act answers none"));
  }
  if (wire.has_commitment()) {
    CHANCERY_ASSIGN_OR_RETURN(act.commitment,
                              ReadFixed<Digest>(wire.commitment(), "commitment", "32 bytes",
                                                "leave it out when there are no particulars"));
  }
  return CheckHead(statement);
}

absl::Status DecodeAct(const Wire& wire, Bytes& scratch, Act& act) {
  const Tables& tables = TheTables();
  act.kind = static_cast<ActKind>(wire.act_case());
  const ActTable* table = tables.Find(act.kind);
  const procedure::ActInfo* info = procedure::FindAct(act.kind);
  if (table == nullptr || info == nullptr) {
    return Refuse(
        "STATEMENT_NO_ACT",
        "statement field act: exactly one act that this program knows; install the release "
        "that wrote it");
  }
  const Message& message = tables.reflection().GetMessage(wire, table->field);
  CHANCERY_RETURN_IF_ERROR(ReadFacts(message, table->act, *info, std::nullopt, scratch, act.facts));
  if (table->lines == nullptr) return absl::OkStatus();
  const auto count =
      static_cast<std::size_t>(table->act.reflection->FieldSize(message, table->lines));
  if (count > kMaxLines) return TooManyLines();
  act.lines.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Message& line =
        table->act.reflection->GetRepeatedMessage(message, table->lines, static_cast<int>(i));
    CHANCERY_RETURN_IF_ERROR(ReadFacts(line, table->line, *info, i, scratch, act.lines[i]));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view NameOf(Realm realm) {
  switch (realm) {
    case Realm::kLive:
      return "live";
    case Realm::kRehearsal:
      return "rehearsal";
  }
  return "";
}

const ActFields& FieldsOf(ActKind kind) {
  const ActTable* table = TheTables().Find(kind);
  CHANCERY_CHECK(table != nullptr);
  return table->fields;
}

bool IsValueOf(Fact fact, const Value& value) {
  const FactType type = InfoOf(fact).type;
  if (const auto* id = std::get_if<MatterId>(&value)) return type == FactType::kId && !id->IsZero();
  if (const auto* digest = std::get_if<Digest>(&value)) {
    return type == FactType::kDigest && !digest->IsZero();
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return false;
  switch (type) {
    case FactType::kWord:
      return IsWordNumber(fact, *number);
    case FactType::kFlag:
      return *number == 0 || *number == 1;
    case FactType::kCount:
      return *number >= 0 && *number <= std::numeric_limits<std::uint32_t>::max();
    case FactType::kInstant:
      return IsRecordableMs(*number);
    case FactType::kDate:
      return IsRecordableDay(*number);
    case FactType::kCode:
      return IsCode(*number);
    case FactType::kParty:
      return !procedure::UnpackParty(*number).IsNone() && IsCode(*number);
    case FactType::kId:
    case FactType::kDigest:
      break;
  }
  return false;
}

absl::StatusOr<Bytes> EncodeStatement(const Statement& statement) {
  const Act& act = statement.act;
  CHANCERY_RETURN_IF_ERROR(CheckHead(statement));
  const Tables& tables = TheTables();
  const ActTable* table = tables.Find(act.kind);
  const procedure::ActInfo* info = procedure::FindAct(act.kind);
  if (table == nullptr || info == nullptr) {
    return Refuse("STATEMENT_NO_ACT",
                  "statement field act: exactly one act that this program knows; choose one");
  }
  if (act.lines.size() > kMaxLines) return TooManyLines();
  if (table->lines == nullptr && !act.lines.empty()) {
    return FieldRefused(Place(*info, "lines", std::nullopt), "this act has no lines",
                        "leave them out");
  }
  Wire& wire = Scratch::OfThread().NewMessage();
  wire.set_format(kFormat);
  wire.set_realm(static_cast<chancery::statement::v1::Realm>(statement.realm));
  wire.set_agreement(statement.agreement);
  wire.set_procedure(act.procedure.ToBytes());
  wire.set_author(act.author.ToText());
  wire.set_addressee(act.addressee.ToText());
  wire.set_statement_id(act.id.ToBytes());
  wire.set_made_at_ms(act.made_at.ms);
  wire.set_matter(act.matter.ToBytes());
  if (act.answers) wire.set_answers(act.answers->ToBytes());
  if (act.commitment) wire.set_commitment(act.commitment->ToBytes());
  Message& message = *tables.reflection().MutableMessage(&wire, table->field);
  CHANCERY_RETURN_IF_ERROR(WriteFacts(act.facts, table->act, *info, std::nullopt, message));
  for (std::size_t i = 0; i < act.lines.size(); ++i) {
    Message& line = *table->act.reflection->AddMessage(&message, table->lines);
    CHANCERY_RETURN_IF_ERROR(WriteFacts(act.lines[i], table->line, *info, i, line));
  }
  if (wire.ByteSizeLong() > kMaxStatementBytes) return TooLarge();
  Bytes bytes;
  CHANCERY_CHECK(wire.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<Statement> DecodeStatement(ByteView bytes) {
  if (bytes.size() > kMaxStatementBytes) return TooLarge();
  Scratch& scratch = Scratch::OfThread();
  Wire& wire = scratch.NewMessage();
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refuse("STATEMENT_NOT_READABLE",
                  "statement: not a message of chancery.statement.v1; send the bytes that were "
                  "sealed");
  }
  Bytes& again = scratch.text();
  CHANCERY_CHECK(wire.SerializeToString(&again));
  if (again != bytes || !TheTables().reflection().GetUnknownFields(wire).empty())
    return NotCanonical();
  Statement statement;
  CHANCERY_RETURN_IF_ERROR(DecodeHead(wire, statement));
  CHANCERY_RETURN_IF_ERROR(DecodeAct(wire, again, statement.act));
  return statement;
}

}  // namespace chancery::codec
