// A person's particulars in memory.
//
// Personal<T> cannot be printed: it has no stream operator and no formatter, so code that would log
// or show a person by accident does not compile. Whoever truly needs the value says so with
// Reveal(), which a text search finds. The value is overwritten when it goes away.
#ifndef CHANCERY_ENGINE_BASE_PERSONAL_H_
#define CHANCERY_ENGINE_BASE_PERSONAL_H_

#include <string>
#include <utility>

namespace chancery {

// Overwrites `text` so that the compiler may not leave it out, then empties it.
void Wipe(std::string& text);

template <class T>
class Personal;

// Not safe to change on two threads at once; safe to read on several.
template <>
class Personal<std::string> {
 public:
  Personal() = default;
  explicit Personal(std::string value) : value_(std::move(value)) {}
  Personal(const Personal&) = default;
  Personal(Personal&& other) noexcept : value_(std::move(other.value_)) { Wipe(other.value_); }
  Personal& operator=(const Personal& other) {
    if (this != &other) {
      Wipe(value_);
      value_ = other.value_;
    }
    return *this;
  }
  Personal& operator=(Personal&& other) noexcept {
    if (this != &other) {
      Wipe(value_);
      value_ = std::move(other.value_);
      Wipe(other.value_);
    }
    return *this;
  }
  ~Personal() { Wipe(value_); }

  // The value itself, for the few places that encrypt it, commit to it or show it to whom it is
  // for.
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend bool operator==(const Personal&, const Personal&) = default;

 private:
  std::string value_;
};

}  // namespace chancery

#endif  // CHANCERY_ENGINE_BASE_PERSONAL_H_
