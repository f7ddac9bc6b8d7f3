// What a neural audio codec is to CFO: encode -> quantize -> dequantize -> synthesize, each usable alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"

namespace cfo::codecs {

/// What the encoder gives for B utterances of equal length.
struct Latent {
  at::Tensor values;    ///< [B, D, F] float32
  int64_t samples = 0;  ///< input samples of each utterance, before any padding
  std::map<std::string, at::Tensor>
      extras;                        ///< what else the family's stages hand on (speaker embedding, ...): [B, ...] each
  std::vector<uint64_t> seeds = {};  ///< for the decoder: as in Codes
};

/// Discrete codes of B utterances of equal length.
struct Codes {
  std::vector<at::Tensor> streams;  ///< int64 [B, K, F]; one entry a frame rate (SNAC has several)
  int64_t samples = 0;
  std::map<std::string, at::Tensor> extras;  ///< what else the decoder needs (time-invariant codes, speaker embedding)
  /// One an utterance, for codecs whose decoder draws random numbers (SNAC, SemantiCodec): each utterance draws from
  /// its own stream (layers::random_stream), so that its result is the same in any batch. Empty: every utterance draws
  /// from seed 0.
  std::vector<uint64_t> seeds = {};
};

/// A codec model, ready to work. Immutable after construction: any number of threads may call it at once. A call takes
/// B >= 1 utterances of EQUAL length (each result equals that of B = 1); a caller with different lengths groups them
/// first. Works on the device of its weights. Errors are cfo::Error sentences.
class Codec {
 public:
  virtual ~Codec() = default;
  const Card& card() const { return card_; }

  /// wave [B, 1, T] float32 in [-1, 1] at card().sample_rate. Applies the official pre-processing (padding, cutting,
  /// clamping).
  virtual Latent encode(const at::Tensor& wave) const = 0;
  virtual Codes quantize(const Latent& latent) const = 0;
  /// The decoder's input [B, D, F] for given codes.
  virtual Latent dequantize(const Codes& codes) const = 0;
  /// wave [B, 1, T'] of the decoder's input, trimmed as the official inference script does.
  virtual at::Tensor synthesize(const Latent& quantized) const = 0;

  at::Tensor decode(const Codes& codes) const { return synthesize(dequantize(codes)); }

  /// Whether each frame and each sample depends on a bounded stretch of the input alone (no recurrence, no attention
  /// over everything, no normalisation over the utterance), so that a long utterance can be worked on in blocks
  /// (block_codec.h).
  virtual bool is_convolutional() const { return false; }
  /// Whether a longer utterance takes no more memory than some tens of seconds do, but for its samples and codes.
  virtual bool bounds_memory() const { return false; }

  /// How many codes each codebook has, in the order of the streams and of the rows in them; further rows are of the
  /// last size.
  virtual std::vector<int64_t> codebook_sizes() const { return {card_.codebook_size}; }

 protected:
  explicit Codec(Card card) : card_(std::move(card)) {}

 private:
  Card card_;
};

}  // namespace cfo::codecs
