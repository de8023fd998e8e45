#include "tests/unit/codec/samples.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "engine/codec/act_fields.h"

namespace chancery::codec {

namespace {

using procedure::Act;
using procedure::ActKind;
using procedure::Fact;
using procedure::Facts;
using procedure::FactType;
using procedure::Value;

std::string RandomText(Random& random, std::string_view alphabet, std::size_t longest) {
  std::string text;
  const std::size_t size = 1 + Below(random, longest);
  for (std::size_t i = 0; i < size; ++i) text.push_back(alphabet[Below(random, alphabet.size())]);
  return text;
}

std::string RandomName(Random& random) {
  return RandomText(random, "abcdefghijklmnopqrstuvwxyz_", 20);
}

PartyCode RandomParty(Random& random) {
  std::string text(3, 'A');
  for (char& letter : text) letter = static_cast<char>('A' + Below(random, 26));
  return *PartyCode::FromText(text);
}

Instant RandomInstant(Random& random) {
  return Instant{static_cast<std::int64_t>(Below(random, 4'102'444'800'000))};
}

// Bytes that come from a name and nothing else.
template <class Fixed>
Fixed NamedFixed(std::string_view name) {
  Bytes bytes;
  while (bytes.size() < Fixed::kSize) bytes.append(name).push_back('.');
  bytes.resize(Fixed::kSize);
  return *Fixed::FromBytes(bytes);
}

Value FullValue(Fact fact, std::int64_t line) {
  const procedure::FactInfo& info = procedure::InfoOf(fact);
  const auto length = static_cast<std::int64_t>(info.name.size());
  const std::string name = std::string(info.name) + std::to_string(line);
  switch (info.type) {
    case FactType::kWord:
      return 1 + (length + line) % static_cast<std::int64_t>(info.words.size());
    case FactType::kFlag:
      return (length + line) % 2;
    case FactType::kCount:
      return length * 3 + line;
    case FactType::kInstant:
      return 1'456'790'400'000 + length * kMsPerDay + line;
    case FactType::kDate:
      return 16'191 + length + line;
    case FactType::kCode:
      return *procedure::PackCode("X" + std::to_string(length * 7 + line));
    case FactType::kParty:
      return procedure::PackParty(*PartyCode::FromText(line % 2 == 0 ? "GRC" : "AUT"));
    case FactType::kId:
      return NamedFixed<MatterId>(name);
    case FactType::kDigest:
      return NamedFixed<Digest>(name);
  }
  return std::int64_t{0};
}

procedure::Ruling GoldenRuling(bool admitted) {
  procedure::Ruling ruling;
  ruling.lapses.push_back({NamedFixed<MatterId>("matter"),
                           "silence",
                           Instant{1'450'000'000'000},
                           "deemed_agreed",
                           {"Art 8"}});
  if (admitted) {
    ruling.outcome = procedure::Admitted{{"reply_confirmed", {"Art 2(1)", "Art 4(3)"}},
                                         {{NamedFixed<MatterId>("matter"), "confirmed"}}};
  } else {
    ruling.outcome = procedure::Inadmissible{
        procedure::Ground::kNotConfirmed, "Art 4(3)", "manifest_line", {0, 7, 199}};
  }
  return ruling;
}

}  // namespace

std::uint64_t Below(Random& random, std::uint64_t bound) { return random() % bound; }

Bytes RandomBytes(Random& random, std::size_t size) {
  Bytes bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(Below(random, 256));
  return bytes;
}

Value RandomValue(Fact fact, Random& random) {
  const procedure::FactInfo& info = procedure::InfoOf(fact);
  switch (info.type) {
    case FactType::kWord:
      return static_cast<std::int64_t>(1 + Below(random, info.words.size()));
    case FactType::kFlag:
      return static_cast<std::int64_t>(Below(random, 2));
    case FactType::kCount:
      return static_cast<std::int64_t>(Below(random, std::uint64_t{1} << (1 + Below(random, 32))));
    case FactType::kInstant:
      return RandomInstant(random).ms;
    case FactType::kDate:
      return static_cast<std::int64_t>(Below(random, 3'652'059)) - 719'162;
    case FactType::kCode:
      return *procedure::PackCode(RandomText(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 8));
    case FactType::kParty:
      return procedure::PackParty(RandomParty(random));
    case FactType::kId:
      return RandomFixed<MatterId>(random);
    case FactType::kDigest:
      return RandomFixed<Digest>(random);
  }
  return std::int64_t{0};
}

Facts RandomFacts(const std::vector<Fact>& allowed, Random& random) {
  Facts facts;
  for (const Fact fact : allowed) {
    if (Below(random, 4) != 0) facts.Set(fact, RandomValue(fact, random));
  }
  return facts;
}

Act RandomAct(ActKind kind, Random& random) {
  Act act;
  act.kind = kind;
  act.author = RandomParty(random);
  act.addressee = RandomParty(random);
  act.id = RandomFixed<StatementId>(random);
  act.made_at = RandomInstant(random);
  act.matter = RandomFixed<MatterId>(random);
  act.procedure = RandomFixed<Digest>(random);
  if (Below(random, 2) == 0) act.answers = RandomFixed<Digest>(random);
  if (Below(random, 2) == 0) act.commitment = RandomFixed<Digest>(random);
  const ActFields& fields = FieldsOf(kind);
  act.facts = RandomFacts(fields.facts, random);
  if (fields.has_lines) {
    const std::uint64_t lines = Below(random, 6);
    for (std::uint64_t i = 0; i < lines; ++i)
      act.lines.push_back(RandomFacts(fields.line_facts, random));
  }
  return act;
}

Statement RandomStatement(ActKind kind, Random& random) {
  return {Below(random, 2) == 0 ? Realm::kLive : Realm::kRehearsal,
          RandomText(random, "abcdefghij-0123456789", 64), RandomAct(kind, random)};
}

procedure::Matter RandomMatter(Random& random) {
  std::vector<Fact> all;
  for (int i = 0; i < static_cast<int>(Fact::kCount_); ++i) all.push_back(static_cast<Fact>(i));
  procedure::Matter matter;
  matter.id = RandomFixed<MatterId>(random);
  matter.kind = static_cast<procedure::MatterKind>(1 + Below(random, 4));
  matter.procedure = RandomFixed<Digest>(random);
  if (Below(random, 4) != 0) matter.requesting = RandomParty(random);
  if (Below(random, 4) != 0) matter.requested = RandomParty(random);
  matter.stage = RandomName(random);
  matter.facts = RandomFacts(all, random);
  const std::uint64_t lines = Below(random, 5);
  for (std::uint64_t i = 0; i < lines; ++i) matter.lines.push_back(RandomFacts(all, random));
  const std::uint64_t limits = Below(random, 4);
  for (std::uint64_t i = 0; i < limits; ++i) {
    matter.limits.push_back({RandomName(random), RandomInstant(random), RandomInstant(random)});
  }
  return matter;
}

procedure::Ruling RandomRuling(Random& random) {
  procedure::Ruling ruling;
  const std::uint64_t lapses = Below(random, 3);
  for (std::uint64_t i = 0; i < lapses; ++i) {
    ruling.lapses.push_back({RandomFixed<MatterId>(random),
                             RandomName(random),
                             RandomInstant(random),
                             RandomName(random),
                             {"Art " + std::to_string(i)}});
  }
  if (Below(random, 2) == 0) {
    procedure::Admitted admitted;
    admitted.because = {RandomName(random), {"Art 2(1)"}};
    const std::uint64_t changed = Below(random, 4);
    for (std::uint64_t i = 0; i < changed; ++i) {
      admitted.changed.push_back({RandomFixed<MatterId>(random), RandomName(random)});
    }
    std::sort(admitted.changed.begin(), admitted.changed.end(),
              [](const auto& a, const auto& b) { return a.matter < b.matter; });
    ruling.outcome = std::move(admitted);
  } else {
    const std::vector<procedure::Ground> grounds = procedure::AllGrounds();
    procedure::Inadmissible inadmissible{
        grounds[Below(random, grounds.size())], "Art 4(3)", RandomName(random), {}};
    const std::uint64_t lines = Below(random, 4);
    for (std::uint64_t i = 0; i < lines; ++i) {
      inadmissible.lines.push_back(static_cast<std::uint32_t>(Below(random, kMaxLines)));
    }
    ruling.outcome = std::move(inadmissible);
  }
  return ruling;
}

Entry RandomEntry(EntryKind kind, Random& random) {
  Entry entry = GoldenEntry(kind);
  entry.recorded_at = RandomInstant(random);
  entry.nonce = RandomFixed<EntryNonce>(random);
  entry.position = Below(random, 1'000'000);
  if (auto* act = std::get_if<ActBody>(&entry.body)) {
    act->statement = RandomBytes(random, 1 + Below(random, 500));
    act->seal = RandomBytes(random, 1 + Below(random, 500));
    act->offer_proof = RandomBytes(random, Below(random, 300));
    act->ruling = RandomRuling(random);
    act->bearer = Below(random, 2) == 0 ? PartyCode{} : RandomParty(random);
  }
  return entry;
}

bool SameAct(const Act& a, const Act& b) {
  return a.kind == b.kind && a.author == b.author && a.addressee == b.addressee && a.id == b.id &&
         a.made_at == b.made_at && a.matter == b.matter && a.procedure == b.procedure &&
         a.answers == b.answers && a.commitment == b.commitment && a.facts == b.facts &&
         a.lines == b.lines;
}

bool SameStatement(const Statement& a, const Statement& b) {
  return a.realm == b.realm && a.agreement == b.agreement && SameAct(a.act, b.act);
}

Bytes Mutated(Bytes bytes, Random& random) {
  const std::uint64_t changes = 1 + Below(random, 3);
  for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t at = Below(random, bytes.size());
    const std::size_t size = 1 + Below(random, std::min<std::size_t>(8, bytes.size() - at));
    switch (Below(random, 6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(random, 8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(Below(random, 256));
        break;
      case 2:
        bytes.erase(at, size);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, size));
        break;
      case 4:
        bytes.insert(at, RandomBytes(random, size));
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

std::vector<EntryKind> AllEntryKinds() {
  return {EntryKind::kAct,      EntryKind::kSealed,     EntryKind::kOffered,
          EntryKind::kReceived, EntryKind::kStreamHead, EntryKind::kEquivocation,
          EntryKind::kFounded};
}

Entry GoldenEntry(EntryKind kind) {
  const Bytes statement = "statement bytes";
  const Bytes seal = "seal bytes";
  Entry entry;
  entry.kind = kind;
  entry.recorded_at = Instant{1'456'824'600'250};
  entry.nonce = NamedFixed<EntryNonce>("nonce");
  entry.stream = "GRC";
  entry.position = 41;
  switch (kind) {
    case EntryKind::kAct:
      entry.core_revision = 1;
      entry.stream = "AUT+BGR+GRC";
      entry.body =
          ActBody{statement, seal, "offer proof", GoldenRuling(false), *PartyCode::FromText("PAK")};
      break;
    case EntryKind::kSealed:
      entry.body = SealedBody{statement, seal};
      break;
    case EntryKind::kOffered:
      entry.body = OfferedBody{NamedFixed<Digest>("statement"), NamedFixed<StatementId>("id")};
      break;
    case EntryKind::kReceived:
      entry.body = ReceivedBody{"eu-pakistan.chancery.example/rehearsal/PAK",
                                1234,
                                NamedFixed<Digest>("leaf"),
                                NamedFixed<Digest>("statement"),
                                2000,
                                NamedFixed<Digest>("root")};
      break;
    case EntryKind::kStreamHead:
      entry.body = StreamHeadBody{16'861, 40, false, NamedFixed<Digest>("leaf")};
      break;
    case EntryKind::kEquivocation:
      entry.body = EquivocationBody{statement, seal, NamedFixed<Digest>("earlier"), 17};
      break;
    case EntryKind::kFounded:
      entry.core_revision = 1;
      entry.stream = "all";
      entry.position = 0;
      entry.body = FoundedBody{statement, seal, GoldenRuling(true)};
      break;
  }
  return entry;
}

Statement FullStatement(ActKind kind) {
  Statement statement;
  statement.realm = Realm::kRehearsal;
  statement.agreement = "eu-pakistan";
  Act& act = statement.act;
  act.kind = kind;
  act.author = *PartyCode::FromText("GRC");
  act.addressee = *PartyCode::FromText("PAK");
  act.id = NamedFixed<StatementId>("statement_id");
  act.made_at = Instant{1'456'824'600'000};
  act.matter = NamedFixed<MatterId>("matter");
  act.procedure = NamedFixed<Digest>("procedure");
  act.answers = NamedFixed<Digest>("answers");
  act.commitment = NamedFixed<Digest>("commitment");
  const ActFields& fields = FieldsOf(kind);
  for (const Fact fact : fields.facts) act.facts.Set(fact, FullValue(fact, 0));
  for (std::int64_t line = 1; fields.has_lines && line <= 2; ++line) {
    Facts& facts = act.lines.emplace_back();
    for (const Fact fact : fields.line_facts) facts.Set(fact, FullValue(fact, line));
  }
  return statement;
}

std::string ReadSource(const std::string& path) {
  std::ifstream file(std::string(CHANCERY_SOURCE_DIR) + "/" + path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

bool SourceExists(const std::string& path) {
  return std::filesystem::exists(std::string(CHANCERY_SOURCE_DIR) + "/" + path);
}

}  // namespace chancery::codec
