// The few calls in pickles that make plain Python containers, done as data.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// What `name(arguments...)` builds when it is a container of builtins, collections or a text encoding; nothing for any
/// other name. `spend(n)` is told the number of copied values before they are copied.
std::optional<CheckpointValue> plain_call(std::string_view name, const SequenceValue& arguments,
                                          const std::function<void(std::uint64_t)>& spend);

}  // namespace cfo::storage
