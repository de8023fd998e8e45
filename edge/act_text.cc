#include "edge/act_text.h"

#include <vector>

#include "engine/base/text.h"
#include "engine/codec/act_json.h"
#include "nlohmann/json.hpp"

namespace chancery::edge {

namespace {

// Follows a document up to where it cannot be read, and knows in which field that is.
class FieldFinder : public nlohmann::json::json_sax_t {
 public:
  std::string Field() const {
    std::string path;
    for (const std::string& key : keys_) {
      if (!key.empty()) path.append(path.empty() ? "" : ".").append(codec::SafeName(key));
    }
    return path.empty() ? "act" : path;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Begin(); }
  bool key(string_t& name) override {
    keys_.back() = name;
    return true;
  }
  bool end_object() override { return End(); }
  bool start_array(std::size_t) override { return Begin(); }
  bool end_array() override { return End(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool Begin() {
    keys_.emplace_back();
    return true;
  }
  bool End() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::string> keys_;  // of the objects around; empty for an array
};

}  // namespace

absl::Status CheckActText(const std::string& act_json) {
  if (const absl::Status size = codec::CheckActSize(act_json); !size.ok())
    return WithReason(FailedPrecondition(ToStd(size.message())), ReasonOf(size));
  if (!IsUtf8(act_json)) {
    FieldFinder finder;
    nlohmann::json::sax_parse(act_json, &finder);
    return WithReason(
        FailedPrecondition(finder.Field() + ": must be UTF-8; save the file in that encoding"),
        "ACT_JSON_BROKEN");
  }
  return absl::OkStatus();
}

}  // namespace chancery::edge
