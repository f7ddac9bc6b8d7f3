#include "nodes/networks/codecs/utterance_noise.h"

#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {

UtteranceNoise::UtteranceNoise(const Latent& latent) : device_(latent.values.device()) {
  for (int64_t b = 0; b < latent.values.size(0); ++b) {
    const auto index = static_cast<std::size_t>(b);
    streams_.push_back(tensors::random_stream(index < latent.seeds.size() ? latent.seeds[index] : 0));
  }
}

at::Tensor UtteranceNoise::draw(const std::vector<int64_t>& shape) const {
  std::vector<at::Tensor> rows;
  for (const auto& stream : streams_) rows.push_back(at::randn(shape, stream, at::TensorOptions(at::kFloat)));
  return at::stack(rows).to(device_);
}

}  // namespace cfo::codecs
