#include <yaml-cpp/yaml.h>

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/make/make_codec.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// The same codec by another script: what its encoder and decoder have heard before, in samples, and nothing cut.
std::unique_ptr<codecs::Codec> primed(const Record& record, codecs::Card card, int64_t encoder, int64_t decoder) {
  auto config = YAML::Clone(*card.config);
  config["priming"]["encoder"] = encoder;
  config["priming"]["decoder"] = decoder;
  config["trim"] = false;
  card.config = std::make_shared<const YAML::Node>(config);
  const tensors::WeightScope weights(fill_weights(record.manifest.at("weights"), record.manifest.at("seed")),
                                     record.folder.string());
  return codecs::make_codec(card, weights);
}

/// Codec-SUPERB: the encoder is new for every file, the decoder is as it was loaded.
void check_superb(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  stages.floats("superb_latent", codec.encode(wave).values.squeeze(0));
  stages.codes("superb_codes",
               codec.quantize({stages.fed("superb_latent").unsqueeze(0), samples, {}}).streams.front().squeeze(0),
               "superb_code_margin");
  stages.floats("superb_quantized",
                codec.dequantize({{stages.fed("superb_codes").unsqueeze(0)}, samples, {}}).values.squeeze(0));
  stages.floats("superb_audio", codec.synthesize({stages.fed("superb_quantized").unsqueeze(0), samples, {}}).flatten());
  const auto half = codec.quantize(codec.encode(wave.narrow(2, 0, samples / 2)));
  stages.codes("superb_second_codes", half.streams.front().squeeze(0));
}

}  // namespace

/// The demo's pipeline, and the two other states to begin in. superb_second_audio is left out: it depends on the file
/// decoded before.
void check_audiodec(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  const auto loaded = codecs::Config(codec.card()).section("priming").get<int64_t>("decoder");
  check_superb(stages, *primed(stages.record(), codec.card(), 0, loaded));
  const auto reset = primed(stages.record(), codec.card(), 0, 0);
  const auto codes = stages.recorded("superb_codes").unsqueeze(0);
  stages.floats("zero_state_audio", reset->decode({{codes}, stages.wave().size(2), {}}).flatten());
}

}  // namespace cfo::golden
