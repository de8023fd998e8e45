#include "engine/exchange/draft_paper.h"

#include <cstdint>
#include <optional>
#include <string>

#include "engine/codec/envelope.h"

namespace chancery::exchange {

namespace {

// Length-prefixed fields, for a draft's own bytes inside its encryption.
void PutField(Bytes& to, ByteView field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8)
    to.push_back(static_cast<char>((size >> shift) & 0xff));
  to += field;
}

std::optional<ByteView> TakeField(ByteView& from) {
  if (from.size() < 4) return std::nullopt;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size * 256 + static_cast<std::uint8_t>(from[i]);
  from.remove_prefix(4);
  if (from.size() < size) return std::nullopt;
  const ByteView field = from.substr(0, size);
  from.remove_prefix(size);
  return field;
}

}  // namespace

absl::StatusOr<DraftFields> ReadDraftPaper(const ParticularsVault& vault,
                                           const store::Paper& paper) {
  CHANCERY_ASSIGN_OR_RETURN(const Personal<std::string> opened,
                            vault.DecryptPaper(paper.id, paper.bytes));
  ByteView rest = opened.Reveal();
  const std::optional<ByteView> statement = TakeField(rest);
  const std::optional<ByteView> seal = TakeField(rest);
  const std::optional<ByteView> items = TakeField(rest);
  if (!statement || !seal || !items || !rest.empty())
    return DataLoss("store: a draft cannot be read");
  DraftFields fields;
  fields.statement = *statement;
  fields.seal = *seal;
  if (!items->empty()) {
    CHANCERY_ASSIGN_OR_RETURN(fields.items, codec::DecodeParticulars(*items));
  }
  return fields;
}

absl::StatusOr<Bytes> EncryptDraft(const ParticularsVault& vault, ByteView id,
                                   const DraftFields& fields) {
  Personal<std::string> items;
  if (!fields.items.empty()) {
    CHANCERY_ASSIGN_OR_RETURN(items, codec::EncodeParticulars(fields.items));
  }
  Bytes plain;
  PutField(plain, fields.statement);
  PutField(plain, fields.seal);
  PutField(plain, items.Reveal());
  Bytes encrypted = vault.EncryptPaper(id, plain);
  Wipe(plain);
  return encrypted;
}

}  // namespace chancery::exchange
