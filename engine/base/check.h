// The third outcome: our own bug.
//
// A ruling is business, an absl::Status says the world failed, a check says the program is wrong. A
// failed check writes one line without any personal data to stderr and ends the process at once,
// because state that "cannot be" must not be signed.
#ifndef CHANCERY_ENGINE_BASE_CHECK_H_
#define CHANCERY_ENGINE_BASE_CHECK_H_

namespace chancery {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace chancery

#define CHANCERY_CHECK(condition)                              \
  do {                                                         \
    if (!(condition)) [[unlikely]] {                           \
      ::chancery::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                          \
  } while (false)

#endif  // CHANCERY_ENGINE_BASE_CHECK_H_
