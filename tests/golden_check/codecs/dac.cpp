#include "nodes/networks/codecs/config.h"
#include "tests/golden_check/codecs/codec.h"

namespace cfo::golden {
namespace {

/// compress and decompress with a window of `seconds`, recorded under `letter`.
void check_command(CodecStages& stages, const std::string& letter, double seconds) {
  const std::string codes = "compress_codes_" + letter, audio = "compress_audio_" + letter;
  if (!stages.has_any({codes, audio})) return;
  const auto command = stages.variant(fmt::format("{{processing: command, window: {}}}", seconds));
  const Once<codecs::Latent> latent([&] { return command->encode(stages.wave()); });
  stages.floats("compress_input_db", [&] { return latent->extras.at("loudness"); });
  stages.codes(codes, [&] { return command->quantize(*latent).streams.front().squeeze(0); });
  stages.floats(audio, [&] {
    return command->decode(stages.coded(codes, {{"loudness", stages.fed("compress_input_db")}})).flatten();
  });
}

}  // namespace

/// The pipeline; then the official command's processing, with a window that holds the whole input and with one that
/// does not.
void check_dac(CodecStages& stages, const codecs::Codec& codec) {
  check_pipeline(stages, codec);
  constexpr double official_chunk = 1;  // win_duration of compress() in Python
  check_command(stages, "A",
                stages.number("/compress_decompress/cli_default_win_duration",
                              codecs::Config(codec.card()).get<double>("window")));
  check_command(stages, "B", stages.number("/stats/chunked_win_duration", official_chunk));
}

}  // namespace cfo::golden
