#include "engine/exchange/recover.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "engine/codec/act_json.h"
#include "engine/codec/entry.h"
#include "engine/codec/envelope.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/collect_entry.h"
#include "engine/exchange/collect_received.h"
#include "engine/exchange/cosigned_history.h"
#include "engine/exchange/erasure.h"
#include "engine/exchange/evidence_export.h"
#include "engine/exchange/handovers.h"
#include "engine/exchange/keeper.h"
#include "engine/exchange/matters.h"
#include "engine/exchange/outbox_record.h"
#include "engine/exchange/relied.h"
#include "engine/exchange/row_names.h"
#include "engine/exchange/rule_again.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/cosigned_heads.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/policy.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/slice.h"
#include "engine/ledger/tiles.h"
#include "engine/ledger/witness.h"

namespace chancery::exchange {

namespace {

namespace layout = ledger::evidence;

std::string EntryName(std::uint64_t number) { return "entry " + std::to_string(number); }

// The head a folder brings the ledger to.
struct Target {
  const RecoverySource* source = nullptr;
  Bytes note;
  ledger::VerifiedCheckpoint verified;

  const ledger::TreeHead& tree() const { return verified.checkpoint.tree; }
};

// What is missing in the store, by entry.
struct Missing {
  std::vector<Digest> leaf_hashes;
  std::vector<Bytes> entries;  // empty: not found yet
};

// Takes in the handovers of all folders. Each is held against its announcement once that is back.
absl::StatusOr<std::vector<Bytes>> TakeHandoversOf(const std::vector<RecoverySource>& sources,
                                                   ledger::KeyBook& keys) {
  std::map<std::uint64_t, Bytes> notes;
  for (const RecoverySource& source : sources) {
    for (const std::string& file : source.handovers) {
      CHANCERY_ASSIGN_OR_RETURN(const Bytes note, source.read(file));
      const absl::StatusOr<ledger::Handover> handover = ledger::ReadHandover(note);
      if (!handover.ok()) return Annotate(handover.status(), source.name + "/" + file);
      notes.emplace(handover->entry, note);
    }
  }
  const std::vector<Bytes> held = keys.Notes();
  std::vector<Bytes> taken;
  for (auto& [entry, note] : notes) {
    CHANCERY_RETURN_IF_ERROR(keys.Take(note));
    if (std::find(held.begin(), held.end(), note) == held.end()) taken.push_back(std::move(note));
  }
  return taken;
}

// The checkpoint of a folder, when the policy that the anchor names makes it final.
absl::StatusOr<Target> ReadTarget(const RecoverySource& source, const Anchor& anchor,
                                  PartyCode party, const ledger::KeyBook& keys) {
  const auto named = anchor.policies.find(party);
  if (named == anchor.policies.end())
    return FailedPrecondition("the anchor names no policy of " + party.ToText() +
                              ": nothing says whose signatures a checkpoint needs");
  CHANCERY_ASSIGN_OR_RETURN(const Bytes text, source.read(std::string(layout::kPolicy)));
  if (crypto::Sha256(text) != named->second) {
    return PermissionDenied(source.name + ": its policy is not the one the anchor names for " +
                            party.ToText() + "; give a folder of that ledger");
  }
  CHANCERY_ASSIGN_OR_RETURN(ledger::Policy policy, ledger::Policy::Parse(text));
  CHANCERY_ASSIGN_OR_RETURN(policy, keys.BringForward(policy));
  Target target{&source, {}, {}};
  CHANCERY_ASSIGN_OR_RETURN(target.note, source.read(std::string(layout::kCheckpoint)));
  absl::StatusOr<ledger::VerifiedCheckpoint> verified =
      ledger::VerifyFinalCheckpoint(target.note, policy);
  if (!verified.ok()) return Annotate(verified.status(), source.name);
  target.verified = *std::move(verified);
  return target;
}

// The leaf hashes of tile number `index`, and the entries of it that the folder holds; the others
// are empty.
absl::StatusOr<Missing> ReadTile(const Target& from, std::uint64_t index) {
  const std::uint64_t size = from.tree().size;
  const std::optional<ledger::Tile> hashes = ledger::TileOf(size, false, 0, index);
  const std::optional<ledger::Tile> bundle = ledger::TileOf(size, true, 0, index);
  if (!hashes || !bundle) return Internal("there is no tile " + std::to_string(index));
  const std::string path = ledger::TilePath(*hashes);
  CHANCERY_ASSIGN_OR_RETURN(const Bytes bytes, from.source->read(path));
  const auto width = static_cast<std::size_t>(hashes->width);
  if (bytes.size() != width * Digest::kSize)
    return DataLoss(from.source->name + "/" + path + ": not a tile of that width");
  Missing tile;
  for (std::size_t i = 0; i < width; ++i) {
    tile.leaf_hashes.push_back(
        *Digest::FromBytes(ByteView(bytes).substr(i * Digest::kSize, Digest::kSize)));
  }
  tile.entries.resize(width);
  // A whole book has its entries under one name, a slice under another; none where a slice has
  // none.
  for (const std::string& name : {ledger::TilePath(*bundle), ledger::SlicePath(*bundle)}) {
    const absl::StatusOr<Bytes> held = from.source->read(name);
    if (absl::IsNotFound(held.status())) continue;
    CHANCERY_RETURN_IF_ERROR(held.status());
    absl::StatusOr<std::vector<Bytes>> entries = ledger::DecodeBundle(*held, hashes->width);
    if (!entries.ok()) return Annotate(entries.status(), from.source->name + "/" + name);
    tile.entries = *std::move(entries);
    break;
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (!tile.entries[i].empty() && ledger::LeafHash(tile.entries[i]) != tile.leaf_hashes[i])
      return DataLoss(from.source->name + ": an entry of tile " + std::to_string(index) +
                      " is not the one of its leaf");
  }
  return tile;
}

// What lies behind `first` in a folder.
absl::StatusOr<Missing> ReadBehind(const Target& from, std::uint64_t first) {
  Missing behind;
  const std::uint64_t size = from.tree().size;
  for (std::uint64_t at = first; at < size;) {
    const std::uint64_t index = at / ledger::kTileWidth;
    CHANCERY_ASSIGN_OR_RETURN(Missing tile, ReadTile(from, index));
    for (std::size_t i = at % ledger::kTileWidth; i < tile.entries.size() && at < size; ++i, ++at) {
      behind.leaf_hashes.push_back(tile.leaf_hashes[i]);
      behind.entries.push_back(std::move(tile.entries[i]));
    }
  }
  return behind;
}

// Every missing entry, from whichever folder has it.
absl::StatusOr<Missing> Gather(store::Store& store, const store::Head& head, const Target& target,
                               const std::vector<Target>& all) {
  CHANCERY_ASSIGN_OR_RETURN(Missing missing, ReadBehind(target, head.tree.size));
  CHANCERY_ASSIGN_OR_RETURN(ledger::CompactRange tree,
                            ledger::ReadCompactRange(store, head.tree.size));
  for (const Digest& leaf : missing.leaf_hashes) tree.Append(leaf);
  if (tree.Head() != target.tree()) {
    return DataLoss(target.source->name + ": the store's " + std::to_string(head.tree.size) +
                    " entries are not the beginning of its tree: this is no old copy of that "
                    "ledger, or a tile is damaged; nothing was changed");
  }
  for (const Target& other : all) {
    if (other.source == target.source || other.tree().size <= head.tree.size) continue;
    CHANCERY_ASSIGN_OR_RETURN(Missing held, ReadBehind(other, head.tree.size));
    for (std::size_t i = 0; i < held.entries.size(); ++i) {
      if (held.leaf_hashes[i] != missing.leaf_hashes[i])
        return DataLoss(other.source->name + " and " + target.source->name +
                        " hold two histories of this ledger: chancery-audit verify both, and "
                        "recover from neither");
      if (missing.entries[i].empty()) missing.entries[i] = std::move(held.entries[i]);
    }
  }
  const auto lacking = std::find(missing.entries.begin(), missing.entries.end(), Bytes());
  if (lacking != missing.entries.end()) {
    const auto count = std::count(missing.entries.begin(), missing.entries.end(), Bytes());
    return NotFound(
        EntryName(head.tree.size + static_cast<std::uint64_t>(lacking - missing.entries.begin())) +
        (count > 1 ? " and " + std::to_string(count - 1) + " more are" : " is") +
        " in none of the folders; add an export of the whole book, or the slices of those who read "
        "them");
  }
  return missing;
}

class Rebuilder {
 public:
  Rebuilder(store::Store& store, const RecoveryParts& parts,
            const std::vector<RecoverySource>& sources)
      : store_(store),
        parts_(parts),
        sources_(sources),
        self_(store.identity().party),
        matters_(store) {}

