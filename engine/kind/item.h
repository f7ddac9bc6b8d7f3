// What flows along the edges of a graph: one utterance with the fields that nodes have put on it.
#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cfo::engine {

/// An item and its fields. Field values are shared and never change once set, so copying an item (fan-out) is cheap.
///
///     item.set("audio", Audio{...});
///     const auto& audio = item.get<Audio>("audio");
struct Item {
  std::uint64_t index = 0;                  ///< position in its unit, from 0
  std::string id;                           ///< utterance id; names the item in failures.tsv
  double seconds = 0;                       ///< duration, for progress and batches; an estimate until the audio is read
  std::optional<std::string> failure = {};  ///< why it failed; nodes never see a failed item

  template <typename T>
  void set(std::string_view field, T value) {
    fields_.insert_or_assign(std::string(field),
                             std::any(std::shared_ptr<const T>(std::make_shared<T>(std::move(value)))));
  }

  /// The field's value. Throws std::logic_error when it is absent or of another type (the graph check makes sure it is
  /// there).
  template <typename T>
  const T& get(std::string_view field) const {
    const auto found = fields_.find(field);
    if (found == fields_.end()) throw std::logic_error("item '" + id + "' has no field '" + std::string(field) + "'");
    const auto* held = std::any_cast<std::shared_ptr<const T>>(&found->second);
    if (held == nullptr)
      throw std::logic_error("field '" + std::string(field) + "' of item '" + id + "' has another type");
    return **held;
  }

  bool has(std::string_view field) const { return fields_.find(field) != fields_.end(); }
  void drop(std::string_view field) {
    if (const auto found = fields_.find(field); found != fields_.end()) fields_.erase(found);
  }

 private:
  std::map<std::string, std::any, std::less<>> fields_;
};

}  // namespace cfo::engine
