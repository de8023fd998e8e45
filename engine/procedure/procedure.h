// An agreed procedure: the terms both sides sign, as data.
//
// A Procedure is what was read from a bundle. Only Admit() makes a CheckedProcedure, and only a
// CheckedProcedure can be stepped: a rule that is missing or contradicts another is found before
// anybody acts under it.
#ifndef CHANCERY_ENGINE_PROCEDURE_PROCEDURE_H_
#define CHANCERY_ENGINE_PROCEDURE_PROCEDURE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/procedure/expression.h"
#include "engine/procedure/ruling.h"

namespace chancery::procedure {

// Who may do an act, seen from the matter: the core knows roles, never which program it runs in.
enum class Role : std::uint8_t {
  kRequesting = 1,   // who opened the matter (or opens it)
  kRequested = 2,    // to whom it was addressed
  kEither = 3,       // one of these two
  kParticipant = 4,  // any state of a flight
  kParty = 5,        // the parties a rule names; for the cooperation, which has no two roles
};

// So many different officers of an office must have sealed. Several together are the eyes an act
// needs.
struct SealNeeded {
  std::int64_t office = 0;  // word of Fact::kOffice
  int count = 1;
};

// A condition that must hold, and what it means when it does not.
struct Guard {
  std::vector<Condition> when;  // the guard speaks only if all of these hold
  Condition require;
  Ground ground = Ground::kConditionNotMet;
  std::string article;
};

// How the lines of an act are used.
enum class LineUse : std::uint8_t {
  kNone = 0,     // lines are only read by conditions
  kReplace = 1,  // they become the matter's lines
  kUpdate = 2,   // each finds the matter's line with the same key and changes it
  kPut = 3,      // the act itself becomes or changes one line of the matter, found by key
};

struct Rule {
  std::string name;
  ActKind act = ActKind::kFounded;
  Role role = Role::kRequesting;
  std::vector<PartyCode> parties;  // for Role::kParty
  bool opens = false;              // the act may open its matter
  std::vector<std::string> from;   // stages in which it may be done once the matter is open
  std::string to;                  // the stage after it; empty: it stays
  std::vector<Condition> when;  // tells rules for the same act and stage apart; exactly one holds
  std::vector<SealNeeded> seals;
  std::vector<Fact> required;
  bool particulars_required = false;
  std::vector<Guard> guards;
  LineUse line_use = LineUse::kNone;
  std::vector<Fact> line_key;
  std::vector<Fact> line_required;
  std::vector<Guard> line_guards;
  std::vector<Effect> line_effects;
  std::vector<Effect> effects;
  std::vector<std::string> articles;
};

// A time limit: civil days in the requested party's zone.
struct LimitRule {
  std::string name;
  int days = 0;
  bool before = false;  // counted backwards from a coming moment
  bool unverified = false;
  std::vector<std::string> articles;
};

// What silence means: the limit passes in one of these stages, and the matter moves.
struct Lapse {
  std::string name;
  MatterKind matter = MatterKind::kCase;
  std::vector<std::string> from;
  std::string limit;
  std::string to;           // the stage after it; empty: it stays
  std::optional<Role> due;  // whose turn the limit is; none: whose turn the stage is
  std::vector<Effect> effects;
  std::vector<std::string> articles;
};

struct StageRule {
  MatterKind matter = MatterKind::kCase;
  std::string name;
  bool terminal = false;
  std::string limit;            // the limit that ends the waiting, or
  std::string reason;           // why nothing needs to
  Role due = Role::kRequested;  // whose turn it is
};

// When a party may take part under this procedure.
struct PartyTerm {
  PartyCode party;
  Instant from;
  std::optional<Instant> until;
};

// From when on a party's civil time is so many minutes east of UTC.
struct ZoneOffset {
  PartyCode party;
  Instant from;
  int minutes = 0;
};

struct Procedure {
  std::string id;  // "eu-pakistan/2016"
  std::string title;
  bool founding = false;  // rules the cooperation itself
  std::vector<PartyTerm> parties;
  std::vector<ZoneOffset> zones;
  std::vector<LimitRule> limits;
  std::vector<StageRule> stages;
  std::vector<Rule> rules;
  std::vector<Lapse> lapses;
  std::vector<std::string> articles;  // every article that may be cited
  // Properties that the parties know these rules break, as "P1" (PropertyNames). No ruling reads
  // them: they are read by whoever decides whether to sign.
  std::vector<std::string> breaks;
};

// The names of the properties that the checker looks at, "P1" to "P12", in their order.
std::vector<std::string_view> PropertyNames();

// A field on the way from the whole procedure to the place of a defect, by its name in the text
// form.
struct PlaceStep {
  std::string field;  // "rule", "guard", "require"
  int index = -1;     // which one, of a field that may stand several times

