#include "engine/exchange/check_rows.h"

#include <algorithm>
#include <vector>

#include "engine/crypto/sha256.h"
#include "engine/exchange/attachments.h"
#include "engine/exchange/bundle_seal.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/draft_paper.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"
#include "engine/ledger/anchor.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/conviction.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/timestamp.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

namespace {

std::string Message(const absl::Status& status) { return std::string(ToStd(status.message())); }

// The papers whose number is that of the entries they belong to.
constexpr std::string_view kCounted[] = {kSentPaper, kReceivedPaper};

// Hex digits of the digest by which a conviction is named.
constexpr std::size_t kConvictionIdSize = 16;

constexpr std::string_view kAskWitness =
    "restore the store from a backup; the witness signs the next head again";

}  // namespace

absl::Status RowCheck::Run() {
  if (parts_.policy != nullptr) {
    CHANCERY_ASSIGN_OR_RETURN(policy_, book_.key_book().BringForward(*parts_.policy));
  }
  CHANCERY_RETURN_IF_ERROR(store_.VisitRows(*this));
  CompareCounts();
  CompareCursors();
  CompareHeads();
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::StatementRow&) {
  ++report_.statements;
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::Delivery&) {
  ++report_.deliveries;
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::Cursor& row) {
  cursors_[row.name] = row.value;
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::ParticularsRow& row) {
  if (row.reader == store::kAttachmentReader) {
    chunks_.emplace(row.digest, row.matter);
    with_chunks_.insert(row.matter);
    return absl::OkStatus();
  }
  ++report_.particulars;
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::WrappedKeyRow& row) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> particulars,
                            store_.ListParticularsOf(row.matter));
  if (particulars.empty() && !with_chunks_.contains(row.matter))
    findings_.Tell("wrapped_key", row.matter.ToHexText(), "no particulars are kept under it");
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::Paper& row) {
  ++report_.papers;
  ++papers_[row.kind];
  CHANCERY_ASSIGN_OR_RETURN(const std::string wrong, JudgePaper(row));
  if (!wrong.empty()) findings_.Tell("paper", row.kind + " " + row.id, wrong);
  if (row.version == 0)
    findings_.Tell("paper", row.kind + " " + row.id, "its version is none that is ever written");
  if (row.state != 0 && row.kind != kSentPaper && row.kind != kDraftPaper &&
      row.kind != kAttachmentPaper)
    findings_.Tell("paper", row.kind + " " + row.id, "its state is none that is ever written");
  return absl::OkStatus();
}

