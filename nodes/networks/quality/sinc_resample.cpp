#include "nodes/networks/quality/sinc_resample.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "base/error.h"

namespace cfo::quality {
namespace {

constexpr double zero_crossings = 6;
constexpr double rolloff = 0.99;

/// Rates without their common divisor, and the filters that belong to them.
struct Filters {
  int64_t in, out;    ///< `in` samples become `out`
  int64_t reach;      ///< input samples that a filter sees on either side
  at::Tensor weight;  ///< [out, 1, 2 reach + in]: one filter for each place between two input samples
};

Filters filters_for(int64_t from, int64_t to) {
  const int64_t divisor = std::gcd(from, to);
  Filters filters{from / divisor, to / divisor, 0, {}};
  const auto in = static_cast<double>(filters.in), out = static_cast<double>(filters.out);
  const double cutoff = std::min(in, out) * rolloff;
  filters.reach = static_cast<int64_t>(std::ceil(zero_crossings * in / cutoff));
  const auto taps = at::arange(-filters.reach, filters.reach + filters.in, at::kDouble) / in;
  const auto places = at::arange(filters.out, at::kDouble).unsqueeze(1) / out;
  const auto time = ((taps - places) * cutoff).clamp(-zero_crossings, zero_crossings);
  const auto window = (time * (std::numbers::pi / zero_crossings / 2)).cos().square();
  filters.weight = (at::sinc(time) * window * (cutoff / in)).to(at::kFloat).unsqueeze(1);
  return filters;
}

}  // namespace

at::Tensor sinc_resample(const at::Tensor& wave, int64_t from, int64_t to) {
  if (from < 1 || to < 1)
    throw Error("audio cannot be resampled from {} to {} Hz; give rates of at least 1 Hz", from, to);
  if (from == to) return wave;
  const auto filters = filters_for(from, to);
  const auto padded = at::constant_pad_nd(wave.unsqueeze(1), {filters.reach, filters.reach + filters.in});
  const auto phases =
      at::conv1d(padded, filters.weight.to(wave.device()), /*bias=*/{}, /*stride=*/filters.in);  // [B, out, blocks]
  const int64_t length = (wave.size(1) * filters.out + filters.in - 1) / filters.in;
  return phases.transpose(1, 2).flatten(1).slice(1, 0, length);
}

}  // namespace cfo::quality
