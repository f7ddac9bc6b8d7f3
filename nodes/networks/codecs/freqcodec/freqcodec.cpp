// FunCodec in the frequency domain, FreqCodec (Du et al. 2023, "FunCodec"; modelscope/FunCodec,
// funcodec/models/codec_freq.py): FunCodec's quantizer and scaling around a SEANet over magnitude and phase.
#include "base/error.h"
#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/freqcodec/magnitude_phase.h"
#include "nodes/networks/codecs/freqcodec/seanet2d.h"
#include "nodes/networks/codecs/funcodec/funcodec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {
namespace {

std::vector<FrequencyTime> strides(const Config& config) {
  const auto frequency = config.get<std::vector<int64_t>>("frequency_strides"),
             time = config.get<std::vector<int64_t>>("time_strides");
  if (frequency.size() != time.size())
    throw Error("{}: frequency_strides and time_strides need as many numbers", config.where());
  std::vector<FrequencyTime> both;
  for (std::size_t i = 0; i < time.size(); ++i) both.push_back({frequency[i], time[i]});
  return both;
}

Seanet2dOptions seanet2d_options(const Config& config) {
  Seanet2dOptions options;
  options.dimension = config.get<int64_t>("dimension");
  options.filters = config.get<int64_t>("filters");
  options.strides = strides(config);
  options.kernel = config.get<int64_t>("kernel");
  options.last_kernel = config.get<int64_t>("last_kernel");
  options.residual_kernel = config.get<int64_t>("residual_kernel");
  options.residual_layers = config.get<int64_t>("residual_layers");
  options.dilation_base = config.get<int64_t>("dilation_base");
  options.compress = config.get<int64_t>("compress");
  options.group_ratio = config.get<int64_t>("group_ratio");
  options.transposed_group_ratio = config.get<int64_t>("transposed_group_ratio");
  options.lstm_layers = config.get<int64_t>("lstm_layers");
  options.group_norm = config.get<bool>("group_norm");
  return options;
}

/// Under the window [n_fft] at `scope`, a Hann window where none is stored.
Stft stft(const Config& config, const tensors::WeightScope& scope) {
  const auto n_fft = config.get<int64_t>("n_fft");
  const auto window = scope.has("window") ? scope.take("window", {n_fft})
                                          : at::hann_window(n_fft, at::TensorOptions(at::kFloat)).to(scope.device());
  return {n_fft, config.get<int64_t>("stft_hop"), window};
}

/// Latent [B, 128, ceil((1 + T / 160) / 2)] for T > 256 samples; codes and extras["scale"] as in funcodec.h. Audio with
/// the scale is cut to the input's length, but can be up to 159 samples SHORTER (FreqCodec.inference); without it, (2 F
/// - 1) * 160 samples (inference_decoding). Tensor names are those of model.pth. Throws Error for a missing or
/// misshapen tensor or config key.
std::unique_ptr<Codec> make_freqcodec(const Card& card, const tensors::WeightScope& weights) {
  const Config config(card);
  const Seanet2dEncoder encoder(weights / "encoder", seanet2d_options(config));
  const Seanet2dDecoder decoder(weights / "decoder", seanet2d_options(config));
  const auto analysis = stft(config, weights / "enc_trans_func"), synthesis = stft(config, weights / "dec_trans_func");
  return make_scaled_codec(
      card, weights / "quantizer",
      {.encoder = [=](const at::Tensor& wave) { return encoder(magnitude_and_phase(wave, analysis)); },
       .decoder = [=](const at::Tensor& latent) { return wave_from_magnitude_and_phase(decoder(latent), synthesis); },
       .shortest = shortest_wave(analysis.n_fft)});
}

}  // namespace

std::vector<Family> freqcodec_families() { return {{"freqcodec", make_freqcodec}}; }

}  // namespace cfo::codecs
