// What flows along the edges of a graph: one utterance with the fields that nodes have put on it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include "engine/kind/field.h"

namespace cfo::engine {

/// An item and its fields. Field values are shared and never change once set, so copying an item (fan-out) is cheap.
///
///     item.set(fields::audio, Audio{...});
///     const Audio& audio = item.get(fields::audio);
struct Item {
  std::uint64_t index = 0;                  ///< position in its unit, from 0
  std::string id;                           ///< utterance id; names the item in failures.tsv
  double seconds = 0;                       ///< duration, for progress and batches; an estimate until the audio is read
  std::optional<std::string> failure = {};  ///< why it failed; nodes never see a failed item
  /// What is odd about it, though it was made; goes to remarks.tsv. `node` is filled in by the engine.
  struct Remark {
    std::string node, text;
  };
  std::vector<Remark> remarks = {};

  template <typename T>
  void set(const Field<T>& field, std::type_identity_t<T> value) {
    fields_.insert_or_assign(std::string(field.name()), Held{std::make_shared<const T>(std::move(value)), typeid(T)});
  }

  /// The field's value. Throws std::logic_error when it is absent or was set by a key of the same name and another type
  /// (the check of the graph makes sure that neither happens).
  template <typename T>
  const T& get(const Field<T>& field) const {
    const auto found = fields_.find(field.name());
    if (found == fields_.end())
      throw std::logic_error("item '" + id + "' has no field '" + std::string(field.name()) + "'");
    if (found->second.type != typeid(T))
      throw std::logic_error("field '" + std::string(field.name()) + "' of item '" + id + "' has another type");
    return *static_cast<const T*>(found->second.value.get());
  }

  template <typename T>
  bool has(const Field<T>& field) const {
    return fields_.contains(field.name());
  }
  template <typename T>
  void drop(const Field<T>& field) {
    drop(field.name());
  }
  void drop(std::string_view name) {
    if (const auto found = fields_.find(name); found != fields_.end()) fields_.erase(found);
  }

  /// The names of its fields, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, value] : fields_) result.push_back(name);
    return result;
  }
  /// Adds those fields of `other` that this item does not have.
  void add_missing(const Item& other) { fields_.insert(other.fields_.begin(), other.fields_.end()); }

  /// Whether both have the field, with the same value in memory: it was not set anew.
  bool shares(const Item& other, std::string_view name) const {
    const auto own = fields_.find(name), its = other.fields_.find(name);
    return own != fields_.end() && its != other.fields_.end() && own->second.value == its->second.value;
  }

 private:
  struct Held {
    std::shared_ptr<const void> value;
    std::type_index type;
  };
  std::map<std::string, Held, std::less<>> fields_;
};

}  // namespace cfo::engine
