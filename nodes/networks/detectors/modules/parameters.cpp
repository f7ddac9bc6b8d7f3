#include "nodes/networks/detectors/modules/parameters.h"

#include <cmath>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::detectors {
namespace {

void fill(at::Tensor tensor, Initial initial, int64_t fan_in, at::Generator stream) {
  switch (initial) {
    case Initial::fan_in_uniform: {
      const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
      tensor.uniform_(-bound, bound, stream);
      return;
    }
    case Initial::xavier_normal:
      tensor.normal_(0.0, std::sqrt(2.0 / static_cast<double>(tensor.size(0) + tensor.size(1))), stream);
      return;
    case Initial::normal:
      tensor.normal_(0.0, 1.0, stream);
      return;
    case Initial::ones:
      tensor.fill_(1.0);
      return;
    case Initial::zeros:
      tensor.zero_();
      return;
  }
}

}  // namespace

at::Tensor ParameterSet::parameter(const std::string& name, const std::vector<int64_t>& shape, Initial initial,
                                   int64_t fan_in) {
  at::Tensor tensor = at::zeros(shape, at::TensorOptions(at::kFloat).device(device_));
  tensor.requires_grad_(true);
  parameters_.push_back({name, tensor});
  starts_.push_back({initial, fan_in});
  return tensor;
}

at::Tensor ParameterSet::buffer(const std::string& name, const at::Tensor& value) {
  at::Tensor tensor = value.to(device_).clone();
  buffers_.push_back({name, tensor});
  buffer_starts_.push_back(value.clone());
  return tensor;
}

void ParameterSet::initialise(uint64_t seed) {
  const c10::AutoGradMode no_grad(false);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const at::Tensor start = at::empty(parameters_[i].tensor.sizes(), at::kFloat);
    fill(start, starts_[i].initial, starts_[i].fan_in,
         tensors::random_stream(tensors::seed_from(seed, "initialise", parameters_[i].name)));
    parameters_[i].tensor.copy_(start);
  }
  for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].tensor.copy_(buffer_starts_[i]);
  clear_gradients();
}

void ParameterSet::load(const TensorMap& tensors, const std::string& origin) { load_below("", tensors, origin); }

void ParameterSet::load_below(const std::string& prefix, const TensorMap& tensors, const std::string& origin) {
  const c10::AutoGradMode no_grad(false);
  const tensors::WeightScope scope(tensors, origin);
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;  // to, from
  for (const auto* list : {&parameters_, &buffers_}) {
    for (const auto& [name, tensor] : *list) {
      if (name.compare(0, prefix.size(), prefix) == 0)
        copies.emplace_back(tensor, scope.take(name.substr(prefix.size()), tensor.sizes().vec()));
    }
  }
  if (const auto unused = scope.unused(); !unused.empty()) {
    throw Error(
        "{}: {} tensor(s) belong to nothing in this detector, the first is '{}'; check that the file is of the same "
        "model",
        origin, unused.size(), unused.front());
  }
  for (auto& [to, from] : copies) to.copy_(from);
}

TensorMap ParameterSet::tensors() const {
  TensorMap tensors;
  for (const auto* list : {&parameters_, &buffers_}) {
    for (const auto& [name, tensor] : *list) tensors.emplace(name, tensor);
  }
  return tensors;
}

TensorMap ParameterSet::state() const {
  TensorMap copies;
  for (const auto* list : {&parameters_, &buffers_}) {
    for (const auto& [name, tensor] : *list)
      copies.emplace(name, tensor.detach().to(c10::kCPU, tensor.scalar_type(), false, true));
  }
  return copies;
}

void ParameterSet::clear_gradients() {
  for (auto& [name, tensor] : parameters_) tensor.mutable_grad() = at::Tensor();
}

}  // namespace cfo::detectors