  friend bool operator==(const PlaceStep&, const PlaceStep&) = default;
};

// Something wrong with a procedure, in the words of its author.
struct Defect {
  std::string where;             // "rule reply_confirmed"
  std::string message;           // what is wrong, and after a semicolon what to do
  std::vector<PlaceStep> place;  // whoever holds the text finds the line by it
  // Whether nothing can be stepped because of it. The others make no ruling impossible, and a
  // bundle with one is refused all the same (codec::LoadProcedure).
  bool stops = true;
};

// A procedure found whole. Immutable; safe on every thread.
class CheckedProcedure {
 public:
  CheckedProcedure(const CheckedProcedure&) = delete;
  CheckedProcedure& operator=(const CheckedProcedure&) = delete;

  const Procedure& terms() const { return terms_; }
  // SHA-256 of the bundle file's bytes; it stands in every statement.
  const Digest& digest() const { return digest_; }

  // The rules of an act in the order written.
  const std::vector<const Rule*>& RulesOf(ActKind act) const;
  const LimitRule* FindLimit(std::string_view name) const;
  const StageRule* FindStage(MatterKind matter, std::string_view name) const;
  // Whether a matter has ended with that stage.
  bool IsTerminal(MatterKind matter, std::string_view stage) const;
  // Minutes east of UTC where `party` is at that moment; 0 when the procedure names no zone for it.
  int OffsetOf(PartyCode party, Instant at) const;
  bool MayTakePart(PartyCode party, Instant at) const;
  // The first moment too late for a limit counted from `since` in the zone of `party`: the day of
  // `since` is not counted and the last day ends with the civil day. A limit counted backwards ends
  // with the day that lies so many days before.
  Instant FirstTooLate(const LimitRule& limit, Instant since, PartyCode party) const;

 private:
  friend std::variant<std::shared_ptr<const CheckedProcedure>, std::vector<Defect>> Admit(Procedure,
                                                                                          Digest);
  CheckedProcedure(Procedure terms, const Digest& digest);

  Procedure terms_;
  Digest digest_;
  std::map<ActKind, std::vector<const Rule*>> by_act_;
  std::vector<ZoneOffset> zones_;  // by party, then by the day from which they hold
  std::vector<const Rule*> no_rules_;
};

// The only way to a CheckedProcedure: no defect of its form (check.h) stops it from being stepped.
std::variant<std::shared_ptr<const CheckedProcedure>, std::vector<Defect>> Admit(
    Procedure procedure, Digest digest);

// The procedures a ledger knows, by digest. One of them rules the cooperation: the founding one of
// that ledger, which is named by whoever vouches for it (the anchor), never by what happens to be
// known. Another founding procedure may be in the set; it rules nothing.
class ProcedureSet {
 public:
  explicit ProcedureSet(const Digest& founding) : founding_(founding) {}

  void Add(std::shared_ptr<const CheckedProcedure> procedure);
  const CheckedProcedure* Find(const Digest& digest) const;
  // Null until it is added, and when the procedure of that digest is no founding one.
  const CheckedProcedure* Founding() const;
  const std::map<Digest, std::shared_ptr<const CheckedProcedure>>& all() const {
    return by_digest_;
  }

 private:
  std::map<Digest, std::shared_ptr<const CheckedProcedure>> by_digest_;
  Digest founding_;
};

}  // namespace chancery::procedure

#endif  // CHANCERY_ENGINE_PROCEDURE_PROCEDURE_H_
