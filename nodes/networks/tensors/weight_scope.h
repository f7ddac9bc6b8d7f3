// A weight scope: where in a checkpoint a layer finds its tensors, by their official names.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor_map.h"

namespace cfo::tensors {

/// A place in a checkpoint. Layers are built from one and take their tensors by official names:
///
///     WeightScope root(tensors, "encodec_24khz-d7cc33bc.th");
///     Conv1d first(root / "encoder.model.0.conv.conv", {.in = 1, .out = 32, .kernel = 7});
///
/// A missing tensor or one of another shape throws cfo::Error naming the file, the full tensor name, the shape wanted
/// and the shape found (and the nearest name there is). Copies share one record of which names were taken.
class WeightScope {
 public:
  /// `origin` names the file in error sentences.
  WeightScope(TensorMap tensors, std::string origin);

  /// The same place, whose tensors `take` moves to `device`.
  WeightScope on(c10::Device device) const;

  WeightScope operator/(std::string_view part) const;
  WeightScope operator/(int64_t index) const;

  /// The tensor `name` below this scope as float32 (half and bfloat16 are widened), contiguous. -1 in `shape` matches
  /// any size.
  at::Tensor take(std::string_view name, std::initializer_list<int64_t> shape) const;
  at::Tensor take(std::string_view name, const std::vector<int64_t>& shape) const;

  /// Weight with weight normalisation folded: `name`_g * `name`_v / ||`name`_v|| over all dimensions but 0 (torch
  /// weight_norm dim 0, or `kept` where that is another), `parametrizations.`name`.original0/1` likewise, or the plain
  /// `name` where that is stored. On the meta device the shapes are checked and the direction is returned.
  at::Tensor take_folded(std::string_view name, const std::vector<int64_t>& shape, int64_t kept = 0) const;

  bool has(std::string_view name) const;
  /// Number of dimensions of `name` (of the direction where it is weight-normalised); 0 where there is no such tensor.
  int64_t dimensions(std::string_view name) const;
  /// Full names that nothing has taken so far, in order.
  std::vector<std::string> unused() const;
  const std::string& prefix() const { return prefix_; }
  c10::Device device() const { return device_; }
  const std::string& origin() const;

 private:
  struct Checkpoint;
  WeightScope(std::shared_ptr<Checkpoint> checkpoint, std::string prefix, c10::Device device);
  std::string full_name(std::string_view name) const;
  std::shared_ptr<Checkpoint> checkpoint_;
  std::string prefix_;
  c10::Device device_ = c10::kCPU;
};

}  // namespace cfo::tensors
