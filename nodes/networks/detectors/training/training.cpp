#include "nodes/networks/detectors/training/training.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "nodes/networks/detectors/training/scoring.h"
#include "nodes/networks/detectors/training/training_state.h"
#include "nodes/networks/metrics/eer.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/mixed_precision.h"

namespace cfo::detectors {
namespace {

void check_settings(const TrainingSettings& s, const Detector& detector) {
  const auto positive = [](const char* name, int64_t value) {
    if (value < 1) throw Error("training: {} is {}; give at least 1", name, value);
  };
  positive("epochs", s.epochs);
  positive("batch", s.batch);
  positive("accumulation", s.accumulation);
  if (s.accumulation > s.batch)
    throw Error("training: accumulation {} is more than the batch of {}; give less", s.accumulation, s.batch);
  if (s.samples < detector.shortest()) {
    throw Error("training: samples is {}; {} needs at least {}", s.samples, detector.name(), detector.shortest());
  }
  if (!(s.learning_rate > 0)) throw Error("training: learning_rate is {}; give a positive number", s.learning_rate);
  if (s.mixed_precision) tensors::check_mixed_precision(detector.device());
  if (!(s.class_weights.spoof > 0 && s.class_weights.bona_fide > 0))
    throw Error("training: class weights must be positive");
}

void check_classes(const TrainingSet& set, const char* name) {
  std::size_t bona_fide = 0;
  for (std::size_t index = 0; index < set.size(); ++index) bona_fide += set.bona_fide(index) ? 1 : 0;
  if (bona_fide > 0 && bona_fide < set.size()) return;
  throw Error("the {} set has {} bona fide and {} spoofed utterances; a detector needs both kinds", name, bona_fide,
              set.size() - bona_fide);
}

class Trainer {
 public:
  Trainer(Detector& detector, const TrainingSet& training, const TrainingSet& validation,
          const TrainingSettings& settings, const TrainingHooks& hooks)
      : detector_(detector),
        training_(training),
        validation_(validation),
        settings_(settings),
        hooks_(hooks),
        tasks_(detector.tasks()),
        adam_(detector.weights().parameters(), settings.adam),
        fingerprint_(training_fingerprint(settings, detector.name(), training, validation)) {
    position_.best_eer = std::numeric_limits<double>::infinity();
    if (hooks.resume) position_ = restore_training(*hooks.resume, hooks.resume_origin, fingerprint_, detector, adam_);
  }

  TrainingOutcome run() {
    while (position_.epoch < settings_.epochs && run_epoch()) {
    }
    const bool finished = position_.epoch == settings_.epochs;
    if (finished) detector_.load(position_.best, "the best epoch's weights");
    return {finished, position_.losses, position_.epochs, position_.best_epoch, position_.best_eer};
  }

 private:
  /// False when it was told to stop.
  bool run_epoch() {
    const auto order = epoch_order(training_, settings_.balance, settings_.seed, position_.epoch);
    steps_ = batches_per_epoch(order.size(), settings_.batch);
    while (position_.step < steps_) {
      step(order);
      const bool stop = tell_and_ask(0);
      const bool due = settings_.checkpoint_steps > 0 && position_.step % settings_.checkpoint_steps == 0;
      if (stop || due || position_.step == steps_) save();
      if (stop) return false;
    }
    return finish_epoch();
  }

  void step(const std::vector<std::size_t>& order) {
    const auto first = static_cast<std::size_t>(position_.step * settings_.batch);
    const std::size_t size = std::min(order.size() - first, static_cast<std::size_t>(settings_.batch));
    const std::size_t part = (size + static_cast<std::size_t>(settings_.accumulation) - 1) /
                             static_cast<std::size_t>(settings_.accumulation);
    detector_.weights().clear_gradients();
    double loss = 0;
    for (std::size_t begin = 0; begin < size; begin += part) {
      loss += backward(order, first + begin, std::min(part, size - begin), size);
    }
    if (!std::isfinite(loss)) {
      throw Error("training {}: the loss is not finite in epoch {}, step {}; lower the learning rate", detector_.name(),
                  position_.epoch + 1, position_.step + 1);
    }
    adam_.step(learning_rate(position_.step));
    position_.loss_sum += loss;
    position_.losses.push_back(loss);
    ++position_.step;
  }

