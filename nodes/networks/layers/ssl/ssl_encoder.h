// Self-supervised speech encoders: wav2vec 2.0 (Baevski et al. 2020), HuBERT (Hsu et al. 2021), XLS-R (Babu et al.
// 2021). One network, under the names of transformers (models/hubert/modeling_hubert.py) and of fairseq
// (fairseq/models/wav2vec/wav2vec2.py).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "nodes/networks/layers/attention/attention.h"
#include "nodes/networks/layers/basic/linear.h"
#include "nodes/networks/layers/ssl/ssl_conv.h"
#include "nodes/networks/layers/ssl/ssl_naming.h"
#include "nodes/networks/layers/ssl/ssl_position.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::layers {

struct SslOptions {
  SslConvOptions conv = {};
  SslPositionOptions position = {};
  int64_t width = 768;
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t feed_forward = 3072;
  bool norm_first = false;  ///< each half of a layer normalises its input (do_stable_layer_norm, layer_norm_first);
                            ///< false: its sum with it
  bool normalise = false;   ///< the wave is brought to mean 0 and variance 1 first
  bool recompute =
      false;  ///< in training, keep only each layer's input and compute the layer again for the gradient (recompute.h)
};

/// A transformer layer: attention, then two linear layers with GELU between, each added to its input; x [B, F, width].
class SslLayer {
 public:
  SslLayer(const tensors::WeightScope& scope, const SslNames& names, const SslOptions& options);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  bool norm_first_;
  SelfAttention attention_;
  LayerNorm attention_norm_;
  Linear wide_, narrow_;
  LayerNorm feed_forward_norm_;
};

/// wave [B, 1, T] at 16 kHz -> hidden states [B, F, width]. Nothing here is changed in place that a gradient needs: a
/// network built, with gradients on, from tensors that require them is trainable (to be built anew after each step, as
/// weight norm is folded when it is built).
///
///     const SslEncoder hubert(weights / "semantic_model", options);
///     const auto features = hubert.mean_hidden_state(wave);
class SslEncoder {
 public:
  static constexpr int64_t all_frames = std::numeric_limits<int64_t>::max();

  /// Throws Error for a missing or misshapen tensor. A projection from the convolutions' width is taken where that is
  /// not `width` or one is stored.
  SslEncoder(const tensors::WeightScope& scope, const SslOptions& options);

  /// The last hidden state. Only the first `frames` frames are the utterance, as with a padding mask: those after them
  /// count as zeros in the positions, no frame attends to them, and they are cut from the result.
  at::Tensor operator()(const at::Tensor& wave, int64_t frames = all_frames) const;
  /// layers + 1 states: the first layer's input, and what each layer gives (the last one normalised, where norms come
  /// first).
  std::vector<at::Tensor> hidden_states(const at::Tensor& wave, int64_t frames = all_frames) const;
  /// Their mean.
  at::Tensor mean_hidden_state(const at::Tensor& wave, int64_t frames = all_frames) const;

  // What comes before the layers, for callers that begin or end there.
  at::Tensor features(const at::Tensor& wave) const;             ///< [B, conv.widths.back(), F]
  at::Tensor projected(const at::Tensor& features) const;        ///< normalised and projected [B, F, width]
  at::Tensor with_positions(const at::Tensor& projected) const;  ///< the first hidden state

  int64_t frames(int64_t samples) const { return conv_.frames(samples); }  ///< of a wave of at least shortest() samples
  int64_t shortest() const { return conv_.shortest(); }                    ///< samples

 private:
  void visit(const at::Tensor& wave, int64_t frames, const std::function<void(const at::Tensor&)>& visitor) const;

  bool norm_first_, normalise_, recompute_;
  SslConv conv_;
  LayerNorm feature_norm_;
  std::optional<Linear> projection_;
  SslPosition position_;
  LayerNorm norm_;  ///< before the layers, or after them where norms come first
  std::vector<SslLayer> layers_;
};

}  // namespace cfo::layers
