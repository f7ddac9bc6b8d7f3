// The registry of everything a graph may name.
#pragma once

#include "engine/kind/kind.h"

namespace cfo::kinds {

/// All node kinds, and the domains of the foreach variables `codec` (every card; groups all, builtin, implemented) and
/// `split`. Reads the cards; throws Error when one is wrong.
engine::Registry make_registry();

}  // namespace cfo::kinds
