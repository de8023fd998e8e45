#include "engine/exchange/casework.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/act_json.h"
#include "engine/codec/envelope.h"
#include "engine/crypto/commitment.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/draft_paper.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

using procedure::Fact;

constexpr std::size_t kPage = 200;

std::int64_t OfficeMinistry() {
  return procedure::WordNumber(Fact::kOffice, "ministry").value_or(-1);
}

absl::Status UnknownDraft() {
  return WithReason(NotFound("draft: there is none of that id; list the drafts"),
                    reason::kDraftUnknown);
}

absl::Status UnknownMatter() {
  return WithReason(NotFound("matter: there is none of that id"), reason::kMatterUnknown);
}

// Whether all seals are there that the act needs.
bool IsDecided(const Draft& draft) { return draft.seals > 0 && draft.wanted.empty(); }

std::vector<Item> WithoutSalts(std::vector<Item> items) {
  for (Item& item : items) item.salt = Salt{};
  return items;
}

absl::StatusOr<Digest> CommitmentOf(const std::vector<Item>& items) {
  std::vector<crypto::Item> committed;
  for (const Item& item : items) {
    committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
  }
  return crypto::CommitItems(committed);
}

// The officer of the certificate `added` when a certificate in `before` is the same officer's.
std::optional<std::int64_t> OfficerAgain(const std::vector<procedure::Appointment>& appointments,
                                         const std::vector<Digest>& before, const Digest& added) {
  const auto officer_of = [&](const Digest& certificate) {
    const auto found = std::find_if(
        appointments.begin(), appointments.end(),
        [&](const auto& appointment) { return appointment.certificate == certificate; });
    return found != appointments.end() ? found->officer : 0;
  };
  const std::int64_t officer = officer_of(added);
  const bool again =
      officer != 0 && std::any_of(before.begin(), before.end(),
                                  [&](const Digest& one) { return officer_of(one) == officer; });
  return again ? std::optional(officer) : std::nullopt;
}

const procedure::Rule* RuleNamed(const procedure::CheckedProcedure& procedure,
                                 const procedure::Act& act, const std::string& name) {
  const std::vector<const procedure::Rule*>& rules = procedure.RulesOf(act.kind);
  for (const procedure::Rule* rule : rules) {
    if (rule->name == name) return rule;
  }
  return rules.empty() ? nullptr : rules.front();
}

std::string ToText(const std::vector<procedure::SealNeeded>& seals) {
  std::string text;
  for (const procedure::SealNeeded& needed : seals) {
    if (!text.empty()) text += ", ";
    text += std::string(procedure::WordName(Fact::kOffice, needed.office)) + " " +
            std::to_string(needed.count);
  }
  return text;
}

std::string RuleOf(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome))
    return admitted->because.rule;
  return std::get<procedure::Inadmissible>(ruling.outcome).rule;
}

}  // namespace

std::vector<std::string> ToTexts(const std::vector<SealWanted>& wanted) {
  std::vector<std::string> texts;
  for (const SealWanted& seal : wanted) {
    texts.push_back(std::string(procedure::WordName(Fact::kOffice, seal.office)) + " " +
                    std::to_string(seal.count));
  }
  return texts;
}

absl::StatusOr<std::vector<OfficerTask>> Casework::Tasks(bool all) const {
  store::Store& store = parts_.keeper.store();
  const auto procedures = parts_.procedures.Set();
  const Instant now = parts_.clock.Now();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(store));
  std::vector<OfficerTask> tasks;
  std::optional<MatterId> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::MatterRow> page,
                              store.ListMatters(std::nullopt, after, kPage));
    if (page.empty()) break;
    after = page.back().id;
    for (const store::MatterRow& row : page) {
      if (cooperation && row.id == cooperation->id) continue;
      CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters matters,
                                ReadMatterWithOthers(store, row.id));
      for (procedure::Due& due : procedure::StandingAt(*procedures, matters, now).due) {
        if (due.matter != row.id || (!all && due.by != parts_.keeper.party())) continue;
        CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> claim,
                                  store.FindPaper(kClaimPaper, row.id.ToHexText()));
        tasks.push_back({std::move(due), claim ? claim->bytes : std::string()});
      }
    }
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const OfficerTask& a, const OfficerTask& b) {
    const bool a_runs = !a.due.limit.empty();
    const bool b_runs = !b.due.limit.empty();
    if (a_runs != b_runs) return a_runs;
    return a_runs && a.due.until < b.due.until;
  });
  return tasks;
}

