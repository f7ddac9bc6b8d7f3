#include "nodes/networks/codecs/mdct/shape.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "nodes/networks/codecs/mdct/envelope.h"
#include "nodes/networks/codecs/mdct/scalar.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs::mdct {
namespace {

using layers::EuclideanCodebook;
using tensors::WeightScope;

at::Tensor falling_order(const at::Tensor& values) {
  return std::get<1>(at::sort(values, /*stable=*/true, /*dim=*/1, /*descending=*/true));
}

/// Blocks of bins by vectors: one codebook a stage, and the strongest blocks get the most stages.
class BlockShape final : public ShapeCoder {
 public:
  /// codebooks [stages, size, block], decay [stages].
  BlockShape(const Numbers& numbers, const at::Tensor& codebooks, const at::Tensor& decay)
      : numbers_(numbers), blocks_(numbers.frame / numbers.block), decay_(fixed_point(decay)) {
    for (const auto& rows : codebooks.unbind(0)) codebooks_.emplace_back(rows);
  }

  at::Tensor quantize(const at::Tensor& flat, const at::Tensor& levels) const override {
    const auto layout = lay_out(levels);
    auto residual = flat.reshape({-1, numbers_.block}).clone();
    auto indices = at::zeros_like(layout.cells);
    for (int64_t stage = 0; stage < numbers_.stages; ++stage) {
      const auto tokens = layout.tokens_of(stage);
      const auto cells = layout.cells.index_select(0, tokens);
      const auto vectors = residual.index_select(0, cells);
      const auto found = codebooks_[stage].search(vectors);
      indices.index_put_({tokens}, found);
      if (stage + 1 < numbers_.stages) residual.index_put_({cells}, vectors - codebooks_[stage].look_up(found));
    }
    return indices.view({flat.size(0), numbers_.shape_tokens});
  }

  at::Tensor dequantize(const at::Tensor& indices, const at::Tensor& levels, const at::Tensor& fill) const override {
    const auto layout = lay_out(levels);
    const auto codes = indices.reshape({-1});
    auto flat = fill.reshape({-1, numbers_.block}).clone();
    flat.index_fill_(0, layout.cells, 0);
    for (int64_t stage = 0; stage < numbers_.stages; ++stage) {
      const auto tokens = layout.tokens_of(stage);
      const auto cells = layout.cells.index_select(0, tokens);
      const auto vectors = codebooks_[stage].look_up(codes.index_select(0, tokens));
      flat.index_put_({cells}, flat.index_select(0, cells) + vectors);
    }
    return flat.view({levels.size(0), numbers_.frame});
  }

 private:
  struct Layout {
    at::Tensor cells;   ///< int64 [R * tokens]: row * blocks + block
    at::Tensor stages;  ///< int64 [R * tokens]
    at::Tensor tokens_of(int64_t stage) const { return (stages == stage).nonzero().squeeze(1); }
  };

  Layout lay_out(const at::Tensor& levels) const {
    const auto chosen = choose_blocks(numbers_, levels, decay_);
    const auto block = at::floor_divide(chosen, numbers_.stages);
    const auto row = at::arange(levels.size(0), chosen.options()).unsqueeze(1);
    return {(row * blocks_ + block).reshape({-1}), chosen.remainder(numbers_.stages).reshape({-1})};
  }

  Numbers numbers_;
  int64_t blocks_;
  at::Tensor decay_;
  std::vector<EuclideanCodebook> codebooks_;
};

/// Single bins by scalars: the strongest with many levels, weaker ones with fewer.
class ScalarShape final : public ShapeCoder {
 public:
  ScalarShape(const Numbers& numbers, const WeightScope& tables) : quantizer_(quantizer(numbers, tables)) {}

  at::Tensor quantize(const at::Tensor& flat, const at::Tensor& levels) const override {
    return quantizer_.quantize(flat.gather(1, strongest_bins(levels, quantizer_.size())));
  }

  at::Tensor dequantize(const at::Tensor& indices, const at::Tensor& levels, const at::Tensor& fill) const override {
    return fill.scatter(1, strongest_bins(levels, quantizer_.size()), quantizer_.dequantize(indices));
  }

 private:
  static ScalarQuantizer quantizer(const Numbers& numbers, const WeightScope& tables) {
    const auto classes = static_cast<int64_t>(numbers.shape_levels.size());
    const int64_t most = *std::max_element(numbers.shape_levels.begin(), numbers.shape_levels.end());
    const auto bounds = tables.take("shape.bounds", {classes}), values = tables.take("shape.values", {classes, most});
    const auto class_of_bin = at::repeat_interleave(at::tensor(numbers.shape_bins, at::kLong)).to(bounds.device());
    std::vector<int64_t> levels;
    for (std::size_t i = 0; i < numbers.shape_levels.size(); ++i) {
      levels.insert(levels.end(), static_cast<std::size_t>(numbers.shape_bins[i]), numbers.shape_levels[i]);
    }
    return ScalarQuantizer(levels, bounds.index_select(0, class_of_bin), values.index_select(0, class_of_bin));
  }

  ScalarQuantizer quantizer_;
};

}  // namespace

at::Tensor choose_blocks(const Numbers& numbers, const at::Tensor& levels, const at::Tensor& decay) {
  const int64_t rows = levels.size(0), blocks = numbers.frame / numbers.block;
  const auto sums = levels.view({rows, blocks, numbers.block}).sum(2);
  const auto weights = (sums * (numbers.weighting / static_cast<double>(numbers.block))).unsqueeze(2) + decay;
  return falling_order(weights.reshape({rows, -1})).narrow(1, 0, numbers.shape_tokens);
}

at::Tensor strongest_bins(const at::Tensor& levels, int64_t count) { return falling_order(levels).narrow(1, 0, count); }

std::unique_ptr<ShapeCoder> make_shape_coder(const Numbers& numbers, const WeightScope& tables) {
  const auto stages = numbers.stages, size = numbers.codebook_size, block = numbers.block;
  switch (numbers.quantizer) {
    case Quantizer::residual:
      return std::make_unique<BlockShape>(numbers, tables.take("shape.codebooks", {stages, size, block}),
                                          tables.take("shape.decay", {stages}));
    case Quantizer::single: {
      const auto codebook = tables.take("codebook", {size, block});
      return std::make_unique<BlockShape>(numbers, codebook.unsqueeze(0), at::zeros({1}, codebook.options()));
    }
    case Quantizer::scalar:
      break;
  }
  return std::make_unique<ScalarShape>(numbers, tables);
}

}  // namespace cfo::codecs::mdct
