#include "engine/exchange/timestamping.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "engine/base/check.h"
#include "engine/codec/entry.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::exchange {
namespace {

namespace layout = ledger::evidence;

constexpr std::size_t kPage = 64;

absl::StatusOr<std::vector<std::string>> PaperIds(store::Store& store, std::string_view kind) {
  std::vector<std::string> ids;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<store::Paper> page,
        store.ListPapers(kind, std::nullopt, ids.empty() ? std::string() : ids.back(), kPage));
    if (page.empty()) return ids;
    for (const store::Paper& paper : page) ids.push_back(paper.id);
  }
}

absl::StatusOr<Bytes> PaperBytes(store::Store& store, std::string_view kind,
                                 const std::string& id) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper, store.FindPaper(kind, id));
  if (!paper) return DataLoss("store: the time stamp " + id + " is not whole");
  return paper->bytes;
}

absl::StatusOr<std::optional<std::string>> FindAsked(store::Store& store, std::uint64_t nonce) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, PaperIds(store, kStampQueryPaper));
  for (const std::string& id : ids) {
    const std::optional<ledger::StampName> name = ledger::StampName::FromText(id);
    if (name && name->nonce == nonce) return id;
  }
  return std::nullopt;
}

void AddPaper(store::Commit& commit, std::string_view kind, const std::string& id, Bytes bytes) {
  commit.papers.push_back({std::string(kind), id, 0, false, 0, std::move(bytes)});
}

Bytes PemOf(std::span<const crypto::Certificate> certificates) {
  Bytes pem;
  for (const crypto::Certificate& certificate : certificates) pem += certificate.ToPem();
  return pem;
}

absl::StatusOr<Instant> RecordedAt(store::Store& store, std::uint64_t number) {
  CHANCERY_ASSIGN_OR_RETURN(const store::StoredEntry stored, store.ReadEntry(number));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(stored.bytes));
  return entry.recorded_at;
}

}  // namespace

absl::StatusOr<ledger::StampingTrust> StampingTrustOf(const TrustFolder& folder,
                                                      const Anchor& anchor) {
  ledger::StampingTrust trust;
  trust.between = folder.stamping;
  for (const auto& [name, digest] : anchor.stamping_roots) {
    const auto found = std::find_if(
        folder.stamping.begin(), folder.stamping.end(),
        [&](const crypto::Certificate& certificate) { return certificate.digest() == digest; });
    if (found == folder.stamping.end()) {
      return FailedPrecondition("trust: the root of the time-stamping authority " + name +
                                " with the fingerprint " + digest.ToHexText() +
                                ", which the anchor names, is not in the trust folder");
    }
    trust.roots.emplace(name, *found);
  }
  return trust;
}

absl::StatusOr<AskedTimestamp> AskTimestamp(store::Store& store, ByteView policy, Entropy& entropy,
                                            const ledger::KeyBook* keys) {
  CHANCERY_ASSIGN_OR_RETURN(Bytes note_bytes, NewestFinalNote(store, policy, keys));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(note_bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));
  std::uint64_t nonce = 0;
  while (nonce == 0) {
    std::array<std::uint8_t, sizeof nonce> bytes{};
    entropy.Fill(bytes.data(), bytes.size());
    for (const std::uint8_t byte : bytes) nonce = nonce << 8 | byte;
  }
  AskedTimestamp asked{{checkpoint.tree.size, nonce}, {}};
  CHANCERY_ASSIGN_OR_RETURN(asked.query, ledger::TimestampQueryFor(note_bytes, nonce));
  store::Commit commit;
  AddPaper(commit, kStampQueryPaper, asked.name.ToText(), asked.query);
  AddPaper(commit, kStampCheckpointPaper, asked.name.ToText(), std::move(note_bytes));
  CHANCERY_RETURN_IF_ERROR(store.Apply(commit));
  return asked;
}