absl::StatusOr<std::string> RowCheck::JudgePaper(const store::Paper& row) {
  if (row.kind == kCertificatePaper) {
    // The name is the digest of the certificate's DER, which is what is kept.
    return crypto::Sha256(row.bytes).ToHexText() == row.id ? "" : "it is another certificate";
  }
  if (row.kind == kBundlePaper) {
    return crypto::Sha256(row.bytes).ToHexText() == row.id ? "" : "it is another procedure";
  }
  if (row.kind == kProcedureSealPaper) {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> bundle,
                              store_.FindPaper(kBundlePaper, row.id));
    if (!bundle) return "the procedure it seals is missing";
    if (parts_.trust == nullptr) return "";
    const absl::Status both =
        CheckSignedByBoth(bundle->bytes, row.bytes, parts_.certificates, *parts_.trust);
    return both.ok() ? "" : Message(both);
  }
  if (row.kind == kSentPaper || row.kind == kReceivedPaper) return "";  // counted
  if (row.kind == kOpenedPaper) {
    const auto opened = book_.expected().opened.find(row.id);
    if (opened == book_.expected().opened.end()) return "no act of this party opened it";
    return opened->second.ToHexText() == row.bytes ? "" : "it was opened under another procedure";
  }
  if (row.kind == kWithheldPaper) {
    if (!book_.expected().withheld.contains(row.id)) return "no act to this party stands for it";
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> kept,
                              store_.FindParticulars(*Digest::FromHexText(row.id)));
    return kept.empty() ? "" : "the particulars that it says are missing are kept";
  }
  if (row.kind == kStreamPaper) return JudgeStream(row);
  if (row.kind == kReliedPaper) {
    const absl::StatusOr<ledger::TreeHead> tree = KeepersHead(row);
    if (!tree.ok()) return Message(tree.status());
    relied_[tree->size] = *tree;
    return NumberedPaperId(tree->size) == row.id ? "" : "it is a head of another size";
  }
  if (row.kind == kLatePaper) {
    return Digest::FromHexText(row.bytes) ? "" : "it is no leaf hash";
  }
  if (row.kind == kDraftPaper) {
    if (parts_.vault == nullptr) return "";
    return ReadDraftPaper(*parts_.vault, row).ok() ? ""
                                                   : "it cannot be opened with this node's key";
  }
  if (row.kind == kAttachmentPaper)
    return JudgeAttachment(store_, parts_.vault, row, book_.expected().named, chunks_of_papers_);
  if (row.kind == kFinalPaper || row.kind == kKeeperFinalPaper) return JudgeFinal(row);
  if (row.kind == kCorroboratedPaper) return JudgeCorroborated(row);
  if (row.kind == kSeenPaper) return JudgeSeen(row);
  if (row.kind == kCosignedPaper) return JudgeCosigned(row);
  if (row.kind == kConvictionPaper) {
    if (crypto::Sha256(row.bytes).ToHexText().substr(0, row.id.size()) != row.id ||
        row.id.size() != kConvictionIdSize)
      return "it is another text";
    const absl::StatusOr<ledger::Conviction> conviction = ledger::ParseConviction(row.bytes);
    return conviction.ok() ? "" : Message(conviction.status());
  }
  if (row.kind == kStampQueryPaper || row.kind == kStampCheckpointPaper ||
      row.kind == kStampReplyPaper || row.kind == kStampAbovePaper)
    return JudgeStamp(row);
  if (row.kind == kClaimPaper) {
    const std::optional<MatterId> matter = MatterId::FromHexText(row.id);
    if (!matter) return "it names no matter";
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::MatterRow> claimed,
                              store_.FindMatter(*matter));
    return claimed ? "" : "its matter is missing";
  }
  if (row.kind == kHandoverPaper) return JudgeHandover(row);
  return "a paper of this kind is never written";
}

// That the handovers follow each other was said with the keys.
absl::StatusOr<std::string> RowCheck::JudgeHandover(const store::Paper& row) {
  const absl::StatusOr<ledger::Handover> handover = ledger::ReadHandover(row.bytes);
  if (!handover.ok()) return Message(handover.status());
  if (HandoverPaperId(*handover) != row.id) return "it is another handover";
  CHANCERY_ASSIGN_OR_RETURN(const Bytes entry,
                            AnnouncingEntry(store_, parts_.keeper, handover->entry));
  if (entry.empty()) return "the entry that announces it is not here";
  const absl::Status announced = CheckAnnounced(*handover, entry);
  return announced.ok() ? "" : Message(announced);
}

absl::StatusOr<ledger::TreeHead> RowCheck::KeepersHead(const store::Paper& row) const {
  const auto keeper = parts_.anchor.logs.find(parts_.keeper);
  if (keeper == parts_.anchor.logs.end()) return DataLoss("the anchor names no such log");
  return CheckKeptNote(row.bytes, keeper->second.name(), book_.keys());
}

absl::StatusOr<std::string> RowCheck::JudgeOwnHead(ByteView note, std::uint64_t* size) {
  const absl::StatusOr<ledger::TreeHead> tree =
      CheckKeptNote(note, store_.identity().origin, book_.keys());
  if (!tree.ok()) return Message(tree.status());
  *size = tree->size;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ledger::TreeHead> own, TreeAt(tree->size));
  return own == *tree ? "" : "it is no head of this ledger";
}

