#include "nodes/networks/codecs/socodec/socodec.h"

#include <functional>
#include <numeric>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/ssl_options.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

using tensors::WeightScope;
using Numbers = std::vector<int64_t>;

layers::MelOptions mel_options(const Card& card) {
  const auto mel = Config(card).section("mel");
  return {.sample_rate = card.sample_rate,
          .n_fft = mel.get<int64_t>("n_fft"),
          .hop = mel.get<int64_t>("hop"),
          .window = mel.get<int64_t>("window"),
          .bands = mel.get<int64_t>("bands"),
          .kept = mel.get<int64_t>("bands"),
          .lowest = mel.get<double>("lowest_hz"),
          .highest = mel.get<double>("highest_hz")};
}

EcapaOptions speaker_options(const Card& card) {
  const auto speaker = Config(card).section("speaker");
  return {.bands = mel_options(card).bands,
          .out = Config(card).get<int64_t>("width"),
          .channels = speaker.get<Numbers>("channels"),
          .kernels = speaker.get<Numbers>("kernels"),
          .dilations = speaker.get<Numbers>("dilations"),
          .attention = speaker.get<int64_t>("attention"),
          .scale = speaker.get<int64_t>("res2net_scale"),
          .squeezed = speaker.get<int64_t>("squeezed")};
}

/// Of the half whose strides are at `key`.
StagedVqVaeOptions half(const Card& card, std::string_view key) {
  const Config config(card);
  return {.width = config.get<int64_t>("width"),
          .kernel = config.get<int64_t>("kernel"),
          .groups = config.get<int64_t>("residual_groups"),
          .strides = config.get<Numbers>(key)};
}

layers::HifiGanOptions vocoder_options(const Card& card) {
  const auto vocoder = Config(card).section("vocoder");
  layers::HifiGanOptions options;
  options.latent = mel_options(card).bands;
  options.width = vocoder.get<int64_t>("width");
  options.strides = vocoder.get<Numbers>("strides");
  options.kernels = vocoder.get<Numbers>("kernels");
  options.residual_kernels = vocoder.get<Numbers>("residual_kernels");
  options.dilations = vocoder.get<Numbers>("dilations");
  return options;
}

int64_t product(const Numbers& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), int64_t{1}, std::multiplies<>());
}

/// Sizes and dimensions of one group's heads; every group has the same.
struct Heads {
  Numbers sizes, dimensions;
};

Heads heads_of(const Card& card) {
  const Config config(card);
  const Heads heads = {config.get<Numbers>("head_sizes"), config.get<Numbers>("head_dimensions")};
  if (heads.sizes.size() != heads.dimensions.size() || product(heads.sizes) != card.codebook_size) {
    throw Error(
        "{}: head_sizes and head_dimensions need one number a head, and the sizes' product must be the codebook_size "
        "{}",
        config.where(), card.codebook_size);
  }
  return heads;
}

/// Channels of all heads of all groups.
int64_t coded_channels(const Card& card) {
  const auto dimensions = heads_of(card).dimensions;
  return card.codebooks * std::accumulate(dimensions.begin(), dimensions.end(), int64_t{0});
}

ProductVq quantizer(const Card& card, const WeightScope& scope) {
  const auto [sizes, dimensions] = heads_of(card);
  std::vector<layers::EuclideanCodebook> heads;
  for (int64_t group = 0; group < card.codebooks; ++group) {
    for (std::size_t h = 0; h < sizes.size(); ++h) {
      heads.emplace_back((scope / static_cast<int64_t>(heads.size())).take("embed", {sizes[h], dimensions[h]}));
    }
  }
  return ProductVq(std::move(heads), card.codebooks);
}

}  // namespace

