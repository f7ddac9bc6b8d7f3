#include "storage/checkpoint/bytes/json.h"

#include <fmt/format.h>

#include <cstddef>
#include <unordered_set>
#include <vector>

#include "storage/checkpoint/bytes/bytes.h"

namespace cfo::storage {
namespace {

using nlohmann::json;

/// Goes through the text without keeping it, and looks for what a reader must not follow. (The library's parser with a
/// callback takes a time that grows with the square of an object's size.)
class Watch : public nlohmann::json_sax<json> {
 public:
  Watch(int deepest, const std::function<void(const std::string& why)>& damaged)
      : deepest_(deepest), damaged_(damaged) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_array(std::size_t) override { return open(); }
  bool start_object(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool end_object() override { return close(); }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) damaged_(fmt::format("'{}' is there twice", printable(name)));
    return value();
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  static constexpr std::size_t most_values = 8'000'000;  // a header of 100 MB describes a million tensors

  bool value() {
    if (++values_ > most_values) damaged_(fmt::format("its JSON has more than {} values", most_values));
    return true;
  }
  bool open() {
    keys_.emplace_back();
    if (static_cast<int>(keys_.size()) > deepest_) damaged_("its JSON is nested too deep");
    return value();
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  int deepest_;
  const std::function<void(const std::string& why)>& damaged_;
  std::size_t values_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;  ///< of the objects (and, empty, of the arrays) that are open
};

}  // namespace

json parse_json_object(std::string_view text, int deepest, const std::function<void(const std::string& why)>& damaged) {
  Watch watch(deepest, damaged);
  if (!json::sax_parse(text, &watch)) damaged("it is not valid JSON");
  json object = json::parse(text);
  if (!object.is_object()) damaged("it is not a JSON object");
  return object;
}

}  // namespace cfo::storage
