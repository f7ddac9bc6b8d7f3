#include "nodes/networks/detectors/aasist/tiled_block.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "nodes/networks/detectors/aasist/encoder_functions.h"
#include "nodes/networks/detectors/aasist/encoder_kernels.h"

namespace cfo::detectors {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t tile_floats = 1 << 18;  // of conv1's output: about a megabyte
constexpr int64_t halo = 2;               // columns that each side of a tile sees: two convolutions three wide
constexpr int64_t pool = 3;

using Pair = std::array<int64_t, 2>;
constexpr Pair ones = {1, 1}, zeros = {0, 0}, one_row_around = {1, 0};

// selu(x) = elu(x, alpha, scale, 1) in ATen's terms.
constexpr double selu_alpha = 1.6732632423543772848170429916717, selu_scale = 1.0507009873554804934193349852946;

/// Columns [begin, end) of the output before pooling.
struct Tile {
  int64_t utterance, begin, end;
};

template <typename Body>
void for_each_tile(const at::Tensor& x, int64_t channels, Body&& body) {
  const int64_t used = x.size(3) / pool * pool;
  const int64_t width = std::max<int64_t>(tile_floats / (channels * (x.size(2) + 1)) / pool, 1) * pool;
  for (int64_t utterance = 0; utterance < x.size(0); ++utterance) {
    for (int64_t begin = 0; begin < used; begin += width) body(Tile{utterance, begin, std::min(used, begin + width)});
  }
}

/// What a tile sees of `x`: `halo` more columns on each side, zero beyond the ends.
at::Tensor input_of(const at::Tensor& x, const Tile& tile) {
  const int64_t begin = std::max<int64_t>(tile.begin - halo, 0), end = std::min(tile.end + halo, x.size(3));
  const at::Tensor part = x.narrow(0, tile.utterance, 1).narrow(3, begin, end - begin);
  const std::array<int64_t, 2> missing = {begin - (tile.begin - halo), tile.end + halo - end};
  return (missing == zeros ? part : at::constant_pad_nd(part, missing)).contiguous(at::MemoryFormat::ChannelsLast);
}

/// conv2's zero padding: it sees nothing beyond the ends of the utterance, whatever conv1 and the batch norm make of
/// zeros there.
void clear_beyond_ends(at::Tensor& hidden, const Tile& tile, int64_t columns) {
  if (tile.begin == 0) hidden.narrow(3, 0, 1).zero_();
  if (tile.end == columns) hidden.narrow(3, hidden.size(3) - 1, 1).zero_();
}

/// selu(conv1(x)) over the tile and one more column on each side.
at::Tensor hidden_of(const at::Tensor& input, const FoldedBlock& block, const Tile& tile, int64_t columns) {
  at::Tensor hidden = at::conv2d(input, block.conv1, block.bias1, ones, one_row_around);
  kernels::selu(hidden.data_ptr<float>(), hidden.numel());
  clear_beyond_ends(hidden, tile, columns);
  return hidden;
}

at::Tensor shortcut_input(const at::Tensor& input) { return input.narrow(3, 1, input.size(3) - 2); }

at::Tensor shortcut_of(const at::Tensor& input, const FoldedBlock& block) {
  if (!block.shortcut.defined()) return input.narrow(3, halo, input.size(3) - 2 * halo);
  return at::conv2d(shortcut_input(input).contiguous(at::MemoryFormat::ChannelsLast), block.shortcut,
                    block.shortcut_bias, ones, zeros);
}

at::Tensor empty_map(const at::Tensor& x, int64_t channels, int64_t columns, at::ScalarType type) {
  return at::empty({x.size(0), channels, x.size(2), columns},
                   x.options().dtype(type).memory_format(at::MemoryFormat::ChannelsLast));
}

at::Tensor part_of(const at::Tensor& pooled, const Tile& tile) {
  return pooled.narrow(0, tile.utterance, 1).narrow(3, tile.begin / pool, (tile.end - tile.begin) / pool);
}

/// A weight laid out with the channels innermost: with one input channel only the strides tell, and they decide the
/// layout of the result.
at::Tensor innermost(const at::Tensor& weight) {
  return weight.defined() ? weight.detach().clone(at::MemoryFormat::ChannelsLast) : weight;
}

FoldedBlock laid_out(const FoldedBlock& block) {
  return {innermost(block.conv1),    block.bias1,        innermost(block.conv2), block.bias2,
          innermost(block.shortcut), block.shortcut_bias};
}

PooledSum run(const at::Tensor& x, const FoldedBlock& given) {
  const FoldedBlock block = laid_out(given);
  const int64_t channels = block.conv2.size(0), columns = x.size(3);
  const PooledSum result{empty_map(x, channels, columns / pool, at::kFloat),
                         empty_map(x, channels, columns / pool, at::kByte)};
  for_each_tile(x, block.conv1.size(0), [&](const Tile& tile) {
    const at::Tensor input = input_of(x, tile);
    const at::Tensor y = at::conv2d(hidden_of(input, block, tile, columns), block.conv2, block.bias2, ones, zeros);
    const PooledSum pooled = pool_sum_with_places(y, shortcut_of(input, block));
    part_of(result.values, tile).copy_(pooled.values);
    part_of(result.places, tile).copy_(pooled.places);
  });
  return result;
}

/// Gradients of a convolution for its input, weight and bias.
std::tuple<at::Tensor, at::Tensor, at::Tensor> conv_gradient(const at::Tensor& gradient, const at::Tensor& input,
                                                             const at::Tensor& weight, Pair padding) {
  const std::array<int64_t, 1> bias = {weight.size(0)};
  return at::convolution_backward(gradient, input, weight, c10::IntArrayRef(bias), ones, padding, ones, false, zeros, 1,
                                  {true, true, true});
}

/// Gradients of all that a block depends on, added up over tiles.
class BlockGradient {
 public:
  BlockGradient(const at::Tensor& x, const FoldedBlock& block) : x_(x), block_(block), dx_(at::zeros_like(x)) {
    const at::Tensor* const weights[] = {&block.conv1, &block.bias1,    &block.conv2,
                                         &block.bias2, &block.shortcut, &block.shortcut_bias};
    for (const auto* weight : weights) weights_.push_back(at::zeros_like(*weight));
  }

