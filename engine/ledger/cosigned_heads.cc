#include "engine/ledger/cosigned_heads.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/cosignature.h"

namespace chancery::ledger {

namespace {

constexpr std::string_view kTitle = "chancery-cosigned-heads v1\n";

absl::Status Wrong(std::size_t number, std::string_view what) {
  return InvalidArgument("cosigned heads, line " + std::to_string(number) + ": " +
                         std::string(what));
}

bool Before(const CosignedHead& a, const CosignedHead& b) {
  return std::tie(a.size, a.time, a.line.name, a.line.key_id, a.line.signature) <
         std::tie(b.size, b.time, b.line.name, b.line.key_id, b.line.signature);
}

}  // namespace

absl::StatusOr<CosignedHead> CosignedHeadOf(std::uint64_t size, NoteSignature line) {
  const std::optional<std::int64_t> time = CosignatureTime(line);
  if (size == 0 || !time) return InvalidArgument("not a cosignature of a tree with entries");
  return CosignedHead{size, std::move(line), *time};
}

std::string FormatCosignedHeads(std::vector<CosignedHead> heads) {
  std::sort(heads.begin(), heads.end(), Before);
  heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
  std::string text(kTitle);
  for (const CosignedHead& head : heads)
    text += std::to_string(head.size) + " " + FormatSignatureLine(head.line);
  return text;
}

absl::StatusOr<std::vector<CosignedHead>> ParseCosignedHeads(std::string_view text) {
  if (!text.starts_with(kTitle)) return Wrong(1, "it is not \"chancery-cosigned-heads v1\"");
  std::vector<CosignedHead> heads;
  std::size_t number = 2;
  for (std::string_view rest = text.substr(kTitle.size()); !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return Wrong(number, "it is not ended by a newline");
    const std::string_view line = rest.substr(0, end + 1);
    const std::size_t space = line.find(' ');
    const std::optional<std::uint64_t> size =
        space == std::string_view::npos ? std::nullopt : ParseSize(line.substr(0, space));
    if (!size) return Wrong(number, "it does not begin with a size and a space");
    absl::StatusOr<NoteSignature> signature = ParseSignatureLine(line.substr(space + 1));
    if (!signature.ok()) return Wrong(number, ToStd(signature.status().message()));
    absl::StatusOr<CosignedHead> head = CosignedHeadOf(*size, *std::move(signature));
    if (!head.ok()) return Wrong(number, ToStd(head.status().message()));
    if (!heads.empty() && !Before(heads.back(), *head))
      return Wrong(number, "not in order of size, time and witness, each once");
    heads.push_back(*std::move(head));
    rest.remove_prefix(end + 1);
  }
  if (heads.empty()) return Wrong(2, "there is no head");
  if (FormatCosignedHeads(heads) != text)
    return InvalidArgument("cosigned heads: spelt in another way than the one text of these heads");
  return heads;
}

}  // namespace chancery::ledger
