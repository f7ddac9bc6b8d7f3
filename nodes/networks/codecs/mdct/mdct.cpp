#include "nodes/networks/codecs/mdct/mdct.h"

#include <algorithm>
#include <random>
#include <vector>

#include "base/error.h"
#include "nodes/networks/codecs/checks.h"
#include "nodes/networks/codecs/family.h"
#include "nodes/networks/codecs/mdct/envelope.h"
#include "nodes/networks/codecs/mdct/numbers.h"
#include "nodes/networks/codecs/mdct/packing.h"
#include "nodes/networks/codecs/mdct/shape.h"
#include "nodes/networks/codecs/mdct/transform.h"
#include "nodes/networks/tensors/compute.h"

namespace cfo::codecs {
namespace {

using mdct::Numbers;

/// Random signs [period, frame], the same in every build; a frame takes the row of its number.
at::Tensor noise_signs(int64_t frame) {
  constexpr int64_t period = 251;  // frames, about 5 s: too long to be heard as a period
  std::mt19937_64 bits(20250101);  // the standard fixes its sequence
  auto signs = at::empty({period, frame});
  auto* const cells = signs.data_ptr<float>();
  for (int64_t i = 0; i < signs.numel(); ++i) cells[i] = (bits() >> 63) != 0 ? 1.0F : -1.0F;
  return signs;
}

/// Frames that are coded at once. What lies between them and their codes is some hundred times as large as they are: so
/// it grows with this, not with the length of an utterance.
constexpr int64_t block_rows = 2048;

/// `work` on a block of rows after the other; its results in one. Rows do not know of each other.
template <typename Work>
at::Tensor in_blocks(const at::Tensor& rows, const Work& work) {
  if (rows.size(0) <= block_rows) return work(rows, 0);
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < rows.size(0); first += block_rows)
    parts.push_back(work(rows.narrow(0, first, std::min(block_rows, rows.size(0) - first)), first));
  return at::cat(parts, 0);
}

class MdctCodec final : public Codec {
 public:
  MdctCodec(const Card& card, const tensors::WeightScope& tables)
      : Codec(card),
        numbers_(mdct::read_numbers(card)),
        transform_(numbers_.frame, numbers_.window, tables.device()),
        bands_(numbers_, tables.device()),
        envelope_(mdct::make_envelope_coder(numbers_, tables)),
        shape_(mdct::make_shape_coder(numbers_, tables)),
        packing_(mdct::index_sizes(numbers_), numbers_.codebook_size, numbers_.where),
        fill_((noise_signs(numbers_.frame) * numbers_.fill).to(tables.device())) {}

  Latent encode(const at::Tensor& wave) const override {
    const tensors::Inference inference;
    check_wave(card(), wave);
    return {transform_.analyse(wave.contiguous()), wave.size(2), {}};
  }

  bool bounds_memory() const override { return true; }

  Codes quantize(const Latent& latent) const override {
    const tensors::Inference inference;
    check_spectrum(latent);
    const int64_t batch = latent.values.size(0);
    const auto spectrum = latent.values.transpose(1, 2).reshape({-1, numbers_.frame});
    const auto tokens = in_blocks(spectrum, [&](const at::Tensor& rows, int64_t) {
      const auto envelope = envelope_->quantize(bands_.levels(rows));
      const auto levels = bands_.spread(envelope_->dequantize(envelope));
      const auto flat = rows / mdct::gain_of(levels).clamp_min(smallest_gain);
      return packing_.pack(at::cat({envelope, shape_->quantize(flat, levels)}, 1));
    });
    return {{in_a_row() ? tokens.reshape({batch, 1, -1})
                        : tokens.view({batch, -1, numbers_.tokens}).transpose(1, 2).contiguous()},
            latent.samples,
            {}};
  }

