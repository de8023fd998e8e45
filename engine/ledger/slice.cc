#include "engine/ledger/slice.h"

#include "engine/ledger/checkpoint.h"
#include "engine/ledger/evidence_layout.h"

namespace chancery::ledger {
namespace {

constexpr std::string_view kFirstLine = "chancery-slice v1";
constexpr std::string_view kFor = "for ";
constexpr std::string_view kStream = "stream ";
constexpr std::string_view kEntryTiles = "tile/entries/";

absl::Status Wrong(std::size_t line, const std::string& what) {
  return InvalidArgument("streams: line " + std::to_string(line) + ": " + what);
}

// "all", or party codes joined by "+".
bool IsStreamName(std::string_view name) {
  if (name == "all") return true;
  for (;;) {
    if (!PartyCode::FromText(name.substr(0, 3))) return false;
    if (name.size() == 3) return true;
    if (name.size() < 4 || name[3] != '+') return false;
    name.remove_prefix(4);
  }
}

absl::Status AddLine(std::string_view line, std::size_t number, SliceStreams& streams) {
  if (number == 1) {
    if (line != kFirstLine) return Wrong(number, "expected \"" + std::string(kFirstLine) + "\"");
    return absl::OkStatus();
  }
  if (number == 2) {
    const auto reader = line.starts_with(kFor) ? PartyCode::FromText(line.substr(kFor.size()))
                                               : std::optional<PartyCode>();
    if (!reader) return Wrong(number, "expected \"for\" and a party code");
    streams.reader = *reader;
    return absl::OkStatus();
  }
  const std::size_t space = line.rfind(' ');
  if (!line.starts_with(kStream) || space < kStream.size())
    return Wrong(number, "expected \"stream\", a stream's name and how many entries it has");
  const std::string_view name = line.substr(kStream.size(), space - kStream.size());
  const std::optional<std::uint64_t> entries = ParseSize(line.substr(space + 1));
  if (!IsStreamName(name)) return Wrong(number, "not the name of a stream");
  if (!IsReadBy(name, streams.reader)) return Wrong(number, "not a stream of this reader");
  if (!entries || *entries == 0) return Wrong(number, "expected how many entries it has");
  streams.entries.insert_or_assign(std::string(name), *entries);
  return absl::OkStatus();
}

}  // namespace

bool IsReadBy(std::string_view stream, PartyCode reader) {
  if (stream == "all") return true;
  constexpr std::size_t kStep = 4;  // three letters and a "+"
  for (std::size_t at = 0; at + 3 <= stream.size(); at += kStep) {
    if (stream.substr(at, 3) == reader.view()) return true;
  }
  return false;
}

std::string FormatSliceStreams(const SliceStreams& streams) {
  std::string text(kFirstLine);
  text += "\n" + std::string(kFor) + streams.reader.ToText() + "\n";
  for (const auto& [name, entries] : streams.entries)
    text += std::string(kStream) + name + " " + std::to_string(entries) + "\n";
  return text;
}

absl::StatusOr<SliceStreams> ParseSliceStreams(std::string_view text) {
  SliceStreams streams;
  std::size_t number = 1;
  for (std::string_view rest = text; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return Wrong(number, "the last line is not ended by a newline");
    CHANCERY_RETURN_IF_ERROR(AddLine(rest.substr(0, end), number, streams));
    rest.remove_prefix(end + 1);
  }
  if (streams.reader.IsNone()) return InvalidArgument("streams: it must say for whom the slice is");
  if (FormatSliceStreams(streams) != text)
    return InvalidArgument("streams: the streams are not in order, each once");
  return streams;
}

std::string SlicePath(const Tile& entry_tile) {
  return std::string(evidence::kSlice) + TilePath(entry_tile).substr(kEntryTiles.size());
}

std::optional<Tile> ParseSlicePath(std::string_view path) {
  if (!path.starts_with(evidence::kSlice)) return std::nullopt;
  return ParseTilePath(std::string(kEntryTiles) +
                       std::string(path.substr(evidence::kSlice.size())));
}

}  // namespace chancery::ledger