  absl::StatusOr<Recovered> Run(const store::Head& head, const Target& target, Missing missing) {
    Recovered done{head.tree.size, target.tree().size, 0};
    rows_.expected = head.tree;
    store::Head next{target.tree(), head.recorded_at, {}};
    for (std::size_t i = 0; i < missing.entries.size(); ++i) {
      const std::uint64_t number = head.tree.size + i;
      const absl::StatusOr<codec::Entry> entry = codec::DecodeEntry(missing.entries[i]);
      if (!entry.ok()) return Annotate(entry.status(), EntryName(number));
      if (entry->recorded_at < next.recorded_at)
        return DataLoss(EntryName(number) + " was recorded before the one before it");
      next.recorded_at = entry->recorded_at;
      std::optional<std::int64_t> head_of_day;
      if (const auto* day = std::get_if<codec::StreamHeadBody>(&entry->body))
        head_of_day = day->day;
      rows_.entries.push_back({std::move(missing.entries[i]), missing.leaf_hashes[i], entry->stream,
                               entry->position, head_of_day});
      const absl::Status added = self_ == parts_.keeper ? AddOfMinistry(number, *entry, done)
                                                        : AddOfState(number, *entry, done);
      if (!added.ok()) return Annotate(added, EntryName(number));
    }
    CHANCERY_RETURN_IF_ERROR(AddHead(target, next));
    rows_.next = std::move(next);
    for (auto& [id, sent] : sent_) rows_.papers.push_back(ChangeOf(sent.paper));
    CHANCERY_RETURN_IF_ERROR(store_.Apply(rows_));
    matters_.KeepGroup();
    CHANCERY_RETURN_IF_ERROR(MarkDeliveries());
    return done;
  }