absl::Status Casework::Claim(const MatterId& matter, const std::string& officer) {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::MatterRow> row, store.FindMatter(matter));
  if (!row) return UnknownMatter();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> there,
                            store.FindPaper(kClaimPaper, matter.ToHexText()));
  const absl::Status taken =
      WithReason(AlreadyExists("task: another officer has claimed it; ask them to release it"),
                 reason::kTaskClaimed);
  if (there) return there->bytes == officer ? absl::OkStatus() : taken;
  store::Commit commit;
  commit.papers.push_back({std::string(kClaimPaper), matter.ToHexText(), 0, false, 0, officer});
  const absl::Status status = parts_.keeper.Apply(commit);
  return absl::IsFailedPrecondition(status) ? taken : status;
}

absl::Status Casework::Release(const MatterId& matter, const std::string& officer) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> there,
                            parts_.keeper.store().FindPaper(kClaimPaper, matter.ToHexText()));
  if (!there) return absl::OkStatus();
  if (there->bytes != officer) {
    return WithReason(AlreadyExists("task: another officer has claimed it; only they release it"),
                      reason::kTaskClaimed);
  }
  store::Commit commit;
  commit.papers.push_back(
      {std::string(kClaimPaper), matter.ToHexText(), there->version, true, 0, {}});
  return parts_.keeper.Apply(commit);
}

// Fills in what only the program knows of an act of this party.
absl::Status Casework::Complete(procedure::Act& act, bool has_matter) const {
  store::Store& store = parts_.keeper.store();
  const procedure::ActInfo* info = procedure::FindAct(act.kind);
  CHANCERY_CHECK(info != nullptr);
  const Instant now = std::max(parts_.clock.Now(), parts_.keeper.head().recorded_at);
  act.author = parts_.keeper.party();
  act.made_at = now;
  act.id = NewStatementId(now, parts_.entropy);
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(store));
  if (info->matter == procedure::MatterKind::kCooperation) {
    const auto procedures = parts_.procedures.Set();
    if (procedures->Founding() == nullptr) {
      return WithReason(
          FailedPrecondition("procedure: the founding procedure is not known here; add its bundle"),
          reason::kProcedureUnknown);
    }
    act.procedure = procedures->Founding()->digest();
    if (!has_matter) act.matter = cooperation ? cooperation->id : parts_.entropy.Make<MatterId>();
    return absl::OkStatus();
  }
  if (has_matter) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> matter,
                              ReadMatter(store, act.matter));
    if (matter) {
      act.procedure = matter->procedure;
      if (act.addressee.IsNone()) {
        act.addressee = matter->requesting == act.author ? matter->requested : matter->requesting;
      }
      return absl::OkStatus();
    }
  }
  const std::optional<Digest> in_force =
      cooperation ? ProcedureInForce(*cooperation, now) : std::nullopt;
  // An act that opens a matter may say by which identifier; any other speaks of one that is there.
  if (has_matter && !(in_force && Opens(*in_force, act.kind))) return UnknownMatter();
  if (!has_matter) act.matter = parts_.entropy.Make<MatterId>();
  if (!in_force) {
    return WithReason(FailedPrecondition("procedure: none is in force for a new matter"),
                      reason::kProcedureUnknown);
  }
  act.procedure = *in_force;
  return absl::OkStatus();
}

bool Casework::Opens(const Digest& procedure, procedure::ActKind kind) const {
  const auto procedures = parts_.procedures.Set();
  const procedure::CheckedProcedure* version = procedures->Find(procedure);
  if (version == nullptr) return false;
  const std::vector<const procedure::Rule*>& rules = version->RulesOf(kind);
  return std::any_of(rules.begin(), rules.end(),
                     [](const procedure::Rule* rule) { return rule->opens; });
}

bool Casework::MaySeal(const std::vector<procedure::Appointment>& appointments,
                       const Digest& certificate, const std::vector<std::int64_t>& offices) const {
  std::vector<procedure::Appointment> fitting;
  std::copy_if(appointments.begin(), appointments.end(), std::back_inserter(fitting),
               [&](const procedure::Appointment& appointment) {
                 return std::find(offices.begin(), offices.end(), appointment.office) !=
                        offices.end();
               });
  return IsAppointed(fitting, certificate);
}

