#include "client/desk_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "edge/convert.h"
#include "edge/rpc_status.h"
#include "engine/codec/act_json.h"
#include "engine/codec/matter.h"
#include "engine/exchange/reasons.h"
#include "nlohmann/json.hpp"

namespace chancery::client {

namespace {

constexpr std::string_view kService = "chancery.desk.v1.Desk";
constexpr int kLargestPage = 500;
// For a round with the ministry, when the caller waits longer than that.
constexpr std::chrono::milliseconds kRefreshPatience{20'000};
constexpr std::chrono::milliseconds kToAnswer{100};

std::size_t PageSize(std::int32_t wanted) {
  return static_cast<std::size_t>(wanted <= 0 ? 100 : std::min(wanted, kLargestPage));
}

absl::Status Malformed(std::string_view field, std::size_t size) {
  return WithReason(
      InvalidArgument(std::string(field) + ": expected " + std::to_string(size) + " bytes"),
      "FIELD_MALFORMED");
}

absl::StatusOr<exchange::AttachmentName> NameFrom(const std::string& matter,
                                                  const std::string& digest) {
  const auto id = MatterId::FromBytes(matter);
  if (!id) return Malformed("matter", MatterId::kSize);
  const auto of = Digest::FromBytes(digest);
  if (!of) return Malformed("digest", Digest::kSize);
  return exchange::AttachmentName{*id, *of};
}

void ToWire(const exchange::SentAct& act, std::uint64_t final_size, desk::v1::Sent& out) {
  out.set_statement_id(act.id.ToBytes());
  out.set_matter(act.matter.ToBytes());
  out.set_act(act.act);
  out.set_state(std::string(exchange::NameOf(act.state)));
  out.set_number(act.number);
  out.set_ruling(act.ruling);
  out.set_receipt_final(act.state == exchange::SentState::kRecorded && act.number < final_size);
  if (act.state == exchange::SentState::kTurnedAway) out.set_error(act.reason + ": " + act.error);
}

// A matter as recorded, with what is due in it now.
absl::StatusOr<std::string> MatterText(StateNode& node, const procedure::Matter& matter) {
  CHANCERY_ASSIGN_OR_RETURN(const procedure::Matters others,
                            exchange::ReadMatterWithOthers(node.store(), matter.id));
  procedure::Standing standing =
      procedure::StandingAt(*node.procedures(), others, node.clock().Now());
  std::erase_if(standing.due, [&](const procedure::Due& due) { return due.matter != matter.id; });
  std::erase_if(standing.lapses,
                [&](const procedure::Lapsed& lapsed) { return lapsed.matter != matter.id; });
  standing.matters.clear();
  const auto due = nlohmann::ordered_json::parse(codec::StandingToJson(standing), nullptr, false);
  auto text = nlohmann::ordered_json::parse(codec::MatterToJson(matter), nullptr, false);
  if (due.is_discarded() || text.is_discarded()) return Internal("a matter cannot be shown");
  text["lapses"] = due.value("lapses", nlohmann::ordered_json::array());
  text["due"] = due.value("due", nlohmann::ordered_json::array());
  return text.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

grpc::Status DeskService::HandIn(grpc::ServerContext*, const desk::v1::HandInRequest* request,
                                 desk::v1::HandInResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::ListSent(grpc::ServerContext*, const desk::v1::ListSentRequest* request,
                                   desk::v1::ListSentResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::ListMatters(grpc::ServerContext*,
                                      const desk::v1::ListMattersRequest* request,
                                      desk::v1::ListMattersResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::ShowMatter(grpc::ServerContext*,
                                     const desk::v1::ShowMatterRequest* request,
                                     desk::v1::ShowMatterResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::GetStatus(grpc::ServerContext* context,
                                    const desk::v1::GetStatusRequest* request,
                                    desk::v1::GetStatusResponse* response) {
  return edge::ToRpc(Serve(*request, context->deadline(), *response), kService);
}
grpc::Status DeskService::ExportEvidence(grpc::ServerContext*,
                                         const desk::v1::ExportEvidenceRequest* request,
                                         desk::v1::ExportEvidenceResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}

grpc::Status DeskService::ExportSlice(grpc::ServerContext*,
                                      const desk::v1::ExportSliceRequest* request,
                                      desk::v1::ExportSliceResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}

grpc::Status DeskService::PutAttachment(grpc::ServerContext*,
                                        const desk::v1::PutAttachmentRequest* request,
                                        desk::v1::PutAttachmentResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::ListAttachments(grpc::ServerContext*,
                                          const desk::v1::ListAttachmentsRequest* request,
                                          desk::v1::ListAttachmentsResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}
grpc::Status DeskService::GetAttachment(grpc::ServerContext*,
                                        const desk::v1::GetAttachmentRequest* request,
                                        desk::v1::GetAttachmentResponse* response) {
  return edge::ToRpc(Serve(*request, *response), kService);
}

absl::Status DeskService::Serve(const desk::v1::HandInRequest& request,
                                desk::v1::HandInResponse& response) {
  std::optional<StatementId> id;
  if (!request.statement_id().empty()) {
    id = StatementId::FromBytes(request.statement_id());
    if (!id) return Malformed("statement_id", StatementId::kSize);
  }
  CHANCERY_ASSIGN_OR_RETURN(
      const exchange::HandedIn handed,
      node_.outbox()->HandIn(request.act_json(), id, request.validate_only()));
  response.set_statement_id(handed.id.ToBytes());
  response.set_statement_digest(handed.digest.ToBytes());
  response.set_matter(handed.matter.ToBytes());
  response.set_number(handed.number);
  for (const std::string& warning : handed.warnings) response.add_warnings(warning);
  if (handed.ruling) response.set_ruling(codec::Summary(*handed.ruling));
  if (!request.validate_only()) node_.loop()->Poke();
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ListSentRequest& request,
                                desk::v1::ListSentResponse& response) {
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t final_size, node_.cosigner()->MinistryFinal());
  if (!request.statement_id().empty()) {
    const auto id = StatementId::FromBytes(request.statement_id());
    if (!id) return Malformed("statement_id", StatementId::kSize);
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<exchange::SentAct> act,
                              node_.outbox()->Find(*id));
    if (!act) return WithReason(NotFound("no act with this id was handed in here"), "ACT_UNKNOWN");
    ToWire(*act, final_size, *response.add_sent());
    return absl::OkStatus();
  }
  std::optional<StatementId> after;
  if (!request.page_token().empty()) {
    after = StatementId::FromHexText(request.page_token());
    if (!after)
      return WithReason(InvalidArgument("page_token: use the one a page came with"),
                        "FIELD_MALFORMED");
  }
  const std::size_t limit = PageSize(request.page_size());
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::SentAct> acts,
                            node_.outbox()->List(after, limit));
  for (const exchange::SentAct& act : acts) ToWire(act, final_size, *response.add_sent());
  if (acts.size() == limit) response.set_next_page_token(acts.back().id.ToHexText());
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ListMattersRequest& request,
                                desk::v1::ListMattersResponse& response) {
  std::optional<int> kind;
  if (!request.kind().empty()) {
    const auto named = procedure::MatterKindNamed(request.kind());
    if (!named) {
      return WithReason(InvalidArgument("kind: expected case, flight, transfer or cooperation"),
                        "FIELD_MALFORMED");
    }
    kind = static_cast<int>(*named);
  }
  std::optional<MatterId> after;
  if (!request.page_token().empty()) {
    after = MatterId::FromHexText(request.page_token());
    if (!after)
      return WithReason(InvalidArgument("page_token: use the one a page came with"),
                        "FIELD_MALFORMED");
  }
  const std::size_t limit = PageSize(request.page_size());
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::MatterRow> rows,
                            node_.store().ListMatters(kind, after, limit));
  for (const store::MatterRow& row : rows) {
    CHANCERY_ASSIGN_OR_RETURN(const procedure::Matter matter, codec::DecodeMatter(row.bytes));
    CHANCERY_ASSIGN_OR_RETURN(*response.add_matter_json(), MatterText(node_, matter));
  }
  if (rows.size() == limit) response.set_next_page_token(rows.back().id.ToHexText());
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ShowMatterRequest& request,
                                desk::v1::ShowMatterResponse& response) {
  const auto id = MatterId::FromBytes(request.matter());
  if (!id) return Malformed("matter", MatterId::kSize);
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> matter,
                            exchange::ReadMatter(node_.store(), *id));
  if (!matter) {
    return WithReason(
        NotFound("no matter of that id was collected yet; see `sent list` for what is on its way"),
        "MATTER_UNKNOWN");
  }
  CHANCERY_ASSIGN_OR_RETURN(*response.mutable_matter_json(), MatterText(node_, *matter));
  if (!request.with_particulars()) return absl::OkStatus();
  const std::string subject = id->ToHexText();
  events_.Note({"particulars.read", subject, 0});
  return ShowParticulars(*id, response);
}

absl::Status DeskService::ShowParticulars(const MatterId& matter,
                                          desk::v1::ShowMatterResponse& response) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                            node_.store().ListParticularsOf(matter));
  const exchange::StateParty& party = node_.party();
  for (const store::ParticularsRow& row : rows) {
    // Particulars travel between this party and the ministry only: whose they are follows from who
    // received them.
    const bool sent = row.reader != party.self.view();
    procedure::Act act;
    act.author = sent ? party.self : party.keeper;
    act.addressee = sent ? party.keeper : party.self;
    act.matter = matter;
    act.commitment = Digest{};
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<Item> items,
                              node_.vault().Decrypt(act, row.digest, party.self));
    edge::ToWire(items, sent ? *response.mutable_sent() : *response.mutable_registered());
  }
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::GetStatusRequest& request,
                                std::chrono::system_clock::time_point until,
                                desk::v1::GetStatusResponse& response) {
  if (request.refresh()) {
    // The answer itself needs a moment of the caller's time.
    const auto left = until - std::chrono::system_clock::now() - kToAnswer;
    CHANCERY_RETURN_IF_ERROR(node_.loop()->Refresh(
        left < kRefreshPatience ? std::chrono::duration_cast<std::chrono::milliseconds>(left)
                                : kRefreshPatience));
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t waiting, node_.outbox()->Waiting());
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t ministry_cosigned,
                            node_.cosigner()->MinistryCosigned());
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t own_cosigned, node_.cosigner()->OwnCosigned());
  response.set_origin(node_.party().origin());
  response.set_size(node_.keeper().head().tree.size);
  response.set_waiting(waiting);
  response.set_ministry_cosigned_size(ministry_cosigned);
  response.set_own_cosigned_size(own_cosigned);
  response.set_ministry_size(std::max(node_.cosigner()->ministry_size(), ministry_cosigned));
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t ministry_final, node_.cosigner()->MinistryFinal());
  CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t own_final, node_.witnessing().FinalSize());
  response.set_ministry_final_size(ministry_final);
  response.set_own_final_size(own_final);
  response.set_trouble(node_.Trouble());
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ExportEvidenceRequest& request,
                                desk::v1::ExportEvidenceResponse& response) {
  const std::filesystem::path folder = request.folder();
  if (!folder.is_absolute())
    return WithReason(InvalidArgument("folder: must be absolute"), "FIELD_MALFORMED");
  CHANCERY_ASSIGN_OR_RETURN(const exchange::ExportedEvidence exported,
                            node_.Export(folder, request.made_for()));
  response.set_size(exported.checkpoint.tree.size);
  response.set_files(exported.files);
  for (const std::string& name : exported.without_chain) response.add_without_chain(name);
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ExportSliceRequest& request,
                                desk::v1::ExportSliceResponse& response) {
  const std::filesystem::path folder = request.folder();
  if (!folder.is_absolute())
    return WithReason(InvalidArgument("folder: must be absolute"), "FIELD_MALFORMED");
  CHANCERY_ASSIGN_OR_RETURN(const exchange::ExportedSlice exported, node_.ExportSlice(folder));
  response.set_size(exported.checkpoint.tree.size);
  response.set_entries(exported.entries);
  response.set_files(exported.files);
  for (const std::string& name : exported.without_chain) response.add_without_chain(name);
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::PutAttachmentRequest& request,
                                desk::v1::PutAttachmentResponse& response) {
  CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                            NameFrom(request.matter(), request.digest()));
  CHANCERY_ASSIGN_OR_RETURN(
      const exchange::HeldAttachment held,
      node_.outbox()->attachments().Add(name, node_.party().self, request.size(), request.offset(),
                                        request.chunk()));
  response.set_held(held.held);
  response.set_whole(held.whole());
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::ListAttachmentsRequest& request,
                                desk::v1::ListAttachmentsResponse& response) {
  const auto matter = MatterId::FromBytes(request.matter());
  if (!matter) return Malformed("matter", MatterId::kSize);
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::HeldAttachment> held,
                            node_.outbox()->attachments().ListOf(*matter));
  for (const exchange::HeldAttachment& one : held) {
    desk::v1::AttachmentInfo& out = *response.add_attachments();
    out.set_digest(one.name.digest.ToBytes());
    out.set_size(one.size);
    out.set_state(std::string(exchange::NameOf(one.state)));
  }
  return absl::OkStatus();
}

absl::Status DeskService::Serve(const desk::v1::GetAttachmentRequest& request,
                                desk::v1::GetAttachmentResponse& response) {
  CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                            NameFrom(request.matter(), request.digest()));
  absl::StatusOr<exchange::AttachmentPiece> piece =
      node_.outbox()->attachments().Read(name, node_.party().self, request.offset());
  // A store that was put back from a backup may lack what the ministry still holds of this party.
  if (ReasonOf(piece.status()) == exchange::reason::kAttachmentUnknown)
    piece = node_.outbox()->FetchAttachment(name, request.offset());
  if (!piece.ok()) return piece.status();
  if (request.offset() == 0) {
    const std::string subject = name.matter.ToHexText();
    events_.Note({"attachment.read", subject, static_cast<std::int64_t>(piece->size)});
  }
  response.set_size(piece->size);
  response.set_chunk(piece->chunk.Reveal());
  return absl::OkStatus();
}

}  // namespace chancery::client
