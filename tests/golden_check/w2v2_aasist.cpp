// Records of W2V2-AASIST with a shrunk front-end: evaluation, gradients, optimiser steps, and the variants for source
// tracing.
#include <algorithm>
#include <cctype>
#include <fstream>

#include "base/error.h"
#include "nodes/detectors/w2v2_aasist.h"
#include "nodes/layers/compute.h"
#include "tests/golden_check/detector.h"
#include "tests/golden_check/test_signal.h"

namespace cfo::golden {
namespace {

using detectors::Detector;
using detectors::Task;
using nlohmann::json;

constexpr auto network = "w2v2_aasist_shrunk";

/// Compares arrays of a record, whole or the values that a compact one kept.
class Comparison {
 public:
  explicit Comparison(const Record& record) : record_(record) {}

  bool has(const std::string& name) const { return record_.arrays.count(name) > 0; }
  void operator()(const std::string& name, const at::Tensor& actual, double tolerance = 1e-4) {
    if (!has(name) && record_.manifest.contains("compact")) return;
    stages_.push_back(
        compare_floats(name, kept_values(record_, name, actual.detach()), array(record_, name), tolerance));
  }
  void add(std::vector<Stage> stages) { append(stages_, std::move(stages)); }
  const Record& record() const { return record_; }
  std::vector<Stage> take() { return std::move(stages_); }

 private:
  const Record& record_;
  std::vector<Stage> stages_;
};

/// The inputs of a list, each fitted to the network's length: [N, samples].
at::Tensor inputs(const json& rows, int64_t samples) {
  std::vector<at::Tensor> waves;
  for (const auto& row : rows) waves.push_back(fitted(test_signal(row.at("test_signal")), samples));
  return at::stack(waves);
}

at::Tensor number(const at::Tensor& loss) { return loss.detach().to(at::kDouble).view({1}); }

/// Stages of the front-end that only its encoder tells apart.
void check_front(Comparison& compare, const Detector& detector, const at::Tensor& wave) {
  const layers::Inference inference;
  const auto weights = layers::WeightScope(detector.state(), network) / "ssl_model.model";
  const layers::SslEncoder encoder(weights, detectors::xlsr_shrunk_config().network);
  const at::Tensor features = encoder.features(wave.unsqueeze(1)), projected = encoder.projected(features);
  const layers::LayerNorm norm(weights / "layer_norm", features.size(1));
  const std::string group = "eval/trace_first/w2v2.";
  compare(group + "conv_features", features.squeeze(0));
  compare(group + "layer_norm(conv features)", norm(features.transpose(1, 2)).squeeze(0));
  compare(group + "pos_conv", (encoder.with_positions(projected) - projected).squeeze(0));
}

void check_evaluation(Comparison& compare, const Detector& detector, const at::Tensor& waves) {
  const std::string trace = "eval/trace_first/";
  const auto first = detector.forward(waves.narrow(0, 0, 1), [&](const std::string& module, const at::Tensor& output) {
    if (compare.has(trace + module)) compare(trace + module, output.squeeze(0));
  });
  compare(trace + "last_hidden", first.embedding.squeeze(0));
  compare(trace + "logits", first.logits.squeeze(0));
  std::vector<at::Tensor> embeddings, logits;
  for (int64_t i = 0; i < waves.size(0); ++i) {
    const auto output = detector.forward(waves.narrow(0, i, 1));
    embeddings.push_back(output.embedding);
    logits.push_back(output.logits);
  }
  compare("eval/last_hidden", at::cat(embeddings));
  compare("eval/logits", at::cat(logits));
}

void check_unpadded(Comparison& compare, const Detector& detector) {
  const at::Tensor wave = test_signal(compare.record().manifest.at("inputs").at(2).at("test_signal")).unsqueeze(0);
  const auto output = detector.forward(wave, [&](const std::string& module, const at::Tensor& tensor) {
    if (module == "w2v2") compare("eval/unpadded_third/w2v2", tensor.squeeze(0));
  });
  compare("eval/unpadded_third/logits", output.logits.squeeze(0));
}

class TrainingCheck {
 public:
  TrainingCheck(Comparison& compare, Detector& detector, at::Tensor waves)
      : compare_(compare),
        detector_(detector),
        manifest_(compare.record().manifest),
        waves_(std::move(waves)),
        start_(detector.state()) {}

  void run() {
    with_dropout();
    steps("lr1e-3", 1e-3, 1024, 3);
    steps("lr1e-6", 1e-6, 16, 1);
    detector_.load(start_, "record");
  }

 private:
  at::Tensor backward(detectors::Dropout& dropout, const std::string& group) {
    detector_.weights().clear_gradients();
    const auto output = detector_.forward_training(waves_, dropout);
    const at::Tensor loss = detectors::task_loss(output.tasks, {{Task::bona_fide, array(compare_.record(), "labels")}});
    loss.backward();
    if (!group.empty()) {
      compare_(group + "/logits", output.logits);
      compare_(group + "/grad_norm", gradient_norms(detector_, manifest_["param_shapes"]), gradient_tolerance);
    }
    return number(loss);
  }

  void with_dropout() {
    RecordedDropout dropout(manifest_);
    compare_("drop/loss", backward(dropout, "drop"));
    compare_.add({{"drop/calls", "all masks used", dropout.finished()}});
  }