  Latent dequantize(const Codes& codes) const override {
    const tensors::Inference inference;
    const auto tokens = rows_of(codes);
    const int64_t batch = codes.streams.front().size(0), frames = tokens.size(0) / batch;
    const auto spectrum = in_blocks(tokens, [&](const at::Tensor& rows, int64_t first) {
      const auto indices = packing_.unpack(rows);
      const auto levels = bands_.spread(envelope_->dequantize(indices.narrow(1, 0, envelope_->indices())));
      const auto shape = indices.narrow(1, envelope_->indices(), indices.size(1) - envelope_->indices());
      return shape_->dequantize(shape, levels, noise(first, rows.size(0), frames)) * mdct::gain_of(levels);
    });
    return {spectrum.view({batch, frames, numbers_.frame}).transpose(1, 2).contiguous(), codes.samples, {}};
  }

  at::Tensor synthesize(const Latent& quantized) const override {
    const tensors::Inference inference;
    check_spectrum(quantized);
    return transform_.synthesise(quantized.values, quantized.samples);
  }

 private:
  /// Blocks this near to silence decode to nothing, so what their shape divides by only has to be above 0.
  static constexpr double smallest_gain = 0x1p-13;

  bool in_a_row() const { return numbers_.quantizer == mdct::Quantizer::single; }

  void check_spectrum(const Latent& latent) const {
    const auto& values = latent.values;
    const bool fits = values.defined() && values.dim() == 3 && values.size(1) == numbers_.frame && latent.samples > 0 &&
                      (values.size(2) - 1) * numbers_.frame >= latent.samples;
    if (!fits) {
      throw Error(
          "codec '{}' takes a latent [B, {}, F] with at least {} frames for its {} samples; pass on what its own "
          "encoder gave",
          card().name, numbers_.frame, (latent.samples + numbers_.frame - 1) / numbers_.frame + 1, latent.samples);
    }
  }

  /// The stream as one row a frame, int64 [B * F, tokens], checked.
  at::Tensor rows_of(const Codes& codes) const {
    check_streams(card(), codes);
    const auto& stream = codes.streams.front();
    const int64_t batch = stream.size(0), tokens = stream.size(1) * stream.size(2);
    if (stream.size(1) != card().codebooks || stream.numel() == 0 || tokens % numbers_.tokens != 0) {
      throw Error("codec '{}' takes codes [B, {}, F] with {} tokens a frame but got [{}, {}, {}]", card().name,
                  card().codebooks, numbers_.tokens, batch, stream.size(1), stream.size(2));
    }
    const auto [low, high] = at::aminmax(stream);
    if (low.item<int64_t>() < 0 || high.item<int64_t>() >= numbers_.codebook_size) {
      throw Error("codec '{}' takes codes from 0 to {} but got {} to {}; the codes belong to another codec",
                  card().name, numbers_.codebook_size - 1, low.item<int64_t>(), high.item<int64_t>());
    }
    return (in_a_row() ? stream : stream.transpose(1, 2)).reshape({-1, numbers_.tokens});
  }

  /// For rows [first, first + count) of utterances with `frames` rows each.
  at::Tensor noise(int64_t first, int64_t count, int64_t frames) const {
    const auto row = at::arange(first, first + count, fill_.options().dtype(at::kLong));
    return fill_.index_select(0, row.remainder(frames).remainder(fill_.size(0)));
  }

  Numbers numbers_;
  mdct::Transform transform_;
  mdct::Bands bands_;
  std::unique_ptr<mdct::EnvelopeCoder> envelope_;
  std::unique_ptr<mdct::ShapeCoder> shape_;
  mdct::Packing packing_;
  at::Tensor fill_;  ///< [period, frame]
};

}  // namespace

std::unique_ptr<Codec> make_mdct(const Card& card, const tensors::WeightScope& tables) {
  return std::make_unique<MdctCodec>(card, tables);
}

std::vector<Family> mdct_families() {
  return {{"mdct_fsq", make_mdct}, {"mdct_rvq", make_mdct}, {"mdct_vq", make_mdct}};
}

}  // namespace cfo::codecs
