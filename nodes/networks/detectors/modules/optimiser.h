// How parameters follow their gradients: Adam, learning-rate schedules, and the loss of the published recipes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/detectors/modules/parameters.h"

namespace cfo::detectors {

struct AdamSettings {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 1e-4;  ///< L2: added to the gradient
};

/// Adam (Kingma and Ba 2015) with the semantics of torch.optim.Adam: a parameter without a gradient is left alone,
/// weight decay included, and keeps no moments.
class Adam {
 public:
  Adam(std::vector<NamedTensor> parameters, const AdamSettings& settings);

  /// One step from the gradients that the parameters hold.
  void step(double learning_rate);

  /// Moments and step counts: "adam.exp_avg.NAME", "adam.exp_avg_sq.NAME" and "adam.step.NAME" (int64), copies on the
  /// CPU.
  TensorMap state() const;
  /// Continues from `state()` of another run; names without the prefix "adam." are passed over. Throws Error naming
  /// `origin` for a moment that is misshapen or of an unknown parameter; then nothing has changed.
  void load(const TensorMap& state, const std::string& origin);

 private:
  struct Moments {
    at::Tensor exp_avg, exp_avg_sq;
    int64_t steps = 0;
  };
  void update(at::Tensor& parameter, Moments& moments, double learning_rate) const;
  std::vector<NamedTensor> parameters_;
  std::vector<Moments> moments_;
  AdamSettings settings_;
};

enum class Schedule { constant, cosine };

/// "constant" or "cosine". Throws Error otherwise.
Schedule parse_schedule(const std::string& text);

/// The factor on the learning rate for step `step` (from 0) of `total`. Cosine falls from 1 to `final_factor` step by
/// step, as in clovaai/aasist utils.py cosine_annealing.
double schedule_factor(Schedule schedule, int64_t step, int64_t total, double final_factor = 0.05);

/// Class indices of the logits. (storage::Label counts the other way round.)
enum CmClass : int64_t { spoof_class = 0, bona_fide_class = 1 };

/// Class weights of the cross entropy: both published recipes (AASIST, SSL_Anti-spoofing) take [0.1, 0.9].
struct ClassWeights {
  double spoof = 0.1, bona_fide = 0.9;
};

/// Weighted mean cross entropy: sum(w_y * -log softmax(logits)_y) / sum(w_y). logits [B, C], classes int64 [B], a
/// weight a class.
at::Tensor weighted_cross_entropy(const at::Tensor& logits, const at::Tensor& classes,
                                  const std::vector<double>& weights = {0.1, 0.9});

}  // namespace cfo::detectors
