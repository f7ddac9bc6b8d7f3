#include "storage/checkpoint/values/value.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {
namespace {

constexpr std::size_t deepest = 128;
// Values shared many times over can describe far more entries than the file has bytes; real files stay far below these.
constexpr std::size_t most_visits = 8'000'000;
constexpr std::size_t most_entries = 1'000'000;
constexpr std::size_t longest_name = 4096;
constexpr std::size_t longest_names = 64u << 20;  // of all entries together

template <typename... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
overloaded(Handlers...) -> overloaded<Handlers...>;

/// How a mapping key reads in a dotted name.
std::string key_text(const CheckpointValue& key, std::size_t position) {
  if (const auto* text = key.as<TextValue>()) return text->text;
  if (const auto* bytes = key.as<BytesValue>()) return bytes->bytes;
  if (const auto* number = key.as<std::int64_t>()) return std::to_string(*number);
  if (const auto* truth = key.as<bool>()) return *truth ? "True" : "False";
  return fmt::format("#{}", position);
}

/// Whether a mapping key reads as `wanted`; a long text that many items share is not copied for it.
bool reads_as(const CheckpointValue& key, std::size_t position, std::string_view wanted) {
  if (const auto* text = key.as<TextValue>()) return text->text == wanted;
  if (const auto* bytes = key.as<BytesValue>()) return bytes->bytes == wanted;
  return key_text(key, position) == wanted;
}

/// Walks a tree depth first and hands every value worth a name to `take(name, value)`.
template <typename Take>
class Walk {
 public:
  Walk(std::string name, const std::string& origin, Take take)
      : name_(std::move(name)), origin_(origin), take_(std::move(take)) {}

  void visit(const CheckpointValue& value) {
    if (++visits_ > most_visits)
      throw Error(
          "{}: its values repeat each other into more than {} entries, as only a hostile file does; "
          "get the file from its official source",
          origin_, most_visits);
    if (const auto* mapping = value.as<MappingValue>(); mapping && !mapping->items.empty())
      return visit_mapping(*mapping);
    if (const auto* sequence = value.as<SequenceValue>(); sequence && holds_more_than_scalars(*sequence))
      return visit_sequence(*sequence);
    take_(name_, value);
  }

 private:
  static bool is_scalar(const CheckpointValue* value) {
    return !value->as<MappingValue>() && !value->as<SequenceValue>() && !value->as<at::Tensor>();
  }

  bool holds_more_than_scalars(const SequenceValue& sequence) {
    visits_ += sequence.items.size();
    return !std::all_of(sequence.items.begin(), sequence.items.end(), is_scalar);
  }

  void visit_mapping(const MappingValue& mapping) {
    for (std::size_t i = 0; i < mapping.items.size(); ++i)
      visit_child(key_text(*mapping.items[i].first, i), *mapping.items[i].second);
  }

  void visit_sequence(const SequenceValue& sequence) {
    for (std::size_t i = 0; i < sequence.items.size(); ++i) visit_child(std::to_string(i), *sequence.items[i]);
  }

  void visit_child(const std::string& key, const CheckpointValue& value) {
    const std::size_t length = name_.size();
    if (++depth_ > deepest)
      throw Error(
          "{}: values are nested deeper than {} levels, as only a hostile file does; get the file from its "
          "official source",
          origin_, deepest);
    if (length + key.size() > longest_name)
      throw Error("{}: a name of more than {} characters starts '{}'; get the file from its official source", origin_,
                  longest_name, printable(name_ + key));
    if (length > 0) name_ += '.';
    name_ += key;
    visit(value);
    name_.resize(length);
    --depth_;
  }

  std::string name_;
  const std::string& origin_;
  Take take_;
  std::size_t depth_ = 0;
  std::size_t visits_ = 0;
};

std::string path_text(const std::vector<std::string>& keys, std::size_t count) {
  if (count == 0) return "at the top";
  return fmt::format("in '{}'", fmt::join(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), "."));
}

std::string keys_there(const CheckpointValue& value) {
  constexpr std::size_t shown = 12;
  const auto* mapping = value.as<MappingValue>();
  if (!mapping) return fmt::format("there is a {}, which has no keys", type_of(value));
  if (mapping->items.empty()) return "the dict there is empty";
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(shown, mapping->items.size()); ++i)
    names.push_back(printable(key_text(*mapping->items[i].first, i)));
  const std::size_t rest = mapping->items.size() - names.size();
  return fmt::format("the keys there are: {}{}", fmt::join(names, ", "),
                     rest > 0 ? fmt::format(" and {} more", rest) : "");
}

