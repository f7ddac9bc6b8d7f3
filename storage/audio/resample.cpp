// Sample rate conversion with libsoxr.
#include <soxr.h>

#include <cmath>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "storage/audio/audio.h"

namespace cfo::storage {
namespace {

std::vector<float> convert(std::span<const float> samples, int64_t from, int64_t to, std::size_t length) {
  const auto io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const auto quality = soxr_quality_spec(SOXR_VHQ, 0);
  const auto runtime = soxr_runtime_spec(1);
  std::vector<float> converted(length);
  std::size_t done = 0;
  const soxr_error_t problem =
      soxr_oneshot(static_cast<double>(from), static_cast<double>(to), 1, samples.data(), samples.size(), nullptr,
                   converted.data(), converted.size(), &done, &io, &quality, &runtime);
  if (problem != nullptr) throw Error("resampling from {} Hz to {} Hz failed in libsoxr: {}", from, to, problem);
  return converted;  // libsoxr gives round(n * to / from) samples, or fewer by rounding: those stay silent
}

/// libsoxr's non-vector engine sets its shared table of sines up at first use without a lock (fft4g_cache.h).
void prepare_libsoxr() {
  static std::once_flag prepared;
  std::call_once(prepared, [] { convert(std::vector<float>(1, 0.0F), 2, 1, 1); });
}

void check_rate(int64_t rate) {
  if (rate <= 0) throw Error("a sample rate of {} Hz cannot be resampled; give a positive rate", rate);
}

}  // namespace

Audio resample(const Audio& audio, int64_t to_rate) {
  check_rate(audio.sample_rate);
  check_rate(to_rate);
  if (audio.sample_rate == to_rate) return audio;
  prepare_libsoxr();
  const double ratio = static_cast<double>(to_rate) / static_cast<double>(audio.sample_rate);
  const auto length = static_cast<std::size_t>(std::llround(static_cast<double>(audio.samples.size()) * ratio));
  if (length == 0) return {{}, to_rate};
  return {convert(audio.samples, audio.sample_rate, to_rate, length), to_rate};
}

}  // namespace cfo::storage
