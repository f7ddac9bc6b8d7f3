// FACodec, version 2 (Ju et al. 2024, "NaturalSpeech 3: Zero-Shot Speech Synthesis with Factorized Codec and Diffusion
// Models"; open-mmlab/Amphion, models/codec/ns3_codec/facodec.py): DAC's shape with anti-aliased activations around
// three quantizers, and a speaker vector.
#include <numeric>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/facodec/conv_transformer.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/layers/spectra/mel.h"
#include "nodes/networks/tensors/compute.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

layers::MelOptions mel_options(const Card& card) {
  const auto mel = Config(card).section("prosody_mel");
  return {.sample_rate = card.sample_rate,
          .n_fft = mel.get<int64_t>("n_fft"),
          .hop = card.hop,
          .window = mel.get<int64_t>("window"),
          .bands = mel.get<int64_t>("bands"),
          .kept = mel.get<int64_t>("used_bands"),
          .lowest = mel.get<double>("lowest_hz"),
          .highest = mel.get<double>("highest_hz")};
}

ConvTransformerOptions transformer_options(const Config& config) {
  const auto transformer = config.section("transformer");
  return {.layers = transformer.get<int64_t>("layers"),
          .width = config.get<int64_t>("latent"),
          .heads = transformer.get<int64_t>("heads"),
          .inner = transformer.get<int64_t>("inner"),
          .kernel = transformer.get<int64_t>("kernel")};
}

/// The quantizers of prosody, content and residual.
std::vector<layers::ResidualVq> quantizers(const Card& card, const tensors::WeightScope& scope) {
  const Config config(card);
  const auto books = config.get<std::vector<int64_t>>("books");
  constexpr std::size_t streams = 3;
  if (books.size() != streams || std::accumulate(books.begin(), books.end(), int64_t{0}) != card.codebooks) {
    throw Error("{}: books needs {} numbers (prosody, content, residual) that make {} together", config.where(),
                streams, card.codebooks);
  }
  std::vector<layers::ResidualVq> made;
  for (std::size_t s = 0; s < streams; ++s) {
    made.emplace_back(factorised_codebooks(card, scope / static_cast<int64_t>(s) / "layers", books[s], "_codebook"));
  }
  return made;
}

class FaCodec final : public Codec {
 public:
  FaCodec(const Card& card, const tensors::WeightScope& weights)
      : Codec(card),
        strides_(Config(card).get<std::vector<int64_t>>("strides")),
        shortest_((mel_options(card).n_fft - card.hop) / 2 + 1),
        encoder_(weights, dac_encoder_options(Config(card))),
        mel_(weights / "mel_transform", mel_options(card)),
        mel_linear_(weights / "melspec_linear",
                    {.in = mel_options(card).kept, .out = Config(card).get<int64_t>("latent")}),
        mel_encoder_(weights / "melspec_encoder", transformer_options(Config(card))),
        quantizers_(quantizers(card, weights / "quantizer")),
        speaker_encoder_(weights / "timbre_encoder", transformer_options(Config(card))),
        style_(weights / "timbre_linear",
               {.in = Config(card).get<int64_t>("latent"), .out = 2 * Config(card).get<int64_t>("latent")}),
        decoder_(weights, dac_decoder_options(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, shortest_);
    const int64_t samples = wave.size(2), hop = card().hop, rest = samples % hop;
    const bool short_mel = encoder_frames(samples, strides_) > samples / hop;
    const auto filled = short_mel ? layers::pad(wave, 0, hop - rest, layers::PadMode::zero) : wave;
    const auto feature = mel_(filled);
    const auto prosody = mel_encoder_(mel_linear_(feature.transpose(1, 2))).transpose(1, 2);
    return {encoder_(filled), samples, {{"prosody_feature", feature}, {"prosody_latent", prosody}}};
  }

  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    const auto prosody = quantizers_[0].encode(extra(card(), latent.extras, "prosody_latent"));
    const auto content = quantizers_[1].encode(latent.values);
    const auto rest = latent.values - quantizers_[0].decode(prosody).add_(quantizers_[1].decode(content));
    const auto speaker = speaker_encoder_(latent.values.transpose(1, 2)).mean(1);
    return {{at::cat({prosody, content, quantizers_[2].encode(rest)}, 1)},
            latent.samples,
            {{"speaker", speaker}},
            latent.seeds};
  }

  Latent dequantize(const Codes& codes) const override {
    const tensors::Inference inference;
    check_streams(card(), codes);
    const auto& books = codes.streams.front();
    if (books.size(1) < 1 || books.size(1) > card().codebooks) {
      throw Error("codec '{}' takes codes of 1 to {} books but got {}", card().name, card().codebooks, books.size(1));
    }
    at::Tensor sum;
    int64_t first = 0;
    for (const auto& quantizer : quantizers_) {
      const int64_t count = std::min(quantizer.size(), books.size(1) - first);
      if (count <= 0) break;
      const auto part = quantizer.decode(books.narrow(1, first, count));
      sum = sum.defined() ? sum.add_(part) : part;
      first += count;
    }
    return {sum, codes.samples, codes.extras, codes.seeds};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const auto style = style_(extra(card(), quantized.extras, "speaker")).unsqueeze(1).chunk(2, 2);
    auto x = at::layer_norm(quantized.values.transpose(1, 2), {quantized.values.size(1)});
    x.mul_(style[0]).add_(style[1]);
    return decoder_(x.transpose(1, 2));
  }

 private:
  std::vector<int64_t> strides_;
  int64_t shortest_;  ///< samples
  layers::DacEncoder encoder_;
  layers::LogMel mel_;
  layers::Linear mel_linear_;
  ConvTransformer mel_encoder_;
  std::vector<layers::ResidualVq> quantizers_;
  ConvTransformer speaker_encoder_;
  layers::Linear style_;
  layers::DacDecoder decoder_;
};

/// Latent [B, latent, F] with extras "prosody_feature" [B, mel bands, F] and "prosody_latent" [B, latent, F], the
/// prosody quantizer's input; F = T / hop rounded down. Codes [B, K, F], first the prosody's books, then the content's,
/// then the residual's, and "speaker" [B, latent], the mean over all of the utterance. Decoding takes the first K books
/// too: without the residual's is what the official README does for voice conversion. Audio untrimmed, F * hop samples.
/// Where the last hop lacks so little that the official encoder makes a frame of it but its mel does not, the official
/// code stops; here the wave is filled up with zeros, as the authors' demo does. Tensors are those of the encoder's and
/// the decoder's file together. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_facodec(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<FaCodec>(card, weights);
}

}  // namespace

std::vector<Family> facodec_families() { return {{"facodec", make_facodec}}; }

}  // namespace cfo::codecs