absl::StatusOr<std::string> RowCheck::JudgeFinal(const store::Paper& row) {
  const bool own = row.kind == kFinalPaper;
  const PartyCode self = store_.identity().party;
  const std::optional<PartyCode> reader = own ? PartyCode::FromText(row.id) : std::optional(self);
  if (!reader || !parts_.anchor.witnesses.contains(*reader) || (!own && row.id != kLatest))
    return "it is for nobody who reads that ledger";
  std::uint64_t size = 0;
  if (own) {
    CHANCERY_ASSIGN_OR_RETURN(std::string wrong, JudgeOwnHead(row.bytes, &size));
    if (!wrong.empty()) return wrong;
  } else {
    const absl::StatusOr<ledger::TreeHead> tree = KeepersHead(row);
    if (!tree.ok()) return Message(tree.status());
    size = tree->size;
  }
  made_[own ? FinalCursor(*reader) : std::string(kKeeperFinalCursor)] =
      static_cast<std::int64_t>(size);
  const absl::StatusOr<ledger::Policy> policy =
      ledger::FoundingPolicy(parts_.anchor, own ? self : parts_.keeper, {&*reader, 1});
  if (!policy.ok()) return Message(policy.status());
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Policy now, book_.key_book().BringForward(*policy));
  return ledger::VerifyFinalCheckpoint(row.bytes, now).ok()
             ? ""
             : "not all have signed it who must for this reader";
}

absl::StatusOr<std::string> RowCheck::JudgeCorroborated(const store::Paper& row) {
  const absl::StatusOr<ledger::TreeHead> tree = KeepersHead(row);
  if (!tree.ok()) return Message(tree.status());
  const std::vector<ledger::NoteKey> witness = book_.key_book().Witnesses(parts_.keeper);
  if (row.id != kLatest || witness.empty()) return "it is under a name that is never written";
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(row.bytes));
  made_[std::string(kCorroboratedSizeCursor)] = static_cast<std::int64_t>(tree->size);
  made_[std::string(kCorroboratedTimeCursor)] = ledger::TimeTold(witness, note);
  return "";
}

absl::StatusOr<std::string> RowCheck::JudgeSeen(const store::Paper& row) {
  std::uint64_t size = 0;
  CHANCERY_ASSIGN_OR_RETURN(std::string wrong, JudgeOwnHead(row.bytes, &size));
  if (!wrong.empty()) return wrong;
  if (NumberedPaperId(size) != row.id) return "it is a head of another size";
  seen_.insert(size);
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(row.bytes));
  return ledger::TimeTold(parts_.anchor.always_on, note) > 0 ? ""
                                                             : "no always-on witness has seen it";
}

absl::StatusOr<std::string> RowCheck::JudgeCosigned(const store::Paper& row) {
  const absl::StatusOr<std::vector<ledger::CosignedHead>> lines = ReadCosigned(row);
  if (!lines.ok()) return Message(lines.status());
  const std::uint64_t size = lines->front().size;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ledger::TreeHead> tree, TreeAt(size));
  for (const ledger::CosignedHead& line : *lines) {
    std::string wrong = JudgeLine(line.line, tree);
    if (!wrong.empty()) return wrong;
  }
  // They come in the order of their sizes.
  ++made_[std::string(kCosignedKeptCursor)];
  std::int64_t& last = made_[std::string(kCosignedLastCursor)];
  if (last > 0) made_[std::string(kCosignedBeforeCursor)] = last;
  last = static_cast<std::int64_t>(size);
  return "";
}

