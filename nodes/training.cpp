#include "nodes/training.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nodes/detectors/scoring.h"
#include "nodes/layers/compute.h"
#include "nodes/metrics/eer.h"
#include "nodes/model_folder.h"
#include "storage/checkpoint.h"

namespace cfo::nodes {
namespace {

using detectors::TensorMap;

constexpr auto log_header = "epoch,step,train_loss,validation_eer,learning_rate\n";
constexpr auto save_every = std::chrono::seconds(60);

std::unique_ptr<detectors::Detector> fresh_detector(const TrainingSettings& settings, const std::string& device) {
  const layers::Inference inference;
  auto detector = detectors::make_detector(settings.detector, layers::parse_device(device));
  detector->initialise(layers::seed_from(settings.seed, "training", "start values"));
  return detector;
}

int64_t class_of(storage::Label label) {
  return label == storage::Label::bona_fide ? detectors::bona_fide_class : detectors::spoof_class;
}

/// The members whose names begin with `prefix`, without it.
TensorMap below(const TensorMap& tensors, const std::string& prefix) {
  TensorMap found;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) found.emplace(name.substr(prefix.size()), tensor);
  }
  return found;
}

void put_below(TensorMap& tensors, const std::string& prefix, const TensorMap& members) {
  for (const auto& [name, tensor] : members) tensors.emplace(prefix + name, tensor);
}

}  // namespace

Training::Training(engine::TaskContext& context, const TrainingSettings& settings, TrainingData data)
    : context_(context),
      settings_(settings),
      data_(std::move(data)),
      detector_(fresh_detector(settings, context.device)),
      adam_(detector_->weights().parameters(), settings.adam),
      log_(log_header),
      saved_(std::chrono::steady_clock::now()) {
  load();
}

void Training::run() {
  while (epoch_ < settings_.epochs) {
    train_epoch();
    end_epoch(validate());
    save();
  }
}

/// The training utterances in the order of the epoch under way: sorted by a number that seed, epoch and utterance determine.
std::vector<LabelledUtterance> Training::shuffled() const {
  const std::string epoch = fmt::format("order of epoch {}", epoch_);
  std::vector<std::pair<uint64_t, const LabelledUtterance*>> places;
  for (const auto& utterance : data_.train) {
    places.emplace_back(layers::seed_from(settings_.seed, epoch, utterance.key()), &utterance);
  }
  std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->key() < b.second->key();
  });
  std::vector<LabelledUtterance> order;
  for (const auto& [place, utterance] : places) order.push_back(*utterance);
  return order;
}

/// Whole batches only, as the recipe's loader gives them, unless there is not even one.
int64_t Training::steps_per_epoch() const {
  return std::max<int64_t>(1, static_cast<int64_t>(data_.train.size()) / settings_.batch);
}

double Training::learning_rate() const {
  return settings_.learning_rate * detectors::schedule_factor(settings_.schedule, epoch_ * steps_per_epoch() + step_,
                                                              settings_.epochs * steps_per_epoch());
}

void Training::train_epoch() {
  const auto order = shuffled();
  while (step_ < steps_per_epoch()) {
    stop_here_if_asked();
    const auto first = static_cast<std::size_t>(step_ * settings_.batch);
    const auto count = std::min(static_cast<std::size_t>(settings_.batch), order.size() - first);
    loss_sum_ += train_step(std::span(order).subspan(first, count));
    ++step_;
    context_.account(static_cast<double>(static_cast<int64_t>(count) * settings_.samples) / static_cast<double>(detector_sample_rate));
    tell(0, fmt::format("epoch {}/{} loss {:.4f}", epoch_ + 1, settings_.epochs, loss_sum_ / static_cast<double>(step_)));
    if (std::chrono::steady_clock::now() - saved_ > save_every) save();
  }
}

