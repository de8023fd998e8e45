#include "engine/ledger/key_book.h"

#include <algorithm>
#include <string>
#include <utility>

namespace chancery::ledger {

KeyBook::KeyBook(const Anchor& anchor) : always_on_(anchor.always_on) {
  for (const auto& [party, key] : anchor.logs) logs_[party].push_back({key, std::nullopt});
  for (const auto& [party, key] : anchor.witnesses)
    witnesses_[party].push_back({key, std::nullopt});
}

KeyBook::KeyBook(const Policy& policy, std::string_view origin) {
  const std::optional<OriginParts> keeper = ParseOrigin(origin);
  for (const PolicyLog& log : policy.parts().logs) {
    if (keeper && log.key.name() == origin) logs_[keeper->party].push_back({log.key, std::nullopt});
  }
  constexpr std::string_view kEnding = "/witness";
  for (const PolicyWitness& witness : policy.parts().witnesses) {
    std::string_view name = witness.key.name();
    std::optional<OriginParts> parts;
    if (name.ends_with(kEnding)) parts = ParseOrigin(name.substr(0, name.size() - kEnding.size()));
    if (parts) {
      witnesses_[parts->party].push_back({witness.key, std::nullopt});
    } else {
      always_on_.push_back(witness.key);
    }
  }
}

absl::Status KeyBook::Take(ByteView note) {
  CHANCERY_ASSIGN_OR_RETURN(const Handover handover, ReadHandover(note));
  const std::lock_guard lock(mutex_);
  if (std::find(handovers_.begin(), handovers_.end(), handover) != handovers_.end())
    return absl::OkStatus();
  const auto chain = std::find_if(logs_.begin(), logs_.end(), [&](const auto& one) {
    return one.second.front().key.name() == handover.origin;
  });
  if (chain == logs_.end())
    return NotFound("handover: no ledger " + handover.origin + " is known here");
  Chain& logs = chain->second;
  const Chain* held = ChainOf(witnesses_, chain->first);
  if (logs.back().key != handover.before) {
    return PermissionDenied("handover: it is not signed by the newest key of " + handover.origin +
                            "; take the earlier handovers first, and a key hands over once");
  }
  for (const Handover& earlier : handovers_) {
    if (earlier.origin == handover.origin && handover.entry <= earlier.entry) {
      return PermissionDenied("handover: entry " + std::to_string(handover.entry) +
                              " announced it, not later than the handover before it");
    }
  }
  const bool log_changes = handover.log != handover.before;
  const bool witness_changes = held == nullptr || handover.witness != held->back().key;
  if (!log_changes && !witness_changes) return PermissionDenied("handover: it changes no key");
  if ((log_changes && IsUsed(handover.log.public_key())) ||
      (witness_changes && IsUsed(handover.witness.public_key()))) {
    return PermissionDenied(
        "handover: a key that has or had a role does not take another; make a new key");
  }
  if (log_changes) {
    logs.back().until = handover.until;
    logs.push_back({handover.log, std::nullopt});
  }
  if (witness_changes) {
    Chain& witnesses = witnesses_[chain->first];
    if (!witnesses.empty()) witnesses.back().until = handover.until;
    witnesses.push_back({handover.witness, std::nullopt});
  }
  handovers_.push_back(handover);
  notes_.emplace_back(note);
  return absl::OkStatus();
}

bool KeyBook::IsUsed(const crypto::Ed25519PublicKey& key) const {
  const auto in = [&key](const std::map<PartyCode, Chain>& chains) {
    return std::any_of(chains.begin(), chains.end(), [&key](const auto& one) {
      return std::any_of(one.second.begin(), one.second.end(),
                         [&key](const Held& held) { return held.key.public_key() == key; });
    });
  };
  return in(logs_) || in(witnesses_) ||
         std::any_of(always_on_.begin(), always_on_.end(),
                     [&key](const NoteKey& one) { return one.public_key() == key; });
}

void KeyBook::Introduce(const Handover& handover) {
  const std::optional<OriginParts> origin = ParseOrigin(handover.origin);
  const std::lock_guard lock(mutex_);
  if (origin) logs_.try_emplace(origin->party, Chain{{handover.before, std::nullopt}});
}

std::shared_ptr<KeyBook> KeyBook::Where(const std::function<bool(const Handover&)>& wanted) const {
  const std::shared_ptr<KeyBook> book(new KeyBook());
  std::vector<std::pair<Handover, Bytes>> handed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [party, chain] : logs_)
      book->logs_[party].push_back({chain.front().key, std::nullopt});
    for (const auto& [party, chain] : witnesses_)
      book->witnesses_[party].push_back({chain.front().key, std::nullopt});
    book->always_on_ = always_on_;
    for (std::size_t i = 0; i < notes_.size(); ++i) handed.emplace_back(handovers_[i], notes_[i]);
  }
  for (const auto& [handover, note] : handed) {
    // One that does not follow any more is left out.
    if (wanted(handover)) (void)book->Take(note).ok();
  }
  return book;
}

