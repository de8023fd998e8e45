// The text a person finds first in a folder of evidence.
#ifndef CHANCERY_ENGINE_EXCHANGE_EVIDENCE_README_H_
#define CHANCERY_ENGINE_EXCHANGE_EVIDENCE_README_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/slice.h"

namespace chancery::exchange {

// README.txt: what the folder is, for whom it was made, and how to check it with and without this
// project's programs. The same arguments give the same text.
std::string EvidenceReadme(const ledger::Checkpoint& checkpoint, std::string_view made_for,
                           bool rehearsal, const std::vector<std::string>& without_chain);
// The same for one reader's slice.
std::string SliceReadme(const ledger::Checkpoint& checkpoint, const ledger::SliceStreams& streams,
                        bool rehearsal, const std::vector<std::string>& without_chain);

}  // namespace chancery::exchange

#endif  // CHANCERY_ENGINE_EXCHANGE_EVIDENCE_README_H_
