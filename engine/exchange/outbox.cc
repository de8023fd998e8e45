#include "engine/exchange/outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/offer.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/convictions.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/forked.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/offered.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

absl::Status Wrong(std::string_view reason, std::string_view message) {
  return WithReason(InvalidArgument(message), reason);
}

bool RoleFits(const procedure::Rule& rule, PartyCode self, const procedure::Matter* matter) {
  switch (rule.role) {
    case procedure::Role::kRequesting:
      return matter == nullptr || matter->requesting == self;
    case procedure::Role::kRequested:
      return matter != nullptr && matter->requested == self;
    case procedure::Role::kEither:
    case procedure::Role::kParticipant:
      return true;
    case procedure::Role::kParty:
      return std::find(rule.parties.begin(), rule.parties.end(), self) != rule.parties.end();
  }
  CHANCERY_CHECK(false);
}

std::string Article(const procedure::Rule& rule) {
  return rule.articles.empty() ? rule.name : rule.name + ", " + rule.articles.front();
}

// What the act lacks of what a rule requires, one line each.
std::vector<std::string> Missing(const procedure::Rule& rule, const procedure::Act& act,
                                 bool has_items) {
  std::vector<std::string> missing;
  for (const procedure::Fact fact : rule.required) {
    if (act.facts.Has(fact)) continue;
    const std::string name(procedure::InfoOf(fact).name);
    missing.push_back("facts." + name + ": required by rule " + Article(rule) +
                      "; add the fact \"" + name + "\"");
  }
  if (rule.particulars_required && !has_items) {
    missing.push_back("particulars: required by rule " + Article(rule) +
                      "; add the person's particulars");
  }
  for (std::size_t i = 0; i < act.lines.size(); ++i) {
    for (const procedure::Fact fact : rule.line_required) {
      if (act.lines[i].Has(fact)) continue;
      const std::string name(procedure::InfoOf(fact).name);
      missing.push_back("lines[" + std::to_string(i) + "]." + name + ": required by rule " +
                        Article(rule) + "; add the fact \"" + name + "\" to this line");
    }
  }
  return missing;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text.push_back('\n');
    text += line;
  }
  return text;
}

}  // namespace

struct Outbox::Ready {
  procedure::Act act;
  std::vector<Item> items;
  std::vector<std::string> warnings;
  std::optional<procedure::Matter> matter;  // as known here
  bool matter_known = false;                // it is known, or an act handed in here opens it
  bool matter_given = false;
  std::shared_ptr<const procedure::ProcedureSet> procedures;
  const procedure::Rule* rule = nullptr;  // lives in `procedures`
};

absl::StatusOr<HandedIn> Outbox::HandIn(std::string_view act_json, std::optional<StatementId> id,
                                        bool validate_only) {
  CHANCERY_ASSIGN_OR_RETURN(codec::DraftedAct drafted,
                            codec::ActFromJson(act_json, parts_.clock.Now()));
  return HandIn(std::move(drafted), id, validate_only);
}

