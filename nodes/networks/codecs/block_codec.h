// Long utterances in bounded memory: a codec whose stages see a bounded stretch of their input works on overlapping
// blocks, and gives what it gives for the whole.
#pragma once

#include <c10/core/Device.h>

#include <memory>
#include <optional>

#include "nodes/networks/codecs/codec.h"

namespace cfo::codecs {

/// How far the stages of a codec see.
struct Reach {
  int64_t before = 0, after = 0;  ///< frame f of the latent sees samples [f * hop - before, f * hop + after)
  int64_t frames_before = 0,
          frames_after = 0;  ///< sample s sees frames [s / hop - frames_before, s / hop + frames_after]
};

/// Measures it on noise: which frames change when all samples before, or after, the middle of 2.6 s change, and
/// the same for the decoder. Nothing where a change reaches the ends, or more than 1.25 s.
std::optional<Reach> measure_reach(const Codec& codec, c10::Device device);

/// `codec`, whose weights are on `device`, itself for utterances of at most two blocks. Longer ones are worked on in
/// blocks with what each of their ends sees on both sides; what differs from the whole is rounding. For a codec that is
/// not convolutional, or whose reach cannot be measured, nothing changes. `block_seconds`: above 0. `reach`: where it
/// is known; else it is measured when the first long utterance comes.
std::unique_ptr<Codec> in_blocks(std::unique_ptr<Codec> codec, c10::Device device, double block_seconds = 15,
                                 std::optional<Reach> reach = {});

}  // namespace cfo::codecs
