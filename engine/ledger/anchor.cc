#include "engine/ledger/anchor.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace chancery::ledger {
namespace {

constexpr std::string_view kFirstLine = "chancery-anchor v1";
constexpr std::string_view kOriginHost = ".chancery.example/";
constexpr std::string_view kWitnessEnding = "/witness";
// How many of the always-on witnesses a quorum needs.
constexpr std::size_t kAlwaysOnNeeded = 1;

bool IsId(std::string_view id, std::size_t longest) {
  return !id.empty() && id.size() <= longest && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}
bool IsAgreementId(std::string_view id) { return IsId(id, 64); }

// The words of a line separated by single spaces.
std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

absl::Status Wrong(std::size_t line, std::string_view message) {
  return InvalidArgument("anchor, line " + std::to_string(line) + ": " + std::string(message));
}

absl::Status AddLine(const std::vector<std::string_view>& words, std::size_t number,
                     Anchor& anchor) {
  const std::string_view kind = words[0];
  if (words.size() !=
      (kind == "root" || kind == "log" || kind == "witness" || kind == "policy" || kind == "tsa"
           ? 3
           : 2)) {
    return Wrong(
        number,
        "expected realm, agreement, founding, root, log, witness, always-on, policy or tsa with "
        "its values");
  }
  if (kind == "realm") {
    if (words[1] != "rehearsal" && words[1] != "live")
      return Wrong(number, "the realm is rehearsal or live");
    anchor.rehearsal = words[1] == "rehearsal";
  } else if (kind == "agreement") {
    if (!IsAgreementId(words[1]))
      return Wrong(number, "an agreement's name is 1 to 64 of a-z, 0-9 and '-'");
    anchor.agreement = words[1];
  } else if (kind == "founding") {
    const std::optional<Digest> digest = Digest::FromHexText(words[1]);
    if (!digest) return Wrong(number, "expected 64 lower-case hexadecimal digits");
    anchor.founding = *digest;
  } else if (kind == "root" || kind == "policy") {
    const bool is_root = kind == "root";
    const std::optional<PartyCode> party = PartyCode::FromText(words[is_root ? 1 : 2]);
    const std::optional<Digest> digest = Digest::FromHexText(words[is_root ? 2 : 1]);
    if (!party || !digest)
      return Wrong(number, "expected a party code and 64 lower-case hexadecimal digits");
    if (!(is_root ? anchor.roots : anchor.policies).emplace(*party, *digest).second) {
      return Wrong(number, "a second one of the same party");
    }
  } else if (kind == "always-on") {
    const absl::StatusOr<NoteKey> key = NoteKey::FromText(words[1]);
    if (!key.ok() || key->algorithm() != NoteAlgorithm::kCosignatureV1)
      return Wrong(number, "expected the verifier key of a witness");
    anchor.always_on.push_back(*key);
  } else if (kind == "log" || kind == "witness") {
    const bool is_log = kind == "log";
    const std::optional<PartyCode> party = PartyCode::FromText(words[1]);
    const absl::StatusOr<NoteKey> key = NoteKey::FromText(words[2]);
    if (!party || !key.ok()) return Wrong(number, "expected a party code and a verifier key");
    if (key->algorithm() != (is_log ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1)) {
      return Wrong(number, "a key of the other kind");
    }
    const std::string name = is_log ? OriginOf(anchor.agreement, anchor.realm(), *party)
                                    : WitnessNameOf(anchor.agreement, anchor.realm(), *party);
    if (key->name() != name) return Wrong(number, "the key's name must be " + name);
    if (!(is_log ? anchor.logs : anchor.witnesses).emplace(*party, *key).second) {
      return Wrong(number, "a second one of the same party");
    }
  } else if (kind == "tsa") {
    const std::optional<Digest> digest = Digest::FromHexText(words[2]);
    if (!IsId(words[1], 32) || !digest) {
      return Wrong(number,
                   "expected a name of 1 to 32 of a-z, 0-9 and '-', and 64 lower-case hexadecimal "
                   "digits");
    }
    const bool twice = std::any_of(anchor.stamping_roots.begin(), anchor.stamping_roots.end(),
                                   [&](const auto& one) { return one.second == *digest; });
    if (twice || !anchor.stamping_roots.emplace(words[1], *digest).second)
      return Wrong(number, "a second one of that name or root");
  } else {
    return Wrong(
        number,
        "expected realm, agreement, founding, root, log, witness, always-on, policy or tsa");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Anchor> ParseAnchor(std::string_view text) {
  Anchor anchor;
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return Wrong(number, "the last line is not ended by a newline");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (number == 1) {
      if (line != kFirstLine) return Wrong(number, "expected \"" + std::string(kFirstLine) + "\"");
    } else {
      CHANCERY_RETURN_IF_ERROR(AddLine(Words(line), number, anchor));
    }
  }
  if (anchor.agreement.empty() || anchor.founding.IsZero() || anchor.roots.empty() ||
      anchor.logs.empty()) {
    return InvalidArgument("anchor: it needs an agreement, a founding procedure, a root and a log");
  }
  std::vector<crypto::Ed25519PublicKey> keys;
  for (const auto& [party, key] : anchor.logs) keys.push_back(key.public_key());
  for (const auto& [party, key] : anchor.witnesses) keys.push_back(key.public_key());
  for (const NoteKey& key : anchor.always_on) keys.push_back(key.public_key());
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
    return InvalidArgument("anchor: one key stands twice; a key has one role");
  }
  // A name says whose line it is: no two witnesses share one, and none is called like a ledger.
  std::set<std::string, std::less<>> names;
  for (const auto& [party, key] : anchor.logs) names.insert(key.name());
  for (const auto& [party, key] : anchor.witnesses) names.insert(key.name());
  for (const NoteKey& key : anchor.always_on) {
    if (!names.insert(key.name()).second)
      return InvalidArgument("anchor: the name " + key.name() + " stands twice");
  }
  if (FormatAnchor(anchor) != text) {
    return InvalidArgument(
        "anchor: lines are not in the order realm, agreement, founding, root, log, witness, "
        "always-on, policy, tsa, "
        "each kind sorted");
  }
  return anchor;
}

std::string FormatAnchor(const Anchor& anchor) {
  std::string text(kFirstLine);
  text += "\nrealm " + anchor.realm() + "\nagreement " + anchor.agreement + "\nfounding " +
          anchor.founding.ToHexText() + "\n";
  for (const auto& [party, digest] : anchor.roots)
    text += "root " + party.ToText() + " " + digest.ToHexText() + "\n";
  for (const auto& [party, key] : anchor.logs)
    text += "log " + party.ToText() + " " + key.ToText() + "\n";
  for (const auto& [party, key] : anchor.witnesses)
    text += "witness " + party.ToText() + " " + key.ToText() + "\n";
  std::vector<NoteKey> always_on = anchor.always_on;
  std::sort(always_on.begin(), always_on.end(),
            [](const NoteKey& a, const NoteKey& b) { return a.name() < b.name(); });
  for (const NoteKey& key : always_on) text += "always-on " + key.ToText() + "\n";
  std::vector<std::string> policies;
  for (const auto& [party, digest] : anchor.policies) {
    policies.push_back("policy " + digest.ToHexText() + " " + party.ToText() + "\n");
  }
  std::sort(policies.begin(), policies.end());
  for (const std::string& line : policies) text += line;
  for (const auto& [name, digest] : anchor.stamping_roots)
    text += "tsa " + name + " " + digest.ToHexText() + "\n";
  return text;
}

std::string OriginOf(std::string_view agreement, std::string_view realm, PartyCode party) {
  return std::string(agreement) + std::string(kOriginHost) + std::string(realm) + "/" +
         party.ToText();
}

std::string WitnessNameOf(std::string_view agreement, std::string_view realm, PartyCode party) {
  return OriginOf(agreement, realm, party) + std::string(kWitnessEnding);
}

std::optional<OriginParts> ParseOrigin(std::string_view origin) {
  const std::size_t host = origin.find(kOriginHost);
  const std::size_t slash = origin.rfind('/');
  if (host == std::string_view::npos || slash < host + kOriginHost.size()) return std::nullopt;
  const std::size_t realm = host + kOriginHost.size();
  const std::optional<PartyCode> party = PartyCode::FromText(origin.substr(slash + 1));
  OriginParts parts{std::string(origin.substr(0, host)),
                    std::string(origin.substr(realm, slash - realm)), party.value_or(PartyCode{})};
  if (!party || !IsAgreementId(parts.agreement) ||
      (parts.realm != "rehearsal" && parts.realm != "live")) {
    return std::nullopt;
  }
  return parts;
}

PartyCode PartyOfOrigin(const Anchor& anchor, std::string_view origin) {
  for (const auto& [party, key] : anchor.logs) {
    if (key.name() == origin) return party;
  }
  return {};
}

std::vector<NoteKey> WitnessKeys(const Anchor& anchor) {
  std::vector<NoteKey> keys;
  for (const auto& [party, key] : anchor.witnesses) keys.push_back(key);
  keys.insert(keys.end(), anchor.always_on.begin(), anchor.always_on.end());
  return keys;
}

absl::StatusOr<Policy> FoundingPolicy(const Anchor& anchor, PartyCode keeper,
                                      std::span<const PartyCode> readers) {
  const auto log = anchor.logs.find(keeper);
  if (log == anchor.logs.end())
    return FailedPrecondition("anchor: it names no ledger of " + keeper.ToText());
  PolicyParts parts;
  parts.logs.push_back({log->second, ""});
  PolicyGroup all{"readers", readers.size(), {}};
  for (const PartyCode reader : readers) {
    const auto witness = anchor.witnesses.find(reader);
    if (witness == anchor.witnesses.end())
      return FailedPrecondition("anchor: it names no witness of " + reader.ToText());
    parts.witnesses.push_back({reader.ToText(), witness->second, ""});
    all.members.push_back(reader.ToText());
  }
  parts.groups.push_back(all);
  parts.quorum = all.name;
  if (!anchor.always_on.empty()) {
    PolicyGroup always{"always", kAlwaysOnNeeded, {}};
    for (const NoteKey& key : anchor.always_on) {
      const std::string name = "always" + std::to_string(always.members.size() + 1);
      parts.witnesses.push_back({name, key, ""});
      always.members.push_back(name);
    }
    parts.groups.push_back(always);
    parts.groups.push_back({"final", 2, {all.name, always.name}});
    parts.quorum = "final";
  }
  return Policy::Make(std::move(parts));
}

std::size_t IntersectingAlwaysOn(const Anchor& anchor) {
  return anchor.always_on.empty() ? 0 : anchor.always_on.size() - kAlwaysOnNeeded + 1;
}

}  // namespace chancery::ledger
