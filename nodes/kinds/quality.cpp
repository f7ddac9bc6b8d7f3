// quality: how natural speech sounds, as listeners would say.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "nodes/kinds/kinds.h"
#include "nodes/kinds/shared/fields.h"
#include "nodes/kinds/shared/speeds.h"
#include "nodes/networks/quality/sinc_resample.h"
#include "nodes/networks/quality/utmos.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/weights/model_card.h"
#include "nodes/weights/store.h"
#include "storage/audio/audio.h"
#include "storage/checkpoint/checkpoint.h"

namespace cfo::kinds {
namespace {

/// graphs/models/utmos22_strong.yaml
const std::vector<codecs::WeightFile>& utmos_files() { return weights::find_model_card("utmos22_strong").weights; }

std::string why_no_utmos() {
  const std::string missing = weights::why_missing(utmos_files(), "utmos22_strong");
  return missing.empty() ? "" : "the UTMOS weights are " + missing;
}

const std::vector<std::string> split_choices = {"train", "validation", "eval", "all"};

quality::Utmos load_utmos(c10::Device device) {
  if (const auto missing = why_no_utmos(); !missing.empty()) throw Error(missing);
  const auto& file = utmos_files().front();
  weights::require_published(file);
  const auto path = weights::weight_path(file);
  return {tensors::WeightScope(storage::read_checkpoint(path), path.string()).on(device), quality::utmos22_strong()};
}

/// Whether the speech of this unit is to be scored.
bool is_scored(const engine::Parameters& parameters) {
  const auto& splits = parameters.texts("splits");
  return std::find(splits.begin(), splits.end(), parameters.text("split")) != splits.end();
}

std::vector<std::string> lacks(const engine::Parameters& parameters) {
  const auto missing = is_scored(parameters) ? why_no_utmos() : "";
  if (missing.empty()) return {};
  return {missing};
}

/// Speech that is passed on without a score.
class Unscored : public engine::Node {
 public:
  void process(std::span<engine::Work> batch) override {
    for (auto& work : batch) work.output.set(fields::utmos, {std::numeric_limits<double>::quiet_NaN()});
  }
};

class Quality : public engine::Node {
 public:
  explicit Quality(const std::string& device)
      : device_(tensors::parse_device(device)),
        utmos_(load_utmos(device_)),
        digest_(weights::content_digest(weights::weight_path(utmos_files().front()))) {}

  /// One by one: UTMOS has no padding mask, so that utterances of different lengths cannot share a call.
  void process(std::span<engine::Work> batch) override {
    const tensors::Inference inference;
    for (auto& work : batch) work.output.set(fields::utmos, {score(work.inputs.front()->get(fields::audio)), digest_});
  }

 private:
  double score(const storage::Audio& audio) const {
    if (audio.samples.empty()) throw Error("the audio is empty");
    const auto wave = at::tensor(audio.samples).unsqueeze(0).to(device_);
    const double score =
        utmos_.score(quality::sinc_resample(wave, audio.sample_rate, quality::Utmos::sample_rate)).item<double>();
    if (!std::isfinite(score))
      throw Error("the quality score is not a finite number; check the audio and the UTMOS weights");
    return score;
  }

  c10::Device device_;
  quality::Utmos utmos_;
  std::string digest_;  ///< of the weights
};

}  // namespace

engine::Kind quality_kind() {
  return {.name = "quality",
          .summary = "naturalness of speech as listeners would score it (UTMOS, 1 to 5), as the number utmos",
          .role = engine::Role::transform,
          .ports = {{.name = "in", .reads = {fields::audio}}},
          .writes = {fields::utmos},
          .parameters = {{.name = "split",
                          .type = engine::Type::text,
                          .summary = "the split that the speech is of",
                          .default_value = engine::Value("all"),
                          .choices = split_choices},
                         {.name = "splits",
                          .type = engine::Type::texts,
                          .summary = "which splits to score; speech of others is stored without a score (NaN)",
                          .default_value = engine::Value(split_choices)}},
          .uses_device = true,
          .cost = [](const engine::Parameters& parameters,
                     const std::vector<engine::Parameters>&) { return is_scored(parameters) ? quality_cost() : 0; },
          .lacks = lacks,
          .fingerprint =
              [](const engine::Parameters& parameters) {
                return is_scored(parameters) ? weights::files_fingerprint(utmos_files()) : std::string();
              },
          .make = [](const engine::NodeContext& context) -> std::unique_ptr<engine::Node> {
            if (!is_scored(context.parameters)) return std::make_unique<Unscored>();
            return std::make_unique<Quality>(context.device);
          }};
}

}  // namespace cfo::kinds