bool Casework::IsAppointed(const std::vector<procedure::Appointment>& appointments,
                           const Digest& certificate) const {
  const Instant now = std::max(parts_.clock.Now(), parts_.keeper.head().recorded_at);
  return std::any_of(
      appointments.begin(), appointments.end(), [&](const procedure::Appointment& appointment) {
        return appointment.certificate == certificate &&
               appointment.party == parts_.keeper.party() && appointment.from <= now &&
               (!appointment.until || now < *appointment.until);
      });
}

absl::StatusOr<std::vector<procedure::Appointment>> Casework::Appointments() const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                            ReadCooperation(parts_.keeper.store()));
  return cooperation ? procedure::AppointmentsOf(*cooperation)
                     : std::vector<procedure::Appointment>{};
}

absl::StatusOr<Casework::SealPlan> Casework::PlanSeals(const procedure::Act& act,
                                                       ByteView statement,
                                                       const std::vector<Digest>& signers,
                                                       std::vector<std::string>* warnings) const {
  const auto procedures = parts_.procedures.Set();
  const procedure::CheckedProcedure* const agreed = procedures->Find(act.procedure);
  if (agreed == nullptr) {
    return WithReason(
        FailedPrecondition("procedure: that of the matter is not known here; add its bundle"),
        reason::kProcedureUnknown);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<procedure::Appointment> appointments, Appointments());

  // The core itself says which rule the act falls under, and what it would rule if every office
  // sealed it.
  procedure::RecordedAct recorded;
  recorded.recorded_at = std::max(parts_.clock.Now(), parts_.keeper.head().recorded_at);
  recorded.digest = crypto::Sha256(statement);
  recorded.act = act;
  for (const procedure::Appointment& appointment : appointments) {
    if (IsAppointed(appointments, appointment.certificate))
      recorded.signers.push_back(appointment.certificate);
  }
  std::sort(recorded.signers.begin(), recorded.signers.end());
  recorded.signers.erase(std::unique(recorded.signers.begin(), recorded.signers.end()),
                         recorded.signers.end());
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Ruling ruling,
                            Foresee(parts_.keeper.store(), *procedures, recorded));
  if (warnings != nullptr && !ruling.admitted()) {
    warnings->push_back("if it is submitted now it will be recorded as " + codec::Summary(ruling));
  }
  const procedure::Rule* const rule = RuleNamed(*agreed, act, RuleOf(ruling));
  SealPlan plan;
  if (rule == nullptr) return plan;
  plan.rule = rule->name + (rule->articles.empty() ? "" : ", " + rule->articles.front());
  plan.needed = rule->seals;
  for (const procedure::Rule* one : agreed->RulesOf(act.kind)) {
    // The door takes an act that no rule admits when it is sealed as any rule of that act asks.
    if (one != rule && ruling.admitted()) continue;
    for (const procedure::SealNeeded& needed : one->seals) plan.offices.push_back(needed.office);
  }
  recorded.signers = signers;
  const std::vector<procedure::Appointment> seals =
      procedure::SealsOf(recorded, appointments, parts_.keeper.party());
  // And then nothing more is wanted of it.
  const bool as_another_asks =
      !ruling.admitted() && !seals.empty() &&
      std::any_of(agreed->RulesOf(act.kind).begin(), agreed->RulesOf(act.kind).end(),
                  [&](const procedure::Rule* one) {
                    return procedure::SealsLacking(one->seals, seals).empty();
                  });
  if (as_another_asks) return plan;
  for (const procedure::SealNeeded& lacking : procedure::SealsLacking(rule->seals, seals))
    plan.wanted.push_back({lacking.office, lacking.count});
  return plan;
}

absl::StatusOr<Draft> Casework::ReadDraft(const store::Paper& paper) const {
  const std::optional<DraftId> id = DraftId::FromHexText(paper.id);
  if (!id) return DataLoss("store: a draft has no readable name");
  CHANCERY_ASSIGN_OR_RETURN(DraftFields fields, ReadDraftPaper(parts_.vault, paper));
  Draft draft;
  draft.id = *id;
  draft.statement = std::move(fields.statement);
  draft.seal = std::move(fields.seal);
  draft.items = std::move(fields.items);
  CHANCERY_ASSIGN_OR_RETURN(const codec::Statement decoded,
                            codec::DecodeStatement(draft.statement));
  draft.act = decoded.act;
  std::vector<Digest> signers;
  if (!draft.seal.empty()) {
    const crypto::SealVerifier verifier(parts_.certificates.Lookup());
    CHANCERY_ASSIGN_OR_RETURN(const auto verified, verifier.Verify(draft.statement, draft.seal));
    for (const crypto::VerifiedSigner& signer : verified) signers.push_back(signer.certificate);
  }
  draft.seals = static_cast<int>(signers.size());
  CHANCERY_ASSIGN_OR_RETURN(SealPlan plan,
                            PlanSeals(draft.act, draft.statement, signers, &draft.warnings));
  draft.wanted = std::move(plan.wanted);
  return draft;
}

