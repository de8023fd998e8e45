// Where things lie in a folder of evidence: the one place that the program which writes it and the
// programs which read it take the names from. docs/audit-guide.md describes the folder; the names
// are forever.
#ifndef CHANCERY_ENGINE_LEDGER_EVIDENCE_LAYOUT_H_
#define CHANCERY_ENGINE_LEDGER_EVIDENCE_LAYOUT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"

namespace chancery::ledger::evidence {

inline constexpr std::string_view kReadme = "README.txt";  // for people; nothing vouches for it
inline constexpr std::string_view kPolicy = "policy";      // C2SP tlog-policy
// Only where keys were handed over: the policy with the keys that followed, and their handovers.
inline constexpr std::string_view kPolicyNow = "policy-now";
inline constexpr std::string_view kKeys = "keys/";
inline constexpr std::string_view kHandoverEnding = ".handover";  // named by the announcing entry
inline constexpr std::string_view kCheckpoint =
    "checkpoint";  // C2SP tlog-checkpoint with cosignatures
// Which heads of the history were cosigned, and when (engine/ledger/cosigned_heads.h).
inline constexpr std::string_view kCosigned = "cosigned-heads";
inline constexpr std::string_view kTiles = "tile/";  // C2SP tlog-tiles
// A slice, of one reader, has these two and no tile/entries/ (engine/ledger/slice.h).
inline constexpr std::string_view kStreams = "streams";  // for whom, and how much of each stream
inline constexpr std::string_view kSlice = "slice/";     // the reader's entries, in bundles
inline constexpr std::string_view kRoots = "trust/roots/";
inline constexpr std::string_view kAuthorities = "trust/authorities/";
inline constexpr std::string_view kSeals = "trust/seals/";
inline constexpr std::string_view kStamping = "trust/stamping/";  // above stamping certificates
inline constexpr std::string_view kProcedures = "procedures/";
inline constexpr std::string_view kReceipts = "receipts/";
inline constexpr std::string_view kTimestamps = "timestamps/";

inline constexpr std::string_view kCertificateEnding =
    ".pem";  // exactly one certificate, named by SHA-256 of its DER
inline constexpr std::string_view kBundleEnding = ".bundle";   // named by SHA-256 of its bytes
inline constexpr std::string_view kBundleSealEnding = ".p7s";  // the seal of the bundle beside it
inline constexpr std::string_view kReceiptEnding = ".tlog-proof";  // named by the entry's number
inline constexpr std::string_view kEntryEnding = ".entry";         // the exact bytes of that entry

// The three files of a time stamp are named by the stamped tree's size and by the nonce of the
// request: "timestamps/41.00c0ffee00c0ffee.checkpoint".
inline constexpr std::string_view kStampedEnding = ".checkpoint";  // the exact bytes stamped
inline constexpr std::string_view kQueryEnding = ".tsq";           // RFC 3161 TimeStampReq
inline constexpr std::string_view kReplyEnding = ".tsr";           // RFC 3161 TimeStampResp

inline std::string Join(std::string_view folder, std::string_view name, std::string_view ending) {
  return std::string(folder) + std::string(name) + std::string(ending);
}
inline std::string RootPath(const Digest& digest) {
  return Join(kRoots, digest.ToHexText(), kCertificateEnding);
}
inline std::string AuthorityPath(const Digest& digest) {
  return Join(kAuthorities, digest.ToHexText(), kCertificateEnding);
}
inline std::string SealPath(const Digest& digest) {
  return Join(kSeals, digest.ToHexText(), kCertificateEnding);
}
inline std::string StampingPath(const Digest& digest) {
  return Join(kStamping, digest.ToHexText(), kCertificateEnding);
}
inline std::string BundlePath(const Digest& digest) {
  return Join(kProcedures, digest.ToHexText(), kBundleEnding);
}
inline std::string BundleSealPath(const Digest& digest) {
  return Join(kProcedures, digest.ToHexText(), kBundleSealEnding);
}
inline std::string HandoverPath(std::uint64_t entry) {
  return Join(kKeys, std::to_string(entry), kHandoverEnding);
}
inline std::string ReceiptPath(std::uint64_t number) {
  return Join(kReceipts, std::to_string(number), kReceiptEnding);
}
inline std::string ReceiptEntryPath(std::uint64_t number) {
  return Join(kReceipts, std::to_string(number), kEntryEnding);
}

}  // namespace chancery::ledger::evidence

#endif  // CHANCERY_ENGINE_LEDGER_EVIDENCE_LAYOUT_H_
