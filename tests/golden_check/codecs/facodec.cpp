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
void check_streams(CodecStages& stages, const codecs::Codec& codec, int64_t prosody, int64_t content) {
  const auto sum = [&](int64_t books) {
    return codec.dequantize(first_books(stages.coded("codes"), books)).values.squeeze(0);
  };
  const int64_t both = prosody + content, all = codec.card().codebooks;
  stages.floats("quantized_prosody", [&] { return sum(prosody); });
  stages.floats("quantized_content", [&] { return sum(both) - sum(prosody); });
  stages.floats("quantized_residual", [&] { return sum(all) - sum(both); });
  stages.floats("quantized", [&] { return sum(all); });
}

}  // namespace

/// The pipeline with prosody and speaker beside it, and the audio of the codes, with and without those of the residual.
void check_facodec(CodecStages& stages, const codecs::Codec& codec) {
  const auto books = codecs::Config(codec.card()).get<std::vector<int64_t>>("books");
  const auto prosody = books.at(0), content = books.at(1);
  const Once<codecs::Latent> encoded([&] { return codec.encode(stages.wave()); });
  stages.floats("latent", [&] { return encoded->values.squeeze(0); });
  stages.floats("prosody_feature", [&] { return encoded->extras.at("prosody_feature").squeeze(0); });
  stages.floats("prosody_latent", [&] { return encoded->extras.at("prosody_latent").squeeze(0); });
  const Once<codecs::Codes> found([&] {
    return codec.quantize(stages.latent("latent", {{"prosody_latent", stages.fed("prosody_latent").unsqueeze(0)}}));
  });
  stages.codes(
      "codes", [&] { return found->streams.front().squeeze(0); }, "code_margin");
  stages.floats("spk_emb", [&] { return found->extras.at("speaker").squeeze(0); });
  check_streams(stages, codec, prosody, content);
  const auto speaker = [&] { return CodecStages::Extras{{"speaker", stages.fed("spk_emb").unsqueeze(0)}}; };
  stages.floats("audio", [&] { return codec.synthesize(stages.latent("quantized", speaker())).flatten(); });
  stages.floats("audio_from_codes", [&] { return codec.decode(stages.coded("codes", speaker())).flatten(); });
  stages.floats("audio_no_residual", [&] {
    return codec.decode(first_books(stages.coded("codes", speaker()), prosody + content)).flatten();
  });
}

}  // namespace cfo::golden
