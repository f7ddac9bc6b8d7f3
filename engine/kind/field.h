// The keys of an item's fields: a name and a type, declared once, used to set and to read, and compared by the graph's
// check.
#pragma once

#include <any>
#include <string>
#include <string_view>
#include <typeindex>

namespace cfo::engine {

/// A field as the check of a graph sees it, whatever its type.
struct AnyField {
  std::string name;
  std::type_index type;
  std::string meaning;  ///< what it holds, in words: "samples in [-1, 1] and their rate"
};

/// The key of a field that holds a T. It refers to the texts that it is made of, which must outlive it.
///
///     inline constexpr engine::Field<Audio> audio{"audio", "samples in [-1, 1] and their rate"};
///     item.set(audio, Audio{...});
///     const Audio& heard = item.get(audio);
template <typename T>
class Field {
 public:
  constexpr Field(std::string_view name, std::string_view meaning) : name_(name), meaning_(meaning) {}
  constexpr std::string_view name() const { return name_; }
  operator AnyField() const { return {std::string(name_), typeid(T), std::string(meaning_)}; }

 private:
  std::string_view name_, meaning_;
};

/// PlannedItem::payload, which the engine sets on the items of a source; its `process` alone reads it.
inline constexpr Field<std::any> planned{"planned", "what the source keeps of an item from planning to loading"};

}  // namespace cfo::engine
