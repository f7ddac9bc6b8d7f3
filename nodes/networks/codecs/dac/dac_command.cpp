#include "nodes/networks/codecs/dac/dac_command.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nodes/networks/codecs/dac/loudness.h"
#include "nodes/networks/codecs/one_stream_codec.h"

namespace cfo::codecs {
namespace {

constexpr auto loudness_key = "loudness";

/// What a convolution without padding does to a length.
struct Span {
  int64_t kernel, stride = 1, dilation = 1;
  bool up = false;  ///< transposed
};

int64_t floor_divided(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

int64_t through(const Span& span, int64_t length) {
  const int64_t reach = span.dilation * (span.kernel - 1) + 1;
  return span.up ? (length - 1) * span.stride + reach : floor_divided(length - reach, span.stride) + 1;
}

/// The length that `through` needs for `length`, rounded up.
int64_t before(const Span& span, int64_t length) {
  const int64_t reach = span.dilation * (span.kernel - 1) + 1;
  return span.up ? -floor_divided(reach - length, span.stride) + 1 : (length - 1) * span.stride + reach;
}

void append_units(std::vector<Span>& spans, const layers::DacOptions& options) {
  for (const int64_t dilation : options.dilations) spans.push_back({.kernel = 7, .dilation = dilation});
}

/// Encoder, then decoder.
std::vector<Span> spans_of(const layers::DacOptions& encoder, const layers::DacOptions& decoder) {
  std::vector<Span> spans = {{.kernel = 7}};
  for (const int64_t stride : encoder.strides) {
    append_units(spans, encoder);
    spans.push_back({.kernel = 2 * stride, .stride = stride});
  }
  spans.push_back({.kernel = 3});
  spans.push_back({.kernel = 7});
  for (const int64_t stride : decoder.strides) {
    spans.push_back({.kernel = 2 * stride, .stride = stride, .up = true});
    append_units(spans, decoder);
  }
  spans.push_back({.kernel = 7});
  return spans;
}

/// How a recording is cut: chunks of `width` samples, one every `step`, of the recording with `margin` zeros at both
/// ends.
struct Cut {
  int64_t width, step, margin;
};

Cut cut_of(const Card& card, double window) {
  const Config config(card);
  const auto spans = spans_of(dac_encoder_options(config), dac_decoder_options(config));
  const auto wanted = static_cast<int64_t>(window * static_cast<double>(card.sample_rate));
  const int64_t width = (wanted + card.hop - 1) / card.hop * card.hop;
  int64_t step = width, shortest = 0;
  for (const auto& span : spans) {
    step = through(span, step);
    shortest = through(span, shortest);
  }
  int64_t needed = shortest;
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) needed = before(*span, needed);
  if (step < 1)
    throw Error("{}: 'config.window' of {} s is shorter than the network's reach; take 1 s or more", card.file.string(),
                window);
  return {width, step, (needed - shortest) / 2};
}

class DacCommand final : public OneStreamCodec<layers::ResidualVq> {
 public:
  DacCommand(const Card& card, const DacPlaces& places)
      : OneStreamCodec(card,
                       layers::ResidualVq(factorised_codebooks(card, places.codebooks, card.codebooks, places.rows))),
        loudness_(Config(card).get<double>("loudness")),
        window_(Config(card).get<double>("window")),
        cut_(cut_of(card, window_)),
        encoder_(places.encoder, dac_encoder_options(Config(card))),
        chunk_encoder_(encoder_.unpadded()),
        decoder_(places.decoder, dac_decoder_options(Config(card))),
        chunk_decoder_(decoder_.unpadded()) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    const int64_t samples = wave.size(2);
    const auto loudness = integrated_loudness(wave, card().sample_rate);
    const auto level = at_loudness(wave, loudness, at::full_like(loudness, loudness_));
    const auto safe = level / level.abs().amax(-1, /*keepdim=*/true).clamp_min(1);
    return {in_chunks(samples) ? encode_chunks(safe) : encoder_(filled_to(safe, card().hop)),
            samples,
            {{loudness_key, loudness}}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    const auto audio = in_chunks(quantized.samples) ? decode_chunks(quantized) : decoder_(quantized.values);
    const auto own = integrated_loudness(audio, card().sample_rate);
    const auto known = quantized.extras.find(loudness_key);
    const auto level = known == quantized.extras.end() ? audio : at_loudness(audio, own, known->second);
    return level.narrow(-1, 0, std::min(quantized.samples, level.size(-1)));
  }

 private:
  bool in_chunks(int64_t samples) const {
    return static_cast<double>(samples) / static_cast<double>(card().sample_rate) > window_;
  }

  int64_t chunks_of(int64_t samples) const { return (samples + cut_.step - 1) / cut_.step; }

  at::Tensor encode_chunks(const at::Tensor& wave) const {
    const int64_t samples = wave.size(2), chunks = chunks_of(samples);
    const int64_t end = std::max((chunks - 1) * cut_.step + cut_.width, samples + 2 * cut_.margin);
    const auto filled = layers::pad(wave, cut_.margin, end - samples - cut_.margin, layers::PadMode::zero);
    std::vector<at::Tensor> latents;
    for (int64_t i = 0; i < chunks; ++i)
      latents.push_back(chunk_encoder_(filled.narrow(-1, i * cut_.step, cut_.width)));
    return at::cat(latents, -1);
  }

  at::Tensor decode_chunks(const Latent& quantized) const {
    std::vector<at::Tensor> audio;
    for (const auto& frames : quantized.values.chunk(chunks_of(quantized.samples), -1))
      audio.push_back(chunk_decoder_(frames));
    return at::cat(audio, -1);
  }

  double loudness_, window_;
  Cut cut_;
  layers::DacEncoder encoder_, chunk_encoder_;
  layers::DacDecoder decoder_, chunk_decoder_;
};

}  // namespace

std::unique_ptr<Codec> make_dac_command(const Card& card, const DacPlaces& places) {
  return std::make_unique<DacCommand>(card, places);
}

}  // namespace cfo::codecs
