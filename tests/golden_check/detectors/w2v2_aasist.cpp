// Records of W2V2-AASIST with a shrunk front-end: evaluation, gradients, optimiser steps, and the variants for source
// tracing.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <functional>
#include <limits>
#include <tuple>

#include "base/error.h"
#include "nodes/networks/detectors/make/make_detector.h"
#include "nodes/networks/detectors/w2v2_aasist/w2v2_aasist.h"
#include "nodes/networks/tensors/compute.h"
#include "tests/golden_check/detectors/detector.h"
#include "tests/golden_check/test_signal.h"

namespace cfo::golden {
namespace {

using detectors::Detector;
using detectors::Task;
using nlohmann::json;

constexpr auto network = "w2v2_aasist_shrunk";

/// Relative L2 distance from the record; 0 where that holds no such array.
double distance(const Stages& stages, const std::string& name, const at::Tensor& actual) {
  if (!stages.has(name)) return 0;
  const at::Tensor recorded = stages.recorded(name).to(at::kDouble);
  const at::Tensor kept = kept_values(stages.record(), name, actual).to(at::kDouble);
  return ((kept - recorded).norm() / recorded.norm()).item<double>();
}

/// The inputs of a list, each fitted to the length that its row says, or else the network's: [N, samples].
at::Tensor inputs(const json& rows, int64_t samples) {
  std::vector<at::Tensor> waves;
  for (const auto& row : rows) waves.push_back(fitted(test_signal(row.at("test_signal")), row.value("pad", samples)));
  return at::stack(waves);
}

// The networks choose: the best nodes of a graph, the largest of nine features, of two branches, of all nodes. Where
// two are equal but for rounding, the gradient goes another way on another CPU: moving the input by a third of its last
// bit changes the gradients of the record by a hundredth. So they are compared for the input as it is and, where that
// is not the record's choice, for inputs moved so little.
constexpr double rounding = 3e-9;
constexpr int variations = 12, most_variations = 32;

at::Tensor moved(const at::Tensor& waves, int variation) {
  if (variation == 0) return waves;
  return waves + at::randn(waves.sizes(), tensors::random_stream(static_cast<uint64_t>(variation))) * rounding;
}

/// The first variation at which `distance` is within the tolerance of gradients, or the one where it is least.
int closest_variation(const std::function<double(int)>& distance) {
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int variation = 0; variation < most_variations && least > gradient_tolerance; ++variation) {
    if (const double there = distance(variation); there < least) std::tie(best, least) = std::pair(variation, there);
  }
  return best;
}

at::Tensor number(const at::Tensor& loss) { return loss.detach().to(at::kDouble).view({1}); }

/// Stages of the front-end that only its encoder tells apart.
void check_front(Stages& stages, const Detector& detector, const at::Tensor& wave) {
  const tensors::Inference inference;
  const auto weights = tensors::WeightScope(detector.state(), network) / "ssl_model.model";
  const layers::SslEncoder encoder(weights, detectors::xlsr_shrunk_config().network);
  const at::Tensor features = encoder.features(wave.unsqueeze(1)), projected = encoder.projected(features);
  const layers::LayerNorm norm(weights / "layer_norm", features.size(1));
  const std::string group = "eval/trace_first/w2v2.";
  stages.floats(group + "conv_features", features.squeeze(0));
  stages.floats(group + "layer_norm(conv features)", norm(features.transpose(1, 2)).squeeze(0));
  stages.floats(group + "pos_conv", (encoder.with_positions(projected) - projected).squeeze(0));
}

void check_evaluation(Stages& stages, const Detector& detector, const at::Tensor& waves) {
  const std::string trace = "eval/trace_first/";
  const auto first = detector.forward(waves.narrow(0, 0, 1), [&](const std::string& module, const at::Tensor& output) {
    if (stages.has(trace + module)) stages.floats(trace + module, output.squeeze(0));
  });
  stages.floats(trace + "last_hidden", first.embedding.squeeze(0));
  stages.floats(trace + "logits", first.logits.squeeze(0));
  std::vector<at::Tensor> embeddings, logits;
  for (int64_t i = 0; i < waves.size(0); ++i) {
    const auto output = detector.forward(waves.narrow(0, i, 1));
    embeddings.push_back(output.embedding);
    logits.push_back(output.logits);
  }
  stages.floats("eval/last_hidden", at::cat(embeddings));
  stages.floats("eval/logits", at::cat(logits));
}

void check_unpadded(Stages& stages, const Detector& detector) {
  const at::Tensor wave = test_signal(stages.record().manifest.at("inputs").at(2).at("test_signal")).unsqueeze(0);
  const auto output = detector.forward(wave, [&](const std::string& module, const at::Tensor& tensor) {
    if (module == "w2v2") stages.floats("eval/unpadded_third/w2v2", tensor.squeeze(0));
  });
  stages.floats("eval/unpadded_third/logits", output.logits.squeeze(0));
}

class TrainingCheck {
 public:
  TrainingCheck(Stages& stages, Detector& detector, at::Tensor waves)
      : stages_(stages),
        detector_(detector),
        manifest_(stages.record().manifest),
        waves_(std::move(waves)),
        start_(detector.state()) {}

