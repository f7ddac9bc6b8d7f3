// A residual quantizer whose first codebooks work side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "nodes/networks/layers/quantizers/residual_quantizer.h"

namespace cfo::codecs {

/// The first `masked` codebooks each see the latent with all but their share of its dimensions set to zero, none what
/// another left; the ones after them code what all of these left (MCRVQ, Ji et al. 2024, "Language-Codec";
/// jishengpeng/Languagecodec, languagecodec_encoder/quantization/core_vq.py, LanguageVectorQuantization). `masked` = 0
/// is a plain residual quantizer.
class MaskedResidualVq {
 public:
  MaskedResidualVq(std::vector<std::shared_ptr<const layers::Codebook>> codebooks, int64_t masked);

  /// latent [B, D, F] -> codes int64 [B, K, F].
  at::Tensor encode(const at::Tensor& latent) const;
  /// As ResidualVq's.
  at::Tensor decode(const at::Tensor& codes) const { return all_.decode(codes); }

 private:
  std::vector<std::shared_ptr<const layers::Codebook>> side_by_side_;
  std::vector<layers::ResidualVq> rest_;  ///< one or none
  layers::ResidualVq all_;
};

}  // namespace cfo::codecs
