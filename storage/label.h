// What countermeasures are to tell apart.
#pragma once

#include <cstdint>

namespace cfo::storage {

enum class Label : uint8_t { bona_fide = 0, spoof = 1 };

}  // namespace cfo::storage