std::vector<Bytes> KeyBook::Notes() const {
  const std::lock_guard lock(mutex_);
  return notes_;
}

std::vector<Handover> KeyBook::Handovers() const {
  const std::lock_guard lock(mutex_);
  return handovers_;
}

bool KeyBook::empty() const {
  const std::lock_guard lock(mutex_);
  return handovers_.empty();
}

const KeyBook::Chain* KeyBook::ChainOf(const std::map<PartyCode, Chain>& chains,
                                       PartyCode party) const {
  const auto found = chains.find(party);
  return found == chains.end() ? nullptr : &found->second;
}

std::vector<NoteKey> KeyBook::KeysOf(const Chain* chain, std::optional<Instant> at) {
  std::vector<NoteKey> keys;
  if (chain == nullptr) return keys;
  for (auto held = chain->rbegin(); held != chain->rend(); ++held) {
    if (!at || !held->until || *at < *held->until) keys.push_back(held->key);
  }
  return keys;
}

std::vector<NoteKey> KeyBook::Logs(PartyCode party) const {
  const std::lock_guard lock(mutex_);
  return KeysOf(ChainOf(logs_, party), std::nullopt);
}

std::vector<NoteKey> KeyBook::LogsAt(PartyCode party, Instant at) const {
  const std::lock_guard lock(mutex_);
  return KeysOf(ChainOf(logs_, party), at);
}

std::vector<NoteKey> KeyBook::Witnesses(PartyCode party) const {
  const std::lock_guard lock(mutex_);
  return KeysOf(ChainOf(witnesses_, party), std::nullopt);
}

std::vector<NoteKey> KeyBook::WitnessesAt(PartyCode party, Instant at) const {
  const std::lock_guard lock(mutex_);
  return KeysOf(ChainOf(witnesses_, party), at);
}

std::vector<NoteKey> KeyBook::AllLogs() const {
  const std::lock_guard lock(mutex_);
  std::vector<NoteKey> keys;
  for (const auto& [party, chain] : logs_) {
    for (const Held& held : chain) keys.push_back(held.key);
  }
  return keys;
}

std::vector<NoteKey> KeyBook::AllWitnesses() const {
  const std::lock_guard lock(mutex_);
  std::vector<NoteKey> keys;
  for (const auto& [party, chain] : witnesses_) {
    for (const Held& held : chain) keys.push_back(held.key);
  }
  keys.insert(keys.end(), always_on_.begin(), always_on_.end());
  return keys;
}

std::vector<PartyCode> KeyBook::Parties() const {
  const std::lock_guard lock(mutex_);
  std::vector<PartyCode> parties;
  for (const auto& [party, chain] : logs_) parties.push_back(party);
  return parties;
}

PartyCode KeyBook::PartyOfOrigin(std::string_view origin) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [party, chain] : logs_) {
    if (chain.front().key.name() == origin) return party;
  }
  return {};
}

std::optional<Instant> KeyBook::EndOf(const NoteKey& key) const {
  const std::lock_guard lock(mutex_);
  for (const auto* chains : {&logs_, &witnesses_}) {
    for (const auto& [party, chain] : *chains) {
      for (const Held& held : chain) {
        if (held.key == key) return held.until;
      }
    }
  }
  return std::nullopt;
}

const KeyBook::Chain* KeyBook::ChainWith(const std::map<PartyCode, Chain>& chains,
                                         const NoteKey& key) const {
  for (const auto& [party, chain] : chains) {
    if (chain.size() > 1 && std::any_of(chain.begin(), chain.end(),
                                        [&key](const Held& held) { return held.key == key; }))
      return &chain;
  }
  return nullptr;
}

absl::StatusOr<Policy> KeyBook::BringForward(const Policy& policy) const {
  const std::lock_guard lock(mutex_);
  if (handovers_.empty()) return policy;
  PolicyParts parts;
  for (const PolicyLog& log : policy.parts().logs) {
    const Chain* chain = ChainWith(logs_, log.key);
    if (chain == nullptr) {
      parts.logs.push_back(log);
      continue;
    }
    for (const NoteKey& key : KeysOf(chain, std::nullopt)) parts.logs.push_back({key, log.url});
  }
  for (const PolicyWitness& witness : policy.parts().witnesses) {
    const Chain* chain = ChainWith(witnesses_, witness.key);
    if (chain == nullptr) {
      parts.witnesses.push_back(witness);
      continue;
    }
    PolicyGroup any{witness.name, 1, {}};
    for (const Held& held : *chain) {
      any.members.push_back(witness.name + "-" + std::to_string(any.members.size() + 1));
      parts.witnesses.push_back({any.members.back(), held.key, witness.url});
    }
    parts.groups.push_back(std::move(any));
  }
  parts.groups.insert(parts.groups.end(), policy.parts().groups.begin(),
                      policy.parts().groups.end());
  parts.quorum = policy.parts().quorum;
  return Policy::Make(std::move(parts));
}

}  // namespace chancery::ledger
