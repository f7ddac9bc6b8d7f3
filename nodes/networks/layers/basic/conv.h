// Convolutions over time with the padding rules of the codec families, weight norm folded in.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

enum class PadMode { zero, reflect, replicate };

/// How a convolution's input is extended at its ends.
struct Padding {
  enum class Rule {
    fixed,   ///< `amount` samples on both sides (torch's `padding`)
    causal,  ///< EnCodec's causal rule: all of (kernel - 1) * dilation + 1 - stride on the left, and on the right up to
             ///< whole frames
    centred  ///< EnCodec's non-causal rule: the same total halved, the larger half left, and on the right up to whole
             ///< frames
  };
  Rule rule = Rule::fixed;
  PadMode mode = PadMode::zero;
  int64_t amount = 0;

  static constexpr Padding fixed(int64_t amount, PadMode mode = PadMode::zero) { return {Rule::fixed, mode, amount}; }
  static constexpr Padding causal(PadMode mode) { return {Rule::causal, mode, 0}; }
  static constexpr Padding centred(PadMode mode) { return {Rule::centred, mode, 0}; }
};

/// Extends x [..., T] at its ends. Where `reflect` is not defined (T <= left or right) x is first extended with zeros
/// and the surplus is cut from the end again, as EnCodec's pad1d does.
at::Tensor pad(const at::Tensor& x, int64_t left, int64_t right, PadMode mode);

struct Conv1dOptions {
  int64_t in = 1;
  int64_t out = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  Padding padding = {};
};

/// x [B, in, T] -> [B, out, T'], T' = ceil(T / stride) under the causal and centred rules.
///
///     Conv1d down(root / "encoder.model.3.conv.conv",
///                 {.in = 32, .out = 64, .kernel = 4, .stride = 2, .padding = Padding::causal(PadMode::reflect)});
class Conv1d {
 public:
  /// Takes `weight` [out, in / groups, kernel] (or its weight-normalised parts) and `bias` [out] at `scope`.
  Conv1d(const tensors::WeightScope& scope, const Conv1dOptions& options);
  /// From tensors; `bias` may be undefined.
  Conv1d(at::Tensor weight, at::Tensor bias, const Conv1dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

  /// The convolution whose result is `factor` times this one's.
  Conv1d scaled(double factor) const;
  /// The same weights without padding: the result is shorter by (kernel - 1) * dilation before the stride.
  Conv1d unpadded() const;
  const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor convolve(const at::Tensor& x, int64_t padding) const;
  Conv1dOptions options_;
  at::Tensor weight_;
  at::Tensor bias_;
};

struct ConvTranspose1dOptions {
  int64_t in = 1;
  int64_t out = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t groups = 1;
  bool bias = true;
  int64_t output_padding = 0;  ///< fixed rule only
  /// Trims instead of padding: fixed cuts `amount` from both ends, causal all of kernel - stride on the right, centred
  /// half on each end (the larger half left).
  Padding padding = {};
};

/// Cuts `total` samples from the ends of x [..., T]: all on the right under the causal rule, half on each end (the
/// larger half left) under the centred one.
at::Tensor trim(const at::Tensor& x, int64_t total, Padding::Rule rule);

/// x [B, in, F] -> [B, out, F * stride] under the causal and centred rules.
class ConvTranspose1d {
 public:
  /// Takes `weight` [in, out / groups, kernel] and `bias` [out] at `scope`; weight norm is per INPUT channel, as
  /// published.
  ConvTranspose1d(const tensors::WeightScope& scope, const ConvTranspose1dOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;
  /// The same weights with nothing trimmed: (F - 1) * stride + kernel samples, and output_padding.
  ConvTranspose1d untrimmed() const;

 private:
  ConvTranspose1dOptions options_;
  at::Tensor weight_;
  at::Tensor bias_;
};

}  // namespace cfo::layers
