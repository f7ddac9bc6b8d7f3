// JSON of untrusted files: the header of safetensors, the index of a Hugging Face folder.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cfo::storage {

/// The JSON object that `text` is. Calls `damaged` with why ("'w' is there twice"), which must throw, for text that is
/// no JSON object, one nested deeper than `deepest`, a key that is twice in an object, and more than 8 million values.
nlohmann::json parse_json_object(std::string_view text, int deepest,
                                 const std::function<void(const std::string& why)>& damaged);

}  // namespace cfo::storage
