// The small trainable layers that the countermeasures share.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <string_view>

#include "nodes/networks/detectors/modules/parameters.h"
#include "nodes/networks/layers/basic/conv2d.h"
#include "nodes/networks/layers/basic/linear.h"

namespace cfo::detectors {

/// Where the masks of a training pass come from. Calls come in the order of execution.
class Dropout {
 public:
  virtual ~Dropout() = default;
  /// `x` with each value zeroed with probability `p` and the rest scaled by 1 / (1 - p). `module` is the layer's name.
  virtual at::Tensor drop(const at::Tensor& x, double p, std::string_view module) = 0;
};

/// Keeps everything.
class NoDropout : public Dropout {
 public:
  at::Tensor drop(const at::Tensor& x, double, std::string_view) override { return x; }
};

/// Masks from a random stream: the same seed gives the same masks. They are drawn on the CPU whatever the device.
class SeededDropout : public Dropout {
 public:
  explicit SeededDropout(uint64_t seed);
  at::Tensor drop(const at::Tensor& x, double p, std::string_view module) override;

 private:
  at::Generator stream_;
};

/// Is told the output of each module by name ("encoder", "pool_S", ...), to compare with recorded ones.
using Trace = std::function<void(const std::string& module, const at::Tensor& output)>;

/// What sort of pass this is: with a dropout it is a training pass (batch statistics, which also move the running
/// ones).
struct Pass {
  Dropout* dropout = nullptr;
  const Trace* trace = nullptr;
  bool recompute = false;  ///< deep parts keep little for the gradient (networks/tensors/recompute.h)
  bool training() const { return dropout != nullptr; }
  at::Tensor drop(const at::Tensor& x, double p, std::string_view module) const {
    return dropout != nullptr ? dropout->drop(x, p, module) : x;
  }
  void tell(const std::string& module, const at::Tensor& output) const {
    if (trace != nullptr && *trace) (*trace)(module, output);
  }
};

/// A linear layer whose NAME.weight [out, in] and NAME.bias [out] are declared in `set` and train with it.
layers::Linear declare_linear(ParameterSet& set, const std::string& name, int64_t in, int64_t out);

/// A convolution whose NAME.weight [out, in, kernel] and NAME.bias [out] are declared in `set` and train with it.
layers::Conv2d declare_conv2d(ParameterSet& set, const std::string& name, const layers::Conv2dOptions& options);

/// Batch normalisation of dimension 1 of [B, C, ...] (eps 1e-5, momentum 0.1); names NAME.weight, .bias, .running_mean,
/// .running_var and .num_batches_tracked.
class BatchNorm {
 public:
  static constexpr double eps = 1e-5, momentum = 0.1;
  BatchNorm(ParameterSet& set, const std::string& name, int64_t channels);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;
  /// Moves the running statistics towards a batch's `mean` and biased `variance` [C] of `count` values a channel.
  void move(const at::Tensor& mean, const at::Tensor& variance, int64_t count) const;

  const at::Tensor& weight() const { return weight_; }
  const at::Tensor& bias() const { return bias_; }
  const at::Tensor& running_mean() const { return running_mean_; }
  const at::Tensor& running_var() const { return running_var_; }

 private:
  at::Tensor weight_, bias_;
  // Handles on the set's buffers: a training pass changes what they point to.
  mutable at::Tensor running_mean_, running_var_, batches_;
};

}  // namespace cfo::detectors