 private:
  // The state's acts: as they were sent, and what came back.
  struct Sent {
    SentPaper paper;
    bool offered = false;   // it was now
    bool recorded = false;  // it was now
  };

  absl::StatusOr<VerifiedStatement> Verify(const SealedStatement& sealed, Instant at) const {
    CHANCERY_ASSIGN_OR_RETURN(VerifiedStatement verified,
                              VerifyStatement(sealed, at, parts_.trust, parts_.certificates));
    if (verified.statement.realm != RealmOfStatements(parts_.anchor) ||
        verified.statement.agreement != parts_.anchor.agreement)
      return PermissionDenied("its statement is of another realm or agreement");
    return verified;
  }

  absl::Status AddOfMinistry(std::uint64_t number, const codec::Entry& entry, Recovered& done) {
    if (std::holds_alternative<codec::StreamHeadBody>(entry.body)) return absl::OkStatus();
    const std::optional<SealedStatement> sealed = StatementOf(entry);
    if (!sealed) return DataLoss("it is of a kind that only a state's ledger holds");
    CHANCERY_ASSIGN_OR_RETURN(const VerifiedStatement verified, Verify(*sealed, entry.recorded_at));
    const procedure::Act& act = verified.statement.act;
    ++done.acts;
    const procedure::Ruling* ruling = RulingIn(entry);
    rows_.statements.push_back(
        {{ruling == nullptr ? kUseEquivocation : kUseAct, act.author, act.id},
         verified.digest,
         number});
    if (ruling == nullptr) return absl::OkStatus();
    Bytes own_ruling;
    CHANCERY_RETURN_IF_ERROR(
        RuleAgain({parts_.procedures, parts_.certificates, parts_.keys, parts_.keeper, matters_},
                  number, entry, verified, rows_, &own_ruling));
    matters_.KeepJob();
    if (!Erases(act, *ruling)) return absl::OkStatus();
    return CarryOutErasure(store_, parts_.vault, act.matter, rows_);
  }

