// statement.proto, normative rules: "The name of a field of an act is the name of the fact it
// carries; the numbers of an enumeration are the numbers of that fact's words."
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>

#include "chancery/ledger/v1/entry.pb.h"
#include "chancery/statement/v1/statement.pb.h"
#include "engine/codec/act_fields.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"

namespace chancery::codec {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using procedure::Fact;
using procedure::FactType;

const Descriptor& StatementType() { return *chancery::statement::v1::Statement::descriptor(); }

// Calls `visit` for every field that carries a fact, in acts and in their lines.
template <class Visit>
void ForEveryFactField(Visit visit) {
  const google::protobuf::OneofDescriptor* acts = StatementType().FindOneofByName("act");
  ASSERT_NE(acts, nullptr);
  for (int i = 0; i < acts->field_count(); ++i) {
    const Descriptor& act = *acts->field(i)->message_type();
    for (int f = 0; f < act.field_count(); ++f) {
      const FieldDescriptor& field = *act.field(f);
      if (!field.is_repeated()) {
        visit(field);
        continue;
      }
      ASSERT_EQ(field.name(), "lines") << act.full_name();
      ASSERT_EQ(field.type(), FieldDescriptor::TYPE_MESSAGE);
      for (int l = 0; l < field.message_type()->field_count(); ++l)
        visit(*field.message_type()->field(l));
    }
  }
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& letter : upper)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return upper;
}

// Facts and words: each field is a fact of the same type, present or absent.
TEST(TheWireAndTheCore, AgreeOnEveryFieldOfEveryAct) {
  const std::map<FactType, FieldDescriptor::Type> kTypes = {
      {FactType::kWord, FieldDescriptor::TYPE_ENUM},
      {FactType::kFlag, FieldDescriptor::TYPE_BOOL},
      {FactType::kCount, FieldDescriptor::TYPE_UINT32},
      {FactType::kInstant, FieldDescriptor::TYPE_INT64},
      {FactType::kDate, FieldDescriptor::TYPE_SINT32},
      {FactType::kCode, FieldDescriptor::TYPE_STRING},
      {FactType::kParty, FieldDescriptor::TYPE_STRING},
      {FactType::kId, FieldDescriptor::TYPE_BYTES},
      {FactType::kDigest, FieldDescriptor::TYPE_BYTES},
  };
  ForEveryFactField([&](const FieldDescriptor& field) {
    const auto fact = procedure::FactNamed(field.name());
    ASSERT_TRUE(fact.has_value()) << field.full_name();
    EXPECT_EQ(field.type(), kTypes.at(procedure::InfoOf(*fact).type)) << field.full_name();
    EXPECT_TRUE(field.has_presence()) << field.full_name();
  });
}

// Bytes are forever: an enumeration's numbers and names are the fact's words, 0 is "not said".
TEST(TheWireAndTheCore, AgreeOnEveryWordAndItsNumber) {
  std::set<std::string> seen;
  ForEveryFactField([&](const FieldDescriptor& field) {
    if (field.type() != FieldDescriptor::TYPE_ENUM) return;
    const EnumDescriptor& type = *field.enum_type();
    seen.insert(type.name());
    const Fact fact = *procedure::FactNamed(field.name());
    const auto words = procedure::InfoOf(fact).words;
    const std::string prefix = Upper(field.name()) + "_";
    ASSERT_EQ(type.value_count(), static_cast<int>(words.size()) + 1) << type.name();
    EXPECT_EQ(type.value(0)->number(), 0);
    EXPECT_EQ(type.value(0)->name(), prefix + "UNSPECIFIED");
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto* value = type.FindValueByNumber(static_cast<int>(words[i].number));
      ASSERT_NE(value, nullptr) << type.name() << " " << words[i].name;
      EXPECT_EQ(value->name(), prefix + Upper(words[i].name));
    }
  });
  const int enumerations = StatementType().file()->enum_type_count();
  EXPECT_EQ(static_cast<int>(seen.size()), enumerations - 1)
      << "all but the realm's were looked at";
}