  /// Steps from the start; the gradients, the buffers and the parameters after the first.
  void steps(const std::string& group, double rate, int64_t head, int count) {
    const std::string place = "nodrop/" + group;
    const bool first_group = group == "lr1e-3";
    detector_.load(start_, "record");
    detectors::NoDropout dropout;
    detectors::Adam adam(detector_.weights().parameters(), {});
    std::vector<at::Tensor> losses;
    for (int step = 0; step < count; ++step) {
      losses.push_back(backward(dropout, step == 0 && first_group ? "nodrop" : ""));
      if (step == 0 && first_group) check_gradients();
      adam.step(rate);
      if (step == 0) check_parameters(place, head);
    }
    compare_(place + "/losses", at::cat(losses));
  }

  void check_gradients() {
    constexpr int64_t head = 64;
    compare_("nodrop/grad_head", gradient_heads(detector_, manifest_["param_shapes"], head), gradient_tolerance);
    compare_.add(compare_buffers("nodrop/buffer_after", detector_, manifest_["buffer_shapes"],
                                 array(compare_.record(), "nodrop/buffer_after")));
  }

  void check_parameters(const std::string& place, int64_t head) {
    const auto state = detector_.state();
    compare_(place + "/param_after_head", concatenated(manifest_["param_shapes"], [&](const std::string& name) {
               return state.at(name).reshape(-1).slice(0, 0, head);
             }));
    if (!compare_.has(place + "/param_after_norm")) return;
    compare_(place + "/param_after_norm", concatenated(manifest_["param_shapes"], [&](const std::string& name) {
               return state.at(name).to(at::kDouble).norm();
             }));
  }

  Comparison& compare_;
  Detector& detector_;
  const json& manifest_;
  at::Tensor waves_;
  detectors::TensorMap start_;
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

void check_tracing_type(Comparison& compare, const std::string& type, const json& described, const json& tracing,
                        const at::Tensor& waves) {
  std::string lower;
  for (const char c : type) lower += static_cast<char>(std::tolower(c));
  const auto detector = detectors::make_detector(fmt::format("{}_{}", network, lower));
  const auto entries = static_cast<int64_t>(detector->state().size()), parameters = parameter_count(*detector);
  const bool same = entries == described.at("state_dict_entries") && parameters == described.at("parameters_shrunk");
  compare.add({{type + "/state_dict", fmt::format("{} tensors, {} parameters", entries, parameters), same}});
  const auto& record = compare.record();
  if (record.arrays.count(type + "/train/loss") == 0) return;
  detector->load(seeded_state(*detector, rows_for(*detector, record, tracing.at("weights_M1")), tracing.at("seed")),
                 "record");
  const auto output = detector->forward(waves);
  for (const auto& [task, logits] : output.tasks)
    compare(fmt::format("{}/eval/{}", type, detectors::describe(task).name), logits);
  if (compare.has(type + "/eval/bonafide_score"))
    compare(type + "/eval/bonafide_score", output.logits.select(1, detectors::bona_fide_class));
  detectors::NoDropout dropout;
  const auto trained = detector->forward_training(waves, dropout);
  const auto targets = targets_of(record, *detector);
  const at::Tensor loss = detectors::task_loss(trained.tasks, targets);
  loss.backward();
  std::vector<at::Tensor> parts;
  for (const auto task : {Task::bona_fide, Task::auxiliary, Task::decoder, Task::quantizer}) {
    const auto found = trained.tasks.find(task);
    if (found == trained.tasks.end()) continue;
    compare(fmt::format("{}/train/{}", type, detectors::describe(task).name), found->second);
    parts.push_back(number(detectors::task_loss({*found}, targets)));
  }
  compare(type + "/train/loss", number(loss));
  const at::Tensor& recorded = array(record, type + "/train/parts(binary,as,ds,qs)");
  compare.add(
      {compare_floats(type + "/train/parts", at::cat(parts), recorded.masked_select(recorded.isnan().logical_not()))});
  compare(
      type + "/train/grad_norm",
      gradient_norms(*detector, described.contains("param_names") ? described["param_names"] : sorted_names(*detector)),
      gradient_tolerance);
}

void check_tracing(Comparison& compare) {
  const json tracing = tracing_manifest(compare.record());
  const at::Tensor waves = inputs(tracing.at("inputs"), 64600);
  for (const auto& [type, described] : tracing.at("model_types").items())
    check_tracing_type(compare, type, described, tracing, waves);
}

}  // namespace

std::vector<Stage> check_w2v2_aasist(const Record& record) {
  const auto detector = detectors::make_detector(network);
  detector->load(seeded_state(*detector, record.manifest.at("weights"), record.manifest.at("seed")),
                 record.folder.string());
  const at::Tensor waves = inputs(record.manifest.at("inputs"), detector->samples());
  Comparison compare(record);
  check_front(compare, *detector, waves.narrow(0, 0, 1));
  check_evaluation(compare, *detector, waves);
  check_unpadded(compare, *detector);
  TrainingCheck(compare, *detector, waves).run();
  check_tracing(compare);
  return compare.take();
}

}  // namespace cfo::golden
