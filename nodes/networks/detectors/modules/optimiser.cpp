#include "nodes/networks/detectors/modules/optimiser.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "base/error.h"
#include "base/nearest.h"

namespace cfo::detectors {
namespace {

constexpr std::string_view prefix = "adam.", average = "adam.exp_avg.", square = "adam.exp_avg_sq.",
                           count = "adam.step.";

at::Tensor copy_to_cpu(const at::Tensor& tensor) { return tensor.to(c10::kCPU, tensor.scalar_type(), false, true); }

std::string key(std::string_view kind, const std::string& name) { return std::string(kind) + name; }

const at::Tensor& find(const TensorMap& state, const std::string& name, const std::string& origin) {
  const auto found = state.find(name);
  if (found == state.end()) {
    throw Error("{}: the optimiser's '{}' is missing; remove the file to train from the start", origin, name);
  }
  return found->second;
}

at::Tensor moment(const TensorMap& state, const std::string& name, const at::Tensor& parameter,
                  const std::string& origin) {
  const at::Tensor& found = find(state, name, origin);
  if (found.sizes() != parameter.sizes()) {
    throw Error(
        "{}: the optimiser's '{}' has another shape than its parameter; remove the file to train from the start",
        origin, name);
  }
  return found.to(parameter.device(), at::kFloat, false, true);
}

}  // namespace

Adam::Adam(std::vector<NamedTensor> parameters, const AdamSettings& settings)
    : parameters_(std::move(parameters)), moments_(parameters_.size()), settings_(settings) {}

void Adam::step(double learning_rate) {
  const c10::AutoGradMode no_grad(false);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].tensor.grad().defined()) update(parameters_[i].tensor, moments_[i], learning_rate);
  }
}

void Adam::update(at::Tensor& parameter, Moments& moments, double learning_rate) const {
  if (moments.steps == 0) {
    moments.exp_avg = at::zeros_like(parameter);
    moments.exp_avg_sq = at::zeros_like(parameter);
  }
  const double steps = static_cast<double>(++moments.steps);
  const at::Tensor gradient = parameter.grad().add(parameter, settings_.weight_decay);
  moments.exp_avg.mul_(settings_.beta1).add_(gradient, 1 - settings_.beta1);
  moments.exp_avg_sq.mul_(settings_.beta2).addcmul_(gradient, gradient, 1 - settings_.beta2);
  const double correction1 = 1 - std::pow(settings_.beta1, steps), correction2 = 1 - std::pow(settings_.beta2, steps);
  const at::Tensor denominator = (moments.exp_avg_sq.sqrt() / std::sqrt(correction2)).add_(settings_.eps);
  parameter.addcdiv_(moments.exp_avg, denominator, -learning_rate / correction1);
}

TensorMap Adam::state() const {
  TensorMap state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (moments_[i].steps == 0) continue;
    const std::string& name = parameters_[i].name;
    state[key(average, name)] = copy_to_cpu(moments_[i].exp_avg);
    state[key(square, name)] = copy_to_cpu(moments_[i].exp_avg_sq);
    state[key(count, name)] = at::scalar_tensor(moments_[i].steps, at::kLong);
  }
  return state;
}

void Adam::load(const TensorMap& state, const std::string& origin) {
  std::vector<Moments> loaded(parameters_.size());
  std::size_t known = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [name, parameter] = parameters_[i];
    if (state.count(key(count, name)) == 0) continue;
    loaded[i] = {moment(state, key(average, name), parameter, origin),
                 moment(state, key(square, name), parameter, origin),
                 find(state, key(count, name), origin).item<int64_t>()};
    known += 3;
  }
  const auto found = std::count_if(
      state.begin(), state.end(), [](const auto& entry) { return entry.first.compare(0, prefix.size(), prefix) == 0; });
  if (static_cast<std::size_t>(found) != known) {
    throw Error(
        "{}: holds optimiser moments of parameters that this detector lacks; remove the file to train from the start",
        origin);
  }
  moments_ = std::move(loaded);
}

Schedule parse_schedule(const std::string& text) {
  if (text == "constant") return Schedule::constant;
  if (text == "cosine") return Schedule::cosine;
  const std::vector<std::string> known = {"constant", "cosine"};
  throw Error("there is no learning-rate schedule '{}'{}", text, suggestion(text, known));
}

double schedule_factor(Schedule schedule, int64_t step, int64_t total, double final_factor) {
  if (schedule == Schedule::constant) return 1.0;
  const double share = static_cast<double>(step) / static_cast<double>(std::max<int64_t>(total, 1));
  return final_factor + (1 - final_factor) * 0.5 * (1 + std::cos(share * std::numbers::pi));
}

at::Tensor weighted_cross_entropy(const at::Tensor& logits, const at::Tensor& classes,
                                  const std::vector<double>& weights) {
  return at::cross_entropy_loss(logits, classes, at::tensor(weights).to(logits.device(), logits.scalar_type()));
}

}  // namespace cfo::detectors