// The codec takes a word's number for known when it lies in 1..n; that is right only without gaps.
TEST(TheWireAndTheCore, NumberWordsFromOneWithoutAGap) {
  for (int i = 0; i < static_cast<int>(Fact::kCount_); ++i) {
    const procedure::FactInfo& info = procedure::InfoOf(static_cast<Fact>(i));
    for (std::size_t w = 0; w < info.words.size(); ++w) {
      EXPECT_EQ(info.words[w].number, static_cast<std::int64_t>(w) + 1) << info.name;
    }
  }
}

// act.h: "The number is the field number of the act in Statement."
TEST(TheWireAndTheCore, AgreeOnEveryActAndItsNumber) {
  const google::protobuf::OneofDescriptor* acts = StatementType().FindOneofByName("act");
  ASSERT_EQ(acts->field_count(), static_cast<int>(procedure::AllActs().size()));
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    const FieldDescriptor* field = StatementType().FindFieldByNumber(static_cast<int>(info.kind));
    ASSERT_NE(field, nullptr) << info.name;
    EXPECT_EQ(field->name(), info.name);
    EXPECT_EQ(field->containing_oneof(), acts);
  }
  for (int i = 0; i < acts->field_count(); ++i) {
    const auto* info = procedure::FindAct(acts->field(i)->name());
    ASSERT_NE(info, nullptr) << acts->field(i)->name();
    EXPECT_EQ(static_cast<int>(info->kind), acts->field(i)->number());
  }
}

// act_fields.h: what it says of an act is what the message has.
TEST(TheWireAndTheCore, AgreeOnWhichFactsAnActHasRoomFor) {
  for (const procedure::ActInfo& info : procedure::AllActs()) {
    const Descriptor& type =
        *StatementType().FindFieldByNumber(static_cast<int>(info.kind))->message_type();
    const ActFields& fields = FieldsOf(info.kind);
    const FieldDescriptor* lines = type.FindFieldByName("lines");
    EXPECT_EQ(fields.has_lines, lines != nullptr) << info.name;
    EXPECT_EQ(fields.facts.size() + (lines != nullptr ? 1u : 0u),
              static_cast<std::size_t>(type.field_count()));
    for (const Fact fact : fields.facts) {
      EXPECT_NE(type.FindFieldByName(std::string(procedure::InfoOf(fact).name)), nullptr);
    }
    for (const Fact fact : fields.line_facts) {
      EXPECT_NE(lines->message_type()->FindFieldByName(std::string(procedure::InfoOf(fact).name)),
                nullptr);
    }
  }
}

// statement.proto: nothing an act says can be free text; strings are codes and party codes.
TEST(TheWireAndTheCore, HaveNoRoomForFreeText) {
  ForEveryFactField([](const FieldDescriptor& field) {
    if (field.type() != FieldDescriptor::TYPE_STRING) return;
    const FactType type = procedure::InfoOf(*procedure::FactNamed(field.name())).type;
    EXPECT_TRUE(type == FactType::kCode || type == FactType::kParty) << field.full_name();
  });
}

// entry.proto: "The body has the same number in Entry.body."
TEST(TheWireAndTheCore, AgreeOnTheKindsOfEntries) {
  const EnumDescriptor& kinds = *chancery::ledger::v1::EntryKind_descriptor();
  const Descriptor& entry = *chancery::ledger::v1::Entry::descriptor();
  ASSERT_EQ(kinds.value_count(), entry.FindOneofByName("body")->field_count() + 1);
  for (int i = 1; i < kinds.value_count(); ++i) {
    const int number = kinds.value(i)->number();
    const std::string_view name = NameOf(static_cast<EntryKind>(number));
    ASSERT_NE(entry.FindFieldByNumber(number), nullptr);
    EXPECT_EQ(entry.FindFieldByNumber(number)->name(), name);
    EXPECT_EQ(kinds.value(i)->name(), "ENTRY_KIND_" + Upper(name));
  }
}

}  // namespace
}  // namespace chancery::codec