// The reply and its chain are verified where stamps are shown (timestamping.h).
absl::StatusOr<std::string> RowCheck::JudgeStamp(const store::Paper& row) {
  const std::optional<ledger::StampName> name = ledger::StampName::FromText(row.id);
  if (!name) return "it is under a name that is never written";
  const bool asked = row.kind == kStampQueryPaper || row.kind == kStampCheckpointPaper;
  for (const std::string_view kind :
       {kStampQueryPaper, kStampCheckpointPaper, kStampReplyPaper, kStampAbovePaper}) {
    if (asked && (kind == kStampReplyPaper || kind == kStampAbovePaper)) continue;
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> other,
                              store_.FindPaper(kind, row.id));
    if (!other) return "the time stamp is not whole: its " + std::string(kind) + " is missing";
    if (row.kind != kStampCheckpointPaper || kind != kStampQueryPaper) continue;
    std::uint64_t size = 0;
    CHANCERY_ASSIGN_OR_RETURN(std::string wrong, JudgeOwnHead(row.bytes, &size));
    if (!wrong.empty()) return wrong;
    const absl::StatusOr<Bytes> query = ledger::TimestampQueryFor(row.bytes, name->nonce);
    if (size != name->size || !query.ok() || *query != other->bytes)
      return "it is not what the request of this name asks for";
  }
  return "";
}

std::string RowCheck::JudgeStream(const store::Paper& row) {
  const std::size_t space = row.bytes.find(' ');
  const std::optional<std::uint64_t> next =
      space == std::string::npos ? std::nullopt
                                 : ledger::ParseSize(std::string_view(row.bytes).substr(0, space));
  if (!next || !Digest::FromHexText(std::string_view(row.bytes).substr(space + 1)))
    return "it is no position";
  streams_[row.id] = row.bytes;
  const auto collected = book_.expected().collected.find(row.id);
  // Without an act in it, all that was collected is a stream's head or another act's second
  // version.
  if (collected == book_.expected().collected.end())
    return *next <= 1 ? "" : "nothing of it was collected";
  if (*next <= collected->second.last_position) return "more of it was collected";
  if (*next == collected->second.last_position + 1) {
    return row.bytes == std::to_string(*next) + " " + collected->second.last_leaf.ToHexText()
               ? ""
               : "the entry before its position is another one";
  }
  return *next == collected->second.last_position + 2
             ? ""
             : "entries between what was received and its position are missing";
}

absl::StatusOr<std::optional<ledger::TreeHead>> RowCheck::TreeAt(std::uint64_t size) {
  if (known_tree_ && known_tree_->size == size) return known_tree_;
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store_.ReadHead());
  if (size > head.tree.size) return std::optional<ledger::TreeHead>();
  CHANCERY_ASSIGN_OR_RETURN(const ledger::CompactRange tree,
                            ledger::ReadCompactRange(store_, size));
  known_tree_ = tree.Head();
  return known_tree_;
}

absl::Status RowCheck::Visit(const store::WitnessedHead& row) {
  made_[CosignedOfCursor(ledger::PartyOfOrigin(parts_.anchor, row.origin))] =
      static_cast<std::int64_t>(row.tree.size);
  witnessed_[row.origin] = row.tree.size;
  const absl::StatusOr<ledger::TreeHead> tree = CheckKeptNote(row.note, row.origin, book_.keys());
  if (!tree.ok()) {
    findings_.Tell("witnessed", row.origin, Message(tree.status()));
  } else if (*tree != row.tree) {
    findings_.Tell("witnessed", row.origin, "its size or root is not the note's");
  } else {
    const std::string own = ledger::WitnessNameOf(parts_.anchor.agreement, parts_.anchor.realm(),
                                                  store_.identity().party);
    const absl::StatusOr<ledger::Note> note = ledger::ParseNote(row.note);
    const bool cosigned = note.ok() && std::any_of(note->signatures.begin(), note->signatures.end(),
                                                   [&own](const ledger::NoteSignature& line) {
                                                     return line.name == own;
                                                   });
    if (!cosigned) findings_.Tell("witnessed", row.origin, "this party's own line is missing");
  }
  return absl::OkStatus();
}

std::string RowCheck::JudgeCosignature(const store::CosignatureRow& row,
                                       const std::optional<ledger::TreeHead>& tree) {
  const absl::StatusOr<ledger::NoteSignature> line = ledger::ParseSignatureLine(row.line);
  if (!line.ok() || ledger::FormatSignatureLine(*line) != row.line || line->name != row.witness)
    return "it is no line of that witness";
  if (ledger::CosignatureTime(*line) != row.cosigned_at) return "it was given at another time";
  return JudgeLine(*line, tree);
}

