#include "audit/extract.h"

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

#include "audit/book.h"
#include "audit/evidence_folder.h"
#include "audit/folder_tree.h"
#include "audit/trust_reader.h"
#include "audit/words.h"
#include "engine/base/text.h"
#include "engine/crypto/seal.h"
#include "engine/ledger/evidence_layout.h"
#include "engine/ledger/receipt.h"

namespace chancery::audit {
namespace {

namespace layout = ledger::evidence;

std::string Seconds(Instant at) { return std::to_string(at.ms / kMsPerSecond); }

std::string OpensslCommand(Instant recorded_at) {
  return "openssl cms -verify -inform DER -binary -cades -purpose any -content statement.bin -in "
         "signature.p7s "
         "-certfile certificates.pem -CAfile ca.pem -no-CApath -no-CAstore -attime " +
         Seconds(recorded_at) + " -out /dev/null";
}

// What stands above the signers of one seal, each in a file of its own.
struct Above {
  std::map<std::string, crypto::Certificate> roots;        // by file name
  std::map<std::string, crypto::Certificate> authorities;  // by file name
};

absl::StatusOr<Above> AboveSigners(const Trust& trust,
                                   const std::vector<crypto::VerifiedSigner>& signers, Instant at) {
  Above above;
  std::set<Digest> seen;
  std::map<std::string, int> of_party;
  for (const crypto::VerifiedSigner& signer : signers) {
    const std::optional<crypto::Certificate> leaf = trust.seals.Find(signer.certificate);
    if (!leaf) return DataLoss("a signer's certificate is not in the folder");
    bool found = false;
    for (const crypto::Certificate& authority : trust.authorities) {
      const absl::StatusOr<PartyCode> party =
          trust.anchors->VerifyChain(*leaf, {&authority, 1}, at, crypto::CertificatePurpose::kSeal);
      if (!party.ok()) continue;
      found = true;
      for (const crypto::Certificate& root : trust.anchors->roots()) {
        if (root.party() == *party)
          above.roots.emplace("roots/" + root.party().ToText() + ".pem", root);
      }
      if (!seen.insert(authority.digest()).second) continue;
      const std::string name = authority.party().ToText();
      above.authorities.emplace(
          "authorities/" + name + "-" + std::to_string(++of_party[name]) + ".pem", authority);
    }
    if (!found) return DataLoss("no root of the folder stands above " + leaf->uri());
  }
  return above;
}

// `openssl x509` gives the first certificate of a file and no other: what is rebuilt with it holds
// only what was checked.
std::string Rebuilt(const std::vector<std::string>& files, const std::string& into) {
  std::string command = "(";
  for (const std::string& file : files)
    command += (command.size() == 1 ? "openssl x509 -in " : " && openssl x509 -in ") + file;
  return command + ") > " + into;
}

std::string TrustSteps(const Above& above, Instant recorded_at) {
  std::vector<std::string> roots;
  std::string text =
      "1. Compare each root with the anchor that reached you by another way: the digest printed\n"
      "   must be the one in the anchor's line.\n";
  for (const auto& [file, root] : above.roots) {
    roots.push_back(file);
    text += "\n  openssl x509 -in " + file + " -outform DER | sha256sum\n" +
            "     the anchor's line:  root " + root.party().ToText() + " " +
            root.digest().ToHexText() + "\n";
  }
  text +=
      "\n2. Each issuing authority must stand under these roots; each command must print OK:\n\n "
      " " +
      Rebuilt(roots, "checked-roots.pem") + "\n";
  std::vector<std::string> all = roots;
  for (const auto& [file, authority] : above.authorities) {
    all.push_back(file);
    text += "  openssl verify -CAfile checked-roots.pem -no-CApath -no-CAstore -attime " +
            Seconds(recorded_at) + " " + file + "\n";
  }
  text += "\n3. Count what openssl will trust; this must print " + std::to_string(all.size()) +
          ". Another number means that ca.pem was changed:\n\n  grep -c BEGIN ca.pem\n\n"
          "4. Make ca.pem again out of exactly what steps 1 and 2 checked:\n\n  " +
          Rebuilt(all, "ca.pem") + "\n";
  return text;
}

std::string Readme(const FoundEntry& found, const std::string& origin, const Above& above,
                   const std::string& command) {
  return "Entry " + std::to_string(found.number) + " of the ledger " + origin + ", recorded at " +
         ToText(found.entry.recorded_at) +
         "\n\n"
         "  statement.bin        the exact bytes that were sealed (a protobuf message, see "
         "proto/chancery/statement/v1)\n"
         "  signature.p7s        the seal: detached CMS SignedData, CAdES-B-B, one signature for "
         "each office\n"
         "  certificates.pem     the certificates that sealed it\n"
         "  roots/               the roots above them, one certificate in each file\n"
         "  authorities/         the issuing authorities between, one certificate in each file\n"
         "  ca.pem               these roots and issuing authorities together\n"
         "  entry.bin            the exact bytes of the ledger's entry, in which statement and "
         "seal stand\n"
         "  receipt.tlog-proof   the entry's number, its inclusion proof and the cosigned "
         "checkpoint\n\n"
         "Openssl trusts every certificate in ca.pem. Steps 1 to 4 settle what is in it; without\n"
         "them step 5 proves nothing.\n\n" +
         TrustSteps(above, found.entry.recorded_at) +
         "\n5. Verify the seal as it was when it was recorded:\n\n  " + command +
         "\n\n6. That command accepts seals without signed attributes and bytes behind the seal's "
         "end; this one shows what is "
         "in it:\n\n  openssl cms -cmsout -print -inform DER -in signature.p7s -noout\n\n"
         "Each signature must have exactly the signed attributes contentType, messageDigest, "
         "signingTime and\n"
         "signing-certificate-v2.\n";
}

absl::Status Put(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Unavailable("cannot write " + path.string());
  return absl::OkStatus();
}

// Whether `path` is `folder` or lies in it, symbolic links followed.
bool IsInside(const std::filesystem::path& path, const std::filesystem::path& folder) {
  std::error_code failure;
  const std::filesystem::path real_path =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path), failure);
  const std::filesystem::path real_folder =
      std::filesystem::weakly_canonical(std::filesystem::absolute(folder), failure);
  const std::filesystem::path relative = real_path.lexically_relative(real_folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

absl::StatusOr<Extracted> ExtractEntry(const std::filesystem::path& path, std::uint64_t number,
                                       const std::filesystem::path& out) {
  if (IsInside(out, path)) {
    return InvalidArgument(
        out.string() + " is inside the evidence folder, which must stay as it is: name another");
  }
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
  CHANCERY_ASSIGN_OR_RETURN(const Above above,
                            AboveSigners(trust, *signers, found.entry.recorded_at));
  std::string authorities;
  for (const auto& [name, root] : above.roots) authorities += root.ToPem();
  for (const auto& [name, authority] : above.authorities) authorities += authority.ToPem();

  CHANCERY_ASSIGN_OR_RETURN(const Bytes note_bytes, folder.Read(layout::kCheckpoint));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(note_bytes));
  CHANCERY_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                            ledger::ParseCheckpoint(note.text));
  // Finding the entry compared every tile.
  FolderNodes nodes(folder, checkpoint.tree.size);
  CHANCERY_ASSIGN_OR_RETURN(ledger::ProofHashes inclusion,
                            ledger::BuildInclusionProof(nodes, number, checkpoint.tree.size));

