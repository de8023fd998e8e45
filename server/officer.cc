#include "server/officer.h"

#include <chrono>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "edge/act_text.h"
#include "edge/anchor_file.h"
#include "edge/attachment_file.h"
#include "edge/clock.h"
#include "edge/convert.h"
#include "edge/files.h"
#include "edge/prepare_grpc.h"
#include "edge/rpc_status.h"
#include "edge/tls.h"
#include "engine/codec/act_json.h"
#include "engine/codec/envelope.h"
#include "engine/codec/statement.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/inbox.h"
#include "grpcpp/create_channel.h"

namespace chancery::server {

namespace {

constexpr std::chrono::seconds kTimeout{30};

using edge::Json;
using edge::Shown;
using Stub = casework::v1::Casework::Stub;

// The bytes of an id in hex; `what` names it.
absl::StatusOr<std::string> IdBytes(const std::string& hex, std::string_view what) {
  const std::optional<MatterId> id = MatterId::FromHexText(hex);
  if (!id)
    return InvalidArgument(std::string(what) + ": expected 32 lower-case hexadecimal digits");
  return id->ToBytes();
}

absl::StatusOr<crypto::Sealer> LoadSealer(const SealFiles& files) {
  if (files.key.empty() || files.certificate.empty()) {
    return InvalidArgument("seal: give --seal-key and --seal-certificate");
  }
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Secret key, crypto::ReadSecretFile(files.key.string()));
  CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, edge::ReadWholeFile(files.certificate));
  return crypto::Sealer::Load(key.Reveal(), certificate);
}

absl::StatusOr<Instant> SigningTime(const SealFiles& files) {
  if (files.clock_file.empty()) return edge::SystemClock().Now();
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Anchor anchor, edge::ReadAnchorFile(files.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            edge::OpenClock(files.clock_file, anchor));
  return clock->Now();
}

Json ListOf(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined.empty() ? "none" : joined;
}

// What a statement's bytes say of themselves: for the officer who is about to seal them.
Json StatementSummary(const std::string& statement) {
  Json document;
  document["statement_digest"] = crypto::Sha256(statement).ToHexText();
  const auto decoded = codec::DecodeStatement(statement);
  if (!decoded.ok()) return document;
  document["statement_id"] = decoded->act.id.ToHexText();
  document["matter"] = decoded->act.matter.ToHexText();
  document["act"] = std::string(procedure::FindAct(decoded->act.kind)->name);
  return document;
}

// What became of an act that was handed in.
absl::StatusOr<Shown> Recorded(const exchange::v1::Receipt& receipt, Json document) {
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Ruling ruling, exchange::RulingOf(receipt.entry()));
  const std::string summary = codec::Summary(ruling);
  document["recorded"] = true;
  document["number"] = receipt.number();
  document["admitted"] = ruling.admitted();
  document["ruling"] = summary;
  return Shown{std::move(document), "entry " + std::to_string(receipt.number()) + ": " + summary,
               ruling.admitted() ? edge::kExitYes : edge::kExitRefused};
}

absl::StatusOr<Bytes> SealOf(const casework::v1::DraftActResponse& draft, const SealFiles& files) {
  CHANCERY_ASSIGN_OR_RETURN(const crypto::Sealer sealer, LoadSealer(files));
  CHANCERY_ASSIGN_OR_RETURN(const Instant time, SigningTime(files));
  return draft.seal().empty() ? sealer.Seal(draft.statement(), time)
                              : sealer.AddSeal(draft.statement(), draft.seal(), time);
}

}  // namespace

template <class Request, class Response>
absl::StatusOr<Response> Officer::Ask(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                                      const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  Response response;
  CHANCERY_RETURN_IF_ERROR(edge::FromRpc((*stub_.*method)(&context, request, &response)));
  return response;
}

absl::StatusOr<std::unique_ptr<Officer>> Officer::Connect(const OfficerConfig& config) {
  CHANCERY_RETURN_IF_ERROR(edge::PrepareGrpc());
  if (config.server.empty()) {
    return InvalidArgument(
        "server: give --server, CHANCERY_SERVER or officer.server in the configuration");
  }
  if (config.tls.key.empty() || config.tls.certificate.empty() || config.tls.roots.empty()) {
    return InvalidArgument(
        "tls: give --tls-key, --tls-certificate and --tls-roots, or [officer] in the "
        "configuration");
  }
  CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, edge::ReadWholeFile(config.tls.certificate));
  CHANCERY_ASSIGN_OR_RETURN(const auto chain, crypto::Certificate::ListFromPem(certificate));
  CHANCERY_ASSIGN_OR_RETURN(const auto credentials,
                            edge::MakeChannelCredentials(config.tls, chain.front().party()));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::unique_ptr<Officer>(new Officer(casework::v1::Casework::NewStub(
      grpc::CreateCustomChannel(config.server, credentials, arguments))));
}

