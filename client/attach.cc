#include "client/attach.h"

#include <map>
#include <optional>
#include <utility>

#include "edge/attachment_file.h"
#include "edge/files.h"
#include "edge/rpc_status.h"
#include "engine/codec/act_json.h"

namespace chancery::client {

namespace {

using edge::Json;
using edge::Shown;

absl::StatusOr<MatterId> MatterNamed(const std::string& text) {
  const auto id = MatterId::FromHexText(text);
  if (!id) return InvalidArgument("MATTER: expected 32 hexadecimal digits");
  return *id;
}

// The matter the act goes to: the one it names, the one it was handed in for before, or a new one.
absl::StatusOr<MatterId> MatterOf(DeskClient& desk, const codec::DraftedAct& drafted,
                                  const StatementId& id, Entropy& entropy) {
  if (drafted.matter) return *drafted.matter;
  const absl::StatusOr<desk::v1::Sent> sent = desk.FindSent(id);
  if (sent.ok()) {
    const auto known = MatterId::FromBytes(sent->matter());
    if (known) return *known;
  } else if (!absl::IsNotFound(sent.status())) {
    return sent.status();
  }
  return entropy.Make<MatterId>();
}

}  // namespace

absl::StatusOr<std::string> PutFilesOf(DeskClient& desk, const std::filesystem::path& file,
                                       const std::string& act_json, const StatementId& id,
                                       bool only_named, Clock& clock, Entropy& entropy) {
  const absl::StatusOr<codec::DraftedAct> drafted = codec::ActFromJson(act_json, clock.Now());
  if (!drafted.ok() || drafted->attachment_files.empty()) return act_json;
  CHANCERY_ASSIGN_OR_RETURN(const MatterId matter, MatterOf(desk, *drafted, id, entropy));
  const std::filesystem::path folder = file == "-" ? std::filesystem::path() : file.parent_path();
  std::map<std::size_t, Digest> digests;
  for (const auto& [line, name] : drafted->attachment_files) {
    absl::StatusOr<edge::AttachmentFile> read = edge::ReadAttachmentFile(folder / name);
    if (!read.ok()) {
      return Annotate(read.status(), "lines[" + std::to_string(line) + "].attachment_file");
    }
    digests.emplace(line, read->digest);
    if (!only_named) CHANCERY_RETURN_IF_ERROR(desk.PutAttachment(matter, *read));
  }
  return codec::WithAttachments(act_json, matter, digests);
}

absl::StatusOr<Shown> ListAttachments(DeskClient& desk, const std::string& matter) {
  CHANCERY_ASSIGN_OR_RETURN(const MatterId id, MatterNamed(matter));
  CHANCERY_ASSIGN_OR_RETURN(const desk::v1::ListAttachmentsResponse found,
                            desk.ListAttachments(id));
  Shown shown{Json::array(), {}};
  for (const desk::v1::AttachmentInfo& one : found.attachments()) {
    shown.document.push_back(
        {{"digest", ToHex(one.digest())}, {"size", one.size()}, {"state", one.state()}});
    shown.text +=
        ToHex(one.digest()) + "  " + std::to_string(one.size()) + " bytes, " + one.state() + "\n";
  }
  return shown;
}

absl::StatusOr<Shown> GetAttachment(DeskClient& desk, const std::string& matter,
                                    const std::string& digest, const std::filesystem::path& out) {
  CHANCERY_ASSIGN_OR_RETURN(const MatterId id, MatterNamed(matter));
  const auto of = Digest::FromHexText(digest);
  if (!of) return InvalidArgument("DIGEST: expected 64 hexadecimal digits");
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> bytes, desk.GetAttachment(id, *of));
  CHANCERY_RETURN_IF_ERROR(edge::WriteNewSecretFile(out, bytes.Reveal()));
  const std::string size = std::to_string(bytes.Reveal().size());
  return Shown{{{"digest", digest}, {"size", bytes.Reveal().size()}, {"file", out.string()}},
               out.string() + ": " + size + " bytes\n"};
}

}  // namespace chancery::client
