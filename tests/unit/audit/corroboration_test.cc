// Back-dating by a keeper who signs what is false with his own genuine keys: what the witnesses saw
// over the history says when each entry can have been written.
#include "audit/corroboration.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audit/verdict_text.h"
#include "audit/verify.h"
#include "tests/unit/audit/changed_books.h"

namespace chancery::audit {
namespace {

using codec::Entry;
using ledger::CosignedHead;

constexpr std::int64_t kHourMs = 60 * kMsPerMinute;

// What a witness saw: a tree, when.
struct Sight {
  std::uint64_t size = 0;
  std::int64_t seconds = 0;
};

class CorroborationTest : public ChangedBooks {
 protected:
  CorroborationTest() {
    anchor_ = exported_.books.anchor();
    anchor_.always_on.push_back(always_->key());
    const PartyCode readers[] = {Party("GRC")};
    policy_ = Must(ledger::FoundingPolicy(anchor_, Party("PAK"), readers)).Format();
    anchor_.policies.insert_or_assign(Party("PAK"), crypto::Sha256(policy_));
  }

  static std::vector<Entry> EntriesIn(const std::filesystem::path& folder, std::uint64_t size) {
    std::vector<Entry> entries;
    const ledger::TileFolder tiles(folder, size);
    Must(tiles.Read([&entries](std::uint64_t, ByteView bytes, const Digest&) {
      entries.push_back(Must(codec::DecodeEntry(bytes)));
      return absl::OkStatus();
    }));
    return entries;
  }

  // What an honest keeper's witness sees: each head a second after its last entry, and again a
  // minute before the next entry comes.
  static std::vector<Sight> Honest(const std::vector<Entry>& entries) {
    std::vector<Sight> sights;
    for (std::uint64_t i = 0; i < entries.size(); ++i) {
      const bool last = i + 1 == entries.size();
      if (!last && entries[i + 1].recorded_at == entries[i].recorded_at) continue;
      sights.push_back({i + 1, entries[i].recorded_at.ms / kMsPerSecond + 1});
      if (!last) sights.push_back({i + 1, entries[i + 1].recorded_at.ms / kMsPerSecond - 60});
    }
    return sights;
  }
  static Bytes TextAt(const std::vector<Entry>& entries, std::uint64_t size,
                      const std::string& origin) {
    ledger::CompactRange tree;
    for (std::uint64_t i = 0; i < size; ++i)
      tree.Append(ledger::LeafHash(Must(codec::EncodeEntry(entries[i]))));
    return ledger::FormatCheckpoint({origin, tree.Head()});
  }
  CosignedHead Seen(const std::vector<Entry>& entries, const Sight& sight,
                    const ledger::NoteSigner& witness) const {
    const std::string text = TextAt(entries, sight.size, anchor_.logs.at(Party("PAK")).name());
    return Must(
        ledger::CosignedHeadOf(sight.size, Must(ledger::Cosign(witness, text, sight.seconds))));
  }

  // The ministry's book after a change, under the policy with an always-on witness, with the file
  // of cosigned heads that `heads` makes of its entries. The checkpoint was seen by all a second
  // after the last entry of the unchanged book.
  std::filesystem::path Book(
      const Change& change,
      const std::function<std::vector<CosignedHead>(const std::vector<Entry>&)>& heads) {
    std::int64_t end = 0;
    const std::filesystem::path folder = Changed("PAK", [&](std::vector<Entry>& entries) {
      end = entries.back().recorded_at.ms / kMsPerSecond + 1;
      change(entries);
    });
    const ledger::Note note = Must(ledger::ParseNote(support::ReadFile(folder / "checkpoint")));
    const ledger::Checkpoint checkpoint = Must(ledger::ParseCheckpoint(note.text));
    const std::vector<Entry> entries = EntriesIn(folder, checkpoint.tree.size);
    Bytes signed_note = Must(ledger::SignCheckpoint(*exported_.books.LogSigner("PAK"), checkpoint));
    const auto reader = exported_.books.WitnessSigner("GRC");
    std::vector<Bytes> lines;
    for (const ledger::NoteSigner* witness : {reader.get(), always_.get()})
      lines.push_back(ledger::FormatSignatureLine(Must(ledger::Cosign(*witness, note.text, end))));
    support::WriteFile(folder / "checkpoint", Must(ledger::AddSignatureLines(signed_note, lines)));
    support::WriteFile(folder / "policy", policy_);
    const std::vector<CosignedHead> seen = heads(entries);
    if (!seen.empty())
      support::WriteFile(folder / "cosigned-heads", ledger::FormatCosignedHeads(seen));
    return folder;
  }
  // Sights of the always-on witness over the entries of the book as it lies there.
  std::function<std::vector<CosignedHead>(const std::vector<Entry>&)> By(
      std::vector<Sight> sights) {
    return [this, sights](const std::vector<Entry>& entries) {
      std::vector<CosignedHead> heads;
      for (const Sight& sight : sights) heads.push_back(Seen(entries, sight, *always_));
      return heads;
    };
  }
  std::function<std::vector<CosignedHead>(const std::vector<Entry>&)> ByHonest() {
    return [this](const std::vector<Entry>& entries) { return By(Honest(entries))(entries); };
  }

