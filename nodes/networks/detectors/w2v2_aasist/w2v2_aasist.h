// W2V2-AASIST: XLS-R, fine-tuned, with AASIST's graph back end (Tak et al., "Automatic speaker verification spoofing
// and deepfake detection using wav2vec 2.0 and data augmentation", Odyssey 2022; names and numbers of
// TakHemlata/SSL_Anti-spoofing model.py), and its variants for source tracing with a graph a task
// (ResponsibleGenAI/CodecFake-Source-Tracing w2v2_aasist_baseline/model.py).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "nodes/networks/detectors/aasist/residual_encoder.h"
#include "nodes/networks/detectors/aasist/task_graphs.h"
#include "nodes/networks/detectors/detector.h"
#include "nodes/networks/detectors/w2v2_aasist/xlsr.h"

namespace cfo::detectors {

struct W2v2AasistConfig {
  XlsrConfig front = xlsr_300m_config();
  int64_t projection = 128;  ///< LL: frequency rows of the map
  std::vector<std::array<int64_t, 2>> encoder = {{1, 32}, {32, 32}, {32, 64}, {64, 64}, {64, 64}, {64, 64}};
  int64_t attention = 128;  ///< channels inside the attention map's layers
  AasistGraphConfig graph = {.channels = 64,
                             .first_graph = 64,
                             .second_graph = 32,
                             .spectral_nodes = 42,
                             .pool_spectral = 0.5,
                             .pool_temporal = 0.5,
                             .pool_branches = 0.5};
  /// One graph a task (task_graphs.h); none: the bona fide task alone.
  std::vector<Task> branches = {};
};

class W2v2Aasist : public Detector {
 public:
  static constexpr auto front_prefix = "ssl_model.model.";

  W2v2Aasist(const std::string& name, const W2v2AasistConfig& config, c10::Device device);
  int64_t samples() const override { return 64600; }
  int64_t shortest() const override;
  int64_t embedding_size() const override { return graphs_.embedding_size(); }
  std::vector<Task> tasks() const override { return graphs_.tasks(); }
  /// Takes the front-end alone too: fairseq's names, xlsr2_300m.pt.
  void start_from(const TensorMap& tensors, const std::string& origin) override;

 protected:
  Output run(const at::Tensor& wave, const Pass& pass) const override;

 private:
  at::Tensor front(const at::Tensor& wave, const Pass& pass) const;
  at::Tensor attention(const at::Tensor& map, const Pass& pass) const;

  XlsrConfig front_config_;
  layers::Linear projection_;
  BatchNorm first_bn_;
  ResidualEncoder encoder_;
  BatchNorm first_bn1_;
  layers::Conv2d attention_in_;
  BatchNorm attention_bn_;
  layers::Conv2d attention_out_;
  TaskGraphs graphs_;
  tensors::WeightScope front_weights_;
};

}  // namespace cfo::detectors