const CheckpointValue* child_of(const CheckpointValue& value, const std::string& key) {
  if (const auto* mapping = value.as<MappingValue>()) {
    for (std::size_t i = 0; i < mapping->items.size(); ++i)
      if (reads_as(*mapping->items[i].first, i, key)) return mapping->items[i].second;
  }
  if (const auto* sequence = value.as<SequenceValue>();
      sequence && !key.empty() && key.size() < 10 &&
      std::all_of(key.begin(), key.end(), [](unsigned char c) { return c >= '0' && c <= '9'; })) {
    const std::size_t index = std::stoul(key);
    if (index < sequence->items.size()) return sequence->items[index];
  }
  return nullptr;
}

std::vector<int64_t> shape_of(const CheckpointValue& value) {
  if (const auto* tensor = value.as<at::Tensor>()) return tensor->sizes().vec();
  if (const auto* sequence = value.as<SequenceValue>()) return {static_cast<int64_t>(sequence->items.size())};
  return {};
}

/// Counts what a file's listing takes.
class EntryLimit {
 public:
  explicit EntryLimit(const std::string& origin) : origin_(origin) {}

  void add(const std::string& name) {
    letters_ += name.size();
    if (++entries_ > most_entries)
      throw Error("{}: holds more than {} entries, as only a hostile file does; get the file from its official source",
                  origin_, most_entries);
    if (letters_ > longest_names)
      throw Error(
          "{}: the names of its entries take more than {} bytes, as only a hostile file's do; get the file from its "
          "official source",
          origin_, longest_names);
  }

 private:
  const std::string& origin_;
  std::size_t entries_ = 0;
  std::size_t letters_ = 0;
};

}  // namespace

const CheckpointValue& descend(const CheckpointDocument& document, const std::vector<std::string>& keys,
                               const std::string& origin) {
  const CheckpointValue* value = document.root;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const CheckpointValue* child = child_of(*value, keys[i]);
    if (child == nullptr)
      throw Error("{}: has no key '{}' {} (the nesting setting asks for it); {}", origin, keys[i], path_text(keys, i),
                  keys_there(*value));
    value = child;
  }
  return *value;
}

TensorMap tensors_below(const CheckpointValue& value, const std::string& prefix, const std::string& origin) {
  TensorMap tensors;
  EntryLimit limit(origin);
  const auto keep = [&](const std::string& name, const CheckpointValue& found) {
    const auto* tensor = found.as<at::Tensor>();
    if (!tensor) return;
    limit.add(name);
    if (!tensors.emplace(name.empty() ? "tensor" : name, *tensor).second)
      throw Error("{}: two tensors are named '{}'; save it again with one tensor a name", origin, printable(name));
  };
  const bool dotted = !prefix.empty() && prefix.back() == '.';
  Walk walk(dotted ? prefix.substr(0, prefix.size() - 1) : prefix, origin, keep);
  walk.visit(value);
  return tensors;
}

std::vector<CheckpointEntry> entries_of(const CheckpointDocument& document, const std::string& origin) {
  std::vector<CheckpointEntry> entries;
  EntryLimit limit(origin);
  const auto keep = [&](const std::string& name, const CheckpointValue& found) {
    limit.add(name);
    entries.push_back({name.empty() ? "(top)" : printable(name), type_of(found), shape_of(found)});
  };
  Walk walk(std::string(), origin, keep);
  walk.visit(*document.root);
  return entries;
}

std::string type_of(const CheckpointValue& value) {
  static constexpr std::string_view sequences[] = {"list", "tuple", "set"};
  return std::visit(
      overloaded{
          [](const NoneValue&) -> std::string { return "None"; },
          [](bool) -> std::string { return "bool"; },
          [](std::int64_t) -> std::string { return "int"; },
          [](double) -> std::string { return "float"; },
          [](const TextValue&) -> std::string { return "str"; },
          [](const BytesValue&) -> std::string { return "bytes"; },
          [](const SequenceValue& sequence) { return std::string(sequences[static_cast<int>(sequence.kind)]); },
          [](const MappingValue&) -> std::string { return "dict"; },
          [](const GlobalValue& global) { return "opaque " + printable(global.name); },
          [](const OpaqueValue& opaque) { return "opaque " + printable(opaque.name); },
          [](const StorageValue& storage) { return "opaque " + printable(storage.type); },
          [](const at::Tensor& tensor) { return std::string(dtype_name(tensor.scalar_type())); },
      },
      value.is);
}

}  // namespace cfo::storage