absl::StatusOr<HandedIn> Outbox::HandIn(codec::DraftedAct drafted, std::optional<StatementId> id,
                                        bool validate_only) {
  CHANCERY_RETURN_IF_ERROR(CheckNoFiles(drafted));
  const StatementId chosen = id ? *id : NewStatementId(parts_.clock.Now(), parts_.entropy);
  if (id) {
    CHANCERY_ASSIGN_OR_RETURN(std::optional<HandedIn> earlier, FindEarlier(drafted, chosen));
    if (earlier) return *std::move(earlier);
  }
  CHANCERY_ASSIGN_OR_RETURN(Ready ready, Prepare(drafted, chosen));
  CHANCERY_ASSIGN_OR_RETURN(
      const Bytes statement,
      codec::EncodeStatement({parts_.party.realm, parts_.party.agreement, ready.act}));
  HandedIn answer{chosen, crypto::Sha256(statement), ready.act.matter, 0,
                  false,  std::move(ready.warnings)};
  if (validate_only) {
    CHANCERY_ASSIGN_OR_RETURN(answer.ruling, RuledNow(ready, answer.digest));
    return answer;
  }

  CHANCERY_ASSIGN_OR_RETURN(const Bytes seal, Seal(*ready.rule, statement));
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> envelope,
                            codec::EncodeEnvelope({statement, seal, Bytes(), {}}));
  const bool opens = ready.rule->opens && !ready.matter_known;
  const absl::StatusOr<Committed> committed =
      parts_.keeper.Run([&](LedgerKeeper::Group& group) -> absl::Status {
        store::Store& store = parts_.keeper.store();
        const store::StatementKey key{kUseSealed, parts_.party.self, chosen};
        CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> there,
                                  store.FindStatement(key));
        if (there) return AlreadyExists("an act was handed in under this id");
        CHANCERY_RETURN_IF_ERROR(attachments_.Require(ready.act));
        CHANCERY_ASSIGN_OR_RETURN(
            const AppendedEntry sealed,
            group.Append(parts_.party.self.ToText(), codec::SealedBody{statement, seal}));
        store::Commit& rows = group.rows();
        rows.statements.push_back({key, answer.digest, sealed.number});
        if (!ready.items.empty()) {
          CHANCERY_RETURN_IF_ERROR(
              parts_.vault.Encrypt(ready.act, answer.digest, ready.items, rows));
        }
        CHANCERY_RETURN_IF_ERROR(attachments_.Bind(ready.act, rows));
        rows.deliveries.push_back({parts_.party.keeper, kDeliverAct, envelope.Reveal(), chosen,
                                   answer.digest, sealed.recorded_at});
        SentPaper sent;
        sent.act.id = chosen;
        sent.act.digest = answer.digest;
        sent.act.matter = ready.act.matter;
        sent.act.procedure = ready.act.procedure;
        sent.act.act = procedure::FindAct(ready.act.kind)->name;
        sent.act.opens = opens;
        sent.act.own_number = sealed.number;
        rows.papers.push_back(ChangeOf(sent));
        if (opens) {
          CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> opened,
                                    store.FindPaper(kOpenedPaper, ready.act.matter.ToHexText()));
          rows.papers.push_back({std::string(kOpenedPaper), ready.act.matter.ToHexText(),
                                 opened ? opened->version : 0, false, 0,
                                 ready.act.procedure.ToHexText()});
        }
        answer.number = sealed.number;
        return absl::OkStatus();
      });
  if (!committed.ok()) {
    if (committed.status().code() != absl::StatusCode::kAlreadyExists) return committed.status();
    // The same call came twice at once, and the other one was first.
    CHANCERY_ASSIGN_OR_RETURN(std::optional<HandedIn> earlier, FindEarlier(drafted, chosen));
    if (!earlier) return committed.status();
    return *std::move(earlier);
  }
  const std::string subject = chosen.ToHexText();
  parts_.events.Note({"act.sealed", subject, static_cast<std::int64_t>(answer.number)});
  return answer;
}

absl::StatusOr<std::optional<procedure::Ruling>> Outbox::RuledNow(const Ready& ready,
                                                                  const Digest& digest) const {
  const bool opens = ready.rule->opens && !ready.matter_known;
  if (!ready.matter && !opens) return std::optional<procedure::Ruling>();
  procedure::RecordedAct recorded;
  recorded.recorded_at = ready.act.made_at;
  recorded.digest = digest;
  recorded.act = ready.act;
  for (const procedure::SealNeeded& needed : ready.rule->seals) {
    const std::vector<crypto::Sealer>& keys = *parts_.keys.Of(needed.office);
    for (int i = 0; i < needed.count; ++i)
      recorded.signers.push_back(keys[static_cast<std::size_t>(i)].certificate().digest());
  }
  std::sort(recorded.signers.begin(), recorded.signers.end());
  CHANCERY_ASSIGN_OR_RETURN(procedure::Ruling ruling,
                            Foresee(parts_.keeper.store(), *ready.procedures, recorded));
  return std::optional<procedure::Ruling>(std::move(ruling));
}

