// How large an attachment may be and in what pieces it travels and rests: the same on both sides.
#ifndef CHANCERY_ENGINE_BASE_ATTACHMENT_H_
#define CHANCERY_ENGINE_BASE_ATTACHMENT_H_

#include <cstdint>

namespace chancery {

inline constexpr std::uint64_t kMaxAttachmentBytes = std::uint64_t{8} << 20;
// Every chunk but the last has exactly this size.
inline constexpr std::uint64_t kAttachmentChunk = std::uint64_t{128} << 10;

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_ATTACHMENT_H_
