#include "nodes/networks/codecs/semanticodec/diffusion/vae_decoder.h"

#include "nodes/networks/codecs/semanticodec/diffusion/doubled.h"

namespace cfo::codecs {
namespace {

constexpr int64_t groups = 32;
constexpr double epsilon = 1e-6;

int64_t widest(const VaeDecoderOptions& options) { return options.width * options.multipliers.back(); }

}  // namespace

VaeDecoder::VaeDecoder(const tensors::WeightScope& scope, const VaeDecoderOptions& options)
    : before_(scope / "post_quant_conv",
              {.in = options.latent, .out = options.latent, .kernel = {1, 1}, .padding = {0, 0}}),
      first_(scope / "decoder.conv_in", {.in = options.latent, .out = widest(options)}),
      middle1_(Residual2d::plain(scope / "decoder.mid.block_1", widest(options), widest(options))),
      attention_(scope / "decoder.mid.attn_1", widest(options)),
      middle2_(Residual2d::plain(scope / "decoder.mid.block_2", widest(options), widest(options))),
      last_norm_(scope / "decoder.norm_out", groups, options.width * options.multipliers.front(), epsilon),
      last_(scope / "decoder.conv_out", {.in = options.width * options.multipliers.front(), .out = options.channels}) {
  int64_t in = widest(options);
  for (std::size_t l = options.multipliers.size(); l-- > 0;) {
    const auto place = scope / "decoder.up" / static_cast<int64_t>(l);
    const int64_t out = options.width * options.multipliers[l];
    Level level;
    for (int64_t i = 0; i <= options.residuals; ++i) {
      level.residuals.push_back(Residual2d::plain(place / "block" / i, in, out));
      in = out;
    }
    if (l > 0) level.conv.emplace(place / "upsample.conv", layers::Conv2dOptions{.in = out, .out = out});
    levels_.push_back(std::move(level));
  }
}

at::Tensor VaeDecoder::operator()(const at::Tensor& latent) const {
  auto x = middle1_(first_(before_(latent)));
  x = middle2_(attention_(x.flatten(2)).view(x.sizes()));
  for (const auto& level : levels_) {
    for (const auto& residual : level.residuals) x = residual(x);
    if (level.conv) x = (*level.conv)(doubled(x));
  }
  x = last_norm_(x);
  return last_(at::silu_(x));
}

}  // namespace cfo::codecs
