#include "nodes/networks/codecs/semanticodec/semanticodec_decoder.h"

#include "base/error.h"
#include "nodes/networks/codecs/config.h"
#include "nodes/networks/codecs/semanticodec/diffusion/sinusoids.h"

namespace cfo::codecs {
namespace {

using Numbers = std::vector<int64_t>;

DdimOptions ddim_options(const Config& config) {
  return {.timesteps = config.get<int64_t>("timesteps"),
          .first_variance = config.get<double>("linear_start"),
          .last_variance = config.get<double>("linear_end"),
          .steps = config.get<int64_t>("steps"),
          .eta = config.get<double>("eta")};
}

UnetOptions unet_options(const Config& config, int64_t context) {
  return {.in = config.get<int64_t>("in_channels"),
          .out = config.get<int64_t>("out_channels"),
          .width = config.get<int64_t>("model_channels"),
          .multipliers = config.get<Numbers>("channel_mult"),
          .residuals = config.get<int64_t>("num_res_blocks"),
          .attention_strides = config.get<Numbers>("attention_resolutions"),
          .head_size = config.get<int64_t>("num_head_channels"),
          .depth = config.get<int64_t>("transformer_depth"),
          .context = context,
          .extra_self_attention = config.get<bool>("extra_sa_layer")};
}

VaeDecoderOptions vae_options(const Config& config) {
  return {.latent = config.get<int64_t>("z_channels"),
          .width = config.get<int64_t>("ch"),
          .multipliers = config.get<Numbers>("ch_mult"),
          .residuals = config.get<int64_t>("num_res_blocks")};
}

layers::HifiGanOptions vocoder_options(const Config& config) {
  return {.latent = config.get<int64_t>("num_mels"),
          .width = config.get<int64_t>("upsample_initial_channel"),
          .strides = config.get<Numbers>("upsample_rates"),
          .kernels = config.get<Numbers>("upsample_kernel_sizes"),
          .residual_kernels = config.get<Numbers>("resblock_kernel_sizes"),
          .dilations = config.get<Numbers>("resblock_dilation_sizes"),
          .last_slope = config.get<double>("last_slope")};
}

/// Channels, time and frequency: the autoencoder halves the mel spectrum between its levels.
Numbers latent_shape(const Config& config) {
  const auto vae = vae_options(config.section("vae"));
  const int64_t smaller = int64_t{1} << (vae.multipliers.size() - 1);
  return {vae.latent, config.get<int64_t>("segment_frames") / smaller,
          config.section("vocoder").get<int64_t>("num_mels") / smaller};
}

}  // namespace

SemantiCodecDecoder::SemantiCodecDecoder(const Card& card, const tensors::WeightScope& weights, int64_t tokens,
                                         int64_t channels)
    : tokens_(tokens),
      guidance_(Config(card).section("diffusion").get<double>("guidance")),
      latent_shape_(codecs::latent_shape(Config(card))),
      positions_(sinusoids(tokens, Config(card).get<int64_t>("position_channels")).unsqueeze(0).to(weights.device())),
      scale_(weights.take("scale_factor", Numbers())),
      ddim_(weights, ddim_options(Config(card).section("diffusion"))),
      unet_(weights / "model.diffusion_model",
            unet_options(Config(card).section("unet"), channels + positions_.size(2))),
      vae_(weights / "first_stage_model", vae_options(Config(card).section("vae"))),
      vocoder_(weights / "first_stage_model.vocoder", vocoder_options(Config(card).section("vocoder"))),
      channels_(channels) {}

at::Tensor SemantiCodecDecoder::context(const at::Tensor& tokens) const {
  const auto filled = at::constant_pad_nd(tokens, {0, tokens_ - tokens.size(2)}, -1).transpose(1, 2);
  return at::cat({filled, positions_.expand({tokens.size(0), -1, -1})}, 2);
}

at::Tensor SemantiCodecDecoder::no_context() const { return at::constant_pad_nd(positions_, {channels_, 0}, 0); }

at::Tensor SemantiCodecDecoder::sample(const at::Tensor& context, const Ddim::Noise& noise) const {
  const auto memory = unet_.remember(context);
  const bool guided = guidance_ != 1;
  const auto no_memory = guided ? unet_.remember(no_context()) : Unet::Memory();
  return ddim_.sample(
      [&](const at::Tensor& x, int64_t timestep) {
        const auto velocity = unet_(x, timestep, memory);
        return guided ? unet_(x, timestep, no_memory).lerp_(velocity, guidance_) : velocity;
      },
      noise);
}

at::Tensor SemantiCodecDecoder::mel(const at::Tensor& latent) const { return vae_(latent / scale_).squeeze(1); }

at::Tensor SemantiCodecDecoder::wave(const at::Tensor& mel) const { return vocoder_(mel.transpose(1, 2)); }

}  // namespace cfo::codecs
