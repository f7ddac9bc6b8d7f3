#include "nodes/networks/layers/attention/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace cfo::layers {
namespace {

/// The packed tensor, or its three parts joined.
at::Tensor packed_weight(const tensors::WeightScope& scope, int64_t size) {
  if (scope.has("in_proj_weight")) return scope.take("in_proj_weight", {3 * size, size});
  if (scope.has("qkv.weight")) return scope.take("qkv.weight", {3 * size, size});
  std::vector<at::Tensor> parts;
  for (const auto* part : {"q_proj", "k_proj", "v_proj"}) parts.push_back((scope / part).take("weight", {size, size}));
  return at::cat(parts);
}

at::Tensor packed_bias(const tensors::WeightScope& scope, int64_t size) {
  if (scope.has("in_proj_weight")) return scope.take("in_proj_bias", {3 * size});
  if (scope.has("qkv.weight")) return scope.take("qkv.bias", {3 * size});
  std::vector<at::Tensor> parts;
  for (const auto* part : {"q_proj", "k_proj", "v_proj"}) parts.push_back((scope / part).take("bias", {size}));
  return at::cat(parts);
}

/// [queries, keys]: 0 where a query sees a key, minus infinity where not; the first query is `lead` positions after the
/// first key.
at::Tensor window_mask(int64_t queries, int64_t keys, int64_t lead, int64_t window, const at::TensorOptions& options) {
  const auto positions = options.dtype(at::kLong);
  const auto distance = at::arange(lead, lead + queries, positions).unsqueeze(1) - at::arange(keys, positions);
  const auto hidden = distance.lt(0).logical_or_(distance.ge(window));
  return at::zeros({queries, keys}, options).masked_fill_(hidden, -std::numeric_limits<float>::infinity());
}

}  // namespace

SelfAttention::SelfAttention(const tensors::WeightScope& scope, const AttentionOptions& options)
    : options_(options),
      in_weight_(packed_weight(scope, options.dimension)),
      in_bias_(options.bias ? packed_bias(scope, options.dimension) : at::Tensor()),
      out_(scope / (scope.has("qkv.weight") ? "proj" : "out_proj"),
           {.in = options.dimension, .out = options.dimension, .bias = options.bias}) {
  if (options.heads < 1 || options.dimension % options.heads != 0) {
    throw Error("attention needs channels that {} heads share equally, but got {} channels", options.heads,
                options.dimension);
  }
  if (options.rotary_period > 0 && head_size() % 2 != 0) {
    throw Error("rotary positions need heads of an even size, but got {}", head_size());
  }
}

at::Tensor SelfAttention::operator()(const at::Tensor& x) const {
  const int64_t batch = x.size(0), frames = x.size(1), heads = options_.heads;
  const auto packed = at::linear(x, in_weight_, in_bias_).view({batch, frames, 3, heads, head_size()});
  if (options_.rotary_period > 0) rotate(packed.narrow(2, 0, 2));
  const auto parts = packed.permute({2, 0, 3, 1, 4}).reshape({3, batch * heads, frames, head_size()}).unbind(0);
  const int64_t block = options_.window > 0 ? options_.window : frames;
  std::vector<at::Tensor> blocks;  // of queries, each with the keys that it can see
  for (int64_t begin = 0; begin < frames; begin += block) {
    const int64_t end = std::min(begin + block, frames), from = std::max<int64_t>(0, begin - block + 1);
    blocks.push_back(attend(parts[0].slice(1, begin, end), parts[1].slice(1, from, end), parts[2].slice(1, from, end),
                            begin - from));
  }
  const auto mixed = blocks.size() == 1 ? blocks.front() : at::cat(blocks, 1);
  return out_(
      mixed.view({batch, heads, frames, head_size()}).transpose(1, 2).reshape({batch, frames, options_.dimension}));
}

/// Turns channels 2i, 2i + 1 of each head in place by the angle position / period^(2i / head size): x [B, F, 2, heads,
/// head size].
void SelfAttention::rotate(const at::Tensor& queries_and_keys) const {
  const int64_t frames = queries_and_keys.size(1), pairs = head_size() / 2;
  const auto options = queries_and_keys.options();
  const auto frequencies =
      at::arange(pairs, options).mul_(-std::log(options_.rotary_period) / static_cast<double>(pairs)).exp_();
  const auto angles = (at::arange(frames, options).unsqueeze(1) * frequencies).view({frames, 1, 1, pairs});
  at::view_as_complex(queries_and_keys.unflatten(-1, {pairs, 2})).mul_(at::polar(at::ones_like(angles), angles));
}

/// Query [N, Q, d], key and value [N, K, d] -> [N, Q, d]; the first query is `lead` positions after the first key.
at::Tensor SelfAttention::attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                 int64_t lead) const {
  const double scale = 1 / std::sqrt(static_cast<double>(head_size()));
  const auto keys = key.transpose(1, 2);
  if (options_.window == 0) return at::bmm(at::bmm(query, keys).mul_(scale).softmax(-1), value);
  const auto mask = window_mask(query.size(1), key.size(1), lead, options_.window, query.options());
  return at::bmm(at::baddbmm(mask, query, keys, 1, scale).softmax(-1), value);
}

}  // namespace cfo::layers
