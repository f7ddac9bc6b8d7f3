// Fits the tables of the MDCT codecs: frames are drawn from the speech, then first the envelope's tables are fitted,
// then the shape's on spectra flattened by the envelope as the decoder will see it.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "nodes/networks/codecs/mdct/envelope.h"
#include "nodes/networks/codecs/mdct/kmeans.h"
#include "nodes/networks/codecs/mdct/mdct.h"
#include "nodes/networks/codecs/mdct/numbers.h"
#include "nodes/networks/codecs/mdct/scalar.h"
#include "nodes/networks/codecs/mdct/shape.h"
#include "nodes/networks/codecs/mdct/transform.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

using mdct::Numbers;
using mdct::Quantizer;
using tensors::WeightScope;

/// The least frames that can fill the card's codebooks (or, for scalars, show the range of the numbers).
int64_t needed_frames(const Numbers& numbers) {
  switch (numbers.quantizer) {
    case Quantizer::residual:
      return 2 * numbers.codebook_size;
    case Quantizer::single:
      return numbers.codebook_size;
    case Quantizer::scalar:
      break;
  }
  return 512;
}

/// Whole windows in a wave, one every frame.
int64_t windows_in(const Numbers& numbers, const at::Tensor& wave) {
  return std::max<int64_t>(0, wave.size(0) / numbers.frame - 1);
}

int64_t count_windows(const Card& card, const Numbers& numbers, std::span<const at::Tensor> waves) {
  int64_t total = 0;
  for (std::size_t i = 0; i < waves.size(); ++i) {
    if (!waves[i].defined() || waves[i].dim() != 1 || waves[i].scalar_type() != at::kFloat ||
        !waves[i].device().is_cpu()) {
      throw Error(
          "codec '{}' is fitted on mono waves [T] of float32 on the CPU, but wave number {} is not one; mix it to one channel",
          card.name, i);
    }
    total += windows_in(numbers, waves[i]);
  }
  const int64_t needed = needed_frames(numbers);
  const auto seconds = [&](int64_t frames) {
    return static_cast<double>(frames * numbers.frame) / static_cast<double>(numbers.sample_rate);
  };
  if (total < needed) {
    throw Error(
        "codec '{}' is fitted on at least {:.1f} s of speech but got {:.1f} s; give more, or lower codebook_size in {}",
        card.name, seconds(needed), seconds(total), numbers.where);
  }
  return total;
}

/// config.fit.frames windows drawn from all waves, in random order: [R, 2 * frame].
at::Tensor draw_windows(const Card& card, const Numbers& numbers, std::span<const at::Tensor> waves,
                        at::Generator& random) {
  const int64_t total = count_windows(card, numbers, waves), count = std::min(total, numbers.fit_frames);
  const auto drawn = at::randperm(total, random).narrow(0, 0, count);
  const auto [sorted, order] = at::sort(drawn);
  const auto number = sorted.accessor<int64_t, 1>(), place = order.accessor<int64_t, 1>();
  auto windows = at::empty({count, 2 * numbers.frame});
  std::size_t wave = 0;
  for (int64_t i = 0, first = 0; i < count; ++i) {
    while (number[i] - first >= windows_in(numbers, waves[wave])) first += windows_in(numbers, waves[wave++]);
    windows.select(0, place[i]).copy_(waves[wave].narrow(0, (number[i] - first) * numbers.frame, 2 * numbers.frame));
  }
  if (!windows.isfinite().all().item<bool>()) {
    throw Error("codec '{}' cannot be fitted on speech with NaN or infinite samples; leave the broken file out",
                card.name);
  }
  return windows;
}

/// Speech seldom is perfectly silent, but a codec's input may be: this share of the envelopes is added as silence.
at::Tensor with_silence(const at::Tensor& levels) {
  constexpr int64_t one_in = 50;
  return at::cat({levels, at::full({levels.size(0) / one_in + 1, levels.size(1)}, mdct::silence_level)});
}

class Fit {
 public:
  Fit(const Card& card, const Numbers& numbers, std::span<const at::Tensor> waves, uint64_t seed,
      const std::function<void(double)>& progress)
      : card_(card),
        numbers_(numbers),
        random_(tensors::random_stream(tensors::seed_from(seed, "fit_mdct", card.name))),
        progress_(progress),
        bands_(numbers, c10::kCPU) {
    report();
    const mdct::Transform transform(numbers.frame, numbers.window);
    spectrum_ = transform.analyse_windows(draw_windows(card, numbers, waves, random_));
    levels_ = bands_.levels(spectrum_);
    set("envelope.mean", levels_.mean(0));
  }