absl::StatusOr<std::optional<HandedIn>> Outbox::FindEarlier(const codec::DraftedAct& drafted,
                                                            const StatementId& id) const {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::StatementRow> row,
                            store.FindStatement({kUseSealed, parts_.party.self, id}));
  if (!row) return std::optional<HandedIn>();
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, store.ReadEntry(row->entry));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(stored.bytes));
  const auto* sealed = std::get_if<codec::SealedBody>(&entry.body);
  if (sealed == nullptr)
    return DataLoss("entry " + std::to_string(row->entry) + " of the own ledger is not `sealed`");
  CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                            codec::DecodeStatement(sealed->statement));

  const procedure::Act& earlier = statement.act;
  procedure::Facts facts = earlier.facts;
  // A handle that was made here is no difference.
  if (!drafted.act.facts.Has(procedure::Fact::kHandle)) facts.Erase(procedure::Fact::kHandle);
  bool same = earlier.kind == drafted.act.kind && facts == drafted.act.facts &&
              earlier.lines == drafted.act.lines && earlier.answers == drafted.act.answers &&
              (!drafted.matter || *drafted.matter == earlier.matter) &&
              (drafted.act.addressee.IsNone() || drafted.act.addressee == earlier.addressee);
  if (same) {
    std::vector<Item> items;
    if (earlier.commitment) {
      CHANCERY_ASSIGN_OR_RETURN(items,
                                parts_.vault.Decrypt(earlier, row->digest, parts_.party.self));
    }
    same = std::equal(items.begin(), items.end(), drafted.items.begin(), drafted.items.end(),
                      [](const Item& kept, const Item& given) {
                        return kept.label == given.label && kept.value == given.value;
                      });
  }
  if (!same) {
    return WithReason(AlreadyExists("statement_id: another act was handed in under this id; give "
                                    "every act an id of its own"),
                      reason::kStatementIdReused);
  }
  return std::optional<HandedIn>(
      HandedIn{id, row->digest, earlier.matter, row->entry, true, drafted.warnings});
}

absl::StatusOr<Outbox::Ready> Outbox::Prepare(codec::DraftedAct drafted,
                                              const StatementId& id) const {
  Ready ready;
  ready.act = drafted.act;
  ready.act.author = parts_.party.self;
  ready.act.id = id;
  ready.act.made_at = parts_.clock.Now();
  if (ready.act.addressee.IsNone()) ready.act.addressee = parts_.party.keeper;
  if (ready.act.addressee != parts_.party.keeper) {
    return Wrong("ADDRESSEE_WRONG", "addressee: an act of a state goes to " +
                                        parts_.party.keeper.ToText() +
                                        "; leave the field out or name it");
  }
  ready.procedures = parts_.procedures.Set();
  CHANCERY_RETURN_IF_ERROR(FindMatter(drafted, ready));
  const procedure::CheckedProcedure* procedure = ready.procedures->Find(ready.act.procedure);
  if (procedure == nullptr) {
    return WithReason(
        FailedPrecondition("the bundle of procedure " +
                           ready.act.procedure.ToHexText().substr(0, 8) +
                           " is not here; put it into the folder `procedures` or collect first"),
        "NO_PROCEDURE");
  }
  const bool names_person = ready.act.kind == procedure::ActKind::kApplication ||
                            ready.act.kind == procedure::ActKind::kNotice;
  if (names_person && !ready.act.facts.Has(procedure::Fact::kHandle)) {
    ready.act.facts.Set(procedure::Fact::kHandle, parts_.entropy.Make<MatterId>());
  }
  CHANCERY_RETURN_IF_ERROR(FindRule(drafted.items, *procedure, ready));
  if (ready.matter_given && ready.act.matter.IsZero())
    return Wrong("MATTER_WRONG", "matter: must not be all zero");
  if (!drafted.items.empty()) {
    ready.items = std::move(drafted.items);
    std::vector<crypto::Item> committed;
    for (Item& item : ready.items) {
      item.salt = parts_.entropy.Make<Salt>();
      committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
    }
    CHANCERY_ASSIGN_OR_RETURN(ready.act.commitment, crypto::CommitItems(committed));
  }
  ready.warnings = std::move(drafted.warnings);
  return ready;
}