absl::StatusOr<Shown> Officer::Status() {
  CHANCERY_ASSIGN_OR_RETURN(const auto status,
                            Ask(&Stub::GetStatus, casework::v1::GetStatusRequest()));
  Json document = {{"origin", status.origin()},
                   {"size", status.size()},
                   {"recorded_at", ToText(Instant{status.recorded_at_ms()})},
                   {"final_size", status.final_size()},
                   {"witnesses", Json::array()},
                   {"always_on", Json::array()},
                   {"trouble", status.trouble()}};
  std::ostringstream text;
  text << status.origin() << "\n"
       << status.size() << " entries, the last recorded at "
       << ToText(Instant{status.recorded_at_ms()}) << "; final up to " << status.final_size()
       << "\n";
  for (const casework::v1::WitnessStatus& witness : status.witnesses()) {
    document["witnesses"].push_back({{"party", witness.party()},
                                     {"cosigned_size", witness.cosigned_size()},
                                     {"their_size", witness.their_size()}});
    text << witness.party() << "  cosigned this ledger up to " << witness.cosigned_size()
         << ", its own was cosigned here up to " << witness.their_size() << "\n";
  }
  for (const casework::v1::AlwaysOnStatus& witness : status.always_on()) {
    document["always_on"].push_back(
        {{"name", witness.name()}, {"cosigned_size", witness.cosigned_size()}});
    text << witness.name() << "  cosigned this ledger up to " << witness.cosigned_size() << "\n";
  }
  if (!status.trouble().empty()) text << status.trouble() << "\n";
  return Shown{std::move(document), text.str()};
}

absl::StatusOr<Shown> Officer::ListTasks(bool all) {
  Json document = {{"tasks", Json::array()}};
  std::ostringstream text;
  casework::v1::ListTasksRequest request;
  request.set_all(all);
  request.set_page_size(500);
  do {
    CHANCERY_ASSIGN_OR_RETURN(const auto page, Ask(&Stub::ListTasks, request));
    for (const casework::v1::Task& task : page.tasks()) {
      const std::string until = task.until_ms() == 0 ? "" : ToText(Instant{task.until_ms()});
      document["tasks"].push_back({{"matter", ToHex(task.matter())},
                                   {"kind", task.matter_kind()},
                                   {"stage", task.stage()},
                                   {"by", task.by()},
                                   {"limit", task.limit()},
                                   {"until", until},
                                   {"silence", task.silence()},
                                   {"acts", ListOf(task.acts())},
                                   {"claimed_by", task.claimed_by()}});
      text << ToHex(task.matter()) << "  " << task.matter_kind() << " " << task.stage() << ", "
           << task.by();
      if (!until.empty()) text << ", before " << until << " (" << task.limit() << ")";
      if (!task.claimed_by().empty()) text << ", claimed by " << task.claimed_by();
      text << ": " << Joined(task.acts()) << "\n";
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return Shown{std::move(document), text.str()};
}

absl::StatusOr<Shown> Officer::ClaimTask(const std::string& matter, bool release) {
  casework::v1::ClaimTaskRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(matter, "matter"));
  request.set_release(release);
  CHANCERY_RETURN_IF_ERROR(Ask(&Stub::ClaimTask, request).status());
  return Shown{{{"matter", matter}, {"claimed", !release}}, release ? "released" : "claimed"};
}

absl::StatusOr<Shown> Officer::CheckTask(const std::string& matter) {
  casework::v1::CheckRegistryRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(matter, "matter"));
  CHANCERY_ASSIGN_OR_RETURN(const auto found, Ask(&Stub::CheckRegistry, request));
  std::ostringstream text;
  text << found.verification() << "\n";
  for (const exchange::v1::Item& item : found.registered().item()) {
    text << "  " << item.label() << ": " << item.value() << "\n";
  }
  return Shown{{{"matter", matter},
                {"verification", found.verification()},
                {"registered", edge::ToJson(found.registered())}},
               text.str()};
}

absl::StatusOr<casework::v1::DraftActResponse> Officer::DraftOf(const std::filesystem::path& act) {
  casework::v1::DraftActRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_act_json(), edge::ReadWholeFile(act));
  // As the server's own refusal of what the act says: the same exit code.
  CHANCERY_RETURN_IF_ERROR(edge::Answered(edge::CheckActText(request.act_json())));
  return Ask(&Stub::DraftAct, request);
}

