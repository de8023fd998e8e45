#include "audit/extract.h"

#include <fstream>
#include <system_error>
#include <utility>
#include <variant>

#include "audit/book.h"
#include "audit/evidence_folder.h"
#include "audit/trust_reader.h"
#include "engine/crypto/seal.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/receipt.h"
#include "engine/ledger/tiles.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

// The hashes of complete subtrees out of the leaves of a folder.
class LeavesOfFolder final : public ledger::NodeSource {
 public:
  absl::Status Read(const std::filesystem::path& folder, std::uint64_t size) {
    const absl::StatusOr<Digest> root =
        ledger::TileFolder(folder, size)
            .Read([this](std::uint64_t, ByteView, const Digest& leaf_hash) {
              leaves_.push_back(leaf_hash);
              return absl::OkStatus();
            });
    return root.status();
  }

  absl::StatusOr<Digest> Node(int level, std::uint64_t index) override {
    const std::uint64_t first = index << level;
    const std::uint64_t count = std::uint64_t{1} << level;
    if (first + count > leaves_.size()) return NotFound("no such subtree");
    std::vector<Digest> row(leaves_.begin() + static_cast<std::ptrdiff_t>(first),
                            leaves_.begin() + static_cast<std::ptrdiff_t>(first + count));
    for (; row.size() > 1; row.resize(row.size() / 2)) {
      for (std::size_t i = 0; i < row.size() / 2; ++i)
        row[i] = ledger::NodeHash(row[2 * i], row[2 * i + 1]);
    }
    return row.front();
  }

 private:
  std::vector<Digest> leaves_;
};

std::string OpensslCommand(Instant recorded_at) {
  return "openssl cms -verify -inform DER -binary -cades -purpose any -content statement.bin -in "
         "signature.p7s "
         "-certfile certificates.pem -CAfile ca.pem -attime " +
         std::to_string(recorded_at.ms / kMsPerSecond) + " -out /dev/null";
}

std::string Readme(const FoundEntry& found, const std::string& origin, const std::string& command) {
  return "Entry " + std::to_string(found.number) + " of the ledger " + origin + ", recorded at " +
         ToText(found.entry.recorded_at) +
         "\n\n"
         "  statement.bin        the exact bytes that were sealed (a protobuf message, see "
         "proto/chancery/statement/v1)\n"
         "  signature.p7s        the seal: detached CMS SignedData, CAdES-B-B, one signature for "
         "each office\n"
         "  certificates.pem     the certificates that sealed it\n"
         "  ca.pem               the roots and issuing authorities above them\n"
         "  entry.bin            the exact bytes of the ledger's entry, in which statement and "
         "seal stand\n"
         "  receipt.tlog-proof   the entry's number, its inclusion proof and the cosigned "
         "checkpoint\n\n"
         "Verify the seal as it was when it was recorded:\n\n  " +
         command +
         "\n\nThat command accepts seals without signed attributes and bytes behind the seal's "
         "end; this one shows what is "
         "in it:\n\n  openssl cms -cmsout -print -inform DER -in signature.p7s -noout\n\n"
         "Each signature must have exactly the signed attributes contentType, messageDigest, "
         "signingTime and\n"
         "signing-certificate-v2. Whether ca.pem deserves trust is not said here: compare the root "
         "with a fingerprint\n"
         "that reached you by another way:\n\n  openssl x509 -in ca.pem -outform DER | sha256sum\n";
}

absl::Status Put(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Unavailable("cannot write " + path.string());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Extracted> ExtractEntry(const std::filesystem::path& path, std::uint64_t number,
                                       const std::filesystem::path& out) {
  CHANCERY_ASSIGN_OR_RETURN(const FoundEntry found, ReadEntryOf(path, number));
  const Bytes* statement = nullptr;
  const Bytes* seal = nullptr;
  std::visit(
      [&](const auto& body) {
        if constexpr (requires {
                        body.statement;
                        body.seal;
                      }) {
          statement = &body.statement;
          seal = &body.seal;
        }
      },
      found.entry.body);
  if (statement == nullptr) {
    return FailedPrecondition("entry " + std::to_string(number) + " is of the kind " +
                              std::string(codec::NameOf(found.entry.kind)) +
                              " and holds no sealed statement");
  }

  CHANCERY_ASSIGN_OR_RETURN(EvidenceFolder folder, EvidenceFolder::Open(path));
  absl::Status wrong;
  CHANCERY_ASSIGN_OR_RETURN(
      const Trust trust,
      ReadTrust(folder, nullptr, [&wrong](const std::string& file, const std::string& what) {
        if (wrong.ok()) wrong = DataLoss(file + ": " + what);
      }));
  CHANCERY_RETURN_IF_ERROR(wrong);
  const crypto::SealVerifier verifier(trust.seals.Lookup());
  const absl::StatusOr<std::vector<crypto::VerifiedSigner>> signers =
      verifier.Verify(*statement, *seal);
  if (!signers.ok())
    return DataLoss("the seal does not verify: " + std::string(ToStd(signers.status().message())));
  std::string certificates;
  for (const crypto::VerifiedSigner& signer : *signers)
    certificates += trust.seals.Find(signer.certificate)->ToPem();
  std::string authorities;
  if (trust.anchors) {
    for (const crypto::Certificate& root : trust.anchors->roots()) authorities += root.ToPem();
  }
  for (const crypto::Certificate& authority : trust.authorities) authorities += authority.ToPem();

  CHANCERY_ASSIGN_OR_RETURN(const Bytes note_bytes, folder.Read(layout::kCheckpoint));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(note_bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));
  LeavesOfFolder leaves;
  CHANCERY_RETURN_IF_ERROR(leaves.Read(path, checkpoint.tree.size));
  CHANCERY_ASSIGN_OR_RETURN(ledger::ProofHashes inclusion,
                            ledger::BuildInclusionProof(leaves, number, checkpoint.tree.size));

  std::error_code failure;
  if (std::filesystem::exists(std::filesystem::symlink_status(out, failure))) {
    return AlreadyExists(out.string() + " is there already; nothing was changed");
  }
  std::filesystem::create_directories(out, failure);
  if (failure) return Unavailable("cannot make " + out.string() + ": " + failure.message());
  const std::string command = OpensslCommand(found.entry.recorded_at);
  const std::pair<std::string, Bytes> files[] = {
      {"statement.bin", *statement},
      {"signature.p7s", *seal},
      {"certificates.pem", certificates},
      {"ca.pem", authorities},
      {"entry.bin", found.bytes},
      {"receipt.tlog-proof", ledger::FormatReceipt({number, std::move(inclusion), note_bytes})},
      {"README.txt", Readme(found, checkpoint.origin, command)}};
  Extracted extracted{{}, command};
  for (const auto& [name, bytes] : files) {
    CHANCERY_RETURN_IF_ERROR(Put(out / name, bytes));
    extracted.files.push_back(name);
  }
  return extracted;
}

}  // namespace chancery::audit
