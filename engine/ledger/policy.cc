#include "engine/ledger/policy.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace chancery::ledger {
namespace {

constexpr std::string_view kNone = "none";

bool IsPolicyWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F;
  });
}

// The words of a line; spaces and tabs between them.
std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// The threshold a word stands for among `members`; nothing when it is none.
std::optional<std::size_t> ParseThreshold(std::string_view word, std::size_t members) {
  if (word == "any") return 1;
  if (word == "all") return members;
  const std::optional<std::uint64_t> number = ParseSize(word);
  if (!number || *number == 0 || *number > members) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

std::string_view UrlOf(const std::vector<std::string_view>& words, std::size_t at) {
  return words.size() > at ? words[at] : std::string_view();
}

std::string WithUrl(const std::string& url) { return url.empty() ? "" : " " + url; }

}  // namespace

absl::StatusOr<Policy> Policy::Make(PolicyParts parts) {
  std::set<crypto::Ed25519PublicKey> keys;
  for (const PolicyLog& log : parts.logs) {
    if (log.key.algorithm() != NoteAlgorithm::kEd25519)
      return InvalidArgument("policy: a witness's key as a log");
    if (!keys.insert(log.key.public_key()).second)
      return InvalidArgument("policy: a key appears twice");
    if (!log.url.empty() && !IsPolicyWord(log.url)) return InvalidArgument("policy: malformed URL");
  }
  std::set<std::string, std::less<>> names;
  const auto define = [&names](const std::string& name) -> absl::Status {
    if (!IsPolicyWord(name) || name == kNone)
      return InvalidArgument("policy: malformed name '" + name + "'");
    if (!names.insert(name).second)
      return InvalidArgument("policy: the name '" + name + "' is defined twice");
    return absl::OkStatus();
  };
  for (const PolicyWitness& witness : parts.witnesses) {
    CHANCERY_RETURN_IF_ERROR(define(witness.name));
    if (witness.key.algorithm() != NoteAlgorithm::kCosignatureV1) {
      return InvalidArgument("policy: a log's key as the witness '" + witness.name + "'");
    }
    if (!keys.insert(witness.key.public_key()).second)
      return InvalidArgument("policy: a key appears twice");
    if (!witness.url.empty() && !IsPolicyWord(witness.url))
      return InvalidArgument("policy: malformed URL");
  }
  std::set<std::string, std::less<>> grouped;
  for (const PolicyGroup& group : parts.groups) {
    for (const std::string& member : group.members) {
      if (!names.contains(member))
        return InvalidArgument("policy: '" + member + "' is not defined before its use");
      if (!grouped.insert(member).second)
        return InvalidArgument("policy: '" + member + "' is in two places");
    }
    if (group.threshold == 0 || group.threshold > group.members.size()) {
      return InvalidArgument("policy: the group '" + group.name +
                             "' can never or always be satisfied");
    }
    CHANCERY_RETURN_IF_ERROR(define(group.name));
  }
  if (parts.quorum != kNone && !names.contains(parts.quorum)) {
    return InvalidArgument("policy: the quorum '" + parts.quorum + "' is not defined");
  }
  return Policy(std::move(parts));
}

