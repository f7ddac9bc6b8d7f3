// AASIST and AASIST-L: countermeasures on the raw waveform with graph attention over spectral and temporal nodes.
// Jung et al., "AASIST: audio anti-spoofing using integrated spectro-temporal graph attention networks", ICASSP 2022;
// names and numbers of clovaai/aasist (models/AASIST.py, config/AASIST.conf, config/AASIST-L.conf).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "nodes/networks/detectors/aasist/residual_encoder.h"
#include "nodes/networks/detectors/aasist/sinc_filters.h"
#include "nodes/networks/detectors/aasist/task_graphs.h"
#include "nodes/networks/detectors/detector.h"

namespace cfo::detectors {

struct AasistConfig {
  SincFilters front;
  std::vector<std::array<int64_t, 2>> encoder;  ///< {in, out} of each residual block
  AasistGraphConfig graph;
  /// For source tracing one graph a task, as W2V2-AASIST has them (task_graphs.h); none: the bona fide task alone.
  std::vector<Task> branches = {};
};

AasistConfig aasist_config();    ///< 297,866 parameters
AasistConfig aasist_l_config();  ///< 85,306 parameters

class Aasist : public Detector {
 public:
  Aasist(const std::string& name, const AasistConfig& config, c10::Device device);
  int64_t samples() const override { return 64600; }
  int64_t shortest() const override;
  int64_t embedding_size() const override { return graphs_.embedding_size(); }
  std::vector<Task> tasks() const override { return graphs_.tasks(); }
  const at::Tensor& filters() const { return filters_; }

 protected:
  Output run(const at::Tensor& wave, const Pass& pass) const override;

 private:
  at::Tensor front(const at::Tensor& wave) const;
  at::Tensor filters_;  // [70, 129], no parameter: not in the checkpoint
  BatchNorm first_bn_;
  ResidualEncoder encoder_;
  TaskGraphs graphs_;
};

}  // namespace cfo::detectors