double Training::train_step(std::span<const LabelledUtterance> batch) {
  std::vector<at::Tensor> waves;
  std::vector<int64_t> classes;
  for (const auto& utterance : batch) {
    const uint64_t seed = layers::seed_from(settings_.seed, fmt::format("cut of epoch {}", epoch_), utterance.key());
    waves.push_back(at::tensor(detectors::fit_length_at_random(data_.speech.samples(utterance), settings_.samples, seed)));
    classes.push_back(class_of(utterance.label));
  }
  detectors::SeededDropout dropout(layers::seed_from(settings_.seed, "dropout", fmt::format("{}/{}", epoch_, step_)));
  const auto device = detector_->device();
  const at::Tensor logits = detector_->forward_training(at::stack(waves).to(device), dropout).logits;
  const at::Tensor loss = detectors::weighted_cross_entropy(logits, at::tensor(classes).to(device), settings_.weights);
  const auto value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw Error("{}: the loss is no longer a finite number in step {} of epoch {}; lower learning_rate ({})", context_.unit, step_ + 1,
                epoch_ + 1, settings_.learning_rate);
  }
  loss.backward();
  adam_.step(learning_rate());
  detector_->weights().clear_gradients();
  return value;
}

double Training::validate() {
  const std::span<const LabelledUtterance> all(data_.validation);
  const auto batch = static_cast<std::size_t>(settings_.batch);
  std::vector<double> bona_fide, spoof;
  for (std::size_t first = 0; first < all.size(); first += batch) {
    stop_here_if_asked();
    const auto part = all.subspan(first, std::min(batch, all.size() - first));
    std::vector<std::vector<float>> waves;
    for (const auto& utterance : part) waves.push_back(data_.speech.samples(utterance));
    const auto scored = detectors::score(*detector_, waves, settings_.samples);
    for (std::size_t i = 0; i < part.size(); ++i) {
      (part[i].label == storage::Label::bona_fide ? bona_fide : spoof).push_back(scored[i].score);
    }
    tell(static_cast<int64_t>(first + part.size()), fmt::format("epoch {}/{} validation", epoch_ + 1, settings_.epochs));
  }
  return metrics::equal_error_rate(bona_fide, spoof).eer;
}

void Training::end_epoch(double validation_eer) {
  log_ += fmt::format("{},{},{:.6f},{:.6f},{:.4g}\n", epoch_ + 1, epoch_ * steps_per_epoch() + step_,
                      loss_sum_ / static_cast<double>(step_), validation_eer, learning_rate());
  if (validation_eer <= best_.validation_eer) best_ = {epoch_ + 1, validation_eer, detector_->state()};
  ++epoch_;
  step_ = 0;
  loss_sum_ = 0;
}

void Training::stop_here_if_asked() {
  if (!context_.stop) return;
  save();
  throw engine::Interrupted();
}

/// An utterance costs about three times as much in training as in validation.
void Training::tell(int64_t validated, const std::string& note) const {
  const auto validation = static_cast<int64_t>(data_.validation.size());
  const int64_t training = 3 * steps_per_epoch() * settings_.batch;
  const int64_t done = epoch_ * (training + validation) + 3 * step_ * settings_.batch + validated;
  context_.progress(static_cast<double>(done) / static_cast<double>(settings_.epochs * (training + validation)), note);
}

std::filesystem::path Training::state_file() const { return context_.scratch / "training.safetensors"; }

void Training::save() {
  TensorMap tensors = adam_.state();
  put_below(tensors, "model.", detector_->state());
  put_below(tensors, "best.", best_.tensors);
  std::filesystem::create_directories(context_.scratch);
  storage::write_safetensors(state_file(), tensors,
                             {{"epoch", fmt::format("{}", epoch_)},
                              {"step", fmt::format("{}", step_)},
                              {"loss_sum", fmt::format("{}", loss_sum_)},
                              {"best_epoch", fmt::format("{}", best_.epoch)},
                              {"best_eer", fmt::format("{}", best_.validation_eer)},
                              {"log", log_}});
  saved_ = std::chrono::steady_clock::now();
}

void Training::load() {
  if (!std::filesystem::exists(state_file())) return;
  const auto tensors = storage::read_checkpoint(state_file());
  const auto numbers = storage::read_safetensors_metadata(state_file());
  detector_->load(below(tensors, "model."), state_file().string());
  adam_.load(tensors, state_file().string());
  epoch_ = std::stoll(numbers.at("epoch"));
  step_ = std::stoll(numbers.at("step"));
  loss_sum_ = std::stod(numbers.at("loss_sum"));
  best_ = {std::stoll(numbers.at("best_epoch")), std::stod(numbers.at("best_eer")), below(tensors, "best.")};
  log_ = numbers.at("log");
}

}  // namespace cfo::nodes
