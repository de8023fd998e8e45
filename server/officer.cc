#include "server/officer.h"

#include <chrono>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "engine/codec/act_json.h"
#include "engine/codec/envelope.h"
#include "engine/codec/statement.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/seal.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/anchor.h"
#include "engine/exchange/clock.h"
#include "engine/exchange/inbox.h"
#include "grpcpp/create_channel.h"
#include "server/convert.h"
#include "server/files.h"
#include "server/rpc_status.h"
#include "server/tls.h"

namespace chancery::server {

namespace {

constexpr std::chrono::seconds kTimeout{30};

// One call with its deadline.
template <class Method, class Request, class Response>
absl::Status Call(casework::v1::Casework::Stub& stub, Method method, const Request& request,
                  Response* response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  return FromRpc((stub.*method)(&context, request, response));
}

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
  CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, ReadWholeFile(files.certificate));
  return crypto::Sealer::Load(key.Reveal(), certificate);
}

absl::StatusOr<Instant> SigningTime(const SealFiles& files) {
  if (files.clock_file.empty()) return exchange::SystemClock().Now();
  CHANCERY_ASSIGN_OR_RETURN(const exchange::Anchor anchor, exchange::ReadAnchorFile(files.anchor));
  CHANCERY_ASSIGN_OR_RETURN(const std::unique_ptr<Clock> clock,
                            exchange::OpenClock(files.clock_file, anchor));
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

Json ParticularsToJson(const exchange::v1::Particulars& particulars) {
  Json items = Json::object();
  for (const exchange::v1::Item& item : particulars.item()) items[item.label()] = item.value();
  return items;
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

}  // namespace

absl::StatusOr<std::unique_ptr<Officer>> Officer::Connect(const OfficerConfig& config,
                                                          const Output& output) {
  CHANCERY_RETURN_IF_ERROR(PrepareGrpc());
  if (config.server.empty()) {
    return InvalidArgument(
        "server: give --server, CHANCERY_SERVER or officer.server in the configuration");
  }
  if (config.tls.key.empty() || config.tls.certificate.empty() || config.tls.roots.empty()) {
    return InvalidArgument(
        "tls: give --tls-key, --tls-certificate and --tls-roots, or [officer] in the "
        "configuration");
  }
  CHANCERY_ASSIGN_OR_RETURN(const Bytes certificate, ReadWholeFile(config.tls.certificate));
  CHANCERY_ASSIGN_OR_RETURN(const auto chain, crypto::Certificate::ListFromPem(certificate));
  CHANCERY_ASSIGN_OR_RETURN(const auto credentials,
                            MakeChannelCredentials(config.tls, chain.front().party()));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::unique_ptr<Officer>(
      new Officer(casework::v1::Casework::NewStub(
                      grpc::CreateCustomChannel(config.server, credentials, arguments)),
                  output));
}

int Officer::Status() {
  casework::v1::GetStatusResponse response;
  const absl::Status called = Call(*stub_, &casework::v1::Casework::Stub::GetStatus,
                                   casework::v1::GetStatusRequest(), &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  Json document = {{"origin", response.origin()},
                   {"size", response.size()},
                   {"recorded_at", ToText(Instant{response.recorded_at_ms()})},
                   {"witnesses", Json::array()}};
  std::ostringstream text;
  text << response.origin() << "\n"
       << response.size() << " entries, the last recorded at "
       << ToText(Instant{response.recorded_at_ms()}) << "\n";
  for (const casework::v1::WitnessStatus& witness : response.witnesses()) {
    document["witnesses"].push_back({{"party", witness.party()},
                                     {"cosigned_size", witness.cosigned_size()},
                                     {"their_size", witness.their_size()}});
    text << witness.party() << "  cosigned this ledger up to " << witness.cosigned_size()
         << ", its own was cosigned here up to " << witness.their_size() << "\n";
  }
  output_.Data(document, text.str());
  return kExitYes;
}

int Officer::ListTasks(bool all) {
  Json document = {{"tasks", Json::array()}};
  std::ostringstream text;
  casework::v1::ListTasksRequest request;
  request.set_all(all);
  request.set_page_size(500);
  do {
    casework::v1::ListTasksResponse response;
    const absl::Status called =
        Call(*stub_, &casework::v1::Casework::Stub::ListTasks, request, &response);
    if (!called.ok()) return output_.Failure(called, Whose::kRemote);
    for (const casework::v1::Task& task : response.tasks()) {
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
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  output_.Data(document, text.str());
  return kExitYes;
}

int Officer::ClaimTask(const std::string& matter, bool release) {
  casework::v1::ClaimTaskRequest request;
  const auto id = IdBytes(matter, "matter");
  if (!id.ok()) return output_.Failure(id.status(), Whose::kLocal);
  request.set_matter(*id);
  request.set_release(release);
  casework::v1::ClaimTaskResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::ClaimTask, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  output_.Data({{"matter", matter}, {"claimed", !release}}, release ? "released" : "claimed");
  return kExitYes;
}

int Officer::CheckTask(const std::string& matter) {
  casework::v1::CheckRegistryRequest request;
  const auto id = IdBytes(matter, "matter");
  if (!id.ok()) return output_.Failure(id.status(), Whose::kLocal);
  request.set_matter(*id);
  casework::v1::CheckRegistryResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::CheckRegistry, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  std::ostringstream text;
  text << response.verification() << "\n";
  for (const exchange::v1::Item& item : response.registered().item()) {
    text << "  " << item.label() << ": " << item.value() << "\n";
  }
  output_.Data({{"matter", matter},
                {"verification", response.verification()},
                {"registered", ParticularsToJson(response.registered())}},
               text.str());
  return kExitYes;
}

int Officer::Draft(const std::filesystem::path& act) {
  const absl::StatusOr<Bytes> json = ReadWholeFile(act);
  if (!json.ok()) return output_.Failure(json.status(), Whose::kLocal);
  casework::v1::DraftActRequest request;
  request.set_act_json(*json);
  casework::v1::DraftActResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::DraftAct, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  Json document = StatementSummary(response.statement());
  document["draft"] = ToHex(response.draft_id());
  document["seals_needed"] = ListOf(response.seals_needed());
  output_.Data(document, "draft " + ToHex(response.draft_id()) +
                             ", seals needed: " + Joined(response.seals_needed()));
  return kExitYes;
}

int Officer::Recorded(const exchange::v1::Receipt& receipt, Json document) {
  const absl::StatusOr<procedure::Ruling> ruling = exchange::RulingOf(receipt.entry());
  if (!ruling.ok()) return output_.Failure(ruling.status(), Whose::kLocal);
  const std::string summary = codec::Summary(*ruling);
  document["recorded"] = true;
  document["number"] = receipt.number();
  document["admitted"] = ruling->admitted();
  document["ruling"] = summary;
  output_.Data(document, "entry " + std::to_string(receipt.number()) + ": " + summary);
  return ruling->admitted() ? kExitYes : kExitRefused;
}

int Officer::ApproveStatement(const std::string& draft_id, const std::string& statement,
                              const std::string& seal_so_far, const SealFiles& seal,
                              const std::vector<std::string>& needed) {
  const auto sealer = LoadSealer(seal);
  if (!sealer.ok()) return output_.Failure(sealer.status(), Whose::kLocal);
  const auto time = SigningTime(seal);
  if (!time.ok()) return output_.Failure(time.status(), Whose::kLocal);
  const absl::StatusOr<Bytes> sealed = seal_so_far.empty()
                                           ? sealer->Seal(statement, *time)
                                           : sealer->AddSeal(statement, seal_so_far, *time);
  if (!sealed.ok()) return output_.Failure(sealed.status(), Whose::kLocal);
  casework::v1::ApproveDraftRequest request;
  request.set_draft_id(draft_id);
  request.set_seal(*sealed);
  casework::v1::ApproveDraftResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::ApproveDraft, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  Json document = StatementSummary(statement);
  document["draft"] = ToHex(draft_id);
  if (response.recorded()) return Recorded(response.receipt(), std::move(document));
  document["recorded"] = false;
  document["seals_needed_before"] = needed;
  output_.Data(document, "draft " + ToHex(draft_id) + " sealed; another officer must approve it");
  return kExitYes;
}

int Officer::Do(const std::filesystem::path& act, const SealFiles& seal) {
  const absl::StatusOr<Bytes> json = ReadWholeFile(act);
  if (!json.ok()) return output_.Failure(json.status(), Whose::kLocal);
  casework::v1::DraftActRequest request;
  request.set_act_json(*json);
  casework::v1::DraftActResponse draft;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::DraftAct, request, &draft);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  return ApproveStatement(draft.draft_id(), draft.statement(), draft.seal(), seal,
                          {draft.seals_needed().begin(), draft.seals_needed().end()});
}

int Officer::Approve(const std::string& draft, const SealFiles& seal) {
  const auto id = IdBytes(draft, "draft");
  if (!id.ok()) return output_.Failure(id.status(), Whose::kLocal);
  casework::v1::GetDraftRequest request;
  request.set_draft_id(*id);
  casework::v1::DraftActResponse found;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::GetDraft, request, &found);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  return ApproveStatement(found.draft_id(), found.statement(), found.seal(), seal,
                          {found.seals_needed().begin(), found.seals_needed().end()});
}

int Officer::ListDrafts() {
  casework::v1::ListDraftsResponse response;
  const absl::Status called = Call(*stub_, &casework::v1::Casework::Stub::ListDrafts,
                                   casework::v1::ListDraftsRequest(), &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  Json document = {{"drafts", Json::array()}};
  std::ostringstream text;
  for (const casework::v1::DraftInfo& draft : response.drafts()) {
    document["drafts"].push_back({{"draft", ToHex(draft.draft_id())},
                                  {"matter", ToHex(draft.matter())},
                                  {"act", draft.act()},
                                  {"seals", draft.seals()},
                                  {"seals_needed", ListOf(draft.seals_needed())}});
    text << ToHex(draft.draft_id()) << "  " << draft.act() << " in " << ToHex(draft.matter())
         << ", " << draft.seals() << " seals, needed: " << Joined(draft.seals_needed()) << "\n";
  }
  output_.Data(document, text.str());
  return kExitYes;
}

int Officer::ShowDraft(const std::string& draft) {
  const auto id = IdBytes(draft, "draft");
  if (!id.ok()) return output_.Failure(id.status(), Whose::kLocal);
  casework::v1::GetDraftRequest request;
  request.set_draft_id(*id);
  casework::v1::DraftActResponse found;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::GetDraft, request, &found);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  const auto statement = codec::DecodeStatement(found.statement());
  if (!statement.ok()) return output_.Failure(statement.status(), Whose::kLocal);
  const std::string shown = codec::StatementToJson(*statement);
  Json document = StatementSummary(found.statement());
  document["draft"] = draft;
  document["statement"] = Json::parse(shown, nullptr, false);
  document["seals_needed"] = ListOf(found.seals_needed());
  output_.Data(document, shown + "\nseals needed: " + Joined(found.seals_needed()));
  return kExitYes;
}

int Officer::Discard(const std::string& draft) {
  const auto id = IdBytes(draft, "draft");
  if (!id.ok()) return output_.Failure(id.status(), Whose::kLocal);
  casework::v1::DiscardDraftRequest request;
  request.set_draft_id(*id);
  casework::v1::DiscardDraftResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::DiscardDraft, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  output_.Data({{"draft", draft}, {"discarded", true}}, "discarded");
  return kExitYes;
}

int Officer::BringIn(const std::filesystem::path& envelope) {
  const absl::StatusOr<Bytes> bytes = ReadWholeFile(envelope);
  if (!bytes.ok()) return output_.Failure(bytes.status(), Whose::kLocal);
  const absl::StatusOr<codec::Envelope> read = codec::DecodeEnvelope(*bytes);
  if (!read.ok()) return output_.Failure(read.status(), Whose::kLocal);
  casework::v1::BringInRequest request;
  ToWire(*read, *request.mutable_envelope());
  casework::v1::BringInResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::BringIn, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  return Recorded(response.receipt(), StatementSummary(read->statement));
}

int Officer::ShowMatter(const std::string& id, bool with_particulars) {
  casework::v1::ShowMatterRequest request;
  if (!id.empty()) {
    const auto bytes = IdBytes(id, "matter");
    if (!bytes.ok()) return output_.Failure(bytes.status(), Whose::kLocal);
    request.set_matter(*bytes);
  }
  request.set_with_particulars(with_particulars);
  casework::v1::ShowMatterResponse response;
  const absl::Status called =
      Call(*stub_, &casework::v1::Casework::Stub::ShowMatter, request, &response);
  if (!called.ok()) return output_.Failure(called, Whose::kRemote);
  Json document = Json::parse(response.matter_json(), nullptr, false);
  if (document.is_discarded()) document = Json::object();
  std::ostringstream text;
  text << document.dump(2) << "\n";
  if (with_particulars) {
    document["sent"] = ParticularsToJson(response.sent());
    document["registered"] = ParticularsToJson(response.registered());
    for (const exchange::v1::Item& item : response.sent().item()) {
      text << "sent " << item.label() << ": " << item.value() << "\n";
    }
    for (const exchange::v1::Item& item : response.registered().item()) {
      text << "registered " << item.label() << ": " << item.value() << "\n";
    }
  }
  output_.Data(document, text.str());
  return kExitYes;
}

}  // namespace chancery::server
