#include "play/scans.h"

#include <algorithm>

#include "engine/crypto/sha256.h"

namespace chancery::play {

using procedure::Fact;

const Scan* FindScan(const Person& person, std::int64_t evidence) {
  const auto found = std::find_if(person.scans.begin(), person.scans.end(),
                                  [&](const Scan& scan) { return scan.evidence == evidence; });
  return found == person.scans.end() ? nullptr : &*found;
}

std::string BytesOf(const Person& person, const Scan& scan) {
  std::string piece = "Invented scan of ";
  piece += procedure::WordName(Fact::kEvidence, scan.evidence);
  piece += ": ";
  for (const Particular& particular : person.particulars) {
    if (particular.label == "name") piece += particular.value.Reveal();
  }
  piece += "\n";
  std::string bytes;
  while (bytes.size() < scan.size) bytes += std::to_string(bytes.size()) + " " + piece;
  bytes.resize(scan.size);
  return bytes;
}

std::string NameOf(const Person& person, const Scan& scan) {
  return "scan-" + person.id + "-" +
         std::string(procedure::WordName(Fact::kEvidence, scan.evidence));
}

void NameScans(const Person& person, std::vector<procedure::Facts>& lines) {
  for (procedure::Facts& line : lines) {
    const Scan* scan = FindScan(person, line.NumberOr(Fact::kEvidence, 0));
    if (scan != nullptr) line.Set(Fact::kAttachment, crypto::Sha256(BytesOf(person, *scan)));
  }
}

const Scan* ScanNamedBy(const Person& person, const procedure::Facts& line) {
  const Scan* scan = FindScan(person, line.NumberOr(Fact::kEvidence, 0));
  if (scan == nullptr || !line.Has(Fact::kAttachment)) return nullptr;
  return line.DigestOr(Fact::kAttachment) == crypto::Sha256(BytesOf(person, *scan)) ? scan
                                                                                    : nullptr;
}

}  // namespace chancery::play
