#include "engine/exchange/attachments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/status_detail.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/reasons.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 200;
constexpr std::string_view kChunkTag = "chancery/attachment-chunk/v1";

std::string PaperId(const AttachmentName& name) {
  return name.matter.ToHexText() + name.digest.ToHexText();
}

Bytes BigEndian(std::uint64_t number) {
  Bytes bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(number >> static_cast<unsigned>(shift)));
  return bytes;
}

// What a chunk belongs to, each part of fixed length.
Bytes BoundTo(const HeldAttachment& held, std::uint64_t index) {
  return std::string(kChunkTag) + '\0' + held.name.matter.ToBytes() + held.name.digest.ToBytes() +
         held.from.ToText() + BigEndian(held.size) +
         BigEndian(static_cast<std::uint64_t>(held.since.ms)) + BigEndian(index);
}

std::uint64_t ChunksOf(std::uint64_t bytes) {
  return (bytes + kAttachmentChunk - 1) / kAttachmentChunk;
}

// "GRC <size> <held> <since>".
Bytes PaperBytes(const HeldAttachment& held) {
  return held.from.ToText() + " " + std::to_string(held.size) + " " + std::to_string(held.held) +
         " " + std::to_string(held.since.ms);
}

struct ReadHeld {
  HeldAttachment held;
  std::uint64_t version = 0;
};

absl::StatusOr<ReadHeld> ReadPaper(const store::Paper& paper) {
  const absl::Status damaged =
      DataLoss("the record of an attachment cannot be read: restore the store from a backup");
  constexpr std::size_t kMatterHex = 2 * MatterId::kSize;
  if (paper.id.size() != kMatterHex + 2 * Digest::kSize || paper.bytes.size() < 3) return damaged;
  ReadHeld read;
  read.version = paper.version;
  HeldAttachment& held = read.held;
  const auto matter = MatterId::FromHexText(std::string_view(paper.id).substr(0, kMatterHex));
  const auto digest = Digest::FromHexText(std::string_view(paper.id).substr(kMatterHex));
  const auto from = PartyCode::FromText(std::string_view(paper.bytes).substr(0, 3));
  if (!matter || !digest || !from || paper.state < 1 || paper.state > 3) return damaged;
  held.name = {*matter, *digest};
  held.from = *from;
  held.state = static_cast<AttachmentState>(paper.state);
  std::array<std::int64_t, 3> numbers{};
  const char* at = paper.bytes.data() + 3;
  const char* const end = paper.bytes.data() + paper.bytes.size();
  for (std::int64_t& number : numbers) {
    if (at == end || *at != ' ') return damaged;
    const auto [after, error] = std::from_chars(at + 1, end, number);
    if (error != std::errc() || number < 0) return damaged;
    at = after;
  }
  if (at != end) return damaged;
  held.size = static_cast<std::uint64_t>(numbers[0]);
  held.held = static_cast<std::uint64_t>(numbers[1]);
  held.since = Instant{numbers[2]};
  const bool sound = held.held <= held.size && (held.held == held.size) == held.whole();
  return sound ? absl::StatusOr<ReadHeld>(read) : damaged;
}

absl::StatusOr<std::optional<ReadHeld>> FindPaper(store::Store& store, const AttachmentName& name) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> paper,
                            store.FindPaper(kAttachmentPaper, PaperId(name)));
  if (!paper) return std::optional<ReadHeld>();
  CHANCERY_ASSIGN_OR_RETURN(ReadHeld read, ReadPaper(*paper));
  return std::optional<ReadHeld>(read);
}

// A job that changes a record another job of its group has changed makes the group's commit fail,
// and the keeper then runs each alone.
store::PaperChange ChangeOf(const HeldAttachment& held, std::uint64_t version) {
  return {std::string(kAttachmentPaper), PaperId(held.name), version, false,
          static_cast<int>(held.state),  PaperBytes(held)};
}

void Forget(const ReadHeld& read, store::Commit& commit) {
  for (std::uint64_t index = 0; index < ChunksOf(read.held.held); ++index)
    commit.forgotten_particulars.emplace_back(ChunkRowDigest(read.held.name, index),
                                              std::string(store::kAttachmentReader));
  commit.papers.push_back(
      {std::string(kAttachmentPaper), PaperId(read.held.name), read.version, true, 0, {}});
}

absl::Status Wrong(std::string_view reason, std::string_view message) {
  return WithReason(InvalidArgument(message), reason);
}

