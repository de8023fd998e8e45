#include "engine/codec/announcement.h"

#include <variant>

#include "engine/codec/statement.h"

namespace chancery::codec {

std::optional<Announcement> AnnouncementIn(const Entry& entry) {
  using procedure::Fact;
  const auto* act = std::get_if<ActBody>(&entry.body);
  if (act == nullptr || !act->ruling.admitted()) return std::nullopt;
  const absl::StatusOr<Statement> statement = DecodeStatement(act->statement);
  if (!statement.ok() || statement->act.kind != procedure::ActKind::kAuthorityAppointed)
    return std::nullopt;
  const procedure::Facts& facts = statement->act.facts;
  Announcement announced{procedure::UnpackParty(facts.NumberOr(Fact::kParty, 0)),
                         facts.DigestOr(Fact::kLogKey), facts.DigestOr(Fact::kWitnessKey),
                         std::nullopt};
  if (facts.Has(Fact::kUntil)) announced.until = Instant{facts.NumberOr(Fact::kUntil, 0)};
  return announced;
}

std::optional<std::string> AnnouncementDefect(const Entry& entry, const Announcement& expected) {
  const std::optional<Announcement> announced = AnnouncementIn(entry);
  if (!announced || announced->party != expected.party)
    return "is no admitted authority_appointed of that party";
  if (announced->log != expected.log || announced->witness != expected.witness)
    return "announces other keys";
  if (announced->until != expected.until) return "announces another end of the keys before";
  if (expected.until && *expected.until <= entry.recorded_at)
    return "announces an end that lies before it";
  return std::nullopt;
}

}  // namespace chancery::codec