absl::StatusOr<casework::v1::DraftActResponse> Officer::FindDraft(const std::string& draft) {
  casework::v1::GetDraftRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_draft_id(), IdBytes(draft, "draft"));
  return Ask(&Stub::GetDraft, request);
}

absl::StatusOr<Shown> Officer::SealDraft(const casework::v1::DraftActResponse& draft,
                                         const SealFiles& seal) {
  casework::v1::ApproveDraftRequest request;
  request.set_draft_id(draft.draft_id());
  const bool complete = !draft.seal().empty() && draft.seals_needed().empty();
  if (complete) {
    request.set_seal(draft.seal());
  } else {
    CHANCERY_ASSIGN_OR_RETURN(*request.mutable_seal(), SealOf(draft, seal));
  }
  CHANCERY_ASSIGN_OR_RETURN(const auto approved, Ask(&Stub::ApproveDraft, request));
  Json document = StatementSummary(draft.statement());
  document["draft"] = ToHex(draft.draft_id());
  if (approved.recorded()) return Recorded(approved.receipt(), std::move(document));
  document["recorded"] = false;
  document["seals_needed_before"] = ListOf(draft.seals_needed());
  return Shown{std::move(document),
               "draft " + ToHex(draft.draft_id()) + " sealed; another officer must approve it"};
}

absl::StatusOr<Shown> Officer::Draft(const std::filesystem::path& act) {
  CHANCERY_ASSIGN_OR_RETURN(const auto draft, DraftOf(act));
  Json document = StatementSummary(draft.statement());
  document["draft"] = ToHex(draft.draft_id());
  document["seals_needed"] = ListOf(draft.seals_needed());
  return Shown{std::move(document), "draft " + ToHex(draft.draft_id()) +
                                        ", seals needed: " + Joined(draft.seals_needed())};
}

absl::StatusOr<Shown> Officer::Do(const std::filesystem::path& act, const SealFiles& seal) {
  CHANCERY_ASSIGN_OR_RETURN(const auto draft, DraftOf(act));
  return SealDraft(draft, seal);
}

absl::StatusOr<Shown> Officer::Approve(const std::string& draft, const SealFiles& seal) {
  CHANCERY_ASSIGN_OR_RETURN(const auto found, FindDraft(draft));
  return SealDraft(found, seal);
}

absl::StatusOr<Shown> Officer::ListDrafts() {
  CHANCERY_ASSIGN_OR_RETURN(const auto found,
                            Ask(&Stub::ListDrafts, casework::v1::ListDraftsRequest()));
  Json document = {{"drafts", Json::array()}};
  std::ostringstream text;
  for (const casework::v1::DraftInfo& draft : found.drafts()) {
    document["drafts"].push_back({{"draft", ToHex(draft.draft_id())},
                                  {"matter", ToHex(draft.matter())},
                                  {"act", draft.act()},
                                  {"seals", draft.seals()},
                                  {"seals_needed", ListOf(draft.seals_needed())}});
    text << ToHex(draft.draft_id()) << "  " << draft.act() << " in " << ToHex(draft.matter())
         << ", " << draft.seals() << " seals, needed: " << Joined(draft.seals_needed());
    if (draft.seals() > 0 && draft.seals_needed().empty())
      text << "; not recorded yet, approve it again";
    text << "\n";
  }
  return Shown{std::move(document), text.str()};
}

absl::StatusOr<Shown> Officer::ShowDraft(const std::string& draft) {
  CHANCERY_ASSIGN_OR_RETURN(const auto found, FindDraft(draft));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Statement statement,
                            codec::DecodeStatement(found.statement()));
  const std::string shown = codec::StatementToJson(statement);
  Json document = StatementSummary(found.statement());
  document["draft"] = draft;
  document["statement"] = Json::parse(shown, nullptr, false);
  document["seals_needed"] = ListOf(found.seals_needed());
  return Shown{std::move(document), shown + "\nseals needed: " + Joined(found.seals_needed())};
}

absl::StatusOr<Shown> Officer::Discard(const std::string& draft) {
  casework::v1::DiscardDraftRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_draft_id(), IdBytes(draft, "draft"));
  CHANCERY_RETURN_IF_ERROR(Ask(&Stub::DiscardDraft, request).status());
  return Shown{{{"draft", draft}, {"discarded", true}}, "discarded"};
}

absl::StatusOr<Shown> Officer::BringIn(const std::filesystem::path& envelope) {
  CHANCERY_ASSIGN_OR_RETURN(const Bytes bytes, edge::ReadWholeFile(envelope));
  CHANCERY_ASSIGN_OR_RETURN(const codec::Envelope read, codec::DecodeEnvelope(bytes));
  casework::v1::BringInRequest request;
  edge::ToWire(read, *request.mutable_envelope());
  CHANCERY_ASSIGN_OR_RETURN(const auto brought, Ask(&Stub::BringIn, request));
  return Recorded(brought.receipt(), StatementSummary(read.statement));
}

