#include "nodes/networks/detectors/aasist/aasist.h"

namespace cfo::detectors {
namespace {

constexpr int64_t front_pool = 3;  // of the filters' magnitudes, in frequency and time
constexpr int64_t block_pool = 3;  // of each residual block, in time

}  // namespace

AasistConfig aasist_config() {
  AasistConfig config;
  config.encoder = {{1, 32}, {32, 32}, {32, 64}, {64, 64}, {64, 64}, {64, 64}};
  return config;
}

AasistConfig aasist_l_config() {
  AasistConfig config;
  config.encoder = {{1, 32}, {32, 32}, {32, 24}, {24, 24}, {24, 24}, {24, 24}};
  config.graph.channels = config.graph.first_graph = 24;
  config.graph.pool_spectral = 0.4;
  config.graph.pool_temporal = 0.5;
  config.graph.pool_branches = 0.7;
  return config;
}

Aasist::Aasist(const std::string& name, const AasistConfig& config, c10::Device device)
    : Detector(name, device),
      filters_(sinc_filters(config.front).to(device)),
      first_bn_(weights_, "first_bn", 1),
      encoder_(weights_, "encoder", config.encoder),
      graphs_(weights_, config.graph, config.branches) {}

int64_t Aasist::shortest() const {
  int64_t frames = front_pool;
  for (std::size_t block = 0; block < encoder_.blocks(); ++block) frames *= block_pool;
  return filters_.size(1) - 1 + frames;
}

at::Tensor Aasist::front(const at::Tensor& wave) const {
  const at::Tensor bands = at::conv1d(wave.unsqueeze(1), filters_.unsqueeze(1));
  return at::max_pool2d(at::abs(bands).unsqueeze(1), {front_pool, front_pool});
}

Output Aasist::run(const at::Tensor& wave, const Pass& pass) const {
  const at::Tensor map = encoder_(at::selu(first_bn_(front(wave), pass)), pass);
  return graphs_(peak(map, 3).transpose(1, 2), peak(map, 2).transpose(1, 2), pass);
}

std::vector<Network> aasist_networks() {
  return {network<Aasist>("aasist", aasist_config()), network<Aasist>("aasist_l", aasist_l_config())};
}

}  // namespace cfo::detectors