  absl::Status AddOfState(std::uint64_t number, const codec::Entry& entry, Recovered& done) {
    if (std::holds_alternative<codec::StreamHeadBody>(entry.body)) return absl::OkStatus();
    if (const auto* sealed = std::get_if<codec::SealedBody>(&entry.body)) {
      ++done.acts;
      return AddSealed(number, entry, *sealed);
    }
    if (const auto* offered = std::get_if<codec::OfferedBody>(&entry.body)) {
      CHANCERY_ASSIGN_OR_RETURN(Sent* const sent, FindSentOf(offered->statement_id));
      if (sent == nullptr) return DataLoss("it offers an act that was never sealed here");
      if (sent->paper.act.state == SentState::kWaiting) sent->paper.act.state = SentState::kOffered;
      sent->offered = true;
      rows_.statements.push_back(
          {{kUseOffered, self_, offered->statement_id}, offered->statement_digest, number});
      return absl::OkStatus();
    }
    if (const auto* received = std::get_if<codec::ReceivedBody>(&entry.body)) {
      ++done.acts;
      return AddReceived(number, *received);
    }
    return DataLoss("it is of a kind that only the ministry's ledger holds");
  }

  absl::StatusOr<Sent*> FindSentOf(const StatementId& id) {
    const auto known = sent_.find(id);
    if (known != sent_.end()) return &known->second;
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<SentPaper> paper, FindSent(store_, id));
    if (!paper) return static_cast<Sent*>(nullptr);
    return &sent_.emplace(id, Sent{*paper}).first->second;
  }

  absl::StatusOr<bool> Opens(const procedure::Act& act) {
    const procedure::CheckedProcedure* agreed = parts_.procedures.Find(act.procedure);
    if (agreed == nullptr) return false;
    const std::vector<const procedure::Rule*>& rules = agreed->RulesOf(act.kind);
    if (std::none_of(rules.begin(), rules.end(),
                     [](const procedure::Rule* rule) { return rule->opens; }))
      return false;
    CHANCERY_ASSIGN_OR_RETURN(const auto matter, store_.FindMatter(act.matter));
    CHANCERY_ASSIGN_OR_RETURN(const auto opened,
                              store_.FindPaper(kOpenedPaper, act.matter.ToHexText()));
    return !matter && !opened && opened_.insert(act.matter).second;
  }

  absl::Status AddSealed(std::uint64_t number, const codec::Entry& entry,
                         const codec::SealedBody& sealed) {
    CHANCERY_ASSIGN_OR_RETURN(const VerifiedStatement verified,
                              Verify({sealed.statement, sealed.seal}, entry.recorded_at));
    const procedure::Act& act = verified.statement.act;
    if (act.author != self_) return DataLoss("it seals an act of another party");
    rows_.statements.push_back({{kUseSealed, self_, act.id}, verified.digest, number});
    CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> envelope,
                              codec::EncodeEnvelope({sealed.statement, sealed.seal, Bytes(), {}}));
    rows_.deliveries.push_back({parts_.keeper, kDeliverAct, envelope.Reveal(), act.id,
                                verified.digest, entry.recorded_at});
    Sent sent;
    sent.paper.act.id = act.id;
    sent.paper.act.digest = verified.digest;
    sent.paper.act.matter = act.matter;
    sent.paper.act.procedure = act.procedure;
    sent.paper.act.act = procedure::FindAct(act.kind)->name;
    sent.paper.act.own_number = number;
    CHANCERY_ASSIGN_OR_RETURN(sent.paper.act.opens, Opens(act));
    if (sent.paper.act.opens) {
      rows_.papers.push_back({std::string(kOpenedPaper), act.matter.ToHexText(), 0, false, 0,
                              act.procedure.ToHexText()});
    }
    if (!sent_.emplace(act.id, std::move(sent)).second)
      return DataLoss("it seals an act that was sealed before");
    return absl::OkStatus();
  }

