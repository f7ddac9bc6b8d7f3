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

void check_evaluation(Stages& stages, const Detector& detector, const at::Tensor& waves, const std::string& group) {
  const auto output = detector.forward(waves);
  stages.floats(group + "/last_hidden", output.embedding);
  stages.floats(group + "/logits", output.logits);
}

void check_trace(Stages& stages, const Detector& detector, const at::Tensor& waves) {
  detector.forward(waves.narrow(0, 0, 1), [&](const std::string& module, const at::Tensor& output) {
    stages.floats("trace/" + module, output.squeeze(0));
  });
}

class TrainingCheck {
 public:
  TrainingCheck(Stages& stages, Detector& detector, at::Tensor waves, TensorMap weights)
      : stages_(stages),
        record_(stages.record()),
        detector_(detector),
        waves_(std::move(waves)),
        weights_(std::move(weights)) {}

  void run() {
    stages_.attempt("drop", [&] { with_dropout(); });
    stages_.attempt("nodrop", [&] { without_dropout(); });
  }

 private:
  at::Tensor backward(detectors::Dropout& dropout, const std::string& group) {
    detector_.weights().clear_gradients();
    const auto output = detector_.forward_training(waves_, dropout);
    const at::Tensor loss = detectors::weighted_cross_entropy(output.logits, stages_.recorded("labels"));
    loss.backward();
    if (!group.empty()) {
      stages_.floats(group + "/logits", output.logits);
      stages_.floats(group + "/last_hidden", output.embedding);
    }
    return loss.detach().to(at::kDouble).view({1});
  }

  void with_dropout() {
    detector_.load(weights_, "record");
    RecordedDropout dropout(record_.manifest);
    stages_.floats("drop/loss", backward(dropout, "drop"));
    stages_.floats("drop/grad_norm", gradient_norms(detector_, record_.manifest["param_shapes"]), gradient_tolerance);
    stages_.add({"drop/calls", "all masks used", dropout.finished()});
  }

  void without_dropout() {
    detector_.load(weights_, "record");
    detectors::NoDropout dropout;
    detectors::Adam adam(detector_.weights().parameters(), {});
    constexpr double base_rate = 1e-4;
    constexpr int64_t total_steps = 20;
    std::vector<at::Tensor> losses, rates;
    for (int64_t step = 0; step < stages_.recorded("nodrop/losses").numel(); ++step) {
      losses.push_back(backward(dropout, step == 0 ? "nodrop" : ""));
      if (step == 0) check_gradients();
      const double rate = base_rate * detectors::schedule_factor(detectors::Schedule::cosine, step, total_steps);
      rates.push_back(at::full({1}, rate, at::kDouble));
      adam.step(rate);
      if (step == 0) check_first_step();
    }
    stages_.floats("nodrop/losses", at::cat(losses));
    stages_.floats("nodrop/lrs", at::cat(rates), 1e-12);
    stages_.floats("nodrop/eval_logits_after_5_steps", detector_.forward(waves_).logits, gradient_tolerance);
  }

  void check_gradients() {
    const auto& order = record_.manifest["param_shapes"];
    stages_.floats("nodrop/grad_norm", gradient_norms(detector_, order), gradient_tolerance);
    stages_.floats(
        "nodrop/grad_head",
        [&] {
          constexpr int64_t head = 256;
          const bool whole = stages_.recorded("nodrop/grad_head").numel() == parameter_count(detector_);
          return gradient_heads(detector_, order, whole ? std::numeric_limits<int64_t>::max() : head);
        },
        gradient_tolerance);
  }

  void check_first_step() {
    const auto state = detector_.state();
    stages_.floats("nodrop/param_after", concatenated(record_.manifest["param_shapes"],
                                                      [&](const std::string& name) { return state.at(name); }));
    check_buffers(stages_, "nodrop/buffer_after", detector_, record_.manifest["buffer_shapes"]);
  }

  Stages& stages_;
  const Record& record_;
  Detector& detector_;
  at::Tensor waves_;
  TensorMap weights_;
};

}  // namespace

std::vector<Stage> check_aasist(const Record& record) {
  const std::string name = record.manifest.at("name");
  const auto detector = detectors::make_detector(name.substr(std::string("cm_").size()));
  Stages stages(record);
  stages.floats("sinc_filters", detectors::sinc_filters({}), 1e-6);
  stages.attempt("seeded and eval", [&] {
    const at::Tensor waves = inputs(record, detector->samples());
    detector->load(seeded_state(*detector, record.manifest.at("weights_seeded"), record.manifest.at("seed")),
                   record.folder.string());
    check_evaluation(stages, *detector, waves, "seeded");
    const auto file = published_weights(record);
    if (file.empty()) return;
    const TensorMap weights = storage::read_checkpoint(file);
    detector->load(weights, file.string());
    check_evaluation(stages, *detector, waves, "eval");
    check_trace(stages, *detector, waves);
    TrainingCheck(stages, *detector, waves, weights).run();
  });
  return stages.take();
}

}  // namespace cfo::golden
