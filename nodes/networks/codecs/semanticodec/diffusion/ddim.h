// Sampling from a diffusion model in few steps (Song et al. 2021, "Denoising diffusion implicit models";
// CompVis/latent-diffusion, ldm/models/diffusion/ddim.py), for models that predict the velocity (Salimans and Ho 2022).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

struct DdimOptions {
  int64_t timesteps = 1000;  ///< of the training
  double first_variance =
      1e-4;  ///< of the noise added at the first timestep; square roots grow linearly to the last one's
  double last_variance = 2e-2;
  int64_t steps = 50;  ///< about as many are walked: every (timesteps / steps)-th timestep
  double eta = 1;      ///< how much fresh noise: 0 none, 1 as the training's own process would
};

class Ddim {
 public:
  /// One step: from `timestep` towards 0.
  struct Step {
    int64_t timestep;
    double alpha;     ///< share of the signal in the power at this timestep,
    double previous;  ///< and at the one that it leads to
    double sigma;     ///< of the fresh noise
  };
  /// The velocity of x at a timestep.
  using Predict = std::function<at::Tensor(const at::Tensor& x, int64_t timestep)>;
  /// Standard normal numbers: draw 0 is the start, draw i + 1 the fresh noise of step i.
  using Noise = std::function<at::Tensor(int64_t draw)>;

  /// Takes alphas_cumprod [timesteps] at `scope` where it is stored, else computes it. Throws Error for steps that
  /// leave the timesteps.
  Ddim(const tensors::WeightScope& scope, const DdimOptions& options);
  at::Tensor sample(const Predict& predict, const Noise& noise) const;

  /// In the order in which they are walked.
  const std::vector<Step>& steps() const { return steps_; }
  /// x, `velocity` and `noise` of one shape -> x after the step.
  static at::Tensor advance(const Step& step, const at::Tensor& x, const at::Tensor& velocity, const at::Tensor& noise);

 private:
  std::vector<Step> steps_;
};

}  // namespace cfo::codecs
