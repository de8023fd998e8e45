#include "engine/exchange/particulars.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/codec/envelope.h"
#include "engine/crypto/commitment.h"
#include "engine/exchange/reasons.h"

namespace chancery::exchange {

namespace {

constexpr std::size_t kWrappedKeySize = 40;

}  // namespace

absl::Status CheckCommitment(const procedure::Act& act, const std::vector<Item>& items) {
  if (!act.commitment) {
    if (items.empty()) return absl::OkStatus();
    return WithReason(
        InvalidArgument(
            "particulars: the statement commits to none; send the envelope without particulars"),
        reason::kParticularsUnbound);
  }
  if (items.empty()) {
    return WithReason(
        InvalidArgument(
            "particulars: the statement commits to particulars and none came with it; send both "
            "together"),
        reason::kParticularsMissing);
  }
  std::vector<crypto::Item> committed;
  for (const Item& item : items) {
    committed.push_back({item.label, item.value, *crypto::Salt::FromBytes(item.salt.View())});
  }
  CHANCERY_ASSIGN_OR_RETURN(const Digest commitment, crypto::CommitItems(committed));
  if (commitment == *act.commitment) return absl::OkStatus();
  return WithReason(
      InvalidArgument(
          "particulars: they are not those the statement commits to; send exactly the items and "
          "salts that were sealed"),
      reason::kCommitmentDiffers);
}

absl::StatusOr<crypto::DataKey> ParticularsVault::KeyFor(const MatterId& matter,
                                                         store::Commit& commit) const {
  // What is destroyed with this commit must take nothing new along.
  if (std::find(commit.erasures.begin(), commit.erasures.end(), matter) != commit.erasures.end())
    return Unavailable("particulars: the matter's key is just being destroyed; try again");
  for (const store::WrappedKeyRow& row : commit.wrapped_keys) {
    if (row.matter == matter) return key_.Unwrap(row.wrapped);
  }
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<Bytes> wrapped, store_.FindWrappedKey(matter));
  if (wrapped) return key_.Unwrap(*wrapped);
  crypto::DataKey key = crypto::DataKey::Generate(entropy_);
  commit.wrapped_keys.push_back({matter, key_.Wrap(key)});
  return key;
}

absl::StatusOr<std::optional<crypto::DataKey>> ParticularsVault::FindKey(
    const MatterId& matter) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<Bytes> wrapped, store_.FindWrappedKey(matter));
  if (!wrapped) return std::optional<crypto::DataKey>();
  CHANCERY_ASSIGN_OR_RETURN(crypto::DataKey key, key_.Unwrap(*wrapped));
  return std::optional<crypto::DataKey>(std::move(key));
}

absl::Status ParticularsVault::Encrypt(const procedure::Act& act, const Digest& statement,
                                       const std::vector<Item>& items,
                                       store::Commit& commit) const {
  if (items.empty()) return absl::OkStatus();
  CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key, KeyFor(act.matter, commit));
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> plaintext, codec::EncodeParticulars(items));
  const Bytes bound = crypto::AssociatedData(act.matter, act.author, act.addressee, statement);
  commit.particulars.push_back({statement, act.addressee.ToText(), act.matter,
                                key.Encrypt(plaintext.Reveal(), bound, entropy_)});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Item>> ParticularsVault::Decrypt(const procedure::Act& act,
                                                            const Digest& statement,
                                                            PartyCode reader) const {
  if (reader != act.author && reader != act.addressee) {
    return PermissionDenied(
        "particulars: they are for the author and the addressee of their act only");
  }
  if (!act.commitment) return std::vector<Item>{};
  CHANCERY_ASSIGN_OR_RETURN(const std::vector<store::ParticularsRow> rows,
                            store_.FindParticulars(statement));
  if (rows.empty()) return std::vector<Item>{};
  return DecryptRow(rows.front(), act.author, act.addressee);
}

absl::StatusOr<std::vector<Item>> ParticularsVault::DecryptRow(const store::ParticularsRow& row,
                                                               PartyCode author,
                                                               PartyCode addressee) const {
  CHANCERY_ASSIGN_OR_RETURN(const std::optional<Bytes> wrapped, store_.FindWrappedKey(row.matter));
  if (!wrapped) return std::vector<Item>{};
  CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key, key_.Unwrap(*wrapped));
  const Bytes bound = crypto::AssociatedData(row.matter, author, addressee, row.digest);
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> plaintext,
                            key.Decrypt(row.ciphertext, bound));
  return codec::DecodeParticulars(plaintext.Reveal());
}

Bytes ParticularsVault::EncryptPaper(ByteView id, ByteView plaintext) const {
  const crypto::DataKey key = crypto::DataKey::Generate(entropy_);
  return key_.Wrap(key) + key.Encrypt(plaintext, id, entropy_);
}

absl::StatusOr<Personal<std::string>> ParticularsVault::DecryptPaper(ByteView id,
                                                                     ByteView bytes) const {
  if (bytes.size() < kWrappedKeySize) return DataLoss("store: an encrypted paper is too short");
  CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key,
                            key_.Unwrap(bytes.substr(0, kWrappedKeySize)));
  return key.Decrypt(bytes.substr(kWrappedKeySize), id);
}

absl::StatusOr<Bytes> ParticularsVault::RewrapPaper(ByteView bytes,
                                                    const crypto::KeyEncryptionKey& next) const {
  if (bytes.size() < kWrappedKeySize) return DataLoss("store: an encrypted paper is too short");
  CHANCERY_ASSIGN_OR_RETURN(const crypto::DataKey key,
                            key_.Unwrap(bytes.substr(0, kWrappedKeySize)));
  return next.Wrap(key) + Bytes(bytes.substr(kWrappedKeySize));
}

}  // namespace chancery::exchange