absl::Status Unknown() {
  return WithReason(NotFound("attachment: none of that digest is held for this reader"),
                    reason::kAttachmentUnknown);
}

bool Contains(const std::vector<MatterId>& matters, const MatterId& matter) {
  return std::find(matters.begin(), matters.end(), matter) != matters.end();
}

absl::Status EachPaper(store::Store& store, AttachmentState state,
                       const std::function<void(const ReadHeld&)>& look) {
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(
        const std::vector<store::Paper> page,
        store.ListPapers(kAttachmentPaper, static_cast<int>(state), after, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const store::Paper& paper : page) {
      after = paper.id;
      CHANCERY_ASSIGN_OR_RETURN(const ReadHeld read, ReadPaper(paper));
      look(read);
    }
  }
}

absl::StatusOr<std::vector<ReadHeld>> PapersOf(store::Store& store, const MatterId& matter) {
  const std::string prefix = matter.ToHexText();
  std::vector<ReadHeld> papers;
  std::string after = prefix;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kAttachmentPaper, std::nullopt, after, kPage));
    for (const store::Paper& paper : page) {
      if (!paper.id.starts_with(prefix)) return papers;
      after = paper.id;
      CHANCERY_ASSIGN_OR_RETURN(ReadHeld read, ReadPaper(paper));
      papers.push_back(read);
    }
    if (page.empty()) return papers;
  }
}

// Whether what goes is all that lies under the matter's key.
absl::StatusOr<bool> IsAllOf(store::Store& store, const std::vector<ReadHeld>& going,
                             const store::Commit& group) {
  const MatterId& matter = going.front().held.name.matter;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::MatterRow> row, store.FindMatter(matter));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> others,
                            store.ListParticularsOf(matter));
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReadHeld> papers, PapersOf(store, matter));
  const auto of_matter = [&](const auto& one) { return one.matter == matter; };
  return !row && others.empty() && papers.size() == going.size() &&
         std::none_of(group.particulars.begin(), group.particulars.end(), of_matter) &&
         std::none_of(group.wrapped_keys.begin(), group.wrapped_keys.end(), of_matter);
}

}  // namespace

std::string_view NameOf(AttachmentState state) {
  switch (state) {
    case AttachmentState::kPartly:
      return "partly";
    case AttachmentState::kWhole:
      return "whole";
    case AttachmentState::kBound:
      return "bound";
  }
  CHANCERY_CHECK(false);
}

std::vector<Digest> AttachmentsOf(const procedure::Act& act) {
  std::vector<Digest> digests;
  const auto take = [&](const procedure::Facts& facts) {
    if (facts.Has(procedure::Fact::kAttachment))
      digests.push_back(facts.DigestOr(procedure::Fact::kAttachment));
  };
  take(act.facts);
  for (const procedure::Facts& line : act.lines) take(line);
  std::sort(digests.begin(), digests.end());
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  return digests;
}

Digest ChunkRowDigest(const AttachmentName& name, std::uint64_t index) {
  return crypto::Sha256(kChunkTag, ByteView("\0", 1), name.matter.View(), name.digest.View(),
                        BigEndian(index));
}

absl::Status CheckNoFiles(const codec::DraftedAct& drafted) {
  if (drafted.attachment_files.empty()) return absl::OkStatus();
  return Wrong(reason::kAttachmentField,
               "lines[" + std::to_string(drafted.attachment_files.begin()->first) +
                   "].attachment_file: only the command that hands an act in reads files; put the "
                   "attachment first and name its digest as attachment");
}

absl::StatusOr<std::optional<HeldAttachment>> Attachments::Find(const AttachmentName& name,
                                                                PartyCode party) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found, FindPaper(keeper_.store(), name));
  if (!found || found->held.from != party) return std::optional<HeldAttachment>();
  return std::optional<HeldAttachment>(found->held);
}

absl::Status Attachments::CheckQuota(const HeldAttachment& begun) const {
  std::size_t count = 0;
  std::uint64_t bytes = begun.size;
  for (const AttachmentState state : {AttachmentState::kPartly, AttachmentState::kWhole}) {
    CHANCERY_RETURN_IF_ERROR(EachPaper(keeper_.store(), state, [&](const ReadHeld& read) {
      if (read.held.from != begun.from) return;
      ++count;
      bytes += read.held.size;
    }));
  }
  if (count < kMaxUnboundOfParty && bytes <= kMaxUnboundBytesOfParty) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(
          ToAbsl("attachment: " + begun.from.ToText() + " has " + std::to_string(count) +
                 " that no act has named yet, and may have " + std::to_string(kMaxUnboundOfParty) +
                 " with " + std::to_string(kMaxUnboundBytesOfParty) +
                 " bytes in all; send the acts that name them, or wait seven days until they are "
                 "forgotten")),
      reason::kAttachmentQuota);
}