SoCodec::SoCodec(const Card& card, const WeightScope& weights)
    : Codec(card),
      lead_in_(Config(card).get<int64_t>("lead_in")),
      semantic_tail_(Config(card).get<int64_t>("semantic_tail")),
      semantic_hop_(product(Config(card).section("hubert").get<Numbers>("conv_strides"))),
      hubert_(weights / "analyzer.ssl_extractor.model", ssl_options(Config(card).section("hubert"))),
      mel_(weights / "analyzer.mel_spectrogram", mel_options(card)),
      speaker_(weights / "analyzer.speaker_encoder", speaker_options(card)),
      encoder_(weights / "analyzer.encoder", Config(card).section("hubert").get<int64_t>("width"),
               half(card, "downsampling")),
      project_in_(weights / "analyzer.quantizer.quantizers.0.project_in",
                  {.in = Config(card).get<int64_t>("width"), .out = coded_channels(card)}),
      quantizer_(quantizer(card, weights / "analyzer.quantizer.quantizers.0._codebook.codebooks")),
      project_out_(weights / "analyzer.quantizer.quantizers.0.project_out",
                   {.in = coded_channels(card), .out = Config(card).get<int64_t>("width")}),
      semantic_decoder_(weights / "analyzer.decoder_1", half(card, "semantic_upsampling")),
      mel_decoder_(weights / "analyzer.decoder_2", half(card, "mel_upsampling")),
      mel_out_(weights / "analyzer.decoder_2.layers" / mel_decoder_.last_layer(),
               {.in = Config(card).get<int64_t>("width"),
                .out = mel_options(card).bands,
                .kernel = Config(card).get<int64_t>("kernel")}),
      vocoder_(weights / "vocoder", vocoder_options(card)) {}

at::Tensor SoCodec::filled(const at::Tensor& wave) const {
  // The official padding to whole tokens looks at the channels' axis, finds 1, and adds one sample less than a token,
  // whatever the length.
  return layers::pad(wave, lead_in_, card().hop - 1, layers::PadMode::zero);
}

at::Tensor SoCodec::semantic_features(const at::Tensor& filled) const {
  const int64_t frames = (filled.size(2) + semantic_hop_ - 1) / semantic_hop_;
  return hubert_(layers::pad(filled, 0, semantic_tail_, layers::PadMode::zero), frames).transpose(1, 2);
}

at::Tensor SoCodec::latent(const at::Tensor& encoder_output) const {
  return project_in_(encoder_output.transpose(1, 2)).transpose(1, 2);
}

at::Tensor SoCodec::semantic_hidden(const at::Tensor& quantized, const at::Tensor& speaker) const {
  return semantic_decoder_(quantized + speaker.unsqueeze(2));
}

at::Tensor SoCodec::predicted_mel(const at::Tensor& hidden, const at::Tensor& speaker) const {
  return mel_out_(mel_decoder_(hidden + speaker.unsqueeze(2)));
}

Latent SoCodec::encode(const at::Tensor& wave) const {
  const tensors::Inference inference;
  check_wave(card(), wave);
  const auto whole = filled(wave);
  return {latent(encoder_output(semantic_features(whole))), wave.size(2), {{"speaker", speaker(mel(whole))}}};
}

Codes SoCodec::quantize(const Latent& latent) const {
  const tensors::Inference inference;
  return {{quantizer_.encode(latent.values)}, latent.samples, latent.extras, latent.seeds};
}

Latent SoCodec::dequantize(const Codes& codes) const {
  const tensors::Inference inference;
  check_streams(card(), codes);
  const auto coded = quantizer_.decode(codes.streams.front());
  return {project_out_(coded.transpose(1, 2)).transpose(1, 2), codes.samples, codes.extras, codes.seeds};
}

at::Tensor SoCodec::synthesize(const Latent& quantized) const {
  const tensors::Inference inference;
  const auto voice = extra(card(), quantized.extras, "speaker");
  return vocode(predicted_mel(semantic_hidden(quantized.values, voice), voice));
}

std::unique_ptr<Codec> make_socodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<SoCodec>(card, weights);
}

std::vector<Family> socodec_families() { return {{"socodec", make_socodec}}; }

}  // namespace cfo::codecs
