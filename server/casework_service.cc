#include <algorithm>
#include <charconv>
#include <utility>

#include "edge/convert.h"
#include "engine/codec/act_json.h"
#include "engine/exchange/reasons.h"
#include "server/convert.h"
#include "server/services.h"

namespace chancery::server {

namespace {

constexpr std::string_view kService = "chancery.casework.v1.Casework";
constexpr std::size_t kDefaultPage = 100;
constexpr std::size_t kLargestPage = 500;

absl::StatusOr<MatterId> MatterFrom(const std::string& bytes) {
  const std::optional<MatterId> id = MatterId::FromBytes(bytes);
  if (!id) return InvalidArgument("matter: an id has 16 bytes");
  return *id;
}

absl::StatusOr<exchange::DraftId> DraftFrom(const std::string& bytes) {
  const std::optional<exchange::DraftId> id = exchange::DraftId::FromBytes(bytes);
  if (!id) return InvalidArgument("draft: an id has 16 bytes");
  return *id;
}

void DraftToWire(const exchange::Draft& draft, casework::v1::DraftActResponse& out) {
  out.set_draft_id(draft.id.ToBytes());
  out.set_statement(draft.statement);
  out.set_seal(draft.seal);
  for (const std::string& text : exchange::ToTexts(draft.wanted)) out.add_seals_needed(text);
}

// What of a page comes after its token, which is the number of what was shown before.
absl::StatusOr<std::size_t> OffsetFrom(const std::string& token) {
  std::size_t offset = 0;
  if (token.empty()) return offset;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), offset);
  if (error != std::errc() || end != token.data() + token.size())
    return InvalidArgument("page_token: not one of ours");
  return offset;
}

}  // namespace

grpc::ServerUnaryReactor* CaseworkService::ForOfficer(grpc::CallbackServerContext* context,
                                                      edge::Calls::Handler handle) const {
  return calls_.Unary(
      context, kService,
      [this, handle = std::move(handle)](const exchange::Peer& peer) -> absl::Status {
        if (peer.party != keeper_.party()) {
          return WithReason(PermissionDenied("casework: only officers of " +
                                             keeper_.party().ToText() + " may call"),
                            "PEER_REFUSED");
        }
        return handle(peer);
      });
}

grpc::ServerUnaryReactor* CaseworkService::ListTasks(grpc::CallbackServerContext* context,
                                                     const casework::v1::ListTasksRequest* request,
                                                     casework::v1::ListTasksResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer&) -> absl::Status {
    if (request->page_size() < 0) return InvalidArgument("page_size: must not be negative");
    CHANCERY_ASSIGN_OR_RETURN(const std::size_t offset, OffsetFrom(request->page_token()));
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::OfficerTask> tasks,
                              casework_.Tasks(request->all()));
    const std::size_t asked =
        request->page_size() == 0 ? kDefaultPage : static_cast<std::size_t>(request->page_size());
    const std::size_t first = std::min(offset, tasks.size());
    const std::size_t last = std::min(first + std::min(asked, kLargestPage), tasks.size());
    for (std::size_t i = first; i < last; ++i) ToWire(tasks[i], *response->add_tasks());
    if (last < tasks.size()) response->set_next_page_token(std::to_string(last));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::ClaimTask(grpc::CallbackServerContext* context,
                                                     const casework::v1::ClaimTaskRequest* request,
                                                     casework::v1::ClaimTaskResponse*) {
  return ForOfficer(context, [this, context, request](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const MatterId matter, MatterFrom(request->matter()));
    CHANCERY_ASSIGN_OR_RETURN(const crypto::Certificate certificate,
                              calls_.rules().CertificateOf(*context->auth_context()));
    const std::string officer = certificate.digest().ToHexText().substr(0, 8);
    return request->release() ? casework_.Release(matter, officer)
                              : casework_.Claim(matter, officer);
  });
}

