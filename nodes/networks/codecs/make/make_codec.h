// From a card and weights to a working codec.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <string>
#include <vector>

#include "nodes/networks/codecs/family.h"

namespace cfo::codecs {

/// Every family with a folder below codecs/, by folder name. The build writes this function by listing the folders.
const std::vector<Family>& all_families();

/// Keys of the families that have an implementation in this build.
std::vector<std::string> implemented_families();
/// Whether this build can make the card's codec, given its weights.
bool is_implemented(const Card& card);

/// Builds `card`'s codec from the tensors of its weight files. Throws Error when the family is not implemented or a
/// tensor is missing or misshapen. (A torchscript codec is built by torchscript.h from its file instead.)
std::unique_ptr<Codec> make_codec(const Card& card, const tensors::WeightScope& weights,
                                  c10::Device device = c10::Device(c10::kCPU));

}  // namespace cfo::codecs