absl::Status Casework::WriteDraft(const Draft& draft, std::uint64_t expected_version) {
  const std::string id = draft.id.ToHexText();
  CHANCERY_ASSIGN_OR_RETURN(
      const Bytes encrypted,
      EncryptDraft(parts_.vault, id, {draft.statement, draft.seal, draft.items}));
  const store::PaperChange change = {
      std::string(kDraftPaper), id, expected_version, false, draft.seals, encrypted};
  store::Commit alone;
  alone.papers.push_back(change);
  // A new one comes in the order of the acts: it is here when its case is erased, and goes with it,
  // or comes after that and is refused. A changed one finds its paper gone.
  const absl::Status status =
      expected_version > 0 || draft.items.empty()
          ? parts_.keeper.Apply(alone)
          : parts_.keeper
                .Run([&](LedgerKeeper::Group& group) -> absl::Status {
                  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> known,
                                            ReadMatter(parts_.keeper.store(), draft.act.matter));
                  if (known) CHANCERY_RETURN_IF_ERROR(CheckNotErased(*known));
                  const std::vector<MatterId>& erasing = group.rows().erasures;
                  if (std::find(erasing.begin(), erasing.end(), draft.act.matter) != erasing.end())
                    return ParticularsErased();
                  group.rows().papers.push_back(change);
                  return absl::OkStatus();
                })
                .status();
  if (absl::IsFailedPrecondition(status) && ReasonOf(status).empty()) {
    return WithReason(
        FailedPrecondition(
            "draft: another officer changed it meanwhile; read it again and seal that"),
        reason::kDraftChanged);
  }
  return status;
}

absl::StatusOr<Draft> Casework::DraftAct(std::string_view act_json) {
  CHANCERY_ASSIGN_OR_RETURN(codec::DraftedAct drafted,
                            codec::ActFromJson(act_json, parts_.clock.Now()));
  CHANCERY_RETURN_IF_ERROR(CheckNoFiles(drafted));
  Draft draft;
  draft.act = std::move(drafted.act);
  if (drafted.matter) draft.act.matter = *drafted.matter;
  draft.items = std::move(drafted.items);
  draft.warnings = std::move(drafted.warnings);
  CHANCERY_RETURN_IF_ERROR(Complete(draft.act, drafted.matter.has_value()));
  if (!draft.items.empty()) {
    for (Item& item : draft.items) item.salt = parts_.entropy.Make<Salt>();
    CHANCERY_ASSIGN_OR_RETURN(draft.act.commitment, CommitmentOf(draft.items));
  }
  CHANCERY_ASSIGN_OR_RETURN(
      draft.statement, codec::EncodeStatement(
                           {RealmOfStatements(parts_.anchor), parts_.anchor.agreement, draft.act}));
  procedure::RecordedAct appointing;
  appointing.act = draft.act;
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<procedure::Appointment> standing, Appointments());
  CHANCERY_RETURN_IF_ERROR(CheckAppointing(appointing, standing, parts_.certificates));
  draft.id = parts_.entropy.Make<DraftId>();
  CHANCERY_ASSIGN_OR_RETURN(SealPlan plan,
                            PlanSeals(draft.act, draft.statement, {}, &draft.warnings));
  draft.wanted = std::move(plan.wanted);
  CHANCERY_RETURN_IF_ERROR(WriteDraft(draft, 0));
  const std::string matter = draft.act.matter.ToHexText();
  parts_.events.Note({"draft.made", matter, static_cast<std::int64_t>(draft.act.kind)});
  return draft;
}

absl::StatusOr<Draft> Casework::FindDraft(const DraftId& id) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            parts_.keeper.store().FindPaper(kDraftPaper, id.ToHexText()));
  if (!paper) return UnknownDraft();
  return ReadDraft(*paper);
}

