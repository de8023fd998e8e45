#include "audit/follower.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "audit/offer.h"
#include "engine/ledger/seen.h"
#include "engine/ledger/slice.h"

namespace chancery::audit {
namespace {

std::string Outcome(const procedure::Ruling& ruling) {
  if (const auto* admitted = std::get_if<procedure::Admitted>(&ruling.outcome)) {
    return "admitted by " + admitted->because.rule;
  }
  return "inadmissible, " +
         std::string(procedure::NameOf(std::get<procedure::Inadmissible>(ruling.outcome).ground));
}

}  // namespace

// Everything that depends on the entries before it.
void Follower::Follow(const ReadEntry& read) {
  for (const std::string& what : read.wrong) Wrong(read.number, what);
  if (!read.entry) return;
  const codec::Entry& entry = *read.entry;
  if (entry.recorded_at < last_recorded_at_) {
    Wrong(read.number, "recorded before the entry that stands before it");
  }
  last_recorded_at_ = std::max(last_recorded_at_, entry.recorded_at);
  CheckStream(read);
  CountSeal(read);
  if (entry.kind == codec::EntryKind::kStreamHead) return;
  if (parts_.verdict.orders_acts) {
    FollowMinistry(read);
  } else {
    FollowState(read);
  }
}

void Follower::CountSeal(const ReadEntry& read) {
  if (!read.signers.empty()) ++parts_.verdict.statements;
  if (!read.signers.empty() && read.remembered) ++parts_.verdict.shared_seals;
  parts_.verdict.signatures += read.signers.size();
  for (const crypto::VerifiedSigner& signer : read.signers) {
    signers_.emplace(signer.certificate, read.entry->recorded_at);
  }
  if (!read.statement) return;
  for (const Digest& digest : procedure::ProceduresNamed(read.statement->act)) {
    named_.emplace(digest, read.entry->recorded_at);
  }
}

void Follower::CheckStream(const ReadEntry& read) {
  const codec::Entry& entry = *read.entry;
  const std::int64_t day = CivilDayOf(entry.recorded_at, 0);
  if (!parts_.reader.IsNone() && !ledger::IsReadBy(entry.stream, parts_.reader)) {
    Wrong(read.number,
          "of the stream " + entry.stream + ", which " + parts_.reader.ToText() + " may not read");
  }
  const auto [found, is_new] = streams_.try_emplace(entry.stream);
  StreamState& stream = found->second;
  if (entry.position != stream.next_position) {
    Wrong(read.number, "position " + std::to_string(entry.position) + " in the stream " +
                           entry.stream + ", where " + std::to_string(stream.next_position) +
                           " is next");
  }
  if (const auto* head = std::get_if<codec::StreamHeadBody>(&entry.body)) {
    const codec::StreamHeadBody expected{static_cast<std::int32_t>(day),
                                         is_new ? 0 : stream.next_position - 1, is_new,
                                         stream.leaf_hash};
    if (*head != expected)
      Wrong(read.number, "the head of the stream " + entry.stream + " is false");
    if (stream.head_day && day <= *stream.head_day) {
      Wrong(read.number, "a head of the stream " + entry.stream + " without a new day");
    }
    if (entry.core_revision != 0) Wrong(read.number, "names a core although nothing is ruled");
    stream.head_day = day;
    stream.head_entry = read.number;
  } else if (entry.kind != codec::EntryKind::kFounded && stream.head_day != day) {
    Wrong(read.number, "a new day in the stream " + entry.stream + " without its head");
  }
  stream.next_position = entry.position + 1;
  stream.leaf_hash = read.leaf_hash;
}

// Acts and their rulings.
void Follower::FollowMinistry(const ReadEntry& read) {
  const codec::Entry& entry = *read.entry;
  if (const auto* founded = std::get_if<codec::FoundedBody>(&entry.body)) {
    if (read.number != 0) Wrong(read.number, "a second founding act");
    if (read.statement && parts_.anchor != nullptr &&
        read.statement->act.procedure != parts_.anchor->founding) {
      Wrong(read.number, "founded under another procedure than the anchor names");
    }
    if (read.statement && read.statement->act.kind != procedure::ActKind::kFounded) {
      Wrong(read.number, "founded by another act than the founding one");
    }
    Replay(read, founded->ruling);
  } else if (const auto* act = std::get_if<codec::ActBody>(&entry.body)) {
    Replay(read, act->ruling, OfferedSince(read, *act));
  } else if (const auto* second = std::get_if<codec::EquivocationBody>(&entry.body)) {
    FollowEquivocation(read, *second);
  } else {
    Wrong(read.number, "an entry of the kind " + std::string(codec::NameOf(entry.kind)) +
                           " does not belong in the ledger that orders the acts");
  }
}

void Follower::FollowEquivocation(const ReadEntry& read, const codec::EquivocationBody& second) {
  if (read.entry->core_revision != 0) Wrong(read.number, "names a core although nothing is ruled");
  if (!read.statement) return;
  const procedure::Readers readers{.everyone = false, .parties = {read.statement->act.author}};
  CheckStreamName(read, procedure::StreamOf(readers, parts_.verdict.party));
  const KnownStatement* earlier = known_.Find(read.statement->act.author, read.statement->act.id);
  if (earlier == nullptr || earlier->digest != second.earlier_digest ||
      earlier->entry != second.earlier_entry || second.earlier_digest == read.statement_digest) {
    Wrong(read.number, "says that an id was used twice, which the entries do not show");
  }
}

std::optional<Instant> Follower::OfferedSince(const ReadEntry& read, const codec::ActBody& act) {
  if (act.offer_proof.empty() || !read.statement) return std::nullopt;
  std::optional<ledger::SeenKeys> keys;
  if (parts_.anchor != nullptr && parts_.keys != nullptr) keys = ledger::SeenKeysOf(*parts_.keys);
  const absl::StatusOr<Instant> since = SeenSince(act, read.statement->act.author, keys);
  if (since.ok()) return *since;
  Wrong(read.number, std::string(ToStd(since.status().message())));
  return std::nullopt;
}

void Follower::Replay(const ReadEntry& read, const procedure::Ruling& ruling,
                      std::optional<Instant> offered_since) {
  ++parts_.verdict.acts;
  if (!ruling.admitted()) ++parts_.verdict.inadmissible;
  if (!read.statement) return;
  Remember(read);
  if (!At(Level::kReplay)) return;
  if (read.entry->core_revision != procedure::kCoreRevision) {
    Wrong(read.number, "ruled by revision " + std::to_string(read.entry->core_revision) +
                           " of the core, which this program does not have");
    return;
  }
  procedure::RecordedAct recorded;
  recorded.entry = read.number;
  recorded.recorded_at = read.entry->recorded_at;
  recorded.digest = read.statement_digest;
  for (const crypto::VerifiedSigner& signer : read.signers)
    recorded.signers.push_back(signer.certificate);
  recorded.act = read.statement->act;
  recorded.offered_since = offered_since;
  suspects_.Add(recorded);
  if (!replayer_) replayer_.emplace(SetOf(parts_.procedures, FoundingOf(recorded.act)));
  if (const std::optional<procedure::TurnedAway> away = replayer_->AtTheDoor(recorded)) {
    Wrong(read.number, "should have been turned away at the door: " + away->message);
  }
  const procedure::Stepped stepped = replayer_->Add(recorded);
  // Equal rulings have equal bytes, and the entry is the one spelling of its own.
  if (stepped.ruling != ruling) {
    Wrong(read.number, "the recorded ruling is not the one the agreed procedure gives: recorded " +
                           Outcome(ruling) + ", replayed " + Outcome(stepped.ruling));
  } else {
    ++parts_.verdict.rulings;
  }
  CheckStreamName(read, procedure::StreamOf(stepped.readers, parts_.verdict.party));
  if (At(Level::kFull)) CheckAppointed(read, recorded);
}

// What an act appoints is what the certificates that lie here say of themselves.
std::vector<Suspect> Follower::Suspects() const {
  return replayer_ ? suspects_.Find(replayer_->matters()) : std::vector<Suspect>();
}

void Follower::CheckAppointed(const ReadEntry& read, const procedure::RecordedAct& recorded) {
  const std::vector<procedure::Appointment> made = procedure::AppointmentsBy(recorded);
  if (made.empty()) return;
  const procedure::MatterTable& matters = replayer_->matters();
  const procedure::Matter* cooperation = matters.Find(matters.Cooperation());
  if (cooperation == nullptr) return;
  const procedure::CredentialLookup known =
      [this](const Digest& digest) -> std::optional<procedure::Credential> {
    const std::optional<crypto::Certificate> found = parts_.trust.seals.Find(digest);
    if (!found) return std::nullopt;
    return procedure::Credential{found->digest(), found->public_key_digest(), found->party(),
                                 found->office(), found->officer()};
  };
  const std::vector<procedure::Appointment> standing = procedure::AppointmentsOf(*cooperation);
  for (const procedure::Appointment& appointment : made) {
    // Only what stands: an inadmissible act appoints nobody.
    const bool stands =
        std::any_of(standing.begin(), standing.end(), [&](const procedure::Appointment& one) {
          return one.certificate == appointment.certificate && one.party == appointment.party &&
                 one.office == appointment.office && one.officer == appointment.officer;
        });
    const auto defect =
        stands ? procedure::AppointmentDefect(appointment, standing, known) : std::nullopt;
    if (defect) Wrong(read.number, *defect);
  }
}

// Under which procedure the ledger was founded. Without an anchor only the book itself can say:
// by its first act, when that is the founding one.
Digest Follower::FoundingOf(const procedure::Act& first) const {
  if (parts_.anchor != nullptr) return parts_.anchor->founding;
  return first.kind == procedure::ActKind::kFounded ? first.procedure : Digest{};
}

void Follower::CheckStreamName(const ReadEntry& read, const std::string& stream) {
  if (stream == read.entry->stream) return;
  Wrong(read.number, "stands in the stream " + read.entry->stream + " and belongs in " + stream);
}

// An author uses an id once.
void Follower::Remember(const ReadEntry& read) {
  const procedure::Act& act = read.statement->act;
  if (!known_.Add({act.author, act.id, read.statement_digest, read.number}))
    Wrong(read.number, "its author had used this statement's id before");
}

// What a state sealed, offered and received.
void Follower::FollowState(const ReadEntry& read) {
  const codec::Entry& entry = *read.entry;
  if (entry.core_revision != 0) Wrong(read.number, "names a core although nothing is ruled");
  if (entry.stream != parts_.verdict.party.view()) {
    Wrong(read.number,
          "a state's own ledger has one stream, named " + parts_.verdict.party.ToText());
  }
  if (std::holds_alternative<codec::SealedBody>(entry.body)) {
    if (!read.statement) return;
    if (read.statement->act.author != parts_.verdict.party)
      Wrong(read.number, "sealed for another party");
    Remember(read);
  } else if (const auto* offered = std::get_if<codec::OfferedBody>(&entry.body)) {
    const KnownStatement* sealed = known_.Find(parts_.verdict.party, offered->statement_id);
    if (sealed == nullptr || sealed->digest != offered->statement_digest) {
      Wrong(read.number, "offered what was never sealed");
    }
  } else if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
    received_[received->number].emplace_back(read.number, *received);
  } else {
    Wrong(read.number, "an entry of the kind " + std::string(codec::NameOf(entry.kind)) +
                           " does not belong in a state's ledger");
  }
}

}  // namespace chancery::audit