// Within the job, so that it is the chunks of this very attachment.
absl::StatusOr<bool> Attachments::Completes(const HeldAttachment& next, std::uint64_t offset,
                                            ByteView chunk) const {
  crypto::Sha256Hasher hasher;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found,
                            FindPaper(keeper_.store(), next.name));
  // Of another sender or length, or whole: TakeChunk says so.
  if (found && !found->held.whole() && found->held.held == offset &&
      found->held.from == next.from) {
    for (std::uint64_t index = 0; index < ChunksOf(offset); ++index) {
      CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> before, Decrypt(found->held, index));
      hasher.Add(before.Reveal());
    }
  }
  return hasher.Add(chunk).Finish() == next.name.digest;
}

absl::Status Attachments::TakeChunk(const HeldAttachment& next, std::uint64_t offset,
                                    ByteView chunk, LedgerKeeper::Group& group,
                                    HeldAttachment& taken) const {
  store::Store& store = keeper_.store();
  store::Commit& rows = group.rows();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> matter,
                            ReadMatter(store, next.name.matter));
  if (matter) {
    // Who may not read the matter is told what is told of none.
    if (!procedure::MayRead(*matter, next.from)) return Unknown();
    CHANCERY_RETURN_IF_ERROR(CheckNotErased(*matter));
  }
  if (Contains(rows.erasures, next.name.matter)) return ParticularsErased();
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found, FindPaper(store, next.name));
  taken = next;
  std::uint64_t version = 0;
  if (found) {
    if (found->held.from != next.from) return Unknown();
    taken = found->held;
    version = found->version;
    if (taken.whole()) return absl::OkStatus();
    if (taken.size != next.size) {
      return Wrong(reason::kAttachmentField, "attachment: it was begun with another size, " +
                                                 std::to_string(taken.size) +
                                                 " bytes; send the same bytes");
    }
  } else {
    CHANCERY_RETURN_IF_ERROR(CheckQuota(next));
    taken.since = group.recorded_at();
  }
  if (offset != taken.held) {
    const std::string held = std::to_string(taken.held);
    return WithDetail(
        WithReason(FailedPrecondition("attachment: " + held + " bytes are held; go on from there"),
                   reason::kAttachmentOffset),
        kHeldDetail, held);
  }
  if (offset + chunk.size() == taken.size) {
    CHANCERY_ASSIGN_OR_RETURN(const bool completes, Completes(next, offset, chunk));
    if (!completes) {
      if (found) Forget(*found, rows);
      return absl::OkStatus();
    }
    taken.state = AttachmentState::kWhole;
  }
  const std::uint64_t index = offset / kAttachmentChunk;
  CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key, vault_.KeyFor(next.name.matter, rows));
  rows.particulars.push_back({ChunkRowDigest(next.name, index),
                              std::string(store::kAttachmentReader), next.name.matter,
                              key.Encrypt(chunk, BoundTo(taken, index), vault_.entropy())});
  taken.held += chunk.size();
  rows.papers.push_back(ChangeOf(taken, version));
  return absl::OkStatus();
}

absl::StatusOr<HeldAttachment> Attachments::Add(const AttachmentName& name, PartyCode from,
                                                std::uint64_t size, std::uint64_t offset,
                                                ByteView chunk) const {
  if (name.matter.IsZero() || name.digest.IsZero())
    return Wrong(reason::kAttachmentField, "attachment: matter and digest must not be all zero");
  if (size == 0 || size > kMaxAttachmentBytes) {
    return Wrong(reason::kAttachmentField,
                 "attachment: 1 to " + std::to_string(kMaxAttachmentBytes) +
                     " bytes; scan it at a lower resolution or send its pages one by one");
  }
  if (offset % kAttachmentChunk != 0 || offset >= size ||
      chunk.size() != std::min(kAttachmentChunk, size - offset)) {
    return Wrong(reason::kAttachmentField, "attachment: every chunk has " +
                                               std::to_string(kAttachmentChunk) +
                                               " bytes, but for the last one, which has the rest");
  }
  if (offset == 0) CHANCERY_RETURN_IF_ERROR(Sweep().status());
  HeldAttachment begun;
  begun.name = name;
  begun.from = from;
  begun.size = size;
  HeldAttachment taken;
  CHANCERY_RETURN_IF_ERROR(keeper_
                               .Run([&](LedgerKeeper::Group& group) {
                                 return TakeChunk(begun, offset, chunk, group, taken);
                               })
                               .status());
  if (offset + chunk.size() == size && !taken.whole()) {
    return Wrong(reason::kAttachmentDiffers,
                 "attachment: the bytes do not have the digest; send it again from the beginning");
  }
  return taken;
}

