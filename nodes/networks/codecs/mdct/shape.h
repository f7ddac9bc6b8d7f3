// The fine structure of an MDCT frame: the spectrum divided by its envelope, coded where the envelope is strong.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "nodes/networks/codecs/mdct/numbers.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs::mdct {

/// Codes flattened spectra. `levels` [R, frame] is the decoded envelope in fixed point (Bands::spread); all decisions
/// come from it.
class ShapeCoder {
 public:
  virtual ~ShapeCoder() = default;
  /// flat [R, frame] float32 -> int64 [R, indices].
  virtual at::Tensor quantize(const at::Tensor& flat, const at::Tensor& levels) const = 0;
  /// int64 [R, indices] -> flat [R, frame]; bins without code have their value in `fill` [R, frame].
  virtual at::Tensor dequantize(const at::Tensor& indices, const at::Tensor& levels, const at::Tensor& fill) const = 0;
};

/// The coder of the card's family, from the tables
///   residual: shape.codebooks [stages, size, block], shape.decay [stages] (log2 of what a stage finds left of a block,
///   falling from 0) single:   codebook [size, block] scalar:   shape.bounds [classes], shape.values [classes, most
///   levels]
std::unique_ptr<ShapeCoder> make_shape_coder(const Numbers& numbers, const tensors::WeightScope& tables);

/// The `shape_tokens` (block, stage) pairs of each row that matter most, most important first: int64 [R, tokens], block
/// * stages + stage. A pair's weight is weighting * (mean level of the block) + decay [stages] of the stage.
at::Tensor choose_blocks(const Numbers& numbers, const at::Tensor& levels, const at::Tensor& decay);

/// The bins of each row from the highest level down: int64 [R, count].
at::Tensor strongest_bins(const at::Tensor& levels, int64_t count);

}  // namespace cfo::codecs::mdct
