#include "nodes/networks/detectors/w2v2_aasist/w2v2_aasist.h"

#include <algorithm>

#include "nodes/networks/layers/ssl/ssl_encoder.h"

namespace cfo::detectors {
namespace {

constexpr int64_t front_pool = 3;  // of the projected features, in frequency and time
constexpr layers::Size2d one = {1, 1}, none = {0, 0};

ParameterSet& with_front(ParameterSet& set, const XlsrConfig& config) {
  declare_xlsr(set, W2v2Aasist::front_prefix, config);
  return set;
}

/// Sum over `dimension` of the map under the attention's softmax there: nodes [B, the other dimension, C].
at::Tensor attended(const at::Tensor& map, const at::Tensor& attention, int64_t dimension) {
  return at::sum(map * at::softmax(attention, dimension), dimension).transpose(1, 2);
}

}  // namespace

W2v2Aasist::W2v2Aasist(const std::string& name, const W2v2AasistConfig& config, c10::Device device)
    : Detector(name, device),
      front_config_(config.front),
      projection_(
          declare_linear(with_front(weights_, config.front), "LL", config.front.network.width, config.projection)),
      first_bn_(weights_, "first_bn", 1),
      encoder_(weights_, "encoder", config.encoder, /*pooled=*/false),
      first_bn1_(weights_, "first_bn1", config.graph.channels),
      attention_in_(
          declare_conv2d(weights_, "attention.0",
                         {.in = config.graph.channels, .out = config.attention, .kernel = one, .padding = none})),
      attention_bn_(weights_, "attention.2", config.attention),
      attention_out_(
          declare_conv2d(weights_, "attention.3",
                         {.in = config.attention, .out = config.graph.channels, .kernel = one, .padding = none})),
      graphs_(weights_, config.graph, config.branches),
      front_weights_(tensors::WeightScope(weights_.tensors(), name).on(device) / "ssl_model.model") {}

int64_t W2v2Aasist::shortest() const {
  const auto& conv = front_config_.network.conv;
  int64_t samples = front_pool;
  for (std::size_t i = conv.kernels.size(); i-- > 0;) samples = (samples - 1) * conv.strides[i] + conv.kernels[i];
  return samples;
}

void W2v2Aasist::start_from(const TensorMap& tensors, const std::string& origin) {
  if (tensors.count("feature_extractor.conv_layers.0.0.weight") > 0)
    return weights_.load_below(front_prefix, tensors, origin);
  load(tensors, origin);
}

/// [B, T] -> [B, F, width]. The encoder is made anew in each pass: weight norm and the attention's weights are put
/// together when it is made.
at::Tensor W2v2Aasist::front(const at::Tensor& wave, const Pass& pass) const {
  layers::SslOptions options = front_config_.network;
  options.recompute = pass.recompute;
  const layers::SslEncoder encoder(front_weights_, options);
  const at::Tensor features = encoder(wave.unsqueeze(1));
  pass.tell("w2v2", features);
  return features;
}

at::Tensor W2v2Aasist::attention(const at::Tensor& map, const Pass& pass) const {
  const at::Tensor scores = attention_out_(attention_bn_(at::selu(attention_in_(map)), pass));
  pass.tell("attention", scores);
  return scores;
}

Output W2v2Aasist::run(const at::Tensor& wave, const Pass& pass) const {
  const at::Tensor projected = projection_(front(wave, pass));
  pass.tell("LL", projected);
  const at::Tensor pooled = at::max_pool2d(projected.transpose(1, 2).unsqueeze(1), {front_pool, front_pool});
  // Channels outermost: libtorch 1.13 sums channels-last maps in single precision, which costs the gradients a digit.
  const at::Tensor encoded = encoder_(at::selu(first_bn_(pooled, pass)), pass).contiguous();
  const at::Tensor map = at::selu(first_bn1_(encoded, pass)), scores = attention(map, pass);
  return graphs_(attended(map, scores, 3), attended(map, scores, 2), pass);
}

std::vector<Network> w2v2_aasist_networks() {
  return {network<W2v2Aasist>("w2v2_aasist", W2v2AasistConfig{.front = xlsr_300m_config()}),
          network<W2v2Aasist>("w2v2_aasist_shrunk", W2v2AasistConfig{.front = xlsr_shrunk_config()})};
}

}  // namespace cfo::detectors
