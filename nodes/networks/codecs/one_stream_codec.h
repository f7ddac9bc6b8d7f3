// What most families share: a latent that one quantizer turns into one stream of codes and back.
#pragma once

#include <utility>

#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {

/// A codec whose quantizer has `encode` (latent [B, D, F] -> int64 [B, K, F]) and `decode` (back to [B, D, F]). What
/// stands beside the frames (extras, seeds) travels with them. The family adds encode() and synthesize().
template <typename Quantizer>
class OneStreamCodec : public Codec {
 public:
  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    return {{quantizer_.encode(latent.values)}, latent.samples, latent.extras, latent.seeds};
  }

  /// Throws Error unless there is one stream.
  Latent dequantize(const Codes& codes) const override {
    const tensors::Inference inference;
    check_streams(card(), codes);
    return {quantizer_.decode(codes.streams.front()), codes.samples, codes.extras, codes.seeds};
  }

 protected:
  OneStreamCodec(const Card& card, Quantizer quantizer) : Codec(card), quantizer_(std::move(quantizer)) {}

  const Quantizer& quantizer() const { return quantizer_; }

 private:
  Quantizer quantizer_;
};

}  // namespace cfo::codecs
