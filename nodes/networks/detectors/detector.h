// What a countermeasure (CM) is to CFO: speech in, an embedding and two class scores out; trainable, named as
// published.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nodes/networks/detectors/modules/modules.h"
#include "nodes/networks/detectors/modules/parameters.h"
#include "nodes/networks/detectors/modules/tasks.h"

namespace cfo::detectors {

struct Output {
  at::Tensor embedding;   ///< [B, embedding_size()]: the last hidden layer
  at::Tensor logits;      ///< [B, 2]; the CM score is logits[:, 1] as it is, higher is more bona fide
  TaskLogits tasks = {};  ///< of every task that the detector has
};

/// How a training pass is computed; what it computes is the same, but for the rounding of mixed precision.
struct TrainingPass {
  bool recompute =
      false;  ///< gradient checkpointing, where the detector has deep parts: less memory for a third more time
  bool mixed_precision = false;  ///< on a GPU: networks/tensors/mixed_precision.h
};

/// A countermeasure. `forward` may be called by several threads at once as long as none trains; training is one
/// thread's work. Waves are float32 [B, T] at 16 kHz in [-1, 1] on device(); T is samples() in the published recipe,
/// and at least shortest(). Errors are cfo::Error sentences.
///
///     auto detector = make_detector("aasist");
///     detector->load(storage::read_checkpoint(file), file.string());
///     at::Tensor scores = detector->forward(waves).logits.select(1, bona_fide_class);
class Detector {
 public:
  virtual ~Detector() = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  const std::string& name() const { return name_; }
  virtual int64_t samples() const = 0;   ///< input length of the published recipe
  virtual int64_t shortest() const = 0;  ///< shortest input that the network can take
  virtual int64_t embedding_size() const = 0;
  virtual std::vector<Task> tasks() const { return {Task::bona_fide}; }

  /// Evaluation mode: running statistics, no dropout, no gradient.
  Output forward(const at::Tensor& wave, const Trace& trace = {}) const;
  /// Training mode: batch statistics (which move the running ones), masks from `dropout`, gradients.
  Output forward_training(const at::Tensor& wave, Dropout& dropout, const TrainingPass& how = {});

  ParameterSet& weights() { return weights_; }
  const ParameterSet& weights() const { return weights_; }
  /// PyTorch's default start values, seeded.
  void initialise(uint64_t seed) { weights_.initialise(seed); }
  /// From tensors by official names, with or without the "module." of torch's DataParallel before all of them; see
  /// ParameterSet::load.
  void load(const TensorMap& tensors, const std::string& origin);
  /// Start values from published weights: of the whole detector, as `load`, or of its front-end alone where it has one.
  /// Throws Error as `load`.
  virtual void start_from(const TensorMap& tensors, const std::string& origin) { load(tensors, origin); }
  TensorMap state() const { return weights_.state(); }
  c10::Device device() const { return weights_.device(); }

 protected:
  Detector(std::string name, c10::Device device) : weights_(device), name_(std::move(name)) {}
  virtual Output run(const at::Tensor& wave, const Pass& pass) const = 0;
  ParameterSet weights_;

 private:
  void check(const at::Tensor& wave) const;
  std::string name_;
};

/// A network and how it is made. It gives the detector NAME, and NAME_TYPE for each type of source tracing (tasks.h)
/// where the network has a branch for each task.
///
/// A folder detectors/NAME gives the list of networks its own: its file NAME.cpp defines
///
///     std::vector<Network> NAME_networks() { return {network<Name>("name", NameConfig{})}; }
///
/// The build finds the folders by listing: no table names them. See docs/add-a-detector.md.
struct Network {
  std::string name;
  bool traces_sources = false;  ///< false: it has no branches, and `make` is called with none
  /// `name` is the detector's whole name, `branches` the tasks of its type of source tracing (none: detection alone).
  std::function<std::unique_ptr<Detector>(const std::string& name, const std::vector<Task>& branches, c10::Device)>
      make;
};

/// The network of a class whose constructor takes a name, a configuration and a device. It traces sources when the
/// configuration has `branches`.
template <typename Kind, typename Config>
Network network(const std::string& name, const Config& config) {
  constexpr bool traces_sources = requires { config.branches; };
  return {
      name, traces_sources,
      [config](const std::string& full_name, [[maybe_unused]] const std::vector<Task>& branches, c10::Device device) {
        Config complete = config;
        if constexpr (traces_sources) complete.branches = branches;
        return std::make_unique<Kind>(full_name, complete, device);
      }};
}

}  // namespace cfo::detectors
