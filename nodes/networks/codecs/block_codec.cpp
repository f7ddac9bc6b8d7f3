#include "nodes/networks/codecs/block_codec.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

constexpr double measured_seconds = 2.6, farthest_seconds = 1.25;
constexpr int64_t spare_frames = 4;  ///< beyond the measured reach, on each side

/// Positions along dimension 2 at which two tensors [1, C, N] differ: the first and the last; nothing where they are
/// alike.
std::optional<std::pair<int64_t, int64_t>> difference(const at::Tensor& a, const at::Tensor& b) {
  const int64_t length = std::min(a.size(2), b.size(2));
  const auto differs = (a.narrow(2, 0, length) != b.narrow(2, 0, length)).any(1).view({-1});
  const auto places = differs.nonzero().view({-1});
  if (places.numel() == 0) return std::nullopt;
  return std::pair(places[0].item<int64_t>(), places[places.numel() - 1].item<int64_t>());
}

/// `x` with other values from `middle` on (or before it), along dimension 2.
at::Tensor changed(const at::Tensor& x, const at::Tensor& other, int64_t middle, bool after) {
  const auto first = after ? x : other, second = after ? other : x;
  return at::cat({first.narrow(2, 0, middle), second.narrow(2, middle, x.size(2) - middle)}, 2);
}

/// Deterministic noise in [-0.5, 0.5), whatever else draws numbers.
at::Tensor noise(int64_t samples, double step, const at::TensorOptions& options) {
  const auto at = at::arange(samples, at::kDouble);
  return ((at * at * step + at * 0.6180339887).frac() - 0.5).to(options).view({1, 1, samples});
}

/// A codec whose long utterances go through it in blocks.
class BlockCodec final : public Codec {
 public:
  BlockCodec(std::unique_ptr<Codec> codec, c10::Device device, double block_seconds, std::optional<Reach> reach)
      : Codec(codec->card()),
        codec_(std::move(codec)),
        device_(device),
        block_(std::max<int64_t>(1, std::llround(block_seconds * static_cast<double>(card().sample_rate) /
                                                 static_cast<double>(card().hop)))) {
    if (reach) std::call_once(once_, [&] { reach_ = reach; });
  }

  Latent encode(const at::Tensor& wave) const override {
    const int64_t hop = card().hop;
    if (wave.dim() != 3 || wave.size(2) <= 2 * block_ * hop || !reach()) return codec_->encode(wave);
    const Reach reach = *this->reach();
    const int64_t samples = wave.size(2), frames = samples / hop;
    const int64_t before = frames_of(reach.before), after = frames_of(reach.after);
    Latent whole{{}, samples, {}};
    std::vector<at::Tensor> parts;
    for (const auto& [first, last] : blocks(frames)) {
      const int64_t begin = std::max<int64_t>(0, first - before);
      const bool ends = last == frames;
      const int64_t end = ends ? samples : std::min(samples, (last + after) * hop);
      const auto part = codec_->encode(wave.narrow(2, begin * hop, end - begin * hop).contiguous());
      const int64_t count = ends ? part.values.size(2) - (first - begin) : last - first;
      parts.push_back(part.values.narrow(2, first - begin, count));
    }
    whole.values = at::cat(parts, 2);
    return whole;
  }

  Codes quantize(const Latent& latent) const override {
    if (!is_long(latent.values)) return codec_->quantize(latent);
    Codes whole;
    std::vector<std::vector<at::Tensor>> streams;
    for (const auto& [first, last] : blocks(latent.values.size(2))) {
      auto part = latent;
      part.values = latent.values.narrow(2, first, last - first).contiguous();
      const auto codes = codec_->quantize(part);
      streams.resize(codes.streams.size());
      for (std::size_t i = 0; i < streams.size(); ++i) streams[i].push_back(codes.streams[i]);
    }
    for (const auto& parts : streams) whole.streams.push_back(at::cat(parts, 2));
    whole.samples = latent.samples;
    whole.seeds = latent.seeds;
    return whole;
  }

  Latent dequantize(const Codes& codes) const override { return codec_->dequantize(codes); }

