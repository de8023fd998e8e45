#include "engine/exchange/shelf.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "engine/codec/bundle.h"
#include "engine/crypto/sha256.h"
#include "engine/exchange/bundle_seal.h"
#include "engine/exchange/row_names.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kPage = 64;
constexpr std::uintmax_t kMaxTrustFile = 1 << 20;

absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path, std::uintmax_t largest) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return NotFound("cannot read " + path.string());
  if (size > largest) return InvalidArgument(path.string() + " is larger than it can be");
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot read " + path.string());
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// The regular files below a folder whose names end so, in the order of their paths.
absl::StatusOr<std::vector<std::filesystem::path>> FilesBelow(const std::filesystem::path& folder,
                                                              std::string_view ending) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::recursive_directory_iterator at(folder, error);
  if (error) return NotFound("cannot read the folder " + folder.string());
  for (; at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (error) return Unavailable("cannot read the folder " + folder.string());
    if (at->is_regular_file(error) && at->path().extension() == ending) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Keeps those papers that are not there yet, all in one commit.
struct PaperToAdd {
  std::string_view kind;
  std::string id;
  ByteView bytes;
};
absl::Status AddPapers(store::Store& store, const std::vector<PaperToAdd>& papers) {
  store::Commit commit;
  std::set<std::pair<std::string_view, std::string>> met;
  for (const PaperToAdd& paper : papers) {
    if (!met.emplace(paper.kind, paper.id).second) continue;
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> there,
                              store.FindPaper(paper.kind, paper.id));
    if (there) continue;
    commit.papers.push_back({std::string(paper.kind), paper.id, 0, false, 0, Bytes(paper.bytes)});
  }
  return commit.papers.empty() ? absl::OkStatus() : store.Apply(commit);
}

// Every paper of a kind, in order of id.
template <class Visit>
absl::Status ForEachPaper(store::Store& store, std::string_view kind, const Visit& visit) {
  std::string after;
  for (;;) {
    CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::Paper> page,
                              store.ListPapers(kind, std::nullopt, after, kPage));
    if (page.empty()) return absl::OkStatus();
    for (const store::Paper& paper : page) CHANCERY_RETURN_IF_ERROR(visit(paper));
    after = page.back().id;
  }
}

}  // namespace

absl::StatusOr<TrustFolder> ReadTrustFolder(const std::filesystem::path& folder,
                                            const Anchor& anchor) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files,
                            FilesBelow(folder, ".pem"));
  std::map<Digest, crypto::Certificate> met;
  for (const std::filesystem::path& file : files) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes text, ReadFile(file, kMaxTrustFile));
    const auto certificates = crypto::Certificate::ListFromPem(text);
    if (!certificates.ok()) continue;  // a revocation list or a key: not ours to read
    for (const crypto::Certificate& certificate : *certificates)
      met.emplace(certificate.digest(), certificate);
  }
  TrustFolder trust;
  for (const auto& [party, fingerprint] : anchor.roots) {
    const auto found = met.find(fingerprint);
    if (found == met.end()) {
      return FailedPrecondition("trust: the root of " + party.ToText() + " with the fingerprint " +
                                fingerprint.ToHexText() + ", which the anchor names, is not in " +
                                folder.string());
    }
    trust.roots.push_back(found->second);
  }
  for (const auto& [digest, certificate] : met) {
    const bool is_root =
        std::find(trust.roots.begin(), trust.roots.end(), certificate) != trust.roots.end();
    if (is_root) continue;
    if (certificate.CheckAuthorityProfile(0).ok()) {
      trust.authorities.push_back(certificate);
    } else if (certificate.CheckLeafProfile(crypto::CertificatePurpose::kSeal).ok()) {
      trust.seals.push_back(certificate);
    } else if (certificate.IsAuthority() && certificate.uri().empty()) {
      trust.stamping.push_back(certificate);
    }
  }
  return trust;
}

absl::StatusOr<crypto::TrustAnchors> MakeTrustAnchors(const TrustFolder& folder,
                                                      const Anchor& anchor) {
  CHANCERY_ASSIGN_OR_RETURN(crypto::TrustAnchors trust,
                            crypto::TrustAnchors::Create(folder.roots, anchor.roots));
  if (trust.IsRehearsal() != anchor.rehearsal) {
    return FailedPrecondition("trust: the roots are not of the anchor's realm, which is " +
                              anchor.realm());
  }
  if (trust.agreement() != anchor.agreement) {
    return FailedPrecondition("trust: the roots are of the agreement " + trust.agreement() +
                              ", the anchor is of " + anchor.agreement);
  }
  return trust;
}

absl::Status CertificateShelf::Load(store::Store& store) {
  return ForEachPaper(store, kCertificatePaper, [this](const store::Paper& paper) -> absl::Status {
    const auto certificate = crypto::Certificate::FromDer(paper.bytes);
    if (!certificate.ok() || certificate->digest().ToHexText() != paper.id) {
      return DataLoss("store: the certificate " + paper.id + " is not what its digest says");
    }
    Keep(*certificate);
    return absl::OkStatus();
  });
}

