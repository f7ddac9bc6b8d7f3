#include "nodes/networks/codecs/semanticodec/semanticodec_encoder.h"

#include <cmath>

#include "base/error.h"
#include "nodes/networks/codecs/config.h"

namespace cfo::codecs {
namespace {

FbankOptions fbank_options(const Card& card) {
  const auto fbank = Config(card).section("fbank");
  return {.sample_rate = card.sample_rate,
          .window = fbank.get<int64_t>("window"),
          .hop = fbank.get<int64_t>("hop"),
          .n_fft = fbank.get<int64_t>("n_fft"),
          .bands = fbank.get<int64_t>("bands"),
          .lowest = fbank.get<double>("lowest_hz"),
          .highest = fbank.get<double>("highest_hz"),
          .preemphasis = fbank.get<double>("preemphasis")};
}

AudioMaeOptions audiomae_options(const Card& card) {
  const Config config(card);
  const auto audiomae = config.section("audiomae");
  const int64_t width = audiomae.get<int64_t>("embed_dim");
  return {.frames = config.get<int64_t>("segment_frames"),
          .bands = config.section("fbank").get<int64_t>("bands"),
          .patch = audiomae.get<int64_t>("patch"),
          .width = width,
          .depth = audiomae.get<int64_t>("depth"),
          .heads = audiomae.get<int64_t>("num_heads"),
          .inner = width * audiomae.get<int64_t>("mlp_ratio"),
          .first_output = audiomae.get<int64_t>("contextual_depth") + 1};
}

/// Patches along time or frequency that make a token.
int64_t grouping(const Card& card, std::size_t axis) {
  const Config config(card);
  const auto grouping = config.get<std::vector<int64_t>>("grouping");
  const auto mae = audiomae_options(card);
  if (grouping.size() != 2 || grouping[0] < 1 || grouping[1] < 1 || (mae.frames / mae.patch) % grouping[0] != 0 ||
      (mae.bands / mae.patch) % grouping[1] != 0) {
    throw Error("{}: grouping needs two numbers, of patches along time and frequency, that divide those of a segment",
                config.where());
  }
  return grouping[axis];
}

int64_t feature_of(const Card& card) { return audiomae_options(card).width * grouping(card, 0) * grouping(card, 1); }

layers::ResidualVq codebook(const at::Tensor& rows) {
  return layers::ResidualVq(std::vector{layers::EuclideanCodebook(rows)});
}

}  // namespace

SemantiCodecEncoder::SemantiCodecEncoder(const Card& card, const tensors::WeightScope& weights)
    : sample_rate_(card.sample_rate),
      fbank_options_(fbank_options(card)),
      frames_(Config(card).get<int64_t>("segment_frames")),
      mean_(Config(card).section("fbank").get<double>("mean")),
      deviation_(Config(card).section("fbank").get<double>("deviation")),
      patch_(audiomae_options(card).patch),
      group_time_(grouping(card, 0)),
      group_frequency_(grouping(card, 1)),
      feature_(feature_of(card)),
      tokens_((frames_ / patch_) * (fbank_options_.bands / patch_) / (group_time_ * group_frequency_)),
      fbank_(fbank_options_, weights.device()),
      audiomae_(weights / "audiomae.model", audiomae_options(card)),
      semantic_(codebook(weights.take("centroid_npy", {Config(card).get<int64_t>("semantic_codebook"), feature_}))),
      lstm_(weights / "encoder", {.input = 2 * feature_,
                                  .hidden = 2 * feature_,
                                  .layers = Config(card).get<int64_t>("lstm_layers"),
                                  .bidirectional = true}),
      out_(weights / "encoder_output_linear", {.in = 4 * feature_, .out = feature_, .bias = false}) {}

at::Tensor SemantiCodecEncoder::fbank(const at::Tensor& wave) const {
  const int64_t unit = segment_samples(), segments = wave.size(2) / unit + 1;
  const auto filled = at::constant_pad_nd(wave.squeeze(1), {0, segments * unit - wave.size(2)}, 0);
  const auto features = fbank_(filled - filled.mean(-1, /*keepdim=*/true));
  const auto whole = at::constant_pad_nd(features, {0, 0, 0, segments * frames_ - features.size(1)}, 0);
  return whole.sub(mean_).div_(2 * deviation_);
}

at::Tensor SemantiCodecEncoder::segments(const at::Tensor& fbank) const {
  return fbank.reshape({-1, frames_, fbank.size(2)});
}

at::Tensor SemantiCodecEncoder::features(const at::Tensor& patches) const {
  const int64_t columns = frames_ / patch_ / group_time_, rows = fbank_options_.bands / patch_ / group_frequency_;
  const auto blocks = patches.view({patches.size(0), columns, group_time_, rows, group_frequency_, patches.size(2)});
  return blocks.permute({0, 1, 3, 2, 4, 5}).reshape({patches.size(0), tokens_, feature_}).transpose(1, 2);
}

at::Tensor SemantiCodecEncoder::heard_frames(const at::Tensor& segments) const {
  constexpr double least_deviation = 1e-7;
  const auto heard = segments.to(at::kDouble)
                         .std(-1, /*unbiased=*/true)
                         .gt(least_deviation);  // in float32 a constant frame's would be above it
  return at::arange(1, frames_ + 1, heard.options().dtype(at::kLong)).mul(heard).amax(1);
}

at::Tensor SemantiCodecEncoder::joined(const at::Tensor& features, const at::Tensor& codes,
                                       const at::Tensor& heard_frames) const {
  const auto heard_tokens = heard_frames.mul(tokens_).add_(frames_ - 1).floor_divide_(frames_);
  const auto silent = at::arange(tokens_, heard_tokens.options()).ge(heard_tokens.unsqueeze(1));
  return at::cat({features, semantic_.decode(codes)}, 1).masked_fill_(silent.unsqueeze(1), -1);
}

// These two repeat load_audio and decode of semanticodec/main.py in float64, operation by operation: how they round
// decides about a token.
int64_t SemantiCodecEncoder::tokens_of(int64_t samples) const {
  const double column =
      static_cast<double>(patch_) * (static_cast<double>(fbank_options_.hop) / static_cast<double>(sample_rate_));
  const double rows = static_cast<double>(fbank_options_.bands / patch_),
               group = static_cast<double>(group_time_ * group_frequency_);
  double seconds = static_cast<double>(samples) / static_cast<double>(sample_rate_);
  seconds = seconds + (column - std::fmod(seconds, column));
  return static_cast<int64_t>(std::ceil(rows * seconds / column / group));
}

int64_t SemantiCodecEncoder::samples_of(int64_t tokens) const {
  const double frame = static_cast<double>(fbank_options_.hop) / static_cast<double>(sample_rate_);
  const double rows = static_cast<double>(fbank_options_.bands / patch_),
               group = static_cast<double>(group_time_ * group_frequency_);
  const double seconds = static_cast<double>(tokens) / rows * static_cast<double>(patch_) * frame * group;
  return static_cast<int64_t>(seconds * static_cast<double>(sample_rate_));
}

}  // namespace cfo::codecs