  std::error_code failure;
  if (std::filesystem::exists(std::filesystem::symlink_status(out, failure))) {
    return AlreadyExists(out.string() + " is there already; nothing was changed");
  }
  std::filesystem::create_directories(out, failure);
  if (failure) return Unavailable("cannot make " + out.string() + ": " + failure.message());
  const std::string command = OpensslCommand(found.entry.recorded_at);
  std::vector<std::pair<std::string, Bytes>> files = {
      {"statement.bin", *statement},
      {"signature.p7s", *seal},
      {"certificates.pem", certificates},
      {"ca.pem", authorities},
      {"entry.bin", found.bytes},
      {"receipt.tlog-proof", ledger::FormatReceipt({number, std::move(inclusion), note_bytes})},
      {"README.txt", Readme(found, Printable(checkpoint.origin), above, command)}};
  for (const auto& list : {above.roots, above.authorities}) {
    for (const auto& [name, certificate] : list) files.emplace_back(name, certificate.ToPem());
  }
  for (const char* inner : {"roots", "authorities"}) {
    std::filesystem::create_directory(out / inner, failure);
    if (failure) return Unavailable("cannot make " + out.string() + ": " + failure.message());
  }
  Extracted extracted{{}, command};
  for (const auto& [name, bytes] : files) {
    CHANCERY_RETURN_IF_ERROR(Put(out / name, bytes));
    extracted.files.push_back(name);
  }
  return extracted;
}

}  // namespace chancery::audit