  at::Tensor synthesize(const Latent& quantized) const override {
    if (!is_long(quantized.values)) return codec_->synthesize(quantized);
    const Reach reach = *this->reach();
    const int64_t hop = card().hop, frames = quantized.values.size(2);
    std::vector<at::Tensor> parts;
    for (const auto& [first, last] : blocks(frames)) {
      const int64_t begin = std::max<int64_t>(0, first - reach.frames_before - spare_frames);
      const bool ends = last == frames;
      const int64_t end = ends ? frames : std::min(frames, last + reach.frames_after + spare_frames);
      auto part = quantized;
      part.values = quantized.values.narrow(2, begin, end - begin).contiguous();
      part.samples = ends ? quantized.samples - begin * hop : (end - begin) * hop;
      const auto wave = codec_->synthesize(part);
      const int64_t skipped = (first - begin) * hop;
      parts.push_back(wave.narrow(2, skipped, ends ? wave.size(2) - skipped : (last - first) * hop));
    }
    return at::cat(parts, 2);
  }

  std::vector<int64_t> codebook_sizes() const override { return codec_->codebook_sizes(); }
  bool is_convolutional() const override { return true; }
  /// Without a reach it works on the whole.
  bool bounds_memory() const override { return reach().has_value(); }

 private:
  int64_t frames_of(int64_t samples) const { return (samples + card().hop - 1) / card().hop + spare_frames; }

  bool is_long(const at::Tensor& values) const {
    return values.defined() && values.dim() == 3 && values.size(2) > 2 * block_ && reach().has_value();
  }

  /// [0, frames) cut; the last block is between one and two blocks long.
  std::vector<std::pair<int64_t, int64_t>> blocks(int64_t frames) const {
    std::vector<std::pair<int64_t, int64_t>> cut;
    for (int64_t first = 0; first < frames;) {
      const int64_t last = frames - first < 2 * block_ ? frames : first + block_;
      cut.emplace_back(first, last);
      first = last;
    }
    return cut;
  }

  /// Measured when the first long utterance comes.
  const std::optional<Reach>& reach() const {
    std::call_once(once_, [this] { reach_ = measure_reach(*codec_, device_); });
    return reach_;
  }

  std::unique_ptr<Codec> codec_;
  c10::Device device_;  ///< of the weights
  int64_t block_;       ///< frames
  mutable std::once_flag once_;
  mutable std::optional<Reach> reach_;
};

}  // namespace

std::optional<Reach> measure_reach(const Codec& codec, c10::Device device) {
  const tensors::Inference inference;
  const int64_t hop = codec.card().hop, rate = codec.card().sample_rate;
  const int64_t frames =
      std::max<int64_t>(40, std::llround(measured_seconds * static_cast<double>(rate) / static_cast<double>(hop)));
  const int64_t samples = frames * hop, middle = frames / 2 * hop;
  const auto farthest = static_cast<int64_t>(farthest_seconds * static_cast<double>(rate));
  const auto options = at::TensorOptions(at::kFloat).device(device);
  const auto wave = noise(samples, 1e-4, options), other = noise(samples, 3e-4, options);
  const auto latent = codec.encode(wave);
  if (!latent.extras.empty()) return std::nullopt;
  const auto ahead = difference(latent.values, codec.encode(changed(wave, other, middle, true)).values);
  const auto behind = difference(latent.values, codec.encode(changed(wave, other, middle, false)).values);
  if (!ahead || !behind) return std::nullopt;
  Reach reach{.before = std::max<int64_t>(0, behind->second * hop - middle) + hop,
              .after = std::max<int64_t>(0, middle - ahead->first * hop) + hop};
  if (reach.before > farthest || reach.after > farthest) return std::nullopt;
  const auto quantized = codec.dequantize(codec.quantize(latent));
  const auto others = codec.dequantize(codec.quantize(codec.encode(other)));
  const int64_t coded = quantized.values.size(2), half = coded / 2;
  const auto speech = codec.synthesize(quantized);
  const auto heard = [&](bool after) {
    auto mixed = quantized;
    mixed.values = changed(quantized.values, others.values, half, after);
    return difference(speech, codec.synthesize(mixed));
  };
  const auto sooner = heard(true), later = heard(false);
  if (!sooner || !later) return std::nullopt;
  reach.frames_after = std::max<int64_t>(0, half - sooner->first / hop) + 1;
  reach.frames_before = std::max<int64_t>(0, later->second / hop - half) + 1;
  if (std::max(reach.frames_before, reach.frames_after) * hop > farthest) return std::nullopt;
  return reach;
}

std::unique_ptr<Codec> in_blocks(std::unique_ptr<Codec> codec, c10::Device device, double block_seconds,
                                 std::optional<Reach> reach) {
  if (!codec->is_convolutional()) return codec;
  return std::make_unique<BlockCodec>(std::move(codec), device, block_seconds, reach);
}

}  // namespace cfo::codecs
