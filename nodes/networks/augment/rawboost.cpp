#include "nodes/networks/augment/rawboost.h"

#include <cmath>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::augment {
namespace {

struct Parts {
  bool convolutive, impulsive, stationary, parallel;
};

Parts parts_of(int64_t algorithm) {
  constexpr std::array<Parts, most_rawboost + 1> table = {{{false, false, false, false},
                                                           {true, false, false, false},
                                                           {false, true, false, false},
                                                           {false, false, true, false},
                                                           {true, true, true, false},
                                                           {true, true, false, false},
                                                           {true, false, true, false},
                                                           {false, true, true, false},
                                                           {true, true, false, true}}};
  if (algorithm < 0 || algorithm > most_rawboost) {
    throw Error("there is no RawBoost algorithm {}; give 0 (none) to {}", algorithm, most_rawboost);
  }
  return table.at(static_cast<std::size_t>(algorithm));
}

at::TensorOptions in_double() { return at::TensorOptions(at::kDouble); }

at::Tensor brought_below_one(const at::Tensor& wave) {
  const double peak = at::abs(wave).max().item<double>();
  return peak > 1 ? wave / peak : wave;
}

ConvolutiveNoise draw_convolutive(const RawBoostSettings& settings, at::Generator& stream) {
  ConvolutiveNoise draw;
  NotchRanges ranges = settings.notches;
  for (int64_t order = 1; order <= settings.orders; ++order) {
    if (order == 2) {
      for (std::size_t end = 0; end < 2; ++end) ranges.gain[end] -= settings.gain_drop[end];
    }
    draw.orders.push_back(draw_notches(ranges, stream));
  }
  return draw;
}

ImpulsiveNoise draw_impulsive(int64_t samples, const RawBoostSettings& settings, at::Generator& stream) {
  const double share = draw_between({0, settings.most_impulses}, stream) / 100;
  const auto count = static_cast<int64_t>(static_cast<double>(samples) * share);
  const at::Tensor places = at::randperm(samples, stream, at::kLong).narrow(0, 0, count).clone();
  const at::Tensor first = at::rand({count}, stream, in_double()) * 2 - 1;
  return {places, first * (at::rand({count}, stream, in_double()) * 2 - 1)};
}

StationaryNoise draw_stationary(int64_t samples, const RawBoostSettings& settings, at::Generator& stream) {
  const at::Tensor noise = at::randn({samples}, stream, in_double());
  const NotchDraw filter = draw_notches(settings.notches, stream);
  return {noise, filter, draw_between(settings.snr, stream)};
}

at::Tensor with_convolutive(const at::Tensor& wave, const ConvolutiveNoise& draw, const RawBoostSettings& settings) {
  at::Tensor sum = at::zeros_like(wave), power = wave;
  for (const auto& order : draw.orders) {
    sum = sum + filtered(power, notch_filter(order, settings.notches.sample_rate));
    power = power * wave;
  }
  return brought_below_one(sum - sum.mean());
}

at::Tensor with_impulsive(const at::Tensor& wave, const ImpulsiveNoise& draw, const RawBoostSettings& settings) {
  const at::Tensor there = wave.index_select(0, draw.places);
  return brought_below_one(wave.index_copy(0, draw.places, there + settings.impulse_gain * there * draw.factors));
}

at::Tensor with_stationary(const at::Tensor& wave, const StationaryNoise& draw, const RawBoostSettings& settings) {
  if (draw.noise.size(0) != wave.size(0)) {
    throw Error("RawBoost: noise of {} samples was drawn for a wave of {}", draw.noise.size(0), wave.size(0));
  }
  const at::Tensor noise = filtered(draw.noise, notch_filter(draw.filter, settings.notches.sample_rate));
  return wave + noise / noise.norm() * wave.norm() / std::pow(10.0, 0.05 * draw.snr);
}

}  // namespace

RawBoostDraw draw_rawboost(int64_t algorithm, int64_t samples, const RawBoostSettings& settings, at::Generator stream) {
  const Parts parts = parts_of(algorithm);
  if (samples < 1) throw Error("RawBoost: an utterance without samples cannot be changed; remove it from the list");
  RawBoostDraw draw;
  draw.parallel = parts.parallel;
  if (parts.convolutive) draw.convolutive = draw_convolutive(settings, stream);
  if (parts.impulsive) draw.impulsive = draw_impulsive(samples, settings, stream);
  if (parts.stationary) draw.stationary = draw_stationary(samples, settings, stream);
  return draw;
}

at::Tensor apply_rawboost(const at::Tensor& wave, const RawBoostDraw& draw, const RawBoostSettings& settings) {
  const at::Tensor clean = wave.to(at::kDouble);
  at::Tensor result = clean;
  if (draw.convolutive) result = with_convolutive(result, *draw.convolutive, settings);
  if (draw.impulsive) {
    const at::Tensor impulsive = with_impulsive(draw.parallel ? clean : result, *draw.impulsive, settings);
    result = draw.parallel ? brought_below_one(result + impulsive) : impulsive;
  }
  return draw.stationary ? with_stationary(result, *draw.stationary, settings) : result;
}

std::vector<float> rawboost(const std::vector<float>& wave, int64_t algorithm, uint64_t seed,
                            const RawBoostSettings& settings) {
  const tensors::Inference inference;
  const auto draw = draw_rawboost(algorithm, static_cast<int64_t>(wave.size()), settings, tensors::random_stream(seed));
  const at::Tensor result = apply_rawboost(at::tensor(wave), draw, settings).to(at::kFloat).contiguous();
  return {result.data_ptr<float>(), result.data_ptr<float>() + result.numel()};
}

}  // namespace cfo::augment