std::string RowCheck::JudgeLine(const ledger::NoteSignature& line,
                                const std::optional<ledger::TreeHead>& tree) {
  if (!tree) return "it is of a head this ledger never had";
  const std::string text = ledger::FormatCheckpoint({store_.identity().origin, *tree});
  const bool verified =
      std::any_of(book_.keys().begin(), book_.keys().end(), [&](const ledger::NoteKey& key) {
        return key.algorithm() == ledger::NoteAlgorithm::kCosignatureV1 &&
               ledger::VerifyCosignature(key, line, text);
      });
  return verified ? "" : "it does not verify over the root of its size";
}

absl::Status RowCheck::Visit(const store::CosignatureRow& row) {
  ++report_.cosignatures;
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ledger::TreeHead> tree, TreeAt(row.size));
  const std::string wrong = JudgeCosignature(row, tree);
  if (!wrong.empty()) {
    findings_.Tell("cosignature", std::to_string(row.size) + " " + row.witness, wrong, kAskWitness);
    return absl::OkStatus();
  }
  newest_cosignature_ = std::max(newest_cosignature_, row.cosigned_at);
  const auto note_size = [&](const std::string& cursor) {
    std::int64_t& largest = made_[cursor];
    largest = std::max(largest, static_cast<std::int64_t>(row.size));
  };
  for (const auto& [party, root] : parts_.anchor.witnesses) {
    if (root.name() == row.witness) note_size(CosignedByCursor(party));
  }
  for (const ledger::NoteKey& witness : parts_.anchor.always_on) {
    if (witness.name() != row.witness) continue;
    note_size(CosignedByCursor(witness));
    always_on_.insert(row.size);
  }
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::FinalCheckpoint& row) {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<ledger::TreeHead> own, TreeAt(row.tree.size));
  const absl::StatusOr<ledger::TreeHead> tree =
      CheckKeptNote(row.note, store_.identity().origin, book_.keys());
  const std::string size = std::to_string(row.tree.size);
  made_[std::string(kFinalCursor)] = static_cast<std::int64_t>(row.tree.size);  // the largest last
  if (!tree.ok()) {
    findings_.Tell("final_checkpoint", size, Message(tree.status()), kAskWitness);
  } else if (*tree != row.tree || own != row.tree) {
    findings_.Tell("final_checkpoint", size, "its size or root is not this ledger's", kAskWitness);
  } else if (policy_ && !ledger::VerifyFinalCheckpoint(row.note, *policy_).ok()) {
    findings_.Tell("final_checkpoint", size, "not all have signed it who must", kAskWitness);
  }
  return absl::OkStatus();
}

absl::Status RowCheck::Visit(const store::Conflict& row) {
  ++conflicts_;
  const auto keeper = parts_.anchor.logs.find(parts_.keeper);
  forked_ = forked_ || (row.what.reason == kLedgerForked && keeper != parts_.anchor.logs.end() &&
                        row.what.origin == keeper->second.name());
  if (ledger::PartyOfOrigin(parts_.anchor, row.what.origin).IsNone())
    findings_.Tell("conflict", std::to_string(row.sequence), "it is of nobody's ledger");
  return absl::OkStatus();
}

