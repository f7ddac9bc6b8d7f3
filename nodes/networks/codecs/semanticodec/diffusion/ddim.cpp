#include "nodes/networks/codecs/semanticodec/diffusion/ddim.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace cfo::codecs {
namespace {

/// The share of the signal left after each timestep, in float32 as checkpoints store it.
std::vector<double> signal_shares(const tensors::WeightScope& scope, const DdimOptions& options) {
  at::Tensor shares;
  if (scope.has("alphas_cumprod")) {
    shares = scope.take("alphas_cumprod", {options.timesteps});
  } else {
    const auto roots = at::linspace(std::sqrt(options.first_variance), std::sqrt(options.last_variance),
                                    options.timesteps, at::kDouble);
    shares = (1 - roots.square()).cumprod(0).to(at::kFloat);
  }
  shares = shares.to(at::kCPU, at::kDouble).contiguous();
  const auto* first = shares.data_ptr<double>();
  return {first, first + options.timesteps};
}

}  // namespace

Ddim::Ddim(const tensors::WeightScope& scope, const DdimOptions& options) {
  if (options.steps < 1 || options.steps > options.timesteps) {
    throw Error("a diffusion of {} timesteps can be sampled in 1 to {} steps, but got {}", options.timesteps,
                options.timesteps, options.steps);
  }
  const auto shares = signal_shares(scope, options);
  const int64_t stride = options.timesteps / options.steps;
  double previous = shares.front();
  for (int64_t timestep = 1; timestep <= options.timesteps; timestep += stride) {
    if (timestep == options.timesteps) {
      throw Error("{} steps over {} timesteps lead beyond the last one; take a number that divides {} and is smaller",
                  options.steps, options.timesteps, options.timesteps);
    }
    const double alpha = shares[static_cast<std::size_t>(timestep)];
    const double sigma = options.eta * std::sqrt((1 - previous) / (1 - alpha) * (1 - alpha / previous));
    steps_.push_back({timestep, alpha, previous, sigma});
    previous = alpha;
  }
  std::reverse(steps_.begin(), steps_.end());
}

at::Tensor Ddim::advance(const Step& step, const at::Tensor& x, const at::Tensor& velocity, const at::Tensor& noise) {
  // clean = signal x - rest v and error = signal v + rest x; the result is sqrt(previous) clean + direction error +
  // sigma noise.
  const double signal = std::sqrt(step.alpha), rest = std::sqrt(1 - step.alpha), next = std::sqrt(step.previous);
  const double direction = std::sqrt(std::max(0.0, 1 - step.previous - step.sigma * step.sigma));
  return x.mul(next * signal + direction * rest)
      .add_(velocity, direction * signal - next * rest)
      .add_(noise, step.sigma);
}

at::Tensor Ddim::sample(const Predict& predict, const Noise& noise) const {
  auto x = noise(0);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto velocity = predict(x, steps_[i].timestep);
    x = advance(steps_[i], x, velocity, noise(static_cast<int64_t>(i) + 1));
  }
  return x;
}

}  // namespace cfo::codecs
