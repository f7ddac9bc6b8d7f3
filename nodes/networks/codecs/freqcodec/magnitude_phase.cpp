#include "nodes/networks/codecs/freqcodec/magnitude_phase.h"

namespace cfo::codecs {

at::Tensor magnitude_and_phase(const at::Tensor& wave, const Stft& stft) {
  constexpr double least_magnitude = 1e-6;
  const auto spectrum =
      at::stft(wave.squeeze(1), stft.n_fft, stft.hop, stft.n_fft, stft.window, /*center=*/true, "reflect",
               /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true);
  const auto magnitude = spectrum.abs().clamp_min_(least_magnitude);
  const auto phase = at::view_as_real(spectrum).div(magnitude.unsqueeze(-1)).permute({0, 3, 1, 2});
  return at::cat({magnitude.log().unsqueeze(1), phase}, 1);
}

at::Tensor wave_from_magnitude_and_phase(const at::Tensor& parts, const Stft& stft) {
  const auto spectrum = at::complex(parts.select(1, 1), parts.select(1, 2)).mul_(at::softplus(parts.select(1, 0)));
  return at::istft(spectrum, stft.n_fft, stft.hop, stft.n_fft, stft.window, /*center=*/true).unsqueeze(1);
}

}  // namespace cfo::codecs