absl::StatusOr<std::vector<Draft>> Casework::Drafts() const {
  std::vector<Draft> drafts;
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<store::Paper> page,
        parts_.keeper.store().ListPapers(kDraftPaper, std::nullopt, after, kPage));
    if (page.empty()) return drafts;
    after = page.back().id;
    for (const store::Paper& paper : page) {
      CHANCERY_ASSIGN_OR_RETURN(Draft draft, ReadDraft(paper));
      drafts.push_back(std::move(draft));
    }
  }
}

absl::StatusOr<ActReceipt> Casework::HandIn(const Draft& draft, const Peer& officer) {
  CHANCERY_ASSIGN_OR_RETURN(ActReceipt receipt,
                            parts_.inbox.Submit({draft.statement, draft.seal, {}, draft.items},
                                                {parts_.keeper.party(), officer.office, false}));
  // The act stands in the ledger; a draft that outlives it would only be handed in again and get
  // the same receipt.
  if (const absl::Status gone = Discard(draft.id); !gone.ok())
    parts_.events.Note({"draft.kept", {}, 0});
  return receipt;
}

absl::StatusOr<Approved> Casework::Approve(const DraftId& id, ByteView seal, const Peer& officer) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            parts_.keeper.store().FindPaper(kDraftPaper, id.ToHexText()));
  if (!paper) return UnknownDraft();
  CHANCERY_ASSIGN_OR_RETURN(Draft draft, ReadDraft(*paper));
  if (IsDecided(draft)) {
    // It could not be handed in after its last seal. The act is decided; nothing is added to it.
    CHANCERY_ASSIGN_OR_RETURN(ActReceipt receipt, HandIn(draft, officer));
    return Approved{std::move(receipt)};
  }
  const Instant now = std::max(parts_.clock.Now(), parts_.keeper.head().recorded_at);

  CHANCERY_ASSIGN_OR_RETURN(std::vector<Digest> signers,
                            parts_.inbox.VerifySeal(draft.statement, seal, now));
  std::vector<Digest> before;
  if (!draft.seal.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(before, parts_.inbox.VerifySeal(draft.statement, draft.seal, now));
  }
  std::vector<Digest> added;
  std::set_difference(signers.begin(), signers.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  if (added.empty()) {
    return WithReason(
        AlreadyExists("draft: this officer has sealed it already; another officer must"),
        reason::kAlreadyApproved);
  }
  if (!std::includes(signers.begin(), signers.end(), before.begin(), before.end()) ||
      added.size() != 1) {
    return WithReason(
        FailedPrecondition(
            "draft: the seal must hold every signature given so far and one more; read the "
            "draft again and add yours"),
        reason::kDraftChanged);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<procedure::Appointment> appointments, Appointments());
  if (!IsAppointed(appointments, added.front())) {
    return WithReason(PermissionDenied("draft: the certificate is not of an office appointed for " +
                                       parts_.keeper.party().ToText() + " at this time"),
                      reason::kCertificateNotAppointed);
  }
  if (const auto twin = OfficerAgain(appointments, before, added.front())) {
    return WithReason(
        AlreadyExists("draft: officer " + std::to_string(*twin) +
                      " has sealed it already with another certificate; another officer must"),
        reason::kAlreadyApproved);
  }
  CHANCERY_ASSIGN_OR_RETURN(SealPlan plan, PlanSeals(draft.act, draft.statement, signers, nullptr));
  if (!MaySeal(appointments, added.front(), plan.offices)) {
    return WithReason(
        PermissionDenied("seal: rule " + plan.rule + " needs the seals " + ToText(plan.needed) +
                         ", and this officer's office is none of them; let an "
                         "officer of such an office approve the draft"),
        reason::kOfficeNotNeeded);
  }
  draft.seal = seal;
  draft.seals = static_cast<int>(signers.size());
  draft.wanted = std::move(plan.wanted);
  // The server confirms what officers of other offices decided. What the ministry alone decides is
  // decided by its officer.
  const bool others_decided = std::any_of(
      plan.needed.begin(), plan.needed.end(),
      [](const procedure::SealNeeded& needed) { return needed.office != OfficeMinistry(); });
  const bool only_ministry = draft.wanted.size() == 1 &&
                             draft.wanted.front().office == OfficeMinistry() &&
                             draft.wanted.front().count == 1;
  if (others_decided && only_ministry && parts_.ministry_seal != nullptr) {
    CHANCERY_ASSIGN_OR_RETURN(draft.seal,
                              parts_.ministry_seal->AddSeal(draft.statement, draft.seal, now));
    draft.wanted.clear();
  }
  CHANCERY_RETURN_IF_ERROR(WriteDraft(draft, paper->version));
  const std::string matter = draft.act.matter.ToHexText();
  parts_.events.Note({"draft.approved", matter, draft.seals});
  if (!draft.wanted.empty()) return Approved{};
  CHANCERY_ASSIGN_OR_RETURN(ActReceipt receipt, HandIn(draft, officer));
  return Approved{std::move(receipt)};
}

