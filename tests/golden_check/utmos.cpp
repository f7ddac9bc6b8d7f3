// The record of UTMOS: two utterances, at 16 kHz and at a rate that is resampled first.
#include "nodes/networks/quality/utmos.h"

#include "base/error.h"
#include "nodes/networks/quality/sinc_resample.h"
#include "nodes/networks/tensors/weight_scope.h"
#include "tests/golden_check/stages.h"

namespace cfo::golden {
namespace {

std::string group_of(const nlohmann::json& row) { return "case" + std::to_string(row.at("case").get<int64_t>()) + "/"; }

/// The official encoder pads an odd number of frames by one that no other frame attends to: its row is cut off, since
/// nothing comes of it.
Record without_pad_frames(Record record) {
  for (const auto& row : record.manifest.at("cases")) {
    const auto found = record.arrays.find(group_of(row) + "layer_0");
    if (found != record.arrays.end()) found->second = found->second.narrow(0, 0, row.at("frames"));
  }
  return record;
}

/// The stages of one recorded utterance.
void check_case(Stages& stages, const nlohmann::json& row, const quality::Utmos& utmos) {
  const auto group = group_of(row);
  const int64_t rate = row.at("sample_rate");
  const bool resampled = rate != quality::Utmos::sample_rate;
  if (resampled) {
    stages.floats(group + "resampled_16k", [&] {
      const auto wave = stages.recorded(group + "input").view({1, -1});
      return quality::sinc_resample(wave, rate, quality::Utmos::sample_rate).flatten();
    });
  }
  const auto wave = [&] { return stages.fed(group + (resampled ? "resampled_16k" : "input")).view({1, -1}); };
  const auto& encoder = utmos.encoder();
  stages.floats(group + "conv_features", [&] { return encoder.features(wave().unsqueeze(1)).squeeze(0); });
  const Once<std::vector<at::Tensor>> states([&] { return encoder.hidden_states(wave().unsqueeze(1)); });
  stages.floats(group + "layer_0", [&] { return states->at(1).squeeze(0); });
  stages.floats(group + "wav2vec2", [&] { return states->back().squeeze(0); });
  stages.floats(group + "blstm",
                [&] { return utmos.recurrent(stages.fed(group + "wav2vec2").unsqueeze(0)).squeeze(0); });
  stages.floats(group + "frame_scores",
                [&] { return utmos.frame_scores(stages.fed(group + "blstm").unsqueeze(0)).squeeze(0); });
  stages.floats(group + "score", [&] { return utmos.score(wave()); });
}

}  // namespace

std::vector<Stage> check_utmos(const Record& full) {
  const Record record = without_pad_frames(full);
  const tensors::WeightScope weights(fill_weights(record.manifest.at("weights"), record.manifest.at("seed")),
                                     (record.folder / "manifest.json").string());
  const quality::Utmos utmos(weights, quality::utmos22_strong());
  Stages stages(record);
  for (const auto& row : record.manifest.at("cases")) check_case(stages, row, utmos);
  auto results = stages.take();
  for (const auto& name : weights.unused()) {
    if (!quality::is_unused_in_utmos(name))
      results.push_back({name, "a tensor of the checkpoint that was not used; build it in", false});
  }
  return results;
}

}  // namespace cfo::golden
