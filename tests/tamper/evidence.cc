// Changes of evidence folders: bytes, files, entries; by strangers, by a keeper with its own
// genuine keys, and by one whose readers cosigned unread.
#include <algorithm>
#include <fstream>
#include <vector>

#include "audit/reconcile.h"
#include "audit/verify.h"
#include "engine/codec/entry.h"
#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"
#include "engine/ledger/tiles.h"
#include "tests/tamper/tamper.h"

namespace chancery::tamper {

namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kCosignedAt = 1'800'000'000;

void WriteFile(const fs::path& path, ByteView bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Entries in memory as a tree.
class EntriesInMemory final : public ledger::NodeSource, public ledger::EntrySource {
 public:
  explicit EntriesInMemory(const std::vector<Bytes>& entries) : entries_(entries) {}
  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    if (level == 0) return ledger::LeafHash(entries_.at(index));
    CHANCERY_ASSIGN_OR_RETURN(const Digest left, Node(level - 1, 2 * index));
    CHANCERY_ASSIGN_OR_RETURN(const Digest right, Node(level - 1, 2 * index + 1));
    return ledger::NodeHash(left, right);
  }
  absl::StatusOr<std::vector<Bytes>> Entries(std::uint64_t first, std::uint64_t count) override {
    const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<Bytes>(begin, begin + static_cast<std::ptrdiff_t>(count));
  }

 private:
  const std::vector<Bytes>& entries_;
};

class Folder {
 public:
  Folder(const Story& story, PartyCode party, Random& random, Counts& counts)
      : story_(story),
        party_(party),
        other_(party == story.ministry ? story.state : story.ministry),
        random_(random),
        counts_(counts),
        work_(story.scratch / ("evidence-" + party.ToText())) {
    for (const auto& file : fs::recursive_directory_iterator(story.Evidence(party))) {
      if (!file.is_regular_file()) continue;
      const std::string name = fs::relative(file.path(), story.Evidence(party)).generic_string();
      files_[name] = ReadFile(file.path());
      names_.push_back(name);
    }
    std::sort(names_.begin(), names_.end());
    const ledger::Note note = Must(ledger::ParseNote(files_.at("checkpoint")));
    checkpoint_ = Must(ledger::ParseCheckpoint(note.text));
    Must(ledger::TileFolder(story.Evidence(party), checkpoint_.tree.size)
             .Read([this](std::uint64_t, ByteView entry, const Digest&) {
               entries_.push_back(Bytes(entry));
               return absl::OkStatus();
             })
             .status());
    log_ = story.LogSigner(party);
    witnesses_.push_back(story.WitnessSigner(other_));
    for (const ledger::NoteKey& key : story.anchor.always_on)
      witnesses_.push_back(story.AlwaysOnSigner(key));
    Restore();
    if (Noticed()) GiveUp("the untouched evidence of " + party.ToText() + " does not verify");
  }

  void ChangeByte() {
    const std::string& name = names_[random_.Below(names_.size())];
    Bytes bytes = files_.at(name);
    if (bytes.empty()) return;
    random_.Flip(bytes);
    WriteFile(work_ / name, bytes);
    const bool noticed = Noticed();
    // It is for people; nothing vouches for it and no program reads it.
    const Outcome otherwise = name == "README.txt" ? Outcome::kHarmless : Outcome::kMissed;
    counts_.Add(name == "README.txt" ? "evidence: byte of README.txt" : "evidence: byte",
                noticed ? Outcome::kNoticed : otherwise, party_.ToText() + "/" + name);
    WriteFile(work_ / name, files_.at(name));
  }

