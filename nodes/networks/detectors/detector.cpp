#include "nodes/networks/detectors/detector.h"

#include <fmt/ranges.h>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/mixed_precision.h"

namespace cfo::detectors {
namespace {

/// Names as the network has them, also where DataParallel wrapped it when it was saved.
TensorMap without_wrapper(const TensorMap& tensors) {
  constexpr std::string_view wrapper = "module.";
  TensorMap bare;
  for (const auto& [name, tensor] : tensors) {
    if (name.compare(0, wrapper.size(), wrapper) != 0) return tensors;
    bare.emplace(name.substr(wrapper.size()), tensor);
  }
  return bare;
}

}  // namespace

Output Detector::forward(const at::Tensor& wave, const Trace& trace) const {
  check(wave);
  const tensors::Inference inference;
  return run(wave, {.dropout = nullptr, .trace = &trace});
}

Output Detector::forward_training(const at::Tensor& wave, Dropout& dropout, const TrainingPass& how) {
  check(wave);
  const tensors::MixedPrecision precision(how.mixed_precision);
  return run(wave, {.dropout = &dropout, .trace = nullptr, .recompute = how.recompute});
}

void Detector::load(const TensorMap& tensors, const std::string& origin) {
  weights_.load(without_wrapper(tensors), origin);
}

void Detector::check(const at::Tensor& wave) const {
  if (wave.dim() != 2 || wave.size(0) < 1 || wave.scalar_type() != at::kFloat) {
    throw Error("{}: expected float32 waves [batch, samples], but got {} of shape [{}]", name_,
                toString(wave.scalar_type()), fmt::join(wave.sizes(), ", "));
  }
  if (wave.size(1) < shortest()) {
    throw Error("{}: an input of {} samples is too short; give at least {} (the published recipe takes {})", name_,
                wave.size(1), shortest(), samples());
  }
}

}  // namespace cfo::detectors
