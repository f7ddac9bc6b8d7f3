#include "nodes/networks/codecs/xcodec/xcodec.h"

#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/dac/dac_codec.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/seanet/seanet_codec.h"
#include "nodes/networks/codecs/ssl_options.h"

namespace cfo::codecs {
namespace {

/// The decoder runs the strides in the encoder's order, and its audio is not squeezed into [-1, 1].
layers::DacOptions decoder_options(const Config& config) {
  auto options = dac_decoder_options(config);
  options.strides = config.get<std::vector<int64_t>>("strides");
  options.whole_upsampling = true;
  options.bounded = false;
  return options;
}

SemanticEncoderOptions semantic_options(const Config& config) {
  const auto semantic = config.section("semantic_encoder");
  return {.in = config.section("hubert").get<int64_t>("width"),
          .width = semantic.get<int64_t>("width"),
          .kernel = semantic.get<int64_t>("kernel"),
          .unit_kernel = semantic.get<int64_t>("unit_kernel"),
          .dilations = semantic.get<std::vector<int64_t>>("dilations"),
          .widths = semantic.get<std::vector<int64_t>>("widths"),
          .strides = semantic.get<std::vector<int64_t>>("strides")};
}

layers::Linear prior(const Config& config, const tensors::WeightScope& scope) {
  const auto semantic = semantic_options(config);
  const int64_t semantic_width = semantic.widths.empty() ? semantic.width : semantic.widths.back();
  return layers::Linear(
      scope, {.in = config.get<int64_t>("latent") + semantic_width, .out = config.get<int64_t>("dimension")});
}

/// A linear layer over the channels of x [B, C, F].
at::Tensor over_channels(const layers::Linear& linear, const at::Tensor& x) {
  return linear(x.transpose(1, 2)).transpose(1, 2);
}

}  // namespace

XCodec::XCodec(const Card& card, const tensors::WeightScope& weights)
    : OneStreamCodec(card, euclidean_codebooks(card, weights / "quantizer")),
      input_scale_(Config(card).get<double>("input_scale")),
      edge_padding_(Config(card).get<int64_t>("edge_padding")),
      strides_(Config(card).get<std::vector<int64_t>>("strides")),
      encoder_(weights / "encoder", dac_encoder_options(Config(card))),
      hubert_(weights / "semantic_model", ssl_options(Config(card).section("hubert"))),
      semantic_encoder_(weights / "encoder_semantic", semantic_options(Config(card))),
      prior_(prior(Config(card), weights / "fc_prior")),
      posterior_(weights / "fc_post2",
                 {.in = Config(card).get<int64_t>("dimension"), .out = Config(card).get<int64_t>("latent")}),
      decoder_(weights / "decoder_2", decoder_options(Config(card))) {}

Latent XCodec::encode(const at::Tensor& wave) const {
  const tensors::Inference inference;
  check_wave(card(), wave, std::max(shortest_encoded(strides_), hubert_.shortest() - 2 * edge_padding_));
  return {joined(acoustic_encoded(wave), semantic_encoded(semantic_features(wave))), wave.size(2), {}};
}

at::Tensor XCodec::synthesize(const Latent& quantized) const {
  const tensors::Inference inference;
  return decoder_(decoder_input(quantized.values));
}

at::Tensor XCodec::scaled(const at::Tensor& wave) const { return input_scale_ < 1 ? wave * input_scale_ : wave; }

at::Tensor XCodec::padded(const at::Tensor& wave) const {
  return layers::pad(scaled(wave), edge_padding_, edge_padding_, layers::PadMode::zero);
}

at::Tensor XCodec::semantic_features(const at::Tensor& wave) const {
  const tensors::Inference inference;
  return hubert_.mean_hidden_state(padded(wave)).transpose(1, 2);
}

at::Tensor XCodec::semantic_encoded(const at::Tensor& features) const {
  const tensors::Inference inference;
  return semantic_encoder_(features);
}

/// Of the wave as it is, or, where that makes another number of frames than HuBERT gives, of the wave that HuBERT saw.
at::Tensor XCodec::acoustic_encoded(const at::Tensor& wave) const {
  const tensors::Inference inference;
  const int64_t samples = wave.size(2), frames = hubert_.frames(samples + 2 * edge_padding_);
  return encoder_(encoder_frames(samples, strides_) == frames ? scaled(wave) : padded(wave));
}

at::Tensor XCodec::joined(const at::Tensor& acoustic, const at::Tensor& semantic) const {
  const tensors::Inference inference;
  return over_channels(prior_, at::cat({acoustic, semantic}, 1));
}

at::Tensor XCodec::decoder_input(const at::Tensor& quantized) const {
  const tensors::Inference inference;
  return over_channels(posterior_, quantized);
}

std::unique_ptr<Codec> make_xcodec(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<XCodec>(card, weights);
}

std::vector<Family> xcodec_families() { return {{"xcodec", make_xcodec}}; }

}  // namespace cfo::codecs
