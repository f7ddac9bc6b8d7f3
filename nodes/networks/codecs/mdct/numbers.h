// What a card of the MDCT families says, read and checked once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/networks/codecs/card.h"

namespace cfo::codecs::mdct {

enum class Quantizer { residual, single, scalar };
enum class Window { sine, kaiser_bessel };

/// The numbers of a card (`config` keys in brackets). Fields of another quantizer keep their defaults.
struct Numbers {
  std::string where;                          ///< the card's file, to begin a sentence with
  Quantizer quantizer = Quantizer::residual;  ///< from card.family
  int64_t sample_rate = 0;                    ///< Hz
  int64_t codebook_size = 0;                  ///< of every token
  int64_t tokens = 0;                         ///< a frame

  int64_t frame = 0;             ///< [frame] MDCT coefficients, and samples, a frame; even
  Window window = Window::sine;  ///< [window] sine, or kaiser_bessel (derived, alpha 4)
  int64_t bands = 0;             ///< [bands] of the envelope
  double fill = 0;               ///< [fill] noise in bins without code, relative to the envelope

  int64_t envelope_stages = 0;          ///< residual [envelope.stages]
  std::vector<int64_t> envelope_split;  ///< single [envelope.split] principal directions in each token, at most `block`
  double envelope_flattening = 0;       ///< single [envelope.flattening] 1 whitens the directions, 0 leaves them
  std::vector<int64_t> envelope_levels;  ///< scalar [envelope.levels] one a principal direction

  int64_t block = 0;                  ///< residual, single [shape.block] bins a vector
  int64_t shape_tokens = 0;           ///< residual, single [shape.tokens] a frame
  int64_t stages = 1;                 ///< residual [shape.stages] at most so many tokens a block
  double weighting = 1;               ///< residual [shape.weighting] 1 goes for the least error, 0 spreads evenly
  std::vector<int64_t> shape_levels;  ///< scalar [shape.levels] from the strongest bins down
  std::vector<int64_t> shape_bins;    ///< scalar [shape.bins] how many bins have each

  int64_t fit_frames = 0;      ///< [fit.frames] frames drawn from the speech
  int64_t fit_vectors = 0;     ///< [fit.vectors] at most so many vectors a codebook is fitted on
  int64_t fit_iterations = 0;  ///< [fit.iterations] of k-means

  int64_t principal_directions() const;  ///< single, scalar: directions of the envelope that are coded
};

/// Reads and checks `card`. Throws Error naming file and key for a missing, mistyped or impossible number, and where
/// codebooks, codebook_size, hop, frame_rate and bitrate_kbps do not agree with `config`.
Numbers read_numbers(const Card& card);

}  // namespace cfo::codecs::mdct
