#include "engine/codec/matter.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chancery/store/v1/matter.pb.h"
#include "engine/base/check.h"

namespace chancery::codec {

namespace {

using procedure::Fact;
using procedure::Facts;
using procedure::FactType;
using procedure::InfoOf;
using procedure::Matter;
using procedure::MatterKind;
using procedure::Value;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFactCount = static_cast<std::size_t>(Fact::kCount_);

absl::Status NotReadable(std::string_view what) {
  std::string message = "stored matter: ";
  message.append(what).append("; rebuild the matters from the ledger");
  return WithReason(DataLoss(message), "MATTER_NOT_READABLE");
}

const std::unordered_map<std::string_view, Fact>& FactsByName() {
  static const auto& names = *[] {
    auto* map = new std::unordered_map<std::string_view, Fact>;
    for (std::size_t i = 0; i < kFactCount; ++i) {
      const auto fact = static_cast<Fact>(i);
      map->emplace(InfoOf(fact).name, fact);
    }
    return map;
  }();
  return names;
}

// Gives each fact spoken of a position in the matter's table of names.
class Names {
 public:
  explicit Names(store::v1::Matter& wire) : wire_(wire) { positions_.fill(-1); }
  std::uint32_t PlaceOf(Fact fact) {
    std::int32_t& position = positions_[static_cast<std::size_t>(fact)];
    if (position < 0) {
      position = wire_.fact_name_size();
      wire_.add_fact_name(std::string(InfoOf(fact).name));
    }
    return static_cast<std::uint32_t>(position);
  }

 private:
  store::v1::Matter& wire_;
  std::array<std::int32_t, kFactCount> positions_;
};

void WriteFacts(const Facts& facts, Names& names, store::v1::FactList& wire) {
  for (const auto& [fact, value] : facts) {
    wire.add_fact(names.PlaceOf(fact));
    switch (InfoOf(fact).type) {
      case FactType::kId: {
        CHANCERY_CHECK(std::holds_alternative<MatterId>(value));
        wire.mutable_blob()->append(std::get<MatterId>(value).View());
        break;
      }
      case FactType::kDigest: {
        CHANCERY_CHECK(std::holds_alternative<Digest>(value));
        wire.mutable_blob()->append(std::get<Digest>(value).View());
        break;
      }
      case FactType::kWord:
      case FactType::kFlag:
      case FactType::kCount:
      case FactType::kInstant:
      case FactType::kDate:
      case FactType::kCode:
      case FactType::kParty: {
        CHANCERY_CHECK(std::holds_alternative<std::int64_t>(value));
        wire.add_number(std::get<std::int64_t>(value));
        break;
      }
    }
  }
}

// Takes the next bytes of `blob` as a fixed value.
template <class Fixed>
std::optional<Value> TakeFixed(ByteView& blob) {
  if (blob.size() < Fixed::kSize) return std::nullopt;
  const std::optional<Fixed> value = Fixed::FromBytes(blob.substr(0, Fixed::kSize));
  blob.remove_prefix(Fixed::kSize);
  return Value{*value};
}

std::optional<Facts> ReadFacts(const store::v1::FactList& wire, const std::vector<Fact>& names) {
  Facts facts;
  ByteView blob = wire.blob();
  int number = 0;
  for (const std::uint32_t position : wire.fact()) {
    if (position >= names.size()) return std::nullopt;
    const Fact fact = names[position];
    std::optional<Value> value;
    switch (InfoOf(fact).type) {
      case FactType::kId:
        value = TakeFixed<MatterId>(blob);
        break;
      case FactType::kDigest:
        value = TakeFixed<Digest>(blob);
        break;
      case FactType::kWord:
      case FactType::kFlag:
      case FactType::kCount:
      case FactType::kInstant:
      case FactType::kDate:
      case FactType::kCode:
      case FactType::kParty:
        if (number < wire.number_size()) value = wire.number(number++);
        break;
    }
    if (!value) return std::nullopt;
    facts.Set(fact, *value);
  }
  if (!blob.empty() || number != wire.number_size()) return std::nullopt;
  return facts;
}

std::optional<PartyCode> ReadParty(const std::string& text) {
  return text.empty() ? PartyCode{} : PartyCode::FromText(text);
}

std::optional<MatterKind> ReadKind(std::uint32_t number) {
  if (number > 0xff) return std::nullopt;
  const auto kind = static_cast<MatterKind>(number);
  return procedure::NameOf(kind).empty() ? std::nullopt : std::optional(kind);
}

}  // namespace

Bytes EncodeMatter(const Matter& matter) {
  store::v1::Matter wire;
  wire.set_version(kVersion);
  wire.set_id(matter.id.ToBytes());
  wire.set_kind(static_cast<std::uint32_t>(matter.kind));
  wire.set_procedure(matter.procedure.ToBytes());
  wire.set_requesting(matter.requesting.ToText());
  wire.set_requested(matter.requested.ToText());
  wire.set_stage(matter.stage);
  Names names(wire);
  WriteFacts(matter.facts, names, *wire.mutable_facts());
  for (const Facts& line : matter.lines) WriteFacts(line, names, *wire.add_line());
  for (const procedure::RunningLimit& limit : matter.limits) {
    store::v1::RunningLimit& row = *wire.add_limit();
    row.set_name(limit.name);
    row.set_since_ms(limit.since.ms);
    row.set_until_ms(limit.until.ms);
  }
  Bytes bytes;
  CHANCERY_CHECK(wire.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<Matter> DecodeMatter(ByteView bytes) {
  store::v1::Matter wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return NotReadable("broken bytes");
  if (wire.version() != kVersion) return NotReadable("another version than 1");
  Matter matter;
  const std::optional<MatterId> id = MatterId::FromBytes(wire.id());
  const std::optional<MatterKind> kind = ReadKind(wire.kind());
  const std::optional<Digest> procedure = Digest::FromBytes(wire.procedure());
  const std::optional<PartyCode> requesting = ReadParty(wire.requesting());
  const std::optional<PartyCode> requested = ReadParty(wire.requested());
  if (!id || !kind || !procedure || !requesting || !requested)
    return NotReadable("a field outside its rule");
  matter.id = *id;
  matter.kind = *kind;
  matter.procedure = *procedure;
  matter.requesting = *requesting;
  matter.requested = *requested;
  matter.stage = wire.stage();
  std::vector<Fact> names;
  for (const std::string& name : wire.fact_name()) {
    const auto found = FactsByName().find(name);
    if (found == FactsByName().end()) return NotReadable("a fact this release does not know");
    names.push_back(found->second);
  }
  std::optional<Facts> facts = ReadFacts(wire.facts(), names);
  if (!facts) return NotReadable("facts without their values");
  matter.facts = *std::move(facts);
  matter.lines.reserve(static_cast<std::size_t>(wire.line_size()));
  for (const store::v1::FactList& line : wire.line()) {
    std::optional<Facts> line_facts = ReadFacts(line, names);
    if (!line_facts) return NotReadable("a line without its values");
    matter.lines.push_back(*std::move(line_facts));
  }
  for (const store::v1::RunningLimit& limit : wire.limit()) {
    matter.limits.push_back({limit.name(), Instant{limit.since_ms()}, Instant{limit.until_ms()}});
  }
  return matter;
}

}  // namespace chancery::codec
