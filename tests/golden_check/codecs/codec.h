// Checking codecs: what the families' checkers share.
#pragma once

#include <string>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"
#include "tests/golden_check/stages.h"

namespace cfo::golden {

/// The stages of a codec's record.
class CodecStages : public Stages {
 public:
  using Stages::Stages;
  using Extras = std::map<std::string, at::Tensor>;

  /// The recorded input as a wave [1, 1, T]. These throw NotRecorded.
  at::Tensor wave() const { return recorded("input").view({1, 1, -1}); }
  /// Samples of the input, which the manifest of a record without it may tell.
  int64_t samples() const;
  /// What the stage after `name` gets, as the codec takes it.
  codecs::Latent latent(const std::string& name, Extras extras = {}) const;
  codecs::Codes coded(const std::string& name, Extras extras = {}) const;
  /// The record's network with other numbers in its card's config (YAML).
  std::unique_ptr<codecs::Codec> variant(const std::string& numbers) const;
  /// The record's network with another card.
  std::unique_ptr<codecs::Codec> variant(const codecs::Card& card) const;
};

/// latent, codes, quantized, audio: the whole check of a codec with one stream and no extras.
void check_pipeline(CodecStages& stages, const codecs::Codec& codec);

// Further stages of families that have them (one file each, codecs/FAMILY.cpp); the table is in codec.cpp.
void check_audiodec(CodecStages& stages, const codecs::Codec& codec);
void check_bigcodec(CodecStages& stages, const codecs::Codec& codec);
void check_dac(CodecStages& stages, const codecs::Codec& codec);
void check_facodec(CodecStages& stages, const codecs::Codec& codec);
void check_freqcodec(CodecStages& stages, const codecs::Codec& codec);
void check_funcodec(CodecStages& stages, const codecs::Codec& codec);
void check_hilcodec(CodecStages& stages, const codecs::Codec& codec);
void check_mimi(CodecStages& stages, const codecs::Codec& codec);
void check_semanticodec(CodecStages& stages, const codecs::Codec& codec);
void check_snac(CodecStages& stages, const codecs::Codec& codec);
void check_socodec(CodecStages& stages, const codecs::Codec& codec);
void check_spectralcodec(CodecStages& stages, const codecs::Codec& codec);
void check_ticodec(CodecStages& stages, const codecs::Codec& codec);
void check_seanet_vocos(CodecStages& stages, const codecs::Codec& codec);
void check_xcodec(CodecStages& stages, const codecs::Codec& codec);

/// hilcodec_speech_real: the published codebooks alone, on codes of real speech.
std::vector<Stage> check_real_hilcodec_quantizer(const Record& record, const codecs::Card& card);

}  // namespace cfo::golden
