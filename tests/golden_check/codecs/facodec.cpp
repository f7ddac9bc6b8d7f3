#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

codecs::Codes first_books(const codecs::Codes& codes, int64_t count) {
  auto fewer = codes;
  fewer.streams.front() = codes.streams.front().narrow(1, 0, count);
  return fewer;
}

/// Each quantizer's part of the sum.
void check_streams(CodecStages& stages, const codecs::Codec& codec, const codecs::Codes& codes, int64_t prosody,
                   int64_t content) {
  const auto one = codec.dequantize(first_books(codes, prosody)).values;
  const auto two = codec.dequantize(first_books(codes, prosody + content)).values;
  const auto all = codec.dequantize(codes).values;
  stages.floats("quantized_prosody", one.squeeze(0));
  stages.floats("quantized_content", (two - one).squeeze(0));
  stages.floats("quantized_residual", (all - two).squeeze(0));
  stages.floats("quantized", all.squeeze(0));
}

}  // namespace

/// The pipeline with prosody and speaker beside it, and the audio of the codes, with and without those of the residual.
void check_facodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto wave = stages.wave();
  const int64_t samples = wave.size(2);
  const auto books = codecs::Config(codec.card()).get<std::vector<int64_t>>("books");
  const auto prosody = books.at(0), content = books.at(1);
  const auto encoded = codec.encode(wave);
  stages.floats("latent", encoded.values.squeeze(0));
  stages.floats("prosody_feature", encoded.extras.at("prosody_feature").squeeze(0));
  stages.floats("prosody_latent", encoded.extras.at("prosody_latent").squeeze(0));
  const auto found = codec.quantize(
      {stages.fed("latent").unsqueeze(0), samples, {{"prosody_latent", stages.fed("prosody_latent").unsqueeze(0)}}});
  stages.codes("codes", found.streams.front().squeeze(0), "code_margin");
  stages.floats("spk_emb", found.extras.at("speaker").squeeze(0));
  const auto speaker = stages.fed("spk_emb").unsqueeze(0);
  const codecs::Codes codes = {{stages.fed("codes").unsqueeze(0)}, samples, {{"speaker", speaker}}};
  check_streams(stages, codec, codes, prosody, content);
  stages.floats("audio",
                codec.synthesize({stages.fed("quantized").unsqueeze(0), samples, {{"speaker", speaker}}}).flatten());
  stages.floats("audio_from_codes", codec.decode(codes).flatten());
  stages.floats("audio_no_residual", codec.decode(first_books(codes, prosody + content)).flatten());
}

}  // namespace cfo::golden