  void run() {
    stages_.attempt("drop", [&] { with_dropout(); });
    stages_.attempt("nodrop", [&] { without_dropout(); });
    restart();
  }

 private:
  static constexpr int64_t gradient_head = 64;  // values recorded of each gradient

  void without_dropout() {
    const int variation = closest_variation([&](int tried) {
      detectors::NoDropout dropout;
      restart();
      backward(dropout, tried);
      return distance(stages_, "nodrop/grad_head", gradient_heads(detector_, order(), gradient_head));
    });
    check_gradients(variation);
    check_step("lr1e-3", 1e-3, 1024, variation);
    check_step("lr1e-6", 1e-6, 16, variation);
    stages_.attempt("nodrop/lr1e-3/param_after_head from grad_head", [&] { check_optimiser(); });
    stages_.attempt("nodrop/lr1e-3/losses", [&] { check_losses(); });
  }

  const json& order() const { return manifest_.at("param_shapes"); }
  void restart() { detector_.load(start_, "record"); }

  detectors::Output forward(detectors::Dropout& dropout, int variation) {
    detector_.weights().clear_gradients();
    return detector_.forward_training(moved(waves_, variation), dropout);
  }
  at::Tensor loss_of(const detectors::Output& output) const {
    return detectors::task_loss(output.tasks, {{Task::bona_fide, stages_.recorded("labels")}});
  }
  at::Tensor backward(detectors::Dropout& dropout, int variation) {
    const at::Tensor loss = loss_of(forward(dropout, variation));
    loss.backward();
    return number(loss);
  }

  void with_dropout() {
    const int variation = closest_variation([&](int tried) {
      RecordedDropout dropout(manifest_);
      restart();
      backward(dropout, tried);
      return distance(stages_, "drop/grad_norm", gradient_norms(detector_, order()));
    });
    RecordedDropout dropout(manifest_);
    restart();
    const auto output = forward(dropout, variation);
    const at::Tensor loss = loss_of(output);
    loss.backward();
    stages_.floats("drop/logits", output.logits);
    stages_.floats("drop/loss", number(loss));
    stages_.floats("drop/grad_norm", gradient_norms(detector_, order()), gradient_tolerance);
    stages_.add({"drop/calls", "all masks used", dropout.finished()});
  }

  void check_gradients(int variation) {
    restart();
    detectors::NoDropout dropout;
    const auto output = forward(dropout, variation);
    loss_of(output).backward();
    stages_.floats("nodrop/logits", output.logits);
    stages_.floats("nodrop/grad_norm", gradient_norms(detector_, order()), gradient_tolerance);
    stages_.floats("nodrop/grad_head", gradient_heads(detector_, order(), gradient_head), gradient_tolerance);
    check_buffers(stages_, "nodrop/buffer_after", detector_, manifest_.at("buffer_shapes"));
  }

  /// The parameters after a step, which goes by the gradients' signs: as near to the record's as the gradients are.
  void check_step(const std::string& group, double rate, int64_t head, int variation) {
    const std::string place = "nodrop/" + group;
    restart();
    detectors::NoDropout dropout;
    detectors::Adam adam(detector_.weights().parameters(), {});
    const at::Tensor loss = backward(dropout, variation);
    adam.step(rate);
    stages_.attempt(place + "/losses, step 1", [&] {
      const at::Tensor first = stages_.recorded(place + "/losses").slice(0, 0, 1);
      stages_.add(compare_floats(place + "/losses, step 1", loss, first));
    });
    const auto state = detector_.state();
    const auto heads = [&](const std::string& name) { return state.at(name).reshape(-1).slice(0, 0, head); };
    stages_.floats(place + "/param_after_head", concatenated(order(), heads), gradient_tolerance);
    if (!stages_.has(place + "/param_after_norm")) return;  // recorded for one rate
    stages_.floats(place + "/param_after_norm", concatenated(order(), [&](const std::string& name) {
                     return state.at(name).to(at::kDouble).norm();
                   }));
  }

