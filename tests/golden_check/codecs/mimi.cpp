#include "nodes/networks/codecs/mimi/mimi.h"

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// What lies between the wave and the latent, and between the quantized latent and the audio.
void check_inside(CodecStages& stages, const codecs::Mimi& mimi) {
  const auto fed = [&](const std::string& name) { return stages.fed(name).unsqueeze(0); };
  if (stages.has("encoder_seanet")) stages.floats("encoder_seanet", mimi.encoder_seanet(stages.wave()).squeeze(0));
  if (stages.has("encoder_transformer")) {
    stages.floats("encoder_transformer", mimi.encoder_transformer(fed("encoder_seanet")).squeeze(0));
  }
  if (stages.has("upsampled")) stages.floats("upsampled", mimi.upsampled(fed("quantized")).squeeze(0));
  if (stages.has("decoder_transformer")) {
    stages.floats("decoder_transformer", mimi.decoder_transformer(fed("upsampled")).squeeze(0));
  }
}

/// All codebooks of the file.
void check_all_codebooks(CodecStages& stages, codecs::Card card) {
  card.codebooks = stages.recorded("codes_32").size(0);
  const auto& record = stages.record();
  const tensors::WeightScope weights(fill_weights(record.manifest.at("weights"), record.manifest.at("seed")),
                                     record.folder.string());
  const codecs::Mimi mimi(card, weights);
  stages.codes(
      "codes_32",
      mimi.quantize({stages.fed("latent").unsqueeze(0), stages.wave().size(2), {}}).streams.front().squeeze(0));
}

/// An utterance longer than the attention's window; only the ends of latent and audio are recorded.
void check_long(CodecStages& stages, const codecs::Codec& codec) {
  constexpr double int16_scale = 32768;
  const auto wave = stages.recorded("long_input").to(at::kFloat).div(int16_scale).view({1, 1, -1});
  const auto tail = [&](const std::string& name, const at::Tensor& x) {
    stages.floats(name, x.slice(-1, x.size(-1) - stages.recorded(name).size(-1)));
  };
  const auto latent = codec.encode(wave);
  if (stages.has("long_latent_tail")) tail("long_latent_tail", latent.values.squeeze(0));
  stages.codes("long_codes", codec.quantize(latent).streams.front().squeeze(0));
  if (!stages.has("long_audio_tail")) return;
  const auto audio = codec.decode({{stages.fed("long_codes").unsqueeze(0)}, wave.size(2), {}});
  tail("long_audio_tail", audio.flatten());
}

}  // namespace

void check_mimi(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  check_inside(stages, dynamic_cast<const codecs::Mimi&>(codec));
  if (stages.has("codes_32")) check_all_codebooks(stages, codec.card());
  if (stages.has("long_input")) check_long(stages, codec);
}

}  // namespace cfo::golden
