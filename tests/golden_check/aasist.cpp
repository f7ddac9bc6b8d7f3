// Records of AASIST: evaluation with the published weights, with seeded weights, and five training steps.
#include <algorithm>

#include "base/error.h"
#include "nodes/detectors/aasist.h"
#include "nodes/detectors/optimiser.h"
#include "nodes/detectors/scoring.h"
#include "storage/checkpoint.h"
#include "tests/golden_check/check.h"

namespace cfo::golden {
namespace {

using detectors::Detector;
using detectors::TensorMap;

// Gradients pass six batch-normalised blocks twice: float32 rounding alone moves the small ones by parts in ten
// thousand.
constexpr double gradient_tolerance = 1e-3;

const at::Tensor& array(const Record& record, const std::string& name) {
  const auto found = record.arrays.find(name);
  if (found == record.arrays.end()) throw Error("{}: the record holds no array '{}'", record.folder.string(), name);
  return found->second;
}

/// The inputs of the record in their order, fitted to the network's length: [N, samples].
at::Tensor inputs(const Record& record, int64_t samples) {
  std::vector<at::Tensor> rows;
  for (const std::string name : record.manifest.at("input_order")) {
    const auto pcm = record.arrays.find("pcm16/" + name);
    const at::Tensor wave =
        (pcm == record.arrays.end() ? array(record, "input/" + name) : pcm->second / 32768.0).to(at::kFloat);
    rows.push_back(
        at::tensor(detectors::fit_length({wave.data_ptr<float>(), static_cast<std::size_t>(wave.numel())}, samples)));
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

TensorMap seeded_weights(const Record& record, const Detector& detector) {
  TensorMap weights = detector.state();  // the rule leaves the step counters of the batch norms as they are
  for (auto& [name, tensor] : fill_weights(record.manifest.at("weights_seeded"), record.manifest.at("seed"))) {
    weights.at(name) = tensor;
  }
  return weights;
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

/// Gives the masks that the record's rule fills in, call by call.
class RecordedDropout : public detectors::Dropout {
 public:
  explicit RecordedDropout(const nlohmann::json& manifest)
      : calls_(manifest.at("dropout_calls")), seed_(manifest.at("seed")) {}

  at::Tensor drop(const at::Tensor& x, double p, std::string_view module) override {
    const auto& call = calls_.at(next_++);
    if (call.at("module") != module || call.at("p") != p || call.at("shape") != x.sizes().vec()) {
      throw Error("dropout call {} is of '{}', but the record has '{}' there", next_ - 1, module,
                  call.at("module").get<std::string>());
    }
    const nlohmann::json row = {call.at("fill_name"), call.at("shape"), 0.0, 1.0};
    const at::Tensor uniform = fill_weights(nlohmann::json::array({row}), seed_).begin()->second;
    return x * uniform.ge(p).to(at::kFloat) / (1 - p);
  }
  bool finished() const { return next_ == calls_.size(); }

 private:
  nlohmann::json calls_;
  uint64_t seed_;
  std::size_t next_ = 0;
};

/// The tensors of `map` in the order of a manifest's list of [name, shape], flattened one after the other.
at::Tensor concatenated(const nlohmann::json& order, const std::function<at::Tensor(const std::string&)>& tensor) {
  std::vector<at::Tensor> parts;
  for (const auto& row : order) parts.push_back(tensor(row.at(0)).detach().reshape(-1).to(at::kDouble));
  return at::cat(parts);
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
    compare("drop/grad_norm", gradient_norms(), gradient_tolerance);
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
    compare("nodrop/grad_norm", gradient_norms(), gradient_tolerance);
    constexpr int64_t head = 256;
    const bool whole = array(record_, "nodrop/grad_head").numel() == parameter_count();
    compare("nodrop/grad_head",
            concatenated(record_.manifest["param_shapes"],
                         [&](const std::string& name) {
                           const at::Tensor parameter = parameter_named(name);
                           const at::Tensor gradient =
                               parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
                           const at::Tensor flat = gradient.reshape(-1);
                           return whole ? flat : flat.slice(0, 0, head);
                         }),
            gradient_tolerance);
  }

  void check_first_step() {
    const auto state = detector_.state();
    compare("nodrop/param_after",
            concatenated(record_.manifest["param_shapes"], [&](const std::string& name) { return state.at(name); }));
    check_buffers(state);
  }

  /// Running statistics and step counters apart: the counters are thousands of times as large.
  void check_buffers(const TensorMap& state) {
    const auto only = [&](bool counters, const at::Tensor& from) {
      int64_t next = 0;
      return concatenated(record_.manifest["buffer_shapes"], [&](const std::string& name) {
        const at::Tensor& own = state.at(name);
        const at::Tensor value = from.defined() ? from.narrow(0, next, own.numel()) : own;
        next += own.numel();
        return (own.scalar_type() == at::kLong) == counters ? value : value.reshape(-1).narrow(0, 0, 0);
      });
    };
    const at::Tensor& recorded = array(record_, "nodrop/buffer_after");
    stages_.push_back(compare_floats("nodrop/buffer_after", only(false, {}), only(false, recorded)));
    stages_.push_back(compare_floats("nodrop/buffer_after counters", only(true, {}), only(true, recorded), 0));
  }

  at::Tensor gradient_norms() const {
    return concatenated(record_.manifest["param_shapes"], [&](const std::string& name) {
      const at::Tensor gradient = parameter_named(name).grad();
      return gradient.defined() ? gradient.to(at::kDouble).norm() : at::full({}, -1.0, at::kDouble);
    });
  }

  at::Tensor parameter_named(const std::string& name) const {
    for (const auto& parameter : detector_.weights().parameters()) {
      if (parameter.name == name) return parameter.tensor;
    }
    throw Error("the detector has no parameter '{}'", name);
  }

  int64_t parameter_count() const {
    int64_t count = 0;
    for (const auto& parameter : detector_.weights().parameters()) count += parameter.tensor.numel();
    return count;
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

void append(std::vector<Stage>& stages, std::vector<Stage> further) {
  std::move(further.begin(), further.end(), std::back_inserter(stages));
}

}  // namespace

std::vector<Stage> check_aasist(const Record& record) {
  const std::string name = record.manifest.at("name");
  const auto detector = detectors::make_detector(name.substr(std::string("cm_").size()));
  const at::Tensor waves = inputs(record, detector->samples());
  std::vector<Stage> stages;
  stages.push_back(compare_floats("sinc_filters", detectors::sinc_filters({}), array(record, "sinc_filters"), 1e-6));
  detector->load(seeded_weights(record, *detector), record.folder.string());
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