  /// The optimiser by itself: from the recorded gradients to the recorded parameters.
  void check_optimiser() {
    if (manifest_.contains("compact")) return;  // which holds some values of both
    const at::Tensor& gradients = stages_.recorded("nodrop/grad_head");
    const at::Tensor& after = stages_.recorded("nodrop/lr1e-3/param_after_head");
    std::vector<detectors::NamedTensor> heads;
    std::vector<at::Tensor> wanted;
    int64_t gradient_at = 0, after_at = 0;
    for (const auto& row : order()) {
      const at::Tensor& whole = start_.at(row.at(0));
      const int64_t size = std::min(whole.numel(), gradient_head);
      at::Tensor head = whole.reshape(-1).slice(0, 0, size).clone().requires_grad_(true);
      if (parameter_named(detector_, row.at(0)).grad().defined())
        head.mutable_grad() = gradients.narrow(0, gradient_at, size).clone();
      heads.push_back({row.at(0), head});
      wanted.push_back(after.narrow(0, after_at, size));
      gradient_at += size;
      after_at += std::min<int64_t>(whole.numel(), 1024);
    }
    detectors::Adam(heads, {}).step(1e-3);
    std::vector<at::Tensor> stepped;
    for (const auto& head : heads) stepped.push_back(head.tensor.detach());
    stages_.add(
        compare_floats("nodrop/lr1e-3/param_after_head from grad_head", at::cat(stepped), at::cat(wanted), 1e-6));
  }

  /// The second and third loss at 1e-3 depend on the first step's signs of gradients near zero: they must lie among
  /// those that inputs moved by less than their last bit lead to.
  void check_losses() {
    const at::Tensor& recorded = stages_.recorded("nodrop/lr1e-3/losses");
    std::vector<at::Tensor> all;
    for (int variation = 0; variation < variations; ++variation) {
      restart();
      detectors::NoDropout dropout;
      detectors::Adam adam(detector_.weights().parameters(), {});
      std::vector<at::Tensor> losses;
      for (int64_t step = 0; step < recorded.numel(); ++step) {
        losses.push_back(backward(dropout, variation));
        adam.step(1e-3);
      }
      all.push_back(at::cat(losses));
    }
    const at::Tensor table = at::stack(all), low = std::get<0>(table.min(0)), high = std::get<0>(table.max(0));
    for (int64_t step = 1; step < recorded.numel(); ++step) {
      const double least = low[step].item<double>(), most = high[step].item<double>();
      const double value = recorded[step].item<double>();
      const double margin = (most - least) / 4;  // the range of twelve draws is narrower than that of all
      stages_.add({fmt::format("nodrop/lr1e-3/losses, step {}", step + 1),
                   fmt::format("{:.4f} to {:.4f} by rounding, recorded {:.4f}", least, most, value),
                   value >= least - margin && value <= most + margin});
    }
  }

