// The built-in codecs: an MDCT whose spectrum is coded with tables fitted on speech. Nothing to download.
//
// One frame is `config.frame` MDCT coefficients. A few indices code its spectral envelope; the decoded envelope then
// says, to encoder and decoder alike, which bins are worth the rest of the bits; what gets none is filled with noise of
// the envelope's level.
//
//   mdct_rvq  residual vector quantizer: envelope by stages, then blocks of bins by 1 to `stages` stages each
//   mdct_vq   one codebook for all: envelope in its principal directions, and blocks of bins, all by the same entries
//   mdct_fsq  no codebook: finite scalar quantization of the envelope's principal directions and of single bins
//
// The idea of an envelope that steers the vector quantization of a flattened MDCT spectrum is TwinVQ's (Iwakami,
// Moriya, Miki, ICASSP 1995); finite scalar quantization is Mentzer et al. 2023.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Builds the codec of a card of family mdct_rvq, mdct_vq or mdct_fsq from fitted tables. Latent values are the MDCT
/// spectrum [B, frame, F], F = ceil(T / frame) + 1. Codes are one stream: [B, codebooks, F] for mdct_rvq and mdct_fsq,
/// and for mdct_vq [B, 1, F * frame / hop], the tokens of a frame one after another. Output length is input length.
/// Everything that decides where bits go is computed exactly (fixed-point numbers in double precision), so codes made
/// on one machine decode on any. Throws Error for a card whose numbers contradict each other and for missing or
/// misshapen tables.
std::unique_ptr<Codec> make_mdct(const Card& card, const tensors::WeightScope& tables);

/// Fits the tables of `card` on speech: `waves` are [T] float32 at card.sample_rate, of any total length
/// (config.fit.frames frames are drawn from all of them). Seconds of work on one core; the same input and seed give the
/// same bytes. `progress`, if any, hears fractions from 0 to 1. Throws Error when a wave is not such a tensor or not
/// finite, and when there is too little speech for the card's codebooks.
TensorMap fit_mdct(const Card& card, std::span<const at::Tensor> waves, uint64_t seed,
                   const std::function<void(double fraction)>& progress);

}  // namespace cfo::codecs
