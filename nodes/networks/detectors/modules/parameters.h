// The trainable parameters and the buffers of a network under their official checkpoint names.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::detectors {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// PyTorch's default start values of a parameter.
enum class Initial {
  fan_in_uniform,  ///< uniform in +-1/sqrt(fan in): weights and biases of Linear and Conv layers
  xavier_normal,   ///< normal with variance 2 / (rows + columns)
  normal,          ///< standard normal
  ones,
  zeros,
};

/// Modules declare their tensors here once and keep handles; loading, saving and optimisers go through the names.
///
///     ParameterSet set;
///     at::Tensor weight = set.parameter("out_layer.weight", {2, 160}, Initial::fan_in_uniform, 160);
///     set.load(storage::read_checkpoint("AASIST.pth"), "AASIST.pth");
class ParameterSet {
 public:
  explicit ParameterSet(c10::Device device = c10::Device(c10::kCPU)) : device_(device) {}

  /// Declares a float32 parameter that requires a gradient. `fan_in` counts for fan_in_uniform only.
  at::Tensor parameter(const std::string& name, const std::vector<int64_t>& shape, Initial initial, int64_t fan_in = 0);
  /// Declares a buffer that starts as `value`.
  at::Tensor buffer(const std::string& name, const at::Tensor& value);

  const std::vector<NamedTensor>& parameters() const { return parameters_; }
  const std::vector<NamedTensor>& buffers() const { return buffers_; }
  c10::Device device() const { return device_; }

  /// Fresh start values: each parameter from a random stream of its own, seeded by (seed, name); buffers as declared.
  void initialise(uint64_t seed);

  /// Copies in every parameter and buffer by name. Throws Error naming `origin` and the tensor when one is missing or
  /// misshapen, or when a tensor there belongs to nothing here; then nothing has changed.
  void load(const TensorMap& tensors, const std::string& origin);

  /// Likewise the parameters and buffers below `prefix` (with its dot) alone, from tensors named without it.
  void load_below(const std::string& prefix, const TensorMap& tensors, const std::string& origin);

  /// The parameters and buffers themselves, by name.
  TensorMap tensors() const;
  /// Copies of all parameters and buffers, on the CPU.
  TensorMap state() const;

  void clear_gradients();

 private:
  struct Start {
    Initial initial;
    int64_t fan_in;
  };
  c10::Device device_;
  std::vector<NamedTensor> parameters_;
  std::vector<Start> starts_;
  std::vector<NamedTensor> buffers_;
  std::vector<at::Tensor> buffer_starts_;
};

}  // namespace cfo::detectors
