#include "nodes/networks/detectors/w2v2_aasist/xlsr.h"

#include "nodes/networks/detectors/modules/modules.h"
#include "nodes/networks/layers/ssl/ssl_tensors.h"

namespace cfo::detectors {
namespace {

/// PyTorch's start of a tensor of the encoder.
Initial start_of(const layers::SslTensor& tensor) {
  if (tensor.fan_in > 0) return Initial::fan_in_uniform;
  return tensor.shape.size() == 1 && tensor.name.ends_with("bias") ? Initial::zeros : Initial::ones;
}

void declare_pretraining(ParameterSet& set, const std::string& prefix, const XlsrConfig& config) {
  const int64_t entries = config.codebooks * config.codebook_size;
  set.parameter(prefix + "mask_emb", {config.network.width}, Initial::normal);
  set.parameter(prefix + "quantizer.vars", {1, entries, config.final_width / config.codebooks}, Initial::normal);
  declare_linear(set, prefix + "quantizer.weight_proj", config.network.conv.widths.back(), entries);
  declare_linear(set, prefix + "project_q", config.final_width, config.final_width);
  declare_linear(set, prefix + "final_proj", config.network.width, config.final_width);
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
  declare_pretraining(set, prefix, config);
  for (const auto& tensor : layers::ssl_tensors(config.network, layers::fairseq_ssl_names()))
    set.parameter(prefix + tensor.name, tensor.shape, start_of(tensor), tensor.fan_in);
}

}  // namespace cfo::detectors
