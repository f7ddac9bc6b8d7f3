// Records of AASIST: evaluation with the published weights, with seeded weights, and five training steps.
#include <limits>

#include "nodes/networks/detectors/aasist/aasist.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/modules/optimiser.h"
#include "storage/checkpoint/checkpoint.h"
#include "tests/golden_check/detectors/detector.h"

namespace cfo::golden {
namespace {

using detectors::Detector;

/// The inputs of the record in their order, fitted to the network's length: [N, samples].
at::Tensor inputs(const Record& record, int64_t samples) {
  std::vector<at::Tensor> rows;
  for (const std::string name : record.manifest.at("input_order")) {
    const auto pcm = record.arrays.find("pcm16/" + name);
    const at::Tensor wave =
        (pcm == record.arrays.end() ? array(record, "input/" + name) : pcm->second / 32768.0).to(at::kFloat);
    rows.push_back(fitted(wave, samples));
  }
  return at::stack(rows);
}

/// The published checkpoint beside the record, if it is there.
std::filesystem::path published_weights(const Record& record) {
  for (const auto& entry : std::filesystem::directory_iterator(record.folder)) {
    if (entry.path().extension() == ".pth") return entry.path();
  }
  return {};
}

std::vector<Stage> check_evaluation(const Record& record, const Detector& detector, const at::Tensor& waves,
                                    const std::string& group) {
  const auto output = detector.forward(waves);
  return {compare_floats(group + "/last_hidden", output.embedding, array(record, group + "/last_hidden")),
          compare_floats(group + "/logits", output.logits, array(record, group + "/logits"))};
}

std::vector<Stage> check_trace(const Record& record, const Detector& detector, const at::Tensor& waves) {
  std::vector<Stage> stages;
  detector.forward(waves.narrow(0, 0, 1), [&](const std::string& module, const at::Tensor& output) {
    stages.push_back(compare_floats("trace/" + module, output.squeeze(0), array(record, "trace/" + module)));
  });
  return stages;
}

class TrainingCheck {
 public:
  TrainingCheck(const Record& record, Detector& detector, at::Tensor waves, TensorMap weights)
      : record_(record), detector_(detector), waves_(std::move(waves)), weights_(std::move(weights)) {}

  std::vector<Stage> run() {
    with_dropout();
    without_dropout();
    return std::move(stages_);
  }

 private:
  at::Tensor backward(detectors::Dropout& dropout, const std::string& group) {
    detector_.weights().clear_gradients();
    const auto output = detector_.forward_training(waves_, dropout);
    const at::Tensor loss = detectors::weighted_cross_entropy(output.logits, array(record_, "labels"));
    loss.backward();
    if (!group.empty()) {
      compare(group + "/logits", output.logits.detach());
      compare(group + "/last_hidden", output.embedding.detach());
    }
    return loss.detach().to(at::kDouble).view({1});
  }

  void with_dropout() {
    detector_.load(weights_, "record");
    RecordedDropout dropout(record_.manifest);
    compare("drop/loss", backward(dropout, "drop"));
    compare("drop/grad_norm", gradient_norms(detector_, record_.manifest["param_shapes"]), gradient_tolerance);
    stages_.push_back({"drop/calls", "all masks used", dropout.finished()});
  }

  void without_dropout() {
    detector_.load(weights_, "record");
    detectors::NoDropout dropout;
    detectors::Adam adam(detector_.weights().parameters(), {});
    constexpr double base_rate = 1e-4;
    constexpr int64_t total_steps = 20;
    std::vector<at::Tensor> losses, rates;
    for (int64_t step = 0; step < array(record_, "nodrop/losses").numel(); ++step) {
      losses.push_back(backward(dropout, step == 0 ? "nodrop" : ""));
      if (step == 0) check_gradients();
      const double rate = base_rate * detectors::schedule_factor(detectors::Schedule::cosine, step, total_steps);
      rates.push_back(at::full({1}, rate, at::kDouble));
      adam.step(rate);
      if (step == 0) check_first_step();
    }
    compare("nodrop/losses", at::cat(losses));
    compare("nodrop/lrs", at::cat(rates), 1e-12);
    compare("nodrop/eval_logits_after_5_steps", detector_.forward(waves_).logits, gradient_tolerance);
  }

  void check_gradients() {
    const auto& order = record_.manifest["param_shapes"];
    compare("nodrop/grad_norm", gradient_norms(detector_, order), gradient_tolerance);
    constexpr int64_t head = 256;
    const bool whole = array(record_, "nodrop/grad_head").numel() == parameter_count(detector_);
    compare("nodrop/grad_head", gradient_heads(detector_, order, whole ? std::numeric_limits<int64_t>::max() : head),
            gradient_tolerance);
  }

  void check_first_step() {
    const auto state = detector_.state();
    compare("nodrop/param_after",
            concatenated(record_.manifest["param_shapes"], [&](const std::string& name) { return state.at(name); }));
    append(stages_, compare_buffers("nodrop/buffer_after", detector_, record_.manifest["buffer_shapes"],
                                    array(record_, "nodrop/buffer_after")));
  }

  void compare(const std::string& name, const at::Tensor& actual, double tolerance = 1e-4) {
    stages_.push_back(compare_floats(name, actual, array(record_, name), tolerance));
  }

  const Record& record_;
  Detector& detector_;
  at::Tensor waves_;
  TensorMap weights_;
  std::vector<Stage> stages_;
};

}  // namespace

std::vector<Stage> check_aasist(const Record& record) {
  const std::string name = record.manifest.at("name");
  const auto detector = detectors::make_detector(name.substr(std::string("cm_").size()));
  const at::Tensor waves = inputs(record, detector->samples());
  std::vector<Stage> stages;
  stages.push_back(compare_floats("sinc_filters", detectors::sinc_filters({}), array(record, "sinc_filters"), 1e-6));
  detector->load(seeded_state(*detector, record.manifest.at("weights_seeded"), record.manifest.at("seed")),
                 record.folder.string());
  append(stages, check_evaluation(record, *detector, waves, "seeded"));
  const auto file = published_weights(record);
  if (file.empty()) return stages;
  const TensorMap weights = storage::read_checkpoint(file);
  detector->load(weights, file.string());
  append(stages, check_evaluation(record, *detector, waves, "eval"));
  append(stages, check_trace(record, *detector, waves));
  append(stages, TrainingCheck(record, *detector, waves, weights).run());
  return stages;
}

}  // namespace cfo::golden
