// Scans of a scenario's persons: bytes that nobody's document holds, marked as invented, which an
// application names as attachments.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_PLAY_SCANS_H_
#define CHANCERY_PLAY_SCANS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/procedure/facts.h"
#include "play/scenario.h"

namespace chancery::play {

// The scan of that kind of evidence (word of Fact::kEvidence); null when the person has none.
const Scan* FindScan(const Person& person, std::int64_t evidence);
// "Invented scan of passport: " and the person's name, again and again to the scan's size.
std::string BytesOf(const Person& person, const Scan& scan);
// "scan-P01-passport": what its file is called.
std::string NameOf(const Person& person, const Scan& scan);

// Names the attachment in each line whose evidence the person has a scan of.
void NameScans(const Person& person, std::vector<procedure::Facts>& lines);
// The scan that a line names; null when it names none.
const Scan* ScanNamedBy(const Person& person, const procedure::Facts& line);

}  // namespace chancery::play

#endif  // CHANCERY_PLAY_SCANS_H_
