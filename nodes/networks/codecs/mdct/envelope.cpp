#include "nodes/networks/codecs/mdct/envelope.h"

#include <algorithm>
#include <cmath>

#include "nodes/networks/codecs/mdct/scalar.h"
#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs::mdct {
namespace {

using layers::EuclideanCodebook;
using tensors::WeightScope;

std::vector<int64_t> edges_of(const Numbers& numbers) {
  constexpr double corner = 700;  // Hz; below it bands are about equally wide (O'Shaughnessy's mel scale)
  constexpr int64_t narrowest = 2;
  const double nyquist = static_cast<double>(numbers.sample_rate) / 2;
  const double top = std::log2(1 + nyquist / corner);
  std::vector<int64_t> edges = {0};
  for (int64_t band = 1; band <= numbers.bands; ++band) {
    const double hertz = corner * (std::exp2(top * static_cast<double>(band) / static_cast<double>(numbers.bands)) - 1);
    const auto bin = static_cast<int64_t>(std::lround(hertz / nyquist * static_cast<double>(numbers.frame)));
    const int64_t most = numbers.frame - (numbers.bands - band) * narrowest;
    edges.push_back(std::min(std::max(bin, edges.back() + narrowest), most));
  }
  return edges;
}

at::Tensor averaging(const std::vector<int64_t>& edges) {
  const auto bands = static_cast<int64_t>(edges.size()) - 1;
  auto mean = at::zeros({edges.back(), bands});
  for (int64_t band = 0; band < bands; ++band) {
    const int64_t width = edges[band + 1] - edges[band];
    mean.narrow(0, edges[band], width).select(1, band).fill_(1.0 / static_cast<double>(width));
  }
  return mean;
}

/// [bands, frame]: straight lines from centre to centre, level beyond the outermost; the two weights of a bin add up
/// to 1.
at::Tensor interpolation(const std::vector<int64_t>& edges) {
  constexpr double grid = 256;
  const auto bands = static_cast<int64_t>(edges.size()) - 1;
  const auto centre = [&](int64_t band) { return static_cast<double>(edges[band] + edges[band + 1] - 1) / 2; };
  auto weights = at::zeros({bands, edges.back()}, at::kDouble);
  auto cells = weights.accessor<double, 2>();
  for (int64_t bin = 0, left = 0; bin < edges.back(); ++bin) {
    const double place = std::clamp(static_cast<double>(bin), centre(0), centre(bands - 1));
    while (left + 2 < bands && place >= centre(left + 1)) ++left;
    const double right_weight = std::round((place - centre(left)) / (centre(left + 1) - centre(left)) * grid) / grid;
    cells[left][bin] = 1 - right_weight;
    cells[left + 1][bin] = right_weight;
  }
  return weights;
}

at::Tensor at_least_silence(const at::Tensor& levels) { return fixed_point(levels).clamp_min(silence_level); }

/// Each stage codes what the stages before it left of the whole envelope.
class ResidualEnvelope final : public EnvelopeCoder {
 public:
  ResidualEnvelope(const Numbers& numbers, const WeightScope& tables)
      : mean_(fixed_point(tables.take("envelope.mean", {numbers.bands}))) {
    const auto stages =
        tables.take("envelope.codebooks", {numbers.envelope_stages, numbers.codebook_size, numbers.bands});
    for (const auto& rows : stages.unbind(0)) {
      codebooks_.emplace_back(rows);
      exact_.push_back(fixed_point(rows));
    }
  }

  at::Tensor quantize(const at::Tensor& levels) const override {
    auto residual = levels - mean_.to(at::kFloat);
    std::vector<at::Tensor> indices;
    for (const auto& codebook : codebooks_) {
      indices.push_back(codebook.search(residual));
      residual = residual - codebook.look_up(indices.back());
    }
    return at::stack(indices, 1);
  }

  at::Tensor dequantize(const at::Tensor& indices) const override {
    auto sum = mean_.expand({indices.size(0), -1});
    for (int64_t s = 0; s < this->indices(); ++s) sum = sum + exact_[s].index_select(0, indices.select(1, s));
    return at_least_silence(sum);
  }

  int64_t indices() const override { return static_cast<int64_t>(codebooks_.size()); }

 private:
  at::Tensor mean_;
  std::vector<EuclideanCodebook> codebooks_;
  std::vector<at::Tensor> exact_;  ///< the same rows in fixed point
};

/// The few principal directions of envelopes, in and out.
class Projection {
 public:
  Projection(const Numbers& numbers, const WeightScope& tables)
      : mean_(fixed_point(tables.take("envelope.mean", {numbers.bands}))),
        in_(tables.take("envelope.project_in", {numbers.bands, numbers.principal_directions()})),
        out_(fixed_point(tables.take("envelope.project_out", {numbers.principal_directions(), numbers.bands}))) {}

