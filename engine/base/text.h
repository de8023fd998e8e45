// Text that people wrote or will read: characters of UTF-8, and what may stand on a terminal.
//
// Pure functions, safe on every thread.
#ifndef CHANCERY_ENGINE_BASE_TEXT_H_
#define CHANCERY_ENGINE_BASE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace chancery {

// Takes the first character off `bytes`; nothing when they do not begin with one in its shortest
// form (RFC 3629).
std::optional<char32_t> TakeCharacter(std::string_view& bytes);
bool IsUtf8(std::string_view bytes);
// White_Space of Unicode 15.
bool IsUnicodeSpace(char32_t character);
// C0 and C1 controls, DEL, and the separators of lines and paragraphs: what moves a cursor or
// begins a line.
bool IsControl(char32_t character);
// What nobody sees but what changes how its neighbours look, or what two texts that look the same
// differ in: controls of direction, joiners, spaces without width, fillers, tags, marks of byte
// order, deprecated format characters.
bool IsHidden(char32_t character);
// The joiners U+200C and U+200D, which Urdu and other scripts write with.
bool IsJoiner(char32_t character);
// Whether a letter of the Arabic script, of its supplements and presentation forms: what a joiner
// may stand between.
bool IsArabicLetter(char32_t character);

// Text as it may be shown on a terminal: every byte but printable ASCII as "\\x1b", a newline too.
// Whoever chose a name must not steer a terminal or add lines of their own.
std::string Printable(std::string_view text);
// The same for a text of several lines: its newlines stay.
std::string PrintableLines(std::string_view text);
// For texts in people's own scripts: letters beyond ASCII stay; controls, hidden characters and
// bytes that are no UTF-8 are shown as their bytes. A joiner stays between Arabic letters.
std::string Legible(std::string_view text);
// The same for a text of several lines: its newlines stay.
std::string LegibleLines(std::string_view text);

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_TEXT_H_
