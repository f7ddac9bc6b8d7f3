// FACodec, version 2 (Ju et al. 2024, "NaturalSpeech 3: Zero-Shot Speech Synthesis with Factorized Codec and Diffusion
// Models"; open-mmlab/Amphion, models/codec/ns3_codec/facodec.py): DAC's shape with anti-aliased activations around
// three quantizers, and a speaker vector.
#pragma once

#include <memory>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"

namespace cfo::codecs {

/// Latent [B, latent, F] with extras "prosody_feature" [B, mel bands, F] and "prosody_latent" [B, latent, F], the
/// prosody quantizer's input; F = T / hop rounded down. Codes [B, K, F], first the prosody's books, then the content's,
/// then the residual's, and "speaker" [B, latent], the mean over all of the utterance. Decoding takes the first K books
/// too: without the residual's is what the official README does for voice conversion. Audio untrimmed, F * hop samples.
/// Where the last hop lacks so little that the official encoder makes a frame of it but its mel does not, the official
/// code stops; here the wave is filled up with zeros, as the authors' demo does. Tensors are those of the encoder's and
/// the decoder's file together. Throws Error for a missing or misshapen tensor or config key.
std::unique_ptr<Codec> make_facodec(const Card& card, const layers::WeightScope& weights);

}  // namespace cfo::codecs