// The act's matter, and the procedure that governs it.
absl::Status Outbox::FindMatter(const codec::DraftedAct& drafted, Ready& ready) const {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(store));
  const procedure::ActInfo* info = procedure::FindAct(ready.act.kind);
  CHANCERY_CHECK(info != nullptr);
  const absl::Status not_collected = WithReason(
      FailedPrecondition(
          "the ministry's founding act has not been collected here yet; let the daemon reach the "
          "ministry once"),
      "NO_PROCEDURE");
  if (info->matter == procedure::MatterKind::kCooperation) {
    if (!cooperation) return not_collected;
    if (drafted.matter && *drafted.matter != cooperation->id) {
      return Wrong("MATTER_WRONG",
                   "matter: an act about the cooperation has no other matter; leave the field out");
    }
    ready.act.matter = cooperation->id;
    ready.act.procedure = parts_.party.founding;
    ready.matter = cooperation;
    ready.matter_known = true;
    return absl::OkStatus();
  }
  if (drafted.matter) {
    ready.matter_given = true;
    ready.act.matter = *drafted.matter;
    CHANCERY_ASSIGN_OR_RETURN(ready.matter, ReadMatter(store, *drafted.matter));
    if (ready.matter) {
      ready.matter_known = true;
      ready.act.procedure = ready.matter->procedure;
      return absl::OkStatus();
    }
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> opened,
                              store.FindPaper(kOpenedPaper, drafted.matter->ToHexText()));
    const std::optional<Digest> under = opened ? Digest::FromHexText(opened->bytes) : std::nullopt;
    if (under) {
      ready.matter_known = true;
      ready.act.procedure = *under;
      return absl::OkStatus();
    }
  }
  if (!cooperation) return not_collected;
  const std::optional<Digest> in_force = ProcedureInForce(*cooperation, parts_.clock.Now());
  if (!in_force) {
    return WithReason(
        FailedPrecondition("no procedure is in force; both sides must accept one first"),
        "NO_PROCEDURE");
  }
  ready.act.procedure = *in_force;
  if (!drafted.matter) ready.act.matter = parts_.entropy.Make<MatterId>();
  return absl::OkStatus();
}

bool Outbox::HasKeys(const procedure::Rule& rule) const {
  return std::all_of(
      rule.seals.begin(), rule.seals.end(), [this](const procedure::SealNeeded& needed) {
        const std::vector<crypto::Sealer>* keys = parts_.keys.Of(needed.office);
        return keys != nullptr && keys->size() >= static_cast<std::size_t>(needed.count);
      });
}

