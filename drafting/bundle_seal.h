// The seal of an agreed procedure: one CMS over the bundle's exact bytes, signed by the Union's
// signatory and the ministry.
//
// A procedure binds nobody before both have signed, and what they sign is the folder as one byte
// string: rules, articles and scenarios together. Everything here works on files and needs no
// ledger.
#ifndef CHANCERY_DRAFTING_BUNDLE_SEAL_H_
#define CHANCERY_DRAFTING_BUNDLE_SEAL_H_

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/party.h"
#include "engine/base/status.h"
#include "engine/base/time.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/seal.h"
#include "engine/ledger/anchor.h"

namespace chancery::drafting {

// NotFound when there is no such file or it cannot be read; InvalidArgument above 16 MiB.
absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path);
// Through a temporary file beside it, synced and renamed. Unavailable when the disk does not take
// it.
absl::Status WriteFile(const std::filesystem::path& path, ByteView bytes);

// "eu-pakistan/2016" as the beginning of a file's name: "eu-pakistan-2016".
std::string FileNameOf(std::string_view procedure_id);

// The certificates of a folder, whatever depth and file they stand in (*.pem).
struct Certificates {
  std::vector<crypto::Certificate> roots;        // of the anchor's parties, by their fingerprints
  std::vector<crypto::Certificate> authorities;  // issuing authorities
  crypto::CertificateSet seals;
};
absl::StatusOr<Certificates> ReadCertificates(const std::filesystem::path& folder,
                                              const ledger::Anchor& anchor);

struct Signature {
  PartyCode party;
  std::string office;
  Digest certificate;
  Instant claimed_time;
};
struct VerifiedSeal {
  std::vector<Signature> signatures;
  bool by_union = false;     // the Union's signatory is among them
  bool by_ministry = false;  // the office "ministry" of another party is among them
  bool by_both() const { return by_union && by_ministry; }
};
// Every signature with its chain at the moment `at`. PermissionDenied or InvalidArgument when one
// does not verify.
absl::StatusOr<VerifiedSeal> VerifyBundleSeal(ByteView bundle, ByteView seal,
                                              const Certificates& certificates,
                                              const ledger::Anchor& anchor, Instant at);

}  // namespace chancery::drafting

#endif  // CHANCERY_DRAFTING_BUNDLE_SEAL_H_
