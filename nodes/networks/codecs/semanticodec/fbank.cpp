#include "nodes/networks/codecs/semanticodec/fbank.h"

#include <cmath>
#include <limits>

#include "base/error.h"

namespace cfo::codecs {
namespace {

constexpr double mel_factor = 1127, mel_corner = 700;

double to_mel(double hz) { return mel_factor * std::log(1 + hz / mel_corner); }

}  // namespace

at::Tensor kaldi_mel_filters(const FbankOptions& options) {
  const double lowest = to_mel(options.lowest);
  const double spacing = (to_mel(options.highest) - lowest) / static_cast<double>(options.bands + 1);
  const auto edges = at::arange(options.bands + 2, at::kFloat).mul_(spacing).add_(lowest);
  const auto left = edges.slice(0, 0, options.bands), centre = edges.slice(0, 1, options.bands + 1),
             right = edges.slice(0, 2);
  const double bin = static_cast<double>(options.sample_rate) / static_cast<double>(options.n_fft);
  const auto hz = at::arange(options.n_fft / 2, at::kFloat).mul_(bin);
  const auto mel = hz.div_(mel_corner).add_(1).log_().mul_(mel_factor).unsqueeze(1);
  const auto filters = at::minimum((mel - left) / (centre - left), (right - mel) / (right - centre)).clamp_min_(0);
  return at::constant_pad_nd(filters, {0, 0, 0, 1});
}

Fbank::Fbank(const FbankOptions& options, c10::Device device)
    : options_(options),
      window_(at::hann_window(options.window, /*periodic=*/false, at::TensorOptions(at::kFloat)).to(device)),
      filters_(kaldi_mel_filters(options).to(device)) {}

at::Tensor Fbank::operator()(const at::Tensor& wave) const {
  const int64_t samples = wave.size(-1), width = options_.window;
  if (samples < width) throw Error("filter bank features need {} samples, but got {}", width, samples);
  auto frames = wave.unfold(-1, width, options_.hop);
  frames = frames - frames.mean(-1, /*keepdim=*/true);
  const auto before = at::cat({frames.narrow(-1, 0, 1), frames.narrow(-1, 0, width - 1)}, -1);
  frames = frames.sub_(before, options_.preemphasis).mul_(window_);
  const auto power = at::view_as_real(at::fft_rfft(frames, options_.n_fft)).square_().sum(-1);
  return at::matmul(power, filters_).clamp_min_(std::numeric_limits<float>::epsilon()).log_();
}

}  // namespace cfo::codecs