// The rule whose required facts the act has and whose offices can seal it here. Which of several
// fits the matter's stage is the ministry's to rule.
absl::Status Outbox::FindRule(const std::vector<Item>& items,
                              const procedure::CheckedProcedure& procedure, Ready& ready) const {
  const std::vector<const procedure::Rule*>& rules = procedure.RulesOf(ready.act.kind);
  const std::string act(procedure::FindAct(ready.act.kind)->name);
  const procedure::Matter* matter = ready.matter ? &*ready.matter : nullptr;
  const bool opening = !ready.matter_known;
  std::vector<const procedure::Rule*> candidates;
  for (const procedure::Rule* rule : rules) {
    // A rule that opens a matter may also go on with one, from the stages it names.
    const bool fits = opening ? rule->opens : !rule->opens || !rule->from.empty();
    if (fits && RoleFits(*rule, parts_.party.self, matter)) candidates.push_back(rule);
  }
  // A matter this party names and does not know: the ministry will say whether there is one.
  if (candidates.empty() && (ready.matter_given || ready.matter_known)) {
    for (const procedure::Rule* rule : rules) {
      if (RoleFits(*rule, parts_.party.self, matter)) candidates.push_back(rule);
    }
  }
  if (candidates.empty()) {
    const bool continues =
        std::any_of(rules.begin(), rules.end(), [&](const procedure::Rule* rule) {
          return (!rule->opens || !rule->from.empty()) &&
                 RoleFits(*rule, parts_.party.self, matter);
        });
    if (opening && continues && !ready.matter_given) {
      return Wrong("MATTER_MISSING",
                   "matter: " + act + " moves a matter; name it by its 32 hexadecimal digits");
    }
    return WithReason(
        FailedPrecondition("act: procedure " + procedure.terms().id + " has no rule by which " +
                           parts_.party.self.ToText() + " does " + act),
        "NO_RULE");
  }
  std::optional<std::vector<std::string>> least;
  const procedure::Rule* without_key = nullptr;
  for (const procedure::Rule* rule : candidates) {
    std::vector<std::string> missing = Missing(*rule, ready.act, !items.empty());
    if (!missing.empty()) {
      if (!least || missing.size() < least->size()) least = std::move(missing);
      continue;
    }
    if (!HasKeys(*rule)) {
      without_key = rule;
      continue;
    }
    ready.rule = rule;
    return absl::OkStatus();
  }
  if (without_key == nullptr) return Wrong("MISSING_FACT", Joined(*least));
  std::string offices;
  for (const procedure::SealNeeded& needed : without_key->seals) {
    if (!offices.empty()) offices += ", ";
    offices += procedure::WordName(procedure::Fact::kOffice, needed.office);
    offices += " " + std::to_string(needed.count);
  }
  return WithReason(
      FailedPrecondition("act: rule " + Article(*without_key) + " needs the seals " + offices +
                         "; put their keys into the daemon's configuration"),
      "NO_SEALING_KEY");
}

absl::StatusOr<Bytes> Outbox::Seal(const procedure::Rule& rule, ByteView statement) const {
  const Instant now = parts_.clock.Now();
  Bytes seal;
  std::vector<Digest> certificates;
  for (const procedure::SealNeeded& needed : rule.seals) {
    const std::vector<crypto::Sealer>* keys = parts_.keys.Of(needed.office);
    CHANCERY_CHECK(keys != nullptr && keys->size() >= static_cast<std::size_t>(needed.count));
    for (int i = 0; i < needed.count; ++i) {
      const crypto::Sealer& key = (*keys)[static_cast<std::size_t>(i)];
      CHANCERY_ASSIGN_OR_RETURN(
          seal, seal.empty() ? key.Seal(statement, now) : key.AddSeal(statement, seal, now));
      certificates.push_back(key.certificate().digest());
    }
  }
  if (seal.empty())
    return Internal("rule " + rule.name + " needs no seal, and an act without one is nobody's");
  if (parts_.seals_made != nullptr)
    parts_.seals_made->Note(statement, seal, std::move(certificates));
  return seal;
}

absl::StatusOr<std::uint64_t> Outbox::Waiting() const {
  std::uint64_t waiting = 0;
  std::uint64_t after = 0;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<store::Delivery> page,
        parts_.keeper.store().ListOpenDeliveries(parts_.party.keeper, after, 256));
    if (page.empty()) return waiting;
    waiting += page.size();
    after = page.back().sequence;
  }
}

absl::StatusOr<std::vector<SentAct>> Outbox::List(const std::optional<StatementId>& after,
                                                  std::size_t limit) const {
  CHANCERY_ASSIGN_OR_RETURN(
      const std::vector<store::Paper> papers,
      parts_.keeper.store().ListPapers(kSentPaper, std::nullopt,
                                       after ? after->ToHexText() : std::string(), limit));
  std::vector<SentAct> acts;
  for (const store::Paper& paper : papers) {
    CHANCERY_ASSIGN_OR_RETURN(SentPaper read, ReadSentPaper(paper));
    acts.push_back(std::move(read.act));
  }
  return acts;
}

absl::StatusOr<std::optional<SentAct>> Outbox::Find(const StatementId& id) const {
  CHANCERY_ASSIGN_OR_RETURN(std::optional<SentPaper> sent, FindSent(parts_.keeper.store(), id));
  if (!sent) return std::optional<SentAct>();
  return std::optional<SentAct>(std::move(sent->act));
}

}  // namespace chancery::exchange
