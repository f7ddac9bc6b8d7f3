#include "nodes/networks/codecs/mimi/mimi.h"

#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// What lies between the wave and the latent, and between the quantized latent and the audio.
void check_inside(CodecStages& stages, const codecs::Mimi& mimi) {
  const auto fed = [&](const std::string& name) { return stages.fed(name).unsqueeze(0); };
  stages.floats("encoder_seanet", [&] { return mimi.encoder_seanet(stages.wave()).squeeze(0); });
  stages.floats("encoder_transformer", [&] { return mimi.encoder_transformer(fed("encoder_seanet")).squeeze(0); });
  stages.floats("upsampled", [&] { return mimi.upsampled(fed("quantized")).squeeze(0); });
  stages.floats("decoder_transformer", [&] { return mimi.decoder_transformer(fed("upsampled")).squeeze(0); });
}

/// All codebooks of the file.
void check_all_codebooks(CodecStages& stages, codecs::Card card) {
  stages.codes("codes_32", [&] {
    card.codebooks = stages.recorded("codes_32").size(0);
    return stages.variant(card)->quantize(stages.latent("latent")).streams.front().squeeze(0);
  });
}

/// An utterance longer than the attention's window; only the ends of latent and audio are recorded.
void check_long(CodecStages& stages, const codecs::Codec& codec) {
  if (!stages.has_any({"long_latent_tail", "long_codes", "long_audio_tail"})) return;
  const auto wave = [&] {
    constexpr double int16_scale = 32768;
    return stages.recorded("long_input").to(at::kFloat).div(int16_scale).view({1, 1, -1});
  };
  const auto tail = [&](const std::string& name, const at::Tensor& x) {
    return x.slice(-1, x.size(-1) - stages.recorded(name).size(-1));
  };
  const Once<codecs::Latent> latent([&] { return codec.encode(wave()); });
  stages.floats("long_latent_tail", [&] { return tail("long_latent_tail", latent->values.squeeze(0)); });
  stages.codes("long_codes", [&] { return codec.quantize(*latent).streams.front().squeeze(0); });
  stages.floats("long_audio_tail", [&] {
    const auto codes = stages.fed("long_codes").unsqueeze(0);
    return tail("long_audio_tail", codec.decode({{codes}, wave().size(2), {}}).flatten());
  });
}

}  // namespace

void check_mimi(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  check_inside(stages, dynamic_cast<const codecs::Mimi&>(codec));
  check_all_codebooks(stages, codec.card());
  check_long(stages, codec);
}

}  // namespace cfo::golden