void RowCheck::CompareCounts() {
  const BookCheck::Expected& expected = book_.expected();
  if (report_.statements != expected.statements)
    findings_.Tell("statement", "", "it does not hold exactly the statements of the entries");
  if (report_.deliveries != expected.deliveries)
    findings_.Tell("delivery", "", "it does not hold exactly the acts this party sealed");
  if (report_.particulars != expected.particulars)
    findings_.Tell("particulars", "", "it does not hold exactly those the acts commit to");
  for (const auto& [digest, matter] : chunks_) {
    if (!chunks_of_papers_.contains(digest))
      findings_.Tell("particulars", digest.ToHexText(), "no record speaks of this chunk");
  }
  for (const std::string_view kind : kCounted) {
    const auto made = expected.papers.find(kind);
    const auto found = papers_.find(kind);
    if ((made == expected.papers.end() ? 0 : made->second) !=
        (found == papers_.end() ? 0 : found->second))
      findings_.Tell("paper", kind, "not exactly those of the entries");
  }
  if (const auto found = papers_.find(kOpenedPaper);
      (found == papers_.end() ? 0 : found->second) != expected.opened.size())
    findings_.Tell("paper", kOpenedPaper, "not exactly those this party's acts opened");
  for (const auto& [stream, last] : expected.collected) {
    if (!streams_.contains(stream))
      findings_.Tell("paper", "stream " + stream, "the position in it is missing");
  }
}

// Heads that must be kept because something was proven under them or waits for them.
void RowCheck::CompareHeads() {
  const auto keeper = parts_.anchor.logs.find(parts_.keeper);
  if (keeper == parts_.anchor.logs.end()) return;
  const auto cosigned = witnessed_.find(keeper->second.name());
  for (const auto& [size, root] : book_.expected().proven_under) {
    // One that was cosigned here, or a larger one, stands for it.
    if (cosigned != witnessed_.end() && size <= cosigned->second) continue;
    const auto relied = relied_.find(size);
    if (relied == relied_.end())
      findings_.Tell("paper", "relied " + NumberedPaperId(size),
                     "a head under which entries were taken is missing");
    else if (relied->second.root != root)
      findings_.Tell("paper", "relied " + NumberedPaperId(size),
                     "it is another head than the own ledger says");
  }
  // While an act waits, every own head that an always-on witness cosigned after it was sealed is
  // kept.
  const std::optional<std::uint64_t> waits = book_.expected().first_waiting;
  for (const std::uint64_t size : always_on_) {
    if (waits && size > *waits && !seen_.contains(size))
      findings_.Tell("paper", "seen " + NumberedPaperId(size),
                     "it proves since when an act waits, and is missing");
  }
}

void RowCheck::CompareCursors() {
  const BookCheck::Expected& expected = book_.expected();
  std::map<std::string, std::int64_t> made = made_;
  if (newest_cosignature_ > 0) made[std::string(kCosignatureTimeCursor)] = newest_cosignature_;
  const bool collects = store_.identity().party != parts_.keeper && !streams_.empty();
  if (collects) {
    // An entry without an act may have been collected behind the last one with an act.
    std::uint64_t behind = 0;
    for (const auto& [stream, bytes] : streams_) {
      const auto last = expected.collected.find(stream);
      const std::uint64_t next =
          ledger::ParseSize(std::string_view(bytes).substr(0, bytes.find(' '))).value_or(0);
      if (next != (last == expected.collected.end() ? 0 : last->second.last_position + 1)) ++behind;
    }
    for (const auto& [name, least] :
         {std::pair(std::string(kNextCursor), static_cast<std::int64_t>(expected.collected_next)),
          std::pair(std::string(kCollectedTimeCursor), expected.collected_at.ms)}) {
      made[name] = behind == 0 ? least : std::max(least, cursors_[name]);
    }
  }
  for (const auto& [name, value] : cursors_) {
    if (name == kForkCursor) {
      if (value < 0 || value > 2 || (value > 0 && conflicts_ == 0))
        findings_.Tell("cursor", name, "no evidence of a fork is kept here");
      continue;
    }
    const auto known = made.find(name);
    if (known == made.end()) {
      findings_.Tell("cursor", name, "nothing in the store makes it");
    } else if (known->second != value) {
      findings_.Tell("cursor", name, "it is not what the rows it speaks of make it");
    }
  }
  if (forked_ && !cursors_.contains(kForkCursor)) {
    findings_.Tell("cursor", kForkCursor, "evidence of a fork is kept, and here it is missing");
  }
  for (const auto& [name, value] : made) {
    if (!cursors_.contains(name)) findings_.Tell("cursor", name, "it is missing");
  }
}

}  // namespace chancery::exchange
