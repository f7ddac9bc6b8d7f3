#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// compress and decompress with a window of `seconds`, recorded under `letter`.
void check_command(CodecStages& stages, const std::string& letter, double seconds) {
  const auto command = stages.variant(fmt::format("{{processing: command, window: {}}}", seconds));
  const auto latent = command->encode(stages.wave());
  stages.floats("compress_input_db", latent.extras.at("loudness"));
  auto codes = command->quantize(latent);
  stages.codes("compress_codes_" + letter, codes.streams.front().squeeze(0));
  codes.streams = {stages.fed("compress_codes_" + letter).unsqueeze(0)};
  stages.floats("compress_audio_" + letter, command->decode(codes).flatten());
}

}  // namespace

/// The pipeline; then the official command's processing, with a window that holds the whole input and with one that
/// does not.
void check_dac(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  if (!stages.has("compress_codes_A")) return;
  constexpr double official_chunk = 1;  // win_duration of compress() in Python
  check_command(stages, "A",
                stages.number("/compress_decompress/cli_default_win_duration",
                              codecs::Config(codec.card()).get<double>("window")));
  check_command(stages, "B", stages.number("/stats/chunked_win_duration", official_chunk));
}

}  // namespace cfo::golden