  void add(const Tile& tile, const at::Tensor& gradient) {
    const at::Tensor input = input_of(x_, tile), hidden = hidden_of(input, block_, tile, x_.size(3));
    at::Tensor dinput = at::zeros_like(input);
    const auto near = shortcut_input(input).contiguous(at::MemoryFormat::ChannelsLast);
    shortcut_input(dinput).add_(through(gradient, near, block_.shortcut, zeros, 4));
    at::Tensor dhidden = through(gradient, hidden, block_.conv2, zeros, 2);
    clear_beyond_ends(dhidden, tile, x_.size(3));
    dhidden = at::elu_backward(dhidden, selu_alpha, selu_scale, 1, /*is_result=*/true, hidden);
    dinput.add_(through(dhidden, input, block_.conv1, one_row_around, 0));
    const int64_t begin = std::max<int64_t>(tile.begin - halo, 0), end = std::min(tile.end + halo, x_.size(3));
    dx_.narrow(0, tile.utterance, 1)
        .narrow(3, begin, end - begin)
        .add_(dinput.narrow(3, begin - (tile.begin - halo), end - begin));
  }

  variable_list result() const {
    variable_list all = {dx_};
    all.insert(all.end(), weights_.begin(), weights_.end());
    return all;
  }

 private:
  /// The input's gradient; adds those of weight and bias to number `index` and the next.
  at::Tensor through(const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, Pair padding,
                     std::size_t index) {
    const auto [dinput, dweight, dbias] = conv_gradient(gradient, input, weight, padding);
    weights_[index].add_(dweight);
    weights_[index + 1].add_(dbias);
    return dinput;
  }

  const at::Tensor& x_;
  const FoldedBlock& block_;
  at::Tensor dx_;
  std::vector<at::Tensor> weights_;
};

struct TiledBlock : torch::autograd::Function<TiledBlock> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& conv1,
                            const at::Tensor& bias1, const at::Tensor& conv2, const at::Tensor& bias2,
                            const at::Tensor& shortcut, const at::Tensor& shortcut_bias) {
    const auto [values, places] = run(x, {conv1, bias1, conv2, bias2, shortcut, shortcut_bias});
    context->save_for_backward({x, conv1, bias1, conv2, bias2, shortcut, shortcut_bias, places});
    return values;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &places = saved[7];
    const FoldedBlock block = laid_out({saved[1], saved[2], saved[3], saved[4], saved[5], saved[6]});
    BlockGradient gradient(x, block);
    for_each_tile(x, block.conv1.size(0), [&](const Tile& tile) {
      gradient.add(tile, unpool_by_3(part_of(gradients[0], tile), part_of(places, tile), tile.end - tile.begin));
    });
    return gradient.result();
  }
};

}  // namespace

at::Tensor tiled_block(const at::Tensor& x, const FoldedBlock& block) {
  if (!block.shortcut.defined()) return run(x, block).values;
  return TiledBlock::apply(x, block.conv1, block.bias1, block.conv2, block.bias2, block.shortcut, block.shortcut_bias);
}

}  // namespace cfo::detectors
