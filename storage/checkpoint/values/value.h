// What a checkpoint holds, whatever its container: a tree of tensors, plain Python values, and names of what is
// neither.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/tensor_map.h"
#include "storage/checkpoint/values/entry.h"
#include "storage/checkpoint/values/tensor.h"

namespace cfo::storage {

struct CheckpointValue;

struct NoneValue {};
struct TextValue {
  std::string text;
};
struct BytesValue {
  std::string bytes;
};
struct SequenceValue {
  enum class Kind { list, tuple, set };
  Kind kind = Kind::list;
  std::vector<const CheckpointValue*> items;
};
struct MappingValue {
  /// In the order of the file.
  std::vector<std::pair<const CheckpointValue*, const CheckpointValue*>> items;
};
/// A class or function that the file names ("collections.OrderedDict"). It is never looked up.
struct GlobalValue {
  std::string name;
};
/// An object made from something unknown; `name` is what the file wanted to call or build.
struct OpaqueValue {
  std::string_view name;
};
/// A torch storage outside any tensor: `type` is the storage class, `key` its entry in the container, `offset`
/// the first of its elements where only a part of the entry is meant.
struct StorageValue {
  std::string_view key;
  std::string_view type;
  std::int64_t elements = 0;
  std::int64_t offset = 0;
};

struct CheckpointValue {
  std::variant<NoneValue, bool, std::int64_t, double, TextValue, BytesValue, SequenceValue, MappingValue, GlobalValue,
               OpaqueValue, StorageValue, at::Tensor>
      is;

  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&is);
  }
};

/// Owns every value of one file. Values refer to each other by plain pointers (they may be shared, and in a hostile
/// file even form cycles), so nothing is freed before the document.
struct CheckpointDocument {
  std::deque<CheckpointValue> values;
  const CheckpointValue* root = nullptr;
  AlignedCopies copies;  ///< what some of the tensors lie over: `copies.fill` before the first look at one's elements

  /// Takes over the values of another file, which stay where they are.
  void adopt(CheckpointDocument&& part) {
    copies.adopt(std::move(part.copies));
    adopted_.push_back(std::move(part));
  }

  CheckpointValue* add(CheckpointValue value) { return &values.emplace_back(std::move(value)); }

 private:
  std::list<CheckpointDocument> adopted_;  // a list: a document that moves could copy its values
};

/// The value reached by `keys` from the top: mapping keys (numbers by their digits) and indices of lists. Throws Error
/// naming `origin`, the key that is not there, and those that are.
const CheckpointValue& descend(const CheckpointDocument& document, const std::vector<std::string>& keys,
                               const std::string& origin);

/// All tensors below `value` by dotted name, `prefix` in front; a `value` that is itself a tensor is named `prefix`, or
/// "tensor". Throws Error naming `origin` for two tensors of one name,
/// for nesting beyond 128 levels, and for a file whose shared values unfold without bound.
TensorMap tensors_below(const CheckpointValue& value, const std::string& prefix, const std::string& origin);

/// One line for each value below the top; a list of plain values is one line. Same errors as `tensors_below`.
std::vector<CheckpointEntry> entries_of(const CheckpointDocument& document, const std::string& origin);

/// What a value is, in one or two words: "float32", "dict", "opaque fairseq.data.Dictionary".
std::string type_of(const CheckpointValue& value);

}  // namespace cfo::storage