absl::StatusOr<ledger::StampedCheckpoint> AddTimestamp(store::Store& store, ByteView reply,
                                                       const ledger::StampingTrust& trust,
                                                       Instant now) {
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t nonce, crypto::NonceAnswered(reply));
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<std::string> id, FindAsked(store, nonce));
  if (!id)
    return NotFound(
        "time stamp: it answers no request that was asked here; ask again and bring "
        "the reply to that request");
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> there,
                            store.FindPaper(kStampReplyPaper, *id));
  if (there) return AlreadyExists("time stamp: the request " + *id + " is answered already");
  ledger::TimeStamp parts;
  CHANCERY_ASSIGN_OR_RETURN(parts.checkpoint, PaperBytes(store, kStampCheckpointPaper, *id));
  CHANCERY_ASSIGN_OR_RETURN(parts.query, PaperBytes(store, kStampQueryPaper, *id));
  parts.reply = Bytes(reply);
  CHANCERY_ASSIGN_OR_RETURN(ledger::StampedCheckpoint stamped,
                            ledger::VerifyTimeStamp(parts, trust));
  if (stamped.stamp.time.ms > now.ms + stamped.stamp.accuracy_ms + ledger::kClockSkewMs) {
    return PermissionDenied("time stamp: made at " + ToText(stamped.stamp.time) +
                            ", which this machine's clock has not reached; set the clock, or ask "
                            "another authority");
  }
  store::Commit commit;
  AddPaper(commit, kStampReplyPaper, *id, std::move(parts.reply));
  AddPaper(commit, kStampAbovePaper, *id, PemOf(std::span(stamped.stamp.chain).subspan(1)));
  CHANCERY_RETURN_IF_ERROR(store.Apply(commit));
  return stamped;
}

absl::StatusOr<std::vector<KeptTimestamp>> ListTimestamps(store::Store& store) {
  return ListTimestamps(store, std::nullopt, std::numeric_limits<std::size_t>::max());
}

absl::StatusOr<std::vector<KeptTimestamp>> ListTimestamps(
    store::Store& store, const std::optional<ledger::StampName>& after, std::size_t limit) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, PaperIds(store, kStampReplyPaper));
  std::vector<ledger::StampName> names;
  for (const std::string& id : ids) {
    const std::optional<ledger::StampName> name = ledger::StampName::FromText(id);
    if (!name) return DataLoss("store: a time stamp has the name " + id);
    if (!after || *name > *after) names.push_back(*name);
  }
  std::sort(names.begin(), names.end());
  names.resize(std::min(names.size(), limit));
  std::vector<KeptTimestamp> all;
  for (const ledger::StampName& name : names) {
    const std::string id = name.ToText();
    KeptTimestamp kept{name, {}, {}};
    CHANCERY_ASSIGN_OR_RETURN(kept.parts.checkpoint, PaperBytes(store, kStampCheckpointPaper, id));
    CHANCERY_ASSIGN_OR_RETURN(kept.parts.query, PaperBytes(store, kStampQueryPaper, id));
    CHANCERY_ASSIGN_OR_RETURN(kept.parts.reply, PaperBytes(store, kStampReplyPaper, id));
    CHANCERY_ASSIGN_OR_RETURN(const Bytes above, PaperBytes(store, kStampAbovePaper, id));
    absl::StatusOr<std::vector<crypto::Certificate>> certificates =
        crypto::Certificate::ListFromPem(above);
    if (!certificates.ok() || PemOf(*certificates) != above)
      return DataLoss("store: the time stamp " + id + " is not whole");
    kept.above = *std::move(certificates);
    all.push_back(std::move(kept));
  }
  return all;
}

absl::StatusOr<std::vector<ledger::StampedCheckpoint>> CheckTimestamps(
    store::Store& store, const ledger::StampingTrust& trust) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<KeptTimestamp> kept, ListTimestamps(store));
  std::vector<ledger::StampedCheckpoint> checked;
  for (const KeptTimestamp& one : kept) {
    const auto lost = [&one](std::string_view what) {
      return DataLoss("store: the time stamp " + one.name.ToText() + ": " + std::string(what));
    };
    ledger::StampingTrust its_trust{trust.roots, one.above};
    absl::StatusOr<ledger::StampedCheckpoint> stamped =
        ledger::VerifyTimeStamp(one.parts, its_trust);
    if (!stamped.ok()) return lost(ToStd(stamped.status().message()));
    if (stamped->name != one.name) return lost("it is kept under another name than its own");
    if (!std::equal(one.above.begin(), one.above.end(), stamped->stamp.chain.begin() + 1,
                    stamped->stamp.chain.end())) {
      return lost("the certificates kept with it are not those above it");
    }
    CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
    if (stamped->checkpoint.origin != store.identity().origin ||
        stamped->checkpoint.tree.size > head.tree.size) {
      return lost("it stamps what is no head of this book");
    }
    CHANCERY_ASSIGN_OR_RETURN(const ledger::CompactRange tree,
                              ledger::ReadCompactRange(store, stamped->checkpoint.tree.size));
    if (tree.Head() != stamped->checkpoint.tree)
      return lost("it stamps what is no head of this book");
    checked.push_back(*std::move(stamped));
  }
  return checked;
}

absl::Status PutTimestamps(store::Store& store, std::uint64_t size,
                           const std::function<absl::Status(const std::string&, ByteView)>& put) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<KeptTimestamp> kept, ListTimestamps(store));
  return PutTimestamps(kept, size, put);
}

