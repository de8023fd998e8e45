#include "engine/codec/entry.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "chancery/ledger/v1/entry.pb.h"
#include "engine/base/check.h"
#include "engine/codec/limits.h"
#include "engine/codec/statement.h"

namespace chancery::codec {

namespace {

namespace wire = chancery::ledger::v1;
using procedure::Admitted;
using procedure::Inadmissible;
using procedure::Ruling;

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kMaxTextBytes = 128;
constexpr std::size_t kMaxOriginBytes = 128;
constexpr std::string_view kAll = "all";

struct KindName {
  EntryKind kind;
  std::string_view name;
};
constexpr std::array kKindNames = {KindName{EntryKind::kAct, "act"},
                                   KindName{EntryKind::kSealed, "sealed"},
                                   KindName{EntryKind::kOffered, "offered"},
                                   KindName{EntryKind::kReceived, "received"},
                                   KindName{EntryKind::kStreamHead, "stream_head"},
                                   KindName{EntryKind::kEquivocation, "equivocation"},
                                   KindName{EntryKind::kFounded, "founded"}};
static_assert(kKindNames.size() == std::variant_size_v<EntryBody>);

absl::Status Refuse(std::string_view reason, std::string_view message) {
  return WithReason(InvalidArgument(message), reason);
}

absl::Status EntryFieldRefused(std::string_view field, std::string_view rule) {
  std::string message = "entry field ";
  message.append(field).append(": ").append(rule).append("; the keeper must write it again");
  return Refuse("ENTRY_FIELD", message);
}

absl::Status RulingFieldRefused(std::string_view field, std::string_view rule) {
  std::string message = "ruling field ";
  message.append(field).append(": ").append(rule).append("; take the ruling from the core");
  return Refuse("RULING_FIELD", message);
}

// Names of rules, stages and articles: short, in one line.
bool IsText(std::string_view text) {
  if (text.size() > kMaxTextBytes) return false;
  for (const char letter : text) {
    if (letter < ' ' || letter > '~') return false;
  }
  return true;
}
bool IsName(std::string_view text) { return !text.empty() && IsText(text); }

bool AreArticles(const std::vector<std::string>& articles) {
  for (const std::string& article : articles) {
    if (!IsName(article)) return false;
  }
  return true;
}

absl::Status CheckAdmitted(const Admitted& admitted) {
  if (!IsName(admitted.because.rule))
    return RulingFieldRefused("admitted.rule", "the name of a rule");
  if (!AreArticles(admitted.because.articles))
    return RulingFieldRefused("admitted.articles", "citations of articles");
  const procedure::Changed* before = nullptr;
  for (const procedure::Changed& changed : admitted.changed) {
    if (before != nullptr && before->matter >= changed.matter) {
      return RulingFieldRefused("admitted.changed", "each matter once, in byte order");
    }
    if (!IsName(changed.stage))
      return RulingFieldRefused("admitted.changed.stage", "the name of a stage");
    before = &changed;
  }
  return absl::OkStatus();
}

absl::Status CheckInadmissible(const Inadmissible& inadmissible) {
  if (procedure::NameOf(inadmissible.ground).empty()) {
    return RulingFieldRefused("inadmissible.ground", "the number of a known ground");
  }
  if (!IsText(inadmissible.article))
    return RulingFieldRefused("inadmissible.article", "the citation of an article");
  if (!IsText(inadmissible.rule))
    return RulingFieldRefused("inadmissible.rule", "the name of a rule");
  for (const std::uint32_t line : inadmissible.lines) {
    if (line >= kMaxLines)
      return RulingFieldRefused("inadmissible.lines", "lines of an act, from 0 to 199");
  }
  return absl::OkStatus();
}

absl::Status CheckRuling(const Ruling& ruling) {
  for (const procedure::Lapsed& lapsed : ruling.lapses) {
    if (!IsName(lapsed.lapse)) return RulingFieldRefused("lapses.lapse", "the name of a lapse");
    if (!IsRecordableMs(lapsed.at.ms))
      return RulingFieldRefused("lapses.at_ms", "a moment of the years 1970 to 9999");
    if (!IsName(lapsed.stage)) return RulingFieldRefused("lapses.stage", "the name of a stage");
    if (!AreArticles(lapsed.articles))
      return RulingFieldRefused("lapses.articles", "citations of articles");
  }
  if (const auto* admitted = std::get_if<Admitted>(&ruling.outcome))
    return CheckAdmitted(*admitted);
  return CheckInadmissible(std::get<Inadmissible>(ruling.outcome));
}

void WriteRuling(const Ruling& ruling, wire::Ruling& out) {
  for (const procedure::Lapsed& lapsed : ruling.lapses) {
    wire::Lapsed& row = *out.add_lapses();
    row.set_matter(lapsed.matter.ToBytes());
    row.set_lapse(lapsed.lapse);
    row.set_at_ms(lapsed.at.ms);
    row.set_stage(lapsed.stage);
    for (const std::string& article : lapsed.articles) row.add_articles(article);
  }
  if (const auto* admitted = std::get_if<Admitted>(&ruling.outcome)) {
    wire::Admitted& row = *out.mutable_admitted();
    row.set_rule(admitted->because.rule);
    for (const std::string& article : admitted->because.articles) row.add_articles(article);
    for (const procedure::Changed& changed : admitted->changed) {
      wire::Changed& change = *row.add_changed();
      change.set_matter(changed.matter.ToBytes());
      change.set_stage(changed.stage);
    }
    return;
  }
  const auto& inadmissible = std::get<Inadmissible>(ruling.outcome);
  wire::Inadmissible& row = *out.mutable_inadmissible();
  row.set_ground(static_cast<std::uint32_t>(inadmissible.ground));
  row.set_article(inadmissible.article);
  row.set_rule(inadmissible.rule);
  for (const std::uint32_t line : inadmissible.lines) row.add_lines(line);
}

absl::StatusOr<Ruling> ReadRuling(const wire::Ruling& in) {
  Ruling ruling;
  for (const wire::Lapsed& row : in.lapses()) {
    const std::optional<MatterId> matter = MatterId::FromBytes(row.matter());
    if (!matter) return RulingFieldRefused("lapses.matter", "16 bytes");
    ruling.lapses.push_back({*matter,
                             row.lapse(),
                             Instant{row.at_ms()},
                             row.stage(),
                             {row.articles().begin(), row.articles().end()}});
  }
  switch (in.outcome_case()) {
    case wire::Ruling::kAdmitted: {
      Admitted admitted;
      const wire::Admitted& row = in.admitted();
      admitted.because = {row.rule(), {row.articles().begin(), row.articles().end()}};
      for (const wire::Changed& change : row.changed()) {
        const std::optional<MatterId> matter = MatterId::FromBytes(change.matter());
        if (!matter) return RulingFieldRefused("admitted.changed.matter", "16 bytes");
        admitted.changed.push_back({*matter, change.stage()});
      }
      ruling.outcome = std::move(admitted);
      break;
    }
    case wire::Ruling::kInadmissible: {
      const wire::Inadmissible& row = in.inadmissible();
      if (row.ground() > 0xffff)
        return RulingFieldRefused("inadmissible.ground", "the number of a known ground");
      ruling.outcome = Inadmissible{static_cast<procedure::Ground>(row.ground()),
                                    row.article(),
                                    row.rule(),
                                    {row.lines().begin(), row.lines().end()}};
      break;
    }
    case wire::Ruling::OUTCOME_NOT_SET:
      return RulingFieldRefused("outcome", "admitted or inadmissible");
  }
  CHANCERY_RETURN_IF_ERROR(CheckRuling(ruling));
  return ruling;
}

// "all", or party codes in order, each once, joined by "+".
bool IsStream(std::string_view stream) {
  if (stream == kAll) return true;
  PartyCode before;
  while (true) {
    const std::optional<PartyCode> code = PartyCode::FromText(stream.substr(0, 3));
    if (!code || *code <= before) return false;
    before = *code;
    if (stream.size() == 3) return true;
    if (stream[3] != '+') return false;
    stream.remove_prefix(4);
  }
}

// Whether the core rules in an entry of that kind.
bool IsRuled(EntryKind kind) { return kind == EntryKind::kAct || kind == EntryKind::kFounded; }

absl::Status CheckSealed(const Bytes& statement, const Bytes& seal) {
  if (statement.empty() || statement.size() > kMaxStatementBytes) {
    return EntryFieldRefused("statement", "1 to 50000 bytes");
  }
  if (seal.empty()) return EntryFieldRefused("seal", "the seals of the statement");
  return absl::OkStatus();
}

absl::Status CheckBody(const ActBody& body) {
  CHANCERY_RETURN_IF_ERROR(CheckSealed(body.statement, body.seal));
  return CheckRuling(body.ruling);
}
absl::Status CheckBody(const SealedBody& body) { return CheckSealed(body.statement, body.seal); }
absl::Status CheckBody(const OfferedBody&) { return absl::OkStatus(); }
absl::Status CheckBody(const ReceivedBody& body) {
  if (body.origin.empty() || body.origin.size() > kMaxOriginBytes || !IsText(body.origin)) {
    return EntryFieldRefused("received.origin", "the origin of a ledger");
  }
  if (body.number >= body.size)
    return EntryFieldRefused("received.number", "less than the checkpoint's size");
  return absl::OkStatus();
}
absl::Status CheckBody(const StreamHeadBody& body) {
  if (!IsRecordableDay(body.day))
    return EntryFieldRefused("stream_head.day", "a day of the years 1 to 9999");
  if (body.first && (body.position != 0 || !body.leaf_hash.IsZero())) {
    return EntryFieldRefused("stream_head.first", "no entry before it when it is the first");
  }
  return absl::OkStatus();
}
absl::Status CheckBody(const EquivocationBody& body) {
  return CheckSealed(body.statement, body.seal);
}
absl::Status CheckBody(const FoundedBody& body) {
  CHANCERY_RETURN_IF_ERROR(CheckSealed(body.statement, body.seal));
  return CheckRuling(body.ruling);
}

absl::Status CheckEntry(const Entry& entry) {
  if (entry.version != kVersion) {
    return Refuse(
        "ENTRY_VERSION",
        "entry field version: 1 is the one version this program reads; install the release that "
        "wrote it");
  }
  if (entry.kind != KindOf(entry.body)) return EntryFieldRefused("kind", "the kind of the body");
  if (!IsRecordableMs(entry.recorded_at.ms)) {
    return EntryFieldRefused("recorded_at_ms", "a moment of the years 1970 to 9999");
  }
  if (IsRuled(entry.kind) != (entry.core_revision != 0)) {
    return EntryFieldRefused("core_revision", "the core that ruled, or 0 where nothing is ruled");
  }
  if (!IsStream(entry.stream)) {
    return EntryFieldRefused("stream", "\"all\", or party codes in order joined by \"+\"");
  }
  return std::visit([](const auto& body) { return CheckBody(body); }, entry.body);
}

void WriteBody(const ActBody& body, wire::Entry& out) {
  wire::ActBody& row = *out.mutable_act();
  row.set_statement(body.statement);
  row.set_seal(body.seal);
  row.set_offer_proof(body.offer_proof);
  WriteRuling(body.ruling, *row.mutable_ruling());
  row.set_bearer(body.bearer.ToText());
}
void WriteBody(const SealedBody& body, wire::Entry& out) {
  wire::SealedBody& row = *out.mutable_sealed();
  row.set_statement(body.statement);
  row.set_seal(body.seal);
}
void WriteBody(const OfferedBody& body, wire::Entry& out) {
  wire::OfferedBody& row = *out.mutable_offered();
  row.set_statement_digest(body.statement_digest.ToBytes());
  row.set_statement_id(body.statement_id.ToBytes());
}
void WriteBody(const ReceivedBody& body, wire::Entry& out) {
  wire::ReceivedBody& row = *out.mutable_received();
  row.set_origin(body.origin);
  row.set_number(body.number);
  row.set_leaf_hash(body.leaf_hash.ToBytes());
  row.set_statement_digest(body.statement_digest.ToBytes());
  row.set_size(body.size);
  row.set_root(body.root.ToBytes());
}
void WriteBody(const StreamHeadBody& body, wire::Entry& out) {
  wire::StreamHeadBody& row = *out.mutable_stream_head();
  row.set_day(body.day);
  row.set_position(body.position);
  row.set_first(body.first);
  if (!body.first) row.set_leaf_hash(body.leaf_hash.ToBytes());
}
void WriteBody(const EquivocationBody& body, wire::Entry& out) {
  wire::EquivocationBody& row = *out.mutable_equivocation();
  row.set_statement(body.statement);
  row.set_seal(body.seal);
  row.set_earlier_digest(body.earlier_digest.ToBytes());
  row.set_earlier_entry(body.earlier_entry);
}
void WriteBody(const FoundedBody& body, wire::Entry& out) {
  wire::FoundedBody& row = *out.mutable_founded();
  row.set_statement(body.statement);
  row.set_seal(body.seal);
  WriteRuling(body.ruling, *row.mutable_ruling());
}

absl::Status ReadDigest(const Bytes& bytes, std::string_view field, Digest& digest) {
  const std::optional<Digest> value = Digest::FromBytes(bytes);
  if (!value) return EntryFieldRefused(field, "32 bytes");
  digest = *value;
  return absl::OkStatus();
}

absl::StatusOr<EntryBody> ReadAct(wire::ActBody& row) {
  ActBody body;
  body.statement = std::move(*row.mutable_statement());
  body.seal = std::move(*row.mutable_seal());
  body.offer_proof = std::move(*row.mutable_offer_proof());
  if (!row.has_ruling()) return EntryFieldRefused("act.ruling", "the core's ruling");
  CHANCERY_ASSIGN_OR_RETURN(body.ruling, ReadRuling(row.ruling()));
  if (!row.bearer().empty()) {
    const std::optional<PartyCode> bearer = PartyCode::FromText(row.bearer());
    if (!bearer) return EntryFieldRefused("act.bearer", "a party code, or nothing");
    body.bearer = *bearer;
  }
  return EntryBody(std::move(body));
}

absl::StatusOr<EntryBody> ReadSealed(wire::SealedBody& row) {
  return EntryBody(SealedBody{std::move(*row.mutable_statement()), std::move(*row.mutable_seal())});
}

absl::StatusOr<EntryBody> ReadOffered(const wire::OfferedBody& row) {
  OfferedBody body;
  CHANCERY_RETURN_IF_ERROR(
      ReadDigest(row.statement_digest(), "offered.statement_digest", body.statement_digest));
  const std::optional<StatementId> id = StatementId::FromBytes(row.statement_id());
  if (!id) return EntryFieldRefused("offered.statement_id", "16 bytes");
  body.statement_id = *id;
  return EntryBody(body);
}

absl::StatusOr<EntryBody> ReadReceived(const wire::ReceivedBody& row) {
  ReceivedBody body;
  body.origin = row.origin();
  body.number = row.number();
  CHANCERY_RETURN_IF_ERROR(ReadDigest(row.leaf_hash(), "received.leaf_hash", body.leaf_hash));
  CHANCERY_RETURN_IF_ERROR(
      ReadDigest(row.statement_digest(), "received.statement_digest", body.statement_digest));
  body.size = row.size();
  CHANCERY_RETURN_IF_ERROR(ReadDigest(row.root(), "received.root", body.root));
  return EntryBody(std::move(body));
}

absl::StatusOr<EntryBody> ReadStreamHead(const wire::StreamHeadBody& row) {
  StreamHeadBody body;
  body.day = row.day();
  body.position = row.position();
  body.first = row.first();
  if (row.first()) {
    if (!row.leaf_hash().empty()) {
      return EntryFieldRefused("stream_head.leaf_hash", "empty when no entry stands before it");
    }
  } else {
    CHANCERY_RETURN_IF_ERROR(ReadDigest(row.leaf_hash(), "stream_head.leaf_hash", body.leaf_hash));
  }
  return EntryBody(body);
}

absl::StatusOr<EntryBody> ReadEquivocation(wire::EquivocationBody& row) {
  EquivocationBody body;
  body.statement = std::move(*row.mutable_statement());
  body.seal = std::move(*row.mutable_seal());
  CHANCERY_RETURN_IF_ERROR(
      ReadDigest(row.earlier_digest(), "equivocation.earlier_digest", body.earlier_digest));
  body.earlier_entry = row.earlier_entry();
  return EntryBody(std::move(body));
}

absl::StatusOr<EntryBody> ReadFounded(wire::FoundedBody& row) {
  FoundedBody body;
  body.statement = std::move(*row.mutable_statement());
  body.seal = std::move(*row.mutable_seal());
  if (!row.has_ruling()) return EntryFieldRefused("founded.ruling", "the core's ruling");
  CHANCERY_ASSIGN_OR_RETURN(body.ruling, ReadRuling(row.ruling()));
  return EntryBody(std::move(body));
}

absl::StatusOr<EntryBody> ReadBody(wire::Entry& in) {
  switch (in.body_case()) {
    case wire::Entry::kAct:
      return ReadAct(*in.mutable_act());
    case wire::Entry::kSealed:
      return ReadSealed(*in.mutable_sealed());
    case wire::Entry::kOffered:
      return ReadOffered(in.offered());
    case wire::Entry::kReceived:
      return ReadReceived(in.received());
    case wire::Entry::kStreamHead:
      return ReadStreamHead(in.stream_head());
    case wire::Entry::kEquivocation:
      return ReadEquivocation(*in.mutable_equivocation());
    case wire::Entry::kFounded:
      return ReadFounded(*in.mutable_founded());
    case wire::Entry::BODY_NOT_SET:
      break;
  }
  return EntryFieldRefused("body", "exactly one");
}

absl::Status TooLarge() {
  return Refuse("ENTRY_TOO_LARGE", "entry: at most 60000 bytes; shorten the statement");
}

}  // namespace

std::string_view NameOf(EntryKind kind) {
  for (const KindName& row : kKindNames) {
    if (row.kind == kind) return row.name;
  }
  return {};
}

EntryKind KindOf(const EntryBody& body) { return kKindNames[body.index()].kind; }

absl::StatusOr<Bytes> EncodeEntry(const Entry& entry) {
  CHANCERY_RETURN_IF_ERROR(CheckEntry(entry));
  wire::Entry out;
  out.set_version(entry.version);
  out.set_kind(static_cast<wire::EntryKind>(entry.kind));
  out.set_recorded_at_ms(entry.recorded_at.ms);
  out.set_core_revision(entry.core_revision);
  out.set_nonce(entry.nonce.ToBytes());
  out.set_stream(entry.stream);
  out.set_position(entry.position);
  std::visit([&out](const auto& body) { WriteBody(body, out); }, entry.body);
  if (out.ByteSizeLong() > kMaxEntryBytes) return TooLarge();
  Bytes bytes;
  CHANCERY_CHECK(out.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<Entry> DecodeEntry(ByteView bytes) {
  if (bytes.size() > kMaxEntryBytes) return TooLarge();
  wire::Entry in;
  if (!in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refuse("ENTRY_NOT_READABLE",
                  "entry: not a message of chancery.ledger.v1; take the bytes from the ledger");
  }
  in.DiscardUnknownFields();  // they would serialise to themselves
  Bytes again;
  CHANCERY_CHECK(in.SerializeToString(&again));
  if (again != bytes) {
    return Refuse("ENTRY_NOT_CANONICAL",
                  "entry: must serialise to itself; take the bytes from the ledger");
  }
  Entry entry;
  entry.version = in.version();
  if (static_cast<int>(in.kind()) != static_cast<int>(in.body_case())) {
    return EntryFieldRefused("kind", "the kind of the body");
  }
  entry.kind = static_cast<EntryKind>(in.kind());
  entry.recorded_at = Instant{in.recorded_at_ms()};
  entry.core_revision = in.core_revision();
  const std::optional<EntryNonce> nonce = EntryNonce::FromBytes(in.nonce());
  if (!nonce) return EntryFieldRefused("nonce", "16 bytes");
  entry.nonce = *nonce;
  entry.stream = in.stream();
  entry.position = in.position();
  CHANCERY_ASSIGN_OR_RETURN(entry.body, ReadBody(in));
  CHANCERY_RETURN_IF_ERROR(CheckEntry(entry));
  return entry;
}

absl::StatusOr<Bytes> EncodeRuling(const Ruling& ruling) {
  CHANCERY_RETURN_IF_ERROR(CheckRuling(ruling));
  wire::Ruling out;
  WriteRuling(ruling, out);
  Bytes bytes;
  CHANCERY_CHECK(out.SerializeToString(&bytes));
  return bytes;
}

absl::StatusOr<Ruling> DecodeRuling(ByteView bytes) {
  wire::Ruling in;
  if (bytes.size() > kMaxEntryBytes ||
      !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Refuse("RULING_NOT_READABLE",
                  "ruling: not a message of chancery.ledger.v1; take the bytes from the entry");
  }
  in.DiscardUnknownFields();  // they would serialise to themselves
  Bytes again;
  CHANCERY_CHECK(in.SerializeToString(&again));
  if (again != bytes) {
    return Refuse("RULING_NOT_CANONICAL",
                  "ruling: must serialise to itself; take the bytes from the entry");
  }
  return ReadRuling(in);
}

}  // namespace chancery::codec