  /// Adds the gradients of `count` utterances from place `first` of the epoch; gives their share of the batch's loss.
  double backward(const std::vector<std::size_t>& order, std::size_t first, std::size_t count, std::size_t batch) {
    std::vector<at::Tensor> waves;
    std::map<Task, std::vector<int64_t>> classes;
    for (std::size_t place = first; place < first + count; ++place) {
      waves.push_back(at::tensor(wave(order[place], place)));
      const Labels labels = training_.labels(order[place]);
      for (const auto task : tasks_) classes[task].push_back(class_of(task, labels));
    }
    std::map<Task, at::Tensor> targets;
    for (const auto& [task, of_task] : classes) targets[task] = at::tensor(of_task, at::kLong).to(detector_.device());
    SeededDropout dropout(seed("dropout", first, 0));
    const Output output =
        detector_.forward_training(at::stack(waves).to(detector_.device()), dropout,
                                   {.recompute = settings_.recompute, .mixed_precision = settings_.mixed_precision});
    const double share = static_cast<double>(count) / static_cast<double>(batch);
    const at::Tensor loss = task_loss(output.tasks, targets, settings_.class_weights) * share;
    loss.backward();
    return loss.item<double>();
  }

  std::vector<float> wave(std::size_t index, std::size_t place) const {
    std::vector<float> wave = training_.wave(index);
    if (hooks_.augment) wave = hooks_.augment(std::move(wave), seed("augment", place, index));
    return settings_.random_crop ? fit_length_at_random(wave, settings_.samples, seed("crop", place, index))
                                 : fit_length(wave, settings_.samples);
  }

  std::vector<float> validation_wave(std::size_t index) const {
    std::vector<float> wave = validation_.wave(index);
    if (!hooks_.augment || !settings_.augment_validation) return wave;
    return hooks_.augment(std::move(wave),
                          tensors::seed_from(settings_.seed, "augment validation", std::to_string(index)));
  }

  uint64_t seed(const char* purpose, std::size_t place, std::size_t index) const {
    return tensors::seed_from(settings_.seed, purpose, fmt::format("{}:{}:{}", position_.epoch, place, index));
  }

  double learning_rate(int64_t step) const {
    return settings_.learning_rate * schedule_factor(settings_.schedule, position_.epoch * steps_ + step,
                                                     settings_.epochs * steps_, settings_.final_factor);
  }

  bool finish_epoch() {
    std::vector<double> bona_fide, spoof;
    for (std::size_t index = 0; index < validation_.size(); ++index) {
      const std::vector<std::vector<float>> waves = {validation_wave(index)};
      (validation_.bona_fide(index) ? bona_fide : spoof)
          .push_back(score(detector_, waves, settings_.samples).front().score);
      if (tell_and_ask(static_cast<int64_t>(index) + 1)) return false;
    }
    EpochResult result{position_.epoch + 1, position_.loss_sum / static_cast<double>(steps_),
                       learning_rate(steps_ - 1)};
    const bool selecting = validation_.size() > 0;
    result.validation_eer =
        selecting ? metrics::equal_error_rate(bona_fide, spoof).eer : std::numeric_limits<double>::quiet_NaN();
    result.best = !selecting || result.validation_eer <= position_.best_eer;
    if (result.best) {
      position_.best_epoch = result.epoch;
      position_.best_eer = result.validation_eer;
      position_.best = detector_.state();
    }
    position_.epochs.push_back(result);
    ++position_.epoch;
    position_.step = 0;
    position_.loss_sum = 0;
    save();
    if (hooks_.epoch_done) hooks_.epoch_done(result);
    return true;
  }

  void save() const {
    if (hooks_.save) hooks_.save(training_state(detector_, adam_, position_, fingerprint_));
  }

  /// True when training is to stop.
  bool tell_and_ask(int64_t validated) const {
    if (hooks_.progress) {
      hooks_.progress({position_.epoch + 1, settings_.epochs, position_.step, steps_, validated,
                       static_cast<int64_t>(validation_.size()),
                       position_.loss_sum / static_cast<double>(position_.step), learning_rate(position_.step - 1)});
    }
    return hooks_.stop && hooks_.stop();
  }

  Detector& detector_;
  const TrainingSet& training_;
  const TrainingSet& validation_;
  const TrainingSettings& settings_;
  const TrainingHooks& hooks_;
  std::vector<Task> tasks_;
  Adam adam_;
  int64_t fingerprint_;
  int64_t steps_ = 0;  // of the current epoch
  TrainingPosition position_;
};

}  // namespace

TrainingSettings paper_recipe() {
  TrainingSettings settings;
  settings.epochs = 4;
  settings.batch = 14;
  settings.random_crop = false;
  settings.learning_rate = 1e-6;
  settings.schedule = Schedule::constant;
  settings.augment_validation = true;
  return settings;
}

TrainingOutcome train(Detector& detector, const TrainingSet& training, const TrainingSet& validation,
                      const TrainingSettings& settings, const TrainingHooks& hooks) {
  check_settings(settings, detector);
  check_classes(training, "training");
  if (validation.size() > 0) check_classes(validation, "validation");
  return Trainer(detector, training, validation, settings, hooks).run();
}

}  // namespace cfo::detectors
