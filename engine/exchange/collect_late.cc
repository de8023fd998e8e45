#include "engine/exchange/collect_late.h"

#include <algorithm>
#include <utility>

#include "engine/codec/act_json.h"
#include "engine/codec/entry.h"
#include "engine/codec/statement.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/appointing.h"
#include "engine/exchange/collect_received.h"
#include "engine/procedure/step.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 256;

std::string EntryName(std::uint64_t number) { return "entry " + std::to_string(number); }

absl::Status Refused(std::string_view reason, std::string_view message) {
  return WithReason(PermissionDenied(message), reason);
}

// The statement of an entry whose seals and chains were verified when it was collected.
absl::StatusOr<VerifiedStatement> ReadAgain(const codec::Entry& entry,
                                            const crypto::SealVerifier& seals) {
  const std::optional<SealedStatement> sealed = StatementOf(entry);
  if (!sealed) return DataLoss("a received entry holds no statement");
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<crypto::VerifiedSigner> signers,
                            seals.Verify(sealed->statement, sealed->seal));
  CHANCERY_ASSIGN_OR_RETURN(codec::Statement statement, codec::DecodeStatement(sealed->statement));
  VerifiedStatement verified{std::move(statement), crypto::Sha256(sealed->statement), {}};
  for (const crypto::VerifiedSigner& signer : signers)
    verified.signers.push_back(signer.certificate);
  std::sort(verified.signers.begin(), verified.signers.end());
  return verified;
}

// The whole history, entry by entry.
class History {
 public:
  History(const StateParty& party, const procedure::ProcedureSet& procedures,
          const CertificateShelf& certificates)
      : party_(party), certificates_(certificates), replayer_(procedures) {}

  // False when the entry does not fit the history so far.
  bool Add(std::uint64_t number, const codec::Entry& entry, const VerifiedStatement* verified,
           const Bytes& shown) {
    judgement_.status = Judge(number, entry, verified);
    if (!judgement_.status.ok()) {
      judgement_.number = number;
      judgement_.shown = shown;
      return false;
    }
    last_recorded_ = entry.recorded_at;
    return true;
  }

  LateJudgement Judgement() && {
    if (judgement_.status.ok()) {
      judgement_.own_ruling.clear();
      judgement_.matters = replayer_.matters();
    }
    return std::move(judgement_);
  }

 private:
  absl::Status Judge(std::uint64_t number, const codec::Entry& entry,
                     const VerifiedStatement* verified) {
    judgement_.own_ruling.clear();
    if (entry.recorded_at < last_recorded_) {
      return Refused("COLLECT_ORDER",
                     EntryName(number) + " was recorded before an entry with a smaller number");
    }
    const procedure::Ruling* ruling = RulingIn(entry);
    if (verified == nullptr || ruling == nullptr) return absl::OkStatus();
    return Rule(number, entry, *verified, *ruling);
  }

  absl::Status Rule(std::uint64_t number, const codec::Entry& entry,
                    const VerifiedStatement& verified, const procedure::Ruling& ruling) {
    if (entry.core_revision != procedure::kCoreRevision) {
      return Refused("RULING_DIFFERS", EntryName(number) + " was ruled by core revision " +
                                           std::to_string(entry.core_revision));
    }
    CHANCERY_ASSIGN_OR_RETURN(const procedure::RecordedAct recorded,
                              RecordedActOf(number, entry, verified, *party_.keys));
    if (const auto away = replayer_.AtTheDoor(recorded)) {
      return Refused("DOOR_DIFFERS",
                     EntryName(number) +
                         ": with what came late it should have been turned away: " + away->message);
    }
    const procedure::MatterTable& matters = replayer_.matters();
    CHANCERY_RETURN_IF_ERROR(
        CheckAppointing(recorded, matters.Find(matters.Cooperation()), certificates_));
    const procedure::Stepped stepped = replayer_.Add(recorded);
    CHANCERY_ASSIGN_OR_RETURN(judgement_.own_ruling, codec::EncodeRuling(stepped.ruling));
    if (stepped.ruling != ruling) {
      return Refused("RULING_DIFFERS", EntryName(number) + ": the ministry recorded \"" +
                                           codec::Summary(ruling) +
                                           "\"; with what came late this party's core says \"" +
                                           codec::Summary(stepped.ruling) + "\"");
    }
    const std::string stream = procedure::StreamOf(stepped.readers, party_.keeper);
    if (stream != entry.stream) {
      return Refused("RULING_DIFFERS", EntryName(number) + " stands in stream " + entry.stream +
                                           "; with what came late its readers make it " + stream);
    }
    return absl::OkStatus();
  }

  const StateParty& party_;
  const CertificateShelf& certificates_;
  procedure::Replayer replayer_;
  Instant last_recorded_;
  LateJudgement judgement_;
};

}  // namespace

absl::StatusOr<LateJudgement> JudgeLate(
    store::Store& store, const StateParty& party, const procedure::ProcedureSet& procedures,
    const CertificateShelf& certificates, const LateEntries& late,
    const std::function<absl::StatusOr<bool>(const codec::Entry&)>& collected) {
  History history(party, procedures, certificates);
  const crypto::SealVerifier seals(certificates.Lookup());
  auto next = late.begin();
  const auto add_late = [&] {
    const LateEntry& one = next->second;
    const bool fits = history.Add(next->first, one.proven.entry,
                                  one.verified ? &*one.verified : nullptr, ShownAs(one.proven));
    ++next;
    return fits;
  };
  std::optional<std::uint64_t> after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReceivedEntry> page,
                              ListReceived(store, after, kPage));
    if (page.empty()) break;
    after = page.back().number;
    for (const ReceivedEntry& received : page) {
      CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(received.entry));
      CHANCERY_ASSIGN_OR_RETURN(const bool taken, collected(entry));
      if (!taken) continue;
      while (next != late.end() && next->first < received.number) {
        if (!add_late()) return std::move(history).Judgement();
      }
      CHANCERY_ASSIGN_OR_RETURN(const VerifiedStatement verified, ReadAgain(entry, seals));
      if (!history.Add(received.number, entry, &verified,
                       ShownAs(received.entry, received.proof))) {
        return std::move(history).Judgement();
      }
    }
  }
  while (next != late.end()) {
    if (!add_late()) break;
  }
  return std::move(history).Judgement();
}

}  // namespace chancery::exchange
