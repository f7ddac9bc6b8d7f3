#include "nodes/networks/detectors/w2v2_aasist/xlsr.h"

#include <fmt/format.h>

namespace cfo::detectors {
namespace {

/// Declares tensors below a place.
class Place {
 public:
  Place(ParameterSet& set, std::string prefix) : set_(set), prefix_(std::move(prefix)) {}

  Place operator/(const std::string& part) const { return {set_, prefix_ + part + "."}; }
  void tensor(const std::string& name, const std::vector<int64_t>& shape, Initial initial, int64_t fan_in = 0) const {
    set_.parameter(prefix_ + name, shape, initial, fan_in);
  }
  void linear(int64_t in, int64_t out) const {
    tensor("weight", {out, in}, Initial::fan_in_uniform, in);
    tensor("bias", {out}, Initial::fan_in_uniform, in);
  }
  void norm(int64_t size) const {
    tensor("weight", {size}, Initial::ones);
    tensor("bias", {size}, Initial::zeros);
  }
  void conv(int64_t in, int64_t out, int64_t kernel) const {
    tensor("weight", {out, in, kernel}, Initial::fan_in_uniform, in * kernel);
    tensor("bias", {out}, Initial::fan_in_uniform, in * kernel);
  }

 private:
  ParameterSet& set_;
  std::string prefix_;
};

void declare_convolutions(const Place& place, const layers::SslConvOptions& conv) {
  int64_t in = 1;
  for (std::size_t i = 0; i < conv.widths.size(); ++i) {
    const Place layer = place / fmt::format("conv_layers.{}", i);
    (layer / "0").conv(in, conv.widths[i], conv.kernels[i]);
    (layer / "2.1").norm(conv.widths[i]);
    in = conv.widths[i];
  }
}

void declare_position(const Place& place, const layers::SslOptions& network) {
  const int64_t in = network.width / network.position.groups, kernel = network.position.kernel;
  place.tensor("bias", {network.width}, Initial::zeros);
  place.tensor("weight_g", {1, 1, kernel}, Initial::ones);
  place.tensor("weight_v", {network.width, in, kernel}, Initial::fan_in_uniform, in * kernel);
}

void declare_layer(const Place& place, const layers::SslOptions& network) {
  for (const auto* part : {"k_proj", "v_proj", "q_proj", "out_proj"})
    (place / "self_attn" / part).linear(network.width, network.width);
  (place / "self_attn_layer_norm").norm(network.width);
  (place / "fc1").linear(network.width, network.feed_forward);
  (place / "fc2").linear(network.feed_forward, network.width);
  (place / "final_layer_norm").norm(network.width);
}

void declare_pretraining(const Place& place, const XlsrConfig& config) {
  const int64_t entries = config.codebooks * config.codebook_size;
  place.tensor("mask_emb", {config.network.width}, Initial::normal);
  place.tensor("quantizer.vars", {1, entries, config.final_width / config.codebooks}, Initial::normal);
  (place / "quantizer.weight_proj").linear(config.network.conv.widths.back(), entries);
  (place / "project_q").linear(config.final_width, config.final_width);
  (place / "final_proj").linear(config.network.width, config.final_width);
}

XlsrConfig with_convolutions(int64_t width) {
  XlsrConfig config;
  config.network.conv = {.widths = std::vector<int64_t>(7, width),
                         .kernels = {10, 3, 3, 3, 3, 2, 2},
                         .strides = {5, 2, 2, 2, 2, 2, 2},
                         .bias = true,
                         .norm_everywhere = true};
  config.network.norm_first = true;
  return config;
}

}  // namespace

XlsrConfig xlsr_300m_config() {
  XlsrConfig config = with_convolutions(512);
  config.network.width = 1024;
  config.network.layers = 24;
  config.network.heads = 16;
  config.network.feed_forward = 4096;
  return config;
}

XlsrConfig xlsr_shrunk_config() {
  XlsrConfig config = with_convolutions(48);
  config.network.width = 64;
  config.network.layers = 3;
  config.network.heads = 4;
  config.network.feed_forward = 160;
  config.final_width = 32;
  config.codebook_size = 8;
  return config;
}

void declare_xlsr(ParameterSet& set, const std::string& prefix, const XlsrConfig& config) {
  const Place place(set, prefix);
  const auto& network = config.network;
  declare_pretraining(place, config);
  declare_convolutions(place / "feature_extractor", network.conv);
  (place / "layer_norm").norm(network.conv.widths.back());
  (place / "post_extract_proj").linear(network.conv.widths.back(), network.width);
  declare_position(place / "encoder.pos_conv.0", network);
  for (int64_t i = 0; i < network.layers; ++i) declare_layer(place / fmt::format("encoder.layers.{}", i), network);
  (place / "encoder.layer_norm").norm(network.width);
}

}  // namespace cfo::detectors
