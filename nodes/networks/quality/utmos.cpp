#include "nodes/networks/quality/utmos.h"

#include <ATen/ATen.h>

namespace cfo::quality {

UtmosOptions utmos22_strong() {
  UtmosOptions options;
  options.encoder.conv = {.widths = std::vector<int64_t>(7, 512),
                          .kernels = {10, 3, 3, 3, 3, 2, 2},
                          .strides = {5, 2, 2, 2, 2, 2, 2},
                          .bias = false,
                          .norm_everywhere = false};
  options.encoder.position = {.kernel = 128, .groups = 16};
  return options;  // width, layers, heads and feed_forward are wav2vec 2.0 base's by default
}

bool is_unused_in_utmos(std::string_view name) { return name == "wav2vec2.mask_emb"; }

Utmos::Utmos(const tensors::WeightScope& weights, const UtmosOptions& options)
    : encoder_(weights / "wav2vec2", options.encoder),
      domain_(weights.take("domain_emb", {1, options.domain_embedding})),
      judge_(weights.take("judge_emb", {1, options.judge_embedding})),
      blstm_(weights / "blstm", {.input = options.encoder.width + options.domain_embedding + options.judge_embedding,
                                 .hidden = options.hidden,
                                 .bidirectional = true}),
      wide_(weights / "projection.0", {.in = 2 * options.hidden, .out = options.projection}),
      narrow_(weights / "projection.2", {.in = options.projection, .out = 1}) {}

at::Tensor Utmos::score(const at::Tensor& wave) const {
  return pooled(frame_scores(recurrent(encoder_(wave.unsqueeze(1)))));
}

at::Tensor Utmos::recurrent(const at::Tensor& units) const {
  const auto at_each_frame = [&](const at::Tensor& row) {
    return row.unsqueeze(0).expand({units.size(0), units.size(1), -1});
  };
  return blstm_(at::cat({units, at_each_frame(domain_), at_each_frame(judge_)}, 2).transpose(1, 2)).transpose(1, 2);
}

at::Tensor Utmos::frame_scores(const at::Tensor& recurrent) const {
  return narrow_(at::relu(wide_(recurrent))).squeeze(2);
}

/// The network's middle and half range of the five-point scale.
at::Tensor Utmos::pooled(const at::Tensor& frame_scores) { return frame_scores.mean(1) * 2 + 3; }

}  // namespace cfo::quality
