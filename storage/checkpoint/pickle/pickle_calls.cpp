#include "storage/checkpoint/pickle/pickle_calls.h"

#include <algorithm>
#include <array>

namespace cfo::storage {
namespace {

using Spend = std::function<void(std::uint64_t)>;
using Kind = SequenceValue::Kind;

constexpr std::array<std::string_view, 2> builtin_modules{"builtins.", "__builtin__."};
constexpr std::array<std::string_view, 4> dict_names{"builtins.dict", "__builtin__.dict", "collections.OrderedDict",
                                                     "collections.Counter"};
constexpr std::uint64_t text_bytes_per_step = 8;

std::optional<Kind> sequence_kind(std::string_view name) {
  const auto module = std::find_if(builtin_modules.begin(), builtin_modules.end(),
                                   [&](std::string_view prefix) { return name.starts_with(prefix); });
  if (module == builtin_modules.end()) return std::nullopt;
  name.remove_prefix(module->size());
  if (name == "list") return Kind::list;
  if (name == "tuple") return Kind::tuple;
  if (name == "set" || name == "frozenset") return Kind::set;
  return std::nullopt;
}

std::optional<CheckpointValue> sequence_from(Kind kind, const SequenceValue& arguments, const Spend& spend) {
  if (arguments.items.empty()) return CheckpointValue{SequenceValue{kind, {}}};
  const auto* given = arguments.items[0]->as<SequenceValue>();
  if (given == nullptr) return std::nullopt;
  spend(given->items.size());
  return CheckpointValue{SequenceValue{kind, given->items}};
}

/// dict() of nothing, of a dict, or of a list of pairs (as Python 2 pickles an OrderedDict).
std::optional<CheckpointValue> mapping_from(const SequenceValue& arguments, const Spend& spend) {
  if (arguments.items.empty()) return CheckpointValue{MappingValue{}};
  if (const auto* mapping = arguments.items[0]->as<MappingValue>()) {
    spend(mapping->items.size());
    return CheckpointValue{*mapping};
  }
  const auto* pairs = arguments.items[0]->as<SequenceValue>();
  if (pairs == nullptr) return std::nullopt;
  spend(pairs->items.size());
  MappingValue mapping;
  for (const CheckpointValue* item : pairs->items) {
    const auto* pair = item->as<SequenceValue>();
    if (pair == nullptr || pair->items.size() != 2) return std::nullopt;
    mapping.items.emplace_back(pair->items[0], pair->items[1]);
  }
  return CheckpointValue{std::move(mapping)};
}

/// The Latin-1 bytes of a UTF-8 text whose characters are all below U+0100.
std::optional<std::string> latin1(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
      continue;
    }
    if ((lead != 0xc2 && lead != 0xc3) || i + 1 >= text.size()) return std::nullopt;
    const auto tail = static_cast<unsigned char>(text[++i]);
    bytes += static_cast<char>(((lead & 0x03) << 6) | (tail & 0x3f));
  }
  return bytes;
}

/// How protocol 2 writes bytes: _codecs.encode(text, 'latin1').
std::optional<CheckpointValue> encoded(const SequenceValue& arguments, const Spend& spend) {
  if (arguments.items.size() != 2) return std::nullopt;
  const auto* text = arguments.items[0]->as<TextValue>();
  const auto* coding = arguments.items[1]->as<TextValue>();
  if (!text || !coding || coding->text != "latin1") return std::nullopt;
  spend(text->text.size() / text_bytes_per_step);
  auto bytes = latin1(text->text);
  if (!bytes) return std::nullopt;
  return CheckpointValue{BytesValue{std::move(*bytes)}};
}

}  // namespace

std::optional<CheckpointValue> plain_call(std::string_view name, const SequenceValue& arguments, const Spend& spend) {
  if (const auto kind = sequence_kind(name)) return sequence_from(*kind, arguments, spend);
  if (std::find(dict_names.begin(), dict_names.end(), name) != dict_names.end()) return mapping_from(arguments, spend);
  if (name == "collections.defaultdict") return CheckpointValue{MappingValue{}};
  if (name == "_codecs.encode") return encoded(arguments, spend);
  return std::nullopt;
}

}  // namespace cfo::storage
