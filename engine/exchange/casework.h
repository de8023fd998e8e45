// Officers' work, without any network: what is due, drafting an act, approving it with as many
// seals as it needs.
//
// An act is drafted once: its exact bytes stand from then on, and every officer seals those. A seal
// is taken only when it holds every signature that was there and exactly one more, of an office
// appointed for this party that the act's rule needs. When the rule needs other offices beside the
// ministry, and all that is missing is one seal of the ministry, the server adds it: it confirms
// what officers decided. An act that needs the ministry's seal alone is decided by an officer who
// holds the ministry's certificate, never by the server. When nothing is missing, the act goes
// through the inbox like any other.
//
// Drafts lie encrypted (they may hold particulars) and survive a restart. Officers are named by the
// first eight hexadecimal digits of their certificate, never otherwise.
//
// Errors as of the inbox, and NotFound, AlreadyExists, FailedPrecondition with the reasons of
// reasons.h. Threads: every method may be called on any thread.
#ifndef CHANCERY_ENGINE_EXCHANGE_CASEWORK_H_
#define CHANCERY_ENGINE_EXCHANGE_CASEWORK_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/base/item.h"
#include "engine/base/status.h"
#include "engine/crypto/seal.h"
#include "engine/exchange/inbox.h"
#include "engine/exchange/registry.h"
#include "engine/procedure/step.h"

namespace chancery::exchange {

using DraftId = FixedBytes<struct DraftIdTag, 16>;

struct OfficerTask {
  procedure::Due due;
  std::string claimed_by;  // empty when nobody has
};

// How many more seals of an office an act needs.
struct SealWanted {
  std::int64_t office = 0;  // word of Fact::kOffice
  int count = 0;
};
// "border_agency 2, ministry 1", one text each.
std::vector<std::string> ToTexts(const std::vector<SealWanted>& wanted);

struct Draft {
  DraftId id;
  Bytes statement;
  Bytes seal;  // empty before the first
  std::vector<Item> items;
  procedure::Act act;
  int seals = 0;                      // how many officers have sealed
  std::vector<SealWanted> wanted;     // what is still missing
  std::vector<std::string> warnings;  // about a field, or what the core would rule; never a value
};

struct Approved {
  std::optional<ActReceipt> receipt;  // nothing while further officers are needed
};

struct MatterShown {
  procedure::Matter matter;
  std::vector<procedure::Due> due;
  std::vector<Item> sent;        // particulars of the application, without their salts
  std::vector<Item> registered;  // particulars of the confirming reply, without their salts
};

class Casework {
 public:
  struct Parts {
    Inbox& inbox;
    LedgerKeeper& keeper;
    Clock& clock;
    Entropy& entropy;
    Events& events;
    const Anchor& anchor;
    const CertificateShelf& certificates;
    const ProcedureShelf& procedures;
    const ParticularsVault& vault;
    const crypto::Sealer* ministry_seal;  // null: the server seals nothing itself
    IdentityRegistry* registry;           // null: there is none
  };
  explicit Casework(const Parts& parts) : parts_(parts) {}

  // What waits for this party, or with `all` for anybody, earliest limit first, those without one
  // last.
  absl::StatusOr<std::vector<OfficerTask>> Tasks(bool all) const;
  // AlreadyExists with TASK_CLAIMED when another officer has it.
  absl::Status Claim(const MatterId& matter, const std::string& officer);
  absl::Status Release(const MatterId& matter, const std::string& officer);

  absl::StatusOr<Draft> DraftAct(std::string_view act_json);
  absl::StatusOr<Draft> FindDraft(const DraftId& id) const;
  absl::StatusOr<std::vector<Draft>> Drafts() const;
  // The draft goes when the act was recorded, and stays when the inbox turned it away or could not
  // take it now. A draft that has all its seals is handed in again, whoever asks; `seal` is then
  // not looked at.
  absl::StatusOr<Approved> Approve(const DraftId& id, ByteView seal, const Peer& officer);
  absl::Status Discard(const DraftId& id);
  // After a start: hands in the drafts that had all their seals when the program ended. Returns how
  // many were recorded.
  absl::StatusOr<int> Resume();

  // An envelope that came without a peer.
  absl::StatusOr<ActReceipt> BringIn(const codec::Envelope& envelope, const Peer& officer);

  absl::StatusOr<MatterShown> ShowMatter(const MatterId& matter, bool with_particulars,
                                         const Peer& officer) const;
  // Asks the registry about the claim of that case's application.
  absl::StatusOr<RegistryFinding> CheckRegistry(const MatterId& matter, const Peer& officer) const;

 private:
  absl::StatusOr<Draft> ReadDraft(const store::Paper& paper) const;
  absl::Status WriteDraft(const Draft& draft, std::uint64_t expected_version);
  absl::StatusOr<ActReceipt> HandIn(const Draft& draft, const Peer& officer);
  absl::Status Complete(procedure::Act& act, bool has_matter) const;
  // Whether an act of that kind opens a matter under that procedure.
  bool Opens(const Digest& procedure, procedure::ActKind kind) const;
  // The seals of an act's rule: what the rule that fits now needs, and what is still missing.
  struct SealPlan {
    std::string rule;  // its name with its article
    std::vector<procedure::SealNeeded> needed;
    std::vector<std::int64_t> offices;  // whose seals may be put under the act
    std::vector<SealWanted> wanted;
  };
  absl::StatusOr<SealPlan> PlanSeals(const procedure::Act& act, ByteView statement,
                                     const std::vector<Digest>& signers,
                                     std::vector<std::string>* warnings) const;
  absl::StatusOr<std::vector<procedure::Appointment>> Appointments() const;
  bool MaySeal(const std::vector<procedure::Appointment>& appointments, const Digest& certificate,
               const std::vector<std::int64_t>& offices) const;
  bool IsAppointed(const std::vector<procedure::Appointment>& appointments,
                   const Digest& certificate) const;
  absl::Status ReadParticulars(MatterShown& shown) const;

  const Parts parts_;
};

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_CASEWORK_H_