absl::StatusOr<Personal<std::string>> Attachments::Decrypt(const HeldAttachment& held,
                                                           std::uint64_t index) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                            keeper_.store().FindParticulars(ChunkRowDigest(held.name, index)));
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<crypto::DataKey> key,
                            vault_.FindKey(held.name.matter));
  if (!key || rows.empty()) {
    // An erasure may have come since its record was read.
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> still,
                              FindPaper(keeper_.store(), held.name));
    if (!still) return Unknown();
    return DataLoss("an attachment lacks its key or a chunk: restore the store from a backup");
  }
  return key->Decrypt(rows.front().ciphertext, BoundTo(held, index));
}

absl::StatusOr<AttachmentPiece> Attachments::Read(const AttachmentName& name, PartyCode reader,
                                                  std::uint64_t offset) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found, FindPaper(keeper_.store(), name));
  if (!found || !found->held.whole()) return Unknown();
  const HeldAttachment& held = found->held;
  // Before an act has named it, it is its sender's alone.
  const bool may =
      reader == held.from || (held.state == AttachmentState::kBound && reader == keeper_.party());
  if (!may) return Unknown();
  if (offset % kAttachmentChunk != 0 || offset >= held.size) {
    return Wrong(reason::kAttachmentField, "attachment: offset must be a multiple of " +
                                               std::to_string(kAttachmentChunk) +
                                               " below its size");
  }
  CHANCERY_ASSIGN_OR_RETURN(Personal<std::string> chunk, Decrypt(held, offset / kAttachmentChunk));
  return AttachmentPiece{held.size, std::move(chunk)};
}

absl::StatusOr<std::vector<HeldAttachment>> Attachments::ListOf(const MatterId& matter) const {
  CHANCERY_ASSIGN_OR_RETURN(std::vector<ReadHeld> papers, PapersOf(keeper_.store(), matter));
  std::vector<HeldAttachment> held;
  for (const ReadHeld& read : papers) held.push_back(read.held);
  return held;
}

absl::Status Attachments::Require(const procedure::Act& act) const {
  const std::vector<Digest> named = AttachmentsOf(act);
  if (named.size() > kMaxAttachmentsOfAct) {
    return Wrong(reason::kAttachmentField, "attachments: an act names at most " +
                                               std::to_string(kMaxAttachmentsOfAct) +
                                               "; put several pages into one file");
  }
  std::string missing;
  for (const Digest& digest : named) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found,
                              FindPaper(keeper_.store(), {act.matter, digest}));
    if (found && found->held.from == act.author && found->held.whole()) continue;
    if (!missing.empty()) missing += ",";
    missing += digest.ToHexText();
  }
  if (missing.empty()) return absl::OkStatus();
  return WithDetail(WithReason(FailedPrecondition("attachments: not held here: " + missing +
                                                  "; send them under this matter first, then the "
                                                  "act again"),
                               reason::kAttachmentsMissing),
                    kMissingDetail, missing);
}

absl::Status Attachments::Bind(const procedure::Act& act, store::Commit& group) const {
  for (const Digest& digest : AttachmentsOf(act)) {
    CHANCERY_ASSIGN_OR_RETURN(std::optional<ReadHeld> found,
                              FindPaper(keeper_.store(), {act.matter, digest}));
    if (!found || found->held.state == AttachmentState::kBound) continue;
    found->held.state = AttachmentState::kBound;
    group.papers.push_back(ChangeOf(found->held, found->version));
  }
  return absl::OkStatus();
}

