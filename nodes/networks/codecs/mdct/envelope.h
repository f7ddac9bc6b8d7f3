// The spectral envelope of an MDCT frame: log levels of bands, and how each family codes them.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/networks/codecs/mdct/numbers.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs::mdct {

/// Levels are log2 of the root mean square of MDCT coefficients (of a wave in [-1, 1]); this one, -78 dB, is silence.
inline constexpr double silence_level = -13;

/// Rounded to multiples of 2^-16, in double precision: sums and products of such numbers of moderate size are exact,
/// whatever the order of addition, so that an encoder and a decoder on different machines agree on where the bits go.
at::Tensor fixed_point(const at::Tensor& values);

/// Bands of equal width on the scale log2(1 + f / 700 Hz), at least two bins each.
class Bands {
 public:
  Bands(const Numbers& numbers, c10::Device device);

  /// spectrum rows [R, frame] -> levels [R, bands] float32, at least `silence_level`.
  at::Tensor levels(const at::Tensor& spectrum) const;
  /// band levels [R, bands] in fixed point -> [R, frame]: the level of every bin, linear between the bands' centres;
  /// exact.
  at::Tensor spread(const at::Tensor& levels) const;
  const std::vector<int64_t>& edges() const { return edges_; }

 private:
  std::vector<int64_t> edges_;  ///< bands + 1 bins
  at::Tensor mean_;             ///< [frame, bands]: averages each band
  at::Tensor spread_;           ///< [bands, frame] float64, multiples of 2^-8
};

/// What a bin of level `levels` is multiplied by in the decoder, float32: 2^level less that of silence, so that silence
/// stays silent.
at::Tensor gain_of(const at::Tensor& levels);

/// Codes band levels as a few indices.
class EnvelopeCoder {
 public:
  virtual ~EnvelopeCoder() = default;
  /// levels [R, bands] float32 -> int64 [R, indices].
  virtual at::Tensor quantize(const at::Tensor& levels) const = 0;
  /// int64 [R, indices] -> levels [R, bands] in fixed point, at least `silence_level`; exact.
  virtual at::Tensor dequantize(const at::Tensor& indices) const = 0;
  virtual int64_t indices() const = 0;
};

/// The coder of the card's family, from the tables
///   residual: envelope.mean [bands], envelope.codebooks [stages, size, bands]
///   single:   envelope.mean, envelope.project_in [bands, D], envelope.project_out [D, bands], codebook [size, block]
///   scalar:   envelope.mean, envelope.project_in, envelope.project_out, envelope.bounds [D], envelope.values [D, most
///   levels]
std::unique_ptr<EnvelopeCoder> make_envelope_coder(const Numbers& numbers, const tensors::WeightScope& tables);

/// Envelopes in their principal directions, cut into vectors of `block` numbers (filled up with zeros) that one
/// codebook codes. directions [R, D] -> [R, tokens, block].
at::Tensor split_directions(const Numbers& numbers, const at::Tensor& directions);

}  // namespace cfo::codecs::mdct