absl::Status PutTimestamps(std::span<const KeptTimestamp> stamps, std::uint64_t size,
                           const std::function<absl::Status(const std::string&, ByteView)>& put) {
  std::set<Digest> above;
  for (const KeptTimestamp& one : stamps) {
    if (one.name.size > size) continue;
    const std::string name = one.name.ToText();
    const auto path = [&name](std::string_view ending) {
      return layout::Join(layout::kTimestamps, name, ending);
    };
    CHANCERY_RETURN_IF_ERROR(put(path(layout::kStampedEnding), one.parts.checkpoint));
    CHANCERY_RETURN_IF_ERROR(put(path(layout::kQueryEnding), one.parts.query));
    CHANCERY_RETURN_IF_ERROR(put(path(layout::kReplyEnding), one.parts.reply));
    for (const crypto::Certificate& certificate : one.above) {
      if (above.insert(certificate.digest()).second)
        CHANCERY_RETURN_IF_ERROR(
            put(layout::StampingPath(certificate.digest()), certificate.ToPem()));
    }
  }
  return absl::OkStatus();
}

std::string_view ToWord(StampStanding standing) {
  switch (standing) {
    case StampStanding::kNotUsed:
      return "not_used";
    case StampStanding::kCurrent:
      return "current";
    case StampStanding::kDue:
      return "due";
    case StampStanding::kOutage:
      return "outage";
    case StampStanding::kEnded:
      return "ended";
  }
  CHANCERY_CHECK(false);
}

absl::StatusOr<StampingState> StateOfTimestamps(store::Store& store, const Anchor& anchor,
                                                const ledger::StampingTrust& trust, Instant now) {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<ledger::StampedCheckpoint> stamps,
                            CheckTimestamps(store, trust));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<std::string> asked,
                            PaperIds(store, kStampQueryPaper));
  StampingState state;
  state.stamps = stamps.size();
  state.waiting = asked.size() - stamps.size();
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  // Of two over one tree the later one: it renews the other.
  const auto newest = std::max_element(
      stamps.begin(), stamps.end(),
      [](const ledger::StampedCheckpoint& a, const ledger::StampedCheckpoint& b) {
        return std::pair(a.name.size, a.stamp.time) < std::pair(b.name.size, b.stamp.time);
      });
  const std::uint64_t covered = newest == stamps.end() ? 0 : newest->name.size;
  state.uncovered = head.tree.size - covered;
  if (newest == stamps.end() && (anchor.stamping_roots.empty() || head.tree.size == 0))
    return state;
  if (state.uncovered > 0) {
    // The day counts from the first entry without a stamp, or from the stamp when that came later.
    CHANCERY_ASSIGN_OR_RETURN(Instant since, RecordedAt(store, covered));
    if (newest != stamps.end()) since = std::max(since, newest->stamp.time);
    state.due = Instant{since.ms + kStampEveryMs};
  }
  Instant ends{std::numeric_limits<std::int64_t>::max()};
  if (newest != stamps.end()) {
    ends = newest->stamp.ends();
    const Instant renewal{ends.ms - kRenewBeforeMs};
    state.due = state.due ? std::min(*state.due, renewal) : renewal;
    state.newest = std::move(*newest);
  }
  state.standing = now >= ends                                ? StampStanding::kEnded
                   : now.ms >= state.due->ms + kOutageAfterMs ? StampStanding::kOutage
                   : now >= *state.due                        ? StampStanding::kDue
                                                              : StampStanding::kCurrent;
  return state;
}

std::string ToText(const StampingState& state) {
  if (state.standing == StampStanding::kNotUsed)
    return "time stamps are not used: the anchor names no authority (a line \"tsa\")";
  std::string text = "time stamps: " + std::string(ToWord(state.standing));
  if (state.newest) {
    text += "; the newest covers " + std::to_string(state.newest->name.size) +
            " entries, made at " + ToText(state.newest->stamp.time) + " by " +
            state.newest->authority + ", its certificate ends at " +
            ToText(state.newest->stamp.ends());
  } else {
    text += "; there is none yet";
  }
  text += "; " + std::to_string(state.uncovered) + " entries without one";
  if (state.due) text += "; the next is due at " + ToText(*state.due);
  if (state.waiting > 0) text += "; " + std::to_string(state.waiting) + " requests without a reply";
  if (state.standing != StampStanding::kCurrent) {
    text +=
        ". Acts go on as before; ask an authority (timestamp ask): one stamp over the newest "
        "checkpoint covers all that waits";
  }
  return text;
}

}  // namespace chancery::exchange
