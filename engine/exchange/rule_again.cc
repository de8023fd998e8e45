#include "engine/exchange/rule_again.h"

#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "engine/codec/act_json.h"
#include "engine/exchange/appointing.h"
#include "engine/procedure/step.h"

namespace chancery::exchange {

namespace {

absl::Status Refused(std::string_view reason, std::string_view message) {
  return WithReason(PermissionDenied(message), reason);
}

}  // namespace

absl::Status RuleAgain(const AgainParts& parts, std::uint64_t number, const codec::Entry& entry,
                       const VerifiedStatement& verified, store::Commit& rows, Bytes* own_ruling) {
  const std::string name = "entry " + std::to_string(number);
  const procedure::Ruling* recorded_ruling = RulingIn(entry);
  CHANCERY_CHECK(recorded_ruling != nullptr);
  CHANCERY_ASSIGN_OR_RETURN(const procedure::RecordedAct recorded,
                            RecordedActOf(number, entry, verified, parts.keys));
  if (entry.core_revision != procedure::kCoreRevision) {
    return Refused("RULING_DIFFERS",
                   name + " was ruled by core revision " + std::to_string(entry.core_revision) +
                       ", this program has " + std::to_string(procedure::kCoreRevision) +
                       ": install the release both sides agreed");
  }
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters touched, parts.matters.Touched(recorded.act));
  if (const auto away = procedure::AtTheDoor(parts.procedures, touched, recorded))
    return Refused("DOOR_DIFFERS", name + " should have been turned away: " + away->message);
  CHANCERY_RETURN_IF_ERROR(CheckAppointing(recorded, touched.Cooperation(), parts.certificates));
  const procedure::Stepped stepped = procedure::Step(parts.procedures, touched, recorded);
  CHANCERY_ASSIGN_OR_RETURN(*own_ruling, codec::EncodeRuling(stepped.ruling));
  if (stepped.ruling != *recorded_ruling) {
    return Refused("RULING_DIFFERS",
                   name + ": the ministry recorded \"" + codec::Summary(*recorded_ruling) +
                       "\", this party's core says \"" + codec::Summary(stepped.ruling) + "\"");
  }
  const std::string stream = procedure::StreamOf(stepped.readers, parts.keeper);
  if (stream != entry.stream) {
    return Refused("RULING_DIFFERS",
                   name + " stands in stream " + entry.stream + ", its readers make it " + stream);
  }
  return parts.matters.Put(parts.procedures, stepped.changed, rows);
}

}  // namespace chancery::exchange