  // The first folder's receipt and entry of that number.
  absl::StatusOr<ReceivedEntry> ReadReceived(std::uint64_t number) const {
    for (const RecoverySource& source : sources_) {
      absl::StatusOr<Bytes> proof = source.read(layout::ReceiptPath(number));
      if (absl::IsNotFound(proof.status())) continue;
      CHANCERY_RETURN_IF_ERROR(proof.status());
      CHANCERY_ASSIGN_OR_RETURN(Bytes entry, source.read(layout::ReceiptEntryPath(number)));
      return ReceivedEntry{number, std::move(entry), *std::move(proof)};
    }
    return NotFound("the receipt of the ministry's entry " + std::to_string(number) +
                    " is in none of the folders");
  }

  absl::Status AddReceived(std::uint64_t number, const codec::ReceivedBody& received) {
    CHANCERY_ASSIGN_OR_RETURN(const ReceivedEntry given, ReadReceived(received.number));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Receipt receipt, ledger::ParseReceipt(given.proof));
    CHANCERY_ASSIGN_OR_RETURN(const ledger::VerifiedCheckpoint under,
                              CheckCheckpoint(receipt.checkpoint, parts_.keys.Logs(parts_.keeper)));
    const ledger::TreeHead& tree = under.checkpoint.tree;
    if (under.checkpoint.origin != received.origin ||
        tree != ledger::TreeHead{received.size, received.root} ||
        receipt.entry != received.number || ledger::LeafHash(given.entry) != received.leaf_hash ||
        !ledger::VerifyInclusion(received.number, tree.size, received.leaf_hash,
                                 receipt.inclusion_proof, tree.root))
      return DataLoss("its receipt does not prove what it says was received");
    CHANCERY_ASSIGN_OR_RETURN(const codec::Entry entry, codec::DecodeEntry(given.entry));
    const std::optional<SealedStatement> sealed = StatementOf(entry);
    const procedure::Ruling* ruling = RulingIn(entry);
    if (!sealed || ruling == nullptr) return DataLoss("what was received is no act");
    CHANCERY_ASSIGN_OR_RETURN(const VerifiedStatement verified, Verify(*sealed, entry.recorded_at));
    if (verified.digest != received.statement_digest)
      return DataLoss("what was received is another act than it says");
    const procedure::Act& act = verified.statement.act;
    rows_.statements.push_back({{kUseReceived, act.author, act.id}, verified.digest, number});
    rows_.papers.push_back({std::string(kReceivedPaper), NumberedPaperId(received.number), 0, false,
                            0, ShownAs(given.entry, given.proof)});
    if (relied_.insert(tree.size).second)
      CHANCERY_RETURN_IF_ERROR(KeepRelied(store_, {tree, receipt.checkpoint, 0}, rows_));
    if (Erases(act, *ruling))
      CHANCERY_RETURN_IF_ERROR(CarryOutErasure(store_, parts_.vault, act.matter, rows_));
    if (act.author != self_) return absl::OkStatus();
    CHANCERY_ASSIGN_OR_RETURN(Sent* const sent, FindSentOf(act.id));
    if (sent == nullptr) return absl::OkStatus();  // brought in by an officer of the ministry
    sent->paper.act.state = SentState::kRecorded;
    sent->paper.act.number = received.number;
    sent->paper.act.ruling = codec::Summary(*ruling);
    sent->recorded = true;
    return absl::OkStatus();
  }

  // The folder's checkpoint as the head, with what its witnesses said.
  absl::Status AddHead(const Target& target, store::Head& next) {
    ledger::Note own{target.verified.note.text, {}};
    std::int64_t newest = 0;
    const std::uint64_t size = target.tree().size;
    for (const ledger::VerifiedSignature& signature : target.verified.signatures) {
      const auto line = std::find_if(
          target.verified.note.signatures.begin(), target.verified.note.signatures.end(),
          [&signature](const ledger::NoteSignature& one) {
            return one.name == signature.key.name() && one.key_id == signature.key.id();
          });
      if (line == target.verified.note.signatures.end()) continue;
      if (signature.key.algorithm() == ledger::NoteAlgorithm::kEd25519) {
        own.signatures.push_back(*line);
        continue;
      }
      newest = std::max(newest, signature.cosigned_at);
      rows_.cosignatures.push_back(
          {size, line->name, ledger::FormatSignatureLine(*line), signature.cosigned_at});
      CHANCERY_RETURN_IF_ERROR(RaiseCursor(CursorOf(line->name), static_cast<std::int64_t>(size)));
    }
    if (newest > 0)
      CHANCERY_RETURN_IF_ERROR(RaiseCursor(std::string(kCosignatureTimeCursor), newest));
    next.checkpoint = ledger::FormatNote(own);
    CHANCERY_ASSIGN_OR_RETURN(const Bytes note, CleanNote(target.verified));
    rows_.finals.push_back(
        {target.tree(), std::max(next.recorded_at, Instant{newest * kMsPerSecond}), note});
    CHANCERY_RETURN_IF_ERROR(
        RaiseCursor(std::string(kFinalCursor), static_cast<std::int64_t>(size)));
    // It proves since when an act waits.
    if (self_ != parts_.keeper &&
        ledger::TimeTold(parts_.anchor.always_on, target.verified.note) > 0)
      rows_.papers.push_back({std::string(kSeenPaper), NumberedPaperId(size), 0, false, 0, note});
    return absl::OkStatus();
  }

  std::string CursorOf(const std::string& witness) const {
    for (const auto& [party, key] : parts_.anchor.witnesses) {
      if (key.name() == witness) return CosignedByCursor(party);
    }
    return "cosigned_by/" + witness;
  }

  absl::Status RaiseCursor(const std::string& name, std::int64_t value) {
    CHANCERY_ASSIGN_OR_RETURN(const std::int64_t held, store_.ReadCursor(name));
    rows_.cursors.push_back({name, std::max(held, value)});
    return absl::OkStatus();
  }

  // A delivery has its number only once it is there.
  absl::Status MarkDeliveries() {
    store::Commit marks;
    for (const auto& [id, sent] : sent_) {
      if (!sent.offered && !sent.recorded) continue;
      CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Delivery> deliveries,
                                store_.FindDeliveriesOf(id));
      for (const store::Delivery& delivery : deliveries) {
        if (delivery.state == store::DeliveryState::kAnswered) continue;
        marks.delivery_marks.push_back(
            {delivery.sequence,
             sent.recorded ? store::DeliveryState::kAnswered : store::DeliveryState::kSent,
             delivery.attempts + (sent.offered ? 1 : 0) + (sent.recorded ? 1 : 0),
             delivery.what.next_attempt_at, Bytes()});
      }
    }
    return marks.delivery_marks.empty() ? absl::OkStatus() : store_.Apply(marks);
  }

  store::Store& store_;
  const RecoveryParts& parts_;
  const std::vector<RecoverySource>& sources_;
  const PartyCode self_;
  MatterBook matters_;
  store::Commit rows_;
  std::map<StatementId, Sent> sent_;
  std::set<MatterId> opened_;
  std::set<std::uint64_t> relied_;  // sizes of heads
};

