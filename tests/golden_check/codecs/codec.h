// Checking codecs: what the families' checkers share.
#pragma once

#include <string>
#include <vector>

#include "nodes/networks/codecs/codec.h"
#include "nodes/networks/tensors/weight_scope.h"
#include "tests/golden_check/check.h"

namespace cfo::golden {

/// The stages of one record, in order. Each is compared with the recorded array of its name; the next stage is then fed
/// with what `fed` gives: the recorded array itself, or, in a compact record that holds only samples of it or nothing,
/// what the stage before it computed.
///
///     stages.floats("latent", codec.encode(wave).values[0]);
///     stages.codes("codes", codec.quantize({stages.fed("latent").unsqueeze(0), samples, {}}).streams.front()[0],
///     "code_margin");
class CodecStages {
 public:
  explicit CodecStages(const Record& record) : record_(record) {}

  /// Compares `result`, shaped like the recorded array, at relative L2 error `tolerance`.
  void floats(const std::string& name, const at::Tensor& result, double tolerance = 1e-4);
  /// Compares codes [K, F] (or [F]); `margins` names the recorded margins, "" for none.
  void codes(const std::string& name, const at::Tensor& result, const std::string& margins = "");
  /// What the stage after `name` gets.
  at::Tensor fed(const std::string& name) const;
  /// A recorded array that no stage computes (the input, recorded noise). Throws Error when the record lacks it.
  const at::Tensor& recorded(const std::string& name) const;
  bool has(const std::string& name) const { return record_.arrays.count(name) > 0; }
  /// The recorded input as a wave [1, 1, T].
  at::Tensor wave() const { return recorded("input").view({1, 1, -1}); }
  const Record& record() const { return record_; }
  /// A number of the manifest at `place`, "/stats/chunked_win_duration"; `otherwise` where the record does not say.
  template <typename T>
  T number(const std::string& place, T otherwise) const {
    return record_.manifest.value(nlohmann::json::json_pointer(place), otherwise);
  }
  /// The record's network with other numbers in its card's config (YAML).
  std::unique_ptr<codecs::Codec> variant(const std::string& numbers) const;
  std::vector<Stage> take() { return std::move(stages_); }

 private:
  bool sampled(const std::string& name) const;
  bool left_out(const std::string& name) const;
  const Record& record_;
  std::vector<Stage> stages_;
  std::map<std::string, at::Tensor> computed_;
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