  TensorMap tables() {
    switch (numbers_.quantizer) {
      case Quantizer::residual:
        fit_envelope_stages();
        fit_shape_stages();
        break;
      case Quantizer::single:
        fit_projection();
        fit_codebook();
        break;
      case Quantizer::scalar:
        fit_projection();
        fit_envelope_scalars();
        fit_shape_scalars();
        break;
    }
    done_ = 1;
    report();
    return tables_;
  }

 private:
  /// Spectra over their decoded envelope.
  struct Flattened {
    at::Tensor flat;    ///< [R, frame] float32
    at::Tensor levels;  ///< [R, frame] fixed point
  };

  void fit_envelope_stages() {
    auto residual = with_silence(levels_) - table("envelope.mean");
    std::vector<at::Tensor> stages;
    for (int64_t stage = 0; stage < numbers_.envelope_stages; ++stage) {
      stages.push_back(codebook(residual));
      residual = residual - stages.back().index_select(0, mdct::nearest_rows(stages.back(), residual));
    }
    set("envelope.codebooks", at::stack(stages));
  }

  void fit_shape_stages() {
    const auto speech = flattened_by_coder();
    // What the first stage leaves is not known before it is fitted: half the amplitude to begin with.
    auto decay = at::arange(0, -numbers_.stages, -1, at::kDouble);
    std::vector<at::Tensor> stages;
    for (int64_t stage = 0; stage < numbers_.stages; ++stage) {
      auto vectors = chosen_vectors(speech, mdct::fixed_point(decay), stage);
      for (const auto& earlier : stages)
        vectors = vectors - earlier.index_select(0, mdct::nearest_rows(earlier, vectors));
      stages.push_back(codebook(vectors));
      const auto left = vectors - stages.back().index_select(0, mdct::nearest_rows(stages.back(), vectors));
      const auto drop = (left.square().mean() / vectors.square().mean()).log2() / 2;
      if (stage + 1 < numbers_.stages) decay[stage + 1] = decay[stage] + drop;
    }
    set("shape.codebooks", at::stack(stages));
    set("shape.decay", mdct::fixed_point(decay));
  }

  void fit_projection() {
    const auto centred = (levels_ - table("envelope.mean")).to(at::kDouble);
    const auto [powers, directions] = at::linalg_eigh(centred.t().matmul(centred) / centred.size(0));  // ascending
    const int64_t kept = numbers_.principal_directions();
    const auto strongest = directions.flip({1}).narrow(1, 0, kept);
    const auto deviations = powers.flip({0}).narrow(0, 0, kept).clamp_min(1e-6).sqrt();
    const auto scale = deviations.pow(-numbers_.envelope_flattening);
    set("envelope.project_in", strongest * scale);
    set("envelope.project_out", (strongest / scale).t());
  }

  at::Tensor directions(const at::Tensor& levels) const {
    return (levels - table("envelope.mean")).matmul(table("envelope.project_in"));
  }

  void fit_codebook() {
    const auto all = directions(with_silence(levels_));
    const auto decoded =
        mdct::fixed_point(directions(levels_)).matmul(mdct::fixed_point(table("envelope.project_out"))) +
        mdct::fixed_point(table("envelope.mean"));
    const auto speech = flattened(decoded);
    const auto shapes = chosen_vectors(speech, at::zeros({1}, at::kDouble), 0);
    constexpr double envelope_share = 0.3;  // an error in an envelope spoils a whole frame
    const auto share = static_cast<int64_t>(envelope_share * static_cast<double>(numbers_.fit_vectors));
    const auto envelopes = mdct::split_directions(numbers_, all).view({-1, numbers_.block});
    set("codebook", codebook(at::cat({mdct::draw_rows(envelopes, share, random_),
                                      mdct::draw_rows(shapes, numbers_.fit_vectors - share, random_)})));
  }

  void fit_envelope_scalars() { fit_scalars("envelope", directions(with_silence(levels_)), numbers_.envelope_levels); }

  void fit_shape_scalars() {
    const auto speech = flattened_by_coder();
    int64_t bins = 0;
    for (const int64_t count : numbers_.shape_bins) bins += count;
    const auto order = mdct::strongest_bins(speech.levels, bins);
    const auto sorted = speech.flat.gather(1, order);
    const auto loud = speech.levels.gather(1, order) > audible;
    std::vector<at::Tensor> columns;
    for (int64_t i = 0, first = 0; i < static_cast<int64_t>(numbers_.shape_bins.size());
         first += numbers_.shape_bins[i++]) {
      const int64_t count = numbers_.shape_bins[i];
      columns.push_back(draw(enough(sorted.narrow(1, first, count).masked_select(loud.narrow(1, first, count)))));
    }
    fit_scalars("shape", columns, numbers_.shape_levels);
  }

  void fit_scalars(const std::string& part, const at::Tensor& samples, const std::vector<int64_t>& levels) {
    fit_scalars(part, samples.unbind(1), levels);
  }

