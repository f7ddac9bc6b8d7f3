#include "tests/golden_check/detectors/detector.h"

#include "base/error.h"
#include "nodes/networks/detectors/training/scoring.h"

namespace cfo::golden {

using detectors::Detector;
using nlohmann::json;

at::Tensor fitted(const at::Tensor& wave, int64_t samples) {
  return at::tensor(detectors::fit_length({wave.data_ptr<float>(), static_cast<std::size_t>(wave.numel())}, samples));
}

TensorMap seeded_state(const Detector& detector, const json& rows, uint64_t seed) {
  TensorMap weights = detector.state();
  for (auto& [name, tensor] : fill_weights(rows, seed)) weights.at(name) = tensor;
  return weights;
}

at::Tensor RecordedDropout::drop(const at::Tensor& x, double p, std::string_view module) {
  const auto& call = calls_.at(next_++);
  if (call.at("module") != module || call.at("p") != p || call.at("shape") != x.sizes().vec()) {
    throw Error("dropout call {} is of '{}', but the record has '{}' there", next_ - 1, module,
                call.at("module").get<std::string>());
  }
  const json row = {call.at("fill_name"), call.at("shape"), 1.0, 0.0};
  const at::Tensor uniform = fill_weights(json::array({row}), seed_).begin()->second;
  return x * uniform.ge(p).to(at::kFloat) / (1 - p);
}

at::Tensor concatenated(const json& order, const std::function<at::Tensor(const std::string&)>& tensor) {
  std::vector<at::Tensor> parts;
  for (const auto& row : order)
    parts.push_back(tensor(row.is_string() ? row : row.at(0)).detach().reshape(-1).to(at::kDouble));
  return at::cat(parts);
}

at::Tensor parameter_named(const Detector& detector, const std::string& name) {
  for (const auto& parameter : detector.weights().parameters()) {
    if (parameter.name == name) return parameter.tensor;
  }
  throw Error("the detector has no parameter '{}'", name);
}

int64_t parameter_count(const Detector& detector) {
  int64_t count = 0;
  for (const auto& parameter : detector.weights().parameters()) count += parameter.tensor.numel();
  return count;
}

at::Tensor gradient_norms(const Detector& detector, const json& order) {
  return concatenated(order, [&](const std::string& name) {
    const at::Tensor gradient = parameter_named(detector, name).grad();
    return gradient.defined() ? gradient.to(at::kDouble).norm() : at::full({}, -1.0, at::kDouble);
  });
}

at::Tensor gradient_heads(const Detector& detector, const json& order, int64_t head) {
  return concatenated(order, [&](const std::string& name) {
    const at::Tensor parameter = parameter_named(detector, name);
    const at::Tensor gradient = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
    return gradient.reshape(-1).slice(0, 0, head);
  });
}

void check_buffers(Stages& stages, const std::string& name, const Detector& detector, const json& order) {
  const auto state = detector.state();
  const auto only = [&](bool counters, const at::Tensor& from) {
    int64_t next = 0;
    return concatenated(order, [&](const std::string& buffer) {
      const at::Tensor& own = state.at(buffer);
      const at::Tensor value = from.defined() ? from.narrow(0, next, own.numel()) : own;
      next += own.numel();
      return (own.scalar_type() == at::kLong) == counters ? value : value.reshape(-1).narrow(0, 0, 0);
    });
  };
  stages.attempt(name, [&] {
    const at::Tensor& recorded = stages.recorded(name);
    stages.add(compare_floats(name, only(false, {}), only(false, recorded)));
    stages.add(compare_floats(name + " counters", only(true, {}), only(true, recorded), 0));
  });
}

}  // namespace cfo::golden