  Stages& stages_;
  Detector& detector_;
  const json& manifest_;
  at::Tensor waves_;
  TensorMap start_;
};

/// source_tracing.json, from the file or, in a compact record, from the manifest.
json tracing_manifest(const Record& record) {
  if (record.manifest.contains("source_tracing")) return record.manifest["source_tracing"];
  const auto file = record.folder / "source_tracing.json";
  std::ifstream stream(file);
  if (!stream) throw Error("{}: cannot be read; fetch the record again", file.string());
  return json::parse(stream);
}

/// Rows of the tensors that a detector has. In a compact record, a branch's tensor without a row has that of the main
/// network's graph.
json rows_for(const Detector& detector, const Record& record, const json& rows) {
  std::map<std::string, json> known;
  const auto name_of = [](const json& row) { return (row.is_array() ? row.at(0) : row.at("name")).get<std::string>(); };
  for (const auto& row : record.manifest.at("weights")) known[name_of(row)] = row;
  for (const auto& row : rows) known[name_of(row)] = row;
  json chosen = json::array();
  for (const auto& [name, tensor] : detector.state()) {
    auto found = known.find(name);
    const auto dot = name.find('.');
    if (found == known.end() && dot != std::string::npos) found = known.find(name.substr(dot + 1));
    if (found == known.end()) continue;  // a step counter
    json row = found->second;
    (row.is_array() ? row.at(0) : row.at("name")) = name;
    chosen.push_back(row);
  }
  return chosen;
}

std::map<Task, at::Tensor> targets_of(const Record& record, const Detector& detector) {
  std::map<Task, at::Tensor> targets;
  for (const auto task : detector.tasks()) targets[task] = array(record, "labels/" + detectors::describe(task).name);
  return targets;
}

/// The parameters' names in the order of a compact record.
json sorted_names(const Detector& detector) {
  std::vector<std::string> names;
  for (const auto& parameter : detector.weights().parameters()) names.push_back(parameter.name);
  std::sort(names.begin(), names.end());
  return names;
}

void check_tracing_type(Stages& stages, const std::string& type, const json& described, const json& tracing,
                        const at::Tensor& waves) {
  std::string lower;
  for (const char c : type) lower += static_cast<char>(std::tolower(c));
  const auto detector = detectors::make_detector(fmt::format("{}_{}", network, lower));
  const auto entries = static_cast<int64_t>(detector->state().size()), parameters = parameter_count(*detector);
  const bool same = entries == described.at("state_dict_entries") && parameters == described.at("parameters_shrunk");
  stages.add({type + "/state_dict", fmt::format("{} tensors, {} parameters", entries, parameters), same});
  const auto& record = stages.record();
  if (!stages.has(type + "/train/loss")) return;  // recorded for some types
  detector->load(seeded_state(*detector, rows_for(*detector, record, tracing.at("weights_M1")), tracing.at("seed")),
                 "record");
  const auto output = detector->forward(waves);
  for (const auto& [task, logits] : output.tasks)
    stages.floats(fmt::format("{}/eval/{}", type, detectors::describe(task).name), logits);
  if (stages.has(type + "/eval/bonafide_score"))
    stages.floats(type + "/eval/bonafide_score", output.logits.select(1, detectors::bona_fide_class));
  const auto start = detector->state();
  const auto targets = targets_of(record, *detector);
  const json order = described.contains("param_names") ? described.at("param_names") : sorted_names(*detector);
  const auto train = [&](int variation) {
    detector->load(start, "record");
    detector->weights().clear_gradients();
    detectors::NoDropout dropout;
    auto trained = detector->forward_training(moved(waves, variation), dropout);
    detectors::task_loss(trained.tasks, targets).backward();
    return trained;
  };
  const auto trained = train(closest_variation([&](int variation) {
    train(variation);
    return distance(stages, type + "/train/grad_norm", gradient_norms(*detector, order));
  }));
  std::vector<at::Tensor> parts;
  for (const auto task : {Task::bona_fide, Task::auxiliary, Task::decoder, Task::quantizer}) {
    const auto found = trained.tasks.find(task);
    if (found == trained.tasks.end()) continue;
    stages.floats(fmt::format("{}/train/{}", type, detectors::describe(task).name), found->second);
    parts.push_back(number(detectors::task_loss({*found}, targets)));
  }
  stages.floats(type + "/train/loss", number(detectors::task_loss(trained.tasks, targets)));
  stages.attempt(type + "/train/parts", [&] {
    const at::Tensor& recorded = stages.recorded(type + "/train/parts(binary,as,ds,qs)");
    const at::Tensor numbers = recorded.masked_select(recorded.isnan().logical_not());
    stages.add(compare_floats(type + "/train/parts", at::cat(parts), numbers));
  });
  stages.floats(type + "/train/grad_norm", gradient_norms(*detector, order), gradient_tolerance);
}

void check_tracing(Stages& stages, int64_t samples) {
  const json tracing = tracing_manifest(stages.record());
  const at::Tensor waves = inputs(tracing.at("inputs"), samples);
  for (const auto& [type, described] : tracing.at("model_types").items())
    stages.attempt(type, [&] { check_tracing_type(stages, type, described, tracing, waves); });
}

}  // namespace

std::vector<Stage> check_w2v2_aasist(const Record& record) {
  const auto detector = detectors::make_detector(network);
  detector->load(seeded_state(*detector, record.manifest.at("weights"), record.manifest.at("seed")),
                 record.folder.string());
  const at::Tensor waves = inputs(record.manifest.at("inputs"), detector->samples());
  Stages stages(record);
  check_front(stages, *detector, waves.narrow(0, 0, 1));
  check_evaluation(stages, *detector, waves);
  check_unpadded(stages, *detector);
  TrainingCheck(stages, *detector, waves).run();
  check_tracing(stages, detector->samples());
  return stages.take();
}

}  // namespace cfo::golden
