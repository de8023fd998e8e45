#include "engine/base/text.h"

#include <algorithm>
#include <cstddef>

namespace chancery {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t kCount>
bool IsIn(const Range (&ranges)[kCount], char32_t character) {
  return std::any_of(std::begin(ranges), std::end(ranges), [character](const Range& range) {
    return range.first <= character && character <= range.last;
  });
}

// Unicode 15: Default_Ignorable_Code_Point, and format characters that are not among them.
constexpr Range kHidden[] = {
    {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F}, {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// Letters of the blocks Arabic, Arabic Supplement, Arabic Extended-A and -B and the presentation
// forms, with the marks that may follow a letter.
constexpr Range kArabic[] = {
    {0x0610, 0x061A}, {0x0620, 0x065F}, {0x066E, 0x06D3}, {0x06D5, 0x06DC}, {0x06DF, 0x06E8},
    {0x06EA, 0x06EF}, {0x06FA, 0x06FC}, {0x06FF, 0x06FF}, {0x0750, 0x077F}, {0x0870, 0x0887},
    {0x0889, 0x088E}, {0x0898, 0x08E1}, {0x08E3, 0x08FF}, {0xFB50, 0xFBB1}, {0xFBD3, 0xFD3D},
    {0xFD50, 0xFDFB}, {0xFE70, 0xFE74}, {0xFE76, 0xFEFC},
};

constexpr std::string_view kDigits = "0123456789abcdef";

void AppendAsBytes(std::string_view bytes, std::string& to) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    to += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
}

std::string ByLines(std::string_view text, std::string (*show)(std::string_view)) {
  std::string shown;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    shown += show(text.substr(begin, end - begin));
    if (end < text.size()) shown += '\n';
    begin = end + 1;
  }
  return shown;
}

}  // namespace

std::optional<char32_t> TakeCharacter(std::string_view& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto byte_at = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte_at(0);
  if (lead < 0x80) {
    bytes.remove_prefix(1);
    return lead;
  }
  std::size_t length = 0;
  char32_t character = 0;
  char32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2;
    character = lead & 0x1Fu;
    smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3;
    character = lead & 0x0Fu;
    smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4;
    character = lead & 0x07u;
    smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  if (bytes.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(i) & 0xC0) != 0x80) return std::nullopt;
    character = (character << 6) | (byte_at(i) & 0x3Fu);
  }
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < smallest || character > 0x10FFFF || surrogate) return std::nullopt;
  bytes.remove_prefix(length);
  return character;
}

bool IsUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!TakeCharacter(bytes)) return false;
  }
  return true;
}

bool IsUnicodeSpace(char32_t character) {
  return (character >= 0x09 && character <= 0x0D) || character == 0x20 || character == 0x85 ||
         character == 0xA0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200A) ||
         character == 0x2028 || character == 0x2029 || character == 0x202F || character == 0x205F ||
         character == 0x3000;
}

bool IsControl(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character <= 0x9F) || character == 0x2028 ||
         character == 0x2029;
}

bool IsHidden(char32_t character) { return IsIn(kHidden, character); }

bool IsJoiner(char32_t character) { return character == 0x200C || character == 0x200D; }

bool IsArabicLetter(char32_t character) { return IsIn(kArabic, character); }

std::string Printable(std::string_view text) {
  std::string shown;
  for (const char& c : text) {
    if (c >= 0x20 && c < 0x7f) {
      shown += c;
    } else {
      AppendAsBytes({&c, 1}, shown);
    }
  }
  return shown;
}

std::string PrintableLines(std::string_view text) { return ByLines(text, Printable); }

std::string Legible(std::string_view text) {
  std::string shown;
  bool after_letter = false;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::optional<char32_t> character = TakeCharacter(rest);
    const std::string_view bytes = text.substr(0, character ? text.size() - rest.size() : 1);
    std::string_view ahead = rest;
    const bool between_letters = character && IsJoiner(*character) && after_letter &&
                                 IsArabicLetter(TakeCharacter(ahead).value_or(0));
    if (character && !IsControl(*character) && (!IsHidden(*character) || between_letters)) {
      shown += bytes;
    } else {
      AppendAsBytes(bytes, shown);
    }
    after_letter = character && IsArabicLetter(*character);
    text.remove_prefix(bytes.size());
  }
  return shown;
}

std::string LegibleLines(std::string_view text) { return ByLines(text, Legible); }

}  // namespace chancery