absl::StatusOr<Shown> Officer::ShowMatter(const std::string& id, bool with_particulars) {
  casework::v1::ShowMatterRequest request;
  if (!id.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(id, "matter"));
  }
  request.set_with_particulars(with_particulars);
  CHANCERY_ASSIGN_OR_RETURN(const auto shown, Ask(&Stub::ShowMatter, request));
  Json document = Json::parse(shown.matter_json(), nullptr, false);
  if (document.is_discarded()) document = Json::object();
  std::ostringstream text;
  text << document.dump(2) << "\n";
  if (with_particulars) {
    for (const Json& matter : document.value("matters", Json::array())) {
      if (matter.value("facts", Json::object()).value("erased", false))
        text << "the particulars were erased\n";
    }
    document["sent"] = edge::ToJson(shown.sent());
    document["registered"] = edge::ToJson(shown.registered());
    for (const exchange::v1::Item& item : shown.sent().item()) {
      text << "sent " << item.label() << ": " << item.value() << "\n";
    }
    for (const exchange::v1::Item& item : shown.registered().item()) {
      text << "registered " << item.label() << ": " << item.value() << "\n";
    }
  }
  return Shown{std::move(document), text.str()};
}

absl::StatusOr<Shown> Officer::ListAttachments(const std::string& matter) {
  casework::v1::ListAttachmentsRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(matter, "matter"));
  CHANCERY_ASSIGN_OR_RETURN(const auto found, Ask(&Stub::ListAttachments, request));
  Json document = {{"matter", matter}, {"attachments", Json::array()}};
  std::ostringstream text;
  for (const casework::v1::AttachmentInfo& one : found.attachments()) {
    document["attachments"].push_back({{"digest", ToHex(one.digest())},
                                       {"size", one.size()},
                                       {"state", one.state()},
                                       {"from", one.from()}});
    text << ToHex(one.digest()) << "  " << one.size() << " bytes from " << one.from() << ", "
         << one.state() << "\n";
  }
  return Shown{std::move(document), text.str()};
}

absl::StatusOr<Shown> Officer::GetAttachment(const std::string& matter, const std::string& digest,
                                             const std::filesystem::path& out) {
  casework::v1::GetAttachmentRequest request;
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(matter, "matter"));
  const std::optional<Digest> of = Digest::FromHexText(digest);
  if (!of) return InvalidArgument("digest: expected 64 hexadecimal digits");
  request.set_digest(of->ToBytes());
  CHANCERY_ASSIGN_OR_RETURN(
      const Personal<std::string> bytes,
      edge::GetChunks(*of, [&](std::uint64_t offset) -> absl::StatusOr<edge::GivenChunk> {
        request.set_offset(offset);
        CHANCERY_ASSIGN_OR_RETURN(auto given, Ask(&Stub::GetAttachment, request));
        return edge::GivenChunk{given.size(),
                                Personal<std::string>(std::move(*given.mutable_chunk()))};
      }));
  CHANCERY_RETURN_IF_ERROR(edge::WriteNewSecretFile(out, bytes.Reveal()));
  return Shown{{{"digest", digest}, {"size", bytes.Reveal().size()}, {"file", out.string()}},
               out.string() + ": " + std::to_string(bytes.Reveal().size()) + " bytes\n"};
}

absl::StatusOr<Shown> Officer::BringAttachment(const std::filesystem::path& file,
                                               const std::string& party,
                                               const std::string& matter) {
  casework::v1::BringAttachmentRequest request;
  request.set_party(party);
  CHANCERY_ASSIGN_OR_RETURN(*request.mutable_matter(), IdBytes(matter, "matter"));
  CHANCERY_ASSIGN_OR_RETURN(const edge::AttachmentFile read, edge::ReadAttachmentFile(file));
  request.set_digest(read.digest.ToBytes());
  request.set_size(read.bytes.Reveal().size());
  CHANCERY_RETURN_IF_ERROR(
      edge::PutChunks(read, [&](std::uint64_t offset, ByteView chunk) -> absl::StatusOr<bool> {
        request.set_offset(offset);
        request.set_chunk(std::string(chunk));
        const auto brought = Ask(&Stub::BringAttachment, request);
        Wipe(*request.mutable_chunk());
        if (!brought.ok()) return brought.status();
        return brought->whole();
      }));
  return Shown{{{"digest", read.digest.ToHexText()}, {"size", request.size()}},
               read.digest.ToHexText() + "  " + std::to_string(request.size()) + " bytes\n"};
}

}  // namespace chancery::server