  void ChangeFile() {
    const std::string& name = names_[random_.Below(names_.size())];
    if (name == "README.txt") return;
    const Bytes& good = files_.at(name);
    std::string kind;
    std::string second;
    switch (random_.Below(5)) {
      case 0:
        kind = "evidence: file dropped";
        fs::remove(work_ / name);
        break;
      case 1:
        kind = "evidence: file cut";
        WriteFile(work_ / name, ByteView(good).substr(0, random_.Below(good.size())));
        break;
      case 2:
        kind = "evidence: file lengthened";
        WriteFile(work_ / name, good + Bytes(1 + random_.Below(40), '\n'));
        break;
      case 3:
        kind = "evidence: file surplus";
        second = name + ".1";
        WriteFile(work_ / second, good);
        break;
      default:
        kind = "evidence: files swapped";
        second = names_[random_.Below(names_.size())];
        if (second == "README.txt" || files_.at(second) == good) return;
        WriteFile(work_ / name, files_.at(second));
        WriteFile(work_ / second, good);
    }
    // A history of heads without its last lines bounds every time as far as its verdict says.
    const bool shorter = kind == "evidence: file cut" && name == "cosigned-heads";
    counts_.Add(kind,
                Noticed() ? Outcome::kNoticed
                : shorter ? Outcome::kHarmless
                          : Outcome::kMissed,
                party_.ToText() + "/" + name + " " + second);
    WriteFile(work_ / name, good);
    if (files_.contains(second)) WriteFile(work_ / second, files_.at(second));
    if (!second.empty() && !files_.contains(second)) fs::remove(work_ / second);
  }

  // Entries changed, and the whole tree made anew above them.
  void ChangeEntries() {
    std::vector<Bytes> entries = entries_;
    std::string what;
    std::string kind = Rearrange(entries, what);
    if (entries == entries_) return;
    // Whose keys sign the new tree.
    const std::size_t keys = random_.Below(3);
    const char* const names[] = {", unsigned", ", re-signed by its keeper", ", cosigned unread"};
    WriteBook(entries, keys >= 1, keys >= 2);
    // A book that all keys signed can only be told from the true one by what the other side holds.
    const bool noticed = Noticed() || (keys == 2 && Contradicted());
    counts_.Add("evidence: " + kind + names[keys], noticed ? Outcome::kNoticed : Outcome::kMissed,
                party_.ToText() + " " + what);
    Restore();
  }

  // The book as it was earlier, under signatures that were genuine then.
  void OldBackup() {
    std::vector<Bytes> entries = entries_;
    const std::size_t size = 1 + random_.Below(entries.size() - 1);
    entries.resize(size);
    WriteBook(entries, true, true);
    counts_.Add("evidence: old backup",
                Noticed() || Contradicted() ? Outcome::kNoticed : Outcome::kMissed,
                party_.ToText() + " at size " + std::to_string(size));
    Restore();
  }

 private:
  std::string Rearrange(std::vector<Bytes>& entries, std::string& what) {
    const std::size_t at = random_.Below(entries.size());
    what = "entry " + std::to_string(at);
    switch (random_.Below(4)) {
      case 0:
        entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
        return "entry dropped";
      case 1: {
        const std::size_t other = random_.Below(entries.size());
        what += " and " + std::to_string(other);
        std::swap(entries[at], entries[other]);
        return "entries swapped";
      }
      case 2:
        entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(random_.Below(entries.size())),
                       entries[at]);
        return "entry repeated";
      default:
        return Edit(entries[at], what);
    }
  }