absl::Status Casework::Discard(const DraftId& id) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            parts_.keeper.store().FindPaper(kDraftPaper, id.ToHexText()));
  if (!paper) return UnknownDraft();
  store::Commit commit;
  commit.papers.push_back({std::string(kDraftPaper), id.ToHexText(), paper->version, true, 0, {}});
  return parts_.keeper.Apply(commit);
}

absl::StatusOr<int> Casework::Resume() {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Draft> drafts, Drafts());
  int recorded = 0;
  for (const Draft& draft : drafts) {
    if (!IsDecided(draft)) continue;
    if (HandIn(draft, {parts_.keeper.party(), {}, false}).ok()) ++recorded;
  }
  return recorded;
}

absl::StatusOr<ActReceipt> Casework::BringIn(const codec::Envelope& envelope, const Peer& officer) {
  return parts_.inbox.Submit(envelope, {officer.party, officer.office, true});
}

absl::Status Casework::ReadParticulars(MatterShown& shown) const {
  const procedure::Matter& matter = shown.matter;
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                            parts_.keeper.store().ListParticularsOf(matter.id));
  const Digest opened_by = matter.facts.DigestOr(Fact::kOpenedBy);
  const Digest confirmation = matter.facts.DigestOr(Fact::kConfirmation);
  for (const store::ParticularsRow& row : rows) {
    const bool to_requested = row.reader == matter.requested.view();
    CHANCERY_ASSIGN_OR_RETURN(
        std::vector<Item> items,
        to_requested ? parts_.vault.DecryptRow(row, matter.requesting, matter.requested)
                     : parts_.vault.DecryptRow(row, matter.requested, matter.requesting));
    if (items.empty()) continue;
    if (to_requested && row.digest == opened_by)
      shown.sent = WithoutSalts(std::move(items));
    else if (!to_requested) {
      CHANCERY_ASSIGN_OR_RETURN(const Digest commitment, CommitmentOf(items));
      if (commitment == confirmation) shown.registered = WithoutSalts(std::move(items));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MatterShown> Casework::ShowMatter(const MatterId& matter, bool with_particulars,
                                                 const Peer& officer) const {
  store::Store& store = parts_.keeper.store();
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters matters, ReadMatterWithOthers(store, matter));
  if (matters.Find(matter) == nullptr) return UnknownMatter();
  procedure::Standing standing =
      procedure::StandingAt(*parts_.procedures.Set(), matters, parts_.clock.Now());
  MatterShown shown;
  for (procedure::Matter& one : standing.matters) {
    if (one.id == matter) shown.matter = std::move(one);
  }
  for (procedure::Due& due : standing.due) {
    if (due.matter == matter) shown.due.push_back(std::move(due));
  }
  if (!with_particulars) return shown;
  const std::string subject = officer.office + "/" + matter.ToHexText();
  parts_.events.Note({"particulars.read", subject, 0});
  CHANCERY_RETURN_IF_ERROR(ReadParticulars(shown));
  return shown;
}

absl::StatusOr<RegistryFinding> Casework::CheckRegistry(const MatterId& matter,
                                                        const Peer& officer) const {
  if (parts_.registry == nullptr) {
    return WithReason(Unavailable("registry: this server is not connected to one"),
                      reason::kRegistryAway);
  }
  CHANCERY_ASSIGN_OR_RETURN(const MatterShown shown, ShowMatter(matter, true, officer));
  if (shown.sent.empty()) {
    return WithReason(NotFound("registry: no particulars came with this case's application"),
                      reason::kNoParticulars);
  }
  const std::string subject = officer.office + "/" + matter.ToHexText();
  parts_.events.Note({"registry.asked", subject, 0});
  absl::StatusOr<RegistryFinding> finding = parts_.registry->VerifyClaim(matter, shown.sent);
  if (!finding.ok()) {
    return WithReason(Unavailable("registry: it did not answer; try again later"),
                      reason::kRegistryAway);
  }
  return finding;
}

}  // namespace chancery::exchange
