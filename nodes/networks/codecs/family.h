// From card and weights to a working codec: the one table of implemented families.
#pragma once

#include <c10/core/Device.h>

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Builds `card`'s codec from the tensors of its weight files. Throws Error when the family is not implemented or a
/// tensor is missing or misshapen. (A torchscript codec is built by torchscript.h from its file instead.)
std::unique_ptr<Codec> make_codec(const Card& card, const layers::WeightScope& weights,
                                  c10::Device device = c10::Device(c10::kCPU));

}  // namespace cfo::codecs