// Whether a witness said that of the recovered ledger.
absl::Status CheckLine(store::Store& store, const ledger::KeyBook& keys,
                       const ledger::CosignedHead& seen) {
  CHANCERY_ASSIGN_OR_RETURN(const ledger::CompactRange tree,
                            ledger::ReadCompactRange(store, seen.size));
  const std::string text =
      ledger::FormatCheckpoint({store.identity().origin, {seen.size, tree.Root()}});
  const std::vector<ledger::NoteKey> known = keys.AllWitnesses();
  const bool verified = std::any_of(known.begin(), known.end(), [&](const ledger::NoteKey& key) {
    return key.name() == seen.line.name && key.id() == seen.line.key_id &&
           ledger::VerifyCosignature(key, seen.line, text);
  });
  if (verified) return absl::OkStatus();
  return PermissionDenied("the line of " + seen.line.name + " over the first " +
                          std::to_string(seen.size) + " entries does not verify");
}

// What the witnesses saw of the heads that are back, and when: without it an audit could not bound
// the times of the entries between.
absl::Status KeepHistory(store::Store& store, const RecoveryParts& parts, std::uint64_t from,
                         const Target& target, const std::vector<RecoverySource>& sources) {
  std::map<std::pair<std::uint64_t, std::int64_t>, std::set<std::string>> lines;
  for (const RecoverySource& source : sources) {
    const absl::StatusOr<Bytes> file = source.read(std::string(layout::kCosigned));
    if (absl::IsNotFound(file.status())) continue;
    CHANCERY_RETURN_IF_ERROR(file.status());
    const absl::StatusOr<std::vector<ledger::CosignedHead>> heads =
        ledger::ParseCosignedHeads(*file);
    if (!heads.ok()) return Annotate(heads.status(), source.name);
    for (const ledger::CosignedHead& seen : *heads) {
      if (seen.size <= from || seen.size > target.tree().size) continue;
      if (const absl::Status checked = CheckLine(store, parts.keys, seen); !checked.ok())
        return Annotate(checked, source.name);
      lines[{seen.size, seen.time}].insert(ledger::FormatSignatureLine(seen.line));
    }
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::CosignatureRow> newest,
                            store.ListCosignatures(target.tree().size));
  for (const store::CosignatureRow& row : newest)
    lines[{row.size, row.cosigned_at}].insert(row.line);
  for (const auto& [head, said] : lines) {
    for (const std::string& line : said) {
      store::Commit rows;
      CHANCERY_RETURN_IF_ERROR(KeepCosigned(store, head.first, line, parts.anchor.always_on, rows));
      if (!rows.papers.empty()) CHANCERY_RETURN_IF_ERROR(store.Apply(rows));
    }
  }
  return absl::OkStatus();
}

