#include "nodes/networks/codecs/semanticodec/semanticodec.h"

#include <algorithm>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/utterance_noise.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

layers::ResidualVq acoustic_codebook(const Card& card, const tensors::WeightScope& scope, int64_t feature) {
  const auto rows = scope.take("embed", {1, Config(card).get<int64_t>("acoustic_codebook"), feature}).squeeze(0);
  return layers::ResidualVq(std::vector{layers::EuclideanCodebook(rows)});
}

}  // namespace

SemantiCodec::SemantiCodec(const Card& card, const tensors::WeightScope& weights)
    : Codec(card),
      overlap_(Config(card).get<double>("overlap")),
      encoder_(card, weights),
      acoustic_(acoustic_codebook(card, weights / "quantizer._codebook", encoder_.feature())),
      decoder_(card, weights, encoder_.segment_tokens(), 2 * encoder_.feature()) {
  if (overlap_ < 0 || overlap_ > 0.5)
    throw Error("{}: overlap must lie in 0 to 0.5 windows, but is {}", Config(card).where(), overlap_);
}

Latent SemantiCodec::encode(const at::Tensor& wave) const {
  const tensors::Inference inference;
  check_wave(card(), wave);
  const int64_t batch = wave.size(0);
  const auto segments = encoder_.segments(encoder_.fbank(wave));
  const auto features = encoder_.features(encoder_.patches(segments));
  const auto codes = encoder_.semantic().encode(features);
  const auto latent =
      encoder_.latent(encoder_.hidden(encoder_.joined(features, codes, encoder_.heard_frames(segments))));
  const auto values = latent.transpose(1, 2).reshape({batch, -1, encoder_.feature()}).transpose(1, 2);
  return {values, wave.size(2), {{"semantic_codes", codes.view({batch, 1, -1})}}};
}

Codes SemantiCodec::quantize(const Latent& latent) const {
  const tensors::Inference inference;
  const auto semantic = latent.extras.find("semantic_codes");
  if (semantic == latent.extras.end())
    throw Error("codec '{}' needs 'semantic_codes' beside its latent, but the stage before gave none", card().name);
  const auto codes = at::cat({semantic->second, acoustic_.encode(latent.values)}, 1);
  const int64_t kept = std::min(encoder_.tokens_of(latent.samples), codes.size(2));
  return {{codes.narrow(2, 0, kept)}, latent.samples, {}, latent.seeds};
}

Latent SemantiCodec::dequantize(const Codes& codes) const {
  const tensors::Inference inference;
  check_streams(card(), codes);
  const auto& stream = codes.streams.front();
  if (stream.size(1) != card().codebooks || stream.size(2) < 1) {
    throw Error("codec '{}' takes {} codes a frame, of one frame or more, but got [{}]", card().name, card().codebooks,
                fmt::join(stream.sizes(), ", "));
  }
  const auto semantic = encoder_.semantic().decode(stream.narrow(1, 0, 1)),
             acoustic = acoustic_.decode(stream.narrow(1, 1, 1));
  return {at::cat({acoustic, semantic}, 1), codes.samples, codes.extras, codes.seeds};
}

at::Tensor SemantiCodec::synthesize(const Latent& quantized) const {
  const tensors::Inference inference;
  const int64_t tokens = quantized.values.size(2), window = encoder_.segment_tokens();
  const auto noise = noise_of(quantized);
  at::Tensor wave;
  for (const int64_t start : window_starts(tokens)) {
    const auto context = decoder_.context(quantized.values.slice(2, start, std::min(start + window, tokens)));
    const auto next = decoder_.wave(decoder_.mel(decoder_.sample(context, noise)));
    wave = wave.defined() ? joined(wave, next) : next;
  }
  return wave.slice(2, 0, encoder_.samples_of(tokens));
}

std::vector<int64_t> SemantiCodec::codebook_sizes() const {
  const Config config(card());
  return {config.get<int64_t>("semantic_codebook"), config.get<int64_t>("acoustic_codebook")};
}

std::vector<int64_t> SemantiCodec::window_starts(int64_t tokens) const {
  const int64_t window = encoder_.segment_tokens(),
                overlap = static_cast<int64_t>(static_cast<double>(window) * overlap_);
  std::vector<int64_t> starts = {0};
  while (starts.back() + window < tokens) starts.push_back(starts.back() + window - overlap);
  return starts;
}

/// The end of `wave` faded into the beginning of `next`, linearly over their overlap.
at::Tensor SemantiCodec::joined(const at::Tensor& wave, const at::Tensor& next) const {
  const int64_t overlap = static_cast<int64_t>(static_cast<double>(encoder_.segment_samples()) * overlap_);
  const int64_t whole = wave.size(2) - overlap;
  const auto fade = at::linspace(0, 1, overlap, at::kDouble).to(wave.device(), at::kFloat);
  const auto seam = at::lerp(wave.slice(2, whole), next.slice(2, 0, overlap), fade);
  return at::cat({wave.slice(2, 0, whole), seam, next.slice(2, overlap)}, 2);
}

/// Each call draws anew, so the windows of an utterance differ; given noise is the same for each.
Ddim::Noise SemantiCodec::noise_of(const Latent& quantized) const {
  if (const auto given = quantized.extras.find("noise"); given != quantized.extras.end()) {
    return [noise = given->second](int64_t draw) { return noise.select(1, draw); };
  }
  return [noise = UtteranceNoise(quantized), shape = decoder_.latent_shape()](int64_t) { return noise.draw(shape); };
}

std::unique_ptr<Codec> make_semanticodec(const Card& card, const tensors::WeightScope& weights) {
  return std::make_unique<SemantiCodec>(card, weights);
}

std::vector<Family> semanticodec_families() { return {{"semanticodec", make_semanticodec}}; }

}  // namespace cfo::codecs
