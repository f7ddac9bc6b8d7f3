#include "tests/golden_check/codec.h"

namespace cfo::golden {
namespace {

/// compress and decompress, recorded under `letter`.
void check_command(CodecStages& stages, const std::string& letter, const codecs::Codec& command) {
  const auto latent = command.encode(stages.wave());
  stages.floats("compress_input_db", latent.extras.at("loudness"));
  auto codes = command.quantize(latent);
  stages.codes("compress_codes_" + letter, codes.streams.front().squeeze(0));
  codes.streams = {stages.fed("compress_codes_" + letter).unsqueeze(0)};
  stages.floats("compress_audio_" + letter, command.decode(codes).flatten());
}

}  // namespace

/// The pipeline; then the official command's processing, with a window that holds the whole input and with one that
/// does not.
void check_dac(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  if (!stages.has("compress_codes_A")) return;
  check_command(stages, "A", *stages.variant("{processing: command}"));
  check_command(stages, "B", *stages.variant("{processing: command, window: 1.0}"));
}

}  // namespace cfo::golden