  void fit_scalars(const std::string& part, const std::vector<at::Tensor>& columns,
                   const std::vector<int64_t>& levels) {
    const int64_t most = *std::max_element(levels.begin(), levels.end());
    std::vector<double> bounds;
    std::vector<at::Tensor> values;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto fit = mdct::fit_scalar(columns[i].contiguous(), levels[i]);
      bounds.push_back(fit.bound);
      values.push_back(at::constant_pad_nd(fit.values, {0, most - levels[i]}));
      advance(0.9 / static_cast<double>(numbers_.envelope_levels.size() + numbers_.shape_levels.size()));
    }
    set(part + ".bounds", at::tensor(bounds, at::kDouble));
    set(part + ".values", at::stack(values));
  }

  /// The shape's tables need fewer frames than the envelope's: each holds many vectors.
  int64_t shape_frames() const {
    constexpr int64_t most = 8192;
    return std::min(most, levels_.size(0));
  }

  Flattened flattened_by_coder() const {
    const auto coder = mdct::make_envelope_coder(numbers_, WeightScope(tables_, "the tables being fitted"));
    return flattened(coder->dequantize(coder->quantize(levels_.narrow(0, 0, shape_frames()))));
  }

  Flattened flattened(const at::Tensor& decoded) const {
    const auto levels =
        bands_.spread(mdct::fixed_point(decoded.narrow(0, 0, shape_frames())).clamp_min(mdct::silence_level));
    const auto flat = spectrum_.narrow(0, 0, shape_frames()) / mdct::gain_of(levels).clamp_min(1e-6);
    return {flat, levels};
  }

  /// Blocks [N, block] that the coder would give a token of `stage`, those near silence left out; at most
  /// config.fit.vectors. A late stage that hardly any block reaches takes those of the stage before it.
  at::Tensor chosen_vectors(const Flattened& speech, const at::Tensor& decay, int64_t stage) {
    const int64_t frames = speech.flat.size(0), blocks = numbers_.frame / numbers_.block;
    const auto chosen = mdct::choose_blocks(numbers_, speech.levels, decay);
    const auto cells = at::arange(frames).unsqueeze(1) * blocks + at::floor_divide(chosen, numbers_.stages);
    const auto loud = speech.levels.view({frames * blocks, numbers_.block}).mean(1) > audible;
    const auto wanted =
        (chosen.remainder(numbers_.stages) == stage) & loud.index_select(0, cells.view({-1})).view_as(cells);
    const auto found = cells.masked_select(wanted);
    if (stage > 0 && found.size(0) < numbers_.codebook_size) return chosen_vectors(speech, decay, stage - 1);
    const auto places = draw(enough(found));
    return speech.flat.view({-1, numbers_.block}).index_select(0, places);
  }

  at::Tensor enough(const at::Tensor& values) const {
    if (values.size(0) < numbers_.codebook_size) {
      throw Error("codec '{}' cannot be fitted: the speech it got is almost all silence; give louder speech",
                  card_.name);
    }
    return values;
  }

  at::Tensor draw(const at::Tensor& values) { return mdct::draw_rows(values, numbers_.fit_vectors, random_); }

  at::Tensor codebook(const at::Tensor& vectors) {
    const auto books = numbers_.quantizer == Quantizer::single ? 1 : numbers_.envelope_stages + numbers_.stages;
    const double step = 0.9 / static_cast<double>(books * numbers_.fit_iterations);
    return mdct::k_means(draw(vectors), numbers_.codebook_size, numbers_.fit_iterations, random_,
                         [&] { advance(step); });
  }

  void advance(double fraction) {
    done_ = std::min(1.0, done_ + fraction);
    report();
  }

  void report() const {
    if (progress_) progress_(done_);
  }

  const at::Tensor& table(const std::string& name) const { return tables_.at(name); }
  void set(const std::string& name, const at::Tensor& values) { tables_[name] = values.to(at::kFloat).contiguous(); }

  /// 18 dB above silence: what lies below is not worth a codebook's entries.
  static constexpr double audible = mdct::silence_level + 3;

  const Card& card_;
  const Numbers& numbers_;
  at::Generator random_;
  const std::function<void(double)>& progress_;
  mdct::Bands bands_;
  at::Tensor spectrum_;  ///< [R, frame]
  at::Tensor levels_;    ///< [R, bands]
  TensorMap tables_;
  double done_ = 0.05;  ///< the share of the work that the transform takes, then growing to 1
};

}  // namespace

TensorMap fit_mdct(const Card& card, std::span<const at::Tensor> waves, uint64_t seed,
                   const std::function<void(double fraction)>& progress) {
  const tensors::Inference inference;
  const Numbers numbers = mdct::read_numbers(card);
  return Fit(card, numbers, waves, seed, progress).tables();
}

}  // namespace cfo::codecs
