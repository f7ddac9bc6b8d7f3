// What the checks of detectors share: recorded masks, and parameters and gradients in the order of a record.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nodes/networks/detectors/detector.h"
#include "tests/golden_check/stages.h"

namespace cfo::golden {

// Gradients pass six batch-normalised blocks twice: float32 rounding alone moves the small ones by parts in ten
// thousand.
constexpr double gradient_tolerance = 1e-3;

/// The first `samples` of a wave [T], repeated where it is shorter: [samples].
at::Tensor fitted(const at::Tensor& wave, int64_t samples);

/// Seeded weights of a detector from a manifest's rows; what has no row (step counters of batch norms) stays as it is.
TensorMap seeded_state(const detectors::Detector& detector, const nlohmann::json& rows, uint64_t seed);

/// Gives the masks that the record's rule fills in, call by call.
class RecordedDropout : public detectors::Dropout {
 public:
  explicit RecordedDropout(const nlohmann::json& manifest)
      : calls_(manifest.at("dropout_calls")), seed_(manifest.at("seed")) {}
  at::Tensor drop(const at::Tensor& x, double p, std::string_view module) override;
  bool finished() const { return next_ == calls_.size(); }

 private:
  nlohmann::json calls_;
  uint64_t seed_;
  std::size_t next_ = 0;
};

/// The tensors of a manifest's list of names or [name, shape], flattened one after the other: float64.
at::Tensor concatenated(const nlohmann::json& order, const std::function<at::Tensor(const std::string&)>& tensor);

at::Tensor parameter_named(const detectors::Detector& detector, const std::string& name);
int64_t parameter_count(const detectors::Detector& detector);

/// L2 norm of each parameter's gradient in that order, -1 where it has none.
at::Tensor gradient_norms(const detectors::Detector& detector, const nlohmann::json& order);
/// The first `head` values of each gradient, zeros where there is none.
at::Tensor gradient_heads(const detectors::Detector& detector, const nlohmann::json& order, int64_t head);

/// Buffers of a detector against the recorded list `name`. Running statistics and step counters apart: the counters are
/// thousands of times as large.
void check_buffers(Stages& stages, const std::string& name, const detectors::Detector& detector,
                   const nlohmann::json& order);

}  // namespace cfo::golden