absl::StatusOr<Policy> Policy::Parse(std::string_view text) {
  const bool allowed = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || c == '\n' || (byte >= 0x20 && byte != 0x7F);
  });
  if (!allowed) return InvalidArgument("policy: has a control character");
  if (text.empty() || text.back() != '\n')
    return InvalidArgument("policy: does not end in a newline");

  PolicyParts parts;
  std::set<std::string, std::less<>> names;
  bool has_quorum = false;
  int number = 0;
  const auto wrong = [&number](std::string_view what) {
    return InvalidArgument("policy line " + std::to_string(number) + ": " + std::string(what));
  };
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::vector<std::string_view> words = Words(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (words.empty() || words[0][0] == '#') continue;
    if (words[0] == "log") {
      if (words.size() < 2 || words.size() > 3) return wrong("not log <vkey> [url]");
      absl::StatusOr<NoteKey> key = NoteKey::FromText(words[1]);
      if (!key.ok()) return wrong(ToStd(key.status().message()));
      parts.logs.push_back({*std::move(key), std::string(UrlOf(words, 2))});
    } else if (words[0] == "witness") {
      if (words.size() < 3 || words.size() > 4) return wrong("not witness <name> <vkey> [url]");
      absl::StatusOr<NoteKey> key = NoteKey::FromText(words[2]);
      if (!key.ok()) return wrong(ToStd(key.status().message()));
      parts.witnesses.push_back(
          {std::string(words[1]), *std::move(key), std::string(UrlOf(words, 3))});
      names.emplace(words[1]);
    } else if (words[0] == "group") {
      if (words.size() < 4) return wrong("not group <name> all|any|<k> <names>");
      PolicyGroup group;
      group.name = std::string(words[1]);
      group.members.assign(words.begin() + 3, words.end());
      const std::optional<std::size_t> threshold = ParseThreshold(words[2], group.members.size());
      if (!threshold) return wrong("the threshold is not all, any, or 1 to the number of members");
      group.threshold = *threshold;
      for (const std::string& member : group.members) {
        if (!names.contains(member)) return wrong("'" + member + "' is not defined before its use");
      }
      names.insert(group.name);
      parts.groups.push_back(std::move(group));
    } else if (words[0] == "quorum") {
      if (words.size() != 2) return wrong("not quorum <name|none>");
      if (has_quorum) return wrong("a second quorum");
      if (words[1] != kNone && !names.contains(words[1]))
        return wrong("the quorum is not defined before its use");
      has_quorum = true;
      parts.quorum = std::string(words[1]);
    } else {
      return wrong("begins with none of log, witness, group, quorum");
    }
  }
  if (!has_quorum) return InvalidArgument("policy: no quorum");
  return Make(std::move(parts));
}

std::string Policy::Format() const {
  std::string text;
  for (const PolicyLog& log : parts_.logs)
    text += "log " + log.key.ToText() + WithUrl(log.url) + "\n";
  for (const PolicyWitness& witness : parts_.witnesses) {
    text += "witness " + witness.name + " " + witness.key.ToText() + WithUrl(witness.url) + "\n";
  }
  for (const PolicyGroup& group : parts_.groups) {
    text += "group " + group.name + " ";
    if (group.threshold == group.members.size()) {
      text += "all";
    } else if (group.threshold == 1) {
      text += "any";
    } else {
      text += std::to_string(group.threshold);
    }
    for (const std::string& member : group.members) text += " " + member;
    text += "\n";
  }
  return text + "quorum " + parts_.quorum + "\n";
}

bool Satisfied(const Policy& policy, std::string_view origin,
               std::span<const VerifiedSignature> signatures) {
  const auto has_signed = [&signatures](const NoteKey& key) {
    return std::any_of(signatures.begin(), signatures.end(),
                       [&key](const VerifiedSignature& signature) { return signature.key == key; });
  };
  const PolicyParts& parts = policy.parts();
  const bool log_signed = std::any_of(
      parts.logs.begin(), parts.logs.end(),
      [&](const PolicyLog& log) { return log.key.name() == origin && has_signed(log.key); });
  if (!log_signed) return false;
  if (parts.quorum == kNone) return true;

  std::map<std::string, bool, std::less<>> cosigned;
  for (const PolicyWitness& witness : parts.witnesses)
    cosigned[witness.name] = has_signed(witness.key);
  for (const PolicyGroup& group : parts.groups) {
    const auto members =
        std::count_if(group.members.begin(), group.members.end(),
                      [&cosigned](const std::string& member) { return cosigned[member]; });
    cosigned[group.name] = static_cast<std::size_t>(members) >= group.threshold;
  }
  return cosigned[parts.quorum];
}

absl::StatusOr<VerifiedCheckpoint> VerifyCheckpointOf(ByteView note, const Policy& policy) {
  std::vector<NoteKey> logs;
  for (const PolicyLog& log : policy.parts().logs) logs.push_back(log.key);
  std::vector<NoteKey> witnesses;
  for (const PolicyWitness& witness : policy.parts().witnesses) witnesses.push_back(witness.key);
  return VerifyCheckpoint(note, logs, witnesses);
}

absl::StatusOr<VerifiedCheckpoint> VerifyFinalCheckpoint(ByteView note, const Policy& policy) {
  CHANCERY_ASSIGN_OR_RETURN(VerifiedCheckpoint verified, VerifyCheckpointOf(note, policy));
  if (!Satisfied(policy, verified.checkpoint.origin, verified.signatures)) {
    return PermissionDenied("checkpoint: the quorum has not signed it");
  }
  return verified;
}

}  // namespace chancery::ledger
