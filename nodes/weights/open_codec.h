// A codec from its weight files, wherever they lie.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"
#include "nodes/networks/codecs/codec.h"

namespace cfo::weights {

using PathOfWeights = std::function<std::filesystem::path(const codecs::WeightFile&)>;

struct OpenedCodec {
  std::unique_ptr<codecs::Codec> codec;
  std::size_t tensors = 0;          ///< in the files, where they are not TorchScript
  std::vector<std::string> unused;  ///< of them, those that neither the network took nor the card calls unused
};

/// Builds the codec of a card of backend "native" or "torchscript" from its files at `path_of` each. Throws Error for a
/// missing, damaged or hostile file and for a tensor that is missing or misshapen.
OpenedCodec open_codec(const codecs::Card& card, c10::Device device, const PathOfWeights& path_of);

}  // namespace cfo::weights
