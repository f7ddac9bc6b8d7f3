// The record of UTMOS: two utterances, at 16 kHz and at a rate that is resampled first.
#include "nodes/networks/quality/utmos.h"

#include "base/error.h"
#include "nodes/networks/quality/sinc_resample.h"
#include "tests/golden_check/codecs/codec.h"

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
void check_case(CodecStages& stages, const nlohmann::json& row, const quality::Utmos& utmos) {
  const auto group = group_of(row);
  const int64_t rate = row.at("sample_rate");
  auto wave = stages.recorded(group + "input").view({1, -1});
  if (rate != quality::Utmos::sample_rate) {
    stages.floats(group + "resampled_16k", quality::sinc_resample(wave, rate, quality::Utmos::sample_rate).flatten());
    wave = stages.fed(group + "resampled_16k").view({1, -1});
  }
  const auto& encoder = utmos.encoder();
  stages.floats(group + "conv_features", encoder.features(wave.unsqueeze(1)).squeeze(0));
  const auto states = encoder.hidden_states(wave.unsqueeze(1));
  if (stages.has(group + "layer_0")) stages.floats(group + "layer_0", states.at(1).squeeze(0));
  stages.floats(group + "wav2vec2", states.back().squeeze(0));
  auto recurrent = utmos.recurrent(stages.fed(group + "wav2vec2").unsqueeze(0));
  if (stages.has(group + "blstm")) {
    stages.floats(group + "blstm", recurrent.squeeze(0));
    recurrent = stages.fed(group + "blstm").unsqueeze(0);
  }
  stages.floats(group + "frame_scores", utmos.frame_scores(recurrent).squeeze(0));
  stages.floats(group + "score", utmos.score(wave));
}

}  // namespace

std::vector<Stage> check_utmos(const Record& full) {
  const Record record = without_pad_frames(full);
  const tensors::WeightScope weights(fill_weights(record.manifest.at("weights"), record.manifest.at("seed")),
                                     (record.folder / "manifest.json").string());
  const quality::Utmos utmos(weights, quality::utmos22_strong());
  CodecStages stages(record);
  for (const auto& row : record.manifest.at("cases")) check_case(stages, row, utmos);
  auto results = stages.take();
  for (const auto& name : weights.unused()) {
    if (!quality::is_unused_in_utmos(name))
      results.push_back({name, "a tensor of the checkpoint that was not used; build it in", false});
  }
  return results;
}

}  // namespace cfo::golden
