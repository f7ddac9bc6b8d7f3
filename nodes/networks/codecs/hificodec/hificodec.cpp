// HiFi-Codec (Yang et al. 2023, "HiFi-Codec: Group-residual Vector quantization for High Fidelity Audio Codec";
// yangdongchao/AcademiCodec) and TiCodec (Ren et al. 2024, "Fewer-token Neural Speech Codec with Time-invariant Codes";
// y-ren16/TiCodec), which adds a time-invariant branch.
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/hificodec/global_encoder.h"
#include "nodes/networks/codecs/hificodec/grouped_quantizer.h"
#include "nodes/networks/codecs/one_stream_codec.h"
#include "nodes/networks/layers/backbones/hifigan.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

using tensors::WeightScope;

layers::HifiGanOptions network(const Config& config) {
  layers::HifiGanOptions options;
  options.latent = config.get<int64_t>("latent");
  options.width = config.get<int64_t>("width");
  options.strides = config.get<std::vector<int64_t>>("strides");
  options.kernels = config.get<std::vector<int64_t>>("kernels");
  options.residual_kernels = config.get<std::vector<int64_t>>("residual_kernels");
  options.dilations = config.get<std::vector<int64_t>>("dilations");
  return options;
}

layers::EuclideanCodebook codebook(const WeightScope& scope, int64_t size, int64_t dimension) {
  return layers::EuclideanCodebook((scope / "embedding").take("weight", {size, dimension}));
}

/// Codebook g of residual layer 0 lies at quantizer_modules.<g>, of layer 1 at quantizer_modules2.<g>, and so on.
GroupedResidualVq frame_quantizer(const Card& card, const WeightScope& scope) {
  const Config config(card);
  const int64_t groups = config.get<int64_t>("groups"), dimension = config.get<int64_t>("latent") / groups;
  std::vector<layers::ResidualVq> made;
  for (int64_t g = 0; g < groups; ++g) {
    std::vector<layers::EuclideanCodebook> codebooks;
    for (int64_t layer = 0; layer < card.codebooks / groups; ++layer) {
      const auto place = layer == 0 ? std::string("quantizer_modules") : fmt::format("quantizer_modules{}", layer + 1);
      codebooks.push_back(codebook(scope / place / g, card.codebook_size, dimension));
    }
    made.emplace_back(std::move(codebooks));
  }
  return GroupedResidualVq(std::move(made));
}

class HifiCodec : public OneStreamCodec<GroupedResidualVq> {
 public:
  HifiCodec(const Card& card, const WeightScope& weights)
      : OneStreamCodec(card, frame_quantizer(card, weights / "quantizer")),
        encoder_(weights / "encoder", network(Config(card))),
        generator_(weights / "generator", network(Config(card))) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, card().hop);
    return {encoder_(wave), wave.size(2), {}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    return generator_(quantized.values);
  }

 protected:
  const layers::HifiGanEncoder& encoder() const { return encoder_; }
  const layers::HifiGanGenerator& generator() const { return generator_; }

 private:
  layers::HifiGanEncoder encoder_;
  layers::HifiGanGenerator generator_;
};

/// Stages after which the time-invariant branch leaves the encoder and joins the generator: the ones of 128 channels.
constexpr std::size_t tapped_stage = 1, joined_stage = 1;

/// Older files call the time-invariant codebooks quantizer_modules3.
GroupedResidualVq global_quantizer(const Card& card, const WeightScope& scope) {
  const Config config(card);
  const int64_t groups = config.get<int64_t>("global_codebooks"),
                dimension = config.get<int64_t>("global_dimension") / groups;
  const bool older = !scope.has("quantizer_modules_globaltokens.0.embedding.weight");
  std::vector<layers::ResidualVq> made;
  for (int64_t g = 0; g < groups; ++g) {
    std::vector<layers::EuclideanCodebook> one;
    one.push_back(codebook(scope / (older ? "quantizer_modules3" : "quantizer_modules_globaltokens") / g,
                           card.codebook_size, dimension));
    made.emplace_back(std::move(one));
  }
  return GroupedResidualVq(std::move(made));
}

class TiCodec final : public HifiCodec {
 public:
  TiCodec(const Card& card, const WeightScope& weights)
      : HifiCodec(card, weights),
        global_encoder_(weights / "encoder.GlobalTokenEncoder", Config(card).get<int64_t>("global_dimension"),
                        Config(card).get<int64_t>("global_inner")),
        global_quantizer_(global_quantizer(card, weights / "quantizer")) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave, card().hop);
    at::Tensor tapped, x = encoder().begin(wave);
    for (std::size_t i = 0; i < encoder().stages(); ++i) {
      x = encoder().stage(i, x);
      if (i == tapped_stage) tapped = x;
    }
    return {encoder().end(x), wave.size(2), {{"global", global_encoder_(tapped)}}};
  }

  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    const auto global = latent.extras.at("global").unsqueeze(2);
    return {{quantizer().encode(latent.values), global_quantizer_.encode(global)}, latent.samples, {}};
  }

  Latent dequantize(const Codes& codes) const override {
    const tensors::Inference inference;
    check_streams(card(), codes, 2);
    return {quantizer().decode(codes.streams[0]),
            codes.samples,
            {{"global", global_quantizer_.decode(codes.streams[1]).squeeze(2)}}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    auto x = generator().begin(quantized.values);
    for (std::size_t i = 0; i < generator().stages(); ++i) {
      x = generator().stage(i, x);
      if (i == joined_stage) x = x + quantized.extras.at("global").unsqueeze(2);
    }
    return generator().end(x);
  }

 private:
  GlobalEncoder global_encoder_;
  GroupedResidualVq global_quantizer_;
};

/// Latent [B, latent, floor(T / hop)]: a tail shorter than a frame is dropped; one stream of layers x groups codes;
/// audio F * hop samples. Tensors are encoder.*, quantizer.* and generator.* of the published file's three
/// dictionaries. Throws Error for a missing or misshapen tensor or config key, and for an utterance shorter than a
/// frame.
std::unique_ptr<Codec> make_hificodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<HifiCodec>(card, weights);
}

/// As HiFi-Codec; besides, Latent::extras "global" [B, 128] (of the encoder, then of the decoder) and a second stream
/// of codes [B, 8, 1] for the whole utterance.
std::unique_ptr<Codec> make_ticodec(const Card& card, const WeightScope& weights) {
  return std::make_unique<TiCodec>(card, weights);
}

}  // namespace

std::vector<Family> hificodec_families() { return {{"hificodec", make_hificodec}, {"ticodec", make_ticodec}}; }

}  // namespace cfo::codecs
