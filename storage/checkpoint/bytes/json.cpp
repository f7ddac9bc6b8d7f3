#include "storage/checkpoint/bytes/json.h"

#include <fmt/format.h>

#include <cstddef>
#include <set>
#include <vector>

#include "storage/checkpoint/bytes/bytes.h"

namespace cfo::storage {

using nlohmann::json;

json parse_json_object(std::string_view text, int deepest, const std::function<void(const std::string& why)>& damaged) {
  constexpr std::size_t most_values = 8'000'000;  // a header of 100 MB describes a million tensors
  std::size_t values = 0;
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > deepest) damaged("its JSON is nested too deep");
    if (++values > most_values) damaged(fmt::format("its JSON has more than {} values", most_values));
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      damaged(fmt::format("'{}' is there twice", printable(parsed.get<std::string>())));
    return true;
  };
  try {
    json object = json::parse(text, watch);
    if (!object.is_object()) damaged("it is not a JSON object");
    return object;
  } catch (const json::exception&) {
    damaged("it is not valid JSON");
    throw;
  }
}

}  // namespace cfo::storage