absl::Status Attachments::Release(const procedure::Act& act, store::Commit& group) const {
  for (const Digest& digest : AttachmentsOf(act)) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<ReadHeld> found,
                              FindPaper(keeper_.store(), {act.matter, digest}));
    if (!found || found->held.from != act.author || found->held.state == AttachmentState::kBound)
      continue;
    Forget(*found, group);
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Attachments::Sweep() const {
  const std::int64_t before = clock_.Now().ms - kMaxUnboundAgeMs;
  std::vector<ReadHeld> old;
  for (const AttachmentState state : {AttachmentState::kPartly, AttachmentState::kWhole}) {
    CHANCERY_RETURN_IF_ERROR(EachPaper(keeper_.store(), state, [&](const ReadHeld& read) {
      if (read.held.since.ms < before) old.push_back(read);
    }));
  }
  std::sort(old.begin(), old.end(), [](const ReadHeld& one, const ReadHeld& other) {
    return one.held.name.matter < other.held.name.matter;
  });
  for (auto first = old.begin(); first != old.end();) {
    const auto last = std::find_if(first, old.end(), [&](const ReadHeld& one) {
      return one.held.name.matter != first->held.name.matter;
    });
    const std::vector<ReadHeld> of_matter(first, last);
    first = last;
    // An act that names one of them meanwhile, or a chunk that comes, changes its record: then this
    // commit fails, and the next sweep looks again.
    const absl::Status gone =
        keeper_
            .Run([&](LedgerKeeper::Group& group) -> absl::Status {
              CHANCERY_ASSIGN_OR_RETURN(const bool all,
                                        IsAllOf(keeper_.store(), of_matter, group.rows()));
              for (const ReadHeld& read : of_matter) Forget(read, group.rows());
              if (all) group.rows().erasures.push_back(of_matter.front().held.name.matter);
              return absl::OkStatus();
            })
            .status();
    if (!gone.ok() && !absl::IsFailedPrecondition(gone)) return gone;
  }
  return static_cast<int>(old.size());
}

absl::Status ForgetAttachments(store::Store& store, const MatterId& matter, store::Commit& commit) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<ReadHeld> papers, PapersOf(store, matter));
  // One that was begun in the same group has no other record yet.
  const std::string prefix = matter.ToHexText();
  std::vector<std::string> begun;
  for (const store::PaperChange& change : commit.papers) {
    if (change.kind == kAttachmentPaper && change.expected_version == 0 &&
        change.id.starts_with(prefix))
      begun.push_back(change.id);
  }
  for (const std::string& id : begun)
    commit.papers.push_back({std::string(kAttachmentPaper), id, 1, true, 0, {}});
  for (const ReadHeld& read : papers) {
    commit.papers.push_back(
        {std::string(kAttachmentPaper), PaperId(read.held.name), read.version, true, 0, {}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> JudgeAttachment(store::Store& store, const ParticularsVault* vault,
                                            const store::Paper& paper,
                                            const NamedAttachments& named,
                                            std::set<Digest>& chunks) {
  const absl::StatusOr<ReadHeld> read = ReadPaper(paper);
  if (!read.ok()) return "it is no record of an attachment";
  const HeldAttachment& held = read->held;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> matter,
                            ReadMatter(store, held.name.matter));
  if (IsErased(matter ? &*matter : nullptr)) return "the erasure of its matter is in the ledger";
  const auto act = named.find(held.name);
  if (held.state == AttachmentState::kBound && act == named.end())
    return "no act names it, and it is kept as if one did";
  // What was lost and sent anew later is bound by the next act that names it.
  if (held.state != AttachmentState::kBound && act != named.end() && held.since <= act->second)
    return "an act names it, and it is kept as if none did";
  std::optional<crypto::DataKey> key;
  if (vault != nullptr) {
    absl::StatusOr<std::optional<crypto::DataKey>> found = vault->FindKey(held.name.matter);
    if (!found.ok() || !*found) return "its matter's key is missing, or is not this node's";
    key = *std::move(found);
  }
  crypto::Sha256Hasher hasher;
  for (std::uint64_t index = 0; index < ChunksOf(held.held); ++index) {
    const Digest digest = ChunkRowDigest(held.name, index);
    chunks.insert(digest);
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                              store.FindParticulars(digest));
    if (rows.size() != 1 || rows.front().matter != held.name.matter ||
        rows.front().reader != store::kAttachmentReader)
      return "a chunk of it is missing, or is another matter's";
    if (!key) continue;
    const absl::StatusOr<Personal<std::string>> chunk =
        key->Decrypt(rows.front().ciphertext, BoundTo(held, index));
    if (!chunk.ok()) return "a chunk of it cannot be opened with this node's key";
    hasher.Add(chunk->Reveal());
  }
  if (key && held.whole() && hasher.Finish() != held.name.digest)
    return "its chunks do not have the digest";
  return "";
}

}  // namespace chancery::exchange
