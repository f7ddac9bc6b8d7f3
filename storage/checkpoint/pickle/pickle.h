// A reader of Python pickles (protocols 2 to 5) that builds plain values and never calls or imports anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// What a pickle refers to beyond plain values, supplied by its container.
class PickleObjects {
 public:
  virtual ~PickleObjects() = default;
  /// The object of a persistent id.
  virtual CheckpointValue persistent(const CheckpointValue& id) = 0;
  /// The value of the call `name(arguments...)` where it rebuilds something known, else nothing: the call is not made,
  /// and becomes an OpaqueValue.
  virtual std::optional<CheckpointValue> rebuild(std::string_view name, const SequenceValue& arguments) = 0;
};

struct PickleResult {
  const CheckpointValue* root = nullptr;
  std::size_t size = 0;  ///< bytes read, the STOP opcode included
};

/// Reads one pickle from the start of `pickle`; its values go into `document`. Containers of builtins and collections
/// (set, frozenset, list, tuple, dict, OrderedDict, defaultdict, Counter) are built; state given to any object (BUILD)
/// is dropped; any other class or call becomes a GlobalValue or OpaqueValue carrying its dotted name. Throws Error,
/// naming `origin`, for a damaged pickle, for protocols 0 and 1, and for one of more than 32 million steps.
PickleResult read_pickle(std::string_view pickle, const std::string& origin, CheckpointDocument& document,
                         PickleObjects& objects);

}  // namespace cfo::storage