  Verdict Judge(const std::filesystem::path& folder,
                std::optional<std::int64_t> window_ms = std::int64_t{60} * kMsPerMinute) {
    VerifyOptions options;
    options.anchor = anchor_;
    options.window_ms = window_ms;
    return Must(VerifyEvidence(folder, options));
  }
  static std::vector<std::uint64_t> Named(const Verdict& verdict, const std::string& what) {
    std::vector<std::uint64_t> named;
    for (const Finding& finding : verdict.findings) {
      if (finding.entry && finding.what.find(what) != std::string::npos)
        named.push_back(*finding.entry);
    }
    return named;
  }
  // The entries recorded last, all at one moment, moved by so much.
  static Change MoveLast(std::int64_t by_ms) {
    return [by_ms](std::vector<Entry>& entries) {
      const Instant moment = entries.back().recorded_at;
      for (Entry& entry : entries) {
        if (entry.recorded_at == moment) entry.recorded_at.ms += by_ms;
      }
    };
  }
  static void Unchanged(std::vector<Entry>&) {}

  std::unique_ptr<ledger::NoteSigner> always_ = Must(ledger::MakeNoteSigner(
      "eu-pakistan.chancery.example/rehearsal/EUE/witness1", ledger::NoteAlgorithm::kCosignatureV1,
      Must(crypto::Ed25519Key::FromSeed(crypto::Sha256("an always-on witness").View()))));
  ledger::Anchor anchor_;
  Bytes policy_;
};

// Issue 4 item 4, an honest book: it verifies, and the verdict says how far its times are
// corroborated.
TEST_F(CorroborationTest, AnHonestBookVerifies) {
  const Verdict verdict = Judge(Book(Unchanged, ByHonest()));
  EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  ASSERT_TRUE(verdict.times);
  EXPECT_GE(verdict.times->heads, 5u);
  EXPECT_EQ(verdict.times->longest_ms, kMsPerSecond);
  EXPECT_NE(ToText(verdict).find("for longer than 1 second"), std::string::npos) << ToText(verdict);
  EXPECT_TRUE(NotSaidBy(verdict).empty());
}

// Issue 4 item 4: "back-dating by the keeper is … found by the audit, to the bound that the
// cosignature cadence gives": a minute here, although the whole book was signed anew.
TEST_F(CorroborationTest, ABackDatedEntryIsFoundToTheBoundOfTheCadence) {
  const std::filesystem::path honest = Book(Unchanged, ByHonest());
  const std::uint64_t size =
      Must(ledger::ParseCheckpoint(
               Must(ledger::ParseNote(support::ReadFile(honest / "checkpoint"))).text))
          .tree.size;
  const std::vector<Sight> sights = Honest(EntriesIn(honest, size));
  const std::uint64_t first = sights[sights.size() - 2].size;  // of the entries recorded last
  for (const std::int64_t by : {-4 * kHourMs, -66 * kMsPerSecond}) {
    const Verdict verdict = Judge(Book(MoveLast(by), By(sights)));
    const std::vector<std::uint64_t> named = Named(verdict, "back-dated");
    ASSERT_EQ(named.size(), size - first) << ToText(verdict);
    EXPECT_EQ(named.front(), first);
  }
  // Inside of the bound nothing is said: the witness signed a minute before, and clocks differ.
  const Verdict within = Judge(Book(MoveLast(-64 * kMsPerSecond), By(sights)));
  EXPECT_TRUE(Named(within, "back-dated").empty()) << ToText(within);
}

// docs/audit-guide.md, "When an entry was written": who leaves out the heads that would show it is
// found by the time for which nobody else saw the entry; how long that may be the auditor says.
TEST_F(CorroborationTest, LeavingHeadsOutHidesNothing) {
  const std::vector<Entry> entries = EntriesIn(
      exported_.ministry(),
      Must(
          ledger::ParseCheckpoint(
              Must(ledger::ParseNote(support::ReadFile(exported_.ministry() / "checkpoint"))).text))
          .tree.size);
  const std::vector<Sight> first = {Honest(entries).front()};
  const std::filesystem::path folder = Book(MoveLast(-4 * kHourMs), By(first));
  const Verdict verdict = Judge(folder);
  const std::string what = "4 hours rest on the keeper's word alone, and 60 minutes may";
  EXPECT_FALSE(Named(verdict, what).empty()) << ToText(verdict);
  EXPECT_TRUE(Named(Judge(folder, 5 * 24 * kHourMs), "word alone").empty());
}

// Issue 4 item 4, the other side of the window: a witness had it before it says it was recorded.
TEST_F(CorroborationTest, APostDatedEntryIsFound) {
  std::vector<Sight> sights;
  Book(Unchanged, [&](const std::vector<Entry>& entries) {
    sights = Honest(entries);
    return std::vector<CosignedHead>();
  });
  const Verdict verdict = Judge(Book(MoveLast(2 * kHourMs), By(sights)));
  EXPECT_FALSE(Named(verdict, "post-dated").empty()) << ToText(verdict);
}

// A reader cosigns when it comes to it, so its line tells when an entry was there, and not that the
// ledger had no more.
TEST_F(CorroborationTest, AReadersLineTellsWhatWasThereAndNoMore) {
  const auto reader = exported_.books.WitnessSigner("GRC");
  const auto by_reader = [&](std::int64_t later) {
    return [this, &reader, later](const std::vector<Entry>& entries) {
      std::vector<CosignedHead> heads;
      for (const Sight& sight : Honest(entries))
        heads.push_back(Seen(entries, {sight.size, sight.seconds + later}, *reader));
      return heads;
    };
  };
  for (const std::int64_t later : {0, 600}) {
    const Verdict verdict = Judge(Book(Unchanged, by_reader(later)));
    EXPECT_EQ(ExitCodeOf(verdict), kExitVerified) << ToText(verdict);
  }
  EXPECT_FALSE(Named(Judge(Book(Unchanged, by_reader(2 * 3600))), "word alone").empty());
}

// Design section 14: exports are strict. And a folder of before says what it does not say.
TEST_F(CorroborationTest, TheFileIsReadStrictly) {
  const auto found = [](const Verdict& verdict, const std::string& what) {
    for (const Finding& finding : verdict.findings) {
      if (finding.file == "cosigned-heads" && finding.what.find(what) != std::string::npos)
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << ToText(verdict);
  };
  const auto stranger = exported_.books.WitnessSigner("PAK");
  EXPECT_TRUE(found(Judge(Book(Unchanged,
                               [&](const std::vector<Entry>& entries) {
                                 return std::vector{Seen(entries, {3, 1}, *stranger)};
                               })),
                    "a surplus line"));
  EXPECT_TRUE(found(Judge(Book(Unchanged,
                               [&](const std::vector<Entry>& entries) {
                                 CosignedHead head = Seen(entries, {3, 1}, *always_);
                                 head.size = 4;
                                 return std::vector{head};
                               })),
                    "it does not verify over the root that these entries make"));
  EXPECT_TRUE(found(Judge(Book(Unchanged,
                               [&](const std::vector<Entry>& entries) {
                                 CosignedHead head = Seen(entries, {3, 1}, *always_);
                                 head.size = entries.size() + 1;
                                 return std::vector{head};
                               })),
                    "the folder has"));
  const std::filesystem::path folder = Book(Unchanged, ByHonest());
  support::WriteFile(folder / "cosigned-heads", "chancery-cosigned-heads v1\n");
  EXPECT_TRUE(found(Judge(folder), "there is no head"));
  std::filesystem::remove(folder / "cosigned-heads");
  const Verdict before = Judge(folder);
  EXPECT_EQ(ExitCodeOf(before), kExitVerified) << ToText(before);
  EXPECT_NE(ToText(before).find("NOT SAID: whether entries were written when they say"),
            std::string::npos);
}

// Issue 4, items 4 and 5: an auditor of one reader finds in that reader's slice what was back-dated
// of the entries shown there; what is hidden is no finding.
TEST_F(CorroborationTest, ASliceIsJudgedByTheSameHeads) {
  std::vector<Sight> sights;
  Book(Unchanged, [&](const std::vector<Entry>& entries) {
    sights = Honest(entries);
    return std::vector<CosignedHead>();
  });
  const auto slice_for = [&](const std::string& reader, const Change& change) {
    return SliceOf(Book(change, By(sights)), Party(reader));
  };
  for (const char* reader : {"GRC", "FRA"}) {
    const Verdict honest = Judge(slice_for(reader, Unchanged));
    for (const Finding& finding : honest.findings) EXPECT_FALSE(finding.entry) << ToText(finding);
    ASSERT_TRUE(honest.times);
    EXPECT_EQ(honest.times->heads, sights.size());
  }
  const std::uint64_t first = sights[sights.size() - 2].size;  // of the entries recorded last
  const std::vector<std::uint64_t> named =
      Named(Judge(slice_for("GRC", MoveLast(-4 * kHourMs))), "back-dated");
  ASSERT_FALSE(named.empty());
  EXPECT_EQ(named.front(), first);
  EXPECT_TRUE(Named(Judge(slice_for("FRA", MoveLast(-4 * kHourMs))), "back-dated").empty());
}

}  // namespace
}  // namespace chancery::audit