absl::Status CertificateShelf::Add(store::Store& store,
                                   const std::vector<crypto::Certificate>& certificates) {
  std::vector<PaperToAdd> papers;
  for (const crypto::Certificate& certificate : certificates)
    papers.push_back({kCertificatePaper, certificate.digest().ToHexText(), certificate.der()});
  CHANCERY_RETURN_IF_ERROR(AddPapers(store, papers));
  for (const crypto::Certificate& certificate : certificates) Keep(certificate);
  return absl::OkStatus();
}

void CertificateShelf::Keep(const crypto::Certificate& certificate) {
  const std::unique_lock lock(mutex_);
  (certificate.office().empty() ? authorities_ : seals_).Add(certificate);
}

std::optional<crypto::Certificate> CertificateShelf::Find(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  return seals_.Find(digest);
}

std::vector<crypto::Certificate> CertificateShelf::Authorities() const {
  const std::shared_lock lock(mutex_);
  return authorities_.All();
}

std::vector<crypto::Certificate> CertificateShelf::Seals() const {
  const std::shared_lock lock(mutex_);
  return seals_.All();
}

absl::Status ProcedureShelf::Load(store::Store& store) {
  return ForEachPaper(store, kBundlePaper, [&](const store::Paper& paper) -> absl::Status {
    CHANCERY_ASSIGN_OR_RETURN(const std::optional<store::Paper> seal,
                              store.FindPaper(kProcedureSealPaper, paper.id));
    CHANCERY_ASSIGN_OR_RETURN(const Digest digest,
                              Add(store, paper.bytes, seal ? seal->bytes : Bytes{}));
    if (digest.ToHexText() != paper.id)
      return DataLoss("store: the procedure " + paper.id + " is not what its digest says");
    return absl::OkStatus();
  });
}

absl::StatusOr<Digest> ProcedureShelf::Add(store::Store& store, ByteView bundle, ByteView seal) {
  const Digest digest = crypto::Sha256(bundle);
  CHANCERY_ASSIGN_OR_RETURN(std::shared_ptr<const procedure::CheckedProcedure> checked,
                            codec::LoadProcedure(bundle, digest));
  // A bundle never stands without the seal it came with, whenever the program ends.
  std::vector<PaperToAdd> papers = {{kBundlePaper, digest.ToHexText(), bundle}};
  if (!seal.empty()) papers.push_back({kProcedureSealPaper, digest.ToHexText(), seal});
  CHANCERY_RETURN_IF_ERROR(AddPapers(store, papers));
  const std::unique_lock lock(mutex_);
  auto next = std::make_shared<procedure::ProcedureSet>(*set_);
  next->Add(std::move(checked));
  set_ = std::move(next);
  SealedBundle& kept = bundles_[digest];
  kept.digest = digest;
  kept.bundle = bundle;
  if (!seal.empty()) kept.seal = seal;
  return digest;
}

absl::Status ProcedureShelf::AddFolder(store::Store& store, const std::filesystem::path& folder,
                                       const CertificateShelf& certificates,
                                       const crypto::TrustAnchors& trust) {
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<std::filesystem::path> files,
                            FilesBelow(folder, ".bundle"));
  for (const std::filesystem::path& file : files) {
    CHANCERY_ASSIGN_OR_RETURN(const Bytes bundle, ReadFile(file, codec::kMaxBundleBytes));
    std::filesystem::path seal_file = file;
    seal_file.replace_extension(".p7s");
    Bytes seal;
    if (std::error_code error; std::filesystem::exists(seal_file, error)) {
      CHANCERY_ASSIGN_OR_RETURN(seal, ReadFile(seal_file, kMaxTrustFile));
    }
    if (const absl::Status both = CheckSignedByBoth(bundle, seal, certificates, trust); !both.ok())
      return Annotate(both, file.string());
    if (const auto added = Add(store, bundle, seal); !added.ok())
      return Annotate(added.status(), file.string());
  }
  return absl::OkStatus();
}

std::shared_ptr<const procedure::ProcedureSet> ProcedureShelf::Set() const {
  const std::shared_lock lock(mutex_);
  return set_;
}

absl::StatusOr<SealedBundle> ProcedureShelf::Find(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  const auto found = bundles_.find(digest);
  if (found == bundles_.end())
    return NotFound("procedure: none with the digest " + digest.ToHexText() + " is known here");
  return found->second;
}

std::vector<SealedBundle> ProcedureShelf::All() const {
  const std::shared_lock lock(mutex_);
  std::vector<SealedBundle> all;
  for (const auto& [digest, bundle] : bundles_) all.push_back(bundle);
  return all;
}

}  // namespace chancery::exchange