grpc::ServerUnaryReactor* CaseworkService::DraftAct(grpc::CallbackServerContext* context,
                                                    const casework::v1::DraftActRequest* request,
                                                    casework::v1::DraftActResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::Draft draft, casework_.DraftAct(request->act_json()));
    DraftToWire(draft, *response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::GetDraft(grpc::CallbackServerContext* context,
                                                    const casework::v1::GetDraftRequest* request,
                                                    casework::v1::DraftActResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::DraftId id, DraftFrom(request->draft_id()));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::Draft draft, casework_.FindDraft(id));
    DraftToWire(draft, *response);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::ListDrafts(grpc::CallbackServerContext* context,
                                                      const casework::v1::ListDraftsRequest*,
                                                      casework::v1::ListDraftsResponse* response) {
  return ForOfficer(context, [this, response](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::Draft> drafts, casework_.Drafts());
    for (const exchange::Draft& draft : drafts) {
      casework::v1::DraftInfo& info = *response->add_drafts();
      info.set_draft_id(draft.id.ToBytes());
      info.set_matter(draft.act.matter.ToBytes());
      info.set_act(std::string(procedure::FindAct(draft.act.kind)->name));
      info.set_seals(draft.seals);
      for (const std::string& text : exchange::ToTexts(draft.wanted)) info.add_seals_needed(text);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::ApproveDraft(
    grpc::CallbackServerContext* context, const casework::v1::ApproveDraftRequest* request,
    casework::v1::ApproveDraftResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::DraftId id, DraftFrom(request->draft_id()));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::Approved approved,
                              casework_.Approve(id, request->seal(), peer));
    response->set_recorded(approved.receipt.has_value());
    if (approved.receipt) ToWire(*approved.receipt, *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::DiscardDraft(
    grpc::CallbackServerContext* context, const casework::v1::DiscardDraftRequest* request,
    casework::v1::DiscardDraftResponse*) {
  return ForOfficer(context, [this, request](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::DraftId id, DraftFrom(request->draft_id()));
    return casework_.Discard(id);
  });
}

grpc::ServerUnaryReactor* CaseworkService::BringIn(grpc::CallbackServerContext* context,
                                                   const casework::v1::BringInRequest* request,
                                                   casework::v1::BringInResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const codec::Envelope envelope, edge::FromWire(request->envelope()));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::ActReceipt receipt,
                              casework_.BringIn(envelope, peer));
    ToWire(receipt, *response->mutable_receipt());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::ShowMatter(
    grpc::CallbackServerContext* context, const casework::v1::ShowMatterRequest* request,
    casework::v1::ShowMatterResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    MatterId matter;
    if (request->matter().empty()) {
      // Nobody names the cooperation: there is one.
      CHANCERY_ASSIGN_OR_RETURN(const std::optional<procedure::Matter> cooperation,
                                exchange::ReadCooperation(keeper_.store()));
      if (!cooperation)
        return WithReason(NotFound("matter: the ledger is not founded yet"), "NOT_FOUNDED");
      matter = cooperation->id;
    } else {
      CHANCERY_ASSIGN_OR_RETURN(matter, MatterFrom(request->matter()));
    }
    CHANCERY_ASSIGN_OR_RETURN(const exchange::MatterShown shown,
                              casework_.ShowMatter(matter, request->with_particulars(), peer));
    procedure::Standing standing;
    standing.matters.push_back(shown.matter);
    standing.due = shown.due;
    response->set_matter_json(codec::StandingToJson(standing));
    if (!shown.sent.empty()) edge::ToWire(shown.sent, *response->mutable_sent());
    if (!shown.registered.empty()) edge::ToWire(shown.registered, *response->mutable_registered());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::CheckRegistry(
    grpc::CallbackServerContext* context, const casework::v1::CheckRegistryRequest* request,
    casework::v1::CheckRegistryResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const MatterId matter, MatterFrom(request->matter()));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::RegistryFinding finding,
                              casework_.CheckRegistry(matter, peer));
    response->set_verification(
        std::string(procedure::WordName(procedure::Fact::kVerification, finding.verification)));
    if (!finding.registered.empty())
      edge::ToWire(finding.registered, *response->mutable_registered());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::ListAttachments(
    grpc::CallbackServerContext* context, const casework::v1::ListAttachmentsRequest* request,
    casework::v1::ListAttachmentsResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer&) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const MatterId matter, MatterFrom(request->matter()));
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<exchange::HeldAttachment> held,
                              attachments_.ListOf(matter));
    for (const exchange::HeldAttachment& one : held) {
      casework::v1::AttachmentInfo& out = *response->add_attachments();
      out.set_digest(one.name.digest.ToBytes());
      out.set_size(one.size);
      out.set_state(std::string(exchange::NameOf(one.state)));
      out.set_from(one.from.ToText());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::GetAttachment(
    grpc::CallbackServerContext* context, const casework::v1::GetAttachmentRequest* request,
    casework::v1::GetAttachmentResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                              NameFrom(request->matter(), request->digest()));
    CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentPiece piece,
                              attachments_.Read(name, peer.party, request->offset()));
    if (request->offset() == 0) {
      const std::string subject = peer.office + "/" + name.matter.ToHexText();
      events_.Note({"attachment.read", subject, static_cast<std::int64_t>(piece.size)});
    }
    response->set_size(piece.size);
    response->set_chunk(piece.chunk.Reveal());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::BringAttachment(
    grpc::CallbackServerContext* context, const casework::v1::BringAttachmentRequest* request,
    casework::v1::BringAttachmentResponse* response) {
  return ForOfficer(context, [this, request, response](const exchange::Peer& peer) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const exchange::AttachmentName name,
                              NameFrom(request->matter(), request->digest()));
    const std::optional<PartyCode> party = PartyCode::FromText(request->party());
    if (!party) {
      return WithReason(InvalidArgument("party: three letters A to Z, such as GRC"),
                        exchange::reason::kAttachmentField);
    }
    CHANCERY_ASSIGN_OR_RETURN(
        const exchange::HeldAttachment held,
        attachments_.Add(name, *party, request->size(), request->offset(), request->chunk()));
    if (held.whole()) {
      const std::string subject = peer.office + "/" + name.matter.ToHexText();
      events_.Note({"attachment.brought", subject, static_cast<std::int64_t>(held.size)});
    }
    response->set_held(held.held);
    response->set_whole(held.whole());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* CaseworkService::GetStatus(grpc::CallbackServerContext* context,
                                                     const casework::v1::GetStatusRequest*,
                                                     casework::v1::GetStatusResponse* response) {
  return ForOfficer(context, [this, response](const exchange::Peer&) -> absl::Status {
    const store::Head head = keeper_.head();
    response->set_origin(keeper_.origin());
    response->set_size(head.tree.size);
    response->set_recorded_at_ms(head.recorded_at.ms);
    for (const auto& [party, key] : anchor_.witnesses) {
      if (party == keeper_.party()) continue;
      casework::v1::WitnessStatus& witness = *response->add_witnesses();
      witness.set_party(party.ToText());
      CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t by, witnessing_.CosignedBy(party));
      CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t of, witnessing_.CosignedOf(party));
      witness.set_cosigned_size(by);
      witness.set_their_size(of);
    }
    CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t final_size, witnessing_.FinalSize());
    response->set_final_size(final_size);
    for (const ledger::NoteKey& key : anchor_.always_on) {
      casework::v1::AlwaysOnStatus& witness = *response->add_always_on();
      CHANCERY_ASSIGN_OR_RETURN(const std::uint64_t by, witnessing_.CosignedBy(key));
      witness.set_name(key.name());
      witness.set_cosigned_size(by);
    }
    response->set_trouble(std::string(ToStd(keeper_.gate().message())));
    return absl::OkStatus();
  });
}

}  // namespace chancery::server
