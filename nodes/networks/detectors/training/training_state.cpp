#include "nodes/networks/detectors/training/training_state.h"

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::detectors {
namespace {

constexpr int64_t result_fields = 5;

void put(TensorMap& state, const std::string& prefix, const TensorMap& tensors) {
  for (const auto& [name, tensor] : tensors) state[prefix + name] = tensor;
}

TensorMap below(const TensorMap& state, const std::string& prefix) {
  TensorMap found;
  for (const auto& [name, tensor] : state) {
    if (name.compare(0, prefix.size(), prefix) == 0) found[name.substr(prefix.size())] = tensor;
  }
  return found;
}

at::Tensor results_tensor(const std::vector<EpochResult>& epochs) {
  std::vector<double> values;
  for (const auto& result : epochs) {
    values.insert(values.end(), {static_cast<double>(result.epoch), result.loss, result.learning_rate,
                                 result.validation_eer, result.best ? 1.0 : 0.0});
  }
  return at::tensor(values, at::kDouble).view({-1, result_fields});
}

std::vector<EpochResult> results_from(const at::Tensor& tensor) {
  std::vector<EpochResult> epochs;
  for (int64_t row = 0; row < tensor.size(0); ++row) {
    const auto field = [&](int64_t column) { return tensor[row][column].item<double>(); };
    epochs.push_back({static_cast<int64_t>(field(0)), field(1), field(2), field(3), field(4) != 0});
  }
  return epochs;
}

const at::Tensor& find(const TensorMap& state, const std::string& name, const at::Tensor& like,
                       const std::string& origin) {
  const auto found = state.find(name);
  if (found == state.end() || found->second.dim() != like.dim() || found->second.scalar_type() != like.scalar_type() ||
      found->second.size(-1) != like.size(-1)) {
    throw Error("{}: no saved training ('{}' is missing or malformed); remove the file to train from the start", origin,
                name);
  }
  return found->second;
}

std::vector<double> losses_from(const TensorMap& state, const std::string& origin) {
  const auto found = state.find("progress.losses");
  if (found == state.end() || found->second.dim() != 1 || found->second.scalar_type() != at::kDouble) {
    throw Error(
        "{}: no saved training ('progress.losses' is missing or malformed); remove the file to train from the start",
        origin);
  }
  const at::Tensor losses = found->second.contiguous();
  return {losses.data_ptr<double>(), losses.data_ptr<double>() + losses.numel()};
}

uint64_t count_bona_fide(const TrainingSet& set) {
  uint64_t count = 0;
  for (std::size_t index = 0; index < set.size(); ++index) count += set.bona_fide(index) ? 1 : 0;
  return count;
}

}  // namespace

int64_t training_fingerprint(const TrainingSettings& settings, const std::string& detector, const TrainingSet& training,
                             const TrainingSet& validation) {
  const auto& s = settings;
  const std::string text = fmt::format(
      "{} epochs={} batch={} samples={} random_crop={} lr={} schedule={} final={} adam={},{},{},{} weights={},{} "
      "balance={} "
      "accumulation={} mixed_precision={} augment_validation={} seed={} training={},{} validation={},{}",
      detector, s.epochs, s.batch, s.samples, s.random_crop, s.learning_rate, static_cast<int>(s.schedule),
      s.final_factor, s.adam.beta1, s.adam.beta2, s.adam.eps, s.adam.weight_decay, s.class_weights.spoof,
      s.class_weights.bona_fide, static_cast<int>(s.balance), s.accumulation, s.mixed_precision, s.augment_validation,
      s.seed, training.size(), count_bona_fide(training), validation.size(), count_bona_fide(validation));
  return static_cast<int64_t>(tensors::seed_from(0, "training", text));
}

TensorMap training_state(const Detector& detector, const Adam& adam, const TrainingPosition& position,
                         int64_t fingerprint) {
  TensorMap state = adam.state();
  put(state, "model.", detector.state());
  put(state, "best.", position.best);
  state["progress.place"] = at::tensor({fingerprint, position.epoch, position.step, position.best_epoch}, at::kLong);
  state["progress.measures"] = at::tensor({position.loss_sum, position.best_eer}, at::kDouble);
  state["progress.losses"] = at::tensor(position.losses, at::kDouble);
  state["progress.epochs"] = results_tensor(position.epochs);
  return state;
}

TrainingPosition restore_training(const TensorMap& state, const std::string& origin, int64_t fingerprint,
                                  Detector& detector, Adam& adam) {
  const at::Tensor place = find(state, "progress.place", at::empty({4}, at::kLong), origin);
  const at::Tensor measures = find(state, "progress.measures", at::empty({2}, at::kDouble), origin);
  const at::Tensor epochs = find(state, "progress.epochs", at::empty({1, result_fields}, at::kDouble), origin);
  if (place[0].item<int64_t>() != fingerprint) {
    throw Error("{}: is of a training with other settings or data; remove it, or choose another output folder", origin);
  }
  TrainingPosition position;
  position.epoch = place[1].item<int64_t>();
  position.step = place[2].item<int64_t>();
  position.best_epoch = place[3].item<int64_t>();
  position.loss_sum = measures[0].item<double>();
  position.best_eer = measures[1].item<double>();
  position.losses = losses_from(state, origin);
  position.epochs = results_from(epochs);
  position.best = below(state, "best.");
  detector.load(below(state, "model."), origin);
  adam.load(state, origin);
  return position;
}

}  // namespace cfo::detectors
