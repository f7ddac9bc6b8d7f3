// The file of one numpy array (numpy, lib/format.py): a magic, a version, a Python dict of type, order and shape as
// text, then the elements.
#pragma once

#include <string_view>

#include "storage/checkpoint/bytes/bytes.h"
#include "storage/checkpoint/values/value.h"

namespace cfo::storage {

/// Whether a file begins as numpy.save begins one.
bool is_npy(std::string_view bytes);

/// The array, which aliases the file: little-endian float16, float32, float64 or int64 in C order. Throws Error naming
/// the file for another type, order or version, a header that is damaged, and data that are cut off or too long.
CheckpointDocument read_npy(const CheckpointBytes& file);

}  // namespace cfo::storage