// Once the entries are back.
absl::Status KeepHandovers(store::Store& store, PartyCode keeper,
                           const std::vector<Bytes>& handovers) {
  store::Commit rows;
  for (const Bytes& note : handovers) {
    CHANCERY_ASSIGN_OR_RETURN(const ledger::Handover handover, ledger::ReadHandover(note));
    CHANCERY_ASSIGN_OR_RETURN(const Bytes entry, AnnouncingEntry(store, keeper, handover.entry));
    if (entry.empty())
      return DataLoss("handover of " + handover.origin + ": the entry that announces it, " +
                      std::to_string(handover.entry) + ", is not here");
    CHANCERY_RETURN_IF_ERROR(CheckAnnounced(handover, entry));
    rows.papers.push_back(
        {std::string(kHandoverPaper), HandoverPaperId(handover), 0, false, 0, note});
  }
  return rows.papers.empty() ? absl::OkStatus() : store.Apply(rows);
}

}  // namespace

absl::StatusOr<Recovered> Recover(store::Store& store, const RecoveryParts& parts,
                                  const std::vector<RecoverySource>& sources) {
  const PartyCode self = store.identity().party;
  CHANCERY_ASSIGN_OR_RETURN(const store::Head head, store.ReadHead());
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<Bytes> handovers,
                            TakeHandoversOf(sources, parts.keys));
  std::vector<Target> targets;
  for (const RecoverySource& source : sources) {
    CHANCERY_ASSIGN_OR_RETURN(Target target, ReadTarget(source, parts.anchor, self, parts.keys));
    targets.push_back(std::move(target));
  }
  const auto largest = std::max_element(
      targets.begin(), targets.end(),
      [](const Target& a, const Target& b) { return a.tree().size < b.tree().size; });
  if (largest == targets.end()) return InvalidArgument("name at least one folder of evidence");
  if (largest->tree().size <= head.tree.size) {
    return FailedPrecondition("the store holds " + std::to_string(head.tree.size) +
                              " entries and the folders no more than " +
                              std::to_string(largest->tree().size) +
                              ": there is nothing to recover from them; nothing was changed");
  }
  CHANCERY_ASSIGN_OR_RETURN(Missing missing, Gather(store, head, *largest, targets));
  Rebuilder rebuilder(store, parts, sources);
  CHANCERY_ASSIGN_OR_RETURN(const Recovered done,
                            rebuilder.Run(head, *largest, std::move(missing)));
  CHANCERY_RETURN_IF_ERROR(KeepHistory(store, parts, head.tree.size, *largest, sources));
  CHANCERY_RETURN_IF_ERROR(KeepHandovers(store, parts.keeper, handovers));
  return done;
}

}  // namespace chancery::exchange