  // An entry with one field changed; it is still an entry.
  std::string Edit(Bytes& bytes, std::string& what) {
    codec::Entry entry = Must(codec::DecodeEntry(bytes));
    switch (random_.Below(6)) {
      case 0:
        entry.recorded_at.ms += random_.Below(2) == 0
                                    ? -1 - static_cast<std::int64_t>(random_.Below(40'000'000'000))
                                    : 40'000'000'000;
        what += " time";
        break;
      case 1:
        entry.position += 1 + random_.Below(3);
        what += " position";
        break;
      case 2:
        entry.stream = entry.stream == "all" ? "GRC" : "all";
        what += " stream";
        break;
      default:
        what += " body";
        std::visit([this](auto& body) { EditBody(body); }, entry.body);
    }
    const absl::StatusOr<Bytes> encoded = codec::EncodeEntry(entry);
    if (encoded.ok()) bytes = *encoded;
    return "entry edited";
  }
  void EditSealed(Bytes& statement, Bytes& seal) {
    random_.Flip(random_.Below(2) == 0 ? statement : seal);
  }
  void EditRuling(procedure::Ruling& ruling) {
    ruling.outcome = procedure::Inadmissible{procedure::Ground::kNoEvidence, "Art 6", "", {}};
  }
  void EditBody(codec::ActBody& body) {
    if (random_.Below(2) == 0)
      EditRuling(body.ruling);
    else
      EditSealed(body.statement, body.seal);
  }
  void EditBody(codec::FoundedBody& body) {
    if (random_.Below(2) == 0)
      EditRuling(body.ruling);
    else
      EditSealed(body.statement, body.seal);
  }
  void EditBody(codec::SealedBody& body) { EditSealed(body.statement, body.seal); }
  void EditBody(codec::EquivocationBody& body) { EditSealed(body.statement, body.seal); }
  void EditBody(codec::OfferedBody& body) { body.statement_digest.raw()[random_.Below(32)] ^= 1; }
  void EditBody(codec::StreamHeadBody& body) {
    if (random_.Below(2) == 0)
      ++body.day;
    else
      body.leaf_hash.raw()[random_.Below(32)] ^= 1;
  }
  void EditBody(codec::ReceivedBody& body) {
    switch (random_.Below(4)) {
      case 0:
        ++body.number;
        break;
      case 1:
        body.leaf_hash.raw()[random_.Below(32)] ^= 1;
        break;
      case 2:
        body.root.raw()[random_.Below(32)] ^= 1;
        break;
      default:
        body.statement_digest.raw()[random_.Below(32)] ^= 1;
    }
  }

  void WriteBook(const std::vector<Bytes>& entries, bool by_keeper, bool by_witness) {
    ledger::CompactRange tree;
    for (const Bytes& entry : entries) tree.Append(ledger::LeafHash(entry));
    fs::remove_all(work_ / "tile");
    EntriesInMemory source(entries);
    Must(ledger::WriteTilesToFolder(tree.size(), source, source, work_));
    if (!by_keeper) return;
    const ledger::Checkpoint checkpoint{checkpoint_.origin, tree.Head()};
    Bytes note = Must(ledger::SignCheckpoint(*log_, checkpoint));
    if (by_witness) {
      std::vector<std::string> lines;
      for (const auto& witness : witnesses_) {
        lines.push_back(ledger::FormatSignatureLine(
            Must(ledger::Cosign(*witness, ledger::FormatCheckpoint(checkpoint), kCosignedAt))));
      }
      note = Must(ledger::AddSignatureLines(note, lines));
    }
    WriteFile(work_ / "checkpoint", note);
  }

  void Restore() {
    fs::remove_all(work_);
    for (const auto& [name, bytes] : files_) {
      fs::create_directories((work_ / name).parent_path());
      WriteFile(work_ / name, bytes);
    }
  }

  bool Noticed() const {
    audit::VerifyOptions options;
    options.anchor = story_.anchor;
    options.threads = 1;
    const absl::StatusOr<audit::Verdict> verdict = audit::VerifyEvidence(work_, options);
    // Without the history of heads the verdict says that the times are their keeper's word.
    return !verdict.ok() || !verdict->consistent() ||
           (files_.contains("cosigned-heads") && !verdict->times);
  }
  // By the other party's book.
  bool Contradicted() const {
    const auto compared = audit::Reconcile(work_, story_.Evidence(other_));
    return !compared.ok() || !compared->differences.empty();
  }

  const Story& story_;
  const PartyCode party_, other_;
  Random& random_;
  Counts& counts_;
  const fs::path work_;
  std::map<std::string, Bytes> files_;
  std::vector<std::string> names_;
  ledger::Checkpoint checkpoint_;
  std::vector<Bytes> entries_;
  std::unique_ptr<ledger::NoteSigner> log_;
  std::vector<std::unique_ptr<ledger::NoteSigner>> witnesses_;  // the reader's and the always-on
};

}  // namespace

void TamperWithEvidence(const Story& story, PartyCode party, std::size_t changes, Random& random,
                        Counts& counts) {
  Folder folder(story, party, random, counts);
  for (const std::uint64_t end = counts.tried() + changes; counts.tried() < end;) {
    switch (random.Below(10)) {
      case 0:
      case 1:
        folder.ChangeFile();
        break;
      case 2:
      case 3:
      case 4:
        folder.ChangeEntries();
        break;
      case 5:
        folder.OldBackup();
        break;
      default:
        folder.ChangeByte();
    }
  }
}

}  // namespace chancery::tamper