  at::Tensor in(const at::Tensor& levels) const { return (levels - mean_.to(at::kFloat)).matmul(in_); }
  /// `directions` in fixed point.
  at::Tensor out(const at::Tensor& directions) const { return at_least_silence(directions.matmul(out_) + mean_); }

 private:
  at::Tensor mean_, in_, out_;
};

class SingleCodebookEnvelope final : public EnvelopeCoder {
 public:
  SingleCodebookEnvelope(const Numbers& numbers, const WeightScope& tables)
      : numbers_(numbers),
        projection_(numbers, tables),
        codebook_(tables.take("codebook", {numbers.codebook_size, numbers.block})),
        exact_(fixed_point(tables.take("codebook", {numbers.codebook_size, numbers.block}))) {}

  at::Tensor quantize(const at::Tensor& levels) const override {
    const auto vectors = split_directions(numbers_, projection_.in(levels));
    return codebook_.search(vectors.view({-1, numbers_.block})).view({levels.size(0), indices()});
  }

  at::Tensor dequantize(const at::Tensor& indices) const override {
    std::vector<at::Tensor> directions;
    for (int64_t token = 0; token < this->indices(); ++token) {
      directions.push_back(
          exact_.index_select(0, indices.select(1, token)).narrow(1, 0, numbers_.envelope_split[token]));
    }
    return projection_.out(at::cat(directions, 1));
  }

  int64_t indices() const override { return static_cast<int64_t>(numbers_.envelope_split.size()); }

 private:
  Numbers numbers_;
  Projection projection_;
  EuclideanCodebook codebook_;
  at::Tensor exact_;  ///< the same rows in fixed point
};

class ScalarEnvelope final : public EnvelopeCoder {
 public:
  ScalarEnvelope(const Numbers& numbers, const WeightScope& tables)
      : projection_(numbers, tables), quantizer_(quantizer(numbers, tables)) {}

  at::Tensor quantize(const at::Tensor& levels) const override { return quantizer_.quantize(projection_.in(levels)); }
  at::Tensor dequantize(const at::Tensor& indices) const override {
    return projection_.out(quantizer_.dequantize(indices));
  }
  int64_t indices() const override { return quantizer_.size(); }

 private:
  static ScalarQuantizer quantizer(const Numbers& numbers, const WeightScope& tables) {
    const int64_t directions = numbers.principal_directions();
    const int64_t most = *std::max_element(numbers.envelope_levels.begin(), numbers.envelope_levels.end());
    return ScalarQuantizer(numbers.envelope_levels, tables.take("envelope.bounds", {directions}),
                           fixed_point(tables.take("envelope.values", {directions, most})));
  }

  Projection projection_;
  ScalarQuantizer quantizer_;
};

}  // namespace

at::Tensor fixed_point(const at::Tensor& values) {
  constexpr double grid = 65536;
  return (values.to(at::kDouble) * grid).round() / grid;
}

at::Tensor gain_of(const at::Tensor& levels) {
  return (levels.exp2() - std::exp2(silence_level)).clamp_min(0).to(at::kFloat);
}

Bands::Bands(const Numbers& numbers, c10::Device device)
    : edges_(edges_of(numbers)), mean_(averaging(edges_).to(device)), spread_(interpolation(edges_).to(device)) {}

at::Tensor Bands::levels(const at::Tensor& spectrum) const {
  const double least_power = std::exp2(2 * silence_level);
  return spectrum.square().matmul(mean_).clamp_min(least_power).log2() / 2;
}

at::Tensor Bands::spread(const at::Tensor& levels) const { return levels.matmul(spread_); }

at::Tensor split_directions(const Numbers& numbers, const at::Tensor& directions) {
  std::vector<at::Tensor> vectors;
  for (const auto& part : directions.split_with_sizes(numbers.envelope_split, 1)) {
    vectors.push_back(at::constant_pad_nd(part, {0, numbers.block - part.size(1)}));
  }
  return at::stack(vectors, 1);
}

std::unique_ptr<EnvelopeCoder> make_envelope_coder(const Numbers& numbers, const WeightScope& tables) {
  switch (numbers.quantizer) {
    case Quantizer::residual:
      return std::make_unique<ResidualEnvelope>(numbers, tables);
    case Quantizer::single:
      return std::make_unique<SingleCodebookEnvelope>(numbers, tables);
    case Quantizer::scalar:
      break;
  }
  return std::make_unique<ScalarEnvelope>(numbers, tables);
}

}  // namespace cfo::codecs::mdct
