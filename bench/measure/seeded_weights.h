// Random weights with the shapes of published ones: the speed of a network does not depend on their values.
#pragma once

#include <filesystem>
#include <string>

#include "base/tensor_map.h"
#include "nodes/networks/codecs/codec.h"

namespace cfo::bench {

/// Tensors by official names. `like`: the folder of a golden record, whose manifest.json lists names, shapes and ranges
/// under `weights` (tests/golden, shared/golden of the development workplace); or a file as tests/full_size/lists.h5
/// with the names and shapes of the published network `model`, where its golden record is smaller. Throws Error naming
/// the file when it holds no such list.
TensorMap seeded_weights(const std::filesystem::path& like, const std::string& model);

/// The codec of `card` with random weights, shaped as seeded_weights says. Throws Error when that does not fit
/// the card.
std::unique_ptr<codecs::Codec> codec_with_seeded_weights(const codecs::Card& card, const std::filesystem::path& like,
                                                         c10::Device device);

}  // namespace cfo::bench
