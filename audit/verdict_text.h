// A verdict as text for people and as data.
#ifndef CHANCERY_AUDIT_VERDICT_TEXT_H_
#define CHANCERY_AUDIT_VERDICT_TEXT_H_

#include <string>

#include <vector>

#include "audit/verify.h"

namespace chancery::audit {

// Exit codes of chancery-audit (design section 13).
enum ExitCode : int {
  kExitVerified = 0,
  kExitWrong = 1,  // verified and false, or a difference
  kExitUsage = 2,
  kExitUnreadable = 3,  // a folder or file is missing or the machine does not give it
  kExitUnanchored = 6,  // consistent with itself, tied to nobody; or it cannot be told
};
ExitCode ExitCodeOf(const Verdict& verdict);

std::string ToText(const Verdict& verdict);
std::string ToJson(const Verdict& verdict);
// Of several books verified in one run: an array of them.
std::string ToJson(const std::vector<Verdict>& verdicts);

}  // namespace chancery::audit

#endif  // CHANCERY_AUDIT_VERDICT_TEXT_H_
